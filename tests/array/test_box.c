/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Boxes and shapes: tables with edge values, and set algebra checked point by
 * point on small boxes.
 */
#include "array/box.h"

#include <stdlib.h>
#include <string.h>

#include "support/tap_cunit.h"

static box make(int64_t s0, int64_t c0, int64_t s1, int64_t c1)
{
    box b = {.ndim = 2, .start = {s0, s1}, .count = {c0, c1}};
    return b;
}

static bool has(const box *b, int64_t x, int64_t y)
{
    return x >= b->start[0] && x < b->start[0] + b->count[0] && y >= b->start[1] &&
           y < b->start[1] + b->count[1];
}

static box random_box(unsigned *seed)
{
    int r[4];
    for (int i = 0; i < 4; i++)
        r[i] = rand_r(seed) % 6;
    return make(r[0] - 2, r[1], r[2] - 2, r[3]);
}

static void set_algebra_point_by_point(void)
{
    unsigned seed = 1;
    for (int n = 0; n < 2000; n++) {
        box a = random_box(&seed), b = random_box(&seed), both, hull = box_hull(&a, &b);
        bool some = false, inside = true, b_in_a = true, exact = true;
        bool said = box_intersect(&a, &b, &both);
        for (int x = -3; x < 10; x++)
            for (int y = -3; y < 10; y++) {
                bool in_a = has(&a, x, y), in_b = has(&b, x, y);
                some = some || (in_a && in_b);
                exact = exact && has(&both, x, y) == (in_a && in_b);
                inside = inside && (has(&hull, x, y) || !(in_a || in_b));
                b_in_a = b_in_a && (in_a || !in_b);
            }
        CU_ASSERT(exact && inside);
        CU_ASSERT_EQUAL(said, some);
        CU_ASSERT_EQUAL(box_empty(&both), !some);
        CU_ASSERT_EQUAL(box_contains(&a, &b), b_in_a);
        CU_ASSERT(box_contains(&hull, &a) && box_contains(&hull, &b));
    }
}

static void hull_is_the_smallest(void)
{
    box a = make(1, 2, 5, 1), b = make(7, 1, 0, 2), none = make(40, 0, 90, 3);
    box hull = box_hull(&a, &b), want = make(1, 7, 0, 6);
    CU_ASSERT(box_equal(&hull, &want));
    hull = box_hull(&a, &none);
    CU_ASSERT(box_equal(&hull, &a));
    hull = box_hull(&none, &b);
    CU_ASSERT(box_equal(&hull, &b));
}

static void a_box_without_dimensions_has_one_element(void)
{
    box a = box_of_shape(0, NULL), b;
    CU_ASSERT_EQUAL(box_size(&a), 1);
    CU_ASSERT(!box_empty(&a));
    CU_ASSERT(box_intersect(&a, &a, &b));
    CU_ASSERT(box_equal(&a, &b));
    CU_ASSERT(box_contains(&a, &b));
}

static void sizes_at_the_limit(void)
{
    static const struct {
        int ndim;
        int64_t shape[3];
        bool ok;
        int64_t size;
    } rows[] = {
        {0, {0}, true, 1},
        {1, {0}, true, 0},
        {1, {INT64_MAX}, true, INT64_MAX},
        {2, {(int64_t)1 << 40, (int64_t)1 << 40}, false, 0},
        {3, {(int64_t)1 << 40, (int64_t)1 << 40, 0}, true, 0},
        {3, {(int64_t)1 << 21, (int64_t)1 << 21, (int64_t)1 << 20}, true, (int64_t)1 << 62},
        {3, {(int64_t)1 << 21, (int64_t)1 << 21, (int64_t)1 << 21}, false, 0},
        {2, {7, 13}, true, 91},
        {1, {-1}, false, 0},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        int64_t size = -7;
        bool ok = shape_size(rows[i].ndim, rows[i].shape, &size);
        TAP_CHECK(ok == rows[i].ok, "row %d", i);
        TAP_CHECK(size == (ok ? rows[i].size : -7), "row %d: %lld", i, (long long)size);
    }
}

static void counters_walk_in_c_order(void)
{
    const int64_t shape[3] = {3, 1, 4};
    int64_t index[3] = {0}, back[3], stride[3], n = 0;
    shape_strides(3, shape, stride);
    CU_ASSERT(stride[0] == 4 && stride[1] == 4 && stride[2] == 1);
    do {
        CU_ASSERT_EQUAL(shape_ravel(3, shape, index), n);
        CU_ASSERT_EQUAL(index[0] * stride[0] + index[1] * stride[1] + index[2] * stride[2], n);
        shape_unravel(3, shape, n, back);
        CU_ASSERT(memcmp(back, index, sizeof back) == 0);
        n++;
    } while (shape_next(3, shape, index));
    CU_ASSERT_EQUAL(n, 12);
    CU_ASSERT(index[0] == 0 && index[1] == 0 && index[2] == 0);
    CU_ASSERT(!shape_next(0, NULL, NULL));
    CU_ASSERT_EQUAL(shape_ravel(0, NULL, NULL), 0);
}

static void texts(void)
{
    char out[SHAPE_TEXT];
    int64_t big[SHARR_MAX_DIMS];
    const int64_t shape[3] = {3, 4, 5};
    CU_ASSERT_STRING_EQUAL(shape_text(0, shape, out), "()");
    CU_ASSERT_STRING_EQUAL(shape_text(1, shape, out), "(3,)");
    CU_ASSERT_STRING_EQUAL(shape_text(3, shape, out), "(3, 4, 5)");
    for (int d = 0; d < SHARR_MAX_DIMS; d++)
        big[d] = INT64_MAX;
    CU_ASSERT_EQUAL(strlen(shape_text(SHARR_MAX_DIMS, big, out)), 32 * 19 + 31 * 2 + 2);
}

static const tap_test tests[] = {
    {"intersection, hull and containment agree with sets of points", set_algebra_point_by_point},
    {"the hull is the smallest box around both", hull_is_the_smallest},
    {"a box without dimensions has one element", a_box_without_dimensions_has_one_element},
    {"sizes that do not fit are noticed", sizes_at_the_limit},
    {"counters walk in C order", counters_walk_in_c_order},
    {"shapes as text", texts},
};
TAP_MAIN("box", tests)
