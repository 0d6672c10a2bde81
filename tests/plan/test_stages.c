/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Stages: where they stand among the sweeps, what they read, that ranks divide all of it and nothing twice, and that
 * memory is kept or refused with a figure.
 */
#include "plan/stages.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "expr/op_call.h"
#include "plan/plan_support.h"
#include "support/tap_cunit.h"

typedef struct world { graph *g; source src[4]; int n; } world;

static node *dataset(world *w, dtype t, int ndim, const int64_t *shape)
{
    source *s = &w->src[w->n];
    *s = (source){ .id = w->n++, .name = "x", .type = t, .ndim = ndim, .chunked = true };
    for (int d = 0; d < ndim; d++) {
        s->shape[d] = shape[d];
        s->chunk[d] = shape[d] < 1 ? 1 : shape[d] < 10 ? shape[d] : 10;
    }
    s->chunk[ndim - 1] = shape[ndim - 1] < 10000 ? s->shape[ndim - 1] + (s->shape[ndim - 1] == 0) : 10000;
    sharr_error err = { 0 };
    node *n = node_source(w->g, s, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    return n;
}

/* op(x, [y,] axis=axis); axis -99: none */
static node *call(world *w, const char *op, node *x, node *y, int64_t axis)
{
    sharr_error err = { 0 };
    op_arg arg[3] = { { .kind = OP_ARG_OPERAND, .a = operand_of(x) } };
    int n = 1;
    if (y)
        arg[n++] = (op_arg){ .kind = OP_ARG_OPERAND, .a = operand_of(y) };
    if (axis > -99)
        arg[n++] = (op_arg){ .name = "axis", .kind = OP_ARG_OPERAND, .a = operand_int(axis) };
    node *r = op_call(w->g, op_find(op, strlen(op)), arg, n, &err);
    if (!r)
        tap_diag("%s: %s", op, err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r);
    return r;
}

static plan *make(node *const *value, int n, int64_t memory, int workers, int ranks, sharr_error *err)
{
    static request q[4];
    plan_options o = { .memory = memory, .workers = workers, .ranks = ranks, .scratch = (int64_t)1 << 50,
                       .costs = plan_support_costs };
    for (int i = 0; i < n; i++)
        q[i] = (request){ .name = "r", .node = value[i], .to_file = true };
    return plan_new(q, n, &o, err);
}

static void give(world *w, node *const *list, int n)
{
    for (int i = 0; i < n; i++)
        node_unref(list[i]);
    CU_ASSERT_EQUAL(graph_live(w->g), 0);
    graph_free(w->g);
}

/* sort(sum of x over one axis) - running sums of it: what a stage reads is there before it runs. */
static void stages_come_after_the_sweeps_that_feed_them(void)
{
    world w = { .g = graph_new() };
    const int64_t shape[2] = { 3000, 4000 };
    node *x = dataset(&w, SHARR_FLOAT64, 2, shape), *total = call(&w, "sum", x, NULL, 0), *s = call(&w, "sort", total, NULL, 0);
    node *c = call(&w, "cumulative_sum", s, NULL, 0), *y = call(&w, "subtract", c, s, -99), *m = call(&w, "argsort", x, NULL, 1);
    node *wanted[2] = { y, m };
    sharr_error err = { 0 };
    plan *p = make(wanted, 2, 32 << 20, 2, 1, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(p->nstages, 3);
    for (int i = 0; i < p->nstages; i++) {
        const stage *t = &p->stage[i];
        CU_ASSERT_TRUE(i == 0 || p->stage[i - 1].level <= t->level);
        for (int k = 0; k < t->nin; k++) {
            const plan_array *a = &p->array[t->in[k]];
            CU_ASSERT_EQUAL(t->read[k].direct, a->place == PLACE_SOURCE);
            CU_ASSERT_TRUE(a->sweep < 0 || p->sweep[a->sweep].level <= t->level);
            CU_ASSERT_TRUE(a->stage < 0 || (a->stage < i && p->stage[a->stage].level < t->level));
        }
        CU_ASSERT_EQUAL(p->array[t->out[0]].stage, i);
    }
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nfetch; k++) {
            const plan_array *a = &p->array[p->sweep[i].fetch[k].array];
            CU_ASSERT_TRUE(a->stage < 0 || p->stage[a->stage].level < p->sweep[i].level);
        }
    plan_free(p);
    node *all[6] = { x, total, s, c, y, m };
    give(&w, all, 6);
}

static bool shares_divide(const stage *s, int ranks)
{
    int64_t next = 0, all = 1, sum = 0;
    for (int d = 0; d < 3; d++)
        all *= s->lines.n[d];
    for (int r = 0; r < ranks; r++) {
        box b = stage_share(s, r, ranks);
        if (b.start[s->lines.split] != next || b.start[s->lines.split] % s->lines.piece[s->lines.split])
            return false;
        next += b.count[s->lines.split];
        sum += box_size(&b);
    }
    return next == s->lines.n[s->lines.split] && sum == all;
}

static void check_plan(node *n, int64_t memory, int workers, int ranks)
{
    sharr_error err = { 0 };
    plan *p = make(&n, 1, memory, workers, ranks, &err);
    if (!p) {
        TAP_CHECK(err.status == SHARR_ERESOURCE && strstr(err.text, "bytes"), "%lld bytes: %s", (long long)memory, err.text);
        return;
    }
    TAP_CHECK(p->memory <= memory, "%lld of %lld", (long long)p->memory, (long long)memory);
    for (int i = 0; i < p->nstages; i++) {
        const stage *s = &p->stage[i];
        TAP_CHECK(shares_divide(s, ranks) && s->workers >= 1 && s->workers <= workers && s->memory + p->step[s->step].resident <= memory,
                  "stage %d of %d ranks, %d workers, %lld bytes", i, ranks, workers, (long long)memory);
    }
    plan_free(p);
}

static void memory_and_shares_hold_for_all_shapes(void)
{
    static const int64_t shapes[][3] = { { 1, 1, 40000000 }, { 40000000, 1, 1 }, { 3, 5000000, 2 }, { 3000, 40, 300 },
                                         { 2000000, 2, 3 }, { 1, 1, 7 }, { 5, 0, 3 }, { 0, 4, 4 } };
    static const char *const ops[] = { "sort", "argsort", "cumulative_sum", "cumulative_prod", "take", "searchsorted" };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t o = 0; o < sizeof ops / sizeof *ops; o++) {
            world w = { .g = graph_new() };
            const int64_t many[1] = { 700000 };
            bool search = o == 5, two = o == 4 || search;
            node *x = dataset(&w, SHARR_FLOAT64, 3, shapes[i]);
            node *k = two ? dataset(&w, search ? SHARR_FLOAT64 : SHARR_INT64, 1, many) : NULL;
            node *n = call(&w, ops[o], search ? k : x, search ? x : k, search ? -99 : (int64_t)(i + o) % 3);
            for (int64_t memory = 1 << 20; memory <= (int64_t)1 << 36; memory *= 8)
                for (int ranks = 1; ranks <= 40; ranks = 3 * ranks + 1)
                    for (int workers = 1; workers <= 16; workers *= 4)
                        check_plan(n, memory, workers, ranks);
            node *all[3] = { n, x, k };
            give(&w, all, two ? 3 : 2);
        }
}

