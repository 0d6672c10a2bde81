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
