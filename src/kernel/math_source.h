/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The math source: elementary functions of f64 and f32 vectors, written once in portable C and
 * compiled natively for the VM and by clang to bitcode for the JIT.  THE SAME BITS (but for the
 * payload and sign of a NaN) from every compiler, x86-64 level and vector width; a lane's result
 * depends on that lane's arguments only.  Define MATH_BYTES before the first include: 8 (or 4) is one
 * lane, held in plain scalars; 16, 32 and 64 are vectors of that many bytes.
 *
 * What keeps the bits equal, here and in whatever is added: only + - * / sqrt, fma, compare, select,
 * integer operations, bit casts and rounding by magic numbers; no libm call; -ffp-contract=off; a
 * constant always goes through K(), so that one lane computes in its own type as vectors do.
 * Other flags: -fno-math-errno -fno-trapping-math (speed only).  Rounding to nearest, no FTZ, no DAZ.
 *
 * For T in f64 (mf64 -> mf64) and f32 (mf32 -> mf32); bounds of errors: tests/kernel/math_reference.c,
 * about 1 ulp; any magnitude; special values as in C99 Annex F:
 *   math_exp_T(x)  math_exp2_T(x)  math_expm1_T(x)
 *   math_log_T(x)  math_log2_T(x)  math_log10_T(x)  math_log1p_T(x)
 *   math_sin_T(x)  math_cos_T(x)  math_tan_T(x)
 *   math_asin_T(x)  math_acos_T(x)  math_atan_T(x)  math_atan2_T(y, x)
 *   math_sinh_T(x)  math_cosh_T(x)  math_tanh_T(x)
 *   math_asinh_T(x)  math_acosh_T(x)  math_atanh_T(x)
 *   math_pow_T(x, y)  math_hypot_T(x, y)  math_cbrt_T(x)  math_erf_T(x)
 * exact, or rounded once:
 *   math_floor_T(x)  math_ceil_T(x)  math_trunc_T(x)  math_round_T(x)     round: half to even
 *   math_rem_T(x, y)        x % y: sign of y, exact fmod and at most one addition (NumPy remainder)
 *   math_floordiv_T(x, y)   x // y: x, y finite and y nonzero as Python's float //, else x / y
 *   math_sqrt_T(x)  math_abs_T(x)  math_neg_T(x)  math_copysign_T(magnitude, sign)
 *   math_fma_T(x, y, z)     on every level
 *   math_nextafter_T(x, y)
 *
 * Random bits: math_philox_u64(counter, stream, key), see math_philox.h.
 *
 * For complex numbers (math_complex_T: two vectors) math_c<name>_T: exp expm1 log log2 log10 log1p sin cos tan
 * asin acos atan sinh cosh tanh asinh acosh atanh sqrt sign, and cpow of two.  As a whole within 8 units
 * of the last place of the larger part (cpow: more with the size of the exponent of e); special values of the
 * Array API standard.
 */
#ifndef KERNEL_MATH_SOURCE_H
#define KERNEL_MATH_SOURCE_H

#include "kernel/math_complex.h"
#include "kernel/math_cpow.h"
#include "kernel/math_elementary.h"
#include "kernel/math_hypot.h"
#include "kernel/math_philox.h"
#include "kernel/math_pow.h"

#endif
