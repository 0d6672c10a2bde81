/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reduction states outside kernels.  Every loop is one arithmetic expression per
 * cell, over plain arrays; `merge` and `tree` share it through the cell stride of
 * the two operands.  Knows no programs, ranks or trees beyond one run of cells.
 */
#include "kernel/reduce.h"

#include <math.h>
#include <string.h>

/* --- fields --- */

int reduce_nfields(enum rop op, dtype t)
{
    switch (op) {
    case ROP_VAR:    return 3;
    case ROP_ARGMIN:
    case ROP_ARGMAX: return 2;
    case ROP_SUM:
    case ROP_PROD:   return dtype_kind(t) == KIND_COMPLEX ? 2 : 1;
    default:         return 1;
    }
}

int reduce_down_nfields(enum rop op, dtype t)
{
    return op == ROP_VAR ? 4 : reduce_nfields(op, t);
}

dtype reduce_field_type(enum rop op, dtype t, int field)
{
    switch (op) {
    case ROP_SUM:
    case ROP_PROD:
        return dtype_kind(t) == KIND_UINT ? SHARR_UINT64
            : dtype_kind(t) & (KIND_BOOL | KIND_INT) ? SHARR_INT64 : SHARR_FLOAT64;
    case ROP_VAR:    return SHARR_FLOAT64;
    case ROP_ANY:
    case ROP_ALL:    return SHARR_BOOL;
    case ROP_COUNT:  return SHARR_INT64;
    case ROP_ARGMIN:
    case ROP_ARGMAX: return field == 0 ? t : SHARR_INT64;
    default:         return t;
    }
}

size_t reduce_cell_bytes(enum rop op, dtype t)
{
    size_t bytes = 0;

    for (int f = 0; f < reduce_nfields(op, t); f++)
        bytes += dtype_size(reduce_field_type(op, t, f));
    return bytes;
}

/* --- identities --- */

/* The value that loses against every other: for min the largest. */
static scalar extreme(dtype t, bool largest)
{
    scalar v = {.bits = {0, 0}};
    int bits = 8 * (int)dtype_size(t);

    switch (dtype_kind(t)) {
    case KIND_BOOL:
        v.b = largest;
        break;
    case KIND_UINT:
        v.u64 = largest ? UINT64_MAX >> (64 - bits) : 0;
        break;
    case KIND_INT:
        v.u64 = largest ? UINT64_MAX >> (65 - bits) : UINT64_C(1) << (bits - 1);
        break;
    default:
        v.f64 = largest ? INFINITY : -INFINITY;
        return scalar_cast(v, SHARR_FLOAT64, t);
    }
    return v;
}

scalar reduce_identity(enum rop op, dtype t, int field)
{
    scalar v = {.bits = {0, 0}};
    dtype ft = reduce_field_type(op, t, field);

    switch (op) {
    case ROP_SUM:                               /* -0.0 + x is x, also for x = -0.0 */
        if (ft == SHARR_FLOAT64)
            v.f64 = -0.0;
        return v;
    case ROP_PROD:
        if (ft == SHARR_FLOAT64)
            v.f64 = field == 0;
        else
            v.u64 = 1;
        return v;
    case ROP_ALL:
        v.b = 1;
        return v;
    case ROP_MIN:
    case ROP_MAX:
    case ROP_ARGMIN:
    case ROP_ARGMAX:
        if (field == 0)
            return extreme(t, op == ROP_MIN || op == ROP_ARGMIN);
        v.i64 = -1;
        return v;
    default:
        return v;
    }
}

static void fill(void *cells, int64_t n, scalar v, size_t size)
{
    char *p = cells;

    for (int64_t i = 0; i < n; i++)
        memcpy(p + i * (int64_t)size, &v, size);
}

void reduce_init(enum rop op, dtype t, void *const *field, int64_t n)
{
    for (int f = 0; f < reduce_nfields(op, t); f++)
        fill(field[f], n, reduce_identity(op, t, f), dtype_size(reduce_field_type(op, t, f)));
}

void reduce_down_init(enum rop op, dtype t, void *const *field, int64_t n)
{
    const scalar zero = {.f64 = 0}, unset = {.f64 = NAN};

    if (op != ROP_VAR) {
        reduce_init(op, t, field, n);
        return;
    }
    for (int f = 0; f < 4; f++)
        fill(field[f], n, f == 1 ? unset : zero, sizeof(double));
}

