/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The CUnit to TAP adapter, without MPI (see tap_mpi.c).  Runs the tests one by
 * one and reads CUnit's failure records after each.
 */
#include "support/tap_cunit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int world_rank = -1;
static const char *skip_reason;

static void print_place(FILE *f)
{
    if (world_rank >= 0)
        fprintf(f, "# [%d] ", world_rank);
    else
        fputs("# ", f);
}

void tap_diag(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    print_place(stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

void tap_skip(const char *reason)
{
    skip_reason = reason;
}

int tap_check(int ok, const char *cond, const char *file, int line, const char *fmt, ...)
{
    CU_assertImplementation(ok ? CU_TRUE : CU_FALSE, (unsigned)line, cond, file, "", CU_FALSE);
    if (!ok) {
        va_list ap;
        va_start(ap, fmt);
        print_place(stderr);
        fprintf(stderr, "line %d: ", line);
        vfprintf(stderr, fmt, ap);
        fputc('\n', stderr);
        va_end(ap);
    }
    return ok;
}

/* The records of the last run; CUnit keeps them until the next one starts. */
static void print_failures(void)
{
    int left = 20;
    for (CU_pFailureRecord r = CU_get_failure_list(); r && left > 0; r = r->pNext, left--) {
        print_place(stderr);
        fprintf(stderr, "%s:%u: %s\n", r->strFileName ? r->strFileName : "?", r->uiLineNumber,
                r->strCondition ? r->strCondition : "?");
    }
    fflush(stderr);
}

static void print_outcome(int number, const char *suite, const char *name, int failed, int skipped)
{
    printf("%s %d - %s: %s", failed ? "not ok" : "ok", number, suite, name);
    if (skipped && !failed)
        printf(" # SKIP %s", skip_reason ? skip_reason : "on another rank");
    putchar('\n');
    fflush(stdout);
}

static int run_one(const tap_world *w, CU_pSuite suite, CU_pTest test)
{
    skip_reason = NULL;
    CU_ErrorCode rc = CU_run_test(suite, test);
    int failed = rc != CUE_SUCCESS || CU_get_number_of_failure_records() > 0;
    if (failed)
        print_failures();
    return w->any(failed);
}

int tap_run_in(const tap_world *w, const char *suite, const tap_test *tests, int n)
{
    int bad = 0;
    world_rank = w->rank;
    CU_set_error_action(CUEA_IGNORE);
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 99;
    CU_pSuite s = CU_add_suite(suite, NULL, NULL);
    if (w->rank <= 0)
        printf("1..%d\n", n);
    for (int i = 0; i < n; i++) {
        CU_pTest t = s ? CU_add_test(s, tests[i].name, tests[i].fn) : NULL;
        int failed = t ? run_one(w, s, t) : w->any(1);
        int skipped = w->any(skip_reason != NULL);
        bad += failed;
        if (w->rank <= 0)
            print_outcome(i + 1, suite, tests[i].name, failed, skipped);
    }
    CU_cleanup_registry();
    return bad ? 1 : 0;
}

static int any_serial(int mine)
{
    return mine;
}

int tap_run(const char *suite, const tap_test *tests, int n)
{
    const tap_world w = {.rank = -1, .any = any_serial};
    return tap_run_in(&w, suite, tests, n);
}
