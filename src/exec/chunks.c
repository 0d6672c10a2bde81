/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The chunks of windows: located by the evaluating thread, decoded once by the first
 * worker that needs them, kept while a window holds them.  A chunk that the next window needs
 * too is carried over, so the number of decodes is exactly what the plan predicts.  Its memory
 * is given back with the last tile that needs it: the next chunk finds it in the processor's cache.
 */
#include <stdlib.h>

#include "array/pieces.h"
#include "exec/exec_int.h"
#include "plan/fit.h"

static h5dset *dataset_of(const stream *st, const plan_array *a)
{
    return a->place == PLACE_SOURCE ? st->r->env->source[a->src.id].dset : NULL;
}

static bool regrouped(const plan_array *a)
{
    return a->node && a->node->kind == NODE_REGROUP;
}

/* A contiguous dataset under other dimensions: its pieces are runs, not boxes of its own shape. */
static bool by_runs(const plan_array *a)
{
    return regrouped(a) && a->src.plain;
}

static int read_run(stream *st, int f, const int64_t *index, worker *wk, void *data, sharr_error *err)
{
    const chunkgrid *g = &st->s->fetch[f].grid;
    const box b = chunkgrid_box(g, index);
    return h5dset_read_run(dataset_of(st, &st->r->p->array[st->s->fetch[f].array]), shape_ravel(g->ndim, g->shape, b.start),
                           box_size(&b), wk->reader, data, st->r->env->count, err);
}

static bool from_library(const plan_array *a)
{
    return a->place == PLACE_SOURCE && a->src.path == SOURCE_LIBRARY;
}

cchunk *chunks_find(const chunkset *s, const int64_t *index)
{
    int64_t at = 0;
    for (int k = 0; k < s->range.ndim; k++) {
        int64_t i = index[k] - s->range.start[k];
        if (i < 0 || i >= s->range.count[k])
            return NULL;
        at = at * s->range.count[k] + i;
    }
    return s->n ? s->chunk[at] : NULL;
}

static slab *slots_of(stream *st, int f)
{
    return &st->chunks[st->s->fetch[f].slots];
}

static void *take_data(stream *st, int f, sharr_error *err)
{
    void *p = slab_take(slots_of(st, f));
    if (!p)
        err_set(err, SHARR_EINTERNAL, "the chunk buffers of a window are used up");
    return p;
}

/* Here and now, because H5Dread belongs to this thread. */
static int read_by_library(stream *st, int f, cchunk *c, const int64_t *index, sharr_error *err)
{
    const plan_array *a = &st->r->p->array[st->s->fetch[f].array];
    const chunkgrid *g = &st->s->fetch[f].grid, own = chunkgrid_make(a->origin->ndim, a->origin->shape, a->origin->chunk, NULL);
    const box where = regrouped(a) ? pieces_box(g, index, a->origin) : chunkgrid_box(g, index);
    const box touched = chunkgrid_touched(&own, &where);
    c->data = take_data(st, f, err);
    if (!c->data)
        return err->status;
    int status = h5dset_read_box(dataset_of(st, a), &where, c->data, st->r->env->count, err);
    atomic_store(&c->state, status ? CHUNK_FAILED : CHUNK_READY);
    if (!status)
        count_add(&st->r->env->count->chunks_decoded, (uint64_t)box_size(&touched));
    return status;
}

static int locate(stream *st, int f, cchunk *c, const int64_t *index, sharr_error *err)
{
    const fetch *fe = &st->s->fetch[f];
    const plan_array *a = &st->r->p->array[fe->array];
    h5dset *d = dataset_of(st, a);
    int64_t own[SHARR_MAX_DIMS];
    if (!d || by_runs(a))
        return 0;
    if (from_library(a))
        return read_by_library(st, f, c, index, err);
    if (a->src.pieces)
        return chunk_pieces_locate(st, f, c, index, err);
    plan_source_chunk(a, &fe->grid, index, own);
    return h5dset_locate(d, own, &c->frame, err);
}

static int new_chunk(stream *st, int f, const int64_t *index, cchunk **out, sharr_error *err)
{
    cchunk *c = calloc(1, sizeof *c);
    if (!c)
        return err_nomem(err, "a chunk", sizeof *c);
    *out = c;
    atomic_init(&c->users, 1);
    return locate(st, f, c, index, err);
}

static void drop(stream *st, int f, cchunk *c)
{
    if (!c || --c->refs > 0)
        return;
    slab_give(slots_of(st, f), c->data);
    free(c->frames);
    free(c);
}

