/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays of which each node keeps its part: every byte has one owner whose node keeps it; what a step needs is what its
 * shards touch, element by element; and it is charged.
 */
#include "plan/spread.h"

#include <string.h>

#include "base/checked.h"
#include "expr/op_call.h"
#include "plan/plan_support.h"
#include "support/tap_cunit.h"

enum { MOST_RANKS = 12, ROWS = 600, COLS = 700, PAGES = ROWS * COLS * 8 / 4096 + 1 };

static const int nodes_of_two[MOST_RANKS] = { 0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10 };
static const int mixed[MOST_RANKS] = { 0, 1, 0, 1, 0, 5, 5, 1, 0, 0, 0, 11 };

static source memory(int ndim, const int64_t *shape)
{
    source s = { .id = 3, .name = "x", .type = SHARR_FLOAT64, .ndim = ndim, .path = SOURCE_MEMORY };
    memcpy(s.shape, shape, (size_t)ndim * sizeof *shape);
    memcpy(s.chunk, shape, (size_t)ndim * sizeof *shape);
    return s;
}

/* ---- whose bytes ------------------------------------------------------------------------------ */

static void check_bounds(const source *s, int ranks, const int *nodes)
{
    int64_t bound[MOST_RANKS + 1], all = 8, next = 0;
    spread_bounds(s, ranks, bound);
    const int64_t share = spread_share(bound, nodes, ranks);
    for (int d = 0; d < s->ndim; d++)
        all *= s->shape[d];
    CU_ASSERT(bound[0] == 0 && bound[ranks] == all);
    for (int r = 0; r < ranks; r++) {
        int64_t from, to, first, end;
        spread_kept(bound, ranks, r, &from, &to);
        spread_owned(bound, r, &first, &end);
        CU_ASSERT(bound[r] <= bound[r + 1] && bound[r] % 8 == 0 && first == next);
        CU_ASSERT(first == end || (from <= first * PAGE_BYTES && to >= min_i64(all, end * PAGE_BYTES)));      /* whoever sends it has it */
        CU_ASSERT(from <= bound[r] && (bound[r] == bound[r + 1] || to >= bound[r + 1]));
        next = end;
    }
    CU_ASSERT_EQUAL(next, ceil_div(all, PAGE_BYTES));
    CU_ASSERT(share >= all / ranks && share <= all + 2 * PAGE_BYTES);
}

static void every_byte_has_an_owner(void)
{
    static const int64_t shape[][3] = { { 1, 1, 1000000 }, { 3, 5, 100003 }, { 700, 30, 40 }, { 1, 999999, 1 }, { 4, 1, 7 },
                                        { 2000000, 1, 1 } };
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        for (int ranks = 1; ranks <= MOST_RANKS; ranks++) {
            source s = memory(3, shape[i]);
            check_bounds(&s, ranks, nodes_of_two);
            check_bounds(&s, ranks, mixed);
        }
}

static void equal_parts_are_charged(void)
{
    const int64_t shape[2] = { 4096, 1024 };            /* 32 MiB: 32 cells */
    int64_t bound[MOST_RANKS + 1];
    source s = memory(2, shape);
    for (int ranks = 2; ranks <= 8; ranks *= 2) {
        spread_bounds(&s, ranks, bound);
        for (int r = 0; r <= ranks; r++)
            CU_ASSERT_EQUAL(bound[r], (int64_t)r * (32 << 20) / ranks);
        CU_ASSERT_EQUAL(spread_share(bound, nodes_of_two, ranks), (32 << 20) / ranks);
    }
}

/* ---- what is read ------------------------------------------------------------------------------ */

typedef struct world { graph *g; source src; node *x, *y; int64_t bound[MOST_RANKS + 1]; const int *nodes; int ranks; } world;

static node *call(const world *w, const char *op, node *x, int axis)
{
    sharr_error err = { 0 };
    op_arg arg[2] = { { .kind = OP_ARG_OPERAND, .a = operand_of(x) }, { .name = "axis", .kind = OP_ARG_OPERAND, .a = operand_int(axis) } };
    node *r = op_call(w->g, op_find(op, strlen(op)), arg, axis > -9 ? 2 : 1, &err);
    TAP_CHECK(r != NULL, "%s: %s", op, err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r);
    return r;
}

static plan *plan_it(const world *w, request *q, int64_t room, sharr_error *err)
{
    static double into[ROWS * COLS];
    plan_options o = { .memory = room, .workers = 1, .ranks = w->ranks, .nodes = w->nodes, .scratch = (int64_t)1 << 50,
                       .costs = plan_support_costs };
    *q = (request){ .node = w->y, .into = into };
    return plan_new(q, 1, &o, err);
}

