/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Block loops of two operations at once: (x + y) * z and its like, and the same made
 * quiet.  A pair saves a store and a load of the value in between, which is most of
 * what an operation in L1 costs.  Both operations round, as they do apart; nothing is
 * contracted.
 */
#include "kernel/vm_level.h"

#include "kernel/vm_minmax.h"

static inline float quiet_f32(float x)
{
    return vm_from_f32(x != x ? UINT32_C(0x7fc00000) : vm_bits_f32(x));
}

static inline double quiet_f64(double x)
{
    return vm_from_f64(x != x ? UINT64_C(0x7ff8000000000000) : vm_bits_f64(x));
}

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

/* F: what is done to the result. */
#define PAIRS(inner, S, T, I, F) \
    PAIR(inner##_add_##S, T, F((I) + z)) \
    PAIR(inner##_sub_##S, T, F((I) - z)) \
    PAIR(inner##_from_##S, T, F(z - (I))) \
    PAIR(inner##_mul_##S, T, F((I) * z)) \
    PAIR(inner##_square_##S, T, F((I) * (I))) \
    PAIR(inner##_alone_##S, T, F(I))

#define AS_IT_IS(x) x
#define TYPE(S, T) \
    PAIRS(add, S, T, x + y, AS_IT_IS) \
    PAIRS(sub, S, T, x - y, AS_IT_IS) \
    PAIRS(mul, S, T, x * y, AS_IT_IS) \
    PAIRS(q_add, S, T, x + y, quiet_##S) \
    PAIRS(q_sub, S, T, x - y, quiet_##S) \
    PAIRS(q_mul, S, T, x * y, quiet_##S)
TYPE(f32, float)
TYPE(f64, double)

#define MASKS(name) {[0] = name##_0, [1] = name##_1, [2] = name##_2, [4] = name##_4, [5] = name##_5, \
                     [6] = name##_6}
#define OUTERS(inner, S) { \
    [VM_PAIR_ADD] = MASKS(inner##_add_##S), [VM_PAIR_SUB] = MASKS(inner##_sub_##S), \
    [VM_PAIR_FROM] = MASKS(inner##_from_##S), [VM_PAIR_MUL] = MASKS(inner##_mul_##S), \
    [VM_PAIR_SQUARE] = MASKS(inner##_square_##S), [VM_PAIR_ALONE] = MASKS(inner##_alone_##S)}
#define INNERS(S, q) {[KOP_add] = OUTERS(q##add, S), [KOP_sub] = OUTERS(q##sub, S), \
                      [KOP_mul] = OUTERS(q##mul, S)}

const vm_pair_table VM_NAME(vm_pairs) = {INNERS(f32, ), INNERS(f64, )};
const vm_pair_table VM_NAME(vm_quiet_pairs) = {INNERS(f32, q_), INNERS(f64, q_)};
