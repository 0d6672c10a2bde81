/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A program as one LLVM function: arguments, choice of the loops, steps.  The
 * loops are in llvm_nest.c, operations in the tables of llvm_ops.h.
 */
#include "kernel/llvm_emit.h"

#include "kernel/reduce.h"

#include <stddef.h>
#include <stdlib.h>

/* Bodies of a main loop may have this many steps together: longer ones gain nothing and cost
 * compile time.  SHORT_STEPS: those of a band, and of lanes that are all kept in registers. */
enum { MAIN_LOOP_STEPS = 512, MAX_BAND = 4, SHORT_STEPS = 128, MAX_ABREAST = 8 };

/* ---- steps ------------------------------------------------------------------------------------- */

static val index_value(const nest *n, const body *b, int slot)
{
    const emitter *e = n->e;
    const val *x = n->index[slot];
    val j = LLVMBuildAdd(e->b, b->j, ir_i64(e, (int64_t)b->copy * e->w), "");
    if (n->first_col)
        j = LLVMBuildAdd(e->b, j, n->first_col, "");
    val at = LLVMBuildAdd(e->b, x[0], LLVMBuildMul(e->b, b->i, x[1], ""), "");
    at = LLVMBuildAdd(e->b, at, LLVMBuildMul(e->b, j, x[2], ""), "");
    val by = LLVMBuildMul(e->b, ir_splat(e, x[2], e->w), ir_lanes(e, e->i64), "");
    return LLVMBuildAdd(e->b, ir_splat(e, at, e->w), by, "");
}

static val const_part(const emitter *e, dtype t, uint64_t bits)
{
    LLVMTypeRef el = ir_elem(e, t);
    if (t == SHARR_BOOL)
        return ir_cint(e, el, bits != 0);
    return el == e->f32 || el == e->f64 ? ir_bits(e, el, bits) : ir_cint(e, el, bits);
}

static ev const_value(const emitter *e, const scalar *v, dtype t)
{
    int bytes = ir_bytes(t);
    uint64_t mask = bytes == 8 ? ~(uint64_t)0 : ((uint64_t)1 << bytes * 8) - 1;
    ev r = {.v = const_part(e, t, v->bits[0] & mask)};
    if (t == SHARR_COMPLEX64)
        r.im = const_part(e, t, v->bits[0] >> 32);
    else if (t == SHARR_COMPLEX128)
        r.im = const_part(e, t, v->bits[1]);
    return r;
}

ev emit_value(const nest *n, const body *b, int at)
{
    return n->value[b->copy * n->e->p->nsteps + at];
}

static ev op_value(nest *n, const body *b, const step *s)
{
    ev a[3] = {{0}};
    for (int k = 0; k < 3; k++)
        if (s->arg[k] >= 0)
            a[k] = emit_value(n, b, s->arg[k]);
    return emit_table[s->op](n->e, (dtype)s->type, a);
}

static void emit_step(nest *n, const body *b, int k)
{
    emitter *e = n->e;
    const step *s = &e->p->steps[k];
    ev *v = &n->value[b->copy * e->p->nsteps + k];
    switch (s->kind) {
    case STEP_LOAD:
        *v = mem_load(e, &n->op[s->slot], b->copy);
        break;
    case STEP_CONST:
        *v = const_value(e, &e->p->consts[s->slot], (dtype)s->type);
        break;
    case STEP_INDEX:
        *v = (ev){.v = index_value(n, b, s->slot)};
        break;
    case STEP_CAST:
        *v = emit_cast(e, emit_value(n, b, s->arg[0]), (dtype)e->p->steps[s->arg[0]].result,
                       (dtype)s->type);
        break;
    case STEP_OP:
        *v = op_value(n, b, s);
        break;
    case STEP_STORE:
        mem_store(e, &n->op[n->first_out + s->slot], b->copy, emit_value(n, b, s->arg[0]));
        break;
    case STEP_REDUCE:
        reduce_step(n, b, s);
        break;
    default:
        e->failed = "a step of unknown kind";
        break;
    }
}

void emit_body(nest *n, const body *b)
{
    for (int k = 0; k < n->e->p->nsteps; k++)
        emit_step(n, b, k);
}