/* Pages that a rank touches, element by element. */
static void touch(const plan *p, const sweep *s, const fetch *f, int rank, bool *page)
{
    box shard = sweep_shard(s, rank, p->options.ranks), b;
    int64_t count[SHARR_MAX_DIMS], at[SHARR_MAX_DIMS], offset[SHARR_MAX_DIMS] = { 0 };
    const source *src = &p->array[f->array].src;
    if (!sweep_windows(s, &shard, count))
        return;
    b = sweep_tiles_box(s, &shard);
    do
        for (int u = 0; u < f->nuses; u++) {
            const fetch_use *use = &f->use[u];
            bool in = true;
            for (int d = 0; d < s->ndim; d++) {
                int64_t i = b.start[d] + offset[d] - use->at.start[d];
                in = in && i >= 0 && i % use->at.step[d] == 0 && i / use->at.step[d] < use->at.count[d];
            }
            for (int k = 0; k < use->map.nsrc; k++)
                at[k] = use->map.off[k] +
                        (use->map.axis[k] < 0 ? 0 : use->map.mul[k] * (b.start[use->map.axis[k]] + offset[use->map.axis[k]]));
            if (in)
                page[shape_ravel(src->ndim, src->shape, at) * 8 / PAGE_BYTES] = true;
        }
    while (shape_next(s->ndim, b.count, offset));
}

static bool is_in(const pageset *s, int64_t page)
{
    int64_t at = page, count;
    return pageset_next(s, page + 1, &at, &count);
}

/* A node needs what its ranks touch, and nothing that it keeps.  Returns bytes of each of its ranks. */
static int64_t check_node(const plan *p, const plan_step *t, int array, int on)
{
    bool page[PAGES] = { false }, kept[PAGES] = { false };
    char room[PAGES / 8 + 8];
    const sweep *s = t->sweep;
    const pageset need = spread_needed(p, t, array, on, room);
    int64_t ranks = 0, wrong = 0;
    for (int r = 0; r < p->options.ranks; r++) {
        int64_t from, to;
        if (p->options.nodes[r] != on)
            continue;
        ranks++;
        for (int f = 0; f < s->nfetch; f++)
            touch(p, s, &s->fetch[f], r, page);
        spread_kept(p->array[array].src.bound, p->options.ranks, r, &from, &to);
        for (; from < to; from += PAGE_BYTES)
            kept[from / PAGE_BYTES] = true;
    }
    for (int64_t k = 0; k < need.n; k++)
        wrong += kept[k] ? is_in(&need, k) : page[k] && !is_in(&need, k);
    CU_ASSERT_EQUAL(wrong, 0);
    return ceil_div(pageset_count(&need) * PAGE_BYTES, ranks);
}

static void check_step(const plan *p, const plan_step *t)
{
    int64_t most = 0, read = 0;
    for (int i = 0; i < p->narrays; i++)
        for (int k = 0; k < p->options.ranks && spread_read(p, t, i); k++) {
            read++;
            most = p->options.nodes[k] == k ? max_i64(most, check_node(p, t, i, k)) : most;
        }
    CU_ASSERT_EQUAL(read, p->options.ranks);            /* one array stands for the source */
    CU_ASSERT_EQUAL(t->sweep->brought, most);
    CU_ASSERT(most == 0 || t->sweep->memory > most);
}

/* The source's table of borders is the world's. */
static void begin(world *w, int ranks, const int *nodes)
{
    static const int64_t shape[2] = { ROWS, COLS };
    sharr_error err = { 0 };
    *w = (world){ .g = graph_new(), .src = memory(2, shape), .nodes = nodes, .ranks = ranks };
    spread_bounds(&w->src, ranks, w->bound);
    w->src.bound = w->bound;
    w->x = node_source(w->g, &w->src, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w->x);
}

static const int two[2] = { 0, 1 };
static const struct { int ranks; const int *nodes; } jobs[] = { { 2, two }, { 5, mixed }, { 6, nodes_of_two } };

/* `first` of x, then (unless NULL) the other one of that. */
static void check_call(int job, const char *first, const char *then, int axis)
{
    world w;
    sharr_error err = { 0 };
    request q;
    begin(&w, jobs[job].ranks, jobs[job].nodes);
    node *y = call(&w, first, w.x, -9);
    w.y = then ? call(&w, then, y, axis) : node_ref(y);
    plan *p = plan_it(&w, &q, 64 << 20, &err);
    TAP_CHECK(p != NULL, "%s: %s", first, err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(p->nsweeps, 1);
    check_step(p, &p->step[0]);
    if (strcmp(first, "sin") || w.ranks == 2)           /* 4 cells: two ranks have theirs, more share them */
        CU_ASSERT_EQUAL(p->sweep[0].brought > 0, strcmp(first, "sin") != 0);
    plan_free(p);
    node_unref(y);
    node_unref(w.y);
    node_unref(w.x);
    CU_ASSERT_EQUAL(graph_live(w.g), 0);
    graph_free(w.g);
}

static void what_shards_touch_is_needed(void)
{
    for (int job = 0; job < 3; job++) {
        check_call(job, "flip", NULL, 0);
        check_call(job, "transpose", NULL, 0);
        check_call(job, "transpose", "flip", -9);
        check_call(job, "transpose", "sum", 1);
        check_call(job, "sin", "max", 1);
    }
}

static const tap_test tests[] = {
    { "every byte has an owner", every_byte_has_an_owner },
    { "equal parts are charged", equal_parts_are_charged },
    { "what shards touch is needed", what_shards_touch_is_needed },
};
TAP_MAIN("spread", tests)
