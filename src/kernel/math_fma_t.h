/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): fma by the instruction.
 */
#ifdef VF

MATH_FN VF FN(math_fma)(VF a, VF b, VF c)
{
#if defined __clang__
    return __builtin_elementwise_fma(a, b, c);
#elif MATH_REGISTER && F64
    return (VF)X86(pd, fmadd)((X86_pd)a, (X86_pd)b, (X86_pd)c);
#elif MATH_REGISTER
    return (VF)X86(ps, fmadd)((X86_ps)a, (X86_ps)b, (X86_ps)c);
#elif MATH_SCALAR && F64
    return __builtin_fma(a, b, c);
#elif MATH_SCALAR
    return __builtin_fmaf(a, b, c);
#else
    for (int i = 0; i < (int)(sizeof a / sizeof(EF)); i++)
#if F64
        a[i] = __builtin_fma(a[i], b[i], c[i]);
#else
        a[i] = __builtin_fmaf(a[i], b[i], c[i]);
#endif
    return a;
#endif
}

#endif
