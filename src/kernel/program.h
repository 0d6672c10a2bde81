/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A fused region as a flat array of typed steps: the one contract of both back
 * ends.  Step i defines value i (STORE and REDUCE define none).  A program holds
 * no address, extent or stride: those are arguments (kargs), so that a kernel can
 * be cached, shared by threads and tested by hand.
 *
 * A kernel evaluates its steps over n[0] x n[1] elements.  Strides are in bytes,
 * [0] outer, [1] inner; 0 broadcasts.  An inner stride that is neither 0 nor the
 * element size is allowed for inputs and outputs (slow).  n may be 0.  Elements may lie
 * anywhere (aligned to min(size, 8) bytes they are used in place by the interpreter).
 * Outputs overlap neither each other nor any input.  A bool byte is 0 or 1.
 */
#ifndef KERNEL_PROGRAM_H
#define KERNEL_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "array/dtype.h"
#include "array/kop.h"
#include "base/err.h"
#include "base/hashmap.h"
#include "base/strbuf.h"

enum step_kind {
    STEP_LOAD,              /* value = in[slot], of type `type` */
    STEP_CONST,             /* value = consts[slot] */
    STEP_INDEX,             /* int64 value = index[slot][0] + i * index[slot][1] + j * index[slot][2] */
    STEP_CAST,              /* value = (type) arg[0]; the source type is that of arg[0] */
    STEP_OP,                /* value = kop(arg...), operands of type `type` (select: arg[0] is bool) */
    STEP_STORE,             /* out[slot] = arg[0] */
    STEP_REDUCE             /* reds[slot] takes arg[0] (and arg[1]: index, for argmin/argmax) */
};

typedef struct step {
    uint8_t kind;           /* enum step_kind */
    uint8_t op;             /* enum kop */
    uint8_t type;           /* dtype: of the operands for STEP_OP, of the result otherwise */
    uint8_t result;         /* dtype of the value; for STORE and REDUCE that of arg[0] */
    int32_t slot;
    int32_t arg[3];         /* earlier steps; -1 = none */
} step;

/* What is accumulated (enum rop).  Fields of the state, each a separate array:
 *   SUM, PROD     [0] acc     float -> f64, int and bool -> i64, uint -> u64 (wrap)
 *                 complex: [0] re f64, [1] im f64
 *   VAR           LANES: [0] n f64, [1] mean f64, [2] M2 f64
 *                 DOWN:  [0] n f64, [1] shift f64 (NaN = unset), [2] s1 f64, [3] s2 f64
 *                 (closed to n, mean, M2 by the caller: reduce.h)
 *   MIN, MAX      [0] value, of the operand's type
 *   ANY, ALL      [0] u8      of (arg != 0)
 *   COUNT         [0] i64     of (arg != 0)
 *   ARGMIN/MAX    [0] value, [1] i64 index; ties: lowest index; first NaN wins, -0 ties +0
 *                 (of a zero the sign, of a NaN the payload is not specified)
 * Which NaN is in a float field is not specified.
 *
 * VAR, x converted to f64 first.  LANES: the shift is the first finite element of the row
 * (0 if there is none), s1 = sum(x - shift) and s2 = sum((x - shift) * (x - shift)) over lanes as
 * SUM, every element counted; then var_close (reduce.h).  DOWN, for each element: n += 1; if the
 * shift is NaN and x is finite, shift = x; d = x - (shift, or 0 if it is NaN); s1 += d; s2 += d * d.
 * PROD of complex: an element goes into lane * x, in this order of operands, with `mul` of kop.h.
 */

enum rmode {
    /* Each outer row i is reduced over its n[1] elements into a fresh state at cell i
     * (overwritten).  Floats: element j goes to lane j % 32; lanes start at the identity (sum -0.0,
     * prod 1) and are combined 16, 8, 4, 2, 1 apart: lane k (k < d) becomes lane k op lane k + d.
     * A lane without an element keeps the identity and takes part.  Rows of more than REDUCE_LEAF
     * elements are legal only for the order-free operations.  n[1] = 0 writes the identity; VAR
     * then is (0, 0, 0). */
    RMODE_LANES,
    /* Cell j takes the n[0] elements of column j one after the other into the state that is there
     * (initialised by the caller).  State strides: [0] = 0, [1] = field size. */
    RMODE_DOWN
};
enum { REDUCE_LANES = 32, REDUCE_LEAF = 4096, REDUCE_MAX_FIELDS = 4, PROGRAM_MAX_STATES = 255 };

typedef struct reduction {
    uint8_t rop;            /* enum rop */
    uint8_t type;           /* dtype of the operand */
    uint8_t mode;           /* enum rmode */
    uint8_t first_state;    /* its fields are state[first_state ...] of kargs */
} reduction;

typedef struct program {
    int nsteps, nconsts, nin, nout, nindex, nreds, nstates;
    step *steps;
    scalar *consts;
    uint8_t *in_type, *out_type;        /* dtypes */
    reduction *reds;
} program;

typedef struct sharr_kargs {
    int64_t n[2];
    const void *const *in;              /* [nin] */
    const int64_t (*in_stride)[2];
    void *const *out;                   /* [nout] */
    const int64_t (*out_stride)[2];
    const int64_t (*index)[3];          /* [nindex] origin, per outer step, per inner step */
    void *const *state;                 /* [nstates], cell 0 of each field */
    const int64_t (*state_stride)[2];   /* LANES: [0] per cell; DOWN: [1] per cell */
} sharr_kargs;

typedef void sharr_kernel_fn(const sharr_kargs *);

void program_free(program *p);                           /* accepts NULL; frees the arrays too */
program *program_copy(const program *p);                 /* NULL: out of memory */
/* Types, order and slots are consistent; else SHARR_EINTERNAL (or SHARR_ERESOURCE).  Every output and reduction is
 * written once; states follow one another in the order of `reds`; a constant has one type, and
 * the bytes of its scalar above that type's size are 0.  Unused fields of a step are ignored. */
int program_verify(const program *p, sharr_error *err);
void program_print(const program *p, strbuf *out);      /* one step a line: "v3 = add.f64 v1 v2" */
hash128 program_hash(const program *p);                  /* of a canonical serialisation */
int program_equal(const program *a, const program *b);
int step_nargs(const program *p, const step *s);         /* how many of arg[] are operands */
bool rop_is_arg(enum rop op);                            /* argmin or argmax */

#endif
