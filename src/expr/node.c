/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Nodes: allocation, sharing, release, and the plain constructors (views:
 * node_view.c; walks: node_walk.c).
 *
 * A constructor describes the node it wants in a struct on its stack (the key),
 * whose arrays are the caller's; graph_intern finds the node that is there or
 * makes a copy in one allocation.  The table holds no references: a node that is
 * released for the last time leaves it.
 */
#include "expr/node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hashmap.h"
#include "expr/node_intern.h"

struct graph {
    hashmap *table;
    int64_t live;
    void (*gone)(void *arg, int id);
    void *gone_arg;
};

graph *graph_new(void)
{
    graph *g = calloc(1, sizeof *g);
    if (g && !(g->table = hashmap_new())) {
        free(g);
        g = NULL;
    }
    return g;
}

void graph_free(graph *g)
{
    if (!g)
        return;
    assert(g->live == 0);
    hashmap_free(g->table);
    free(g);
}

int64_t graph_live(const graph *g)
{
    return g->live;
}

void graph_watch_sources(graph *g, void (*gone)(void *arg, int id), void *arg)
{
    g->gone = gone;
    g->gone_arg = arg;
}

/* ---- hash and equality ---- */

static void hash_put(void *sink, const void *p, size_t n)
{
    uint64_t *h = sink;
    *h = hash_bytes(p, n, *h);
}

static uint64_t hash_payload(const node *k, uint64_t h)
{
    switch (k->kind) {
    case NODE_SOURCE:  return hash_bytes(&k->u.src->id, sizeof k->u.src->id, h);
    case NODE_CONST:   return hash_bytes(&k->u.value, sizeof k->u.value, h);
    case NODE_COORD:   return hash_bytes(&k->u.axis, sizeof k->u.axis, h);
    case NODE_ELEMENT: return hash_bytes(&k->u.op, sizeof k->u.op, h);
    case NODE_CALL:    return call_hash(&k->u.call, h);
    case NODE_VIEW:
        imap_append_hash(k->u.map, &h, hash_put);
        return hash_bytes(&k->fill, sizeof k->fill, h);
    case NODE_REDUCE: {
        const node_reduce *r = &k->u.reduce;
        const int small[4] = {(int)r->axes, r->keepdims, (int)r->op, (int)r->final};
        h = hash_bytes(small, sizeof small, h);
        return hash_bytes(&r->correction, sizeof r->correction, h);
    }
    default: return h;
    }
}

static uint64_t hash_key(const node *k)
{
    const int head[4] = {(int)k->kind, (int)k->type, k->ndim, k->nin};
    uint64_t h = hash_bytes(head, sizeof head, 0);
    if (k->ndim > 0)
        h = hash_bytes(k->shape, (size_t)k->ndim * sizeof *k->shape, h);
    for (int i = 0; i < k->nin; i++)
        h = hash_bytes(&k->in[i]->hash, sizeof k->in[i]->hash, h);
    return hash_payload(k, h);
}

static bool same_payload(const node *a, const node *b)
{
    switch (a->kind) {
    case NODE_SOURCE:  return a->u.src->id == b->u.src->id;
    case NODE_CONST:   return memcmp(&a->u.value, &b->u.value, sizeof a->u.value) == 0;
    case NODE_COORD:   return a->u.axis == b->u.axis;
    case NODE_ELEMENT: return a->u.op == b->u.op;
    case NODE_CALL:    return call_equal(&a->u.call, &b->u.call);
    case NODE_VIEW:
        return memcmp(&a->fill, &b->fill, sizeof a->fill) == 0 && imap_equal(a->u.map, b->u.map);
    case NODE_REDUCE: {
        const node_reduce *r = &a->u.reduce, *s = &b->u.reduce;
        return r->axes == s->axes && r->keepdims == s->keepdims && r->op == s->op &&
               r->final == s->final &&
               memcmp(&r->correction, &s->correction, sizeof r->correction) == 0;
    }
    default: return true;
    }
}

static bool same_node(const void *value, const void *key)
{
    const node *a = value, *b = key;
    if (a->kind != b->kind || a->type != b->type || a->ndim != b->ndim || a->nin != b->nin)
        return false;
    for (int i = 0; i < a->ndim; i++)
        if (a->shape[i] != b->shape[i])
            return false;
    for (int i = 0; i < a->nin; i++)
        if (a->in[i] != b->in[i])
            return false;
    return same_payload(a, b);
}

/* ---- making ---- */

static void *carve(char **at, size_t n)
{
    void *p = *at;
    *at += n;
    return p;
}

