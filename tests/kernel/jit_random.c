/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs at random (see jit_support.h): every kind of step, every operation on
 * every type, as deep as they are long.
 */
#include "kernel/jit_support.h"
#include "kernel/kop_ref.h"

#include <stdlib.h>

enum { MAX_VALUES = 1024, MAX_LOADS = 8 };

typedef struct maker {
    program_builder *pb;
    uint64_t seed;
    int value[MAX_VALUES], n;
    dtype load_type[MAX_LOADS];
    int nloads, nindex;
} maker;

static int64_t pick(maker *m, int64_t n)
{
    return (int64_t)(ref_random(&m->seed) % (uint64_t)n);
}

static void add(maker *m, int value)
{
    if (value >= 0 && m->n < MAX_VALUES)
        m->value[m->n++] = value;
}

/* Mostly a late value, so that programs grow deep. */
static int any_value(maker *m)
{
    int back = (int)pick(m, pick(m, 2) ? m->n : m->n < 6 ? m->n : 6);
    return m->value[m->n - 1 - back];
}

/* A value of type t: an existing one, or a cast of one. */
static int value_of(maker *m, dtype t)
{
    for (int tries = 0; tries < 8; tries++) {
        int v = any_value(m);
        if (pb_type(m->pb, v) == t)
            return v;
    }
    int v = pb_cast(m->pb, t, any_value(m));
    add(m, v);
    return v;
}

static void add_load(maker *m)
{
    int slot = (int)pick(m, MAX_LOADS);
    if (slot >= m->nloads) {
        slot = m->nloads++;
        m->load_type[slot] = (dtype)pick(m, SHARR_NDTYPES);
    }
    add(m, pb_load(m->pb, slot, m->load_type[slot]));
}

static void add_op(maker *m)
{
    enum kop op = (enum kop)pick(m, KOP_COUNT);
    int v = any_value(m), arg[3] = {-1, -1, -1};
    dtype t = pb_type(m->pb, v);
    const kop_info *info = kop_get(op);
    if (!(info->kinds & (int)dtype_kind(t)))
        return;
    for (int k = 0; k < info->arity; k++)
        arg[k] = op == KOP_select && k == 0 ? value_of(m, SHARR_BOOL) : k == 1 ? v : value_of(m, t);
    if (info->arity == 1)
        arg[0] = v;
    add(m, pb_op(m->pb, op, t, arg[0], arg[1], arg[2]));
}

static void add_step(maker *m)
{
    int64_t kind = pick(m, 20);
    dtype t = (dtype)pick(m, SHARR_NDTYPES);
    if (kind == 0)
        add_load(m);
    else if (kind == 1)
        add(m, pb_const(m->pb, ref_value(t, pick(m, 40), m->seed), t));
    else if (kind == 2 && m->nindex < 2)
        add(m, pb_index(m->pb, m->nindex++));
    else if (kind < 6)
        add(m, pb_cast(m->pb, t, any_value(m)));
    else
        add_op(m);
}

static void add_reduction(maker *m, int modes)
{
    enum rop op = (enum rop)pick(m, ROP_NROPS);
    enum rmode mode = modes == 3 ? (enum rmode)pick(m, 2) : modes == 1 ? RMODE_LANES : RMODE_DOWN;
    int v = any_value(m), index = -1;
    if (op == ROP_COUNT && pick(m, 2))
        op = ROP_SUM;
    if (!(rop_kinds(op) & (int)dtype_kind(pb_type(m->pb, v))))
        return;
    if (rop_is_arg(op))
        index = pb_index(m->pb, m->nindex < 2 ? m->nindex++ : 0);
    pb_reduce(m->pb, op, mode, v, index);
}

program *jit_random_program(uint64_t seed, int steps, int modes)
{
    maker *m = calloc(1, sizeof *m);
    sharr_error err;
    m->pb = pb_new();
    m->seed = seed * 7919 + 1;
    for (int k = 0; k < 3; k++)
        add_load(m);
    while (m->n < steps && pb_count(m->pb) < 2 * steps)
        add_step(m);
    if (modes)
        for (int k = 0; k < 3; k++)
            add_reduction(m, modes);
    for (int64_t k = 0, stores = modes ? pick(m, 2) : 1 + pick(m, 5); k < stores; k++)
        pb_store(m->pb, (int)k, k == 0 ? m->value[m->n - 1] : any_value(m));
    program *p = pb_finish(m->pb, &err);
    free(m);
    return p;
}
