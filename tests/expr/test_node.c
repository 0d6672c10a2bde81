/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The graph itself: sharing, release, depth, views that fold into one map,
 * verify, the canonical bytes.  Nodes are built by hand here; texts are tested in
 * test_parser.
 */
#include "expr/node.h"

#include "expr/arrays.h"
#include "expr/build.h"
#include "support/tap_cunit.h"

static arrays table;
static sharr_error err;

static node *leaf(const char *name, dtype t, int ndim, int64_t n0, int64_t n1)
{
    const int64_t shape[2] = {n0, n1};
    for (int i = 0; i < table.n; i++)
        if (strcmp(table.name[i], name) == 0)
            return node_source(table.g, &table.src[i], &err);
    return node_source(table.g, arrays_add(&table, name, t, ndim, shape), &err);
}

static void begin(void)
{
    memset(&table, 0, sizeof table);
    table.g = graph_new();
}

static void end(void)
{
    CU_ASSERT_EQUAL(graph_live(table.g), 0);
    if (graph_live(table.g) == 0)
        graph_free(table.g);
}

static node *add(node *a, node *b)
{
    return node_element(table.g, KOP_add, (node *[]){a, b}, &err);
}

static void same_nodes_are_one_and_weak(void)
{
    begin();
    node *a = leaf("a", SHARR_FLOAT64, 2, 3, 4), *b = leaf("b", SHARR_FLOAT64, 2, 3, 4);
    node *x = add(a, b), *y = add(a, b), *z = add(b, a);
    CU_ASSERT_PTR_EQUAL(x, y);
    CU_ASSERT_PTR_NOT_EQUAL(x, z);
    CU_ASSERT_EQUAL(graph_live(table.g), 4);
    node_unref(x);
    CU_ASSERT_EQUAL(graph_live(table.g), 4);
    node_unref(y);
    CU_ASSERT_EQUAL(graph_live(table.g), 3);
    x = add(a, b);                          /* the old one is gone from the table */
    CU_ASSERT_EQUAL(node_verify(x, &err), 0);
    node_unref(x);
    node_unref(z);
    node_unref(a);
    node_unref(b);
    end();
}

static void constants_are_shared_by_bits(void)
{
    begin();
    scalar v[4] = {{.f64 = 0.0}, {.f64 = -0.0}, {.f64 = 0.0}, {.f64 = 1.0}};
    node *n[4];
    v[2].bits[1] = 99;                      /* not part of a float64 */
    for (int i = 0; i < 4; i++)
        n[i] = node_const(table.g, SHARR_FLOAT64, v[i], &err);
    CU_ASSERT_PTR_EQUAL(n[0], n[2]);
    CU_ASSERT_PTR_NOT_EQUAL(n[0], n[1]);
    CU_ASSERT_PTR_NOT_EQUAL(n[0], n[3]);
    node *f = node_cast(table.g, n[3], SHARR_INT8, &err);
    CU_ASSERT_EQUAL(f->kind, NODE_CONST);
    CU_ASSERT_EQUAL(f->u.value.i8, 1);
    node_unref(f);
    for (int i = 0; i < 4; i++)
        node_unref(n[i]);
    end();
}

/* a + a + a + ... + a, a million deep: no recursion anywhere. */
static void a_deep_graph(void)
{
    enum { DEPTH = 1000000 };
    begin();
    node *a = leaf("a", SHARR_FLOAT32, 1, 8, 0), *x = node_ref(a);
    for (int i = 0; i < DEPTH; i++) {
        node *y = add(x, a);
        node_unref(x);
        x = y;
    }
    CU_ASSERT_EQUAL(graph_live(table.g), DEPTH + 1);
    CU_ASSERT_EQUAL(node_verify(x, &err), 0);
    strbuf text = {0}, bytes = {0};
    node_print(x, 40, &text);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&text), "a + a + a + a + a + a + a + a + a + a + ...");
    CU_ASSERT_EQUAL(node_serialise(&x, 1, &bytes, &err), 0);
    CU_ASSERT(bytes.len > (size_t)DEPTH * 50);
    strbuf_fini(&text);
    strbuf_fini(&bytes);
    node_unref(a);
    node_unref(x);
    end();
}

