/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): rounding to integers.  Exact, a zero result has the argument's sign.
 * With MATH_SOFT_FMA (x86-64 v1, v2) never by instruction: v1 has none.
 */
#ifdef VF

#if defined __clang__ && !MATH_SOFT_FMA
#define ROUND(name, mode) \
    MATH_FN VF FN(math_##name)(VF x) { return __builtin_elementwise_##name(x); }
#define __builtin_elementwise_round __builtin_elementwise_roundeven
#elif MATH_REGISTER == 64 && F64
#define ROUND(name, mode) \
    MATH_FN VF FN(math_##name)(VF x) { return (VF)_mm512_roundscale_pd((__m512d)x, mode); }
#elif MATH_REGISTER == 64
#define ROUND(name, mode) \
    MATH_FN VF FN(math_##name)(VF x) { return (VF)_mm512_roundscale_ps((__m512)x, mode); }
#elif MATH_REGISTER && F64
#define ROUND(name, mode) \
    MATH_FN VF FN(math_##name)(VF x) { return (VF)X86(pd, round)((X86_pd)x, mode); }
#elif MATH_REGISTER
#define ROUND(name, mode) \
    MATH_FN VF FN(math_##name)(VF x) { return (VF)X86(ps, round)((X86_ps)x, mode); }
#endif

#ifdef ROUND
ROUND(round, 8)     /* the modes of roundpd, without the inexact flag */
ROUND(floor, 9)
ROUND(ceil, 10)
ROUND(trunc, 11)
#undef ROUND
#undef __builtin_elementwise_round
#else

/* The integer nearest to x >= 0, ties to even.  From 2^52 (2^23) on x is one. */
MATH_FN VF FN(math_round_size)(VF x)
{
    VF big = FN(math_splat)(F64 ? K(0x1p52) : K(0x1p23));

    return FN(math_sel)(FN(math_lt)(x, big), (x + big) - big, x);
}

MATH_FN VF FN(math_round)(VF x)
{
    return FN(math_copysign)(FN(math_round_size)(FN(math_abs)(x)), x);
}

MATH_FN VF FN(math_trunc)(VF x)
{
    VF size = FN(math_abs)(x), r = FN(math_round_size)(size);

    r -= FN(math_and)(FN(math_lt)(size, r), FN(math_splat)(K(1)));
    return FN(math_copysign)(r, x);
}

MATH_FN VF FN(math_floor)(VF x)
{
    VF r = FN(math_round)(x);

    r -= FN(math_and)(FN(math_lt)(x, r), FN(math_splat)(K(1)));
    return FN(math_copysign)(r, x);
}

MATH_FN VF FN(math_ceil)(VF x)
{
    VF r = FN(math_round)(x);

    r += FN(math_and)(FN(math_lt)(r, x), FN(math_splat)(K(1)));
    return FN(math_copysign)(r, x);
}

#endif
#endif
