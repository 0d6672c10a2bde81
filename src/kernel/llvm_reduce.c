/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a reduction does with one group of elements: an element becomes a state of
 * one element (reduce_element), which is merged into the accumulator
 * (reduce_combine).  The rules are those of kernel/reduce.h.
 */
#include "kernel/llvm_emit.h"

#include "kernel/reduce.h"

/* ---- merging ----------------------------------------------------------------------------------- */

static bool is_var(const accumulator *acc)
{
    return acc->r->rop == ROP_VAR;
}

static val add(emitter *e, dtype t, val a, val b)
{
    return (ir_is_float(t) ? LLVMBuildFAdd : LLVMBuildAdd)(e->b, a, b, "");
}

static void combine_prod(emitter *e, const accumulator *acc, val *a, const val *b)
{
    if (acc->nfields == 2) {
        ev x[2] = {{a[0], a[1]}, {b[0], b[1]}}, r = complex_mul(e, SHARR_COMPLEX128, x);
        a[0] = r.v;
        a[1] = r.im;
    } else {
        a[0] = (ir_is_float(acc->field[0]) ? LLVMBuildFMul : LLVMBuildMul)(e->b, a[0], b[0], "");
    }
}

static val extremum(emitter *e, const accumulator *acc, val a, val b)
{
    dtype t = acc->field[0];
    bool min = acc->r->rop == ROP_MIN;
    if (t == SHARR_BOOL)
        return (min ? LLVMBuildAnd : LLVMBuildOr)(e->b, a, b, "");
    if (ir_is_float(t))
        return min ? float_min(e, a, b) : float_max(e, t, a, b);
    return min ? int_min(e, t, a, b) : int_max(e, t, a, b);
}

/* Does b's value come before a's?  *tie: neither does. */
static val arg_better(emitter *e, const accumulator *acc, val a, val b, val *tie)
{
    dtype t = acc->field[0];
    bool min = acc->r->rop == ROP_ARGMIN;
    if (!ir_is_float(t)) {
        LLVMIntPredicate p = ir_is_signed(t) ? (min ? LLVMIntSLT : LLVMIntSGT)
                                             : (min ? LLVMIntULT : LLVMIntUGT);
        *tie = ir_icmp(e, LLVMIntEQ, a, b);
        return ir_icmp(e, p, b, a);
    }
    val nan_a = ir_fcmp(e, LLVMRealUNO, a, a), nan_b = ir_fcmp(e, LLVMRealUNO, b, b);
    val first = LLVMBuildAnd(e->b, nan_b, LLVMBuildNot(e->b, nan_a, ""), "");
    *tie = LLVMBuildOr(e->b, ir_fcmp(e, LLVMRealOEQ, a, b), LLVMBuildAnd(e->b, nan_a, nan_b, ""), "");
    return LLVMBuildOr(e->b, first, ir_fcmp(e, min ? LLVMRealOLT : LLVMRealOGT, b, a), "");
}

/* b replaces a if it is an element and a is none, or better, or as good with a lower index. */
static void combine_arg(emitter *e, const accumulator *acc, val *a, const val *b)
{
    val zero = LLVMConstNull(LLVMTypeOf(a[1]));
    val tie, take = arg_better(e, acc, a[0], b[0], &tie);
    val none = ir_icmp(e, LLVMIntSLT, a[1], zero), some = ir_icmp(e, LLVMIntSGE, b[1], zero);
    tie = LLVMBuildAnd(e->b, tie, ir_icmp(e, LLVMIntSLT, b[1], a[1]), "");
    take = LLVMBuildOr(e->b, LLVMBuildOr(e->b, take, tie, ""), none, "");
    take = LLVMBuildAnd(e->b, take, some, "");
    a[0] = ir_select(e, take, b[0], a[0]);
    a[1] = ir_select(e, take, b[1], a[1]);
}

void reduce_combine(emitter *e, const accumulator *acc, val *a, const val *b)
{
    switch (acc->r->rop) {
    case ROP_PROD:
        combine_prod(e, acc, a, b);
        break;
    case ROP_MIN:
    case ROP_MAX:
        a[0] = extremum(e, acc, a[0], b[0]);
        break;
    case ROP_ANY:
        a[0] = LLVMBuildOr(e->b, a[0], b[0], "");
        break;
    case ROP_ALL:
        a[0] = LLVMBuildAnd(e->b, a[0], b[0], "");
        break;
    case ROP_ARGMIN:
    case ROP_ARGMAX:
        combine_arg(e, acc, a, b);
        break;
    default:                    /* SUM, COUNT and the sums of VAR */
        for (int f = 0; f < acc->nfields; f++)
            a[f] = add(e, acc->field[f], a[f], b[f]);
        break;
    }
}

