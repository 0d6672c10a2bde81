/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): exp, exp2.
 *
 * x = k ln 2 + r, |r| <= ln 2 / 2; e^r = 1 + r + r^2 q(r) (minimax, tests/kernel/math_coefs.sollya);
 * times 2^k in two factors, so that overflow and gradual underflow come out of the multiplication.
 */
#ifdef VF

#if F64
#define EXP_MAX K(710)
#define EXP_MIN K(-746)
#define EXP2_MAX K(1025)
#define EXP2_MIN K(-1076)
#else
#define EXP_MAX K(89)
#define EXP_MIN K(-104)
#define EXP2_MAX K(129)
#define EXP2_MIN K(-151)
#endif

/* q(r) = even + r odd = (e^r - 1 - r) / r^2, z = r^2 */
typedef struct FN(math_exp_terms) { VF even, odd; } FN(math_exp_terms);

MATH_FN FN(math_exp_terms) FN(math_exp_poly)(VF z)
{
    FN(math_exp_terms) q;
#if F64
    q.even = FN(math_splat)(K(0x1.28ae1ad6237fcp-22));
    q.odd = FN(math_splat)(K(0x1.ad900f74b92c4p-26));
    q.even = FN(math_fma)(q.even, z, FN(math_splat)(K(0x1.a0199942cc288p-16)));
    q.odd = FN(math_fma)(q.odd, z, FN(math_splat)(K(0x1.71df1b08728bap-19)));
    q.even = FN(math_fma)(q.even, z, FN(math_splat)(K(0x1.6c16c1847f532p-10)));
    q.odd = FN(math_fma)(q.odd, z, FN(math_splat)(K(0x1.a01a012edb8a3p-13)));
    q.even = FN(math_fma)(q.even, z, FN(math_splat)(K(0x1.55555555506a4p-5)));
    q.odd = FN(math_fma)(q.odd, z, FN(math_splat)(K(0x1.1111111126ecbp-7)));
    q.even = FN(math_fma)(q.even, z, FN(math_splat)(K(0x1.000000000000ap-1)));
    q.odd = FN(math_fma)(q.odd, z, FN(math_splat)(K(0x1.55555555554fdp-3)));
#else
    q.even = FN(math_splat)(K(0x1.694ac4p-10));
    q.odd = FN(math_splat)(K(0x1.12398ep-7));
    q.even = FN(math_fma)(q.even, z, FN(math_splat)(K(0x1.555a28p-5)));
    q.odd = FN(math_fma)(q.odd, z, FN(math_splat)(K(0x1.555492p-3)));
    q.even = FN(math_fma)(q.even, z, FN(math_splat)(K(0x1.fffffap-2)));
#endif
    return q;
}

/* e^(r + low), |r| <= ln 2 / 2 */
MATH_FN VF FN(math_exp_reduced)(VF r, VF low)
{
    VF z = r * r;
    FN(math_exp_terms) q = FN(math_exp_poly)(z);
    FN(math_pair) p = FN(math_fast_sum)(FN(math_splat)(K(1)), r);

    return p.high + FN(math_fma)(z, FN(math_fma)(q.odd, r, q.even), p.low + low);
}

/* 2^k, as a number, from k + MAGIC */
MATH_FN VF FN(math_power)(VU km)
{
    return FN(math_from)((km << FN(MATH_MANTISSA)) + FN(MATH_ONE_BITS));
}

/* p * 2^k, rounded once more only where the result is subnormal or overflows.  `km` is k + MAGIC, and
 * `half` any integer near k / 2, + MAGIC: both factors are normal for |k| < 2000 (250). */
MATH_FN VF FN(math_scale)(VF p, VF km, VF half)
{
    VU h = FN(math_bits)(half);

    return p * FN(math_power)(h) * FN(math_power)(FN(math_bits)(km) - h);
}

/* x / ln 2 rounded, + MAGIC, and what is left */
typedef struct FN(math_exp_parts) { VF km, r, low; } FN(math_exp_parts);

MATH_FN FN(math_exp_parts) FN(math_exp_split)(VF x, VF xlow)
{
    VF magic = FN(math_splat)(FN(MATH_MAGIC));
    VF km = FN(math_fma)(x, FN(math_splat)(FN(MATH_LOG2E)), magic), k = km - magic;
    VF t = FN(math_fma)(k, FN(math_splat)(-FN(MATH_LN2_HI)), x);        /* exact */
    VF v = FN(math_fma)(k, FN(math_splat)(-FN(MATH_LN2_LO)), xlow);
    FN(math_pair) r = FN(math_fast_sum)(t, v);

    return (FN(math_exp_parts)){ km, r.high, r.low };
}

MATH_FN VF FN(math_exp)(VF x)
{
    VF magic = FN(math_splat)(FN(MATH_MAGIC));

    x = FN(math_max)(FN(math_min)(x, EXP_MAX), EXP_MIN);

    VF km = FN(math_fma)(x, FN(math_splat)(FN(MATH_LOG2E)), magic), k = km - magic;
    VF half = FN(math_fma)(x, FN(math_splat)(FN(MATH_LOG2E) / 2), magic);
    VF t = FN(math_fma)(k, FN(math_splat)(-FN(MATH_LN2_HI)), x);
    VF r = FN(math_fma)(k, FN(math_splat)(-FN(MATH_LN2_LO)), t), z = r * r;
    FN(math_exp_terms) q = FN(math_exp_poly)(z);
    FN(math_pair) p = FN(math_fast_sum)(FN(math_splat)(K(1)), r);

    p.high += FN(math_fma)(z, FN(math_fma)(q.odd, r, q.even), p.low);
    return FN(math_scale)(p.high, km, half);
}

MATH_FN VF FN(math_exp2)(VF x)
{
    VF magic = FN(math_splat)(FN(MATH_MAGIC)), ln2 = FN(math_splat)(FN(MATH_LN2));

    x = FN(math_max)(FN(math_min)(x, EXP2_MAX), EXP2_MIN);

    VF km = x + magic, half = FN(math_fma)(x, FN(math_splat)(K(0.5)), magic), r = x - (km - magic);
    FN(math_pair) t = FN(math_product)(r, ln2);

    t.low = FN(math_fma)(r, FN(math_splat)(FN(MATH_LN2_REST)), t.low);
    return FN(math_scale)(FN(math_exp_reduced)(t.high, t.low), km, half);
}

#undef EXP_MAX
#undef EXP_MIN
#undef EXP2_MAX
#undef EXP2_MIN

#endif
