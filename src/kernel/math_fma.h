/* SPDX-License-Identifier: BSD-3-Clause
 *
 * math_fma_T(a, b, c) = a * b + c rounded once: the instruction where the level has it (v3, v4), else
 * computed (math_softfma.h); the result is defined by IEEE 754, so both have the same bits.
 * MATH_SOFT_FMA may be defined as 1 to have bitcode without llvm.fma, which a JIT for v1 or v2 would turn
 * into calls of libm.
 */
#ifndef KERNEL_MATH_FMA_H
#define KERNEL_MATH_FMA_H

#include "kernel/math_vec.h"

#ifndef MATH_SOFT_FMA
#ifdef __FMA__
#define MATH_SOFT_FMA 0
#else
#define MATH_SOFT_FMA 1
#endif
#endif

#if MATH_SOFT_FMA
#include "kernel/math_softfma.h"
#else
#define MATH_TEMPLATE "kernel/math_fma_t.h"
#include "kernel/math_each.h"

/* One number, for the cold paths. */
MATH_FN double math_fma_one(double a, double b, double c) { return __builtin_fma(a, b, c); }
#endif

#endif
