/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arithmetic of regular grids.  A grid with origin o > 0 is the grid with
 * origin 0 moved right by o - cell, so that cell 0 is the stub [0, o).
 * Cells are wide (a contiguous dataset has one cell as large as itself), so
 * borders past the end saturate instead of wrapping.
 */
#include "array/chunkgrid.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"

static int64_t cells_along(int64_t extent, int64_t cell, int64_t origin)
{
    if (extent == 0)
        return 0;
    if (extent <= origin)
        return 1;
    return ceil_div(extent - origin, cell) + (origin > 0);
}

chunkgrid chunkgrid_make(int ndim, const int64_t *shape, const int64_t *cell, const int64_t *origin)
{
    chunkgrid g;
    memset(&g, 0, sizeof g);
    g.ndim = ndim;
    for (int d = 0; d < ndim; d++) {
        g.shape[d] = shape[d];
        g.cell[d] = cell[d];
        g.origin[d] = origin ? origin[d] : 0;
        assert(g.cell[d] >= 1 && g.origin[d] >= 0 && g.origin[d] < g.cell[d]);
        g.ncells[d] = cells_along(shape[d], cell[d], g.origin[d]);
    }
    return g;
}

chunkgrid chunkgrid_runs(int ndim, const int64_t *shape, int64_t elements)
{
    int64_t cell[SHARR_MAX_DIMS];
    for (int d = ndim - 1; d >= 0; d--) {
        cell[d] = max_i64(1, min_i64(shape[d], elements));
        elements /= cell[d];
    }
    return chunkgrid_make(ndim, shape, cell, NULL);
}

int64_t chunkgrid_count(const chunkgrid *g)
{
    int64_t n = 1;
    for (int d = 0; d < g->ndim; d++)
        n *= g->ncells[d];
    return n;
}

int64_t chunkgrid_start(const chunkgrid *g, int dim, int64_t i)
{
    int64_t start;
    if (g->origin[dim] > 0 && i-- == 0)
        return 0;
    if (!mul_i64(i, g->cell[dim], &start) || !add_i64(start, g->origin[dim], &start))
        return INT64_MAX;
    return start;
}

box chunkgrid_box(const chunkgrid *g, const int64_t *index)
{
    box b = {.ndim = g->ndim};
    for (int d = 0; d < g->ndim; d++) {
        b.start[d] = chunkgrid_start(g, d, index[d]);
        b.count[d] = min_i64(chunkgrid_start(g, d, index[d] + 1), g->shape[d]) - b.start[d];
    }
    return b;
}

int64_t chunkgrid_index_of(const chunkgrid *g, int dim, int64_t pos)
{
    int64_t origin = g->origin[dim];
    if (pos < origin)
        return 0;
    return (pos - origin) / g->cell[dim] + (origin > 0);
}

box chunkgrid_touched(const chunkgrid *g, const box *b)
{
    box t = {.ndim = g->ndim};
    if (box_empty(b))
        return t;
    for (int d = 0; d < g->ndim; d++) {
        int64_t last = chunkgrid_index_of(g, d, b->start[d] + b->count[d] - 1);
        t.start[d] = chunkgrid_index_of(g, d, b->start[d]);
        t.count[d] = last - t.start[d] + 1;
    }
    return t;
}

bool chunkgrid_equal(const chunkgrid *a, const chunkgrid *b)
{
    if (a->ndim != b->ndim)
        return false;
    for (int d = 0; d < a->ndim; d++)
        if (a->shape[d] != b->shape[d] || a->cell[d] != b->cell[d] || a->origin[d] != b->origin[d])
            return false;
    return true;
}
