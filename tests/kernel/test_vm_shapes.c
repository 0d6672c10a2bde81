/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The interpreter over two dimensions: every kind of stride, short and long rows,
 * index values, several outputs; and random programs, evaluated element by element by
 * the reference and compared at every level.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/kop_ref.h"
#include "kernel/program_build.h"
#include "kernel/vm_support.h"
#include "support/tap_cunit.h"

/* --- layouts --- */

enum layout { DENSE, PADDED, COLUMN_MAJOR, FLIPPED, EVERY_THIRD, ONE, PER_ROW, PER_COLUMN, ODD_BYTES,
              NLAYOUTS, NOUT_LAYOUTS = 5 };

typedef struct field {
    char *memory;
    char *first;                        /* element (0, 0) */
    int64_t stride[2];
    dtype t;
} field;

static field field_new(enum layout layout, dtype t, const int64_t n[2], int byte)
{
    int64_t s = (int64_t)dtype_size(t);
    field f = {.t = t};

    f.memory = run_alloc((size_t)((n[0] + 1) * (n[1] + 5) * s * 3 + 64), byte);
    f.first = f.memory;
    run_dense(f.stride, n[1], t);
    switch (layout) {
    case PADDED:       f.stride[0] += 5 * s; break;
    case COLUMN_MAJOR: f.stride[0] = s; f.stride[1] = n[0] * s; break;
    case FLIPPED:
        f.first += (n[0] * n[1] - 1) * s * (n[0] * n[1] > 0);
        f.stride[0] *= -1;
        f.stride[1] *= -1;
        break;
    case EVERY_THIRD:  f.stride[0] *= 3; f.stride[1] *= 3; break;
    case ONE:          f.stride[0] = f.stride[1] = 0; break;
    case PER_ROW:      f.stride[0] = s; f.stride[1] = 0; break;
    case PER_COLUMN:   f.stride[0] = 0; break;
    case ODD_BYTES:    f.first += 3; f.stride[1] += 1; f.stride[0] = n[1] * f.stride[1] + 1; break;
    default: break;
    }
    return f;
}

static char *at(const field *f, int64_t i, int64_t j)
{
    return f->first + i * f->stride[0] + j * f->stride[1];
}

static void field_fill(field *f, const int64_t n[2], uint64_t seed)
{
    for (int64_t i = 0; i < n[0]; i++)
        for (int64_t j = 0; j < n[1]; j++) {
            scalar v = ref_value(f->t, 1000 + i * n[1] + j, seed);
            memcpy(at(f, i, j), &v, dtype_size(f->t));
        }
}

/* out0 = a * b + a (float32), out1 = (int16) b, out2 = a: loaded twice, cast, copied. */
static program *layout_program(void)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int a = pb_load(pb, 0, SHARR_FLOAT32), b = pb_load(pb, 1, SHARR_FLOAT32);
    int ab = pb_op(pb, KOP_mul, SHARR_FLOAT32, a, b, -1);

    pb_store(pb, 0, pb_op(pb, KOP_add, SHARR_FLOAT32, ab, a, -1));
    pb_store(pb, 1, pb_cast(pb, SHARR_INT16, b));
    pb_store(pb, 2, a);
    return pb_finish(pb, &err);
}

