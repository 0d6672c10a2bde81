/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CALL nodes: making, comparing, checking.
 */
#include <string.h>

#include "base/hashmap.h"
#include "expr/node_intern.h"

uint64_t call_hash(const node_call *c, uint64_t h)
{
    const int64_t small[4] = {(int64_t)c->proc, c->axis, c->flags, c->output};
    h = hash_bytes(small, sizeof small, h);
    h = hash_bytes(c->number, sizeof c->number, h);
    return hash_bytes(&c->user, sizeof(void *), h);
}

bool call_equal(const node_call *a, const node_call *b)
{
    return a->proc == b->proc && a->axis == b->axis && a->flags == b->flags && a->output == b->output &&
           memcmp(a->number, b->number, sizeof a->number) == 0 && a->user == b->user;
}

/* Procedures along an axis: types, and the extent along it. */
static const char *line_fault(const node *n)
{
    const node_call *c = &n->u.call;
    int64_t len = n->in[0]->shape[c->axis];
    switch (c->proc) {
    case PROC_CUMULATIVE_SUM:
    case PROC_CUMULATIVE_PROD:
        if (n->type != n->in[0]->type || dtype_kind(n->type) == KIND_BOOL)
            return "type of a running sum";
        return n->shape[c->axis] == len + (c->flags & CALL_INITIAL ? 1 : 0) ? NULL : "extent of a running sum";
    case PROC_SORT:
    case PROC_ARGSORT:
        if (n->type != (c->proc == PROC_SORT ? n->in[0]->type : SHARR_INT64) || dtype_kind(n->in[0]->type) == KIND_COMPLEX)
            return "type of a sort";
        return n->shape[c->axis] == len ? NULL : "extent of a sort";
    case PROC_COMPRESS:
        if (c->flags & CALL_POSITIONS ? n->type != SHARR_INT64 || n->in[0] != n->in[1] : n->type != n->in[0]->type)
            return "type of compress";
        if (n->in[1]->type != SHARR_BOOL || n->in[1]->ndim != 1 || n->in[1]->shape[0] != len)
            return "condition of compress";
        return n->shape[c->axis] == c->number[0] && c->number[0] <= len ? NULL : "extent of compress";
    case PROC_TAKE:
        if (n->type != n->in[0]->type || n->in[1]->type != SHARR_INT64 || n->in[1]->ndim != 1)
            return "positions of take";
        return n->shape[c->axis] == n->in[1]->shape[0] ? NULL : "extent of take";
    default:
        return NULL;
    }
}

static const char *search_fault(const node *n)
{
    const node *sorted = n->in[0], *wanted = n->in[1];
    bool ok = n->type == SHARR_INT64 && sorted->ndim == 1 && sorted->type == wanted->type && n->ndim == wanted->ndim &&
              dtype_kind(sorted->type) != KIND_COMPLEX;
    for (int d = 0; d < n->ndim && ok; d++)
        ok = n->shape[d] == wanted->shape[d];
    return ok ? NULL : "operands of a search";
}

/* Matrices in a stack. */
static int64_t stack_of(const node *n)
{
    int64_t m = 1;
    for (int d = 0; d < n->ndim - 2; d++)
        m *= n->shape[d];
    return m;
}

static const char *product_fault(const node *n)
{
    const node *a = n->in[0], *b = n->in[1];
    if (n->ndim < 2 || a->ndim < 2 || b->ndim < 2 || a->type != n->type || b->type != n->type)
        return "factors of a product";
    const int64_t *c = n->shape + n->ndim - 2, *x = a->shape + a->ndim - 2, *y = b->shape + b->ndim - 2;
    bool stacks = (stack_of(a) == 1 || stack_of(a) == stack_of(n)) && (stack_of(b) == 1 || stack_of(b) == stack_of(n));
    return stacks && c[0] == x[0] && c[1] == y[1] && x[1] == y[0] ? NULL : "shape of a product";
}

/* Operands and results are stacks of the same extents. */
static const char *stack_fault(const node *n)
{
    const int64_t stack = n->u.call.number[0], results = n->u.call.number[1];
    bool ok = stack >= 0 && stack <= n->ndim && n->u.call.output < results && results <= CALL_MAX_OUT;
    for (int i = 0; i < n->nin && ok; i++) {
        ok = stack <= n->in[i]->ndim;
        for (int d = 0; d < stack && ok; d++)
            ok = n->in[i]->shape[d] == n->shape[d];
    }
    return ok ? NULL : "stack of a function";
}

const char *call_fault(const node *n)
{
    const node_call *c = &n->u.call;
    if ((unsigned)c->proc >= PROC_COUNT)
        return "procedure";
    const procedure_row *row = procedure_get(c->proc);
    if (n->nin < row->min_in || n->nin > row->max_in || c->output < 0 || c->output >= row->nout)
        return "operands of a call";
    if (c->user ? !c->user->run : row->user)
        return "function of a call";
    if (!row->line)
        return c->proc == PROC_MATMUL ? product_fault(n) : c->proc == PROC_FUNCTION ? stack_fault(n) : search_fault(n);
    if (n->ndim != n->in[0]->ndim || c->axis < 0 || c->axis >= n->ndim)
        return "axis of a call";
    for (int d = 0; d < n->ndim; d++)
        if (d != c->axis && n->shape[d] != n->in[0]->shape[d])
            return "shape of a call";
    return line_fault(n);
}

node *node_calling(graph *g, const node_call *c, node *const *in, int nin, const node_result *out, sharr_error *err)
{
    node key = {.kind = NODE_CALL, .type = out->type, .ndim = out->ndim, .shape = out->shape, .nin = nin,
                .in = (node **)in, .u.call = *c};
    const char *fault = call_fault(&key);
    if (fault) {
        err_set(err, SHARR_EINTERNAL, "internal error: %s", fault);
        return NULL;
    }
    return graph_intern(g, &key, err);
}
