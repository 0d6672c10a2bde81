/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Elementwise arithmetic, comparison, logic and rounding as vector IR.  No
 * fast-math flag is ever set, so LLVM neither reorders nor contracts.
 */
#include "kernel/llvm_ops.h"

emit_fn *const emit_table[KOP_COUNT] = {
#define X(name, arity, kinds, result) [KOP_##name] = emit_##name,
    KOPS(X)
#undef X
};

typedef val build2(LLVMBuilderRef, val, val, const char *);

static ev real2(emitter *e, dtype t, const ev *a, build2 *fop, build2 *iop)
{
    return (ev){.v = (ir_is_float(t) ? fop : iop)(e->b, a[0].v, a[1].v, "")};
}

ev emit_add(emitter *e, dtype t, const ev *a)
{
    return ir_is_complex(t) ? complex_add(e, t, a) : real2(e, t, a, LLVMBuildFAdd, LLVMBuildAdd);
}

ev emit_sub(emitter *e, dtype t, const ev *a)
{
    return ir_is_complex(t) ? complex_sub(e, t, a) : real2(e, t, a, LLVMBuildFSub, LLVMBuildSub);
}

ev emit_mul(emitter *e, dtype t, const ev *a)
{
    return ir_is_complex(t) ? complex_mul(e, t, a) : real2(e, t, a, LLVMBuildFMul, LLVMBuildMul);
}

ev emit_div(emitter *e, dtype t, const ev *a)
{
    return ir_is_complex(t) ? complex_div(e, t, a) : real2(e, t, a, LLVMBuildFDiv, LLVMBuildFDiv);
}

ev emit_floordiv(emitter *e, dtype t, const ev *a)
{
    return ir_is_float(t) ? (ev){.v = math_call(e, "floordiv", t, a, 2)} : int_floordiv(e, t, a);
}

ev emit_rem(emitter *e, dtype t, const ev *a)
{
    return ir_is_float(t) ? (ev){.v = math_call(e, "rem", t, a, 2)} : int_rem(e, t, a);
}

ev emit_pow(emitter *e, dtype t, const ev *a)
{
    return ir_is_float(t) || ir_is_complex(t) ? math_function(e, "pow", t, a, 2) : int_pow(e, t, a);
}

ev emit_neg(emitter *e, dtype t, const ev *a)
{
    if (ir_is_complex(t))
        return complex_neg(e, t, a);
    if (ir_is_float(t))
        return (ev){.v = LLVMBuildFNeg(e->b, a[0].v, "")};
    return (ev){.v = LLVMBuildNeg(e->b, a[0].v, "")};
}

ev emit_abs(emitter *e, dtype t, const ev *a)
{
    val x = a[0].v;
    if (ir_is_float(t))
        return (ev){.v = ir_call(e, "llvm.fabs", ir_type(e, t), &x, 1)};
    if (ir_is_unsigned(t))
        return a[0];
    val neg = ir_icmp(e, LLVMIntSLT, x, LLVMConstNull(ir_type(e, t)));
    return (ev){.v = ir_select(e, neg, LLVMBuildNeg(e->b, x, ""), x)};
}

/* ---- comparisons: false for NaN, but ne is true ------------------------------------------------ */

static ev compare(emitter *e, dtype t, const ev *a, LLVMRealPredicate f, LLVMIntPredicate s,
                  LLVMIntPredicate u)
{
    if (ir_is_float(t))
        return (ev){.v = ir_fcmp(e, f, a[0].v, a[1].v)};
    return (ev){.v = ir_icmp(e, ir_is_signed(t) ? s : u, a[0].v, a[1].v)};
}

ev emit_eq(emitter *e, dtype t, const ev *a)
{
    return ir_is_complex(t) ? complex_eq(e, t, a)
                            : compare(e, t, a, LLVMRealOEQ, LLVMIntEQ, LLVMIntEQ);
}

ev emit_ne(emitter *e, dtype t, const ev *a)
{
    return ir_is_complex(t) ? complex_ne(e, t, a)
                            : compare(e, t, a, LLVMRealUNE, LLVMIntNE, LLVMIntNE);
}

