/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The interpreter's precompiled loops, as tables per x86-64 level.  All levels
 * give the same bits.  Pointers are aligned to the element (of a complex: to its
 * part), results do not overlap operands.
 */
#ifndef KERNEL_VM_LOOPS_H
#define KERNEL_VM_LOOPS_H

#include "kernel/program.h"

/* d[i] = op(a[i], b[i], c[i]) for n elements; unused operands may be anything. */
typedef void vm_fn(void *d, const void *a, const void *b, const void *c, int64_t n);

/* The running state of one reduction in LANES mode, over one outer row. */
typedef struct vm_acc {
    double lane[2 * REDUCE_LANES];      /* SUM, PROD: lanes (complex: re, im in turn); VAR: s1, s2 */
    double shift;                       /* VAR: NaN = no finite element yet */
    scalar value;                       /* the others: what is in the state */
    int64_t index;                      /* ARGMIN, ARGMAX */
    int64_t count;                      /* elements so far */
} vm_acc;

/* `begin`; then `add` for consecutive blocks, each but the last a multiple of 32 long; then `end`
 * writes cell[field].  ix: the indices, for argmin and argmax. */
typedef struct vm_lanes {
    void (*begin)(vm_acc *acc);
    void (*add)(vm_acc *acc, const void *x, const int64_t *ix, int64_t n);
    void (*end)(vm_acc *acc, void *const *cell);
} vm_lanes;

/* A block that goes down into cells: rows of x `stride` elements apart, indices packed. */
typedef struct vm_rows {
    const void *x;
    const int64_t *ix;
    int64_t cols, rows, stride;
} vm_rows;

/* The rows go one after the other into b->cols cells. */
typedef void vm_down_fn(void *const *state, const vm_rows *b);

typedef vm_fn *vm_op_table[KOP_COUNT][SHARR_NDTYPES];
typedef vm_fn *vm_cast_table[SHARR_NDTYPES][SHARR_NDTYPES];
typedef vm_lanes vm_lanes_table[ROP_NROPS][SHARR_NDTYPES];
typedef vm_down_fn *vm_down_table[ROP_NROPS][SHARR_NDTYPES];

/* What a pair does with x op y, its inner operation, and z. */
enum vm_pair_outer { VM_PAIR_ADD, VM_PAIR_SUB, VM_PAIR_FROM, VM_PAIR_MUL, VM_PAIR_SQUARE,
                     VM_PAIR_ALONE, VM_NPAIRS };
/* By type (float32, float64), inner operation (add, sub, mul), outer, mask of operands of which one
 * element is read (3 and 7 are not there: such inner operations are folded). */
typedef vm_fn *vm_pair_table[2][KOP_mul + 1][VM_NPAIRS][8];

enum { VM_OP_TABLES = 6, VM_LANES_TABLES = 2 };

typedef struct vm_level {
    const vm_op_table *ops[VM_OP_TABLES];   /* disjoint: integer, float, math, complex math, random, complex */
    const vm_op_table *const_first;         /* of two operands, the first is one element */
    const vm_op_table *const_second;        /* ... the second is */
    const vm_pair_table *pairs, *quiet_pairs;   /* the result as it is, or made quiet */
    const vm_cast_table *cast;
    void (*count)(uint64_t *d, uint64_t first, uint64_t step, int64_t n);    /* first + i * step */
    const vm_lanes_table *lanes[VM_LANES_TABLES];   /* disjoint: sums, extremes */
    const vm_down_table *down;
} vm_level;

/* The loops of level 1..4. */
const vm_level *vm_level_get(int level);
/* NULL: the program is not valid.  gt and ge are lt and le with the operands exchanged: *swap. */
vm_fn *vm_find_op(const vm_level *v, enum kop op, dtype t, bool *swap);
/* The same for one operand (`which`: 0 or 1, as the loop takes them) being one element; NULL: none. */
vm_fn *vm_find_const_op(const vm_level *v, enum kop op, dtype t, int which);
/* The loop, or NULL when the cast goes through *middle in two steps (to and from complex). */
vm_fn *vm_find_cast(const vm_level *v, dtype from, dtype to, dtype *middle);
/* NULL: the program is not valid. */
const vm_lanes *vm_find_lanes(const vm_level *v, enum rop op, dtype t);
/* The type that a reduction's loops take: the operand is first cast to it. */
dtype vm_reduce_type(enum rop op, dtype t);
/* The reduction whose loops are used: COUNT is a SUM of bools. */
enum rop vm_reduce_op(enum rop op);

#endif
