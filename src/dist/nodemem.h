/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory that the ranks of a node have in common: one copy on each node, plain loads and
 * stores.  It has no name anywhere and goes with the last rank that lets go of it, in any
 * order and also when ranks are killed; nobody waits for anybody.
 */
#ifndef DIST_NODEMEM_H
#define DIST_NODEMEM_H

#include "dist/comm.h"

typedef struct nodemem nodemem;

/* Zeroed; every page is there, so that a store cannot fail later, and near the rank whose part of the bytes it is in
 * (equal parts, one after the other).  SHARR_EIO: these ranks cannot share memory; SHARR_ERESOURCE: there is not so
 * much.  Collective. */
int nodemem_new_all(comm *c, int64_t bytes, nodemem **out, sharr_error *err);
/* The same, but each node has its part only: the pages that bytes [bound[r], bound[r + 1]) of its ranks touch.  Takes a descriptor,
 * with which others come and go. */
int nodemem_part_all(comm *c, const int64_t *bound, nodemem **out, sharr_error *err);
/* Pages (of 4 KiB) on this node: they are there, zero if they are new; they are gone.  Each rank for itself. */
int nodemem_take(nodemem *m, int64_t page, int64_t count, sharr_error *err);
void nodemem_give(nodemem *m, int64_t page, int64_t count);
/* Bytes that are there on this node, of one that has parts. */
int64_t nodemem_there(const nodemem *m);
/* Of this process alone; pages come with the first store, as malloc's do. */
int nodemem_new(int64_t bytes, nodemem **out, sharr_error *err);
/* At the start of a page. */
void *nodemem_data(const nodemem *m);
/* For this rank.  Not collective; the comm may be gone. */
void nodemem_free(nodemem *m);

#endif