ev emit_lt(emitter *e, dtype t, const ev *a)
{
    return compare(e, t, a, LLVMRealOLT, LLVMIntSLT, LLVMIntULT);
}

ev emit_le(emitter *e, dtype t, const ev *a)
{
    return compare(e, t, a, LLVMRealOLE, LLVMIntSLE, LLVMIntULE);
}

ev emit_gt(emitter *e, dtype t, const ev *a)
{
    return compare(e, t, a, LLVMRealOGT, LLVMIntSGT, LLVMIntUGT);
}

ev emit_ge(emitter *e, dtype t, const ev *a)
{
    return compare(e, t, a, LLVMRealOGE, LLVMIntSGE, LLVMIntUGE);
}

/* ---- bits -------------------------------------------------------------------------------------- */

ev emit_and(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){.v = LLVMBuildAnd(e->b, a[0].v, a[1].v, "")};
}

ev emit_or(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){.v = LLVMBuildOr(e->b, a[0].v, a[1].v, "")};
}

ev emit_xor(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){.v = LLVMBuildXor(e->b, a[0].v, a[1].v, "")};
}

ev emit_not(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){.v = LLVMBuildNot(e->b, a[0].v, "")};
}

/* A count that is negative or too large compares above the width as an unsigned number. */
static val shift_in_range(emitter *e, dtype t, val count, val *safe)
{
    val top = ir_cint(e, ir_elem(e, t), (uint64_t)ir_bytes(t) * 8 - 1);
    val ok = ir_icmp(e, LLVMIntULE, count, top);
    *safe = ir_select(e, ok, count, top);
    return ok;
}

ev emit_shl(emitter *e, dtype t, const ev *a)
{
    val n, ok = shift_in_range(e, t, a[1].v, &n);
    val r = LLVMBuildShl(e->b, a[0].v, n, "");
    return (ev){.v = ir_select(e, ok, r, LLVMConstNull(ir_type(e, t)))};
}

ev emit_shr(emitter *e, dtype t, const ev *a)
{
    val n, ok = shift_in_range(e, t, a[1].v, &n);
    if (ir_is_signed(t))
        return (ev){.v = LLVMBuildAShr(e->b, a[0].v, n, "")};
    val r = LLVMBuildLShr(e->b, a[0].v, n, "");
    return (ev){.v = ir_select(e, ok, r, LLVMConstNull(ir_type(e, t)))};
}

/* ---- min, max ---------------------------------------------------------------------------------- */

/* Both orders of the machine's min, which returns its second operand for NaN and for zeros of
 * unlike sign: equal values or their zeros then differ in nothing but the sign, and a NaN is in
 * one of the two, so that `or` gives -0 and keeps a NaN a NaN. */
val float_min(emitter *e, val a, val b)
{
    LLVMTypeRef ft = LLVMGetElementType(LLVMTypeOf(a));
    LLVMTypeRef it = ft == e->f32 ? e->i32 : e->i64;
    val x = ir_select(e, ir_fcmp(e, LLVMRealOLT, a, b), a, b);
    val y = ir_select(e, ir_fcmp(e, LLVMRealOLT, b, a), b, a);
    LLVMTypeRef vi = LLVMVectorType(it, LLVMGetVectorSize(LLVMTypeOf(a)));
    val r = LLVMBuildOr(e->b, LLVMBuildBitCast(e->b, x, vi, ""),
                        LLVMBuildBitCast(e->b, y, vi, ""), "");
    return LLVMBuildBitCast(e->b, r, LLVMTypeOf(a), "");
}

