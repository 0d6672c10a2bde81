/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Small helpers over the LLVM C API.  No knowledge of steps or loops.
 */
#include "kernel/llvm_ir.h"

#include "kernel/llvm_compat.h"

#include <string.h>

LLVMTypeRef ir_int(const emitter *e, int bytes)
{
    return bytes == 1 ? e->i8 : bytes == 2 ? e->i16 : bytes == 4 ? e->i32 : e->i64;
}

int ir_bytes(dtype t)
{
    return (int)(ir_is_complex(t) ? dtype_size(t) / 2 : dtype_size(t));
}

LLVMTypeRef ir_elem(const emitter *e, dtype t)
{
    if (t == SHARR_BOOL)
        return e->i1;
    if (ir_is_float(t) || ir_is_complex(t))
        return ir_bytes(t) == 4 ? e->f32 : e->f64;
    return ir_int(e, ir_bytes(t));
}

LLVMTypeRef ir_mem(const emitter *e, dtype t)
{
    return t == SHARR_BOOL ? e->i8 : ir_elem(e, t);
}

LLVMTypeRef ir_vec(const emitter *e, LLVMTypeRef elem)
{
    return LLVMVectorType(elem, (unsigned)e->w);
}

LLVMTypeRef ir_type(const emitter *e, dtype t)
{
    return ir_vec(e, ir_elem(e, t));
}

val ir_splat_const(const emitter *e, val one)
{
    val lanes[IR_MAX_LANES];
    for (int i = 0; i < e->w; i++)
        lanes[i] = one;
    return LLVMConstVector(lanes, (unsigned)e->w);
}

val ir_cint(const emitter *e, LLVMTypeRef elem, uint64_t v)
{
    return ir_splat_const(e, LLVMConstInt(elem, v, 0));
}

val ir_cflt(const emitter *e, LLVMTypeRef elem, double v)
{
    return ir_splat_const(e, LLVMConstReal(elem, v));
}

val ir_bits(const emitter *e, LLVMTypeRef elem, uint64_t bits)
{
    LLVMTypeRef it = elem == e->f32 ? e->i32 : e->i64;
    return LLVMConstBitCast(ir_cint(e, it, bits), ir_vec(e, elem));
}

val ir_qnan(const emitter *e, dtype t)
{
    if (ir_bytes(t) == 4)
        return ir_bits(e, e->f32, 0x7fc00000u);
    return ir_bits(e, e->f64, 0x7ff8000000000000u);
}

val ir_lanes(const emitter *e, LLVMTypeRef elem)
{
    val lanes[IR_MAX_LANES];
    for (int i = 0; i < e->w; i++)
        lanes[i] = LLVMConstInt(elem, (unsigned)i, 0);
    return LLVMConstVector(lanes, (unsigned)e->w);
}

val ir_i64(const emitter *e, int64_t v)
{
    return LLVMConstInt(e->i64, (uint64_t)v, 0);
}

val ir_splat(const emitter *e, val one, int lanes)
{
    LLVMTypeRef vt = LLVMVectorType(LLVMTypeOf(one), (unsigned)lanes);
    LLVMTypeRef mt = LLVMVectorType(e->i32, (unsigned)lanes);
    val v = LLVMBuildInsertElement(e->b, LLVMGetPoison(vt), one, ir_i64(e, 0), "");
    return LLVMBuildShuffleVector(e->b, v, LLVMGetPoison(vt), LLVMConstNull(mt), "");
}

val ir_call(emitter *e, const char *intrinsic, LLVMTypeRef overload, val *args, int n)
{
    unsigned id = LLVMLookupIntrinsicID(intrinsic, strlen(intrinsic));
    if (id == 0) {
        e->failed = intrinsic;
        return LLVMGetPoison(overload);
    }
    val fn = LLVMGetIntrinsicDeclaration(e->m, id, &overload, 1);
    LLVMTypeRef ft = LLVMIntrinsicGetType(e->c, id, &overload, 1);
    return LLVMBuildCall2(e->b, ft, fn, args, (unsigned)n, "");
}

val ir_select(const emitter *e, val cond, val yes, val no)
{
    return LLVMBuildSelect(e->b, cond, yes, no, "");
}

val ir_fcmp(const emitter *e, LLVMRealPredicate p, val a, val b)
{
    return LLVMBuildFCmp(e->b, p, a, b, "");
}

val ir_icmp(const emitter *e, LLVMIntPredicate p, val a, val b)
{
    return LLVMBuildICmp(e->b, p, a, b, "");
}

