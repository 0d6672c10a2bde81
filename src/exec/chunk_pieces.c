/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Datasets that are read in pieces (array/pieces.h): a piece is a box of the dataset, put together from the chunks that it
 * touches.  To everybody else it is a chunk.
 */
#include <stdlib.h>

#include "array/pieces.h"
#include "exec/chunkpart.h"
#include "exec/exec_int.h"

typedef struct piece {
    const plan_array *a;
    h5dset *dset;
    chunkgrid grid;             /* the dataset's chunks */
    box where, chunks;          /* elements, and chunks that it touches */
} piece;

static piece piece_of(const stream *st, int f, const int64_t *index)
{
    const fetch *fe = &st->s->fetch[f];
    piece p = { .a = &st->r->p->array[fe->array] };
    p.dset = st->r->env->source[p.a->src.id].dset;
    p.grid = chunkgrid_make(p.a->origin->ndim, p.a->origin->shape, p.a->origin->chunk, NULL);
    p.where = pieces_box(&fe->grid, index, p.a->origin);
    p.chunks = chunkgrid_touched(&p.grid, &p.where);
    return p;
}

static void chunk_index(const piece *p, const int64_t *offset, int64_t *index)
{
    for (int d = 0; d < p->chunks.ndim; d++)
        index[d] = p->chunks.start[d] + offset[d];
}

int chunk_pieces_locate(stream *st, int f, cchunk *c, const int64_t *index, sharr_error *err)
{
    const piece p = piece_of(st, f, index);
    int64_t offset[SHARR_MAX_DIMS] = { 0 }, at[SHARR_MAX_DIMS], k = 0, n = box_size(&p.chunks);
    int status = 0;
    c->frames = calloc((size_t)n, sizeof *c->frames);
    if (!c->frames)
        return err_nomem(err, "the places of chunks", (unsigned long long)n * sizeof *c->frames);
    do {
        chunk_index(&p, offset, at);
        status = h5dset_locate(p.dset, at, &c->frames[k++], err);
    } while (!status && shape_next(p.chunks.ndim, p.chunks.count, offset));
    return status;
}

int chunk_pieces_load(stream *st, int f, cchunk *c, const int64_t *index, worker *wk, bool *last, sharr_error *err)
{
    const piece p = piece_of(st, f, index);
    const chunkpart_from from = { p.dset, &p.grid, dtype_size(p.a->src.type), wk->reader, wk->aside, st->r->env->count };
    chunkpart_to to = { .part = p.where, .data = c->data };
    const int64_t n = box_size(&p.chunks);
    int64_t offset[SHARR_MAX_DIMS], at[SHARR_MAX_DIMS], k;
    int status = 0;
    *last = false;
    shape_strides(p.where.ndim, p.where.count, to.stride);
    for (int d = 0; d < p.where.ndim; d++)
        to.stride[d] *= (int64_t)from.size;
    while (!status && (k = atomic_fetch_add(&c->next, 1)) < n) {
        if (atomic_load(&st->failed))
            return err_set(err, SHARR_EINTERRUPTED, "stopped: another task failed");
        shape_unravel(p.chunks.ndim, p.chunks.count, k, offset);
        chunk_index(&p, offset, at);
        status = chunkpart_put(&from, at, &c->frames[k], &to, err);
        *last = !status && atomic_fetch_add(&c->done, 1) + 1 == n;
    }
    return status;
}
