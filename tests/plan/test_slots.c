/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Slots of chunks: no window of any rank needs more than were counted, and an array joined from many files takes no more
 * memory than one of few.
 */
#include <stdlib.h>
#include <string.h>

#include "expr/build.h"
#include "plan/fit.h"
#include "plan/plan_support.h"
#include "support/tap_cunit.h"

enum { MANY = 400 };

typedef struct world { graph *g; source src[MANY]; node *part[MANY]; int n; node *joined; } world;

static int pick(int from, int to)
{
    return from + rand() % (to - from + 1);
}

static void add_part(world *w, int ndim, const int64_t *shape, const int64_t *chunk)
{
    sharr_error err = { 0 };
    source *s = &w->src[w->n];
    *s = (source){ .id = w->n, .name = "x", .type = SHARR_FLOAT64, .ndim = ndim, .chunked = true };
    memcpy(s->shape, shape, (size_t)ndim * sizeof *shape);
    for (int d = 0; d < ndim; d++)
        s->chunk[d] = chunk[d] < shape[d] ? chunk[d] : shape[d];
    w->part[w->n] = node_source(w->g, s, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w->part[w->n]);
    w->n++;
}

static void join(world *w, int axis)
{
    sharr_error err = { 0 };
    w->joined = build_concat(w->g, w->part, w->n, axis, false, &err);
    TAP_CHECK(w->joined != NULL, "%s", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w->joined);
}

static plan *plan_it(const world *w, request *q, int64_t memory, int ranks, sharr_error *err)
{
    plan_options o = { .memory = memory, .workers = 2, .ranks = ranks, .scratch = (int64_t)1 << 50, .costs = plan_support_costs };
    *q = (request){ .name = "y", .node = w->joined, .to_file = true };
    return plan_new(q, 1, &o, err);
}

static void give(world *w)
{
    node_unref(w->joined);
    while (w->n)
        node_unref(w->part[--w->n]);
    CU_ASSERT_EQUAL(graph_live(w->g), 0);
    graph_free(w->g);
}

/* Chunks of this window that lie in slots of `leader`. */
static int64_t in_slots(const sweep *s, int leader, const box *elements)
{
    int64_t n = 0;
    for (int f = 0; f < s->nfetch; f++) {
        box chunks;
        if (s->fetch[f].slots == leader && fetch_chunks(&s->fetch[f], elements, &chunks))
            n += box_size(&chunks);
    }
    return n;
}

/* No window needs more than there are; the most that some window needs. */
static int64_t check_windows(const sweep *s, int leader, int ranks)
{
    int64_t most = 0;
    for (int r = 0; r < ranks; r++) {
        box shard = sweep_shard(s, r, ranks);
        int64_t count[SHARR_MAX_DIMS], n = sweep_windows(s, &shard, count);
        for (int64_t k = 0; k < n; k++) {
            int64_t w[SHARR_MAX_DIMS];
            shape_unravel(s->ndim, count, k, w);
            box tiles = sweep_window(s, &shard, w), elements = sweep_tiles_box(s, &tiles);
            int64_t need = in_slots(s, leader, &elements);
            most = need > most ? need : most;
        }
    }
    TAP_CHECK(most <= s->fetch[leader].at_once, "%lld chunks at once, %lld counted", (long long)most,
              (long long)s->fetch[leader].at_once);
    return most;
}

static void no_window_needs_more(void)
{
    srand(7);
    for (int i = 0; i < 300; i++) {
        world w = { .g = graph_new() };
        request q;
        sharr_error err = { 0 };
        int axis = pick(0, 1), n = pick(1, 9), ranks = pick(1, 3);
        const int64_t wide = pick(100, 900);
        for (int k = 0; k < n; k++) {
            const int64_t shape[2] = { axis ? wide : pick(1, 900), axis ? pick(1, 900) : wide };
            const int64_t chunk[2] = { pick(10, 300), pick(10, 300) };
            add_part(&w, 2, shape, i % 2 ? chunk : (int64_t[]){ 64, 100 });
        }
        join(&w, axis);
        plan *p = plan_it(&w, &q, 64 << 20, ranks, &err);
        TAP_CHECK(p != NULL, "case %d: %s", i, err.text);
        for (int k = 0; p && k < p->nsweeps; k++)
            for (int f = 0; f < p->sweep[k].nfetch; f++)
                if (p->sweep[k].fetch[f].slots == f && !p->sweep[k].fetch[f].resident)
                    check_windows(&p->sweep[k], f, ranks);
        plan_free(p);
        give(&w);
    }
}

/* Days of a year, a file each. */
static int64_t memory_of(int files)
{
    world w = { .g = graph_new() };
    request q;
    sharr_error err = { 0 };
    const int64_t shape[3] = { 24, 721, 1440 }, chunk[3] = { 1, 721, 1440 };
    for (int i = 0; i < files; i++)
        add_part(&w, 3, shape, chunk);
    join(&w, 0);
    plan *p = plan_it(&w, &q, 256 << 20, 1, &err);
    TAP_CHECK(p != NULL, "%d files: %s", files, err.text);
    int64_t bytes = p ? p->memory : INT64_MAX;
    plan_free(p);
    give(&w);
    return bytes;
}

static void many_files_take_no_more_than_few(void)
{
    int64_t few = memory_of(4), many = memory_of(MANY);
    TAP_CHECK(many < few + few / 4, "4 files: %lld bytes, %d files: %lld", (long long)few, MANY, (long long)many);
}

static const tap_test tests[] = {
    { "no window needs more than was counted", no_window_needs_more },
    { "many files take no more than few", many_files_take_no_more_than_few },
};
TAP_MAIN("slots", tests)
