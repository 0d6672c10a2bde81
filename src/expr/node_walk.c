/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Walks over graphs of any depth, with an explicit stack: order, check,
 * serialise.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hashmap.h"
#include "expr/node_intern.h"

/* ---- order ---- */

typedef struct visit {
    node *n;
    int next;                           /* input to look at next */
} visit;

typedef struct walk {
    visit *stack;
    size_t depth, cap;
    node **order;
    size_t count, room;
    hashmap *seen;                      /* of nodes that are on the stack or in the order */
} walk;

static bool same_pointer(const void *value, const void *key)
{
    return value == key;
}

static bool grow(void **array, size_t used, size_t *cap, size_t size)
{
    if (used < *cap)
        return true;
    size_t want = *cap ? 2 * *cap : 64;
    void *more = realloc(*array, want * size);
    if (!more)
        return false;
    *array = more;
    *cap = want;
    return true;
}

static bool walk_enter(walk *w, node *n)
{
    uint64_t h = (uint64_t)(uintptr_t)n >> 4;
    if (hashmap_find(w->seen, h, same_pointer, n))
        return true;
    if (!hashmap_add(w->seen, h, n) ||
        !grow((void **)&w->stack, w->depth, &w->cap, sizeof *w->stack))
        return false;
    w->stack[w->depth++] = (visit){n, 0};
    return true;
}

static bool walk_run(walk *w)
{
    while (w->depth > 0) {
        visit *top = &w->stack[w->depth - 1];
        if (top->next < top->n->nin) {
            if (!walk_enter(w, top->n->in[top->next++]))
                return false;
            continue;
        }
        if (!grow((void **)&w->order, w->count, &w->room, sizeof *w->order))
            return false;
        w->order[w->count++] = top->n;
        w->depth--;
    }
    return true;
}

int node_order(node *const *roots, int nroots, node ***order, size_t *count, sharr_error *err)
{
    walk w = {.seen = hashmap_new()};
    bool ok = w.seen != NULL;
    for (int i = 0; i < nroots && ok; i++)
        ok = walk_enter(&w, roots[i]) && walk_run(&w);
    hashmap_free(w.seen);
    free(w.stack);
    if (!ok) {
        free(w.order);
        return err_nomem(err, "a walk over the expression", w.count * sizeof(node *));
    }
    *order = w.order;
    *count = w.count;
    return 0;
}

/* ---- verify ---- */

static bool same_shape(const node *a, const node *b)
{
    if (a->ndim != b->ndim)
        return false;
    for (int d = 0; d < a->ndim; d++)
        if (a->shape[d] != b->shape[d])
            return false;
    return true;
}

static const char *element_fault(const node *n)
{
    const kop_info *info = kop_get(n->u.op);
    int first = n->u.op == KOP_select;
    if (n->nin != info->arity)
        return "arity";
    if (n->type != kop_result_type(n->u.op, n->in[first]->type))
        return "result type";
    if (first && n->in[0]->type != SHARR_BOOL)
        return "condition";
    if (!(dtype_kind(n->in[first]->type) & info->kinds))
        return "operand type";
    for (int i = 0; i < n->nin; i++) {
        if (i >= first && n->in[i]->type != n->in[first]->type)
            return "unlike types";
        if (!same_shape(n->in[i], n))
            return "unlike shapes";
    }
    return NULL;
}

/* The piece stays inside the destination and inside its source. */
static const char *piece_fault(const node *n, const ipiece *p)
{
    box all = box_of_shape(n->ndim, n->shape), need;
    if (p->src < IMAP_FILL || p->src >= n->nin)
        return "input number";
    for (int d = 0; d < n->ndim; d++)
        if (p->start[d] < 0 || p->step[d] < 1 || p->count[d] < 0 ||
            (p->count[d] > 0 && (n->shape[d] - 1 - p->start[d]) / p->step[d] < p->count[d] - 1))
            return "coverage";
    if (p->src < 0)
        return NULL;
    const node *in = n->in[p->src];
    if (p->nsrc != in->ndim)
        return "source dimensions";
    for (int s = 0; s < p->nsrc; s++)
        if (p->axis[s] < -1 || p->axis[s] >= n->ndim)
            return "axis";
    if (!imap_image(p, &all, &need))
        return NULL;
    box have = box_of_shape(in->ndim, in->shape);
    return box_contains(&have, &need) ? NULL : "positions outside the source";
}

