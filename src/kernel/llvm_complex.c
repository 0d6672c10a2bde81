/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Complex arithmetic on pairs of vectors: product (ac - bd, ad + bc), quotient
 * by Smith's method (R. L. Smith, CACM 5(8), 1962), with selects for its branches.
 */
#include "kernel/llvm_ops.h"

ev complex_add(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){LLVMBuildFAdd(e->b, a[0].v, a[1].v, ""), LLVMBuildFAdd(e->b, a[0].im, a[1].im, "")};
}

ev complex_sub(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){LLVMBuildFSub(e->b, a[0].v, a[1].v, ""), LLVMBuildFSub(e->b, a[0].im, a[1].im, "")};
}

ev complex_neg(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){LLVMBuildFNeg(e->b, a[0].v, ""), LLVMBuildFNeg(e->b, a[0].im, "")};
}

ev emit_conj(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){a[0].v, LLVMBuildFNeg(e->b, a[0].im, "")};
}

ev complex_mul(emitter *e, dtype t, const ev *a)
{
    (void)t;
    val ac = LLVMBuildFMul(e->b, a[0].v, a[1].v, ""), bd = LLVMBuildFMul(e->b, a[0].im, a[1].im, "");
    val ad = LLVMBuildFMul(e->b, a[0].v, a[1].im, ""), bc = LLVMBuildFMul(e->b, a[0].im, a[1].v, "");
    return (ev){LLVMBuildFSub(e->b, ac, bd, ""), LLVMBuildFAdd(e->b, ad, bc, "")};
}

ev complex_eq(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){.v = LLVMBuildAnd(e->b, ir_fcmp(e, LLVMRealOEQ, a[0].v, a[1].v),
                                  ir_fcmp(e, LLVMRealOEQ, a[0].im, a[1].im), "")};
}

ev complex_ne(emitter *e, dtype t, const ev *a)
{
    (void)t;
    return (ev){.v = LLVMBuildOr(e->b, ir_fcmp(e, LLVMRealUNE, a[0].v, a[1].v),
                                 ir_fcmp(e, LLVMRealUNE, a[0].im, a[1].im), "")};
}

ev emit_real(emitter *e, dtype t, const ev *a)
{
    (void)e, (void)t;
    return (ev){.v = a[0].v};
}

ev emit_imag(emitter *e, dtype t, const ev *a)
{
    (void)e, (void)t;
    return (ev){.v = a[0].im};
}

ev complex_div(emitter *e, dtype t, const ev *a)
{
    LLVMTypeRef vt = ir_type(e, t);
    val c = a[1].v, d = a[1].im, x = a[0].v, y = a[0].im;
    val mc = ir_call(e, "llvm.fabs", vt, &c, 1), md = ir_call(e, "llvm.fabs", vt, &d, 1);
    val by_c = ir_fcmp(e, LLVMRealOGE, mc, md);
    val big = ir_select(e, by_c, c, d), small = ir_select(e, by_c, d, c);
    val p = ir_select(e, by_c, x, y), q = ir_select(e, by_c, y, x);
    val r = LLVMBuildFDiv(e->b, small, big, "");
    val den = LLVMBuildFAdd(e->b, big, LLVMBuildFMul(e->b, small, r, ""), "");
    val re = LLVMBuildFAdd(e->b, p, LLVMBuildFMul(e->b, q, r, ""), "");
    val pr = LLVMBuildFMul(e->b, p, r, "");
    val im = LLVMBuildFSub(e->b, ir_select(e, by_c, q, pr), ir_select(e, by_c, pr, q), "");
    val nul = LLVMConstNull(vt);
    val zero = LLVMBuildAnd(e->b, ir_fcmp(e, LLVMRealOEQ, c, nul), ir_fcmp(e, LLVMRealOEQ, d, nul), "");
    re = ir_select(e, zero, x, re);
    im = ir_select(e, zero, y, im);
    den = ir_select(e, zero, mc, den);
    return (ev){LLVMBuildFDiv(e->b, re, den, ""), LLVMBuildFDiv(e->b, im, den, "")};
}
