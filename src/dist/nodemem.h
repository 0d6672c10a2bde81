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
/* Of this process alone; pages come with the first store, as malloc's do. */
int nodemem_new(int64_t bytes, nodemem **out, sharr_error *err);
/* At the start of a page. */
void *nodemem_data(const nodemem *m);
/* For this rank.  Not collective; the comm may be gone. */
void nodemem_free(nodemem *m);

#endif
