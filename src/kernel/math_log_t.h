/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): log, log2, log10, log1p.
 *
 * x = m 2^k with m around 1, f = m - 1, log m = f + tail.  f64: tail = s (f^2/2 + R(s^2)) - f^2/2 with
 * s = f / (2 + f), the form of FreeBSD's e_log.c; f32: f^2 times a polynomial in f.  Coefficients:
 * minimax, tests/kernel/math_coefs.sollya.
 */
#ifdef VF

#if F64
#define FIRST K(0x1.6a09e667f3bcdp-1)       /* m is in [FIRST, 2 FIRST): sqrt(1/2) */
#define SCALE 54                            /* makes subnormals normal */
#define TWO_TO_MANTISSA K(0x1p52)
#else
#define FIRST K(0x1.555556p-1)              /* 2/3 */
#define SCALE 25
#define TWO_TO_MANTISSA K(0x1p23)
#endif

typedef struct FN(math_parts) { VF m, k; } FN(math_parts);

/* x > 0, finite */
MATH_FN FN(math_parts) FN(math_split_log)(VF x)
{
    const EU mantissa = ((EU)1 << FN(MATH_MANTISSA)) - 1;
    VU first = FN(math_bits)(FN(math_splat)(FIRST));
    VU big = FN(math_bits)(FN(math_splat)(TWO_TO_MANTISSA));
    VI tiny = FN(math_lt)(x, FN(math_splat)(FN(MATH_MIN_NORMAL)));
    VF scaled = x * FN(math_sel)(tiny, FN(math_splat)(K((EU)1 << SCALE)), FN(math_splat)(K(1)));
    VF bias = FN(math_sel)(tiny, FN(math_splat)(TWO_TO_MANTISSA + K(FN(MATH_BIAS) + SCALE)),
                           FN(math_splat)(TWO_TO_MANTISSA + K(FN(MATH_BIAS))));
    /* its exponent field is k + BIAS */
    VU shifted = FN(math_bits)(scaled) + (FN(MATH_ONE_BITS) - first);

    return (FN(math_parts)){
        FN(math_from)((shifted & mantissa) + first),
        FN(math_from)((shifted >> FN(MATH_MANTISSA)) + big) - bias };
}

MATH_FN VF FN(math_log_tail)(VF f)
{
#if F64
    VF s = f / (f + K(2)), z = s * s, w = z * z, half = f * f * K(0.5), r;
    VF even = FN(math_splat)(K(0x1.2f036e00f7a6ep-3)), odd = FN(math_splat)(K(0x1.39a1f25e24125p-3));

    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.74663c7d6db6cp-3)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.c71c5216a7ebbp-3)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.24924941de7bap-2)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.999999997ff41p-2)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.5555555555592p-1)));
    r = FN(math_fma)(odd, z, even);
    return FN(math_fma)(s, FN(math_fma)(r, z, half), -half);
#else
    VF z = f * f;
    VF even = FN(math_splat)(K(0x1.1e753cp-3)), odd = FN(math_splat)(K(-0x1.080cf8p-3));

    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.1ed3e8p-3)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(-0x1.f30e26p-4)));
    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.99d06p-3)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(-0x1.559de4p-3)));
    even = FN(math_fma)(even, z, FN(math_splat)(K(0x1.555506p-2)));
    odd = FN(math_fma)(odd, z, FN(math_splat)(K(-0x1.fffefp-3)));
    return z * FN(math_fma)(FN(math_fma)(odd, f, even), f, FN(math_splat)(K(-0.5)));
#endif
}

/* The logarithm y of x, or what it is where there is none. */
MATH_FN VF FN(math_log_ends)(VF x, VF y)
{
    VF inf = FN(math_splat)(FN(MATH_INF)), zero = FN(math_splat)(K(0));

    y = FN(math_sel)(FN(math_lt)(x, inf), y, x);                        /* infinity, NaN */
    y = FN(math_sel)(FN(math_eq)(x, zero), -inf, y);
    return FN(math_sel)(FN(math_lt)(x, zero), FN(math_splat)(FN(MATH_NAN)), y);
}

/* log(m 2^k (1 + extra)), extra tiny */
MATH_FN VF FN(math_log_join)(VF k, VF m, VF extra)
{
    VF f = m - K(1), low = FN(math_fma)(k, FN(math_splat)(FN(MATH_LN2_LO)), FN(math_log_tail)(f)) + extra;

    return FN(math_fma)(k, FN(math_splat)(FN(MATH_LN2_HI)), low + f);
}

MATH_FN VF FN(math_log)(VF x)
{
    FN(math_parts) p = FN(math_split_log)(x);
    VF f = p.m - K(1), low = FN(math_fma)(p.k, FN(math_splat)(FN(MATH_LN2_LO)), FN(math_log_tail)(f));

    return FN(math_log_ends)(x, FN(math_fma)(p.k, FN(math_splat)(FN(MATH_LN2_HI)), low + f));
}

/* scaled k + (f + tail) (high + low) */
MATH_FN VF FN(math_log_other)(VF x, VF scaled_k, VF klow, FN(math_parts) p, EF high, EF low)
{
    VF f = p.m - K(1);
    FN(math_pair) h = FN(math_product)(f, FN(math_splat)(high)), sum = FN(math_fast_sum)(scaled_k, h.high);

    h.low = FN(math_fma)(f, FN(math_splat)(low), h.low + klow);
    h.low = FN(math_fma)(FN(math_log_tail)(f), FN(math_splat)(high), h.low);
    return FN(math_log_ends)(x, sum.high + (sum.low + h.low));
}

MATH_FN VF FN(math_log2)(VF x)
{
    FN(math_parts) p = FN(math_split_log)(x);

    return FN(math_log_other)(x, p.k, FN(math_splat)(K(0)), p, FN(MATH_LOG2E), FN(MATH_LOG2E_LO));
}

MATH_FN VF FN(math_log10)(VF x)
{
    FN(math_parts) p = FN(math_split_log)(x);

    return FN(math_log_other)(x, p.k * FN(MATH_LOG10_2_HI), p.k * FN(MATH_LOG10_2_LO), p,
                              FN(MATH_LOG10E), FN(MATH_LOG10E_LO));
}

/* log(u + c) for a sum u + c, c < ulp(u), u >= 1/2: c / u is enough of its logarithm.  `shift` is added to k. */
MATH_FN VF FN(math_log_pair)(FN(math_pair) u, VF shift)
{
    FN(math_parts) p = FN(math_split_log)(u.high);

    return FN(math_log_join)(p.k + shift, p.m, u.low / u.high);
}

MATH_FN VF FN(math_log1p)(VF x)
{
    FN(math_pair) u = FN(math_sum)(x, FN(math_splat)(K(1)));
    VI tiny = FN(math_lt)(FN(math_abs)(x), FN(math_splat)(FN(MATH_TINY) * FN(MATH_TINY)));
    VF y = FN(math_log_pair)(u, FN(math_splat)(K(0)));

    return FN(math_sel)(tiny, x, FN(math_log_ends)(u.high, y));
}

#undef FIRST
#undef SCALE
#undef TWO_TO_MANTISSA

#endif
