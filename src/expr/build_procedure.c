/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Calls of procedures: types and shapes of their results.
 */
#include <string.h>

#include "expr/build_parts.h"

/* ---- cumulative_sum, cumulative_prod ---- */

/* As sums: integers in 64 bits. */
static dtype running_type(dtype t)
{
    enum dtype_kind k = dtype_kind(t);
    return k & (KIND_BOOL | KIND_INT) ? SHARR_INT64 : k == KIND_UINT ? SHARR_UINT64 : t;
}

static int one_axis(const op_row *op, const node *x, bool given, int64_t axis, int *out, sharr_error *err)
{
    char text[SHAPE_TEXT];
    if (given)
        return check_axes(op->name, x->ndim, x->shape, &axis, 1, out, err);
    *out = 0;
    if (x->ndim == 1)
        return 0;
    return err_set(err, SHARR_EEXPR, "%s: say along which axis, shape %s", op->name, shape_text(x->ndim, x->shape, text));
}

node *build_cumulative(graph *g, const op_row *op, node *x, const cumulative_args *c, sharr_error *err)
{
    const builder b = {.name = op->name, .err = err};
    dtype t = c->has_dtype ? c->type : running_type(x->type);
    node_call call = {.proc = op->code == OPC_cumulative_sum ? PROC_CUMULATIVE_SUM : PROC_CUMULATIVE_PROD,
                      .flags = c->initial ? CALL_INITIAL : 0};
    int64_t shape[SHARR_MAX_DIMS];
    if (dtype_kind(t) == KIND_BOOL) {
        type_error(&b, t, NULL);
        return NULL;
    }
    if (one_axis(op, x, c->has_axis, c->axis, &call.axis, err) != 0)
        return NULL;
    memcpy(shape, x->shape, (size_t)x->ndim * sizeof *shape);
    shape[call.axis] += c->initial;
    node *in = node_cast(g, x, t, err);
    node *n = in ? node_calling(g, &call, &in, 1, &(node_result){t, x->ndim, shape}, err) : NULL;
    node_unref(in);
    return n;
}

/* ---- sort, argsort ---- */

/* Lines from here on are laid out one behind the other before they are sorted: many a one is more than a worker can
 * take, and its elements would be written one at a time. */
enum { LONG_LINE = 1 << 20 };

static node *sort_last(graph *g, node *x, node_call *call, sharr_error *err)
{
    dtype t = call->proc == PROC_ARGSORT ? SHARR_INT64 : x->type;
    return node_calling(g, call, &x, 1, &(node_result){t, x->ndim, x->shape}, err);
}

/* The axis exchanged with the last one, there and back. */
static node *sort_long(graph *g, node *x, node_call *call, sharr_error *err)
{
    int64_t axes[SHARR_MAX_DIMS];
    int axis = call->axis, last = x->ndim - 1;
    for (int d = 0; d < x->ndim; d++)
        axes[d] = d == axis ? last : d == last ? axis : d;
    call->axis = last;
    node *in = build_permute(g, x, axes, x->ndim, err), *s = in ? sort_last(g, in, call, err) : NULL;
    node *n = s ? build_permute(g, s, axes, x->ndim, err) : NULL;
    node_unref(s);
    node_unref(in);
    return n;
}

node *build_sort(graph *g, const op_row *op, node *x, int64_t axis, bool descending, sharr_error *err)
{
    const builder b = {.name = op->name, .err = err};
    bool index = op->code == OPC_argsort;
    node_call call = {.proc = index ? PROC_ARGSORT : PROC_SORT, .flags = descending ? CALL_DESCENDING : 0};
    if (dtype_kind(x->type) == KIND_COMPLEX) {
        type_error(&b, x->type, "complex numbers have no order");
        return NULL;
    }
    if (one_axis(op, x, true, axis, &call.axis, err) != 0)
        return NULL;
    bool apart = false;
    for (int d = call.axis + 1; d < x->ndim; d++)
        apart = apart || x->shape[d] > 1;
    bool far = x->shape[call.axis] > LONG_LINE / (int64_t)dtype_size(x->type);
    return apart && far ? sort_long(g, x, &call, err) : sort_last(g, x, &call, err);
}
