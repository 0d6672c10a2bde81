/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lowering: nodes to program steps, leaves to operands.
 */
#include "plan/region.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/program_build.h"

/* (node, map) on the way to its value; also the memo of those that have one. */
typedef struct item {
    const node *n;
    int map;                    /* index into lowering.map */
    int value;                   /* -1: not yet */
} item;

typedef struct frame {
    item *it;
    const node *n;              /* views stripped */
    int map, child;
    int arg[3];
} frame;

struct lowering {
    region_env *env;
    lattice at;
    program_builder *pb;
    affine *map;
    int nmaps, capmaps;
    hashmap *memo;
    frame *stack;
    size_t depth, cap;
    feeds *in;
    int *in_step;
    int nin, capin, capstep;
    linear *index;
    int nindex, capindex;
    int64_t ops;
};

static void *grow(void *p, int n, int *cap, size_t size)
{
    if (n < *cap)
        return p;
    int c = *cap ? 2 * *cap : 8;
    void *q = realloc(p, (size_t)c * size);
    if (q)
        *cap = c;
    return q;
}

lowering *lowering_new(region_env *env, const lattice *at, sharr_error *err)
{
    lowering *l = calloc(1, sizeof *l);
    if (l) {
        l->env = env;
        l->at = *at;
        l->pb = pb_new();
        l->memo = hashmap_new();
    }
    if (!l || !l->pb || !l->memo) {
        err_nomem(err, "lowering an expression", sizeof *l);
        lowering_free(l);
        return NULL;
    }
    return l;
}

void lowering_free(lowering *l)
{
    if (!l)
        return;
    pb_free(l->pb);
    hashmap_free(l->memo);
    free(l->map);
    free(l->stack);
    free(l->in);
    free(l->in_step);
    free(l->index);
    free(l);
}

static int intern_map(lowering *l, const affine *m, int *out, sharr_error *err)
{
    for (int i = 0; i < l->nmaps; i++)
        if (affine_equal(&l->map[i], m)) {
            *out = i;
            return 0;
        }
    affine *p = grow(l->map, l->nmaps, &l->capmaps, sizeof *p);
    if (!p)
        return err_nomem(err, "lowering an expression", sizeof *p);
    l->map = p;
    l->map[l->nmaps] = *m;
    *out = l->nmaps++;
    return 0;
}

static bool same_item(const void *value, const void *key)
{
    const item *a = value, *b = key;
    return a->n == b->n && a->map == b->map;
}

/* The memo's entry for (n, map), made when it is not there. */
static item *memo(lowering *l, const node *n, int map, sharr_error *err)
{
    item key = { n, map, -1 };
    struct { const node *n; int64_t map; } raw = { n, map };
    uint64_t h = hash_bytes(&raw, sizeof raw, 0);
    item *it = hashmap_find(l->memo, h, same_item, &key);
    if (it)
        return it;
    it = arena_alloc(l->env->arena, 1, sizeof *it);
    if (!it || !hashmap_add(l->memo, h, it)) {
        err_nomem(err, "lowering an expression", sizeof *it);
        return NULL;
    }
    *it = key;
    return it;
}

static int push(lowering *l, item *it, const node *n, int map, sharr_error *err)
{
    if (l->depth == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 32;
        frame *p = realloc(l->stack, cap * sizeof *p);
        if (!p)
            return err_nomem(err, "lowering an expression", cap * sizeof *p);
        l->stack = p;
        l->cap = cap;
    }
    l->stack[l->depth++] = (frame){ .it = it, .n = n, .map = map };
    return 0;
}

/* ---- operands -------------------------------------------------------------------------- */

static bool is_array(const region_env *env, const node *n)
{
    if (n->kind == NODE_ELEMENT || n->kind == NODE_CAST)
        return env->kept(env->arg, n);
    return n->kind == NODE_SOURCE || n->kind == NODE_REGROUP || node_is_cut(n);
}

