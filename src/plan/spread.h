/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays in memory of which each node keeps only its part (source.bound): whose bytes are whose, what a step needs of
 * the other nodes, and what that takes.  Pure, and the same on every rank; exec/bring.c moves the bytes.
 *
 * Rank r has the bytes from bound[r] to bound[r + 1]; its node keeps the pages that they touch, so that a page on a
 * border is on both sides.  A node is named by its first rank (plan_options.nodes).
 */
#ifndef PLAN_SPREAD_H
#define PLAN_SPREAD_H

#include "array/pages.h"
#include "plan/plan.h"

/* Bytes that are sent at a time. */
enum { SPREAD_PIECE = 1 << 20 };

/* Borders between cells of the grid in which an array without chunks is swept, where there are enough of them: most
 * sweeps then find what they read on their own node.  bound[ranks + 1]. */
void spread_bounds(const source *s, int ranks, int64_t *bound);
/* Bytes that it takes of each rank, on the node where it takes most. */
int64_t spread_share(const int64_t *bound, const int *nodes, int ranks);
/* Bytes that rank r's node keeps because of r: in pages, from == to when r has none. */
void spread_kept(const int64_t *bound, int ranks, int r, int64_t *from, int64_t *to);
/* Pages that begin in the bytes of rank r: it sends them to those who need them. */
void spread_owned(const int64_t *bound, int r, int64_t *first, int64_t *end);

/* Array i is spread and read by this step, under these or other dimensions; true for one array of each source. */
bool spread_read(const plan *p, const plan_step *t, int i);
/* The one that stands for the source of array i. */
int spread_first(const plan *p, int i);
/* Pages of it that the ranks of a node read in this step, without those that the node keeps.  `room`: pageset_room(). */
pageset spread_needed(const plan *p, const plan_step *t, int i, int on, void *room);
/* The spread array that this step writes; -1: none. */
int spread_result(const plan *p, const plan_step *t);
/* What rank r writes of it, in the shape of the sweep.  False: nothing. */
bool spread_written(const plan *p, const sweep *s, int r, box *out);
/* Pages of it that the ranks of a node write and the node does not keep. */
pageset spread_strayed(const plan *p, const sweep *s, int i, int on, void *room);

/* All pages of it that the node does not keep. */
pageset spread_foreign(const plan *p, int i, int on, void *room);

/* Room for the sets of pages of the functions below: before the first of them. */
int spread_prepare(plan *p, sharr_error *err);
/* Bytes of each rank for what a step brings, and (once, before it begins) for the buffers that it comes in. */
typedef struct spread_cost { int64_t brought, buffers; } spread_cost;
spread_cost spread_step(const plan *p, const plan_step *t);
/* Of array i alone: what is brought. */
int64_t spread_array(const plan *p, const plan_step *t, int i);

#endif