/* As float_min with `and`, which would destroy a NaN: set all bits for it. */
val float_max(emitter *e, dtype t, val a, val b)
{
    (void)t;
    LLVMTypeRef ft = LLVMGetElementType(LLVMTypeOf(a));
    LLVMTypeRef vi = LLVMVectorType(ft == e->f32 ? e->i32 : e->i64,
                                    LLVMGetVectorSize(LLVMTypeOf(a)));
    val x = ir_select(e, ir_fcmp(e, LLVMRealOGT, a, b), a, b);
    val y = ir_select(e, ir_fcmp(e, LLVMRealOGT, b, a), b, a);
    val r = LLVMBuildAnd(e->b, LLVMBuildBitCast(e->b, x, vi, ""),
                         LLVMBuildBitCast(e->b, y, vi, ""), "");
    val nan = LLVMBuildSExt(e->b, ir_fcmp(e, LLVMRealUNO, a, b), vi, "");
    return LLVMBuildBitCast(e->b, LLVMBuildOr(e->b, r, nan, ""), LLVMTypeOf(a), "");
}

val int_min(emitter *e, dtype t, val a, val b)
{
    return ir_select(e, ir_icmp(e, ir_is_signed(t) ? LLVMIntSLT : LLVMIntULT, a, b), a, b);
}

val int_max(emitter *e, dtype t, val a, val b)
{
    return ir_select(e, ir_icmp(e, ir_is_signed(t) ? LLVMIntSGT : LLVMIntUGT, a, b), a, b);
}

ev emit_min(emitter *e, dtype t, const ev *a)
{
    return (ev){.v = ir_is_float(t) ? float_min(e, a[0].v, a[1].v)
                                    : int_min(e, t, a[0].v, a[1].v)};
}

ev emit_max(emitter *e, dtype t, const ev *a)
{
    return (ev){.v = ir_is_float(t) ? float_max(e, t, a[0].v, a[1].v)
                                    : int_max(e, t, a[0].v, a[1].v)};
}

ev emit_select(emitter *e, dtype t, const ev *a)
{
    ev r = {.v = ir_select(e, a[0].v, a[1].v, a[2].v)};
    if (ir_is_complex(t))
        r.im = ir_select(e, a[0].v, a[1].im, a[2].im);
    return r;
}

/* ---- rounding, sign, classes ------------------------------------------------------------------- */

ev emit_sqrt(emitter *e, dtype t, const ev *a)
{
    val x = a[0].v;
    if (ir_is_complex(t))
        return math_call_complex(e, "sqrt", t, a, 1);
    return (ev){.v = ir_call(e, "llvm.sqrt", ir_type(e, t), &x, 1)};
}

static val with_sign_of(emitter *e, dtype t, val magnitude, val sign)
{
    val args[2] = {magnitude, sign};
    return ir_call(e, "llvm.copysign", ir_type(e, t), args, 2);
}

/* Half to even without the instruction of SSE4.1: adding and taking away 2^52 (2^23) rounds. */
static val round_by_magic(emitter *e, dtype t, val x)
{
    LLVMTypeRef el = ir_elem(e, t);
    val big = ir_cflt(e, el, ir_bytes(t) == 4 ? 0x1p23 : 0x1p52);
    val mag = ir_call(e, "llvm.fabs", ir_type(e, t), &x, 1);
    val r = LLVMBuildFSub(e->b, LLVMBuildFAdd(e->b, mag, big, ""), big, "");
    val small = ir_fcmp(e, LLVMRealOLT, mag, big);
    return ir_select(e, small, with_sign_of(e, t, r, x), x);
}

/* floor and ceil from the nearest integer: one step back where it lies beyond x. */
static val step_back(emitter *e, dtype t, val x, bool down)
{
    val r = round_by_magic(e, t, x), one = ir_cflt(e, ir_elem(e, t), 1.0);
    val beyond = ir_fcmp(e, down ? LLVMRealOGT : LLVMRealOLT, r, x);
    val back = down ? LLVMBuildFSub(e->b, r, one, "") : LLVMBuildFAdd(e->b, r, one, "");
    return with_sign_of(e, t, ir_select(e, beyond, back, r), x);
}

static ev rounding(emitter *e, dtype t, val x, const char *intrinsic)
{
    return (ev){.v = ir_call(e, intrinsic, ir_type(e, t), &x, 1)};
}

ev emit_floor(emitter *e, dtype t, const ev *a)
{
    return e->level >= 2 ? rounding(e, t, a[0].v, "llvm.floor")
                         : (ev){.v = step_back(e, t, a[0].v, true)};
}

