/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The tables of element operations and reductions.  Pure.
 */
#include "array/kop.h"

static const kop_info kops[KOP_COUNT] = {
#define X(name, arity, kinds, result) [KOP_##name] = {#name, arity, kinds, KOP_RESULT_##result},
    KOPS(X)
#undef X
};

static const struct { const char *name; int kinds; } rops[ROP_NROPS] = {
    [ROP_SUM]    = {"sum",    KIND_ANY},
    [ROP_PROD]   = {"prod",   KIND_ANY},
    [ROP_VAR]    = {"var",    KIND_REAL},
    [ROP_MIN]    = {"min",    KIND_REAL | KIND_BOOL},
    [ROP_MAX]    = {"max",    KIND_REAL | KIND_BOOL},
    [ROP_ANY]    = {"any",    KIND_ANY},
    [ROP_ALL]    = {"all",    KIND_ANY},
    [ROP_COUNT]  = {"count",  KIND_ANY},
    [ROP_ARGMIN] = {"argmin", KIND_REAL | KIND_BOOL},
    [ROP_ARGMAX] = {"argmax", KIND_REAL | KIND_BOOL},
};

const kop_info *kop_get(enum kop op)
{
    return &kops[op];
}

dtype kop_result_type(enum kop op, dtype t)
{
    switch (kops[op].result) {
    case KOP_RESULT_BOOL: return SHARR_BOOL;
    case KOP_RESULT_REAL: return dtype_real(t);
    default:              return t;
    }
}

const char *rop_name(enum rop op)
{
    return rops[op].name;
}

int rop_kinds(enum rop op)
{
    return rops[op].kinds;
}
