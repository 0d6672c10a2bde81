/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Accumulators of one reduction on one rank.
 *
 *   all axes    a pairwise tree over the tiles of the canonical grid
 *   some axes   per block of kept cells: tiles one after the other inside a group of tiles,
 *               groups by a pairwise tree.  Workers take turns per block, so the order never
 *               depends on how fast they are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "exec/accum_int.h"

size_t accum_field_size(const accum *a, int f)
{
    return dtype_size(reduce_field_type(a->r->op, a->r->type, f));
}

void accum_fields(const accum *a, void *state, int64_t cells, void **field)
{
    char *p = state;
    for (int f = 0; f < a->nfields; f++) {
        field[f] = p;
        p += round_up(cells * (int64_t)accum_field_size(a, f), 8);
    }
}

/* A state is one allocation: the fields one after the other, each on 8 bytes. */
size_t accum_state_bytes(const accum *a, int64_t cells)
{
    size_t n = 0;
    for (int f = 0; f < a->nfields; f++)
        n += (size_t)round_up(cells * (int64_t)accum_field_size(a, f), 8);
    return n;
}

void *accum_take(accum *a, int64_t cells, sharr_error *err)
{
    size_t n = accum_state_bytes(a, cells);
    if (budget_charge(a->st->r->env->budget, (int64_t)n, "accumulators", err))
        return NULL;
    void *p = malloc(n ? n : 1);
    if (!p) {
        budget_credit(a->st->r->env->budget, (int64_t)n);
        err_nomem(err, "accumulators", n);
    }
    return p;
}

void accum_give(accum *a, void *state, int64_t cells)
{
    if (!state)
        return;
    free(state);
    budget_credit(a->st->r->env->budget, (int64_t)accum_state_bytes(a, cells));
}

void accum_merge_states(void *arg, void *left, void *right)
{
    const merge_arg *m = arg;
    void *l[REDUCE_MAX_FIELDS], *r[REDUCE_MAX_FIELDS];
    accum_fields(m->a, left, m->cells, l);
    accum_fields(m->a, right, m->cells, r);
    reduce_merge(m->a->r->op, m->a->r->type, l, r, m->cells);
    accum_give(m->a, right, m->cells);
}

/* ---- geometry of kept cells ----------------------------------------------------------------- */

static bool kept(const accum *a, int d)
{
    return !(a->r->axes >> d & 1);
}

static int64_t cells_of(const accum *a, const box *block)
{
    int64_t n = 1;
    for (int d = 0; d < block->ndim; d++)
        if (kept(a, d))
            n *= block->count[d];
    return n;
}

/* Where the tile stands: column of kept tiles, ordinal among reduced ones, both within the shard. */
static void locate(const accum *a, const int64_t *tile, int64_t *column, int64_t *ordinal)
{
    const box *s = &a->st->shard;
    *column = *ordinal = 0;
    for (int d = 0; d < s->ndim; d++) {
        int64_t *to = kept(a, d) ? column : ordinal;
        *to = *to * s->count[d] + tile[d] - s->start[d];
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

static int64_t columns_of(const accum *a)
{
    int64_t n = 1;
    for (int d = 0; d < a->st->shard.ndim; d++)
        if (kept(a, d))
            n *= a->st->shard.count[d];
    return n;
}

accum *accum_new(stream *st, const sweep_reduce *r, sharr_error *err)
{
    accum *a = calloc(1, sizeof *a);
    if (!a) {
        err_nomem(err, "accumulators", sizeof *a);
        return NULL;
    }
    a->st = st;
    a->r = r;
    a->nfields = reduce_nfields(r->op, r->type);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->turn, NULL);
    int64_t tiles = 1;
    for (int d = 0; d < st->s->ndim; d++)
        tiles *= st->s->tiles.ncells[d];
    tree_init(&a->total, tiles);
    if (r->group_dim < 0 || st->ntiles == 0)
        return a;
    box cell = { .ndim = st->s->ndim };         /* the largest tile has the most blocks */
    a->ordinals = 1;
    for (int d = 0; d < cell.ndim; d++) {
        cell.count[d] = min_i64(st->s->tiles.cell[d], st->s->shape[d]);
        a->ordinals *= kept(a, d) ? 1 : st->shard.count[d];
    }
    a->per_column = sweep_blocks(r->axes, &cell);
    int64_t nblocks = columns_of(a) * a->per_column, bytes = nblocks * (int64_t)sizeof *a->block;
    if (!budget_charge(st->r->env->budget, bytes, "accumulators", err)) {
        a->block = calloc((size_t)nblocks, sizeof *a->block);
        if (a->block) {
            a->nblocks = nblocks;
            return a;
        }
        budget_credit(st->r->env->budget, bytes);
        err_nomem(err, "accumulators", (unsigned long long)bytes);
    }
    accum_free(a);
    return NULL;
}

void accum_free(accum *a)
{
    if (!a)
        return;
    for (int64_t i = 0; i < a->nblocks; i++) {
        accum_give(a, a->block[i].active, a->block[i].cells);
        for (int k = 0; k < a->block[i].groups.n; k++)
            accum_give(a, a->block[i].groups.node[k].state, a->block[i].cells);
        tree_fini(&a->block[i].groups);
    }
    for (int k = 0; k < a->total.n; k++)
        accum_give(a, a->total.node[k].state, 1);
    tree_fini(&a->total);
    free(a->block);
    budget_credit(a->st->r->env->budget, a->nblocks * (int64_t)sizeof *a->block);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->turn);
    free(a);
}

