/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Elementwise operators: from the arguments' types and the row's rule to one
 * kop on operands of one type and shape.  NumPy 2 decides (NEP 50 for weak
 * scalars) except where DESIGN says otherwise.
 */
#include <math.h>
#include <string.h>

#include "expr/build_parts.h"

int type_error(const builder *b, dtype t, const char *hint)
{
    err_set(b->err, SHARR_EEXPR, "%s is not defined for %s%s%s", b->name, dtype_name(t),
            hint ? "; " : "", hint ? hint : "");
    return b->err ? err_kind(b->err, SHARR_KIND_TYPE) : SHARR_EEXPR;
}

node *emit_node(const builder *b, enum kop op, node *const *in, int n)
{
    node *all[3] = {NULL}, *r = NULL;
    for (int i = 0; i < n; i++)
        all[i] = node_ref(in[i]);
    if (broadcast_all(b, all, n) == 0)
        r = node_element(b->g, op, all, b->err);
    for (int i = 0; i < n; i++)
        node_unref(all[i]);
    return r;
}

static int emit_computed(const builder *b, enum kop op, dtype t, const operand *a, int n,
                         operand *out)
{
    node *in[3] = {NULL}, *r = NULL;
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        dtype as = op == KOP_select && i == 0 ? SHARR_BOOL : t;
        in[i] = build_cast(b->g, &a[i], as, b->err);
        ok = in[i] != NULL;
    }
    if (ok)
        r = emit_node(b, op, in, n);
    for (int i = 0; i < n; i++)
        node_unref(in[i]);
    if (!r)
        return b->err ? b->err->status : SHARR_EEXPR;
    *out = operand_of(r);
    return 0;
}

int emit(const builder *b, enum kop op, dtype t, const operand *a, int n, operand *out)
{
    int first = op == KOP_select, known = 0, weak = 0;
    operand raised[3];
    if (!(dtype_kind(t) & kop_get(op)->kinds))
        return type_error(b, t, NULL);
    for (int i = 0; i < n; i++) {
        raised[i] = i < first ? a[i] : weak_raise(&a[i], weak_of(t));
        known += operand_known(&a[i]);
        weak += a[i].weak != 0;
    }
    if (known == n) {
        enum fold how = weak_fold(op, weak_of(t), raised, out);
        if (how == FOLD_OVERFLOW)
            return err_set(b->err, SHARR_EEXPR, "the result of %s does not fit 128 bits", b->name);
        if (how == FOLD_OK)
            return 0;
    }
    int status = emit_computed(b, op, t, a, n, out);
    if (!status && weak == n)
        out->weak = weak_of(out->n->type);
    return status;
}

/* ---- rules ---- */

/* x ** 2 and x ** -1 without a logarithm, with the same bits: math_pow_t.h rounds them once as well. */
static int emit_power(const builder *b, dtype t, const operand *a, operand *out)
{
    const bool whole = dtype_kind(t) & KIND_INTEGER, real = dtype_kind(t) == KIND_FLOAT;
    const operand one = {.weak = KIND_INT, .i = 1};
    double y = NAN;
    if ((whole || real) && operand_known(&a[1]) && !operand_known(&a[0]))
        y = a[1].weak == KIND_INT ? (double)a[1].i : a[1].weak == KIND_FLOAT ? a[1].f[0] : NAN;
    if (y == 2)
        return emit(b, KOP_mul, t, (operand[2]){a[0], a[0]}, 2, out);
    if (y == -1 && real)
        return emit(b, KOP_div, t, (operand[2]){one, a[0]}, 2, out);
    return emit(b, KOP_pow, t, a, 2, out);
}

static int rule_arith(const builder *b, const op_row *op, const operand *a, operand *out)
{
    bool weak;
    int n = op->min_args;
    dtype t = operands_type(a, n, &weak);
    enum kop k = (enum kop)op->code;
    if (t == SHARR_BOOL) {
        switch (k) {
        case KOP_add: k = KOP_or; break;
        case KOP_mul: k = KOP_and; break;
        case KOP_sub: return type_error(b, t, "for bool write ^ (exclusive or)");
        case KOP_neg: return type_error(b, t, "for bool write not");
        default:      t = SHARR_INT8;
        }
    }
    if (k == KOP_pow && dtype_kind(t) & KIND_INTEGER && operand_known(&a[1]) && a[1].i < 0)
        return err_set(b->err, SHARR_EEXPR,
                       "integers to a negative integer power: write the base or the exponent as a "
                       "float (10.0 ** -3)");
    return k == KOP_pow ? emit_power(b, t, a, out) : emit(b, k, t, a, n, out);
}

