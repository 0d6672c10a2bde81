/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): log, log2, log10, log1p of complex numbers: the logarithm of |z| and the angle.
 * Near 1, where both are small, log |z| = log1p(2 a + a^2 + y^2) / 2 with a = x - 1: what its rounding errors
 * are to a or y^2 is small beside the result as a whole.
 */
#ifdef VF

/* |z| = h 2^k; or half of log1p(t) is its logarithm */
typedef struct FN(math_modulus) { VI near; VF t, h, k; } FN(math_modulus);

/* of x + i y with a = x - 1 to full precision */
MATH_FN FN(math_modulus) FN(math_modulus_of)(VF a, FN(math_complex) z)
{
    VF half = FN(math_splat)(K(0.5));
    FN(math_scaled) s = FN(math_cscale)(z);
    FN(math_modulus) m = { .h = FN(math_hypot)(s.z.re, s.z.im), .k = s.k };

    m.near = FN(math_lt)(FN(math_abs)(a), half) & FN(math_lt)(FN(math_abs)(z.im), half);
    m.t = FN(math_and)(m.near, a + a + FN(math_fma)(a, a, z.im * z.im));
    return m;
}

MATH_FN VF FN(math_log_modulus)(FN(math_modulus) m)
{
    VF far = FN(math_fma)(m.k, FN(math_splat)(FN(MATH_LN2)), FN(math_log)(m.h));

    return FN(math_sel)(m.near, FN(math_log1p)(m.t) * K(0.5), far);
}

MATH_FN FN(math_complex) FN(math_clog)(FN(math_complex) z)
{
    FN(math_modulus) m = FN(math_modulus_of)(z.re - K(1), z);

    return FN(math_c)(FN(math_log_modulus)(m), FN(math_atan2)(z.im, z.re));
}

MATH_FN FN(math_complex) FN(math_clog1p)(FN(math_complex) z)
{
    FN(math_complex) next = FN(math_c)(z.re + K(1), z.im);
    FN(math_modulus) m = FN(math_modulus_of)(z.re, next);

    return FN(math_c)(FN(math_log_modulus)(m), FN(math_atan2)(next.im, next.re));
}

MATH_FN FN(math_complex) FN(math_clog2)(FN(math_complex) z)
{
    FN(math_modulus) m = FN(math_modulus_of)(z.re - K(1), z);
    VF near = FN(math_log1p)(m.t) * (FN(MATH_LOG2E) / 2), far = m.k + FN(math_log2)(m.h);

    return FN(math_c)(FN(math_sel)(m.near, near, far), FN(math_atan2)(z.im, z.re) * FN(MATH_LOG2E));
}

MATH_FN FN(math_complex) FN(math_clog10)(FN(math_complex) z)
{
    FN(math_modulus) m = FN(math_modulus_of)(z.re - K(1), z);
    VF near = FN(math_log1p)(m.t) * (FN(MATH_LOG10E) / 2), log2 = FN(math_splat)(K(0.30102999566398119521));
    VF far = FN(math_fma)(m.k, log2, FN(math_log10)(m.h));

    return FN(math_c)(FN(math_sel)(m.near, near, far), FN(math_atan2)(z.im, z.re) * FN(MATH_LOG10E));
}

#endif
