/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whose bytes are whose, and which pages go where.
 */
#include "plan/spread.h"

#include "base/checked.h"
#include "plan/canon.h"
#include "plan/stages.h"

/* ---- whose bytes ------------------------------------------------------------------------------ */

static int64_t bytes_of(const source *s)
{
    int64_t n = 1;
    shape_size(s->ndim, s->shape, &n);
    return n * (int64_t)dtype_size(s->type);
}

void spread_bounds(const source *s, int ranks, int64_t *bound)
{
    const chunkgrid g = canon_default(s->ndim, s->shape, s->type);
    const int64_t all = bytes_of(s);
    int d = 0;
    while (d < s->ndim && g.ncells[d] == 1)
        d++;
    bool by_cells = d < s->ndim && g.ncells[d] >= ranks;
    for (int r = 0; r <= ranks; r++) {
        int64_t units = by_cells ? g.ncells[d] : ceil_div(all, PAGE_BYTES), one = by_cells ? all / s->shape[d] * g.cell[d] : PAGE_BYTES;
        bound[r] = min_i64(all, (int64_t)((__int128)units * r / ranks) * one);
    }
}

void spread_kept(const int64_t *bound, int ranks, int r, int64_t *from, int64_t *to)
{
    *from = bound[r] / PAGE_BYTES * PAGE_BYTES;
    *to = bound[r] < bound[r + 1] ? min_i64(bound[ranks], round_up(bound[r + 1], PAGE_BYTES)) : *from;
}

void spread_owned(const int64_t *bound, int r, int64_t *first, int64_t *end)
{
    *first = ceil_div(bound[r], PAGE_BYTES);
    *end = ceil_div(bound[r + 1], PAGE_BYTES);
}

static int ranks_on(const int *nodes, int ranks, int of)
{
    int n = 0;
    for (int r = 0; r < ranks; r++)
        n += nodes[r] == of;
    return n;
}

int64_t spread_share(const int64_t *bound, const int *nodes, int ranks)
{
    int64_t most = 0;
    for (int k = 0; k < ranks; k++) {
        int64_t bytes = 0, from, to;
        for (int r = 0; r < ranks && nodes[k] == k; r++) {
            spread_kept(bound, ranks, r, &from, &to);
            bytes += nodes[r] == k ? to - from : 0;
        }
        most = nodes[k] == k ? max_i64(most, ceil_div(bytes, ranks_on(nodes, ranks, k))) : most;
    }
    return most;
}

/* What the node keeps need not come. */
static void leave_kept(pageset *s, const plan *p, const int64_t *bound, int on)
{
    int64_t from, to;
    for (int r = 0; r < p->options.ranks; r++)
        if (p->options.nodes[r] == on) {
            spread_kept(bound, p->options.ranks, r, &from, &to);
            pageset_remove(s, from, to);
        }
}

pageset spread_foreign(const plan *p, int i, int on, void *room)
{
    const source *src = &p->array[i].src;
    pageset s = pageset_in(room, bytes_of(src));
    pageset_add(&s, 0, bytes_of(src));
    leave_kept(&s, p, src->bound, on);
    return s;
}

/* ---- what is read ----------------------------------------------------------------------------- */

static bool names(const plan_step *t, int array)
{
    for (int k = 0; t->sweep && k < t->sweep->nfetch; k++)
        if (t->sweep->fetch[k].array == array)
            return true;
    for (int k = 0; t->stage && k < t->stage->nin; k++)
        if (t->stage->in[k] == array)
            return true;
    return false;
}

static bool same_source(const plan_array *a, const plan_array *b)
{
    return a->origin && b->origin && a->src.id == b->src.id && a->place == PLACE_SOURCE && b->place == PLACE_SOURCE;
}

int spread_first(const plan *p, int i)
{
    int k = 0;
    while (k < i && !same_source(&p->array[k], &p->array[i]))
        k++;
    return k;
}

bool spread_read(const plan *p, const plan_step *t, int i)
{
    const plan_array *a = &p->array[i];
    bool read = false;
    if (!a->src.bound || !a->origin || spread_first(p, i) < i)
        return false;
    for (int k = i; k < p->narrays && !read; k++)
        read = same_source(a, &p->array[k]) && names(t, k);
    return read;
}

/* Where a use reaches from a box of elements: every so-manieth element from out->start on.  False: nowhere. */
static bool reach(const fetch_use *u, const box *elements, box *out, int64_t *every)
{
    int64_t first[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS];
    if (!lattice_clip(&u->at, elements, first, count))
        return false;
    out->ndim = u->map.nsrc;
    for (int k = 0; k < u->map.nsrc; k++) {
        int d = u->map.axis[k];
        bool moves = d >= 0 && u->map.mul[k];
        int64_t by = moves ? u->map.mul[k] * u->at.step[d] : 1;
        out->count[k] = moves ? count[d] : 1;
        out->start[k] = u->map.off[k] + (moves ? u->map.mul[k] * u->at.start[d] + by * first[d] : 0);
        out->start[k] += by < 0 ? by * (out->count[k] - 1) : 0;
        every[k] = by < 0 ? -by : by;
    }
    return true;
}

static void add_sweep(const plan *p, const sweep *s, int array, int rank, pageset *out)
{
    const source *src = &p->array[array].src;
    box shard = sweep_shard(s, rank, p->options.ranks), elements, part;
    int64_t count[SHARR_MAX_DIMS], every[SHARR_MAX_DIMS];
    if (sweep_windows(s, &shard, count) == 0)
        return;
    elements = sweep_tiles_box(s, &shard);
    for (int f = 0; f < s->nfetch; f++)
        for (int i = 0; s->fetch[f].array == array && i < s->fetch[f].nuses; i++)
            if (reach(&s->fetch[f].use[i], &elements, &part, every))
                pageset_add_box(out, &(boxbytes){ &part, every, src->shape, (int64_t)dtype_size(src->type) });
}

