/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): numbers as an unevaluated sum, high + low (Dekker, "A floating-point
 * technique for extending the available precision", Numer. Math. 18, 1971).
 */
#ifdef VF

typedef struct FN(math_pair) { VF high, low; } FN(math_pair);

/* a + b exactly; |a| >= |b|, or a = 0, or a is a multiple of ulp(b) */
MATH_FN FN(math_pair) FN(math_fast_sum)(VF a, VF b)
{
    VF s = a + b;

    return (FN(math_pair)){ s, (a - s) + b };
}

/* a + b exactly (Knuth) */
MATH_FN FN(math_pair) FN(math_sum)(VF a, VF b)
{
    VF s = a + b, part = s - a;

    return (FN(math_pair)){ s, (a - (s - part)) + (b - part) };
}

/* a * b exactly (barring underflow) */
MATH_FN FN(math_pair) FN(math_product)(VF a, VF b)
{
    VF p = a * b;

    return (FN(math_pair)){ p, FN(math_fma)(a, b, -p) };
}

/* n / d */
MATH_FN FN(math_pair) FN(math_quotient_pair)(FN(math_pair) n, FN(math_pair) d)
{
    VF rcp = K(1) / d.high, q = n.high * rcp;
    VF rest = FN(math_fma)(-q, d.high, n.high) + FN(math_fma)(-q, d.low, n.low);

    return (FN(math_pair)){ q, rest * rcp };
}

/* n / d as one number, within little more than 1/2 ulp */
MATH_FN VF FN(math_quotient)(FN(math_pair) n, FN(math_pair) d)
{
    VF rcp = K(1) / d.high, q = n.high * rcp;
    VF rest = FN(math_fma)(-q, d.high, n.high) + FN(math_fma)(-q, d.low, n.low);

    return FN(math_fma)(rest, rcp, q);
}

#endif
