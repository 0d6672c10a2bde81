/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The choice of the back end: what is compiled when, what is shared, what is
 * counted, what happens without a compiler, and that nothing is left behind.
 */
#include "kernel/kernel.h"

#include "base/config.h"
#include "kernel/program_build.h"
#include "kernel/vm_support.h"
#include "support/tap_cunit.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 1000 };

static counters counted;
static char logged[1024];

static void log_line(void *arg, int level, const char *line)
{
    (void)arg, (void)level;
    snprintf(logged, sizeof logged, "%s", line);
}
static const logger log_here = {.sink = log_line, .level = LOG_WARN};

static kernel_session *session(int jit, const char *dump_dir)
{
    kernel_session *s = NULL;
    sharr_error err = {0};
    kernel_config c = {.jit = jit, .threshold = 1000000, .dump_dir = dump_dir,
                       .counters = &counted, .log = &log_here};
    memset(&counted, 0, sizeof counted);
    logged[0] = '\0';
    TAP_CHECK(kernel_session_new(&c, &s, &err) == 0, "%s", err.text);
    return s;
}

/* x * k + 1, `steps` times over */
static program *poly(double k, int steps)
{
    program_builder *pb = pb_new();
    sharr_error err;
    int x = pb_load(pb, 0, SHARR_FLOAT64), v = x;
    int c = pb_const(pb, (scalar){.f64 = k}, SHARR_FLOAT64);
    int one = pb_const(pb, (scalar){.f64 = 1}, SHARR_FLOAT64);
    for (int i = 0; i < steps; i++)
        v = pb_op(pb, KOP_add, SHARR_FLOAT64, pb_op(pb, KOP_mul, SHARR_FLOAT64, v, c, -1), one, -1);
    pb_store(pb, 0, v);
    program *p = pb_finish(pb, &err);
    TAP_CHECK(p != NULL, "%s", err.text);
    return p;
}

static kernel *make(kernel_session *s, double k, int64_t work)
{
    kernel *out = NULL;
    sharr_error err = {0};
    TAP_CHECK(kernel_new(s, poly(k, 1), work, &out, &err) == 0, "%s", err.text);
    return out;
}

static bool runs(kernel *k, double factor)
{
    double x[N], y[N];
    void *scratch = run_alloc(kernel_scratch_bytes(k), 0);
    const int64_t stride[1][2] = {{0, 8}};
    const void *in[1] = {x};
    void *out[1] = {y};
    sharr_kargs a = {.n = {1, N}, .in = in, .in_stride = stride, .out = out, .out_stride = stride};
    bool right = true;
    for (int i = 0; i < N; i++)
        x[i] = i;
    kernel_run(k, &a, scratch);
    for (int i = 0; i < N; i++)
        right &= y[i] == i * factor + 1;
    free(scratch);
    return right;
}

static void vm_never_compiles(void)
{
    kernel_session *s = session(JIT_VM, NULL);
    kernel *k = make(s, 3, INT64_MAX);
    kernel_session_wait(s);
    CU_ASSERT_FALSE(kernel_compiled(k));
    CU_ASSERT(runs(k, 3));
    CU_ASSERT_EQUAL(counted.kernel_calls_vm, 1);
    CU_ASSERT_EQUAL(counted.kernels_compiled, 0);
    kernel_free(k);
    kernel_session_free(s);
}

static void small_work_is_interpreted(void)
{
    kernel_session *s = session(JIT_AUTO, NULL);
    kernel *k = make(s, 3, 1000000);
    kernel_session_wait(s);
    CU_ASSERT_FALSE(kernel_compiled(k));
    CU_ASSERT(runs(k, 3));
    kernel_free(k);
    kernel_session_free(s);
}

static void equal_programs_share(void)
{
    kernel_session *s = session(JIT_VM, NULL);
    kernel *a = make(s, 3, 1), *b = make(s, 3, 1), *c = make(s, 4, 1);
    CU_ASSERT_PTR_EQUAL(a, b);
    CU_ASSERT_PTR_NOT_EQUAL(a, c);
    kernel_free(b);
    CU_ASSERT(runs(a, 3) && runs(c, 4));
    kernel_free(a);
    kernel *again = make(s, 3, 1);              /* kept although nobody used it */
    CU_ASSERT_PTR_EQUAL(again, a);
    for (int i = 0; i < 300; i++)               /* pushes unused ones out */
        kernel_free(make(s, 10 + i, 1));
    CU_ASSERT(runs(again, 3));
    kernel_free(again);
    kernel_free(c);
    kernel_free(NULL);
    kernel_session_free(s);
    kernel_session_free(NULL);
}