void reduce_down_close(enum rop op, dtype t, void *const *down, void *const *closed, int64_t n)
{
    if (op != ROP_VAR) {
        for (int f = 0; f < reduce_nfields(op, t); f++)
            if (closed[f] != down[f])
                memmove(closed[f], down[f], (size_t)n * dtype_size(reduce_field_type(op, t, f)));
        return;
    }
    const double *count = down[0], *shift = down[1], *s1 = down[2], *s2 = down[3];
    double *cn = closed[0], *mean = closed[1], *m2 = closed[2];
    for (int64_t i = 0; i < n; i++) {
        var_state v = var_close(count[i], shift[i], s1[i], s2[i]);
        cn[i] = v.n;
        mean[i] = v.mean;
        m2[i] = v.m2;
    }
}

/* --- merging: cell i of o becomes merge(cell i * stride of a, of b) --- */

typedef struct merge_args {
    void *const *o, *const *a, *const *b;       /* fields */
    int64_t n, stride;
} merge_args;

#define MERGE(name, T, expr) \
    static void name(const merge_args *m) \
    { \
        T *o = m->o[0]; \
        const T *pa = m->a[0], *pb = m->b[0]; \
        for (int64_t i = 0; i < m->n; i++) { \
            T a = pa[i * m->stride], b = pb[i * m->stride]; \
            o[i] = expr; \
        } \
    }

/* -0 < +0: among equal floats the one with (min) or without (max) the sign. */
#define FMIN(a, b) (a != a ? a : a == b ? (signbit(a) ? a : b) : a < b ? a : b)
#define FMAX(a, b) (a != a ? a : a == b ? (signbit(a) ? b : a) : a > b ? a : b)

MERGE(sum_f64, double, a + b)
MERGE(sum_u64, uint64_t, a + b)
MERGE(prod_f64, double, a * b)
MERGE(prod_u64, uint64_t, a * b)
MERGE(any_u8, uint8_t, a | b)
MERGE(all_u8, uint8_t, a & b)
MERGE(min_f32, float, FMIN(a, b))
MERGE(max_f32, float, FMAX(a, b))
MERGE(min_f64, double, FMIN(a, b))
MERGE(max_f64, double, FMAX(a, b))

