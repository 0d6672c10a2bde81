/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Operands: numbers, constants, variables, datasets, brackets; and the call of a
 * function by its name.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "expr/parser_parts.h"

static int give(parser *p, operand a, const token *t, value *v)
{
    *v = (value){.kind = VALUE_ARRAY, .a = a, .start = t->start, .end = t->end};
    return parser_next(p);
}

static int parse_number(parser *p, value *v)
{
    token t = p->t;
    if (t.kind == TOKEN_INT)
        return give(p, operand_int(t.i), &t, v);
    if (t.kind == TOKEN_FLOAT)
        return give(p, operand_float(t.f), &t, v);
    return give(p, (operand){.weak = KIND_COMPLEX, .f = {0, t.f}}, &t, v);
}

/* ---- names ---- */

static node *resolve(parser *p, const token *t, bool probe)
{
    const name_ref ref = {.file = t->file, .name = t->name, .rooted = t->rooted, .probe = probe};
    err_clear(p->err);
    return p->names ? p->names->resolve(p->names->arg, &ref, p->err) : NULL;
}

/* Is the path a dataset with something behind it, /t2m/2? */
static bool is_divided(parser *p, const token *t)
{
    const char *cut =
        t->kind == TOKEN_PATH && t->rooted && p->names ? strchr(t->name + 1, '/') : NULL;
    bool found = false;
    for (; cut && !found; cut = strchr(cut + 1, '/')) {
        sharr_error ignored = {.status = 0};
        char *front = strndup(t->name, (size_t)(cut - t->name));
        const name_ref ref = {.file = t->file, .name = front, .rooted = true, .probe = true};
        node *n = front ? p->names->resolve(p->names->arg, &ref, &ignored) : NULL;
        found = n != NULL;
        node_unref(n);
        free(front);
    }
    return found;
}

/* Add to the message, if there is room. */
static void add_hint(sharr_error *err, const char *hint)
{
    size_t n = strlen(err->text);
    if (n + strlen(hint) < sizeof err->text)
        strcpy(err->text + n, hint);
}

/* A bare name that is a word of the language: say so, whatever the resolver said. */
static bool is_word(parser *p, const token *t)
{
    dtype type;
    if (t->kind != TOKEN_NAME)
        return false;
    if (dtype_from_name(t->name, strlen(t->name), &type))
        err_set(p->err, SHARR_EEXPR, "%s is a type; write %s(x)", t->name, t->name);
    else if (op_find(t->name, strlen(t->name)))
        err_set(p->err, SHARR_EEXPR, "%s is a function; write %s(...)", t->name, t->name);
    else
        return false;
    return true;
}

static void hint_variable(parser *p, const token *t)
{
    suggest s;
    char hint[320];
    suggest_init(&s, t->name, strlen(t->name));
    for (size_t i = 0; i < p->nvars; i++)
        suggest_offer(&s, p->vars[i]->name);
    if (suggest_text(&s) && !strstr(p->err->text, "did you mean")) {
        snprintf(hint, sizeof hint, "; did you mean %s?", suggest_text(&s));
        add_hint(p->err, hint);
    }
}

/* Nothing has this name: the resolver's message, or ours, and what the text itself tells. */
static int no_such_name(parser *p, const token *t)
{
    int len = t->end - t->start < 60 ? (int)(t->end - t->start) : 60;
    bool unknown = p->err->status == SHARR_OK || p->err->status == SHARR_EEXPR;
    if (p->err->status == SHARR_OK)
        err_set(p->err, SHARR_EEXPR, "no such name: %.*s", len, p->lx.text + t->start);
    if (unknown && !is_word(p, t)) {
        if (t->kind == TOKEN_NAME)
            hint_variable(p, t);
        else if (is_divided(p, t))
            add_hint(p->err, "; a division is written with blanks: /a / b");
    }
    return parser_blame(p, t->start, t->end);
}

static int parse_dataset(parser *p, value *v)
{
    token t = p->t;
    operand number;
    const name_resolver *names = t.kind == TOKEN_NAME ? p->names : NULL;
    if (names && names->number && names->number(names->arg, t.name, &number))
        return give(p, number, &t, v);
    node *n = resolve(p, &t, false);
    if (!n)
        return no_such_name(p, &t);
    return give(p, operand_of(n), &t, v);
}

/* pi, e, nan, inf; an error when there is a dataset of that name too. */
static int parse_constant(parser *p, double f, value *v)
{
    token t = p->t;
    node *n = resolve(p, &t, true);
    node_unref(n);
    if (n)
        return parser_error(p, t.start, t.end,
                            "%s is a number, and a dataset too; for the dataset write /%s", t.name,
                            t.name);
    if (p->err->status)
        return parser_blame(p, t.start, t.end);
    return give(p, operand_float(f), &t, v);
}

