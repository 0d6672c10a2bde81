/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CUnit tests that speak TAP.  A test file is a table and one macro:
 *
 *     #include "support/tap_cunit.h"
 *     static void adds(void) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *     static const tap_test tests[] = { {"one and one is two", adds} };
 *     TAP_MAIN("sums", tests)             one process
 *     TAP_MAIN_MPI("sums", tests)         started on several ranks: a test passes only if it
 *                                         passed on every rank; rank 0 speaks
 *
 * Every failed assertion is printed at once as "# file:line: condition" ("# [rank] ..." with MPI).
 * An assertion inside a loop or table says nothing about the row: say it with tap_diag, or use
 * TAP_CHECK, which prints values.
 */
#ifndef TESTS_TAP_CUNIT_H
#define TESTS_TAP_CUNIT_H

#include <CUnit/CUnit.h>

typedef struct tap_test {
    const char *name;
    void (*fn)(void);
} tap_test;

/* Assert `cond`; when it fails, also print the formatted text.  Yields the condition. */
#define TAP_CHECK(cond, ...) tap_check((cond) != 0, #cond, __FILE__, __LINE__, __VA_ARGS__)
int tap_check(int ok, const char *cond, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* A comment line of the TAP stream. */
void tap_diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Called by a test that cannot run here: it is reported as skipped, with the reason. */
void tap_skip(const char *reason);

/* Run the table; returns the exit status. */
int tap_run(const char *suite, const tap_test *tests, int n);
int tap_run_mpi(int *argc, char ***argv, const char *suite, const tap_test *tests, int n);

#define TAP_COUNT(tests) ((int)(sizeof(tests) / sizeof((tests)[0])))
#define TAP_MAIN(suite, tests) \
    int main(void) \
    { \
        return tap_run(suite, tests, TAP_COUNT(tests)); \
    }
#define TAP_MAIN_MPI(suite, tests) \
    int main(int argc, char **argv) \
    { \
        return tap_run_mpi(&argc, &argv, suite, tests, TAP_COUNT(tests)); \
    }

/* For tap_mpi.c: how outcomes are joined, and who speaks. */
typedef struct tap_world {
    int rank;                       /* -1: no MPI */
    int (*any)(int mine);           /* true if true on any rank */
} tap_world;
int tap_run_in(const tap_world *w, const char *suite, const tap_test *tests, int n);

#endif
