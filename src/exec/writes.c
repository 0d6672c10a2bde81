/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Placed chunks on their way to the file, where each may be written by itself: not in a round, and by
 * another thread than the evaluating one.  Into the page cache that is a worker, before other work,
 * while the frame is still in its cache; a write past the page cache waits for the disk, so it has
 * threads that do nothing else.  Places nothing: rounds.c does.
 */
#include <stdlib.h>

#include "exec/exec_int.h"

/* Enough that the disk always has a request while another is handed over. */
enum { WRITERS = 1 };

struct write_task { stream *st; int64_t tile; h5chunk chunk; };

int writes_start(stream *st, sharr_error *err)
{
    const h5out *f = st->r->env->out;
    if (!st->s->nfile || !st->ntiles || !h5out_splits(f))
        return 0;
    st->write = calloc((size_t)(st->qcap * st->s->nfile), sizeof *st->write);
    if (!st->write)
        return err_nomem(err, "the queue of chunks", sizeof *st->write);
    if (h5out_waits(f)) {
        st->writers = pool_new(WRITERS, err);
        return st->writers ? 0 : err->status;
    }
    return 0;
}

void writes_stop(stream *st)
{
    pool_free(st->writers);
    st->writers = NULL;
    free(st->write);
    st->write = NULL;
}

static void give_frames(stream *st, int64_t tile)
{
    void **frame = st->done[tile % st->qcap].frame;
    for (int k = 0; k < st->s->nouts; k++)
        if (st->s->output[k].kind == SINK_FILE) {
            slab_give(&st->frames[k], *frame);
            *frame++ = NULL;
        }
}

static void write_run(void *arg, int worker_no)
{
    write_task *t = arg;
    stream *st = t->st;
    sharr_error err = { 0 };
    (void)worker_no;
    if (!atomic_load(&st->failed) && h5out_write_frame(st->r->env->out, &t->chunk, &err))
        stream_fail(st, t->tile, &err);
    stream_event(st, &st->done[t->tile % st->qcap].unwritten, -1);
}

/* Out of memory is this rank's error until the next round tells the others. */
void writes_hand_out(stream *st, int64_t from, const h5chunk *c, int n)
{
    for (int i = 0; i < n; i++) {
        int64_t tile = from + i / st->s->nfile;
        write_task *t = &st->write[tile % st->qcap * st->s->nfile + i % st->s->nfile];
        *t = (write_task){ .st = st, .tile = tile, .chunk = c[i] };
        atomic_fetch_add(&st->done[tile % st->qcap].unwritten, 1);
        st->expected++;
        if (st->writers ? !pool_submit(st->writers, write_run, t) : !pool_submit_first(st->pool, write_run, t)) {
            sharr_error err = { 0 };
            err_nomem(&err, "the queue of chunks", sizeof *t);
            stream_fail(st, tile, &err);
            stream_event(st, &st->done[tile % st->qcap].unwritten, -1);
        }
    }
}

/* Frames of tiles whose chunks are in the file are free again. */
void writes_collect(stream *st)
{
    while (st->written < st->placed && atomic_load(&st->done[st->written % st->qcap].unwritten) == 0)
        give_frames(st, st->written++);
}

int writes_finish_all(stream *st, int status, sharr_error *err)
{
    if (st->writers)
        pool_drain(st->writers);
    if (status)
        return status;
    writes_collect(st);
    if (!st->s->nfile || !h5out_splits(st->r->env->out))
        return 0;
    sharr_error local = stream_error(st);
    return h5out_status_all(st->r->env->out, local.status ? &local : NULL, err);
}
