/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs: what verify refuses, what print shows, what hash and equality see; the
 * builder's merging, dropping and error paths.
 */
#include <string.h>

#include "kernel/program_build.h"
#include "support/tap_cunit.h"

/* v0 = in0, v1 = 2.0, v2 = v0 * v1, out0 = v2, max of v2 down: the sample that tests damage. */
static program *sample(void)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int x = pb_load(pb, 0, SHARR_FLOAT64);
    int y = pb_op(pb, KOP_mul, SHARR_FLOAT64, x, pb_const(pb, (scalar){.f64 = 2}, SHARR_FLOAT64), -1);

    pb_store(pb, 0, y);
    pb_reduce(pb, ROP_MAX, RMODE_DOWN, y, -1);
    program *p = pb_finish(pb, &err);
    TAP_CHECK(p != NULL, "%s", err.text);
    return p;
}

static void prints_one_step_a_line(void)
{
    strbuf out = {0};
    program *p = sample();

    program_print(p, &out);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&out),
                           "v0 = load.f64 in0\n"
                           "v1 = const.f64 0x1p+1\n"
                           "v2 = mul.f64 v0 v1\n"
                           "store.f64 out0 v2\n"
                           "down.max.f64 state0 v2\n");
    strbuf_fini(&out);
    program_free(p);
}

/* --- damage --- */

static void arg_forward(program *p) { p->steps[2].arg[0] = 3; }
static void arg_self(program *p) { p->steps[2].arg[1] = 2; }
static void arg_missing(program *p) { p->steps[2].arg[1] = -1; }
static void arg_store(program *p) { p->steps[4].arg[0] = 3; }
static void op_unknown(program *p) { p->steps[2].op = KOP_COUNT; }
static void op_type(program *p) { p->steps[2].type = SHARR_FLOAT32; }
static void op_kind(program *p) { p->steps[2].op = KOP_and; }
static void op_result(program *p) { p->steps[2].op = KOP_lt; }
static void op_complex(program *p) { p->steps[2].op = KOP_real; }
static void kind_unknown(program *p) { p->steps[0].kind = STEP_REDUCE + 1; }
static void type_unknown(program *p) { p->steps[0].type = SHARR_NDTYPES; }
static void load_slot(program *p) { p->steps[0].slot = 1; }
static void load_negative(program *p) { p->steps[0].slot = -1; }
static void load_type(program *p) { p->in_type[0] = SHARR_INT64; }
static void in_type_unknown(program *p) { p->in_type[0] = SHARR_NDTYPES; }
static void const_slot(program *p) { p->steps[1].slot = 1; }
static void const_type(program *p) { p->steps[1].type = p->steps[1].result = SHARR_FLOAT32; }
static void const_dirty(program *p) { p->consts[0].bits[1] = 1; }
static void store_slot(program *p) { p->steps[3].slot = 1; }
static void store_type(program *p) { p->out_type[0] = SHARR_FLOAT32; }
static void store_missing(program *p) { p->steps[3] = p->steps[2]; }
static void red_type(program *p) { p->reds[0].type = SHARR_FLOAT32; }
static void red_rop(program *p) { p->reds[0].rop = ROP_NROPS; }
static void red_mode(program *p) { p->reds[0].mode = 2; }
static void red_state(program *p) { p->reds[0].first_state = 1; }
static void red_states(program *p) { p->nstates = 2; }
static void red_index(program *p) { p->reds[0].rop = ROP_ARGMAX; p->nstates = 2; }
static void red_twice(program *p) { p->steps[3] = p->steps[4]; }
static void index_type(program *p) { p->steps[0].kind = STEP_INDEX; p->nindex = 1; }
static void count_negative(program *p) { p->nout = -1; }

