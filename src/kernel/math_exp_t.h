/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): exp, tanh.
 *
 * x = k ln 2 + r, |r| <= ln 2 / 2; e^r = 1 + r + r^2 q(r) (minimax, tests/kernel/math_coefs.sollya);
 * times 2^k in two factors, so that overflow and gradual underflow come out of the multiplication.
 */
#ifdef VF

#if F64
#define MAGIC K(0x1.8p52)               /* + MAGIC rounds to an integer, in the low bits of the sum */
#define MANT_BITS 52
#define ONE_BITS ((EU)0x3ff << 52)
#define LOG2E K(0x1.71547652b82fep+0)
#define LN2_HI K(0x1.62e42fefa38p-1)    /* k * LN2_HI is exact for |k| < 2^11 */
#define LN2_LO K(0x1.ef35793c7673p-45)
#define EXP_MAX K(710.0)
#define EXP_MIN K(-746.0)
#define TANH_MAX K(40.0)                /* tanh(20) rounds to 1 */
#else
#define MAGIC K(0x1.8p23)
#define MANT_BITS 23
#define ONE_BITS ((EU)127 << 23)
#define LOG2E K(0x1.715476p+0)
#define LN2_HI K(0x1.62e4p-1)           /* k * LN2_HI is exact for |k| < 2^9 */
#define LN2_LO K(0x1.7f7d1cp-20)
#define EXP_MAX K(89.0)
#define EXP_MIN K(-104.0)
#define TANH_MAX K(20.0)
#endif

/* q(r) = (e^r - 1 - r) / r^2, z = r^2.  Even and odd terms apart: half the latency, no more work. */
MATH_FN VF FN(math_exp_poly)(VF r, VF z)
{
#if F64
    VF even = FN(math_splat)(K(0x1.28ae1ad6237fcp-22)), odd = FN(math_splat)(K(0x1.ad900f74b92c4p-26));

    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.a0199942cc288p-16)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(0x1.71df1b08728bap-19)));
    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.6c16c1847f532p-10)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(0x1.a01a012edb8a3p-13)));
    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.55555555506a4p-5)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(0x1.1111111126ecbp-7)));
    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.000000000000ap-1)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(0x1.55555555554fdp-3)));
#else
    VF even = FN(math_splat)(K(0x1.694ac4p-10)), odd = FN(math_splat)(K(0x1.12398ep-7));

    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.555a28p-5)));
    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.fffffap-2)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(0x1.555492p-3)));
#endif
    return FN(math_fma)(odd, r, even);
}

/* p * 2^k, rounded once more only where the result is subnormal or overflows.  `km` is k + MAGIC, and
 * `half` any integer near k / 2, + MAGIC: both factors are normal for |k| < 2000 (250). */
MATH_FN VF FN(math_scale)(VF p, VF km, VF half)
{
    VU a = FN(math_bits)(half), b = FN(math_bits)(km) - a;

    p *= FN(math_from)((a << MANT_BITS) + ONE_BITS);
    return p * FN(math_from)((b << MANT_BITS) + ONE_BITS);
}

MATH_FN VF FN(math_exp)(VF x)
{
    VF magic = FN(math_splat)(MAGIC);

    x = FN(math_max)(FN(math_min)(x, EXP_MAX), EXP_MIN);

    VF km = FN(math_fma)(x, FN(math_splat)(LOG2E), magic), k = km - magic;
    VF half = FN(math_fma)(x, FN(math_splat)(LOG2E / 2), magic);
    VF t = FN(math_fma)(k, FN(math_splat)(-LN2_HI), x);                 /* exact */
    VF r = FN(math_fma)(k, FN(math_splat)(-LN2_LO), t);
    VF z = r * r, p = K(1) + r, low = (K(1) - p) + r;                   /* p + low = 1 + r */

    p += FN(math_fma)(z, FN(math_exp_poly)(r, z), low);
    return FN(math_scale)(p, km, half);
}

/* (e^2|x| - 1) / (e^2|x| + 1), both as pairs */
MATH_FN VF FN(math_tanh)(VF x)
{
    VF size = FN(math_abs)(x), y = FN(math_min)(size + size, TANH_MAX);
    VF km = FN(math_fma)(y, FN(math_splat)(LOG2E), FN(math_splat)(MAGIC)), k = km - MAGIC;
    VF t = FN(math_fma)(k, FN(math_splat)(-LN2_HI), y);
    VF r = FN(math_fma)(k, FN(math_splat)(-LN2_LO), t);
    VF rlow = FN(math_fma)(k, FN(math_splat)(-LN2_LO), t - r);
    VF z = r * r, tail = FN(math_fma)(z, FN(math_exp_poly)(r, z), rlow); /* e^y = s (1 + r + tail) */
    VF s = FN(math_from)((FN(math_bits)(km) << MANT_BITS) + ONE_BITS);
    FN(math_pair) n = FN(math_fast_sum)(s - K(1), s * r), d;

    n = FN(math_fast_sum)(n.high, FN(math_fma)(s, tail, n.low));
    d = FN(math_sum)(n.high, FN(math_splat)(K(2)));
    d.low += n.low;
    return FN(math_copysign)(FN(math_quotient)(n, d), x);
}

#undef MAGIC
#undef MANT_BITS
#undef ONE_BITS
#undef LOG2E
#undef LN2_HI
#undef LN2_LO
#undef EXP_MAX
#undef EXP_MIN
#undef TANH_MAX

#endif
