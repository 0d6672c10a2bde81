/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One sweep on one rank: the loop to read first.  The evaluating thread opens windows,
 * hands tiles to workers, and writes rounds of finished chunks together with the other ranks.
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
    size_t work = (size_t)fit_work_bytes(st->r->p, st->s);
    int status = 0;
    st->worker = calloc((size_t)st->s->workers, sizeof *st->worker);
    if (!st->worker)
        return err_nomem(err, "workers", sizeof *st->worker);
    for (int i = 0; i < st->s->workers && !status; i++) {
        worker *w = &st->worker[i];
        w->reader = h5reader_new(err);
        w->codec = w->reader ? codec_scratch_new(err) : NULL;
        w->mem = (bump){ .b = env->budget, .size = work };
        w->mem.base = w->codec ? budget_alloc(env->budget, work, "a worker's buffers", err) : NULL;
        w->kernel_scratch_bytes = kernel_bytes;
        w->kernel_scratch = w->mem.base ? budget_alloc(env->budget, kernel_bytes + 1, "a worker's kernel", err) : NULL;
        status = w->kernel_scratch ? 0 : err->status;
    }
    if (!status) {
        st->pool = pool_new(st->s->workers, err);
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
        int64_t n = fit_array_in_memory(st->r->p, fe->array) || !st->ntiles ? 0
                    : fe->max_chunks * (fe->resident ? 1 : s->inflight + 1);
        status = slab_init(&st->chunks[f], env->budget, (size_t)fit_slot_bytes(fe->chunk_bytes), n, "chunks of a window", err);
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
    return status ? status : start_workers(st, kernel_bytes, err);
}

/* What only the rounds need: results are finished and shared without it.  May be called twice. */
static void free_buffers(stream *st)
{
    const sweep *s = st->s;
    pool_free(st->pool);
    st->pool = NULL;
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

/* ---- windows and tiles ------------------------------------------------------------------------ */

/* Window number -> coordinates: order[ndim - 1] is fastest. */
bool stream_next_window(const stream *st, box *tiles)
{
    int64_t index[SHARR_MAX_DIMS], seq = st->opened;
    if (seq == st->nwindows)
        return false;
    for (int k = st->s->ndim - 1; k >= 0; k--) {
        int d = st->s->order[k];
        index[d] = seq % st->wcount[d];
        seq /= st->wcount[d];
    }
    *tiles = sweep_window(st->s, &st->shard, index);
    return true;
}

static int open_window(stream *st, sharr_error *err)
{
    open_win *w = calloc(1, sizeof *w);
    if (w)
        w->set = calloc((size_t)st->s->nfetch + 1, sizeof *w->set);
    if (!w || !w->set) {
        free(w);
        return err_nomem(err, "a window", sizeof *w);
    }
    stream_next_window(st, &w->tiles);
    w->seq = st->opened++;
    w->first_tile = st->win_tail ? st->win_tail->first_tile + st->win_tail->ntiles : st->issued;
    w->ntiles = box_size(&w->tiles);
    atomic_store(&w->left, w->ntiles);
    int status = chunks_open(st, w, st->win_tail, err);
    if (st->win_tail)
        st->win_tail->next = w;
    else
        st->win_head = w;
    st->win_tail = w;
    count_add(&st->r->env->count->windows, 1);
    return status;
}

/* Close finished windows from the front; the newest stays, because the next one may share its chunks.
 * Returns how many still hold chunks. */
static int open_count(stream *st)
{
    int n = 0;
    while (st->win_head && st->win_head != st->win_tail && atomic_load(&st->win_head->left) == 0) {
        open_win *w = st->win_head;
        st->win_head = w->next;
        chunks_close(st, w);
        free(w->set);
        free(w);
    }
    for (const open_win *w = st->win_head; w; w = w->next)
        n++;
    return n;
}

/* Keep workers busy: open windows and hand out tiles as far as memory and queue allow. */
static int feed_workers(stream *st, tile_task *task, sharr_error *err)
{
    int status = 0;
    for (;;) {
        open_win *w = st->win_tail;
        if (st->issued - st->written >= st->qcap)
            return 0;
        if (!w || w->submitted == w->ntiles) {
            if (st->opened == st->nwindows || open_count(st) > st->s->inflight)
                return 0;
            status = open_window(st, err);
            if (status)
                return status;
            w = st->win_tail;
        }
        tile_task *t = &task[st->issued % st->qcap];
        *t = (tile_task){ .st = st, .w = w, .seq = st->issued };
        shape_unravel(w->tiles.ndim, w->tiles.count, w->submitted, t->index);
        for (int d = 0; d < w->tiles.ndim; d++)
            t->index[d] += w->tiles.start[d];
        atomic_store(&st->done[t->seq % st->qcap].ready, 0);
        if (!pool_submit(st->pool, tile_run, t))
            return err_nomem(err, "the queue of tiles", sizeof *t);
        w->submitted++;
        st->issued++;
    }
}

/* ---- rounds -------------------------------------------------------------------------------------- */

static bool all_ready(const stream *st, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++)
        if (i >= st->issued || !atomic_load(&st->done[i % st->qcap].ready))
            return false;
    return true;
}

