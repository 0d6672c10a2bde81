/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The math source as LLVM bitcode for the JIT: functions sharr_math_<name>_<T>x<lanes> that take and
 * return vectors by value, <lanes x double> or <lanes x float>; one lane (MATH_BYTES 8): plain double or
 * float.  Those of complex numbers, sharr_math_c<name>_..., take the parts and store both parts of the result.
 * Compiled (src/kernel/math.mk) once per size by the clang of the LLVM that reads it:
 *
 *   clang -std=gnu11 -O2 -march=x86-64-v4 -ffp-contract=off -fno-math-errno -fno-trapping-math
 *         -fno-vectorize -fno-slp-vectorize -fno-strict-aliasing -fno-stack-protector
 *         -fno-asynchronous-unwind-tables -fno-ident -Isrc -DMATH_BYTES=... -DMATH_SOFT_FMA=0 or 1
 *         -emit-llvm -c -o math_....bc src/kernel/math_bitcode.c
 *
 * The level is v4 so that 64 bytes are passed in a register; nothing in the code depends on it, and the
 * reader overwrites the target attributes.  MATH_SOFT_FMA=0 is for processors with fma (v3 and v4),
 * 1 for those without: no llvm.fma, llvm.floor and the like, which would become calls of libm there.
 */
#include "kernel/math_source.h"

#if MATH_BYTES == 64
#define LANES_f64 8
#define LANES_f32 16
#elif MATH_BYTES == 32
#define LANES_f64 4
#define LANES_f32 8
#elif MATH_BYTES == 16
#define LANES_f64 2
#define LANES_f32 4
#else
#define LANES_f64 1
#define LANES_f32 1
#endif

#define JOIN_(name, T, lanes) sharr_math_##name##_##T##x##lanes
#define JOIN(name, T, lanes) JOIN_(name, T, lanes)

#define ONE(name, T) \
    m##T JOIN(name, T, LANES_##T)(m##T x); \
    m##T JOIN(name, T, LANES_##T)(m##T x) { return math_##name##_##T(x); }
#define TWO(name, T) \
    m##T JOIN(name, T, LANES_##T)(m##T x, m##T y); \
    m##T JOIN(name, T, LANES_##T)(m##T x, m##T y) { return math_##name##_##T(x, y); }

/* The parts of the result at out[0] and out[1]. */
#define COMPLEX(name, T) \
    void JOIN(c##name, T, LANES_##T)(m##T re, m##T im, m##T *out); \
    void JOIN(c##name, T, LANES_##T)(m##T re, m##T im, m##T *out) \
    { \
        math_complex_##T r = math_c##name##_##T(math_c_##T(re, im)); \
        out[0] = r.re; \
        out[1] = r.im; \
    }
#define POWER(T) \
    void JOIN(cpow, T, LANES_##T)(m##T re, m##T im, m##T wre, m##T wim, m##T *out); \
    void JOIN(cpow, T, LANES_##T)(m##T re, m##T im, m##T wre, m##T wim, m##T *out) \
    { \
        math_complex_##T r = math_cpow_##T(math_c_##T(re, im), math_c_##T(wre, wim)); \
        out[0] = r.re; \
        out[1] = r.im; \
    }

#define ALL(T) \
    ONE(exp, T) ONE(exp2, T) ONE(expm1, T) ONE(log, T) ONE(log2, T) ONE(log10, T) ONE(log1p, T) \
    ONE(sin, T) ONE(cos, T) ONE(tan, T) ONE(asin, T) ONE(acos, T) ONE(atan, T) TWO(atan2, T) \
    ONE(sinh, T) ONE(cosh, T) ONE(tanh, T) ONE(asinh, T) ONE(acosh, T) ONE(atanh, T) \
    TWO(pow, T) TWO(hypot, T) ONE(cbrt, T) ONE(erf, T) \
    ONE(floor, T) ONE(ceil, T) ONE(trunc, T) ONE(round, T) TWO(rem, T) TWO(floordiv, T) \
    TWO(nextafter, T) COMPLEX(exp, T) COMPLEX(expm1, T) COMPLEX(log, T) COMPLEX(log1p, T) \
    COMPLEX(log2, T) COMPLEX(log10, T) COMPLEX(sqrt, T) COMPLEX(sign, T) COMPLEX(sin, T) \
    COMPLEX(cos, T) COMPLEX(tan, T) COMPLEX(sinh, T) COMPLEX(cosh, T) COMPLEX(tanh, T) \
    COMPLEX(asin, T) COMPLEX(acos, T) COMPLEX(atan, T) COMPLEX(asinh, T) COMPLEX(acosh, T) \
    COMPLEX(atanh, T) POWER(T)

ALL(f64)
ALL(f32)

#define LANES_u64 LANES_f64
#define WORDS(name) \
    mu64 JOIN(name, u64, LANES_u64)(mu64 a, mu64 b, mu64 c); \
    mu64 JOIN(name, u64, LANES_u64)(mu64 a, mu64 b, mu64 c) { return math_##name##_u64(a, b, c); }
WORDS(philox)
WORDS(philox_below)
