/* SPDX-License-Identifier: BSD-3-Clause
 *
 * For the files that are compiled once per x86-64 level (VM_LEVEL = 1..4, with
 * -march=x86-64-vN): must be their first include.  They may include only headers
 * without code of their own that is linked (a shared inline function would be
 * emitted for the wrong level) and define one exported table each, VM_NAME(what).
 *
 * The pragma stands here because CFLAGS of the user come after ours, and with -O2
 * gcc vectorises hardly any of these loops.  It changes no bit: no option that
 * alters results is in it (contraction is off for the whole library).  Buffers hold
 * elements that one loop takes as floats and the next as bits, so aliasing rules are
 * off; `restrict` says what the loops need.
 */
#ifndef KERNEL_VM_LEVEL_H
#define KERNEL_VM_LEVEL_H

#ifndef VM_LEVEL
#define VM_LEVEL 1
#endif
#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize("O3,no-math-errno,no-trapping-math,no-strict-aliasing")
#endif

#define VM_CAT2(name, level) name##_v##level
#define VM_CAT(name, level) VM_CAT2(name, level)
#define VM_NAME(name) VM_CAT(name, VM_LEVEL)

/* Bytes of a native vector register. */
#if VM_LEVEL >= 4
#define VM_BYTES 64
#elif VM_LEVEL == 3
#define VM_BYTES 32
#else
#define VM_BYTES 16
#endif

#include "kernel/vm_loops.h"

#endif