static void check_layout(const program *p, const int64_t n[2], const int layout[3], int level)
{
    field a = field_new((enum layout)layout[0], SHARR_FLOAT32, n, 0);
    field b = field_new((enum layout)layout[1], SHARR_FLOAT32, n, 0);
    field out[3] = {field_new((enum layout)layout[2], SHARR_FLOAT32, n, 0x5a),
                    field_new((enum layout)layout[2], SHARR_INT16, n, 0x5a),
                    field_new(DENSE, SHARR_FLOAT32, n, 0x5a)};
    run_args r = {.n = {n[0], n[1]}, .in = {a.first, b.first}};
    int failures = 0;

    field_fill(&a, n, 5);
    field_fill(&b, n, 6);
    memcpy(r.in_stride[0], a.stride, sizeof a.stride);
    memcpy(r.in_stride[1], b.stride, sizeof b.stride);
    for (int k = 0; k < 3; k++) {
        r.out[k] = out[k].first;
        memcpy(r.out_stride[k], out[k].stride, sizeof out[k].stride);
    }
    run_program(p, level, &r);
    for (int64_t i = 0; i < n[0] && failures < 2; i++)
        for (int64_t j = 0; j < n[1] && failures < 2; j++) {
            scalar x = ref_get(at(&a, i, j), SHARR_FLOAT32), y = ref_get(at(&b, i, j), SHARR_FLOAT32);
            scalar sum = {.f32 = x.f32 * y.f32};
            sum.f32 += x.f32;
            bool ok = ref_same(ref_get(at(&out[0], i, j), SHARR_FLOAT32), sum, SHARR_FLOAT32)
                && ref_same(ref_get(at(&out[1], i, j), SHARR_INT16),
                            scalar_cast(y, SHARR_FLOAT32, SHARR_INT16), SHARR_INT16)
                && ref_same(ref_get(at(&out[2], i, j), SHARR_FLOAT32), x, SHARR_FLOAT32);
            failures += !TAP_CHECK(ok, "%dx%d layouts %d %d %d level %d at %d %d", (int)n[0],
                                   (int)n[1], layout[0], layout[1], layout[2], level, (int)i, (int)j);
        }
    TAP_CHECK(layout[2] != DENSE || n[0] * n[1] == 0
              || (unsigned char)out[0].memory[n[0] * n[1] * 4] == 0x5a, "wrote behind the end");
    free(a.memory);
    free(b.memory);
    for (int k = 0; k < 3; k++)
        free(out[k].memory);
}

static void strides(void)
{
    static const int64_t shapes[][2] = {{0, 5}, {5, 0}, {1, 1}, {1, 700}, {700, 1}, {3, 7}, {200, 3},
                                        {40, 31}, {5, 300}, {3, 513}, {2, 1100}};
    program *p = layout_program();

    for (int s = 0; s < TAP_COUNT(shapes); s++)
        for (int a = 0; a < NLAYOUTS; a++)
            for (int b = 0; b < NLAYOUTS; b++) {
                int layout[3] = {a, b, (a + b + s) % NOUT_LAYOUTS};
                check_layout(p, shapes[s], layout, 1 + (a + b) % run_levels());
            }
    program_free(p);
}

/* --- index values --- */

static void check_index(const program *p, int64_t rows, int64_t cols, const int64_t index[3])
{
    int64_t *out = run_alloc((size_t)(rows * cols) * 8, 0);
    run_args r = {.n = {rows, cols}, .out = {out}};
    int failures = 0;

    run_dense(r.out_stride[0], cols, SHARR_INT64);
    memcpy(r.index[0], index, sizeof r.index[0]);
    run_program(p, 1, &r);
    for (int64_t i = 0; i < rows && !failures; i++)
        for (int64_t j = 0; j < cols && !failures; j++)
            failures += !TAP_CHECK(out[i * cols + j] == index[0] + i * index[1] + j * index[2],
                                   "%dx%d at %d %d", (int)rows, (int)cols, (int)i, (int)j);
    free(out);
}

static void index_values(void)
{
    static const int64_t index[][3] = {{5, 100, 1}, {-7, 3, 1}, {0, 0, 2}, {9, -4, 0}, {1, 700, 1}};
    static const int64_t shapes[][2] = {{1, 700}, {700, 1}, {3, 700}, {50, 7}, {2, 1030}};
    program_builder *pb = pb_new();
    sharr_error err;

    pb_store(pb, 0, pb_index(pb, 0));
    program *p = pb_finish(pb, &err);
    for (int s = 0; s < TAP_COUNT(shapes); s++)
        for (int i = 0; i < TAP_COUNT(index); i++)
            check_index(p, shapes[s][0], shapes[s][1], index[i]);
    program_free(p);
}

/* --- random programs --- */

enum { NIN = 4, STEPS = 40 };
static const dtype in_types[NIN] = {SHARR_FLOAT32, SHARR_INT16, SHARR_FLOAT64, SHARR_BOOL};

