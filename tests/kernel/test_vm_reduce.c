/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reductions inside kernels, bit for bit against scalar models of the order that
 * kernel/program.h prescribes: every reduction, type and level, row lengths around the
 * lanes and the blocks, special values in and out.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kop_ref.h"
#include "kernel/program_build.h"
#include "kernel/reduce.h"
#include "kernel/vm_support.h"
#include "support/tap_cunit.h"

typedef struct state { scalar f[REDUCE_MAX_FIELDS]; } state;

/* --- models --- */

static double number(scalar v, dtype t)
{
    return scalar_cast(v, t, SHARR_FLOAT64).f64;
}

static bool is_true(scalar v, dtype t)
{
    return scalar_cast(v, t, SHARR_BOOL).b;
}

static bool integral(dtype t)
{
    return !(dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX));
}

/* Wrapping int64 or uint64 accumulator: the same bits. */
static uint64_t bits64(scalar v, dtype t)
{
    return scalar_cast(v, t, dtype_kind(t) == KIND_UINT ? SHARR_UINT64 : SHARR_INT64).u64;
}

static bool beats(double x, double y, enum rop op)
{
    return op == ROP_MIN || op == ROP_ARGMIN ? x < y : x > y;
}

/* One element into an order-free state. */
static void put_extreme(state *s, enum rop op, dtype t, scalar v, int64_t index)
{
    bool first = s->f[1].i64 < 0;
    double x = number(v, t), old = number(s->f[0], t);

    if (op == ROP_MIN || op == ROP_MAX) {
        dtype as = t == SHARR_BOOL ? SHARR_UINT8 : t;
        s->f[0] = ref_op(op == ROP_MIN ? KOP_min : KOP_max, as, s->f[0], v, v);
        return;
    }
    bool take;
    if (integral(t)) {
        scalar b = ref_op(op == ROP_ARGMIN ? KOP_lt : KOP_gt, t, v, s->f[0], v);
        scalar e = ref_op(KOP_eq, t, v, s->f[0], v);
        take = b.b || (e.b && index < s->f[1].i64);
    } else {
        bool nan_x = isnan(x), nan_old = isnan(old);
        bool tie = x == old || (nan_x && nan_old);
        take = (nan_x && !nan_old) || (!nan_old && beats(x, old, op)) || (tie && index < s->f[1].i64);
    }
    if (first || take) {
        s->f[0] = v;
        s->f[1].i64 = index;
    }
}

static void put_logic(state *s, enum rop op, dtype t, scalar v)
{
    if (op == ROP_ANY)
        s->f[0].b |= is_true(v, t);
    else if (op == ROP_ALL)
        s->f[0].b &= is_true(v, t);
    else
        s->f[0].i64 += is_true(v, t);
}

static void complex_product(double *a, const double *b)
{
    double re = a[0] * b[0] - a[1] * b[1], im = a[0] * b[1] + a[1] * b[0];

    a[0] = re;
    a[1] = im;
}

static void model_sum_prod(state *s, enum rop op, dtype t, const scalar *x, int64_t n)
{
    double lane[REDUCE_LANES][2];
    uint64_t total = op == ROP_PROD;

    for (int k = 0; k < REDUCE_LANES; k++) {
        lane[k][0] = op == ROP_SUM ? -0.0 : 1;
        lane[k][1] = op == ROP_SUM ? -0.0 : 0;
    }
    for (int64_t j = 0; j < n; j++) {
        scalar z = scalar_cast(x[j], t, SHARR_COMPLEX128);
        double *l = lane[j % REDUCE_LANES];
        total = op == ROP_SUM ? total + bits64(x[j], t) : total * bits64(x[j], t);
        if (op == ROP_PROD && dtype_kind(t) == KIND_COMPLEX)
            complex_product(l, z.c128);
        else if (op == ROP_PROD)
            l[0] *= z.c128[0];
        else
            l[0] += z.c128[0], l[1] += z.c128[1];
    }
    for (int d = REDUCE_LANES / 2; d > 0; d /= 2)
        for (int k = 0; k < d; k++) {
            if (op == ROP_PROD && dtype_kind(t) == KIND_COMPLEX)
                complex_product(lane[k], lane[k + d]);
            else if (op == ROP_PROD)
                lane[k][0] *= lane[k + d][0];
            else
                lane[k][0] += lane[k + d][0], lane[k][1] += lane[k + d][1];
        }
    s->f[0].f64 = lane[0][0];
    s->f[1].f64 = lane[0][1];
    if (integral(t))
        s->f[0].u64 = total;
}