/* ---- one element as a state -------------------------------------------------------------------- */

static val is_finite(emitter *e, val x)
{
    ev r = emit_isfinite(e, SHARR_FLOAT64, &(ev){.v = x});
    return r.v;
}

/* DOWN: a = n, shift, s1, s2.  The first finite element becomes the shift. */
static void var_down(emitter *e, val *a, val x)
{
    LLVMTypeRef t = ir_vec(e, e->f64);
    val unset = ir_fcmp(e, LLVMRealUNO, a[1], a[1]);
    a[1] = ir_select(e, LLVMBuildAnd(e->b, unset, is_finite(e, x), ""), x, a[1]);
    val base = ir_select(e, ir_fcmp(e, LLVMRealUNO, a[1], a[1]), LLVMConstNull(t), a[1]);
    val d = LLVMBuildFSub(e->b, x, base, "");
    a[0] = LLVMBuildFAdd(e->b, a[0], ir_cflt(e, e->f64, 1.0), "");
    a[2] = LLVMBuildFAdd(e->b, a[2], d, "");
    a[3] = LLVMBuildFAdd(e->b, a[3], LLVMBuildFMul(e->b, d, d, ""), "");
}

/* LANES: x - shift and its square, where the shift is the row's first finite element. */
static void var_lanes(nest *n, const body *b, const accumulator *acc, val x, val *out)
{
    val d = LLVMBuildFSub(n->e->b, x, lanes_shift(n, acc, b, x), "");
    out[0] = d;
    out[1] = LLVMBuildFMul(n->e->b, d, d, "");
}

static void reduce_element(emitter *e, const accumulator *acc, ev x, val index, val *out)
{
    dtype t = (dtype)acc->r->type, to = acc->field[0];
    switch (acc->r->rop) {
    case ROP_ANY:
    case ROP_ALL:
        out[0] = emit_cast(e, x, t, SHARR_BOOL).v;
        break;
    case ROP_COUNT:
        out[0] = emit_cast(e, emit_cast(e, x, t, SHARR_BOOL), SHARR_BOOL, to).v;
        break;
    case ROP_ARGMIN:
    case ROP_ARGMAX:
        out[0] = x.v;
        out[1] = index;
        break;
    default:
        if (acc->nfields == 2) {
            ev wide = emit_cast(e, x, t, SHARR_COMPLEX128);
            out[0] = wide.v;
            out[1] = wide.im;
        } else {
            out[0] = emit_cast(e, x, t, to).v;
        }
        break;
    }
}

/* ---- where accumulators are -------------------------------------------------------------------- */

static operand field_place(const nest *n, const accumulator *acc, int f, const body *b)
{
    const emitter *e = n->e;
    if (acc->r->mode == RMODE_DOWN)
        return n->op[acc->first_operand + f];
    val j = LLVMBuildAdd(e->b, b->j, ir_i64(e, (int64_t)b->copy * e->w), "");
    val lane = LLVMBuildAnd(e->b, j, ir_i64(e, REDUCE_LANES - 1), "");
    int64_t size = (int64_t)dtype_size(acc->field[f]);
    val at = ir_gep(e, acc->mem[f], LLVMBuildMul(e->b, lane, ir_i64(e, size), ""));
    return mem_operand(acc->field[f], at);
}

static val field_get(const nest *n, const accumulator *acc, int f, const body *b)
{
    if (acc->in_regs)
        return acc->reg[f][b->copy];
    operand o = field_place(n, acc, f, b);
    return mem_load(n->e, &o, acc->r->mode == RMODE_DOWN ? b->copy : 0).v;
}

static void field_put(nest *n, accumulator *acc, int f, const body *b, val v)
{
    if (acc->in_regs) {
        acc->reg[f][b->copy] = v;
        return;
    }
    operand o = field_place(n, acc, f, b);
    mem_store(n->e, &o, acc->r->mode == RMODE_DOWN ? b->copy : 0, (ev){.v = v});
    /* volatile, or LLVM makes a masked store of it, for which the next load of these lanes has to wait */
    if (b->active)
        LLVMSetVolatile(LLVMGetLastInstruction(ir_here(n->e)), 1);
}

