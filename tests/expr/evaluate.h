/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The value of a graph by the definitions of its nodes, one element at a time:
 * slow, recursive, no plan, no blocks.  Reductions are not evaluated.
 */
#ifndef TESTS_EXPR_EVALUATE_H
#define TESTS_EXPR_EVALUATE_H

#include <stdlib.h>
#include <string.h>

#include "expr/node.h"
#include "kernel/kernel_fold.h"

/* Values of a source, in C order. */
typedef const scalar *evaluate_data(void *arg, const source *src);

typedef struct evaluation {
    evaluate_data *data;
    void *arg;
    bool failed;                        /* there was a node that is not evaluated */
} evaluation;

static scalar evaluate_at(evaluation *e, const node *n, const int64_t *at);

static inline bool evaluate_covers(const ipiece *p, int ndim, const int64_t *at)
{
    for (int d = 0; d < ndim; d++) {
        int64_t rel = at[d] - p->start[d];
        if (rel < 0 || rel % p->step[d] != 0 || rel / p->step[d] >= p->count[d])
            return false;
    }
    return true;
}

static inline scalar evaluate_view(evaluation *e, const node *n, const int64_t *at)
{
    for (int i = n->u.map->npieces - 1; i >= 0; i--) {
        const ipiece *p = &n->u.map->piece[i];
        int64_t pos[SHARR_MAX_DIMS];
        if (!evaluate_covers(p, n->ndim, at))
            continue;
        if (p->src < 0)
            return n->fill;
        for (int s = 0; s < p->nsrc; s++)
            pos[s] = p->off[s] + (p->axis[s] < 0 ? 0 : p->mul[s] * at[p->axis[s]]);
        return evaluate_at(e, n->in[p->src], pos);
    }
    e->failed = true;                   /* a position that nothing covers */
    return (scalar){.bits = {0}};
}

static inline scalar evaluate_element(evaluation *e, const node *n, const int64_t *at)
{
    scalar in[3];
    for (int i = 0; i < n->nin; i++)
        in[i] = evaluate_at(e, n->in[i], at);
    const step s = {.kind = STEP_OP,
                    .op = (uint8_t)n->u.op,
                    .type = (uint8_t)n->in[n->u.op == KOP_select]->type,
                    .result = (uint8_t)n->type};
    return kernel_fold(&s, n->in[0]->type, in);
}

static inline scalar evaluate_at(evaluation *e, const node *n, const int64_t *at)
{
    int64_t pos[SHARR_MAX_DIMS];
    switch (n->kind) {
    case NODE_SOURCE:  return e->data(e->arg, n->u.src)[shape_ravel(n->ndim, n->shape, at)];
    case NODE_CONST:   return n->u.value;
    case NODE_COORD:   return (scalar){.i64 = at[n->u.axis]};
    case NODE_CAST:    return scalar_cast(evaluate_at(e, n->in[0], at), n->in[0]->type, n->type);
    case NODE_VIEW:    return evaluate_view(e, n, at);
    case NODE_ELEMENT: return evaluate_element(e, n, at);
    case NODE_RESHAPE:
        shape_unravel(n->in[0]->ndim, n->in[0]->shape, shape_ravel(n->ndim, n->shape, at), pos);
        return evaluate_at(e, n->in[0], pos);
    default:
        e->failed = true;
        return (scalar){.bits = {0}};
    }
}

#endif
