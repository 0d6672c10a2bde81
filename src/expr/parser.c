/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Statements and variables of a script; errors with their place.
 */
#include "expr/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/parser_parts.h"

/* ---- tokens and errors ---- */

int parser_next(parser *p)
{
    p->last_start = p->t.start;
    p->last_end = p->t.end;
    return lexer_next(&p->lx, &p->t);
}

bool parser_at(const parser *p, const char *text)
{
    return token_is(&p->lx, &p->t, text);
}

int parser_blame(parser *p, size_t start, size_t end)
{
    if (p->err->status == SHARR_OK)
        err_set(p->err, SHARR_EINTERNAL, "internal error: a failure without a message");
    if (p->err->column < 0) {
        p->err->column = (int)start;
        p->err->length = (int)(end - start);
    }
    return p->err->status;
}

int parser_error(parser *p, size_t start, size_t end, const char *fmt, ...)
{
    char text[SHARR_ERROR_TEXT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_at(p->err, (int)start, (int)(end - start), "%s", text);
}

/* What to say about a token that stands where it cannot. */
static const struct {
    const char *symbol, *hint;
} hints[] = {
    {"//", "write floor_divide(a, b); a path behind a division sign needs a blank: a / /b"},
    {"&&", "write and"},
    {"||", "write or"},
    {"!", "write not"},
    {"<>", "write !="},
    {"=", "a comparison is written ==; only a name can be assigned"},
    {":=", "an assignment is written ="},
    {"+=", "write x = x + ..."},
    {"-=", "write x = x - ..."},
    {"*=", "write x = x * ..."},
    {"/=", "write x = x / ..."},
    {"?", "write x if condition else y"},
    {"@", "a product of matrices is written matmul(a, b)"},
    {"..", "coordinate ranges (lo..hi) are not supported; slices are written a:b:c"},
    {"/", "a path is / and a name without a blank between: /t2m"},
    {".", "methods are not supported; write a function: mean(x)"},
    {"\\", "a statement goes on over lines inside of brackets"},
    {"->", "write = or >"},
};

int parser_unexpected(parser *p)
{
    const char *hint = NULL;
    int len = p->t.end - p->t.start < 40 ? (int)(p->t.end - p->t.start) : 40;
    if (p->t.kind == TOKEN_END || p->t.kind == TOKEN_BREAK)
        return parser_error(p, p->t.start, p->t.end, "the expression ends too early");
    if (p->t.kind != TOKEN_SYMBOL && p->t.kind != TOKEN_STRING)
        return parser_error(p, p->t.start, p->t.end,
                            "an operator or a comma is missing before %.*s", len,
                            p->lx.text + p->t.start);
    if (p->t.kind == TOKEN_STRING)
        hint = "a text in quotes only names a type: dtype=\"float32\"";
    for (size_t i = 0; i < sizeof hints / sizeof hints[0] && p->t.kind == TOKEN_SYMBOL; i++)
        if (parser_at(p, hints[i].symbol))
            hint = hints[i].hint;
    return parser_error(p, p->t.start, p->t.end, "unexpected %.*s%s%s", len,
                        p->lx.text + p->t.start, hint ? "; " : "", hint ? hint : "");
}

int parser_expect(parser *p, const char *text, size_t open, const char *what)
{
    if (parser_at(p, text))
        return parser_next(p);
    if (p->t.kind == TOKEN_END)
        return parser_error(p, open, open + 1, "%s that begins here is not closed: %s is missing",
                            what, text);
    return parser_unexpected(p);
}

bool parser_grow(void **array, size_t used, size_t *cap, size_t size)
{
    if (used < *cap)
        return true;
    size_t want = *cap ? 2 * *cap : 32;
    void *more = realloc(*array, want * size);
    if (!more)
        return false;
    *array = more;
    *cap = want;
    return true;
}

/* ---- variables ---- */

typedef struct name_key {
    const char *name;
    size_t len;
} name_key;

static bool same_name(const void *v, const void *key)
{
    const variable *a = v;
    const name_key *k = key;
    return a->len == k->len && memcmp(a->name, k->name, k->len) == 0;
}

const variable *parser_variable(const parser *p, const char *name, size_t len)
{
    const name_key key = {name, len};
    return hashmap_find(p->table, hash_bytes(name, len, 0), same_name, &key);
}

static void variable_free(variable *v)
{
    if (!v)
        return;
    operand_fini(&v->a);
    free(v->name);
    free(v);
}

static variable *variable_new(parser *p, const char *name, size_t len)
{
    variable *v = calloc(1, sizeof *v);
    if (v && (v->name = strndup(name, len)) != NULL &&
        parser_grow((void **)&p->vars, p->nvars, &p->vars_cap, sizeof *p->vars) &&
        hashmap_add(p->table, hash_bytes(name, len, 0), v)) {
        v->len = len;
        p->vars[p->nvars++] = v;
        return v;
    }
    variable_free(v);
    err_nomem(p->err, "a variable", sizeof *v);
    return NULL;
}

/* ---- statements ---- */

static void statement_drop(statement *s)
{
    free(s->name);
    node_unref(s->value);
    *s = (statement){.name = NULL};
}

void script_fini(script *s)
{
    for (int i = 0; i < s->count; i++)
        statement_drop(&s->item[i]);
    free(s->item);
    *s = (script){.count = 0};
}

/* Keep the value under its name; the statement that had the name before has no result any more. */
static int assign(parser *p, script *out, const token *name, const value *v, int item)
{
    size_t len = name->end - name->start;
    variable *var = (variable *)parser_variable(p, p->lx.text + name->start, len);
    if (var)
        statement_drop(&out->item[var->item]);
    else
        var = variable_new(p, p->lx.text + name->start, len);
    if (!var)
        return SHARR_ERESOURCE;
    operand_fini(&var->a);
    var->a = v->a;
    if (var->a.n)
        node_ref(var->a.n);
    var->item = item;
    out->item[item].name = strdup(var->name);
    return out->item[item].name ? 0 : err_nomem(p->err, "a name", len);
}

static int check_target(parser *p, const token *name)
{
    static const char *const reserved[] = {"and",  "or",    "not",  "if",    "else",   "True",
                                           "False", "true", "false", "None", "newaxis"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (token_is(&p->lx, name, reserved[i]))
            return parser_error(p, name->start, name->end,
                                "%s cannot be assigned: it is a word of the language", reserved[i]);
    return 0;
}

static int parse_result(parser *p, script *out, size_t *cap, const token *name)
{
    value v = {.kind = VALUE_NONE};
    size_t n = (size_t)out->count, start = name ? name->start : p->t.start;
    int status = parse_expr(p, &v);
    if (!status && !parser_grow((void **)&out->item, n, cap, sizeof *out->item))
        status = err_nomem(p->err, "a statement", sizeof *out->item);
    if (!status) {
        out->item[n] = (statement){.column = (int)start, .length = (int)(p->last_end - start)};
        out->item[n].value = value_node(p, &v, "a result");
        status = out->item[n].value ? 0 : p->err->status;
    }
    if (!status) {
        out->count++;
        status = name ? assign(p, out, name, &v, (int)n) : 0;
    }
    value_fini(&v);
    return status;
}

static int parse_statement(parser *p, script *out, size_t *cap)
{
    token name = p->t;
    bool assigns = p->t.kind == TOKEN_NAME && lexer_before_assign(&p->lx);
    if ((p->t.kind == TOKEN_NAME || p->t.kind == TOKEN_PATH) && name.end < p->lx.len &&
        p->lx.text[name.end] == '@')
        return parser_error(p, name.end, name.end + 1,
                            "attribute statements (v@units = ...) are not supported");
    if (p->t.kind == TOKEN_PATH && lexer_before_assign(&p->lx))
        return parser_error(p, p->t.start, p->t.end, "a path cannot be assigned; assign a name");
    if (assigns) {
        int status = check_target(p, &name);
        if (!status)
            status = parser_next(p);            /* = */
        if (!status)
            status = parser_next(p);
        if (status)
            return status;
    }
    int status = parse_result(p, out, cap, assigns ? &name : NULL);
    if (status || p->t.kind == TOKEN_END || p->t.kind == TOKEN_BREAK)
        return status;
    return parser_unexpected(p);
}

/* Statements whose name was assigned again have no value: close the gaps. */
static void compact(script *s)
{
    int kept = 0;
    for (int i = 0; i < s->count; i++)
        if (s->item[i].value)
            s->item[kept++] = s->item[i];
    s->count = kept;
}

static int parse_script(parser *p, script *out)
{
    size_t cap = 0;
    int status = parser_next(p);
    while (!status && p->t.kind != TOKEN_END) {
        if (p->t.kind == TOKEN_BREAK)
            status = parser_next(p);
        else
            status = parse_statement(p, out, &cap);
    }
    if (!status && out->count == 0)
        status = parser_error(p, 0, 0, "there is no expression in the text");
    return status;
}

static void parser_fini(parser *p)
{
    while (p->nvalues > 0)
        value_fini(&p->values[--p->nvalues]);
    while (p->nvars > 0)
        variable_free(p->vars[--p->nvars]);
    free(p->values);
    free(p->ops);
    free(p->vars);
    hashmap_free(p->table);
    lexer_fini(&p->lx);
}

int script_parse(graph *g, const char *text, size_t len, const name_resolver *names, script *out,
                 sharr_error *err)
{
    sharr_error local;
    script s = {.count = 0};
    parser p = {.g = g, .names = names, .err = err ? err : &local};
    err_clear(p.err);
    int status = lexer_init(&p.lx, text, len, p.err);
    p.table = hashmap_new();
    if (!status && !p.table)
        status = err_nomem(p.err, "the parser", sizeof p);
    if (!status)
        status = parse_script(&p, &s);
    parser_fini(&p);
    if (status) {
        script_fini(&s);
        return status;
    }
    compact(&s);
    *out = s;
    return 0;
}
