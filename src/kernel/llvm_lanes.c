/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Accumulators of LANES reductions around the loops over a row: 32 lanes in
 * memory, which the main loop of a short body takes into registers, combined pairwise
 * into one state at the end.
 */
#include "kernel/llvm_emit.h"

#include "kernel/reduce.h"

#include <math.h>
#include <stddef.h>

static bool by_lanes(const accumulator *a)
{
    return a->r->mode == RMODE_LANES;
}

static bool has_shift(const accumulator *a)
{
    return by_lanes(a) && a->r->rop == ROP_VAR;
}

/* All REDUCE_LANES lanes of a field, as w lanes at a time. */
static operand lane_memory(const accumulator *a, int f)
{
    return mem_operand(a->field[f], a->mem[f]);
}

/* The start value of a lane; the sums of VAR start at zero. */
static val identity(const emitter *e, const accumulator *a, int f)
{
    scalar v = {.bits = {0, 0}};
    dtype t = a->field[f];
    if (a->r->rop != ROP_VAR)
        v = reduce_identity((enum rop)a->r->rop, (dtype)a->r->type, f);
    if (ir_is_float(t))
        return ir_bits(e, ir_elem(e, t), t == SHARR_FLOAT32 ? (uint32_t)v.bits[0] : v.bits[0]);
    return ir_cint(e, ir_elem(e, t), v.bits[0]);
}

static val nan_f64(const emitter *e)
{
    return LLVMConstReal(e->f64, (double)NAN);
}

void lanes_begin_row(nest *n)
{
    const emitter *e = n->e;
    for (accumulator *a = n->acc; a < n->acc + e->p->nreds; a++) {
        if (!by_lanes(a))
            continue;
        for (int f = 0; f < a->nfields; f++) {
            operand o = lane_memory(a, f);
            for (int c = 0; c < REDUCE_LANES / e->w; c++)
                mem_store(e, &o, c, (ev){.v = identity(e, a, f)});
        }
        if (has_shift(a))
            ir_store(e, nan_f64(e), a->shift, 8);
    }
}

void lanes_to_regs(nest *n, int first, int last)
{
    const emitter *e = n->e;
    for (accumulator *a = n->acc; a < n->acc + e->p->nreds; a++) {
        if (!by_lanes(a))
            continue;
        a->ready = true;
        a->in_regs = n->lane_regs;
        for (int f = 0; a->in_regs && f < a->nfields; f++) {
            operand o = lane_memory(a, f);
            for (int c = first; c < last; c++)
                a->reg[f][c] = mem_load(e, &o, c).v;
        }
        if (has_shift(a))
            a->shift_reg = ir_splat(e, ir_load(e, e->f64, a->shift, 8), e->w);
    }
}

void lanes_to_memory(nest *n, int first, int last)
{
    const emitter *e = n->e;
    for (accumulator *a = n->acc; a < n->acc + e->p->nreds; a++) {
        if (!by_lanes(a))
            continue;
        for (int f = 0; a->in_regs && f < a->nfields; f++) {
            operand o = lane_memory(a, f);
            for (int c = first; c < last; c++)
                mem_store(e, &o, c, (ev){.v = a->reg[f][c]});
        }
        a->in_regs = a->ready = false;
    }
}

/* ---- the shift of VAR -------------------------------------------------------------------------- */

bool lanes_need_first(const nest *n)
{
    for (accumulator *a = n->acc; a < n->acc + n->e->p->nreds; a++)
        if (has_shift(a))
            return true;
    return false;
}

val lanes_ready(const nest *n)
{
    const emitter *e = n->e;
    val ready = LLVMConstInt(e->i1, 1, 0);
    for (accumulator *a = n->acc; a < n->acc + e->p->nreds; a++) {
        if (!has_shift(a))
            continue;
        val shift = ir_load(e, e->f64, a->shift, 8);
        ready = LLVMBuildAnd(e->b, ready, ir_fcmp(e, LLVMRealORD, shift, shift), "");
    }
    return ready;
}

/* The first finite active lane of x, else NaN. */
static val first_finite(nest *n, const body *b, val x)
{
    emitter *e = n->e;
    LLVMTypeRef bits = LLVMIntTypeInContext(e->c, (unsigned)e->w);
    val ok = emit_isfinite(e, SHARR_FLOAT64, &(ev){.v = x}).v;
    if (b->active)
        ok = LLVMBuildAnd(e->b, ok, b->active, "");
    val set = LLVMBuildBitCast(e->b, ok, bits, "");
    val none = ir_icmp(e, LLVMIntEQ, set, LLVMConstNull(bits));
    val args[2] = {LLVMBuildZExt(e->b, set, e->i64, ""), LLVMConstInt(e->i1, 0, 0)};
    val lane = ir_call(e, "llvm.cttz", e->i64, args, 2);
    val safe = LLVMBuildAnd(e->b, lane, ir_i64(e, e->w - 1), "");
    val v = LLVMBuildExtractElement(e->b, x, safe, "");
    return ir_select(e, none, nan_f64(e), v);
}

