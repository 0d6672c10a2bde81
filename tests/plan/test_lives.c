/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lives of results: nobody reads one that is gone or not made yet, each step's results in memory are those that are
 * alive, and many small ones together do not fill the memory.
 */
#include <stdlib.h>
#include <string.h>

#include "expr/op_call.h"
#include "plan/plan_support.h"
#include "support/tap_cunit.h"

enum { LENGTH = 1 << 20, CHUNK = 1 << 17, MOST = 64, MEMORY = 256 << 20, FIT = MEMORY / (8 * LENGTH) };

typedef struct world { graph *g; source src; node *all[4 * MOST]; int n; } world;

static node *keep(world *w, node *n)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    w->all[w->n++] = n;
    return n;
}

static node *dataset(world *w)
{
    sharr_error err = { 0 };
    w->src = (source){ .name = "x", .type = SHARR_FLOAT64, .ndim = 1, .chunked = true, .shape = { LENGTH }, .chunk = { CHUNK } };
    return keep(w, node_source(w->g, &w->src, &err));
}

static node *call(world *w, const char *op, node *x, operand y)
{
    sharr_error err = { 0 };
    op_arg arg[2] = { { .kind = OP_ARG_OPERAND, .a = operand_of(x) }, { .kind = OP_ARG_OPERAND, .a = y } };
    return keep(w, op_call(w->g, op_find(op, strlen(op)), arg, strcmp(op, "sort") ? 2 : 1, &err));
}

static node *sorted(world *w, node *x)
{
    return call(w, "sort", x, operand_int(0));
}

/* sort(sort(... + 1) + 1) */
static node *chain(world *w, int n)
{
    node *x = dataset(w);
    for (int i = 0; i < n; i++)
        x = sorted(w, call(w, "add", x, operand_int(1)));
    return x;
}

/* sort(x + 1) + sort(x + 2) + ...: all of them at once */
static node *bundle(world *w, int n)
{
    node *x = dataset(w), *sum = NULL;
    for (int i = 0; i < n; i++) {
        node *s = sorted(w, call(w, "add", x, operand_int(i)));
        sum = sum ? call(w, "add", sum, operand_of(s)) : s;
    }
    return sum;
}

/* What is in memory at step t, added up from the definition. */
static int64_t alive(const plan *p, int t)
{
    int64_t bytes = 0;
    for (int i = 0; i < p->narrays; i++) {
        const plan_array *a = &p->array[i];
        if (a->place == PLACE_MEMORY && a->first <= t && a->last >= t)
            bytes += (a->src.shape[0] * 8 + 4096) / 4096 * 4096;
    }
    return bytes;
}

static void check_step(const plan *p, int t)
{
    const plan_step *s = &p->step[t];
    CU_ASSERT_TRUE((s->sweep != NULL) != (s->stage != NULL));
    CU_ASSERT_EQUAL(s->sweep ? s->sweep->step : s->stage->step, t);
    CU_ASSERT_EQUAL(s->resident, alive(p, t));
    CU_ASSERT_TRUE(s->resident + (s->sweep ? s->sweep->memory : s->stage->memory) <= p->memory);
    for (int k = 0; k < (s->sweep ? s->sweep->nfetch : s->stage->nin); k++) {
        const plan_array *a = &p->array[s->sweep ? s->sweep->fetch[k].array : s->stage->in[k]];
        CU_ASSERT_TRUE(a->place == PLACE_SOURCE || (a->first < t && a->last >= t));
    }
}

static int count_places(node *(*make)(world *, int), int n, enum array_place place)
{
    world w = { .g = graph_new() };
    sharr_error err = { 0 };
    plan_options o = { .memory = MEMORY, .workers = 2, .ranks = 3, .scratch = (int64_t)1 << 50, .costs = plan_support_costs };
    request q = { .name = "r", .node = make(&w, n), .to_file = true };
    plan *p = plan_new(&q, 1, &o, &err);
    int found = 0;
    TAP_CHECK(p != NULL, "%d results: %s", n, err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(p->nsteps, p->nsweeps + p->nstages);
    for (int t = 0; t < p->nsteps; t++)
        check_step(p, t);
    for (int i = 0; i < p->narrays; i++)
        found += p->array[i].place == place;
    plan_free(p);
    while (w.n)
        node_unref(w.all[--w.n]);
    CU_ASSERT_EQUAL(graph_live(w.g), 0);
    graph_free(w.g);
    return found;
}

static void what_dies_in_time_stays_in_memory(void)
{
    for (int n = 1; n <= MOST; n *= 4)
        CU_ASSERT_EQUAL(count_places(chain, n, PLACE_SCRATCH), 0);
}

static void what_lives_together_shares_the_memory(void)
{
    CU_ASSERT_EQUAL(count_places(bundle, 4, PLACE_SCRATCH), 0);
    for (int n = 40; n <= MOST; n += 8)
        CU_ASSERT_TRUE(count_places(bundle, n, PLACE_SCRATCH) >= n - FIT);
}

static const tap_test tests[] = {
    { "what dies in time stays in memory", what_dies_in_time_stays_in_memory },
    { "what lives together shares the memory", what_lives_together_shares_the_memory },
};
TAP_MAIN("lives of results", tests)
