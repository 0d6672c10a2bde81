/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): asin, acos, atan, atan2.
 *
 * atan of a quotient <= 1: n / d, or beyond tan(pi / 8) pi / 4 + atan((n - d) / (n + d)); one division.
 * asin: t + t^3 P(t^2) up to 1/2, beyond it pi / 2 - 2 asin(sqrt((1 - |x|) / 2)).  Results are a multiple
 * of pi / 4 plus a small part, added as pairs.  Coefficients: minimax, tests/kernel/math_coefs.sollya.
 */
#ifdef VF

/* atan2 scales its arguments so that neither their sum overflows nor the rest of a quotient underflows. */
#if F64
#define TOO_BIG K(0x1p1000)
#define TOO_SMALL K(0x1p100)
#define SCALE_DOWN K(0x1p-100)
#define SCALE_UP K(0x1p200)
#else
#define TOO_BIG K(0x1p120)
#define TOO_SMALL K(0x1p20)
#define SCALE_DOWN K(0x1p-20)
#define SCALE_UP K(0x1p60)
#endif

/* (atan(t) - t) / t^3 for |t| <= tan(pi / 8), z = t^2 */
MATH_FN VF FN(math_atan_poly)(VF z)
{
    VF w = z * z;
#if F64
    VF even = FN(math_splat)(K(0x1.37d4512a0e417p-5)), odd = FN(math_splat)(K(-0x1.2567683f5da7ep-6));

    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.df0f2f1d077b5p-5)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.9cd23a0e5784ap-5)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.3b1118f6cb8dep-4)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.10ebb672dce37p-4)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.c71c70e603b84p-4)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.745cf8daa1bf4p-4)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.999999999586ap-3)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.24924922ad4fdp-3)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.555555555553dp-2)));
    return FN(math_fma)(even, z, odd);
#else
    VF even = FN(math_splat)(K(0x1.b22774p-4)), odd = FN(math_splat)(K(-0x1.f2f5aep-5));

    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.9991e4p-3)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.23b9d4p-3)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(-0x1.55554ap-2)));
    return FN(math_fma)(even, z, odd);
#endif
}

/* eighths pi / 4 + a.high + a.low rounded once; eighths is a small integer, a.high < pi / 4 or eighths 0 */
MATH_FN VF FN(math_add_eighths)(VF eighths, FN(math_pair) a)
{
    VF c = FN(math_splat)(FN(MATH_PIO2) / 2), clow = FN(math_splat)(FN(MATH_PIO2_2) / 2);
    FN(math_pair) p = FN(math_product)(eighths, c), s;

    p.low = FN(math_fma)(eighths, clow, p.low);
    s = FN(math_fast_sum)(p.high, a.high);
    return s.high + (s.low + (p.low + a.low));
}

/* atan(n / d) for 0 <= n, d: result is the angle; where `left`, pi minus it */
MATH_FN VF FN(math_angle_of)(VF n, VF d, VI left)
{
    VI swap = FN(math_lt)(d, n);
    VF small = FN(math_sel)(swap, d, n), big = FN(math_sel)(swap, n, d);
    VI middle = FN(math_lt)(big * K(0.41421356237309503), small);
    FN(math_pair) num = FN(math_fast_sum)(big, -small), den = FN(math_fast_sum)(big, small), t;
    VF one = FN(math_splat)(K(1)), eighths, z;

    num.high = FN(math_sel)(middle, -num.high, small);
    num.low = FN(math_and)(middle, -num.low);
    den.high = FN(math_sel)(middle, den.high, big);
    den.low = FN(math_and)(middle, den.low);
    t = FN(math_quotient_pair)(num, den);
    z = t.high * t.high;
    t.low = FN(math_fma)(t.high * z, FN(math_atan_poly)(z), t.low);

    /* eighths of a turn / 2 from the first octant outwards: each mirror image changes the sign */
    eighths = FN(math_and)(middle, one);
    eighths = FN(math_sel)(swap, K(2) - eighths, eighths);
    eighths = FN(math_sel)(left, K(4) - eighths, eighths);
    VU sign = (VU)(swap ^ left) & FN(math_bits)(FN(math_splat)(K(-0.0)));
    t.high = FN(math_flip)(t.high, sign);
    t.low = FN(math_flip)(t.low, sign);
    return FN(math_add_eighths)(eighths, t);
}

MATH_FN VF FN(math_atan)(VF x)
{
    VF size = FN(math_min)(FN(math_abs)(x), F64 ? K(0x1p60) : K(0x1p30)), zero = FN(math_splat)(K(0));
    VI tiny = FN(math_lt)(size, FN(math_splat)(FN(MATH_TINY)));
    VF r = FN(math_angle_of)(size, FN(math_splat)(K(1)), FN(math_lt)(zero, zero));

    return FN(math_copysign)(FN(math_sel)(tiny, size, r), x);
}

