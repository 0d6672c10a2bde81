/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Minimum and maximum of two floats as array/kop.h defines them, in a form that
 * vectorises.  Only for files compiled once per level.
 */
#ifndef KERNEL_VM_MINMAX_H
#define KERNEL_VM_MINMAX_H

#include <string.h>

#include "kernel/vm_level.h"

/* NaN wins; of equal values the one with (min) or without (max) a sign: -0 < +0. */
#define VM_MINMAX(S, T, U) \
    static inline U vm_bits_##S(T x) \
    { \
        U u; \
        memcpy(&u, &x, sizeof u); \
        return u; \
    } \
    static inline T vm_from_##S(U u) \
    { \
        T x; \
        memcpy(&x, &u, sizeof x); \
        return x; \
    } \
    static inline T vm_min_##S(T x, T y) \
    { \
        U u = vm_bits_##S(x), v = vm_bits_##S(y); \
        U r = x < y ? u : v; \
        r = x == y ? (u | v) : r; \
        return vm_from_##S(x != x ? u : r); \
    } \
    static inline T vm_max_##S(T x, T y) \
    { \
        U u = vm_bits_##S(x), v = vm_bits_##S(y); \
        U r = x > y ? u : v; \
        r = x == y ? (u & v) : r; \
        return vm_from_##S(x != x ? u : r); \
    }

VM_MINMAX(f32, float, uint32_t)
VM_MINMAX(f64, double, uint64_t)

#endif
