/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Random numbers as arithmetic on the index: Philox of an element's position in C order, so that each element is
 * the same on any ranks, in any window, on any back end.  The key is the seed; a kind of numbers that needs
 * more than 64 bits takes more streams.
 *   random    53 bits of an element times 2^-53 (float32: 24 bits)
 *   normal    sqrt(-2 log u) cos(2 pi v) of u in (0, 1] and v (Box and Muller, Ann. Math. Stat. 29, 1958)
 *   integers  the high part of 128 bits times the number of values: unlike chances differ by 2^-64 at most
 */
#include <math.h>
#include <string.h>

#include "expr/build_parts.h"

/* One function at work; what fails sets status, and the rest does nothing. */
typedef struct random_maker {
    graph *g;
    const random_args *a;
    int status;
    sharr_error *err;
} random_maker;

/* name(x, y) with the rules of the language; takes over both. */
static operand apply(random_maker *m, const char *name, operand x, operand y)
{
    const op_row *op = op_find(name, strlen(name));
    const operand in[2] = {x, y};
    operand out = {.n = NULL};
    if (!m->status)
        m->status = build_weak(m->g, op, in, op->min_args, &out, m->err);
    operand_fini(&x);
    operand_fini(&y);
    return out;
}

static operand apply1(random_maker *m, const char *name, operand x)
{
    return apply(m, name, x, (operand){.n = NULL});
}

static operand as_type(random_maker *m, operand x, dtype t)
{
    node *n = m->status ? NULL : build_cast(m->g, &x, t, m->err);
    operand_fini(&x);
    if (!n && !m->status)
        m->status = SHARR_EEXPR;
    return operand_of(n);
}

static operand shared(operand x)
{
    if (x.n)
        node_ref(x.n);
    return x;
}

/* The position in C order. */
static operand position(random_maker *m)
{
    const random_args *a = m->a;
    operand at = operand_int(0);
    int64_t stride = 1;
    for (int d = a->ndim - 1; d >= 0 && !m->status; d--) {
        node *i = node_coord(m->g, a->ndim, a->shape, d, m->err);
        if (!i)
            m->status = SHARR_EEXPR;
        operand along = operand_of(i);
        if (stride != 1)
            along = apply(m, "multiply", along, operand_int(stride));
        at = d == a->ndim - 1 ? along : apply(m, "add", along, at);
        stride = (int64_t)((uint64_t)stride * (uint64_t)(a->shape[d] > 0 ? a->shape[d] : 1));
    }
    return as_type(m, at, SHARR_UINT64);
}

/* name(position, a, b), all 64 bits */
static operand drawn(random_maker *m, const char *name, uint64_t a, uint64_t b)
{
    operand in[3] = {position(m), {.n = NULL}, {.n = NULL}}, out = {.n = NULL};
    in[1] = as_type(m, operand_int(a), SHARR_UINT64);
    in[2] = as_type(m, operand_int(b), SHARR_UINT64);
    if (!m->status)
        m->status = build_weak(m->g, op_find(name, strlen(name)), in, 3, &out, m->err);
    for (int i = 0; i < 3; i++)
        operand_fini(&in[i]);
    return out;
}

/* 64 bits for each element */
static operand bits(random_maker *m, uint64_t stream)
{
    return drawn(m, "philox", stream, m->a->seed);
}

/* (the highest `digits` bits + first) * 2^-digits */
static operand unit(random_maker *m, uint64_t stream, int digits, int first)
{
    operand x = apply(m, "bitwise_right_shift", bits(m, stream), operand_int(64 - digits));
    x = as_type(m, x, SHARR_INT64);
    if (first)
        x = apply(m, "add", x, operand_int(first));
    x = as_type(m, x, digits > 24 ? SHARR_FLOAT64 : SHARR_FLOAT32);
    return apply(m, "multiply", x, operand_float(ldexp(1, -digits)));
}

static operand make_uniform(random_maker *m)
{
    const random_args *a = m->a;
    if (a->kind == RANDOM_UNIT)
        return unit(m, 0, a->type == SHARR_FLOAT32 ? 24 : 53, 0);
    operand width = apply(m, "subtract", shared(a->b), shared(a->a));
    return apply(m, "add", apply(m, "multiply", unit(m, 0, 53, 0), width), shared(a->a));
}

static operand make_normal(random_maker *m)
{
    operand radius = apply(m, "multiply", apply1(m, "log", unit(m, 0, 53, 1)), operand_float(-2));
    operand angle = apply(m, "multiply", unit(m, 1, 53, 0), operand_float(2 * M_PI));
    operand x = apply(m, "multiply", apply1(m, "sqrt", radius), apply1(m, "cos", angle));
    return apply(m, "add", apply(m, "multiply", x, shared(m->a->b)), shared(m->a->a));
}

/* floor((x 2^64 + y) n / 2^128), of two streams */
static operand below(random_maker *m, unsigned __int128 n)
{
    return n > UINT64_MAX ? bits(m, 0) : drawn(m, "philox_below", m->a->seed, (uint64_t)n);
}

static operand make_integers(random_maker *m)
{
    const random_args *a = m->a;
    __int128 low = a->a.i, high = a->b.i;
    if (low >= high || !scalar_int_fits(low, a->type) || !scalar_int_fits(high - 1, a->type)) {
        m->status = err_set(m->err, SHARR_EEXPR, "integers: %s, and low < high",
                            low >= high ? "there is none from low up to high - 1" : "low and high - 1 must fit the dtype");
        return (operand){.n = NULL};
    }
    operand x = below(m, (unsigned __int128)(high - low));
    if (low == 0)
        return x;
    operand first = as_type(m, operand_int((__int128)(uint64_t)low), SHARR_UINT64);
    return apply(m, "add", x, first);           /* wraps to what is meant */
}

static int check(random_maker *m)
{
    const random_args *a = m->a;
    bool numbers = a->kind == RANDOM_UNIT || a->kind == RANDOM_INTEGERS || (!(a->a.n && a->a.n->ndim) && !(a->b.n && a->b.n->ndim));
    bool whole = a->kind == RANDOM_INTEGERS;
    enum dtype_kind kind = dtype_kind(a->type);
    if (!numbers)
        return err_set(m->err, SHARR_EEXPR, "%s: the parameters are numbers, not arrays", a->name);
    if (whole && (!operand_known(&a->a) || !operand_known(&a->b) || (a->a.weak | a->b.weak) & ~(KIND_INT | KIND_BOOL)))
        return err_set(m->err, SHARR_EEXPR, "integers: low and high must be integers that are known when the text is read");
    if (!(kind & (whole ? KIND_INTEGER : KIND_FLOAT))) {
        err_set(m->err, SHARR_EEXPR, "%s: dtype is %s, it must be %s type", a->name, dtype_name(a->type), whole ? "an integer" : "a float");
        return m->err ? err_kind(m->err, SHARR_KIND_TYPE) : SHARR_EEXPR;
    }
    return 0;
}

node *build_random(graph *g, const random_args *a, sharr_error *err)
{
    random_maker m = {.g = g, .a = a, .err = err};
    operand x = {.n = NULL};
    m.status = check(&m);
    if (!m.status)
        x = a->kind == RANDOM_NORMAL ? make_normal(&m) : a->kind == RANDOM_INTEGERS ? make_integers(&m) : make_uniform(&m);
    x = as_type(&m, x, a->type);
    node *n = x.n && !m.status ? build_broadcast_to(g, x.n, a->ndim, a->shape, err) : NULL;
    operand_fini(&x);
    return n;
}
