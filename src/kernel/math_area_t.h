/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): asinh, acosh, atanh, cbrt.
 *
 * The area functions are logarithms of 1 + t, t as a pair where it is small: near 0 (near 1 for acosh)
 * log(1 + t) is as good as t.  For large arguments log(2 x).
 */
#ifdef VF

#if F64
#define LARGE K(0x1p30)             /* x^2 + 1 rounds to x^2 */
#define TWO_TO_MANTISSA K(0x1p52)
#define CBRT_2 K(0x1.428a2f98d728bp0)
#define CBRT_HALF K(0x1.965fea53d6e3dp-1)
#define SCALE_UP K(0x1p54)          /* of subnormals; a cube */
#define SCALE_EXPONENT 54
#else
#define LARGE K(0x1p14)
#define TWO_TO_MANTISSA K(0x1p23)
#define CBRT_2 K(0x1.428a3p0)
#define CBRT_HALF K(0x1.965feap-1)
#define SCALE_UP K(0x1p27)
#define SCALE_EXPONENT 27
#endif

/* log(1 + t), or log(2 x) where x is large */
MATH_FN VF FN(math_log_area)(FN(math_pair) t, VF x, VI large)
{
    VF one = FN(math_splat)(K(1));
    FN(math_pair) u = FN(math_sum)(t.high, one);

    u.low = FN(math_and)(~large, u.low + t.low);
    u.high = FN(math_sel)(large, x, u.high);
    return FN(math_log_pair)(u, FN(math_and)(large, one));
}

/* t = x + x^2 / (1 + sqrt(x^2 + 1)) */
MATH_FN VF FN(math_asinh)(VF x)
{
    VF size = FN(math_abs)(x), a = FN(math_min)(size, LARGE), one = FN(math_splat)(K(1));
    VI tiny = FN(math_lt)(size, FN(math_splat)(FN(MATH_TINY)));
    VI large = FN(math_lt)(FN(math_splat)(LARGE), size);
    VF root = FN(math_sqrt)(FN(math_fma)(a, a, one));
    FN(math_pair) t = FN(math_sum)(a, a * a / (one + root));
    VF r = FN(math_log_ends)(size, FN(math_log_area)(t, size, large));

    return FN(math_copysign)(FN(math_sel)(tiny, size, r), x);
}

/* t = (x - 1) + sqrt((x - 1) (x + 1)); the root as a pair */
MATH_FN VF FN(math_acosh)(VF x)
{
    VF one = FN(math_splat)(K(1)), a = FN(math_min)(x, LARGE) - one;
    VI large = FN(math_lt)(FN(math_splat)(LARGE), x), outside = FN(math_lt)(x, one);
    FN(math_pair) p = FN(math_product)(a, a), s = FN(math_sum)(a + a, p.high), t;
    VF root = FN(math_sqrt)(s.high), rest = FN(math_fma)(-root, root, s.high) + (s.low + p.low), r;

    t = FN(math_sum)(root, a);
    t.low += rest * K(0.5) / FN(math_max)(root, FN(MATH_MIN_NORMAL));
    r = FN(math_log_ends)(x, FN(math_log_area)(t, x, large));
    return FN(math_sel)(outside, FN(math_splat)(FN(MATH_NAN)), r);
}

/* log(1 + 2 x / (1 - x)) / 2 */
MATH_FN VF FN(math_atanh)(VF x)
{
    VF size = FN(math_abs)(x), one = FN(math_splat)(K(1)), zero = FN(math_splat)(K(0));
    VI tiny = FN(math_lt)(size, FN(math_splat)(FN(MATH_TINY))), inside = FN(math_lt)(size, one);
    VF a = FN(math_and)(inside, size);
    FN(math_pair) d = FN(math_fast_sum)(one, -a), n = { a + a, zero };
    VF r = FN(math_log_area)(FN(math_quotient_pair)(n, d), one, FN(math_lt)(one, zero)) * K(0.5);

    r = FN(math_sel)(inside, r, FN(math_splat)(FN(MATH_NAN)));
    r = FN(math_sel)(FN(math_eq)(size, one), FN(math_splat)(FN(MATH_INF)), r);
    r = FN(math_sel)(tiny, size, r);
    return FN(math_copysign)(r, x);
}