/* Fill a set; chunks that `old` has are shared. */
static int fill(stream *st, int f, const box *range, const chunkset *old, chunkset *set, sharr_error *err)
{
    int64_t offset[SHARR_MAX_DIMS] = { 0 }, index[SHARR_MAX_DIMS], k = 0;
    int status = 0;
    set->range = *range;
    set->chunk = calloc((size_t)box_size(range), sizeof *set->chunk);
    if (!set->chunk)
        return err_nomem(err, "a window's chunks", (unsigned long long)box_size(range) * sizeof *set->chunk);
    set->n = box_size(range);
    do {
        for (int d = 0; d < range->ndim; d++)
            index[d] = range->start[d] + offset[d];
        cchunk *c = old && old->n ? chunks_find(old, index) : NULL;
        if (!c)
            status = new_chunk(st, f, index, &c, err);
        if (c)
            c->refs++;
        set->chunk[k++] = c;
    } while (!status && shape_next(range->ndim, range->count, offset));
    return status;
}

/* ---- users of a chunk ---------------------------------------------------------------------- */

static void unuse(stream *st, int f, cchunk *c)
{
    if (atomic_fetch_sub(&c->users, 1) == 1) {
        slab_give(slots_of(st, f), c->data);
        c->data = NULL;
    }
}

static bool has(const box *b, const int64_t *index)
{
    for (int k = 0; k < b->ndim; k++)
        if (index[k] < b->start[k] || index[k] >= b->start[k] + b->count[k])
            return false;
    return true;
}

/* Every tile of the window is a user of the chunks that it reads. */
static void count_users(stream *st, const open_win *w, int f)
{
    int64_t offset[SHARR_MAX_DIMS] = { 0 };
    do {
        box one = { .ndim = w->tiles.ndim }, range;
        for (int d = 0; d < one.ndim; d++) {
            one.start[d] = w->tiles.start[d] + offset[d];
            one.count[d] = 1;
        }
        one = sweep_tiles_box(st->s, &one);
        if (!fetch_chunks(&st->s->fetch[f], &one, &range))
            continue;
        int64_t at[SHARR_MAX_DIMS] = { 0 }, index[SHARR_MAX_DIMS];
        do {
            for (int k = 0; k < range.ndim; k++)
                index[k] = range.start[k] + at[k];
            atomic_fetch_add(&chunks_find(&w->set[f], index)->users, 1);
        } while (shape_next(range.ndim, range.count, at));
    } while (shape_next(w->tiles.ndim, w->tiles.count, offset));
}

/* The window to come is a user too, as long as it is not open itself. */
static void hold_for_next(stream *st, const open_win *w, int f)
{
    const chunkset *set = &w->set[f];
    box next, range;
    bool more = stream_next_window(st, &next);
    if (more) {
        next = sweep_tiles_box(st->s, &next);
        more = fetch_chunks(&st->s->fetch[f], &next, &range);
    }
    for (int64_t i = 0; i < set->n; i++) {
        int64_t index[SHARR_MAX_DIMS];
        shape_unravel(set->range.ndim, set->range.count, i, index);
        for (int k = 0; k < set->range.ndim; k++)
            index[k] += set->range.start[k];
        if (!(more && has(&range, index)))
            unuse(st, f, set->chunk[i]);
    }
}

void chunks_release(stream *st, const open_win *w, int f, const box *b)
{
    const fetch *fe = &st->s->fetch[f];
    int64_t offset[SHARR_MAX_DIMS] = { 0 }, index[SHARR_MAX_DIMS];
    box range;
    if (fe->resident || fit_array_in_memory(st->r->p, fe->array) || !fetch_chunks(fe, b, &range))
        return;
    do {
        for (int d = 0; d < range.ndim; d++)
            index[d] = range.start[d] + offset[d];
        unuse(st, f, chunks_find(&w->set[f], index));
    } while (shape_next(range.ndim, range.count, offset));
}

static void empty(stream *st, int f, chunkset *set)
{
    for (int64_t i = 0; i < set->n; i++)
        drop(st, f, set->chunk[i]);
    free(set->chunk);
    *set = (chunkset){ 0 };
}

int chunks_open(stream *st, open_win *w, const open_win *before, sharr_error *err)
{
    box elements = sweep_tiles_box(st->s, &w->tiles);
    int status = 0;
    for (int f = 0; f < st->s->nfetch && !status; f++) {
        const fetch *fe = &st->s->fetch[f];
        box range;
        if (fe->resident || fit_array_in_memory(st->r->p, fe->array) || !fetch_chunks(fe, &elements, &range))
            continue;
        status = fill(st, f, &range, before ? &before->set[f] : NULL, &w->set[f], err);
        if (status)
            break;
        count_users(st, w, f);
        hold_for_next(st, w, f);
    }
    return status;
}

