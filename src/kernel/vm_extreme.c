/* SPDX-License-Identifier: BSD-3-Clause
 *
 * LANES minimum, maximum and their positions: the best of a block by plain vector
 * minima, then at most one more pass over the block (it is in L1) for the sign of a
 * zero or the lowest index.  Free of order, so any vector width gives the same.
 */
#include "kernel/vm_level.h"

#include <immintrin.h>
#include <math.h>

#if VM_LEVEL >= 4
#define MM(name) _mm512_##name
#define NANS unsigned
#define NO_NANS 0
#define FIND_NANS(q, a, b, PX) ((q) | _mm512_cmp_##PX##_mask(a, b, _CMP_UNORD_Q))
#define ANY_NAN(q, PX) ((q) != 0)
typedef __m512 reg_ps;
typedef __m512d reg_pd;
#elif VM_LEVEL == 3
#define MM(name) _mm256_##name
#define NANS reg_pd
#define NO_NANS _mm256_setzero_pd()
#define FIND_NANS(q, a, b, PX) \
    _mm256_or_pd(q, (__m256d)_mm256_cmp_##PX(a, b, _CMP_UNORD_Q))
#define ANY_NAN(q, PX) (_mm256_movemask_##PX((reg_##PX)(q)) != 0)
typedef __m256 reg_ps;
typedef __m256d reg_pd;
#else
#define MM(name) _mm_##name
#define NANS reg_pd
#define NO_NANS _mm_setzero_pd()
#define FIND_NANS(q, a, b, PX) _mm_or_pd(q, (__m128d)_mm_cmpunord_##PX(a, b))
#define ANY_NAN(q, PX) (_mm_movemask_##PX((reg_##PX)(q)) != 0)
typedef __m128 reg_ps;
typedef __m128d reg_pd;
#endif

/* The extreme of a block without its NaNs (`worst` if there is none) and whether there was a NaN.
 * min(x, m) of the machine is x < m ? x : m, so a NaN never gets into m.  Which zero: either. */
#define FLOAT_BEST(name, T, PX, MINMAX, BETTER) \
    static T best_##name(const T *x, int64_t n, T worst, bool *nan) \
    { \
        enum { W = VM_BYTES / (int)sizeof(T), STEP = 4 * W }; \
        reg_##PX m0 = MM(set1_##PX)(worst), m1 = m0, m2 = m0, m3 = m0; \
        NANS q = NO_NANS; \
        T rest[STEP]; \
        for (int64_t i = 0; i < n; i += STEP) { \
            const T *p = x + i; \
            if (n - i < STEP) { \
                for (int k = 0; k < STEP; k++) \
                    rest[k] = k < n - i ? p[k] : worst; \
                p = rest; \
            } \
            reg_##PX a = MM(loadu_##PX)(p), b = MM(loadu_##PX)(p + W); \
            reg_##PX c = MM(loadu_##PX)(p + 2 * W), d = MM(loadu_##PX)(p + 3 * W); \
            m0 = MM(MINMAX##_##PX)(a, m0); \
            m1 = MM(MINMAX##_##PX)(b, m1); \
            m2 = MM(MINMAX##_##PX)(c, m2); \
            m3 = MM(MINMAX##_##PX)(d, m3); \
            q = FIND_NANS(q, a, b, PX); \
            q = FIND_NANS(q, c, d, PX); \
        } \
        MM(storeu_##PX)(rest, m0); \
        MM(storeu_##PX)(rest + W, m1); \
        MM(storeu_##PX)(rest + 2 * W, m2); \
        MM(storeu_##PX)(rest + 3 * W, m3); \
        for (int k = 1; k < STEP; k++) \
            rest[0] = rest[k] BETTER rest[0] ? rest[k] : rest[0]; \
        *nan = ANY_NAN(q, PX); \
        return rest[0]; \
    }
FLOAT_BEST(min_f32, float, ps, min, <)
FLOAT_BEST(max_f32, float, ps, max, >)
FLOAT_BEST(min_f64, double, pd, min, <)
FLOAT_BEST(max_f64, double, pd, max, >)

#define INTEGER_BEST(name, T, BETTER) \
    static T best_##name(const T *x, int64_t n, T worst, bool *nan) \
    { \
        T m = worst; \
        for (int64_t i = 0; i < n; i++) \
            m = x[i] BETTER m ? x[i] : m; \
        *nan = false; \
        return m; \
    }

#define BEGIN_EXTREME(name, S, WORST) \
    static void begin_##name(vm_acc *acc) \
    { \
        acc->value.S = WORST; \
        acc->index = -1; \
    }

#define END_EXTREME(S, T) \
    static void end_##S(vm_acc *acc, void *const *cell) \
    { \
        *(T *)cell[0] = acc->value.S; \
    } \
    static void end_arg_##S(vm_acc *acc, void *const *cell) \
    { \
        *(T *)cell[0] = acc->value.S; \
        *(int64_t *)cell[1] = acc->index; \
    }

#define ADD_INTEGER_EXTREME(name, S) \
    static void add_##name(vm_acc *acc, const void *block, const int64_t *ix, int64_t n) \
    { \
        bool nan; \
        (void)ix; \
        acc->value.S = best_##name(block, n, acc->value.S, &nan); \
    }

/* A zero that wins: -0 wins the minimum, +0 the maximum, if there is one among the zeros. */
#define ADD_FLOAT_EXTREME(name, T, S, WANT) \
    static T zero_##name(const T *x, int64_t n, T old) \
    { \
        int wanted = old == 0 && (signbit(old) != 0) == WANT; \
        for (int64_t i = 0; i < n; i++) \
            wanted |= (x[i] == 0) & ((signbit(x[i]) != 0) == WANT); \
        return wanted == WANT ? (T)-0.0 : (T)0.0; \
    } \
    static void add_##name(vm_acc *acc, const void *block, const int64_t *ix, int64_t n) \
    { \
        bool nan; \
        T old = acc->value.S, m = best_##name(block, n, old, &nan); \
        (void)ix; \
        if (old != old || nan) \
            m = (T)NAN; \
        else if (m == 0) \
            m = zero_##name(block, n, old); \
        acc->value.S = m; \
    }

/* The best of the block, then the lowest index at which it stands: only if it is not worse than
 * what there is.  A NaN beats every number and ties with a NaN. */
#define ADD_ARG(name, T, S, BETTER, WORST, NAN_OF_T) \
    static int64_t lowest_##name(const T *x, const int64_t *ix, int64_t n, T m, bool nan) \
    { \
        enum { PART = 32 };             /* most parts have no hit: look at a part as a whole */ \
        int64_t r = INT64_MAX; \
        for (int64_t i = 0; i < n; i += PART) { \
            int len = n - i < PART ? (int)(n - i) : PART, hits = len < PART; \
            for (int k = 0; k < PART && len == PART; k++) \
                hits |= nan ? x[i + k] != x[i + k] : x[i + k] == m; \
            for (int k = 0; hits && k < len; k++) \
                if ((nan ? x[i + k] != x[i + k] : x[i + k] == m) && ix[i + k] < r) \
                    r = ix[i + k]; \
        } \
        return r; \
    } \
    static void add_arg##name(vm_acc *acc, const void *block, const int64_t *ix, int64_t n) \
    { \
        bool nan; \
        T old = acc->value.S, m = best_##name(block, n, WORST, &nan); \
        bool none = acc->index < 0, was_nan = old != old; \
        bool better = !none && ((was_nan && !nan) || (!was_nan && !nan && old BETTER m)); \
        bool tie = !none && (was_nan ? nan : !nan && old == m); \
        if (n == 0 || better) \
            return; \
        int64_t i = lowest_##name(block, ix, n, m, nan); \
        if (tie && acc->index < i) \
            return; \
        acc->value.S = nan ? (T)(NAN_OF_T) : m; \
        acc->index = i; \
    }

#define INTEGER_EXTREMES(T, S, LOW, HIGH) \
    END_EXTREME(S, T) \
    INTEGER_BEST(min_##S, T, <) \
    INTEGER_BEST(max_##S, T, >) \
    BEGIN_EXTREME(min_##S, S, HIGH) \
    BEGIN_EXTREME(max_##S, S, LOW) \
    ADD_INTEGER_EXTREME(min_##S, S) \
    ADD_INTEGER_EXTREME(max_##S, S) \
    ADD_ARG(min_##S, T, S, <, HIGH, 0) \
    ADD_ARG(max_##S, T, S, >, LOW, 0)
INTEGER_EXTREMES(int8_t, i8, INT8_MIN, INT8_MAX)
INTEGER_EXTREMES(int16_t, i16, INT16_MIN, INT16_MAX)
INTEGER_EXTREMES(int32_t, i32, INT32_MIN, INT32_MAX)
INTEGER_EXTREMES(int64_t, i64, INT64_MIN, INT64_MAX)
INTEGER_EXTREMES(uint8_t, u8, 0, UINT8_MAX)
INTEGER_EXTREMES(uint16_t, u16, 0, UINT16_MAX)
INTEGER_EXTREMES(uint32_t, u32, 0, UINT32_MAX)
INTEGER_EXTREMES(uint64_t, u64, 0, UINT64_MAX)
BEGIN_EXTREME(min_bool, b, 1)
BEGIN_EXTREME(max_bool, b, 0)

#define FLOAT_EXTREMES(T, S) \
    END_EXTREME(S, T) \
    BEGIN_EXTREME(min_##S, S, (T)INFINITY) \
    BEGIN_EXTREME(max_##S, S, (T)-INFINITY) \
    ADD_FLOAT_EXTREME(min_##S, T, S, 1) \
    ADD_FLOAT_EXTREME(max_##S, T, S, 0) \
    ADD_ARG(min_##S, T, S, <, (T)INFINITY, NAN) \
    ADD_ARG(max_##S, T, S, >, (T)-INFINITY, NAN)
FLOAT_EXTREMES(float, f32)
FLOAT_EXTREMES(double, f64)

#define ROWS(BEGIN, ADD, END) { \
    [SHARR_BOOL] = {BEGIN##_bool, ADD##_u8, END##_u8}, \
    [SHARR_INT8] = {BEGIN##_i8, ADD##_i8, END##_i8}, \
    [SHARR_INT16] = {BEGIN##_i16, ADD##_i16, END##_i16}, \
    [SHARR_INT32] = {BEGIN##_i32, ADD##_i32, END##_i32}, \
    [SHARR_INT64] = {BEGIN##_i64, ADD##_i64, END##_i64}, \
    [SHARR_UINT8] = {BEGIN##_u8, ADD##_u8, END##_u8}, \
    [SHARR_UINT16] = {BEGIN##_u16, ADD##_u16, END##_u16}, \
    [SHARR_UINT32] = {BEGIN##_u32, ADD##_u32, END##_u32}, \
    [SHARR_UINT64] = {BEGIN##_u64, ADD##_u64, END##_u64}, \
    [SHARR_FLOAT32] = {BEGIN##_f32, ADD##_f32, END##_f32}, \
    [SHARR_FLOAT64] = {BEGIN##_f64, ADD##_f64, END##_f64}}

const vm_lanes_table VM_NAME(vm_lanes_extremes) = {
    [ROP_MIN] = ROWS(begin_min, add_min, end),
    [ROP_MAX] = ROWS(begin_max, add_max, end),
    [ROP_ARGMIN] = ROWS(begin_min, add_argmin, end_arg),
    [ROP_ARGMAX] = ROWS(begin_max, add_argmax, end_arg),
};
