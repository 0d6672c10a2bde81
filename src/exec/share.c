/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Make a result whole on every rank: each rank has filled one box of it.
 */
#include <stdlib.h>
#include <string.h>

#include "exec/exec_int.h"

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

int share_boxes_all(run *r, const plan_array *a, void *data, box (*of)(const void *arg, int rank), const void *arg,
                    sharr_error *err)
{
    comm *c = r->env->comm;
    int n = comm_size(c), me = comm_rank(c), status = 0;
    sharr_error local = { 0 };
    size_t size = dtype_size(a->src.type), total = 0;
    char *all = NULL, *mine = NULL;
    if (n == 1)
        return 0;
    int64_t *count = malloc((size_t)n * sizeof *count);
    if (!count)
        err_nomem(&local, "sharing a result", (unsigned long long)n * sizeof *count);
    for (int k = 0; k < n && count; k++) {
        box b = of(arg, k);
        count[k] = box_empty(&b) ? 0 : box_size(&b) * (int64_t)size;
        total += (size_t)count[k];
    }
    if (count) {
        all = budget_alloc(r->env->budget, total + 1, "sharing a result", &local);
        mine = budget_alloc(r->env->budget, (size_t)count[me] + 1, "sharing a result", &local);
    }
    *err = local;
    status = comm_agree_all(c, err);
    if (!status) {
        box b = of(arg, me);
        if (count[me])
            move_box(a, data, &b, mine, true);
        status = comm_allgather_all(c, mine, all, count, err);
    }
    char *at = all;
    for (int k = 0; k < n && !status; k++) {
        box b = of(arg, k);
        if (count[k])
            move_box(a, data, &b, at, false);
        at += count[k];
    }
    if (count) {
        budget_release(r->env->budget, mine, (size_t)count[me] + 1);
        budget_release(r->env->budget, all, total + 1);
    }
    free(count);
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
        } else {
            plan_array as = st->r->p->array[o->target];     /* in the shape that was swept */
            as.src.ndim = st->s->ndim;
            memcpy(as.src.shape, st->s->shape, sizeof st->s->shape);
            status = share_boxes_all(st->r, &as, a->data, rank_tiles, st, err);
        }
    }
    return status;
}
