/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The canonical grid of a node: a pure function of its logical shape and of the
 * driving leaf's chunk grid, seen through the views.  It fixes the order in which
 * floats are summed, so it must not depend on memory, threads, ranks or what was
 * written to scratch.
 */
#ifndef PLAN_CANON_H
#define PLAN_CANON_H

#include "array/chunkgrid.h"
#include "expr/node.h"

enum { CANON_MIN_ELEMENTS = 1 << 14, CANON_MAX_ELEMENTS = 1 << 20 };

/* Driving leaf = most bytes, then first in a depth-first, left-to-right walk; none that is chunked: the default
 * for the widest type of n and of its leaves. */
int canon_grid(const node *n, chunkgrid *out, sharr_error *err);
/* About 1 MiB of whole rows: for arrays without chunks. */
chunkgrid canon_default(int ndim, const int64_t *shape, dtype t);

#endif
