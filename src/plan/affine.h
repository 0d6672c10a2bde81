/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Affine maps from the iteration space of a sweep to an array, and arithmetic
 * progressions (the positions a piece covers).  Small values, pure.
 */
#ifndef PLAN_AFFINE_H
#define PLAN_AFFINE_H

#include "array/imap.h"

/* src[s] = off[s] + mul[s] * dst[axis[s]]; axis -1: src[s] = off[s]. */
typedef struct affine {
    int nsrc;
    int axis[SHARR_MAX_DIMS];
    int64_t off[SHARR_MAX_DIMS], mul[SHARR_MAX_DIMS];
} affine;

/* Positions start[d] + step[d] * k, 0 <= k < count[d], step >= 1, per dimension of the sweep. */
typedef struct lattice {
    int ndim;
    int64_t start[SHARR_MAX_DIMS], step[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS];
} lattice;

affine affine_identity(int ndim);
affine affine_of_piece(const ipiece *p);
bool affine_equal(const affine *a, const affine *b);
/* inner after outer: dst -> view -> source. */
affine affine_compose(const affine *outer, const affine *inner);

lattice lattice_full(int ndim, const int64_t *shape);
bool lattice_empty(const lattice *l);
/* Common positions; false when there are none (out is empty then). */
bool lattice_intersect(const lattice *a, const lattice *b, lattice *out);
/* The positions inside a box, as first k and count per dimension; false: none. */
bool lattice_clip(const lattice *l, const box *b, int64_t *first, int64_t *count);
/* Hull of the source positions that `m` takes for the lattice positions inside `dst`; false: none. */
bool affine_image(const affine *m, const lattice *l, const box *dst, box *src);
/* The positions of the view that piece p covers, pulled back through outer (dst -> view) and
 * cut with `within`; false: none. */
bool lattice_pull(const ipiece *p, const affine *outer, const lattice *within, lattice *out);

#endif
