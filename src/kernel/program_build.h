/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Build a program step by step.  Identical steps are merged, steps whose operands
 * are all constants are evaluated at once (by the interpreter's own loops, so that
 * folding never changes a bit), steps that nothing uses are dropped at the end.
 *
 * Every pb_* that makes a value returns its number, to be used as operand, or -1.
 * A failure sticks and is reported by pb_finish, so that callers need not check
 * each step: -1 may be passed on.
 */
#ifndef KERNEL_PROGRAM_BUILD_H
#define KERNEL_PROGRAM_BUILD_H

#include "kernel/program.h"

typedef struct program_builder program_builder;

program_builder *pb_new(void);                           /* NULL: out of memory */
void pb_free(program_builder *pb);                       /* accepts NULL */

int pb_load(program_builder *pb, int slot, dtype t);     /* input `slot`: always of one type */
int pb_const(program_builder *pb, scalar v, dtype t);
int pb_index(program_builder *pb, int slot);
int pb_cast(program_builder *pb, dtype to, int a);       /* `a` itself if it has that type */
int pb_op(program_builder *pb, enum kop op, dtype t, int a, int b, int c); /* unused: -1 */
void pb_store(program_builder *pb, int slot, int a);     /* each output once */
/* The number of the reduction.  `index` only for argmin and argmax, else -1.  Its states are
 * those that follow the earlier reductions'. */
int pb_reduce(program_builder *pb, enum rop op, enum rmode mode, int a, int index);

dtype pb_type(const program_builder *pb, int value);     /* of a value; bool for -1 */
int pb_count(const program_builder *pb);                 /* steps so far, dropped ones included */

/* Take the program out (verified; caller frees with program_free) and free the builder.
 * NULL on failure, with the first error; the builder is freed then too. */
program *pb_finish(program_builder *pb, sharr_error *err);

#endif
