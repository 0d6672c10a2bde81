/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The compiler's module: found and loaded when first needed, called on this thread
 * or on one of its own.  Knows the module by kernel/llvm_table.h only.
 */
#ifndef KERNEL_KERNEL_JIT_H
#define KERNEL_KERNEL_JIT_H

#include "kernel/llvm_table.h"

typedef struct kernel_jit kernel_jit;

/* One request; belongs to the caller until `done` was called. */
typedef struct jit_request {
    const program *program;
    hash128 hash;
    llvm_code code;             /* result */
    int rc;                     /* 0, or why not: */
    sharr_error err;
    bool dropped;               /* the session ended first */
    void (*done)(struct jit_request *r);
} jit_request;

/* Loads nothing. */
int jit_new(int level, const char *dump_dir, kernel_jit **out, sharr_error *err);
void jit_stop(kernel_jit *j);           /* waits for what runs, drops the rest; no more submits */
void jit_free(kernel_jit *j);           /* after jit_stop and the last jit_release; accepts NULL */

int jit_load(kernel_jit *j, sharr_error *err);           /* repeatable, thread-safe */
void jit_compile(kernel_jit *j, jit_request *r);         /* here and now; `done` is called */
bool jit_submit(kernel_jit *j, jit_request *r);          /* on the other thread; false: no memory */
void jit_wait(kernel_jit *j);
void jit_release(kernel_jit *j, llvm_code *code);

#endif
