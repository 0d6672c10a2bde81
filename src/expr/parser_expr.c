/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Operators, on explicit stacks: values that have been read, and operators that
 * wait for the operand on their right.  `x if c else y` is two such operators that
 * bind less than any other.
 */
#include <stdlib.h>
#include <string.h>

#include "expr/parser_parts.h"

static int push_value(parser *p, value *v)
{
    if (!parser_grow((void **)&p->values, p->nvalues, &p->values_cap, sizeof *p->values)) {
        value_fini(v);
        return err_nomem(p->err, "the parser", p->values_cap * sizeof *p->values);
    }
    p->values[p->nvalues++] = *v;
    return 0;
}

static int push_op(parser *p, pending op)
{
    if (!parser_grow((void **)&p->ops, p->nops, &p->ops_cap, sizeof *p->ops))
        return err_nomem(p->err, "the parser", p->ops_cap * sizeof *p->ops);
    p->ops[p->nops++] = op;
    return 0;
}

/* ---- building ---- */

static int excerpt(size_t start, size_t end)
{
    return end - start < 60 ? (int)(end - start) : 60;
}

/* a < b < c: say how it is written. */
static int chain_error(parser *p, const pending *second)
{
    const value *v = &p->values[p->nvalues - 3];
    const pending *first = second - 1;
    const char *text = p->lx.text;
    return parser_error(p, second->start, second->end,
                        "comparisons cannot be chained; write %.*s %.*s %.*s and %.*s %.*s %.*s",
                        excerpt(v[0].start, v[0].end), text + v[0].start,
                        (int)(first->end - first->start), text + first->start,
                        excerpt(v[1].start, v[1].end), text + v[1].start,
                        excerpt(v[1].start, v[1].end), text + v[1].start,
                        (int)(second->end - second->start), text + second->start,
                        excerpt(v[2].start, v[2].end), text + v[2].start);
}

/* Replace the top n values by op(values[order[0]], ...). */
static int build_top(parser *p, const pending *at, const op_row *op, int n, const int *order)
{
    operand arg[3], out = {.n = NULL};
    value *v = &p->values[p->nvalues - (size_t)n];
    for (int i = 0; i < n; i++) {
        char role[32] = "the operand of ";
        strncat(role, at->op ? at->op->symbol : "if", 8);
        int status = value_operand(p, &v[order[i]], role, &arg[i]);
        if (status)
            return status;
    }
    if (build_weak(p->g, op, arg, n, &out, p->err) != 0)
        return parser_blame(p, at->start, at->end);
    value r = {.kind = VALUE_ARRAY, .a = out, .start = v[0].start, .end = v[n - 1].end};
    if (at->kind == PENDING_PREFIX)
        r.start = at->start;
    for (int i = 0; i < n; i++)
        value_fini(&v[i]);
    v[0] = r;
    p->nvalues -= (size_t)n - 1;
    return 0;
}

/* The operator on top has its operands. */
static int reduce_top(parser *p)
{
    static const int in_order[3] = {0, 1, 2}, condition_first[3] = {1, 0, 2};
    const pending *top = &p->ops[p->nops - 1];
    int status;
    if (top->kind == PENDING_IF)
        return parser_error(p, top->start, top->end,
                            "if without else; write x if condition else y");
    if (top->kind == PENDING_ELSE)
        status = build_top(p, top, op_find("where", 5), 3, condition_first);
    else if (top->chained)
        status = chain_error(p, top);
    else
        status = build_top(p, top, top->op, top->kind == PENDING_INFIX ? 2 : 1, in_order);
    p->nops--;
    return status;
}

static bool is_conditional(const pending *o)
{
    return o->kind == PENDING_IF || o->kind == PENDING_ELSE;
}

/* Build everything above `base` that binds tighter than (or as tight as) `precedence`. */
static int reduce_above(parser *p, size_t base, int precedence, bool conditionals)
{
    int status = 0;
    while (!status && p->nops > base) {
        const pending *top = &p->ops[p->nops - 1];
        if (is_conditional(top) ? !conditionals : top->op->precedence < precedence)
            break;
        status = reduce_top(p);
    }
    return status;
}

/* ---- operators as they come ---- */

static bool is_comparison(const pending *o)
{
    return o->kind == PENDING_INFIX && o->op->rule == RULE_COMPARE;
}

