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
        return (ev){.v = math_call(e, #name, t, a, 1)}; \
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

/* A function of one lane takes and returns plain numbers. */
static LLVMTypeRef lanes_type(const emitter *e, dtype t, int lanes)
{
    LLVMTypeRef el = ir_elem(e, t);
    return lanes == 1 ? el : LLVMVectorType(el, (unsigned)lanes);
}

/* sharr_math_<name>_<type>x<lanes> if the bitcode has it and it takes and returns vectors. */
static val find(const emitter *e, const char *name, dtype t, int nargs, int lanes)
{
    char full[64];
    snprintf(full, sizeof(full), "sharr_math_%s_f%dx%d", name, ir_bytes(t) * 8, lanes);
    val fn = e->math ? LLVMGetNamedFunction(e->math, full) : NULL;
    LLVMTypeRef vt = lanes_type(e, t, lanes), params[2] = {vt, vt};
    LLVMTypeRef ft = LLVMFunctionType(vt, params, (unsigned)nargs, 0);
    if (!fn || LLVMGlobalGetValueType(fn) != ft)
        return NULL;
    val here = LLVMGetNamedFunction(e->m, full);
    return here ? here : LLVMAddFunction(e->m, full, ft);
}

/* The widest function that fits into w lanes, else the narrowest there is. */
static val best(const emitter *e, const char *name, dtype t, int nargs, int *lanes)
{
    val fn = NULL;
    for (int l = e->w; l >= 1 && !fn; l /= 2)
        if ((fn = find(e, name, t, nargs, l)))
            *lanes = l;
    for (int l = e->w * 2; l <= IR_MAX_LANES && !fn; l *= 2)
        if ((fn = find(e, name, t, nargs, l)))
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

/* fn of lanes first .. first + count of the operands, as a vector. */
static val call_part(const emitter *e, val fn, const ev *a, int nargs, lanes_range r)
{
    val args[2], v;
    for (int i = 0; i < nargs; i++)
        args[i] = r.count > 1 ? cut(e, a[i].v, r.first, r.count)
                              : LLVMBuildExtractElement(e->b, a[i].v, ir_i64(e, r.first), "");
    v = LLVMBuildCall2(e->b, LLVMGlobalGetValueType(fn), fn, args, (unsigned)nargs, "");
    return r.count > 1 ? v : ir_splat(e, v, 1);
}

val math_call(emitter *e, const char *name, dtype t, const ev *a, int nargs)
{
    int lanes = 0;
    val fn = best(e, name, t, nargs, &lanes), part[IR_MAX_LANES];
    if (!fn) {
        e->failed = name;
        return LLVMGetPoison(ir_type(e, t));
    }
    e->uses_math = true;
    int parts = lanes < e->w ? e->w / lanes : 1;
    for (int k = 0; k < parts; k++)
        part[k] = call_part(e, fn, a, nargs, (lanes_range){k * lanes, lanes});
    for (; parts > 1; parts /= 2, lanes *= 2)
        for (int k = 0; k < parts / 2; k++)
            part[k] = join(e, part[2 * k], part[2 * k + 1], lanes);
    return cut(e, part[0], 0, e->w);
}
