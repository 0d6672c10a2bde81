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
    X(2, pow) X(2, hypot) X(2, rem) X(2, floordiv) X(2, copysign)

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

#define ROW(nargs, name) { #name, nargs, probe_##name##_f64, probe_##name##_f32 },
const math_probe MATH_PROBE[] = { ALL(ROW) { "fma", 3, probe_fma_f64, probe_fma_f32 },
                                  { NULL, 0, NULL, NULL } };
