/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A regular grid over a shape: HDF5 chunks, bricks, windows.  Cells are `cell`
 * wide, the first border at `origin` (0 <= origin < cell: the first cell is
 * [0, origin) when origin > 0).  Pure.
 */
#ifndef ARRAY_CHUNKGRID_H
#define ARRAY_CHUNKGRID_H

#include "array/box.h"

typedef struct chunkgrid {
    int ndim;
    int64_t shape[SHARR_MAX_DIMS];
    int64_t cell[SHARR_MAX_DIMS];                  /* >= 1 */
    int64_t origin[SHARR_MAX_DIMS];
    int64_t ncells[SHARR_MAX_DIMS];                /* 0 when the extent is 0 */
} chunkgrid;

/* origin may be NULL (0). */
chunkgrid chunkgrid_make(int ndim, const int64_t *shape, const int64_t *cell,
                         const int64_t *origin);
/* Cells of at most so many elements that are each one run in C order. */
chunkgrid chunkgrid_runs(int ndim, const int64_t *shape, int64_t elements);
int64_t chunkgrid_count(const chunkgrid *g);       /* cells */
/* The cell's box, clipped to the shape. */
box chunkgrid_box(const chunkgrid *g, const int64_t *index);
int64_t chunkgrid_index_of(const chunkgrid *g, int dim, int64_t pos);   /* cell of an element */
/* First and count of cells that a box touches, per dimension. */
box chunkgrid_touched(const chunkgrid *g, const box *b);
bool chunkgrid_equal(const chunkgrid *a, const chunkgrid *b);
/* First element of cell i along dim (clipped below at 0). */
int64_t chunkgrid_start(const chunkgrid *g, int dim, int64_t i);

#endif
