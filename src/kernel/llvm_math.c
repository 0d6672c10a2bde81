/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Functions that are written once in C (math_source.h): calls of their bitcode.
 * A value is cut, or padded, to the lane counts that the bitcode offers; every
 * lane depends on its own arguments only.
 */
#include "kernel/llvm_ops.h"

#include <stdio.h>

#define UNARY(name) \
    ev emit_##name(emitter *e, dtype t, const ev *a) \
    { \
        return math_function(e, #name, t, a, 1); \
    }

UNARY(exp)
UNARY(log)
UNARY(sin)
UNARY(cos)
UNARY(tan)
UNARY(tanh)
UNARY(expm1)
UNARY(log1p)
UNARY(log2)
UNARY(log10)
UNARY(exp2)
UNARY(cbrt)
UNARY(sinh)
UNARY(cosh)
UNARY(asinh)
UNARY(acosh)
UNARY(atanh)
UNARY(asin)
UNARY(acos)
UNARY(atan)
UNARY(erf)

ev emit_hypot(emitter *e, dtype t, const ev *a)
{
    return (ev){.v = math_call(e, "hypot", t, a, 2)};
}

ev emit_atan2(emitter *e, dtype t, const ev *a)
{
    return (ev){.v = math_call(e, "atan2", t, a, 2)};
}

ev emit_nextafter(emitter *e, dtype t, const ev *a)
{
    return (ev){.v = math_call(e, "nextafter", t, a, 2)};
}

ev math_function(emitter *e, const char *name, dtype t, const ev *a, int nargs)
{
    return ir_is_complex(t) ? math_call_complex(e, name, t, a, nargs)
                            : (ev){.v = math_call(e, name, t, a, nargs)};
}

/* A function of one lane takes and returns plain numbers. */
static LLVMTypeRef lanes_type(const emitter *e, dtype t, int lanes)
{
    LLVMTypeRef el = ir_elem(e, t);
    return lanes == 1 ? el : LLVMVectorType(el, (unsigned)lanes);
}

/* What is called: sharr_math_[c]<name>_<type>x<lanes>.  A complex function takes the parts of its operands, and
 * stores both parts of the result at its last parameter. */
typedef struct math_fn {
    const char *name;
    dtype t;
    int nargs;                  /* operands */
} math_fn;

/* If the bitcode has it and it takes and returns vectors. */
static val find(const emitter *e, const math_fn *f, int lanes)
{
    char full[64];
    bool pair = ir_is_complex(f->t);
    snprintf(full, sizeof(full), "sharr_math_%s%s_%c%dx%d", pair ? "c" : "", f->name, ir_is_unsigned(f->t) ? 'u' : 'f',
             ir_bytes(f->t) * 8, lanes);
    val fn = e->math ? LLVMGetNamedFunction(e->math, full) : NULL;
    LLVMTypeRef vt = lanes_type(e, f->t, lanes), params[5] = {vt, vt, vt, vt, NULL};
    int n = pair ? 2 * f->nargs + 1 : f->nargs;
    if (pair)
        params[n - 1] = e->ptr;
    LLVMTypeRef ft = LLVMFunctionType(pair ? e->none : vt, params, (unsigned)n, 0);
    if (!fn || LLVMGlobalGetValueType(fn) != ft)
        return NULL;
    val here = LLVMGetNamedFunction(e->m, full);
    return here ? here : LLVMAddFunction(e->m, full, ft);
}

/* The widest function that fits into w lanes, else the narrowest there is. */
static val best(const emitter *e, const math_fn *f, int *lanes)
{
    val fn = NULL;
    for (int l = e->w; l >= 1 && !fn; l /= 2)
        if ((fn = find(e, f, l)))
            *lanes = l;
    for (int l = e->w * 2; l <= IR_MAX_LANES && !fn; l *= 2)
        if ((fn = find(e, f, l)))
            *lanes = l;
    return fn;
}

typedef struct lanes_range {
    int first, count;
} lanes_range;

/* Lanes first .. first + count of v; beyond its end the last lane again. */
static val cut(const emitter *e, val v, int first, int count)
{
    int have = (int)LLVMGetVectorSize(LLVMTypeOf(v));
    val index[IR_MAX_LANES];
    if (have == count)
        return v;
    for (int i = 0; i < count; i++)
        index[i] = LLVMConstInt(e->i32, (unsigned)(first + i < have ? first + i : have - 1), 0);
    return LLVMBuildShuffleVector(e->b, v, LLVMGetPoison(LLVMTypeOf(v)),
                                  LLVMConstVector(index, (unsigned)count), "");
}

/* a and b, of n lanes each, side by side. */
static val join(const emitter *e, val a, val b, int n)
{
    val index[IR_MAX_LANES];
    for (int i = 0; i < 2 * n; i++)
        index[i] = LLVMConstInt(e->i32, (unsigned)i, 0);
    return LLVMBuildShuffleVector(e->b, a, b, LLVMConstVector(index, 2 * (unsigned)n), "");
}

/* Lanes first .. first + count of an operand, as a function takes them; and back to a vector. */
static val argument(const emitter *e, val v, lanes_range r)
{
    return r.count > 1 ? cut(e, v, r.first, r.count) : LLVMBuildExtractElement(e->b, v, ir_i64(e, r.first), "");
}

static val as_vector(const emitter *e, val v, lanes_range r)
{
    return r.count > 1 ? v : ir_splat(e, v, 1);
}

/* fn of lanes first .. first + count of the operands. */
static ev call_part(const emitter *e, val fn, const ev *a, int nargs, lanes_range r)
{
    val args[3];
    for (int i = 0; i < nargs; i++)
        args[i] = argument(e, a[i].v, r);
    val v = LLVMBuildCall2(e->b, LLVMGlobalGetValueType(fn), fn, args, (unsigned)nargs, "");
    return (ev){.v = as_vector(e, v, r)};
}

/* The same of complex numbers; the result comes back through `out`. */
static ev call_complex_part(const emitter *e, val fn, const ev *a, int nargs, lanes_range r, val out)
{
    val args[5];
    for (int i = 0; i < nargs; i++) {
        args[2 * i] = argument(e, a[i].v, r);
        args[2 * i + 1] = argument(e, a[i].im, r);
    }
    LLVMTypeRef vt = LLVMTypeOf(args[0]);
    int bytes = r.count * (LLVMTypeOf(a[0].v) == ir_vec(e, e->f32) ? 4 : 8);
    args[2 * nargs] = out;
    LLVMBuildCall2(e->b, LLVMGlobalGetValueType(fn), fn, args, (unsigned)(2 * nargs + 1), "");
    val re = ir_load(e, vt, out, bytes), im = ir_load(e, vt, ir_gep_const(e, out, bytes), bytes);
    return (ev){.v = as_vector(e, re, r), .im = as_vector(e, im, r)};
}

/* The parts, `lanes` wide, side by side, `w` of them. */
static val join_all(const emitter *e, val *part, int parts, int lanes)
{
    for (; parts > 1; parts /= 2, lanes *= 2)
        for (int k = 0; k < parts / 2; k++)
            part[k] = join(e, part[2 * k], part[2 * k + 1], lanes);
    return cut(e, part[0], 0, e->w);
}

static ev call_function(emitter *e, const math_fn *f, const ev *a)
{
    int lanes = 0;
    bool pair = ir_is_complex(f->t);
    val fn = best(e, f, &lanes), part[2][IR_MAX_LANES];
    if (!fn) {
        e->failed = f->name;
        return (ev){LLVMGetPoison(ir_type(e, f->t)), LLVMGetPoison(ir_type(e, f->t))};
    }
    e->uses_math = true;
    int parts = lanes < e->w ? e->w / lanes : 1;
    val out = pair ? ir_alloca(e, (int64_t)2 * lanes * ir_bytes(f->t), "parts") : NULL;
    for (int k = 0; k < parts; k++) {
        lanes_range r = {k * lanes, lanes};
        ev got = pair ? call_complex_part(e, fn, a, f->nargs, r, out) : call_part(e, fn, a, f->nargs, r);
        part[0][k] = got.v;
        part[1][k] = got.im;
    }
    ev r = {.v = join_all(e, part[0], parts, lanes)};
    if (pair)
        r.im = join_all(e, part[1], parts, lanes);
    return r;
}

val math_call(emitter *e, const char *name, dtype t, const ev *a, int nargs)
{
    return call_function(e, &(math_fn){name, t, nargs}, a).v;
}

ev math_call_complex(emitter *e, const char *name, dtype t, const ev *a, int nargs)
{
    return call_function(e, &(math_fn){name, t, nargs}, a);
}
