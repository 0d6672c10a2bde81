/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The border between libsharr and the module that holds the compiler
 * (libsharr-llvm.so).  The module is loaded when it is first needed and exports
 * one function; everything else crosses in this table.  No LLVM type appears
 * here.  Both sides are built together: `abi` and `layout` catch a stale module.
 */
#ifndef KERNEL_LLVM_TABLE_H
#define KERNEL_LLVM_TABLE_H

#include <stddef.h>

#include "kernel/program.h"

enum { LLVM_TABLE_ABI = 1 };
#define LLVM_TABLE_ENTRY "sharr_llvm_entry"

/* Changes whenever a program written by one side would be misread by the other. */
#define LLVM_TABLE_LAYOUT \
    ((unsigned)sizeof(step) << 24 ^ (unsigned)sizeof(program) << 16 ^ \
     (unsigned)sizeof(sharr_kargs) << 8 ^ (unsigned)KOP_COUNT << 4 ^ (unsigned)ROP_NROPS)

typedef struct llvm_session llvm_session;

typedef struct llvm_options {
    int level;                  /* 1..4: x86-64-v<level> */
    int lanes;                  /* 0: one native register of the usual type; else 1, 2, 4 .. 32 */
    const char *dump_dir;       /* write <name>.ll and <name>.s there; NULL or "": no */
    const char *name;           /* of the program, for dumps: letters and digits */
} llvm_options;

/* Machine code of one kernel; made by compile, given back by code_free. */
typedef struct llvm_code {
    sharr_kernel_fn *fn;
    void *image;                /* pages: code read and execute, constants read only */
    size_t image_bytes;
    double compile_ms;
} llvm_code;

typedef struct llvm_table {
    int abi;                    /* LLVM_TABLE_ABI */
    unsigned layout;            /* LLVM_TABLE_LAYOUT */
    int llvm_major;
    int (*session_new)(llvm_session **out, sharr_error *err);
    void (*session_free)(llvm_session *s);
    /* Thread-safe.  On failure *out is untouched. */
    int (*compile)(llvm_session *s, const program *p, const llvm_options *o, llvm_code *out,
                   sharr_error *err);
    void (*code_free)(llvm_code *code);
} llvm_table;

typedef const llvm_table *llvm_entry_fn(void);

#endif
