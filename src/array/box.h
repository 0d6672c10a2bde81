/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Boxes: start and count per dimension (a hyperslab with step 1).  Pure.
 */
#ifndef ARRAY_BOX_H
#define ARRAY_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "sharr/types.h"

typedef struct box {
    int ndim;
    int64_t start[SHARR_MAX_DIMS];
    int64_t count[SHARR_MAX_DIMS];
} box;

box box_of_shape(int ndim, const int64_t *shape);
int64_t box_size(const box *b);                    /* elements; 1 for ndim 0 */
bool box_empty(const box *b);
/* Intersection; false (and an empty box) when there is none. */
bool box_intersect(const box *a, const box *b, box *out);
bool box_contains(const box *outer, const box *inner);
bool box_equal(const box *a, const box *b);
/* Smallest box around both; an empty one does not count. */
box box_hull(const box *a, const box *b);

/* Product of a shape; false when it does not fit int64_t. */
bool shape_size(int ndim, const int64_t *shape, int64_t *out);
/* C-order strides in elements. */
void shape_strides(int ndim, const int64_t *shape, int64_t *strides);
/* Step a row-major counter below `extent`; false when it wraps to zero. */
bool shape_next(int ndim, const int64_t *extent, int64_t *index);
void shape_unravel(int ndim, const int64_t *shape, int64_t linear, int64_t *index);
int64_t shape_ravel(int ndim, const int64_t *shape, const int64_t *index);
/* "(3, 4)"; `out` holds at least 32 * 24 bytes. Returns out. */
const char *shape_text(int ndim, const int64_t *shape, char *out);
enum { SHAPE_TEXT = SHARR_MAX_DIMS * 24 };

#endif
