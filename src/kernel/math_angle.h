/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reduction of one large angle modulo pi / 2, after Payne and Hanek ("Radian reduction for
 * trigonometric functions", ACM SIGNUM Newsletter 18, 1983): of the product with 2 / pi only the bits are
 * formed that matter, in integers.  For |x| >= 2^16, one number at a time; the vector functions call it
 * for the lanes that need it.
 */
#ifndef KERNEL_MATH_ANGLE_H
#define KERNEL_MATH_ANGLE_H

#include "kernel/math_fma.h"

/* 64 bits of zero, then 2 / pi: enough for 192 bits after any multiple of 4 of the largest f64. */
static const uint64_t math_two_over_pi[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
    0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e,
    0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
    0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab
};

/* 64 bits of the table from bit `at` on */
MATH_FN uint64_t math_two_over_pi_bits(int at)
{
    int word = at >> 6, shift = at & 63;
    uint64_t high = math_two_over_pi[word] << shift;

    return shift ? high | math_two_over_pi[word + 1] >> (64 - shift) : high;
}

/* x = (4 n + quadrant) pi / 2 + *high + *low, |*high| <= pi / 4, *low < ulp(*high).  x > 0; NaN for
 * infinity. */
MATH_COLD uint64_t math_reduce_angle(double x, double *high, double *low)
{
    union { double f; uint64_t u; } bits = { x };
    int e = (int)(bits.u >> 52) - 1075;                         /* x = m * 2^e */
    uint64_t m = (bits.u & 0xfffffffffffff) | (uint64_t)1 << 52, quadrant, negative;

    if (e > 971) {
        *high = *low = x - x;
        return 0;
    }

    /* y = m w / 2^192 = x / (2 pi) modulo 1, w starting at the bit of 2 / pi worth 4 / 2^e */
    int at = 64 + e - 2;
    unsigned __int128 p0 = (unsigned __int128)m * math_two_over_pi_bits(at + 128);
    unsigned __int128 p1 = (unsigned __int128)m * math_two_over_pi_bits(at + 64) + (p0 >> 64);
    uint64_t y0 = (uint64_t)p0, y1 = (uint64_t)p1;
    uint64_t y2 = m * math_two_over_pi_bits(at) + (uint64_t)(p1 >> 64);

    /* the two highest bits are the quadrant, the rest is a fraction of it: to [-1/2, 1/2) */
    quadrant = y2 >> 62;
    y2 = y2 << 2 | y1 >> 62;
    y1 = y1 << 2 | y0 >> 62;
    y0 = y0 << 2;
    negative = y2 >> 63;
    if (negative) {
        quadrant++;
        y0 = ~y0;               /* one unit of 2^-192 too small: below what is kept */
        y1 = ~y1;
        y2 = ~y2;
    }

    /* the leading 106 bits as two doubles (a fraction of f64 arguments is never below 2^-63) */
    int shift = y2 ? __builtin_clzll(y2) : 63;

    if (shift) {
        y2 = y2 << shift | y1 >> (64 - shift);
        y1 = y1 << shift | y0 >> (64 - shift);
    }
    double a = (double)(int64_t)(y2 >> 11), b = (double)(int64_t)((y2 & 0x7ff) << 42 | y1 >> 22);
    bits.u = (uint64_t)(1023 - 53 - shift) << 52;               /* the fraction is (a + b 2^-53) scale */
    if (negative)
        bits.u |= (uint64_t)1 << 63;
    a *= bits.f;
    b *= bits.f * 0x1p-53;

    double h = a * 0x1.921fb54442d18p+0;
    double l = math_fma_one(a, 0x1.921fb54442d18p+0, -h)
             + (a * 0x1.1a62633145c07p-54 + b * 0x1.921fb54442d18p+0);
    *high = h + l;
    *low = (h - *high) + l;
    return quadrant;
}

#endif
