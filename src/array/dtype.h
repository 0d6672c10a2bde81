/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Element types: sizes, names, kinds, promotion.  Pure.
 */
#ifndef ARRAY_DTYPE_H
#define ARRAY_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sharr/types.h"

typedef enum sharr_dtype dtype;

enum dtype_kind { KIND_BOOL = 1, KIND_INT = 2, KIND_UINT = 4, KIND_FLOAT = 8, KIND_COMPLEX = 16 };
enum {
    KIND_INTEGER = KIND_INT | KIND_UINT,
    KIND_REAL = KIND_INTEGER | KIND_FLOAT,
    KIND_NUMBER = KIND_REAL | KIND_COMPLEX,
    KIND_ANY = KIND_NUMBER | KIND_BOOL
};

/* One element of any type, read through the member of its dtype. */
typedef union scalar {
    uint8_t b;              /* SHARR_BOOL */
    int8_t i8; int16_t i16; int32_t i32; int64_t i64;
    uint8_t u8; uint16_t u16; uint32_t u32; uint64_t u64;
    float f32; double f64;
    float c64[2]; double c128[2];
    uint64_t bits[2];
} scalar;

size_t dtype_size(dtype t);             /* bytes of one element: 1 2 4 8 16 */
const char *dtype_name(dtype t);        /* "float32" */
bool dtype_from_name(const char *name, size_t len, dtype *out);   /* also "bool", "bool_" */
enum dtype_kind dtype_kind(dtype t);
dtype dtype_real(dtype t);              /* complex64 -> float32; others unchanged */

/* NumPy 2 promotion of two strong types (int64 + uint64 = float64). */
dtype dtype_promote(dtype a, dtype b);
/* A weak scalar of kind `weak` (KIND_BOOL, KIND_INT, KIND_FLOAT, KIND_COMPLEX) with a strong type. */
dtype dtype_promote_weak(dtype strong, enum dtype_kind weak);
/* The type that a weak scalar has on its own: bool, int64, float64, complex128. */
dtype dtype_of_weak(enum dtype_kind weak);

/* Convert one element with the rules of a cast in an expression: float -> int truncates and
 * saturates, NaN -> 0; integers wrap; number -> bool is != 0; complex -> real drops im. */
scalar scalar_cast(scalar v, dtype from, dtype to);
/* Is `v` representable in `t`: integers only, used for weak literals (300 with uint8: no). */
bool scalar_int_fits(__int128 v, dtype t);

#endif
