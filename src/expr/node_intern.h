/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shared by the node_*.c files only.
 */
#ifndef EXPR_NODE_INTERN_H
#define EXPR_NODE_INTERN_H

#include "expr/node.h"

/* The node that `key` describes, a new reference.  Sets owner and hash of the key. */
node *graph_intern(graph *g, node *key, sharr_error *err);
/* The value with every byte beyond its type zero. */
scalar scalar_clean(scalar v, dtype t);
/* A CONST, or a VIEW that shows one CONST everywhere. */
bool node_is_constant(const node *n);
/* Shape of a reduction of `in`; returns the number of dimensions. */
int reduced_shape(const node *in, const node_reduce *r, int64_t *shape);
/* What is wrong with the map of a VIEW (it need not be interned), or NULL. */
const char *node_view_fault(const node *n);
/* node_call.c */
uint64_t call_hash(const node_call *c, uint64_t h);
bool call_equal(const node_call *a, const node_call *b);
const char *call_fault(const node *n);

#endif
