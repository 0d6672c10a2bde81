/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Constant folding: a loop of the interpreter over one element.  Level 1, because
 * it runs everywhere and all levels give the same bits.
 */
#include "kernel/kernel_fold.h"

#include "kernel/vm_loops.h"

static scalar fold_cast(const vm_level *v, dtype from, dtype to, scalar a)
{
    scalar r = {.bits = {0, 0}};
    dtype middle;
    vm_fn *fn = vm_find_cast(v, from, to, &middle);

    if (!fn)
        return fold_cast(v, middle, to, fold_cast(v, from, middle, a));
    fn(&r, &a, NULL, NULL, 1);
    return r;
}

scalar kernel_fold(const step *s, dtype from, const scalar *arg)
{
    const vm_level *v = vm_level_get(1);
    scalar r = {.bits = {0, 0}};
    bool swap;

    if (s->kind == STEP_CAST)
        return fold_cast(v, from, (dtype)s->type, arg[0]);
    vm_fn *fn = vm_find_op(v, (enum kop)s->op, (dtype)s->type, &swap);
    int arity = kop_get((enum kop)s->op)->arity;
    fn(&r, &arg[swap], arity > 1 ? &arg[!swap] : NULL, arity > 2 ? &arg[2] : NULL, 1);
    return r;
}
