/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): erf.
 *
 * |x| < 1: x (2 / sqrt(pi) + x^2 P(x^2)); from there on 1 - e^(-x^2) R(t), t = (|x| - 5/2) / (|x| + 5/2)
 * (the mapping of Shepherd and Laframboise, Math. Comp. 36, 1981).  Coefficients: minimax,
 * tests/kernel/math_coefs.sollya.
 */
#ifdef VF

#if F64
#define ERF_MAX K(6)            /* from here on erf rounds to 1 */
#define SLOPE K(0x1.20dd750429b6dp+0)
#define SLOPE_LO K(0x1.1ae3a914fed8p-56)
#else
#define ERF_MAX K(4)
#define SLOPE K(0x1.20dd76p+0)
#define SLOPE_LO K(-0x1.f7ac92p-25)
#endif

MATH_FN VF FN(math_erf_near)(VF x)
{
    VF z = x * x, w = z * z, r;
    FN(math_pair) p = FN(math_product)(x, FN(math_splat)(SLOPE));
#if F64
    VF even = FN(math_splat)(K(-0x1.ac93ac4135b98p-31)), odd = FN(math_splat)(K(0x1.d76de948e5e4ap-27));

    even = FN(math_fma)(even, w, FN(math_splat)(K(-0x1.5c142a19db674p-23)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.b982284c20556p-20)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(-0x1.f4ca907c3a353p-17)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.f9a2bf92b80c2p-14)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(-0x1.c02db07a35244p-11)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.565bccfb06de3p-8)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(-0x1.b82ce3120c6a4p-6)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.ce2f21a0412fep-4)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(-0x1.812746b0379cbp-2)));
#else
    VF even = FN(math_splat)(K(-0x1.a472bap-11)), odd = FN(math_splat)(K(0x1.4a94eep-14));

    even = FN(math_fma)(even, w, FN(math_splat)(K(-0x1.b7fc22p-6)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.541986p-8)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(-0x1.81274p-2)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.ce2d34p-4)));
#endif
    r = FN(math_fma)(odd, z, even);
    return p.high + FN(math_fma)(x * z, r, FN(math_fma)(x, FN(math_splat)(SLOPE_LO), p.low));
}

MATH_FN VF FN(math_erf_far)(VF x)
{
    VF t = (x - K(2.5)) / (x + K(2.5)), w = t * t, r, e;
    FN(math_pair) z = FN(math_product)(x, x);
    FN(math_exp_parts) parts = FN(math_exp_split)(-z.high, -z.low);
#if F64
    VF even = FN(math_splat)(K(-0x1.a1d1d83de39e6p-20)), odd = FN(math_splat)(K(0x1.240a9ae4f2226p-23));

    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.f60f9c814ccf7p-18)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.376714b6380b9p-19)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(-0x1.1ea68feb624b9p-15)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.3860b1e20f1fcp-16)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.def24a8c8aa4fp-13)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.0e46b8f8d4e02p-13)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(-0x1.5a57166fca43dp-9)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.cb3b632c4d9f8p-11)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.470ba1f65b604p-5)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.05bb2fe78a6b3p-8)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.01c11a735ce45p-2)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.0011543716896p-3)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.afbb3f3b7343ap-3)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.7ca88dec217a9p-2)));
#else
    VF even = FN(math_splat)(K(-0x1.89b7dep-9)), odd = FN(math_splat)(K(-0x1.00e03p-8));

    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.476088p-5)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.00126ap-3)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.01c0ccp-2)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.7ca88cp-2)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.afbb4p-3)));
#endif
    r = FN(math_fma)(odd, t, even);
    e = FN(math_exp_reduced)(parts.r, parts.low) * FN(math_power)(FN(math_bits)(parts.km));
    return FN(math_fma)(-e, r, FN(math_splat)(K(1)));
}

MATH_FN VF FN(math_erf)(VF x)
{
    VF size = FN(math_min)(FN(math_abs)(x), ERF_MAX), one = FN(math_splat)(K(1));
    VF near = FN(math_erf_near)(size), far = FN(math_erf_far)(size);

    return FN(math_copysign)(FN(math_sel)(FN(math_lt)(size, one), near, far), x);
}

#undef ERF_MAX
#undef SLOPE
#undef SLOPE_LO

#endif
