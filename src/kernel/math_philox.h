/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Philox4x32-10: 128 bits from a counter of 128 bits and a key of 64 (J. Salmon, M. Moraes, R. Dror, D. Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC11).  A lane of 64 bits holds a word of 32.
 */
#ifndef KERNEL_MATH_PHILOX_H
#define KERNEL_MATH_PHILOX_H

#include "kernel/math_vec.h"

/* The product of the low halves of a and of m < 2^32 */
MATH_FN mu64 math_mul32(mu64 a, uint32_t m)
{
#if MATH_REGISTER == 64
    return (mu64)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(m));
#elif MATH_REGISTER == 32 && defined __AVX2__
    return (mu64)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(m));
#elif MATH_REGISTER == 16
    return (mu64)_mm_mul_epu32((__m128i)a, _mm_set1_epi64x(m));
#else
    return (a & 0xffffffff) * m;
#endif
}

/* The product of the low halves of a and b */
MATH_FN mu64 math_mul_halves(mu64 a, mu64 b)
{
#if MATH_REGISTER == 64
    return (mu64)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif MATH_REGISTER == 32 && defined __AVX2__
    return (mu64)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif MATH_REGISTER == 16
    return (mu64)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xffffffff) * (b & 0xffffffff);
#endif
}

typedef struct math_words { mu64 word[4]; } math_words;

/* counter = low + high 2^64 */
MATH_FN math_words math_philox_block(mu64 low, mu64 high, mu64 key)
{
    mu64 mask = (low ^ low) + 0xffffffff, k0 = key, k1 = key >> 32;
    math_words w = { { low, low >> 32, high, high >> 32 } };

    /* products take low halves only: what is in the high ones until the end does not matter */
    for (int round = 0; round < 10; round++) {
        mu64 a = math_mul32(w.word[0], 0xd2511f53), b = math_mul32(w.word[2], 0xcd9e8d57);

        w = (math_words){ { (b >> 32) ^ w.word[1] ^ k0, b, (a >> 32) ^ w.word[3] ^ k1, a } };
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
    }
    for (int k = 0; k < 4; k++)
        w.word[k] &= mask;
    return w;
}

/* The first two words of block `counter` of stream `stream`. */
MATH_FN mu64 math_philox_u64(mu64 counter, mu64 stream, mu64 key)
{
    math_words w = math_philox_block(counter, stream, key);

    return w.word[0] | w.word[1] << 32;
}

/* 1 where a + b does not fit 64 bits */
MATH_FN mu64 math_carry_u64(mu64 a, mu64 b)
{
    return ((a & b) | ((a | b) & ~(a + b))) >> 63;
}

typedef struct math_product { mu64 low, high; } math_product;

/* All 128 bits, from products of halves, none of which overflows. */
MATH_FN math_product math_product_u64(mu64 a, mu64 b)
{
    mu64 mask = (a ^ a) + 0xffffffff, ah = a >> 32, bh = b >> 32;
    mu64 low = math_mul_halves(a, b), mid = math_mul_halves(ah, b) + (low >> 32);
    mu64 rest = math_mul_halves(a, bh) + (mid & mask);

    return (math_product){ rest << 32 | (low & mask), math_mul_halves(ah, bh) + (mid >> 32) + (rest >> 32) };
}

/* floor(x n / 2^128) where x = 2^64 (stream 0) + (stream 1); the second matters only next to where the first would pass
 * a multiple of 2^64, which is rare. */
MATH_FN mu64 math_philox_below_u64(mu64 counter, mu64 key, mu64 n)
{
    mu64 none = counter ^ counter;
    math_product p = math_product_u64(math_philox_u64(counter, none, key), n);

    if (math_any_f64((mi64)(none - math_carry_u64(p.low, n - 1))))
        p.high += math_carry_u64(p.low, math_product_u64(math_philox_u64(counter, none + 1, key), n).high);
    return p.high;
}

#endif
