/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What LLVM is known to get wrong, found in the code that it has made.  Knows nothing of LLVM.
 */
#ifndef KERNEL_LLVM_ERRATA_H
#define KERNEL_LLVM_ERRATA_H

#include <stdbool.h>
#include <stddef.h>

/* May these bytes of code hold a masked VPTERNLOG?  In LLVM before the repair of its issue 157929 (July 2026) some of
 * those that were made with an operand in memory (which may be in a register by now) have the truth table of another
 * order of operands: wrong values, silently.  Bytes that look like one by chance count too. */
bool errata_ternlog(const void *code, size_t bytes);

#endif
