/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Run a program on arrays of any layout, at each level the machine has.
 */
#ifndef TESTS_VM_SUPPORT_H
#define TESTS_VM_SUPPORT_H

#include <stddef.h>

#include "kernel/program.h"

enum { RUN_MAX = 8 };

/* Arguments, to be filled in by hand; `in` and `out` are element (0, 0). */
typedef struct run_args {
    int64_t n[2];
    const void *in[RUN_MAX];
    int64_t in_stride[RUN_MAX][2];
    void *out[RUN_MAX];
    int64_t out_stride[RUN_MAX][2];
    int64_t index[RUN_MAX][3];
    void *state[4 * RUN_MAX];
    int64_t state_stride[4 * RUN_MAX][2];
} run_args;

int run_levels(void);                                    /* levels 1..n can be run here */
/* Compile, run once, free; false (a failed check) if it does not compile. */
bool run_program(const program *p, int level, const run_args *r);
/* Memory on a page border, filled with `byte`; free it. */
void *run_alloc(size_t bytes, int byte);
void run_dense(int64_t stride[2], int64_t inner, dtype t);   /* row-major strides */

/* A program of one operation: inputs 0.. of type t (select: a bool first), output 0. */
program *program_of_op(enum kop op, dtype t);
program *program_of_cast(dtype from, dtype to);

#endif