/* DIVIDE and FLOAT: in a float type. */
static int rule_float(const builder *b, const op_row *op, const operand *a, operand *out)
{
    bool weak;
    dtype t = operands_type(a, op->min_args, &weak);
    if (dtype_kind(t) & (KIND_INTEGER | KIND_BOOL))
        t = SHARR_FLOAT64;
    return emit(b, (enum kop)op->code, t, a, op->min_args, out);
}

static int rule_bits(const builder *b, const op_row *op, const operand *a, operand *out)
{
    bool weak;
    int n = op->min_args;
    dtype t = operands_type(a, n, &weak);
    bool mixed = n == 2 && !weak && dtype_kind(t) & KIND_FLOAT;
    for (int i = 0; i < n && mixed; i++)
        mixed = a[i].n && dtype_kind(a[i].n->type) & KIND_INTEGER;
    if (mixed)
        return err_set(b->err, SHARR_EEXPR,
                       "%s of %s and %s: no integer type holds both; cast one of them", b->name,
                       dtype_name(a[0].n->type), dtype_name(a[1].n->type));
    if (t == SHARR_BOOL && (op->code == KOP_shl || op->code == KOP_shr))
        t = SHARR_INT8;
    if (!(dtype_kind(t) & (KIND_INTEGER | KIND_BOOL)))
        return type_error(b, t, op->code == KOP_xor ? "a power is written **" : NULL);
    return emit(b, (enum kop)op->code, t, a, n, out);
}

/* != 0 */
static int truth_of(const builder *b, const operand *a, operand *out)
{
    if (operand_known(a)) {
        *out = (operand){.weak = KIND_BOOL};
        out->i = a->weak & (KIND_BOOL | KIND_INT) ? a->i != 0 : a->f[0] != 0 || a->f[1] != 0;
        return 0;
    }
    node *n = node_cast(b->g, a->n, SHARR_BOOL, b->err);
    if (!n)
        return b->err ? b->err->status : SHARR_EEXPR;
    *out = operand_of(n);
    out->weak = a->weak ? KIND_BOOL : 0;
    return 0;
}

static int rule_logic(const builder *b, const op_row *op, const operand *a, operand *out)
{
    operand truth[2] = {{.n = NULL}, {.n = NULL}};
    int status = truth_of(b, &a[0], &truth[0]);
    if (!status && op->min_args > 1)
        status = truth_of(b, &a[1], &truth[1]);
    if (!status)
        status = emit(b, (enum kop)op->code, SHARR_BOOL, truth, op->min_args, out);
    operand_fini(&truth[0]);
    operand_fini(&truth[1]);
    return status;
}

static int rule_select(const builder *b, const operand *a, operand *out)
{
    bool weak;
    operand in[3] = {{.n = NULL}, a[1], a[2]};
    dtype t = operands_type(a + 1, 2, &weak);
    int status = truth_of(b, &a[0], &in[0]);
    if (!status)
        status = emit(b, KOP_select, t, in, 3, out);
    operand_fini(&in[0]);
    return status;
}

/* The argument itself. */
static int same_value(const operand *a, operand *out)
{
    *out = *a;
    if (out->n)
        node_ref(out->n);
    return 0;
}

static int rule_round(const builder *b, const op_row *op, const operand *a, operand *out)
{
    bool weak;
    dtype t = operands_type(a, 1, &weak);
    if (dtype_kind(t) & (KIND_INTEGER | KIND_BOOL))
        return same_value(a, out);
    return emit(b, (enum kop)op->code, t, a, 1, out);
}