typedef struct generator {
    uint64_t seed;
    program_builder *pb;
    int value[200];
    int n;
    bool arithmetic;                    /* only + - * of floats, with many constants */
} generator;

static int pick(generator *g, int below)
{
    return (int)(ref_random(&g->seed) % (uint64_t)below);
}

/* Some value of type t, through a cast if need be. */
static int operand(generator *g, dtype t)
{
    return pb_cast(g->pb, t, g->value[pick(g, g->n)]);
}

/* One type for most steps, so that they follow one another without casts. */
static dtype seed_type(generator *g)
{
    return pick(g, 20) ? SHARR_FLOAT32 : SHARR_FLOAT64;
}

static void random_step(generator *g)
{
    dtype t = (dtype)pick(g, SHARR_NDTYPES);
    enum kop op = (enum kop)pick(g, KOP_COUNT);
    int arg[3];

    if (g->arithmetic) {
        t = seed_type(g);
        op = (enum kop[]){KOP_add, KOP_sub, KOP_mul}[pick(g, 3)];
    }
    if (pick(g, g->arithmetic ? 3 : 8) == 0) {
        scalar v = ref_value(t, pick(g, 200), g->seed);
        g->value[g->n++] = pb_const(g->pb, v, t);
        return;
    }
    if (!(kop_get(op)->kinds & (int)dtype_kind(t)) || ref_ulps(op, t))
        return;
    for (int k = 0; k < 3; k++)
        arg[k] = operand(g, op == KOP_select && k == 0 ? SHARR_BOOL : t);
    if (op == KOP_signbit)
        arg[0] = pb_op(g->pb, KOP_quiet, t, arg[0], -1, -1);
    g->value[g->n++] = pb_op(g->pb, op, t, arg[0], arg[1], arg[2]);
}

/* Arithmetic is stored as expressions are: quiet. */
static void random_store(generator *g, int slot)
{
    int v = slot == 0 || g->arithmetic ? g->value[g->n - 1 - slot]
                                       : operand(g, (dtype)pick(g, SHARR_NDTYPES));
    dtype t = pb_type(g->pb, v);

    if (g->arithmetic && dtype_kind(t) == KIND_FLOAT)
        v = pb_op(g->pb, KOP_quiet, t, v, -1, -1);
    pb_store(g->pb, slot, v);
}

static program *random_program(uint64_t seed, bool arithmetic)
{
    generator g = {.seed = seed, .pb = pb_new(), .arithmetic = arithmetic};
    sharr_error err;

    for (int i = 0; i < NIN; i++)
        g.value[g.n++] = pb_load(g.pb, i, in_types[i]);
    for (int i = 0; i < STEPS; i++)
        random_step(&g);
    for (int i = 0; i < 3; i++)
        random_store(&g, i);
    program *p = pb_finish(g.pb, &err);
    TAP_CHECK(p != NULL, "%s", err.text);
    return p;
}

/* A NaN inside a program may have either sign, which a select on signbit-free operations cannot
 * see: results are compared with NaNs alike. */
static scalar evaluate(const program *p, const scalar *in, int out)
{
    scalar v[2000] = {{.bits = {0, 0}}};

    for (int i = 0; i < p->nsteps; i++) {
        const step *s = &p->steps[i];
        scalar a[3] = {{.bits = {0, 0}}};
        for (int k = 0; k < step_nargs(p, s); k++)
            a[k] = v[s->arg[k]];
        switch (s->kind) {
        case STEP_LOAD:  v[i] = in[s->slot]; break;
        case STEP_CONST: v[i] = p->consts[s->slot]; break;
        case STEP_CAST:  v[i] = scalar_cast(a[0], (dtype)p->steps[s->arg[0]].result, (dtype)s->type);
                         break;
        case STEP_OP:    v[i] = ref_op((enum kop)s->op, (dtype)s->type, a[0], a[1], a[2]); break;
        default:
            if (s->slot == out)
                return a[0];
        }
    }
    return v[0];
}