#define MERGE_INT(T, S) \
    MERGE(min_##S, T, a < b ? a : b) \
    MERGE(max_##S, T, a > b ? a : b)

MERGE_INT(int8_t, i8)
MERGE_INT(int16_t, i16)
MERGE_INT(int32_t, i32)
MERGE_INT(int64_t, i64)
MERGE_INT(uint8_t, u8)
MERGE_INT(uint16_t, u16)
MERGE_INT(uint32_t, u32)
MERGE_INT(uint64_t, u64)

/* argmin: b replaces a if it is an element and a is none, or its value is better, or the values
 * tie and its index is lower.  A NaN is better than any number and ties with a NaN. */
#define MERGE_ARG(name, T, BEATS) \
    static void name(const merge_args *m) \
    { \
        T *o = m->o[0]; \
        int64_t *oi = m->o[1]; \
        const T *pa = m->a[0], *pb = m->b[0]; \
        const int64_t *ia = m->a[1], *ib = m->b[1]; \
        for (int64_t i = 0; i < m->n; i++) { \
            T a = pa[i * m->stride], b = pb[i * m->stride]; \
            int64_t ja = ia[i * m->stride], jb = ib[i * m->stride]; \
            bool nan_a = a != a, nan_b = b != b; \
            bool better = (nan_b && !nan_a) || (!nan_a && b BEATS a); \
            bool tie = a == b || (nan_a && nan_b); \
            bool take = jb >= 0 && (ja < 0 || better || (tie && jb < ja)); \
            o[i] = take ? b : a; \
            oi[i] = take ? jb : ja; \
        } \
    }

#define MERGE_ARGS(T, S) \
    MERGE_ARG(argmin_##S, T, <) \
    MERGE_ARG(argmax_##S, T, >)

MERGE_ARGS(int8_t, i8)
MERGE_ARGS(int16_t, i16)
MERGE_ARGS(int32_t, i32)
MERGE_ARGS(int64_t, i64)
MERGE_ARGS(uint8_t, u8)
MERGE_ARGS(uint16_t, u16)
MERGE_ARGS(uint32_t, u32)
MERGE_ARGS(uint64_t, u64)
MERGE_ARGS(float, f32)
MERGE_ARGS(double, f64)

static void prod_complex(const merge_args *m)
{
    double *re = m->o[0], *im = m->o[1];
    const double *are = m->a[0], *aim = m->a[1], *bre = m->b[0], *bim = m->b[1];

    for (int64_t i = 0; i < m->n; i++) {
        int64_t k = i * m->stride;
        double x = are[k], y = aim[k], u = bre[k], v = bim[k];
        re[i] = x * u - y * v;
        im[i] = x * v + y * u;
    }
}

static void sum_complex(const merge_args *m)
{
    merge_args part = *m;

    sum_f64(&part);
    part.o++;
    part.a++;
    part.b++;
    sum_f64(&part);
}

/* Chan, Golub, LeVeque 1983: combine (n, mean, M2) of two disjoint sets. */
static void merge_var(const merge_args *m)
{
    double *n = m->o[0], *mean = m->o[1], *m2 = m->o[2];
    const double *na = m->a[0], *ma = m->a[1], *qa = m->a[2];
    const double *nb = m->b[0], *mb = m->b[1], *qb = m->b[2];

    for (int64_t i = 0; i < m->n; i++) {
        int64_t k = i * m->stride;
        double n1 = na[k], n2 = nb[k], m1 = ma[k], mm2 = mb[k], q1 = qa[k], q2 = qb[k];
        double total = n1 + n2;
        double share = n2 / (total == 0 ? 1 : total);
        double d = mm2 - m1;
        double mu = m1 + d * share;
        double q = (q1 + q2) + d * d * (n1 * share);
        n[i] = total;
        mean[i] = n1 == 0 ? mm2 : n2 == 0 ? m1 : mu;
        m2[i] = n1 == 0 ? q2 : n2 == 0 ? q1 : q;
    }
}

typedef void merge_fn(const merge_args *);

#define BY_TYPE(op) { \
    [SHARR_BOOL] = op##_u8, [SHARR_INT8] = op##_i8, [SHARR_INT16] = op##_i16, \
    [SHARR_INT32] = op##_i32, [SHARR_INT64] = op##_i64, [SHARR_UINT8] = op##_u8, \
    [SHARR_UINT16] = op##_u16, [SHARR_UINT32] = op##_u32, [SHARR_UINT64] = op##_u64, \
    [SHARR_FLOAT32] = op##_f32, [SHARR_FLOAT64] = op##_f64 }

static merge_fn *merge_of(enum rop op, dtype t)
{
    static merge_fn *const by_type[ROP_NROPS][SHARR_NDTYPES] = {
        [ROP_MIN] = BY_TYPE(min), [ROP_MAX] = BY_TYPE(max),
        [ROP_ARGMIN] = BY_TYPE(argmin), [ROP_ARGMAX] = BY_TYPE(argmax),
    };
    bool complex = dtype_kind(t) == KIND_COMPLEX;
    bool integer = reduce_field_type(op, t, 0) != SHARR_FLOAT64;

    switch (op) {
    case ROP_SUM:   return complex ? sum_complex : integer ? sum_u64 : sum_f64;
    case ROP_PROD:  return complex ? prod_complex : integer ? prod_u64 : prod_f64;
    case ROP_VAR:   return merge_var;
    case ROP_ANY:   return any_u8;
    case ROP_ALL:   return all_u8;
    case ROP_COUNT: return sum_u64;
    default:        return by_type[op][t];
    }
}

void reduce_merge(enum rop op, dtype t, void *const *a, void *const *b, int64_t n)
{
    merge_args m = {a, a, b, n, 1};

    merge_of(op, t)(&m);
}

void reduce_tree(enum rop op, dtype t, void *const *field, int64_t cells)
{
    merge_fn *merge = merge_of(op, t);
    int nfields = reduce_nfields(op, t);
    size_t size[REDUCE_MAX_FIELDS];
    void *next[REDUCE_MAX_FIELDS];

    for (int f = 0; f < nfields; f++) {
        size[f] = dtype_size(reduce_field_type(op, t, f));
        next[f] = (char *)field[f] + size[f];
    }
    while (cells > 1) {                         /* cell i is written after 2i and 2i + 1 are read */
        int64_t pairs = cells / 2;
        merge_args m = {field, field, next, pairs, 2};
        merge(&m);
        if (cells % 2)
            for (int f = 0; f < nfields; f++) {
                char *p = field[f];
                memcpy(p + pairs * (int64_t)size[f], p + (cells - 1) * (int64_t)size[f], size[f]);
            }
        cells = pairs + cells % 2;
    }
}

/* --- results --- */

static scalar get(const void *cells, int64_t i, dtype t)
{
    scalar v = {.bits = {0, 0}};
    size_t size = dtype_size(t);

    memcpy(&v, (const char *)cells + i * (int64_t)size, size);
    return v;
}

/* The state as one value of type *t. */
static scalar state_value(enum rop op, dtype in, void *const *field, int64_t i, dtype *t)
{
    bool two = (op == ROP_SUM || op == ROP_PROD) && dtype_kind(in) == KIND_COMPLEX;
    int f = rop_is_arg(op) ? 1 : 0;

    *t = reduce_field_type(op, in, f);
    scalar v = get(field[f], i, *t);
    if (two) {
        v.c128[1] = get(field[1], i, SHARR_FLOAT64).f64;
        *t = SHARR_COMPLEX128;
    }
    return v;
}

static scalar mean_of(scalar v, double count, dtype *t)
{
    dtype wide = *t == SHARR_COMPLEX128 ? SHARR_COMPLEX128 : SHARR_FLOAT64;
    scalar r = scalar_cast(v, *t, wide);

    r.c128[0] /= count;                         /* c128[0] and f64 are the same bytes */
    if (wide == SHARR_COMPLEX128)
        r.c128[1] /= count;
    *t = wide;
    return r;
}

static double variance(void *const *field, int64_t i, const rfinish *f)
{
    double divisor = ((const double *)field[0])[i] - f->correction;
    double v = divisor > 0 ? ((const double *)field[2])[i] / divisor : NAN;

    return f->what == RFINAL_STD ? sqrt(v) : v;
}

/* The identity of a sum is -0.0; the sum of nothing is +0.0. */
static scalar positive_zero(scalar v, dtype t)
{
    if (t == SHARR_FLOAT64 || t == SHARR_COMPLEX128)
        v.c128[0] += 0.0;
    if (t == SHARR_COMPLEX128)
        v.c128[1] += 0.0;
    return v;
}

static double quiet_f64(double x)
{
    return x != x ? NAN : x;
}

static float quiet_f32(float x)
{
    return x != x ? NAN : x;
}

static scalar quiet(scalar v, dtype t)
{
    switch (t) {
    case SHARR_FLOAT32:
        v.f32 = quiet_f32(v.f32);
        break;
    case SHARR_FLOAT64:
        v.f64 = quiet_f64(v.f64);
        break;
    case SHARR_COMPLEX64:
        v.c64[0] = quiet_f32(v.c64[0]);
        v.c64[1] = quiet_f32(v.c64[1]);
        break;
    case SHARR_COMPLEX128:
        v.c128[0] = quiet_f64(v.c128[0]);
        v.c128[1] = quiet_f64(v.c128[1]);
        break;
    default:
        break;
    }
    return v;
}

void reduce_finish(enum rop op, dtype t, const rfinish *f, void *const *field, int64_t n, void *out)
{
    size_t size = dtype_size(f->out);

    for (int64_t i = 0; i < n; i++) {
        dtype vt = SHARR_FLOAT64;
        scalar v = {.bits = {0, 0}};
        if (f->what == RFINAL_VAR || f->what == RFINAL_STD)
            v.f64 = variance(field, i, f);
        else if (f->what == RFINAL_MEAN)
            v = mean_of(state_value(op, t, field, i, &vt), f->count, &vt);
        else
            v = state_value(op, t, field, i, &vt);
        if (f->count == 0 && op == ROP_SUM)
            v = positive_zero(v, vt);
        v = quiet(scalar_cast(v, vt, f->out), f->out);
        memcpy((char *)out + i * (int64_t)size, &v, size);
    }
}
