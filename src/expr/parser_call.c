/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arguments of a call, bound to the parameters that the operator table's doc
 * line names: positions first, then names.
 */
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "expr/op_params.h"
#include "expr/parser_parts.h"

typedef struct call {
    const callee *c;
    const char *name;
    op_param par[CALL_PARAMS];
    int npar, npositional;
    value v[CALL_PARAMS];
    bool have[CALL_PARAMS];
    dtype type;
    bool has_type;
} call;

static int unknown_param(parser *p, const call *c, const token *t)
{
    suggest s;
    suggest_init(&s, t->name, strlen(t->name));
    for (int i = 0; i < c->npar; i++) {
        char name[32] = "";
        memcpy(name, c->par[i].name, c->par[i].len < sizeof name ? c->par[i].len : 0);
        suggest_offer(&s, name);
    }
    const char *near = suggest_text(&s);
    return parser_error(p, t->start, t->end, "%s has no parameter %s%s%s%s", c->name, t->name,
                        near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* The parameter that the next argument is for; a name and = are taken. */
static int next_param(parser *p, call *c, int position, int *which)
{
    token t = p->t;
    bool named = t.kind == TOKEN_NAME && lexer_before_assign(&p->lx);
    *which = position;
    if (named) {
        *which = op_param_find(c->par, c->npar, t.name);
        if (*which < 0)
            return unknown_param(p, c, &t);
        int status = parser_next(p);
        if (!status)
            status = parser_next(p);
        if (status)
            return status;
    } else if (position < 0) {
        return parser_error(p, t.start, t.end,
                            "%s: an argument without a name behind one with a name", c->name);
    } else if (position >= c->npositional) {
        if (position < c->npar)
            return parser_error(p, t.start, t.end, "%s: write %.*s=...", c->name,
                                (int)c->par[position].len, c->par[position].name);
        return parser_error(p, t.start, t.end, "%s: too many arguments%s%.*s", c->name,
                            c->c->op ? "; it is " : "", c->c->op ? op_signature_length(c->c->op) : 0,
                            c->c->op ? c->c->op->doc : "");
    }
    if (c->have[*which])
        return parser_error(p, t.start, t.end, "%s: %.*s is given twice", c->name,
                            (int)c->par[*which].len, c->par[*which].name);
    return 0;
}

static int parse_type(parser *p, call *c)
{
    token t = p->t;
    if (parser_at(p, "None"))
        return parser_next(p);
    if ((t.kind != TOKEN_NAME && t.kind != TOKEN_STRING) ||
        !dtype_from_name(t.name, strlen(t.name), &c->type))
        return parser_error(
            p, t.start, t.end,
            "%s: a type must stand here: bool, int8 ... int64, uint8 ... uint64, float32, "
            "float64, complex64 or complex128",
            c->name);
    c->has_type = true;
    return parser_next(p);
}

static int parse_argument(parser *p, call *c, int position, bool *by_name)
{
    int which = 0;
    size_t start = p->t.start;
    int status = next_param(p, c, position, &which);
    if (status)
        return status;
    *by_name = p->t.start != start;
    c->have[which] = true;
    if (op_param_is(&c->par[which], "dtype", 5))
        return parse_type(p, c);
    return parse_expr(p, &c->v[which]);
}

/* Up to the closing bracket. */
static int parse_arguments(parser *p, call *c)
{
    size_t open = p->t.start;
    int position = 0;
    int status = parser_next(p);
    while (!status && !parser_at(p, ")")) {
        bool by_name = false;
        status = parse_argument(p, c, position, &by_name);
        position = by_name || position < 0 ? -1 : position + 1;
        if (status || !parser_at(p, ","))
            break;
        status = parser_next(p);
    }
    return status ? status : parser_expect(p, ")", open, "the call");
}

static int check_complete(parser *p, const call *c)
{
    for (int i = 0; i < c->npar; i++)
        if (!c->have[i] && !c->par[i].optional)
            return parser_error(p, c->c->start, p->last_end, "%s: %.*s is missing%s%.*s", c->name,
                                (int)c->par[i].len, c->par[i].name, c->c->op ? "; it is " : "",
                                c->c->op ? op_signature_length(c->c->op) : 0,
                                c->c->op ? c->c->op->doc : "");
    return 0;
}

static int apply(parser *p, const call *c, value *v)
{
    call_args a = {.c = c->c, .type = c->type, .has_type = c->has_type};
    operand out = {.n = NULL};
    for (int i = 0; i < c->npar; i++)
        a.v[i] = c->have[i] ? &c->v[i] : NULL;
    if (apply_call(p, &a, &out) != 0)
        return parser_blame(p, c->c->start, p->last_end);
    *v = (value){.kind = VALUE_ARRAY, .a = out, .start = c->c->start, .end = p->last_end};
    return 0;
}

int parse_call(parser *p, const callee *f, value *v)
{
    call *c = calloc(1, sizeof *c);
    if (!c)
        return err_nomem(p->err, "a call", sizeof *c);
    c->c = f;
    c->name = f->op ? f->op->name : dtype_name(f->type);
    c->npositional = f->op ? f->op->max_args : 1;
    c->npar = op_params(f->op ? f->op->doc : "(x)", c->par);
    int status = parse_arguments(p, c);
    if (!status)
        status = check_complete(p, c);
    if (!status)
        status = apply(p, c, v);
    for (int i = 0; i < c->npar; i++)
        value_fini(&c->v[i]);
    free(c);
    return status;
}
