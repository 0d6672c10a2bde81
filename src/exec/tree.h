/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pairwise trees of fixed shape over numbered states.  Node (level, i) covers states
 * [i << level, (i + 1) << level) of `count`; neighbours 2i, 2i + 1 merge; a node without a right
 * neighbour is passed up.  The result does not depend on the order in which states arrive.
 */
#ifndef EXEC_TREE_H
#define EXEC_TREE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tree_node { int level; int64_t index; void *state; } tree_node;

/* Merge the right state into the left one, and dispose of the right one. */
typedef void tree_merge(void *arg, void *left, void *right);

/* Nodes in ascending order, none covered twice. */
typedef struct tree { int64_t count; int n, cap; tree_node *node; } tree;

void tree_init(tree *t, int64_t count);
void tree_fini(tree *t);                /* not the states */
/* Add a node anywhere; false: out of memory. */
bool tree_add(tree *t, tree_node x, tree_merge *merge, void *arg);
/* The state of the root once all are there, else NULL. */
void *tree_root(const tree *t);

#endif
