/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shared by the parser_*.c files only.
 *
 * Operators are resolved on explicit stacks (Dijkstra's shunting yard); only
 * brackets recurse, at most SCRIPT_MAX_DEPTH deep, with small frames: half a
 * kilobyte of stack a level.
 */
#ifndef EXPR_PARSER_PARTS_H
#define EXPR_PARSER_PARTS_H

#include "base/hashmap.h"
#include "expr/build.h"
#include "expr/lexer.h"
#include "expr/op_params.h"
#include "expr/parser.h"

enum value_kind { VALUE_ARRAY, VALUE_LIST, VALUE_NONE };

typedef struct value {
    enum value_kind kind;
    operand a;                          /* ARRAY: owned */
    struct value *item;                 /* LIST: owned */
    int n;
    size_t start, end;                  /* bytes of the text */
} value;

enum pending_kind { PENDING_INFIX, PENDING_PREFIX, PENDING_IF, PENDING_ELSE };

/* An operator that waits for its right operand. */
typedef struct pending {
    enum pending_kind kind;
    const op_row *op;                   /* INFIX, PREFIX */
    bool chained;                       /* INFIX: a comparison right after a comparison */
    size_t start, end;
} pending;

typedef struct variable {
    char *name;
    size_t len;
    operand a;                          /* owned */
    int item;                           /* statement that assigned it */
} variable;

typedef struct parser {
    graph *g;
    lexer lx;
    token t;                            /* the next one */
    size_t last_start, last_end;        /* of the token before it */
    const name_resolver *names;
    sharr_error *err;
    int depth;                          /* open brackets */
    value *values;
    size_t nvalues, values_cap;
    pending *ops;
    size_t nops, ops_cap;
    hashmap *table;                     /* of variables */
    variable **vars;
    size_t nvars, vars_cap;
} parser;

/* parser.c */
int parser_next(parser *p);
bool parser_at(const parser *p, const char *text);      /* symbol or keyword */
int parser_expect(parser *p, const char *text, size_t open, const char *what);
/* A builder failed: give its error this place unless it has one. */
int parser_blame(parser *p, size_t start, size_t end);
int parser_error(parser *p, size_t start, size_t end, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int parser_unexpected(parser *p);                       /* the next token */
bool parser_grow(void **array, size_t used, size_t *cap, size_t size);
const variable *parser_variable(const parser *p, const char *name, size_t len);

/* parser_value.c */
void value_fini(value *v);
int value_operand(parser *p, const value *v, const char *role, operand *out);    /* borrowed */
node *value_node(parser *p, const value *v, const char *role);                   /* new reference */
int value_int(parser *p, const value *v, const char *role, int64_t *out);
int value_bool(parser *p, const value *v, const char *role, bool *out);
int value_real(parser *p, const value *v, const char *role, double *out);
/* One integer or a list of them. */
int value_ints(parser *p, const value *v, const char *role, int64_t out[SHARR_MAX_DIMS], int *n);

/* parser_expr.c: an expression up to what cannot continue it; *v is owned by the caller. */
int parse_expr(parser *p, value *v);
/* parser_primary.c: a number, a name, a call, brackets. */
int parse_primary(parser *p, value *v);
/* parser_index.c: the brackets behind `base`, which is replaced. */
int parse_index(parser *p, value *base);
/* parser_call.c: the arguments and the result of op, or of a cast (op NULL). */
typedef struct callee {
    const op_row *op;
    dtype type;                         /* op NULL */
    size_t start, end;                  /* of the name */
} callee;
int parse_call(parser *p, const callee *c, value *v);
/* parser_apply.c: call op on bound arguments, in the order of its parameters; missing ones are
 * NULL.  *out is owned by the caller. */
enum { CALL_PARAMS = OP_PARAMS };
typedef struct call_args {
    const callee *c;
    const value *v[CALL_PARAMS];
    dtype type;                         /* dtype=, if has_type */
    bool has_type;
} call_args;
int apply_call(parser *p, const call_args *a, operand *out);
node *apply_random(parser *p, const call_args *a);      /* parser_random.c */
/* parser_procedure.c */
node *apply_procedure(parser *p, const call_args *a);

#endif
