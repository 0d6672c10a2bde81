/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Block loops of the functions of the math source, whole vectors at a time.  The
 * rest of a block is computed in a padded vector: a lane depends on nothing but
 * its own argument, so its bits do not depend on the block's length.
 */
#include "kernel/vm_level.h"

#define MATH_BYTES VM_BYTES
#include "kernel/math_source.h"

/* Pad with 1: no function is slow there. */
#define PADDED(S, E) \
    static inline void pad_##S(E *to, const E *from, int64_t n) \
    { \
        for (int i = 0; i < MATH_LANES_##S; i++) \
            to[i] = i < n ? from[i] : 1; \
    }
PADDED(f32, float)
PADDED(f64, double)

#define UNARY(name, S, E) \
    static void name##_##S(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        E *o = d; \
        const E *p = a; \
        int64_t i = 0; \
        for (; i + MATH_LANES_##S <= n; i += MATH_LANES_##S) { \
            m##S x; \
            memcpy(&x, p + i, sizeof x); \
            x = math_##name##_##S(x); \
            memcpy(o + i, &x, sizeof x); \
        } \
        if (i < n) { \
            E x[MATH_LANES_##S], r[MATH_LANES_##S]; \
            pad_##S(x, p + i, n - i); \
            name##_##S(r, x, b, c, MATH_LANES_##S); \
            memcpy(o + i, r, (size_t)(n - i) * sizeof(E)); \
        } \
    }

#define BINARY(name, S, E) \
    static void name##_##S(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        E *o = d; \
        const E *p = a, *q = b; \
        int64_t i = 0; \
        for (; i + MATH_LANES_##S <= n; i += MATH_LANES_##S) { \
            m##S x, y; \
            memcpy(&x, p + i, sizeof x); \
            memcpy(&y, q + i, sizeof y); \
            x = math_##name##_##S(x, y); \
            memcpy(o + i, &x, sizeof x); \
        } \
        if (i < n) { \
            E x[MATH_LANES_##S], y[MATH_LANES_##S], r[MATH_LANES_##S]; \
            pad_##S(x, p + i, n - i); \
            pad_##S(y, q + i, n - i); \
            name##_##S(r, x, y, c, MATH_LANES_##S); \
            memcpy(o + i, r, (size_t)(n - i) * sizeof(E)); \
        } \
    }

#define ONE(name) UNARY(name, f32, float) UNARY(name, f64, double)
#define TWO(name) BINARY(name, f32, float) BINARY(name, f64, double)

ONE(floor)
ONE(ceil)
ONE(trunc)
ONE(round)
ONE(exp)
ONE(log)
ONE(sin)
ONE(cos)
ONE(tan)
ONE(tanh)
ONE(expm1)
ONE(log1p)
ONE(log2)
ONE(log10)
ONE(exp2)
ONE(cbrt)
ONE(sinh)
ONE(cosh)
ONE(asinh)
ONE(acosh)
ONE(atanh)
ONE(asin)
ONE(acos)
ONE(atan)
ONE(erf)
TWO(atan2)
TWO(pow)
TWO(hypot)
TWO(rem)
TWO(floordiv)
TWO(nextafter)

/* The parts of complex numbers are rounded by themselves. */
static void round_c64(void *d, const void *a, const void *b, const void *c, int64_t n)
{
    round_f32(d, a, b, c, 2 * n);
}

static void round_c128(void *d, const void *a, const void *b, const void *c, int64_t n)
{
    round_f64(d, a, b, c, 2 * n);
}

#define ROW(op) [KOP_##op] = {[SHARR_FLOAT32] = op##_f32, [SHARR_FLOAT64] = op##_f64}

const vm_op_table VM_NAME(vm_math_ops) = {
    ROW(floor), ROW(ceil), ROW(trunc), ROW(exp), ROW(expm1), ROW(exp2), ROW(log),
    ROW(log1p), ROW(log2), ROW(log10), ROW(cbrt), ROW(sin), ROW(cos), ROW(tan), ROW(asin),
    ROW(acos), ROW(atan), ROW(atan2), ROW(sinh), ROW(cosh), ROW(tanh), ROW(asinh), ROW(acosh),
    ROW(atanh), ROW(erf), ROW(pow), ROW(hypot), ROW(rem), ROW(floordiv),
    ROW(nextafter),
    [KOP_round] = {[SHARR_FLOAT32] = round_f32, [SHARR_FLOAT64] = round_f64,
                   [SHARR_COMPLEX64] = round_c64, [SHARR_COMPLEX128] = round_c128},
};
