/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which element-wise values are kept for later sweeps rather than computed again: by counted
 * bytes and operations, never by timing, so that every rank and every run chooses the same.
 */
#ifndef PLAN_KEEP_H
#define PLAN_KEEP_H

#include "plan/plan.h"

/* Up to this, a result lives in memory on every rank. */
int64_t keep_in_memory(int64_t memory);
/* ELEMENT and CAST nodes to keep, users before what they depend on; *kept is malloc'ed. */
int keep_choose(const request *req, int nreq, const plan_options *opt, const node ***kept, int *nkept, sharr_error *err);

/* Nanoseconds per byte: to decode, and to write to scratch and read again. */
double keep_decode_cost(enum source_decode d);
double keep_copy_cost(void);

/* What the choice weighs, in nanoseconds: for the tests of the rule. */
typedef struct keep_weight { double again, trip; } keep_weight;
bool keep_pays(const keep_weight *w);

#endif
