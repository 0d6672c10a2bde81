/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Casts between element types as vector IR.  LLVM's fptosi and fptoui are poison
 * out of range (and their saturating forms slow), so the value is replaced
 * before and the limit selected after.
 */
#include "kernel/llvm_ops.h"

#include <math.h>

/* Truncate; saturate; NaN gives 0. */
static val float_to_int(emitter *e, val x, dtype from, dtype to)
{
    LLVMTypeRef fe = ir_elem(e, from), ie = ir_elem(e, to), it = ir_type(e, to);
    int bits = ir_bytes(to) * 8;
    bool sig = ir_is_signed(to);
    uint64_t all = bits == 64 ? ~(uint64_t)0 : ((uint64_t)1 << bits) - 1;
    uint64_t max = sig ? all >> 1 : all, min = sig ? max + 1 : 0;
    val high = ir_fcmp(e, LLVMRealOGE, x, ir_cflt(e, fe, ldexp(1.0, sig ? bits - 1 : bits)));
    val low = ir_fcmp(e, LLVMRealOLE, x, ir_cflt(e, fe, sig ? -ldexp(1.0, bits - 1) : -1.0));
    val nan = ir_fcmp(e, LLVMRealUNO, x, x);
    val bad = LLVMBuildOr(e->b, LLVMBuildOr(e->b, high, low, ""), nan, "");
    val safe = ir_select(e, bad, LLVMConstNull(ir_type(e, from)), x);
    /* 8 and 16 bits are converted as 32: the machine has only those. */
    LLVMTypeRef wide = bits < 32 ? ir_vec(e, e->i32) : it;
    val r = sig || bits < 32 ? LLVMBuildFPToSI(e->b, safe, wide, "")
                             : LLVMBuildFPToUI(e->b, safe, wide, "");
    if (bits < 32)
        r = LLVMBuildTrunc(e->b, r, it, "");
    r = ir_select(e, high, ir_cint(e, ie, max), r);
    return sig ? ir_select(e, low, ir_cint(e, ie, min), r) : r;
}

static val from_bool(emitter *e, val x, dtype to)
{
    if (!ir_is_float(to))
        return LLVMBuildZExt(e->b, x, ir_type(e, to), "");
    LLVMTypeRef el = ir_elem(e, to);
    return ir_select(e, x, ir_cflt(e, el, 1.0), LLVMConstNull(ir_type(e, to)));
}

static val to_bool(emitter *e, val x, dtype from)
{
    val zero = LLVMConstNull(ir_type(e, from));
    if (ir_is_float(from))
        return ir_fcmp(e, LLVMRealUNE, x, zero);
    return ir_icmp(e, LLVMIntNE, x, zero);
}

static val int_to_int(emitter *e, val x, dtype from, dtype to)
{
    if (ir_bytes(to) == ir_bytes(from))
        return x;
    if (ir_bytes(to) < ir_bytes(from))
        return LLVMBuildTrunc(e->b, x, ir_type(e, to), "");
    return ir_is_signed(from) ? LLVMBuildSExt(e->b, x, ir_type(e, to), "")
                              : LLVMBuildZExt(e->b, x, ir_type(e, to), "");
}

static val int_to_float(emitter *e, val x, dtype from, dtype to)
{
    return ir_is_signed(from) ? LLVMBuildSIToFP(e->b, x, ir_type(e, to), "")
                              : LLVMBuildUIToFP(e->b, x, ir_type(e, to), "");
}

static val float_to_float(emitter *e, val x, dtype from, dtype to)
{
    if (ir_bytes(to) == ir_bytes(from))
        return x;
    return ir_bytes(to) < ir_bytes(from) ? LLVMBuildFPTrunc(e->b, x, ir_type(e, to), "")
                                         : LLVMBuildFPExt(e->b, x, ir_type(e, to), "");
}

static val real_cast(emitter *e, val x, dtype from, dtype to)
{
    if (from == to)
        return x;
    if (from == SHARR_BOOL)
        return from_bool(e, x, to);
    if (to == SHARR_BOOL)
        return to_bool(e, x, from);
    if (ir_is_float(from))
        return ir_is_float(to) ? float_to_float(e, x, from, to) : float_to_int(e, x, from, to);
    return ir_is_float(to) ? int_to_float(e, x, from, to) : int_to_int(e, x, from, to);
}

ev emit_cast(emitter *e, ev a, dtype from, dtype to)
{
    dtype rf = dtype_real(from), rt = dtype_real(to);
    if (ir_is_complex(from) && to == SHARR_BOOL)
        return (ev){.v = LLVMBuildOr(e->b, to_bool(e, a.v, rf), to_bool(e, a.im, rf), "")};
    ev r = {.v = real_cast(e, a.v, rf, rt)};
    if (ir_is_complex(to))
        r.im = ir_is_complex(from) ? real_cast(e, a.im, rf, rt) : LLVMConstNull(ir_type(e, to));
    return r;
}