static const struct { const char *name; void (*damage)(program *); const char *says; } damages[] = {
    {"operand from later", arg_forward, "step 2 (op): an operand is not an earlier step"},
    {"operand itself", arg_self, "not an earlier step"},
    {"operand missing", arg_missing, "not an earlier step"},
    {"operand without value", arg_store, "step 4 (reduce): an operand has no value"},
    {"unknown operation", op_unknown, "no such operation"},
    {"operand of another type", op_type, "step 2 (op)"},
    {"operation not for the type", op_kind, "not defined for this type"},
    {"wrong result type", op_result, "wrong result type"},
    {"part of a real number", op_complex, "not defined for this type"},
    {"unknown kind", kind_unknown, "no such kind"},
    {"unknown type", type_unknown, "no such kind or type"},
    {"input out of range", load_slot, "slot out of range"},
    {"negative input", load_negative, "slot out of range"},
    {"input of another type", load_type, "wrong type for the input"},
    {"input of no type", in_type_unknown, "input 0"},
    {"constant out of range", const_slot, "slot out of range"},
    {"constant of another type", const_type, "step 1 (const)"},
    {"bytes above a constant", const_dirty, "bytes above"},
    {"output out of range", store_slot, "slot out of range"},
    {"output of another type", store_type, "wrong type for the output"},
    {"output never written", store_missing, "never written"},
    {"reduction of another type", red_type, "wrong type for the reduction"},
    {"unknown reduction", red_rop, "reduction 0"},
    {"unknown mode", red_mode, "reduction 0"},
    {"states with a hole", red_state, "states do not follow"},
    {"too many states", red_states, "wrong number of states"},
    {"argmax without an index", red_index, "not an earlier step"},
    {"reduction written twice", red_twice, "written twice"},
    {"index of another type", index_type, "an index is int64"},
    {"negative count", count_negative, "a count is negative"},
};

static void verify_refuses_damage(void)
{
    for (int i = 0; i < TAP_COUNT(damages); i++) {
        sharr_error err;
        program *p = sample();
        CU_ASSERT_EQUAL(program_verify(p, &err), SHARR_OK);
        damages[i].damage(p);
        int rc = program_verify(p, &err);
        TAP_CHECK(rc == SHARR_EINTERNAL, "%s: status %d", damages[i].name, rc);
        TAP_CHECK(rc && strstr(err.text, damages[i].says), "%s: \"%s\"", damages[i].name, err.text);
        program_free(p);
    }
}

/* --- hash and equality --- */

static bool same(const program *a, const program *b)
{
    hash128 x = program_hash(a), y = program_hash(b);
    bool hash = x.lo == y.lo && x.hi == y.hi;

    TAP_CHECK(hash == (program_equal(a, b) != 0), "hash and equality differ");
    return hash;
}

static void hash_sees_every_field(void)
{
    program *a = sample(), *b = sample();

    CU_ASSERT_TRUE(same(a, b));
    b->steps[2].op = KOP_add;
    CU_ASSERT_FALSE(same(a, b));
    b->steps[2].op = KOP_mul;
    b->consts[0].f64 = -2;
    CU_ASSERT_FALSE(same(a, b));
    b->consts[0].f64 = 2;
    b->reds[0].mode = RMODE_LANES;
    CU_ASSERT_FALSE(same(a, b));
    b->reds[0].mode = RMODE_DOWN;
    b->steps[2].arg[1] = 0;
    CU_ASSERT_FALSE(same(a, b));
    b->steps[2].arg[1] = 1;
    b->nindex = 1;
    CU_ASSERT_FALSE(same(a, b));
    b->nindex = 0;
    CU_ASSERT_TRUE(same(a, b));
    program_free(a);
    program_free(b);
}

static void hash_ignores_unused_fields(void)
{
    program *a = sample(), *b = sample();

    b->steps[0].op = 7;
    b->steps[0].arg[1] = 99;
    b->steps[2].slot = 3;
    b->steps[2].arg[2] = 0;
    b->steps[3].op = 1;
    CU_ASSERT_TRUE(same(a, b));
    program_free(a);
    program_free(b);
}

/* --- builder --- */

