/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The memory promise: what is charged, refused, reused and given back; and that
 * the process really holds no more than the limit.
 */
#include "base/budget.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fault.h"
#include "support/tap_cunit.h"

#define MIB ((size_t)1 << 20)

static void charged_in_pages(void)
{
    static const struct {
        size_t bytes;
        int64_t charged;
    } rows[] = {{0, 4096}, {1, 4096}, {4096, 4096}, {4097, 8192}, {MIB, 1 << 20}, {3 * MIB + 1, (3 << 20) + 4096}};
    budget *b = budget_new(64 << 20);
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        char *p = budget_alloc(b, rows[i].bytes, "rows", NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        TAP_CHECK(budget_used(b) == rows[i].charged, "%zu: %lld", rows[i].bytes, (long long)budget_used(b));
        CU_ASSERT_EQUAL((uintptr_t)p % (rows[i].bytes >= MIB ? 2 * MIB : 4096), 0);
        memset(p, 1, rows[i].bytes);
        budget_release(b, p, rows[i].bytes);
        CU_ASSERT_EQUAL(budget_used(b), 0);
    }
    CU_ASSERT_EQUAL(budget_peak(b), (3 << 20) + 4096);
    CU_ASSERT_EQUAL(budget_limit(b), 64 << 20);
    budget_release(b, NULL, 100);
    budget_free(b);
    budget_free(NULL);
}

static void refusal_names_the_figures(void)
{
    sharr_error e;
    budget *b = budget_new(10 << 20);
    void *p = budget_alloc(b, 6 * MIB, "input chunks", &e);
    CU_ASSERT_PTR_NULL(budget_alloc(b, 5 * MIB, "output window", &e));
    CU_ASSERT_EQUAL(e.status, SHARR_ERESOURCE);
    CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "output window"));
    CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "5.00 MiB (5242880 bytes)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "6.00 MiB of 10.0 MiB"));
    CU_ASSERT_EQUAL(budget_used(b), 6 << 20);
    void *q = budget_alloc(b, 4 * MIB, "exactly full", &e);
    CU_ASSERT_PTR_NOT_NULL(q);
    CU_ASSERT_PTR_NULL(budget_alloc(b, 1, "one more", &e));
    CU_ASSERT_PTR_NULL(budget_alloc(b, SIZE_MAX, "everything", &e));
    CU_ASSERT_EQUAL(e.status, SHARR_ERESOURCE);
    budget_release(b, p, 6 * MIB);
    budget_release(b, q, 4 * MIB);
    budget_free(b);
}

static void released_buffers_come_back(void)
{
    budget *b = budget_new(64 << 20);
    void *p = budget_alloc(b, 2 * MIB, "x", NULL), *q = budget_alloc(b, 5 * MIB, "y", NULL);
    budget_release(b, p, 2 * MIB);
    budget_release(b, q, 5 * MIB);
    CU_ASSERT_PTR_EQUAL(budget_alloc(b, 5 * MIB - 100, "y", NULL), q);
    CU_ASSERT_PTR_EQUAL(budget_alloc(b, 2 * MIB, "x", NULL), p);
    budget_release(b, p, 2 * MIB);
    budget_release(b, q, 5 * MIB - 100);
    budget_free(b);
}

static void charges_and_credits(void)
{
    sharr_error e;
    budget *b = budget_new(1000);
    CU_ASSERT_EQUAL(budget_charge(b, 600, "graph", &e), 0);
    CU_ASSERT_EQUAL(budget_charge(b, 401, "plan", &e), SHARR_ERESOURCE);
    CU_ASSERT_EQUAL(budget_charge(b, INT64_MAX, "plan", &e), SHARR_ERESOURCE);
    CU_ASSERT_EQUAL(budget_charge(b, 400, "plan", &e), 0);
    budget_credit(b, 600);
    CU_ASSERT_EQUAL(budget_used(b), 400);
    CU_ASSERT_EQUAL(budget_peak(b), 1000);
    budget_free(b);
}

static long resident_pages(void)
{
    long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &size, &resident) != 2)
        resident = -1;
    if (f)
        fclose(f);
    return resident;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SHADOW = 1 };                /* shadow memory makes resident pages meaningless */
#else
enum { SHADOW = 0 };
#endif

