/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Vector types of MATH_BYTES bytes (8 or 4: one lane, plain scalars) and the operations on them that
 * C does not spell the same way for scalars and vectors, or for gcc and clang: compare, select, bit
 * casts, any, sqrt, conversion.
 */
#ifndef KERNEL_MATH_VEC_H
#define KERNEL_MATH_VEC_H

#include <stdint.h>
#include <string.h>

#include "kernel/math_x86.h"

#define MATH_FN static inline __attribute__((always_inline, unused))
#define MATH_COLD static __attribute__((noinline, cold, unused))    /* rare lanes, one at a time */

#if MATH_BYTES <= 8
#define MATH_SCALAR 1
typedef double mf64;
typedef float mf32;
typedef int64_t mi64;
typedef int32_t mi32;
typedef uint64_t mu64;
typedef uint32_t mu32;
enum { MATH_LANES_f64 = 1, MATH_LANES_f32 = 1, MATH_HALVES = 1 };
#else
#define MATH_SCALAR 0
typedef double mf64 __attribute__((vector_size(MATH_BYTES)));
typedef float mf32 __attribute__((vector_size(MATH_BYTES)));
typedef int64_t mi64 __attribute__((vector_size(MATH_BYTES)));
typedef int32_t mi32 __attribute__((vector_size(MATH_BYTES)));
typedef uint64_t mu64 __attribute__((vector_size(MATH_BYTES)));
typedef uint32_t mu32 __attribute__((vector_size(MATH_BYTES)));
enum { MATH_LANES_f64 = MATH_BYTES / 8, MATH_LANES_f32 = MATH_BYTES / 4, MATH_HALVES = 2 };
#endif

/* An f32 vector in double precision: its lanes in order over MATH_HALVES vectors. */
typedef struct mwide { mf64 half[MATH_HALVES]; } mwide;

MATH_FN mwide math_widen(mf32 x)
{
#if MATH_SCALAR
    return (mwide){ { x } };
#elif MATH_REGISTER == 64
    return (mwide){ { (mf64)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)x)),
                      (mf64)_mm512_cvtps_pd(_mm512_extractf32x8_ps((__m512)x, 1)) } };
#elif MATH_REGISTER == 32
    return (mwide){ { (mf64)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x)),
                      (mf64)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1)) } };
#elif MATH_REGISTER == 16
    return (mwide){ { (mf64)_mm_cvtps_pd((__m128)x),
                      (mf64)_mm_cvtps_pd(_mm_movehl_ps((__m128)x, (__m128)x)) } };
#else
    mwide w;

    for (int i = 0; i < MATH_LANES_f32; i++)
        w.half[i / MATH_LANES_f64][i % MATH_LANES_f64] = (double)x[i];
    return w;
#endif
}

MATH_FN mf32 math_narrow(mwide x)
{
#if MATH_SCALAR
    return (float)x.half[0];
#elif MATH_REGISTER == 64
    return (mf32)_mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps((__m512d)x.half[0])),
                                    _mm512_cvtpd_ps((__m512d)x.half[1]), 1);
#elif MATH_REGISTER == 32
    return (mf32)_mm256_set_m128(_mm256_cvtpd_ps((__m256d)x.half[1]),
                                 _mm256_cvtpd_ps((__m256d)x.half[0]));
#elif MATH_REGISTER == 16
    return (mf32)_mm_movelh_ps(_mm_cvtpd_ps((__m128d)x.half[0]), _mm_cvtpd_ps((__m128d)x.half[1]));
#else
    mf32 y;

    for (int i = 0; i < MATH_LANES_f32; i++)
        y[i] = (float)x.half[i / MATH_LANES_f64][i % MATH_LANES_f64];
    return y;
#endif
}

/* Does any lane of a mask hold?  Used to skip rare work, never to choose a lane's result. */
MATH_FN int math_any_f64(mi64 mask)
{
#if MATH_SCALAR
    return mask != 0;
#elif defined __clang__
    return __builtin_reduce_or(mask) != 0;
#elif MATH_REGISTER == 64
    return _mm512_movepi32_mask((__m512i)mask) != 0;
#elif MATH_REGISTER == 32
    return _mm256_movemask_ps((__m256)mask) != 0;
#elif MATH_BYTES == 16 && defined __SSE2__
    return _mm_movemask_ps((__m128)mask) != 0;
#else
    int64_t any = 0;

    for (int i = 0; i < MATH_LANES_f64; i++)
        any |= mask[i];
    return any != 0;
#endif
}

MATH_FN int math_any_f32(mi32 mask)
{
#if MATH_SCALAR
    return mask != 0;
#elif defined __clang__
    return __builtin_reduce_or(mask) != 0;
#else
    return math_any_f64((mi64)mask);
#endif
}

#define MATH_TEMPLATE "kernel/math_ops_t.h"
#include "kernel/math_each.h"

#endif
