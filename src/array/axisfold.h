/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An array folded into three dimensions: (before, along, behind) an axis.  What a box of the fold is in the array, and
 * how many of the array's chunks pieces of the fold touch.  Pure.
 */
#ifndef ARRAY_AXISFOLD_H
#define ARRAY_AXISFOLD_H

#include "array/chunkgrid.h"

typedef struct axisfold {
    int ndim;
    int64_t shape[SHARR_MAX_DIMS];
    int first[4];               /* dimension g of the fold: dimensions first[g] ... first[g + 1] - 1 of the array */
} axisfold;

/* axis -1: all dimensions lie along. */
axisfold axisfold_make(int ndim, const int64_t *shape, int axis);
/* Elements of dimension g of the fold. */
int64_t axisfold_extent(const axisfold *f, int g);

/* The parts of box `b` of the fold that are boxes of the array too, one after the other; each chunk grid's cells are
 * told apart by part, so a cell that several parts touch counts for each of them. */
typedef struct axisfold_walk { int64_t at[3], step[3]; bool done; } axisfold_walk;
axisfold_walk axisfold_begin(const box *b);
/* The next part, in both ways; false: there are no more. */
bool axisfold_next(const axisfold *f, const box *b, axisfold_walk *w, box *part, box *folded);

/* The least length along g whose multiples cut no row of chunks in two. */
int64_t axisfold_grain(const axisfold *f, const chunkgrid *c, int g);
/* Rows of chunks touched along g by pieces of this length, one after the other from 0 on: the parts of each piece are
 * counted.  All dimensions multiplied: the chunks that are touched by all pieces.  -1: too many pieces to count. */
int64_t axisfold_touched(const axisfold *f, const chunkgrid *c, int g, int64_t piece);

#endif
