/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): asin, acos, atan, asinh, acosh, atanh of complex numbers, after W. Kahan ("Branch
 * cuts for complex elementary functions", in The State of the Art in Numerical Analysis, 1987): the roots
 * of 1 - z and 1 + z give the parts of asin and acos without cancellation.  Large numbers are scaled, and
 * an infinite part stands for a number beside which a finite one vanishes.
 */
#ifdef VF

#if F64
#define TOO_BIG K(0x1p500)              /* 4 |z|^2 may overflow */
#define SCALE_DOWN K(0x1p-400)          /* what is left is still large: the sine of i asinh(z) is 2 z */
#define LOG_SCALE K(277.25887222397811)  /* 400 log 2 */
#define HUGE_PART K(0x1p200)
#define ATANH_DOWN K(0x1p-600)
#else
#define TOO_BIG K(0x1p60)
#define SCALE_DOWN K(0x1p-40)
#define LOG_SCALE K(27.725887222397811)
#define HUGE_PART K(0x1p40)
#define ATANH_DOWN K(0x1p-90)
#endif

/* asin z = across + i up, acos z = arc - i up */
typedef struct FN(math_arcs) { VF across, arc, up; } FN(math_arcs);

/* The part of a number of which one part is infinite */
MATH_FN VF FN(math_direction)(VF x)
{
    VF zero = FN(math_splat)(K(0));

    return FN(math_sel)(FN(math_isinf)(x), FN(math_copysign)(FN(math_splat)(HUGE_PART), x), x * zero);
}

MATH_FN FN(math_arcs) FN(math_carcs)(FN(math_complex) z)
{
    VF one = FN(math_splat)(K(1)), inf = FN(math_splat)(FN(MATH_INF)), size, factor;
    VI far = FN(math_isinf)(z.re) | FN(math_isinf)(z.im), big;
    FN(math_complex) w = FN(math_csel)(far, FN(math_c)(FN(math_direction)(z.re), FN(math_direction)(z.im)), z);
    FN(math_arcs) r;

    z = FN(math_cquiet)(z);
    size = FN(math_larger)(FN(math_abs)(w.re), FN(math_abs)(w.im));
    big = FN(math_lt)(FN(math_splat)(TOO_BIG), size);
    factor = FN(math_sel)(big, FN(math_splat)(SCALE_DOWN), one);
    w = FN(math_c)(w.re * factor, w.im * factor);

    FN(math_complex) minus = FN(math_csqrt)(FN(math_c)(one - w.re, FN(math_neg)(w.im)));
    FN(math_complex) plus = FN(math_csqrt)(FN(math_c)(one + w.re, w.im));
    VF sine = FN(math_abs)(minus.re * plus.im - minus.im * plus.re);

    r.across = FN(math_atan2)(w.re, minus.re * plus.re - minus.im * plus.im);
    r.arc = K(2) * FN(math_atan2)(minus.re, plus.re);
    size = FN(math_asinh)(sine) + FN(math_and)(big, FN(math_splat)(LOG_SCALE));
    r.up = FN(math_copysign)(FN(math_sel)(far, inf, size), z.im);
    return r;
}

MATH_FN FN(math_complex) FN(math_casin)(FN(math_complex) z)
{
    FN(math_arcs) a = FN(math_carcs)(z);

    return FN(math_c)(FN(math_sel)(FN(math_zero)(z.re), z.re, a.across), a.up);
}

MATH_FN FN(math_complex) FN(math_casinh)(FN(math_complex) z)
{
    return FN(math_cswap)(FN(math_casin)(FN(math_cswap)(z)));
}

MATH_FN FN(math_complex) FN(math_cacos)(FN(math_complex) z)
{
    FN(math_arcs) a = FN(math_carcs)(z);
    VI unknown = FN(math_zero)(z.re) & FN(math_ne)(z.im, z.im);

    return FN(math_c)(FN(math_sel)(unknown, FN(math_splat)(FN(MATH_PIO2)), a.arc), FN(math_neg)(a.up));
}

/* +-i acos z, whichever is to the right */
MATH_FN FN(math_complex) FN(math_cacosh)(FN(math_complex) z)
{
    FN(math_complex) a = FN(math_cacos)(z);

    z = FN(math_cquiet)(z);
    return FN(math_c)(FN(math_abs)(a.im), FN(math_copysign)(a.re, z.im));
}

/* log1p(4 x / |z - 1|^2) / 4 + i atan2(2 y, (1 - x) (1 + x) - y^2) / 2 for x >= 0; where x is 1 and y
 * vanishes beside it log(2 / |y|) / 2; far out 1 / z and a right angle */
MATH_FN FN(math_complex) FN(math_catanh)(FN(math_complex) z)
{
    z = FN(math_cquiet)(z);

    VF one = FN(math_splat)(K(1)), zero = FN(math_splat)(K(0)), x = FN(math_abs)(z.re), y = z.im, re, im;
    VI endless = FN(math_isinf)(x) | FN(math_isinf)(y);
    VI big = FN(math_lt)(FN(math_splat)(TOO_BIG), FN(math_larger)(x, FN(math_abs)(y)));
    VF u = x * ATANH_DOWN, v = y * ATANH_DOWN, far = u / (u * u + v * v) * ATANH_DOWN;
    VF right = FN(math_copysign)(FN(math_splat)(FN(MATH_PIO2)), y), less = one - x, h = FN(math_hypot)(less, y);
    VI pole = FN(math_lt)(h, FN(math_splat)(FN(MATH_TINY) * FN(MATH_TINY)));

    re = FN(math_log1p)(K(4) * x / (h * h)) * K(0.25);
    re = FN(math_sel)(pole, (FN(MATH_LN2) - FN(math_log)(h)) * K(0.5), re);
    im = FN(math_atan2)(y + y, FN(math_fma)(-y, y, less * (one + x))) * K(0.5);
    re = FN(math_sel)(big, far, re);
    re = FN(math_sel)(endless | FN(math_zero)(x), zero, re);
    im = FN(math_sel)(FN(math_ne)(y, y), y, FN(math_sel)(big | endless, right, im));
    return FN(math_c)(FN(math_copysign)(re, z.re), im);
}

MATH_FN FN(math_complex) FN(math_catan)(FN(math_complex) z)
{
    return FN(math_cswap)(FN(math_catanh)(FN(math_cswap)(z)));
}

#undef TOO_BIG
#undef SCALE_DOWN
#undef LOG_SCALE
#undef HUGE_PART
#undef ATANH_DOWN

#endif
