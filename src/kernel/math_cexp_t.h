/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): exp, expm1, sinh, cosh, tanh, sin, cos, tan of complex numbers, from real
 * functions of the parts: e^x (cos y + i sin y), sinh x cos y + i cosh x sin y, ...  Where e^x overflows and
 * its product with a sine may not, a factor e^GROW is put in last.  The products of infinities with 0 and
 * NaN are then replaced by what the Array API standard has (that of C99, Annex G).
 */
#ifdef VF

#if F64
#define GROW K(512)
#define E_GROW K(0x1.9476504ba852ep+738)
#define TANH_FAR K(354)         /* sinh^2 is still finite, 4 e^-2x not yet subnormal */
#else
#define GROW K(64)
#define E_GROW K(0x1.425982p+92)
#define TANH_FAR K(44)
#endif

/* e^x = e more */
typedef struct FN(math_growth) { VF e, more; } FN(math_growth);

MATH_FN FN(math_growth) FN(math_grow)(VF x)
{
    VI big = FN(math_lt)(FN(math_splat)(GROW), x);

    return (FN(math_growth)){ FN(math_exp)(FN(math_sel)(big, x - GROW, x)),
                              FN(math_sel)(big, FN(math_splat)(E_GROW), FN(math_splat)(K(1))) };
}

/* r = e^z or e^z - 1, but for the ends: `limit` at -infinity */
MATH_FN FN(math_complex) FN(math_cexp_ends)(FN(math_complex) z, FN(math_complex) r, EF limit)
{
    VF inf = FN(math_splat)(FN(MATH_INF)), none = FN(math_copysign)(FN(math_splat)(K(0)), FN(math_cquiet)(z).im);
    VI wild = FN(math_wild)(z.im), up = wild & FN(math_eq)(z.re, inf), down = wild & FN(math_eq)(z.re, -inf);

    r.re = FN(math_sel)(up, inf, FN(math_sel)(down, FN(math_splat)(limit), r.re));
    r.im = FN(math_sel)(FN(math_zero)(z.im), z.im, FN(math_sel)(down, none, r.im));
    return r;
}

MATH_FN FN(math_complex) FN(math_cexp)(FN(math_complex) z)
{
    FN(math_growth) g = FN(math_grow)(z.re);
    FN(math_complex) u = FN(math_cis)(z.im);

    return FN(math_cexp_ends)(z, FN(math_c)(g.e * u.re * g.more, g.e * u.im * g.more), K(0));
}

/* expm1(x) - 2 e^x sin(y / 2)^2: where that cancels, the imaginary part is larger; never -0 */
MATH_FN FN(math_complex) FN(math_cexpm1)(FN(math_complex) z)
{
    FN(math_growth) g = FN(math_grow)(z.re);
    FN(math_complex) u = FN(math_cis)(z.im * K(0.5));
    VF versine = K(2) * u.im * u.im, less = FN(math_expm1)(FN(math_min)(z.re, GROW)), one = FN(math_splat)(K(1));
    VI big = FN(math_lt)(FN(math_splat)(GROW), z.re);
    VF near = less - (less + one) * versine + K(0), far = g.e * (one - versine) * g.more;
    VF im = g.e * (K(2) * u.im * u.re) * g.more;

    return FN(math_cexp_ends)(z, FN(math_c)(FN(math_sel)(big, far, near), im), K(-1));
}

/* sinh |x| and cosh |x|, both to be multiplied by `more` after the product with a sine */
typedef struct FN(math_hyper) { VF sinh, cosh, more; } FN(math_hyper);

MATH_FN FN(math_hyper) FN(math_hyper_of)(VF x)
{
    VF size = FN(math_abs)(x), one = FN(math_splat)(K(1)), y, both;
    VI big = FN(math_lt)(FN(math_splat)(GROW), size), tiny = FN(math_lt)(size, FN(math_splat)(FN(MATH_TINY)));

    y = FN(math_sel)(big, size - GROW, size);
    FN(math_exp_both) b = FN(math_exp_two)(y);
    FN(math_hyper) h = { FN(math_sinh_of)(b), FN(math_cosh_of)(b), FN(math_sel)(big, FN(math_splat)(E_GROW), one) };

    both = h.sinh * K(0.5) + h.cosh * K(0.5);           /* e^y / 2 */
    h.sinh = FN(math_sel)(big, both, FN(math_sel)(tiny, size, h.sinh));
    h.cosh = FN(math_sel)(big, both, h.cosh);
    return h;
}

