/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See math_probe.h.  Compiled with -DMATH_BYTES=... -DMATH_PROBE=name and the flags of a level.
 */
#include "kernel/math_probe.h"

#include "kernel/math_source.h"

/* Whole vectors, then a last one filled up with ones. */
#define PROBE(name, T, type, apply) \
    static void probe_##name##_##T(const type *x, const type *y, type *out, size_t n) \
    { \
        size_t i = 0; \
        m##T a, b; \
        for (; i + MATH_LANES_##T <= n; i += MATH_LANES_##T) { \
            memcpy(&a, x + i, sizeof a); \
            memcpy(&b, y + i, sizeof b); \
            a = apply; \
            memcpy(out + i, &a, sizeof a); \
        } \
        if (i < n) { \
            a = b = math_splat_##T(1); \
            memcpy(&a, x + i, (n - i) * sizeof(type)); \
            memcpy(&b, y + i, (n - i) * sizeof(type)); \
            a = apply; \
            memcpy(out + i, &a, (n - i) * sizeof(type)); \
        } \
    }
#define PROBE1(name, T, type) PROBE(name, T, type, math_##name##_##T(a))
#define PROBE2(name, T, type) PROBE(name, T, type, math_##name##_##T(a, b))

#define ALL(X) \
    X(1, exp) X(1, log) X(1, floor) X(1, ceil) X(1, trunc) X(1, round) X(1, sqrt) X(1, abs) X(1, neg) \
    X(1, sin) X(1, cos) X(1, tan) X(1, tanh) \
    X(1, exp2) X(1, expm1) X(1, log2) X(1, log10) X(1, log1p) X(1, sinh) X(1, cosh) \
    X(1, asinh) X(1, acosh) X(1, atanh) X(1, cbrt) X(1, asin) X(1, acos) X(1, atan) X(2, atan2) X(1, erf) \
    X(2, pow) X(2, hypot) X(2, rem) X(2, floordiv) X(2, copysign) \
    X(2, nextafter)

#define DEFINE(nargs, name) PROBE##nargs(name, f64, double) PROBE##nargs(name, f32, float)
ALL(DEFINE)

/* a * b + c with c from y reversed: a third independent argument */
#define FMA(T, type) \
    static void probe_fma_##T(const type *x, const type *y, type *out, size_t n) \
    { \
        for (size_t i = 0; i < n; i++) { \
            m##T a = math_splat_##T(x[i]), b = math_splat_##T(y[i]), c = math_splat_##T(y[n - 1 - i]); \
            a = math_fma_##T(a, b, c); \
            memcpy(out + i, &a, sizeof(type)); \
        } \
    }
FMA(f64, double)
FMA(f32, float)

/* Functions of the complex number x + i y: the real part where the index is even, else the imaginary one. */
#define PROBE_COMPLEX(name, T, type) \
    static void probe_c##name##_##T(const type *x, const type *y, type *out, size_t n) \
    { \
        for (size_t i = 0; i < n; i += MATH_LANES_##T) { \
            size_t count = n - i < MATH_LANES_##T ? n - i : MATH_LANES_##T; \
            m##T re = math_splat_##T(1), im = re; \
            type part[2][MATH_LANES_##T]; \
            memcpy(&re, x + i, count * sizeof(type)); \
            memcpy(&im, y + i, count * sizeof(type)); \
            math_complex_##T r = math_c##name##_##T(math_c_##T(re, im)); \
            memcpy(part[0], &r.re, sizeof re); \
            memcpy(part[1], &r.im, sizeof re); \
            for (size_t k = 0; k < count; k++) \
                out[i + k] = part[(i + k) % 2][k]; \
        } \
    }

/* (x + i y) to the power of a number from the other end of the arrays, every fourth of them real */
#define PROBE_POWER(T, type) \
    static void probe_cpow_##T(const type *x, const type *y, type *out, size_t n) \
    { \
        for (size_t i = 0; i < n; i++) { \
            m##T a = math_splat_##T(x[i]), b = math_splat_##T(y[i]), c = math_splat_##T(x[n - 1 - i]); \
            m##T d = math_splat_##T(i % 8 > 1 ? y[n - 1 - i] : 0); \
            math_complex_##T r = math_cpow_##T(math_c_##T(a, b), math_c_##T(c, d)); \
            memcpy(&out[i], i % 2 ? &r.im : &r.re, sizeof(type)); \
        } \
    }
#define COMPLEX(X) \
    X(exp) X(expm1) X(log) X(log1p) X(log2) X(log10) X(sqrt) X(sign) X(sin) X(cos) X(tan) X(sinh) X(cosh) \
    X(tanh) X(asin) X(acos) X(atan) X(asinh) X(acosh) X(atanh)
#define DEFINE_COMPLEX(name) PROBE_COMPLEX(name, f64, double) PROBE_COMPLEX(name, f32, float)
COMPLEX(DEFINE_COMPLEX)
PROBE_POWER(f64, double)
PROBE_POWER(f32, float)

/* Bits of x as counter and of y as key, in the stream of the index; the other half of the block where that is odd. */
#define PROBE_PHILOX(T, type, uint) \
    static void probe_philox_##T(const type *x, const type *y, type *out, size_t n) \
    { \
        for (size_t i = 0; i < n; i++) { \
            uint a, b; \
            memcpy(&a, &x[i], sizeof a); \
            memcpy(&b, &y[i], sizeof b); \
            mu64 none = math_bits_f64(math_splat_f64(0)); \
            math_words w = math_philox_block(none + a, none + i, none + b); \
            w.word[0] = i % 2 ? w.word[2] | w.word[3] << 32 : math_philox_u64(none + a, none + i, none + b); \
            memcpy(&out[i], &w.word[0], sizeof(type)); \
        } \
    }
PROBE_PHILOX(f64, double, uint64_t)
PROBE_PHILOX(f32, float, uint32_t)

#define ROW(nargs, name) { #name, nargs, probe_##name##_f64, probe_##name##_f32 },
#define ROW_COMPLEX(name) ROW(2, c##name)
const math_probe MATH_PROBE[] = { ALL(ROW) COMPLEX(ROW_COMPLEX) ROW(4, cpow) ROW(2, philox)
                                  { "fma", 3, probe_fma_f64, probe_fma_f32 },
                                  { NULL, 0, NULL, NULL } };
