/* SPDX-License-Identifier: BSD-3-Clause
 *
 * DOWN reductions: each column's elements go one after the other into its cell, so
 * vectors run along the columns and any width gives the same bits.
 */
#include "kernel/vm_level.h"

#include <math.h>

#include "kernel/vm_minmax.h"

/* Rows in fours: one load and store of the state for four elements, in their order. */
#define DOWN(name, T, A, expr) \
    static void name(void *const *state, const vm_rows *b) \
    { \
        A *restrict s = state[0]; \
        const T *restrict p = b->x; \
        int64_t cols = b->cols, rows = b->rows, stride = b->stride; \
        for (; rows >= 4; rows -= 4, p += 4 * stride) \
            for (int64_t j = 0; j < cols; j++) { \
                A a = s[j]; \
                { T x = p[j]; a = (A)(expr); } \
                { T x = p[j + stride]; a = (A)(expr); } \
                { T x = p[j + 2 * stride]; a = (A)(expr); } \
                { T x = p[j + 3 * stride]; a = (A)(expr); } \
                s[j] = a; \
            } \
        for (; rows > 0; rows--, p += stride) \
            for (int64_t j = 0; j < cols; j++) { \
                A a = s[j]; \
                T x = p[j]; \
                s[j] = (A)(expr); \
            } \
    }

DOWN(sum_i8, int8_t, uint64_t, a + (uint64_t)x)
DOWN(sum_i16, int16_t, uint64_t, a + (uint64_t)x)
DOWN(sum_i32, int32_t, uint64_t, a + (uint64_t)x)
DOWN(sum_u8, uint8_t, uint64_t, a + x)
DOWN(sum_u16, uint16_t, uint64_t, a + x)
DOWN(sum_u32, uint32_t, uint64_t, a + x)
DOWN(sum_u64, uint64_t, uint64_t, a + x)
DOWN(sum_f32, float, double, a + x)
DOWN(sum_f64, double, double, a + x)
DOWN(prod_u64, uint64_t, uint64_t, a * x)
DOWN(prod_f64, double, double, a * x)
DOWN(any, uint8_t, uint8_t, a | x)
DOWN(all, uint8_t, uint8_t, a & x)
DOWN(min_f32, float, float, vm_min_f32(a, x))
DOWN(max_f32, float, float, vm_max_f32(a, x))
DOWN(min_f64, double, double, vm_min_f64(a, x))
DOWN(max_f64, double, double, vm_max_f64(a, x))

#define DOWN_INTEGERS(S, T) \
    DOWN(min_##S, T, T, x < a ? x : a) \
    DOWN(max_##S, T, T, x > a ? x : a)
DOWN_INTEGERS(i8, int8_t)
DOWN_INTEGERS(i16, int16_t)
DOWN_INTEGERS(i32, int32_t)
DOWN_INTEGERS(i64, int64_t)
DOWN_INTEGERS(u8, uint8_t)
DOWN_INTEGERS(u16, uint16_t)
DOWN_INTEGERS(u32, uint32_t)
DOWN_INTEGERS(u64, uint64_t)

/* --- complex: the parts of the state are apart, those of the elements together --- */

#define DOWN_COMPLEX(name, T, RE, IM) \
    static void name(void *const *state, const vm_rows *b) \
    { \
        double *restrict re = state[0], *restrict im = state[1]; \
        const T *restrict p = b->x; \
        int64_t cols = b->cols; \
        for (int64_t r = 0; r < b->rows; r++, p += 2 * b->stride) \
            for (int64_t j = 0; j < cols; j++) { \
                double u = re[j], v = im[j], x = p[2 * j], y = p[2 * j + 1]; \
                re[j] = RE; \
                im[j] = IM; \
            } \
    }
DOWN_COMPLEX(sum_c64, float, u + x, v + y)
DOWN_COMPLEX(sum_c128, double, u + x, v + y)
DOWN_COMPLEX(prod_c128, double, u * x - v * y, u * y + v * x)

/* --- variance: n, shift, s1, s2 --- */

static bool any_unset(const double *shift, int64_t cols)
{
    int unset = 0;

    for (int64_t j = 0; j < cols; j++)
        unset |= shift[j] != shift[j];
    return unset;
}

/* A column's shift is its first finite element; after a row or two all columns have theirs, and
 * four rows are taken for one load and store of the state. */
#define DOWN_VAR(S, T) \
    static void first_rows_##S(double *restrict shift, double *restrict s1, double *restrict s2, \
                               const T *restrict p, int64_t cols) \
    { \
        for (int64_t j = 0; j < cols; j++) { \
            double x = p[j], old = shift[j]; \
            double base = (old != old) & (x - x == 0) ? x : old; \
            double d = x - (base != base ? 0 : base); \
            shift[j] = base; \
            s1[j] += d; \
            s2[j] += d * d; \
        } \
    } \
    static void four_rows_##S(const double *restrict shift, double *restrict s1, \
                              double *restrict s2, const vm_rows *b, const T *restrict p) \
    { \
        const T *restrict q = p + b->stride, *restrict r = q + b->stride, *restrict t = r + b->stride; \
        int64_t cols = b->cols; \
        for (int64_t j = 0; j < cols; j++) { \
            double base = shift[j], a = p[j] - base, c = q[j] - base, d = r[j] - base, e = t[j] - base; \
            s1[j] = s1[j] + a + c + d + e; \
            s2[j] = s2[j] + a * a + c * c + d * d + e * e; \
        } \
    } \
    static void var_##S(void *const *state, const vm_rows *b) \
    { \
        double *restrict n = state[0], *restrict shift = state[1]; \
        double *restrict s1 = state[2], *restrict s2 = state[3]; \
        const T *restrict p = b->x; \
        int64_t cols = b->cols, rows = b->rows, stride = b->stride; \
        for (int64_t j = 0; j < cols; j++) \
            n[j] += (double)rows; \
        for (; rows > 0 && (rows < 4 || any_unset(shift, cols)); rows--, p += stride) \
            first_rows_##S(shift, s1, s2, p, cols); \
        for (; rows >= 4; rows -= 4, p += 4 * stride) \
            four_rows_##S(shift, s1, s2, b, p); \
        for (; rows > 0; rows--, p += stride) \
            first_rows_##S(shift, s1, s2, p, cols); \
    }
