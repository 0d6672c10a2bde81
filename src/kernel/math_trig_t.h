/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): sin, cos, tan.
 *
 * |x| = k pi/2 + r + low with three constants for pi/2 and fma (Cody and Waite); lanes beyond LIMIT are
 * done over, alone, by math_angle.h.  Then both sin(r) and cos(r), |r| <= pi/4, as a leading part and a
 * small correction; the quadrant chooses.  Coefficients: minimax, tests/kernel/math_coefs.sollya.
 */
#ifdef VF

#if F64
#define LIMIT K(0x1p40)
#define TOP_BIT 63
#else
#define LIMIT K(0x1p17)
#define TOP_BIT 31
#endif

/* r + low; |low| < |r| / 64, and usually < ulp(r) */
typedef struct FN(math_angle) { VF r, low; VU quadrant; } FN(math_angle);

MATH_COLD void FN(math_big_angles)(const EF *x, EF *r, EF *low, EU *quadrant)
{
    for (int i = 0; i < (int)(sizeof(VF) / sizeof(EF)); i++) {
        if (x[i] >= LIMIT) {
            double high, rest;

            quadrant[i] = (EU)math_reduce_angle((double)x[i], &high, &rest);
            r[i] = (EF)high;
            low[i] = (EF)((high - (double)r[i]) + rest);
        }
    }
}

MATH_FN FN(math_angle) FN(math_reduce)(VF x)
{
    VF magic = FN(math_splat)(FN(MATH_MAGIC));
    VF km = FN(math_fma)(x, FN(math_splat)(FN(MATH_2_PI)), magic), k = km - magic;
    VF t = FN(math_fma)(k, FN(math_splat)(-FN(MATH_PIO2)), x);          /* exact: a multiple of ulp(1) / 2 below 1 */
    VF u = t - k * FN(MATH_PIO2_2);
    /* t - u is exact, t being a multiple of ulp(k PIO2_2); so v is the rest to about 2^-106 of it */
    VF v = FN(math_fma)(k, FN(math_splat)(-FN(MATH_PIO2_2)), t - u);
    FN(math_angle) a = { u, FN(math_fma)(k, FN(math_splat)(-FN(MATH_PIO2_3)), v), FN(math_bits)(km) };

    if (__builtin_expect(FN(math_any)(FN(math_le)(FN(math_splat)(LIMIT), x)), 0)) {
        EF xs[sizeof(VF) / sizeof(EF)], r[sizeof(VF) / sizeof(EF)], low[sizeof(VF) / sizeof(EF)];
        EU quadrant[sizeof(VF) / sizeof(EF)];

        memcpy(xs, &x, sizeof x);
        memcpy(r, &a.r, sizeof x);
        memcpy(low, &a.low, sizeof x);
        memcpy(quadrant, &a.quadrant, sizeof x);
        FN(math_big_angles)(xs, r, low, quadrant);
        memcpy(&a.r, r, sizeof x);
        memcpy(&a.low, low, sizeof x);
        memcpy(&a.quadrant, quadrant, sizeof x);
    }
    return a;
}

/* sin(r + low) = sin + sin_low, cos(r + low) = cos + cos_low */
typedef struct FN(math_circle) { VF sin, sin_low, cos, cos_low; } FN(math_circle);

