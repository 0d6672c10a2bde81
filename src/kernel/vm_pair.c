/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which operations of a program are evaluated in pairs (loops of vm_fused.c): an
 * addition, subtraction or multiplication of floats with the only one that uses it;
 * and such an operation or pair with the `quiet` behind it.
 */
#include <stdlib.h>

#include "kernel/vm_impl.h"

static bool pairable(const step *s)
{
    return s->kind == STEP_OP && dtype_kind((dtype)s->type) == KIND_FLOAT
        && (s->op == KOP_add || s->op == KOP_sub || s->op == KOP_mul);
}

static void count_uses(const program *p, int *uses)
{
    for (int i = 0; i < p->nsteps; i++) {
        const step *s = &p->steps[i];
        for (int k = 0; k < step_nargs(p, s); k++)
            uses[s->arg[k]]++;
    }
}

/* Can step i take operand k into itself?  Not one that is itself a pair, nor one that took part in
 * a pair already. */
static bool takes(const program *p, const int *uses, const vm_pairing *pairing, int i, int k)
{
    const step *s = &p->steps[i];
    int inner = s->arg[k];
    bool square = s->op == KOP_mul && s->arg[0] == s->arg[1];

    return pairable(&p->steps[inner]) && pairing[inner].inner < 0 && !pairing[inner].taken
        && uses[inner] == (square ? 2 : 1);
}

static int outer_of(const step *s, int k)
{
    if (s->arg[0] == s->arg[1])
        return VM_PAIR_SQUARE;
    if (s->op == KOP_sub)
        return k == 0 ? VM_PAIR_SUB : VM_PAIR_FROM;
    return s->op == KOP_add ? VM_PAIR_ADD : VM_PAIR_MUL;
}

static void pair_arithmetic(const program *p, const int *uses, vm_pairing *pairing, int i)
{
    const step *s = &p->steps[i];

    for (int k = 0; k < 2 && pairing[i].inner < 0; k++) {
        if (!takes(p, uses, pairing, i, k))
            continue;
        pairing[i].inner = s->arg[k];
        pairing[i].other = s->arg[1 - k];
        pairing[i].outer = outer_of(s, k);
        pairing[s->arg[k]].taken = true;
    }
}

static void pair_quiet(const program *p, const int *uses, vm_pairing *pairing, int i)
{
    int inner = p->steps[i].arg[0];

    if (!pairable(&p->steps[inner]) || uses[inner] != 1)
        return;
    if (pairing[inner].inner >= 0) {
        pairing[inner].quiet = true;
        pairing[i].done = true;
    } else {
        pairing[i].inner = inner;
        pairing[i].outer = VM_PAIR_ALONE;
        pairing[i].quiet = true;
        pairing[inner].taken = true;
    }
}

bool vm_find_pairs(const program *p, vm_pairing *pairing)
{
    int *uses = calloc((size_t)p->nsteps + 1, sizeof *uses);

    if (!uses)
        return false;
    count_uses(p, uses);
    for (int i = 0; i < p->nsteps; i++)
        pairing[i] = (vm_pairing){.inner = -1, .other = -1};
    for (int i = 0; i < p->nsteps; i++) {
        if (pairable(&p->steps[i]))
            pair_arithmetic(p, uses, pairing, i);
        else if (p->steps[i].kind == STEP_OP && p->steps[i].op == KOP_quiet)
            pair_quiet(p, uses, pairing, i);
    }
    free(uses);
    return true;
}
