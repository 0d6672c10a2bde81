/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Evaluate one cast or operation on constants, through the interpreter's own loops.
 */
#ifndef KERNEL_KERNEL_FOLD_H
#define KERNEL_KERNEL_FOLD_H

#include "kernel/program.h"

/* `s` is a valid STEP_CAST (its operand has type `from`) or STEP_OP (`from` is not used). */
scalar kernel_fold(const step *s, dtype from, const scalar *arg);

#endif
