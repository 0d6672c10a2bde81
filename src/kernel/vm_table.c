/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Look loops up.  The only file that names the levels.
 */
#include "kernel/vm_loops.h"

extern const vm_level vm_level_v1, vm_level_v2, vm_level_v3, vm_level_v4;

const vm_level *vm_level_get(int level)
{
    static const vm_level *const levels[] = {&vm_level_v1, &vm_level_v2, &vm_level_v3, &vm_level_v4};

    return levels[level - 1];
}

vm_fn *vm_find_op(const vm_level *v, enum kop op, dtype t, bool *swap)
{
    vm_fn *fn = NULL;

    *swap = op == KOP_gt || op == KOP_ge;
    if (*swap)
        op = op == KOP_gt ? KOP_lt : KOP_le;
    for (int i = 0; i < VM_OP_TABLES && !fn; i++)
        fn = (*v->ops[i])[op][t];
    return fn;
}

vm_fn *vm_find_const_op(const vm_level *v, enum kop op, dtype t, int which)
{
    if (op == KOP_gt || op == KOP_ge)
        op = op == KOP_gt ? KOP_lt : KOP_le;
    return which == 0 ? (*v->const_first)[op][t] : (*v->const_second)[op][t];
}

vm_fn *vm_find_cast(const vm_level *v, dtype from, dtype to, dtype *middle)
{
    vm_fn *fn = (*v->cast)[from][to];

    *middle = dtype_kind(from) == KIND_COMPLEX ? dtype_real(from) : dtype_real(to);
    return fn;
}

const vm_lanes *vm_find_lanes(const vm_level *v, enum rop op, dtype t)
{
    for (int i = 0; i < VM_LANES_TABLES; i++) {
        const vm_lanes *lanes = &(*v->lanes[i])[op][t];
        if (lanes->add)
            return lanes;
    }
    return NULL;
}

dtype vm_reduce_type(enum rop op, dtype t)
{
    enum dtype_kind kind = dtype_kind(t);

    switch (op) {
    case ROP_PROD:
        return kind == KIND_UINT ? SHARR_UINT64 : kind & (KIND_INT | KIND_BOOL) ? SHARR_INT64
            : kind == KIND_FLOAT ? SHARR_FLOAT64 : SHARR_COMPLEX128;
    case ROP_VAR:
        return kind == KIND_FLOAT ? t : SHARR_FLOAT64;
    case ROP_ANY:
    case ROP_ALL:
    case ROP_COUNT:
        return SHARR_BOOL;
    default:
        return t;
    }
}

enum rop vm_reduce_op(enum rop op)
{
    return op == ROP_COUNT ? ROP_SUM : op;
}
