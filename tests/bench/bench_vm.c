/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The interpreter against loops compiled for this machine, in cache and beyond:
 * interleaved rounds, the median of the ratios of processor time.  Argument: the number of one
 * row.  No test: prints a table.
 */
#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize("O3,no-math-errno,no-trapping-math")
#endif
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel/program_build.h"
#include "kernel/vm.h"

enum { ROUNDS = 15, NIN = 4 };

typedef struct data {
    int64_t n;
    double *in[NIN], *out;
    float *f[2], *fout;
    int8_t *small;
    double sum;
} data;

typedef void native_fn(data *d);

/* --- what a compiler makes of it --- */

static void native_triad(data *d)
{
    double *restrict o = d->out;
    const double *a = d->in[0], *b = d->in[1], *c = d->in[2];

    for (int64_t i = 0; i < d->n; i++)
        o[i] = a[i] * b[i] + c[i];
}

static void native_twenty(data *d)
{
    double *restrict o = d->out;
    const double *pa = d->in[0], *pb = d->in[1], *pc = d->in[2], *pd = d->in[3];

    for (int64_t i = 0; i < d->n; i++) {
        double a = pa[i], b = pb[i], c = pc[i], e = pd[i];
        double x = a * b + c * e, y = (a - c) * (b + e), z = x * 0.5 - y;
        double w = (x + y) * (x - z) + a * 3, v = w / (2 + b * b);
        o[i] = sqrt(v * v + 1) + z * (c - v) - e;
    }
}

static void native_dist(data *d)
{
    const double *a = d->in[0], *b = d->in[1];
    double lane[32] = {0}, sum = 0;

    for (int64_t i = 0; i + 32 <= d->n; i += 32)
        for (int k = 0; k < 32; k++) {
            double x = a[i + k] - b[i + k];
            lane[k] += x * x;
        }
    for (int k = 0; k < 32; k++)
        sum += lane[k];
    d->sum = sum;
}

static void native_sum(data *d)
{
    const double *a = d->in[0];
    double lane[32] = {0}, sum = 0;

    for (int64_t i = 0; i + 32 <= d->n; i += 32)
        for (int k = 0; k < 32; k++)
            lane[k] += a[i + k];
    for (int k = 0; k < 32; k++)
        sum += lane[k];
    d->sum = sum;
}

static void native_sum_f32(data *d)
{
    const float *a = d->f[0];
    double lane[32] = {0}, sum = 0;

    for (int64_t i = 0; i + 32 <= d->n; i += 32)
        for (int k = 0; k < 32; k++)
            lane[k] += a[i + k];
    for (int k = 0; k < 32; k++)
        sum += lane[k];
    d->sum = sum;
}

static void native_scale(data *d)
{
    float *restrict o = d->fout;
    const int8_t *a = d->small;

    for (int64_t i = 0; i < d->n; i++)
        o[i] = (float)a[i] * 2 + 1;
}

static void native_max(data *d)
{
    const double *a = d->in[0];
    double lane[32];

    for (int k = 0; k < 32; k++)
        lane[k] = -INFINITY;
    for (int64_t i = 0; i + 32 <= d->n; i += 32)
        for (int k = 0; k < 32; k++)
            lane[k] = a[i + k] > lane[k] ? a[i + k] : lane[k];
    for (int k = 0; k < 32; k++)
        d->sum = lane[k] > d->sum ? lane[k] : d->sum;
}

static void native_where(data *d)
{
    float *restrict o = d->fout;
    const float *a = d->f[0], *b = d->f[1];

    for (int64_t i = 0; i < d->n; i++)
        o[i] = a[i] > b[i] ? a[i] : b[i] * 2;
}

/* --- the same as programs --- */

static int op2(program_builder *pb, enum kop op, int a, int b)
{
    return pb_op(pb, op, pb_type(pb, a), a, b, -1);
}

static int number(program_builder *pb, double v, dtype t)
{
    return pb_const(pb, scalar_cast((scalar){.f64 = v}, SHARR_FLOAT64, t), t);
}

static void build_triad(program_builder *pb)
{
    int a = pb_load(pb, 0, SHARR_FLOAT64), b = pb_load(pb, 1, SHARR_FLOAT64);

    pb_store(pb, 0, op2(pb, KOP_add, op2(pb, KOP_mul, a, b), pb_load(pb, 2, SHARR_FLOAT64)));
}