static void no_compiler(void)
{
    const char *module = getenv("SHARR_LLVM_MODULE");
    char *saved = module ? strdup(module) : NULL;
    kernel_session *s = NULL;
    sharr_error err = {0};
    kernel_config c = {.jit = JIT_LLVM};
    setenv("SHARR_LLVM_MODULE", "/nowhere/libsharr-llvm.so", 1);
    CU_ASSERT_EQUAL(kernel_session_new(&c, &s, &err), SHARR_EUSAGE);
    CU_ASSERT(strstr(err.text, "/nowhere/") && strstr(err.text, "--jit=auto"));
    CU_ASSERT_PTR_NULL(s);

    s = session(JIT_AUTO, NULL);                /* goes on interpreted, and says so once */
    kernel *k = make(s, 3, INT64_MAX), *k2 = make(s, 4, INT64_MAX);
    kernel_session_wait(s);
    CU_ASSERT_FALSE(kernel_compiled(k));
    CU_ASSERT(runs(k, 3) && runs(k2, 4));
#ifdef HAVE_LLVM
    CU_ASSERT(strstr(logged, "interpreted") != NULL);
#else
    CU_ASSERT_EQUAL(logged[0], '\0');
#endif
    kernel_free(k);
    kernel_free(k2);
    kernel_session_free(s);
    if (saved)
        setenv("SHARR_LLVM_MODULE", saved, 1);
    free(saved);
}

#ifdef HAVE_LLVM
static void llvm_compiles_at_once(void)
{
    kernel_session *s = session(JIT_LLVM, NULL);
    kernel *k = make(s, 3, 1);
    CU_ASSERT(kernel_compiled(k));
    CU_ASSERT(runs(k, 3));
    CU_ASSERT_EQUAL(counted.kernel_calls_llvm, 1);
    CU_ASSERT_EQUAL(counted.kernel_calls_vm, 0);
    CU_ASSERT_EQUAL(counted.kernels_compiled, 1);
    kernel_free(k);
    kernel_session_free(s);
}

/* Every second element: interpreted, with the same result. */
static void odd_strides_are_interpreted(void)
{
    kernel_session *s = session(JIT_LLVM, NULL);
    kernel *k = make(s, 3, 1);
    double x[2 * N], y[N];
    void *scratch = run_alloc(kernel_scratch_bytes(k), 0);
    const int64_t in_stride[1][2] = {{0, 16}}, out_stride[1][2] = {{0, 8}};
    const void *in[1] = {x};
    void *out[1] = {y};
    sharr_kargs a = {.n = {1, N}, .in = in, .in_stride = in_stride, .out = out,
                     .out_stride = out_stride};
    for (int i = 0; i < 2 * N; i++)
        x[i] = i;
    kernel_run(k, &a, scratch);
    for (int i = 0; i < N; i++)
        if (!TAP_CHECK(y[i] == 6 * i + 1, "element %d: %g", i, y[i]))
            break;
    CU_ASSERT_EQUAL(counted.kernel_calls_vm, 1);
    free(scratch);
    kernel_free(k);
    kernel_session_free(s);
}

static void large_work_is_compiled_behind(void)
{
    kernel_session *s = session(JIT_AUTO, NULL);
    kernel *k = make(s, 3, 600000);
    CU_ASSERT_FALSE(kernel_compiled(k));
    kernel *again = make(s, 3, 600000);         /* together above the threshold */
    CU_ASSERT(runs(k, 3));
    kernel_session_wait(s);
    CU_ASSERT(kernel_compiled(k));
    CU_ASSERT(runs(k, 3));
    CU_ASSERT_EQUAL(counted.kernels_compiled, 1);
    CU_ASSERT(counted.kernel_calls_llvm >= 1);
    CU_ASSERT_EQUAL(counted.kernel_calls_llvm + counted.kernel_calls_vm, 2);
    CU_ASSERT_EQUAL(logged[0], '\0');
    kernel_free(k);
    kernel_free(again);
    kernel_session_free(s);
}

static void too_long_is_interpreted(void)
{
    kernel_session *s = session(JIT_LLVM, NULL);
    kernel *k = NULL;
    sharr_error err = {0};
    CU_ASSERT_EQUAL(kernel_new(s, poly(1, KERNEL_MAX_COMPILED_STEPS), 1, &k, &err), 0);
    CU_ASSERT_FALSE(kernel_compiled(k));
    kernel_free(k);
    kernel_session_free(s);
}