/* The part of operand i (as lines: n) that a rank reads. */
static box operand_part(const plan *p, const stage *s, int i, int rank, int64_t n[3])
{
    const axisfold f = stage_fold(p, s, i);
    const box share = stage_share(s, rank, p->options.ranks);
    for (int g = 0; g < 3; g++)
        n[g] = axisfold_extent(&f, g);
    box b = box_of_shape(3, n);
    switch (s->node->u.call.proc) {
    case PROC_SORT: case PROC_ARGSORT: case PROC_CUMULATIVE_SUM: case PROC_CUMULATIVE_PROD:
        return share;
    case PROC_SEARCHSORTED:
        return i == 1 ? share : b;
    case PROC_FUNCTION:                 /* items of the stack, one after the other */
        b.start[ALONG] = n[ALONG] / max_i64(1, s->lines.n[0]) * share.start[0];
        b.count[ALONG] = n[ALONG] / max_i64(1, s->lines.n[0]) * share.count[0];
        return b;
    case PROC_MATMUL:
        for (int g = 0; g < 3; g++)
            if (g == 0 ? n[0] > 1 : g == i + 1) {
                b.start[g] = share.start[g];
                b.count[g] = share.count[g];
            }
        return b;
    default:
        return b;
    }
}

static void add_stage(const plan *p, const stage *s, int array, int rank, pageset *out)
{
    int64_t n[3];
    for (int i = 0; i < s->nin; i++) {
        if (s->in[i] != array)
            continue;
        box part = operand_part(p, s, i, rank, n);
        pageset_add_box(out, &(boxbytes){ &part, NULL, n, (int64_t)dtype_size(p->array[array].src.type) });
    }
}

pageset spread_needed(const plan *p, const plan_step *t, int i, int on, void *room)
{
    const plan_array *a = &p->array[i];
    pageset s = pageset_in(room, bytes_of(&a->src));
    for (int k = i; k < p->narrays; k++)
        for (int r = 0; same_source(a, &p->array[k]) && r < p->options.ranks; r++) {
            if (p->options.nodes[r] == on && t->sweep)
                add_sweep(p, t->sweep, k, r, &s);
            else if (p->options.nodes[r] == on)
                add_stage(p, t->stage, k, r, &s);
        }
    leave_kept(&s, p, a->src.bound, on);
    return s;
}

/* ---- what is written -------------------------------------------------------------------------- */

int spread_result(const plan *p, const plan_step *t)
{
    for (int k = 0; t->sweep && k < t->sweep->nouts; k++) {
        const sweep_output *o = &t->sweep->output[k];
        if (o->kind == SINK_ARRAY && p->array[o->target].src.bound)
            return o->target;
    }
    return -1;
}

bool spread_written(const plan *p, const sweep *s, int r, box *out)
{
    int64_t count[SHARR_MAX_DIMS];
    box shard = sweep_shard(s, r, p->options.ranks);
    if (sweep_windows(s, &shard, count) == 0)
        return false;
    *out = sweep_tiles_box(s, &shard);
    return true;
}

pageset spread_strayed(const plan *p, const sweep *s, int i, int on, void *room)
{
    const source *src = &p->array[i].src;
    pageset out = pageset_in(room, bytes_of(src));
    box b;
    for (int r = 0; r < p->options.ranks; r++)
        if (p->options.nodes[r] == on && spread_written(p, s, r, &b))
            pageset_add_box(&out, &(boxbytes){ &b, NULL, s->shape, (int64_t)dtype_size(src->type) });
    leave_kept(&out, p, src->bound, on);
    return out;
}

/* ---- what it takes ---------------------------------------------------------------------------- */

int spread_prepare(plan *p, sharr_error *err)
{
    int64_t most = 0;
    for (int i = 0; i < p->narrays && p->options.nodes; i++)
        most = p->array[i].src.bound ? max_i64(most, bytes_of(&p->array[i].src)) : most;
    p->brings.piece = min_i64(round_up(most, PAGE_BYTES), SPREAD_PIECE);
    p->brings.set = pageset_room(most);
    p->pages = most ? arena_alloc(p->arena, (size_t)p->brings.set, 1) : NULL;
    return most && !p->pages ? err_nomem(err, "a plan", (unsigned long long)p->brings.set) : 0;
}

int64_t spread_array(const plan *p, const plan_step *t, int i)
{
    const int *nodes = p->options.nodes;
    bool written = i == spread_result(p, t);
    int64_t most = 0;
    for (int k = 0; k < p->options.ranks; k++) {
        if (nodes[k] != k)
            continue;
        pageset s = written ? spread_strayed(p, t->sweep, i, k, p->pages) : spread_needed(p, t, i, k, p->pages);
        most = max_i64(most, ceil_div(pageset_count(&s) * PAGE_BYTES, ranks_on(nodes, p->options.ranks, k)));
    }
    return most;
}

spread_cost spread_step(const plan *p, const plan_step *t)
{
    spread_cost out = { 0 };
    for (int i = 0; i < p->narrays && p->options.nodes; i++) {
        bool written = i == spread_result(p, t);
        if (!written && !spread_read(p, t, i))
            continue;
        int64_t bytes = spread_array(p, t, i);
        out.brought += bytes;
        if (bytes || written)           /* a piece that goes, one that comes, a set of pages */
            out.buffers = 2 * p->brings.piece + round_up(p->brings.set, PAGE_BYTES);
    }
    return out;
}
