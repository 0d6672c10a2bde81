/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The x86 instructions that gcc does not find by itself in the portable form.  X86(pd, op) names the
 * intrinsic of a register as wide as the vector types; MATH_REGISTER is its size, or 0 where there
 * is none (other compilers, a level without such registers): then the portable form, same bits.
 */
#ifndef KERNEL_MATH_X86_H
#define KERNEL_MATH_X86_H

#ifndef MATH_BYTES
#define MATH_BYTES 16
#endif

#if defined __clang__
#define MATH_REGISTER 0
#elif MATH_BYTES == 64 && defined __AVX512DQ__
#define MATH_REGISTER 64
#elif MATH_BYTES == 32 && defined __AVX__
#define MATH_REGISTER 32
#elif MATH_BYTES == 16 && defined __SSE4_1__
#define MATH_REGISTER 16
#else
#define MATH_REGISTER 0
#endif

#if !defined __clang__ && defined __SSE2__
#include <immintrin.h>
#endif

#if MATH_REGISTER == 64
#define X86_PREFIX _mm512
#define X86_pd __m512d
#define X86_ps __m512
#elif MATH_REGISTER == 32
#define X86_PREFIX _mm256
#define X86_pd __m256d
#define X86_ps __m256
#elif MATH_REGISTER == 16
#define X86_PREFIX _mm
#define X86_pd __m128d
#define X86_ps __m128
#endif

#define X86_JOIN(prefix, op, type) prefix##_##op##_##type
#define X86_NAME(prefix, op, type) X86_JOIN(prefix, op, type)
#define X86(type, op) X86_NAME(X86_PREFIX, op, type)

#endif
