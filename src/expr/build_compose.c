/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Functions of the language that are a few operations each: their graphs are all there is of them,
 * so that both back ends, plans and prints know nothing new.
 */
#include <math.h>

#include "expr/build_parts.h"

/* One operation; the operands that are given up are released. */
typedef struct maker {
    const builder *b;
    dtype t;
    int status;
} maker;

static operand make(maker *m, enum kop op, dtype t, const operand *a, int n)
{
    operand out = {.n = NULL};
    if (!m->status)
        m->status = emit(m->b, op, t, a, n, &out);
    return out;
}

static operand make1(maker *m, enum kop op, operand x)
{
    return make(m, op, m->t, &x, 1);
}

static operand make2(maker *m, enum kop op, operand x, operand y)
{
    return make(m, op, m->t, (operand[]){x, y}, 2);
}

static operand choose(maker *m, operand when, operand x, operand y)
{
    return make(m, KOP_select, m->t, (operand[]){when, x, y}, 3);
}

static operand make_signbit(maker *m, operand x)
{
    return dtype_kind(m->t) & KIND_FLOAT ? make1(m, KOP_signbit, x) : make2(m, KOP_lt, x, operand_int(0));
}

static operand make_copysign(maker *m, operand x, operand sign)
{
    operand minus = make_signbit(m, sign), size = make1(m, KOP_abs, x), negated = make1(m, KOP_neg, size);
    operand r = choose(m, minus, negated, size);
    operand_fini(&minus);
    operand_fini(&size);
    operand_fini(&negated);
    return r;
}

/* The larger one + log1p(exp(-|x - y|)); x + log(2) where they are equal, infinities too. */
static operand make_logaddexp(maker *m, operand x, operand y)
{
    operand most = make2(m, KOP_max, x, y), apart = make2(m, KOP_sub, x, y), distance = make1(m, KOP_abs, apart);
    operand less = make1(m, KOP_neg, distance), share = make1(m, KOP_exp, less), rest = make1(m, KOP_log1p, share);
    operand sum = make2(m, KOP_add, most, rest), same = make2(m, KOP_eq, x, y);
    operand twice = make2(m, KOP_add, most, operand_float(M_LN2)), r = choose(m, same, twice, sum);
    operand *const all[] = {&most, &apart, &distance, &less, &share, &rest, &sum, &same, &twice};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        operand_fini(all[i]);
    return r;
}

static operand make_same(const operand *x)
{
    if (x->n)
        node_ref(x->n);
    return *x;
}

int emit_composed(const builder *b, int code, const operand *a, operand *out)
{
    bool weak, two = code == OPC_logaddexp || code == OPC_copysign;
    maker m = {.b = b, .t = operands_type(a, two ? 2 : 1, &weak)};
    enum dtype_kind kind = dtype_kind(m.t);
    bool floats = two || code == OPC_reciprocal;
    if (floats && kind & (KIND_INTEGER | KIND_BOOL))
        m.t = SHARR_FLOAT64;
    if ((kind == KIND_COMPLEX && (two || code == OPC_signbit)) ||
        (kind == KIND_BOOL && (code == OPC_square || code == OPC_signbit || code == OPC_conj)))
        return type_error(b, m.t, NULL);
    operand r = {.n = NULL};
    switch (code) {
    case OPC_square:     r = make2(&m, KOP_mul, a[0], a[0]); break;
    case OPC_reciprocal: r = make2(&m, KOP_div, operand_float(1), a[0]); break;
    case OPC_logaddexp:  r = make_logaddexp(&m, a[0], a[1]); break;
    case OPC_copysign:   r = make_copysign(&m, a[0], a[1]); break;
    case OPC_signbit:    r = make_signbit(&m, a[0]); break;
    default:             r = kind == KIND_COMPLEX ? make1(&m, KOP_conj, a[0]) : make_same(&a[0]); break;
    }
    if (m.status) {
        operand_fini(&r);
        return m.status;
    }
    *out = r;
    return 0;
}