static void a_session_may_end_while_compiling(void)
{
    for (int round = 0; round < 4; round++) {
        kernel_session *s = session(JIT_AUTO, NULL);
        kernel *k[6];
        for (int i = 0; i < 6; i++)
            k[i] = make(s, 100 * round + i, INT64_MAX);
        usleep((useconds_t)round * 5000);
        for (int i = 0; i < 6; i++)
            kernel_free(k[i]);
        kernel_session_free(s);
    }
}

/* ---- threads ------------------------------------------------------------------------------------ */

typedef struct runner {
    kernel *k;
    atomic_bool stop;
    atomic_int wrong, calls;
} runner;

static void *run_until_stopped(void *arg)
{
    runner *r = arg;
    while (!atomic_load(&r->stop)) {
        atomic_fetch_add(&r->wrong, !runs(r->k, 7));
        atomic_fetch_add(&r->calls, 1);
    }
    return NULL;
}

static void workers_change_over(void)
{
    kernel_session *s = session(JIT_AUTO, NULL);
    runner r = {.k = make(s, 7, 1)};
    pthread_t t[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, run_until_stopped, &r);
    while (atomic_load(&r.calls) < 10)
        usleep(100);
    kernel *again = make(s, 7, INT64_MAX);
    kernel_session_wait(s);
    int before = atomic_load(&r.calls);
    while (atomic_load(&r.calls) < before + 10)
        usleep(100);
    atomic_store(&r.stop, true);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&r.wrong), 0);
    CU_ASSERT(counted.kernel_calls_vm > 0 && counted.kernel_calls_llvm > 0);
    kernel_free(r.k);
    kernel_free(again);
    kernel_session_free(s);
}

/* ---- memory, files ------------------------------------------------------------------------------- */

static long resident_kib(void)
{
    long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void kernels_leave_nothing(void)
{
    kernel_session *s = session(JIT_LLVM, NULL);
    long start = 0;
    for (int i = 0; i < 200; i++) {
        kernel_free(make(s, i, 1));
        if (i == 99)
            start = resident_kib();
    }
    long grown = resident_kib() - start;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)grown; /* freed memory stays in quarantine; leaks are the sanitizer's own to find */
#else
    TAP_CHECK(grown < 2048, "100 kernels made and freed: %ld KiB more", grown);
#endif
    kernel_session_free(s);
}

/* How many files of `dir` end in `suffix`, each not empty; removes them. */
static int take_files(const char *dir, const char *suffix)
{
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        char path[1024];
        size_t len = strlen(e->d_name), tail = strlen(suffix);
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (len < tail || strcmp(e->d_name + len - tail, suffix) != 0)
            continue;
        FILE *f = fopen(path, "r");
        n += f && fgetc(f) != EOF;
        if (f)
            fclose(f);
        unlink(path);
    }
    if (d)
        closedir(d);
    return n;
}

static void dumps(void)
{
    char dir[] = "/tmp/sharr-dump-XXXXXX";
    if (!TAP_CHECK(mkdtemp(dir) != NULL, "no temporary directory"))
        return;
    kernel_session *s = session(JIT_LLVM, dir);
    kernel_free(make(s, 3, 1));
    kernel_session_free(s);
    CU_ASSERT_EQUAL(take_files(dir, ".ll"), 1);
    CU_ASSERT_EQUAL(take_files(dir, ".s"), 1);
    CU_ASSERT_EQUAL(rmdir(dir), 0);             /* nothing else was left */

    s = session(JIT_LLVM, dir);                 /* which is gone now */
    kernel *k = NULL;
    sharr_error err = {0};
    program *p = poly(5, 1);
    CU_ASSERT_NOT_EQUAL(kernel_new(s, p, 1, &k, &err), 0);
    CU_ASSERT(strstr(err.text, "--dump-ir") != NULL);
    program_free(p);                            /* still ours */
    kernel_session_free(s);
}
#endif

static const tap_test tests[] = {
    {"jit=vm never compiles", vm_never_compiles},
    {"jit=auto interprets what is small", small_work_is_interpreted},
    {"equal programs share a kernel, unused ones are kept for a while", equal_programs_share},
    {"without a compiler jit=llvm is an error, jit=auto goes on", no_compiler},
#ifdef HAVE_LLVM
    {"jit=llvm compiles before the first call", llvm_compiles_at_once},
    {"odd strides are interpreted", odd_strides_are_interpreted},
    {"jit=auto compiles in the background what is large", large_work_is_compiled_behind},
    {"a very long program is interpreted", too_long_is_interpreted},
    {"a session may end while kernels are compiled", a_session_may_end_while_compiling},
    {"running threads change over", workers_change_over},
    {"200 kernels made and freed leave no memory behind", kernels_leave_nothing},
    {"dumps are complete files; a directory that is not there is an error", dumps},
#endif
};

TAP_MAIN("kernels", tests)
