/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): expm1, sinh, cosh, tanh, from e^x = 2^k (1 + r + tail).
 * The parts are added from the largest down, as pairs; half of the power of two is used, so that what
 * overflows is only the last doubling.
 */
#ifdef VF

#if F64
#define SINH_MAX K(710.8)       /* beyond it sinh overflows */
#define EXPM1_MAX K(710)
#define EXPM1_MIN K(-50)        /* before it expm1 is -1 */
#define TANH_MAX K(40)          /* tanh(20) rounds to 1 */
#else
#define SINH_MAX K(89.6)
#define EXPM1_MAX K(89)
#define EXPM1_MIN K(-30)
#define TANH_MAX K(20)
#endif

/* (e^x - 1) / 2 */
MATH_FN FN(math_pair) FN(math_half_expm1)(VF x)
{
    FN(math_exp_parts) e = FN(math_exp_split)(x, FN(math_splat)(K(0)));
    VF z = e.r * e.r, h = FN(math_power)(FN(math_bits)(e.km) - 1);
    FN(math_exp_terms) q = FN(math_exp_poly)(z);
    VF tail = FN(math_fma)(z, FN(math_fma)(q.odd, e.r, q.even), e.low);
    FN(math_pair) n = FN(math_fast_sum)(h - K(0.5), h * e.r);

    return FN(math_fast_sum)(n.high, FN(math_fma)(h, tail, n.low));
}

MATH_FN VF FN(math_expm1)(VF x)
{
    VI tiny = FN(math_lt)(FN(math_abs)(x), FN(math_splat)(FN(MATH_TINY) * FN(MATH_TINY)));
    FN(math_pair) n = FN(math_half_expm1)(FN(math_max)(FN(math_min)(x, EXPM1_MAX), EXPM1_MIN));

    return FN(math_sel)(tiny, x, n.high * K(2));
}

/* (e^2|x| - 1) / (e^2|x| + 1), both halved */
MATH_FN VF FN(math_tanh)(VF x)
{
    VF size = FN(math_abs)(x);
    VI tiny = FN(math_lt)(size, FN(math_splat)(FN(MATH_TINY)));
    FN(math_pair) n = FN(math_half_expm1)(FN(math_min)(size + size, TANH_MAX));
    FN(math_pair) d = FN(math_sum)(n.high, FN(math_splat)(K(1)));

    d.low += n.low;
    return FN(math_copysign)(FN(math_sel)(tiny, size, FN(math_quotient)(n, d)), x);
}

/* For y >= 0: h = 2^k / 4 and g = 2^-k / 4; e^y / 4 = h (1 + r + up), e^-y / 4 = g (1 - r + down) */
typedef struct FN(math_exp_both) { VF h, g, r, up, down; } FN(math_exp_both);

MATH_FN FN(math_exp_both) FN(math_exp_two)(VF y)
{
    FN(math_exp_parts) e = FN(math_exp_split)(FN(math_min)(y, SINH_MAX), FN(math_splat)(K(0)));
    VF z = e.r * e.r, odd;
    VU k = FN(math_bits)(e.km), zero = FN(math_bits)(FN(math_splat)(FN(MATH_MAGIC)));
    FN(math_exp_terms) q = FN(math_exp_poly)(z);
    FN(math_exp_both) b = { .h = FN(math_power)(k - 2), .g = FN(math_power)(zero - k - 2), .r = e.r };

    /* g vanishes beside h long before its exponent leaves the range of numbers */
    b.g = FN(math_and)(FN(math_lt)(y, FN(math_splat)(K(60))), b.g);
    odd = q.odd * e.r;
    b.up = FN(math_fma)(z, q.even + odd, e.low);
    b.down = FN(math_fma)(z, q.even - odd, -e.low);
    return b;
}

/* cosh y, and sinh y but for arguments so small that it is y */
MATH_FN VF FN(math_cosh_of)(FN(math_exp_both) b)
{
    FN(math_pair) a = FN(math_fast_sum)(b.h, b.g), s = FN(math_fast_sum)(a.high, (b.h - b.g) * b.r);
    VF tail = FN(math_fma)(b.h, b.up, FN(math_fma)(b.g, b.down, a.low + s.low));

    return (s.high + tail) * K(2);
}

MATH_FN VF FN(math_sinh_of)(FN(math_exp_both) b)
{
    FN(math_pair) a = FN(math_fast_sum)(b.h, -b.g);
    FN(math_pair) p = FN(math_product)(b.h + b.g, b.r), s = FN(math_fast_sum)(a.high, p.high);
    VF tail = FN(math_fma)(b.h, b.up, FN(math_fma)(-b.g, b.down, p.low + (a.low + s.low)));

    return (s.high + tail) * K(2);
}

MATH_FN VF FN(math_cosh)(VF x)
{
    return FN(math_cosh_of)(FN(math_exp_two)(FN(math_abs)(x)));
}

MATH_FN VF FN(math_sinh)(VF x)
{
    VF size = FN(math_abs)(x);
    VI tiny = FN(math_lt)(size, FN(math_splat)(FN(MATH_TINY)));
    VF r = FN(math_sinh_of)(FN(math_exp_two)(size));

    return FN(math_copysign)(FN(math_sel)(tiny, size, r), x);
}

#undef SINH_MAX
#undef EXPM1_MAX
#undef EXPM1_MIN
#undef TANH_MAX

#endif
