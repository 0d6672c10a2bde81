/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From bound arguments to the builder of each function.  The numbers of a[i] are
 * the positions in the doc line of the operator table.
 */
#include <stdlib.h>

#include "expr/parser_parts.h"

static bool given(const value *v)
{
    return v && v->kind != VALUE_NONE;
}

static int failed(const parser *p)
{
    return p->err->status ? p->err->status : SHARR_EEXPR;
}

/* ---- elementwise, reductions ---- */

static int apply_element(parser *p, const call_args *a, operand *out)
{
    operand arg[3] = {{.n = NULL}};
    const op_row *op = a->c->op;
    for (int i = 0; i < op->max_args; i++) {
        if (i >= op->min_args && !given(a->v[i]))
            continue;                           /* the open side of clip */
        int status = value_operand(p, a->v[i], op->name, &arg[i]);
        if (status)
            return status;
    }
    return build_weak(p->g, op, arg, op->max_args, out, p->err);
}

static int read_axes(parser *p, const op_row *op, const value *v, reduce_args *r)
{
    bool array = v && v->kind == VALUE_ARRAY && (v->a.n || v->a.weak != KIND_INT);
    r->all_axes = !given(v);
    if (array && (op->code == ROP_MIN || op->code == ROP_MAX))
        return parser_error(p, v->start, v->end,
                            "%s: axis must be an integer; of two arrays write %s(a, b)", op->name,
                            op->code == ROP_MIN ? "minimum" : "maximum");
    return r->all_axes ? 0 : value_ints(p, v, "axis", r->axis, &r->naxes);
}

static node *apply_reduce(parser *p, const call_args *a)
{
    const op_row *op = a->c->op;
    reduce_args r = {.has_dtype = a->has_type, .type = a->type};
    int status = read_axes(p, op, a->v[1], &r);
    const value *correction = op->code == ROP_VAR ? a->v[2] : NULL;
    const value *keepdims = a->v[op->code == ROP_VAR ? 3 : 2];
    if (!status && correction)
        status = value_real(p, correction, "correction", &r.correction);
    if (!status && keepdims)
        status = value_bool(p, keepdims, "keepdims", &r.keepdims);
    node *x = status ? NULL : value_node(p, a->v[0], op->name);
    node *n = x ? build_reduce(p->g, op, x, &r, p->err) : NULL;
    node_unref(x);
    return n;
}

/* ---- shapes ---- */

static int read_shape(parser *p, const value *v, int64_t *shape, int *ndim)
{
    int status = value_ints(p, v, "shape", shape, ndim);
    for (int d = 0; d < *ndim && !status; d++)
        if (shape[d] < 0)
            status =
                parser_error(p, v->start, v->end, "extent %lld is negative", (long long)shape[d]);
    return status;
}

/* Several arrays; *x is malloc'ed, with *n new references. */
static int read_arrays(parser *p, const call_args *a, node ***x, int *n)
{
    const value *v = a->v[0];
    *x = NULL;
    *n = 0;
    if (v->kind != VALUE_LIST)
        return parser_error(p, v->start, v->end, "%s takes a list: %s([a, b])", a->c->op->name,
                            a->c->op->name);
    *x = calloc((size_t)v->n + 1, sizeof **x);
    if (!*x)
        return err_nomem(p->err, "a list", (size_t)v->n * sizeof **x);
    for (; *n < v->n; ++*n) {
        (*x)[*n] = value_node(p, &v->item[*n], "an item of the list");
        if (!(*x)[*n])
            return failed(p);
    }
    return 0;
}

static node *apply_join(parser *p, const call_args *a)
{
    node **x, *r = NULL;
    int n;
    int64_t axis = 0;
    bool flat = a->v[1] && a->v[1]->kind == VALUE_NONE;
    int status = read_arrays(p, a, &x, &n);
    if (!status && given(a->v[1]))
        status = value_int(p, a->v[1], "axis", &axis);
    if (!status && a->c->op->code == OPC_concat)
        r = build_concat(p->g, x, n, axis, flat, p->err);
    else if (!status && flat)
        parser_error(p, a->v[1]->start, a->v[1]->end, "stack: axis is None");
    else if (!status)
        r = build_stack(p->g, x, n, axis, p->err);
    for (int i = 0; i < n; i++)
        node_unref(x[i]);
    free(x);
    return r;
}

static node *shape_of_reverse(parser *p, node *x)
{
    int64_t axes[SHARR_MAX_DIMS];
    for (int d = 0; d < x->ndim; d++)
        axes[d] = x->ndim - 1 - d;
    return build_permute(p->g, x, axes, x->ndim, p->err);
}

static node *apply_roll(parser *p, const call_args *a, node *x)
{
    int64_t shift[SHARR_MAX_DIMS], axes[SHARR_MAX_DIMS];
    int nshift = 0, naxes = 0;
    bool flat = !given(a->v[2]);
    if (value_ints(p, a->v[1], "shift", shift, &nshift) != 0)
        return NULL;
    if (!flat && value_ints(p, a->v[2], "axis", axes, &naxes) != 0)
        return NULL;
    if (flat)
        return build_roll(p->g, x, shift, NULL, nshift, p->err);
    if (nshift != naxes && nshift != 1 && naxes != 1) {
        parser_error(p, a->v[2]->start, a->v[2]->end, "roll: %d shifts for %d axes", nshift, naxes);
        return NULL;
    }
    int n = nshift == 1 ? naxes : nshift;
    for (int i = 0; i < n; i++) {
        shift[i] = shift[nshift == 1 ? 0 : i];
        axes[i] = axes[naxes == 1 ? 0 : i];
    }
    return build_roll(p->g, x, shift, axes, n, p->err);
}

