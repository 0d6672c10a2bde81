/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Loads and stores of a group of w elements.
 */
#include "kernel/llvm_emit.h"

static val part_of_pairs(const emitter *e, val pairs, unsigned first)
{
    val lane[IR_MAX_LANES];
    for (int i = 0; i < e->w; i++)
        lane[i] = LLVMConstInt(e->i32, 2 * (unsigned)i + first, 0);
    val mask = LLVMConstVector(lane, (unsigned)e->w);
    return LLVMBuildShuffleVector(e->b, pairs, LLVMGetPoison(LLVMTypeOf(pairs)), mask, "");
}

static val pairs_of_parts(const emitter *e, ev v)
{
    val lane[2 * IR_MAX_LANES];
    for (int i = 0; i < e->w; i++) {
        lane[2 * i] = LLVMConstInt(e->i32, (unsigned)i, 0);
        lane[2 * i + 1] = LLVMConstInt(e->i32, (unsigned)(i + e->w), 0);
    }
    return LLVMBuildShuffleVector(e->b, v.v, v.im, LLVMConstVector(lane, 2 * (unsigned)e->w), "");
}

static val group_at(const emitter *e, const operand *o, int copy)
{
    return ir_gep_const(e, o->at, copy * e->w * o->info.size);
}

ev mem_load(const emitter *e, const operand *o, int copy)
{
    val at = group_at(e, o, copy);
    int size = (int)o->info.size;
    if (ir_is_complex(o->type)) {
        LLVMTypeRef t = LLVMVectorType(ir_elem(e, o->type), 2 * (unsigned)e->w);
        val pairs = ir_load(e, t, at, size / 2);
        return (ev){part_of_pairs(e, pairs, 0), part_of_pairs(e, pairs, 1)};
    }
    val v = ir_load(e, ir_vec(e, ir_mem(e, o->type)), at, size);
    if (o->type == SHARR_BOOL)
        v = ir_icmp(e, LLVMIntNE, v, LLVMConstNull(ir_vec(e, e->i8)));
    return (ev){.v = v};
}

void mem_store(const emitter *e, const operand *o, int copy, ev v)
{
    val at = group_at(e, o, copy);
    int size = (int)o->info.size;
    if (ir_is_complex(o->type))
        ir_store(e, pairs_of_parts(e, v), at, size / 2);
    else if (o->type == SHARR_BOOL)
        ir_store(e, LLVMBuildZExt(e->b, v.v, ir_vec(e, e->i8), ""), at, 1);
    else
        ir_store(e, v.v, at, size);
}

operand mem_operand(dtype t, val at)
{
    return (operand){.type = t, .info = {.size = (int64_t)dtype_size(t)}, .at = at};
}
