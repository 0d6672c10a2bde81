/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One sweep on one rank, from buffers to results.  The loop is in rounds.c.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "exec/exec_int.h"
#include "plan/fit.h"

void stream_fail(stream *st, int64_t seq, const sharr_error *err)
{
    pthread_mutex_lock(&st->lock);
    /* "stopped" errors are echoes of the first one */
    bool echo = err->status == SHARR_EINTERRUPTED && st->err.status;
    if (!st->err.status || (!echo && (seq < st->err_tile || st->err.status == SHARR_EINTERRUPTED))) {
        st->err = *err;
        st->err_tile = seq;
    }
    atomic_store(&st->failed, 1);
    pthread_cond_broadcast(&st->wake);
    pthread_cond_signal(&st->progress);
    pthread_mutex_unlock(&st->lock);
    for (int i = 0; i < st->s->nreds; i++)
        if (st->acc[i])
            accum_wake(st->acc[i]);
}

/* ---- set-up -------------------------------------------------------------------------------- */

static int start_kernels(stream *st, const region *rg, size_t *need, sharr_error *err)
{
    const sweep *s = st->s;
    double work = (double)rg->ops * (double)s->elements / comm_size(st->r->env->comm);
    int status = 0;
    program *copy = program_copy(rg->prog);
    if (!copy)
        return err_nomem(err, "a program", sizeof *copy);
    status = kernel_new(st->r->env->kernels, copy, (int64_t)work, &st->kernel[rg->id], err);
    if (status) {
        program_free(copy);
        return status;
    }
    size_t bytes = kernel_scratch_bytes(st->kernel[rg->id]);
    *need = bytes > *need ? bytes : *need;
    for (int i = 0; i < rg->nin && !status; i++)
        for (int k = 0; k < rg->in[i].n && !status; k++)
            if (rg->in[i].feed[k].kind == FEED_REGION)
                status = start_kernels(st, rg->in[i].feed[k].region, need, err);
    return status;
}

static int start_workers(stream *st, size_t kernel_bytes, sharr_error *err)
{
    const exec_env *env = st->r->env;
    size_t work = (size_t)fit_work_bytes(st->r->p, st->s), aside = (size_t)fit_aside_bytes(st->r->p, st->s);
    int status = 0;
    st->worker = calloc((size_t)st->s->workers, sizeof *st->worker);
    if (!st->worker)
        return err_nomem(err, "workers", sizeof *st->worker);
    for (int i = 0; i < st->s->workers && !status; i++) {
        worker *w = &st->worker[i];
        w->reader = h5reader_new(err);
        w->codec = w->reader ? codec_scratch_new(err) : NULL;
        w->aside = w->codec && aside ? budget_alloc(env->budget, aside, "a worker's chunk", err) : NULL;
        w->mem = (bump){ .b = env->budget, .size = work };
        w->mem.base = w->codec && (w->aside || !aside) ? budget_alloc(env->budget, work, "a worker's buffers", err) : NULL;
        w->kernel_scratch_bytes = kernel_bytes;
        w->kernel_scratch = w->mem.base ? budget_alloc(env->budget, kernel_bytes + 1, "a worker's kernel", err) : NULL;
        status = w->kernel_scratch ? 0 : err->status;
    }
    if (!status) {
        st->pool = pool_take(env->threads, env->here ? 0 : st->s->workers, err);
        status = st->pool ? 0 : err->status;
    }
    return status;
}

static int start_buffers(stream *st, sharr_error *err)
{
    const exec_env *env = st->r->env;
    const sweep *s = st->s;
    int status = 0;
    for (int f = 0; f < s->nfetch && !status; f++) {
        const fetch *fe = &s->fetch[f];
        status = slab_init(&st->chunks[f], env->budget, (size_t)fit_slot_bytes(fe->chunk_bytes), st->ntiles ? fit_slots(s, f) : 0,
                           "chunks of a window", err);
    }
    for (int i = 0; i < s->nouts && !status; i++) {
        const sweep_output *o = &s->output[i];
        size_t bytes = dtype_size(o->type);
        if (o->kind != SINK_FILE)
            continue;
        for (int d = 0; d < s->ndim; d++)
            bytes *= (size_t)s->tiles.cell[d];
        bytes = codec_bound(&env->sets[env->set[o->target]].pipeline, bytes);
        status = slab_init(&st->frames[i], env->budget, (size_t)round_up((int64_t)bytes, 4096), st->ntiles ? st->qcap : 0,
                           "encoded chunks", err);
    }
    return status;
}

static int start_queue(stream *st, sharr_error *err)
{
    size_t n = (size_t)st->qcap, k = (size_t)st->s->nfile + 1;
    st->done = calloc(n, sizeof *st->done);
    void **frame = calloc(n * k, sizeof *frame);
    size_t *bytes = calloc(n * k, sizeof *bytes);
    if (!st->done || !frame || !bytes) {
        free(frame);
        free(bytes);
        return err_nomem(err, "the queue of tiles", n * sizeof *st->done);
    }
    for (size_t i = 0; i < n; i++) {
        st->done[i].frame = frame + i * k;
        st->done[i].bytes = bytes + i * k;
    }
    return 0;
}

