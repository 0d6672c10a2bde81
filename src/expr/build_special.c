/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Operators that are more than one kop: comparisons of integers that have no
 * common type, predicates of types that have no NaN, parts of complex numbers.
 */
#include "expr/build_parts.h"

static int failed(const builder *b)
{
    return b->err && b->err->status ? b->err->status : SHARR_EEXPR;
}

/* Takes over n. */
static int give(const builder *b, node *n, operand *out)
{
    if (!n)
        return failed(b);
    *out = operand_of(n);
    return 0;
}

static int give_like(const builder *b, const node *shape_of, dtype t, scalar v, operand *out)
{
    return give(b, build_full(b->g, shape_of->ndim, shape_of->shape, t, v, b->err), out);
}

/* ---- comparisons ---- */

static enum kop mirrored(enum kop op)
{
    switch (op) {
    case KOP_lt: return KOP_gt;
    case KOP_le: return KOP_ge;
    case KOP_gt: return KOP_lt;
    case KOP_ge: return KOP_le;
    default:     return op;
    }
}

/* x op i with i outside of the integer type of x: known without looking. */
static int compare_outside(const builder *b, enum kop op, const node *x, bool above, operand *out)
{
    scalar v = {.bits = {0}};
    v.b = op == KOP_ne || (above ? op == KOP_lt || op == KOP_le : op == KOP_gt || op == KOP_ge);
    return give_like(b, x, SHARR_BOOL, v, out);
}

/* s op u, s of a signed type and u uint64: by the sign of s, and then in uint64. */
static node *compare_signs(const builder *b, enum kop op, node *s, node *u)
{
    bool if_negative = op == KOP_lt || op == KOP_le || op == KOP_ne;
    const op_row *below = op_find("less", 4), *not_below = op_find("greater_equal", 13);
    const operand sign[2] = {operand_of(s), operand_int(0)};
    node *as = node_cast(b->g, s, SHARR_UINT64, b->err), *both[2] = {NULL}, *r = NULL;
    if (as)
        both[0] = build_op(b->g, if_negative ? below : not_below, sign, 2, b->err);
    if (both[0])
        both[1] = emit_node(b, op, (node *[]){as, u}, 2);
    if (both[1])
        r = emit_node(b, if_negative ? KOP_or : KOP_and, both, 2);
    node_unref(as);
    node_unref(both[0]);
    node_unref(both[1]);
    return r;
}

/* A literal beyond every value of x, an array of integers (or bool, which compares in int64). */
static bool is_outside(const operand *x, const operand *literal)
{
    if (!operand_known(literal) || literal->weak != KIND_INT || x->weak)
        return false;
    dtype t = x->n->type == SHARR_BOOL ? SHARR_INT64 : x->n->type;
    return dtype_kind(t) & KIND_INTEGER && !scalar_int_fits(literal->i, t);
}

static bool mixed_signs(const operand *a, const operand *b)
{
    return a->n && b->n && !a->weak && !b->weak && dtype_kind(a->n->type) == KIND_INT &&
           b->n->type == SHARR_UINT64;
}

int emit_compare(const builder *b, enum kop op, const operand *a, operand *out)
{
    bool weak;
    for (int i = 0; i < 2; i++) {
        const operand *x = &a[i], *y = &a[1 - i];
        enum kop k = i ? mirrored(op) : op;
        if (mixed_signs(x, y))
            return give(b, compare_signs(b, k, x->n, y->n), out);
        if (is_outside(x, y))
            return compare_outside(b, k, x->n, y->i > 0, out);
    }
    dtype t = operands_type(a, 2, &weak);
    return emit(b, op, t, a, 2, out);
}

/* ---- complex numbers ---- */

/* Takes over nothing; both parts are new references, or none. */
static bool split(const builder *b, node *z, node **re, node **im)
{
    *re = emit_node(b, KOP_real, &z, 1);
    *im = *re ? emit_node(b, KOP_imag, &z, 1) : NULL;
    if (*im)
        return true;
    node_unref(*re);
    return false;
}

/* f(real) join f(imag); f KOP_COUNT: the parts themselves. */
static node *join_parts(const builder *b, enum kop f, enum kop join, node *z)
{
    node *part[2], *r = NULL;
    if (!split(b, z, &part[0], &part[1]))
        return NULL;
    bool ok = true;
    for (int i = 0; i < 2 && ok && f != KOP_COUNT; i++) {
        node *n = emit_node(b, f, &part[i], 1);
        ok = n != NULL;
        if (ok) {
            node_unref(part[i]);
            part[i] = n;
        }
    }
    if (ok)
        r = emit_node(b, join, part, 2);
    node_unref(part[0]);
    node_unref(part[1]);
    return r;
}

/* The same of a number that is known. */
static int join_known(const builder *b, enum kop f, enum kop join, const operand *z, operand *out)
{
    operand part[2] = {operand_float(z->f[0]), operand_float(z->f[1])};
    int status = 0;
    for (int i = 0; i < 2 && !status && f != KOP_COUNT; i++)
        status = emit(b, f, SHARR_FLOAT64, &part[i], 1, &part[i]);
    return status ? status
                  : emit(b, join, f == KOP_COUNT ? SHARR_FLOAT64 : SHARR_BOOL, part, 2, out);
}

/* A complex argument as a node; weak ones in complex128. */
static int give_joined(const builder *b, enum kop f, enum kop join, const operand *a, operand *out)
{
    if (operand_known(a))
        return join_known(b, f, join, a, out);
    node *z = build_operand(b->g, a, b->err);
    int status = z ? give(b, join_parts(b, f, join, z), out) : failed(b);
    node_unref(z);
    if (!status && a->weak)
        out->weak = weak_of(out->n->type);
    return status;
}

int emit_magnitude(const builder *b, const operand *a, operand *out)
{
    return give_joined(b, KOP_COUNT, KOP_hypot, a, out);
}

static int part_of_known(enum kop op, const operand *a, operand *out)
{
    *out = op == KOP_real ? *a : (operand){.weak = a->weak};
    if (a->weak == KIND_COMPLEX)
        *out = operand_float(a->f[op == KOP_imag]);
    return 0;
}

int emit_part(const builder *b, enum kop op, const operand *a, operand *out)
{
    bool weak;
    dtype t = operands_type(a, 1, &weak);
    if (operand_known(a))
        return part_of_known(op, a, out);
    if (dtype_kind(t) == KIND_COMPLEX)
        return emit(b, op, t, a, 1, out);
    int status = op == KOP_real ? give(b, node_ref(a->n), out)
                                : give_like(b, a->n, t, (scalar){.bits = {0}}, out);
    if (!status)
        out->weak = a->weak;
    return status;
}

/* ---- predicates ---- */

int emit_predicate(const builder *b, enum kop op, const operand *a, operand *out)
{
    bool weak;
    dtype t = operands_type(a, 1, &weak);
    if (dtype_kind(t) == KIND_COMPLEX)
        return give_joined(b, op, op == KOP_isfinite ? KOP_and : KOP_or, a, out);
    if (dtype_kind(t) == KIND_FLOAT)
        return emit(b, op, t, a, 1, out);
    if (weak) {
        *out = (operand){.weak = KIND_BOOL, .i = op == KOP_isfinite};
        return 0;
    }
    return give_like(b, a->n, SHARR_BOOL, (scalar){.b = op == KOP_isfinite}, out);
}