DOWN_VAR(f32, float)
DOWN_VAR(f64, double)

/* --- positions: better value, then lower index; a NaN beats numbers and ties with NaNs --- */

#define DOWN_ARG(name, T, BETTER) \
    static void name(void *const *state, const vm_rows *b) \
    { \
        T *restrict value = state[0]; \
        int64_t *restrict index = state[1]; \
        const T *restrict p = b->x; \
        const int64_t *restrict ix = b->ix; \
        int64_t cols = b->cols; \
        for (int64_t r = 0; r < b->rows; r++, p += b->stride, ix += cols) \
            for (int64_t j = 0; j < cols; j++) { \
                T a = value[j], x = p[j]; \
                int64_t i = index[j]; \
                bool nan_a = a != a, nan_x = x != x; \
                bool better = (nan_x & !nan_a) | (!nan_a & (x BETTER a)); \
                bool tie = (x == a) | (nan_x & nan_a); \
                bool take = (i < 0) | better | (tie & (ix[j] < i)); \
                value[j] = take ? x : a; \
                index[j] = take ? ix[j] : i; \
            } \
    }
#define DOWN_ARGS(S, T) \
    DOWN_ARG(argmin_##S, T, <) \
    DOWN_ARG(argmax_##S, T, >)
DOWN_ARGS(i8, int8_t)
DOWN_ARGS(i16, int16_t)
DOWN_ARGS(i32, int32_t)
DOWN_ARGS(i64, int64_t)
DOWN_ARGS(u8, uint8_t)
DOWN_ARGS(u16, uint16_t)
DOWN_ARGS(u32, uint32_t)
DOWN_ARGS(u64, uint64_t)
DOWN_ARGS(f32, float)
DOWN_ARGS(f64, double)

#define REALS(op) \
    [SHARR_BOOL] = op##_u8, [SHARR_INT8] = op##_i8, [SHARR_INT16] = op##_i16, \
    [SHARR_INT32] = op##_i32, [SHARR_INT64] = op##_i64, [SHARR_UINT8] = op##_u8, \
    [SHARR_UINT16] = op##_u16, [SHARR_UINT32] = op##_u32, [SHARR_UINT64] = op##_u64, \
    [SHARR_FLOAT32] = op##_f32, [SHARR_FLOAT64] = op##_f64
#define sum_i64 sum_u64                         /* the same bits */

const vm_down_table VM_NAME(vm_downs) = {
    [ROP_SUM] = {REALS(sum), [SHARR_COMPLEX64] = sum_c64, [SHARR_COMPLEX128] = sum_c128},
    [ROP_PROD] = {[SHARR_INT64] = prod_u64, [SHARR_UINT64] = prod_u64,
                  [SHARR_FLOAT64] = prod_f64, [SHARR_COMPLEX128] = prod_c128},
    [ROP_VAR] = {[SHARR_FLOAT32] = var_f32, [SHARR_FLOAT64] = var_f64},
    [ROP_MIN] = {REALS(min)},
    [ROP_MAX] = {REALS(max)},
    [ROP_ANY] = {[SHARR_BOOL] = any},
    [ROP_ALL] = {[SHARR_BOOL] = all},
    [ROP_ARGMIN] = {REALS(argmin)},
    [ROP_ARGMAX] = {REALS(argmax)},
};
