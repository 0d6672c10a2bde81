/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): pow from |x|^y, FN(math_pow_size) of math_pow.h: signs and the special
 * values of C99 Annex F that a product with a logarithm does not give.
 */
#ifdef VF

#if F64
#define EVEN K(0x1p53)          /* numbers from here on are even integers */
#define INTEGER K(0x1p52)
#else
#define EVEN K(0x1p24)
#define INTEGER K(0x1p23)
#endif

MATH_FN VF FN(math_pow)(VF x, VF y)
{
    const VF inf = FN(math_splat)(K(__builtin_inf())), zero = FN(math_splat)(K(0));
    const VF one = FN(math_splat)(K(1)), integer = FN(math_splat)(INTEGER);
    VF ax = FN(math_abs)(x), ay = FN(math_abs)(y), r = FN(math_pow_size)(ax, y);

    /* y as an integer: its parity is the last bit of `n` */
    VI large = FN(math_le)(integer, ay);
    VF n = FN(math_sel)(large, ay, ay + integer);
    VI whole = large | FN(math_eq)(n - integer, ay);
    VI odd = whole & FN(math_lt)(ay, FN(math_splat)(EVEN)) & -(VI)(FN(math_bits)(n) & 1);
    VI undefined = FN(math_lt)(x, zero) & FN(math_lt)(-inf, x) & ~whole;

    r = FN(math_sel)(FN(math_eq)(ax, one), one, r);             /* -1 to an infinite power */
    r = FN(math_flip)(r, FN(math_signbit)(x) & (VU)odd);
    r = FN(math_sel)(FN(math_eq)(y, FN(math_splat)(K(2))), x * x, r);       /* rounded once; build_op.c counts on it */
    r = FN(math_sel)(FN(math_eq)(y, -one), one / x, r);
    r = FN(math_sel)(undefined, FN(math_splat)(K(__builtin_nan(""))), r);
    r = FN(math_sel)(FN(math_ne)(x, x), x, r);
    return FN(math_sel)(FN(math_eq)(x, one) | FN(math_eq)(y, zero), one, r);
}

#undef EVEN
#undef INTEGER

#endif
