/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Both back ends on the same arguments: compile a program with the module's table,
 * make arrays that end at a page nobody may touch, compare every byte.
 */
#ifndef TESTS_JIT_SUPPORT_H
#define TESTS_JIT_SUPPORT_H

#include "kernel/llvm_table.h"
#include "kernel/program_build.h"

enum { JIT_MAX_ARRAYS = 64, JIT_MAX_LEVEL = 4 };

/* The module's table and a session; NULL (a failed check) if it does not load. */
const llvm_table *jit_table(llvm_session **s);
/* A failed check if it does not compile. */
bool jit_make(const program *p, int level, int lanes, llvm_code *out);
void jit_drop(llvm_code *code);

/* How the arrays of a run lie. */
enum jit_layout {
    LAYOUT_DENSE,               /* row-major */
    LAYOUT_PADDED,              /* rows apart */
    LAYOUT_MIXED,               /* inputs also broadcast along rows, columns or both */
    LAYOUT_ODD,                 /* any strides, negative ones too */
    NLAYOUTS
};

typedef struct jit_shape {
    int64_t n[2];
    enum jit_layout layout;
    uint64_t seed;              /* of values and strides */
} jit_shape;

/* Run the program interpreted and compiled and compare outputs and states: equal bits (a NaN equals a
 * NaN).  `level`, `lanes`: of the compiled one; if the machine lacks the level it is only compiled. */
bool jit_compare(const program *p, int level, int lanes, const jit_shape *shapes, int nshapes);

/* A program at random of about `steps` steps; reductions of the given modes (bits 1 << rmode). */
program *jit_random_program(uint64_t seed, int steps, int modes);

#endif
