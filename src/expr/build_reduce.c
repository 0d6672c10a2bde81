/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reductions: which dimensions go, and the types of operand and result.
 */
#include "expr/build_parts.h"

static int axes_of(const op_row *op, const node *x, const reduce_args *r, uint32_t *axes,
                   sharr_error *err)
{
    int axis[SHARR_MAX_DIMS];
    *axes = x->ndim == 0 ? 0 : (uint32_t)(((uint64_t)1 << x->ndim) - 1);
    if (r->all_axes)
        return 0;
    int status = check_axes(op->name, x->ndim, x->shape, r->axis, r->naxes, axis, err);
    if (status)
        return status;
    if (r->naxes == 0 && x->ndim > 0)
        return err_set(err, SHARR_EEXPR, "%s: axis=() reduces nothing", op->name);
    bool arg = op->code == ROP_ARGMIN || op->code == ROP_ARGMAX;
    if (arg && r->naxes != 1 && r->naxes != x->ndim)
        return err_set(err, SHARR_EEXPR, "%s: axis is one dimension or None", op->name);
    *axes = 0;
    for (int i = 0; i < r->naxes; i++)
        *axes |= (uint32_t)1 << axis[i];
    return 0;
}

/* min, max, argmin, argmax have no value for nothing. */
static int check_not_empty(const op_row *op, const node *x, uint32_t axes, sharr_error *err)
{
    char text[SHAPE_TEXT];
    bool needs = op->code == ROP_MIN || op->code == ROP_MAX || op->code == ROP_ARGMIN ||
                 op->code == ROP_ARGMAX;
    bool empty = false, any_result = true;
    for (int d = 0; d < x->ndim; d++) {
        bool gone = axes >> d & 1;
        empty = empty || (gone && x->shape[d] == 0);
        any_result = any_result && (gone || x->shape[d] > 0);
    }
    if (needs && empty && any_result)
        return err_set(err, SHARR_EEXPR, "%s: no elements along the reduced axis, shape %s",
                       op->name, shape_text(x->ndim, x->shape, text));
    return 0;
}

/* Types of the operand and of the result; the operand is cast first. */
static int types_of(const op_row *op, dtype in, const reduce_args *r, dtype *operand_type,
                    dtype *out, sharr_error *err)
{
    const builder b = {.name = op->name, .err = err};
    enum dtype_kind k = dtype_kind(r->has_dtype ? r->type : in);
    bool floats = op->code == ROP_VAR || op->final == RFINAL_MEAN;
    dtype t = r->has_dtype ? r->type : in;
    if (r->has_dtype && floats && !(k & (KIND_FLOAT | KIND_COMPLEX)))
        return err_set(err, SHARR_EEXPR, "%s: dtype is %s, it must be a float type", op->name,
                       dtype_name(t));
    if (floats && !r->has_dtype && k & (KIND_INTEGER | KIND_BOOL))
        t = SHARR_FLOAT64;
    if (!(rop_kinds((enum rop)op->code) & dtype_kind(t)))
        return type_error(&b, t, NULL);
    *operand_type = *out = t;
    switch (op->code) {
    case ROP_SUM:
    case ROP_PROD:
        if (!r->has_dtype && dtype_kind(t) & (KIND_BOOL | KIND_INT))
            *out = SHARR_INT64;
        else if (!r->has_dtype && dtype_kind(t) == KIND_UINT)
            *out = SHARR_UINT64;
        break;
    case ROP_ANY:
    case ROP_ALL:    *out = SHARR_BOOL; break;
    case ROP_COUNT:
    case ROP_ARGMIN:
    case ROP_ARGMAX: *out = SHARR_INT64; break;
    default:         break;
    }
    return 0;
}

node *build_reduce(graph *g, const op_row *op, node *x, const reduce_args *r, sharr_error *err)
{
    node_reduce how = {.keepdims = r->keepdims, .op = (enum rop)op->code,
                       .final = (enum rfinal)op->final, .correction = r->correction};
    dtype operand_type = x->type, out = x->type;
    if (axes_of(op, x, r, &how.axes, err) != 0 || check_not_empty(op, x, how.axes, err) != 0 ||
        types_of(op, x->type, r, &operand_type, &out, err) != 0)
        return NULL;
    node *in = node_cast(g, x, operand_type, err);
    node *n = in ? node_reduction(g, in, &how, out, err) : NULL;
    node_unref(in);
    return n;
}