static node *apply_shape_of(parser *p, const call_args *a, node *x)
{
    int64_t v[SHARR_MAX_DIMS];
    int n = -1, code = a->c->op->code;
    const char *role = code == OPC_permute ? "axes" : code == OPC_reshape ? "shape" : "axis";
    if (code == OPC_roll)
        return apply_roll(p, a, x);
    if (code == OPC_broadcast && read_shape(p, a->v[1], v, &n) != 0)
        return NULL;
    if (code != OPC_broadcast && given(a->v[1]) && value_ints(p, a->v[1], role, v, &n) != 0)
        return NULL;
    if (n < 0 && (code == OPC_expand || code == OPC_reshape)) {
        parser_error(p, a->v[1]->start, a->v[1]->end, "%s is None", role);
        return NULL;
    }
    switch (code) {
    case OPC_permute: return n < 0 ? shape_of_reverse(p, x) : build_permute(p->g, x, v, n, p->err);
    case OPC_flip:      return build_flip(p->g, x, v, n, p->err);
    case OPC_broadcast: return build_broadcast_to(p->g, x, n, v, p->err);
    case OPC_expand:    return build_expand_dims(p->g, x, v, n, p->err);
    case OPC_squeeze:   return build_squeeze(p->g, x, v, n, p->err);
    default:            return build_reshape(p->g, x, n, v, p->err);
    }
}

static node *apply_shape(parser *p, const call_args *a)
{
    if (a->c->op->code == OPC_concat || a->c->op->code == OPC_stack)
        return apply_join(p, a);
    node *x = value_node(p, a->v[0], a->c->op->name);
    node *r = x ? apply_shape_of(p, a, x) : NULL;
    node_unref(x);
    return r;
}

/* ---- creation ---- */

static node *apply_full(parser *p, const call_args *a)
{
    int64_t shape[SHARR_MAX_DIMS];
    int ndim = 0, code = a->c->op->code;
    operand fill = operand_int(code == OPC_ones);
    if (read_shape(p, a->v[0], shape, &ndim) != 0)
        return NULL;
    if (code == OPC_full && value_operand(p, a->v[1], "fill_value", &fill) != 0)
        return NULL;
    node *v;
    if (a->has_type)
        v = build_cast(p->g, &fill, a->type, p->err);
    else if (code == OPC_full)
        v = build_operand(p->g, &fill, p->err);
    else
        v = build_cast(p->g, &fill, SHARR_FLOAT64, p->err);
    node *n = v ? build_broadcast_to(p->g, v, ndim, shape, p->err) : NULL;
    node_unref(v);
    return n;
}

static node *apply_arange(parser *p, const call_args *a)
{
    operand arg[3] = {{.n = NULL}};
    for (int i = 0; i < 3; i++)
        if (given(a->v[i]) && value_operand(p, a->v[i], "arange", &arg[i]) != 0)
            return NULL;
    if (!given(a->v[0])) {
        parser_error(p, a->v[0]->start, a->v[0]->end, "arange: start is None");
        return NULL;
    }
    return build_arange(p->g, arg, a->has_type, a->type, p->err);
}

static node *apply_linspace(parser *p, const call_args *a)
{
    operand end[2];
    int64_t num = 50;
    bool endpoint = true;
    for (int i = 0; i < 2; i++)
        if (value_operand(p, a->v[i], "linspace", &end[i]) != 0)
            return NULL;
    if (a->v[2] && value_int(p, a->v[2], "num", &num) != 0)
        return NULL;
    if (a->v[3] && value_bool(p, a->v[3], "endpoint", &endpoint) != 0)
        return NULL;
    return build_linspace(p->g, end, num, endpoint, a->has_type, a->type, p->err);
}

static node *apply_eye(parser *p, const call_args *a)
{
    int64_t rows = 0, cols = 0, k = 0;
    if (value_int(p, a->v[0], "n_rows", &rows) != 0)
        return NULL;
    cols = rows;
    if (given(a->v[1]) && value_int(p, a->v[1], "n_cols", &cols) != 0)
        return NULL;
    if (a->v[2] && value_int(p, a->v[2], "k", &k) != 0)
        return NULL;
    return build_eye(p->g, rows, cols, k, a->has_type ? a->type : SHARR_FLOAT64, p->err);
}

static node *apply_create(parser *p, const call_args *a)
{
    switch (a->c->op->code) {
    case OPC_arange:   return apply_arange(p, a);
    case OPC_linspace: return apply_linspace(p, a);
    case OPC_eye:      return apply_eye(p, a);
    case OPC_random:
    case OPC_uniform:
    case OPC_normal:
    case OPC_integers: return apply_random(p, a);
    default:           return apply_full(p, a);
    }
}

static node *apply_cast(parser *p, const call_args *a)
{
    operand x;
    const char *role = a->c->op ? a->c->op->name : dtype_name(a->c->type);
    if (a->c->op && !a->has_type) {
        parser_error(p, a->c->start, p->last_end, "astype: dtype is None");
        return NULL;
    }
    if (value_operand(p, a->v[0], role, &x) != 0)
        return NULL;
    return build_cast(p->g, &x, a->c->op ? a->type : a->c->type, p->err);
}

int apply_call(parser *p, const call_args *a, operand *out)
{
    node *n = NULL;
    switch (a->c->op ? a->c->op->cls : OP_TYPE) {
    case OP_ELEMENT: return apply_element(p, a, out);
    case OP_REDUCE:  n = apply_reduce(p, a); break;
    case OP_SHAPE:   n = apply_shape(p, a); break;
    case OP_CREATE:  n = apply_create(p, a); break;
    case OP_CALL:    n = apply_procedure(p, a); break;
    case OP_TYPE:    n = apply_cast(p, a); break;
    }
    if (!n)
        return failed(p);
    *out = operand_of(n);
    return 0;
}
