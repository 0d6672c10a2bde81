/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See kop_ref.h.
 */
#include "kernel/kop_ref.h"

#include "kernel/cmath_reference.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef __int128 wide;

/* --- integers --- */

static wide get_int(scalar v, dtype t)
{
    return dtype_kind(t) == KIND_INT ? (wide)scalar_cast(v, t, SHARR_INT64).i64
                                     : (wide)scalar_cast(v, t, SHARR_UINT64).u64;
}

static scalar put_int(wide x, dtype t)
{
    scalar v = {.bits = {0, 0}};

    v.u64 = (uint64_t)x;
    if (dtype_size(t) < 8)
        v.u64 &= (UINT64_C(1) << (8 * dtype_size(t))) - 1;
    return v;
}

static scalar put_bool(bool x)
{
    scalar v = {.bits = {x, 0}};

    return v;
}

static wide floordiv(wide x, wide y)
{
    if (y == 0)
        return 0;
    wide q = x / y;
    return q * y != x && (x < 0) != (y < 0) ? q - 1 : q;
}

static wide power(wide x, wide e)
{
    uint64_t r = 1;

    if (e < 0)
        return x == 1 ? 1 : x == -1 ? (e % 2 ? -1 : 1) : 0;
    for (uint64_t base = (uint64_t)x; e > 0; e /= 2) {
        if (e % 2)
            r *= base;
        base *= base;
    }
    return (wide)r;
}

static wide shift_right(wide x, wide n, int bits)
{
    if (n < 0 || n >= bits)
        return x < 0 ? -1 : 0;
    return x >> n;
}

/* Philox4x32-10, word by word as in the paper. */
static uint64_t philox(uint64_t counter, uint64_t stream, uint64_t key)
{
    uint32_t c[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)};
    uint32_t k[2] = {(uint32_t)key, (uint32_t)(key >> 32)};

    for (int round = 0; round < 10; round++, k[0] += 0x9E3779B9, k[1] += 0xBB67AE85) {
        uint64_t a = (uint64_t)0xD2511F53 * c[0], b = (uint64_t)0xCD9E8D57 * c[2];
        uint32_t high0 = (uint32_t)(b >> 32) ^ c[1] ^ k[0], high2 = (uint32_t)(a >> 32) ^ c[3] ^ k[1];
        c[0] = high0;
        c[1] = (uint32_t)b;
        c[2] = high2;
        c[3] = (uint32_t)a;
    }
    return c[0] | (uint64_t)c[1] << 32;
}

static uint64_t philox_below(uint64_t counter, uint64_t key, uint64_t n)
{
    unsigned __int128 low = (unsigned __int128)philox(counter, 1, key) * n >> 64;
    return (uint64_t)(((unsigned __int128)philox(counter, 0, key) * n + low) >> 64);
}

static scalar int_op(enum kop op, dtype t, scalar a, scalar b, scalar c)
{
    wide x = get_int(a, t), y = get_int(b, t);
    int bits = 8 * (int)dtype_size(t);

    switch (op) {
    case KOP_add:      return put_int(x + y, t);
    case KOP_sub:      return put_int(x - y, t);
    case KOP_mul:      return put_int((wide)((uint64_t)x * (uint64_t)y), t);
    case KOP_floordiv: return put_int(floordiv(x, y), t);
    case KOP_rem:      return put_int(y == 0 ? 0 : x - floordiv(x, y) * y, t);
    case KOP_pow:      return put_int(power(x, y), t);
    case KOP_neg:      return put_int(-x, t);
    case KOP_abs:      return put_int(x < 0 ? -x : x, t);
    case KOP_eq:       return put_bool(x == y);
    case KOP_ne:       return put_bool(x != y);
    case KOP_lt:       return put_bool(x < y);
    case KOP_le:       return put_bool(x <= y);
    case KOP_gt:       return put_bool(x > y);
    case KOP_ge:       return put_bool(x >= y);
    case KOP_and:      return put_int(x & y, t);
    case KOP_or:       return put_int(x | y, t);
    case KOP_xor:      return put_int(x ^ y, t);
    case KOP_not:      return put_int(t == SHARR_BOOL ? !x : ~x, t);
    case KOP_shl:      return put_int(y < 0 || y >= bits ? 0 : (wide)((uint64_t)x << y), t);
    case KOP_shr:      return put_int(shift_right(x, y, bits), t);
    case KOP_min:      return put_int(x < y ? x : y, t);
    case KOP_max:      return put_int(x > y ? x : y, t);
    case KOP_mulhi:    return put_int((wide)((unsigned __int128)x * (unsigned __int128)y >> bits), t);
    case KOP_philox:   return put_int((wide)philox((uint64_t)x, (uint64_t)y, (uint64_t)get_int(c, t)), t);
    case KOP_philox_below: return put_int((wide)philox_below((uint64_t)x, (uint64_t)y, (uint64_t)get_int(c, t)), t);
    case KOP_sign:     return put_int((x > 0) - (x < 0), t);
    default:           return put_int(0, t);
    }
}

