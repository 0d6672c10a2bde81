/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Block loops of integers and bools, and selection for every type of at most 8
 * bytes (which does not look at the values).  What is the same for signed and
 * unsigned types exists once per width, on unsigned values, where nothing can
 * overflow.
 */
#include "kernel/vm_level.h"

#include <limits.h>

#define UNARY(name, T, expr) \
    static void name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        T *restrict o = d; \
        const T *restrict pa = a; \
        (void)b, (void)c; \
        for (int64_t i = 0; i < n; i++) { \
            T x = pa[i]; \
            o[i] = (T)(expr); \
        } \
    }

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
    }

/* P: the unsigned type that narrow operands are computed in (uint8_t * uint8_t would be int). */
#define WIDTH_LOOPS(S, T, P) \
    BINARY(add_##S, T, T, (P)x + (P)y) \
    BINARY(sub_##S, T, T, (P)x - (P)y) \
    BINARY(mul_##S, T, T, (P)x * (P)y) \
    BINARY(eq_##S, T, uint8_t, x == y) \
    BINARY(ne_##S, T, uint8_t, x != y) \
    BINARY(and_##S, T, T, x & y) \
    BINARY(or_##S, T, T, x | y) \
    BINARY(xor_##S, T, T, x ^ y) \
    /* a negative count is a huge unsigned one */ \
    BINARY(shl_##S, T, T, y < sizeof(T) * CHAR_BIT ? (P)x << (y & (sizeof(T) * CHAR_BIT - 1)) : 0) \
    UNARY(neg_##S, T, (P)0 - (P)x) \
    UNARY(not_##S, T, ~(P)x) \
    static void select_##S(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        T *restrict o = d; \
        const uint8_t *restrict pa = a; \
        const T *restrict pb = b, *restrict pc = c; \
        for (int64_t i = 0; i < n; i++) { \
            T x = pb[i], y = pc[i]; \
            o[i] = pa[i] ? x : y; \
        } \
    }

WIDTH_LOOPS(w8, uint8_t, uint32_t)
WIDTH_LOOPS(w16, uint16_t, uint32_t)
WIDTH_LOOPS(w32, uint32_t, uint32_t)
WIDTH_LOOPS(w64, uint64_t, uint64_t)

UNARY(not_bool, uint8_t, x ^ 1)
UNARY(identity_w8, uint8_t, x)
UNARY(identity_w16, uint16_t, x)
UNARY(identity_w32, uint32_t, x)
UNARY(identity_w64, uint64_t, x)

/* --- floor division and remainder ---
 * A quotient of two integers below 2^b, computed with at least b + 2 bits of precision, never
 * rounds up to the next integer, so truncating it is exact: 8 and 16 bits go through float32, 32
 * bits through float64.  The divisors that have no quotient (0, and -1 under the most negative
 * number) are replaced by 1, which gives the wrapped quotient for the second. */

static inline double u32_to_f64(uint32_t x)         /* vectorises where (double)x does not */
{
    return (double)(int32_t)(x ^ UINT32_C(0x80000000)) + 0x1p31;
}

static inline uint32_t f64_to_u32(double x)         /* 0 <= x < 2^32 */
{
    double low = x >= 0x1p31 ? x - 0x1p31 : x;
    return (uint32_t)(int32_t)low ^ (x >= 0x1p31 ? UINT32_C(0x80000000) : 0);
}

#define QUOTIENT(S, T, expr) \
    static inline T quot_##S(T x, T y) \
    { \
        return (T)(expr); \
    }
QUOTIENT(i8, int8_t, (int32_t)((float)x / (float)y))
QUOTIENT(i16, int16_t, (int32_t)((float)x / (float)y))
QUOTIENT(i32, int32_t, (double)x / (double)y)
QUOTIENT(i64, int64_t, x / y)
QUOTIENT(u8, uint8_t, (int32_t)((float)x / (float)y))
QUOTIENT(u16, uint16_t, (int32_t)((float)x / (float)y))
QUOTIENT(u32, uint32_t, f64_to_u32(u32_to_f64(x) / u32_to_f64(y)))
QUOTIENT(u64, uint64_t, x / y)

#define SIGNED_DIVISION(S, T, U, MIN) \
    static inline T floordiv_of_##S(T x, T y) \
    { \
        T by = (y == 0) | ((y == -1) & (x == MIN)) ? 1 : y; \
        T q = quot_##S(x, by); \
        T r = (T)((U)x - (U)q * (U)by); \
        q = (T)(q - ((r != 0) & ((r ^ by) < 0))); \
        return y == 0 ? 0 : q; \
    } \
    static inline T rem_of_##S(T x, T y) \
    { \
        T by = (y == 0) | ((y == -1) & (x == MIN)) ? 1 : y; \
        T r = (T)((U)x - (U)quot_##S(x, by) * (U)by); \
        r = (T)(r + ((r != 0) & ((r ^ by) < 0) ? by : 0)); \
        return y == 0 ? 0 : r; \
    }
SIGNED_DIVISION(i8, int8_t, uint32_t, INT8_MIN)
SIGNED_DIVISION(i16, int16_t, uint32_t, INT16_MIN)
SIGNED_DIVISION(i32, int32_t, uint32_t, INT32_MIN)
SIGNED_DIVISION(i64, int64_t, uint64_t, INT64_MIN)

#define UNSIGNED_DIVISION(S, T) \
    static inline T floordiv_of_##S(T x, T y) \
    { \
        T q = quot_##S(x, y ? y : 1); \
        return y ? q : 0; \
    } \
    static inline T rem_of_##S(T x, T y) \
    { \
        T by = y ? y : 1; \
        T r = (T)(x - quot_##S(x, by) * by); \
        return y ? r : 0; \
    }
UNSIGNED_DIVISION(u8, uint8_t)
UNSIGNED_DIVISION(u16, uint16_t)
UNSIGNED_DIVISION(u32, uint32_t)
UNSIGNED_DIVISION(u64, uint64_t)

/* --- powers: square and multiply, a group of elements at a time --- */

enum { GROUP = 64 };

#define POWER(S, T, U, P, NEGATIVE) \
    static void pow_##S(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        T *o = d; \
        const T *pa = a, *pb = b; \
        (void)c; \
        for (int64_t start = 0; start < n; start += GROUP) { \
            int len = n - start < GROUP ? (int)(n - start) : GROUP; \
            U base[GROUP], left[GROUP], r[GROUP]; \
            U any = 0; \
            for (int i = 0; i < len; i++) { \
                T e = pb[start + i]; \
                base[i] = (U)pa[start + i]; \
                left[i] = NEGATIVE(e) ? 0 : (U)e; \
                r[i] = 1; \
                any = (U)(any | left[i]); \
            } \
            for (; any; any = (U)(any >> 1)) \
                for (int i = 0; i < len; i++) { \
                    r[i] = (U)(left[i] & 1 ? (P)r[i] * (P)base[i] : r[i]); \
                    base[i] = (U)((P)base[i] * (P)base[i]); \
                    left[i] = (U)(left[i] >> 1); \
                } \
            for (int i = 0; i < len; i++) { \
                T x = pa[start + i], e = pb[start + i]; \
                T small = (T)(x == 1 ? 1 : x == (T)-1 ? (e & 1 ? (T)-1 : 1) : 0); \
                o[start + i] = NEGATIVE(e) ? small : (T)r[i]; \
            } \
        } \
    }
#define IS_NEGATIVE(e) ((e) < 0)
#define NEVER(e) ((void)(e), 0)
POWER(i8, int8_t, uint8_t, uint32_t, IS_NEGATIVE)
POWER(i16, int16_t, uint16_t, uint32_t, IS_NEGATIVE)
POWER(i32, int32_t, uint32_t, uint32_t, IS_NEGATIVE)
POWER(i64, int64_t, uint64_t, uint64_t, IS_NEGATIVE)
POWER(u8, uint8_t, uint8_t, uint32_t, NEVER)
POWER(u16, uint16_t, uint16_t, uint32_t, NEVER)
POWER(u32, uint32_t, uint32_t, uint32_t, NEVER)
POWER(u64, uint64_t, uint64_t, uint64_t, NEVER)

/* --- what depends on the sign --- */

#define ORDER_LOOPS(S, T) \
    BINARY(lt_##S, T, uint8_t, x < y) \
    BINARY(le_##S, T, uint8_t, x <= y) \
    BINARY(min_##S, T, T, x < y ? x : y) \
    BINARY(max_##S, T, T, x > y ? x : y) \
    BINARY(floordiv_##S, T, T, floordiv_of_##S(x, y)) \
    BINARY(rem_##S, T, T, rem_of_##S(x, y))

#define SIGNED_LOOPS(S, T, U, P) \
    ORDER_LOOPS(S, T) \
    UNARY(abs_##S, T, x < 0 ? (P)0 - (P)x : (P)x) \
    UNARY(sign_##S, T, (x > 0) - (x < 0)) \
    BINARY(shr_##S, T, T, x >> ((U)y < sizeof(T) * CHAR_BIT ? (U)y : sizeof(T) * CHAR_BIT - 1))

#define UNSIGNED_LOOPS(S, T) \
    ORDER_LOOPS(S, T) \
    UNARY(sign_##S, T, x != 0) \
    BINARY(shr_##S, T, T, y < sizeof(T) * CHAR_BIT ? x >> (y & (sizeof(T) * CHAR_BIT - 1)) : 0)

SIGNED_LOOPS(i8, int8_t, uint8_t, uint32_t)
SIGNED_LOOPS(i16, int16_t, uint16_t, uint32_t)
SIGNED_LOOPS(i32, int32_t, uint32_t, uint32_t)
SIGNED_LOOPS(i64, int64_t, uint64_t, uint64_t)
UNSIGNED_LOOPS(u8, uint8_t)
UNSIGNED_LOOPS(u16, uint16_t)
UNSIGNED_LOOPS(u32, uint32_t)
UNSIGNED_LOOPS(u64, uint64_t)

#define BY_WIDTH(f) \
    [SHARR_INT8] = f##_w8, [SHARR_INT16] = f##_w16, [SHARR_INT32] = f##_w32, \
    [SHARR_INT64] = f##_w64, [SHARR_UINT8] = f##_w8, [SHARR_UINT16] = f##_w16, \
    [SHARR_UINT32] = f##_w32, [SHARR_UINT64] = f##_w64
#define BY_SIGNED(f) \
    [SHARR_INT8] = f##_i8, [SHARR_INT16] = f##_i16, [SHARR_INT32] = f##_i32, [SHARR_INT64] = f##_i64
#define BY_UNSIGNED(f) \
    [SHARR_UINT8] = f##_u8, [SHARR_UINT16] = f##_u16, [SHARR_UINT32] = f##_u32, \
    [SHARR_UINT64] = f##_u64
#define BY_TYPE(f) BY_SIGNED(f), BY_UNSIGNED(f)

const vm_op_table VM_NAME(vm_int_ops) = {
    [KOP_add] = {BY_WIDTH(add)},
    [KOP_sub] = {BY_WIDTH(sub)},
    [KOP_mul] = {BY_WIDTH(mul)},
    [KOP_floordiv] = {BY_TYPE(floordiv)},
    [KOP_rem] = {BY_TYPE(rem)},
    [KOP_pow] = {BY_TYPE(pow)},
    [KOP_neg] = {BY_WIDTH(neg)},
    [KOP_abs] = {BY_SIGNED(abs), [SHARR_UINT8] = identity_w8, [SHARR_UINT16] = identity_w16,
                 [SHARR_UINT32] = identity_w32, [SHARR_UINT64] = identity_w64},
    [KOP_eq] = {BY_WIDTH(eq), [SHARR_BOOL] = eq_w8},
    [KOP_ne] = {BY_WIDTH(ne), [SHARR_BOOL] = ne_w8},
    [KOP_lt] = {BY_TYPE(lt), [SHARR_BOOL] = lt_u8},
    [KOP_le] = {BY_TYPE(le), [SHARR_BOOL] = le_u8},
    [KOP_and] = {BY_WIDTH(and), [SHARR_BOOL] = and_w8},
    [KOP_or] = {BY_WIDTH(or), [SHARR_BOOL] = or_w8},
    [KOP_xor] = {BY_WIDTH(xor), [SHARR_BOOL] = xor_w8},
    [KOP_not] = {BY_WIDTH(not), [SHARR_BOOL] = not_bool},
    [KOP_shl] = {BY_WIDTH(shl)},
    [KOP_shr] = {BY_TYPE(shr)},
    [KOP_min] = {BY_TYPE(min)},
    [KOP_max] = {BY_TYPE(max)},
    [KOP_sign] = {BY_TYPE(sign)},
    [KOP_select] = {BY_WIDTH(select), [SHARR_BOOL] = select_w8, [SHARR_FLOAT32] = select_w32,
                    [SHARR_FLOAT64] = select_w64, [SHARR_COMPLEX64] = select_w64},
};