static int stream_start(stream *st, sharr_error *err)
{
    const sweep *s = st->s;
    size_t kernel_bytes = 0;
    int status = 0;
    st->shard = sweep_shard(s, comm_rank(st->r->env->comm), comm_size(st->r->env->comm));
    st->nwindows = sweep_windows(s, &st->shard, st->wcount);
    st->ntiles = st->nwindows ? box_size(&st->shard) : 0;
    st->qcap = fit_queue(s);
    st->kernel = calloc((size_t)st->r->p->nregions + 1, sizeof *st->kernel);
    st->chunks = calloc((size_t)s->nfetch + 1, sizeof *st->chunks);
    st->resident = calloc((size_t)s->nfetch + 1, sizeof *st->resident);
    st->acc = calloc((size_t)s->nreds + 1, sizeof *st->acc);
    st->frames = calloc((size_t)s->nouts + 1, sizeof *st->frames);
    if (!st->frames || !st->kernel || !st->chunks || !st->resident || !st->acc)
        return err_nomem(err, "a sweep", sizeof *st);
    for (int i = 0; i < s->nkernels && !status; i++)
        status = start_kernels(st, s->kernel[i].body, &kernel_bytes, err);
    if (!status)
        status = start_buffers(st, err);
    if (!status)
        status = start_queue(st, err);
    for (int i = 0; i < s->nreds && !status; i++) {
        st->acc[i] = accum_new(st, &s->reduce[i], err);
        status = st->acc[i] ? 0 : err->status;
    }
    if (!status)
        status = chunks_open_resident(st, err);
    if (!status)
        status = writes_start(st, err);
    return status ? status : start_workers(st, kernel_bytes, err);
}

/* What only the rounds need: results are finished and shared without it.  May be called twice. */
static void free_buffers(stream *st)
{
    const sweep *s = st->s;
    pool_put(st->r->env->threads, st->pool);
    st->pool = NULL;
    writes_stop(st);
    while (st->win_head) {
        open_win *w = st->win_head;
        st->win_head = w->next;
        chunks_close(st, w);
        free(w->set);
        free(w);
    }
    if (st->resident)
        chunks_close_resident(st);
    for (int f = 0; f < s->nfetch && st->chunks; f++)
        slab_fini(&st->chunks[f]);
    for (int i = 0; i < s->nouts && st->frames; i++)
        slab_fini(&st->frames[i]);
    for (int i = 0; i < s->workers && st->worker; i++) {
        worker *w = &st->worker[i];
        h5reader_free(w->reader);
        codec_scratch_free(w->codec);
        if (w->aside)
            budget_release(st->r->env->budget, w->aside, (size_t)fit_aside_bytes(st->r->p, s));
        if (w->mem.base)
            budget_release(st->r->env->budget, w->mem.base, w->mem.size);
        if (w->kernel_scratch)
            budget_release(st->r->env->budget, w->kernel_scratch, w->kernel_scratch_bytes + 1);
    }
    free(st->worker);
    st->worker = NULL;
}

static void stream_stop(stream *st)
{
    const sweep *s = st->s;
    free_buffers(st);
    for (int i = 0; i < s->nreds && st->acc; i++)
        accum_free(st->acc[i]);
    for (int i = 0; i < st->r->p->nregions && st->kernel; i++)
        kernel_free(st->kernel[i]);
    if (st->done) {
        free(st->done[0].frame);
        free(st->done[0].bytes);
    }
    free(st->done);
    free(st->frames);
    free(st->acc);
    free(st->resident);
    free(st->chunks);
    free(st->kernel);
    pthread_mutex_destroy(&st->lock);
    pthread_cond_destroy(&st->wake);
    pthread_cond_destroy(&st->progress);
}

static int finish_reductions(stream *st, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < st->s->nreds && !status; i++) {
        accum_finish_all(st->acc[i], err);
        status = comm_agree_all(st->r->env->comm, err);
    }
    return status;
}

int stream_run_all(run *r, const sweep *s, sharr_error *err)
{
    stream st = { .r = r, .s = s };
    sharr_error local = { 0 };
    pthread_mutex_init(&st.lock, NULL);
    pthread_cond_init(&st.wake, NULL);
    pthread_cond_init(&st.progress, NULL);
    stream_start(&st, &local);
    *err = local;
    int status = comm_agree_all(r->env->comm, err);
    if (!status)
        status = stream_rounds(&st, err);
    free_buffers(&st);
    if (!status)
        status = finish_reductions(&st, err);
    if (!status)
        status = share_outputs_all(&st, err);
    stream_stop(&st);
    count_add(&r->env->count->sweeps, 1);
    return status;
}
