/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Boxes of lines, from the chunks of a dataset.  Where chunks lie is looked up before any worker starts, because
 * that is HDF5's; workers then put together what they need (chunkpart.h).
 */
#include <stdlib.h>

#include "exec/chunkpart.h"
#include "exec/proc.h"

_Static_assert(sizeof(h5frame) <= STAGE_FRAME_BYTES, "plans charge for it");

struct chunklines {
    h5dset *dset;
    axisfold fold;
    chunkgrid grid;
    h5frame *frame;             /* by chunk */
    size_t bytes;
};

/* ---- set-up --------------------------------------------------------------------------------- */

/* How often somebody who interrupts is heard. */
enum { LOOK_EVERY = 4096 };

static int locate(stagerun *st, chunklines *c, sharr_error *err)
{
    int64_t index[SHARR_MAX_DIMS] = { 0 }, n = chunkgrid_count(&c->grid), i = 0;
    int status = 0;
    for (; i < n && !status; i++) {
        status = h5dset_locate(c->dset, index, &c->frame[i], err);
        if (i % LOOK_EVERY == LOOK_EVERY - 1 && !status)
            status = stage_interrupted(st, err);
        shape_next(c->grid.ndim, c->grid.ncells, index);
    }
    return status;
}

int chunklines_open(stagerun *st, int operand, lines *l, sharr_error *err)
{
    const plan *p = st->r->p;
    const source *src = &p->array[st->s->in[operand]].src;
    chunklines *c = calloc(1, sizeof *c);
    if (!c)
        return err_nomem(err, "a dataset as lines", sizeof *c);
    l->chunks = c;
    c->dset = st->r->env->source[src->id].dset;
    c->fold = stage_fold(p, st->s, operand);
    c->grid = chunkgrid_make(src->ndim, src->shape, src->chunk, NULL);
    c->bytes = (size_t)chunkgrid_count(&c->grid) * sizeof *c->frame + 1;
    c->frame = budget_alloc(st->r->env->budget, c->bytes, "the places of chunks", err);
    return c->frame ? locate(st, c, err) : err->status;
}

void chunklines_close(stagerun *st, lines *l)
{
    if (l->chunks && l->chunks->frame)
        budget_release(st->r->env->budget, l->chunks->frame, l->chunks->bytes);
    free(l->chunks);
    l->chunks = NULL;
}

int chunkdesks_open(stagerun *st, sharr_error *err)
{
    size_t slot = (size_t)stage_slot_bytes(st->r->p, st->s), n = (size_t)st->s->workers;
    if (slot == 0)
        return 0;
    st->desk = calloc(n, sizeof *st->desk);
    st->slots = st->desk ? budget_alloc(st->r->env->budget, n * slot + 1, "chunks of a procedure", err) : NULL;
    if (!st->slots)
        return st->desk ? err->status : err_nomem(err, "readers of a procedure", n * sizeof *st->desk);
    for (; st->desks < (int)n; st->desks++) {
        h5reader *r = h5reader_new(err);
        if (!r)
            return err->status;
        st->desk[st->desks] = (chunkdesk){ r, (char *)st->slots + (size_t)st->desks * slot };
    }
    return 0;
}

void chunkdesks_close(stagerun *st)
{
    size_t slot = (size_t)stage_slot_bytes(st->r->p, st->s), n = (size_t)st->s->workers;
    while (st->desks > 0)
        h5reader_free(st->desk[--st->desks].reader);
    if (st->slots)
        budget_release(st->r->env->budget, st->slots, n * slot + 1);
    free(st->desk);
    st->desk = NULL;
    st->slots = NULL;
}

/* There are as many as workers: one is always free. */
chunkdesk chunkdesk_take(stagerun *st)
{
    pthread_mutex_lock(&st->lock);
    chunkdesk d = st->desk[--st->desks];
    pthread_mutex_unlock(&st->lock);
    return d;
}

void chunkdesk_give(stagerun *st, chunkdesk d)
{
    pthread_mutex_lock(&st->lock);
    st->desk[st->desks++] = d;
    pthread_mutex_unlock(&st->lock);
}

/* ---- a box ---------------------------------------------------------------------------------- */

/* Packed in C order, so what is whole inside is contiguous. */
static chunkpart_to target_of(const lines *l, const box *b, const box *part, const box *folded, char *data)
{
    const axisfold *f = &l->chunks->fold;
    chunkpart_to t = { .part = *part };
    int64_t at = 0, unit = (int64_t)l->size;
    for (int g = 2; g >= 0; g--) {
        int64_t stride = unit;
        at += (folded->start[g] - b->start[g]) * unit;
        for (int d = f->first[g + 1] - 1; d >= f->first[g]; d--) {
            t.stride[d] = stride;
            stride *= f->shape[d];
        }
        unit *= b->count[g];
    }
    t.data = data + at;
    return t;
}

static int put_part(const lines *l, const chunkpart_to *t, const chunkdesk *desk, sharr_error *err)
{
    const chunklines *c = l->chunks;
    const chunkpart_from from = { c->dset, &c->grid, l->size, desk->reader, desk->chunk, l->st->r->env->count };
    box cells = chunkgrid_touched(&c->grid, &t->part);
    int64_t offset[SHARR_MAX_DIMS] = { 0 }, index[SHARR_MAX_DIMS];
    int status = 0;
    do {
        if (atomic_load(&l->st->stop))
            return err_set(err, SHARR_EINTERRUPTED, "stopped: another task failed");
        for (int d = 0; d < cells.ndim; d++)
            index[d] = cells.start[d] + offset[d];
        status = chunkpart_put(&from, index, &c->frame[shape_ravel(c->grid.ndim, c->grid.ncells, index)], t, err);
    } while (!status && shape_next(cells.ndim, cells.count, offset));
    return status;
}

int chunklines_read(const lines *l, const box *b, void *data, sharr_error *err)
{
    chunkdesk desk = chunkdesk_take(l->st);
    axisfold_walk w = axisfold_begin(b);
    box part, folded;
    int status = 0;
    while (!status && axisfold_next(&l->chunks->fold, b, &w, &part, &folded)) {
        chunkpart_to t = target_of(l, b, &part, &folded, data);
        status = put_part(l, &t, &desk, err);
    }
    chunkdesk_give(l->st, desk);
    return status;
}
