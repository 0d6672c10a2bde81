/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One emit function per operation of kop.h, and the table of them in its order.
 * `t` is the operands' type, `a` the operands; the result is that of the
 * operation.  What every operation means is said in array/kop.h.
 */
#ifndef KERNEL_LLVM_OPS_H
#define KERNEL_LLVM_OPS_H

#include "kernel/llvm_ir.h"

typedef ev emit_fn(emitter *e, dtype t, const ev *a);

#define X(name, arity, kinds, result) emit_fn emit_##name;
KOPS(X)
#undef X

extern emit_fn *const emit_table[KOP_COUNT];

/* llvm_emit.c: the whole kernel function into e->m.  Nonzero: e->failed says why. */
int emit_kernel(emitter *e, const char *name);

/* llvm_cast.c */
ev emit_cast(emitter *e, ev a, dtype from, dtype to);

/* llvm_complex.c: the arithmetic of pairs, called by the functions above. */
emit_fn complex_add, complex_sub, complex_mul, complex_div, complex_neg, complex_eq, complex_ne;

/* llvm_int.c */
emit_fn int_floordiv, int_rem, int_pow;

/* llvm_math.c: a call of sharr_math_<name>_<f64|f32>x<lanes>, inlined later. */
val math_call(emitter *e, const char *name, dtype t, const ev *a, int nargs);
/* of sharr_math_c<name>_..., whose operands are complex */
ev math_call_complex(emitter *e, const char *name, dtype t, const ev *a, int nargs);
/* Whichever fits the type. */
ev math_function(emitter *e, const char *name, dtype t, const ev *a, int nargs);

/* llvm_ops.c, for reductions: NaN wins, -0 < +0. */
val float_min(emitter *e, val a, val b);
val float_max(emitter *e, dtype t, val a, val b);
val int_min(emitter *e, dtype t, val a, val b);
val int_max(emitter *e, dtype t, val a, val b);

#endif