void emit_bodies(nest *n, const body *b, int last)
{
    for (int c = b->copy; c < last; c += n->abreast) {
        int end = c + n->abreast < last ? c + n->abreast : last;
        for (int k = 0; k < n->e->p->nsteps; k++)
            for (body one = {.copy = c, .i = b->i, .j = b->j}; one.copy < end; one.copy++)
                emit_step(n, &one, k);
    }
}

/* ---- arguments --------------------------------------------------------------------------------- */

val emit_argument(const nest *n, LLVMTypeRef t, size_t offset)
{
    const emitter *e = n->e;
    return ir_load(e, t, ir_gep_const(e, LLVMGetParam(e->fn, 0), (int64_t)offset), 8);
}

static void add_operand(nest *n, dtype t, enum stage_list list, int slot)
{
    operand *o = &n->op[n->nop];
    *o = (operand){.type = t, .index = n->nop};
    o->info = (stage_operand){.list = list, .slot = slot, .size = (int64_t)dtype_size(t)};
    n->nop++;
}

static void list_operands(nest *n)
{
    const program *p = n->e->p;
    for (int k = 0; k < p->nin; k++)
        add_operand(n, (dtype)p->in_type[k], STAGE_INPUT, k);
    n->first_out = n->nop;
    for (int k = 0; k < p->nout; k++)
        add_operand(n, (dtype)p->out_type[k], STAGE_OUTPUT, k);
    n->first_state = n->nop;
    for (accumulator *a = n->acc; a < n->acc + p->nreds; a++) {
        if (a->r->mode != RMODE_DOWN)
            continue;
        a->first_operand = n->nop;
        for (int f = 0; f < a->nfields; f++)
            add_operand(n, a->field[f], STAGE_STATE, a->r->first_state + f);
    }
}

static void load_indices(nest *n)
{
    const emitter *e = n->e;
    if (e->p->nindex == 0)
        return;
    val all = emit_argument(n, e->ptr, offsetof(sharr_kargs, index));
    for (int k = 0; k < e->p->nindex; k++)
        for (int d = 0; d < 3; d++)
            n->index[k][d] = ir_load(e, e->i64, ir_gep_const(e, all, (3 * k + d) * 8), 8);
}

/* ---- choice of the loops ----------------------------------------------------------------------- */

static int down_states(const program *p)
{
    int fields = 0;
    for (int k = 0; k < p->nreds; k++)
        if (p->reds[k].mode == RMODE_DOWN)
            fields += reduce_down_nfields((enum rop)p->reds[k].rop, (dtype)p->reds[k].type);
    return fields;
}

static bool has_lanes(const program *p)
{
    for (int k = 0; k < p->nreds; k++)
        if (p->reds[k].mode == RMODE_LANES)
            return true;
    return false;
}

/* Steps that become more than an instruction or two. */
static int step_weight(const step *s)
{
    bool function = (s->op >= KOP_exp && s->op <= KOP_hypot) || s->op == KOP_pow || s->op == KOP_sqrt || s->op == KOP_sign;
    if (s->kind == STEP_OP && ir_is_complex((dtype)s->type) && function)
        return 200;
    if (s->kind == STEP_OP)
        switch (s->op) {
        case KOP_exp:
        case KOP_log:
        case KOP_tanh:
        case KOP_expm1 ... KOP_atan2:
        case KOP_hypot:
        case KOP_floordiv:
        case KOP_rem:
            return 30;
        case KOP_sin:
        case KOP_cos:
        case KOP_tan:
        case KOP_pow:
        case KOP_philox:
        case KOP_philox_below:
            return 100;
        default:
            return 1;
        }
    return s->kind == STEP_REDUCE ? 2 : 1;
}

/* Vector registers that one group of this type takes. */
static int group_registers(const emitter *e, dtype t)
{
    int width = e->level >= 4 ? 64 : e->level == 3 ? 32 : 16;
    return (e->w * ir_bytes(t) * (ir_is_complex(t) ? 2 : 1) + width - 1) / width;
}

static int accumulator_registers(const nest *n)
{
    int registers = 0;
    for (const accumulator *a = n->acc; a < n->acc + n->e->p->nreds; a++)
        for (int f = 0; f < a->nfields; f++)
            registers += group_registers(n->e, a->field[f]);
    return registers;
}

