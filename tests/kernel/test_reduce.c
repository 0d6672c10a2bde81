/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reduction states: merging against values by hand and against quadruple precision,
 * the shape of the tree, identities, results.
 */
#include "kernel/reduce.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kop_ref.h"
#include "support/tap_cunit.h"

typedef __float128 quad;

/* --- variance against quadruple precision --- */

/* State of n elements, straight from the definition. */
static void exact_var(const double *x, int64_t n, double state[3])
{
    quad sum = 0, squares = 0;

    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    quad mean = n ? sum / n : 0;
    for (int64_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    state[0] = (double)n;
    state[1] = (double)mean;
    state[2] = (double)squares;
}

static bool close_to(double got, double want, double eps)
{
    return fabs(got - want) <= eps * fabs(want);
}

static void var_merge_is_the_whole(void)
{
    enum { N = 1000, LEAF = 37 };
    static const double offset[] = {0, 1, 1e3, 1e8};

    for (int o = 0; o < TAP_COUNT(offset); o++) {
        double x[N], n[N], mean[N], m2[N], whole[3], part[3];
        void *field[3] = {n, mean, m2};
        uint64_t seed = 11;
        int leaves = 0;
        for (int i = 0; i < N; i++)
            x[i] = offset[o] + (double)(int64_t)ref_random(&seed) * 0x1p-63;
        for (int i = 0; i < N; i += LEAF, leaves++) {
            exact_var(x + i, i + LEAF < N ? LEAF : N - i, part);
            n[leaves] = part[0];
            mean[leaves] = part[1];
            m2[leaves] = part[2];
        }
        exact_var(x, N, whole);
        reduce_tree(ROP_VAR, SHARR_FLOAT64, field, leaves);
        CU_ASSERT_EQUAL(n[0], N);
        TAP_CHECK(close_to(mean[0], whole[1], offset[o] ? 1e-15 : 1e-13), "mean %g, not %g", mean[0],
                  whole[1]);
        /* the leaves' means have errors of their own: eps * offset / sd */
        TAP_CHECK(close_to(m2[0], whole[2], 1e-14 + 1e-15 * offset[o]), "M2 %.17g, not %.17g", m2[0],
                  whole[2]);
    }
}

static void var_merge_with_nothing(void)
{
    double n[3] = {0, 3, 0}, mean[3] = {0, 7, 0}, m2[3] = {0, 2.5, 0};
    void *field[3] = {n, mean, m2};

    reduce_tree(ROP_VAR, SHARR_FLOAT64, field, 3);
    CU_ASSERT_EQUAL(n[0], 3);
    CU_ASSERT_EQUAL(mean[0], 7);
    CU_ASSERT_EQUAL(m2[0], 2.5);
    reduce_init(ROP_VAR, SHARR_FLOAT64, field, 3);
    reduce_tree(ROP_VAR, SHARR_FLOAT64, field, 3);
    CU_ASSERT_TRUE(n[0] == 0 && mean[0] == 0 && m2[0] == 0);
}

static void var_closing(void)
{
    double n[4] = {2, 3, 0, 2}, shift[4] = {10, NAN, NAN, 5}, s1[4] = {4, NAN, 0, 0.1};
    double s2[4] = {10, NAN, 0, 0.005};
    double cn[4], mean[4], m2[4];
    void *down[4] = {n, shift, s1, s2}, *closed[3] = {cn, mean, m2};

    reduce_down_close(ROP_VAR, SHARR_FLOAT32, down, closed, 4);
    CU_ASSERT_TRUE(cn[0] == 2 && mean[0] == 12 && m2[0] == 2);
    CU_ASSERT_TRUE(isnan(mean[1]) && isnan(m2[1]));
    CU_ASSERT_TRUE(cn[2] == 0 && mean[2] == 0 && m2[2] == 0);
    CU_ASSERT_EQUAL(m2[3], 0);                  /* 0.005 - 0.01 / 2 may be below zero: clamped */
    s2[3] = 0.004;
    reduce_down_close(ROP_VAR, SHARR_FLOAT32, down, closed, 4);
    CU_ASSERT_EQUAL(m2[3], 0);
}

/* --- the tree --- */

/* (a op b) op (c op d) ... by recursion over [first, first + n), n cells at level sizes 2^k. */
static double tree_model(const double *x, int n)
{
    int half = 1;

    if (n == 1)
        return x[0];
    while (2 * half < n)
        half *= 2;
    return tree_model(x, half) + tree_model(x + half, n - half);
}

static void tree_has_its_shape(void)
{
    enum { MOST = 70 };

    for (int n = 1; n <= MOST; n++) {
        double x[MOST], copy[MOST];
        void *field[1] = {x};
        uint64_t seed = (uint64_t)n;
        for (int i = 0; i < n; i++)
            copy[i] = x[i] = (double)(int64_t)ref_random(&seed) * ldexp(1, (int)(seed % 40) - 60);
        reduce_tree(ROP_SUM, SHARR_FLOAT64, field, n);
        TAP_CHECK(memcmp(&x[0], &(double){tree_model(copy, n)}, 8) == 0, "n = %d", n);
    }
}

/* --- merging every operation, against one element at a time --- */

static scalar merged(enum rop op, dtype t, scalar a, scalar b, int64_t ia, int64_t ib, int64_t *index)
{
    scalar x[2] = {a, b};
    int64_t ix[2] = {ia, ib};
    scalar out = {.bits = {0, 0}};
    char cells[2][16];
    void *fa[2] = {cells[0], &ix[0]}, *fb[2] = {cells[1], &ix[1]};

    memcpy(cells[0], &x[0], 16);
    memcpy(cells[1], &x[1], 16);
    reduce_merge(op, t, fa, fb, 1);
    memcpy(&out, cells[0], dtype_size(reduce_field_type(op, t, 0)));
    *index = ix[0];
    return out;
}

static void extremes_merge_as_min_and_max(void)
{
    for (int t = 0; t <= SHARR_FLOAT64; t++)
        for (int i = 0; i < 400; i++) {
            int n = ref_specials((dtype)t);
            int64_t index;
            dtype as = t == SHARR_BOOL ? SHARR_UINT8 : (dtype)t;
            scalar a = ref_value((dtype)t, i % n, 1), b = ref_value((dtype)t, i / n, 1);
            scalar low = merged(ROP_MIN, (dtype)t, a, b, 0, 0, &index);
            scalar high = merged(ROP_MAX, (dtype)t, a, b, 0, 0, &index);
            TAP_CHECK(ref_same(low, ref_op(KOP_min, as, a, b, b), as), "min %s %s",
                      ref_text(a, (dtype)t), ref_text(b, (dtype)t));
            TAP_CHECK(ref_same(high, ref_op(KOP_max, as, a, b, b), as), "max %s %s",
                      ref_text(a, (dtype)t), ref_text(b, (dtype)t));
        }
}

static void positions_merge(void)
{
    static const struct { enum rop op; double a, b; int64_t ia, ib, want; } rows[] = {
        {ROP_ARGMIN, 1, 2, 5, 3, 5}, {ROP_ARGMIN, 2, 1, 5, 9, 9}, {ROP_ARGMIN, 1, 1, 5, 3, 3},
        {ROP_ARGMIN, 1, 1, 3, 5, 3}, {ROP_ARGMIN, 0, -0.0, 3, 5, 3}, {ROP_ARGMIN, -0.0, 0, 9, 5, 5},
        {ROP_ARGMIN, NAN, 1, 9, 5, 9}, {ROP_ARGMIN, 1, NAN, 5, 9, 9}, {ROP_ARGMIN, NAN, NAN, 9, 5, 5},
        {ROP_ARGMIN, 1, 2, -1, 7, 7}, {ROP_ARGMIN, 2, 1, 7, -1, 7}, {ROP_ARGMIN, 1, 1, -1, -1, -1},
        {ROP_ARGMAX, 1, 2, 5, 3, 3}, {ROP_ARGMAX, 2, 1, 5, 3, 5}, {ROP_ARGMAX, -0.0, 0, 3, 5, 3},
        {ROP_ARGMAX, NAN, INFINITY, 9, 5, 9}, {ROP_ARGMAX, INFINITY, NAN, 5, 9, 9},
        {ROP_ARGMAX, NAN, -INFINITY, -1, 4, 4},
    };

    for (int i = 0; i < TAP_COUNT(rows); i++) {
        int64_t index;
        scalar a = {.f64 = rows[i].a}, b = {.f64 = rows[i].b};
        merged(rows[i].op, SHARR_FLOAT64, a, b, rows[i].ia, rows[i].ib, &index);
        TAP_CHECK(index == rows[i].want, "row %d gives %d", i, (int)index);
    }
}

static void sums_and_products_merge(void)
{
    double re[2] = {1, 3}, im[2] = {2, -1};
    void *a[2] = {&re[0], &im[0]}, *b[2] = {&re[1], &im[1]};
    int64_t i[2] = {INT64_MAX, 2};
    uint8_t l[2] = {1, 0};

    reduce_merge(ROP_PROD, SHARR_COMPLEX64, a, b, 1);
    CU_ASSERT_TRUE(re[0] == 5 && im[0] == 5);               /* (1 + 2i)(3 - i) */
    reduce_merge(ROP_SUM, SHARR_COMPLEX128, a, b, 1);
    CU_ASSERT_TRUE(re[0] == 8 && im[0] == 4);
    reduce_merge(ROP_SUM, SHARR_INT8, (void *[]){&i[0]}, (void *[]){&i[1]}, 1);
    CU_ASSERT_EQUAL(i[0], INT64_MIN + 1);
    reduce_merge(ROP_PROD, SHARR_INT64, (void *[]){&i[0]}, (void *[]){&i[1]}, 1);
    CU_ASSERT_EQUAL(i[0], 2);
    reduce_merge(ROP_ALL, SHARR_FLOAT32, (void *[]){&l[0]}, (void *[]){&l[1]}, 1);
    CU_ASSERT_EQUAL(l[0], 0);
    l[1] = 1;
    reduce_merge(ROP_ANY, SHARR_FLOAT32, (void *[]){&l[0]}, (void *[]){&l[1]}, 1);
    CU_ASSERT_EQUAL(l[0], 1);
}

/* A fresh state changes nothing that it is merged with, on either side. */
static void identities(void)
{
    for (int op = 0; op < ROP_NROPS; op++)
        for (int t = 0; t < SHARR_NDTYPES; t++) {
            if (op == ROP_VAR || op == ROP_COUNT || !(rop_kinds((enum rop)op) & (int)dtype_kind((dtype)t)))
                continue;
            dtype ft = reduce_field_type((enum rop)op, (dtype)t, 0);
            if (dtype_kind((dtype)t) == KIND_COMPLEX && op == ROP_PROD)
                continue;                       /* inf * 0 is NaN */
            for (int i = 0; i < 25; i++) {
                int64_t index;
                scalar v = ref_value(ft, i, 1), e = reduce_identity((enum rop)op, (dtype)t, 0);
                if (dtype_kind((dtype)t) == KIND_COMPLEX && op == ROP_SUM)
                    continue;
                scalar left = merged((enum rop)op, (dtype)t, e, v, -1, 4, &index);
                scalar right = merged((enum rop)op, (dtype)t, v, e, 4, -1, &index);
                TAP_CHECK(ref_same(left, v, ft) && ref_same(right, v, ft), "%s %s",
                          rop_name((enum rop)op), ref_text(v, ft));
            }
        }
}

/* --- results --- */

static void results(void)
{
    double n[2] = {4, 1}, mean[2] = {2.5, 1}, m2[2] = {5, 0}, out[2];
    void *var[3] = {n, mean, m2};
    int64_t sum[2] = {10, -3};
    float f[2];
    int8_t b[2];

    reduce_finish(ROP_VAR, SHARR_FLOAT64, &(rfinish){RFINAL_VAR, 4, 1, SHARR_FLOAT64}, var, 2, out);
    CU_ASSERT_EQUAL(out[0], 5.0 / 3.0);
    CU_ASSERT_EQUAL(memcmp(&out[1], &(uint64_t){UINT64_C(0x7ff8000000000000)}, 8), 0);
    reduce_finish(ROP_VAR, SHARR_FLOAT32, &(rfinish){RFINAL_STD, 4, 0, SHARR_FLOAT32}, var, 1, f);
    CU_ASSERT_EQUAL(f[0], (float)sqrt(1.25));
    reduce_finish(ROP_SUM, SHARR_INT8, &(rfinish){RFINAL_MEAN, 4, 0, SHARR_FLOAT64}, (void *[]){sum}, 2,
                  out);
    CU_ASSERT_TRUE(out[0] == 2.5 && out[1] == -0.75);
    reduce_finish(ROP_SUM, SHARR_INT8, &(rfinish){RFINAL_VALUE, 4, 0, SHARR_INT8}, (void *[]){sum}, 2, b);
    CU_ASSERT_TRUE(b[0] == 10 && b[1] == -3);
    out[0] = -NAN;
    out[1] = -0.0;
    reduce_finish(ROP_MAX, SHARR_FLOAT64, &(rfinish){RFINAL_VALUE, 1, 0, SHARR_FLOAT64},
                  (void *[]){out}, 2, out);
    CU_ASSERT_EQUAL(memcmp(&out[0], &(uint64_t){UINT64_C(0x7ff8000000000000)}, 8), 0);
    CU_ASSERT_TRUE(signbit(out[1]));
}

static void result_of_nothing(void)
{
    double x[2], out[2] = {1, 1};
    int64_t index[1] = {-1};

    reduce_init(ROP_SUM, SHARR_FLOAT32, (void *[]){x}, 1);
    CU_ASSERT_TRUE(x[0] == 0 && signbit(x[0]));
    reduce_finish(ROP_SUM, SHARR_FLOAT32, &(rfinish){RFINAL_VALUE, 0, 0, SHARR_FLOAT64}, (void *[]){x}, 1,
                  out);
    CU_ASSERT_TRUE(out[0] == 0 && !signbit(out[0]));
    reduce_finish(ROP_SUM, SHARR_FLOAT32, &(rfinish){RFINAL_MEAN, 0, 0, SHARR_FLOAT64}, (void *[]){x}, 1,
                  out);
    CU_ASSERT_TRUE(isnan(out[0]) && !signbit(out[0]));
    reduce_finish(ROP_ARGMIN, SHARR_FLOAT64, &(rfinish){RFINAL_VALUE, 0, 0, SHARR_INT64},
                  (void *[]){x, index}, 1, out);
    CU_ASSERT_EQUAL(memcmp(out, index, 8), 0);
}

static void complex_results(void)
{
    double re[1] = {3}, im[1] = {-4};
    float out[2];

    reduce_finish(ROP_SUM, SHARR_COMPLEX64, &(rfinish){RFINAL_MEAN, 2, 0, SHARR_COMPLEX64},
                  (void *[]){re, im}, 1, out);
    CU_ASSERT_TRUE(out[0] == 1.5f && out[1] == -2);
}

static void fields(void)
{
    CU_ASSERT_EQUAL(reduce_nfields(ROP_VAR, SHARR_FLOAT32), 3);
    CU_ASSERT_EQUAL(reduce_down_nfields(ROP_VAR, SHARR_FLOAT32), 4);
    CU_ASSERT_EQUAL(reduce_nfields(ROP_SUM, SHARR_COMPLEX64), 2);
    CU_ASSERT_EQUAL(reduce_field_type(ROP_SUM, SHARR_UINT8, 0), SHARR_UINT64);
    CU_ASSERT_EQUAL(reduce_field_type(ROP_SUM, SHARR_BOOL, 0), SHARR_INT64);
    CU_ASSERT_EQUAL(reduce_field_type(ROP_ARGMAX, SHARR_INT8, 1), SHARR_INT64);
    CU_ASSERT_EQUAL(reduce_cell_bytes(ROP_ARGMAX, SHARR_INT8), 9);
    CU_ASSERT_EQUAL(reduce_cell_bytes(ROP_VAR, SHARR_INT8), 24);
}

static const tap_test tests[] = {
    {"var: merged leaves are the whole, in quadruple precision", var_merge_is_the_whole},
    {"var: merging with nothing", var_merge_with_nothing},
    {"var: closing a DOWN state", var_closing},
    {"the tree has its shape", tree_has_its_shape},
    {"min and max merge as the operations", extremes_merge_as_min_and_max},
    {"argmin and argmax: ties, zeros, NaN, nothing", positions_merge},
    {"sums, products, logic merge", sums_and_products_merge},
    {"identities change nothing", identities},
    {"results, rounded to their type", results},
    {"results of nothing", result_of_nothing},
    {"complex results", complex_results},
    {"fields of states", fields},
};
TAP_MAIN("reduce", tests)