/* The other way round: the text must descend to the right. */
static void a_deep_graph_to_the_right(void)
{
    begin();
    node *a = leaf("a", SHARR_FLOAT32, 1, 8, 0), *x = node_ref(a);
    for (int i = 0; i < 100000; i++) {
        node *y =
            node_element(table.g, i % 2 ? KOP_sub : KOP_exp, (node *[]){i % 2 ? a : x, x}, &err);
        node_unref(x);
        x = y;
    }
    strbuf text = {0};
    node_print(x, 30, &text);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&text), "a - exp(a - exp(a - exp(a - ex...");
    strbuf_fini(&text);
    node_unref(a);
    node_unref(x);
    end();
}

/* ---- views ---- */

static node *flip(node *x)
{
    return build_flip(table.g, x, NULL, -1, &err);
}

static void chains_of_views_are_one_map(void)
{
    begin();
    node *a = leaf("a", SHARR_INT32, 2, 6, 4);
    node *f = flip(a), *ff = flip(f);
    CU_ASSERT_PTR_EQUAL(ff, a);
    const int64_t swap[2] = {1, 0}, one = 1, zero = 0;
    node *p = build_permute(table.g, f, swap, 2, &err);
    CU_ASSERT_PTR_EQUAL(p->in[0], a);
    CU_ASSERT_EQUAL(p->u.map->npieces, 1);
    node *r = build_roll(table.g, p, &one, &zero, 1, &err);
    CU_ASSERT_PTR_EQUAL(r->in[0], a);
    CU_ASSERT_EQUAL(r->u.map->npieces, 2);
    node *c = build_concat(table.g, (node *[]){r, p, r}, 3, 1, false, &err);
    CU_ASSERT_EQUAL(c->nin, 1);             /* each input once */
    CU_ASSERT_EQUAL(c->u.map->npieces, 5);
    CU_ASSERT_EQUAL(node_verify(c, &err), 0);
    node *back[6] = {f, ff, p, r, c, a};
    for (int i = 0; i < 6; i++)
        node_unref(back[i]);
    end();
}

static void unused_inputs_leave_a_view(void)
{
    begin();
    node *a = leaf("a", SHARR_INT32, 1, 6, 0), *b = leaf("b", SHARR_INT32, 1, 6, 0);
    node *c = build_concat(table.g, (node *[]){a, b}, 2, 0, false, &err);
    const index_item second = {.kind = INDEX_SLICE, .has_start = true, .start = 6};
    node *s = build_index(table.g, c, &second, 1, &err);
    CU_ASSERT_PTR_EQUAL(s, b);
    node_unref(s);
    node_unref(c);
    node_unref(a);
    node_unref(b);
    end();
}

static void one_value_everywhere_is_one_piece(void)
{
    begin();
    const int64_t shape[2] = {5, 3}, one = 1, zero = 0;
    node *o = build_full(table.g, 2, shape, SHARR_FLOAT32, (scalar){.f32 = 1}, &err);
    CU_ASSERT(o->kind == NODE_VIEW && o->in[0]->kind == NODE_CONST);
    node *r = build_roll(table.g, o, &one, &zero, 1, &err);
    CU_ASSERT_PTR_EQUAL(r, o);
    node *d = node_cast(table.g, o, SHARR_FLOAT64, &err);
    CU_ASSERT(d->kind == NODE_VIEW && d->in[0]->kind == NODE_CONST && d->in[0]->u.value.f64 == 1);
    /* a view of nothing but fill is the constant */
    arena *mem = arena_new();
    imap *m = imap_new(mem, 2, shape, 1, 0);
    m->piece[0].src = IMAP_FILL;
    node *f = node_view(table.g, m, NULL, 0, SHARR_FLOAT32, (scalar){.f32 = 1}, &err);
    CU_ASSERT_PTR_EQUAL(f, o);
    arena_free(mem);
    node_unref(f);
    node_unref(o);
    node_unref(r);
    node_unref(d);
    end();
}

