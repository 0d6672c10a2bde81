/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Integer helpers at their edges, and division against its definition.
 */
#include "base/checked.h"

#include "support/tap_cunit.h"

static void overflow_is_seen(void)
{
    static const struct {
        int64_t a, b;
        bool mul, add;
    } rows[] = {
        {0, INT64_MAX, true, true},         {1, INT64_MAX, true, false},
        {2, INT64_MAX, false, false},       {-1, INT64_MIN, false, false},
        {INT64_MIN, 1, true, true},         {3037000499, 3037000499, true, true},
        {3037000500, 3037000500, false, true}, {-2, 1LL << 62, true, true},
        {2, 1LL << 62, false, true},        {INT64_MIN, INT64_MIN, false, false},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        int64_t r;
        TAP_CHECK(mul_i64(rows[i].a, rows[i].b, &r) == rows[i].mul, "row %d", i);
        TAP_CHECK(add_i64(rows[i].a, rows[i].b, &r) == rows[i].add, "row %d", i);
    }
    size_t s;
    CU_ASSERT_TRUE(mul_size(SIZE_MAX / 2, 2, &s));
    CU_ASSERT_FALSE(mul_size(SIZE_MAX / 2 + 1, 2, &s));
}

static void division_keeps_its_definition(void)
{
    for (int64_t a = -30; a <= 30; a++)
        for (int64_t b = 1; b <= 9; b++) {
            int64_t q = floor_div(a, b), m = floor_mod(a, b);
            TAP_CHECK(q * b + m == a && m >= 0 && m < b, "%lld / %lld", (long long)a, (long long)b);
            if (a < 0)
                continue;
            TAP_CHECK(ceil_div(a, b) * b >= a && (ceil_div(a, b) - 1) * b < a, "%lld / %lld",
                      (long long)a, (long long)b);
            CU_ASSERT_EQUAL(round_up(a, b), ceil_div(a, b) * b);
        }
    CU_ASSERT_EQUAL(floor_div(INT64_MIN, 1), INT64_MIN);
    CU_ASSERT_EQUAL(floor_mod(INT64_MIN, 3), 1);        /* -2^63 = 3 * -3074457345618258603 + 1 */
    CU_ASSERT_EQUAL(ceil_div(INT64_MAX, 2), INT64_C(4611686018427387904));
}

static void gcd_of_everything(void)
{
    static const struct {
        int64_t a, b, gcd;
    } rows[] = {
        {0, 0, 0},   {0, 7, 7},    {7, 0, 7},   {12, 18, 6},  {18, 12, 6},  {-12, 18, 6},
        {12, -18, 6}, {-4, -6, 2}, {17, 5, 1},  {1 << 20, 48, 16}, {INT64_MAX, 7, 7},
        {INT64_MIN, 6, 2},         {INT64_MIN, INT64_MAX, 1},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++)
        TAP_CHECK(gcd_i64(rows[i].a, rows[i].b) == rows[i].gcd, "row %d: %lld", i,
                  (long long)gcd_i64(rows[i].a, rows[i].b));
    CU_ASSERT(gcd_i64(INT64_MIN, 0) > 0);
    CU_ASSERT(gcd_i64(INT64_MIN, INT64_MIN) > 0);
}

static const tap_test tests[] = {
    {"overflow is seen", overflow_is_seen},
    {"division keeps its definition", division_keeps_its_definition},
    {"gcd of everything", gcd_of_everything},
};
TAP_MAIN("checked", tests)