const char *node_view_fault(const node *n)
{
    const imap *m = n->u.map;
    if (m->npieces < 1 || m->npieces > IMAP_MAX_PIECES || m->ndst != n->ndim)
        return "pieces";
    for (int d = 0; d < n->ndim; d++)
        if (m->shape[d] != n->shape[d])
            return "map shape";
    for (int i = 0; i < n->nin; i++)
        if (n->in[i]->type != n->type)
            return "input type";
    for (int i = 0; i < m->npieces; i++) {
        const char *fault = piece_fault(n, &m->piece[i]);
        if (fault)
            return fault;
    }
    return NULL;
}

static const char *reduce_fault(const node *n)
{
    const node_reduce *r = &n->u.reduce;
    int64_t shape[SHARR_MAX_DIMS];
    if (n->nin != 1 || (r->axes == 0) != (n->in[0]->ndim == 0))
        return "reduced dimensions";
    if (r->axes & ~(((uint64_t)1 << n->in[0]->ndim) - 1))
        return "axes";
    if (!(rop_kinds(r->op) & dtype_kind(n->in[0]->type)))
        return "operand type";
    if (reduced_shape(n->in[0], r, shape) != n->ndim)
        return "result dimensions";
    for (int d = 0; d < n->ndim; d++)
        if (shape[d] != n->shape[d])
            return "result shape";
    return NULL;
}

static const char *reshape_fault(const node *n)
{
    int64_t from, to;
    if (n->nin != 1 || n->in[0]->type != n->type)
        return "input";
    if (!shape_size(n->in[0]->ndim, n->in[0]->shape, &from) || !shape_size(n->ndim, n->shape, &to))
        return "size";
    return from == to ? NULL : "number of elements";
}

static const char *node_fault(const node *n)
{
    int64_t size;
    if (n->refs < 1 || n->type >= SHARR_NDTYPES || n->ndim < 0 || n->ndim > SHARR_MAX_DIMS)
        return "header";
    if (!shape_size(n->ndim, n->shape, &size))
        return "shape";
    for (int i = 0; i < n->nin; i++)
        if (n->in[i]->owner != n->owner)
            return "graph of an input";
    switch (n->kind) {
    case NODE_SOURCE:  return n->nin == 0 && n->u.src->type == n->type ? NULL : "source";
    case NODE_CONST:   return n->nin == 0 && n->ndim == 0 ? NULL : "constant";
    case NODE_COORD:   return n->nin == 0 && n->u.axis >= 0 && n->u.axis < n->ndim ? NULL : "axis";
    case NODE_ELEMENT: return element_fault(n);
    case NODE_CAST:    return n->nin == 1 && same_shape(n, n->in[0]) ? NULL : "cast";
    case NODE_VIEW:    return node_view_fault(n);
    case NODE_RESHAPE:
    case NODE_REGROUP: return reshape_fault(n);
    case NODE_REDUCE:  return reduce_fault(n);
    case NODE_CALL:    return call_fault(n);
    }
    return "kind";
}

int node_verify(const node *n, sharr_error *err)
{
    node *root = (node *)n, **order;
    size_t count;
    int status = node_order(&root, 1, &order, &count, err);
    if (status)
        return status;
    for (size_t i = 0; i < count && !status; i++) {
        const char *fault = node_fault(order[i]);
        if (fault)
            status = err_set(err, SHARR_EINTERNAL, "internal error: node %zu of kind %d: %s", i,
                             (int)order[i]->kind, fault);
    }
    free(order);
    return status;
}