/* Shift with a fill, twice with the same fill and twice with another one. */
static node *shifted(node *x, int fill)
{
    arena *mem = arena_new();
    imap *m = imap_new(mem, 1, x->shape, 2, 1);
    m->piece[0].src = IMAP_FILL;
    m->piece[1].start[0] = 1;
    m->piece[1].count[0] = x->shape[0] - 1;
    m->piece[1].axis[0] = 0;
    m->piece[1].mul[0] = 1;
    m->piece[1].off[0] = -1;
    node *n = node_view(table.g, m, &x, 1, x->type, (scalar){.i32 = fill}, &err);
    arena_free(mem);
    return n;
}

static void unlike_fills_do_not_mix(void)
{
    begin();
    node *a = leaf("a", SHARR_INT32, 1, 6, 0), *s = shifted(a, 7), *t = shifted(s, 7),
         *u = shifted(s, 8);
    CU_ASSERT_PTR_EQUAL(t->in[0], a);
    CU_ASSERT_EQUAL(t->fill.i32, 7);
    CU_ASSERT_PTR_EQUAL(u->in[0], s);
    CU_ASSERT_EQUAL(u->fill.i32, 8);
    CU_ASSERT_EQUAL(node_verify(u, &err), 0);
    node_unref(a);
    node_unref(s);
    node_unref(t);
    node_unref(u);
    end();
}

/* 200 arrays: more than a map has pieces. */
static void a_wide_concat_is_a_tree(void)
{
    begin();
    node *a = leaf("a", SHARR_INT32, 1, 6, 0), *x[200];
    for (int i = 0; i < 200; i++)
        x[i] = i % 2 ? flip(a) : node_ref(a);
    node *c = build_concat(table.g, x, 200, 0, false, &err);
    CU_ASSERT_FATAL(c != NULL);
    CU_ASSERT_EQUAL(c->shape[0], 1200);
    CU_ASSERT_EQUAL(node_verify(c, &err), 0);
    /* four maps of 64, 64, 64 and 8 pieces; equal ones are one node */
    CU_ASSERT_EQUAL(c->nin, 2);
    for (int i = 0; i < 200; i++)
        node_unref(x[i]);
    node_unref(c);
    node_unref(a);
    end();
}

/* ---- verify, order, bytes ---- */

static void verify_finds_what_is_broken(void)
{
    begin();
    node *a = leaf("a", SHARR_INT32, 2, 6, 4), *f = flip(a), *s = add(a, f);
    node_reduce how = {.axes = 1, .op = ROP_SUM};
    node *r = node_reduction(table.g, s, &how, SHARR_INT64, &err);
    CU_ASSERT_EQUAL(node_verify(r, &err), 0);
    static const int64_t wrong[2] = {6, 5};
    const int64_t *keep = f->shape;
    f->shape = wrong;
    CU_ASSERT_EQUAL(node_verify(r, &err), SHARR_EINTERNAL);
    f->shape = keep;
    int64_t *off = (int64_t *)&f->u.map->piece[0].off[0];
    *off += 1;                              /* one position past the source */
    CU_ASSERT_EQUAL(node_verify(r, &err), SHARR_EINTERNAL);
    *off -= 1;
    s->type = SHARR_INT64;
    CU_ASSERT_EQUAL(node_verify(r, &err), SHARR_EINTERNAL);
    s->type = SHARR_INT32;
    r->u.reduce.axes = 4;
    CU_ASSERT_EQUAL(node_verify(r, &err), SHARR_EINTERNAL);
    r->u.reduce.axes = 1;
    CU_ASSERT_EQUAL(node_verify(r, &err), 0);
    CU_ASSERT_PTR_NULL(add(a, r));
    CU_ASSERT_EQUAL(err.status, SHARR_EINTERNAL);
    node *all[4] = {r, s, f, a};
    for (int i = 0; i < 4; i++)
        node_unref(all[i]);
    end();
}

