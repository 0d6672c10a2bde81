/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Boxes of a dataset out of its chunks: every chunk that the box touches is decoded, in the box itself where it lies there
 * in one piece, else beside it.  Nothing is kept: plans see to it that boxes do not share chunks, or few.
 */
#include "exec/chunkpart.h"

#include "exec/exec_int.h"

/* Does a whole chunk lie there in one piece, in C order? */
static bool in_one_piece(const chunkpart_to *t, const box *chunk, size_t size)
{
    int64_t want = (int64_t)size;
    for (int d = chunk->ndim - 1; d >= 0; d--) {
        if (chunk->count[d] > 1 && t->stride[d] != want)
            return false;
        want *= chunk->count[d];
    }
    return true;
}

int chunkpart_put(const chunkpart_from *f, const int64_t *index, const h5frame *frame, const chunkpart_to *t, sharr_error *err)
{
    box chunk = chunkgrid_box(f->grid, index), both;
    int64_t stride[SHARR_MAX_DIMS];
    char *to = t->data;
    const char *from = f->aside;
    if (!box_intersect(&chunk, &t->part, &both))
        return 0;
    shape_strides(chunk.ndim, chunk.count, stride);
    for (int d = 0; d < chunk.ndim; d++) {
        stride[d] *= (int64_t)f->size;
        to += (both.start[d] - t->part.start[d]) * t->stride[d];
        from += (both.start[d] - chunk.start[d]) * stride[d];
    }
    if (box_equal(&both, &chunk) && in_one_piece(t, &chunk, f->size))
        return h5dset_read_chunk(f->dset, index, frame, f->reader, to, f->count, err);
    int status = h5dset_read_chunk(f->dset, index, frame, f->reader, f->aside, f->count, err);
    if (!status)
        copy_box(chunk.ndim, both.count, to, t->stride, from, stride, f->size);
    return status;
}
