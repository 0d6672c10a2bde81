/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Procedures that look elements up: searchsorted, compress, take.
 */
#include <string.h>

#include "expr/build_parts.h"

node *build_searchsorted(graph *g, const op_row *op, node *sorted, node *wanted, bool right, sharr_error *err)
{
    const builder b = {.name = op->name, .err = err};
    char text[SHAPE_TEXT];
    dtype t = dtype_promote(sorted->type, wanted->type);
    node_call call = {.proc = PROC_SEARCHSORTED, .axis = -1, .flags = right ? CALL_RIGHT : 0};
    node *in[2] = {NULL}, *n = NULL;
    if (dtype_kind(t) == KIND_COMPLEX) {
        type_error(&b, t, "complex numbers have no order");
        return NULL;
    }
    if (sorted->ndim != 1) {
        err_set(err, SHARR_EEXPR, "searchsorted: x1 has one dimension, not shape %s",
                shape_text(sorted->ndim, sorted->shape, text));
        return NULL;
    }
    in[0] = node_cast(g, sorted, t, err);
    in[1] = in[0] ? node_cast(g, wanted, t, err) : NULL;
    if (in[1])
        n = node_calling(g, &call, in, 2, &(node_result){SHARR_INT64, wanted->ndim, wanted->shape}, err);
    node_unref(in[1]);
    node_unref(in[0]);
    return n;
}

/* A procedure of x and of something along one of its axes, that gives `extent` elements along it. */
static node *select_along(graph *g, node_call *call, node *x, node *by, int64_t extent, sharr_error *err)
{
    int64_t shape[SHARR_MAX_DIMS];
    node *in[2] = {x, by};
    memcpy(shape, x->shape, (size_t)x->ndim * sizeof *shape);
    shape[call->axis] = extent;
    return node_calling(g, call, in, 2, &(node_result){x->type, x->ndim, shape}, err);
}

node *build_compress(graph *g, node *x, node *condition, int64_t size, int64_t axis, sharr_error *err)
{
    char text[SHAPE_TEXT];
    node_call call = {.proc = PROC_COMPRESS, .number = {size}};
    if (check_axes("compress", x->ndim, x->shape, &axis, 1, &call.axis, err) != 0)
        return NULL;
    int64_t len = x->shape[call.axis];
    if (condition->ndim != 1 || condition->shape[0] != len) {
        err_set(err, SHARR_EEXPR, "compress: the condition has one dimension of extent %lld, not shape %s", (long long)len,
                shape_text(condition->ndim, condition->shape, text));
        return NULL;
    }
    if (size < 0 || size > len) {
        err_set(err, SHARR_EEXPR, "compress: size is %lld, of extent %lld", (long long)size, (long long)len);
        return NULL;
    }
    node *mask = node_cast(g, condition, SHARR_BOOL, err), *n = NULL;
    if (mask && x->kind == NODE_COORD && x->ndim == 1) {
        call.flags = CALL_POSITIONS;
        n = node_calling(g, &call, (node *[]){mask, mask}, 2, &(node_result){SHARR_INT64, 1, &size}, err);
    } else if (mask) {
        n = select_along(g, &call, x, mask, size, err);
    }
    node_unref(mask);
    return n;
}

/* In int64; what has no room there is out of range, and stays so. */
static node *as_positions(graph *g, node *indices, int64_t extent, sharr_error *err)
{
    if (indices->type != SHARR_UINT64)
        return node_cast(g, indices, SHARR_INT64, err);
    const operand both[2] = {{.n = indices}, operand_int(extent)};
    node *least = build_op(g, op_find("minimum", 7), both, 2, err), *at = least ? node_cast(g, least, SHARR_INT64, err) : NULL;
    node_unref(least);
    return at;
}

node *build_take(graph *g, node *x, node *indices, int64_t axis, sharr_error *err)
{
    char text[SHAPE_TEXT];
    node_call call = {.proc = PROC_TAKE};
    if (check_axes("take", x->ndim, x->shape, &axis, 1, &call.axis, err) != 0)
        return NULL;
    if (indices->ndim != 1 || !(dtype_kind(indices->type) & KIND_INTEGER)) {
        err_set(err, SHARR_EEXPR, "take: positions are one dimension of integers, not %s of shape %s",
                dtype_name(indices->type), shape_text(indices->ndim, indices->shape, text));
        err_kind(err, SHARR_KIND_INDEX);
        return NULL;
    }
    node *at = as_positions(g, indices, x->shape[call.axis], err);
    node *n = at ? select_along(g, &call, x, at, indices->shape[0], err) : NULL;
    node_unref(at);
    return n;
}