ev emit_ceil(emitter *e, dtype t, const ev *a)
{
    return e->level >= 2 ? rounding(e, t, a[0].v, "llvm.ceil")
                         : (ev){.v = step_back(e, t, a[0].v, false)};
}

ev emit_trunc(emitter *e, dtype t, const ev *a)
{
    if (e->level >= 2)
        return rounding(e, t, a[0].v, "llvm.trunc");
    val x = a[0].v, mag = ir_call(e, "llvm.fabs", ir_type(e, t), &x, 1);
    return (ev){.v = with_sign_of(e, t, step_back(e, t, mag, true), x)};
}

static val round_part(emitter *e, dtype t, val x)
{
    return e->level >= 2 ? rounding(e, t, x, "llvm.roundeven").v : round_by_magic(e, t, x);
}

ev emit_round(emitter *e, dtype t, const ev *a)
{
    ev r = {.v = round_part(e, t, a[0].v)};
    if (ir_is_complex(t))
        r.im = round_part(e, t, a[0].im);
    return r;
}

static ev int_sign(emitter *e, dtype t, val x)
{
    val zero = LLVMConstNull(ir_type(e, t));
    val pos = LLVMBuildZExt(e->b, ir_icmp(e, LLVMIntNE, x, zero), ir_type(e, t), "");
    if (ir_is_unsigned(t))
        return (ev){.v = pos};
    val neg = LLVMBuildSExt(e->b, ir_icmp(e, LLVMIntSLT, x, zero), ir_type(e, t), "");
    return (ev){.v = LLVMBuildOr(e->b, neg, pos, "")};
}

ev emit_sign(emitter *e, dtype t, const ev *a)
{
    if (ir_is_complex(t))
        return math_call_complex(e, "sign", t, a, 1);
    if (!ir_is_float(t))
        return int_sign(e, t, a[0].v);
    val x = a[0].v, zero = LLVMConstNull(ir_type(e, t));
    val one = with_sign_of(e, t, ir_cflt(e, ir_elem(e, t), 1.0), x);
    val other = LLVMBuildFAdd(e->b, x, zero, "");        /* NaN, and +0 of -0 */
    return (ev){.v = ir_select(e, ir_fcmp(e, LLVMRealONE, x, zero), one, other)};
}

ev emit_isnan(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){.v = ir_fcmp(e, LLVMRealUNO, a[0].v, a[0].v)};
}

static ev against_infinity(emitter *e, dtype t, val x, LLVMRealPredicate p)
{
    val inf = ir_bits(e, ir_elem(e, t), ir_bytes(t) == 4 ? 0x7f800000u : 0x7ff0000000000000u);
    return (ev){.v = ir_fcmp(e, p, ir_call(e, "llvm.fabs", ir_type(e, t), &x, 1), inf)};
}

ev emit_isinf(emitter *e, dtype t, const ev *a)
{
    return against_infinity(e, t, a[0].v, LLVMRealOEQ);
}

ev emit_isfinite(emitter *e, dtype t, const ev *a)
{
    return against_infinity(e, t, a[0].v, LLVMRealOLT);
}

ev emit_signbit(emitter *e, dtype t, const ev *a)
{
    dtype bits = ir_bytes(t) == 4 ? SHARR_INT32 : SHARR_INT64;
    val x = LLVMBuildBitCast(e->b, a[0].v, ir_type(e, bits), "");
    return (ev){.v = LLVMBuildICmp(e->b, LLVMIntSLT, x, LLVMConstNull(ir_type(e, bits)), "")};
}

static val quiet(emitter *e, dtype t, val x)
{
    return ir_select(e, ir_fcmp(e, LLVMRealUNO, x, x), ir_qnan(e, t), x);
}

ev emit_quiet(emitter *e, dtype t, const ev *a)
{
    ev r = {.v = quiet(e, t, a[0].v)};
    if (ir_is_complex(t))
        r.im = quiet(e, t, a[0].im);
    return r;
}
