/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products of tiles: own loops and, where there is one, a BLAS, against sums by hand.
 */
#include "kernel/gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/tap_cunit.h"

enum { M = 23, N = 37, K = 41, LDA = 45, LDB = 40, LDC = 39 };

static const dtype floats[] = { SHARR_FLOAT32, SHARR_FLOAT64, SHARR_COMPLEX64, SHARR_COMPLEX128 };
static const dtype integers[] = { SHARR_INT8, SHARR_UINT8, SHARR_INT16, SHARR_UINT16, SHARR_INT32, SHARR_UINT32, SHARR_INT64,
                                  SHARR_UINT64 };

static uint64_t state = 1;

static uint64_t next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 11;
}

/* Small whole numbers: products and sums of them are exact in every type. */
static void fill(dtype t, void *p, int64_t n)
{
    bool two = t == SHARR_COMPLEX64 || t == SHARR_COMPLEX128;
    for (int64_t i = 0; i < n * (two ? 2 : 1); i++) {
        int64_t v = (int64_t)(next() % 17) - 8;
        if (t == SHARR_FLOAT32 || t == SHARR_COMPLEX64)
            ((float *)p)[i] = (float)v;
        else if (t == SHARR_FLOAT64 || t == SHARR_COMPLEX128)
            ((double *)p)[i] = (double)v;
        else
            memcpy((char *)p + i * (int64_t)dtype_size(t), &v, dtype_size(t));
    }
}

/* Real and imaginary part; integers sign-extended from their type. */
static void get(dtype t, const void *p, int64_t i, double *re, double *im)
{
    bool two = t == SHARR_COMPLEX64 || t == SHARR_COMPLEX128;
    double part[2] = { 0, 0 };
    for (int k = 0; k < (two ? 2 : 1); k++)
        part[k] = t == SHARR_FLOAT32 || t == SHARR_COMPLEX64 ? ((const float *)p)[two ? 2 * i + k : i]
                                                             : ((const double *)p)[two ? 2 * i + k : i];
    *re = part[0];
    *im = part[1];
}

static void check_floats(dtype t, void (*run)(const gemm_job *), bool add)
{
    size_t size = dtype_size(t);
    char *a = calloc(M * LDA, size), *b = calloc(K * LDB, size), *c = calloc(M * LDC, size), *old = calloc(M * LDC, size);
    fill(t, a, M * LDA);
    fill(t, b, K * LDB);
    fill(t, c, M * LDC);
    memcpy(old, c, M * LDC * size);
    gemm_job j = { .type = t, .add = add, .m = M, .n = N, .k = K, .lda = LDA, .ldb = LDB, .ldc = LDC, .a = a, .b = b, .c = c };
    run(&j);
    for (int64_t r = 0; r < M; r++)
        for (int64_t s = 0; s < LDC; s++) {
            double re, im, x, y, u, v;
            get(t, old, r * LDC + s, &re, &im);
            if (s < N && !add)
                re = im = 0;
            for (int64_t i = 0; i < K && s < N; i++) {
                get(t, a, r * LDA + i, &x, &y);
                get(t, b, i * LDB + s, &u, &v);
                re += x * u - y * v;
                im += x * v + y * u;
            }
            get(t, c, r * LDC + s, &x, &y);
            TAP_CHECK(x == re && y == im, "type %d (%d, %d): %g %g, not %g %g", (int)t, (int)r, (int)s, x, y, re, im);
        }
    free(a);
    free(b);
    free(c);
    free(old);
}

static void loops_multiply_floats(void)
{
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        for (int add = 0; add < 2; add++)
            check_floats(floats[i], gemm_loops, add);
}

static void a_blas_multiplies_floats(void)
{
    const gemm_table *t = gemm_blas(SHARR_FLOAT64);
    if (!t) {
        tap_diag("there is no BLAS");
        return;
    }
    int before = t->begin();
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        for (int add = 0; add < 2; add++)
            check_floats(floats[i], t->run, add);
    t->end(before);
    CU_ASSERT_PTR_NULL(gemm_blas(SHARR_INT32));
}

/* Modulo 2^bits, whatever the sign. */
static void integers_wrap(void)
{
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        size_t size = dtype_size(integers[i]);
        uint64_t mask = size == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * size) - 1, want[4] = { 0 };
        char a[8 * 70], b[70 * 2 * 8], c[4 * 8];
        for (int k = 0; k < 70; k++) {
            uint64_t v[4] = { next(), ~next(), next() * next(), mask };
            for (int r = 0; r < 2; r++) {
                memcpy(a + (size_t)(r * 35 + k % 35) * size, &v[r], size);
                memcpy(b + (size_t)(k % 35 * 2 + r) * size, &v[2 + r], size);
            }
        }
        for (int r = 0; r < 2; r++)
            for (int s = 0; s < 2; s++)
                for (int k = 0; k < 35; k++) {
                    uint64_t x = 0, y = 0;
                    memcpy(&x, a + (size_t)(r * 35 + k) * size, size);
                    memcpy(&y, b + (size_t)(k * 2 + s) * size, size);
                    want[2 * r + s] += x * y;
                }
        gemm_job j = { .type = integers[i], .m = 2, .n = 2, .k = 35, .lda = 35, .ldb = 2, .ldc = 2, .a = a, .b = b, .c = c };
        gemm_loops(&j);
        for (int e = 0; e < 4; e++) {
            uint64_t got = 0;
            memcpy(&got, c + (size_t)e * size, size);
            CU_ASSERT_EQUAL(got, want[e] & mask);
        }
    }
}

static void there_is_one_nan(void)
{
    double d[3] = { -NAN, 1, NAN }, one = NAN;
    float f[2] = { -NAN, 2 }, onef = NAN;
    gemm_one_nan(SHARR_FLOAT64, d, 3);
    gemm_one_nan(SHARR_COMPLEX64, f, 1);
    CU_ASSERT(memcmp(&d[0], &one, 8) == 0 && d[1] == 1 && memcmp(&d[2], &one, 8) == 0);
    CU_ASSERT(memcmp(&f[0], &onef, 4) == 0 && f[1] == 2);
}

static const tap_test tests[] = {
    { "loops multiply floats", loops_multiply_floats },
    { "a BLAS multiplies floats", a_blas_multiplies_floats },
    { "integers wrap", integers_wrap },
    { "there is one NaN", there_is_one_nan },
};
TAP_MAIN("gemm", tests)