/* |x| = v 8^q, v in [1/2, 4): y = v^(-1/3) by a polynomial and cubic steps, t = v y^2, one correction */
MATH_FN VF FN(math_cbrt)(VF x)
{
    const EU mantissa = ((EU)1 << FN(MATH_MANTISSA)) - 1;
    VF size = FN(math_abs)(x), one = FN(math_splat)(K(1)), magic = FN(math_splat)(FN(MATH_MAGIC));
    VI tiny = FN(math_lt)(size, FN(math_splat)(FN(MATH_MIN_NORMAL)));
    VU bits = FN(math_bits)(size * FN(math_sel)(tiny, FN(math_splat)(SCALE_UP), one));
    VF m = FN(math_from)((bits & mantissa) | FN(MATH_ONE_BITS));
    VF e = FN(math_from)((bits >> FN(MATH_MANTISSA)) + FN(math_bits)(FN(math_splat)(TWO_TO_MANTISSA)));

    e -= FN(math_sel)(tiny, FN(math_splat)(TWO_TO_MANTISSA + K(FN(MATH_BIAS) + SCALE_EXPONENT)),
                      FN(math_splat)(TWO_TO_MANTISSA + K(FN(MATH_BIAS))));
    VF qm = FN(math_fma)(e, FN(math_splat)(K(1) / K(3)), magic), rest = e - K(3) * (qm - magic);
    VI up = FN(math_lt)(FN(math_splat)(K(0.5)), rest), down = FN(math_lt)(rest, FN(math_splat)(K(-0.5)));
    VF v = m * FN(math_sel)(up, FN(math_splat)(K(2)), FN(math_sel)(down, FN(math_splat)(K(0.5)), one));
    VF y = FN(math_splat)(K(0x1.d47154p-6)), h, t;

    y = FN(math_fma)(y, m, FN(math_splat)(K(-0x1.c519b2p-3)));
    y = FN(math_fma)(y, m, FN(math_splat)(K(0x1.641702p-1)));
    y = FN(math_fma)(y, m, FN(math_splat)(K(-0x1.2c4234p+0)));
    y = FN(math_fma)(y, m, FN(math_splat)(K(0x1.ab85acp+0)));
    y *= FN(math_sel)(up, FN(math_splat)(CBRT_HALF), FN(math_sel)(down, FN(math_splat)(CBRT_2), one));
    for (int i = 0; i < (F64 ? 2 : 1); i++) {
        h = FN(math_fma)(-v * y, y * y, one);
        y = FN(math_fma)(y * h, FN(math_fma)(h, FN(math_splat)(K(2) / K(9)), FN(math_splat)(K(1) / K(3))), y);
    }
    t = v * (y * y);
    FN(math_pair) square = FN(math_product)(t, t), cube = FN(math_product)(square.high, t);
    h = (v - cube.high) - FN(math_fma)(square.low, t, cube.low);
    t = FN(math_fma)(h * (y * y), FN(math_splat)(K(1) / K(3)), t) * FN(math_power)(FN(math_bits)(qm));

    /* also 0, infinity and NaN */
    VI usual = FN(math_lt)(FN(math_splat)(K(0)), size) & FN(math_lt)(size, FN(math_splat)(FN(MATH_INF)));
    return FN(math_copysign)(FN(math_sel)(usual, t, size), x);
}

#undef LARGE
#undef TWO_TO_MANTISSA
#undef CBRT_2
#undef CBRT_HALF
#undef SCALE_UP
#undef SCALE_EXPONENT

#endif
