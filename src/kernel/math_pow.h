/* SPDX-License-Identifier: BSD-3-Clause
 *
 * a^y for a >= 0, as e^(y log a).  Right for a = 0 and infinity unless y = 0, for an infinite y unless
 * a = 1, and for a NaN y; math_pow_t.h does the rest.
 * log a = k ln 2 + s (2 + s^2 (2/3 + s^2 Q(s^2))), s = (m - 1) / (m + 1), m in [sqrt 1/2, sqrt 2).
 * f64: log a as a pair with a relative error near 2^-65.  f32: in double precision.
 */
#ifndef KERNEL_MATH_POW_H
#define KERNEL_MATH_POW_H

#include "kernel/math_elementary.h"

/* log m = s (2 + s^2 (2/3 + s^2 Q(s^2))) */
MATH_FN math_pair_f64 math_log_long(mf64 m)
{
    mf64 f = m - 1.0, d = m + 1.0, dlow = m - (d - 1.0), rcp = 1.0 / d;
    mf64 s = f * rcp, slow = math_fma_f64(-s, dlow, math_fma_f64(-s, d, f)) * rcp;
    math_pair_f64 z = math_product_f64(s, s), g, u, p;
    mf64 even = math_splat_f64(0x1.de3e276f4bbe9p-4), odd = math_splat_f64(0x1.eac00ddbd0e45p-4), w, q;

    z.low = math_fma_f64(s + s, slow, z.low);
    w = z.high * z.high;
    odd = math_fma_f64(odd, w, math_splat_f64(0x1.11206a85ce557p-3));
    even = math_fma_f64(even, w, math_splat_f64(0x1.3b1364e8b3c7dp-3));
    odd = math_fma_f64(odd, w, math_splat_f64(0x1.745d1828e3791p-3));
    even = math_fma_f64(even, w, math_splat_f64(0x1.c71c71c597671p-3));
    odd = math_fma_f64(odd, w, math_splat_f64(0x1.2492492492f4cp-2));
    even = math_fma_f64(even, w, math_splat_f64(0x1.9999999999996p-2));
    q = math_fma_f64(odd, z.high, even);

    p = math_fast_sum_f64(math_splat_f64(0x1.5555555555555p-1), z.high * q);
    p.low += 0x1.5555555555555p-55;
    g = math_product_f64(z.high, p.high);
    g.low += math_fma_f64(z.high, p.low, z.low * p.high);
    u = math_fast_sum_f64(math_splat_f64(2), g.high);
    u.low += g.low;
    p = math_product_f64(s, u.high);
    p.low += math_fma_f64(s, u.low, slow * u.high);
    return p;
}

MATH_FN mf64 math_pow_size_f64(mf64 a, mf64 y)
{
    const mf64 inf = math_splat_f64(__builtin_inf()), zero = math_splat_f64(0);
    math_parts_f64 parts = math_split_log_f64(a);
    math_pair_f64 l = math_log_long(parts.m), sum = math_fast_sum_f64(parts.k * MATH_LN2_HI_f64, l.high), x;

    sum.low += math_fma_f64(parts.k, math_splat_f64(MATH_LN2_LO_f64), l.low);
    sum.high = math_sel_f64(math_eq_f64(a, zero), -inf, sum.high);
    sum.high = math_sel_f64(math_eq_f64(a, inf), inf, sum.high);

    /* x = y log a; beyond the clamp the result is 0 or infinity and the low part, perhaps a NaN, is
     * dropped */
    x = math_product_f64(sum.high, y);
    x.low = math_fma_f64(sum.low, y, x.low);
    x.low = math_and_f64(math_lt_f64(math_abs_f64(x.high), math_splat_f64(745.5)), x.low);
    x.high = math_max_f64(math_min_f64(x.high, 710.0), -746.0);

    math_exp_parts_f64 e = math_exp_split_f64(x.high, x.low);
    mf64 half = math_fma_f64(x.high, math_splat_f64(MATH_LOG2E_f64 / 2), math_splat_f64(MATH_MAGIC_f64));

    return math_scale_f64(math_exp_reduced_f64(e.r, e.low), e.km, half);
}

/* The same for an f32 a and y, to well within half an ulp of f32. */
MATH_FN mf64 math_pow_short(mf64 a, mf64 y)
{
    const mf64 inf = math_splat_f64(__builtin_inf()), zero = math_splat_f64(0);
    const mf64 magic = math_splat_f64(MATH_MAGIC_f64);
    math_parts_f64 parts = math_split_log_f64(a);
    mf64 f = parts.m - 1.0, s = f / (f + 2.0), z = s * s, w = z * z, q, l;
    mf64 even = math_splat_f64(0x1.c62b3fcd6d391p-3), odd = math_splat_f64(0x1.9113494c713b7p-3);

    even = math_fma_f64(even, w, math_splat_f64(0x1.999996aab638dp-2));
    odd = math_fma_f64(odd, w, math_splat_f64(0x1.24941160fed0fp-2));
    even = math_fma_f64(even, w, math_splat_f64(2));
    odd = math_fma_f64(odd, w, math_splat_f64(0x1.555555561db17p-1));
    q = math_fma_f64(odd, z, even);
    l = math_fma_f64(parts.k, math_splat_f64(MATH_LN2_f64), s * q);
    l = math_sel_f64(math_eq_f64(a, zero), -inf, l);
    l = math_sel_f64(math_eq_f64(a, inf), inf, l);

    mf64 x = math_max_f64(math_min_f64(y * l, 100.0), -200.0);
    mf64 km = math_fma_f64(x, math_splat_f64(MATH_LOG2E_f64), magic), k = km - magic;
    mf64 r = math_fma_f64(k, math_splat_f64(-MATH_LN2_f64), x);

    even = math_splat_f64(0x1.9e88e49502d6bp-16);
    odd = math_splat_f64(0x1.a185aa1bfd488p-13);
    z = r * r;
    even = math_fma_f64(even, z, math_splat_f64(0x1.6c18d408ce195p-10));
    odd = math_fma_f64(odd, z, math_splat_f64(0x1.1110a23248cbdp-7));
    even = math_fma_f64(even, z, math_splat_f64(0x1.5555541d92431p-5));
    odd = math_fma_f64(odd, z, math_splat_f64(0x1.5555557debe86p-3));
    even = math_fma_f64(even, z, math_splat_f64(0x1.000000005e3b5p-1));
    q = math_fma_f64(z, math_fma_f64(odd, r, even), r) + 1.0;
    return q * math_power_f64(math_bits_f64(km));
}

MATH_FN mf32 math_pow_size_f32(mf32 a, mf32 y)
{
    mwide x = math_widen(a), z = math_widen(y);

    for (int i = 0; i < MATH_HALVES; i++)
        x.half[i] = math_pow_short(x.half[i], z.half[i]);
    return math_narrow(x);
}

#define MATH_TEMPLATE "kernel/math_pow_t.h"
#include "kernel/math_each.h"

#endif
