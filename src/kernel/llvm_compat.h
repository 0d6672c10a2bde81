/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Everything that differs between the LLVM versions we build with (19 to 22),
 * and nothing else.
 */
#ifndef KERNEL_LLVM_COMPAT_H
#define KERNEL_LLVM_COMPAT_H

#include <llvm-c/Core.h>
#include <llvm-c/Target.h>

#if LLVM_VERSION_MAJOR < 19
#error "sharr needs LLVM 19 or later"
#endif

/* llvm.masked.load and .store took the alignment as an operand until it became an attribute of
 * the pointer in 22. */
#if LLVM_VERSION_MAJOR >= 22
enum { LLVM_COMPAT_MASKED_ALIGN_ARG = 0 };
#else
enum { LLVM_COMPAT_MASKED_ALIGN_ARG = 1 };
#endif

#endif
