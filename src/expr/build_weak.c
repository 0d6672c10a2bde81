/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Weak scalars: the numbers of the text.  Integers are exact in 128 bits and
 * meet their type only beside an array; floats are folded where IEEE 754 leaves
 * no choice (so that folding and computing give the same bits) and otherwise
 * become 0-d nodes.
 */
#include <math.h>

#include "expr/build_parts.h"

typedef __int128 i128;

operand operand_of(node *n)
{
    return (operand){.n = n};
}

operand operand_int(__int128 i)
{
    return (operand){.weak = KIND_INT, .i = i};
}

operand operand_float(double f)
{
    return (operand){.weak = KIND_FLOAT, .f = {f, 0}};
}

static operand operand_bool(bool b)
{
    return (operand){.weak = KIND_BOOL, .i = b};
}

void operand_fini(operand *a)
{
    node_unref(a->n);
    *a = (operand){.n = NULL};
}

bool operand_known(const operand *a)
{
    return a->weak && !a->n;
}

enum dtype_kind weak_of(dtype t)
{
    enum dtype_kind k = dtype_kind(t);
    return k == KIND_UINT ? KIND_INT : k;
}

/* Promotion over all arguments at once: the inexact types first, so that (int8, uint16, float32) is
 * float32 and not float64 by way of int32; then the integers; then the weak ones. */
dtype operands_type(const operand *a, int n, bool *weak)
{
    dtype t = SHARR_BOOL;
    enum dtype_kind top = KIND_BOOL;
    bool any = false;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < n; i++) {
            if (a[i].weak) {
                top = a[i].weak > top ? a[i].weak : top;
                continue;
            }
            bool inexact = dtype_kind(a[i].n->type) & (KIND_FLOAT | KIND_COMPLEX);
            if (inexact == (pass == 0))
                t = any ? dtype_promote(t, a[i].n->type) : a[i].n->type;
            any = any || inexact == (pass == 0);
        }
    *weak = !any;
    return any ? dtype_promote_weak(t, top) : dtype_of_weak(top);
}

operand weak_raise(const operand *a, enum dtype_kind kind)
{
    operand r = *a;
    if (a->weak & (KIND_BOOL | KIND_INT) && kind & (KIND_FLOAT | KIND_COMPLEX)) {
        r.f[0] = (double)a->i;
        r.f[1] = 0;
    }
    r.weak = a->weak > kind ? a->weak : kind;
    return r;
}

/* ---- folding ---- */