/* ---- all axes -------------------------------------------------------------------------------- */

static void *copy_state(accum *a, void *const *field, int64_t cells, sharr_error *err)
{
    void *p = accum_take(a, cells, err), *to[REDUCE_MAX_FIELDS];
    if (p) {
        accum_fields(a, p, cells, to);
        for (int f = 0; f < a->nfields; f++)
            memcpy(to[f], field[f], (size_t)cells * accum_field_size(a, f));
    }
    return p;
}

int accum_tile(accum *a, const int64_t *tile, void *const *field, sharr_error *err)
{
    const sweep *s = a->st->s;
    tree_node x = { 0, s->ndim ? shape_ravel(s->ndim, s->tiles.ncells, tile) : 0, NULL };
    merge_arg m = { a, 1 };
    x.state = copy_state(a, field, 1, err);
    if (!x.state)
        return SHARR_ERESOURCE;
    pthread_mutex_lock(&a->lock);
    bool ok = tree_add(&a->total, x, accum_merge_states, &m);
    pthread_mutex_unlock(&a->lock);
    if (ok)
        return 0;
    accum_give(a, x.state, 1);
    return err_nomem(err, "accumulators", sizeof x);
}

/* ---- some axes ------------------------------------------------------------------------------- */

/* Wait until this tile is the next one of the block. */
static int take_turn(accum *a, accblock *b, int64_t ordinal, sharr_error *err)
{
    int status = 0;
    pthread_mutex_lock(&a->lock);
    while (b->next != ordinal && !atomic_load(&a->st->failed))
        pthread_cond_wait(&a->turn, &a->lock);
    if (b->next != ordinal)
        status = err_set(err, SHARR_EINTERRUPTED, "stopped: another task failed");
    pthread_mutex_unlock(&a->lock);
    return status;
}

static void pass_turn(accum *a, accblock *b)
{
    pthread_mutex_lock(&a->lock);
    b->next++;
    pthread_cond_broadcast(&a->turn);
    pthread_mutex_unlock(&a->lock);
}

void accum_wake(accum *a)
{
    pthread_mutex_lock(&a->lock);
    pthread_cond_broadcast(&a->turn);
    pthread_mutex_unlock(&a->lock);
}

/* Is this the last tile of its group in this shard? */
static bool ends_group(const accum *a, const int64_t *tile)
{
    const box *s = &a->st->shard;
    for (int d = 0; d < s->ndim; d++) {
        if (kept(a, d))
            continue;
        int64_t last = s->start[d] + s->count[d] - 1;
        if (d == a->r->group_dim && (tile[d] + 1) % a->r->group == 0)
            continue;
        if (tile[d] != last)
            return false;
    }
    return true;
}

static int close_group(accum *a, accblock *b, int64_t group, sharr_error *err)
{
    merge_arg m = { a, b->cells };
    tree_node x = { 0, group, b->active };
    if (b->groups.count == 0)
        tree_init(&b->groups, a->r->ngroups);
    if (!tree_add(&b->groups, x, accum_merge_states, &m))
        return err_nomem(err, "accumulators", sizeof x);
    b->active = NULL;
    return 0;
}

int accum_merge(accum *a, const int64_t *tile, const box *block, int64_t sub, void *const *field, sharr_error *err)
{
    int64_t column, ordinal;
    void *to[REDUCE_MAX_FIELDS];
    locate(a, tile, &column, &ordinal);
    accblock *b = &a->block[column * a->per_column + sub];
    int status = take_turn(a, b, ordinal, err);
    if (status)
        return status;
    b->cells = cells_of(a, block);
    if (!b->active) {
        b->active = copy_state(a, field, b->cells, err);
        status = b->active ? 0 : SHARR_ERESOURCE;
    } else {
        accum_fields(a, b->active, b->cells, to);
        reduce_merge(a->r->op, a->r->type, to, field, b->cells);
    }
    if (!status && ends_group(a, tile))
        status = close_group(a, b, tile[a->r->group_dim] / a->r->group, err);
    if (!status && ordinal == a->ordinals - 1 && tree_root(&b->groups))
        status = accum_finish_block(a, b, block, err);
    if (!status)
        pass_turn(a, b);
    return status;
}
