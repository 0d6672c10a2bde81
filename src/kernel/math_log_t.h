/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): log.
 *
 * x = m 2^k with m around 1, f = m - 1.  f64: log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2))) with
 * s = f / (2 + f), the form of FreeBSD's e_log.c (its error analysis holds here); f32: a polynomial in
 * f.  Coefficients: minimax, tests/kernel/math_coefs.sollya.
 */
#ifdef VF

/* x > 0, finite, split into m in [LEAST, 2 LEAST) and k (as a float).  Subnormals are scaled. */
#if F64
#define MANT_BITS 52
#define BIAS 1023
#define LEAST K(0x1.6a09e667f3bcdp-1)       /* sqrt(1/2) */
#define MIN_NORMAL K(0x1p-1022)
#define SCALE 54
#define LN2_HI K(0x1.62e42fefa38p-1)
#define LN2_LO K(0x1.ef35793c7673p-45)
#define TWO_TO_MANT K(0x1p52)
#else
#define MANT_BITS 23
#define BIAS 127
#define LEAST K(0x1.555556p-1)              /* 2/3 */
#define MIN_NORMAL K(0x1p-126)
#define SCALE 25
#define LN2_HI K(0x1.62e4p-1)
#define LN2_LO K(0x1.7f7d1cp-20)
#define TWO_TO_MANT K(0x1p23)
#endif

typedef struct FN(math_parts) { VF m, k; } FN(math_parts);

MATH_FN FN(math_parts) FN(math_split_log)(VF x)
{
    const EU one = (EU)BIAS << MANT_BITS;
    const EU mantissa = ((EU)1 << MANT_BITS) - 1;
    VU least = FN(math_bits)(FN(math_splat)(LEAST)), big = FN(math_bits)(FN(math_splat)(TWO_TO_MANT));
    VI tiny = FN(math_lt)(x, FN(math_splat)(MIN_NORMAL));
    VF scaled = x * FN(math_sel)(tiny, FN(math_splat)(K((EU)1 << SCALE)), FN(math_splat)(K(1)));
    VF bias = FN(math_sel)(tiny, FN(math_splat)(TWO_TO_MANT + K(BIAS + SCALE)),
                           FN(math_splat)(TWO_TO_MANT + K(BIAS)));
    VU shifted = FN(math_bits)(scaled) + (one - least);         /* its exponent field is k + BIAS */

    return (FN(math_parts)){
        FN(math_from)((shifted & mantissa) + least),
        FN(math_from)((shifted >> MANT_BITS) + big) - bias };
}

MATH_FN VF FN(math_log)(VF x)
{
    FN(math_parts) p = FN(math_split_log)(x);
    VF f = p.m - K(1), k = p.k, r, y;
    VF inf = FN(math_splat)(K(__builtin_inf())), zero = FN(math_splat)(K(0));

#if F64
    VF s = f / (f + K(2)), z = s * s, hfsq = f * f * K(0.5);

    VF w = z * z, even = FN(math_splat)(K(0x1.2f036e00e6597p-3)), odd = FN(math_splat)(K(0x1.39a1f25e2558p-3));

    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.74663c7d6daeep-3)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.c71c5216a7ebcp-3)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.24924941de7bap-2)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.999999997ff41p-2)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.5555555555592p-1)));
    r = FN(math_fma)(odd, z, even);
    r = FN(math_fma)(r, z, hfsq);
    r = FN(math_fma)(s, r, k * LN2_LO) - hfsq;
    y = FN(math_fma)(k, FN(math_splat)(LN2_HI), r + f);
#else
    VF z = f * f;

    VF even = FN(math_splat)(K(0x1.1e753cp-3)), odd = FN(math_splat)(K(-0x1.080cf8p-3));

    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.1ed3e8p-3)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(-0x1.f30e26p-4)));
    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.99d06p-3)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(-0x1.559de4p-3)));
    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.555506p-2)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(-0x1.fffefp-3)));
    r = FN(math_fma)(odd, f, even);
    r = FN(math_fma)(r, f, FN(math_splat)(K(-0.5)));
    r = FN(math_fma)(r, z, k * LN2_LO);
    y = FN(math_fma)(k, FN(math_splat)(LN2_HI), r + f);
#endif
    y = FN(math_sel)(FN(math_lt)(x, inf), y, x);                        /* inf, NaN */
    y = FN(math_sel)(FN(math_eq)(x, zero), -inf, y);
    return FN(math_sel)(FN(math_lt)(x, zero), FN(math_splat)(K(__builtin_nan(""))), y);
}

#undef MANT_BITS
#undef BIAS
#undef LEAST
#undef MIN_NORMAL
#undef SCALE
#undef LN2_HI
#undef LN2_LO
#undef TWO_TO_MANT

#endif
