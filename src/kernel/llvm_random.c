/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What random numbers are made of, as vector IR: calls of Philox in 64 bits, and the high half of a product.
 */
#include "kernel/llvm_ops.h"

/* Three numbers as 64 bits, and the low bits of what comes. */
static ev random_call(emitter *e, const char *name, dtype t, const ev *a)
{
    LLVMTypeRef wide = ir_type(e, SHARR_UINT64);
    ev in[3];
    for (int i = 0; i < 3; i++)
        in[i] = (ev){.v = t == SHARR_UINT64 ? a[i].v : LLVMBuildZExt(e->b, a[i].v, wide, "")};
    val r = math_call(e, name, SHARR_UINT64, in, 3);
    return (ev){.v = t == SHARR_UINT64 ? r : LLVMBuildTrunc(e->b, r, ir_type(e, t), "")};
}

ev emit_philox(emitter *e, dtype t, const ev *a)
{
    return random_call(e, "philox", t, a);
}

ev emit_philox_below(emitter *e, dtype t, const ev *a)
{
    return random_call(e, "philox_below", t, a);
}

/* Of products of halves, none of which overflows 64 bits. */
static val high_of_64(emitter *e, val a, val b)
{
    val mask = ir_cint(e, e->i64, 0xffffffffu), half = ir_cint(e, e->i64, 32);
    val al = LLVMBuildAnd(e->b, a, mask, ""), ah = LLVMBuildLShr(e->b, a, half, "");
    val bl = LLVMBuildAnd(e->b, b, mask, ""), bh = LLVMBuildLShr(e->b, b, half, "");
    val low = LLVMBuildLShr(e->b, LLVMBuildMul(e->b, al, bl, ""), half, "");
    val mid = LLVMBuildAdd(e->b, LLVMBuildMul(e->b, ah, bl, ""), low, "");
    val rest = LLVMBuildAdd(e->b, LLVMBuildMul(e->b, al, bh, ""), LLVMBuildAnd(e->b, mid, mask, ""), "");
    val high = LLVMBuildAdd(e->b, LLVMBuildMul(e->b, ah, bh, ""), LLVMBuildLShr(e->b, mid, half, ""), "");
    return LLVMBuildAdd(e->b, high, LLVMBuildLShr(e->b, rest, half, ""), "");
}

ev emit_mulhi(emitter *e, dtype t, const ev *a)
{
    int bytes = ir_bytes(t);
    if (bytes == 8)
        return (ev){.v = high_of_64(e, a[0].v, a[1].v)};
    LLVMTypeRef wide = ir_int(e, 2 * bytes);
    val x = LLVMBuildZExt(e->b, a[0].v, ir_vec(e, wide), ""), y = LLVMBuildZExt(e->b, a[1].v, ir_vec(e, wide), "");
    val r = LLVMBuildLShr(e->b, LLVMBuildMul(e->b, x, y, ""), ir_cint(e, wide, 8 * (unsigned)bytes), "");
    return (ev){.v = LLVMBuildTrunc(e->b, r, ir_type(e, t), "")};
}
