/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Kernels: compiled against hand-written loops (gcc -O3 -march=native) and against the
 * interpreter, in the L2 cache and from memory; time to compile.  Lower quartiles of
 * interleaved rounds; ns per element.
 */
#include "bench/bench_kernel_ref.h"

#include "kernel/cpu.h"
#include "kernel/llvm_table.h"
#include "kernel/program_build.h"
#include "kernel/vm.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 15, LEAF = REDUCE_LEAF, MAX_IN = 4 };

typedef int build_fn(program_builder *pb, dtype t);

typedef struct job {
    const char *name;
    dtype t;
    int nin;
    build_fn *build;            /* the value */
    int rop;                    /* -1: stored */
    enum rmode mode;
    ref_fn *ref;
} job;

/* ---- the programs ------------------------------------------------------------------------------- */

static int op2(program_builder *pb, enum kop op, dtype t, int a, int b)
{
    return pb_op(pb, op, t, a, b, -1);
}

static int number(program_builder *pb, dtype t, double v)
{
    return pb_const(pb, scalar_cast((scalar){.f64 = v}, SHARR_FLOAT64, t), t);
}

static int muladd(program_builder *pb, dtype t)
{
    int ab = op2(pb, KOP_mul, t, pb_load(pb, 0, t), pb_load(pb, 1, t));
    int c2 = op2(pb, KOP_mul, t, pb_load(pb, 2, t), number(pb, t, 2));
    int d3 = op2(pb, KOP_div, t, pb_load(pb, 3, t), number(pb, t, 3));
    return op2(pb, KOP_sub, t, op2(pb, KOP_add, t, ab, c2), d3);
}

static int norm(program_builder *pb, dtype t)
{
    int a = pb_load(pb, 0, t), b = pb_load(pb, 1, t);
    int s = op2(pb, KOP_add, t, op2(pb, KOP_mul, t, a, a), op2(pb, KOP_mul, t, b, b));
    return pb_op(pb, KOP_sqrt, t, s, -1, -1);
}

static int where(program_builder *pb, dtype t)
{
    int a = pb_load(pb, 0, t), b = pb_load(pb, 1, t);
    return pb_op(pb, KOP_select, t, op2(pb, KOP_gt, t, a, b), a, pb_op(pb, KOP_exp, t, b, -1, -1));
}

static int scale(program_builder *pb, dtype t)
{
    int x = pb_cast(pb, SHARR_FLOAT32, pb_load(pb, 0, t));
    dtype f = SHARR_FLOAT32;
    return op2(pb, KOP_add, f, op2(pb, KOP_mul, f, x, number(pb, f, 0.5)), number(pb, f, 3));
}

static int plain(program_builder *pb, dtype t)
{
    return pb_load(pb, 0, t);
}

static int square(program_builder *pb, dtype t)
{
    int d = op2(pb, KOP_sub, t, pb_load(pb, 0, t), pb_load(pb, 1, t));
    return op2(pb, KOP_mul, t, d, d);
}

static const job jobs[] = {
    {"a*b+c*2-d/3", SHARR_FLOAT64, 4, muladd, -1, 0, ref_muladd_double},
    {"a*b+c*2-d/3", SHARR_FLOAT32, 4, muladd, -1, 0, ref_muladd_float},
    {"sqrt(a*a+b*b)", SHARR_FLOAT64, 2, norm, -1, 0, ref_norm_double},
    {"sqrt(a*a+b*b)", SHARR_FLOAT32, 2, norm, -1, 0, ref_norm_float},
    {"where(a>b,a,exp(b))", SHARR_FLOAT64, 2, where, -1, 0, ref_where_double},
    {"where(a>b,a,exp(b))", SHARR_FLOAT32, 2, where, -1, 0, ref_where_float},
    {"float32(a)*0.5+3", SHARR_INT8, 1, scale, -1, 0, ref_scale_int8_t},
    {"sum(a)", SHARR_FLOAT64, 1, plain, ROP_SUM, RMODE_LANES, ref_sum},
    {"sum((a-b)**2)", SHARR_FLOAT64, 2, square, ROP_SUM, RMODE_LANES, ref_sumsq},
    {"var(a)", SHARR_FLOAT64, 1, plain, ROP_VAR, RMODE_LANES, ref_var},
    {"max(a)", SHARR_FLOAT64, 1, plain, ROP_MAX, RMODE_LANES, ref_max},
    {"sum(a, axis=0)", SHARR_FLOAT32, 1, plain, ROP_SUM, RMODE_DOWN, ref_down},
};

static program *build(const job *j)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int v = j->build(pb, j->t);
    if (j->rop < 0)
        pb_store(pb, 0, v);
    else
        pb_reduce(pb, (enum rop)j->rop, j->mode, v, -1);
    program *p = pb_finish(pb, &err);
    if (!p) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    return p;
}

/* ---- running ------------------------------------------------------------------------------------ */

typedef struct run {
    const job *j;
    long n;                             /* elements */
    void *in[MAX_IN], *out;
    const void *arg[MAX_IN];
    void *state[REDUCE_MAX_FIELDS];
    int64_t in_stride[MAX_IN][2], out_stride[1][2], state_stride[REDUCE_MAX_FIELDS][2];
    sharr_kargs a;
    sharr_kernel_fn *fn;
    const vm_kernel *vm;
    void *scratch;
} run;

enum who { JIT, VM, REF, NWHO };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *page_memory(size_t bytes)
{
    void *p = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    memset(p, 0, bytes);
    return p;
}