/* Copy of the key with its arrays behind it. */
static node *node_copy(const node *k)
{
    size_t shape = (size_t)k->ndim * sizeof *k->shape, in = (size_t)k->nin * sizeof *k->in;
    size_t pieces = 0, map = 0;
    if (k->kind == NODE_VIEW) {
        map = sizeof *k->u.map;
        pieces = (size_t)k->u.map->npieces * sizeof *k->u.map->piece;
    }
    node *n = malloc(sizeof *n + shape + in + map + pieces);
    if (!n)
        return NULL;
    char *at = (char *)(n + 1);
    *n = *k;
    n->shape = carve(&at, shape);
    n->in = carve(&at, in);
    if (shape > 0)
        memcpy((int64_t *)n->shape, k->shape, shape);
    if (in > 0)
        memcpy(n->in, k->in, in);
    if (map > 0) {
        imap *m = carve(&at, map);
        *m = *k->u.map;
        m->piece = carve(&at, pieces);
        memcpy(m->piece, k->u.map->piece, pieces);
        n->u.map = m;
    }
    return n;
}

/* An array must be countable, and its bytes too: plans compute with both in 63 bits. */
static int check_size(const node *k, sharr_error *err)
{
    char text[SHAPE_TEXT];
    int64_t n;
    if (k->ndim > SHARR_MAX_DIMS)
        return err_set(err, SHARR_EEXPR, "an array of %d dimensions: %d is the most", k->ndim,
                       SHARR_MAX_DIMS);
    shape_text(k->ndim, k->shape, text);
    if (!shape_size(k->ndim, k->shape, &n))
        return err_set(err, SHARR_EEXPR, "an array of shape %s has more than 2^63 - 1 elements",
                       text);
    if (n > INT64_MAX / (int64_t)dtype_size(k->type))
        return err_set(err, SHARR_EEXPR,
                       "an array of shape %s and type %s has more than 2^63 - 1 bytes", text,
                       dtype_name(k->type));
    return 0;
}

static int count_steps(const node *n)
{
    int steps = 1;
    for (int i = 0; i < n->nin && steps < NODE_MANY_STEPS; i++)
        steps += n->in[i]->steps;
    return steps < NODE_MANY_STEPS ? steps : NODE_MANY_STEPS;
}

node *graph_intern(graph *g, node *key, sharr_error *err)
{
    if (check_size(key, err) != 0)
        return NULL;
    key->owner = g;
    key->hash = hash_key(key);
    node *n = hashmap_find(g->table, key->hash, same_node, key);
    if (n)
        return node_ref(n);
    n = node_copy(key);
    if (!n || !hashmap_add(g->table, n->hash, n)) {
        free(n);
        err_nomem(err, "the expression graph", sizeof *n);
        return NULL;
    }
    n->refs = 1;
    n->steps = count_steps(n);
    n->link = NULL;
    if (n->kind == NODE_CALL)
        call_user_ref(n->u.call.user);
    for (int i = 0; i < n->nin; i++)
        node_ref(n->in[i]);
    g->live++;
    return n;
}

node *node_ref(node *n)
{
    n->refs++;
    return n;
}

/* A node without references joins the chain of those to be freed. */
static void drop(node *n, node **chain)
{
    if (--n->refs > 0)
        return;
    n->link = *chain;
    *chain = n;
}

void node_unref(node *n)
{
    node *chain = NULL;
    if (!n)
        return;
    drop(n, &chain);
    while (chain) {
        node *dead = chain;
        chain = dead->link;
        hashmap_remove(dead->owner->table, dead->hash, dead);
        dead->owner->live--;
        for (int i = 0; i < dead->nin; i++)
            drop(dead->in[i], &chain);
        if (dead->kind == NODE_SOURCE && dead->owner->gone)
            dead->owner->gone(dead->owner->gone_arg, dead->u.src->id);
        if (dead->kind == NODE_CALL)
            call_user_unref(dead->u.call.user);
        free(dead);
    }
}

/* Bytes that are not part of the value are zero, so that values can be compared as bytes. */
scalar scalar_clean(scalar v, dtype t)
{
    scalar c;
    memset(&c, 0, sizeof c);
    memcpy(&c, &v, dtype_size(t));
    return c;
}

static int bug(sharr_error *err, const char *what)
{
    return err_set(err, SHARR_EINTERNAL, "internal error: %s", what);
}

/* ---- constructors ---- */

node *node_source(graph *g, const source *src, sharr_error *err)
{
    node key = {.kind = NODE_SOURCE, .type = src->type, .ndim = src->ndim, .shape = src->shape,
                .u.src = src};
    return graph_intern(g, &key, err);
}

node *node_const(graph *g, dtype t, scalar v, sharr_error *err)
{
    node key = {.kind = NODE_CONST, .type = t};
    key.u.value = scalar_clean(v, t);
    return graph_intern(g, &key, err);
}