static node *sample(void)
{
    node *a = leaf("a", SHARR_FLOAT64, 2, 6, 4), *b = leaf("b", SHARR_FLOAT64, 2, 6, 4);
    node *f = flip(a), *s = add(f, b), *t = add(s, s);
    node_unref(a);
    node_unref(b);
    node_unref(f);
    node_unref(s);
    return t;
}

static void inputs_come_first_and_once(void)
{
    begin();
    node *t = sample(), **order;
    size_t n;
    CU_ASSERT_EQUAL(node_order(&t, 1, &order, &n, &err), 0);
    CU_ASSERT_EQUAL(n, 5);
    const char kinds[] = {NODE_SOURCE, NODE_VIEW, NODE_SOURCE, NODE_ELEMENT, NODE_ELEMENT};
    for (size_t i = 0; i < n; i++)
        CU_ASSERT_EQUAL((int)order[i]->kind, kinds[i]);
    free(order);
    node_unref(t);
    end();
}

static void bytes_do_not_depend_on_the_process(void)
{
    strbuf one = {0}, two = {0}, other = {0};
    for (int i = 0; i < 2; i++) {
        begin();
        node *before = i ? leaf("z", SHARR_INT8, 1, 3, 0) : NULL; /* another id, other addresses */
        node *t = sample();
        if (i) {
            table.src[1].identity = 0x1000;
            table.src[2].identity = 0x1001;
        }
        CU_ASSERT_EQUAL(node_serialise(&t, 1, i ? &two : &one, &err), 0);
        if (i) {
            table.src[2].identity++;        /* another file */
            CU_ASSERT_EQUAL(node_serialise(&t, 1, &other, &err), 0);
        }
        node_unref(t);
        node_unref(before);
        end();
    }
    CU_ASSERT(one.len == two.len && memcmp(one.text, two.text, one.len) == 0);
    CU_ASSERT(one.len == other.len && memcmp(one.text, other.text, one.len) != 0);
    CU_ASSERT(memcmp(one.text, "sharrg1\n\5\0\0\0\0\0\0\0\6\0\0\0\0\0\0\0source", 30) == 0);
    strbuf_fini(&one);
    strbuf_fini(&two);
    strbuf_fini(&other);
}

static void too_large_is_an_error(void)
{
    static const struct {
        int64_t shape[2];
        const char *text;
    } rows[] = {
        {{(int64_t)1 << 40, (int64_t)1 << 40}, "more than 2^63 - 1 elements"},
        {{(int64_t)1 << 31, (int64_t)1 << 31}, "more than 2^63 - 1 bytes"},
        {{-1, 4}, "negative"},
    };
    begin();
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        node *n = build_full(table.g, 2, rows[i].shape, SHARR_FLOAT64, (scalar){.f64 = 0}, &err);
        CU_ASSERT_PTR_NULL(n);
        TAP_CHECK(err.status == SHARR_EEXPR && strstr(err.text, rows[i].text), "%s", err.text);
    }
    end();
}

static const tap_test tests[] = {
    {"equal nodes are one; the table holds no references", same_nodes_are_one_and_weak},
    {"constants are shared by their bits", constants_are_shared_by_bits},
    {"a graph a million deep is verified, printed, serialised, freed", a_deep_graph},
    {"a graph that is deep on the right prints", a_deep_graph_to_the_right},
    {"chains of views are one map over the leaves", chains_of_views_are_one_map},
    {"inputs that a view does not show are dropped", unused_inputs_leave_a_view},
    {"one value everywhere stays one piece", one_value_everywhere_is_one_piece},
    {"unlike fills do not mix", unlike_fills_do_not_mix},
    {"a concat of 200 arrays is a tree of views", a_wide_concat_is_a_tree},
    {"verify finds what is broken", verify_finds_what_is_broken},
    {"the order of nodes is depth first, from the left", inputs_come_first_and_once},
    {"the canonical bytes do not depend on the process", bytes_do_not_depend_on_the_process},
    {"arrays that cannot be counted are errors", too_large_is_an_error},
};
TAP_MAIN("node", tests)
