/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of the emitter share: the state of one compilation and small
 * helpers over the LLVM C API.  A value of dtype t is a vector of `w` lanes of
 * ir_elem(t); bool is i1; a complex value is two such vectors.
 */
#ifndef KERNEL_LLVM_IR_H
#define KERNEL_LLVM_IR_H

#include <stdbool.h>

#include <llvm-c/Core.h>

#include "kernel/program.h"

typedef LLVMValueRef val;
typedef struct ev { val v, im; } ev;    /* im: only for complex */

enum { IR_MAX_LANES = REDUCE_LANES };

typedef struct emitter {
    const program *p;
    LLVMContextRef c;
    LLVMModuleRef m, math;     /* math: the bitcode, functions not yet read; NULL: not needed */
    LLVMBuilderRef b;
    val fn;                     /* the kernel */
    int w;                      /* lanes of a value */
    int level;                  /* 1..4 */
    const char *host_cpu;
    bool uses_math;             /* a function of the math bitcode is called */
    const char *failed;         /* first thing that could not be emitted; NULL: none */
    LLVMTypeRef i1, i8, i16, i32, i64, f32, f64, ptr, none;
} emitter;

/* Types. */
LLVMTypeRef ir_elem(const emitter *e, dtype t);            /* of one lane; complex: of a part */
LLVMTypeRef ir_vec(const emitter *e, LLVMTypeRef elem);    /* `w` lanes */
LLVMTypeRef ir_type(const emitter *e, dtype t);            /* ir_vec(ir_elem(t)) */
LLVMTypeRef ir_mem(const emitter *e, dtype t);             /* of a lane in memory: bool is i8 */
LLVMTypeRef ir_int(const emitter *e, int bytes);           /* i8 .. i64 */
int ir_bytes(dtype t);                                     /* of a lane; complex: of a part */

/* Constants, all lanes equal.  ir_bits: a float from its bits. */
val ir_splat_const(const emitter *e, val one);
val ir_cint(const emitter *e, LLVMTypeRef elem, uint64_t v);
val ir_cflt(const emitter *e, LLVMTypeRef elem, double v);
val ir_bits(const emitter *e, LLVMTypeRef elem, uint64_t bits);
val ir_qnan(const emitter *e, dtype t);                    /* the one quiet NaN */
val ir_lanes(const emitter *e, LLVMTypeRef elem);          /* <0, 1, 2, ...> */
val ir_i64(const emitter *e, int64_t v);                   /* scalar */

/* Run-time values. */
val ir_splat(const emitter *e, val one, int lanes);
val ir_call(emitter *e, const char *intrinsic, LLVMTypeRef overload, val *args, int n);
val ir_select(const emitter *e, val cond, val yes, val no);
val ir_fcmp(const emitter *e, LLVMRealPredicate p, val a, val b);
val ir_icmp(const emitter *e, LLVMIntPredicate p, val a, val b);
val ir_bitcast(const emitter *e, val v, LLVMTypeRef elem); /* lane by lane, same width */
val ir_any(const emitter *e, val mask);                    /* i1: is any lane set? */
val ir_gep(const emitter *e, val base, val bytes);
val ir_gep_const(const emitter *e, val base, int64_t bytes);
val ir_load(const emitter *e, LLVMTypeRef t, val at, int align);
void ir_store(const emitter *e, val v, val at, int align);
val ir_masked_load(const emitter *e, LLVMTypeRef t, val at, val mask);     /* else 0 */
void ir_masked_store(const emitter *e, val v, val at, val mask);
val ir_alloca(const emitter *e, int64_t bytes, const char *name);  /* 64-aligned, in the entry block */

/* Control flow.  ir_br_rare: `rare` is laid out out of line. */
LLVMBasicBlockRef ir_block(const emitter *e, const char *name);
LLVMBasicBlockRef ir_here(const emitter *e);
void ir_at(const emitter *e, LLVMBasicBlockRef bb);
void ir_br_rare(const emitter *e, val cond, LLVMBasicBlockRef rare, LLVMBasicBlockRef usual);
val ir_phi(const emitter *e, LLVMTypeRef t, val v, LLVMBasicBlockRef from);
void ir_phi_add(val phi, val v, LLVMBasicBlockRef from);

static inline bool ir_is_float(dtype t) { return t == SHARR_FLOAT32 || t == SHARR_FLOAT64; }
static inline bool ir_is_complex(dtype t) { return t == SHARR_COMPLEX64 || t == SHARR_COMPLEX128; }
static inline bool ir_is_signed(dtype t) { return t >= SHARR_INT8 && t <= SHARR_INT64; }
static inline bool ir_is_unsigned(dtype t) { return t >= SHARR_UINT8 && t <= SHARR_UINT64; }

#endif
