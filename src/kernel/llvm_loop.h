/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Loops, branches and running pointers, from which the nests are made.
 */
#ifndef KERNEL_LLVM_LOOP_H
#define KERNEL_LLVM_LOOP_H

#include "kernel/llvm_emit.h"

#include <stddef.h>

#define PLACE(field) offsetof(stage_place, field)

/* A loop; its counter is the first phi of `head`. */
typedef struct loop {
    LLVMBasicBlockRef head, from;
    val k;
} loop;

loop loop_open(const nest *n, val start, const char *name);
/* Around again while k + by < limit.  Leaves the builder behind the loop and k + by in l->k. */
LLVMBasicBlockRef loop_close(const nest *n, loop *l, val by, val limit);

/* if (cond) { what is emitted until skip_close } */
typedef struct skip {
    LLVMBasicBlockRef from, after;
} skip;

skip skip_open(const nest *n, val cond, const char *name);
void skip_close(const nest *n, skip s);
/* As skip_close; the result is `kept` if the part was skipped, else `moved`. */
val skip_close_with(const nest *n, skip s, val kept, val moved);

/* The frame's pointer `from` + k * its `by`. */
val loop_moved(const nest *n, const operand *o, size_t from, val k, size_t by);

/* Pointers of all operands in registers: run_begin before loop_open sets `at` = `from` + start * step
 * and what is added per turn, run_open in the head makes phis of them, run_close is for the latch. */
void run_begin(nest *n, size_t from, val start, size_t by);
void run_open(nest *n, const loop *l);
void run_close(nest *n);

/* Whole runs of `lanes` begin below this column of `cols`. */
val loop_whole_end(const nest *n, val cols, int lanes);
/* i1: a main loop of runs of `lanes` from column j can run. */
val loop_main_possible(const nest *n, val cols, val j, int lanes);
/* The general loop over columns start .. limit of row i, from the frame's `row`; returns the column
 * where it ended. */
val loop_groups(nest *n, val i, val start, val limit);

#endif
