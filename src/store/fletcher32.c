/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fletcher's checksum (J. G. Fletcher, 1982) over big-endian 16-bit words modulo 65535, as HDF5 defines it; an odd
 * last byte is the high byte of a word.  Computed by columns: with rows of ROW words, column sums
 * a[l] and sums of sums b[l] of a block give sum1 = sum of a, sum2 = sum of ROW * b[l] - l * a[l].
 */
#include "store/fletcher32.h"

#include <string.h>

typedef uint32_t vec __attribute__((vector_size(32)));

enum { LANES = 8, ROW = 2 * LANES, MAX_ROWS = 360 };  /* b: 65535 * 360 * 361 / 2 < 2^32 */

typedef struct sums { uint64_t s1, s2; bool any; } sums;

/* A block of `rows` rows.  Each 32-bit lane holds two words, the first in its low half. */
static inline __attribute__((always_inline)) void add_rows(sums *s, const uint8_t *p, size_t rows)
{
    vec a0 = {0}, b0 = {0}, a1 = {0}, b1 = {0};
    uint64_t sum_a = 0, sum_la = 0, sum_b = 0;
    for (size_t r = 0; r < rows; r++) {
        vec w;
        memcpy(&w, p + r * sizeof w, sizeof w);
        w = (w & 0x00ff00ff) << 8 | (w >> 8 & 0x00ff00ff);
        a0 += w & 0xffff;
        b0 += a0;
        a1 += w >> 16;
        b1 += a1;
    }
    for (int l = 0; l < LANES; l++) {
        sum_a += (uint64_t)a0[l] + a1[l];
        sum_la += (uint64_t)a0[l] * (2 * l) + (uint64_t)a1[l] * (2 * l + 1);
        sum_b += (uint64_t)b0[l] + b1[l];
    }
    s->s2 = (s->s2 + rows * ROW * s->s1 + ROW * sum_b - sum_la) % 65535;
    s->s1 = (s->s1 + sum_a) % 65535;
    s->any |= sum_a != 0;
}

static inline __attribute__((always_inline)) size_t add_blocks(sums *s, const uint8_t *p, size_t n)
{
    size_t rows = n / sizeof(vec);
    for (size_t r = 0; r < rows; r += MAX_ROWS)
        add_rows(s, p + r * sizeof(vec), rows - r < MAX_ROWS ? rows - r : MAX_ROWS);
    return rows * sizeof(vec);
}

static size_t add_base(sums *s, const uint8_t *p, size_t n)
{
    return add_blocks(s, p, n);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static size_t add_avx2(sums *s, const uint8_t *p, size_t n)
{
    return add_blocks(s, p, n);
}
#endif

static void add_word(sums *s, unsigned w)
{
    s->s1 = (s->s1 + w) % 65535;
    s->s2 = (s->s2 + s->s1) % 65535;
    s->any |= w != 0;
}

/* Zero has two faces modulo 65535: HDF5's folding yields 0 only for data that are all zero. */
static uint32_t face(uint64_t sum, bool any)
{
    return sum == 0 && any ? 65535 : (uint32_t)sum;
}

uint32_t fletcher32(const void *data, size_t n)
{
    const uint8_t *p = data;
    sums s = {0, 0, false};
    size_t i;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        i = add_avx2(&s, p, n);
    else
#endif
        i = add_base(&s, p, n);
    for (; i + 1 < n; i += 2)
        add_word(&s, (unsigned)p[i] << 8 | p[i + 1]);
    if (i < n)
        add_word(&s, (unsigned)p[i] << 8);
    return face(s.s2, s.any) << 16 | face(s.s1, s.any);
}

void fletcher32_store(uint32_t sum, void *tail)
{
    uint8_t *t = tail;
    for (int i = 0; i < 4; i++)
        t[i] = (uint8_t)(sum >> 8 * i);
}

bool fletcher32_matches(uint32_t sum, const void *tail)
{
    const uint8_t *t = tail;
    uint8_t s[4];
    fletcher32_store(sum, s);
    return memcmp(s, t, 4) == 0 || (s[0] == t[1] && s[1] == t[0] && s[2] == t[3] && s[3] == t[2]);
}
