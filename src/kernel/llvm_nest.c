/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The loop nests of a kernel (see llvm_emit.h).  What happens inside a body is
 * not known here.
 */
#include "kernel/llvm_emit.h"

#include <stddef.h>

/* ---- control flow ------------------------------------------------------------------------------ */

/* A loop; its counter is the first phi of `head`. */
typedef struct loop {
    LLVMBasicBlockRef head;
    val k;
} loop;

static loop loop_open(const nest *n, val start, const char *name)
{
    const emitter *e = n->e;
    LLVMBasicBlockRef from = ir_here(e);
    loop l = {.head = ir_block(e, name)};
    LLVMBuildBr(e->b, l.head);
    ir_at(e, l.head);
    l.k = ir_phi(e, e->i64, start, from);
    return l;
}

/* Around again while k + by < limit.  Leaves the builder behind the loop and k + by in l->k. */
static LLVMBasicBlockRef loop_close(const nest *n, loop *l, int by, val limit)
{
    const emitter *e = n->e;
    LLVMBasicBlockRef latch = ir_here(e), out = ir_block(e, "out");
    val k = LLVMBuildAdd(e->b, l->k, ir_i64(e, by), "");
    ir_phi_add(l->k, k, latch);
    LLVMBuildCondBr(e->b, ir_icmp(e, LLVMIntSLT, k, limit), l->head, out);
    ir_at(e, out);
    l->k = k;
    return latch;
}

/* if (cond) { what is emitted until skip_close } */
typedef struct skip {
    LLVMBasicBlockRef from, after;
} skip;

static skip skip_open(const nest *n, val cond, const char *name)
{
    const emitter *e = n->e;
    skip s = {.from = ir_here(e), .after = ir_block(e, "after")};
    LLVMBasicBlockRef then = ir_block(e, name);
    LLVMBuildCondBr(e->b, cond, then, s.after);
    ir_at(e, then);
    return s;
}

static void skip_close(const nest *n, skip s)
{
    LLVMBuildBr(n->e->b, s.after);
    ir_at(n->e, s.after);
}

/* As skip_close; the result is `kept` if the part was skipped, else `moved`. */
static val skip_close_with(const nest *n, skip s, val kept, val moved)
{
    LLVMBasicBlockRef end = ir_here(n->e);
    skip_close(n, s);
    val v = ir_phi(n->e, n->e->i64, kept, s.from);
    ir_phi_add(v, moved, end);
    return v;
}

/* ---- pointers of operands [first, last) -------------------------------------------------------- */

#define PLACE(field) offsetof(stage_place, field)

/* from + k * by, both of the frame */
static val moved(const nest *n, const operand *o, size_t from, val k, size_t by)
{
    val p = frame_get(n, o, n->e->ptr, from);
    if (LLVMIsConstant(k) && LLVMConstIntGetSExtValue(k) == 0)
        return p;
    val bytes = LLVMBuildMul(n->e->b, k, frame_get(n, o, n->e->i64, by), "");
    return ir_gep(n->e, p, bytes);
}

/* In registers, for the loop that is opened next: where they start and what is added. */
static void run_begin(nest *n, int last, size_t by)
{
    for (operand *o = n->op; o < n->op + last; o++)
        o->by = frame_get(n, o, n->e->i64, by);
}

/* `at` becomes a phi of the loop, which was entered from `from`. */
static void run_open(nest *n, int last, LLVMBasicBlockRef from)
{
    for (operand *o = n->op; o < n->op + last; o++)
        o->run = o->at = ir_phi(n->e, n->e->ptr, o->at, from);
}

static void run_close(nest *n, int last)
{
    LLVMBasicBlockRef latch = ir_here(n->e);
    for (operand *o = n->op; o < n->op + last; o++)
        ir_phi_add(o->run, ir_gep(n->e, o->run, o->by), latch);
}

/* In the frame's `cur`, which becomes `at` of a turn. */
static void cur_open(nest *n, int first, int last)
{
    for (operand *o = n->op + first; o < n->op + last; o++)
        o->at = frame_get(n, o, n->e->ptr, PLACE(cur));
}

static void cur_close(nest *n, int first, int last, size_t by)
{
    for (operand *o = n->op + first; o < n->op + last; o++)
        frame_set(n, o, moved(n, o, PLACE(cur), ir_i64(n->e, 1), by), PLACE(cur));
}

/* ---- groups ------------------------------------------------------------------------------------ */

