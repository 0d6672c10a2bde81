/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reduction states outside kernels: fields, identities, merging, results.
 * Everything is element by element over `n` cells, with + - * / and compares
 * only, so any vector width gives the same bits.  Pure, thread-safe.
 *
 * Merge rules: sum, prod: a op b.  var: Chan's pairwise update of (n, mean, M2)
 * (Chan, Golub, LeVeque 1983), either side may have n = 0.  min, max: NaN wins, -0 < +0.
 * argmin/argmax: better value, then lower index; NaN wins, first NaN.
 */
#ifndef KERNEL_REDUCE_H
#define KERNEL_REDUCE_H

#include <stddef.h>

#include "kernel/program.h"

int reduce_nfields(enum rop op, dtype t);                /* of the closed state: VAR 3 */
dtype reduce_field_type(enum rop op, dtype t, int field);
size_t reduce_cell_bytes(enum rop op, dtype t);          /* sum over fields */
int reduce_down_nfields(enum rop op, dtype t);           /* of a DOWN state: VAR 4, others as closed */

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

typedef struct rfinish { enum rfinal what; double count; double correction; dtype out; } rfinish;
/* Write `n` results of type f->out.  Floats: every NaN becomes the quiet one. */
void reduce_finish(enum rop op, dtype t, const rfinish *f, void *const *field, int64_t n, void *out);

#endif
