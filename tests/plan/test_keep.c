/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Keep or compute again: both sides of the rule, by costs computed by hand, and where there is no room.
 *
 * y = f(x) of 10^7 float32 in chunks that are contiguous in scratch.  Per element, in ns: to decode x 0.4 (raw), 2
 * (zstd), 8 (deflate); an elementary function 1, an addition 0.06; to write y 1.2 and 1.2 for each level that reads it.
 * Kept when what is saved is above 1.5 times that (and 0.03 for the sweep).
 */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "expr/build.h"
#include "plan/keep.h"
#include "plan/plan_support.h"
#include "support/tap_cunit.h"

/* What is asked for. */
enum form {
    TWO_LEVELS,                 /* y - mean(y) */
    WITH_X,                     /* y - mean(y) + x: x is decoded at level 1 anyway */
    A_SLICE,                    /* y[0:10] - mean(y) */
    THREE_LEVELS,               /* y - mean(y) - mean(y - mean(y) ...): y at levels 0, 1 and 2 */
    ONE_LEVEL                   /* mean(y) */
};

enum { NOWHERE = -1 };

typedef struct keep_case {
    const char *what;
    enum source_decode decode;
    int functions;              /* of y: so many elementary ones; 0: x + x */
    enum form form;
    int64_t rows, chunk;        /* x is rows x rows x 1000, in chunks of at most 10 x 100 x chunk */
    int64_t memory, scratch;
    int place;                  /* of y */
} keep_case;

#define MB ((int64_t)1 << 20)
static const keep_case cases[] = {
    /* saved per element; 1.5 x trip */
    { "raw, exp: 1.4 < 5.4", SOURCE_RAW, 1, TWO_LEVELS, 100, 1000, 64 * MB, 1 << 30, NOWHERE },
    { "raw, 5 functions: 5.4 < 5.43", SOURCE_RAW, 5, TWO_LEVELS, 100, 1000, 64 * MB, 1 << 30, NOWHERE },
    { "raw, 6 functions: 6.4 > 5.43", SOURCE_RAW, 6, TWO_LEVELS, 100, 1000, 64 * MB, 1 << 30, PLACE_SCRATCH },
    { "zstd, 3 functions: 5 < 5.4", SOURCE_ZSTD, 3, TWO_LEVELS, 100, 1000, 64 * MB, 1 << 30, NOWHERE },
    { "zstd, 4 functions: 6 > 5.43", SOURCE_ZSTD, 4, TWO_LEVELS, 100, 1000, 64 * MB, 1 << 30, PLACE_SCRATCH },
    { "deflate, add: 8.06 > 5.43", SOURCE_DEFLATE, 0, TWO_LEVELS, 100, 1000, 64 * MB, 1 << 30, PLACE_SCRATCH },
    { "the same in memory", SOURCE_DEFLATE, 0, TWO_LEVELS, 100, 1000, 512 * MB, 1 << 30, PLACE_MEMORY },
    { "in memory without scratch", SOURCE_DEFLATE, 0, TWO_LEVELS, 100, 1000, 512 * MB, 0, PLACE_MEMORY },
    { "no scratch", SOURCE_DEFLATE, 0, TWO_LEVELS, 100, 1000, 64 * MB, 0, NOWHERE },
    { "scratch for the output only", SOURCE_DEFLATE, 0, TWO_LEVELS, 100, 1000, 64 * MB, 41 * MB, NOWHERE },
    { "x is decoded anyway: 0.06", SOURCE_DEFLATE, 0, WITH_X, 100, 1000, 64 * MB, 1 << 30, NOWHERE },
    { "a tenth is used again: 0.8 < 3.8", SOURCE_DEFLATE, 0, A_SLICE, 100, 1000, 64 * MB, 1 << 30, NOWHERE },
    { "three levels, zstd, 2: 8 > 7.2", SOURCE_ZSTD, 2, THREE_LEVELS, 100, 1000, 64 * MB, 1 << 30, PLACE_SCRATCH },
    { "two levels, zstd, 2: 4 < 5.4", SOURCE_ZSTD, 2, TWO_LEVELS, 100, 1000, 64 * MB, 1 << 30, NOWHERE },
    { "one level", SOURCE_OTHER, 9, ONE_LEVEL, 100, 1000, 64 * MB, 1 << 30, NOWHERE },
    { "81000 elements: 653 < 687 us", SOURCE_DEFLATE, 0, TWO_LEVELS, 9, 1000, 64 * MB, 1 << 30, NOWHERE },
    { "100000 elements: 806 > 790 us", SOURCE_DEFLATE, 0, TWO_LEVELS, 10, 1000, 64 * MB, 1 << 30, PLACE_MEMORY },
    { "crumbs in scratch", SOURCE_DEFLATE, 0, TWO_LEVELS, 100, 10, 64 * MB, 1 << 30, NOWHERE },
};

typedef struct world { graph *g; node *made[64]; int n; } world;

