/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From bound arguments to the builders of procedures.  The numbers of a[i] are the
 * positions in the doc line of the operator table.
 */
#include "expr/parser_parts.h"

static bool given(const value *v)
{
    return v && v->kind != VALUE_NONE;
}

static node *apply_cumulative(parser *p, const call_args *a, node *x)
{
    cumulative_args c = {.has_axis = given(a->v[1]), .has_dtype = a->has_type, .type = a->type};
    if (c.has_axis && value_int(p, a->v[1], "axis", &c.axis) != 0)
        return NULL;
    if (a->v[3] && value_bool(p, a->v[3], "include_initial", &c.initial) != 0)
        return NULL;
    return build_cumulative(p->g, a->c->op, x, &c, p->err);
}

static node *apply_sort(parser *p, const call_args *a, node *x)
{
    int64_t axis = -1;
    bool descending = false, stable;            /* equals always keep their order */
    if (given(a->v[1]) && value_int(p, a->v[1], "axis", &axis) != 0)
        return NULL;
    if (a->v[2] && value_bool(p, a->v[2], "descending", &descending) != 0)
        return NULL;
    if (a->v[3] && value_bool(p, a->v[3], "stable", &stable) != 0)
        return NULL;
    return build_sort(p->g, a->c->op, x, axis, descending, p->err);
}

static node *apply_searchsorted(parser *p, const call_args *a, node *x, node *y)
{
    bool right = false;
    if (a->v[2] && value_bool(p, a->v[2], "right", &right) != 0)
        return NULL;
    return build_searchsorted(p->g, a->c->op, x, y, right, p->err);
}

static node *apply_compress(parser *p, const call_args *a, node *x, node *y)
{
    int64_t size = 0, axis = 0;
    if (value_int(p, a->v[2], "size", &size) != 0 || (given(a->v[3]) && value_int(p, a->v[3], "axis", &axis) != 0))
        return NULL;
    return build_compress(p->g, x, y, size, axis, p->err);
}

static node *apply_take(parser *p, const call_args *a, node *x, node *y)
{
    int64_t axis = 0;
    if (given(a->v[2]) && value_int(p, a->v[2], "axis", &axis) != 0)
        return NULL;
    return build_take(p->g, x, y, axis, p->err);
}

/* Those of two arrays. */
static node *apply_two(parser *p, const call_args *a, node *x)
{
    node *y = value_node(p, a->v[1], a->c->op->name), *n = NULL;
    if (!y)
        return NULL;
    switch (a->c->op->code) {
    case OPC_searchsorted: n = apply_searchsorted(p, a, x, y); break;
    case OPC_compress:     n = apply_compress(p, a, x, y); break;
    case OPC_matmul:       n = build_matmul(p->g, x, y, p->err); break;
    default:               n = apply_take(p, a, x, y); break;
    }
    node_unref(y);
    return n;
}

node *apply_procedure(parser *p, const call_args *a)
{
    node *x = value_node(p, a->v[0], a->c->op->name), *n = NULL;
    if (!x)
        return NULL;
    switch (a->c->op->code) {
    case OPC_cumulative_sum:
    case OPC_cumulative_prod: n = apply_cumulative(p, a, x); break;
    case OPC_sort:
    case OPC_argsort:         n = apply_sort(p, a, x); break;
    case OPC_searchsorted:
    case OPC_compress:
    case OPC_matmul:
    case OPC_take:            n = apply_two(p, a, x); break;
    default: break;
    }
    node_unref(x);
    return n;
}
