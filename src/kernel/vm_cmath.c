/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Block loops of the complex functions of the math source: whole vectors of real and of imaginary parts, the
 * rest of a block padded (see vm_math.c).
 */
#include "kernel/vm_level.h"

#define MATH_BYTES VM_BYTES
#include "kernel/math_source.h"

/* Up to a vector of numbers into their parts; behind the end 1, where no function is slow.  And back. */
#define PARTS(S, E) \
    static inline math_complex_##S take_##S(const E *p, int64_t n) \
    { \
        E re[MATH_LANES_##S], im[MATH_LANES_##S]; \
        math_complex_##S z; \
        for (int k = 0; k < MATH_LANES_##S; k++) { \
            re[k] = k < n ? p[2 * k] : 1; \
            im[k] = k < n ? p[2 * k + 1] : 0; \
        } \
        memcpy(&z.re, re, sizeof re); \
        memcpy(&z.im, im, sizeof im); \
        return z; \
    } \
    static inline void put_##S(E *o, math_complex_##S z, int64_t n) \
    { \
        E re[MATH_LANES_##S], im[MATH_LANES_##S]; \
        memcpy(re, &z.re, sizeof re); \
        memcpy(im, &z.im, sizeof im); \
        for (int k = 0; k < MATH_LANES_##S && k < n; k++) { \
            o[2 * k] = re[k]; \
            o[2 * k + 1] = im[k]; \
        } \
    }
PARTS(f32, float)
PARTS(f64, double)

#define UNARY(name, S, E) \
    static void name##_##S(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        E *o = d; \
        const E *p = a; \
        (void)b, (void)c; \
        for (int64_t i = 0; i < n; i += MATH_LANES_##S) \
            put_##S(o + 2 * i, math_c##name##_##S(take_##S(p + 2 * i, n - i)), n - i); \
    }
#define BINARY(name, S, E) \
    static void name##_##S(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        E *o = d; \
        const E *p = a, *q = b; \
        (void)c; \
        for (int64_t i = 0; i < n; i += MATH_LANES_##S) { \
            math_complex_##S x = take_##S(p + 2 * i, n - i), y = take_##S(q + 2 * i, n - i); \
            put_##S(o + 2 * i, math_c##name##_##S(x, y), n - i); \
        } \
    }

#define ONE(name) UNARY(name, f32, float) UNARY(name, f64, double)

ONE(exp)
ONE(expm1)
ONE(log)
ONE(log1p)
ONE(log2)
ONE(log10)
ONE(sqrt)
ONE(sign)
ONE(sin)
ONE(cos)
ONE(tan)
ONE(sinh)
ONE(cosh)
ONE(tanh)
ONE(asin)
ONE(acos)
ONE(atan)
ONE(asinh)
ONE(acosh)
ONE(atanh)
BINARY(pow, f32, float)
BINARY(pow, f64, double)

#define ROW(op) [KOP_##op] = {[SHARR_COMPLEX64] = op##_f32, [SHARR_COMPLEX128] = op##_f64}

const vm_op_table VM_NAME(vm_cmath_ops) = {
    ROW(exp), ROW(expm1), ROW(log), ROW(log1p), ROW(log2), ROW(log10), ROW(sqrt), ROW(sign),
    ROW(sin), ROW(cos), ROW(tan), ROW(sinh), ROW(cosh), ROW(tanh), ROW(asin), ROW(acos), ROW(atan),
    ROW(asinh), ROW(acosh), ROW(atanh), ROW(pow),
};
