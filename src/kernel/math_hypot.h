/* SPDX-License-Identifier: BSD-3-Clause
 *
 * hypot: sqrt(x^2 + y^2) without overflow or underflow on the way.  f32 in double precision; f64 scaled
 * by a power of two.  An infinite argument gives infinity, even with a NaN.
 */
#ifndef KERNEL_MATH_HYPOT_H
#define KERNEL_MATH_HYPOT_H

#include "kernel/math_fma.h"

MATH_FN mf64 math_hypot_f64(mf64 x, mf64 y)
{
    mf64 inf = math_splat_f64(__builtin_inf());
    mf64 a = math_abs_f64(x), b = math_abs_f64(y);
    mi64 less = math_lt_f64(a, b), infinite = math_eq_f64(a, inf) | math_eq_f64(b, inf);
    mf64 big = math_sel_f64(less, b, a), small = math_sel_f64(less, a, b);
    /* 2^e of the larger one, within what keeps 2^e and 2^-e normal */
    mu64 e = math_bits_f64(math_max_f64(math_min_f64(big, 0x1p1000), 0x1p-1000))
           & ((uint64_t)0x7ff << 52);
    mf64 scale = math_from_f64(((uint64_t)2046 << 52) - e);

    big *= scale;
    small *= scale;
    return math_sel_f64(infinite, inf,
                        math_sqrt_f64(math_fma_f64(big, big, small * small)) * math_from_f64(e));
}

MATH_FN mf32 math_hypot_f32(mf32 x, mf32 y)
{
    mf32 inf = math_splat_f32(__builtin_inff());
    mi32 infinite = math_eq_f32(math_abs_f32(x), inf) | math_eq_f32(math_abs_f32(y), inf);
    mwide a = math_widen(x), b = math_widen(y);

    for (int i = 0; i < MATH_HALVES; i++)
        a.half[i] = math_sqrt_f64(a.half[i] * a.half[i] + b.half[i] * b.half[i]);
    return math_sel_f32(infinite, inf, math_narrow(a));
}

#endif