static void build_twenty(program_builder *pb)
{
    const dtype F = SHARR_FLOAT64;
    int a = pb_load(pb, 0, F), b = pb_load(pb, 1, F), c = pb_load(pb, 2, F), e = pb_load(pb, 3, F);
    int x = op2(pb, KOP_add, op2(pb, KOP_mul, a, b), op2(pb, KOP_mul, c, e));
    int y = op2(pb, KOP_mul, op2(pb, KOP_sub, a, c), op2(pb, KOP_add, b, e));
    int z = op2(pb, KOP_sub, op2(pb, KOP_mul, x, number(pb, 0.5, F)), y);
    int w = op2(pb, KOP_add, op2(pb, KOP_mul, op2(pb, KOP_add, x, y), op2(pb, KOP_sub, x, z)),
                op2(pb, KOP_mul, a, number(pb, 3, F)));
    int v = op2(pb, KOP_div, w, op2(pb, KOP_add, number(pb, 2, F), op2(pb, KOP_mul, b, b)));
    int r = pb_op(pb, KOP_sqrt, F, op2(pb, KOP_add, op2(pb, KOP_mul, v, v), number(pb, 1, F)), -1, -1);

    r = op2(pb, KOP_add, r, op2(pb, KOP_mul, z, op2(pb, KOP_sub, c, v)));
    pb_store(pb, 0, op2(pb, KOP_sub, r, e));
}

static void build_dist(program_builder *pb)
{
    int x = op2(pb, KOP_sub, pb_load(pb, 0, SHARR_FLOAT64), pb_load(pb, 1, SHARR_FLOAT64));

    pb_reduce(pb, ROP_SUM, RMODE_LANES, op2(pb, KOP_mul, x, x), -1);
}

static void build_sum(program_builder *pb)
{
    pb_reduce(pb, ROP_SUM, RMODE_LANES, pb_load(pb, 0, SHARR_FLOAT64), -1);
}

static void build_sum_f32(program_builder *pb)
{
    pb_reduce(pb, ROP_SUM, RMODE_LANES, pb_load(pb, 4, SHARR_FLOAT32), -1);
}

static void build_var(program_builder *pb)
{
    pb_reduce(pb, ROP_VAR, RMODE_LANES, pb_load(pb, 4, SHARR_FLOAT32), -1);
}

static void build_max(program_builder *pb)
{
    pb_reduce(pb, ROP_MAX, RMODE_LANES, pb_load(pb, 0, SHARR_FLOAT64), -1);
}

static void build_argmax(program_builder *pb)
{
    pb_reduce(pb, ROP_ARGMAX, RMODE_LANES, pb_load(pb, 0, SHARR_FLOAT64), pb_index(pb, 0));
}

static void build_down(program_builder *pb)
{
    pb_reduce(pb, ROP_SUM, RMODE_DOWN, pb_load(pb, 4, SHARR_FLOAT32), -1);
}

static void build_down_var(program_builder *pb)
{
    pb_reduce(pb, ROP_VAR, RMODE_DOWN, pb_load(pb, 4, SHARR_FLOAT32), -1);
}

static void build_scale(program_builder *pb)
{
    int x = pb_cast(pb, SHARR_FLOAT32, pb_load(pb, 6, SHARR_INT8));

    x = op2(pb, KOP_mul, x, number(pb, 2, SHARR_FLOAT32));
    pb_store(pb, 0, op2(pb, KOP_add, x, number(pb, 1, SHARR_FLOAT32)));
}

static void build_where(program_builder *pb)
{
    int a = pb_load(pb, 4, SHARR_FLOAT32), b = pb_load(pb, 5, SHARR_FLOAT32);
    int twice = op2(pb, KOP_mul, b, number(pb, 2, SHARR_FLOAT32));

    pb_store(pb, 0, pb_op(pb, KOP_select, SHARR_FLOAT32, op2(pb, KOP_gt, a, b), a, twice));
}

/* --- running --- */

typedef struct bench {
    const char *name;
    native_fn *native;
    void (*build)(program_builder *pb);
    int64_t rows;                       /* 0: leaves of 4096; else outer rows, reduced DOWN */
    bool single;                        /* the output is float32 */
} bench;

static const bench benches[] = {
    {"a*b+c f64", native_triad, build_triad, 1, false},
    {"20 operations f64", native_twenty, build_twenty, 1, false},
    {"where(a>b, a, 2b) f32", native_where, build_where, 1, true},
    {"x*2+1 int8->f32", native_scale, build_scale, 1, true},
    {"sum f64", native_sum, build_sum, 0, false},
    {"sum f32", native_sum_f32, build_sum_f32, 0, false},
    {"sum((a-b)^2) f64", native_dist, build_dist, 0, false},
    {"var f32 / its sum", native_sum_f32, build_var, 0, false},
    {"max f64", native_max, build_max, 0, false},
    {"argmax f64 / max", native_max, build_argmax, 0, false},
    {"sum down f32 / sum", native_sum_f32, build_down, 64, false},
    {"var down f32 / sum", native_sum_f32, build_down_var, 64, false},
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v)
{
    qsort(v, ROUNDS, sizeof *v, by_value);
    return v[ROUNDS / 2];
}

