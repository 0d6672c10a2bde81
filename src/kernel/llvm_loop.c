/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See llvm_loop.h and llvm_emit.h.
 */
#include "kernel/llvm_loop.h"

/* ---- control flow ------------------------------------------------------------------------------ */

loop loop_open(const nest *n, val start, const char *name)
{
    const emitter *e = n->e;
    loop l = {.from = ir_here(e), .head = ir_block(e, name)};
    LLVMBuildBr(e->b, l.head);
    ir_at(e, l.head);
    l.k = ir_phi(e, e->i64, start, l.from);
    return l;
}

LLVMBasicBlockRef loop_close(const nest *n, loop *l, val by, val limit)
{
    const emitter *e = n->e;
    LLVMBasicBlockRef latch = ir_here(e), out = ir_block(e, "out");
    val k = LLVMBuildAdd(e->b, l->k, by, "");
    ir_phi_add(l->k, k, latch);
    LLVMBuildCondBr(e->b, ir_icmp(e, LLVMIntSLT, k, limit), l->head, out);
    ir_at(e, out);
    l->k = k;
    return latch;
}

skip skip_open(const nest *n, val cond, const char *name)
{
    const emitter *e = n->e;
    skip s = {.from = ir_here(e), .after = ir_block(e, "after")};
    LLVMBasicBlockRef then = ir_block(e, name);
    LLVMBuildCondBr(e->b, cond, then, s.after);
    ir_at(e, then);
    return s;
}

void skip_close(const nest *n, skip s)
{
    LLVMBuildBr(n->e->b, s.after);
    ir_at(n->e, s.after);
}

val skip_close_with(const nest *n, skip s, val kept, val moved)
{
    LLVMBasicBlockRef end = ir_here(n->e);
    skip_close(n, s);
    val v = ir_phi(n->e, n->e->i64, kept, s.from);
    ir_phi_add(v, moved, end);
    return v;
}

/* ---- pointers ---------------------------------------------------------------------------------- */

val loop_moved(const nest *n, const operand *o, size_t from, val k, size_t by)
{
    val p = frame_get(n, o, n->e->ptr, from);
    if (LLVMIsConstant(k) && LLVMConstIntGetSExtValue(k) == 0)
        return p;
    val bytes = LLVMBuildMul(n->e->b, k, frame_get(n, o, n->e->i64, by), "");
    return ir_gep(n->e, p, bytes);
}

void run_begin(nest *n, size_t from, val start, size_t by)
{
    for (operand *o = n->op; o < n->op + n->nop; o++) {
        o->at = loop_moved(n, o, from, start, PLACE(step));
        o->by = frame_get(n, o, n->e->i64, by);
    }
}

void run_open(nest *n, const loop *l)
{
    for (operand *o = n->op; o < n->op + n->nop; o++)
        o->run = o->at = ir_phi(n->e, n->e->ptr, o->at, l->from);
}

void run_close(nest *n)
{
    LLVMBasicBlockRef latch = ir_here(n->e);
    for (operand *o = n->op; o < n->op + n->nop; o++)
        ir_phi_add(o->run, ir_gep(n->e, o->run, o->by), latch);
}

/* ---- groups ------------------------------------------------------------------------------------ */

val loop_whole_end(const nest *n, val cols, int lanes)
{
    return LLVMBuildSub(n->e->b, cols, ir_i64(n->e, lanes - 1), "");
}

val loop_main_possible(const nest *n, val cols, val j, int lanes)
{
    const emitter *e = n->e;
    val enough = ir_icmp(e, LLVMIntSLT, j, loop_whole_end(n, cols, lanes));
    return LLVMBuildAnd(e->b, enough, LLVMBuildNot(e->b, n->odd, ""), "");
}

static val active_lanes(const nest *n, val count)
{
    emitter *e = n->e;
    if (!n->lanes)
        return NULL;
    LLVMTypeRef it = ir_int(e, e->w > 16 ? 1 : e->w > 8 ? 2 : e->w > 4 ? 4 : 8);
    val c = it == e->i64 ? count : LLVMBuildTrunc(e->b, count, it, "");
    return ir_icmp(e, LLVMIntULT, ir_lanes(e, it), ir_splat(e, c, e->w));
}

/* The pointers are kept in the frame's `cur`: helpers read them there, and a loop with many
 * operands has no registers for them. */
val loop_groups(nest *n, val i, val start, val limit)
{
    const emitter *e = n->e;
    val w = ir_i64(e, e->w);
    skip s = skip_open(n, ir_icmp(e, LLVMIntSLT, start, limit), "groups");
    for (operand *o = n->op; o < n->op + n->nop; o++)
        frame_set(n, o, loop_moved(n, o, PLACE(row), start, PLACE(step)), PLACE(cur));
    loop l = loop_open(n, start, "group");
    val left = LLVMBuildSub(e->b, n->cols, l.k, "");
    val few = ir_icmp(e, LLVMIntSLT, left, w), slow = LLVMBuildOr(e->b, few, n->odd, "");
    val count = ir_select(e, few, left, w);
    for (operand *o = n->op; o < n->op + n->nop; o++)
        o->at = frame_get(n, o, e->ptr, PLACE(cur));
    frame_stage_in(n, slow, count);
    emit_body(n, &(body){.i = i, .j = l.k, .active = active_lanes(n, count)});
    frame_stage_out(n, slow, count);
    for (operand *o = n->op; o < n->op + n->nop; o++)
        frame_set(n, o, loop_moved(n, o, PLACE(cur), ir_i64(e, 1), PLACE(by_group)), PLACE(cur));
    loop_close(n, &l, w, limit);
    return skip_close_with(n, s, start, l.k);
}
