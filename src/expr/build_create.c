/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays from numbers: a constant shown everywhere, or arithmetic on the index.
 */
#include <math.h>

#include "expr/build_parts.h"

typedef __int128 i128;

node *build_full(graph *g, int ndim, const int64_t *shape, dtype t, scalar v, sharr_error *err)
{
    for (int d = 0; d < ndim; d++)
        if (shape[d] < 0) {
            err_set(err, SHARR_EEXPR, "extent %lld is negative", (long long)shape[d]);
            return NULL;
        }
    node *c = node_const(g, t, v, err);
    node *n = c ? build_broadcast_to(g, c, ndim, shape, err) : NULL;
    node_unref(c);
    return n;
}

/* name(a, b) with the rules of the language; takes over a, and b too. */
static operand apply(graph *g, const char *name, operand a, operand b, bool *ok, sharr_error *err)
{
    const operand in[2] = {a, b};
    operand out = {.n = NULL};
    size_t len = 0;
    while (name[len])
        len++;
    *ok = *ok && build_weak(g, op_find(name, len), in, 2, &out, err) == 0;
    operand_fini(&a);
    operand_fini(&b);
    return out;
}

static operand copy_of(const operand *a)
{
    operand c = *a;
    if (c.n)
        node_ref(c.n);
    return c;
}

/* 0, 1, ..., n - 1 in type t */
static operand counting(graph *g, int64_t n, dtype t, bool *ok, sharr_error *err)
{
    node *i = node_coord(g, 1, &n, 0, err), *c = i ? node_cast(g, i, t, err) : NULL;
    node_unref(i);
    *ok = *ok && c;
    return operand_of(c);
}

static node *finish(graph *g, operand *a, bool ok, dtype t, sharr_error *err)
{
    node *n = ok ? build_cast(g, a, t, err) : NULL;
    operand_fini(a);
    return n;
}

/* ---- arange ---- */

typedef struct range {
    operand start, stop, step;
    bool whole;                         /* all integers */
} range;

static int read_range(const operand arg[3], range *r, sharr_error *err)
{
    bool one = !arg[1].n && !arg[1].weak;
    r->start = one ? operand_int(0) : arg[0];
    r->stop = one ? arg[0] : arg[1];
    r->step = arg[2].n || arg[2].weak ? arg[2] : operand_int(1);
    const operand *const all[3] = {&r->start, &r->stop, &r->step};
    r->whole = true;
    for (int i = 0; i < 3; i++) {
        if (!operand_known(all[i]))
            return err_set(err, SHARR_EEXPR,
                           "arange takes numbers that are known when the text is read");
        if (all[i]->weak == KIND_COMPLEX)
            return err_set(err, SHARR_EEXPR, "arange takes no complex numbers");
        r->whole = r->whole && all[i]->weak != KIND_FLOAT;
    }
    if (!r->whole) {
        r->start = weak_raise(&r->start, KIND_FLOAT);
        r->stop = weak_raise(&r->stop, KIND_FLOAT);
        r->step = weak_raise(&r->step, KIND_FLOAT);
    }
    if (r->whole ? r->step.i == 0 : r->step.f[0] == 0)
        return err_set(err, SHARR_EEXPR, "arange: the step is 0");
    return 0;
}

static int range_length(const range *r, int64_t *n, sharr_error *err)
{
    *n = 0;
    if (r->whole) {
        typedef unsigned __int128 u128;
        bool up = r->step.i > 0;
        u128 step = up ? (u128)r->step.i : -(u128)r->step.i;
        u128 width = up ? (u128)r->stop.i - (u128)r->start.i : (u128)r->start.i - (u128)r->stop.i;
        if (up ? r->stop.i <= r->start.i : r->stop.i >= r->start.i)
            return 0;
        u128 count = (width - 1) / step + 1;
        if (count > INT64_MAX)
            return err_set(err, SHARR_EEXPR, "arange: more than 2^63 - 1 elements");
        *n = (int64_t)count;
        return 0;
    }
    double count = ceil((r->stop.f[0] - r->start.f[0]) / r->step.f[0]);
    if (!(fabs(count) < 0x1p63))
        return err_set(err, SHARR_EEXPR,
                       "arange: the number of elements is not finite or exceeds 2^63 - 1");
    *n = count > 0 ? (int64_t)count : 0;
    return 0;
}

/* In an integer type, all elements must be integers that fit. */
static int check_range_type(const range *r, int64_t n, dtype t, sharr_error *err)
{
    if (t == SHARR_BOOL)
        return err_set(err, SHARR_EEXPR, "arange: dtype bool");
    if (!(dtype_kind(t) & KIND_INTEGER) || n == 0)
        return 0;
    if (!r->whole)
        return err_set(err, SHARR_EEXPR, "arange: floats in %s; cast the result, or write integers",
                       dtype_name(t));
    i128 last = r->start.i + (i128)(n - 1) * r->step.i;
    if (!scalar_int_fits(r->start.i, t) || !scalar_int_fits(last, t))
        return err_set(err, SHARR_EEXPR, "arange: an element does not fit %s", dtype_name(t));
    return 0;
}

