/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Element types: one table row per type, promotion as NumPy 2 (NEP 50 for weak
 * scalars), and the cast of one element.  The casts here are written plainly, one
 * element at a time; the block interpreter has its own loops and is tested
 * against these.  Pure.
 */
#include "array/dtype.h"

#include <math.h>
#include <string.h>

typedef struct dtype_row {
    const char *name;
    uint8_t size;
    uint8_t kind;
    uint8_t real;
} dtype_row;

static const dtype_row rows[SHARR_NDTYPES] = {
    [SHARR_BOOL]       = {"bool",       1,  KIND_BOOL,    SHARR_BOOL},
    [SHARR_INT8]       = {"int8",       1,  KIND_INT,     SHARR_INT8},
    [SHARR_INT16]      = {"int16",      2,  KIND_INT,     SHARR_INT16},
    [SHARR_INT32]      = {"int32",      4,  KIND_INT,     SHARR_INT32},
    [SHARR_INT64]      = {"int64",      8,  KIND_INT,     SHARR_INT64},
    [SHARR_UINT8]      = {"uint8",      1,  KIND_UINT,    SHARR_UINT8},
    [SHARR_UINT16]     = {"uint16",     2,  KIND_UINT,    SHARR_UINT16},
    [SHARR_UINT32]     = {"uint32",     4,  KIND_UINT,    SHARR_UINT32},
    [SHARR_UINT64]     = {"uint64",     8,  KIND_UINT,    SHARR_UINT64},
    [SHARR_FLOAT32]    = {"float32",    4,  KIND_FLOAT,   SHARR_FLOAT32},
    [SHARR_FLOAT64]    = {"float64",    8,  KIND_FLOAT,   SHARR_FLOAT64},
    [SHARR_COMPLEX64]  = {"complex64",  8,  KIND_COMPLEX, SHARR_FLOAT32},
    [SHARR_COMPLEX128] = {"complex128", 16, KIND_COMPLEX, SHARR_FLOAT64},
};

size_t dtype_size(dtype t)
{
    return rows[t].size;
}

const char *dtype_name(dtype t)
{
    return rows[t].name;
}

enum dtype_kind dtype_kind(dtype t)
{
    return (enum dtype_kind)rows[t].kind;
}

dtype dtype_real(dtype t)
{
    return (dtype)rows[t].real;
}

bool dtype_from_name(const char *name, size_t len, dtype *out)
{
    if (len == 5 && memcmp(name, "bool_", 5) == 0)
        len = 4;
    for (int t = 0; t < SHARR_NDTYPES; t++) {
        if (strlen(rows[t].name) == len && memcmp(rows[t].name, name, len) == 0) {
            *out = (dtype)t;
            return true;
        }
    }
    return false;
}

/* --- promotion --- */

static dtype int_of_size(size_t size)
{
    return size == 1 ? SHARR_INT8 : size == 2 ? SHARR_INT16 : size == 4 ? SHARR_INT32 : SHARR_INT64;
}

static dtype promote_integers(dtype a, dtype b)
{
    size_t sa = dtype_size(a), sb = dtype_size(b);

    if (dtype_kind(a) == dtype_kind(b))
        return sa >= sb ? a : b;
    if (dtype_kind(a) == KIND_UINT) {
        dtype t = a;
        a = b;
        b = t;
        sa = dtype_size(a);
        sb = dtype_size(b);
    }
    if (sb < sa)                                /* a is the signed one */
        return a;
    return sb == 8 ? SHARR_FLOAT64 : int_of_size(2 * sb);
}

/* The float type that holds `t` beside a float32: integers of 8 and 16 bits fit in it. */
static dtype float_for(dtype t)
{
    if (dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX))
        return dtype_real(t);
    return dtype_size(t) <= 2 ? SHARR_FLOAT32 : SHARR_FLOAT64;
}

dtype dtype_promote(dtype a, dtype b)
{
    enum dtype_kind ka = dtype_kind(a), kb = dtype_kind(b);

    if (a == b || kb == KIND_BOOL)
        return a;
    if (ka == KIND_BOOL)
        return b;
    if ((ka & KIND_INTEGER) && (kb & KIND_INTEGER))
        return promote_integers(a, b);
    bool wide = float_for(a) == SHARR_FLOAT64 || float_for(b) == SHARR_FLOAT64;
    if ((ka | kb) & KIND_COMPLEX)
        return wide ? SHARR_COMPLEX128 : SHARR_COMPLEX64;
    return wide ? SHARR_FLOAT64 : SHARR_FLOAT32;
}

dtype dtype_of_weak(enum dtype_kind weak)
{
    switch (weak) {
    case KIND_BOOL:    return SHARR_BOOL;
    case KIND_FLOAT:   return SHARR_FLOAT64;
    case KIND_COMPLEX: return SHARR_COMPLEX128;
    default:           return SHARR_INT64;
    }
}