/* Powers of two. */
static int halve_until(int copies, int each, int limit)
{
    while (copies > 1 && copies * each > limit)
        copies /= 2;
    return copies;
}

/* A processor looks some 64 instructions ahead for one that can start, and needs about eight
 * that do not wait for each other: long bodies have to bring them along.  That is worth spilling registers. */
static int choose_abreast(int weight)
{
    int abreast = 1;
    while (abreast < MAX_ABREAST && abreast * 8 < weight)
        abreast *= 2;
    return abreast;
}

/* By lanes: all 32 in registers where the body is short, in passes with accumulators for half
 * the registers, but at least 64 bytes of a row; else accumulators stay in memory. */
static void choose_copies(nest *n, int weight)
{
    const emitter *e = n->e;
    int all = n->lanes ? REDUCE_LANES / e->w : MAX_ABREAST, half = e->level >= 4 ? 16 : 8;
    n->abreast = choose_abreast(weight);
    n->lane_regs = n->lanes && all <= EMIT_MAX_COPIES && all * weight <= SHORT_STEPS;
    if (n->lane_regs) {
        n->copies = n->pass_copies = all;
        while (n->pass_copies > 2 && n->pass_copies * accumulator_registers(n) > half)
            n->pass_copies /= 2;
        return;
    }
    n->copies = halve_until(n->abreast < all ? n->abreast : all, weight, MAIN_LOOP_STEPS);
    n->pass_copies = n->copies = weight > MAIN_LOOP_STEPS ? 0 : n->copies;
}

/* The main loop; down it has rows of a band. */
static void choose_main(nest *n)
{
    const emitter *e = n->e;
    int weight = 0;
    for (int k = 0; k < e->p->nsteps; k++)
        weight += step_weight(&e->p->steps[k]);
    if (n->down)
        n->band = weight > SHORT_STEPS ? 0 : halve_until(MAX_BAND, weight, SHORT_STEPS);
    else
        choose_copies(n, weight);
}

/* ---- the function ------------------------------------------------------------------------------ */

static void begin_function(emitter *e, const char *name)
{
    static const char nounwind[] = "nounwind";
    LLVMTypeRef ft = LLVMFunctionType(e->none, &e->ptr, 1, 0);
    e->fn = LLVMAddFunction(e->m, name, ft);
    unsigned kind = LLVMGetEnumAttributeKindForName(nounwind, sizeof(nounwind) - 1);
    LLVMAddAttributeAtIndex(e->fn, LLVMAttributeFunctionIndex,
                            LLVMCreateEnumAttribute(e->c, kind, 0));
    ir_at(e, ir_block(e, "entry"));
}

static void emit_loops(nest *n)
{
    emitter *e = n->e;
    const program *p = e->p;
    n->lanes = has_lanes(p);
    n->down = p->nreds > 0 && !n->lanes;
    reduce_setup(n);
    choose_main(n);
    list_operands(n);
    if (!frame_begin(n)) {
        e->failed = "anything: no memory left";
        return;
    }
    for (int d = 0; d < 2; d++)
        n->n[d] = emit_argument(n, e->i64, offsetof(sharr_kargs, n) + (size_t)d * 8);
    load_indices(n);
    if (n->down)
        nest_down(n);
    else
        nest_rows(n);
    LLVMBuildRetVoid(e->b);
}

int emit_kernel(emitter *e, const char *name)
{
    const program *p = e->p;
    nest n = {.e = e};
    size_t ops = (size_t)p->nin + (size_t)p->nout + (size_t)down_states(p);

    n.op = calloc(ops + 1, sizeof(*n.op));
    n.acc = calloc((size_t)p->nreds + 1, sizeof(*n.acc));
    n.index = calloc((size_t)p->nindex + 1, sizeof(*n.index));
    n.value = calloc(EMIT_MAX_COPIES * ((size_t)p->nsteps + 1), sizeof(*n.value));
    if (n.op && n.acc && n.index && n.value) {
        begin_function(e, name);
        emit_loops(&n);
    } else {
        e->failed = "anything: no memory left";
    }
    free(n.op);
    free(n.acc);
    free(n.index);
    free(n.value);
    return e->failed != NULL;
}