/* 10 times the memory must do, whatever the length of a line. */
static void ten_times_the_memory_is_enough(void)
{
    static const char *const ops[] = { "sort", "argsort", "cumulative_sum" };
    for (int64_t memory = 16 << 20; memory <= (int64_t)16 << 30; memory *= 32)
        for (int o = 0; o < 3; o++)
            for (int lines = 0; lines < 2; lines++) {
                world w = { .g = graph_new() };
                const int64_t n = 10 * memory / 8, shape[2] = { lines ? 1000 : 1, lines ? n / 1000 : n };
                node *x = dataset(&w, SHARR_FLOAT64, 2, shape), *y = call(&w, ops[o], x, NULL, 1);
                for (int ranks = 1; ranks <= 3; ranks++) {
                    sharr_error err = { 0 };
                    plan *p = make(&y, 1, memory, 4, ranks, &err);
                    TAP_CHECK(p != NULL, "%s of %lld elements in %lld bytes, %d ranks: %s", ops[o], (long long)n, (long long)memory,
                              ranks, err.text);
                    plan_free(p);
                }
                node *all[2] = { y, x };
                give(&w, all, 2);
            }
}

typedef struct direct_case {
    const char *op;
    int64_t axis, shape[3], chunk[3], memory;
    int64_t decodes;            /* of the stage; 0: it reads a copy */
} direct_case;

/* What is decoded once is read from the chunks, at any number of ranks; what would be again and again is copied. */
static const direct_case direct_cases[] = {
    { "sort", 2, { 40, 60, 1000 }, { 1, 60, 1000 }, 64 << 20, 40 },             /* chunks are stacks of lines */
    { "sort", 2, { 40, 60, 1000 }, { 10, 10, 100 }, 64 << 20, 4 * 6 * 10 },     /* a row of chunks is whole lines */
    { "sort", 2, { 40, 61, 1000 }, { 1, 10, 100 }, 64 << 20, 40 * 7 * 10 },     /* which do not end with a chunk */
    { "sort", 0, { 4000, 60, 1000 }, { 1, 60, 1000 }, 64 << 20, 0 },            /* each chunk has a bit of all lines */
    { "cumulative_sum", 0, { 4000, 64, 100 }, { 8, 64, 100 }, 64 << 20, 500 },
    { "cumulative_sum", 2, { 400, 64, 10000 }, { 40, 64, 100 }, 16 << 20, 1000 },
    { "cumulative_sum", 2, { 400, 64, 100000 }, { 400, 8, 100 }, 16 << 20, 0 },    /* a row of chunks does not fit */
    { "take", 0, { 400, 64, 100 }, { 8, 64, 100 }, 64 << 20, 0 },
};

