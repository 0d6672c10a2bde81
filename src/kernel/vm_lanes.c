/* SPDX-License-Identifier: BSD-3-Clause
 *
 * LANES sums, products and variances of a row, block by block, and any, all.  Floats
 * follow the lane order of kernel/program.h exactly: element j belongs to lane j % 32,
 * whatever the vector width.
 */
#include "kernel/vm_level.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernel/reduce.h"

enum { LANES = REDUCE_LANES };

typedef double vd __attribute__((vector_size(VM_BYTES)));
enum { VD = VM_BYTES / 8 };

static inline vd load_f64(const double *p)
{
    vd v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* By intrinsics: gcc 12 splits __builtin_convertvector into halves. */
static inline vd load_f32(const float *p)
{
#if VM_LEVEL >= 4
    return (vd)_mm512_cvtps_pd(_mm256_loadu_ps(p));
#elif VM_LEVEL == 3
    return (vd)_mm256_cvtps_pd(_mm_loadu_ps(p));
#else
    return (vd)_mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)(const void *)p)));
#endif
}

static inline void store_f64(double *p, vd v)
{
    memcpy(p, &v, sizeof v);
}

/* --- sums and products of floats --- */

static void begin_sum(vm_acc *acc)
{
    for (int k = 0; k < 2 * LANES; k++)
        acc->lane[k] = -0.0;
}

static void begin_prod(vm_acc *acc)
{
    for (int k = 0; k < 2 * LANES; k++)
        acc->lane[k] = 1.0;
}

static void begin_prod_complex(vm_acc *acc)
{
    for (int k = 0; k < 2 * LANES; k++)
        acc->lane[k] = k % 2 ? 0.0 : 1.0;
}

/* n is a multiple of NLANES.  At most 8 accumulators at a time stay in registers: with narrow
 * vectors the block (in L1) is passed over more than once. */
#define FOLD(name, T, LOAD, NLANES, OP) \
    static void name(double *lane, const T *x, int64_t n) \
    { \
        enum { PART = 8 * VD < (NLANES) ? 8 * VD : (NLANES), REGS = PART / VD }; \
        for (int first = 0; first < (NLANES); first += PART) { \
            vd r[REGS]; \
            _Pragma("GCC unroll 8") for (int k = 0; k < REGS; k++) \
                r[k] = load_f64(lane + first + k * VD); \
            for (int64_t i = first; i < n; i += (NLANES)) \
                _Pragma("GCC unroll 8") for (int k = 0; k < REGS; k++) \
                    r[k] = r[k] OP LOAD(x + i + k * VD); \
            _Pragma("GCC unroll 8") for (int k = 0; k < REGS; k++) \
                store_f64(lane + first + k * VD, r[k]); \
        } \
    }

