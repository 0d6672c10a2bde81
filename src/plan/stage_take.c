/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Elements at positions along an axis.  Of a dataset, where the positions are known already: chunk by chunk, each
 * that holds some decoded once.  Else in pieces of the positions, from memory or scratch.
 */
#include <string.h>

#include "base/arena.h"
#include "base/checked.h"
#include "plan/fit.h"
#include "plan/stages.h"

/* Bytes that are written to scratch at a time, and in which ranks tell each other what they have; runs of bytes that may
 * be written to scratch one by one. */
enum { AT_ONCE = 1 << 20, TOLD = 4 << 20, RUN = 4096 };
/* Of an entry in the tables: where places of a row of chunks end; a place. */
enum { WORD = 8 };

/* ---- what is known --------------------------------------------------------------------------- */

static const int64_t *known_positions(const plan *p, const node *n)
{
    const plan_costs *c = &p->options.costs;
    if (n->kind != NODE_SOURCE || n->u.src->path != SOURCE_MEMORY || !source_any_shape(n->u.src) || n->type != SHARR_INT64)
        return NULL;
    return c->values ? c->values(c->arg, n->u.src) : NULL;
}

int stage_take_look(const plan *p, stage *s, sharr_error *err)
{
    const node *n = s->node;
    const int64_t *at = known_positions(p, n->in[1]), extent = n->in[0]->shape[n->u.call.axis];
    const int64_t chunk = max_i64(1, n->in[0]->u.src->chunk[n->u.call.axis]), count = n->in[1]->shape[0];
    s->number[TAKE_ROWS] = -1;
    if (!at || extent == 0)
        return 0;
    bool *seen = arena_alloc(p->arena, (size_t)ceil_div(extent, chunk), sizeof *seen);
    if (!seen)
        return err_nomem(err, "a plan", (unsigned long long)ceil_div(extent, chunk));
    memset(seen, 0, (size_t)ceil_div(extent, chunk));
    int64_t found = 0, before = 0;
    bool ascend = true;
    for (int64_t i = 0; i < count; i++) {
        const int64_t k = at[i] + (at[i] < 0 ? extent : 0);
        if ((uint64_t)k >= (uint64_t)extent)
            return 0;               /* evaluation says so */
        found += !seen[k / chunk];
        seen[k / chunk] = true;
        ascend = ascend && k >= before;
        before = k;
    }
    s->number[TAKE_ROWS] = found;
    s->number[TAKE_ASCEND] = ascend;
    return 0;
}

/* ---- from chunks ------------------------------------------------------------------------------ */

/* Chunks beside each other in a row, bytes of a chunk, and of its elements at one position. */
static void measure(const source *x, int axis, int64_t *beside, int64_t *chunk, int64_t *section)
{
    *beside = 1;
    *section = (int64_t)dtype_size(x->type);
    for (int d = 0; d < x->ndim; d++)
        if (d != axis) {
            *beside *= ceil_div(x->shape[d], max_i64(1, x->chunk[d]));
            *section *= min_i64(x->chunk[d], max_i64(1, x->shape[d]));
        }
    *chunk = *section * min_i64(x->chunk[axis], max_i64(1, x->shape[axis]));
}

/* A result in scratch would be written a few bytes at a time. */
static bool in_crumbs(const plan *p, const stage *s)
{
    const source *x = &p->array[s->in[0]].src;
    const int last = x->ndim - 1, axis = s->node->u.call.axis;
    const int64_t run = (last == axis ? 1 : min_i64(x->chunk[last], x->shape[last])) * (int64_t)dtype_size(x->type);
    return p->array[s->out[0]].place == PLACE_SCRATCH && !s->number[TAKE_ASCEND] && run < RUN;
}

static void fit_chunks(const plan *p, stage *s, int64_t room)
{
    const node *n = s->node;
    const int axis = n->u.call.axis;
    const plan_array *out = &p->array[s->out[0]];
    const source *x = &p->array[s->in[0]].src;
    const int64_t rows = ceil_div(x->shape[axis], max_i64(1, x->chunk[axis]));
    int64_t beside, chunk, section;
    measure(x, axis, &beside, &chunk, &section);
    const int64_t tasks = s->number[TAKE_ROWS] * beside;
    s->number[TAKE_BESIDE] = beside;
    s->number[TAKE_TOLD] = out->place == PLACE_MEMORY && p->options.ranks > 1
                           ? max_i64(min_i64(TOLD, room / 4), section) : 0;
    stage_view(n, axis, s->lines.n);
    memcpy(s->lines.piece, s->lines.n, sizeof s->lines.n);
    s->lines.split = ALONG;
    s->workers = (int)max_i64(1, min_i64(p->options.workers, tasks));
    s->buffer = out->place == PLACE_SCRATCH ? max_i64(AT_ONCE, section) : 0;
    s->shared = (rows + s->number[TAKE_ROWS] + s->lines.n[ALONG]) * WORD + tasks * STAGE_FRAME_BYTES + s->number[TAKE_TOLD];
    s->whole = true;
    s->read[0].decodes = in_crumbs(p, s) ? -1 : tasks;
    s->bytes = tasks * chunk + stage_array_bytes(p, s->out[0]);
}

/* ---- from memory and scratch ------------------------------------------------------------------ */

static void choose_any_split(stage_lines *l)
{
    int64_t count[3];
    stage_pieces(l, count);
    l->split = 0;
    for (int d = 1; d < 3; d++)
        if (count[d] > count[l->split])
            l->split = d;
}

/* Pieces of the positions; those are sorted where x is in scratch, and what lies together is read together. */
static void fit_pieces(const plan *p, stage *s, int64_t room)
{
    const node *n = s->node;
    stage_lines *l = &s->lines;
    int64_t size = (int64_t)dtype_size(n->type), bytes = stage_share_room(p, s, room), each;
    bool near = p->array[s->in[0]].place != PLACE_SCRATCH;
    stage_view(n, n->u.call.axis, l->n);
    s->number[TAKE_WINDOW] = near ? 0 : bytes / 4;
    each = near ? 8 : 8 + 8 + 3 * 8;        /* a position; its place; both are sorted */
    l->piece[2] = max_i64(1, min_i64(l->n[2], bytes / 4 / size));
    l->piece[ALONG] = max_i64(1, min_i64(l->n[ALONG], bytes / 2 / (l->piece[2] * size + each)));
    l->piece[ALONG] = min_i64(l->piece[ALONG], max_i64(256, ceil_div(l->n[ALONG], 4 * (int64_t)s->workers * p->options.ranks)));
    l->piece[0] = 1;
    choose_any_split(l);
    s->shared = 0;
    s->buffer = l->piece[ALONG] * (l->piece[2] * size + each) + s->number[TAKE_WINDOW] + 128;
}

void stage_fit_take(const plan *p, stage *s, int64_t room)
{
    if (s->read[0].direct)
        fit_chunks(p, s, room);
    else
        fit_pieces(p, s, room);
}