/* sinh x cos y + i cosh x sin y; of 0 the real part is 0, at the infinities it is infinite */
MATH_FN FN(math_complex) FN(math_csinh)(FN(math_complex) z)
{
    FN(math_hyper) h = FN(math_hyper_of)(z.re);
    FN(math_complex) u = FN(math_cis)(z.im);
    VI keep = FN(math_wild)(z.im) & (FN(math_zero)(z.re) | FN(math_isinf)(z.re));
    VF re = FN(math_copysign)(h.sinh, z.re) * u.re * h.more, im = h.cosh * u.im * h.more;

    return FN(math_c)(FN(math_sel)(keep, z.re, re), FN(math_sel)(FN(math_zero)(z.im), z.im, im));
}

/* cosh x cos y + i sinh x sin y */
MATH_FN FN(math_complex) FN(math_ccosh)(FN(math_complex) z)
{
    z = FN(math_cquiet)(z);

    FN(math_hyper) h = FN(math_hyper_of)(z.re);
    FN(math_complex) u = FN(math_cis)(z.im);
    VI wild = FN(math_wild)(z.im), real = FN(math_zero)(z.im) | (wild & FN(math_zero)(z.re));
    VF re = h.cosh * u.re * h.more, im = FN(math_copysign)(h.sinh, z.re) * u.im * h.more;
    VF none = FN(math_copysign)(FN(math_splat)(K(0)), z.im);

    re = FN(math_sel)(wild & FN(math_isinf)(z.re), FN(math_abs)(z.re), re);
    return FN(math_c)(re, FN(math_sel)(real, FN(math_flip)(none, FN(math_signbit)(z.re)), im));
}

/* (sinh x cosh x + i sin y cos y) / (cos^2 y + sinh^2 x); far from 0 the imaginary part vanishes */
MATH_FN FN(math_complex) FN(math_ctanh)(FN(math_complex) z)
{
    z = FN(math_cquiet)(z);

    VF size = FN(math_abs)(z.re), none = FN(math_splat)(K(0)), one = FN(math_splat)(K(1)), d, re, im;
    VI far = FN(math_lt)(FN(math_splat)(TANH_FAR), size), ends = FN(math_isinf)(z.re);
    FN(math_hyper) h = FN(math_hyper_of)(FN(math_min)(size, TANH_FAR));
    FN(math_complex) u = FN(math_cis)(z.im);

    d = FN(math_fma)(u.re, u.re, h.sinh * h.sinh);
    re = FN(math_copysign)(h.sinh * h.cosh / d, z.re);
    im = u.re * u.im / d;
    re = FN(math_sel)(FN(math_zero)(z.re), z.re, FN(math_sel)(ends, FN(math_copysign)(one, z.re), re));
    im = FN(math_sel)(far & ~FN(math_wild)(z.im), FN(math_copysign)(none, im), im);
    im = FN(math_sel)(ends, FN(math_copysign)(none, z.im), im);
    return FN(math_c)(re, FN(math_sel)(FN(math_zero)(z.im), z.im, im));
}

/* f(z) = -i g(i z): with f odd and f(conj z) = conj f(z), the parts change places and again */
MATH_FN FN(math_complex) FN(math_csin)(FN(math_complex) z)
{
    return FN(math_cswap)(FN(math_csinh)(FN(math_cswap)(z)));
}

MATH_FN FN(math_complex) FN(math_ctan)(FN(math_complex) z)
{
    return FN(math_cswap)(FN(math_ctanh)(FN(math_cswap)(z)));
}

MATH_FN FN(math_complex) FN(math_ccos)(FN(math_complex) z)      /* cosh(i z) */
{
    return FN(math_ccosh)(FN(math_c)(FN(math_neg)(z.im), z.re));
}

#undef GROW
#undef E_GROW
#undef TANH_FAR

#endif
