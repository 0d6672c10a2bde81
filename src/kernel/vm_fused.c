/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Block loops of two operations at once: (x + y) * z and its like.  A pair saves a
 * store and a load of the value in between, which is most of what an operation in L1
 * costs.  Both operations round, as they do apart; nothing is contracted.
 */
#include "kernel/vm_level.h"

/* `mask`: bit k set: operand k is one element. */
#define PAIR(name, T, expr) \
    static inline __attribute__((always_inline)) void name(T *restrict o, const T *restrict pa, \
                                                           const T *restrict pb, \
                                                           const T *restrict pc, int64_t n, int mask) \
    { \
        const T x0 = *pa, y0 = *pb, z0 = *pc; \
        for (int64_t i = 0; i < n; i++) { \
            T x = mask & 1 ? x0 : pa[i], y = mask & 2 ? y0 : pb[i], z = mask & 4 ? z0 : pc[i]; \
            (void)z; \
            o[i] = expr; \
        } \
    } \
    INSTANCE(name, T, 0) \
    INSTANCE(name, T, 1) \
    INSTANCE(name, T, 2) \
    INSTANCE(name, T, 4) \
    INSTANCE(name, T, 5) \
    INSTANCE(name, T, 6)

#define INSTANCE(name, T, mask) \
    static void name##_##mask(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        name(d, a, b, c, n, mask); \
    }

#define PAIRS(inner, S, T, I) \
    PAIR(inner##_add_##S, T, (I) + z) \
    PAIR(inner##_sub_##S, T, (I) - z) \
    PAIR(inner##_from_##S, T, z - (I)) \
    PAIR(inner##_mul_##S, T, (I) * z) \
    PAIR(inner##_square_##S, T, (I) * (I))

#define TYPE(S, T) \
    PAIRS(add, S, T, x + y) \
    PAIRS(sub, S, T, x - y) \
    PAIRS(mul, S, T, x * y)
TYPE(f32, float)
TYPE(f64, double)

#define MASKS(name) {[0] = name##_0, [1] = name##_1, [2] = name##_2, [4] = name##_4, [5] = name##_5, \
                     [6] = name##_6}
#define OUTERS(inner, S) { \
    [VM_PAIR_ADD] = MASKS(inner##_add_##S), [VM_PAIR_SUB] = MASKS(inner##_sub_##S), \
    [VM_PAIR_FROM] = MASKS(inner##_from_##S), [VM_PAIR_MUL] = MASKS(inner##_mul_##S), \
    [VM_PAIR_SQUARE] = MASKS(inner##_square_##S)}

const vm_pair_table VM_NAME(vm_pairs) = {
    {[KOP_add] = OUTERS(add, f32), [KOP_sub] = OUTERS(sub, f32), [KOP_mul] = OUTERS(mul, f32)},
    {[KOP_add] = OUTERS(add, f64), [KOP_sub] = OUTERS(sub, f64), [KOP_mul] = OUTERS(mul, f64)},
};