val ir_bitcast(const emitter *e, val v, LLVMTypeRef elem)
{
    return LLVMBuildBitCast(e->b, v, ir_vec(e, elem), "");
}

val ir_any(const emitter *e, val mask)
{
    LLVMTypeRef bits = LLVMIntTypeInContext(e->c, (unsigned)e->w);
    val all = LLVMBuildBitCast(e->b, mask, bits, "");
    return ir_icmp(e, LLVMIntNE, all, LLVMConstNull(bits));
}

val ir_gep(const emitter *e, val base, val bytes)
{
    return LLVMBuildGEP2(e->b, e->i8, base, &bytes, 1, "");
}

val ir_gep_const(const emitter *e, val base, int64_t bytes)
{
    return bytes ? ir_gep(e, base, ir_i64(e, bytes)) : base;
}

val ir_load(const emitter *e, LLVMTypeRef t, val at, int align)
{
    val v = LLVMBuildLoad2(e->b, t, at, "");
    LLVMSetAlignment(v, (unsigned)align);
    return v;
}

void ir_store(const emitter *e, val v, val at, int align)
{
    LLVMSetAlignment(LLVMBuildStore(e->b, v, at), (unsigned)align);
}

/* `args` with the alignment where this LLVM wants one: after operand `where`. */
static val masked(const emitter *e, const char *name, LLVMTypeRef t, val *args, int where)
{
    LLVMTypeRef over[2] = {t, e->ptr};
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    val all[4];
    unsigned n = 0;
    for (int i = 0; i < 3; i++) {
        all[n++] = args[i];
        if (i == where && LLVM_COMPAT_MASKED_ALIGN_ARG)
            all[n++] = LLVMConstInt(e->i32, 1, 0);
    }
    val fn = LLVMGetIntrinsicDeclaration(e->m, id, over, 2);
    return LLVMBuildCall2(e->b, LLVMIntrinsicGetType(e->c, id, over, 2), fn, all, n, "");
}

val ir_masked_load(const emitter *e, LLVMTypeRef t, val at, val mask)
{
    val args[3] = {at, mask, LLVMConstNull(t)};
    return masked(e, "llvm.masked.load", t, args, 0);
}

void ir_masked_store(const emitter *e, val v, val at, val mask)
{
    val args[3] = {v, at, mask};
    masked(e, "llvm.masked.store", LLVMTypeOf(v), args, 1);
}

val ir_alloca(const emitter *e, int64_t bytes, const char *name)
{
    LLVMBasicBlockRef here = ir_here(e), entry = LLVMGetEntryBasicBlock(e->fn);
    val first = LLVMGetFirstInstruction(entry);
    if (first)
        LLVMPositionBuilderBefore(e->b, first);
    else
        ir_at(e, entry);
    val a = LLVMBuildAlloca(e->b, LLVMArrayType2(e->i8, (uint64_t)bytes), name);
    LLVMSetAlignment(a, 64);
    ir_at(e, here);
    return a;
}

LLVMBasicBlockRef ir_block(const emitter *e, const char *name)
{
    return LLVMAppendBasicBlockInContext(e->c, e->fn, name);
}

LLVMBasicBlockRef ir_here(const emitter *e)
{
    return LLVMGetInsertBlock(e->b);
}

void ir_at(const emitter *e, LLVMBasicBlockRef bb)
{
    LLVMPositionBuilderAtEnd(e->b, bb);
}

void ir_br_rare(const emitter *e, val cond, LLVMBasicBlockRef rare, LLVMBasicBlockRef usual)
{
    val br = LLVMBuildCondBr(e->b, cond, rare, usual);
    LLVMMetadataRef w[3] = {
        LLVMMDStringInContext2(e->c, "branch_weights", 14),
        LLVMValueAsMetadata(LLVMConstInt(e->i32, 1, 0)),
        LLVMValueAsMetadata(LLVMConstInt(e->i32, 1000, 0)),
    };
    val node = LLVMMetadataAsValue(e->c, LLVMMDNodeInContext2(e->c, w, 3));
    LLVMSetMetadata(br, LLVMGetMDKindIDInContext(e->c, "prof", 4), node);
}

val ir_phi(const emitter *e, LLVMTypeRef t, val v, LLVMBasicBlockRef from)
{
    val phi = LLVMBuildPhi(e->b, t, "");
    ir_phi_add(phi, v, from);
    return phi;
}

void ir_phi_add(val phi, val v, LLVMBasicBlockRef from)
{
    LLVMAddIncoming(phi, &v, &from, 1);
}
