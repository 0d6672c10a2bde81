/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Elements of a dataset at positions along an axis, chunk by chunk: positions are sorted by the row of chunks that they
 * lie in, each chunk that holds some is decoded once, by one worker of one rank, and what it holds goes where it
 * belongs.  Nothing is read that holds none.
 */
#include <string.h>

#include "base/checked.h"
#include "exec/proc.h"

typedef struct job {
    stagerun *st;
    const source *x;
    h5dset *dset;
    chunkgrid grid;
    int axis;
    const int64_t *at;          /* the positions */
    int64_t *row, nrows;        /* rows of chunks that hold some */
    int64_t *end;               /* [rows of chunks]: where in `place` the places of each end */
    int64_t *place;             /* in the result, row by row, ascending inside */
    h5frame *frame;             /* of this rank's chunks */
    char *told;                 /* what ranks tell each other */
    int64_t shape[SHARR_MAX_DIMS], stride[SHARR_MAX_DIMS];     /* of the result; bytes */
} job;

/* ---- positions and chunks ---------------------------------------------------------------------- */

static int64_t position(const job *j, int64_t place)
{
    const int64_t k = j->at[place];
    return k + (k < 0 ? j->x->shape[j->axis] : 0);
}

static int64_t begin_of(const job *j, int64_t row)
{
    return row ? j->end[row - 1] : 0;
}

/* By counting: every place once, in order. */
static void sort_places(job *j)
{
    const int64_t n = j->shape[j->axis], rows = j->grid.ncells[j->axis], chunk = j->x->chunk[j->axis];
    memset(j->end, 0, (size_t)rows * sizeof *j->end);
    for (int64_t i = 0; i < n; i++)
        j->end[position(j, i) / chunk]++;
    int64_t before = 0;
    for (int64_t r = 0; r < rows; r++) {
        const int64_t count = j->end[r];
        if (count)
            j->row[j->nrows++] = r;
        j->end[r] = before;
        before += count;
    }
    for (int64_t i = 0; i < n; i++)
        j->place[j->end[position(j, i) / chunk]++] = i;
}

static int64_t tasks_of(const job *j, int rank)
{
    return j->nrows * j->st->s->number[TAKE_BESIDE] * rank / j->st->ranks;
}

/* The chunk of task t, of all ranks'. */
static void chunk_of(const job *j, int64_t t, int64_t *index)
{
    int64_t cells[SHARR_MAX_DIMS];
    const int64_t beside = j->st->s->number[TAKE_BESIDE];
    memcpy(cells, j->grid.ncells, sizeof cells);
    cells[j->axis] = 1;
    shape_unravel(j->x->ndim, cells, t % beside, index);
    index[j->axis] = j->row[t / beside];
}

/* How often somebody who interrupts is heard. */
enum { LOOK_EVERY = 4096 };

static int locate(const job *j, sharr_error *err)
{
    const int64_t from = tasks_of(j, j->st->rank), to = tasks_of(j, j->st->rank + 1);
    int64_t index[SHARR_MAX_DIMS];
    int status = 0;
    for (int64_t t = from; t < to && !status; t++) {
        chunk_of(j, t, index);
        status = h5dset_locate(j->dset, index, &j->frame[t - from], err);
        if (t % LOOK_EVERY == LOOK_EVERY - 1 && !status)
            status = stage_interrupted(j->st, err);
    }
    return status;
}

/* ---- a chunk ---------------------------------------------------------------------------------- */

/* Elements of a chunk at one position: in the result, and the bytes of them. */
static box section_of(const job *j, const box *chunk, int64_t place)
{
    box b = *chunk;
    b.start[j->axis] = place;
    b.count[j->axis] = 1;
    return b;
}

static char *in_result(const job *j, const box *b)
{
    char *p = j->st->out[0].data;
    for (int d = 0; d < b->ndim; d++)
        p += b->start[d] * j->stride[d];
    return p;
}

static void byte_strides(const job *j, const int64_t *count, int64_t *stride)
{
    shape_strides(j->x->ndim, count, stride);
    for (int d = 0; d < j->x->ndim; d++)
        stride[d] *= (int64_t)j->st->out[0].size;
}

static const char *in_chunk(const job *j, const box *chunk, const int64_t *stride, const char *data, int64_t place)
{
    return data + (position(j, place) - chunk->start[j->axis]) * stride[j->axis];
}

static void to_memory(const job *j, const box *chunk, const char *data, int64_t row)
{
    int64_t stride[SHARR_MAX_DIMS];
    byte_strides(j, chunk->count, stride);
    for (int64_t i = begin_of(j, row); i < j->end[row] && !atomic_load(&j->st->stop); i++) {
        const box b = section_of(j, chunk, j->place[i]);
        copy_box(b.ndim, b.count, in_result(j, &b), j->stride, in_chunk(j, chunk, stride, data, j->place[i]), stride,
                 j->st->out[0].size);
    }
}

