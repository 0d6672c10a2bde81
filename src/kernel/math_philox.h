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

typedef struct math_words { mu64 word[4]; } math_words;

/* counter = low + high 2^64 */
MATH_FN math_words math_philox_block(mu64 low, mu64 high, mu64 key)
{
    mu64 mask = (low ^ low) + 0xffffffff, k0 = key & mask, k1 = key >> 32;
    math_words w = { { low & mask, low >> 32, high & mask, high >> 32 } };

    for (int round = 0; round < 10; round++) {
        mu64 a = math_mul32(w.word[0], 0xd2511f53), b = math_mul32(w.word[2], 0xcd9e8d57);

        w = (math_words){ { (b >> 32) ^ w.word[1] ^ k0, b & mask, (a >> 32) ^ w.word[3] ^ k1, a & mask } };
        k0 = (k0 + 0x9e3779b9) & mask;
        k1 = (k1 + 0xbb67ae85) & mask;
    }
    return w;
}

/* The first two words of block `counter` of stream `stream`. */
MATH_FN mu64 math_philox_u64(mu64 counter, mu64 stream, mu64 key)
{
    math_words w = math_philox_block(counter, stream, key);

    return w.word[0] | w.word[1] << 32;
}

#endif