/* Whole runs of `lanes` begin below this column. */
static val whole_end(const nest *n, int lanes)
{
    return LLVMBuildSub(n->e->b, n->n[1], ir_i64(n->e, lanes - 1), "");
}

static val main_possible(const nest *n, val j, int lanes)
{
    const emitter *e = n->e;
    val enough = ir_icmp(e, LLVMIntSLT, j, whole_end(n, lanes));
    return LLVMBuildAnd(e->b, enough, LLVMBuildNot(e->b, n->odd, ""), "");
}

/* The number of elements of the group at column j, and whether it needs staging. */
static val group_count(const nest *n, val j, val *slow)
{
    const emitter *e = n->e;
    val left = LLVMBuildSub(e->b, n->n[1], j, ""), w = ir_i64(e, e->w);
    val few = ir_icmp(e, LLVMIntSLT, left, w);
    *slow = LLVMBuildOr(e->b, few, n->odd, "");
    return ir_select(e, few, left, w);
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

/* ---- by row ------------------------------------------------------------------------------------ */

/* The main loop over whole runs of `copies` groups; returns the column where the rest begins. */
static val row_main(nest *n, val i, val start)
{
    const emitter *e = n->e;
    int lanes = n->copies * e->w;
    val possible = LLVMBuildAnd(e->b, main_possible(n, start, lanes), lanes_ready(n), "");
    skip s = skip_open(n, possible, "premain");
    lanes_to_regs(n);
    for (operand *o = n->op; o < n->op + n->nop; o++)
        o->at = moved(n, o, PLACE(row), start, PLACE(step));
    run_begin(n, n->nop, PLACE(by_main));
    val limit = whole_end(n, lanes);
    LLVMBasicBlockRef from = ir_here(e);
    loop l = loop_open(n, start, "main");
    run_open(n, n->nop, from);
    reduce_regs_open(n, n->copies, from);
    for (int c = 0; c < n->copies; c++)
        emit_body(n, &(body){.copy = c, .i = i, .j = l.k});
    run_close(n, n->nop);
    reduce_regs_close(n, n->copies, loop_close(n, &l, lanes, limit));
    lanes_to_memory(n);
    return skip_close_with(n, s, start, l.k);
}

/* The general loop over columns start .. limit; returns the column where it ended. */
static val row_groups(nest *n, val i, val start, val limit)
{
    const emitter *e = n->e;
    skip s = skip_open(n, ir_icmp(e, LLVMIntSLT, start, limit), "groups");
    for (operand *o = n->op; o < n->op + n->nop; o++)
        frame_set(n, o, moved(n, o, PLACE(row), start, PLACE(step)), PLACE(cur));
    loop l = loop_open(n, start, "group");
    val slow, count = group_count(n, l.k, &slow);
    cur_open(n, 0, n->nop);
    frame_stage_in(n, 0, n->nop, slow, count);
    emit_body(n, &(body){.i = i, .j = l.k, .active = active_lanes(n, count)});
    frame_stage_out(n, 0, n->nop, slow, count);
    cur_close(n, 0, n->nop, PLACE(by_group));
    loop_close(n, &l, e->w, limit);
    return skip_close_with(n, s, start, l.k);
}

/* For accumulators that have to see an element before the main loop can run: the general loop
 * stands in the code once and runs twice, over the first lanes and over the rest. */
static void row_in_turns(nest *n, val i)
{
    const emitter *e = n->e;
    val zero = ir_i64(e, 0), lanes = ir_i64(e, REDUCE_LANES);
    val first = ir_select(e, ir_icmp(e, LLVMIntSLT, n->n[1], lanes), n->n[1], lanes);
    LLVMBasicBlockRef second = ir_block(e, "second"), end = ir_block(e, "endrow");
    LLVMBasicBlockRef from = ir_here(e);
    loop l = loop_open(n, zero, "part");
    val limit = ir_phi(e, e->i64, first, from);
    val j = row_groups(n, i, l.k, limit);
    LLVMBuildCondBr(e->b, ir_icmp(e, LLVMIntSLT, limit, n->n[1]), second, end);
    ir_at(e, second);
    j = row_main(n, i, j);
    LLVMBasicBlockRef back = ir_here(e);
    ir_phi_add(l.k, j, back);
    ir_phi_add(limit, n->n[1], back);
    LLVMBuildBr(e->b, l.head);
    ir_at(e, end);
}

void nest_by_row(nest *n)
{
    const emitter *e = n->e;
    val zero = ir_i64(e, 0);
    skip all = skip_open(n, ir_icmp(e, LLVMIntSGT, n->n[0], zero), "rows");
    val splats = LLVMBuildAnd(e->b, n->zero, ir_icmp(e, LLVMIntSGT, n->n[1], zero), "");
    loop l = loop_open(n, zero, "row");
    for (operand *o = n->op; o < n->op + n->nop; o++)
        frame_set(n, o, moved(n, o, PLACE(base), l.k, PLACE(by_row)), PLACE(row));
    frame_splat_row(n, splats);
    lanes_begin_row(n);
    if (n->copies && lanes_need_first(n))
        row_in_turns(n, l.k);
    else
        row_groups(n, l.k, n->copies ? row_main(n, l.k, zero) : zero, n->n[1]);
    lanes_end_row(n, l.k);
    loop_close(n, &l, 1, n->n[0]);
    skip_close(n, all);
}

/* ---- by column --------------------------------------------------------------------------------- */

/* Whole blocks of `copies` groups; returns the column where the rest begins. */
static val column_main(nest *n)
{
    const emitter *e = n->e;
    int lanes = n->copies * e->w;
    val zero = ir_i64(e, 0);
    skip s = skip_open(n, main_possible(n, zero, lanes), "premain");
    val limit = whole_end(n, lanes);
    loop columns = loop_open(n, zero, "column");
    for (operand *o = n->op; o < n->op + n->nop; o++)
        o->at = moved(n, o, PLACE(base), columns.k, PLACE(step));
    reduce_down_load(n, n->copies);
    run_begin(n, n->first_state, PLACE(by_row));
    LLVMBasicBlockRef from = ir_here(e);
    loop rows = loop_open(n, zero, "down");
    run_open(n, n->first_state, from);
    reduce_regs_open(n, n->copies, from);
    frame_splat_group(n);
    for (int c = 0; c < n->copies; c++)
        emit_body(n, &(body){.copy = c, .i = rows.k, .j = columns.k});
    run_close(n, n->first_state);
    reduce_regs_close(n, n->copies, loop_close(n, &rows, 1, n->n[0]));
    reduce_down_store(n, n->copies);
    loop_close(n, &columns, lanes, limit);
    return skip_close_with(n, s, zero, columns.k);
}

/* All rows of the group at column j. */
static void group_rows(nest *n, val j, val slow, val count)
{
    const emitter *e = n->e;
    LLVMBasicBlockRef from = ir_here(e);
    loop rows = loop_open(n, ir_i64(e, 0), "downgroup");
    reduce_regs_open(n, 1, from);
    cur_open(n, 0, n->first_state);
    frame_splat_group(n);
    frame_stage_in(n, 0, n->first_state, slow, count);
    emit_body(n, &(body){.i = rows.k, .j = j});
    frame_stage_out(n, 0, n->first_state, slow, count);
    cur_close(n, 0, n->first_state, PLACE(by_row));
    reduce_regs_close(n, 1, loop_close(n, &rows, 1, n->n[0]));
}

static void column_groups(nest *n, val start)
{
    const emitter *e = n->e;
    skip s = skip_open(n, ir_icmp(e, LLVMIntSLT, start, n->n[1]), "groups");
    loop l = loop_open(n, start, "group");
    for (operand *o = n->op; o < n->op + n->nop; o++)
        frame_set(n, o, moved(n, o, PLACE(base), l.k, PLACE(step)), PLACE(cur));
    val slow, count = group_count(n, l.k, &slow);
    cur_open(n, n->first_state, n->nop);
    frame_stage_in(n, n->first_state, n->nop, slow, count);
    reduce_down_load(n, 1);
    group_rows(n, l.k, slow, count);
    reduce_down_store(n, 1);
    frame_stage_out(n, n->first_state, n->nop, slow, count);
    loop_close(n, &l, e->w, n->n[1]);
    skip_close(n, s);
}

void nest_by_column(nest *n)
{
    const emitter *e = n->e;
    val zero = ir_i64(e, 0);
    val work = LLVMBuildAnd(e->b, ir_icmp(e, LLVMIntSGT, n->n[0], zero),
                            ir_icmp(e, LLVMIntSGT, n->n[1], zero), "");
    skip all = skip_open(n, work, "columns");
    column_groups(n, n->copies ? column_main(n) : zero);
    skip_close(n, all);
}
