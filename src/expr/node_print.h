/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shared by the node_print*.c files only.  Printing is a machine with a stack of
 * tasks (a text, or a node in a context); expanding a node makes a list of
 * tasks that takes its place.  Nothing recurses.
 */
#ifndef EXPR_NODE_PRINT_H
#define EXPR_NODE_PRINT_H

#include "expr/node.h"

/* How much may stand around a node without brackets, and what a constant must say. */
typedef struct print_context {
    int precedence;             /* of the surrounding operator; 0: none */
    bool bare;                  /* a constant takes its type from its neighbour */
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
void print_node(printer *p, const node *n, int precedence, bool bare);
void print_shape(printer *p, int ndim, const int64_t *shape);
void print_constant(printer *p, dtype t, const scalar *v, print_context where);

/* node_print_view.c */
void print_view(printer *p, const node *n);
/* The array that a view only repeats (itself if it is no broadcast). */
const node *print_broadcast_base(const node *n);

#endif