/* What is subtracted from each element: the shift, 0 while there is none. */
val lanes_shift(nest *n, const accumulator *a, const body *b, val x)
{
    emitter *e = n->e;
    if (a->ready)
        return a->shift_reg;
    val old = ir_load(e, e->f64, a->shift, 8);
    LLVMBasicBlockRef from = ir_here(e), find = ir_block(e, "shift"), go = ir_block(e, "shifted");
    ir_br_rare(e, ir_fcmp(e, LLVMRealUNO, old, old), find, go);
    ir_at(e, find);
    val found = first_finite(n, b, x);
    ir_store(e, found, a->shift, 8);
    LLVMBasicBlockRef end = ir_here(e);
    LLVMBuildBr(e->b, go);
    ir_at(e, go);
    val shift = ir_phi(e, e->f64, old, from);
    ir_phi_add(shift, found, end);
    val unset = ir_fcmp(e, LLVMRealUNO, shift, shift);
    return ir_splat(e, ir_select(e, unset, LLVMConstReal(e->f64, 0.0), shift), e->w);
}

/* ---- the end of a row -------------------------------------------------------------------------- */

static val lanes_from(const emitter *e, val v, int first, int count)
{
    val index[REDUCE_LANES];
    for (int i = 0; i < count; i++)
        index[i] = LLVMConstInt(e->i32, (unsigned)(first + i), 0);
    return LLVMBuildShuffleVector(e->b, v, LLVMGetPoison(LLVMTypeOf(v)),
                                  LLVMConstVector(index, (unsigned)count), "");
}

/* 32 lanes to one: lane k takes lane k + d for d = 16, 8, 4, 2, 1. */
static void combine_lanes(nest *n, const accumulator *a, val *state)
{
    emitter *e = n->e;
    int w = e->w;
    val hi[REDUCE_MAX_FIELDS];
    e->w = REDUCE_LANES;
    for (int f = 0; f < a->nfields; f++) {
        operand o = lane_memory(a, f);
        state[f] = mem_load(e, &o, 0).v;
    }
    for (int d = REDUCE_LANES / 2; d > 0; d /= 2) {
        for (int f = 0; f < a->nfields; f++) {
            hi[f] = lanes_from(e, state[f], d, d);
            state[f] = lanes_from(e, state[f], 0, d);
        }
        e->w = d;
        reduce_combine(e, a, state, hi);
    }
    e->w = w;
    for (int f = 0; f < a->nfields; f++)
        state[f] = LLVMBuildExtractElement(e->b, state[f], ir_i64(e, 0), "");
}

/* (s1, s2) to (n, mean, M2), as var_close() does. */
static void close_var(const nest *n, const accumulator *a, val *state)
{
    const emitter *e = n->e;
    val zero = LLVMConstReal(e->f64, 0.0), s1 = state[0], s2 = state[1];
    val shift = ir_load(e, e->f64, a->shift, 8);
    val base = ir_select(e, ir_fcmp(e, LLVMRealUNO, shift, shift), zero, shift);
    val empty = ir_icmp(e, LLVMIntEQ, n->n[1], ir_i64(e, 0));
    val count = LLVMBuildSIToFP(e->b, n->n[1], e->f64, "");
    val d = ir_select(e, empty, LLVMConstReal(e->f64, 1.0), count);
    val mean = LLVMBuildFAdd(e->b, base, LLVMBuildFDiv(e->b, s1, d, ""), "");
    val drop = LLVMBuildFDiv(e->b, LLVMBuildFMul(e->b, s1, s1, ""), d, "");
    val m2 = LLVMBuildFSub(e->b, s2, drop, "");
    val none = LLVMBuildOr(e->b, empty, ir_fcmp(e, LLVMRealOLT, m2, zero), "");
    state[0] = count;
    state[1] = ir_select(e, empty, zero, mean);
    state[2] = ir_select(e, none, zero, m2);
}

/* Field f of cell i. */
static void write_cell(const nest *n, const accumulator *a, int f, val i, val v)
{
    const emitter *e = n->e;
    val bases = emit_argument(n, e->ptr, offsetof(sharr_kargs, state));
    val strides = emit_argument(n, e->ptr, offsetof(sharr_kargs, state_stride));
    int64_t slot = a->r->first_state + f;
    val base = ir_load(e, e->ptr, ir_gep_const(e, bases, slot * 8), 8);
    val stride = ir_load(e, e->i64, ir_gep_const(e, strides, slot * 16), 8);
    if (LLVMTypeOf(v) == e->i1)
        v = LLVMBuildZExt(e->b, v, e->i8, "");
    ir_store(e, v, ir_gep(e, base, LLVMBuildMul(e->b, i, stride, "")), 1);
}

void lanes_end_row(nest *n, val i)
{
    for (accumulator *a = n->acc; a < n->acc + n->e->p->nreds; a++) {
        if (!by_lanes(a))
            continue;
        val state[REDUCE_MAX_FIELDS];
        int nfields = a->nfields;
        combine_lanes(n, a, state);
        if (has_shift(a)) {
            close_var(n, a, state);
            nfields = 3;
        }
        for (int f = 0; f < nfields; f++)
            write_cell(n, a, f, i, state[f]);
    }
}
