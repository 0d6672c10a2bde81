/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shared by the node_print*.c files only.  Printing is a machine with a stack of
 * tasks (a text, or a node in a context); expanding a node makes a list of
 * tasks that takes its place.  Nothing recurses.
 */
#ifndef EXPR_NODE_PRINT_H
#define EXPR_NODE_PRINT_H

#include "expr/node.h"

/* What a constant says of its type: nothing where a neighbour gives it; nothing where a number
 * alone has it (int64, float64, ...); or always, where numbers alone would be folded. */
enum print_type { TYPE_BARE, TYPE_DEFAULT, TYPE_ALWAYS };

typedef struct print_context {
    int precedence;             /* of the surrounding operator; 0: none */
    enum print_type type;
    bool narrow;                /* the operator broadcasts: no need to say so */
} print_context;

typedef struct print_task {
    const char *text;           /* NULL: node */
    const node *n;
    print_context where;
} print_task;

typedef struct printer {
    arena *mem;                 /* texts of tasks */
    print_task *stack;          /* what is still to be printed, top first */
    size_t depth, cap;
    print_task *list;           /* expansion under way, in reading order */
    size_t nlist, list_cap;
    bool failed, cut;           /* out of memory; tasks beyond the limit were dropped */
} printer;

void print_text(printer *p, const char *text);                  /* static text */
void print_format(printer *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void print_node(printer *p, const node *n, int precedence);          /* TYPE_DEFAULT */
void print_shape(printer *p, int ndim, const int64_t *shape);
void print_constant(printer *p, dtype t, const scalar *v, print_context where);

/* node_print_view.c */
void print_view(printer *p, const node *n, print_context where);
/* Shape of n without what a view only repeats; returns the number of dimensions. */
int print_base_shape(const node *n, int64_t shape[SHARR_MAX_DIMS]);
/* n is one constant everywhere. */
bool print_is_constant(const node *n);

#endif