/* Lanes without an element are given the identity, which changes no lane. */
#define ADD_FLOATS(name, T, LOAD, NLANES, OP, IDENTITY, PARTS) \
    FOLD(fold_##name, T, LOAD, NLANES, OP) \
    static void add_##name(vm_acc *acc, const void *block, const int64_t *ix, int64_t n) \
    { \
        const T *x = block; \
        int64_t m = n * PARTS, whole = m - m % (NLANES); \
        (void)ix; \
        fold_##name(acc->lane, x, whole); \
        if (whole < m) { \
            T rest[NLANES]; \
            for (int k = 0; k < NLANES; k++) \
                rest[k] = k < m - whole ? x[whole + k] : IDENTITY; \
            fold_##name(acc->lane, rest, NLANES); \
        } \
    }
ADD_FLOATS(sum_f64, double, load_f64, LANES, +, -0.0, 1)
ADD_FLOATS(sum_f32, float, load_f32, LANES, +, -0.0f, 1)
ADD_FLOATS(sum_c128, double, load_f64, 2 * LANES, +, -0.0, 2)
ADD_FLOATS(sum_c64, float, load_f32, 2 * LANES, +, -0.0f, 2)
ADD_FLOATS(prod_f64, double, load_f64, LANES, *, 1.0, 1)

/* Not vectorised: see the note on gcc in vm_complex.c. */
#ifdef __clang__
#define NOT_VECTORISED
#else
#define NOT_VECTORISED __attribute__((optimize("no-tree-vectorize,no-tree-slp-vectorize")))
#endif

/* A product with the identity may change a complex lane (inf * 0): none is made. */
NOT_VECTORISED static void add_prod_c128(vm_acc *acc, const void *block, const int64_t *ix, int64_t n)
{
    const double *x = block;

    (void)ix;
    for (int64_t i = 0; i < n; i++) {
        double *lane = acc->lane + 2 * (i % LANES);
        double re = lane[0] * x[2 * i] - lane[1] * x[2 * i + 1];
        lane[1] = lane[0] * x[2 * i + 1] + lane[1] * x[2 * i];
        lane[0] = re;
    }
}

/* Lanes 16, 8, 4, 2, 1 apart. */
static double sum_lanes(double *restrict lane)
{
    for (int d = LANES / 2; d >= 1; d /= 2)
        for (int k = 0; k < d; k++)
            lane[k] += lane[k + d];
    return lane[0];
}

/* The real parts (part 0) or imaginary parts (1) of the lanes. */
static double sum_parts(const double *lane, int part)
{
    double apart[LANES];

    for (int k = 0; k < LANES; k++)
        apart[k] = lane[2 * k + part];
    return sum_lanes(apart);
}

static void end_sum(vm_acc *acc, void *const *cell)
{
    *(double *)cell[0] = sum_lanes(acc->lane);
}

static void end_sum_complex(vm_acc *acc, void *const *cell)
{
    *(double *)cell[0] = sum_parts(acc->lane, 0);
    *(double *)cell[1] = sum_parts(acc->lane, 1);
}

static void end_prod(vm_acc *acc, void *const *cell)
{
    for (int d = LANES / 2; d >= 1; d /= 2)
        for (int k = 0; k < d; k++)
            acc->lane[k] *= acc->lane[k + d];
    *(double *)cell[0] = acc->lane[0];
}

NOT_VECTORISED static void end_prod_complex(vm_acc *acc, void *const *cell)
{
    for (int d = LANES / 2; d >= 1; d /= 2)
        for (int k = 0; k < d; k++) {
            double *a = acc->lane + 2 * k, *b = acc->lane + 2 * (k + d);
            double re = a[0] * b[0] - a[1] * b[1];
            a[1] = a[0] * b[1] + a[1] * b[0];
            a[0] = re;
        }
    *(double *)cell[0] = acc->lane[0];
    *(double *)cell[1] = acc->lane[1];
}

/* --- variance: lane[0..31] = s1, lane[32..63] = s2 --- */

static void begin_var(vm_acc *acc)
{
    begin_sum(acc);
    acc->shift = NAN;
    acc->count = 0;
}

/* Elements before the first finite one give the same s1 and s2 with any finite shift, so the
 * shift may be found blocks after them. */
#define ADD_VAR(S, T, LOAD) \
    static void fold_var_##S(double *lane, const T *x, int64_t n, double shift) \
    { \
        enum { PART = 4 * VD < LANES ? 4 * VD : LANES, REGS = PART / VD }; \
        for (int first = 0; first < LANES; first += PART) { \
            vd s1[REGS], s2[REGS]; \
            _Pragma("GCC unroll 4") for (int k = 0; k < REGS; k++) { \
                s1[k] = load_f64(lane + first + k * VD); \
                s2[k] = load_f64(lane + LANES + first + k * VD); \
            } \
            for (int64_t i = first; i < n; i += LANES) \
                _Pragma("GCC unroll 4") for (int k = 0; k < REGS; k++) { \
                    vd d = LOAD(x + i + k * VD) - shift; \
                    s1[k] += d; \
                    s2[k] += d * d; \
                } \
            _Pragma("GCC unroll 4") for (int k = 0; k < REGS; k++) { \
                store_f64(lane + first + k * VD, s1[k]); \
                store_f64(lane + LANES + first + k * VD, s2[k]); \
            } \
        } \
    } \
    static void add_var_##S(vm_acc *acc, const void *block, const int64_t *ix, int64_t n) \
    { \
        const T *x = block; \
        int64_t whole = n - n % LANES; \
        (void)ix; \
        for (int64_t i = 0; i < n && acc->shift != acc->shift; i++) \
            if (x[i] - x[i] == 0) \
                acc->shift = x[i]; \
        double shift = acc->shift != acc->shift ? 0 : acc->shift; \
        fold_var_##S(acc->lane, x, whole, shift); \
        for (int64_t i = whole; i < n; i++) { \
            double d = x[i] - shift; \
            acc->lane[i - whole] += d; \
            acc->lane[LANES + i - whole] += d * d; \
        } \
        acc->count += n; \
    }
ADD_VAR(f64, double, load_f64)
ADD_VAR(f32, float, load_f32)

static void end_var(vm_acc *acc, void *const *cell)
{
    double s1 = sum_lanes(acc->lane), s2 = sum_lanes(acc->lane + LANES);
    var_state v = var_close((double)acc->count, acc->shift, s1, s2);

    *(double *)cell[0] = v.n;
    *(double *)cell[1] = v.mean;
    *(double *)cell[2] = v.m2;
}

/* --- integers, bools --- */

static void begin_zero(vm_acc *acc)
{
    acc->value.u64 = 0;
}

static void begin_one(vm_acc *acc)
{
    acc->value.u64 = 1;
}

static void end_u64(vm_acc *acc, void *const *cell)
{
    *(uint64_t *)cell[0] = acc->value.u64;
}

static void end_bool(vm_acc *acc, void *const *cell)
{
    *(uint8_t *)cell[0] = (uint8_t)acc->value.u64;
}

#define FOLD_INTEGERS(name, T, expr) \
    static void add_##name(vm_acc *acc, const void *block, const int64_t *ix, int64_t n) \
    { \
        const T *x = block; \
        uint64_t r = acc->value.u64; \
        (void)ix; \
        for (int64_t i = 0; i < n; i++) \
            r = expr; \
        acc->value.u64 = r; \
    }
FOLD_INTEGERS(sum_i8, int8_t, r + (uint64_t)x[i])
FOLD_INTEGERS(sum_i16, int16_t, r + (uint64_t)x[i])
FOLD_INTEGERS(sum_i32, int32_t, r + (uint64_t)x[i])
FOLD_INTEGERS(sum_u8, uint8_t, r + x[i])
FOLD_INTEGERS(sum_u16, uint16_t, r + x[i])
FOLD_INTEGERS(sum_u32, uint32_t, r + x[i])
FOLD_INTEGERS(sum_u64, uint64_t, r + x[i])
FOLD_INTEGERS(prod_u64, uint64_t, r * x[i])
FOLD_INTEGERS(any, uint8_t, r | x[i])
FOLD_INTEGERS(all, uint8_t, r & x[i])

#define INTEGER_SUMS \
    [SHARR_BOOL] = {begin_zero, add_sum_u8, end_u64}, \
    [SHARR_INT8] = {begin_zero, add_sum_i8, end_u64}, \
    [SHARR_INT16] = {begin_zero, add_sum_i16, end_u64}, \
    [SHARR_INT32] = {begin_zero, add_sum_i32, end_u64}, \
    [SHARR_INT64] = {begin_zero, add_sum_u64, end_u64}, \
    [SHARR_UINT8] = {begin_zero, add_sum_u8, end_u64}, \
    [SHARR_UINT16] = {begin_zero, add_sum_u16, end_u64}, \
    [SHARR_UINT32] = {begin_zero, add_sum_u32, end_u64}, \
    [SHARR_UINT64] = {begin_zero, add_sum_u64, end_u64}

const vm_lanes_table VM_NAME(vm_lanes_sums) = {
    [ROP_SUM] = {INTEGER_SUMS,
                 [SHARR_FLOAT32] = {begin_sum, add_sum_f32, end_sum},
                 [SHARR_FLOAT64] = {begin_sum, add_sum_f64, end_sum},
                 [SHARR_COMPLEX64] = {begin_sum, add_sum_c64, end_sum_complex},
                 [SHARR_COMPLEX128] = {begin_sum, add_sum_c128, end_sum_complex}},
    [ROP_PROD] = {[SHARR_INT64] = {begin_one, add_prod_u64, end_u64},
                  [SHARR_UINT64] = {begin_one, add_prod_u64, end_u64},
                  [SHARR_FLOAT64] = {begin_prod, add_prod_f64, end_prod},
                  [SHARR_COMPLEX128] = {begin_prod_complex, add_prod_c128, end_prod_complex}},
    [ROP_VAR] = {[SHARR_FLOAT32] = {begin_var, add_var_f32, end_var},
                 [SHARR_FLOAT64] = {begin_var, add_var_f64, end_var}},
    [ROP_ANY] = {[SHARR_BOOL] = {begin_zero, add_any, end_bool}},
    [ROP_ALL] = {[SHARR_BOOL] = {begin_one, add_all, end_bool}},
};
