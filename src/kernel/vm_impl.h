/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside the interpreter: the compiled kernel (read-only) and the frame of one
 * vm_run (lives in the worker's scratch).  For kernel/vm*.c only.
 *
 * A value is a block of elements, known by a number; frame.ptr[value] says where
 * it is now: in a buffer of the scratch, or directly in an operand.
 */
#ifndef KERNEL_VM_IMPL_H
#define KERNEL_VM_IMPL_H

#include <stddef.h>

#include "kernel/vm.h"
#include "kernel/vm_loops.h"

enum vm_kind { VM_CALL, VM_LOAD, VM_INDEX, VM_STORE, VM_LANES, VM_DOWN };

typedef struct vm_inst {
    uint8_t kind;                       /* enum vm_kind */
    vm_fn *fn;                          /* VM_CALL */
    int dst;                            /* value; of VM_LANES and VM_DOWN: first state */
    int arg[3];                         /* values; -1: none */
    int slot;                           /* input, index, output; VM_LANES: number of its vm_acc;
                                           VM_DOWN: the input that it reduces as it is, or -1 */
    int scalars;                        /* VM_CALL: bit k: of operand k one element is read */
    const vm_lanes *lanes;
    vm_down_fn *down;
    int nfields;                        /* of the state */
} vm_inst;

/* A block buffer: where it starts in the scratch. */
typedef struct vm_value {
    size_t buffer;                      /* bytes from the start of the scratch */
    uint8_t size;                       /* of an element */
} vm_value;

typedef struct vm_const {
    int value;
    bool block;                         /* some loop wants a block of copies */
    scalar v;
} vm_const;

struct vm_kernel {
    int level;
    const vm_level *loops;
    int block;                          /* elements, a multiple of REDUCE_LANES */
    int ninst, nvalues, nconsts, nin, nout, nindex, nlanes;
    bool has_down;
    bool only_down;                     /* nothing but loads and DOWN reductions of them */
    int down_tile;                      /* columns whose states fit in half of L1 */
    vm_inst *inst;
    vm_value *value;
    vm_const *consts;
    uint8_t *in_size, *out_size;        /* of an element; 0: an input that is not used */
    int *out_value;                     /* the value that may be computed in place, or -1 */
    size_t ptr_at, in_at, out_at, acc_at;    /* parts of the scratch */
    size_t scratch_bytes;
};

/* How the elements of an operand get to (or from) a block. */
enum vm_mode {
    MODE_DIRECT,                        /* the loops work on the operand itself */
    MODE_SPLAT,                         /* one element for all: filled in once */
    MODE_ROW,                           /* one element per outer row */
    MODE_REPEAT,                        /* all outer rows the same, several in a block: packed once */
    MODE_COPY                           /* anything else: element by element */
};

typedef struct vm_operand {
    char *base;
    int64_t stride[2];
    int mode;                           /* enum vm_mode */
    int64_t row, len;                   /* MODE_ROW, MODE_REPEAT: what the buffer holds */
} vm_operand;

/* A block: nrow x ncol elements, ncol < n[1] only if nrow is 1. */
typedef struct vm_block { int64_t row, col, nrow, ncol; } vm_block;

typedef struct vm_frame {
    const vm_kernel *k;
    const sharr_kargs *a;
    char *scratch;
    void **ptr;                         /* [nvalues] */
    vm_operand *in, *out;
    vm_acc *acc;                        /* [nlanes] */
    int64_t n[2];
    bool transposed;                    /* n[1] was 1: the outer dimension became the inner */
    int64_t rows, cols;                 /* of a block, at most */
} vm_frame;

/* Step i of a program is done together with the earlier step `inner`: vm_pair.c. */
typedef struct vm_pairing {
    int inner;                          /* -1: alone */
    int other;                          /* the operand that is not `inner` */
    int outer;                          /* enum vm_pair_outer */
    bool taken;                         /* it is the inner step of another */
    bool quiet;                         /* a pair whose result is made quiet as well */
    bool done;                          /* a `quiet` whose operand is such a pair: nothing is left */
} vm_pairing;

bool vm_find_pairs(const program *p, vm_pairing *pairing);    /* [nsteps]; false: out of memory */

/* vm_operand.c: set modes for the extents in f->n and the block size in f->rows, f->cols. */
void vm_operands_init(vm_frame *f);
char *vm_operand_at(const vm_operand *o, const vm_block *b);
void vm_load(vm_frame *f, const vm_inst *s, const vm_block *b);
void vm_store(vm_frame *f, const vm_inst *s, const vm_block *b);
void vm_index(vm_frame *f, const vm_inst *s, const vm_block *b);
void vm_splat(void *to, const void *element, size_t size, int64_t n);

#endif
