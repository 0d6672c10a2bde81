/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Powers of complex numbers: e^(w log z); integer exponents up to 64 by products, so that z ** 2 is z * z; 1 where
 * the exponent is 0.  f32 in double precision.  The error grows with the size of w log z, as everywhere.
 */
#ifndef KERNEL_MATH_CPOW_H
#define KERNEL_MATH_CPOW_H

#include "kernel/math_complex.h"

#define MATH_CPOW_BITS 7


/* z ** n for |n| < 2 ** MATH_CPOW_BITS, n an integer (other lanes: anything) */
MATH_FN math_complex_f64 math_cpow_integer(math_complex_f64 z, mf64 n)
{
    mf64 zero = math_splat_f64(0), one = math_splat_f64(1);
    mu64 bits = math_bits_f64(math_abs_f64(n) + MATH_MAGIC_f64);
    math_complex_f64 r = { one, zero };
    mi64 started = math_lt_f64(one, one);

    for (int i = 0; i < MATH_CPOW_BITS; i++, bits = bits >> 1) {
        mi64 bit = -(mi64)(bits & 1);
        r = math_csel_f64(bit, math_csel_f64(started, math_cmul_f64(r, z), z), r);
        started |= bit;
        z = math_cmul_f64(z, z);
    }
    return math_csel_f64(math_lt_f64(n, zero), math_creciprocal_f64(r), r);
}

MATH_FN math_complex_f64 math_cpow_f64(math_complex_f64 z, math_complex_f64 w)
{
    mf64 magic = math_splat_f64(MATH_MAGIC_f64), zero = math_splat_f64(0);
    mi64 small = math_le_f64(math_abs_f64(w.re), math_splat_f64(64)) & math_zero_f64(w.im);
    mi64 whole = small & math_eq_f64((w.re + magic) - magic, w.re);
    math_complex_f64 r = { zero, zero };

    if (math_any_f64(~whole))
        r = math_cexp_f64(math_cmul_f64(w, math_clog_f64(z)));
    if (math_any_f64(whole))
        r = math_csel_f64(whole, math_cpow_integer(z, w.re), r);
    return r;
}

MATH_FN math_complex_f32 math_cpow_f32(math_complex_f32 z, math_complex_f32 w)
{
    mwide a = math_widen(z.re), b = math_widen(z.im), c = math_widen(w.re), d = math_widen(w.im);

    for (int i = 0; i < MATH_HALVES; i++) {
        math_complex_f64 r = math_cpow_f64(math_c_f64(a.half[i], b.half[i]), math_c_f64(c.half[i], d.half[i]));
        a.half[i] = r.re;
        b.half[i] = r.im;
    }
    return math_c_f32(math_narrow(a), math_narrow(b));
}

#endif