void chunks_close(stream *st, open_win *w)
{
    for (int f = 0; f < st->s->nfetch; f++)
        empty(st, f, &w->set[f]);
}

int chunks_open_resident(stream *st, sharr_error *err)
{
    box elements = sweep_tiles_box(st->s, &st->shard), range;
    int status = 0;
    for (int f = 0; f < st->s->nfetch && !status; f++)
        if (st->s->fetch[f].resident && st->ntiles && fetch_chunks(&st->s->fetch[f], &elements, &range))
            status = fill(st, f, &range, NULL, &st->resident[f], err);
    return status;
}

void chunks_close_resident(stream *st)
{
    for (int f = 0; f < st->s->nfetch; f++)
        empty(st, f, &st->resident[f]);
}

const chunkset *chunks_set(const stream *st, const open_win *w, int f)
{
    return st->s->fetch[f].resident ? &st->resident[f] : &w->set[f];
}

/* Of a piece the room only. */
static int load(stream *st, int f, cchunk *c, const int64_t *index, worker *wk, sharr_error *err)
{
    const plan_array *a = &st->r->p->array[st->s->fetch[f].array];
    counters *count = st->r->env->count;
    int status;
    c->data = take_data(st, f, err);
    if (!c->data)
        return err->status;
    if (a->place == PLACE_SCRATCH) {
        box where = chunkgrid_box(&st->s->fetch[f].grid, index);
        status = scratch_read(st->r->array[st->s->fetch[f].array].file, &where, c->data, count, err);
        if (!status)
            count_add(&count->chunks_decoded, 1);
        return status;
    }
    if (by_runs(a))
        return read_run(st, f, index, wk, c->data, err);
    if (c->frames)
        return 0;
    int64_t own[SHARR_MAX_DIMS];
    plan_source_chunk(a, &st->s->fetch[f].grid, index, own);
    return h5dset_read_chunk(dataset_of(st, a), own, &c->frame, wk->reader, c->data, count, err);
}

static void set_state(stream *st, cchunk *c, int state)
{
    pthread_mutex_lock(&st->lock);
    atomic_store(&c->state, state);
    pthread_cond_broadcast(&st->wake);
    pthread_mutex_unlock(&st->lock);
}

static int wait_while(stream *st, cchunk *c, int state)
{
    if (atomic_load(&c->state) == state) {
        pthread_mutex_lock(&st->lock);
        while (atomic_load(&c->state) == state)
            pthread_cond_wait(&st->wake, &st->lock);
        pthread_mutex_unlock(&st->lock);
    }
    return atomic_load(&c->state);
}

/* What is left of a piece. */
static int share_in(stream *st, int f, cchunk *c, const int64_t *index, worker *wk, sharr_error *err)
{
    bool last;
    int status = chunk_pieces_load(st, f, c, index, wk, &last, err);
    if (status || last)
        set_state(st, c, status ? CHUNK_FAILED : CHUNK_READY);
    return status;
}

/* Decode it, or wait for the worker that does, or help.  No worker waits while it holds a claim. */
static int ensure(stream *st, int f, cchunk *c, const int64_t *index, worker *wk, sharr_error *err)
{
    int state = CHUNK_NEW, status = 0;
    if (atomic_compare_exchange_strong(&c->state, &state, CHUNK_LOADING)) {
        status = load(st, f, c, index, wk, err);
        set_state(st, c, status ? CHUNK_FAILED : c->frames ? CHUNK_OPEN : CHUNK_READY);
    }
    if (!status && wait_while(st, c, CHUNK_LOADING) == CHUNK_OPEN)
        status = share_in(st, f, c, index, wk, err);
    if (status)
        return status;
    if (wait_while(st, c, CHUNK_OPEN) == CHUNK_READY)
        return 0;
    return err_set(err, SHARR_EINTERRUPTED, "stopped: another task failed");
}

int chunks_ensure(stream *st, const open_win *w, int f, const box *b, worker *wk, sharr_error *err)
{
    const fetch *fe = &st->s->fetch[f];
    const chunkset *set = chunks_set(st, w, f);
    int64_t offset[SHARR_MAX_DIMS] = { 0 }, index[SHARR_MAX_DIMS];
    box range;
    int status = 0;
    if (fit_array_in_memory(st->r->p, fe->array) || !fetch_chunks(fe, b, &range))
        return 0;
    do {
        for (int d = 0; d < range.ndim; d++)
            index[d] = range.start[d] + offset[d];
        cchunk *c = chunks_find(set, index);
        status = c ? ensure(st, f, c, index, wk, err) : err_set(err, SHARR_EINTERNAL, "a tile needs a chunk outside its window");
    } while (!status && shape_next(range.ndim, range.count, offset));
    return status;
}
