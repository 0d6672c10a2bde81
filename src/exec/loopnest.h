/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The operands of one region over one box, and calls of its kernel at chosen places.
 * Knows strides; knows nothing of the order of reductions.
 */
#ifndef EXEC_LOOPNEST_H
#define EXEC_LOOPNEST_H

#include "exec/exec_int.h"

typedef struct nest {
    tilectx *t;
    const region *rg;
    kernel *kernel;
    int ndim;
    int64_t count[SHARR_MAX_DIMS];
    bool down;
    /* per operand: address of the current place, bytes per step of each dimension */
    char **in, **out, **state;
    int64_t (*in_step)[SHARR_MAX_DIMS], (*out_step)[SHARR_MAX_DIMS];
    int64_t *index, (*index_step)[SHARR_MAX_DIMS];
    char **in_base;                     /* at the box's first element */
    int64_t *index_base;
    /* for the kernel */
    const void **in_now;
    void **out_now;
    int64_t (*in_stride)[2], (*out_stride)[2], (*state_stride)[2], (*index_now)[3];
} nest;

/* Everything lies in the worker's bump memory. `packed`: operands in C order without gaps, or one value. */
int nest_init(nest *n, tilectx *t, const region *rg, const box *b, bool packed, sharr_error *err);
void nest_out(nest *n, int o, const view *v);
void nest_state(nest *n, int s, void *base, int64_t outer, int64_t inner);

/* All elements, in any order; dimensions are merged where every operand allows it. */
void nest_run(nest *n);
/* Packed operands as one line: rows x len elements from flat position pos, rows row_step apart. */
void nest_flatten(nest *n);
void nest_line(nest *n, int64_t pos, int64_t rows, int64_t len, int64_t row_step);

/* Stand at index `at` of the first `outer` dimensions, 0 of the others. */
void nest_seek(nest *n, const int64_t *at, int outer);
/* From there: `lines` steps of dimension `line` (if >= 0), each a row of `len` elements of the dimensions after it:
 * packed ones, or, when free_rows, those of the last dimension. */
void nest_rows(nest *n, int line, int64_t lines, int64_t len);
/* From there: `leaves` pieces of len elements, the first one `offset` elements into the row. */
void nest_leaves(nest *n, int64_t offset, int64_t leaves, int64_t len);
/* From there: dimension `reduced` as the outer loop, the kept ones after it as the inner. */
void nest_down(nest *n, int reduced);

#endif
