/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One tile on one worker: chunks, kernels, outputs, encoding.
 */
#include <string.h>

#include "exec/exec_int.h"

static int compute_reductions(tilectx *t, const sweep_kernel *k, sharr_error *err)
{
    return k->loop == LOOP_FLAT ? loops_flat(t, k, err) : loops_axes(t, k, err);
}

static void c_view(view *v, int ndim, const int64_t *count, size_t size)
{
    shape_strides(ndim, count, v->stride);
    for (int d = 0; d < ndim; d++)
        v->stride[d] *= (int64_t)size;
}

static size_t chunk_bytes(const sweep *s, dtype t)
{
    size_t n = dtype_size(t);
    for (int d = 0; d < s->ndim; d++)
        n *= (size_t)s->tiles.cell[d];
    return n;
}

static const codec_pipeline *pipeline_of(const stream *st, const sweep_output *o)
{
    const exec_env *env = st->r->env;
    return &env->sets[env->set[o->target]].pipeline;
}

/* Data goes as it is: raw output, or parallel HDF5 filters it. */
static bool unencoded(const stream *st, const sweep_output *o)
{
    return h5out_wants_raw(st->r->env->out) || pipeline_of(st, o)->n == 0;
}

/* Where the kernel puts output o: a full-size chunk, a place in an array, or a buffer for scratch. */
static int target_of(tilectx *t, const sweep_output *o, void *frame, view *v, sharr_error *err)
{
    const stream *st = t->st;
    const sweep *s = st->s;
    size_t size = dtype_size(o->type);
    if (o->kind == SINK_FILE) {
        size_t bytes = chunk_bytes(s, o->type);
        v->base = unencoded(st, o) ? frame : bump_take(&t->wk->mem, bytes, err);
        if (v->base && (int64_t)bytes != box_size(&t->tile) * (int64_t)size)
            memset(v->base, 0, bytes);
        c_view(v, s->ndim, s->tiles.cell, size);
        return v->base ? 0 : err->status;
    }
    const array_state *a = &st->r->array[o->target];
    if (a->data) {
        v->base = a->data;
        c_view(v, s->ndim, s->shape, size);
        for (int d = 0; d < s->ndim; d++)
            v->base += t->tile.start[d] * v->stride[d];
        return 0;
    }
    v->base = bump_take(&t->wk->mem, (size_t)box_size(&t->tile) * size, err);
    c_view(v, s->ndim, t->tile.count, size);
    return v->base ? 0 : err->status;
}

static int deliver(tilectx *t, int output, view *v, done_tile *done, int slot, sharr_error *err)
{
    stream *st = t->st;
    const sweep_output *o = &st->s->output[output];
    if (o->kind == SINK_ARRAY) {
        const array_state *a = &st->r->array[o->target];
        return a->file ? scratch_write(a->file, &t->tile, v->base, st->r->env->count, err) : 0;
    }
    size_t bytes = chunk_bytes(st->s, o->type);
    done->bytes[slot] = bytes;
    if (unencoded(st, o))
        return 0;
    int status = codec_encode(pipeline_of(st, o), v->base, bytes, done->frame[slot], st->frames[output].slot,
                              &done->bytes[slot], t->wk->codec, err);
    if (!status)
        count_add(&st->r->env->count->chunks_encoded, 1);
    return status;
}

static int compute_outputs(tilectx *t, const sweep_kernel *k, done_tile *done, sharr_error *err)
{
    stream *st = t->st;
    view *v = bump_take(&t->wk->mem, (size_t)k->nouts * sizeof *v, err);
    int status = v ? 0 : err->status, slot = 0;
    for (int i = 0; i < k->nouts && !status; i++) {
        const sweep_output *o = &st->s->output[k->out[i]];
        void *frame = NULL;
        if (o->kind == SINK_FILE) {
            frame = done->frame[slot++] = slab_take(&st->frames[k->out[i]]);
            if (!frame)
                return err_set(err, SHARR_EINTERNAL, "the queue of encoded chunks is used up");
        }
        status = target_of(t, o, frame, &v[i], err);
    }
    if (!status)
        status = loops_element(t, k->body, &t->tile, v, err);
    slot = 0;
    for (int i = 0; i < k->nouts && !status; i++) {
        const sweep_output *o = &st->s->output[k->out[i]];
        status = deliver(t, k->out[i], &v[i], done, slot, err);
        slot += o->kind == SINK_FILE;
    }
    return status;
}

static int compute(tilectx *t, done_tile *done, sharr_error *err)
{
    stream *st = t->st;
    int status = 0;
    t->wk->mem.used = 0;
    for (int f = 0; f < st->s->nfetch && !status; f++)
        status = chunks_ensure(st, t->w, f, &t->tile, t->wk, err);
    for (int i = 0; i < st->s->nkernels && !status; i++) {
        const sweep_kernel *k = &st->s->kernel[i];
        status = k->loop == LOOP_ELEMENT ? compute_outputs(t, k, done, err) : compute_reductions(t, k, err);
    }
    return status;
}

void tile_run(void *arg, int worker_no)
{
    tile_task *task = arg;
    stream *st = task->st;
    done_tile *done = &st->done[task->seq % st->qcap];
    if (!atomic_load(&st->failed)) {
        sharr_error err = { 0 };
        box one = { .ndim = st->s->ndim };
        tilectx t = { .st = st, .w = task->w, .wk = &st->worker[worker_no] };
        for (int d = 0; d < one.ndim; d++) {
            one.start[d] = t.index[d] = done->index[d] = task->index[d];
            one.count[d] = 1;
        }
        t.tile = sweep_tiles_box(st->s, &one);
        if (compute(&t, done, &err))
            stream_fail(st, task->seq, &err);
        else
            for (int f = 0; f < st->s->nfetch; f++)
                chunks_release(st, t.w, f, &t.tile);
    }
    atomic_fetch_add(&st->finished, 1);
    atomic_fetch_sub(&task->w->left, 1);
    stream_event(st, &done->ready, 1);
}
