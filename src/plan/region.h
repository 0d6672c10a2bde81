/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lower nodes of one iteration space into a region: a program and its operands.
 * Views vanish into the operands' maps; a piecewise view of something that is not an
 * array becomes an operand made of sub-regions.  Iterative: graphs may be of any depth
 * (only piecewise views nested in piecewise views recurse, at most REGION_MAX_NESTING).
 */
#ifndef PLAN_REGION_H
#define PLAN_REGION_H

#include "plan/plan.h"

enum { REGION_MAX_NESTING = 64 };

/* What lowering asks of the plan under construction. */
typedef struct region_env {
    arena *arena;
    void *arg;
    /* The array that holds this node's value (SOURCE, a cut, or kept). */
    int (*array_of)(void *arg, const node *n, int *array, sharr_error *err);
    /* Is the value of this ELEMENT or CAST node in an array? */
    bool (*kept)(void *arg, const node *n);
    /* Note that the positions `at` of the sweep need the array through `map`; *fetch is its index. */
    int (*use)(void *arg, int array, const lattice *at, const affine *map, int *fetch, sharr_error *err);
    int nesting;
    int nregions, capregions;   /* finished so far, by id; their programs are freed with the plan */
    region **region;
} region_env;

typedef struct lowering lowering;

lowering *lowering_new(region_env *env, const lattice *at, sharr_error *err);
/* The step that computes `n` at every position (n has the sweep's shape). */
int lowering_value(lowering *l, const node *n, int *value, sharr_error *err);
/* As lowering_value, but the value is computed by a sub-region of its own and read as an operand: for
 * loops that need plain elements one after the other. */
int lowering_packed(lowering *l, const node *n, int *value, sharr_error *err);
/* Index slots in use so far: such a region cannot run flattened. */
int lowering_indices(const lowering *l);
/* Output `slot`; floats that were computed get their NaNs made quiet. */
void lowering_store(lowering *l, int slot, int value, dtype t);
/* The next reduction; `index`: the C-order index that argmin/argmax report, else NULL. */
int lowering_reduce(lowering *l, enum rop op, enum rmode mode, int value, const linear *index, sharr_error *err);
/* The finished region, in the arena; NULL with err.  Frees l in every case. */
region *lowering_finish(lowering *l, sharr_error *err);
void lowering_free(lowering *l);

#endif
