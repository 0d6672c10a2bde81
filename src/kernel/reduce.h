/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reduction states outside kernels: fields, identities, merging, results.
 * Everything is element by element over `n` cells, with + - * / and compares
 * only, so any vector width gives the same bits.  Pure, thread-safe.
 *
 * Merge rules: sum, prod: a op b.  var: Chan's pairwise update of (n, mean, M2)
 * (Chan, Golub, LeVeque 1983), either side may have n = 0.  min, max: NaN wins, -0 < +0.
 * argmin/argmax: better value, then lower index; NaN wins, first NaN.  A state without an
 * element has index -1.  Which NaN a float field holds is not specified (reduce_finish makes
 * them one).
 */
#ifndef KERNEL_REDUCE_H
#define KERNEL_REDUCE_H

#include <stddef.h>

#include "kernel/program.h"

int reduce_nfields(enum rop op, dtype t);                /* of the closed state: VAR 3 */
dtype reduce_field_type(enum rop op, dtype t, int field);
size_t reduce_cell_bytes(enum rop op, dtype t);          /* sum over fields */
int reduce_down_nfields(enum rop op, dtype t);           /* of a DOWN state: VAR 4, others as closed */

scalar reduce_identity(enum rop op, dtype t, int field);  /* of the closed state */

/* (n, shift, s1, s2) with s1 = sum(x - shift), s2 = sum((x - shift)^2) -> (n, mean, M2), in exactly
 * these operations; a NaN shift means that no element was finite, and counts as 0; M2 below zero is
 * rounding and becomes 0, a NaN stays; n = 0 gives (0, 0, 0). */
typedef struct var_state { double n, mean, m2; } var_state;
static inline var_state var_close(double n, double shift, double s1, double s2)
{
    double base = shift != shift ? 0.0 : shift;
    double d = n == 0 ? 1.0 : n;
    double mean = base + s1 / d;
    double m2 = s2 - s1 * s1 / d;
    var_state v = {n, n == 0 ? 0.0 : mean, n == 0 || m2 < 0 ? 0.0 : m2};
    return v;
}

/* Fill `n` cells with the identity ("no element yet").  argmin/argmax: index -1. */
void reduce_init(enum rop op, dtype t, void *const *field, int64_t n);
void reduce_down_init(enum rop op, dtype t, void *const *field, int64_t n);
/* DOWN state -> closed state, in place for all but VAR; VAR: (n, shift, s1, s2) -> (n, mean, M2). */
void reduce_down_close(enum rop op, dtype t, void *const *down, void *const *closed, int64_t n);
/* a = merge(a, b): a comes first in the canonical order. */
void reduce_merge(enum rop op, dtype t, void *const *a, void *const *b, int64_t n);
/* Pairwise tree over `cells` consecutive single states (leaves of one run): result in cell 0.
 * Fixed shape: neighbours 2i, 2i+1 merge; an odd last one is passed up. */
void reduce_tree(enum rop op, dtype t, void *const *field, int64_t cells);

typedef struct rfinish {
    enum rfinal what;
    double count;               /* elements per cell: MEAN divides by it; SUM: 0 makes -0.0 a 0.0 */
    double correction;          /* VAR, STD: M2 / (n - correction), n from the state */
    dtype out;
} rfinish;
/* Write `n` results of type f->out: the value, computed in the state's type (MEAN of integers in
 * float64), then cast.  Floats: every NaN becomes the quiet one. */
void reduce_finish(enum rop op, dtype t, const rfinish *f, void *const *field, int64_t n, void *out);

#endif