/* Sizes that never match what is kept: without give-back, 20 x 24 MiB would stay resident. */
static void kept_buffers_stay_within_the_limit(void)
{
    budget *b = budget_new(32 << 20);
    long before = resident_pages(), most = before;
    for (size_t i = 0; i < 20; i++) {
        size_t n = 24 * MIB - i * 4096;
        char *p = budget_alloc(b, n, "window", NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        memset(p, (int)i, n);
        if (resident_pages() > most)
            most = resident_pages();
        budget_release(b, p, n);
    }
    long slack = 4 << 8;
    if (SHADOW)
        tap_skip("a sanitizer's shadow memory counts too");
    TAP_CHECK(SHADOW || before < 0 || most - before <= (32 << 8) + slack, "%ld pages", most - before);
    budget_free(b);
    TAP_CHECK(SHADOW || resident_pages() - before < slack, "%ld pages stay", resident_pages() - before);
}

/* A charge may need what is kept: it is given back, not counted twice. */
static void charge_evicts_what_is_kept(void)
{
    budget *b = budget_new(16 << 20);
    void *p = budget_alloc(b, 12 * MIB, "x", NULL);
    memset(p, 1, 12 * MIB);
    budget_release(b, p, 12 * MIB);
    long before = resident_pages();
    CU_ASSERT_EQUAL(budget_charge(b, 16 << 20, "y", NULL), 0);
    TAP_CHECK(SHADOW || before < 0 || before - resident_pages() > 10 << 8, "%ld pages given back",
              before - resident_pages());
    budget_free(b);
}

static void from_one_user_to_the_next(void)
{
    sharr_error e;
    budget *b = budget_new(64 << 20);
    void *small = budget_alloc(b, 4 * MIB, "rows", &e), *large = budget_alloc(b, 32 * MIB, "rows", &e);
    CU_ASSERT_FATAL(small && large);
    budget_release(b, large, 32 * MIB);
    budget_release(b, small, 4 * MIB);
    budget_rest(b);
    unsigned char there;
    CU_ASSERT_EQUAL(mincore(small, 4096, &there), 0);
    CU_ASSERT(mincore(large, 4096, &there) != 0 && errno == ENOMEM);
    CU_ASSERT_EQUAL(budget_peak(b), 36 << 20);
    budget_renew(b, 5 << 20);
    CU_ASSERT(budget_limit(b) == 5 << 20 && budget_peak(b) == 0 && budget_used(b) == 0);
    CU_ASSERT_PTR_NULL(budget_alloc(b, 6 * MIB, "rows", &e));
    CU_ASSERT(budget_alloc(b, 4 * MIB, "rows", &e) == small);
    budget_release(b, small, 4 * MIB);
    budget_renew(b, 1 << 20);                   /* what is kept counts against the new limit */
    CU_ASSERT(mincore(small, 4096, &there) != 0 && errno == ENOMEM);
    budget_free(b);
}

static void without_a_limit(void)
{
    budget *b = budget_new(0);
    CU_ASSERT_EQUAL(budget_charge(b, INT64_MAX / 2, "x", NULL), 0);
    budget_credit(b, INT64_MAX / 2);
    void *p = budget_alloc(b, 5, "x", NULL);
    CU_ASSERT_PTR_NOT_NULL(p);
    budget_release(b, p, 5);
    budget_free(b);
}

enum { THREADS = 4, ROUNDS = 400 };

typedef struct job {
    budget *b;
    unsigned seed;
    int bad;
} job;

static void *hammer(void *arg)
{
    job *t = arg;
    unsigned r = t->seed;
    for (int i = 0; i < ROUNDS; i++) {
        r = r * 1664525u + 1013904223u;
        size_t n = 4096 * (1 + (r >> 24) % 5);
        unsigned char *p = budget_alloc(t->b, n, "hammer", NULL);
        if (!p)
            continue;
        memset(p, (int)t->seed, n);
        t->bad += budget_used(t->b) > budget_limit(t->b);
        for (size_t k = 0; k < n; k += 511)
            t->bad += p[k] != t->seed;
        budget_release(t->b, p, n);
    }
    return NULL;
}

static void many_threads(void)
{
    job jobs[THREADS];
    pthread_t threads[THREADS];
    budget *b = budget_new(10 * 4096);
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] = (job){b, i + 1, 0};
        pthread_create(&threads[i], NULL, hammer, &jobs[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CU_ASSERT_EQUAL(jobs[i].bad, 0);
    }
    CU_ASSERT_EQUAL(budget_used(b), 0);
    CU_ASSERT(budget_peak(b) <= 10 * 4096);
    budget_free(b);
}

static void failure_point(void)
{
    sharr_error e;
    if (!fault_arm("budget_alloc:2")) {
        tap_skip("configured without --enable-fault");
        return;
    }
    budget *b = budget_new(1 << 20);
    void *p = budget_alloc(b, 10, "x", &e);
    CU_ASSERT_PTR_NOT_NULL(p);
    CU_ASSERT_PTR_NULL(budget_alloc(b, 10, "x", &e));
    CU_ASSERT_EQUAL(e.status, SHARR_ERESOURCE);
    budget_release(b, p, 10);
    CU_ASSERT_EQUAL(budget_used(b), 0);
    budget_free(b);
    fault_arm(NULL);
}

static const tap_test tests[] = {
    {"buffers are charged in whole pages", charged_in_pages},
    {"a refusal names the figures", refusal_names_the_figures},
    {"released buffers come back", released_buffers_come_back},
    {"charges and credits", charges_and_credits},
    {"kept buffers stay within the limit", kept_buffers_stay_within_the_limit},
    {"a charge evicts what is kept", charge_evicts_what_is_kept},
    {"from one user to the next", from_one_user_to_the_next},
    {"without a limit everything fits", without_a_limit},
    {"many threads stay within the limit", many_threads},
    {"a failure point refuses cleanly", failure_point},
};
TAP_MAIN("budget", tests)