/* Neighbours in the result are written together, as many as the buffer holds. */
static int to_scratch(const job *j, const box *chunk, const char *data, int64_t row, char *buffer, sharr_error *err)
{
    const stagerun *st = j->st;
    const size_t size = st->out[0].size;
    scratch *file = st->r->array[st->s->out[0]].file;
    int64_t stride[SHARR_MAX_DIMS], packed[SHARR_MAX_DIMS], i = begin_of(j, row);
    byte_strides(j, chunk->count, stride);
    int status = 0;
    while (i < j->end[row] && !status && !atomic_load(&st->stop)) {
        box b = section_of(j, chunk, j->place[i]);
        const int64_t most = max_i64(1, st->s->buffer / (box_size(&b) * (int64_t)size));
        int64_t n = 1;
        while (n < most && i + n < j->end[row] && j->place[i + n] == j->place[i] + n)
            n++;
        b.count[j->axis] = n;
        byte_strides(j, b.count, packed);
        b.count[j->axis] = 1;
        for (int64_t k = 0; k < n; k++)
            copy_box(b.ndim, b.count, buffer + k * packed[j->axis], packed, in_chunk(j, chunk, stride, data, j->place[i + k]),
                     stride, size);
        b.count[j->axis] = n;
        status = scratch_write(file, &b, buffer, st->r->env->count, err);
        i += n;
    }
    return status;
}

static int take_chunk(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const job *j = arg;
    int64_t index[SHARR_MAX_DIMS];
    chunk_of(j, tasks_of(j, st->rank) + task, index);
    const box chunk = chunkgrid_box(&j->grid, index);
    const chunkdesk desk = chunkdesk_take(st);
    int status = h5dset_read_chunk(j->dset, index, &j->frame[task], desk.reader, desk.chunk, st->r->env->count, err);
    if (!status && st->out[0].data)
        to_memory(j, &chunk, desk.chunk, index[j->axis]);
    else if (!status)
        status = to_scratch(j, &chunk, desk.chunk, index[j->axis], stage_buffer(st, who), err);
    chunkdesk_give(st, desk);
    count_add(&st->moved, box_size(&chunk) * (int64_t)st->out[0].size);
    return status;
}

/* ---- results in memory of every rank ------------------------------------------------------------- */

/* A walk over what a rank has taken: the elements of its chunks, position by position. */
typedef struct telling { int64_t task, to, i; } telling;

enum way { COUNT, PACK, UNPACK };

/* On from there, as much as fits; returns the bytes. */
static int64_t tell(const job *j, telling *w, char *buffer, enum way way)
{
    int64_t used = 0, index[SHARR_MAX_DIMS], packed[SHARR_MAX_DIMS];
    for (; w->task < w->to; w->task++, w->i = 0) {
        chunk_of(j, w->task, index);
        const box chunk = chunkgrid_box(&j->grid, index);
        const int64_t begin = begin_of(j, index[j->axis]), n = j->end[index[j->axis]] - begin;
        for (; w->i < n; w->i++) {
            const box b = section_of(j, &chunk, j->place[begin + w->i]);
            const int64_t bytes = box_size(&b) * (int64_t)j->st->out[0].size;
            if (used + bytes > j->st->s->number[TAKE_TOLD])
                return used;
            byte_strides(j, b.count, packed);
            if (way == PACK)
                copy_box(b.ndim, b.count, buffer + used, packed, in_result(j, &b), j->stride, j->st->out[0].size);
            else if (way == UNPACK)
                copy_box(b.ndim, b.count, in_result(j, &b), j->stride, buffer + used, packed, j->st->out[0].size);
            used += bytes;
        }
    }
    return used;
}

static int tell_all(const job *j, sharr_error *err)
{
    const stagerun *st = j->st;
    int status = 0;
    for (int r = 0; r < st->ranks && !status; r++) {
        telling w = { tasks_of(j, r), tasks_of(j, r + 1), 0 };
        while (w.task < w.to && !status) {
            telling ahead = w;
            const int64_t bytes = tell(j, &ahead, j->told, r == st->rank ? PACK : COUNT);
            if (bytes)
                status = comm_bcast_all(st->r->env->comm, j->told, bytes, r, err);
            if (!status && r != st->rank)
                tell(j, &w, j->told, UNPACK);
            w = ahead;
        }
    }
    return status;
}

/* ---- all ---------------------------------------------------------------------------------------- */

static job job_of(stagerun *st)
{
    const plan *p = st->r->p;
    const stage *s = st->s;
    const source *x = &p->array[s->in[0]].src;
    job j = { .st = st, .x = x, .dset = st->r->env->source[x->id].dset, .axis = s->node->u.call.axis,
              .grid = chunkgrid_make(x->ndim, x->shape, x->chunk, NULL), .at = (const int64_t *)st->in[1].data };
    memcpy(j.shape, s->node->shape, (size_t)x->ndim * sizeof *j.shape);
    byte_strides(&j, j.shape, j.stride);
    j.frame = (h5frame *)st->shared;
    j.row = (int64_t *)(j.frame + s->number[TAKE_ROWS] * s->number[TAKE_BESIDE]);
    j.end = j.row + s->number[TAKE_ROWS];
    j.place = j.end + j.grid.ncells[j.axis];
    j.told = (char *)(j.place + j.shape[j.axis]);
    return j;
}

int proc_take_chunks_all(stagerun *st, sharr_error *err)
{
    sharr_error local = { 0 };
    if (st->s->number[TAKE_ROWS] == 0)
        return 0;
    job j = job_of(st);
    sort_places(&j);
    locate(&j, &local);
    *err = local;
    int status = comm_agree_all(st->r->env->comm, err);
    if (!status)
        status = stage_each_all(st, take_chunk, &j, tasks_of(&j, st->rank + 1) - tasks_of(&j, st->rank), err);
    return !status && st->out[0].data && st->ranks > 1 ? tell_all(&j, err) : status;
}