static i128 floor_quotient(i128 a, i128 b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static enum fold int_power(i128 a, i128 n, i128 *out)
{
    i128 r = 1;
    while (n > 0) {
        if (n & 1 && __builtin_mul_overflow(r, a, &r))
            return FOLD_OVERFLOW;
        n >>= 1;
        if (n > 0 && __builtin_mul_overflow(a, a, &a))
            return FOLD_OVERFLOW;
    }
    *out = r;
    return FOLD_OK;
}

static enum fold int_shift(i128 a, i128 n, i128 *out)
{
    if (n < 0 || a == 0) {
        *out = 0;
        return FOLD_OK;
    }
    if (n > 126 || __builtin_mul_overflow(a, (i128)1 << n, out))
        return FOLD_OVERFLOW;
    return FOLD_OK;
}

static enum fold fold_int(enum kop op, i128 a, i128 b, i128 *out)
{
    switch (op) {
    case KOP_add: return __builtin_add_overflow(a, b, out) ? FOLD_OVERFLOW : FOLD_OK;
    case KOP_sub: return __builtin_sub_overflow(a, b, out) ? FOLD_OVERFLOW : FOLD_OK;
    case KOP_mul: return __builtin_mul_overflow(a, b, out) ? FOLD_OVERFLOW : FOLD_OK;
    case KOP_pow: return int_power(a, b, out);
    case KOP_shl: return int_shift(a, b, out);
    case KOP_neg: return __builtin_sub_overflow(0, a, out) ? FOLD_OVERFLOW : FOLD_OK;
    case KOP_abs: return a < 0 ? fold_int(KOP_neg, a, 0, out) : fold_int(KOP_add, a, 0, out);
    case KOP_floordiv:
        if (b == -1)
            return fold_int(KOP_neg, a, 0, out);
        *out = b == 0 ? 0 : floor_quotient(a, b);
        return FOLD_OK;
    case KOP_rem:  *out = b == 0 || b == -1 ? 0 : a - floor_quotient(a, b) * b; return FOLD_OK;
    case KOP_shr:  *out = b < 0 || b > 126 ? -(a < 0) : a >> b; return FOLD_OK;
    case KOP_and:  *out = a & b; return FOLD_OK;
    case KOP_or:   *out = a | b; return FOLD_OK;
    case KOP_xor:  *out = a ^ b; return FOLD_OK;
    case KOP_not:  *out = ~a; return FOLD_OK;
    case KOP_min:  *out = a < b ? a : b; return FOLD_OK;
    case KOP_max:  *out = a > b ? a : b; return FOLD_OK;
    case KOP_sign: *out = (a > 0) - (a < 0); return FOLD_OK;
    default:       return FOLD_NO;
    }
}

/* NaN wins, -0 < +0 */
static double float_min(double a, double b)
{
    if (a != a || b != b)
        return NAN;
    if (a == b)
        return signbit(a) ? a : b;
    return a < b ? a : b;
}

static bool fold_float(enum kop op, double a, double b, double *out)
{
    switch (op) {
    case KOP_add:   *out = a + b; return true;
    case KOP_sub:   *out = a - b; return true;
    case KOP_mul:   *out = a * b; return true;
    case KOP_div:   *out = a / b; return true;
    case KOP_neg:   *out = -a; return true;
    case KOP_abs:   *out = fabs(a); return true;
    case KOP_min:   *out = float_min(a, b); return true;
    case KOP_max:   *out = -float_min(-a, -b); return true;
    case KOP_sqrt:  *out = sqrt(a); return true;
    case KOP_floor: *out = floor(a); return true;
    case KOP_ceil:  *out = ceil(a); return true;
    case KOP_trunc: *out = trunc(a); return true;
    case KOP_round: *out = nearbyint(a); return true;
    case KOP_sign:  *out = a > 0 ? 1 : a < 0 ? -1 : a; return true;
    default:        return false;
    }
}

static bool fold_complex(enum kop op, const double *a, const double *b, double *out)
{
    switch (op) {
    case KOP_add: out[0] = a[0] + b[0]; out[1] = a[1] + b[1]; return true;
    case KOP_sub: out[0] = a[0] - b[0]; out[1] = a[1] - b[1]; return true;
    case KOP_neg: out[0] = -a[0]; out[1] = -a[1]; return true;
    case KOP_mul:
        out[0] = a[0] * b[0] - a[1] * b[1];
        out[1] = a[0] * b[1] + a[1] * b[0];
        return true;
    default: return false;
    }
}

/* -1: op is no comparison */
static int fold_compare(enum kop op, enum dtype_kind kind, const operand *a, const operand *b)
{
    bool whole = kind & (KIND_BOOL | KIND_INT);
    bool lt = whole ? a->i < b->i : a->f[0] < b->f[0];
    bool gt = whole ? a->i > b->i : a->f[0] > b->f[0];
    bool eq = whole ? a->i == b->i : a->f[0] == b->f[0];
    if (kind == KIND_COMPLEX)
        eq = eq && a->f[1] == b->f[1];
    switch (op) {
    case KOP_eq: return eq;
    case KOP_ne: return !eq;
    case KOP_lt: return lt;
    case KOP_le: return lt || eq;
    case KOP_gt: return gt;
    case KOP_ge: return gt || eq;
    case KOP_isnan:    return a->f[0] != a->f[0];
    case KOP_isinf:    return isinf(a->f[0]) != 0;
    case KOP_isfinite: return isfinite(a->f[0]) != 0;
    case KOP_signbit:  return a->f[0] == a->f[0] && signbit(a->f[0]);      /* no NaN of ours has a sign */
    default:     return -1;
    }
}

enum fold weak_fold(enum kop op, enum dtype_kind kind, const operand *a, operand *out)
{
    const operand *b = kop_get(op)->arity > 1 ? &a[1] : &a[0];
    operand r = {.weak = kind};
    enum fold how = FOLD_NO;
    int truth = fold_compare(op, kind, a, b);
    if (truth >= 0) {
        *out = operand_bool(truth);
        return FOLD_OK;
    }
    if (op == KOP_select) {
        *out = a[0].i ? a[1] : a[2];
        return FOLD_OK;
    }
    if (kind & (KIND_BOOL | KIND_INT))
        how = fold_int(op, a[0].i, b->i, &r.i);
    else if (kind == KIND_FLOAT)
        how = fold_float(op, a[0].f[0], b->f[0], &r.f[0]) ? FOLD_OK : FOLD_NO;
    else
        how = fold_complex(op, a[0].f, b->f, r.f) ? FOLD_OK : FOLD_NO;
    if (kind == KIND_BOOL)
        r.i &= 1;                       /* ~ of a bool is not */
    if (how == FOLD_OK)
        *out = r;
    return how;
}

/* ---- weak scalars as nodes ---- */

/* Decimal; `out` holds 48 bytes. */
static const char *int_text(i128 v, char *out)
{
    unsigned __int128 u = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
    char *p = out + 47;
    *p = '\0';
    do
        *--p = (char)('0' + (int)(u % 10));
    while ((u /= 10) != 0);
    if (v < 0)
        *--p = '-';
    return p;
}

static node *int_node(graph *g, i128 i, dtype t, sharr_error *err)
{
    scalar v = {.bits = {0}};
    char text[48];
    if (!(dtype_kind(t) & KIND_INTEGER)) {
        v.f64 = (double)i;
        if (t == SHARR_FLOAT32)
            v.f32 = (float)i;           /* one rounding */
        else
            v = scalar_cast(v, SHARR_FLOAT64, t);
        return node_const(g, t, v, err);
    }
    if (!scalar_int_fits(i, t)) {
        err_set(err, SHARR_EEXPR, "%s does not fit %s", int_text(i, text), dtype_name(t));
        err_kind(err, SHARR_KIND_OVERFLOW);
        return NULL;
    }
    v.i64 = (int64_t)i;
    return node_const(g, t, scalar_cast(v, SHARR_INT64, t), err);
}

node *build_cast(graph *g, const operand *a, dtype t, sharr_error *err)
{
    scalar v = {.bits = {0}};
    if (a->n)
        return node_cast(g, a->n, t, err);
    if (a->weak == KIND_BOOL)
        v.b = a->i != 0;
    else if (a->weak == KIND_INT)
        return int_node(g, a->i, t, err);
    else {
        v.c128[0] = a->f[0];
        v.c128[1] = a->f[1];
    }
    dtype from = a->weak == KIND_FLOAT ? SHARR_FLOAT64 : dtype_of_weak(a->weak);
    return node_const(g, t, scalar_cast(v, from, t), err);
}

node *build_operand(graph *g, const operand *a, sharr_error *err)
{
    return a->weak ? build_cast(g, a, dtype_of_weak(a->weak), err) : node_ref(a->n);
}
