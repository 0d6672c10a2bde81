/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): complex numbers as pairs of vectors; what several of their functions
 * need; products, quotients, the direction of a number (sign).
 */
#ifdef VF

#if F64
#define TOO_BIG K(0x1p1000)             /* hypot or a sum of two such numbers may overflow */
#define TOO_SMALL K(0x1p-1000)          /* hypot may be subnormal */
#define SHIFT 200
#define SHIFT_UP K(0x1p200)
#define SHIFT_DOWN K(0x1p-200)
#else
#define TOO_BIG K(0x1p100)
#define TOO_SMALL K(0x1p-100)
#define SHIFT 40
#define SHIFT_UP K(0x1p40)
#define SHIFT_DOWN K(0x1p-40)
#endif

typedef struct FN(math_complex) { VF re, im; } FN(math_complex);

MATH_FN FN(math_complex) FN(math_c)(VF re, VF im) { return (FN(math_complex)){ re, im }; }
MATH_FN FN(math_complex) FN(math_cswap)(FN(math_complex) z) { return FN(math_c)(z.im, z.re); }

MATH_FN FN(math_complex) FN(math_csel)(VI mask, FN(math_complex) yes, FN(math_complex) no)
{
    return FN(math_c)(FN(math_sel)(mask, yes.re, no.re), FN(math_sel)(mask, yes.im, no.im));
}

MATH_FN VI FN(math_isinf)(VF x) { return FN(math_eq)(FN(math_abs)(x), FN(math_splat)(FN(MATH_INF))); }
/* infinite or NaN */
MATH_FN VI FN(math_wild)(VF x) { return ~FN(math_lt)(FN(math_abs)(x), FN(math_splat)(FN(MATH_INF))); }
MATH_FN VI FN(math_zero)(VF x) { return FN(math_eq)(x, FN(math_splat)(K(0))); }

/* A NaN may have any sign: none that a result is given. */
MATH_FN FN(math_complex) FN(math_cquiet)(FN(math_complex) z)
{
    VF nan = FN(math_splat)(FN(MATH_NAN));

    return FN(math_c)(FN(math_sel)(FN(math_ne)(z.re, z.re), nan, z.re), FN(math_sel)(FN(math_ne)(z.im, z.im), nan, z.im));
}

MATH_FN VF FN(math_larger)(VF a, VF b)
{
    return FN(math_sel)(FN(math_lt)(a, b), b, a);
}

