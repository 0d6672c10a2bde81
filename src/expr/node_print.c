/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Readable text of a node, in the language itself where the language can say it:
 * for most graphs, parsing the text gives the same node again.
 */
#include "expr/node_print.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/build_parts.h"

/* ---- tasks ---- */

static bool push(print_task **array, size_t *used, size_t *cap, print_task t)
{
    if (*used == *cap) {
        size_t want = *cap ? 2 * *cap : 64;
        print_task *more = realloc(*array, want * sizeof *more);
        if (!more)
            return false;
        *array = more;
        *cap = want;
    }
    (*array)[(*used)++] = t;
    return true;
}

static void add_task(printer *p, print_task t)
{
    if (!push(&p->list, &p->nlist, &p->list_cap, t))
        p->failed = true;
}

void print_text(printer *p, const char *text)
{
    add_task(p, (print_task){.text = text});
}

void print_format(printer *p, const char *fmt, ...)
{
    char text[SHAPE_TEXT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    char *copy = arena_strndup(p->mem, text, strlen(text));
    if (copy)
        print_text(p, copy);
    else
        p->failed = true;
}

void print_node(printer *p, const node *n, int precedence)
{
    add_task(p, (print_task){.n = n, .where = {precedence, TYPE_DEFAULT, false}});
}

void print_shape(printer *p, int ndim, const int64_t *shape)
{
    char text[SHAPE_TEXT];
    print_format(p, "%s", shape_text(ndim, shape, text));
}

/* ---- constants ---- */

/* Shortest decimal that reads back as the same number, the same in every locale. */
static void number_text(double v, bool single, char out[40])
{
    if (isnan(v) || isinf(v)) {
        strcpy(out, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
        return;
    }
    for (int digits = single ? 6 : 15; digits <= (single ? 9 : 17); digits++) {
        snprintf(out, 40, "%.*g", digits, v);
        if (single ? strtof(out, NULL) == (float)v : strtod(out, NULL) == v)
            break;
    }
    bool real = false;
    for (char *c = out; *c; c++) {
        if (!strchr("+-0123456789e", *c))
            *c = '.';
        real = real || *c == '.' || *c == 'e';
    }
    if (!real)
        strcat(out, ".0");
}

static double real_part(dtype t, const scalar *v)
{
    switch (t) {
    case SHARR_FLOAT32:   return v->f32;
    case SHARR_COMPLEX64: return v->c64[0];
    default:              return v->f64;
    }
}

static void value_text(dtype t, const scalar *v, char out[96])
{
    scalar wide = scalar_cast(*v, t, SHARR_INT64);
    char im[40];
    switch (dtype_kind(t)) {
    case KIND_BOOL: snprintf(out, 96, v->b ? "True" : "False"); break;
    case KIND_INT:  snprintf(out, 96, "%lld", (long long)wide.i64); break;
    case KIND_UINT: snprintf(out, 96, "%llu", (unsigned long long)wide.u64); break;
    case KIND_FLOAT: number_text(real_part(t, v), t == SHARR_FLOAT32, out); break;
    default:
        out[0] = '(';
        number_text(real_part(t, v), t == SHARR_COMPLEX64, out + 1);
        number_text(t == SHARR_COMPLEX64 ? v->c64[1] : v->c128[1], t == SHARR_COMPLEX64, im);
        snprintf(out + strlen(out), 96 - strlen(out), "%s%sj)", im[0] == '-' ? "" : "+", im);
    }
}

static bool is_default_type(dtype t)
{
    return t == SHARR_BOOL || t == SHARR_INT64 || t == SHARR_FLOAT64 || t == SHARR_COMPLEX128;
}

void print_constant(printer *p, dtype t, const scalar *v, print_context where)
{
    char text[96];
    const op_row *minus = op_find_symbol("-", 1, true);
    value_text(t, v, text);
    if (where.type == TYPE_ALWAYS || (where.type == TYPE_DEFAULT && !is_default_type(t)))
        print_format(p, "%s(%s)", dtype_name(t), text);
    else if (text[0] == '-' && where.precedence >= minus->precedence)
        print_format(p, "(%s)", text);
    else
        print_format(p, "%s", text);
}

/* ---- operators ---- */

/* The row that prints an operation; of bool, & | ^ ~ say the same as the words. */
static const op_row *row_of_kop(enum kop op)
{
    for (const op_row *r = op_table; r->name; r++)
        if (r->cls == OP_ELEMENT && r->code == (int)op && r->rule != RULE_LOGIC)
            return r;
    return NULL;
}

/* Do the operands without their broadcasts have the shape of the result? */
static bool broadcasts_itself(const node *n)
{
    int64_t extent[SHARR_MAX_DIMS], shape[SHARR_MAX_DIMS];
    int widest = 0;
    for (int d = 0; d < n->ndim; d++)
        extent[d] = 1;
    for (int i = 0; i < n->nin; i++) {
        int ndim = print_base_shape(n->in[i], shape);
        widest = ndim > widest ? ndim : widest;
        for (int s = 0; s < ndim; s++)
            if (shape[s] != 1)
                extent[s + n->ndim - ndim] = shape[s];
    }
    for (int d = 0; d < n->ndim; d++)
        if (extent[d] != n->shape[d])
            return false;
    return widest == n->ndim;
}

/* Would the parser fold this operation on numbers? */
static bool folds(const node *n)
{
    enum dtype_kind kind = weak_of(n->in[n->nin - 1]->type);
    const operand one = {.weak = kind, .i = 1, .f = {1, 0}}, in[3] = {one, one, one};
    operand out;
    return weak_fold(n->u.op, kind, in, &out) != FOLD_NO;
}

static enum print_type constant_type(const node *n)
{
    bool condition = n->u.op == KOP_select;
    bool literal_power = n->u.op == KOP_pow && dtype_kind(n->type) & KIND_INTEGER;
    int arrays = 0;
    for (int i = condition; i < n->nin; i++)
        arrays += !print_is_constant(n->in[i]);
    if (arrays > 0)
        return literal_power ? TYPE_ALWAYS : TYPE_BARE; /* x ** -1 is an error as a literal */
    if (condition && !print_is_constant(n->in[0]))
        return TYPE_DEFAULT;
    return folds(n) ? TYPE_ALWAYS : TYPE_DEFAULT;
}

static void print_operands(printer *p, const node *n, const op_row *r)
{
    bool plain = broadcasts_itself(n);
    enum print_type type = constant_type(n);
    bool infix = r->symbol && !r->prefix, compare = r->rule == RULE_COMPARE;
    for (int i = 0; i < n->nin; i++) {
        bool inner = compare || i == (r->right ? 0 : 1);        /* needs brackets at equal rank */
        if (i > 0)
            print_format(p, infix ? " %s " : "%s", infix ? r->symbol : ", ");
        int precedence = r->symbol ? r->precedence + (infix && inner) : 0;
        add_task(p, (print_task){.n = n->in[i], .where = {precedence, type, plain}});
    }
}

static void print_element(printer *p, const node *n, print_context where)
{
    static const op_row unnamed = {.name = ""};
    const op_row *r = row_of_kop(n->u.op);
    bool call = !r || !r->symbol, brackets = call || r->precedence < where.precedence;
    if (call)
        print_format(p, "%s", r ? r->name : kop_get(n->u.op)->name);
    if (brackets)
        print_text(p, "(");
    if (!call && r->prefix)
        print_text(p, r->symbol);
    print_operands(p, n, r ? r : &unnamed);
    if (brackets)
        print_text(p, ")");
}

/* ---- the rest ---- */

static const op_row *row_of_reduce(const node_reduce *how)
{
    for (const op_row *r = op_table; r->name; r++)
        if (r->cls == OP_REDUCE && r->code == (int)how->op && r->final == (int)how->final)
            return r;
    return &op_table[0];
}

static dtype default_result(const node_reduce *how, dtype in)
{
    if ((how->op == ROP_SUM || how->op == ROP_PROD) && how->final == RFINAL_VALUE) {
        if (dtype_kind(in) & (KIND_INT | KIND_BOOL))
            return SHARR_INT64;
        return dtype_kind(in) == KIND_UINT ? SHARR_UINT64 : in;
    }
    return how->op == ROP_ANY || how->op == ROP_ALL ? SHARR_BOOL
           : how->op == ROP_COUNT || how->op == ROP_ARGMIN || how->op == ROP_ARGMAX ? SHARR_INT64
                                                                                    : in;
}

static void print_axes(printer *p, const node *x, uint32_t axes)
{
    int count = __builtin_popcount(axes);
    if (count == x->ndim)
        return;
    print_text(p, count == 1 ? ", axis=" : ", axis=(");
    for (int d = 0, i = 0; d < x->ndim; d++)
        if (axes >> d & 1)
            print_format(p, i++ ? ", %d" : "%d", d);
    if (count > 1)
        print_text(p, ")");
}

static void print_reduce(printer *p, const node *n)
{
    const node_reduce *how = &n->u.reduce;
    print_format(p, "%s(", row_of_reduce(how)->name);
    print_node(p, n->in[0], 0);
    print_axes(p, n->in[0], how->axes);
    if (how->correction != 0) {
        char text[40];
        number_text(how->correction, false, text);
        print_format(p, ", correction=%s", text);
    }
    if (how->keepdims)
        print_text(p, ", keepdims=True");
    if (n->type != default_result(how, n->in[0]->type))
        print_format(p, ", dtype=%s", dtype_name(n->type));
    print_text(p, ")");
}

static void print_coord(printer *p, const node *n)
{
    if (n->ndim == 1) {
        print_format(p, "arange(%lld)", (long long)n->shape[0]);
        return;
    }
    print_format(p, "coordinate(%d, ", n->u.axis);
    print_shape(p, n->ndim, n->shape);
    print_text(p, ")");
}

/* Procedures print as the parser reads them, where it can. */
static void print_call(printer *p, const node *n)
{
    const node_call *c = &n->u.call;
    print_format(p, "%s(", c->user ? c->user->name : procedure_get(c->proc)->name);
    for (int i = 0; i < n->nin; i++) {
        print_text(p, i ? ", " : "");
        if (i == 0 && c->flags & CALL_POSITIONS)
            print_format(p, "arange(%lld)", (long long)n->in[0]->shape[0]);
        else
            print_node(p, n->in[i], 0);
    }
    if (c->axis >= 0)
        print_format(p, ", axis=%d", c->axis);
    if (c->flags & CALL_INITIAL)
        print_text(p, ", include_initial=True");
    if (c->flags & CALL_DESCENDING)
        print_text(p, ", descending=True");
    print_text(p, ")");
    if (c->output > 0)
        print_format(p, "[%d]", c->output);
}

static void expand(printer *p, const node *n, print_context where)
{
    switch (n->kind) {
    case NODE_SOURCE:  print_text(p, n->u.src->name); break;
    case NODE_CONST:   print_constant(p, n->type, &n->u.value, where); break;
    case NODE_COORD:   print_coord(p, n); break;
    case NODE_ELEMENT: print_element(p, n, where); break;
    case NODE_VIEW:    print_view(p, n, where); break;
    case NODE_REDUCE:  print_reduce(p, n); break;
    case NODE_CALL:    print_call(p, n); break;
    case NODE_CAST:
        print_format(p, "%s(", dtype_name(n->type));
        print_node(p, n->in[0], 0);
        print_text(p, ")");
        break;
    case NODE_RESHAPE:
    case NODE_REGROUP:
        print_text(p, "reshape(");
        print_node(p, n->in[0], 0);
        print_text(p, ", ");
        print_shape(p, n->ndim, n->shape);
        print_text(p, ")");
        break;
    }
}

/* Put the expansion on the stack.  Every task prints a byte at least, so what lies below `limit`
 * others is never reached: a graph of any depth prints in memory of the order of the limit. */
static void take_list(printer *p, size_t limit)
{
    while (p->nlist > 0)
        if (!push(&p->stack, &p->depth, &p->cap, p->list[--p->nlist]))
            p->failed = true;
    if (p->depth / 2 > limit + 32) {
        size_t drop = p->depth - limit - 32;
        memmove(p->stack, p->stack + drop, (p->depth - drop) * sizeof *p->stack);
        p->depth -= drop;
        p->cut = true;
    }
}

void node_print(const node *n, size_t limit, strbuf *out)
{
    printer p = {.mem = arena_new()};
    size_t start = out->len;
    if (p.mem)
        print_node(&p, n, 0);
    take_list(&p, limit);
    while (p.depth > 0 && !p.failed && out->len - start <= limit) {
        print_task t = p.stack[--p.depth];
        if (t.text) {
            strbuf_add(out, t.text);
        } else {
            expand(&p, t.n, t.where);
            take_list(&p, limit);
        }
    }
    if (out->len - start > limit && !out->failed) {
        out->len = start + limit;
        out->text[out->len] = '\0';
        p.cut = true;
    }
    if (p.cut || p.depth > 0)
        strbuf_add(out, "...");
    if (p.failed || !p.mem)
        out->failed = 1;
    free(p.stack);
    free(p.list);
    arena_free(p.mem);
}