static int add_input(lowering *l, dtype t, const feed *feed_list, int n, int *value, sharr_error *err)
{
    feeds *p = grow(l->in, l->nin, &l->capin, sizeof *p);
    int *q = grow(l->in_step, l->nin, &l->capstep, sizeof *q);
    feed *copy = arena_alloc(l->env->arena, (size_t)n, sizeof *copy);
    if (p)
        l->in = p;
    if (q)
        l->in_step = q;
    if (!p || !q || !copy)
        return err_nomem(err, "lowering an expression", sizeof *p);
    memcpy(copy, feed_list, (size_t)n * sizeof *copy);
    l->in[l->nin] = (feeds){ t, n, copy };
    *value = l->in_step[l->nin] = pb_load(l->pb, l->nin, t);
    l->nin++;
    return 0;
}

static int load_array(lowering *l, const node *n, const affine *m, int *value, sharr_error *err)
{
    feed f = { .kind = FEED_FETCH, .at = l->at, .map = *m };
    int array, status = l->env->array_of(l->env->arg, n, &array, err);
    if (!status)
        status = l->env->use(l->env->arg, array, &l->at, m, &f.fetch, err);
    return status ? status : add_input(l, n->type, &f, 1, value, err);
}

/* Views in front of `n` are folded into the map. */
static const node *strip(const node *n, affine *m)
{
    while (n->kind == NODE_VIEW && imap_is_affine(n->u.map)) {
        affine inner = affine_of_piece(&n->u.map->piece[0]);
        *m = affine_compose(m, &inner);
        n = n->in[n->u.map->piece[0].src];
    }
    return n;
}

static int feed_of(lowering *l, const node *n, const affine *m, feed *f, sharr_error *err)
{
    int array, value, status;
    if (is_array(l->env, n)) {
        f->kind = FEED_FETCH;
        f->map = *m;
        status = l->env->array_of(l->env->arg, n, &array, err);
        return status ? status : l->env->use(l->env->arg, array, &f->at, m, &f->fetch, err);
    }
    if (l->env->nesting >= REGION_MAX_NESTING)
        return err_set(err, SHARR_EEXPR, "piecewise views (concat, roll, stack) of one another are nested "
                       "more than %d deep: store an intermediate result in a file", REGION_MAX_NESTING);
    f->kind = FEED_REGION;
    l->env->nesting++;
    lowering *sub = lowering_new(l->env, &f->at, err);
    int id = 0;
    status = sub ? intern_map(sub, m, &id, err) : err->status;
    if (!status)
        status = lowering_value(sub, n, &value, err);
    if (!status)
        lowering_store(sub, 0, value, n->type);
    if (status)
        lowering_free(sub);
    else if (!(f->region = lowering_finish(sub, err)))
        status = err->status;
    l->env->nesting--;
    return status;
}

static bool covers(const lattice *a, const lattice *all)
{
    for (int d = 0; d < all->ndim; d++)
        if (a->count[d] != all->count[d])
            return false;
    return true;
}

/* Pieces that reach this lattice, those hidden by a later full piece dropped. */
static int reach(const node *n, const affine *m, const lattice *at, int *piece, lattice *where)
{
    int k = 0;
    for (int i = 0; i < n->u.map->npieces; i++) {
        if (!lattice_pull(&n->u.map->piece[i], m, at, &where[k]))
            continue;
        if (covers(&where[k], at)) {
            where[0] = where[k];
            k = 0;
        }
        piece[k++] = i;
    }
    return k;
}

/* A view of several pieces.  *next is set when one piece covers all: go on there instead. */
static int load_pieces(lowering *l, const node *n, const affine *m, int *value, const node **next, affine *next_map,
                       sharr_error *err)
{
    int piece[IMAP_MAX_PIECES], status = 0;
    lattice *where = malloc(IMAP_MAX_PIECES * sizeof *where);
    feed *f = calloc(IMAP_MAX_PIECES, sizeof *f);
    if (!where || !f) {
        status = err_nomem(err, "lowering an expression", IMAP_MAX_PIECES * (sizeof *f + sizeof *where));
        goto done;
    }
    int k = reach(n, m, &l->at, piece, where);
    *next = NULL;
    if (k == 1 && covers(&where[0], &l->at)) {
        const ipiece *p = &n->u.map->piece[piece[0]];
        affine inner = affine_of_piece(p);
        if (p->src == IMAP_FILL) {
            *value = pb_const(l->pb, n->fill, n->type);
        } else {
            *next_map = affine_compose(m, &inner);
            *next = n->in[p->src];
        }
        goto done;
    }
    for (int i = 0; i < k && !status; i++) {
        const ipiece *p = &n->u.map->piece[piece[i]];
        affine inner = affine_of_piece(p), map = affine_compose(m, &inner);
        f[i].at = where[i];
        f[i].kind = FEED_FILL;
        f[i].fill = n->fill;
        if (p->src != IMAP_FILL) {
            const node *child = strip(n->in[p->src], &map);
            status = feed_of(l, child, &map, &f[i], err);
        }
    }
    if (!status)
        status = add_input(l, n->type, f, k, value, err);
done:
    free(where);
    free(f);
    return status;
}

