/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Plans: which sweeps there are, that nothing that fixes bits depends on memory, threads or
 * ranks, and that the memory promise is kept or refused with a figure.
 */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "expr/build.h"
#include "plan/canon.h"
#include "plan/fit.h"
#include "plan/plan_support.h"
#include "support/tap_cunit.h"

typedef struct world { graph *g; source src[4]; int n; } world;

static node *dataset(world *w, int ndim, const int64_t *shape, const int64_t *chunk)
{
    source *s = &w->src[w->n];
    *s = (source){ .id = w->n++, .name = "x", .type = SHARR_FLOAT32, .ndim = ndim, .chunked = true };
    memcpy(s->shape, shape, (size_t)ndim * sizeof *shape);
    memcpy(s->chunk, chunk, (size_t)ndim * sizeof *chunk);
    sharr_error err = { 0 };
    node *n = node_source(w->g, s, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    return n;
}

static node *reduce(world *w, const char *name, node *x, int64_t axis)
{
    sharr_error err = { 0 };
    reduce_args r = { .all_axes = axis < 0, .naxes = 1, .axis = { axis < 0 ? 0 : axis } };
    node *n = build_reduce(w->g, op_find(name, strlen(name)), x, &r, &err);
    if (!n)
        tap_diag("%s", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    return n;
}

static node *binary(world *w, const char *name, node *a, node *b)
{
    sharr_error err = { 0 };
    operand o[2] = { { .n = a }, { .n = b } };
    node *n = build_op(w->g, op_find(name, strlen(name)), o, 2, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    return n;
}

static plan *make(const request *q, int n, int64_t memory, int workers, int ranks, sharr_error *err)
{
    plan_options o = { .memory = memory, .workers = workers, .ranks = ranks, .scratch = (int64_t)1 << 50,
                       .costs = plan_support_costs };
    return plan_new(q, n, &o, err);
}

static const int64_t SHAPE[3] = { 200, 300, 400 }, CHUNK[3] = { 10, 60, 100 };

static void one_sweep_serves_all_of_a_level(void)
{
    world w = { .g = graph_new() };
    node *x = dataset(&w, 3, SHAPE, CHUNK), *m = reduce(&w, "mean", x, 0), *sd = reduce(&w, "std", x, 0);
    node *lo = reduce(&w, "min", x, -1), *an = binary(&w, "subtract", x, m);
    request q[3] = { { .name = "an", .node = an, .to_file = true }, { .name = "sd", .node = sd, .to_file = true },
                     { .name = "lo", .node = lo, .to_file = true } };
    sharr_error err = { 0 };
    plan *p = make(q, 3, 256 << 20, 2, 1, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(p->sweep[0].level, 0);
    CU_ASSERT_EQUAL(p->sweep[0].nreds, 3);
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nfetch; k++)
            if (p->array[p->sweep[i].fetch[k].array].place == PLACE_SOURCE)
                TAP_CHECK(p->sweep[i].level < 2 && p->sweep[i].decodes == 20 * 5 * 4, "sweep %d decodes %lld", i,
                          (long long)p->sweep[i].decodes);
    plan_free(p);
    node *all[] = { x, m, sd, lo, an };
    for (int i = 0; i < 5; i++)
        node_unref(all[i]);
    CU_ASSERT_EQUAL(graph_live(w.g), 0);
    graph_free(w.g);
}

static bool same_order(const plan *a, const plan *b)
{
    for (int i = 0; i < a->nsweeps; i++)
        for (int k = 0; k < a->sweep[i].nreds; k++) {
            const sweep_reduce *r = &a->sweep[i].reduce[k], *found = NULL;
            const sweep *in = NULL;
            for (int j = 0; j < b->nsweeps; j++)
                for (int l = 0; l < b->sweep[j].nreds; l++)
                    if (b->sweep[j].reduce[l].node == r->node) {
                        found = &b->sweep[j].reduce[l];
                        in = &b->sweep[j];
                    }
            if (!found || found->group != r->group || found->group_dim != r->group_dim || found->ngroups != r->ngroups ||
                !chunkgrid_equal(&in->tiles, &a->sweep[i].tiles))
                return false;
        }
    return true;
}

static void the_order_of_sums_depends_on_nothing_else(void)
{
    world w = { .g = graph_new() };
    int64_t shape2[2] = { 300, 400 }, chunk2[2] = { 70, 33 };
    node *x = dataset(&w, 3, SHAPE, CHUNK), *y = dataset(&w, 2, shape2, chunk2), *z = binary(&w, "multiply", x, y);
    node *r[4] = { reduce(&w, "sum", z, -1), reduce(&w, "var", z, 0), reduce(&w, "mean", z, 1), reduce(&w, "prod", z, 2) };
    request q[4];
    for (int i = 0; i < 4; i++)
        q[i] = (request){ .node = r[i], .to_file = true, .name = "r" };
    sharr_error err = { 0 };
    plan *ref = make(q, 4, (int64_t)1 << 30, 1, 1, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ref);
    for (int ranks = 1; ranks <= 64; ranks = ranks * 3 / 2 + 1)
        for (int workers = 1; workers <= 8; workers *= 2)
            for (int64_t mem = 16 << 20; mem <= 256 << 20; mem *= 4) {
                plan *p = make(q, 4, mem, workers, ranks, &err);
                if (!TAP_CHECK(p != NULL, "%d ranks, %d workers, %lld bytes: %s", ranks, workers, (long long)mem, err.text))
                    continue;
                TAP_CHECK(same_order(ref, p), "%d ranks, %d workers, %lld bytes", ranks, workers, (long long)mem);
                TAP_CHECK(p->memory <= mem, "%lld of %lld", (long long)p->memory, (long long)mem);
                plan_free(p);
            }
    plan_free(ref);
    for (int i = 0; i < 4; i++)
        node_unref(r[i]);
    node_unref(x);
    node_unref(y);
    node_unref(z);
    graph_free(w.g);
}

static void too_little_memory_is_refused_with_the_figure(void)
{
    world w = { .g = graph_new() };
    node *x = dataset(&w, 3, SHAPE, CHUNK), *y = binary(&w, "add", x, x);
    request q = { .name = "y", .node = y, .to_file = true };
    sharr_error err = { 0 };
    plan *p = make(&q, 1, 100000, 2, 1, &err);
    CU_ASSERT_PTR_NULL(p);
    CU_ASSERT_EQUAL(err.status, SHARR_ERESOURCE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "bytes"));
    plan_free(p);
    node_unref(x);
    node_unref(y);
    graph_free(w.g);
}

static void unlike_chunks_are_copied_rather_than_decoded_again(void)
{
    world w = { .g = graph_new() };
    int64_t shape[2] = { 3000, 3000 }, rows[2] = { 1, 3000 }, columns[2] = { 3000, 1 };
    node *x = dataset(&w, 2, shape, rows), *y = dataset(&w, 2, shape, columns), *z = binary(&w, "add", x, y);
    request q = { .name = "z", .node = z, .to_file = true };
    sharr_error err = { 0 };
    plan *p = make(&q, 1, 16 << 20, 2, 1, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nfetch; k++)
            if (p->array[p->sweep[i].fetch[k].array].place == PLACE_SOURCE)
                TAP_CHECK(fit_amplification(p, &p->sweep[i], &p->sweep[i].fetch[k]) <= 2.0, "sweep %d", i);
    plan_free(p);
    node_unref(x);
    node_unref(y);
    node_unref(z);
    graph_free(w.g);
}

static node *transposed_flat(world *w, int64_t n)
{
    sharr_error err = { 0 };
    int64_t square[2] = { n, n }, flat[1] = { n * n }, turn[2] = { 1, 0 };
    node *all[4] = { dataset(w, 1, flat, (int64_t[]){ 1 << 18 }) };
    all[1] = build_reshape(w->g, all[0], 2, square, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(all[1]);
    all[2] = build_permute(w->g, all[1], turn, 2, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(all[2]);
    all[3] = build_reshape(w->g, all[2], 1, flat, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(all[3]);
    for (int i = 0; i < 3; i++)
        node_unref(all[i]);
    return all[3];
}

/* However large, in the same memory, each array read about once; contiguous runs on both sides. */
static void scratch_is_transposed_in_squares(void)
{
    sharr_error err = { 0 };
    for (int64_t n = 4096; n <= (int64_t)1 << 20; n *= 16) {
        world w = { .g = graph_new() };
        node *y = transposed_flat(&w, n);
        request q = { .name = "y", .node = y, .to_file = true };
        plan *p = make(&q, 1, 32 << 20, 2, 2, &err);
        if (TAP_CHECK(p != NULL, "%lld: %s", (long long)n, err.text)) {
            TAP_CHECK(p->memory <= 32 << 20, "%lld: %lld bytes", (long long)n, (long long)p->memory);
            for (int i = 0; i < p->nsweeps; i++)
                TAP_CHECK(p->sweep[i].decodes <= 2 * p->sweep[i].chunks_needed, "%lld, sweep %d: %lld of %lld", (long long)n, i,
                          (long long)p->sweep[i].decodes, (long long)p->sweep[i].chunks_needed);
            plan_free(p);
        }
        node_unref(y);
        graph_free(w.g);
    }
}

/* What is copied to scratch in chunk order would be written row of a chunk by row: tiles are as wide as the array. */
static void scratch_is_written_in_long_runs(void)
{
    world w = { .g = graph_new() };
    sharr_error err = { 0 };
    int64_t shape[3] = { 1440, 360, 720 }, chunk[3] = { 31, 180, 180 }, other[3] = { 1080, 480, 720 };
    node *x = dataset(&w, 3, shape, chunk), *y = build_reshape(w.g, x, 3, other, &err);
    request q = { .name = "y", .node = y, .to_file = true };
    plan *p = make(&q, 1, 256 << 20, 2, 1, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    const sweep *s = &p->sweep[0];
    CU_ASSERT(p->nsweeps == 2 && p->array[s->output[0].target].place == PLACE_SCRATCH);
    CU_ASSERT_EQUAL(s->tiles.cell[2], 720);
    CU_ASSERT_EQUAL(s->decodes, s->chunks_needed);
    plan_free(p);
    node_unref(x);
    node_unref(y);
    graph_free(w.g);
}

/* Days of hours in chunks of 31 hours: pieces of five days (15 MiB), each chunk between two of them for both.  With little
 * memory, pieces of one day. */
static void chunks_across_days_are_read_in_pieces(void)
{
    for (int ranks = 1; ranks <= 64; ranks = ranks * 2 + ranks % 3) {
        world w = { .g = graph_new() };
        sharr_error err = { 0 };
        int64_t shape[3] = { 1440, 360, 720 }, chunk[3] = { 31, 180, 180 }, days[4] = { 60, 24, 360, 720 };
        node *x = dataset(&w, 3, shape, chunk), *y = build_reshape(w.g, x, 4, days, &err), *m = reduce(&w, "max", y, 1);
        request q = { .name = "m", .node = m, .to_file = true };
        for (int small = 0; small < 2; small++) {
            plan *p = make(&q, 1, small ? 24 << 20 : 256 << 20, 2, ranks, &err);
            CU_ASSERT_PTR_NOT_NULL_FATAL(p);
            const sweep *s = &p->sweep[0];
            CU_ASSERT(p->nsweeps == 2 && s->nfetch == 1 && s->fetch[0].pieces);
            CU_ASSERT(s->tiles.cell[0] == 1 && s->tiles.cell[1] == 24);
            CU_ASSERT_EQUAL(s->chunks_needed, ranks == 1 ? 47 * 8 : s->chunks_needed);
            TAP_CHECK(ranks > 1 || small || s->decodes == (47 + 11) * 8, "%lld decodes", (long long)s->decodes);
            TAP_CHECK(p->memory <= (small ? 24 << 20 : 256 << 20), "%lld bytes", (long long)p->memory);
            plan_free(p);
        }
        node_unref(x);
        node_unref(y);
        node_unref(m);
        graph_free(w.g);
    }
}

/* 10^7 chunks: the plan is as small as for one. */
static void many_chunks_cost_nothing(void)
{
    world w = { .g = graph_new() };
    int64_t shape[2] = { 100000, 100000 }, chunk[2] = { 10, 100 };
    node *x = dataset(&w, 2, shape, chunk), *m = reduce(&w, "mean", x, 0), *an = binary(&w, "subtract", x, m);
    request q = { .name = "an", .node = an, .to_file = true };
    sharr_error err = { 0 };
    plan *p = make(&q, 1, 256 << 20, 2, 4, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    TAP_CHECK(arena_bytes(p->arena) < 1 << 20, "%zu bytes", arena_bytes(p->arena));
    int64_t decodes = 0;
    for (int i = 0; i < p->nsweeps; i++)
        decodes += p->sweep[i].decodes;
    TAP_CHECK(decodes == 2 * (int64_t)10000 * 1000, "%lld", (long long)decodes);
    plan_free(p);
    node_unref(x);
    node_unref(m);
    node_unref(an);
    graph_free(w.g);
}

static void the_grid_follows_the_chunks_through_views(void)
{
    world w = { .g = graph_new() };
    sharr_error err = { 0 };
    node *x = dataset(&w, 3, SHAPE, CHUNK);
    index_item it[3] = { { .kind = INDEX_SLICE, .has_start = true, .start = 13 }, { .kind = INDEX_INT, .at = 5 },
                         { .kind = INDEX_SLICE, .has_step = true, .step = -1 } };
    node *v = build_index(w.g, x, it, 3, &err);
    chunkgrid g;
    CU_ASSERT_PTR_NOT_NULL_FATAL(v);
    CU_ASSERT_EQUAL_FATAL(canon_grid(v, &g, &err), 0);
    /* dimension 0: chunks of 10 from 13: the first border after 7 elements; cells may have grown by doubling */
    CU_ASSERT_EQUAL(g.origin[0] % 10, 7);
    CU_ASSERT_EQUAL(g.cell[0] % 10, 0);
    CU_ASSERT_EQUAL(g.origin[1] % 100, 0);
    CU_ASSERT_EQUAL(g.cell[1] % 100, 0);
    node_unref(x);
    node_unref(v);
    graph_free(w.g);
}

static void no_cell_is_a_crumb(void)
{
    /* a prime above the largest cell, twice one, and two of them */
    static const struct { int ndim; int64_t shape[2], chunk[2]; } c[] = {
        { 1, { 10485830 }, { 1048583 } }, { 1, { 9000000 }, { 2097166 } }, { 2, { 79190, 79190 }, { 7919, 7919 } },
        { 2, { 30, 4000037 }, { 3, 4000037 } }, { 1, { 1048583 }, { 1048583 } } };
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        world w = { .g = graph_new() };
        sharr_error err = { 0 };
        node *x = dataset(&w, c[i].ndim, c[i].shape, c[i].chunk);
        chunkgrid g;
        CU_ASSERT_EQUAL_FATAL(canon_grid(x, &g, &err), 0);
        int64_t n = g.cell[0] * (c[i].ndim > 1 ? g.cell[1] : 1);
        TAP_CHECK(n >= CANON_MIN_ELEMENTS && n <= CANON_MAX_ELEMENTS, "grid %zu: cells of %lld", i, (long long)n);
        node_unref(x);
        graph_free(w.g);
    }
}

/* Rows that are finished one after the other need no room for all results. */
static void results_need_not_fit_in_memory(void)
{
    world w = { .g = graph_new() };
    int64_t shape[2] = { 100000000, 8 }, chunk[2] = { 65536, 8 };
    node *x = dataset(&w, 2, shape, chunk), *y = reduce(&w, "sum", x, 1);
    request q = { .name = "y", .node = y, .to_file = true };
    sharr_error err = { 0 };
    for (int ranks = 1; ranks <= 3; ranks++) {
        plan *p = make(&q, 1, 64 << 20, 2, ranks, &err);
        if (TAP_CHECK(p != NULL, "%d ranks: %s", ranks, err.text))
            plan_free(p);
    }
    node_unref(x);
    node_unref(y);
    graph_free(w.g);
}

/* Results in memory: on one rank they are copied when they are handed over, several ranks need buffers to share them. */
static void results_in_memory_are_charged_to_the_end(void)
{
    world w = { .g = graph_new() };
    int64_t shape[2] = { 2000, 3000 }, chunk[2] = { 100, 300 }, bytes = shape[0] * shape[1] * 4;
    node *x = dataset(&w, 2, shape, chunk), *y = binary(&w, "add", x, x);
    request q = { .name = "y", .node = y };
    sharr_error err = { 0 };
    for (int ranks = 1; ranks <= 2; ranks++) {
        int64_t need = 2 * bytes;
        plan *p = make(&q, 1, 128 << 20, 1, ranks, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        TAP_CHECK(p->memory >= need, "%d ranks: %lld of %lld", ranks, (long long)p->memory, (long long)need);
        plan_free(p);
        CU_ASSERT_PTR_NULL(make(&q, 1, need - 1, 1, ranks, &err));
        CU_ASSERT_EQUAL(err.status, SHARR_ERESOURCE);
    }
    node_unref(x);
    node_unref(y);
    graph_free(w.g);
}

/* In rounds of 4 MiB, for which each of two ranks gives half. */
static void ranks_share_in_rounds(void)
{
    world w = { .g = graph_new() };
    int64_t shape[2] = { 2000, 3000 }, chunk[2] = { 100, 300 }, need = 6 << 20;
    node *x = dataset(&w, 2, shape, chunk), *y = binary(&w, "add", x, x);
    char room;
    request q = { .name = "y", .node = y, .into = &room };
    sharr_error err = { 0 };
    plan *p = make(&q, 1, 128 << 20, 1, 2, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    plan_free(p);
    p = make(&q, 1, need + (64 << 10), 1, 2, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    TAP_CHECK(p->memory >= need, "%lld of %lld", (long long)p->memory, (long long)need);
    plan_free(p);
    CU_ASSERT_PTR_NULL(make(&q, 1, need - 1, 1, 2, &err));
    CU_ASSERT_EQUAL(err.status, SHARR_ERESOURCE);
    node_unref(x);
    node_unref(y);
    graph_free(w.g);
}

static const tap_test tests[] = {
    { "results in memory are charged to the end", results_in_memory_are_charged_to_the_end },
    { "ranks share in rounds", ranks_share_in_rounds },
    { "no cell is a crumb", no_cell_is_a_crumb },
    { "results need not fit in memory", results_need_not_fit_in_memory },
    { "one sweep serves all of a level", one_sweep_serves_all_of_a_level },
    { "the order of sums depends on nothing else", the_order_of_sums_depends_on_nothing_else },
    { "too little memory is refused with the figure", too_little_memory_is_refused_with_the_figure },
    { "unlike chunks are copied rather than decoded again", unlike_chunks_are_copied_rather_than_decoded_again },
    { "scratch is written in long runs", scratch_is_written_in_long_runs },
    { "chunks across days are read in pieces", chunks_across_days_are_read_in_pieces },
    { "scratch is transposed in squares", scratch_is_transposed_in_squares },
    { "many chunks cost nothing", many_chunks_cost_nothing },
    { "the grid follows the chunks through views", the_grid_follows_the_chunks_through_views },
};
TAP_MAIN("plan", tests)
