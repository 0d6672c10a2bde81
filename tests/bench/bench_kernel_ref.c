/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernels of bench_kernel.c written by hand; compiled with -O3 -march=native
 * and no contraction.
 */
#include "bench/bench_kernel_ref.h"

#include <math.h>

#define LOOP(name, T, expr) \
    void name##_##T(const void *const *in, void *out, long n) \
    { \
        const T *a = in[0], *b = in[1], *c = in[2], *d = in[3]; \
        T *restrict o = out; \
        (void)b, (void)c, (void)d; \
        for (long i = 0; i < n; i++) \
            o[i] = expr; \
    }

LOOP(ref_muladd, float, a[i] * b[i] + c[i] * 2 - d[i] / 3)
LOOP(ref_muladd, double, a[i] * b[i] + c[i] * 2 - d[i] / 3)
LOOP(ref_norm, float, sqrtf(a[i] * a[i] + b[i] * b[i]))
LOOP(ref_norm, double, sqrt(a[i] * a[i] + b[i] * b[i]))
LOOP(ref_where, float, a[i] > b[i] ? a[i] : expf(b[i]))
LOOP(ref_where, double, a[i] > b[i] ? a[i] : exp(b[i]))

void ref_scale_int8_t(const void *const *in, void *out, long n)
{
    const int8_t *a = in[0];
    float *restrict o = out;
    for (long i = 0; i < n; i++)
        o[i] = (float)a[i] * 0.5f + 3;
}

/* Four accumulators of one register: the usual vector sum. */
enum { LANES = 32 };
typedef double vector __attribute__((vector_size(LANES), aligned(8)));
enum { W = LANES / sizeof(double) };

static double finish(const vector *s)
{
    vector all = (s[0] + s[1]) + (s[2] + s[3]);
    double r = 0;
    for (unsigned k = 0; k < W; k++)
        r += all[k];
    return r;
}

#define SUM(name, expr) \
    void name(const void *const *in, void *out, long n) \
    { \
        const double *a = in[0], *b = in[1]; \
        vector s[4] = {{0}}; \
        (void)b; \
        for (long i = 0; i + 4 * W <= n; i += 4 * W) \
            for (unsigned k = 0; k < 4; k++) { \
                vector x = *(const vector *)(a + i + k * W); \
                s[k] += expr; \
            } \
        *(double *)out = finish(s); \
    }

SUM(ref_sum, x)
SUM(ref_sumsq, (x - *(const vector *)(b + i + k * W)) * (x - *(const vector *)(b + i + k * W)))

/* One pass, from a shift near the mean as every careful program does it. */
void ref_var(const void *const *in, void *out, long n)
{
    const double *a = in[0], shift = a[0];
    vector s[4] = {{0}}, q[4] = {{0}};
    for (long i = 0; i + 4 * W <= n; i += 4 * W)
        for (unsigned k = 0; k < 4; k++) {
            vector d = *(const vector *)(a + i + k * W) - shift;
            s[k] += d;
            q[k] += d * d;
        }
    double sum = finish(s);
    *(double *)out = (finish(q) - sum * sum / (double)n) / (double)n;
}

/* A NaN anywhere is the maximum, as in NumPy. */
static vector larger(vector m, vector x)
{
    typedef int64_t mask __attribute__((vector_size(LANES), aligned(8)));
    mask take = (mask)(x > m) | (mask)(x != x);
    return (vector)(((mask)x & take) | ((mask)m & ~take));
}

void ref_max(const void *const *in, void *out, long n)
{
    const double *a = in[0];
    vector m[4];
    for (unsigned k = 0; k < 4; k++)
        m[k] = *(const vector *)a;
    for (long i = 0; i + 4 * W <= n; i += 4 * W)
        for (unsigned k = 0; k < 4; k++)
            m[k] = larger(m[k], *(const vector *)(a + i + k * W));
    vector all = larger(larger(m[0], m[1]), larger(m[2], m[3]));
    double r = all[0];
    for (unsigned k = 1; k < W; k++)
        r = all[k] > r || all[k] != all[k] ? all[k] : r;
    *(double *)out = r;
}

/* Column sums, the naive way: row after row into an array of sums. */
void ref_down(const void *const *in, void *out, long n)
{
    const float *a = in[0];
    double *restrict o = out;
    long cols = n / REF_ROWS;
    for (long i = 0; i < REF_ROWS; i++)
        for (long j = 0; j < cols; j++)
            o[j] += (double)a[i * cols + j];
}