static int load_coord(lowering *l, const node *n, const affine *m, int *value, sharr_error *err)
{
    linear x = { .off = m->off[n->u.axis] };
    if (m->axis[n->u.axis] >= 0)
        x.coef[m->axis[n->u.axis]] = m->mul[n->u.axis];
    linear *p = grow(l->index, l->nindex, &l->capindex, sizeof *p);
    if (!p)
        return err_nomem(err, "lowering an expression", sizeof *p);
    l->index = p;
    l->index[l->nindex] = x;
    *value = pb_index(l->pb, l->nindex++);
    return 0;
}

/* ---- the walk --------------------------------------------------------------------------- */

/* Steps of nodes without operands that are computed; -2: has children. */
static int leaf_step(lowering *l, frame *f, int *value, sharr_error *err)
{
    const affine m = l->map[f->map];
    *value = -2;
    if (f->n->kind == NODE_CONST)
        *value = pb_const(l->pb, f->n->u.value, f->n->type);
    else if (f->n->kind == NODE_COORD)
        return load_coord(l, f->n, &m, value, err);
    else if (is_array(l->env, f->n))
        return load_array(l, f->n, &m, value, err);
    return 0;
}

/* Strip views; a piecewise view either gives a value or leads on to another node. */
static int settle(lowering *l, frame *f, int *value, sharr_error *err)
{
    int status = 0;
    *value = -2;
    for (;;) {
        affine m = l->map[f->map], next_map;
        const node *next = NULL;
        f->n = strip(f->n, &m);
        status = intern_map(l, &m, &f->map, err);
        if (status || f->n->kind != NODE_VIEW)
            break;
        status = load_pieces(l, f->n, &m, value, &next, &next_map, err);
        if (status || !next)
            return status;
        f->n = next;
        status = intern_map(l, &next_map, &f->map, err);
        if (status)
            return status;
    }
    return status ? status : leaf_step(l, f, value, err);
}

/* Values that are only copied keep their bits, NaN payloads too. */
static bool is_copy(const lowering *l, int value)
{
    for (int i = 0; i < l->nin; i++)
        if (l->in_step[i] == value)
            return true;
    return false;
}

/* The sign of a NaN that is computed depends on the machine and on how code was compiled: it gets the one of all. */
static int without_sign(lowering *l, int value, dtype t)
{
    return is_copy(l, value) ? value : pb_op(l->pb, KOP_quiet, t, value, -1, -1);
}

static int combine(lowering *l, const frame *f)
{
    const node *n = f->n;
    if (n->kind == NODE_CAST)
        return pb_cast(l->pb, n->type, f->arg[0]);
    l->ops++;
    const node *typed = n->u.op == KOP_select ? n->in[1] : n->in[0];
    int first = n->u.op == KOP_signbit ? without_sign(l, f->arg[0], typed->type) : f->arg[0];
    return pb_op(l->pb, n->u.op, typed->type, first, n->nin > 1 ? f->arg[1] : -1, n->nin > 2 ? f->arg[2] : -1);
}

/* One visit of the top frame: either a child is pushed, or its value is known (*done). */
static int visit(lowering *l, int *done, sharr_error *err)
{
    frame *f = &l->stack[l->depth - 1];
    int status = 0, value = -2;
    if (f->child == 0) {
        status = settle(l, f, &value, err);
        f = &l->stack[l->depth - 1];
    }
    if (!status && value == -2 && f->child < f->n->nin) {
        item *it = memo(l, f->n->in[f->child], f->map, err);
        if (!it)
            return err->status;
        if (it->value < 0)
            return push(l, it, it->n, it->map, err);
        f->arg[f->child++] = it->value;
        return 0;
    }
    if (status)
        return status;
    if (value == -2)
        value = combine(l, f);
    if (value < 0) {            /* pb_finish knows why, and frees the builder */
        program_free(pb_finish(l->pb, err));
        l->pb = NULL;
        return err->status;
    }
    f->it->value = *done = value;
    l->depth--;
    return 0;
}

