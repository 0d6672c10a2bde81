/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The element operations and reductions that expressions and both back ends know.
 * A row: name, arity, kinds of operand types, result (SAME, BOOL or REAL: the real
 * type of a complex), and what it means.  Operands of one step have one type (`select`: the first
 * is bool).  The language's operators (expr/op) map onto these.
 *
 * Exact meaning, decided once (both back ends, the constant folder and the tests agree):
 * integers wrap; x // 0 = 0, x % 0 = 0, INT_MIN // -1 = INT_MIN; % has the sign of the divisor;
 * shifts by a negative count or >= width give 0 (or -1 for a negative value shifted right);
 * integer pow with a negative exponent is the truncated true value (0, 1 or -1; 0 ** -n = 0);
 * floats: IEEE per operation, no contraction; `//` and `%` as the Array API says for special
 * values, else as Python's; minimum/maximum: NaN wins, -0 < +0; round is half-to-even;
 * sign(NaN) = NaN, sign of a zero is that zero; pow, hypot, atan2 specials as C99 Annex F.
 * complex: (a + bi)(c + di) = (ac - bd) + (ad + bc)i; division by Smith (CACM 5(8), 1962):
 *   |c| >= |d|: r = d / c, t = c + d r, ((a + b r) / t, (b - a r) / t)
 *   else:       r = c / d, t = c r + d, ((a r + b) / t, (b r - a) / t)
 *   c and d both zero: (a / |c|, b / |c|), as NumPy.
 *   functions: within 8 units of the last place of the larger part, special values of the Array API
 *   standard; pow: 1 if the exponent is 0, products if it is an integer up to 64 in size, else
 *   exp(y log x); sign x / |x|, the unit along an infinite part, NaN if both are; round by parts.
 * mulhi: the high half of the product.  philox(counter, stream, key): words 0 and 1 of that block of
 * Philox4x32-10 (math_philox.h), all taken as 64 bits; the low bits of it for narrower types.
 * philox_below(counter, key, n): of that block of stream 0, and that of stream 1 as 64 bits below, the high part of the
 * product with n.
 * A NaN that an operation makes may have any sign and payload until `quiet`; min and max of a
 * NaN are some NaN.  abs, neg and select of a NaN keep it but for the sign.
 */
#ifndef ARRAY_KOP_H
#define ARRAY_KOP_H

#include "array/dtype.h"

/* X(name, arity, operand kinds, result) */
#define KOPS(X) \
    X(add,      2, KIND_NUMBER, SAME) \
    X(sub,      2, KIND_NUMBER, SAME) \
    X(mul,      2, KIND_NUMBER, SAME) \
    X(div,      2, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(floordiv, 2, KIND_REAL, SAME) \
    X(rem,      2, KIND_REAL, SAME) \
    X(pow,      2, KIND_NUMBER, SAME) \
    X(neg,      1, KIND_NUMBER, SAME) \
    X(abs,      1, KIND_REAL, SAME) \
    X(eq,       2, KIND_ANY, BOOL) \
    X(ne,       2, KIND_ANY, BOOL) \
    X(lt,       2, KIND_REAL | KIND_BOOL, BOOL) \
    X(le,       2, KIND_REAL | KIND_BOOL, BOOL) \
    X(gt,       2, KIND_REAL | KIND_BOOL, BOOL) \
    X(ge,       2, KIND_REAL | KIND_BOOL, BOOL) \
    X(and,      2, KIND_INTEGER | KIND_BOOL, SAME) \
    X(or,       2, KIND_INTEGER | KIND_BOOL, SAME) \
    X(xor,      2, KIND_INTEGER | KIND_BOOL, SAME) \
    X(not,      1, KIND_INTEGER | KIND_BOOL, SAME) \
    X(shl,      2, KIND_INTEGER, SAME) \
    X(shr,      2, KIND_INTEGER, SAME) \
    X(mulhi,    2, KIND_UINT, SAME) \
    X(philox,   3, KIND_UINT, SAME) \
    X(philox_below, 3, KIND_UINT, SAME) \
    X(min,      2, KIND_REAL, SAME) \
    X(max,      2, KIND_REAL, SAME) \
    X(select,   3, KIND_ANY, SAME) \
    X(sqrt,     1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(floor,    1, KIND_FLOAT, SAME) \
    X(ceil,     1, KIND_FLOAT, SAME) \
    X(trunc,    1, KIND_FLOAT, SAME) \
    X(round,    1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(sign,     1, KIND_NUMBER, SAME) \
    X(isnan,    1, KIND_FLOAT, BOOL) \
    X(isinf,    1, KIND_FLOAT, BOOL) \
    X(isfinite, 1, KIND_FLOAT, BOOL) \
    X(signbit,  1, KIND_FLOAT, BOOL) /* of a NaN too: its operand is quiet, or was read */ \
    X(exp,      1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(log,      1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(sin,      1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(cos,      1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(tan,      1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(tanh,     1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(expm1,    1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(log1p,    1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(log2,     1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(log10,    1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(exp2,     1, KIND_FLOAT, SAME) \
    X(cbrt,     1, KIND_FLOAT, SAME) \
    X(sinh,     1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(cosh,     1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(asinh,    1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(acosh,    1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(atanh,    1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(asin,     1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(acos,     1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(atan,     1, KIND_FLOAT | KIND_COMPLEX, SAME) \
    X(erf,      1, KIND_FLOAT, SAME) \
    X(atan2,    2, KIND_FLOAT, SAME) \
    X(nextafter, 2, KIND_FLOAT, SAME) \
    X(hypot,    2, KIND_FLOAT, SAME) \
    X(conj,     1, KIND_COMPLEX, SAME) \
    X(real,     1, KIND_COMPLEX, REAL) \
    X(imag,     1, KIND_COMPLEX, REAL) \
    X(quiet,    1, KIND_FLOAT | KIND_COMPLEX, SAME) /* every NaN becomes the one quiet NaN 0x7ff8.. */

enum kop {
#define X(name, arity, kinds, result) KOP_##name,
    KOPS(X)
#undef X
    KOP_COUNT
};

enum kop_result { KOP_RESULT_SAME, KOP_RESULT_BOOL, KOP_RESULT_REAL };

typedef struct kop_info {
    const char *name;
    int arity;
    int kinds;                          /* enum dtype_kind bits of the operands */
    enum kop_result result;
} kop_info;

const kop_info *kop_get(enum kop op);
/* The type of the value when the operands have type `t` (select: of its two alternatives). */
dtype kop_result_type(enum kop op, dtype t);

/* Reductions; the fields of their states are described in kernel/program.h. */
enum rop { ROP_SUM, ROP_PROD, ROP_VAR, ROP_MIN, ROP_MAX, ROP_ANY, ROP_ALL, ROP_COUNT,
           ROP_ARGMIN, ROP_ARGMAX, ROP_NROPS };

const char *rop_name(enum rop op);      /* "sum" */
int rop_kinds(enum rop op);             /* enum dtype_kind bits of the operand */

/* What the language makes of a state. */
enum rfinal { RFINAL_VALUE,             /* sum prod min max any all count, argmin/argmax: the index */
              RFINAL_MEAN,              /* SUM state / count */
              RFINAL_VAR, RFINAL_STD }; /* M2 / (n - correction), NaN when <= 0 */

#endif
