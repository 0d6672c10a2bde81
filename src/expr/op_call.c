/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arguments of a program bound to the parameters of an operator; the parser's
 * apply_call does the rest.
 */
#include "expr/op_call.h"

#include <stdlib.h>
#include <string.h>

#include "expr/op_params.h"
#include "expr/parser_parts.h"

typedef struct bound {
    const op_row *op;
    op_param par[OP_PARAMS];
    int npar;
    value v[OP_PARAMS];
    bool have[OP_PARAMS];
    dtype type;
    bool has_type;
    sharr_error *err;
} bound;

static void take_operand(value *v, const operand *a)
{
    *v = (value){.kind = VALUE_ARRAY, .a = *a};
    if (v->a.n)
        node_ref(v->a.n);
}

static int take_list(const bound *b, value *v, const op_arg *a)
{
    *v = (value){.kind = VALUE_LIST, .item = calloc((size_t)a->n + 1, sizeof *v->item)};
    if (!v->item)
        return err_nomem(b->err, "a list", (size_t)a->n * sizeof *v->item);
    for (; v->n < a->n; v->n++) {
        const op_arg *item = &a->item[v->n];
        if (item->kind != OP_ARG_OPERAND)
            return err_set(b->err, SHARR_EEXPR, "%s: an item of a list is no array and no number", b->op->name);
        take_operand(&v->item[v->n], &item->a);
    }
    return 0;
}

static int take(bound *b, int which, const op_arg *a)
{
    const op_param *p = &b->par[which];
    bool is_type = op_param_is(p, "dtype", 5);
    b->have[which] = true;
    b->v[which] = (value){.kind = VALUE_NONE};
    if (a->kind == OP_ARG_NONE)
        return 0;
    if (is_type != (a->kind == OP_ARG_TYPE))
        return err_set(b->err, SHARR_EEXPR, "%s: %.*s is %s type", b->op->name, (int)p->len, p->name, is_type ? "a" : "no");
    if (is_type) {
        b->type = a->type;
        b->has_type = true;
    } else if (a->kind == OP_ARG_LIST) {
        return take_list(b, &b->v[which], a);
    } else {
        take_operand(&b->v[which], &a->a);
    }
    return 0;
}

static int bind_all(bound *b, const op_arg *arg, int narg)
{
    int status = 0;
    for (int i = 0; i < narg && !status; i++) {
        int which = arg[i].name ? op_param_find(b->par, b->npar, arg[i].name) : i;
        if (which < 0 || which >= b->npar)
            return err_set(b->err, SHARR_EEXPR, "%s has no parameter %s; it is %.*s", b->op->name,
                           arg[i].name ? arg[i].name : "at this position", op_signature_length(b->op), b->op->doc);
        if (b->have[which])
            return err_set(b->err, SHARR_EEXPR, "%s: %.*s is given twice", b->op->name, (int)b->par[which].len,
                           b->par[which].name);
        status = take(b, which, &arg[i]);
    }
    for (int i = 0; i < b->npar && !status; i++)
        if (!b->have[i] && !b->par[i].optional)
            status = err_set(b->err, SHARR_EEXPR, "%s: %.*s is missing; it is %.*s", b->op->name, (int)b->par[i].len,
                             b->par[i].name, op_signature_length(b->op), b->op->doc);
    return status;
}

static node *apply(const bound *b, graph *g)
{
    parser p = {.g = g, .err = b->err};
    callee c = {.op = b->op};
    call_args a = {.c = &c, .type = b->type, .has_type = b->has_type};
    operand out = {.n = NULL};
    for (int i = 0; i < b->npar; i++)
        a.v[i] = b->have[i] ? &b->v[i] : NULL;
    node *n = apply_call(&p, &a, &out) == 0 ? build_operand(g, &out, b->err) : NULL;
    operand_fini(&out);
    return n;
}

node *op_call(graph *g, const op_row *op, const op_arg *arg, int narg, sharr_error *err)
{
    sharr_error own = {.status = 0};
    bound b = {.op = op, .err = err ? err : &own};
    node *n = NULL;
    err_clear(b.err);
    b.npar = op_params(op->doc, b.par);
    if (bind_all(&b, arg, narg) == 0)
        n = apply(&b, g);
    for (int i = 0; i < b.npar; i++)
        value_fini(&b.v[i]);
    b.err->column = -1;                 /* there is no text */
    b.err->length = 0;
    return n;
}