MATH_FN VF FN(math_atan2)(VF y, VF x)
{
    VF n = FN(math_abs)(y), d = FN(math_abs)(x), zero = FN(math_splat)(K(0)), one = FN(math_splat)(K(1));
    VF inf = FN(math_splat)(FN(MATH_INF)), big = FN(math_sel)(FN(math_lt)(d, n), n, d), scale;
    VI left = FN(math_lt)(FN(math_copysign)(one, x), zero);
    VI infinite = FN(math_eq)(big, inf), none = FN(math_eq)(big, zero), unordered = FN(math_ne)(x, x) | FN(math_ne)(y, y);

    scale = FN(math_sel)(FN(math_lt)(FN(math_splat)(TOO_BIG), big), FN(math_splat)(SCALE_DOWN), one);
    scale = FN(math_sel)(FN(math_lt)(big, FN(math_splat)(TOO_SMALL)), FN(math_splat)(SCALE_UP), scale);
    n = FN(math_sel)(infinite, FN(math_and)(FN(math_eq)(n, inf), one), n * scale);
    d = FN(math_sel)(infinite, FN(math_and)(FN(math_eq)(d, inf), one), d * scale);
    d = FN(math_sel)(none, one, d);                                     /* atan2(0, +-0) is +0 or pi */
    VF r = FN(math_copysign)(FN(math_angle_of)(n, d, left), y);

    return FN(math_sel)(unordered, x + y, r);
}

/* asin(t), t = |x| or sqrt((1 - |x|) / 2) where |x| > 1/2, as a pair */
typedef struct FN(math_arc) { VI large; FN(math_pair) t; } FN(math_arc);

MATH_FN FN(math_arc) FN(math_arc_of)(VF size)
{
    FN(math_arc) a = { .large = FN(math_lt)(FN(math_splat)(K(0.5)), size) };
    VF half = FN(math_splat)(K(0.5));
    VF z = FN(math_sel)(a.large, FN(math_fma)(-half, size, half), size * size), w = z * z, root, rest, p;
#if F64
    VF even = FN(math_splat)(K(-0x1.09de10201d263p-6)), odd = FN(math_splat)(K(0x1.05714c026916cp-5));

    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.abc60b05ab199p-8)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.3ffb56c53ac98p-6)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.c6fd9c5da195cp-7)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.8ec401fcb56dep-7)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.6e89f4258416ap-6)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.1c6be3644bff2p-6)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.6db6db4277f8cp-5)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.f1c72c39efa29p-6)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.555555555539p-3)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.333333336e833p-4)));
    p = FN(math_fma)(odd, z, even);
#else
    VF even = FN(math_splat)(K(0x1.595d06p-5)), odd = FN(math_splat)(K(0x1.8c3ddp-6));

    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.747bbep-5)));
    odd = FN(math_fma)(odd, w, FN(math_splat)(K(0x1.330204p-4)));
    even = FN(math_fma)(even, w, FN(math_splat)(K(0x1.5555c8p-3)));
    p = FN(math_fma)(odd, z, even);
#endif
    root = FN(math_sqrt)(z);
    rest = FN(math_fma)(-root, root, z) * K(0.5) / FN(math_max)(root, FN(MATH_MIN_NORMAL));
    a.t.high = FN(math_sel)(a.large, root, size);
    a.t.low = FN(math_fma)(a.t.high * z, p, FN(math_and)(a.large, rest));
    return a;
}

/* eighths pi / 4 + a.t, doubled where a.large */
MATH_FN VF FN(math_arc_sum)(VF eighths, FN(math_arc) a, VU sign)
{
    VF factor = FN(math_flip)(FN(math_sel)(a.large, FN(math_splat)(K(2)), FN(math_splat)(K(1))), sign);

    a.t.high *= factor;
    a.t.low *= factor;
    return FN(math_add_eighths)(eighths, a.t);
}

MATH_FN VF FN(math_asin)(VF x)
{
    VF size = FN(math_abs)(x), two = FN(math_splat)(K(2));
    VI tiny = FN(math_lt)(size, FN(math_splat)(FN(MATH_TINY)));
    FN(math_arc) a = FN(math_arc_of)(size);
    VU minus = FN(math_bits)(FN(math_splat)(K(-0.0)));
    VF r = FN(math_arc_sum)(FN(math_and)(a.large, two), a, (VU)a.large & minus);

    return FN(math_copysign)(FN(math_sel)(tiny, size, r), x);
}

/* pi / 2 - asin(x) up to 1/2; beyond it 2 asin(...), from pi where x < 0 */
MATH_FN VF FN(math_acos)(VF x)
{
    VF zero = FN(math_splat)(K(0)), two = FN(math_splat)(K(2)), four = FN(math_splat)(K(4));
    FN(math_arc) a = FN(math_arc_of)(FN(math_abs)(x));
    VI left = FN(math_lt)(x, zero);
    VU minus = FN(math_bits)(FN(math_splat)(K(-0.0)));
    VF eighths = FN(math_sel)(a.large, FN(math_and)(left, four), two);

    return FN(math_arc_sum)(eighths, a, (VU)~(a.large ^ left) & minus);
}

#undef TOO_BIG
#undef TOO_SMALL
#undef SCALE_DOWN
#undef SCALE_UP

#endif