static void set_up(run *r, const job *j, long bytes)
{
    int64_t size = (int64_t)dtype_size(j->t), rows = 1;
    *r = (run){.j = j, .n = bytes / size};
    if (j->rop >= 0)
        rows = j->mode == RMODE_DOWN ? REF_ROWS : r->n > LEAF ? r->n / LEAF : 1;
    int64_t cols = r->n / rows;
    r->n = rows * cols;
    for (int k = 0; k < MAX_IN; k++) {
        r->arg[k] = r->in[k] = page_memory((size_t)(r->n * size));
        r->in_stride[k][0] = cols * size;
        r->in_stride[k][1] = size;
        for (long i = 0; i < r->n; i++) {
            scalar v = scalar_cast((scalar){.f64 = drand48() * 2}, SHARR_FLOAT64, j->t);
            memcpy((char *)r->in[k] + i * size, &v, (size_t)size);
        }
    }
    r->out = page_memory((size_t)r->n * 8);
    r->out_stride[0][1] = j->t == SHARR_INT8 ? 4 : size;
    for (int f = 0; f < REDUCE_MAX_FIELDS; f++) {
        r->state[f] = page_memory((size_t)(rows > cols ? rows : cols) * 8);
        r->state_stride[f][j->mode == RMODE_DOWN] = 8;
    }
    r->a = (sharr_kargs){.n = {rows, cols}, .in = r->arg,
                         .in_stride = (const int64_t(*)[2])r->in_stride, .out = &r->out,
                         .out_stride = (const int64_t(*)[2])r->out_stride, .state = r->state,
                         .state_stride = (const int64_t(*)[2])r->state_stride};
}

static void tear_down(run *r)
{
    for (int k = 0; k < MAX_IN; k++)
        free(r->in[k]);
    for (int f = 0; f < REDUCE_MAX_FIELDS; f++)
        free(r->state[f]);
    free(r->out);
}

static double measure(run *r, enum who who, int repeat)
{
    double start = now();
    for (int k = 0; k < repeat; k++)
        switch (who) {
        case JIT: r->fn(&r->a); break;
        case VM:  vm_run(r->vm, &r->a, r->scratch); break;
        default:  r->j->ref(r->arg, r->out, r->n); break;
        }
    return (now() - start) / repeat / (double)r->n * 1e9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void race(run *r, double best[NWHO])
{
    double t[NWHO][ROUNDS];
    int repeat = (int)(4e6 / (double)r->n) + 1;
    for (int round = -1; round < ROUNDS; round++)           /* the first is not counted */
        for (int k = 0; k < NWHO; k++) {
            int who = round & 1 ? NWHO - 1 - k : k;
            double x = measure(r, (enum who)who, repeat);
            if (round >= 0)
                t[who][round] = x;
        }
    for (int who = 0; who < NWHO; who++) {
        qsort(t[who], ROUNDS, sizeof t[who][0], by_value);
        best[who] = t[who][ROUNDS / 4];
    }
}

/* ---- the module --------------------------------------------------------------------------------- */

static const llvm_table *load(llvm_session **s)
{
    const char *path = getenv("SHARR_LLVM_MODULE");
    void *h = dlopen(path ? path : ".libs/libsharr-llvm.so", RTLD_NOW | RTLD_LOCAL);
    sharr_error err;
    if (!h) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    llvm_entry_fn *entry;
    void *symbol = dlsym(h, LLVM_TABLE_ENTRY);
    memcpy(&entry, &symbol, sizeof entry);
    if (entry()->session_new(s, &err) != 0)
        exit(1);
    return entry();
}

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* The least of some compilations; leaves the last one in *code. */
static double compile(const llvm_table *t, llvm_session *s, const program *p, llvm_code *code)
{
    llvm_options o = {.level = cpu_level()};
    double best = 1e9;
    sharr_error err;
    for (int k = 0; k < 7; k++) {
        double start = cpu_ms();
        if (k)
            t->code_free(code);
        if (t->compile(s, p, &o, code, &err) != 0) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
        double ms = cpu_ms() - start;
        best = ms < best ? ms : best;
    }
    return best;
}

int main(void)
{
    static const long sizes[] = {96 << 10, 32 << 20};       /* bytes of an array */
    llvm_session *s = NULL;
    const llvm_table *t = load(&s);
    sharr_error err;

    printf("LLVM %d, x86-64-v%d; arrays of 96 KiB | 32 MiB\n"
           "hand: compiled / by hand; vm: interpreted / compiled; sums by hand are plain vector sums\n"
           "%-20s %-8s %9s | %7s %8s %8s | %7s %8s %8s\n", t->llvm_major, cpu_level(), "kernel",
           "type", "compile", "ns/el", "hand", "vm", "ns/el", "hand", "vm");
    for (size_t k = 0; k < sizeof jobs / sizeof jobs[0]; k++) {
        program *p = build(&jobs[k]);
        llvm_code code = {0};
        vm_kernel *vm = vm_compile(p, 0, &err);
        void *scratch = page_memory(vm_scratch_bytes(vm));
        printf("%-20s %-8s %6.1f ms", jobs[k].name, dtype_name(jobs[k].t), compile(t, s, p, &code));
        for (int z = 0; z < 2; z++) {
            run r;
            double m[NWHO];
            set_up(&r, &jobs[k], sizes[z]);
            r.fn = code.fn;
            r.vm = vm;
            r.scratch = scratch;
            race(&r, m);
            printf(" | %7.3f %7.2fx %7.2fx", m[JIT], m[JIT] / m[REF], m[VM] / m[JIT]);
            tear_down(&r);
        }
        printf("\n");
        fflush(stdout);
        t->code_free(&code);
        vm_free(vm);
        free(scratch);
        program_free(p);
    }
    t->session_free(s);
    return 0;
}
