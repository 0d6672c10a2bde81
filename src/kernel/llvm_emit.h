/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The loops of a kernel, shared by the files that emit them.
 *
 * Elements are taken in groups of w, one per lane.  The general loop takes any
 * stride and any count: where fewer than w elements are left, or a stride is neither
 * 0 nor the element size, inputs are first copied into a buffer of w elements and
 * outputs come back from one, so that its body exists once, without masks, and
 * never touches foreign bytes.  Most programs have a main loop as well, for whole
 * groups, with pointers in registers, and accumulators too where the body is short.  A stride of 0 is a buffer
 * with the value in every lane and a step of 0.
 */
#ifndef KERNEL_LLVM_EMIT_H
#define KERNEL_LLVM_EMIT_H

#include "kernel/llvm_ops.h"
#include "kernel/llvm_stage.h"

enum { EMIT_MAX_COPIES = 16 };

/* An array that the kernel walks: inputs, then outputs, then states of DOWN reductions. */
typedef struct operand {
    dtype type;
    stage_operand info;
    int index;                  /* its place in the frame */
    val buf;
    val at;                     /* where the body reads or writes */
    val run, by;                /* kept between the parts of a loop */
} operand;

/* A reduction and its accumulators. */
typedef struct accumulator {
    const reduction *r;
    int nfields;
    dtype field[REDUCE_MAX_FIELDS];
    int first_operand;                              /* DOWN: of its fields */
    val mem[REDUCE_MAX_FIELDS];                     /* LANES: REDUCE_LANES values each */
    val shift, shift_reg;                           /* VAR by lanes: address and value */
    bool ready;                                     /* in a main loop: shift_reg is the shift */
    bool in_regs;                                   /* then: */
    val reg[REDUCE_MAX_FIELDS][EMIT_MAX_COPIES];    /* present values */
    val phi[REDUCE_MAX_FIELDS][EMIT_MAX_COPIES];
} accumulator;

typedef struct nest {
    emitter *e;
    val n[2];
    operand *op;                /* [nop] */
    int nop, first_out, first_state;
    accumulator *acc;           /* [nreds] */
    val (*index)[3];            /* [nindex] origin, per i, per j */
    ev *value;                  /* [EMIT_MAX_COPIES][nsteps], of the bodies being emitted */
    val frame;                  /* stage_frame */
    val odd, zero;              /* i1, its flags */
    val cols, first_col;        /* columns that are walked now; NULL: from 0 */
    bool lanes;                 /* has LANES reductions */
    bool down;                  /* has DOWN reductions only */
    int copies;                 /* of the body in the main loop; 0: no main loop */
    int pass_copies;            /* of them in one pass */
    int abreast;                /* of them that are emitted step by step, side by side */
    bool lane_regs;             /* the main loop has all lanes of accumulators in registers */
    int band;                   /* DOWN: rows of a main loop; 0: none */
} nest;

/* Where a body stands. */
typedef struct body {
    int copy;                   /* lanes copy * w ... of the group */
    val i, j;                   /* row, first column of the group */
    val active;                 /* lanes of a LANES reduction that count; NULL: all */
} body;

/* llvm_emit.c */
void emit_body(nest *n, const body *b);
/* Copies b->copy .. last - 1.  A chain of steps keeps a processor waiting for results: some
 * copies side by side fill the gaps. */
void emit_bodies(nest *n, const body *b, int last);
/* The value of step `at` in this body. */
ev emit_value(const nest *n, const body *b, int at);
val emit_argument(const nest *n, LLVMTypeRef t, size_t offset);    /* a field of sharr_kargs */

/* llvm_nest.c, llvm_down.c */
void nest_rows(nest *n);
void nest_down(nest *n);

/* llvm_frame.c: the frame and what is kept there.  `field`: offset in stage_place. */
bool frame_begin(nest *n);                      /* false: no memory */
val frame_get(const nest *n, const operand *o, LLVMTypeRef t, size_t field);
void frame_set(const nest *n, const operand *o, val v, size_t field);
/* Inputs whose stride is 0, if `needed`: fill buf from the frame's `row`, which becomes buf; for
 * `rows` rows by_sub apart as many groups of buf, and by_sub becomes their distance. */
void frame_splat(nest *n, val needed, int rows);
/* `at` of all operands: buf with `count` elements copied in if `slow`, else as it is.  The frame's
 * `cur` must hold their pointers. */
void frame_stage_in(nest *n, val slow, val count);
/* Copy outputs and states back from buf to `cur` if `slow`. */
void frame_stage_out(nest *n, val slow, val count);

/* llvm_mem.c: a group of w elements at o->at + copy groups. */
ev mem_load(const emitter *e, const operand *o, int copy);
void mem_store(const emitter *e, const operand *o, int copy, ev v);
operand mem_operand(dtype t, val at);           /* an operand that is only a place */

/* llvm_reduce.c */
void reduce_setup(nest *n);
void reduce_step(nest *n, const body *b, const step *s);
/* a = merge(a, b), fields of accumulators, any number of lanes. */
void reduce_combine(emitter *e, const accumulator *acc, val *a, const val *b);
/* Registers of copies first .. last - 1: as phis of the loop that is entered from `from`. */
void reduce_regs_open(nest *n, int first, int last, LLVMBasicBlockRef from);
void reduce_regs_close(nest *n, int first, int last, LLVMBasicBlockRef latch);
/* States at `at` to registers and back. */
void reduce_down_load(nest *n);
void reduce_down_store(nest *n);

/* llvm_lanes.c: accumulators of LANES reductions around the loops over a row. */
void lanes_begin_row(nest *n);
void lanes_to_regs(nest *n, int first, int last);       /* of these copies */
void lanes_to_memory(nest *n, int first, int last);
void lanes_end_row(nest *n, val i);
/* i1: no accumulator still waits for an element; then main loops may run. */
val lanes_ready(const nest *n);
bool lanes_need_first(const nest *n);
/* VAR: what is subtracted from the elements `x` of this body. */
val lanes_shift(nest *n, const accumulator *a, const body *b, val x);

#endif
