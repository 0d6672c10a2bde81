/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Make a result whole on every rank: each rank has filled one box of it.  One that lies in memory that the ranks
 * of a node have in common is made whole on every node.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "exec/exec_int.h"
#include "plan/fit.h"

static void strides_of(int ndim, const int64_t *shape, size_t size, int64_t *stride)
{
    shape_strides(ndim, shape, stride);
    for (int d = 0; d < ndim; d++)
        stride[d] *= (int64_t)size;
}

/* Between the array and a packed box. */
static void move_box(const plan_array *a, void *data, const box *b, void *packed, bool pack)
{
    int64_t as[SHARR_MAX_DIMS], ps[SHARR_MAX_DIMS], off = 0;
    size_t size = dtype_size(a->src.type);
    strides_of(a->src.ndim, a->src.shape, size, as);
    strides_of(b->ndim, b->count, size, ps);
    for (int d = 0; d < b->ndim; d++)
        off += b->start[d] * as[d];
    char *at = (char *)data + off;
    if (pack)
        copy_box(b->ndim, b->count, packed, ps, at, as, size);
    else
        copy_box(b->ndim, b->count, at, as, packed, ps, size);
}

/* What is exchanged, a piece of every rank in each round: buffers stay small however large the result is. */
typedef struct sharing {
    run *r;
    const plan_array *a;
    char *data;
    box (*of)(const void *arg, int rank);
    const void *arg;
    int64_t piece;              /* elements of a rank and round */
    int64_t *count;             /* bytes of each rank in this round */
    char *mine, *all;
    size_t mine_bytes, all_bytes;
} sharing;

/* Piece `round` of a rank's box; false: there are no more. */
static bool piece_of(const sharing *s, int rank, int64_t round, box *out)
{
    box b = s->of(s->arg, rank);
    int64_t cell[SHARR_MAX_DIMS], index[SHARR_MAX_DIMS], left = s->piece, n = 1;
    if (box_empty(&b))
        return false;
    for (int d = b.ndim - 1; d >= 0; d--) {
        cell[d] = min_i64(b.count[d], left);
        left /= cell[d];
    }
    chunkgrid g = chunkgrid_make(b.ndim, b.count, cell, NULL);
    shape_size(g.ndim, g.ncells, &n);
    if (round >= n)
        return false;
    shape_unravel(g.ndim, g.ncells, round, index);
    *out = chunkgrid_box(&g, index);
    for (int d = 0; d < b.ndim; d++)
        out->start[d] += b.start[d];
    return true;
}

/* Fills `count`; false: nobody has anything left. */
static bool count_round(sharing *s, int64_t round)
{
    int64_t size = (int64_t)dtype_size(s->a->src.type);
    bool some = false;
    box b;
    for (int k = 0; k < comm_size(s->r->env->comm); k++) {
        s->count[k] = piece_of(s, k, round, &b) ? box_size(&b) * size : 0;
        some = some || s->count[k];
    }
    return some;
}

/* What ranks of a node have in common, one of them completes; the others' own parts are there already. */
static bool misses(const sharing *s, int rank)
{
    const comm *c = s->r->env->comm;
    int me = comm_rank(c);
    return s->a->common ? comm_node(c, me) == me && comm_node(c, rank) != me : rank != me;
}

static int exchange(sharing *s, int64_t round, sharr_error *err)
{
    comm *c = s->r->env->comm;
    const char *at = s->all;
    box b;
    if (piece_of(s, comm_rank(c), round, &b))
        move_box(s->a, s->data, &b, s->mine, true);
    int status = comm_allgather_all(c, s->mine, s->all, s->count, err);
    for (int k = 0; k < comm_size(c) && !status; at += s->count[k++])
        if (misses(s, k) && piece_of(s, k, round, &b))
            move_box(s->a, s->data, &b, (char *)at, false);
    return status;
}

static int start(sharing *s, sharr_error *err)
{
    comm *c = s->r->env->comm;
    budget *b = s->r->env->budget;
    sharr_error local = { 0 };
    int n = comm_size(c);
    s->piece = fit_share_piece(n) / (int64_t)dtype_size(s->a->src.type);
    s->count = malloc((size_t)n * sizeof *s->count);
    if (s->count) {
        count_round(s, 0);          /* no later one is larger */
        s->mine_bytes = (size_t)s->count[comm_rank(c)] + 1;
        for (int k = 0; k < n; k++)
            s->all_bytes += (size_t)s->count[k];
        s->mine = budget_alloc(b, s->mine_bytes, "sharing a result", &local);
        s->all = budget_alloc(b, ++s->all_bytes, "sharing a result", &local);
    } else {
        err_nomem(&local, "sharing a result", (unsigned long long)n * sizeof *s->count);
    }
    *err = local;
    return comm_agree_all(c, err);
}

int share_boxes_all(run *r, const plan_array *a, void *data, box (*of)(const void *arg, int rank), const void *arg,
                    sharr_error *err)
{
    comm *c = r->env->comm;
    sharing s = { .r = r, .a = a, .data = data, .of = of, .arg = arg };
    if (comm_size(c) == 1)
        return 0;
    if (a->common && comm_local_size(c) == comm_size(c))
        return comm_barrier_all(c, err);
    int status = start(&s, err);
    for (int64_t round = 0; !status && count_round(&s, round); round++)
        status = exchange(&s, round, err);
    if (!status && a->common)
        status = comm_barrier_all(c, err);
    budget_release(r->env->budget, s.mine, s.mine_bytes);
    budget_release(r->env->budget, s.all, s.all_bytes);
    free(s.count);
    return status;
}

static box rank_tiles(const void *arg, int rank)
{
    const stream *st = arg;
    box tiles = sweep_shard(st->s, rank, comm_size(st->r->env->comm));
    int64_t count[SHARR_MAX_DIMS];
    box none = { .ndim = st->s->ndim };
    if (sweep_windows(st->s, &tiles, count) == 0) {
        if (none.ndim == 0)
            none.ndim = 1;              /* a 0-d box is never empty */
        return none;
    }
    return sweep_tiles_box(st->s, &tiles);
}

int share_outputs_all(stream *st, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < st->s->nouts && !status; i++) {
        const sweep_output *o = &st->s->output[i];
        if (o->kind != SINK_ARRAY)
            continue;
        const array_state *a = &st->r->array[o->target];
        if (a->file) {
            status = scratch_sync_all(st->r->env->comm, a->file, err);
        } else if (st->r->p->array[o->target].src.bound) {
            status = bring_written_all(st->r, st->s, err);
        } else {
            plan_array as = st->r->p->array[o->target];     /* in the shape that was swept */
            as.src.ndim = st->s->ndim;
            memcpy(as.src.shape, st->s->shape, sizeof st->s->shape);
            status = share_boxes_all(st->r, &as, a->data, rank_tiles, st, err);
        }
    }
    return status;
}
