/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel's frame: where it is in each array, and the buffers that make partial
 * groups and odd strides look like full ones.
 */
#include "kernel/llvm_emit.h"

#include <stddef.h>
#include <stdlib.h>

static val place(const nest *n, const operand *o, size_t field)
{
    size_t at = sizeof(stage_frame) + (size_t)o->index * sizeof(stage_place) + field;
    return ir_gep_const(n->e, n->frame, (int64_t)at);
}

val frame_get(const nest *n, const operand *o, LLVMTypeRef t, size_t field)
{
    return ir_load(n->e, t, place(n, o, field), 8);
}

void frame_set(const nest *n, const operand *o, val v, size_t field)
{
    ir_store(n->e, v, place(n, o, field), 8);
}

/* ---- begin ------------------------------------------------------------------------------------- */

/* stage_table as a constant of the module. */
static val operand_table(const nest *n, const int64_t *words, int count)
{
    const emitter *e = n->e;
    val *v = malloc((size_t)count * sizeof(*v));
    if (!v)
        return NULL;
    for (int k = 0; k < count; k++)
        v[k] = ir_i64(e, words[k]);
    val table = LLVMAddGlobal(e->m, LLVMArrayType2(e->i64, (uint64_t)count), "operands");
    LLVMSetInitializer(table, LLVMConstArray2(e->i64, v, (uint64_t)count));
    LLVMSetGlobalConstant(table, 1);
    LLVMSetLinkage(table, LLVMPrivateLinkage);
    LLVMSetAlignment(table, 8);
    free(v);
    return table;
}

/* Groups that a buffer holds: a turn of the main loop or the rows of a band. */
static int groups_of_buf(const nest *n)
{
    int groups = n->copies > n->band ? n->copies : n->band;
    return groups > 0 ? groups : 1;
}

static val make_table(nest *n, int64_t *buf_bytes)
{
    size_t bytes = sizeof(stage_table) + (size_t)n->nop * sizeof(stage_operand);
    stage_table *t = malloc(bytes);
    int64_t end = 0;
    if (!t)
        return NULL;
    t->n = n->nop;
    t->w = n->e->w;
    t->main = n->copies * n->e->w;
    for (int k = 0; k < n->nop; k++) {
        stage_operand *o = &n->op[k].info;
        o->buf = end;
        end += groups_of_buf(n) * n->e->w * o->size;
        end = (end + 63) / 64 * 64;
        t->op[k] = *o;
    }
    *buf_bytes = end;
    val table = operand_table(n, (const int64_t *)t, (int)(bytes / sizeof(int64_t)));
    free(t);
    return table;
}

static void call_helper(const nest *n, const char *name, val *args, int nargs)
{
    const emitter *e = n->e;
    LLVMTypeRef t[4];
    for (int k = 0; k < nargs; k++)
        t[k] = LLVMTypeOf(args[k]);
    LLVMTypeRef ft = LLVMFunctionType(e->none, t, (unsigned)nargs, 0);
    val fn = LLVMGetNamedFunction(e->m, name);
    if (!fn)
        fn = LLVMAddFunction(e->m, name, ft);
    LLVMBuildCall2(e->b, ft, fn, args, (unsigned)nargs, "");
}

static val flag(const nest *n, size_t field)
{
    const emitter *e = n->e;
    val v = ir_load(e, e->i64, ir_gep_const(e, n->frame, (int64_t)field), 8);
    return ir_icmp(e, LLVMIntNE, v, ir_i64(e, 0));
}

bool frame_begin(nest *n)
{
    const emitter *e = n->e;
    int64_t bytes = 0;
    val table = make_table(n, &bytes);
    if (!table)
        return false;
    val bufs = ir_alloca(e, bytes ? bytes : 64, "bufs");
    n->frame = ir_alloca(e, (int64_t)(sizeof(stage_frame) + (size_t)n->nop * sizeof(stage_place)),
                         "frame");
    val args[4] = {n->frame, LLVMGetParam(e->fn, 0), table, bufs};
    call_helper(n, STAGE_BEGIN_NAME, args, 4);
    for (operand *o = n->op; o < n->op + n->nop; o++)
        o->buf = ir_gep_const(e, bufs, o->info.buf);
    n->odd = flag(n, offsetof(stage_frame, odd));
    n->zero = flag(n, offsetof(stage_frame, zero));
    return true;
}

/* ---- elements as plain words: one word up to 8 bytes, two for complex128 ------------------------ */

static LLVMTypeRef word_type(const emitter *e, const operand *o)
{
    return ir_int(e, o->info.size > 8 ? 8 : (int)o->info.size);
}

static unsigned words(const operand *o)
{
    return o->info.size > 8 ? 2 : 1;
}

static LLVMTypeRef word_group(const emitter *e, const operand *o)
{
    return LLVMVectorType(word_type(e, o), (unsigned)e->w * words(o));
}

/* The element at `from` into every lane of the groups [first, last) of the buffer. */
static void splat_to_buf(const nest *n, const operand *o, val from, int first, int last)
{
    const emitter *e = n->e;
    unsigned k = words(o), lanes = (unsigned)e->w * k;
    val one = ir_load(e, LLVMVectorType(word_type(e, o), k), from, (int)o->info.size / (int)k);
    val index[2 * IR_MAX_LANES];
    for (unsigned i = 0; i < lanes; i++)
        index[i] = LLVMConstInt(e->i32, i % k, 0);
    val all = LLVMBuildShuffleVector(e->b, one, LLVMGetPoison(LLVMTypeOf(one)),
                                     LLVMConstVector(index, lanes), "");
    for (int c = first; c < last; c++)
        ir_store(e, all, ir_gep_const(e, o->buf, c * e->w * o->info.size), 8);
}