/* --- floats: in double, rounded once more where that is exact for float32 --- */

static long double function(enum kop op, long double x, long double y)
{
    switch (op) {
    case KOP_exp:   return expl(x);
    case KOP_log:   return logl(x);
    case KOP_sin:   return sinl(x);
    case KOP_cos:   return cosl(x);
    case KOP_tan:   return tanl(x);
    case KOP_tanh:  return tanhl(x);
    case KOP_expm1: return expm1l(x);
    case KOP_log1p: return log1pl(x);
    case KOP_log2: return log2l(x);
    case KOP_log10: return log10l(x);
    case KOP_exp2: return exp2l(x);
    case KOP_cbrt: return cbrtl(x);
    case KOP_sinh: return sinhl(x);
    case KOP_cosh: return coshl(x);
    case KOP_asinh: return asinhl(x);
    case KOP_acosh: return acoshl(x);
    case KOP_atanh: return atanhl(x);
    case KOP_asin: return asinl(x);
    case KOP_acos: return acosl(x);
    case KOP_atan: return atanl(x);
    case KOP_erf: return erfl(x);
    case KOP_atan2: return atan2l(x, y);
    case KOP_pow:   return isinf(x) ? pow((double)x, (double)y) : powl(x, y); /* powl(-inf, -2^63) is wrong */
    case KOP_hypot: return hypotl(x, y);
    default:        return 0;
    }
}

static double smaller(double x, double y)
{
    return isnan(x) || isnan(y) ? NAN : x == y ? (signbit(x) ? x : y) : x < y ? x : y;
}

static double larger(double x, double y)
{
    return isnan(x) || isnan(y) ? NAN : x == y ? (signbit(x) ? y : x) : x > y ? x : y;
}

/* As Python's float %: the sign of the divisor. */
static double remainder_of(double x, double y, bool single)
{
    double r = fmod(x, y);

    if (r == 0)
        return copysign(0, y);
    if ((r < 0) == (y < 0))
        return r;
    return single ? (float)r + (float)y : r + y;
}

static double quotient_of(double x, double y, bool single)
{
    if (!isfinite(x) || !isfinite(y) || y == 0)
        return x / y;
    double r = fmod(x, y);
    double q = single ? (float)((float)(x - r) / (float)y) : (x - r) / y;
    if (r != 0 && (r < 0) != (y < 0))
        q -= 1;
    if (q == 0)
        return copysign(0, x / y);
    double whole = floor(q);
    return q - whole > 0.5 ? whole + 1 : whole;
}

static bool float_compare(enum kop op, double x, double y)
{
    switch (op) {
    case KOP_eq: return x == y;
    case KOP_ne: return x != y;
    case KOP_lt: return x < y;
    case KOP_le: return x <= y;
    case KOP_gt: return x > y;
    case KOP_ge: return x >= y;
    case KOP_isnan: return isnan(x);
    case KOP_isinf: return isinf(x);
    case KOP_signbit: return signbit(x);
    default: return isfinite(x);
    }
}

static double float_op(enum kop op, double x, double y, bool single)
{
    switch (op) {
    case KOP_add:   return single ? (float)x + (float)y : x + y;
    case KOP_sub:   return single ? (float)x - (float)y : x - y;
    case KOP_mul:   return single ? (float)x * (float)y : x * y;
    case KOP_div:   return single ? (float)x / (float)y : x / y;
    case KOP_sqrt:  return single ? sqrtf((float)x) : sqrt(x);
    case KOP_floordiv: return quotient_of(x, y, single);
    case KOP_rem:   return remainder_of(x, y, single);
    case KOP_neg:   return -x;
    case KOP_abs:   return fabs(x);
    case KOP_min:   return smaller(x, y);
    case KOP_max:   return larger(x, y);
    case KOP_floor: return floor(x);
    case KOP_ceil:  return ceil(x);
    case KOP_trunc: return trunc(x);
    case KOP_round: return rint(x);
    case KOP_sign:  return isnan(x) ? x : (x > 0) - (x < 0);
    case KOP_quiet: return isnan(x) ? NAN : x;
    case KOP_nextafter: return single ? nextafterf((float)x, (float)y) : nextafter(x, y);
    default:        return single ? (float)function(op, x, y) : (double)function(op, x, y);
    }
}

/* --- complex --- */

static scalar put_complex(double re, double im, dtype t)
{
    scalar v = {.bits = {0, 0}};

    v.c128[0] = re;
    v.c128[1] = im;
    return scalar_cast(v, SHARR_COMPLEX128, t);
}