void reduce_step(nest *n, const body *b, const step *s)
{
    emitter *e = n->e;
    accumulator *acc = &n->acc[s->slot];
    ev x = emit_value(n, b, s->arg[0]);
    val a[REDUCE_MAX_FIELDS] = {0}, one[REDUCE_MAX_FIELDS] = {0}, old[REDUCE_MAX_FIELDS] = {0};
    bool lanes = acc->r->mode == RMODE_LANES;

    if (is_var(acc))
        x = emit_cast(e, x, (dtype)acc->r->type, SHARR_FLOAT64);
    if (is_var(acc) && lanes)
        var_lanes(n, b, acc, x.v, one);
    else if (!is_var(acc))
        reduce_element(e, acc, x, s->arg[1] >= 0 ? emit_value(n, b, s->arg[1]).v : NULL, one);
    for (int f = 0; f < acc->nfields; f++)
        old[f] = a[f] = field_get(n, acc, f, b);
    if (is_var(acc) && !lanes)
        var_down(e, a, x.v);
    else
        reduce_combine(e, acc, a, one);
    for (int f = 0; f < acc->nfields; f++) {
        if (lanes && b->active)
            a[f] = ir_select(e, b->active, a[f], old[f]);
        field_put(n, acc, f, b, a[f]);
    }
}

/* ---- registers --------------------------------------------------------------------------------- */

void reduce_regs_open(nest *n, int first, int last, LLVMBasicBlockRef from)
{
    for (accumulator *a = n->acc; a < n->acc + n->e->p->nreds; a++)
        for (int f = 0; a->in_regs && f < a->nfields; f++)
            for (int c = first; c < last; c++)
                a->reg[f][c] = a->phi[f][c] =
                    ir_phi(n->e, ir_type(n->e, a->field[f]), a->reg[f][c], from);
}

void reduce_regs_close(nest *n, int first, int last, LLVMBasicBlockRef latch)
{
    for (accumulator *a = n->acc; a < n->acc + n->e->p->nreds; a++)
        for (int f = 0; a->in_regs && f < a->nfields; f++)
            for (int c = first; c < last; c++)
                ir_phi_add(a->phi[f][c], a->reg[f][c], latch);
}

void reduce_down_load(nest *n)
{
    for (accumulator *a = n->acc; a < n->acc + n->e->p->nreds; a++) {
        a->in_regs = true;
        for (int f = 0; f < a->nfields; f++)
            a->reg[f][0] = mem_load(n->e, &n->op[a->first_operand + f], 0).v;
    }
}

void reduce_down_store(nest *n)
{
    for (accumulator *a = n->acc; a < n->acc + n->e->p->nreds; a++) {
        for (int f = 0; f < a->nfields; f++)
            mem_store(n->e, &n->op[a->first_operand + f], 0, (ev){.v = a->reg[f][0]});
        a->in_regs = false;
    }
}

/* ---- set-up ------------------------------------------------------------------------------------ */

/* By lanes, VAR keeps s1 and s2; n is the row's length and the shift is common. */
static int lane_fields(const reduction *r)
{
    return r->rop == ROP_VAR ? 2 : reduce_nfields((enum rop)r->rop, (dtype)r->type);
}

void reduce_setup(nest *n)
{
    const emitter *e = n->e;
    for (int k = 0; k < e->p->nreds; k++) {
        accumulator *a = &n->acc[k];
        const reduction *r = a->r = &e->p->reds[k];
        bool lanes = r->mode == RMODE_LANES;
        a->nfields = lanes ? lane_fields(r) : reduce_down_nfields((enum rop)r->rop, (dtype)r->type);
        for (int f = 0; f < a->nfields; f++)
            a->field[f] = reduce_field_type((enum rop)r->rop, (dtype)r->type, f);
        if (!lanes)
            continue;
        for (int f = 0; f < a->nfields; f++)
            a->mem[f] = ir_alloca(e, REDUCE_LANES * (int64_t)dtype_size(a->field[f]), "lanes");
        if (r->rop == ROP_VAR)
            a->shift = ir_alloca(e, 8, "shift");
    }
}