static bool constant_of(const token *t, double *f)
{
    static const struct {
        const char *name;
        double f;
    } rows[] = {
        {"pi", 0x1.921fb54442d18p+1}, {"e", 0x1.5bf0a8b145769p+1}, {"nan", NAN}, {"inf", INFINITY}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(t->name, rows[i].name) == 0) {
            *f = rows[i].f;
            return true;
        }
    return false;
}

static int no_such_function(parser *p, const token *t)
{
    const char *near = op_suggest(t->name, strlen(t->name));
    if (parser_variable(p, t->name, strlen(t->name)))
        return parser_error(p, t->start, t->end, "%s is a variable, not a function", t->name);
    return parser_error(p, t->start, t->end, "no such function: %s%s%s%s", t->name,
                        near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int parse_function(parser *p, const token *t, value *v)
{
    callee c = {.op = op_find(t->name, strlen(t->name)), .start = t->start, .end = t->end};
    if (!c.op && !dtype_from_name(t->name, strlen(t->name), &c.type))
        return no_such_function(p, t);
    return parse_call(p, &c, v);
}

/* A name without a bracket behind it: variable, constant, dataset; it is still the next token. */
static int parse_bare(parser *p, value *v)
{
    double f;
    token t = p->t;
    const variable *var = parser_variable(p, t.name, strlen(t.name));
    if (var) {
        operand a = var->a;
        if (a.n)
            node_ref(a.n);
        return give(p, a, &t, v);
    }
    return constant_of(&t, &f) ? parse_constant(p, f, v) : parse_dataset(p, v);
}

static bool call_follows(const parser *p)
{
    size_t i = p->t.end;
    while (i < p->lx.len && (p->lx.text[i] == ' ' || p->lx.text[i] == '\t'))
        i++;
    return i < p->lx.len && p->lx.text[i] == '(';
}

static int parse_name(parser *p, value *v)
{
    static const char *const operators[] = {"and", "or", "if", "else"};
    token t = p->t;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (parser_at(p, operators[i]))
            return parser_error(p, t.start, t.end, "an operand is missing before %s", operators[i]);
    bool yes = parser_at(p, "True") || parser_at(p, "true");
    if (yes || parser_at(p, "False") || parser_at(p, "false"))
        return give(p, (operand){.weak = KIND_BOOL, .i = yes}, &t, v);
    if (parser_at(p, "None") || parser_at(p, "newaxis")) {
        *v = (value){.kind = VALUE_NONE, .start = t.start, .end = t.end};
        return parser_next(p);
    }
    if (!call_follows(p))
        return parse_bare(p, v);
    int status = parser_next(p);
    return status ? status : parse_function(p, &t, v);
}

/* ---- brackets ---- */

static int add_item(parser *p, value *list, size_t *cap)
{
    value v = {.kind = VALUE_NONE};
    int status = parse_expr(p, &v);
    if (status)
        return status;
    if (!parser_grow((void **)&list->item, (size_t)list->n, cap, sizeof *list->item)) {
        value_fini(&v);
        return err_nomem(p->err, "a list", *cap * sizeof *list->item);
    }
    list->item[list->n++] = v;
    return 0;
}

/* ( ) ( a ) ( a, ) ( a, b ) [ ] [ a ] [ a, b ]: a list, but for ( a ). */
static int parse_brackets(parser *p, const char *close, const char *what, value *v)
{
    size_t open = p->t.start, cap = 0;
    bool comma = close[0] == ']';
    int status = parser_next(p);
    *v = (value){.kind = VALUE_LIST, .start = open};
    while (!status && !parser_at(p, close)) {
        status = add_item(p, v, &cap);
        if (status || !parser_at(p, ","))
            break;
        comma = true;
        status = parser_next(p);
    }
    if (!status)
        status = parser_expect(p, close, open, what);
    v->end = p->last_end;
    if (!status && v->n == 1 && !comma) {
        value inner = v->item[0];
        free(v->item);
        *v = inner;
        v->start = open;
        v->end = p->last_end;
    }
    return status;
}

int parse_primary(parser *p, value *v)
{
    switch (p->t.kind) {
    case TOKEN_INT:
    case TOKEN_FLOAT:
    case TOKEN_IMAGINARY: return parse_number(p, v);
    case TOKEN_NAME:      return parse_name(p, v);
    case TOKEN_PATH:      return parse_dataset(p, v);
    default:              break;
    }
    if (parser_at(p, "("))
        return parse_brackets(p, ")", "the bracket", v);
    if (parser_at(p, "["))
        return parse_brackets(p, "]", "the list", v);
    return parser_unexpected(p);
}