MATH_FN FN(math_circle) FN(math_sincos)(FN(math_angle) a)
{
    VF z = a.r * a.r, w = z * z, half = FN(math_splat)(K(-0.5)), s, c;      /* terms in w, and in w z */
    FN(math_circle) y;

#if F64
    VF s0 = FN(math_splat)(K(-0x1.ae5e530a84616p-26)), s1 = FN(math_splat)(K(0x1.5d8dc11a9cff8p-33));
    VF c0 = FN(math_splat)(K(0x1.1ee9db0de0c2cp-29)), c1 = FN(math_splat)(K(-0x1.8fa60fa3e0e1ep-37));

    s0 = FN(math_fma)(s0, w, FN(math_splat)(K(-0x1.a01a019bf0bacp-13)));
    s1 = FN(math_fma)(s1, w, FN(math_splat)(K(0x1.71de355d7a053p-19)));
    s0 = FN(math_fma)(s0, w, FN(math_splat)(K(-0x1.5555555555548p-3)));
    s1 = FN(math_fma)(s1, w, FN(math_splat)(K(0x1.111111110f756p-7)));
    c0 = FN(math_fma)(c0, w, FN(math_splat)(K(0x1.a01a019c8e401p-16)));
    c1 = FN(math_fma)(c1, w, FN(math_splat)(K(-0x1.27e4f7f0ac07ap-22)));
    c0 = FN(math_fma)(c0, w, FN(math_splat)(K(0x1.555555555554bp-5)));
    c1 = FN(math_fma)(c1, w, FN(math_splat)(K(-0x1.6c16c16c1501p-10)));
#else
    VF s0 = FN(math_splat)(K(-0x1.9953e2p-13)), s1 = FN(math_splat)(K(0x1.110778p-7));
    VF c0 = FN(math_splat)(K(0x1.99e904p-16)), c1 = FN(math_splat)(K(-0x1.6c0c2ap-10));

    s0 = FN(math_fma)(s0, w, FN(math_splat)(K(-0x1.555546p-3)));
    c0 = FN(math_fma)(c0, w, FN(math_splat)(K(0x1.55554ap-5)));
#endif
    s = FN(math_fma)(s1, z, s0);
    c = FN(math_fma)(c1, z, c0);
    y.sin = a.r;
    y.cos = FN(math_fma)(half, z, FN(math_splat)(K(1)));
    y.sin_low = FN(math_fma)(z * a.r, s, a.low * y.cos);
    y.cos_low = FN(math_fma)(-a.r, a.low, FN(math_fma)(half, z, K(1) - y.cos));
    y.cos_low = FN(math_fma)(w, c, y.cos_low);
    return y;
}

/* The lanes of odd quadrant, and the sign bit of those whose bit 1 is set */
MATH_FN VI FN(math_odd)(VU quadrant) { return -(VI)(quadrant & 1); }
MATH_FN VU FN(math_half_turn)(VU quadrant) { return (quadrant >> 1) << TOP_BIT; }

MATH_FN VF FN(math_sin)(VF x)
{
    FN(math_angle) a = FN(math_reduce)(FN(math_abs)(x));
    FN(math_circle) y = FN(math_sincos)(a);
    VF r = FN(math_sel)(FN(math_odd)(a.quadrant), y.cos + y.cos_low, y.sin + y.sin_low);

    return FN(math_flip)(r, FN(math_half_turn)(a.quadrant) ^ FN(math_signbit)(x));
}

MATH_FN VF FN(math_cos)(VF x)
{
    FN(math_angle) a = FN(math_reduce)(FN(math_abs)(x));
    FN(math_circle) y = FN(math_sincos)(a);
    VF r = FN(math_sel)(FN(math_odd)(a.quadrant), y.sin + y.sin_low, y.cos + y.cos_low);

    return FN(math_flip)(r, FN(math_half_turn)(a.quadrant + 1));
}

MATH_FN VF FN(math_tan)(VF x)
{
    FN(math_angle) a = FN(math_reduce)(FN(math_abs)(x));
    FN(math_circle) y = FN(math_sincos)(a);
    FN(math_pair) s = FN(math_fast_sum)(y.sin, y.sin_low), c = FN(math_fast_sum)(y.cos, y.cos_low), n, d;
    VI odd = FN(math_odd)(a.quadrant);

    n.high = FN(math_sel)(odd, c.high, s.high);
    n.low = FN(math_sel)(odd, c.low, s.low);
    d.high = FN(math_sel)(odd, s.high, c.high);
    d.low = FN(math_sel)(odd, s.low, c.low);
    return FN(math_flip)(FN(math_quotient)(n, d), (a.quadrant << TOP_BIT) ^ FN(math_signbit)(x));
}

#undef LIMIT
#undef TOP_BIT

#endif
