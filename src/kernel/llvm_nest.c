/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The nest of programs without reductions, or with reductions by lanes: row after
 * row (see llvm_emit.h).
 */
#include "kernel/llvm_loop.h"

/* Runs in a block of columns when the main loop has several passes: each pass skips what belongs to the
 * others, and that should still be near when they come. */
enum { BLOCK_RUNS = 16 };

/* One pass of the main loop over columns start .. limit: copies first .. last - 1 of the body, with their
 * accumulators. */
static val main_pass(nest *n, val i, val start, val limit, int first)
{
    const emitter *e = n->e;
    const int last = first + n->pass_copies;
    lanes_to_regs(n, first, last);
    run_begin(n, PLACE(row), start, PLACE(by_main));
    loop l = loop_open(n, start, "main");
    run_open(n, &l);
    reduce_regs_open(n, first, last, l.from);
    emit_bodies(n, &(body){.copy = first, .i = i, .j = l.k}, last);
    run_close(n);
    LLVMBasicBlockRef latch = loop_close(n, &l, ir_i64(e, n->copies * e->w), limit);
    reduce_regs_close(n, first, last, latch);
    lanes_to_memory(n, first, last);
    return l.k;
}

/* In passes of no more accumulators than there are registers, block by block: each pass takes its own
 * lanes, so that no order changes. */
static val main_blocks(nest *n, val i, val start, val limit)
{
    const emitter *e = n->e;
    val by = ir_i64(e, BLOCK_RUNS * n->copies * e->w), end = start;
    loop l = loop_open(n, start, "block");
    val next = LLVMBuildAdd(e->b, l.k, by, "");
    val stop = ir_select(e, ir_icmp(e, LLVMIntSLT, next, limit), next, limit);
    for (int c = 0; c < n->copies; c += n->pass_copies)
        end = main_pass(n, i, l.k, stop, c);
    loop_close(n, &l, by, limit);
    return end;
}

/* Returns the column where the rest begins. */
static val row_main(nest *n, val i, val start)
{
    const emitter *e = n->e;
    const int lanes = n->copies * e->w;
    val possible = loop_main_possible(n, n->cols, start, lanes), limit = loop_whole_end(n, n->cols, lanes);
    skip s = skip_open(n, LLVMBuildAnd(e->b, possible, lanes_ready(n), ""), "premain");
    val end = n->pass_copies < n->copies ? main_blocks(n, i, start, limit) : main_pass(n, i, start, limit, 0);
    return skip_close_with(n, s, start, end);
}

/* For accumulators that have to see an element before the main loop can run: the general loop
 * stands in the code once and runs twice, over the first lanes and over the rest. */
static void row_in_turns(nest *n, val i)
{
    const emitter *e = n->e;
    val zero = ir_i64(e, 0), lanes = ir_i64(e, REDUCE_LANES);
    val first = ir_select(e, ir_icmp(e, LLVMIntSLT, n->cols, lanes), n->cols, lanes);
    LLVMBasicBlockRef second = ir_block(e, "second"), end = ir_block(e, "endrow");
    loop l = loop_open(n, zero, "part");
    val limit = ir_phi(e, e->i64, first, l.from);
    val j = loop_groups(n, i, l.k, limit);
    LLVMBuildCondBr(e->b, ir_icmp(e, LLVMIntSLT, limit, n->cols), second, end);
    ir_at(e, second);
    j = row_main(n, i, j);
    LLVMBasicBlockRef back = ir_here(e);
    ir_phi_add(l.k, j, back);
    ir_phi_add(limit, n->cols, back);
    LLVMBuildBr(e->b, l.head);
    ir_at(e, end);
}

void nest_rows(nest *n)
{
    const emitter *e = n->e;
    val zero = ir_i64(e, 0), one = ir_i64(e, 1);
    n->cols = n->n[1];
    skip all = skip_open(n, ir_icmp(e, LLVMIntSGT, n->n[0], zero), "rows");
    val splats = LLVMBuildAnd(e->b, n->zero, ir_icmp(e, LLVMIntSGT, n->cols, zero), "");
    loop l = loop_open(n, zero, "row");
    for (operand *o = n->op; o < n->op + n->nop; o++)
        frame_set(n, o, loop_moved(n, o, PLACE(base), l.k, PLACE(by_row)), PLACE(row));
    frame_splat(n, splats, 1);
    lanes_begin_row(n);
    if (n->copies && lanes_need_first(n))
        row_in_turns(n, l.k);
    else
        loop_groups(n, l.k, n->copies ? row_main(n, l.k, zero) : zero, n->cols);
    lanes_end_row(n, l.k);
    loop_close(n, &l, one, n->n[0]);
    skip_close(n, all);
}
