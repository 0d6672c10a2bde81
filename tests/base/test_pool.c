/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The thread pool: every task once, in order, on workers with a clean state.
 */
#include "base/pool.h"

#include <dirent.h>
#include <immintrin.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "support/tap_cunit.h"

enum { TASKS = 5000 };

static atomic_int runs[TASKS];
static atomic_int bad_worker;

static void count_run(void *arg, int worker)
{
    atomic_fetch_add((atomic_int *)arg, 1);
    if (worker < 0 || worker >= 3)
        atomic_fetch_add(&bad_worker, 1);
}

static void every_task_runs_once(void)
{
    memset(runs, 0, sizeof runs);
    pool *p = pool_new(3, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(pool_workers(p), 3);
    for (int i = 0; i < TASKS; i++)
        CU_ASSERT_TRUE(pool_submit(p, count_run, &runs[i]));
    pool_drain(p);
    int wrong = 0;
    for (int i = 0; i < TASKS; i++)
        wrong += runs[i] != 1;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(bad_worker, 0);
    pool_drain(p);
    pool_free(p);
    pool_free(NULL);
}

static int order[TASKS], order_n;

static void note_order(void *arg, int worker)
{
    (void)worker;
    order[order_n++] = (int)(intptr_t)arg;
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static atomic_int held;

/* Occupies its worker until `held` is 0 again. */
static void hold(void *arg, int worker)
{
    (void)arg;
    (void)worker;
    order[order_n++] = -1;
    atomic_store(&held, 1);
    while (atomic_load(&held))
        sleep_ms(1);
}

static void sleep_task(void *arg, int worker)
{
    (void)worker;
    sleep_ms((long)(intptr_t)arg);
}

/* One worker, kept busy while the ring grows, so that growth happens with tasks in it. */
static void tasks_start_in_order(void)
{
    pool *p = pool_new(1, NULL);
    order_n = 0;
    for (intptr_t i = 0; i < TASKS; i++) {
        if (i % 1000 == 0)
            pool_submit(p, sleep_task, (void *)1);
        CU_ASSERT_TRUE(pool_submit(p, note_order, (void *)i));
    }
    pool_free(p);                           /* waits for what is queued */
    CU_ASSERT_EQUAL(order_n, TASKS);
    int wrong = 0;
    for (int i = 0; i < TASKS; i++)
        wrong += order[i] != i;
    CU_ASSERT_EQUAL(wrong, 0);
}

typedef struct state {
    unsigned mxcsr;
    sigset_t mask;
    pthread_t thread;
} state;

static void spoil(void *arg, int worker)
{
    (void)arg;
    (void)worker;
    _mm_setcsr(0xffc0);                     /* flush to zero, denormals are zero, round to zero */
}

static void note_state(void *arg, int worker)
{
    state *s = arg;
    (void)worker;
    s->mxcsr = _mm_getcsr();
    s->thread = pthread_self();
    pthread_sigmask(SIG_SETMASK, NULL, &s->mask);
}

static void workers_have_a_clean_state(void)
{
    state s = {0};
    sigset_t before, after;
    unsigned mine = _mm_getcsr();
    _mm_setcsr(0x9fc0);                     /* a caller with unusual modes */
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    pool *p = pool_new(1, NULL);
    CU_ASSERT_EQUAL(_mm_getcsr(), 0x9fc0);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    pool_submit(p, spoil, NULL);
    pool_submit(p, note_state, &s);
    pool_drain(p);
    _mm_setcsr(mine);
    CU_ASSERT_EQUAL(s.mxcsr, 0x1f80);
    CU_ASSERT_FALSE(pthread_equal(s.thread, pthread_self()));
    for (int sig = 1; sig < 32; sig++) {
        bool can_block = sig != SIGKILL && sig != SIGSTOP;
        TAP_CHECK(sigismember(&s.mask, sig) == can_block, "signal %d", sig);
        TAP_CHECK(sigismember(&before, sig) == sigismember(&after, sig), "signal %d", sig);
    }
    pool_free(p);
}

static void drain_waits_for_the_running(void)
{
    pool *p = pool_new(2, NULL);
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    pool_submit(p, sleep_task, (void *)30);
    sleep_ms(5);                            /* by now it has been taken from the queue */
    pool_drain(p);
    clock_gettime(CLOCK_MONOTONIC, &b);
    CU_ASSERT((b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6 >= 29);
    pool_free(p);
}

static void two_pools_do_not_mix(void)
{
    memset(runs, 0, sizeof runs);
    pool *p = pool_new(2, NULL), *q = pool_new(1, NULL);
    for (int i = 0; i < 100; i++)
        pool_submit(i % 2 ? p : q, count_run, &runs[i]);
    pool_free(p);
    pool_drain(q);
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(runs[i], 1);
    pool_free(q);
}

static void bad_sizes_and_failures(void)
{
    sharr_error e;
    CU_ASSERT_PTR_NULL(pool_new(-1, &e));
    CU_ASSERT_EQUAL(e.status, SHARR_EINTERNAL);
    for (int n = 1; n <= 3; n++) {
        char spec[] = "pool_new:0";
        spec[9] = (char)('0' + n);
        if (!fault_arm(spec))
            return;
        CU_ASSERT_PTR_NULL(pool_new(3, &e));
        CU_ASSERT_EQUAL(e.status, SHARR_ERESOURCE);
    }
    fault_arm("pool_grow:1");
    pool *p = pool_new(1, &e);
    int refused = 0;
    pool_submit(p, sleep_task, (void *)50);
    for (int i = 0; i < 100; i++)
        refused += !pool_submit(p, sleep_task, (void *)0);
    CU_ASSERT_EQUAL(refused, 1);
    pool_free(p);
    fault_arm(NULL);
}

static void first_goes_before_all(void)
{
    static const int want[] = {-1, 3, 2, 0, 1};
    order_n = 0;
    pool *p = pool_new(1, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    pool_submit(p, hold, NULL);
    while (!atomic_load(&held))
        sleep_ms(1);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_TRUE(pool_submit(p, note_order, (void *)(intptr_t)i));
    for (int i = 2; i < 4; i++)
        CU_ASSERT_TRUE(pool_submit_first(p, note_order, (void *)(intptr_t)i));
    atomic_store(&held, 0);
    pool_drain(p);
    CU_ASSERT_EQUAL_FATAL(order_n, 5);
    CU_ASSERT_EQUAL(memcmp(order, want, sizeof want), 0);
    pool_free(p);
}

static void note_modes(void *arg, int worker)
{
    (void)worker;
    *(unsigned *)arg = _mm_getcsr() & ~0x3fu;
    _mm_setcsr(0x1f80 | 0x8000);                        /* a task that leaves its own */
}

static void without_workers_the_caller_works(void)
{
    unsigned before = _mm_getcsr(), within = 0;
    pool *p = pool_new(0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(pool_workers(p), 0);
    memset(runs, 0, sizeof runs);
    CU_ASSERT_TRUE(pool_submit(p, count_run, &runs[0]));
    CU_ASSERT_EQUAL(runs[0], 1);                        /* already */
    CU_ASSERT_TRUE(pool_submit_first(p, count_run, &runs[1]));
    CU_ASSERT_EQUAL(runs[1], 1);
    _mm_setcsr(0x1f80 | 0x8040);                        /* flush to zero */
    CU_ASSERT_TRUE(pool_submit(p, note_modes, &within));
    CU_ASSERT_EQUAL(within, 0x1f80);
    CU_ASSERT_EQUAL(_mm_getcsr(), 0x1f80 | 0x8040);
    _mm_setcsr(before);
    pool_drain(p);
    pool_free(p);
}

static int threads_of_process(void)
{
    int n = -2;                                 /* . and .. */
    DIR *d = opendir("/proc/self/task");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

/* A thread that has been joined is still there for a moment. */
static bool has_threads(int n)
{
    for (int i = 0; i < 2000 && threads_of_process() != n; i++)
        sleep_ms(1);
    return threads_of_process() == n;
}

static void a_shelf_keeps_one(void)
{
    poolshelf s = { 0 };
    has_threads(1);                             /* of the tests before */
    const int before = threads_of_process();
    pool *p = pool_take(&s, 2, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    memset(runs, 0, sizeof runs);
    for (int i = 0; i < 100; i++)
        pool_submit(p, count_run, &runs[i]);
    pool_put(&s, p);
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(runs[i], 1);            /* it waits */
    pool *here = pool_take(&s, 0, NULL);        /* needs none, and takes none away */
    pool_put(&s, here);
    CU_ASSERT(has_threads(before + 2));
    pool *q = pool_take(&s, 2, NULL), *r = pool_take(&s, 2, NULL);
    CU_ASSERT(q == p && r != p);
    pool_put(&s, q);
    pool_put(&s, r);                            /* one is enough */
    CU_ASSERT(has_threads(before + 2));
    p = pool_take(&s, 3, NULL);
    CU_ASSERT_EQUAL(pool_workers(p), 3);
    CU_ASSERT(has_threads(before + 3));
    pool_put(&s, p);
    pool_put(&s, NULL);
    poolshelf_clear(&s);
    poolshelf_clear(&s);
    CU_ASSERT(has_threads(before));
}

/* The threads are not there after fork(): another pool is made, and nobody waits for them. */
static void a_fork_has_its_own(void)
{
    poolshelf s = { 0 };
    pool_put(&s, pool_take(&s, 2, NULL));
    memset(runs, 0, sizeof runs);
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        pool *p = pool_take(&s, 2, NULL);
        pool_submit(p, count_run, &runs[0]);
        pool_put(&s, p);
        poolshelf_clear(&s);
        _exit(runs[0] == 1 ? 0 : 1);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
    poolshelf_clear(&s);
}

static const tap_test tests[] = {
    {"every task runs once", every_task_runs_once},
    {"tasks start in the order of submission", tasks_start_in_order},
    {"a first task goes before all that wait", first_goes_before_all},
    {"workers have a clean state", workers_have_a_clean_state},
    {"drain waits for what is running", drain_waits_for_the_running},
    {"two pools do not mix", two_pools_do_not_mix},
    {"without workers the caller works", without_workers_the_caller_works},
    {"a shelf keeps one pool", a_shelf_keeps_one},
    {"a fork has its own", a_fork_has_its_own},
    {"bad sizes and failures", bad_sizes_and_failures},
};
TAP_MAIN("pool", tests)