int lowering_value(lowering *l, const node *n, int *value, sharr_error *err)
{
    sharr_error own;
    if (!err) {
        err = &own;
        err_clear(err);
    }
    int map = 0, status = 0;
    affine id = affine_identity(n->ndim);
    if (l->nmaps == 0)
        status = intern_map(l, &id, &map, err);     /* a sub-region has put its map there already */
    item *it = status ? NULL : memo(l, n, map, err);
    if (!it)
        return err->status;
    *value = it->value;
    if (it->value < 0)
        status = push(l, it, n, map, err);
    while (!status && l->depth)
        status = visit(l, value, err);
    if (!status)
        *value = it->value;
    return status;
}

int lowering_packed(lowering *l, const node *n, int *value, sharr_error *err)
{
    affine id = affine_identity(n->ndim);
    feed f = { .at = l->at };
    int status = feed_of(l, n, &id, &f, err);
    return status ? status : add_input(l, n->type, &f, 1, value, err);
}

int lowering_indices(const lowering *l)
{
    return l->nindex;
}

void lowering_store(lowering *l, int slot, int value, dtype t)
{
    if (dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX))
        value = without_sign(l, value, t);
    pb_store(l->pb, slot, value);
}

int lowering_reduce(lowering *l, enum rop op, enum rmode mode, int value, const linear *index, sharr_error *err)
{
    int at = -1;
    if (index) {
        linear *p = grow(l->index, l->nindex, &l->capindex, sizeof *p);
        if (!p)
            return err_nomem(err, "lowering an expression", sizeof *p);
        l->index = p;
        l->index[l->nindex] = *index;
        at = pb_index(l->pb, l->nindex++);
    }
    l->ops++;
    pb_reduce(l->pb, op, mode, value, at);
    return 0;
}

/* More are a mistake, and take seconds to plan. */
enum { MAX_REGIONS = 1 << 15 };

/* The plan owns programs through this list, so that none is lost when planning fails. */
static bool enlist(region_env *env, region *r)
{
    if (env->nregions == env->capregions) {
        int cap = env->capregions ? 2 * env->capregions : 8;
        region **p = arena_alloc(env->arena, (size_t)cap, sizeof *p);
        if (!p)
            return false;
        if (env->nregions)
            memcpy(p, env->region, (size_t)env->nregions * sizeof *p);
        env->region = p;
        env->capregions = cap;
    }
    r->id = env->nregions;
    env->region[env->nregions++] = r;
    return true;
}

region *lowering_finish(lowering *l, sharr_error *err)
{
    arena *a = l->env->arena;
    region *r = arena_alloc(a, 1, sizeof *r);
    feeds *in = arena_alloc(a, (size_t)l->nin + 1, sizeof *in);
    linear *index = arena_alloc(a, (size_t)l->nindex + 1, sizeof *index);
    if (l->env->nregions >= MAX_REGIONS) {
        err_set(err, SHARR_EEXPR, "the expression has more than %d pieces that differ: shifts of shifts multiply; make a value "
                "in between a result (a file; in Python persist)", MAX_REGIONS);
        r = NULL;
    } else if (!r || !in || !index || !enlist(l->env, r)) {
        err_nomem(err, "a region", sizeof *r);
        r = NULL;
    } else {
        if (l->nin)
            memcpy(in, l->in, (size_t)l->nin * sizeof *in);
        if (l->nindex)
            memcpy(index, l->index, (size_t)l->nindex * sizeof *index);
        *r = (region){ .id = r->id, .nin = l->nin, .in = in, .nindex = l->nindex, .index = index, .at = l->at, .ops = l->ops,
                       .prog = pb_finish(l->pb, err) };
        l->pb = NULL;           /* pb_finish has freed it */
        if (!r->prog)
            r = NULL;
    }
    lowering_free(l);
    return r;
}
