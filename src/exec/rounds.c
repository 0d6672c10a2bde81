/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The loop of a sweep, to be read first: the evaluating thread opens windows, hands tiles to
 * workers, and joins the rounds, in which finished chunks of all ranks are placed in the output and
 * written: by the round itself, or later by other threads (writes.c).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "exec/exec_int.h"

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
    st->opened++;
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
        st->expected++;
    }
}

/* ---- rounds -------------------------------------------------------------------------------------- */

typedef struct round_buffers {
    h5chunk *chunk;                         /* [batch * nfile] of this round */
    tile_task *task;                        /* [qcap] */
} round_buffers;

/* Something that the evaluating thread waits for has happened; `left` goes by `by` with it. */
void stream_event(stream *st, _Atomic int *left, int by)
{
    pthread_mutex_lock(&st->lock);
    atomic_fetch_add(left, by);
    if (++st->events == st->wake_at)
        pthread_cond_signal(&st->progress);
    pthread_mutex_unlock(&st->lock);
}

static int64_t events_so_far(stream *st)
{
    pthread_mutex_lock(&st->lock);
    int64_t n = st->events;
    pthread_mutex_unlock(&st->lock);
    return n;
}

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
            plan_output_chunk(st->r->p, st->s, o->target, d->index, c[n++].index);
            slot++;
        }
    }
    return n;
}

sharr_error stream_error(stream *st)
{
    pthread_mutex_lock(&st->lock);
    sharr_error e = st->err;
    pthread_mutex_unlock(&st->lock);
    return e;
}

/* The tiles [from, to) are done, or this rank has an error: the round's collectives. */
static int join_round(stream *st, int64_t from, int64_t to, round_buffers *b, sharr_error *err)
{
    const exec_env *env = st->r->env;
    sharr_error local = stream_error(st);
    const sharr_error *mine = local.status ? &local : NULL;
    int status, n = 0;
    if (!st->s->nfile) {
        *err = local;
        st->written = st->placed = to;
        return comm_agree_all(env->comm, err);
    }
    err_clear(err);
    n = mine ? 0 : collect_chunks(st, from, to, b->chunk);
    const bool later = h5out_splits(env->out);
    status = later ? h5out_place_all(env->out, b->chunk, n, mine, err)
                   : h5out_round_all(env->out, b->chunk, n, mine, err);
    if (!status && later)
        writes_hand_out(st, from, b->chunk, n);
    st->placed = mine ? st->placed : to;
    writes_collect(st);
    return status;
}

/* Until half of what was under way when `seen` events had come is done (waking this thread for every tile
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
    st->wake_at = seen + (st->expected - seen + 1) / 2;
    while (st->events < st->wake_at && !atomic_load(&st->failed))
        if (pthread_cond_timedwait(&st->progress, &st->lock, &until))
            break;
    st->wake_at = -1;
    pthread_mutex_unlock(&st->lock);
}

static void check_stop(stream *st)
{
    sharr_error e = { 0 };
    double share = st->ntiles ? (double)atomic_load(&st->finished) / (double)st->ntiles : 1;
    if (run_interrupted(st->r, st->s->step, (int64_t)(share * (double)st->s->bytes_in), &e) && !atomic_load(&st->failed))
        stream_fail(st, -1, &e);
    comm_alive(st->r->env->comm);
}

/* Until tiles [from, to) are done, or an error has stopped this rank. */
static void work_until(stream *st, int64_t from, int64_t to, tile_task *task)
{
    for (;;) {
        sharr_error e = { 0 };
        int64_t seen = events_so_far(st);
        check_stop(st);
        writes_collect(st);
        if (!atomic_load(&st->failed) && feed_workers(st, task, &e))
            stream_fail(st, st->issued, &e);
        if (atomic_load(&st->failed)) {
            pool_drain(st->pool);
            return;
        }
        if (all_ready(st, from, to))
            return;
        wait_for_workers(st, seen);
    }
}

/* After the last round: until all chunks are in the file.  The others may wait for this rank meanwhile. */
static void await_writes(stream *st)
{
    for (;;) {
        int64_t seen = events_so_far(st);
        writes_collect(st);
        if (st->written == st->placed || atomic_load(&st->failed))
            return;
        check_stop(st);                         /* not when all is there: no round would tell of it any more */
        wait_for_workers(st, seen);
    }
}

int stream_rounds(stream *st, sharr_error *err)
{
    int64_t rounds = sweep_rounds(st->s, comm_size(st->r->env->comm)), batch = st->s->batch;
    int status = 0;
    round_buffers b = { .chunk = calloc((size_t)(batch * st->s->nfile) + 1, sizeof *b.chunk),
                        .task = calloc((size_t)st->qcap, sizeof *b.task) };
    bool ok = b.chunk && b.task;
    if (!ok) {
        sharr_error e = { 0 };
        err_nomem(&e, "a round", sizeof *b.chunk);
        stream_fail(st, 0, &e);
    }
    for (int64_t r = 0; r < rounds && !status; r++) {
        int64_t from = min_i64(r * batch, st->ntiles), to = min_i64(from + batch, st->ntiles);
        if (ok)
            work_until(st, from, to, b.task);
        status = join_round(st, from, to, &b, err);
    }
    if (!status)
        await_writes(st);
    pool_drain(st->pool);
    status = writes_finish_all(st, status, err);
    free(b.chunk);
    free(b.task);
    return status;
}
