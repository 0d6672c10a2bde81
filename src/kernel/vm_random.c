/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Block loops of what random numbers are made of: Philox (math_philox.h), and the high half of a product.
 */
#include "kernel/vm_level.h"

#define MATH_BYTES VM_BYTES
#include "kernel/math_philox.h"

/* Lanes at i, as 64 bits; beyond n zeros. */
#define LANES(T, p) \
    if (sizeof(T) == 8 && i + MATH_LANES_f64 <= n) { \
        memcpy(&x[LANE_OF_##p], p + i, sizeof *x); \
    } else { \
        uint64_t in[MATH_LANES_f64] = {0}; \
        for (int k = 0; k < MATH_LANES_f64 && i + k < n; k++) \
            in[k] = p[i + k]; \
        memcpy(&x[LANE_OF_##p], in, sizeof *x); \
    }
enum { LANE_OF_p, LANE_OF_q, LANE_OF_r };

/* Numbers of any width are taken as 64 bits, and the low bits of the result are theirs. */
#define RANDOM(name, S, T) \
    static void name##_##S(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        T *o = d; \
        const T *p = a, *q = b, *r = c; \
        for (int64_t i = 0; i < n; i += MATH_LANES_f64) { \
            uint64_t out[MATH_LANES_f64]; \
            mu64 x[3]; \
            LANES(T, p) \
            LANES(T, q) \
            LANES(T, r) \
            x[0] = math_##name##_u64(x[0], x[1], x[2]); \
            memcpy(out, x, sizeof out); \
            for (int k = 0; k < MATH_LANES_f64 && i + k < n; k++) \
                o[i + k] = (T)out[k]; \
        } \
    }
#define PHILOX(S, T) RANDOM(philox, S, T) RANDOM(philox_below, S, T)
PHILOX(u8, uint8_t)
PHILOX(u16, uint16_t)
PHILOX(u32, uint32_t)
PHILOX(u64, uint64_t)

#define HIGH(S, T, WIDE) \
    static void mulhi_##S(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        T *restrict o = d; \
        const T *restrict p = a, *restrict q = b; \
        (void)c; \
        for (int64_t i = 0; i < n; i++) \
            o[i] = (T)((WIDE)p[i] * q[i] >> (8 * sizeof(T))); \
    }
HIGH(u8, uint8_t, uint32_t)
HIGH(u16, uint16_t, uint32_t)
HIGH(u32, uint32_t, uint64_t)
HIGH(u64, uint64_t, unsigned __int128)

#define ROW(op) [KOP_##op] = {[SHARR_UINT8] = op##_u8, [SHARR_UINT16] = op##_u16, \
                              [SHARR_UINT32] = op##_u32, [SHARR_UINT64] = op##_u64}

const vm_op_table VM_NAME(vm_random_ops) = {ROW(philox), ROW(philox_below), ROW(mulhi)};