#define PARTS(T) T u = (T)x[0], v = (T)x[1], p = (T)y[0], q = (T)y[1]
#define PRODUCT(T, name) \
    static scalar name(const double *x, const double *y, dtype t) \
    { \
        PARTS(T); \
        return put_complex(u * p - v * q, u * q + v * p, t); \
    }
#define QUOTIENT(T, name) \
    static scalar name(const double *x, const double *y, dtype t) \
    { \
        PARTS(T); \
        if (p == 0 && q == 0) \
            return put_complex(u / (T)0, v / (T)0, t); \
        if (fabs(p) >= fabs(q)) { \
            T r = q / p, d = p + q * r; \
            return put_complex((u + v * r) / d, (v - u * r) / d, t); \
        } \
        T r = p / q, d = p * r + q; \
        return put_complex((u * r + v) / d, (v * r - u) / d, t); \
    }
PRODUCT(float, product_f32)
PRODUCT(double, product_f64)
QUOTIENT(float, quotient_f32)
QUOTIENT(double, quotient_f64)

static scalar complex_op(enum kop op, dtype t, scalar a, scalar b)
{
    scalar x = scalar_cast(a, t, SHARR_COMPLEX128), y = scalar_cast(b, t, SHARR_COMPLEX128);
    bool single = t == SHARR_COMPLEX64;
    double re = x.c128[0], im = x.c128[1], r[2];

    switch (op) {
    case KOP_eq:   return put_bool(re == y.c128[0] && im == y.c128[1]);
    case KOP_ne:   return put_bool(re != y.c128[0] || im != y.c128[1]);
    case KOP_mul:  return (single ? product_f32 : product_f64)(x.c128, y.c128, t);
    case KOP_div:  return (single ? quotient_f32 : quotient_f64)(x.c128, y.c128, t);
    case KOP_conj: return put_complex(re, -im, t);
    case KOP_real: return scalar_cast(put_complex(re, 0, SHARR_COMPLEX128), SHARR_COMPLEX128,
                                      dtype_real(t));
    case KOP_imag: return scalar_cast(put_complex(im, 0, SHARR_COMPLEX128), SHARR_COMPLEX128,
                                      dtype_real(t));
    default:
        if (ref_ulps(op, t)) {
            long double f[2];
            cmath_reference(op, x.c128, y.c128, f);
            return put_complex((double)f[0], (double)f[1], t);
        }
        r[0] = float_op(op, re, y.c128[0], single);
        r[1] = float_op(op, im, y.c128[1], single);
        return put_complex(r[0], r[1], t);
    }
}

scalar ref_op(enum kop op, dtype t, scalar a, scalar b, scalar c)
{
    scalar v = {.bits = {0, 0}};

    if (op == KOP_select) {
        memcpy(&v, a.b ? &b : &c, dtype_size(t));
        return v;
    }
    if (dtype_kind(t) == KIND_COMPLEX)
        return complex_op(op, t, a, b);
    if (dtype_kind(t) != KIND_FLOAT)
        return int_op(op, t, a, b, c);
    double x = scalar_cast(a, t, SHARR_FLOAT64).f64, y = scalar_cast(b, t, SHARR_FLOAT64).f64;
    if (kop_result_type(op, t) == SHARR_BOOL)
        return put_bool(float_compare(op, x, y));
    v.f64 = float_op(op, x, y, t == SHARR_FLOAT32);
    return scalar_cast(v, SHARR_FLOAT64, t);
}

int ref_ulps(enum kop op, dtype t)
{
    if (dtype_kind(t) == KIND_COMPLEX && (op == KOP_sqrt || op == KOP_sign))
        return 8;
    if (dtype_kind(t) == KIND_COMPLEX && op == KOP_pow)
        return 3000;                    /* a few for each unit of the logarithm of the result */
    if (!(dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX)))
        return 0;
    switch (op) {
    case KOP_exp: case KOP_log: case KOP_sin: case KOP_cos: case KOP_tan: case KOP_tanh:
    case KOP_pow: case KOP_hypot: case KOP_expm1 ... KOP_atan2:
        return dtype_kind(t) == KIND_COMPLEX ? 8 : 2;
    default:
        return 0;
    }
}

/* --- comparing and printing --- */

scalar ref_get(const void *p, dtype t)
{
    scalar v = {.bits = {0, 0}};

    memcpy(&v, p, dtype_size(t));
    return v;
}

static bool same_f64(double x, double y)
{
    return (isnan(x) && isnan(y)) || memcmp(&x, &y, sizeof x) == 0;
}

bool ref_same(scalar a, scalar b, dtype t)
{
    if (!(dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX)))
        return memcmp(&a, &b, dtype_size(t)) == 0;
    a = scalar_cast(a, t, SHARR_COMPLEX128);
    b = scalar_cast(b, t, SHARR_COMPLEX128);
    return same_f64(a.c128[0], b.c128[0]) && same_f64(a.c128[1], b.c128[1]);
}

