/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The nest of programs with DOWN reductions only.  Columns are cut into tiles whose
 * states stay in the first-level cache; inside a tile bands of some rows are walked
 * together, so that a state is loaded and stored once per band and each row is still
 * read as a stream.  Every cell sees its elements in order.
 */
#include "kernel/llvm_loop.h"

/* Columns of a tile: 8 KiB of one state field. */
enum { TILE_BYTES = 8192 };

/* `rows` rows from i on, from the frame's `row`, each `by_sub` apart; returns where the rest begins. */
static val band_main(nest *n, val i, int rows)
{
    const emitter *e = n->e;
    val zero = ir_i64(e, 0);
    skip s = skip_open(n, loop_main_possible(n, n->cols, zero, e->w), "premain");
    val end = loop_whole_end(n, n->cols, e->w);
    run_begin(n, PLACE(row), zero, PLACE(by_group));
    loop l = loop_open(n, zero, "main");
    run_open(n, &l);
    reduce_down_load(n);
    for (int r = 0; r < rows; r++) {
        for (operand *o = n->op; r > 0 && o < n->op + n->first_state; o++)
            o->at = ir_gep(e, o->at, frame_get(n, o, e->i64, PLACE(by_sub)));
        emit_body(n, &(body){.i = LLVMBuildAdd(e->b, i, ir_i64(e, r), ""), .j = l.k});
    }
    for (operand *o = n->op + n->first_state; o < n->op + n->nop; o++)
        o->at = o->run;
    reduce_down_store(n);
    run_close(n);
    loop_close(n, &l, ir_i64(e, e->w), end);
    return skip_close_with(n, s, zero, l.k);
}

/* The frame's `row` and `by_sub` for a band at row i; splats of all its rows. */
static void begin_band(nest *n, val i, int rows)
{
    for (operand *o = n->op; o < n->op + n->nop; o++) {
        frame_set(n, o, loop_moved(n, o, PLACE(tile), i, PLACE(by_row)), PLACE(row));
        frame_set(n, o, frame_get(n, o, n->e->i64, PLACE(by_row)), PLACE(by_sub));
    }
    frame_splat(n, n->zero, rows);
}

/* Columns from j on of the band's rows one by one. */
static void band_rest(nest *n, val i, val rows, val j)
{
    const emitter *e = n->e;
    skip s = skip_open(n, ir_icmp(e, LLVMIntSLT, j, n->cols), "rest");
    loop l = loop_open(n, ir_i64(e, 0), "restrow");
    loop_groups(n, LLVMBuildAdd(e->b, i, l.k, ""), j, n->cols);
    for (operand *o = n->op; o < n->op + n->first_state; o++)
        frame_set(n, o, loop_moved(n, o, PLACE(row), ir_i64(e, 1), PLACE(by_sub)), PLACE(row));
    loop_close(n, &l, ir_i64(e, 1), rows);
    skip_close(n, s);
}

/* Whole bands, and single rows where no more are left. */
static void tile_rows(nest *n)
{
    const emitter *e = n->e;
    int rows = n->band;
    loop l = loop_open(n, ir_i64(e, 0), "band");
    LLVMBasicBlockRef one = ir_block(e, "onerow"), join = ir_block(e, "bandend"), end_many = NULL;
    val j_many = NULL;
    if (rows > 1) {
        LLVMBasicBlockRef many = ir_block(e, "manyrows");
        val last = LLVMBuildSub(e->b, n->n[0], ir_i64(e, rows - 1), "");
        LLVMBuildCondBr(e->b, ir_icmp(e, LLVMIntSLT, l.k, last), many, one);
        ir_at(e, many);
        begin_band(n, l.k, rows);
        j_many = band_main(n, l.k, rows);
        end_many = ir_here(e);
        LLVMBuildBr(e->b, join);
    } else {
        LLVMBuildBr(e->b, one);
    }
    ir_at(e, one);
    begin_band(n, l.k, 1);
    val j_one = rows > 0 ? band_main(n, l.k, 1) : ir_i64(e, 0);
    LLVMBasicBlockRef end_one = ir_here(e);
    LLVMBuildBr(e->b, join);
    ir_at(e, join);
    val j = ir_phi(e, e->i64, j_one, end_one), count = ir_phi(e, e->i64, ir_i64(e, 1), end_one);
    if (rows > 1) {
        ir_phi_add(j, j_many, end_many);
        ir_phi_add(count, ir_i64(e, rows), end_many);
    }
    band_rest(n, l.k, count, j);
    loop_close(n, &l, count, n->n[0]);
}

void nest_down(nest *n)
{
    const emitter *e = n->e;
    val zero = ir_i64(e, 0), width = ir_i64(e, TILE_BYTES / 8);
    val work = LLVMBuildAnd(e->b, ir_icmp(e, LLVMIntSGT, n->n[0], zero),
                            ir_icmp(e, LLVMIntSGT, n->n[1], zero), "");
    skip all = skip_open(n, work, "columns");
    loop l = loop_open(n, zero, "tile");
    val left = LLVMBuildSub(e->b, n->n[1], l.k, "");
    n->cols = ir_select(e, ir_icmp(e, LLVMIntSLT, left, width), left, width);
    n->first_col = l.k;
    for (operand *o = n->op; o < n->op + n->nop; o++)
        frame_set(n, o, loop_moved(n, o, PLACE(base), l.k, PLACE(step)), PLACE(tile));
    tile_rows(n);
    loop_close(n, &l, width, n->n[1]);
    skip_close(n, all);
}