static void builder_merges_and_drops(void)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int a = pb_load(pb, 0, SHARR_INT32), b = pb_load(pb, 1, SHARR_INT32);
    int s = pb_op(pb, KOP_add, SHARR_INT32, a, b, -1);

    CU_ASSERT_EQUAL(pb_op(pb, KOP_add, SHARR_INT32, a, b, -1), s);
    CU_ASSERT_EQUAL(pb_load(pb, 0, SHARR_INT32), a);
    CU_ASSERT_EQUAL(pb_cast(pb, SHARR_INT32, s), s);
    CU_ASSERT_EQUAL(pb_cast(pb, SHARR_INT8, s), pb_cast(pb, SHARR_INT8, s));
    CU_ASSERT_NOT_EQUAL(pb_op(pb, KOP_sub, SHARR_INT32, a, b, -1), s);
    CU_ASSERT_EQUAL(pb_const(pb, (scalar){.i32 = 4}, SHARR_INT32),
                    pb_const(pb, (scalar){.i32 = 4}, SHARR_INT32));
    CU_ASSERT_NOT_EQUAL(pb_const(pb, (scalar){.f64 = 0.0}, SHARR_FLOAT64),
                        pb_const(pb, (scalar){.f64 = -0.0}, SHARR_FLOAT64));
    CU_ASSERT_EQUAL(pb_type(pb, s), SHARR_INT32);
    pb_store(pb, 1, s);
    pb_store(pb, 0, b);
    program *p = pb_finish(pb, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(p->nsteps, 5);              /* a, b, add, two stores: the rest is not used */
    CU_ASSERT_EQUAL(p->nconsts, 0);
    CU_ASSERT_EQUAL(p->nin, 2);
    CU_ASSERT_EQUAL(p->nout, 2);
    program_free(p);
}

static void builder_numbers_states(void)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int x = pb_load(pb, 0, SHARR_FLOAT32), i = pb_index(pb, 0);

    CU_ASSERT_EQUAL(pb_reduce(pb, ROP_VAR, RMODE_LANES, x, -1), 0);
    CU_ASSERT_EQUAL(pb_reduce(pb, ROP_VAR, RMODE_DOWN, x, -1), 1);
    CU_ASSERT_EQUAL(pb_reduce(pb, ROP_ARGMIN, RMODE_DOWN, x, i), 2);
    CU_ASSERT_EQUAL(pb_reduce(pb, ROP_SUM, RMODE_DOWN, x, -1), 3);
    program *p = pb_finish(pb, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(p->reds[1].first_state, 3);
    CU_ASSERT_EQUAL(p->reds[2].first_state, 7);
    CU_ASSERT_EQUAL(p->reds[3].first_state, 9);
    CU_ASSERT_EQUAL(p->nstates, 10);
    program_free(p);
}

/* The first error is kept; later steps take the -1 that it gave. */
static void builder_remembers_errors(void)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int a = pb_load(pb, 0, SHARR_INT32);

    CU_ASSERT_EQUAL(pb_load(pb, 0, SHARR_INT8), -1);
    int s = pb_op(pb, KOP_sqrt, SHARR_INT32, a, -1, -1);
    CU_ASSERT_EQUAL(s, -1);
    pb_store(pb, 0, s);
    CU_ASSERT_PTR_NULL(pb_finish(pb, &err));
    CU_ASSERT_EQUAL(err.status, SHARR_EINTERNAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "an input with two types"));

    pb = pb_new();
    a = pb_load(pb, 0, SHARR_INT32);
    pb_store(pb, 0, a);
    pb_store(pb, 0, a);
    CU_ASSERT_PTR_NULL(pb_finish(pb, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "written twice"));

    pb = pb_new();
    pb_op(pb, KOP_add, SHARR_INT32, pb_load(pb, 0, SHARR_INT32), pb_load(pb, 1, SHARR_INT8), -1);
    CU_ASSERT_PTR_NULL(pb_finish(pb, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "wrong type"));
}

static void empty_program(void)
{
    sharr_error err;
    program *p = pb_finish(pb_new(), &err);

    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(p->nsteps, 0);
    program_free(p);
    program_free(NULL);
    pb_free(NULL);
}

static const tap_test tests[] = {
    {"print: one step a line", prints_one_step_a_line},
    {"verify refuses every kind of damage", verify_refuses_damage},
    {"hash and equality see every field", hash_sees_every_field},
    {"hash and equality ignore unused fields", hash_ignores_unused_fields},
    {"builder merges equal steps, drops unused ones", builder_merges_and_drops},
    {"builder numbers states", builder_numbers_states},
    {"builder remembers the first error", builder_remembers_errors},
    {"a program of nothing", empty_program},
};
TAP_MAIN("program", tests)
