/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Division, remainder and power of integers as vector IR, free of LLVM's
 * undefined cases.  Vectors have no integer division: up to 32 bits it goes
 * through a float division, which is exact after truncation (the quotient is at
 * least 1/|b| away from the next integer, more than the rounding error); 64 bits
 * are divided lane by lane by the hardware.
 */
#include "kernel/llvm_ops.h"

/* trunc(a / b) for b != 0 and not INT_MIN / -1. */
static val divide(emitter *e, dtype t, val a, val b)
{
    int bytes = ir_bytes(t);
    bool sig = ir_is_signed(t);
    if (bytes == 8)
        return sig ? LLVMBuildSDiv(e->b, a, b, "") : LLVMBuildUDiv(e->b, a, b, "");
    LLVMTypeRef ft = ir_vec(e, bytes < 4 ? e->f32 : e->f64), it = ir_vec(e, e->i32);
    if (bytes < 4) {
        a = sig ? LLVMBuildSExt(e->b, a, it, "") : LLVMBuildZExt(e->b, a, it, "");
        b = sig ? LLVMBuildSExt(e->b, b, it, "") : LLVMBuildZExt(e->b, b, it, "");
        sig = true;
    }
    val fa = sig ? LLVMBuildSIToFP(e->b, a, ft, "") : LLVMBuildUIToFP(e->b, a, ft, "");
    val fb = sig ? LLVMBuildSIToFP(e->b, b, ft, "") : LLVMBuildUIToFP(e->b, b, ft, "");
    val fq = LLVMBuildFDiv(e->b, fa, fb, "");
    val q = sig ? LLVMBuildFPToSI(e->b, fq, it, "") : LLVMBuildFPToUI(e->b, fq, it, "");
    return bytes < 4 ? LLVMBuildTrunc(e->b, q, ir_type(e, t), "") : q;
}

typedef struct divmod { val q, r; } divmod;

/* Floor division; r has the sign of b.  b = 0: q = r = 0. */
static divmod floor_divmod(emitter *e, dtype t, val a, val b)
{
    LLVMTypeRef el = ir_elem(e, t);
    val zero = LLVMConstNull(ir_type(e, t)), one = ir_cint(e, el, 1);
    val by_zero = ir_icmp(e, LLVMIntEQ, b, zero), bad = by_zero;
    if (ir_is_signed(t)) {
        /* INT_MIN / -1: dividing by 1 instead gives the wrapped quotient and remainder 0. */
        val min = ir_cint(e, el, (uint64_t)1 << (ir_bytes(t) * 8 - 1));
        val wraps = LLVMBuildAnd(e->b, ir_icmp(e, LLVMIntEQ, a, min),
                                 ir_icmp(e, LLVMIntEQ, b, LLVMConstAllOnes(ir_type(e, t))), "");
        bad = LLVMBuildOr(e->b, bad, wraps, "");
    }
    val d = ir_select(e, bad, one, b);
    val q = divide(e, t, a, d);
    val r = LLVMBuildSub(e->b, a, LLVMBuildMul(e->b, q, d, ""), "");
    if (ir_is_signed(t)) {
        val unlike = ir_icmp(e, LLVMIntSLT, LLVMBuildXor(e->b, r, d, ""), zero);
        val adjust = LLVMBuildAnd(e->b, unlike, ir_icmp(e, LLVMIntNE, r, zero), "");
        q = ir_select(e, adjust, LLVMBuildSub(e->b, q, one, ""), q);
        r = ir_select(e, adjust, LLVMBuildAdd(e->b, r, d, ""), r);
    }
    return (divmod){.q = ir_select(e, by_zero, zero, q), .r = r};
}

ev int_floordiv(emitter *e, dtype t, const ev *a)
{
    return (ev){.v = floor_divmod(e, t, a[0].v, a[1].v).q};
}

ev int_rem(emitter *e, dtype t, const ev *a)
{
    return (ev){.v = floor_divmod(e, t, a[0].v, a[1].v).r};
}

/* base ** n for n >= 0 (as unsigned): square and multiply until every lane is done. */
static val power_loop(emitter *e, dtype t, val base, val n)
{
    val zero = LLVMConstNull(ir_type(e, t)), one = ir_cint(e, ir_elem(e, t), 1);
    LLVMBasicBlockRef before = ir_here(e), loop = ir_block(e, "pow"), done = ir_block(e, "powd");
    LLVMBuildBr(e->b, loop);
    ir_at(e, loop);
    val r = ir_phi(e, ir_type(e, t), one, before);
    val b = ir_phi(e, ir_type(e, t), base, before);
    val k = ir_phi(e, ir_type(e, t), n, before);
    val odd = ir_icmp(e, LLVMIntNE, LLVMBuildAnd(e->b, k, one, ""), zero);
    val r2 = ir_select(e, odd, LLVMBuildMul(e->b, r, b, ""), r);
    val b2 = LLVMBuildMul(e->b, b, b, "");
    val k2 = LLVMBuildLShr(e->b, k, one, "");
    ir_phi_add(r, r2, loop);
    ir_phi_add(b, b2, loop);
    ir_phi_add(k, k2, loop);
    LLVMBuildCondBr(e->b, ir_any(e, ir_icmp(e, LLVMIntNE, k2, zero)), loop, done);
    ir_at(e, done);
    return r2;
}

ev int_pow(emitter *e, dtype t, const ev *a)
{
    val base = a[0].v, n = a[1].v;
    if (ir_is_unsigned(t))
        return (ev){.v = power_loop(e, t, base, n)};
    val zero = LLVMConstNull(ir_type(e, t)), one = ir_cint(e, ir_elem(e, t), 1);
    val neg = ir_icmp(e, LLVMIntSLT, n, zero);
    val r = power_loop(e, t, base, ir_select(e, neg, zero, n));
    /* 1 / base^|n| truncated: 1 for 1, +-1 for -1, else 0. */
    val odd = ir_icmp(e, LLVMIntNE, LLVMBuildAnd(e->b, n, one, ""), zero);
    val all = LLVMConstAllOnes(ir_type(e, t));
    val unit = ir_select(e, ir_icmp(e, LLVMIntEQ, base, one), one,
                         ir_select(e, ir_icmp(e, LLVMIntEQ, base, all),
                                   ir_select(e, odd, all, one), zero));
    return (ev){.v = ir_select(e, neg, unit, r)};
}