static void check_direct(const direct_case *c, int ranks)
{
    world w = { .g = graph_new() };
    const int64_t few[1] = { 7 };
    node *x = dataset(&w, SHARR_FLOAT64, 3, c->shape), *i = strcmp(c->op, "take") ? NULL : dataset(&w, SHARR_INT64, 1, few);
    memcpy(w.src[0].chunk, c->chunk, sizeof c->chunk);
    node *y = call(&w, c->op, x, i, c->axis);
    sharr_error err = { 0 };
    plan *p = make(&y, 1, c->memory, 2, ranks, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    const stage *s = &p->stage[0];
    TAP_CHECK(s->decodes == c->decodes && s->read[0].direct == (c->decodes > 0), "%s along %d, %d ranks: %lld decodes, not %lld",
              c->op, (int)c->axis, ranks, (long long)s->decodes, (long long)c->decodes);
    TAP_CHECK(p->nsweeps == (c->decodes ? 1 : 2) + (i != NULL), "%d sweeps", p->nsweeps);
    plan_free(p);
    node *all[3] = { y, x, i };
    give(&w, all, i ? 3 : 2);
}

static void chunks_are_read_where_that_decodes_them_once(void)
{
    for (size_t k = 0; k < sizeof direct_cases / sizeof *direct_cases; k++)
        for (int ranks = 1; ranks <= 3; ranks++)
            check_direct(&direct_cases[k], ranks);
}

/* Neither a copy nor one line of chunks at a time fits: no plan that decodes each chunk for every line. */
static void chunks_are_not_decoded_for_ever(void)
{
    world w = { .g = graph_new() };
    const int64_t shape[3] = { 60, 1000, 1000 }, chunk[3] = { 60, 500, 500 };
    node *x = dataset(&w, SHARR_FLOAT32, 3, shape);
    memcpy(w.src[0].chunk, chunk, sizeof chunk);
    node *all[2] = { call(&w, "sort", x, NULL, 0), x };
    for (int64_t memory = 8; memory <= 1024; memory += memory / 8) {
        sharr_error err = { 0 };
        plan *p = make(all, 1, memory << 20, 2, 1, &err);
        TAP_CHECK(p ? p->stage[0].decodes <= 16 * 4 : err.status == SHARR_ERESOURCE, "%lld MiB: %lld decodes, %s", (long long)memory,
                  p ? (long long)p->stage[0].decodes : 0, err.text);
        CU_ASSERT(p != NULL || memory < 256);
        plan_free(p);
    }
    give(&w, all, 2);
}

/* However much memory there is: who interrupts waits for a pass over what is sorted at a time. */
static void what_is_sorted_at_a_time_is_soon_done(void)
{
    static const int64_t shapes[][3] = { { 1, 1, 1000000000 }, { 40, 1, 100000000 }, { 1, 1, 20000000000 } };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        world w = { .g = graph_new() };
        node *x = dataset(&w, SHARR_FLOAT64, 3, shapes[i]), *y = call(&w, "sort", x, NULL, 2);
        sharr_error err = { 0 };
        plan *p = make(&y, 1, (int64_t)1 << 42, 4, 1, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        int64_t run = p->stage[0].number[SORT_RUNS] ? p->stage[0].number[SORT_RUN] : INT64_MAX;
        TAP_CHECK(run <= max_i64(1 << 22, shapes[i][2] / 1024), "runs of %lld elements", (long long)run);
        plan_free(p);
        node *all[2] = { y, x };
        give(&w, all, 2);
    }
}

/* With the element before the first: the ranks' parts follow one another, whoever has none. */
static void lines_that_begin_with_an_element_are_shared_whole(void)
{
    node n = { .kind = NODE_CALL, .u.call = { .proc = PROC_CUMULATIVE_SUM, .flags = CALL_INITIAL } };
    for (int64_t length = 0; length <= 20; length++)
        for (int ranks = 1; ranks <= 9; ranks++) {
            stage s = { .node = &n, .lines = { .n = { 2, length, 3 }, .piece = { 1, 4, 3 }, .split = ALONG } };
            int64_t next = 0;
            for (int r = 0; r < ranks; r++) {
                box b = stage_result(&s, 0, r, ranks), in = stage_share(&s, r, ranks);
                TAP_CHECK(b.count[ALONG] == 0 || b.start[ALONG] == next, "%d of %d ranks, %d elements", r, ranks, (int)length);
                CU_ASSERT(in.count[ALONG] == 0 || in.start[ALONG] > 0 || b.start[ALONG] == 0);   /* who begins has it */
                next += b.count[ALONG];
            }
            CU_ASSERT_EQUAL(next, length + 1);
        }
}

static const tap_test tests[] = {
    { "lines that begin with an element are shared whole", lines_that_begin_with_an_element_are_shared_whole },
    { "what is sorted at a time is soon done", what_is_sorted_at_a_time_is_soon_done },
    { "chunks are read where that decodes them once", chunks_are_read_where_that_decodes_them_once },
    { "chunks are not decoded for ever", chunks_are_not_decoded_for_ever },
    { "stages come after the sweeps that feed them", stages_come_after_the_sweeps_that_feed_them },
    { "memory and shares hold for all shapes", memory_and_shares_hold_for_all_shapes },
    { "ten times the memory is enough", ten_times_the_memory_is_enough },
};
TAP_MAIN("stages", tests)
