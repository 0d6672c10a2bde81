/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Costs that tests of plans assume.
 */
#include "plan/plan_support.h"

static int64_t reader_bytes(void *arg, const source *s)
{
    (void)arg;
    return s->chunk[0] * 16;
}

static int64_t chunk_cost(void *arg, int req, int64_t bytes)
{
    (void)arg;
    (void)req;
    return bytes + 512;
}

static int64_t kernel_bytes(void *arg, const program *p)
{
    (void)arg;
    return 4096 * (int64_t)p->nsteps;
}

const plan_costs plan_support_costs = { reader_bytes, chunk_cost, chunk_cost, kernel_bytes, NULL, NULL };
