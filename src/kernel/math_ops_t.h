/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Template (see math_each.h): masks, selects, bit casts, sign handling, min and max, sqrt.
 * A mask is a VI of 0 and -1.  Comparisons with a NaN are false, except math_ne.
 */
#ifdef VF

#if F64
#define PX pd
#define X86_T X86_pd
#else
#define PX ps
#define X86_T X86_ps
#endif

#if MATH_SCALAR
#define MASK(condition) (-(VI)(condition))
#else
#define MASK(condition) ((VI)(condition))
#endif

MATH_FN VI FN(math_lt)(VF a, VF b) { return MASK(a < b); }
MATH_FN VI FN(math_le)(VF a, VF b) { return MASK(a <= b); }
MATH_FN VI FN(math_eq)(VF a, VF b) { return MASK(a == b); }
MATH_FN VI FN(math_ne)(VF a, VF b) { return MASK(a != b); }
MATH_FN VI FN(math_ieq)(VU a, VU b) { return MASK(a == b); }
#undef MASK

#if MATH_SCALAR
MATH_FN VU FN(math_bits)(VF a) { union { VF f; VU u; } c = { a }; return c.u; }
MATH_FN VF FN(math_from)(VU a) { union { VU u; VF f; } c = { a }; return c.f; }
MATH_FN VF FN(math_splat)(EF a) { return a; }
#else
MATH_FN VU FN(math_bits)(VF a) { return (VU)a; }
MATH_FN VF FN(math_from)(VU a) { return (VF)a; }
MATH_FN VF FN(math_splat)(EF a) { return a - (VF){ 0 }; }       /* a - 0 keeps a zero's sign */
#endif

MATH_FN VF FN(math_sel)(VI mask, VF yes, VF no)
{
#if MATH_REGISTER == 16 || MATH_REGISTER == 32
    return (VF)X86(PX, blendv)((X86_T)no, (X86_T)yes, (X86_T)mask);
#else
    return FN(math_from)(((VU)mask & FN(math_bits)(yes)) | (~(VU)mask & FN(math_bits)(no)));
#endif
}

/* yes where the mask holds, else 0 */
MATH_FN VF FN(math_and)(VI mask, VF yes)
{
    return FN(math_from)((VU)mask & FN(math_bits)(yes));
}

/* For clamping: a NaN in `a` stays. */
MATH_FN VF FN(math_min)(VF a, EF limit)
{
    VF b = FN(math_splat)(limit);

#if MATH_REGISTER
    return (VF)X86(PX, min)((X86_T)b, (X86_T)a);       /* the second operand if one is a NaN */
#else
    return FN(math_sel)(FN(math_lt)(b, a), b, a);
#endif
}

MATH_FN VF FN(math_max)(VF a, EF limit)
{
    VF b = FN(math_splat)(limit);

#if MATH_REGISTER
    return (VF)X86(PX, max)((X86_T)b, (X86_T)a);       /* the second operand if one is a NaN */
#else
    return FN(math_sel)(FN(math_lt)(a, b), b, a);
#endif
}

/* The sign bit and the bits below it. */
MATH_FN VU FN(math_signbit)(VF a) { return FN(math_bits)(a) & FN(math_bits)(FN(math_splat)(K(-0.0))); }
MATH_FN VF FN(math_flip)(VF a, VU signs) { return FN(math_from)(FN(math_bits)(a) ^ signs); }
MATH_FN VF FN(math_neg)(VF a) { return FN(math_flip)(a, FN(math_bits)(FN(math_splat)(K(-0.0)))); }
MATH_FN VF FN(math_abs)(VF a) { return FN(math_from)(FN(math_bits)(a) ^ FN(math_signbit)(a)); }

MATH_FN VF FN(math_copysign)(VF magnitude, VF sign)
{
    return FN(math_flip)(FN(math_abs)(magnitude), FN(math_signbit)(sign));
}

MATH_FN VF FN(math_sqrt)(VF a)
{
#if defined __clang__
    return __builtin_elementwise_sqrt(a);
#elif MATH_REGISTER
    return (VF)X86(PX, sqrt)((X86_T)a);
#elif MATH_SCALAR && F64
    return __builtin_sqrt(a);                   /* -fno-math-errno: one instruction */
#elif MATH_SCALAR
    return __builtin_sqrtf(a);
#else
    for (int i = 0; i < (int)(sizeof a / sizeof(EF)); i++)
        a[i] = F64 ? (EF)__builtin_sqrt((double)a[i]) : (EF)__builtin_sqrtf((float)a[i]);
    return a;
#endif
}

#undef PX
#undef X86_T

#endif