static void model_var(state *s, dtype t, const scalar *x, int64_t n)
{
    double shift = 0, s1[REDUCE_LANES], s2[REDUCE_LANES];

    for (int64_t j = n - 1; j >= 0; j--)
        if (isfinite(number(x[j], t)))
            shift = number(x[j], t);
    for (int k = 0; k < REDUCE_LANES; k++)
        s1[k] = s2[k] = -0.0;
    for (int64_t j = 0; j < n; j++) {
        double d = number(x[j], t) - shift;
        s1[j % REDUCE_LANES] += d;
        s2[j % REDUCE_LANES] += d * d;
    }
    for (int d = REDUCE_LANES / 2; d > 0; d /= 2)
        for (int k = 0; k < d; k++) {
            s1[k] += s1[k + d];
            s2[k] += s2[k + d];
        }
    double m2 = n ? s2[0] - s1[0] * s1[0] / (double)n : 0;
    s->f[0].f64 = (double)n;
    s->f[1].f64 = n ? shift + s1[0] / (double)n : 0;
    s->f[2].f64 = m2 < 0 ? 0 : m2;
}

static void model_lanes(state *s, enum rop op, dtype t, const scalar *x, const int64_t *ix, int64_t n)
{
    for (int f = 0; f < reduce_nfields(op, t); f++)
        s->f[f] = reduce_identity(op, t, f);
    if (!rop_is_arg(op))
        s->f[1].i64 = 0;
    if (op == ROP_SUM || op == ROP_PROD)
        model_sum_prod(s, op, t, x, n);
    else if (op == ROP_VAR)
        model_var(s, t, x, n);
    for (int64_t j = 0; j < n; j++) {
        if (op >= ROP_ANY && op <= ROP_COUNT)
            put_logic(s, op, t, x[j]);
        else if (op > ROP_VAR)
            put_extreme(s, op, t, x[j], ix[j]);
    }
}

/* One element into the state of a column. */
static void model_down(state *s, enum rop op, dtype t, scalar v, int64_t index)
{
    scalar z = scalar_cast(v, t, SHARR_COMPLEX128);
    double re = z.c128[0], im = z.c128[1];
    double acc[2] = {s->f[0].f64, s->f[1].f64};

    if (op == ROP_VAR) {
        s->f[0].f64 += 1;
        if (isnan(s->f[1].f64) && isfinite(re))
            s->f[1].f64 = re;
        double d = re - (isnan(s->f[1].f64) ? 0 : s->f[1].f64);
        s->f[2].f64 += d;
        s->f[3].f64 += d * d;
    } else if (op == ROP_SUM && integral(t)) {
        s->f[0].u64 += bits64(v, t);
    } else if (op == ROP_PROD && integral(t)) {
        s->f[0].u64 *= bits64(v, t);
    } else if (op == ROP_SUM) {
        s->f[0].f64 = acc[0] + re;
        s->f[1].f64 = acc[1] + im;
    } else if (op == ROP_PROD && dtype_kind(t) == KIND_COMPLEX) {
        complex_product(acc, z.c128);
        s->f[0].f64 = acc[0];
        s->f[1].f64 = acc[1];
    } else if (op == ROP_PROD) {
        s->f[0].f64 = acc[0] * re;
    } else if (op >= ROP_ANY && op <= ROP_COUNT) {
        put_logic(s, op, t, v);
    } else {
        put_extreme(s, op, t, v, index);
    }
}

/* --- running --- */

typedef struct reduce_case {
    enum rop op;
    dtype t;
    enum rmode mode;
    int64_t n[2];
    int level;
    int special;                        /* 1: the rows start with special values */
} reduce_case;

/* index 0: 7, 13 per row, `step` per column. */
static program *reduce_program(enum rop op, dtype t, enum rmode mode)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int x = pb_load(pb, 0, t);

    pb_reduce(pb, op, mode, x, rop_is_arg(op) ? pb_index(pb, 0) : -1);
    program *p = pb_finish(pb, &err);
    TAP_CHECK(p != NULL, "%s", err.text);
    return p;
}

static scalar element(const reduce_case *c, int64_t i, int64_t j)
{
    uint64_t seed = (uint64_t)(c->n[1] + c->t + 100 * c->op);
    int64_t k = c->special ? 0 : 1000;

    return ref_value(c->t, c->mode == RMODE_LANES ? j + k : i + k, seed + (uint64_t)(i * 7 + j));
}

static bool same_state(const reduce_case *c, int field, scalar got, scalar want)
{
    dtype t = c->op == ROP_VAR ? SHARR_FLOAT64 : reduce_field_type(c->op, c->t, field);

    if (rop_is_arg(c->op) && field == 0 && dtype_kind(t) == KIND_FLOAT)
        return number(got, t) == number(want, t) || ref_same(got, want, t);
    return ref_same(got, want, t);
}

