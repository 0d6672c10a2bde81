/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The same elements in C order under other dimensions: merging and splitting dimensions moves
 * nothing, if borders of chunks lie on borders of dimensions.  Pure.
 *
 * A shape is its strides, ascending: (2, 3, 4) is 1, 4, 12, 24; each divides the next.  Dimensions of
 * extent 1 leave no trace.  Shapes are regrouped by what their strides have together.
 */
#ifndef ARRAY_REGROUP_H
#define ARRAY_REGROUP_H

#include "array/chunkgrid.h"
#include "array/source.h"

typedef struct strides {
    int n;                                         /* >= 1 */
    int64_t at[SHARR_MAX_DIMS + 1];                /* at[0] is 1, at[n - 1] the number of elements */
} strides;

/* Of a shape without extents of 0. */
strides strides_of(int ndim, const int64_t *shape);
bool strides_equal(const strides *a, const strides *b);
/* `stride` joins; false (and *s as it was): it does not divide, or is not divided by, one that is there, or there are too many. */
bool strides_add(strides *s, int64_t stride);
bool strides_join(strides *s, const strides *with);         /* on failure *s is no longer of use */
/* The shape with these strides; returns its dimensions. */
int strides_shape(const strides *s, int64_t *shape);

/* What one dimension becomes there, outermost first: `n` dimensions from `first` on, with these extents, and strides
 * relative to that of the dimension itself. */
typedef struct parts {
    int n, first;
    int64_t extent;                                /* of the dimension */
    int64_t stride[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS];
} parts;

parts parts_of(const strides *s, int ndim, const int64_t *shape, int dim);
/* Elements of the outermost part. */
static inline int64_t parts_block(const parts *p) { return p->n > 1 ? p->stride[0] : 1; }

/* Chunks of `shape` as chunks of the finer shape `s` (which has all strides of `shape`, and more): the same bytes in the same
 * order, and the same chunk at each place of a list of all.  False: they are no boxes there. */
bool regroup_split(int ndim, const int64_t *shape, const int64_t *chunk, const strides *s, int64_t *fine);
/* The largest extent up to `most` along a dimension that regroup_split can split. */
int64_t regroup_fit(const parts *p, int64_t most);
/* Can chunks of the source be read as cells of the finer shape, boxes or pieces (pieces.h) of several? */
bool regroup_reads(const source *s, const strides *fine);
/* The source seen with these dimensions: finer ones, for which regroup_reads; any, of source_any_shape.
 * Plain ones have runs for chunks. */
source regroup_source(const source *s, int ndim, const int64_t *shape);
/* A chunk's index in one of two such grids, given that in the other. */
void regroup_index(const chunkgrid *from, const int64_t *index, const chunkgrid *to, int64_t *out);

#endif
