/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Folding gives the bits that running gives: the same expression of constants and of
 * inputs with their values, for every operation, cast and type, at every level.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/kop_ref.h"
#include "kernel/program_build.h"
#include "kernel/vm_support.h"
#include "support/tap_cunit.h"

/* The constant that the builder makes of an operation on constants. */
static scalar folded(enum kop op, dtype t, const scalar *v)
{
    program_builder *pb = pb_new();
    int arg[3];
    sharr_error err;

    for (int k = 0; k < 3; k++)
        arg[k] = pb_const(pb, v[k], op == KOP_select && k == 0 ? SHARR_BOOL : t);
    pb_store(pb, 0, pb_op(pb, op, t, arg[0], arg[1], arg[2]));
    program *p = pb_finish(pb, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    TAP_CHECK(p->nsteps == 2 && p->steps[0].kind == STEP_CONST, "%s is not folded", kop_get(op)->name);
    scalar r = p->consts[0];
    program_free(p);
    return r;
}

static scalar computed(enum kop op, dtype t, const scalar *v, int level)
{
    scalar in[3], out = {.bits = {0, 0}};
    program *p = program_of_op(op, t);
    run_args r = {.n = {1, 1}, .in = {&in[0], &in[1], &in[2]}, .out = {&out}};

    memcpy(in, v, sizeof in);
    run_program(p, level, &r);
    program_free(p);
    return out;
}

static void operations_fold_to_what_they_give(void)
{
    for (int op = 0; op < KOP_COUNT; op++)
        for (int t = 0; t < SHARR_NDTYPES; t++)
            for (int i = 0; i < 40 && kop_get((enum kop)op)->kinds & (int)dtype_kind((dtype)t); i++) {
                scalar v[3] = {ref_value((dtype)t, i, 1), ref_value((dtype)t, i * 7 % 30, 2),
                               ref_value((dtype)t, i + 3, 3)};
                if (op == KOP_select)
                    v[0] = (scalar){.b = i & 1};
                dtype rt = kop_result_type((enum kop)op, (dtype)t);
                scalar want = computed((enum kop)op, (dtype)t, v, 1 + i % run_levels());
                scalar got = folded((enum kop)op, (dtype)t, v);
                TAP_CHECK(ref_same(got, want, rt), "%s: %s, not %s", kop_get((enum kop)op)->name,
                          ref_text(got, rt), ref_text(want, rt));
            }
}

static void casts_fold(void)
{
    for (int from = 0; from < SHARR_NDTYPES; from++)
        for (int to = 0; to < SHARR_NDTYPES; to++)
            for (int i = 0; i < 45 && from != to; i++) {
                program_builder *pb = pb_new();
                sharr_error err;
                scalar v = ref_value((dtype)from, i, 4);
                int x = pb_cast(pb, (dtype)to, pb_const(pb, v, (dtype)from));
                pb_store(pb, 0, x);
                program *p = pb_finish(pb, &err);
                CU_ASSERT_PTR_NOT_NULL_FATAL(p);
                CU_ASSERT_EQUAL(p->nsteps, 2);
                scalar want = scalar_cast(v, (dtype)from, (dtype)to);
                TAP_CHECK(ref_same(p->consts[0], want, (dtype)to), "%s: %s, not %s",
                          ref_text(v, (dtype)from), ref_text(p->consts[0], (dtype)to),
                          ref_text(want, (dtype)to));
                program_free(p);
            }
}

static void folding_goes_on(void)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int two = pb_const(pb, (scalar){.i32 = 2}, SHARR_INT32);
    int seven = pb_op(pb, KOP_add, SHARR_INT32, pb_const(pb, (scalar){.i32 = 5}, SHARR_INT32), two, -1);
    int half = pb_op(pb, KOP_div, SHARR_FLOAT64, pb_cast(pb, SHARR_FLOAT64, seven),
                     pb_cast(pb, SHARR_FLOAT64, two), -1);
    int x = pb_load(pb, 0, SHARR_FLOAT64);

    pb_store(pb, 0, pb_op(pb, KOP_mul, SHARR_FLOAT64, x, half, -1));
    program *p = pb_finish(pb, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(p->nsteps, 4);
    CU_ASSERT_EQUAL(p->nconsts, 1);
    CU_ASSERT_EQUAL(p->consts[0].f64, 3.5);
    program_free(p);
}

static const tap_test tests[] = {
    {"an operation on constants is what running it gives", operations_fold_to_what_they_give},
    {"a cast of a constant is the cast", casts_fold},
    {"folding goes on through steps", folding_goes_on},
};
TAP_MAIN("fold", tests)