static void check_random(const program *p, bool quiet, uint64_t seed, int level,
                         const int64_t n[2])
{
    field in[NIN], out[3];
    run_args r = {.n = {n[0], n[1]}};
    int failures = 0;

    for (int k = 0; k < NIN; k++) {
        in[k] = field_new((enum layout)((seed + (uint64_t)k * 3) % NLAYOUTS), in_types[k], n, 0);
        field_fill(&in[k], n, seed + (uint64_t)k);
        r.in[k] = in[k].first;
        memcpy(r.in_stride[k], in[k].stride, sizeof in[k].stride);
    }
    for (int k = 0; k < p->nout; k++) {
        out[k] = field_new((enum layout)((seed + (uint64_t)k) % NOUT_LAYOUTS),
                           (dtype)p->out_type[k], n, 0x5a);
        r.out[k] = out[k].first;
        memcpy(r.out_stride[k], out[k].stride, sizeof out[k].stride);
    }
    run_program(p, level, &r);
    for (int64_t e = 0; e < n[0] * n[1] * p->nout && failures < 2; e++) {
        int64_t i = e / p->nout / n[1], j = e / p->nout % n[1];
        int k = (int)(e % p->nout);
        dtype t = (dtype)p->out_type[k];
        scalar v[NIN];
        for (int q = 0; q < NIN; q++)
            v[q] = ref_get(at(&in[q], i, j), in_types[q]);
        scalar want = evaluate(p, v, k), got = ref_get(at(&out[k], i, j), t);
        bool same = quiet ? memcmp(&got, &want, dtype_size(t)) == 0 : ref_same(got, want, t);
        failures += !TAP_CHECK(same, "seed %d level %d out %d at %d %d: %s, not %s",
                               (int)seed, level, k, (int)i, (int)j, ref_text(got, t),
                               ref_text(want, t));
    }
    for (int k = 0; k < NIN; k++)
        free(in[k].memory);
    for (int k = 0; k < p->nout; k++)
        free(out[k].memory);
}

static void run_random(bool arithmetic)
{
    static const int64_t shapes[][2] = {{1, 600}, {30, 20}, {3, 200}, {2, 1}};

    for (uint64_t seed = 1; seed <= 150; seed++) {
        program *p = random_program(seed, arithmetic);
        for (int level = 1; p && level <= run_levels(); level++)
            check_random(p, arithmetic, seed, level, shapes[seed % 4]);
        program_free(p);
    }
}

static void random_programs(void)
{
    run_random(false);
}

/* What the interpreter does in pairs of operations. */
static void random_arithmetic(void)
{
    run_random(true);
}

/* More values in use at once than fit in L1: smaller blocks, and every buffer still its own. */
static void many_live_values(void)
{
    enum { MANY = 150, N = 1000 };
    program_builder *pb = pb_new();
    sharr_error err;
    double *in = run_alloc(N * 8, 0), *out = run_alloc(N * 8, 0);
    run_args r = {.n = {1, N}, .in = {in}, .out = {out}};
    int x = pb_load(pb, 0, SHARR_FLOAT64), sum, term[MANY];

    for (int k = 0; k < MANY; k++)
        term[k] = pb_op(pb, KOP_mul, SHARR_FLOAT64, x,
                        pb_const(pb, (scalar){.f64 = k + 1}, SHARR_FLOAT64), -1);
    sum = term[0];
    for (int k = MANY - 1; k > 0; k--)
        sum = pb_op(pb, KOP_add, SHARR_FLOAT64, sum, term[k], -1);
    pb_store(pb, 0, sum);
    program *p = pb_finish(pb, &err);
    for (int i = 0; i < N; i++)
        in[i] = i;
    run_dense(r.in_stride[0], N, SHARR_FLOAT64);
    run_dense(r.out_stride[0], N, SHARR_FLOAT64);
    run_program(p, 1, &r);
    for (int i = 0; i < N; i++)
        CU_ASSERT_EQUAL(out[i], (double)i * (MANY * (MANY + 1) / 2));
    program_free(p);
    free(in);
    free(out);
}

static const tap_test tests[] = {
    {"all strides, short and long rows", strides},
    {"index values", index_values},
    {"random programs as the reference, at every level", random_programs},
    {"random float arithmetic: pairs of operations round twice", random_arithmetic},
    {"many values at once", many_live_values},
};
TAP_MAIN("vm_shapes", tests)
