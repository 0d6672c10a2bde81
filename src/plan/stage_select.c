/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Procedures that look elements up: positions in a sorted array, elements under a mask.  In pieces of the
 * result (of the mask), which ranks and workers divide.
 */
#include "base/checked.h"
#include "plan/stages.h"

/* A worker's buffer, if there is room for it, and the least. */
enum { BEST = 4 << 20, LEAST = 64 << 10 };
/* Elements of the sorted array that a task makes keys of. */
enum { LOAD = 1 << 18 };

static int64_t type_bytes(const node *n)
{
    return (int64_t)dtype_size(n->type);
}

int64_t stage_share_room(const plan *p, stage *s, int64_t room)
{
    s->workers = (int)max_i64(1, min_i64(p->options.workers, room / (2 * LEAST)));
    return max_i64(LEAST, min_i64(BEST, room / s->workers - 4160));
}

/* As many places behind as fit, along, before: each only when those within are whole. */
static void cut_box(stage_lines *l, int64_t cells, int64_t parts)
{
    int64_t all = max_i64(1, l->n[0] * l->n[ALONG] * l->n[2]), most = min_i64(cells, max_i64(1, all / (4 * parts)));
    l->piece[2] = max_i64(1, min_i64(l->n[2], cells));
    l->piece[ALONG] = max_i64(1, min_i64(l->n[ALONG], most / l->piece[2]));
    l->piece[0] = l->piece[ALONG] >= l->n[ALONG] ? max_i64(1, min_i64(l->n[0], most / (l->piece[2] * l->piece[ALONG]))) : 1;
}

/* About `length` elements of operand i, one line: no chunk in two. */
static int64_t along_grain(const plan *p, const stage *s, int i, int64_t length)
{
    int64_t grain = stage_grain(p, s, i, ALONG);
    return length < grain ? grain : length - length % grain;
}

/* The sorted array, or as large a part of it as fits, in memory; what is looked for in pieces. */
void stage_fit_search(const plan *p, stage *s, int64_t room)
{
    const node *sorted = s->node->in[0], *wanted = s->node->in[1];
    int64_t size = type_bytes(sorted), n = 1, m = 1;
    shape_size(sorted->ndim, sorted->shape, &n);
    shape_size(wanted->ndim, wanted->shape, &m);
    int64_t bytes = stage_share_room(p, s, room / 2), each = 3 * size + 4 * 8;     /* values and positions, sorted too */
    int64_t window = max_i64(1, min_i64(n, (room - s->workers * round_up(bytes + 1, 4096) - 8192) / size));
    int64_t load = min_i64(window, along_grain(p, s, 0, LOAD));
    window -= window < n ? window % load : 0;
    s->number[SEARCH_WINDOW] = window;
    s->number[SEARCH_LOAD] = load;
    s->lines = (stage_lines){ .n = { 1, m, 1 } };
    cut_box(&s->lines, bytes / each, (int64_t)s->workers * p->options.ranks);
    s->lines.piece[ALONG] = min_i64(max_i64(1, m), along_grain(p, s, 1, s->lines.piece[ALONG]));
    s->lines.split = ALONG;
    s->buffer = s->lines.piece[ALONG] * each;
    s->shared = window * size;
    stage_reads(s, 0, (int64_t[]){ 1, load, 1 }, 1);
    stage_reads(s, 1, s->lines.piece, ceil_div(n, window));
}

/* Pieces of the mask; beside them, how many elements each takes.  What one rank writes follows from the data: results in
 * memory are made by every rank for itself. */
void stage_fit_compress(const plan *p, stage *s, int64_t room)
{
    const node *x = s->node->in[0];
    stage_lines *l = &s->lines;
    int64_t size = type_bytes(s->node), count[3], bytes = stage_share_room(p, s, room / 4 * 3);
    stage_view(x, s->node->u.call.axis, l->n);
    cut_box(l, bytes / (size + 1), (int64_t)s->workers * p->options.ranks);
    stage_to_grain(p, s, bytes / (size + 1));
    stage_reads(s, 0, l->piece, 1);
    stage_choose_split(l);
    stage_pieces(l, count);
    if (count[ALONG] > count[l->split])
        l->split = ALONG;
    s->whole = true;
    s->buffer = l->piece[0] * l->piece[ALONG] * l->piece[2] * size + l->piece[ALONG];
    s->shared = (count[ALONG] + 1) * 8;
}
