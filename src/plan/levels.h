/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which nodes must be materialised, and in which order: level(n) = 1 + the highest
 * level of the reductions and relayouts that n depends on.  Pure, iterative.
 */
#ifndef PLAN_LEVELS_H
#define PLAN_LEVELS_H

#include "expr/node.h"

typedef struct levels levels;

levels *levels_new(void);
void levels_free(levels *l);
/* From now on `n` (not visited yet) is materialised too.  False: out of memory. */
bool levels_keep(levels *l, const node *n);
bool levels_kept(const levels *l, const node *n);
/* Visit everything below `root`. */
int levels_add(levels *l, const node *root, sharr_error *err);
int levels_of(const levels *l, const node *n);              /* n was visited */
/* Cuts (node_is_cut) and kept nodes, each after those it depends on (depth first, left to right). */
int levels_count(const levels *l);
const node *levels_item(const levels *l, int i);

#endif
