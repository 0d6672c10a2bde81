/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products of matrices: tiles.  A tile of the result is a sum of products of tiles of fixed extents along the
 * summed axis, whatever the memory: what it is computed from, and so its bits, depends on shapes only.
 */
#include "base/checked.h"
#include "plan/stages.h"

/* Of one worker, when there is room: the more rows and columns at a time, the less often the factors are read. */
enum { MOST = 32 << 20, BATCH_BYTES = 1 << 20 };

static int64_t piece_bytes(const stage_lines *l, int64_t summed, int64_t size)
{
    int64_t k = min_i64(summed, MATMUL_TILE), rows = l->piece[1], columns = l->piece[2];
    return l->piece[0] * (rows * k + k * columns + rows * columns) * size;
}

/* As the executor takes it. */
static int64_t taken(const stage_lines *l, int64_t summed, int64_t size)
{
    return round_up(piece_bytes(l, summed, size) + 1, 4096);
}

/* Doubles rows or columns, whichever are fewer, as long as there is room and work for all. */
static void grow(stage_lines *l, int64_t summed, int64_t size, int64_t room, int64_t parts)
{
    for (;;) {
        stage_lines more = *l;
        int64_t count[3];
        int d = l->piece[2] < l->piece[1] && l->piece[2] < l->n[2] ? 2 : l->piece[1] < l->n[1] ? 1 : 2;
        more.piece[d] *= 2;
        stage_pieces(&more, count);
        if (l->piece[d] >= l->n[d] || taken(&more, summed, size) > room || count[0] * count[1] * count[2] < 2 * parts)
            return;
        *l = more;
    }
}

static int64_t stack_of(const plan *p, const stage *s, int i)
{
    axisfold f = stage_fold(p, s, i);
    return axisfold_extent(&f, 0);
}

void stage_fit_matmul(const plan *p, stage *s, int64_t room)
{
    const node *n = s->node;
    stage_lines *l = &s->lines;
    int64_t size = (int64_t)dtype_size(n->type), summed = n->in[0]->shape[n->in[0]->ndim - 1], count[3];
    stage_view(n, n->ndim - 2, l->n);
    l->piece[0] = 1;
    for (int d = 1; d < 3; d++)
        l->piece[d] = max_i64(1, min_i64(l->n[d], MATMUL_TILE));
    int64_t one = taken(l, summed, size);
    s->workers = (int)max_i64(1, min_i64(p->options.workers, room / max_i64(1, one)));
    int64_t parts = (int64_t)s->workers * p->options.ranks, each = min_i64(MOST, room / s->workers);
    if (max_i64(summed, max_i64(l->n[1], l->n[2])) <= MATMUL_TILE)          /* many small ones */
        l->piece[0] = max_i64(1, min_i64(l->n[0] / (4 * parts), min_i64(BATCH_BYTES, each) / max_i64(1, one)));
    else
        grow(l, summed, size, each, parts);
    stage_pieces(l, count);
    l->split = count[0] >= p->options.ranks || (count[0] >= count[1] && count[0] >= count[2]) ? 0 : count[1] >= count[2] ? 1 : 2;
    s->buffer = piece_bytes(l, summed, size);
    s->shared = 0;
    int64_t k_tile = min_i64(max_i64(1, summed), MATMUL_TILE), one_a = stack_of(p, s, 0) == 1, one_b = stack_of(p, s, 1) == 1;
    stage_reads(s, 0, (int64_t[]){ one_a ? 1 : l->piece[0], l->piece[1], k_tile }, count[2] * (one_a ? count[0] : 1));
    stage_reads(s, 1, (int64_t[]){ one_b ? 1 : l->piece[0], k_tile, l->piece[2] }, count[1] * (one_b ? count[0] : 1));
    /* every piece takes its rows of one factor and its columns of the other */
    double rows = (double)l->n[1], columns = (double)l->n[2], k = (double)summed;
    double moved = (double)size * (double)l->n[0] * ((double)count[2] * rows * k + (double)count[1] * k * columns + rows * columns);
    s->bytes = (int64_t)(moved < 1e16 ? moved : 1e16);
}