static int collect_chunks(const stream *st, int64_t from, int64_t to, h5chunk *c)
{
    int n = 0;
    for (int64_t i = from; i < to; i++) {
        const done_tile *d = &st->done[i % st->qcap];
        int slot = 0;
        for (int k = 0; k < st->s->nouts; k++) {
            const sweep_output *o = &st->s->output[k];
            if (o->kind != SINK_FILE)
                continue;
            c[n] = (h5chunk){ .set = st->r->env->set[o->target], .data = d->frame[slot], .bytes = d->bytes[slot] };
            for (int j = 0; j < st->s->ndim; j++)
                c[n].index[j] = d->index[j];
            n++;
            slot++;
        }
    }
    return n;
}

static void give_frames(stream *st, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        void **frame = st->done[i % st->qcap].frame;
        for (int k = 0; k < st->s->nouts; k++)
            if (st->s->output[k].kind == SINK_FILE) {
                slab_give(&st->frames[k], *frame);
                *frame++ = NULL;
            }
    }
}

/* The tiles [from, to) are done, or this rank has an error: the round's collectives. */
static int join_round(stream *st, int64_t from, int64_t to, h5chunk *c, sharr_error *err)
{
    const exec_env *env = st->r->env;
    sharr_error local = { 0 };
    pthread_mutex_lock(&st->lock);
    local = st->err;
    pthread_mutex_unlock(&st->lock);
    *err = local;
    int status;
    if (st->s->nfile) {
        int n = local.status ? 0 : collect_chunks(st, from, to, c);
        err_clear(err);
        status = h5out_round_all(env->out, c, n, local.status ? &local : NULL, err);
    } else {
        status = comm_agree_all(env->comm, err);
    }
    if (!local.status)
        give_frames(st, from, to);
    st->written = to;
    return status;
}

/* Until half of what was under way when `seen` tiles were finished is done (waking this thread for every tile
 * costs more than small tiles do), or an error, or it is time to look around. */
static void wait_for_workers(stream *st, int64_t seen)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 50 * 1000 * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&st->lock);
    st->wake_at = seen + (st->issued - seen + 1) / 2;
    while (atomic_load(&st->finished) < st->wake_at && !atomic_load(&st->failed))
        if (pthread_cond_timedwait(&st->progress, &st->lock, &until))
            break;
    st->wake_at = -1;
    pthread_mutex_unlock(&st->lock);
}

static void check_stop(stream *st, int64_t before)
{
    const exec_env *env = st->r->env;
    const plan *p = st->r->p;
    sharr_error e = { 0 };
    bool stop = env->cancel && atomic_load(env->cancel);
    if (env->progress && !stop) {
        exec_progress g = { .sweep = (int)(st->s - p->sweep), .sweeps = p->nsweeps, .done = before };
        double share = st->ntiles ? (double)atomic_load(&st->finished) / (double)st->ntiles : 1;
        g.done += (int64_t)(share * (double)st->s->bytes_in);
        for (int i = 0; i < p->nsweeps; i++)
            g.total += p->sweep[i].bytes_in;
        stop = env->progress(env->progress_arg, &g) != 0;
    }
    if (stop && !atomic_load(&st->failed)) {
        err_set(&e, SHARR_EINTERRUPTED, "interrupted");
        stream_fail(st, -1, &e);
    }
    comm_alive(env->comm);
}

/* Until tiles [from, to) are done; false: an error stopped this rank. */
static bool work_until(stream *st, int64_t from, int64_t to, int64_t before, tile_task *task)
{
    for (;;) {
        sharr_error e = { 0 };
        int64_t seen = atomic_load(&st->finished);
        check_stop(st, before);
        if (!atomic_load(&st->failed) && feed_workers(st, task, &e))
            stream_fail(st, st->issued, &e);
        if (atomic_load(&st->failed)) {
            pool_drain(st->pool);
            return false;
        }
        if (all_ready(st, from, to))
            return true;
        wait_for_workers(st, seen);
    }
}

static int run_rounds(stream *st, int64_t before, sharr_error *err)
{
    int64_t rounds = sweep_rounds(st->s, comm_size(st->r->env->comm)), batch = st->s->batch;
    int status = 0;
    h5chunk *c = calloc((size_t)(batch * st->s->nfile) + 1, sizeof *c);
    tile_task *task = calloc((size_t)st->qcap, sizeof *task);
    if (!c || !task) {
        sharr_error e = { 0 };
        err_nomem(&e, "a round", sizeof *c);
        stream_fail(st, 0, &e);
    }
    for (int64_t r = 0; r < rounds && !status; r++) {
        int64_t from = min_i64(r * batch, st->ntiles), to = min_i64(from + batch, st->ntiles);
        if (task)
            work_until(st, from, to, before, task);
        status = join_round(st, from, to, c, err);
    }
    pool_drain(st->pool);
    free(c);
    free(task);
    return status;
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

int stream_run_all(run *r, const sweep *s, int64_t *progress_done, sharr_error *err)
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
        status = run_rounds(&st, *progress_done, err);
    free_buffers(&st);
    if (!status)
        status = finish_reductions(&st, err);
    if (!status)
        status = share_outputs_all(&st, err);
    stream_stop(&st);
    *progress_done += s->bytes_in;
    count_add(&r->env->count->sweeps, 1);
    return status;
}
