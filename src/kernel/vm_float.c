/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Block loops of float32 and float64: arithmetic, comparison, selection.  One
 * expression per loop; the compiler makes the vectors.  Functions that need more
 * than one operation of IEEE 754 are in vm_math.c.
 */
#include "kernel/vm_level.h"

#include "kernel/vm_minmax.h"

#define UNARY(name, T, R, expr) \
    static void name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        R *restrict o = d; \
        const T *restrict pa = a; \
        (void)b, (void)c; \
        for (int64_t i = 0; i < n; i++) { \
            T x = pa[i]; \
            o[i] = (R)(expr); \
        } \
    }

/* Three loops: two blocks, or one of the operands a single element (constants are so common that
 * blocks of copies would crowd L1). */
#define BINARY(name, T, R, expr) \
    static void name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        R *restrict o = d; \
        const T *restrict pa = a, *restrict pb = b; \
        (void)c; \
        for (int64_t i = 0; i < n; i++) { \
            T x = pa[i], y = pb[i]; \
            o[i] = (R)(expr); \
        } \
    } \
    static void first_##name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        R *restrict o = d; \
        const T x = *(const T *)a, *restrict pb = b; \
        (void)c; \
        for (int64_t i = 0; i < n; i++) { \
            T y = pb[i]; \
            o[i] = (R)(expr); \
        } \
    } \
    static void second_##name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        R *restrict o = d; \
        const T *restrict pa = a, y = *(const T *)b; \
        (void)c; \
        for (int64_t i = 0; i < n; i++) { \
            T x = pa[i]; \
            o[i] = (R)(expr); \
        } \
    }

#define FLOAT_LOOPS(S, T, U, MAGNITUDE, INF, QNAN, SQRT) \
    BINARY(add_##S, T, T, x + y) \
    BINARY(sub_##S, T, T, x - y) \
    BINARY(mul_##S, T, T, x * y) \
    BINARY(div_##S, T, T, x / y) \
    BINARY(eq_##S, T, uint8_t, x == y) \
    BINARY(ne_##S, T, uint8_t, x != y) \
    BINARY(lt_##S, T, uint8_t, x < y) \
    BINARY(le_##S, T, uint8_t, x <= y) \
    BINARY(fmin_##S, T, T, vm_min_##S(x, y)) \
    BINARY(fmax_##S, T, T, vm_max_##S(x, y)) \
    UNARY(neg_##S, T, T, -x) \
    UNARY(sqrt_##S, T, T, SQRT(x)) \
    UNARY(sign_##S, T, T, x > 0 ? 1 : x < 0 ? -1 : x + 0) /* of -0: +0 */ \
    UNARY(isnan_##S, T, uint8_t, x != x) \
    UNARY(abs_##S, U, U, x & MAGNITUDE) \
    UNARY(isinf_##S, U, uint8_t, (x & MAGNITUDE) == INF) \
    UNARY(isfinite_##S, U, uint8_t, (x & MAGNITUDE) < INF) \
    UNARY(signbit_##S, U, uint8_t, x > MAGNITUDE) \
    UNARY(quiet_##S, T, U, x != x ? QNAN : vm_bits_##S(x))

FLOAT_LOOPS(f32, float, uint32_t, UINT32_C(0x7fffffff), UINT32_C(0x7f800000), UINT32_C(0x7fc00000),
            __builtin_sqrtf)
FLOAT_LOOPS(f64, double, uint64_t, UINT64_C(0x7fffffffffffffff), UINT64_C(0x7ff0000000000000),
            UINT64_C(0x7ff8000000000000), __builtin_sqrt)

#define ROW(op, loop) [KOP_##op] = {[SHARR_FLOAT32] = loop##_f32, [SHARR_FLOAT64] = loop##_f64}

#define BINARY_ROWS(F) \
    ROW(add, F##add), ROW(sub, F##sub), ROW(mul, F##mul), ROW(div, F##div), ROW(eq, F##eq), \
    ROW(ne, F##ne), ROW(lt, F##lt), ROW(le, F##le), ROW(min, F##fmin), ROW(max, F##fmax)

const vm_op_table VM_NAME(vm_float_const_first) = {BINARY_ROWS(first_)};
const vm_op_table VM_NAME(vm_float_const_second) = {BINARY_ROWS(second_)};
const vm_op_table VM_NAME(vm_float_ops) = {
    BINARY_ROWS(), ROW(neg, neg), ROW(abs, abs), ROW(sqrt, sqrt), ROW(sign, sign),
    ROW(isnan, isnan), ROW(isinf, isinf), ROW(isfinite, isfinite), ROW(signbit, signbit), ROW(quiet, quiet),
};
