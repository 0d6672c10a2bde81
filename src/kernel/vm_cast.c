/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Block loops of casts, with the rules of scalar_cast (array/dtype.h).  A complex
 * is cast to and from its real type here; other pairs go through that type in two
 * steps (vm_find_cast).
 */
#include "kernel/vm_level.h"

#include <string.h>

#define CAST(name, S, D, expr) \
    static void name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        D *restrict o = d; \
        const S *restrict p = a; \
        (void)b, (void)c; \
        for (int64_t i = 0; i < n; i++) { \
            S x = p[i]; \
            o[i] = (D)(expr); \
        } \
    }

/* Same bytes: int64 to uint64, and the cast of a type to itself. */
#define COPY(name, bytes) \
    static void name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        (void)b, (void)c; \
        memcpy(d, a, (size_t)n * (bytes)); \
    }
COPY(copy_w8, 1)
COPY(copy_w16, 2)
COPY(copy_w32, 4)
COPY(copy_w64, 8)
COPY(copy_w128, 16)

/* --- integers: wrap.  Only the sign of the source matters. --- */

#define NARROW(S, T, W, U) CAST(S##_##W, T, U, x)
NARROW(w64, uint64_t, w32, uint32_t)
NARROW(w64, uint64_t, w16, uint16_t)
NARROW(w64, uint64_t, w8, uint8_t)
NARROW(w32, uint32_t, w16, uint16_t)
NARROW(w32, uint32_t, w8, uint8_t)
NARROW(w16, uint16_t, w8, uint8_t)
NARROW(i8, int8_t, w16, uint16_t)
NARROW(i8, int8_t, w32, uint32_t)
NARROW(i8, int8_t, w64, uint64_t)
NARROW(i16, int16_t, w32, uint32_t)
NARROW(i16, int16_t, w64, uint64_t)
NARROW(i32, int32_t, w64, uint64_t)
NARROW(u8, uint8_t, w16, uint16_t)
NARROW(u8, uint8_t, w32, uint32_t)
NARROW(u8, uint8_t, w64, uint64_t)
NARROW(u16, uint16_t, w32, uint32_t)
NARROW(u16, uint16_t, w64, uint64_t)
NARROW(u32, uint32_t, w64, uint64_t)

/* --- to bool and to float --- */

CAST(w8_bool, uint8_t, uint8_t, x != 0)
CAST(w16_bool, uint16_t, uint8_t, x != 0)
CAST(w32_bool, uint32_t, uint8_t, x != 0)
CAST(w64_bool, uint64_t, uint8_t, x != 0)
CAST(f32_bool, float, uint8_t, x != 0)
CAST(f64_bool, double, uint8_t, x != 0)

#define TO_FLOAT(S, T) CAST(S##_f32, T, float, x) CAST(S##_f64, T, double, x)
TO_FLOAT(i8, int8_t)
TO_FLOAT(i16, int16_t)
TO_FLOAT(i32, int32_t)
TO_FLOAT(i64, int64_t)
TO_FLOAT(u8, uint8_t)
TO_FLOAT(u16, uint16_t)
TO_FLOAT(u64, uint64_t)
CAST(u32_f64, uint32_t, double, (double)(int32_t)(x ^ UINT32_C(0x80000000)) + 0x1p31) /* exact */
CAST(u32_f32, uint32_t, float, (double)(int32_t)(x ^ UINT32_C(0x80000000)) + 0x1p31)  /* one rounding */
CAST(f32_f64, float, double, x)
CAST(f64_f32, double, float, x)

/* --- float to integer: truncate, saturate, NaN is 0 --- */

/* Clamp where the limits are exact, then convert through int32. */
#define CLAMP(S, T) \
    static inline T clamp_##S(T x, T low, T high) \
    { \
        x = x < low ? low : x; \
        x = x > high ? high : x; \
        return x == x ? x : 0; \
    }
CLAMP(f32, float)
CLAMP(f64, double)

static inline uint32_t double_to_u32(double x)          /* 0 <= x <= UINT32_MAX */
{
    double low = x >= 0x1p31 ? x - 0x1p31 : x;
    return (uint32_t)(int32_t)low ^ (x >= 0x1p31 ? UINT32_C(0x80000000) : 0);
}

/* 2^63 and 2^64 are floats, the largest integers are not: convert what is in range. */
#define TO_64(S, T) \
    static inline uint64_t to_i64_##S(T x) \
    { \
        int high = x >= (T)0x1p63, low = x < (T)-0x1p63; \
        T safe = (high | low | (x != x)) ? 0 : x; \
        uint64_t r = (uint64_t)(int64_t)safe; \
        r = high ? (uint64_t)INT64_MAX : r; \
        return low ? (uint64_t)INT64_MIN : r; \
    } \
    static inline uint64_t to_u64_##S(T x) \
    { \
        int high = x >= (T)0x1p64, positive = x > 0; \
        T safe = positive & !high ? x : 0; \
        uint64_t r = (uint64_t)safe; \
        return high ? UINT64_MAX : r; \
    }
TO_64(f32, float)
TO_64(f64, double)

