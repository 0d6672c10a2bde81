/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every operation and cast of the interpreter, for every type and level, against the
 * plain reference of kop_ref.c: special values against each other, random ones, and
 * block lengths around the vector and block sizes.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/kop_ref.h"
#include "kernel/vm_support.h"
#include "support/tap_cunit.h"

enum { MOST = 6000 };

/* Operands whose first elements are all pairs of special values. */
static void fill_pairs(dtype t, char *a, char *b, int64_t n)
{
    int64_t m = ref_specials(t);
    size_t size = dtype_size(t);

    for (int64_t i = 0; i < n; i++) {
        scalar x = ref_value(t, i < m * m ? i / m : i, 1);
        scalar y = ref_value(t, i < m * m ? i % m : i, 2);
        memcpy(a + i * (int64_t)size, &x, size);
        memcpy(b + i * (int64_t)size, &y, size);
    }
}

typedef struct op_case {
    enum kop op;
    dtype t;
    char *in[3];
    char *out;
} op_case;

static void check_op_case(const op_case *c, int level, int64_t n)
{
    dtype rt = kop_result_type(c->op, c->t);
    int64_t size = (int64_t)dtype_size(c->t), rsize = (int64_t)dtype_size(rt);
    int failures = 0;

    for (int64_t i = 0; i < n && failures < 3; i++) {
        scalar a = c->op == KOP_select ? ref_get(c->in[0] + i, SHARR_BOOL)
                                       : ref_get(c->in[0] + i * size, c->t);
        scalar b = ref_get(c->in[1] + i * size, c->t), d = ref_get(c->in[2] + i * size, c->t);
        scalar want = ref_op(c->op, c->t, a, b, d), got = ref_get(c->out + i * rsize, rt);
        failures += !TAP_CHECK(ref_near(got, want, rt, ref_ulps(c->op, c->t)),
                               "%s level %d n %d: %s, %s gives %s, not %s", kop_get(c->op)->name,
                               level, (int)n, ref_text(a, c->t), ref_text(b, c->t),
                               ref_text(got, rt), ref_text(want, rt));
    }
    for (int64_t i = n * rsize; i < n * rsize + 64; i++)
        failures += !TAP_CHECK(failures || c->out[i] == 0x5a, "%s wrote behind the end",
                               kop_get(c->op)->name);
}

static void run_op_case(const op_case *c, int level, int64_t n)
{
    program *p = program_of_op(c->op, c->t);
    dtype rt = kop_result_type(c->op, c->t);
    run_args r = {.n = {1, n}, .in = {c->in[0], c->in[1], c->in[2]}, .out = {c->out}};

    for (int i = 0; i < 3; i++)
        run_dense(r.in_stride[i], n, c->op == KOP_select && i == 0 ? SHARR_BOOL : c->t);
    run_dense(r.out_stride[0], n, rt);
    memset(c->out, 0x5a, (size_t)n * dtype_size(rt) + 64);
    if (run_program(p, level, &r))
        check_op_case(c, level, n);
    program_free(p);
}

static void check_op(enum kop op, dtype t)
{
    static const int64_t lengths[] = {MOST, 0, 1, 7, 63, 511, 512, 513};
    op_case c = {.op = op, .t = t};

    for (int i = 0; i < 3; i++)
        c.in[i] = run_alloc(MOST * 16, 0);
    c.out = run_alloc(MOST * 16 + 64, 0);
    fill_pairs(t, c.in[op == KOP_select], c.in[1 + (op == KOP_select)], MOST);
    for (int i = 0; op == KOP_select && i < MOST; i++)
        c.in[0][i] = i % 3 == 0;
    for (int level = 1; level <= run_levels(); level++)
        for (int i = 0; i < TAP_COUNT(lengths); i++)
            run_op_case(&c, level, lengths[i]);
    for (int i = 0; i < 3; i++)
        free(c.in[i]);
    free(c.out);
}

static void check_ops_of_kind(int kind)
{
    for (int op = 0; op < KOP_COUNT; op++)
        for (int t = 0; t < SHARR_NDTYPES; t++)
            if (dtype_kind((dtype)t) & kop_get((enum kop)op)->kinds & kind)
                check_op((enum kop)op, (dtype)t);
}

static void operations_on_integers(void)
{
    check_ops_of_kind(KIND_INTEGER | KIND_BOOL);
}

static void operations_on_floats(void)
{
    check_ops_of_kind(KIND_FLOAT);
}

static void operations_on_complex(void)
{
    check_ops_of_kind(KIND_COMPLEX);
}

/* --- casts --- */

static void check_cast(dtype from, dtype to, int level, int64_t n)
{
    int64_t size = (int64_t)dtype_size(from), rsize = (int64_t)dtype_size(to);
    char *in = run_alloc((size_t)(n * size) + 64, 0), *out = run_alloc((size_t)(n * rsize) + 64, 0);
    run_args r = {.n = {1, n}, .in = {in}, .out = {out}};
    program *p = program_of_cast(from, to);
    int failures = 0;

    for (int64_t i = 0; i < n; i++) {
        scalar v = ref_value(from, i, 3);
        memcpy(in + i * size, &v, (size_t)size);
    }
    run_dense(r.in_stride[0], n, from);
    run_dense(r.out_stride[0], n, to);
    run_program(p, level, &r);
    for (int64_t i = 0; i < n && failures < 3; i++) {
        scalar v = ref_get(in + i * size, from), got = ref_get(out + i * rsize, to);
        scalar want = scalar_cast(v, from, to);
        failures += !TAP_CHECK(ref_same(got, want, to), "level %d: %s becomes %s, not %s", level,
                               ref_text(v, from), ref_text(got, to), ref_text(want, to));
    }
    program_free(p);
    free(in);
    free(out);
}

static void casts(void)
{
    for (int from = 0; from < SHARR_NDTYPES; from++)
        for (int to = 0; to < SHARR_NDTYPES; to++)
            for (int level = 1; level <= run_levels(); level++) {
                check_cast((dtype)from, (dtype)to, level, 1500);
                check_cast((dtype)from, (dtype)to, level, 13);
            }
}

/* The quiet NaN is one bit pattern, whatever went in. */
static void quiet_makes_one_nan(void)
{
    uint64_t in[4] = {UINT64_C(0xfff8000000000001), UINT64_C(0x7ff0000000000001),
                      UINT64_C(0xfff0000000000000), UINT64_C(0x8000000000000000)};
    uint64_t out[4];
    run_args r = {.n = {1, 4}, .in = {in}, .out = {out}};
    program *p = program_of_op(KOP_quiet, SHARR_FLOAT64);

    run_dense(r.in_stride[0], 4, SHARR_FLOAT64);
    run_dense(r.out_stride[0], 4, SHARR_FLOAT64);
    run_program(p, 1, &r);
    CU_ASSERT_EQUAL(out[0], UINT64_C(0x7ff8000000000000));
    CU_ASSERT_EQUAL(out[1], UINT64_C(0x7ff8000000000000));
    CU_ASSERT_EQUAL(out[2], in[2]);
    CU_ASSERT_EQUAL(out[3], in[3]);
    program_free(p);
}

static const tap_test tests[] = {
    {"every operation on integers and bools", operations_on_integers},
    {"every operation on floats", operations_on_floats},
    {"every operation on complex numbers", operations_on_complex},
    {"every cast", casts},
    {"quiet makes one NaN", quiet_makes_one_nan},
};
TAP_MAIN("vm", tests)
