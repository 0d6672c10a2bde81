/* SPDX-License-Identifier: BSD-3-Clause
 *
 * a * b + c rounded once, on processors without fma (x86-64 v1 and v2).
 *
 * f64: the exact product and sums as pairs, then the low parts and a last addition (Boldo and Melquiond,
 * "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE Trans.
 * Computers 57, 2008; products as Dekker 1971).  Instead of rounding to odd: the sum of the low parts
 * may have been rounded onto, never across, the midpoint of two results, so that only lanes where the
 * last addition is a tie are in doubt.  They, and those with exponents that could overflow or underflow
 * on the way, are done again in integers.
 * f32: the product is exact in f64; the sum is rounded to odd and then to f32 (53 >= 2 * 24 + 2 bits).
 */
#ifndef KERNEL_MATH_SOFTFMA_H
#define KERNEL_MATH_SOFTFMA_H

#include "kernel/math_vec.h"

#define MATH_SOFT static __attribute__((noinline, unused))  /* large and not rare: called */

typedef struct mfma_parts { uint64_t m; int e; } mfma_parts;

/* A finite number as m * 2^e with bit 62 the highest of m; 0 has m = 0. */
MATH_FN mfma_parts math_fma_parts(uint64_t bits)
{
    int field = (int)(bits >> 52 & 0x7ff);
    uint64_t m = (bits & 0xfffffffffffff) | (uint64_t)(field != 0) << 52;
    int shift = m ? __builtin_clzll(m) - 1 : 0;

    return (mfma_parts){ m << shift, (field ? field : 1) - 1075 - shift };
}

/* m * 2^e (m > 0, its lowest bit sticky) to nearest even, with this sign bit. */
MATH_FN double math_fma_round(unsigned __int128 m, int e, uint64_t sign)
{
    uint64_t high = (uint64_t)(m >> 64);
    int top = high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((uint64_t)m);
    int drop = top - 52;                                /* bits below the 53 kept */
    uint64_t kept, bits;

    if (e + drop < -1074)                               /* subnormal: fewer are kept */
        drop = -1074 - e;
    if (drop <= 0) {
        kept = (uint64_t)m << -drop;
    } else if (drop > 127) {
        kept = 0;                                       /* less than half of the least number */
    } else {
        unsigned __int128 rest = m & (((unsigned __int128)1 << drop) - 1);
        unsigned __int128 half = (unsigned __int128)1 << (drop - 1);

        kept = (uint64_t)(m >> drop);
        kept += rest > half || (rest == half && (kept & 1));
    }
    e += drop;                                          /* value = kept * 2^e, kept <= 2^53 */
    if (kept >> 53) {
        kept >>= 1;
        e++;
    }
    if (e + 52 > 1023)
        bits = (uint64_t)0x7ff << 52;
    else if (kept >> 52)
        bits = ((uint64_t)(e + 1075) << 52) + (kept - ((uint64_t)1 << 52));
    else
        bits = kept;                                    /* e is -1074 */
    union { uint64_t u; double f; } result = { bits | sign };
    return result.f;
}

MATH_COLD double math_fma_exact(double a, double b, double c)
{
    union { double f; uint64_t u; } ua = { a }, ub = { b }, uc = { c };
    const uint64_t inf = (uint64_t)0x7ff << 52, signbit = (uint64_t)1 << 63;
    uint64_t psign = (ua.u ^ ub.u) & signbit, csign = uc.u & signbit;

    if ((ua.u & inf) == inf || (ub.u & inf) == inf || a == 0 || b == 0)
        return a * b + c;
    if ((uc.u & inf) == inf)
        return c + c;

    mfma_parts pa = math_fma_parts(ua.u), pb = math_fma_parts(ub.u), pc = math_fma_parts(uc.u);
    unsigned __int128 p = (unsigned __int128)pa.m * pb.m;       /* bit 125 or 124 is the highest */
    unsigned __int128 q = (unsigned __int128)pc.m << 63;        /* bit 125, or 0 */
    int e = pa.e + pb.e, shift = e - (pc.e - 63);

    if (q == 0)
        return math_fma_round(p, e, psign);
    /* The smaller one is shifted right, with a sticky bit: the larger keeps 19 zero bits at least, and
     * if more than one leading bit cancels the shift was by one bit at most and lost nothing. */
    if (shift >= 0) {
        q = shift > 126 ? 1 : q >> shift | ((q & (((unsigned __int128)1 << shift) - 1)) != 0);
    } else {
        shift = -shift;
        p = shift > 126 ? 1 : p >> shift | ((p & (((unsigned __int128)1 << shift) - 1)) != 0);
        e += shift;
    }
    if (psign == csign)
        return math_fma_round(p + q, e, psign);
    if (p == q)
        return 0;
    return p > q ? math_fma_round(p - q, e, psign) : math_fma_round(q - p, e, csign);
}