/* As a whole; what overflows or is no number is for test_cmath.c. */
static bool near_complex(scalar a, scalar b, dtype t, int ulps)
{
    scalar x = scalar_cast(a, t, SHARR_COMPLEX128), y = scalar_cast(b, t, SHARR_COMPLEX128);
    double size = fmax(fabs(y.c128[0]), fabs(y.c128[1]));
    double unit = t == SHARR_COMPLEX64 ? nextafterf((float)size, INFINITY) - size : nextafter(size, INFINITY) - size;

    if (!isfinite(y.c128[0]) || !isfinite(y.c128[1]) || !isfinite(unit))
        return true;
    return fabs(x.c128[0] - y.c128[0]) <= ulps * unit && fabs(x.c128[1] - y.c128[1]) <= ulps * unit;
}

bool ref_near(scalar a, scalar b, dtype t, int ulps)
{
    if (ulps == 0 || ref_same(a, b, t))
        return ref_same(a, b, t);
    if (dtype_kind(t) == KIND_COMPLEX)
        return near_complex(a, b, t, ulps);
    double x = scalar_cast(a, t, SHARR_FLOAT64).f64, y = scalar_cast(b, t, SHARR_FLOAT64).f64;
    if (isnan(x) || isnan(y) || isinf(x) || isinf(y))
        return false;
    double unit = t == SHARR_FLOAT32 ? nextafterf((float)fabs(y), INFINITY) - fabs(y)
                                     : nextafter(fabs(y), INFINITY) - fabs(y);
    return fabs(x - y) <= ulps * unit;
}

const char *ref_text(scalar v, dtype t)
{
    static char text[8][96];
    static int next;
    char *s = text[next = (next + 1) % 8];

    if (dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX)) {
        scalar z = scalar_cast(v, t, SHARR_COMPLEX128);
        snprintf(s, sizeof *text, "%s (%a, %a)", dtype_name(t), z.c128[0], z.c128[1]);
    } else if (dtype_kind(t) == KIND_UINT) {
        snprintf(s, sizeof *text, "%s %" PRIu64, dtype_name(t), scalar_cast(v, t, SHARR_UINT64).u64);
    } else {
        snprintf(s, sizeof *text, "%s %" PRId64, dtype_name(t), scalar_cast(v, t, SHARR_INT64).i64);
    }
    return s;
}

/* --- values --- */

uint64_t ref_random(uint64_t *state)                    /* splitmix64 (Steele, Lea, Flood 2014) */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static const double special_floats[] = {
    0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 1.5, 2.5, -2.5, 3, -7, 1e10, 127.5, -128.5, 65535.9, 0x1p31,
    -0x1p31, 0x1p32, 0x1p52, 0x1.8p52, 0x1p63, -0x1p63, 0x1p64, 1e30, -1e30, 0x1p-126, 0x1p-149,
    INFINITY, -INFINITY, NAN, 0x1.fffffep127, 0x1p-1022, 0x1p-1074, 1e300, -1e308,
};
static const int64_t special_ints[] = {
    0, 1, -1, 2, -2, 3, 7, -7, 8, 16, 31, 32, 63, 64, 100, INT8_MIN, INT8_MAX, INT16_MIN, INT16_MAX,
    INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX, UINT8_MAX, UINT16_MAX, UINT32_MAX, 1000003,
};
#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

int ref_specials(dtype t)
{
    if (t == SHARR_BOOL)
        return 2;
    return dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX) ? COUNT(special_floats) : COUNT(special_ints);
}

static double random_float(uint64_t r, uint64_t r2)
{
    double unit = (double)(int64_t)r2 * 0x1p-63;

    switch (r % 4) {
    case 0:  return unit;
    case 1:  return unit * 100;
    case 2:  return ldexp(unit, (int)(r >> 8) % 120);
    default: return rint(unit * 50);
    }
}

scalar ref_value(dtype t, int64_t i, uint64_t seed)
{
    scalar v = {.bits = {0, 0}};
    uint64_t s = seed * 1000003 + (uint64_t)i;
    uint64_t r = ref_random(&s), r2 = ref_random(&s);
    int n = ref_specials(t);

    if (t == SHARR_BOOL)
        return put_bool(i < 2 ? i : (int64_t)(r & 1));
    if (dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX)) {
        v.c128[0] = i < n ? special_floats[i] : random_float(r, r2);
        v.c128[1] = i < n ? special_floats[r % (uint64_t)n] : random_float(r2, r);
        return scalar_cast(v, SHARR_COMPLEX128, t);
    }
    v.i64 = i < n ? special_ints[i] : r & 1 ? (int64_t)r2 : (int64_t)(r2 % 41) - 20;
    return scalar_cast(v, SHARR_INT64, t);
}