dtype dtype_promote_weak(dtype strong, enum dtype_kind weak)
{
    enum dtype_kind kind = dtype_kind(strong);

    if (weak == KIND_BOOL)
        return strong;
    if (weak & KIND_INTEGER)
        return kind == KIND_BOOL ? SHARR_INT64 : strong;
    if (weak == KIND_FLOAT)
        return kind & (KIND_FLOAT | KIND_COMPLEX) ? strong : SHARR_FLOAT64;
    if (kind == KIND_COMPLEX)
        return strong;
    return strong == SHARR_FLOAT32 ? SHARR_COMPLEX64 : SHARR_COMPLEX128;
}

/* --- casting one element --- */

/* A value on its way: exactly one of the three forms, by `kind`. */
typedef struct wide {
    enum dtype_kind kind;                       /* KIND_INT: i, KIND_UINT: u, KIND_FLOAT: f */
    int64_t i;
    uint64_t u;
    double f, im;
} wide;

static wide widen(scalar v, dtype from)
{
    wide w = {KIND_INT, 0, 0, 0, 0};

    switch (from) {
    case SHARR_BOOL:       w.i = v.b != 0; break;
    case SHARR_INT8:       w.i = v.i8; break;
    case SHARR_INT16:      w.i = v.i16; break;
    case SHARR_INT32:      w.i = v.i32; break;
    case SHARR_INT64:      w.i = v.i64; break;
    case SHARR_UINT8:      w.i = v.u8; break;
    case SHARR_UINT16:     w.i = v.u16; break;
    case SHARR_UINT32:     w.i = v.u32; break;
    case SHARR_UINT64:     w.kind = KIND_UINT; w.u = v.u64; break;
    case SHARR_FLOAT32:    w.kind = KIND_FLOAT; w.f = v.f32; break;
    case SHARR_FLOAT64:    w.kind = KIND_FLOAT; w.f = v.f64; break;
    case SHARR_COMPLEX64:  w.kind = KIND_FLOAT; w.f = v.c64[0]; w.im = v.c64[1]; break;
    case SHARR_COMPLEX128: w.kind = KIND_FLOAT; w.f = v.c128[0]; w.im = v.c128[1]; break;
    case SHARR_NDTYPES:    break;
    }
    return w;
}

/* Truncate and saturate at the target's own limits; NaN gives 0. */
static uint64_t float_to_integer(double f, dtype to)
{
    int bits = 8 * (int)dtype_size(to);

    if (isnan(f))
        return 0;
    if (dtype_kind(to) == KIND_UINT) {
        if (f <= 0)
            return 0;
        return f >= ldexp(1, bits) ? UINT64_MAX >> (64 - bits) : (uint64_t)f;
    }
    double limit = ldexp(1, bits - 1);
    if (f >= limit)
        return UINT64_MAX >> (65 - bits);
    if (f < -limit)
        return (uint64_t)INT64_MIN >> (64 - bits);
    return (uint64_t)(int64_t)f;
}

static uint64_t to_integer(const wide *w, dtype to)
{
    if (w->kind == KIND_FLOAT)
        return float_to_integer(w->f, to);
    return w->kind == KIND_UINT ? w->u : (uint64_t)w->i;
}

static bool to_bool(const wide *w)
{
    if (w->kind == KIND_FLOAT)
        return w->f != 0 || w->im != 0;
    return w->kind == KIND_UINT ? w->u != 0 : w->i != 0;
}

static double to_double(const wide *w)
{
    return w->kind == KIND_FLOAT ? w->f : w->kind == KIND_UINT ? (double)w->u : (double)w->i;
}

/* One rounding: not through double, which would round a 64-bit integer twice. */
static float to_float(const wide *w)
{
    return w->kind == KIND_FLOAT ? (float)w->f : w->kind == KIND_UINT ? (float)w->u : (float)w->i;
}

scalar scalar_cast(scalar v, dtype from, dtype to)
{
    scalar r = {.bits = {0, 0}};
    wide w = widen(v, from);

    if (from == to)
        memcpy(&r, &v, dtype_size(to));         /* keeps the payload of a NaN */
    else if (to == SHARR_BOOL)
        r.b = to_bool(&w);
    else if (to == SHARR_FLOAT32)
        r.f32 = to_float(&w);
    else if (to == SHARR_FLOAT64)
        r.f64 = to_double(&w);
    else if (to == SHARR_COMPLEX64) {
        r.c64[0] = to_float(&w);
        r.c64[1] = (float)w.im;
    } else if (to == SHARR_COMPLEX128) {
        r.c128[0] = to_double(&w);
        r.c128[1] = w.im;
    } else {
        r.bits[0] = to_integer(&w, to);
        if (dtype_size(to) < 8)
            r.bits[0] &= (UINT64_C(1) << (8 * dtype_size(to))) - 1;
    }
    return r;
}

bool scalar_int_fits(__int128 v, dtype t)
{
    int bits = 8 * (int)dtype_size(t);

    switch (dtype_kind(t)) {
    case KIND_BOOL: return v == 0 || v == 1;
    case KIND_UINT: return v >= 0 && v < ((__int128)1 << bits);
    case KIND_INT:  return v >= -((__int128)1 << (bits - 1)) && v < ((__int128)1 << (bits - 1));
    default:        return true;
    }
}
