/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One scratch array for all ranks: rows written by everybody, columns read by
 * everybody; one rank that cannot take part.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/scratch.h"
#include "support/tap_cunit.h"

enum { ROWS = 24, COLS = 40 };

static comm *c;

static void open_comm(void)
{
    const MPI_Comm world = MPI_COMM_WORLD;
    sharr_error err = {0};
    c = comm_dup(&world, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
}

static void shared_directory(char dir[64])
{
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, 64, "%.40s/sharr-XXXXXX", tmp ? tmp : "/tmp");
    if (comm_rank(c) == 0 && !mkdtemp(dir))
        dir[0] = '\0';
    CU_ASSERT_EQUAL(comm_bcast_all(c, dir, 64, 0, NULL), 0);
}

static void rows_in_columns_out(void)
{
    char dir[64];
    sharr_error err = {0};
    scratch *s = NULL;
    const int64_t shape[2] = {ROWS, COLS};
    open_comm();
    shared_directory(dir);
    CU_ASSERT_EQUAL(scratch_create_all(c, dir, SHARR_INT64, 2, shape, &s, &err), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    const int n = comm_size(c), rank = comm_rank(c);
    for (int64_t i = rank; i < ROWS; i += n) {
        const box b = {.ndim = 2, .start = {i, 0}, .count = {1, COLS}};
        int64_t row[COLS];
        for (int64_t j = 0; j < COLS; j++)
            row[j] = i * 1000 + j;
        CU_ASSERT_EQUAL(scratch_write(s, &b, row, NULL, &err), 0);
    }
    CU_ASSERT_EQUAL(scratch_sync_all(c, s, &err), 0);
    for (int64_t j = rank; j < COLS; j += n) {
        const box b = {.ndim = 2, .start = {0, j}, .count = {ROWS, 1}};
        int64_t col[ROWS], bad = 0;
        CU_ASSERT_EQUAL(scratch_read(s, &b, col, NULL, &err), 0);
        for (int64_t i = 0; i < ROWS; i++)
            bad += col[i] != i * 1000 + j;
        CU_ASSERT_EQUAL(bad, 0);
    }
    scratch_free(s);
    CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
    if (rank == 0)
        CU_ASSERT_EQUAL(rmdir(dir), 0);     /* empty: nothing was left */
    comm_free(c);
}

static void one_rank_is_elsewhere(void)
{
    char dir[64];
    sharr_error err = {0};
    scratch *s = NULL;
    int64_t shape[1] = {5};
    open_comm();
    shared_directory(dir);
    const int last = comm_size(c) - 1;
    if (comm_rank(c) == last)
        shape[0] = (int64_t)1 << 62;        /* this rank fails on its own */
    CU_ASSERT_EQUAL(scratch_create_all(c, dir, SHARR_INT64, 1, shape, &s, &err), SHARR_ERESOURCE);
    CU_ASSERT_PTR_NULL(s);
    CU_ASSERT_EQUAL(err.rank, last);
    CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
    if (comm_rank(c) == 0)
        CU_ASSERT_EQUAL(rmdir(dir), 0);
    comm_free(c);
}

static void no_directory(void)
{
    sharr_error err = {0};
    scratch *s = NULL;
    const int64_t shape[1] = {5};
    open_comm();
    CU_ASSERT_EQUAL(scratch_create_all(c, "/no/such", SHARR_INT64, 1, shape, &s, &err), SHARR_EIO);
    CU_ASSERT_EQUAL(err.rank, 0);
    TAP_CHECK(strstr(err.text, "/no/such") != NULL, "%s", err.text);
    comm_free(c);
}

static const tap_test tests[] = {
    {"rows in, columns out", rows_in_columns_out},
    {"one rank fails: all do, nothing is left", one_rank_is_elsewhere},
    {"no directory: rank 0's error for all", no_directory},
};

TAP_MAIN_MPI("scratch_ranks", tests)