static int take_infix(parser *p, size_t base, const op_row *op)
{
    pending in = {.kind = PENDING_INFIX, .op = op, .start = p->t.start, .end = p->t.end};
    bool compare = op->rule == RULE_COMPARE;
    int status = reduce_above(p, base, op->precedence + (op->right || compare), false);
    if (!status && compare && p->nops > base && is_comparison(&p->ops[p->nops - 1])) {
        in.chained = true;
        if (p->ops[p->nops - 1].chained)
            status = reduce_top(p);             /* says what is wrong with the first three */
    }
    if (!status)
        status = push_op(p, in);
    return status ? status : parser_next(p);
}

static int take_if(parser *p, size_t base)
{
    pending in = {.kind = PENDING_IF, .start = p->t.start, .end = p->t.end};
    int status = reduce_above(p, base, 0, false);
    if (!status && p->nops > base && p->ops[p->nops - 1].kind == PENDING_IF)
        status = parser_error(p, in.start, in.end, "an if inside of a condition needs brackets");
    if (!status)
        status = push_op(p, in);
    return status ? status : parser_next(p);
}

static int take_else(parser *p, size_t base)
{
    int status = reduce_above(p, base, 0, false);
    if (status)
        return status;
    if (p->nops == base || p->ops[p->nops - 1].kind != PENDING_IF)
        return parser_error(p, p->t.start, p->t.end, "else without if");
    p->ops[p->nops - 1].kind = PENDING_ELSE;
    return parser_next(p);
}

/* - + ~ not, as many as there are. */
static int take_prefixes(parser *p, size_t base)
{
    int status = 0;
    while (!status && (p->t.kind == TOKEN_SYMBOL || p->t.kind == TOKEN_NAME)) {
        const op_row *op = op_find_symbol(p->lx.text + p->t.start, p->t.end - p->t.start, true);
        pending in = {.kind = PENDING_PREFIX, .op = op, .start = p->t.start, .end = p->t.end};
        if (!op)
            break;
        const pending *top = p->nops > base ? &p->ops[p->nops - 1] : NULL;
        if (op->rule == RULE_LOGIC && top && !is_conditional(top) &&
            top->op->precedence > op->precedence)
            return parser_error(p, in.start, in.end, "%s %s needs brackets: %s (%s ...)",
                                top->op->symbol, op->symbol, top->op->symbol, op->symbol);
        status = push_op(p, in);
        if (!status)
            status = parser_next(p);
    }
    return status;
}

static int parse_operand(parser *p, size_t base)
{
    value v = {.kind = VALUE_NONE};
    int status = take_prefixes(p, base);
    if (!status && (p->t.kind == TOKEN_END || p->t.kind == TOKEN_BREAK) && p->nops > base)
        status = parser_error(p, p->last_start, p->last_end, "an operand is missing behind this");
    if (!status)
        status = parse_primary(p, &v);
    while (!status && parser_at(p, "["))
        status = parse_index(p, &v);
    if (!status && parser_at(p, "("))
        status = parser_error(p, p->t.start, p->t.end, "this is no function that can be called");
    if (status) {
        value_fini(&v);
        return status;
    }
    return push_value(p, &v);
}

static int parse_operators(parser *p, size_t base)
{
    for (;;) {
        int status = parse_operand(p, base);
        if (status)
            return status;
        const op_row *op = NULL;
        if (p->t.kind == TOKEN_SYMBOL || p->t.kind == TOKEN_NAME)
            op = op_find_symbol(p->lx.text + p->t.start, p->t.end - p->t.start, false);
        if (op)
            status = take_infix(p, base, op);
        else if (parser_at(p, "if"))
            status = take_if(p, base);
        else if (parser_at(p, "else"))
            status = take_else(p, base);
        else
            return reduce_above(p, base, 0, true);
        if (status)
            return status;
    }
}

int parse_expr(parser *p, value *v)
{
    size_t base = p->nops;
    if (p->depth >= SCRIPT_MAX_DEPTH)
        return parser_error(p, p->t.start, p->t.end, "brackets nest more than %d deep",
                            SCRIPT_MAX_DEPTH);
    p->depth++;
    int status = parse_operators(p, base);
    p->depth--;
    if (status)
        return status;                  /* what is on the stacks goes with the parser */
    *v = p->values[--p->nvalues];
    return 0;
}