static int nfields(const reduce_case *c)
{
    return c->mode == RMODE_DOWN ? reduce_down_nfields(c->op, c->t) : reduce_nfields(c->op, c->t);
}

static dtype field_type(const reduce_case *c, int f)
{
    return c->op == ROP_VAR ? SHARR_FLOAT64 : reduce_field_type(c->op, c->t, f);
}

static void check_cells(const reduce_case *c, void *const *cells, int gap, const state *want)
{
    int64_t count = c->n[c->mode == RMODE_DOWN];
    int failures = 0;

    for (int64_t i = 0; i < count && failures < 2; i++)
        for (int f = 0; f < nfields(c); f++) {
            dtype t = field_type(c, f);
            scalar got = ref_get((char *)cells[f] + i * gap * (int64_t)dtype_size(t), t);
            failures += !TAP_CHECK(same_state(c, f, got, want[i].f[f]),
                                   "%s %s %s level %d %dx%d cell %d field %d: %s, not %s",
                                   rop_name(c->op), dtype_name(c->t), c->mode ? "down" : "lanes",
                                   c->level, (int)c->n[0], (int)c->n[1], (int)i, f,
                                   ref_text(got, t), ref_text(want[i].f[f], t));
        }
}

/* The states as the model has them, from the same elements. */
static void model_all(const reduce_case *c, state *want, scalar *row, int64_t *ix)
{
    for (int64_t j = 0; c->mode == RMODE_DOWN && j < c->n[1]; j++) {
        void *field[REDUCE_MAX_FIELDS];
        for (int f = 0; f < REDUCE_MAX_FIELDS; f++)
            field[f] = &want[j].f[f];
        want[j].f[1].i64 = 0;
        reduce_down_init(c->op, c->t, field, 1);
    }
    for (int64_t i = 0; i < c->n[0]; i++) {
        for (int64_t j = 0; j < c->n[1]; j++) {
            row[j] = element(c, i, j);
            ix[j] = 7 + 13 * i - 3 * j + 3 * c->n[1];
            if (c->mode == RMODE_DOWN)
                model_down(&want[j], c->op, c->t, row[j], ix[j]);
        }
        if (c->mode == RMODE_LANES)
            model_lanes(&want[i], c->op, c->t, row, ix, c->n[1]);
    }
}

static void check_case(const reduce_case *c)
{
    size_t size = dtype_size(c->t), cells = (size_t)(c->n[0] > c->n[1] ? c->n[0] : c->n[1]) + 1;
    int gap = c->mode == RMODE_LANES ? 3 : 1;   /* LANES cells may lie anywhere */
    char *x = run_alloc((size_t)(c->n[0] * c->n[1]) * size, 0);
    state *want = calloc(cells, sizeof *want);
    scalar *row = calloc(cells, sizeof *row);
    int64_t *ix = calloc(cells, sizeof *ix);
    program *p = reduce_program(c->op, c->t, c->mode);
    run_args r = {.n = {c->n[0], c->n[1]}, .in = {x},
                  .index = {{7 + 3 * c->n[1], 13, -3}}};

    run_dense(r.in_stride[0], c->n[1], c->t);
    for (int64_t e = 0; e < c->n[0] * c->n[1]; e++) {
        scalar v = element(c, e / c->n[1], e % c->n[1]);
        memcpy(x + e * (int64_t)size, &v, size);
    }
    model_all(c, want, row, ix);
    for (int f = 0; f < nfields(c); f++) {
        int64_t bytes = (int64_t)dtype_size(field_type(c, f));
        r.state[f] = run_alloc(cells * 16 * 3, 0x77);
        r.state_stride[f][0] = c->mode == RMODE_LANES ? gap * bytes : 0;
        r.state_stride[f][1] = c->mode == RMODE_LANES ? 0 : bytes;
    }
    if (c->mode == RMODE_DOWN)
        reduce_down_init(c->op, c->t, r.state, c->n[1]);
    if (p && run_program(p, c->level, &r))
        check_cells(c, r.state, gap, want);
    for (int f = 0; f < nfields(c); f++)
        free(r.state[f]);
    program_free(p);
    free(x);
    free(want);
    free(row);
    free(ix);
}

static void check_mode(enum rmode mode, const int64_t (*shapes)[2], int nshapes)
{
    for (int op = 0; op < ROP_NROPS; op++)
        for (int t = 0; t < SHARR_NDTYPES; t++)
            for (int s = 0; s < nshapes; s++) {
                reduce_case c = {.op = (enum rop)op, .t = (dtype)t, .mode = mode,
                                 .n = {shapes[s][0], shapes[s][1]}};
                if (!(rop_kinds(c.op) & (int)dtype_kind(c.t)))
                    continue;
                for (c.level = 1; c.level <= run_levels(); c.level++)
                    for (c.special = 0; c.special < 2; c.special++)
                        check_case(&c);
            }
}

