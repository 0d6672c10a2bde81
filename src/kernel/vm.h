/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The block interpreter: evaluates a program in blocks of some hundred elements
 * with precompiled vector loops.  The back end that is always there; its bits are
 * the reference for the compiler.
 */
#ifndef KERNEL_VM_H
#define KERNEL_VM_H

#include <stddef.h>

#include "kernel/program.h"

typedef struct vm_kernel vm_kernel;

/* `isa_level`: use at most this x86-64 level (1..4; 0: what the machine has).  The program is not
 * kept.  NULL on failure.  Free with vm_free. */
vm_kernel *vm_compile(const program *p, int isa_level, sharr_error *err);
void vm_free(vm_kernel *k);                              /* accepts NULL */

int vm_isa_level(const vm_kernel *k);                    /* the level in use */
size_t vm_scratch_bytes(const vm_kernel *k);             /* per worker; fixed for the kernel */

/* `scratch`: vm_scratch_bytes bytes, page-aligned; nothing is kept there between calls.  A kernel
 * may run in several threads at once, each with its own scratch.  Cannot fail. */
void vm_run(const vm_kernel *k, const sharr_kargs *a, void *scratch);

#endif