#define TO_INTEGER(S, T) \
    CAST(S##_i8, T, int8_t, (int32_t)clamp_##S(x, -128, 127)) \
    CAST(S##_i16, T, int16_t, (int32_t)clamp_##S(x, -32768, 32767)) \
    CAST(S##_i32, T, int32_t, clamp_f64(x, -0x1p31, 0x1p31 - 1)) \
    CAST(S##_i64, T, uint64_t, to_i64_##S(x)) \
    CAST(S##_u8, T, uint8_t, (int32_t)clamp_##S(x, 0, 255)) \
    CAST(S##_u16, T, uint16_t, (int32_t)clamp_##S(x, 0, 65535)) \
    CAST(S##_u32, T, uint32_t, double_to_u32(clamp_f64(x, 0, 0x1p32 - 1))) \
    CAST(S##_u64, T, uint64_t, to_u64_##S(x))
TO_INTEGER(f32, float)
TO_INTEGER(f64, double)

/* --- complex --- */

#define COMPLEX(name, S, D, BODY) \
    static void name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        D *restrict o = d; \
        const S *restrict p = a; \
        (void)b, (void)c; \
        for (int64_t i = 0; i < n; i++) { \
            BODY \
        } \
    }
COMPLEX(c64_f32, float, float, o[i] = p[2 * i];)
COMPLEX(c128_f64, double, double, o[i] = p[2 * i];)
COMPLEX(c64_bool, float, uint8_t, o[i] = (p[2 * i] != 0) | (p[2 * i + 1] != 0);)
COMPLEX(c128_bool, double, uint8_t, o[i] = (p[2 * i] != 0) | (p[2 * i + 1] != 0);)
COMPLEX(f32_c64, float, float, o[2 * i] = p[i]; o[2 * i + 1] = 0;)
COMPLEX(f64_c128, double, double, o[2 * i] = p[i]; o[2 * i + 1] = 0;)
COMPLEX(c64_c128, float, double, o[2 * i] = p[2 * i]; o[2 * i + 1] = p[2 * i + 1];)
COMPLEX(c128_c64, double, float, o[2 * i] = (float)p[2 * i]; o[2 * i + 1] = (float)p[2 * i + 1];)

#define FLOATS(S) [SHARR_FLOAT32] = S##_f32, [SHARR_FLOAT64] = S##_f64
#define TO(W8, W16, W32, W64) \
    [SHARR_INT8] = W8, [SHARR_UINT8] = W8, [SHARR_INT16] = W16, [SHARR_UINT16] = W16, \
    [SHARR_INT32] = W32, [SHARR_UINT32] = W32, [SHARR_INT64] = W64, [SHARR_UINT64] = W64
#define TO_EACH(S) \
    [SHARR_INT8] = S##_i8, [SHARR_UINT8] = S##_u8, [SHARR_INT16] = S##_i16, \
    [SHARR_UINT16] = S##_u16, [SHARR_INT32] = S##_i32, [SHARR_UINT32] = S##_u32, \
    [SHARR_INT64] = S##_i64, [SHARR_UINT64] = S##_u64

const vm_cast_table VM_NAME(vm_casts) = {
    [SHARR_BOOL] = {[SHARR_BOOL] = copy_w8, TO(copy_w8, u8_w16, u8_w32, u8_w64), FLOATS(u8)},
    [SHARR_INT8] = {[SHARR_BOOL] = w8_bool, TO(copy_w8, i8_w16, i8_w32, i8_w64), FLOATS(i8)},
    [SHARR_UINT8] = {[SHARR_BOOL] = w8_bool, TO(copy_w8, u8_w16, u8_w32, u8_w64), FLOATS(u8)},
    [SHARR_INT16] = {[SHARR_BOOL] = w16_bool, TO(w16_w8, copy_w16, i16_w32, i16_w64), FLOATS(i16)},
    [SHARR_UINT16] = {[SHARR_BOOL] = w16_bool, TO(w16_w8, copy_w16, u16_w32, u16_w64), FLOATS(u16)},
    [SHARR_INT32] = {[SHARR_BOOL] = w32_bool, TO(w32_w8, w32_w16, copy_w32, i32_w64), FLOATS(i32)},
    [SHARR_UINT32] = {[SHARR_BOOL] = w32_bool, TO(w32_w8, w32_w16, copy_w32, u32_w64), FLOATS(u32)},
    [SHARR_INT64] = {[SHARR_BOOL] = w64_bool, TO(w64_w8, w64_w16, w64_w32, copy_w64), FLOATS(i64)},
    [SHARR_UINT64] = {[SHARR_BOOL] = w64_bool, TO(w64_w8, w64_w16, w64_w32, copy_w64), FLOATS(u64)},
    [SHARR_FLOAT32] = {[SHARR_BOOL] = f32_bool, TO_EACH(f32), [SHARR_FLOAT32] = copy_w32,
                       [SHARR_FLOAT64] = f32_f64, [SHARR_COMPLEX64] = f32_c64},
    [SHARR_FLOAT64] = {[SHARR_BOOL] = f64_bool, TO_EACH(f64), [SHARR_FLOAT32] = f64_f32,
                       [SHARR_FLOAT64] = copy_w64, [SHARR_COMPLEX128] = f64_c128},
    [SHARR_COMPLEX64] = {[SHARR_BOOL] = c64_bool, [SHARR_FLOAT32] = c64_f32,
                         [SHARR_COMPLEX64] = copy_w64, [SHARR_COMPLEX128] = c64_c128},
    [SHARR_COMPLEX128] = {[SHARR_BOOL] = c128_bool, [SHARR_FLOAT64] = c128_f64,
                          [SHARR_COMPLEX64] = c128_c64, [SHARR_COMPLEX128] = copy_w128},
};
