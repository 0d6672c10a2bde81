/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parts of one compilation, in the order in which llvm_session.c runs them.
 */
#ifndef KERNEL_LLVM_SESSION_H
#define KERNEL_LLVM_SESSION_H

#include <llvm-c/TargetMachine.h>

#include "kernel/llvm_ir.h"
#include "kernel/llvm_table.h"

/* llvm_target.c */
int target_init(sharr_error *err);                      /* once per process is enough; repeatable */
int target_machine(int level, LLVMTargetMachineRef *out, sharr_error *err);
int target_register_bytes(int level);                   /* of the widest vector register */
/* Make every function of the module code for this level, with the right stack alignment. */
void target_mark_functions(const emitter *e);

/* llvm_bitcode.c: the math functions of the level, bodies read when linked; NULL: damaged. */
LLVMModuleRef bitcode_open(LLVMContextRef c, int level);
/* Move what e->m calls from e->math (consumed) into it and inline it. */
int bitcode_link(emitter *e, LLVMTargetMachineRef tm, sharr_error *err);

/* llvm_dump.c: <dir>/<name>.ll and .s, each complete or absent. */
int dump_ir(const llvm_options *o, LLVMModuleRef m, sharr_error *err);
int dump_assembly(const llvm_options *o, LLVMModuleRef m, LLVMTargetMachineRef tm, sharr_error *err);

#endif