static void splat_rows(const nest *n, const operand *o, int rows)
{
    const emitter *e = n->e;
    size_t row_at = offsetof(stage_place, row), sub_at = offsetof(stage_place, by_sub);
    val row = frame_get(n, o, e->ptr, row_at), from = row;
    val by = frame_get(n, o, e->i64, offsetof(stage_place, step));
    val zero = ir_icmp(e, LLVMIntEQ, by, ir_i64(e, 0));
    for (int r = 0; r < rows; r++) {
        if (r > 0)
            from = ir_gep(e, from, frame_get(n, o, e->i64, sub_at));
        splat_to_buf(n, o, from, rows > 1 ? r : 0, rows > 1 ? r + 1 : groups_of_buf(n));
    }
    frame_set(n, o, ir_select(e, zero, o->buf, row), row_at);
    if (rows > 1) {
        val own = frame_get(n, o, e->i64, sub_at), group = ir_i64(e, e->w * o->info.size);
        frame_set(n, o, ir_select(e, zero, group, own), sub_at);
    }
}

void frame_splat(nest *n, val needed, int rows)
{
    const emitter *e = n->e;
    LLVMBasicBlockRef some = ir_block(e, "splat"), go = ir_block(e, "go");
    LLVMBuildCondBr(e->b, needed, some, go);
    ir_at(e, some);
    for (operand *o = n->op; o < n->op + n->first_out; o++)
        splat_rows(n, o, rows);
    LLVMBuildBr(e->b, go);
    ir_at(e, go);
}

/* ---- partial groups ---------------------------------------------------------------------------- */

static bool reads(const operand *o)
{
    return o->info.list != STAGE_OUTPUT;
}

static bool writes(const operand *o)
{
    return o->info.list != STAGE_INPUT;
}

/* Has the level a masked move for this element? */
static bool maskable(const emitter *e, const operand *o)
{
    return e->level >= 4 || (e->level == 3 && o->info.size >= 4);
}

static val word_mask(const emitter *e, const operand *o, val count)
{
    LLVMTypeRef word = word_type(e, o);
    unsigned k = words(o), lanes = (unsigned)e->w * k;
    val lane[2 * IR_MAX_LANES];
    for (unsigned i = 0; i < lanes; i++)
        lane[i] = LLVMConstInt(word, i / k, 0);
    val c = word == e->i64 ? count : LLVMBuildTrunc(e->b, count, word, "");
    return ir_icmp(e, LLVMIntULT, LLVMConstVector(lane, lanes), ir_splat(e, c, (int)lanes));
}

static void masked_copies(const nest *n, val count, bool in)
{
    const emitter *e = n->e;
    val mask[17] = {NULL};              /* by element size */
    for (operand *o = n->op; o < n->op + n->nop; o++) {
        if (!(in ? reads(o) : writes(o)))
            continue;
        val *m = &mask[o->info.size];
        if (!*m)
            *m = word_mask(e, o, count);
        if (in)
            ir_store(e, ir_masked_load(e, word_group(e, o), o->at, *m), o->buf, 8);
        else
            ir_masked_store(e, ir_load(e, word_group(e, o), o->buf, 8),
                            frame_get(n, o, e->ptr, offsetof(stage_place, cur)), *m);
    }
}

/* All that are read or all that are written: masked if no stride is odd and the level can. */
static void copies(const nest *n, val count, bool in)
{
    const emitter *e = n->e;
    bool all_maskable = true;
    for (operand *o = n->op; o < n->op + n->nop; o++)
        all_maskable &= maskable(e, o) || !(in ? reads(o) : writes(o));
    LLVMBasicBlockRef odd = ir_block(e, "odd"), done = ir_block(e, "staged");
    if (all_maskable) {
        LLVMBasicBlockRef part = ir_block(e, "part");
        ir_br_rare(e, n->odd, odd, part);
        ir_at(e, part);
        masked_copies(n, count, in);
        LLVMBuildBr(e->b, done);
    } else {
        LLVMBuildBr(e->b, odd);
    }
    ir_at(e, odd);
    val args[2] = {n->frame, count};
    call_helper(n, in ? STAGE_IN_NAME : STAGE_OUT_NAME, args, 2);
    LLVMBuildBr(e->b, done);
    ir_at(e, done);
}

void frame_stage_in(nest *n, val slow, val count)
{
    const emitter *e = n->e;
    LLVMBasicBlockRef from = ir_here(e), rare = ir_block(e, "slow"), go = ir_block(e, "body");
    ir_br_rare(e, slow, rare, go);
    ir_at(e, rare);
    copies(n, count, true);
    LLVMBasicBlockRef staged = ir_here(e);
    LLVMBuildBr(e->b, go);
    ir_at(e, go);
    for (operand *o = n->op; o < n->op + n->nop; o++) {
        o->at = ir_phi(e, e->ptr, o->at, from);
        ir_phi_add(o->at, o->buf, staged);
    }
}

void frame_stage_out(nest *n, val slow, val count)
{
    const emitter *e = n->e;
    if (n->first_out == n->nop)
        return;
    LLVMBasicBlockRef rare = ir_block(e, "slowout"), next = ir_block(e, "next");
    ir_br_rare(e, slow, rare, next);
    ir_at(e, rare);
    copies(n, count, false);
    LLVMBuildBr(e->b, next);
    ir_at(e, next);
}