static int rule_same(const builder *b, const op_row *op, const operand *a, operand *out)
{
    bool weak;
    dtype t = operands_type(a, op->min_args, &weak);
    enum kop k = (enum kop)op->code;
    if (k == KOP_abs && (t == SHARR_BOOL || dtype_kind(t) == KIND_UINT))
        return same_value(a, out);
    if (k == KOP_abs && dtype_kind(t) == KIND_COMPLEX)
        return emit_magnitude(b, a, out);
    if (t == SHARR_BOOL && k == KOP_min)
        k = KOP_and;
    if (t == SHARR_BOOL && k == KOP_max)
        k = KOP_or;
    return emit(b, k, t, a, op->min_args, out);
}

/* minimum(maximum(x, lo), hi), all three in one common type. */
static int build_clip(const builder *b, const operand *a, int narg, operand *out)
{
    operand given[3] = {a[0]}, x, low;
    bool has_low = narg > 1 && (a[1].n || a[1].weak), has_high = narg > 2 && (a[2].n || a[2].weak);
    int n = 1;
    bool weak;
    if (has_low)
        given[n++] = a[1];
    if (has_high)
        given[n++] = a[2];
    dtype t = operands_type(given, n, &weak);
    bool logic = t == SHARR_BOOL;
    if (dtype_kind(t) == KIND_COMPLEX)
        return type_error(b, t, NULL);
    if (n == 1)
        return same_value(a, out);
    x = a[0];
    if (!has_low)
        return emit(b, logic ? KOP_and : KOP_min, t, (operand[]){x, a[2]}, 2, out);
    int status = emit(b, logic ? KOP_or : KOP_max, t, (operand[]){x, a[1]}, 2, &low);
    if (status || !has_high) {
        if (!status)
            *out = low;
        return status;
    }
    status = emit(b, logic ? KOP_and : KOP_min, t, (operand[]){low, a[2]}, 2, out);
    operand_fini(&low);
    return status;
}

static int build_positive(const builder *b, const operand *a, operand *out)
{
    bool weak;
    dtype t = operands_type(a, 1, &weak);
    return t == SHARR_BOOL ? type_error(b, t, NULL) : same_value(a, out);
}

static int rule_own(const builder *b, const op_row *op, const operand *a, int narg, operand *out)
{
    switch (op->code) {
    case OPC_clip:     return build_clip(b, a, narg, out);
    case OPC_positive: return build_positive(b, a, out);
    case OPC_square:
    case OPC_reciprocal:
    case OPC_logaddexp:
    case OPC_copysign:
    case OPC_signbit:
    case OPC_conj:     return emit_composed(b, op->code, a, out);
    default:           return emit_part(b, (enum kop)op->code, a, out);
    }
}

int build_weak(graph *g, const op_row *op, const operand *arg, int narg, operand *out,
               sharr_error *err)
{
    const builder b = {g, op->symbol ? op->symbol : op->name, err};
    if (op->cls != OP_ELEMENT || narg < op->min_args || narg > op->max_args)
        return err_set(err, SHARR_EINTERNAL, "internal error: %s with %d arguments", op->name,
                       narg);
    switch (op->rule) {
    case RULE_ARITH:     return rule_arith(&b, op, arg, out);
    case RULE_DIVIDE:
    case RULE_FLOAT:     return rule_float(&b, op, arg, out);
    case RULE_COMPARE:   return emit_compare(&b, (enum kop)op->code, arg, out);
    case RULE_BITS:      return rule_bits(&b, op, arg, out);
    case RULE_LOGIC:     return rule_logic(&b, op, arg, out);
    case RULE_ROUND:     return rule_round(&b, op, arg, out);
    case RULE_SAME:      return rule_same(&b, op, arg, out);
    case RULE_SELECT:    return rule_select(&b, arg, out);
    case RULE_PREDICATE: return emit_predicate(&b, (enum kop)op->code, arg, out);
    case RULE_OWN:       return rule_own(&b, op, arg, narg, out);
    }
    return err_set(err, SHARR_EINTERNAL, "internal error: operator %s has no rule", op->name);
}

node *build_op(graph *g, const op_row *op, const operand *arg, int narg, sharr_error *err)
{
    operand out;
    if (build_weak(g, op, arg, narg, &out, err) != 0)
        return NULL;
    node *n = build_operand(g, &out, err);
    operand_fini(&out);
    return n;
}
