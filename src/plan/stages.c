/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is common to stages: lines, shares of ranks, memory.
 */
#include "plan/stages.h"

#include "base/checked.h"
#include "plan/fit.h"
#include "plan/spread.h"

static stage_fitter *const fitters[PROC_COUNT] = {
    [PROC_CUMULATIVE_SUM] = stage_fit_cumulative,
    [PROC_CUMULATIVE_PROD] = stage_fit_cumulative,
    [PROC_SORT] = stage_fit_sort,
    [PROC_ARGSORT] = stage_fit_sort,
    [PROC_SEARCHSORTED] = stage_fit_search,
    [PROC_COMPRESS] = stage_fit_compress,
    [PROC_TAKE] = stage_fit_take,
    [PROC_FUNCTION] = stage_fit_function,
    [PROC_MATMUL] = stage_fit_matmul,
};

/* ---- lines ---------------------------------------------------------------------------------- */

void stage_view(const node *n, int axis, int64_t view[3])
{
    view[0] = view[2] = 1;
    for (int d = 0; d < axis; d++)
        view[0] *= n->shape[d];
    view[ALONG] = n->ndim ? n->shape[axis] : 1;
    for (int d = axis + 1; d < n->ndim; d++)
        view[2] *= n->shape[d];
}

axisfold stage_fold(const plan *p, const stage *s, int i)
{
    const source *src = &p->array[s->in[i]].src;
    const node_call *c = &s->node->u.call;
    int axis = procedure_get(c->proc)->matrix ? src->ndim - 2 : i == 0 ? c->axis : -1;
    return axisfold_make(src->ndim, src->shape, axis);
}

void stage_pieces(const stage_lines *l, int64_t count[3])
{
    for (int d = 0; d < 3; d++)
        count[d] = ceil_div(l->n[d], max_i64(1, l->piece[d]));
}

void stage_choose_split(stage_lines *l)
{
    int64_t count[3];
    stage_pieces(l, count);
    l->split = count[2] > count[0] ? 2 : 0;
}

box stage_share(const stage *s, int rank, int ranks)
{
    const stage_lines *l = &s->lines;
    box b = { .ndim = 3 };
    for (int d = 0; d < 3; d++)
        b.count[d] = l->n[d];
    int64_t unit = max_i64(1, l->piece[l->split]), n = l->n[l->split], units = ceil_div(n, unit);
    int64_t from = min_i64(n, units * rank / ranks * unit), to = min_i64(n, units * (rank + 1) / ranks * unit);
    b.start[l->split] = from;
    b.count[l->split] = to - from;
    return b;
}

box stage_result(const stage *s, int k, int rank, int ranks)
{
    const node_call *c = &s->node->u.call;
    box b = stage_share(s, rank, ranks);
    if (c->proc == PROC_FUNCTION)       /* items of the stack, one after the other */
        return (box){ .ndim = 3, .start = { 0, b.start[0] * s->number[k], 0 }, .count = { 1, b.count[0] * s->number[k], 1 } };
    int64_t more = c->flags & CALL_INITIAL ? 1 : 0;
    bool begins = b.start[ALONG] == 0 && (b.count[ALONG] > 0 || (rank == 0 && s->lines.n[ALONG] == 0));
    if (s->lines.split != ALONG || begins)
        b.count[ALONG] += more;         /* whoever begins the line; that need not be rank 0 */
    else
        b.start[ALONG] += more;
    return b;
}

/* ---- memory --------------------------------------------------------------------------------- */

int64_t stage_array_bytes(const plan *p, int array)
{
    const source *s = &p->array[array].src;
    int64_t n = (int64_t)dtype_size(s->type);
    for (int d = 0; d < s->ndim; d++)
        n *= s->shape[d];
    return n;
}

int64_t stage_share_bytes(const plan *p, const stage *s)
{
    int64_t most = 0;
    int ranks = p->options.ranks;
    for (int k = 0; k < s->nout && ranks > 1 && !s->whole; k++) {
        if (s->out[k] < 0 || p->array[s->out[k]].place != PLACE_MEMORY)
            continue;
        int64_t all = stage_array_bytes(p, s->out[k]), size = (int64_t)dtype_size(p->array[s->out[k]].src.type), part = 0;
        for (int r = 0; r < ranks; r++) {
            box b = stage_result(s, k, r, ranks);
            part = max_i64(part, box_size(&b) * size);
        }
        most = max_i64(most, fit_share_buffers(ranks, all, part));
    }
    return most;
}

const char *stage_name(const stage *s)
{
    const node_call *c = &s->node->u.call;
    return c->user ? c->user->name : procedure_get(c->proc)->name;
}

static void fit_once(const plan *p, stage *s, int workers, int64_t room)
{
    plan as = *p;
    as.options.workers = workers;
    s->bytes = s->aside = 0;
    for (int i = 0; i < s->nin; i++)
        s->bytes += stage_array_bytes(p, s->in[i]);
    for (int k = 0; k < s->nout; k++)
        s->bytes += s->out[k] < 0 ? 0 : stage_array_bytes(p, s->out[k]);
    fitters[s->node->u.call.proc](&as, s, max_i64(room - stage_reading_bytes(p, s, workers), 4096));
    s->memory = s->workers * round_up(s->buffer + 1, 4096) + (s->shared ? round_up(s->shared + 1, 4096) : 0) + s->aside +
                stage_reading_bytes(p, s, s->workers);
    s->memory = max_i64(s->memory, stage_share_bytes(p, s));
}

/* What comes from other nodes depends on how ranks divide the lines, and that on the room that is left beside it. */
static void fit_beside(const plan *p, stage *s, int workers, int64_t room)
{
    const plan_step alone = { .stage = s };
    spread_cost cost = { 0 };
    for (int pass = 0; pass < 2 && (pass == 0 || cost.brought); pass++) {
        fit_once(p, s, workers, room - cost.brought);
        cost = spread_step(p, &alone);
    }
    s->brought = cost.brought;
    s->bringing = cost.buffers;
    s->memory = max_i64(s->memory, cost.buffers) + cost.brought;
}

int stage_fit(const plan *p, stage *s, int64_t room, sharr_error *err)
{
    int workers = p->options.workers;
    fit_beside(p, s, workers, room);
    if (s->memory > room && stage_reading_bytes(p, s, 1) > 0)      /* fewer have more room: for whole rows of chunks */
        fit_beside(p, s, (workers + 1) / 2, room);
    stage_count_decodes(p, s);
    if (s->memory <= room)
        return 0;
    int64_t need = s->memory + (p->options.memory - room);
    return err_set(err, SHARR_ERESOURCE, "memory: %s needs %lld bytes (%lld MiB) of --memory on each rank, and has %lld: "
                   "raise it, or split the expression", stage_name(s), (long long)need,
                   (long long)(need >> 20) + 1, (long long)p->options.memory);
}