/* Owned by the world from here on. */
static node *own(world *w, node *n, const sharr_error *err)
{
    if (!n)
        tap_diag("%s", err->text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    return w->made[w->n++] = n;
}

static node *call(world *w, const char *name, node *a, node *b)
{
    sharr_error err = { 0 };
    operand o[2] = { { .n = a }, { .n = b } };
    return own(w, build_op(w->g, op_find(name, strlen(name)), o, b ? 2 : 1, &err), &err);
}

static node *mean(world *w, node *x)
{
    sharr_error err = { 0 };
    reduce_args r = { .all_axes = true };
    return own(w, build_reduce(w->g, op_find("mean", 4), x, &r, &err), &err);
}

static node *anomaly(world *w, node *y)
{
    return call(w, "subtract", y, mean(w, y));
}

static node *ask(world *w, enum form form, node *x, node *y)
{
    sharr_error err = { 0 };
    index_item first[3] = { { .kind = INDEX_SLICE, .has_stop = true, .stop = 10 }, { .kind = INDEX_SLICE },
                            { .kind = INDEX_SLICE } };
    switch (form) {
    case WITH_X:
        return call(w, "add", anomaly(w, y), x);
    case A_SLICE:
        return call(w, "subtract", own(w, build_index(w->g, y, first, 3, &err), &err), mean(w, y));
    case THREE_LEVELS:
        return call(w, "subtract", y, mean(w, anomaly(w, y)));
    case ONE_LEVEL:
        return mean(w, y);
    default:
        return anomaly(w, y);
    }
}

static int place_of(const plan *p, const node *y, bool *other)
{
    int place = NOWHERE;
    for (int i = 0; i < p->narrays; i++)
        if (p->array[i].kept && p->array[i].node == y)
            place = (int)p->array[i].place;
        else if (p->array[i].kept)
            *other = true;
    return place;
}

static plan *plan_case(const keep_case *c, const node *z, int ranks, int workers)
{
    sharr_error err = { 0 };
    plan_options o = { .memory = c->memory, .workers = workers, .ranks = ranks, .scratch = c->scratch,
                       .costs = plan_support_costs };
    request q = { .name = "z", .node = z, .to_file = true };
    plan *p = plan_new(&q, 1, &o, &err);
    if (!p)
        tap_diag("%s", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    return p;
}

static void both_sides_of_the_rule(void)
{
    static const char *const functions[] = { "exp", "sin", "cos", "log", "tanh", "tan" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const keep_case *c = &cases[i];
        world w = { .g = graph_new() };
        sharr_error err = { 0 };
        source s = { .name = "x", .type = SHARR_FLOAT32, .ndim = 3, .chunked = true, .decode = c->decode,
                     .shape = { c->rows, c->rows, 1000 }, .chunk = { min_i64(10, c->rows), c->rows, c->chunk } };
        node *x = own(&w, node_source(w.g, &s, &err), &err), *y = c->functions ? x : call(&w, "add", x, x);
        for (int k = 0; k < c->functions; k++)
            y = call(&w, functions[k % 6], y, NULL);
        node *z = ask(&w, c->form, x, y);
        for (int ranks = 1; ranks <= 3; ranks += 2)
            for (int workers = 1; workers <= 2; workers++) {
                plan *p = plan_case(c, z, ranks, workers);
                bool other = false;
                int place = place_of(p, y, &other);
                TAP_CHECK(place == c->place && !other, "%s: %d, not %d%s", c->what, place, c->place, other ? "; and more" : "");
                TAP_CHECK(p->memory <= c->memory, "%s: %lld bytes", c->what, (long long)p->memory);
                plan_free(p);
            }
        while (w.n)
            node_unref(w.made[--w.n]);
        CU_ASSERT_EQUAL(graph_live(w.g), 0);
        graph_free(w.g);
    }
}

/* Kept: x is decoded by one sweep only, and every later sweep reads y instead. */
static void the_source_is_decoded_once(void)
{
    keep_case c = { .what = "", .memory = 64 * MB, .scratch = 1 << 30 };
    world w = { .g = graph_new() };
    sharr_error err = { 0 };
    source s = { .name = "x", .type = SHARR_FLOAT32, .ndim = 3, .chunked = true, .decode = SOURCE_DEFLATE,
                 .shape = { 100, 100, 1000 }, .chunk = { 10, 100, 1000 } };
    node *x = own(&w, node_source(w.g, &s, &err), &err), *y = call(&w, "add", x, x), *z = ask(&w, THREE_LEVELS, x, y);
    plan *p = plan_case(&c, z, 1, 2);
    int64_t decodes = 0;
    int readers = 0;
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nfetch; k++) {
            const plan_array *a = &p->array[p->sweep[i].fetch[k].array];
            decodes += a->place == PLACE_SOURCE ? p->sweep[i].decodes : 0;
            readers += a->kept;
            TAP_CHECK(!a->kept || a->sweep < i, "sweep %d reads what sweep %d makes", i, a->sweep);
        }
    CU_ASSERT_EQUAL(decodes, 10);
    CU_ASSERT_EQUAL(readers, 3);
    plan_free(p);
    while (w.n)
        node_unref(w.made[--w.n]);
    graph_free(w.g);
}

/* A margin of half as much again, and the cost of a sweep (250 microseconds). */
static void the_margin(void)
{
    CU_ASSERT_TRUE(keep_pays(&(keep_weight){ 1750001, 1e6 }));
    CU_ASSERT_FALSE(keep_pays(&(keep_weight){ 1749999, 1e6 }));
}

static const tap_test tests[] = {
    { "the margin", the_margin },
    { "both sides of the rule", both_sides_of_the_rule },
    { "the source is decoded once", the_source_is_decoded_once },
};
TAP_MAIN("keep", tests)