node *build_arange(graph *g, const operand arg[3], bool has_dtype, dtype t, sharr_error *err)
{
    range r;
    int64_t n = 0;
    bool ok = true;
    if (read_range(arg, &r, err) != 0 || range_length(&r, &n, err) != 0)
        return NULL;
    if (!has_dtype)
        t = r.whole ? SHARR_INT64 : SHARR_FLOAT64;
    if (check_range_type(&r, n, t, err) != 0)
        return NULL;
    /* Integers wrap inside of int64 and come out right; floats are start + i * step in float64. */
    bool ints = dtype_kind(t) & KIND_INTEGER;
    if (ints) {
        r.start = operand_int((int64_t)r.start.i);
        r.step = operand_int((int64_t)r.step.i);
    }
    operand x = counting(g, n, ints ? SHARR_INT64 : SHARR_FLOAT64, &ok, err);
    if (!ints || r.step.i != 1)
        x = apply(g, "multiply", x, r.step, &ok, err);
    if (!ints || r.start.i != 0)
        x = apply(g, "add", x, r.start, &ok, err);
    return finish(g, &x, ok, t, err);
}

/* ---- linspace ---- */

static int check_end(const operand *a, sharr_error *err)
{
    if (a->n && a->n->ndim > 0)
        return err_set(err, SHARR_EEXPR, "linspace: the ends must be numbers, not arrays");
    return 0;
}

/* start + i * ((stop - start) / parts), and exactly `stop` at the end; computed in type t. */
static operand line(graph *g, dtype t, const operand arg[2], int64_t num, bool endpoint, bool *ok,
                    sharr_error *err)
{
    int64_t parts = endpoint && num > 1 ? num - 1 : num > 0 ? num : 1;
    operand end[2], at[3];
    for (int i = 0; i < 2; i++) {
        node *n = arg[i].weak && !arg[i].n ? NULL : node_cast(g, arg[i].n, t, err);
        *ok = *ok && (n || operand_known(&arg[i]));
        end[i] = n ? operand_of(n) : weak_raise(&arg[i], dtype_kind(t));
    }
    operand step = apply(g, "subtract", copy_of(&end[1]), copy_of(&end[0]), ok, err);
    step = apply(g, "divide", step, operand_float((double)parts), ok, err);
    operand x = counting(g, num, SHARR_FLOAT64, ok, err);
    x = apply(g, "multiply", x, step, ok, err);
    x = apply(g, "add", x, copy_of(&end[0]), ok, err);
    if (endpoint && num > 1) {
        operand i = counting(g, num, SHARR_INT64, ok, err), out = {.n = NULL};
        at[0] = apply(g, "equal", i, operand_int(num - 1), ok, err);
        at[1] = end[1];
        at[2] = x;
        *ok = *ok && build_weak(g, op_find("where", 5), at, 3, &out, err) == 0;
        operand_fini(&at[0]);
        operand_fini(&x);
        x = out;
    }
    operand_fini(&end[0]);
    operand_fini(&end[1]);
    return x;
}

node *build_linspace(graph *g, const operand arg[2], int64_t num, bool endpoint, bool has_dtype,
                     dtype t, sharr_error *err)
{
    bool weak, ok = true;
    if (num < 0) {
        err_set(err, SHARR_EEXPR, "linspace: %lld elements", (long long)num);
        return NULL;
    }
    if (check_end(&arg[0], err) != 0 || check_end(&arg[1], err) != 0)
        return NULL;
    dtype ends = operands_type(arg, 2, &weak);
    bool complex = dtype_kind(ends) == KIND_COMPLEX;
    if (complex && has_dtype && dtype_kind(t) != KIND_COMPLEX) {
        err_set(err, SHARR_EEXPR, "linspace: the ends are complex, the dtype is %s", dtype_name(t));
        err_kind(err, SHARR_KIND_TYPE);
        return NULL;
    }
    if (!has_dtype)
        t = complex || dtype_kind(ends) == KIND_FLOAT ? ends : SHARR_FLOAT64;
    operand x = line(g, complex ? SHARR_COMPLEX128 : SHARR_FLOAT64, arg, num, endpoint, &ok, err);
    if (ok && dtype_kind(t) & KIND_INTEGER) {
        operand down = {.n = NULL};
        ok = build_weak(g, op_find("floor", 5), &x, 1, &down, err) == 0;
        operand_fini(&x);
        x = down;
    }
    return finish(g, &x, ok, t, err);
}

node *build_eye(graph *g, int64_t rows, int64_t cols, int64_t k, dtype t, sharr_error *err)
{
    const int64_t shape[2] = {rows, cols};
    bool ok = true;
    if (rows < 0 || cols < 0) {
        err_set(err, SHARR_EEXPR, "extent %lld is negative", (long long)(rows < 0 ? rows : cols));
        return NULL;
    }
    node *i = node_coord(g, 2, shape, 0, err), *j = i ? node_coord(g, 2, shape, 1, err) : NULL;
    ok = i && j;
    operand x = apply(g, "subtract", operand_of(j), operand_of(i), &ok, err);
    x = apply(g, "equal", x, operand_int(k), &ok, err);
    return finish(g, &x, ok, t, err);
}
