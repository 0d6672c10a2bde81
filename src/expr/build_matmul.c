/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products of matrices: types and shapes.  Vectors become matrices of one row or column, stacks
 * of matrices are broadcast.
 */
#include <string.h>

#include "expr/build_parts.h"

/* (..., rows, columns) of one factor; a vector is a row (side 0) or a column (side 1). */
static node *as_matrix(graph *g, node *x, dtype t, int side, sharr_error *err)
{
    node *n = node_cast(g, x, t, err), *m = n;
    if (n && n->ndim == 1) {
        m = build_expand_dims(g, n, &(int64_t){ side }, 1, err);
        node_unref(n);
    }
    return m;
}

/* Dimensions before the last two, broadcast; false: they do not fit. */
static bool broadcast_stacks(const node *a, const node *b, int64_t *shape, int *ndim)
{
    int na = a->ndim - 2, nb = b->ndim - 2, n = na > nb ? na : nb;
    for (int d = 0; d < n; d++) {
        int64_t x = d < n - na ? 1 : a->shape[d - (n - na)], y = d < n - nb ? 1 : b->shape[d - (n - nb)];
        if (x != y && x != 1 && y != 1)
            return false;
        shape[d] = x == 1 ? y : x;
    }
    *ndim = n;
    return true;
}

/* A stack of as many matrices as the result, or of one: procedures take both. */
static node *fit_stack(graph *g, node *x, int ndim, const int64_t *stack, sharr_error *err)
{
    int64_t shape[SHARR_MAX_DIMS], have = 1, want = 1;
    for (int d = 0; d < x->ndim - 2; d++)
        have *= x->shape[d];
    for (int d = 0; d < ndim; d++)
        want *= shape[d] = stack[d];
    if (have == 1 || have == want)
        return node_ref(x);
    shape[ndim] = x->shape[x->ndim - 2];
    shape[ndim + 1] = x->shape[x->ndim - 1];
    return build_broadcast_to(g, x, ndim + 2, shape, err);
}

static node *product(graph *g, node *a, node *b, sharr_error *err)
{
    const node_call call = { .proc = PROC_MATMUL, .axis = -1 };
    int64_t shape[SHARR_MAX_DIMS];
    int ndim = 0;
    node *in[2] = { NULL, NULL }, *n = NULL;
    if (!broadcast_stacks(a, b, shape, &ndim)) {
        char ta[SHAPE_TEXT], tb[SHAPE_TEXT];
        err_set(err, SHARR_EEXPR, "matmul: stacks of matrices of shapes %s and %s do not go together",
                shape_text(a->ndim, a->shape, ta), shape_text(b->ndim, b->shape, tb));
        return NULL;
    }
    in[0] = fit_stack(g, a, ndim, shape, err);
    in[1] = in[0] ? fit_stack(g, b, ndim, shape, err) : NULL;
    shape[ndim] = a->shape[a->ndim - 2];
    shape[ndim + 1] = b->shape[b->ndim - 1];
    if (in[1])
        n = node_calling(g, &call, in, 2, &(node_result){ a->type, ndim + 2, shape }, err);
    node_unref(in[0]);
    node_unref(in[1]);
    return n;
}

static node *without(graph *g, node *n, int64_t axis, bool drop, sharr_error *err)
{
    if (!n || !drop)
        return n;
    node *m = build_squeeze(g, n, &axis, 1, err);
    node_unref(n);
    return m;
}

node *build_matmul(graph *g, node *a, node *b, sharr_error *err)
{
    const builder me = { .name = "matmul", .err = err };
    char ta[SHAPE_TEXT], tb[SHAPE_TEXT];
    dtype t = dtype_promote(a->type, b->type);
    if (dtype_kind(a->type) == KIND_BOOL || dtype_kind(b->type) == KIND_BOOL) {
        type_error(&me, SHARR_BOOL, NULL);
        return NULL;
    }
    if (a->ndim == 0 || b->ndim == 0 || a->shape[a->ndim - 1] != b->shape[b->ndim > 1 ? b->ndim - 2 : 0]) {
        err_set(err, SHARR_EEXPR, a->ndim && b->ndim ? "matmul: shapes %s and %s do not go together"
                : "matmul takes arrays of one dimension or more, not of shapes %s and %s",
                shape_text(a->ndim, a->shape, ta), shape_text(b->ndim, b->shape, tb));
        return NULL;
    }
    node *x = as_matrix(g, a, t, 0, err), *y = x ? as_matrix(g, b, t, 1, err) : NULL, *n = y ? product(g, x, y, err) : NULL;
    n = without(g, n, -1, b->ndim == 1, err);
    n = without(g, n, b->ndim == 1 ? -1 : -2, a->ndim == 1, err);
    node_unref(x);
    node_unref(y);
    return n;
}