/* The formulas of array/kop.h. */
MATH_FN FN(math_complex) FN(math_cmul)(FN(math_complex) a, FN(math_complex) b)
{
    return FN(math_c)(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
}

/* 1 / z */
MATH_FN FN(math_complex) FN(math_creciprocal)(FN(math_complex) z)
{
    VI real = FN(math_le)(FN(math_abs)(z.im), FN(math_abs)(z.re)), none = FN(math_zero)(z.re) & FN(math_zero)(z.im);
    VF big = FN(math_sel)(real, z.re, z.im), small = FN(math_sel)(real, z.im, z.re), one = FN(math_splat)(K(1));
    VF r = small / big, t = FN(math_sel)(none, FN(math_abs)(z.re), big + small * r);
    VF re = FN(math_sel)(real, one, r), im = FN(math_sel)(real, -r, -one);

    return FN(math_c)(FN(math_sel)(none, one, re) / t, FN(math_and)(~none, im) / t);
}

/* cos y + i sin y */
MATH_FN FN(math_complex) FN(math_cis)(VF y)
{
    FN(math_angle) a = FN(math_reduce)(FN(math_abs)(y));
    FN(math_circle) p = FN(math_sincos)(a);
    VF s = p.sin + p.sin_low, c = p.cos + p.cos_low;
    VI odd = FN(math_odd)(a.quadrant);

    return FN(math_c)(FN(math_flip)(FN(math_sel)(odd, s, c), FN(math_half_turn)(a.quadrant + 1)),
                      FN(math_flip)(FN(math_sel)(odd, c, s), FN(math_half_turn)(a.quadrant) ^ FN(math_signbit)(y)));
}

/* z 2^-k, k chosen so that no square of it leaves the range where it matters */
typedef struct FN(math_scaled) { FN(math_complex) z; VF k; } FN(math_scaled);

MATH_FN FN(math_scaled) FN(math_cscale)(FN(math_complex) z)
{
    VF size = FN(math_larger)(FN(math_abs)(z.re), FN(math_abs)(z.im)), one = FN(math_splat)(K(1));
    VF bits = FN(math_splat)(K(SHIFT)), factor;
    VI big = FN(math_lt)(FN(math_splat)(TOO_BIG), size), small = FN(math_lt)(size, FN(math_splat)(TOO_SMALL));

    factor = FN(math_sel)(big, FN(math_splat)(SHIFT_DOWN), FN(math_sel)(small, FN(math_splat)(SHIFT_UP), one));
    return (FN(math_scaled)){ FN(math_c)(z.re * factor, z.im * factor),
                              FN(math_sel)(big, bits, FN(math_and)(small, -bits)) };
}

/* z / |z|; 0 of 0; of infinities NaN if both parts are, else the unit that points there (as NumPy) */
MATH_FN FN(math_complex) FN(math_csign)(FN(math_complex) z)
{
    VF one = FN(math_splat)(K(1)), nan = FN(math_splat)(FN(MATH_NAN));
    VI real = FN(math_isinf)(z.re), imaginary = FN(math_isinf)(z.im), none = FN(math_zero)(z.re) & FN(math_zero)(z.im);
    VI bad = FN(math_ne)(z.re, z.re) | FN(math_ne)(z.im, z.im) | (real & imaginary);
    FN(math_scaled) s = FN(math_cscale)(z);
    VF h = FN(math_sel)(none | real | imaginary, one, FN(math_hypot)(s.z.re, s.z.im));
    FN(math_complex) unit = FN(math_c)(FN(math_and)(real, FN(math_copysign)(one, z.re)),
                                       FN(math_and)(imaginary, FN(math_copysign)(one, z.im)));
    FN(math_complex) r = FN(math_csel)(real | imaginary, unit, FN(math_c)(s.z.re / h, s.z.im / h));

    return FN(math_csel)(bad, FN(math_c)(nan, nan), FN(math_c)(FN(math_and)(~none, r.re), FN(math_and)(~none, r.im)));
}

/* With a root of the scaled number, by half of the shift back.  t = sqrt((|x| + |z|) / 2) is the part
 * without cancellation, the other one y / (2 t). */
MATH_FN FN(math_complex) FN(math_csqrt)(FN(math_complex) z)
{
    z = FN(math_cquiet)(z);

    FN(math_scaled) s = FN(math_cscale)(z);
    VF zero = FN(math_splat)(K(0)), half = FN(math_splat)(K(0.5)), inf = FN(math_splat)(FN(MATH_INF)), back;
    VF t = FN(math_sqrt)((FN(math_abs)(s.z.re) + FN(math_hypot)(s.z.re, s.z.im)) * half), u = s.z.im / (t + t);
    VI left = FN(math_lt)(z.re, zero), none = FN(math_zero)(z.re) & FN(math_zero)(z.im), up = FN(math_isinf)(z.im);
    FN(math_complex) r = FN(math_csel)(left, FN(math_c)(FN(math_abs)(u), FN(math_copysign)(t, z.im)),
                                       FN(math_c)(t, u));

    back = FN(math_power)(FN(math_bits)(s.k * half + FN(MATH_MAGIC)));
    r.re = FN(math_sel)(up, inf, FN(math_and)(~none, r.re * back));
    r.im = FN(math_sel)(up | none, z.im, r.im * back);
    return r;
}

#undef TOO_BIG
#undef TOO_SMALL
#undef SHIFT
#undef SHIFT_UP
#undef SHIFT_DOWN

#endif
