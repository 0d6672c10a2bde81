/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What kernels call outside their loops: plain C, the only external functions that
 * compiled code may refer to.  The frame lies on the kernel's stack; llvm_mem.c
 * knows its layout.  Everything here is cold, so that compiled code stays short.
 */
#ifndef KERNEL_LLVM_STAGE_H
#define KERNEL_LLVM_STAGE_H

#include "kernel/program.h"

#define STAGE_BEGIN_NAME "sharr_stage_begin"
#define STAGE_IN_NAME "sharr_stage_in"
#define STAGE_OUT_NAME "sharr_stage_out"

enum stage_list { STAGE_INPUT, STAGE_OUTPUT, STAGE_STATE };

/* An array that the kernel walks; a constant of the kernel. */
typedef struct stage_operand {
    int64_t list, slot;         /* enum stage_list: where in the arguments */
    int64_t size;               /* of an element: 1, 2, 4, 8 or 16 bytes */
    int64_t buf;                /* offset of its buffer */
} stage_operand;

typedef struct stage_table {
    int64_t n;                  /* operands */
    int64_t w;                  /* lanes of a group */
    int64_t main;               /* lanes of a turn of the main loop by rows */
    stage_operand op[];
} stage_table;

/* Where the kernel is in an array. */
typedef struct stage_place {
    char *base, *buf;
    int64_t by_row;             /* bytes from row to row */
    int64_t step;               /* from lane to lane; 0: the value is in every lane of buf */
    int64_t by_group, by_main;  /* over a group, over a turn of the main loop */
    char *tile, *row, *cur;     /* kept by the kernel: this tile, row, group */
    int64_t by_sub;             /* kept by the kernel: between rows of a band */
} stage_place;

typedef struct stage_frame {
    const stage_table *table;
    int64_t odd;                /* a stride is neither the element size nor, for an input, 0 */
    int64_t zero;               /* an input has stride 0 */
    stage_place at[];
} stage_frame;

/* Fill the frame from the arguments. */
void stage_begin(stage_frame *f, const sharr_kargs *a, const stage_table *t, char *bufs);
/* Inputs and states: copy `count` (1 .. w) elements from `cur` to the buffer.  The lanes up to w
 * repeat the first one, so that they hold no surprises. */
void stage_in(const stage_frame *f, int64_t count);
/* Outputs and states: copy `count` elements from the buffer to `cur`. */
void stage_out(const stage_frame *f, int64_t count);

#endif