/* One number, for the cold paths. */
MATH_FN double math_fma_one(double a, double b, double c) { return math_fma_exact(a, b, c); }

/* a + b to odd: the exact sum if it is a number, else the one of its neighbours with an odd last bit */
MATH_FN mf64 math_add_odd(mf64 a, mf64 b)
{
    mf64 s = a + b, bb = s - a, rest = (a - (s - bb)) + (b - bb);
    mi64 inexact = math_lt_f64(rest, math_splat_f64(0)) | math_lt_f64(math_splat_f64(0), rest);
    mu64 even = (math_bits_f64(s) & 1) - 1;                             /* all bits */
    mu64 inward = (math_bits_f64(rest) ^ math_bits_f64(s)) >> 63;

    return math_from_f64(math_bits_f64(s) + ((mu64)inexact & even & (1 - (inward << 1))));
}

/* The upper 26 bits of a. */
MATH_FN mf64 math_split(mf64 a)
{
    mf64 t = a * 134217729.0;

    return t - (t - a);
}

MATH_SOFT mf64 math_fma_f64(mf64 a, mf64 b, mf64 c)
{
    mf64 p = a * b, zero = math_splat_f64(0);
    mf64 ah = math_split(a), al = a - ah, bh = math_split(b), bl = b - bh;
    mf64 rest = ((ah * bh - p) + ah * bl + al * bh) + al * bl;          /* p + rest = a * b */
    mf64 th = rest + c, ct = th - rest, tl = (rest - (th - ct)) + (c - ct);
    mf64 vh = p + th, tv = vh - p, vl = (p - (vh - tv)) + (th - tv);
    mf64 low = tl + vl, r = vh + low, off = (vh - r) + low, twice = off + off;
    mi64 null = math_eq_f64(a, zero) | math_eq_f64(b, zero);
    mi64 tie = math_eq_f64((r + twice) - r, twice) & math_ne_f64(off, zero);
    mf64 size = math_abs_f64(p);
    mi64 usual = math_lt_f64(math_splat_f64(0x1p-900), size)
               & math_lt_f64(size, math_splat_f64(0x1p900))
               & math_lt_f64(math_abs_f64(a), math_splat_f64(0x1p990))
               & math_lt_f64(math_abs_f64(b), math_splat_f64(0x1p990))
               & math_lt_f64(math_abs_f64(c), math_splat_f64(0x1p1000));
    mi64 sure = null | (usual & ~tie);

    r = math_sel_f64(null, p + c, r);
    if (__builtin_expect(math_any_f64(~sure), 0)) {
        double x[MATH_LANES_f64], y[MATH_LANES_f64], z[MATH_LANES_f64];

        memcpy(x, &a, sizeof a);
        memcpy(y, &b, sizeof b);
        memcpy(z, &c, sizeof c);
        for (int i = 0; i < MATH_LANES_f64; i++)
            x[i] = math_fma_exact(x[i], y[i], z[i]);
        memcpy(&c, x, sizeof c);
        r = math_sel_f64(sure, r, c);
    }
    return r;
}

MATH_SOFT mf32 math_fma_f32(mf32 a, mf32 b, mf32 c)
{
    mwide x = math_widen(a), y = math_widen(b), z = math_widen(c);

    for (int i = 0; i < MATH_HALVES; i++)
        x.half[i] = math_add_odd(x.half[i] * y.half[i], z.half[i]);
    return math_narrow(x);
}

#endif
