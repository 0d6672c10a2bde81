/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Running sums and products: pieces of lines.  Whole lines where there are many; where there are few, workers take
 * pieces of one in turn; ranks take them in two passes, the first one for the sum of each brick, so that all have a part
 * of every line.  The result is the same in bits.
 */
#include "base/checked.h"
#include "plan/stages.h"

/* A worker's piece: large enough for the disk, small enough for the cache (one that is taken up twice, for the nearer one).
 * A column's state is two scalars. */
enum { BEST = 1 << 20, LEAST = 64 << 10, STATE = 32, RUN = 4096, TURN = 256 << 10 };

typedef struct room { int64_t cells, columns; } room_of_worker;

static room_of_worker room_in(int64_t bytes, int64_t size)
{
    return (room_of_worker){ max_i64(1, bytes / 4 * 3 / size), max_i64(1, bytes / 4 / STATE) };
}

/* Lines next to each other, as long as they fit; at least as many as make a run that is worth reading. */
static void cut_lines(stage_lines *l, room_of_worker w, int64_t size, int64_t parts)
{
    int64_t lines = l->n[0] * l->n[2], len = max_i64(1, l->n[ALONG]);
    int64_t c = min_i64(min_i64(w.columns, max_i64(1, w.cells / len)), max_i64(1, lines / (4 * parts)));
    l->piece[2] = max_i64(1, min_i64(l->n[2], l->n[2] > 1 ? max_i64(c, min_i64(RUN / size, w.columns)) : 1));
    l->piece[0] = l->piece[2] >= l->n[2] ? max_i64(1, min_i64(l->n[0], c / max_i64(1, l->n[2]))) : 1;
    if (l->piece[0] * l->piece[2] * len > w.cells)
        l->piece[0] = 1;
    l->piece[ALONG] = min_i64(len, max_i64(1, w.cells / (l->piece[0] * l->piece[2])));
    if (l->piece[ALONG] < len && l->piece[ALONG] > CUMULATIVE_BRICK)
        l->piece[ALONG] -= l->piece[ALONG] % CUMULATIVE_BRICK;
}

/* Few lines: each in pieces of whole bricks, if the sums of all bricks fit beside them. */
static bool cut_along(stage_lines *l, room_of_worker w, int64_t parts, int64_t scalar_bytes, int64_t room, int64_t *totals)
{
    int64_t bricks = ceil_div(l->n[ALONG], CUMULATIVE_BRICK), columns = min_i64(l->n[2], w.cells / CUMULATIVE_BRICK);
    *totals = l->n[0] * l->n[2] * bricks * scalar_bytes;
    if (bricks < 2 || columns < 1 || *totals > room / 4)
        return false;
    l->piece[0] = 1;
    l->piece[2] = min_i64(columns, w.columns);
    l->piece[ALONG] = min_i64(w.cells / l->piece[2] / CUMULATIVE_BRICK, ceil_div(bricks, 4 * parts)) * CUMULATIVE_BRICK;
    l->split = ALONG;
    return l->piece[ALONG] > 0;
}

/* Few lines on one rank: pieces by turns (exec/cumulative_along.c), of whole bricks where columns are few. */
static void cut_by_turns(const plan *p, stage *s, room_of_worker w, int64_t size)
{
    stage_lines *l = &s->lines;
    bool direct = s->read[0].direct;
    int64_t cells = direct ? w.cells : min_i64(w.cells, TURN / size);
    l->piece[0] = 1;
    l->piece[2] = max_i64(1, min_i64(l->n[2], min_i64(w.columns, w.cells)));
    l->piece[ALONG] = max_i64(1, min_i64(l->n[ALONG], cells / l->piece[2]));
    if (l->piece[ALONG] > CUMULATIVE_BRICK)
        l->piece[ALONG] -= l->piece[ALONG] % CUMULATIVE_BRICK;
    stage_to_grain(p, s, w.cells);
    s->number[CUMULATIVE_CHAIN] = l->piece[ALONG] < l->n[ALONG];
    s->shared = s->number[CUMULATIVE_CHAIN] ? l->piece[0] * l->piece[2] * STATE : 0;
}

void stage_fit_cumulative(const plan *p, stage *s, int64_t room)
{
    const node *n = s->node;
    stage_lines *l = &s->lines;
    int64_t size = (int64_t)dtype_size(n->type), count[3], scalar_bytes = dtype_kind(n->type) == KIND_COMPLEX ? 16 : 8;
    s->workers = (int)max_i64(1, min_i64(p->options.workers, room / 2 / (2 * LEAST)));
    int64_t bytes = max_i64(LEAST, min_i64(BEST, room / 2 / s->workers)), parts = (int64_t)s->workers * p->options.ranks;
    room_of_worker w = room_in(bytes, size);
    stage_view(n->in[0], n->u.call.axis, l->n);
    s->shared = s->number[CUMULATIVE_CHAIN] = 0;
    cut_lines(l, w, size, parts);
    stage_to_grain(p, s, w.cells);
    stage_choose_split(l);
    stage_pieces(l, count);
    bool few = count[0] * count[2] < parts;
    stage_lines along = *l;
    int64_t totals;
    if (few && p->options.ranks == 1) {
        cut_by_turns(p, s, w, size);
    } else if (few && n->u.call.proc == PROC_CUMULATIVE_SUM && cut_along(&along, w, parts, scalar_bytes, room, &totals)) {
        *l = along;
        s->shared = 2 * totals;
    }
    stage_reads(s, 0, l->piece, s->lines.split == ALONG ? 2 : 1);
    int64_t columns = l->piece[0] * l->piece[2], cells = columns * max_i64(l->piece[ALONG], 1);
    bool apart = s->number[CUMULATIVE_CHAIN] || l->split == ALONG;
    s->buffer = round_up(cells * size, 64) + columns * STATE;
    s->buffer += apart ? ceil_div(l->piece[ALONG], CUMULATIVE_BRICK) * columns * scalar_bytes : 0;
}