static void *page_alloc(int64_t bytes)
{
    void *p = aligned_alloc(4096, ((size_t)bytes + 8191) / 4096 * 4096);

    memset(p, 0, (size_t)bytes);
    return p;
}

static void run_vm(const vm_kernel *k, const bench *b, const data *d, void **state, void *scratch)
{
    int64_t rows = b->rows ? b->rows : d->n / REDUCE_LEAF, cols = d->n / rows;
    const void *in[7] = {d->in[0], d->in[1], d->in[2], d->in[3], d->f[0], d->f[1], d->small};
    int64_t s[7][2], os[1][2] = {{b->single ? 4 * cols : 8 * cols, b->single ? 4 : 8}};
    int64_t index[1][3] = {{0, cols, 1}};
    void *out[1] = {b->single ? (void *)d->fout : (void *)d->out};
    int64_t ss[4][2];

    for (int i = 0; i < 7; i++) {
        s[i][1] = i < 4 ? 8 : i < 6 ? 4 : 1;
        s[i][0] = s[i][1] * cols;
    }
    for (int i = 0; i < 4; i++) {
        ss[i][0] = b->rows ? 0 : 8;
        ss[i][1] = 8;
    }
    sharr_kargs a = {{rows, cols}, in, s, out, os, index, state, ss};
    vm_run(k, &a, scratch);
}

static void run_bench(const bench *b, data *d)
{
    program_builder *pb = pb_new();
    sharr_error err;
    double native[ROUNDS], vm[ROUNDS], ratio[ROUNDS];
    int repeat = (int)(4000000 / d->n) + 1;
    void *state[4];

    b->build(pb);
    program *p = pb_finish(pb, &err);
    vm_kernel *k = vm_compile(p, 0, &err);
    void *scratch = page_alloc((int64_t)vm_scratch_bytes(k));
    for (int i = 0; i < 4; i++)
        state[i] = page_alloc(8 * d->n);
    for (int r = 0; r < ROUNDS; r++) {
        double t0 = now();
        for (int i = 0; i < repeat; i++) {
            b->native(d);
            __asm__ volatile("" ::: "memory");
        }
        double t1 = now();
        for (int i = 0; i < repeat; i++)
            run_vm(k, b, d, state, scratch);
        double t2 = now();
        native[r] = (t1 - t0) / repeat / (double)d->n * 1e9;
        vm[r] = (t2 - t1) / repeat / (double)d->n * 1e9;
        ratio[r] = vm[r] / native[r];
    }
    printf("%-24s %9lld  %7.3f  %7.3f  %5.2f\n", b->name, (long long)d->n, median(native), median(vm),
           median(ratio));
    for (int i = 0; i < 4; i++)
        free(state[i]);
    free(scratch);
    vm_free(k);
    program_free(p);
}

int main(int argc, char **argv)
{
    static const int64_t sizes[] = {16384, 65536 * 4, 1 << 22};
    int only = argc > 1 ? atoi(argv[1]) : -1;

    printf("%-24s %9s  %7s  %7s  ratio of times (ns per element)\n", "", "elements", "native", "vm");
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        data d = {.n = sizes[s]};
        for (int i = 0; i < NIN; i++) {
            d.in[i] = page_alloc(8 * d.n);
            for (int64_t j = 0; j < d.n; j++)
                d.in[i][j] = sin((double)(j * (i + 1)));
        }
        d.out = page_alloc(8 * d.n);
        d.fout = page_alloc(4 * d.n);
        d.small = page_alloc(d.n);
        for (int i = 0; i < 2; i++) {
            d.f[i] = page_alloc(4 * d.n);
            for (int64_t j = 0; j < d.n; j++)
                d.f[i][j] = (float)d.in[i][j];
        }
        for (size_t b = 0; b < sizeof benches / sizeof *benches; b++)
            if (only < 0 || only == (int)b)
                run_bench(&benches[b], &d);
        for (int i = 0; i < NIN; i++)
            free(d.in[i]);
        free(d.out);
        free(d.fout);
        free(d.small);
        free(d.f[0]);
        free(d.f[1]);
    }
    return 0;
}
