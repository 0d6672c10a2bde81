/* SPDX-License-Identifier: BSD-3-Clause
 *
 * fmod of one pair of numbers, in integers, for any quotient: what the vector functions fall back on
 * where the quotient has more bits than a mantissa.
 */
#ifndef KERNEL_MATH_FMOD_H
#define KERNEL_MATH_FMOD_H

#include "kernel/math_vec.h"

/* x modulo y for x >= y > 0, both finite */
MATH_COLD double math_fmod_one(double x, double y)
{
    union { double f; uint64_t u; } a = { x }, b = { y };
    int ea = (int)(a.u >> 52), eb = (int)(b.u >> 52), shift;
    uint64_t ma = (a.u & 0xfffffffffffff) | (uint64_t)(ea != 0) << 52;
    uint64_t mb = (b.u & 0xfffffffffffff) | (uint64_t)(eb != 0) << 52;

    ea += ea == 0;
    eb += eb == 0;
    shift = __builtin_ctzll(mb);                        /* a shorter divisor takes longer steps */
    if (shift > ea - eb)
        shift = ea - eb;
    mb >>= shift;
    eb += shift;
    ma %= mb;
    for (int left = ea - eb; left > 0 && ma; left -= shift) {
        shift = __builtin_clzll(ma);
        if (shift > left)
            shift = left;
        ma = (ma << shift) % mb;
    }
    if (ma == 0)
        return 0;
    shift = __builtin_clzll(ma) - 11;                   /* ma * 2^(eb - 1075), ma < 2^53 */
    if (shift > eb - 1)
        shift = eb - 1;
    ma <<= shift;
    eb -= shift;
    a.u = ma >> 52 ? ((uint64_t)eb << 52) + (ma - ((uint64_t)1 << 52)) : ma;
    return a.f;
}

#endif
