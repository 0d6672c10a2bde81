/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): x % y and x // y as Python and NumPy define them on an exact fmod.
 * Only the special cases of // differ: the Array API's, which are those of x / y.
 */
#ifdef VF

#if F64
#define EXACT K(0x1p52)
#else
#define EXACT K(0x1p23)
#endif

MATH_COLD void FN(math_fmod_lanes)(const EF *x, const EF *y, EF *r)
{
    for (int i = 0; i < (int)(sizeof(VF) / sizeof(EF)); i++)
        if (x[i] < K(__builtin_inf()) && y[i] > 0 && x[i] >= y[i])
            r[i] = (EF)math_fmod_one((double)x[i], (double)y[i]);
}

/* The sign of x times |x| modulo |y|, exact; NaN for an infinite x, y = 0 or a NaN.
 * q = trunc(|x| / |y|) is right or one too big, where the quotient was rounded up to an integer; either
 * way |x| - q |y| is a number, so fma gives it exactly. */
MATH_FN VF FN(math_fmod)(VF x, VF y)
{
    VF a = FN(math_abs)(x), b = FN(math_abs)(y), q = a / b;
    VF r = FN(math_fma)(-FN(math_trunc)(q), b, a);
    VI many = FN(math_le)(FN(math_splat)(EXACT), q) & FN(math_lt)(a, FN(math_splat)(K(__builtin_inf())))
            & FN(math_ne)(b, FN(math_splat)(K(0)));

    r += FN(math_and)(FN(math_lt)(r, FN(math_splat)(K(0))), b);
    if (__builtin_expect(FN(math_any)(many), 0)) {
        EF as[sizeof(VF) / sizeof(EF)], bs[sizeof(VF) / sizeof(EF)], rs[sizeof(VF) / sizeof(EF)];
        VF exact;

        memcpy(as, &a, sizeof a);
        memcpy(bs, &b, sizeof b);
        memcpy(rs, &r, sizeof r);
        FN(math_fmod_lanes)(as, bs, rs);
        memcpy(&exact, rs, sizeof r);
        r = FN(math_sel)(many, exact, r);
    }
    r = FN(math_sel)(FN(math_lt)(a, b), a, r);                  /* also y infinite */
    return FN(math_flip)(r, FN(math_signbit)(x));
}

/* Where fmod's sign is not the divisor's, one divisor is added; a zero gets the divisor's sign. */
MATH_FN VI FN(math_other_sign)(VF mod, VF y)
{
    VF zero = FN(math_splat)(K(0));

    return (FN(math_lt)(mod, zero) & FN(math_lt)(zero, y)) | (FN(math_lt)(zero, mod) & FN(math_lt)(y, zero));
}

MATH_FN VF FN(math_rem)(VF x, VF y)
{
    VF mod = FN(math_fmod)(x, y), zero = FN(math_splat)(K(0));
    VF r = FN(math_sel)(FN(math_other_sign)(mod, y), mod + y, mod);

    return FN(math_sel)(FN(math_eq)(mod, zero), FN(math_copysign)(zero, y), r);
}

/* Python's float_divmod: (x - mod) / y is near an integer, which is found by floor and a correction. */
MATH_FN VF FN(math_floordiv)(VF x, VF y)
{
    VF mod = FN(math_fmod)(x, y), zero = FN(math_splat)(K(0)), one = FN(math_splat)(K(1));
    VF inf = FN(math_splat)(K(__builtin_inf())), quotient = x / y;
    VF div = (x - mod) / y - FN(math_and)(FN(math_other_sign)(mod, y), one);
    VF whole = FN(math_floor)(div);
    VI usual = FN(math_lt)(FN(math_abs)(x), inf) & FN(math_lt)(FN(math_abs)(y), inf) & FN(math_ne)(y, zero);

    whole += FN(math_and)(FN(math_lt)(FN(math_splat)(K(0.5)), div - whole), one);
    whole = FN(math_sel)(FN(math_eq)(div, zero), FN(math_copysign)(zero, quotient), whole);
    return FN(math_sel)(usual, whole, quotient);
}

#undef EXACT

#endif