node *node_coord(graph *g, int ndim, const int64_t *shape, int axis, sharr_error *err)
{
    node key = {.kind = NODE_COORD, .type = SHARR_INT64, .ndim = ndim, .shape = shape,
                .u.axis = axis};
    if (axis < 0 || axis >= ndim) {
        bug(err, "a coordinate along no dimension");
        return NULL;
    }
    return graph_intern(g, &key, err);
}

static const char *element_fault(const kop_info *info, enum kop op, node *const *in)
{
    int first = op == KOP_select;
    if (first && in[0]->type != SHARR_BOOL)
        return "the condition of a select is no bool";
    if (!(dtype_kind(in[first]->type) & info->kinds))
        return "an operation on a type that it does not take";
    for (int i = 0; i < info->arity; i++) {
        if (i >= first && in[i]->type != in[first]->type)
            return "an operation on unlike types";
        if (in[i]->ndim != in[0]->ndim ||
            (in[0]->ndim > 0 &&
             memcmp(in[i]->shape, in[0]->shape, (size_t)in[0]->ndim * sizeof *in[0]->shape) != 0))
            return "an operation on unlike shapes";
    }
    return NULL;
}

node *node_element(graph *g, enum kop op, node *const *in, sharr_error *err)
{
    const kop_info *info = kop_get(op);
    const char *fault = element_fault(info, op, in);
    if (fault) {
        bug(err, fault);
        return NULL;
    }
    node key = {.kind = NODE_ELEMENT, .type = kop_result_type(op, in[op == KOP_select]->type),
                .ndim = in[0]->ndim, .shape = in[0]->shape, .nin = info->arity,
                .in = (node **)in, .u.op = op};
    return graph_intern(g, &key, err);
}

/* A constant, or one value everywhere: cast the value. */
static node *cast_constant(graph *g, node *in, dtype t, sharr_error *err)
{
    const node *c = in->kind == NODE_VIEW ? in->in[0] : in;
    node *v = node_const(g, t, scalar_cast(c->u.value, c->type, t), err);
    if (!v || in->kind == NODE_CONST)
        return v;
    node *n = node_view(g, in->u.map, &v, 1, t, (scalar){.bits = {0}}, err);
    node_unref(v);
    return n;
}

node *node_cast(graph *g, node *in, dtype t, sharr_error *err)
{
    if (in->type == t)
        return node_ref(in);
    if (node_is_constant(in))
        return cast_constant(g, in, t, err);
    node key = {.kind = NODE_CAST, .type = t, .ndim = in->ndim, .shape = in->shape, .nin = 1,
                .in = &in};
    return graph_intern(g, &key, err);
}

/* The elements of `in` with another shape, if it is another. */
static node *other_shape(graph *g, enum node_kind kind, node *in, int ndim, const int64_t *shape, sharr_error *err)
{
    int64_t from, to;
    while (in->kind == NODE_REGROUP || in->kind == kind)
        in = in->in[0];
    if (!shape_size(in->ndim, in->shape, &from) || !shape_size(ndim, shape, &to) || from != to) {
        bug(err, "a reshape that changes the number of elements");
        return NULL;
    }
    if (ndim == in->ndim && memcmp(shape, in->shape, (size_t)ndim * sizeof *shape) == 0)
        return node_ref(in);
    node key = {.kind = kind, .type = in->type, .ndim = ndim, .shape = shape, .nin = 1, .in = &in};
    return graph_intern(g, &key, err);
}

node *node_reshape(graph *g, node *in, int ndim, const int64_t *shape, sharr_error *err)
{
    return other_shape(g, NODE_RESHAPE, in, ndim, shape, err);
}

node *node_regroup(graph *g, node *in, int ndim, const int64_t *shape, sharr_error *err)
{
    return other_shape(g, NODE_REGROUP, in, ndim, shape, err);
}

int reduced_shape(const node *in, const node_reduce *r, int64_t *shape)
{
    int ndim = 0;
    for (int d = 0; d < in->ndim; d++) {
        bool gone = r->axes >> d & 1;
        if (!gone || r->keepdims)
            shape[ndim++] = gone ? 1 : in->shape[d];
    }
    return ndim;
}

node *node_reduction(graph *g, node *in, const node_reduce *r, dtype out, sharr_error *err)
{
    int64_t shape[SHARR_MAX_DIMS];
    const uint64_t all = ((uint64_t)1 << in->ndim) - 1;
    if (!(rop_kinds(r->op) & dtype_kind(in->type)) || r->axes & ~all ||
        (r->axes == 0) != (in->ndim == 0)) {
        bug(err, "a reduction over no dimension, or of a type that it does not take");
        return NULL;
    }
    node key = {.kind = NODE_REDUCE, .type = out, .ndim = reduced_shape(in, r, shape),
                .shape = shape, .nin = 1, .in = &in, .u.reduce = *r};
    if (r->final != RFINAL_VAR && r->final != RFINAL_STD)
        key.u.reduce.correction = 0;
    return graph_intern(g, &key, err);
}