static void rows_over_lanes(void)
{
    static const int64_t shapes[][2] = {{2, 0}, {5, 1}, {3, 5}, {2, 31}, {20, 32}, {2, 33}, {3, 100},
                                        {1, 511}, {1, 513}, {2, 4096}};

    check_mode(RMODE_LANES, shapes, TAP_COUNT(shapes));
}

static void columns_down(void)
{
    static const int64_t shapes[][2] = {{0, 3}, {3, 0}, {1, 1}, {9, 1}, {7, 3}, {100, 20}, {6, 511},
                                        {5, 1300}};

    check_mode(RMODE_DOWN, shapes, TAP_COUNT(shapes));
}

/* Order-free reductions take rows longer than a leaf. */
static void long_rows(void)
{
    static const enum rop ops[] = {ROP_MIN, ROP_ARGMAX, ROP_COUNT, ROP_ANY};

    for (int i = 0; i < TAP_COUNT(ops); i++) {
        reduce_case c = {.op = ops[i], .t = SHARR_INT16, .n = {1, 20000}, .level = run_levels()};
        check_case(&c);
    }
}

/* A state that DOWN finds is gone on with: two calls are one. */
static void down_goes_on(void)
{
    double x[6] = {1, 2, 3, 10, 20, 30}, sum[3] = {0.5, 0.25, 0.125};
    run_args r = {.n = {1, 3}, .in = {x}, .state = {sum}, .state_stride = {{0, 8}}};
    program *p = reduce_program(ROP_SUM, SHARR_FLOAT64, RMODE_DOWN);

    run_dense(r.in_stride[0], 3, SHARR_FLOAT64);
    run_program(p, 1, &r);
    r.in[0] = x + 3;
    run_program(p, 1, &r);
    CU_ASSERT_EQUAL(sum[0], 11.5);
    CU_ASSERT_EQUAL(sum[1], 22.25);
    CU_ASSERT_EQUAL(sum[2], 33.125);
    program_free(p);
}

/* Both modes, an output and two types in one program. */
static void modes_together(void)
{
    enum { ROWS = 9, COLS = 700 };
    static float x[ROWS][COLS], y[ROWS][COLS];
    double rows[ROWS], down[COLS];
    float most[ROWS];
    program_builder *pb = pb_new();
    sharr_error err;
    int a = pb_load(pb, 0, SHARR_FLOAT32), b = pb_op(pb, KOP_add, SHARR_FLOAT32, a, a, -1);

    pb_reduce(pb, ROP_SUM, RMODE_LANES, b, -1);
    pb_reduce(pb, ROP_SUM, RMODE_DOWN, a, -1);
    pb_reduce(pb, ROP_MAX, RMODE_LANES, a, -1);
    pb_store(pb, 0, b);
    program *p = pb_finish(pb, &err);
    run_args r = {.n = {ROWS, COLS}, .in = {x}, .out = {y}, .state = {rows, down, most},
                  .state_stride = {{8, 0}, {0, 8}, {4, 0}}};
    run_dense(r.in_stride[0], COLS, SHARR_FLOAT32);
    run_dense(r.out_stride[0], COLS, SHARR_FLOAT32);
    for (int i = 0; i < ROWS * COLS; i++)
        x[i / COLS][i % COLS] = (float)(i % 97);
    memset(down, 0, sizeof down);
    run_program(p, run_levels(), &r);
    for (int i = 0; i < ROWS; i++) {
        double sum = 0;
        for (int j = 0; j < COLS; j++)
            sum += 2 * x[i][j];
        CU_ASSERT_EQUAL(rows[i], sum);          /* small integers: exact in any order */
        CU_ASSERT_EQUAL(most[i], 96);
    }
    for (int j = 0; j < COLS; j++) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++)
            sum += x[i][j];
        CU_ASSERT_EQUAL(down[j], sum);
        CU_ASSERT_EQUAL(y[3][j], 2 * x[3][j]);
    }
    program_free(p);
}

static const tap_test tests[] = {
    {"LANES: every reduction as the model, every level", rows_over_lanes},
    {"DOWN: every reduction as the model, every level", columns_down},
    {"long rows where order does not matter", long_rows},
    {"DOWN goes on from the state it finds", down_goes_on},
    {"both modes and an output together", modes_together},
};
TAP_MAIN("vm_reduce", tests)
