/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outputs written through parallel HDF5 by any number of ranks hold the same values as those written
 * directly.  One rank's error is everybody's.
 */
#include <mpi.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "mpi/out_check.h"
#include "support/tap_cunit.h"

/* On cores of its own every rank takes milliseconds; on shared ones, seconds. */
static bool crowded(void)
{
    int ranks;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    return ranks > machine_cores();
}

static void every_kind(void)
{
    if (crowded())
        out_write_and_check(out_few, OUT_FEW, IO_MPIO, 2);
    else
        out_write_and_check(out_many, OUT_MANY, IO_MPIO, 2);
}

static void more_ranks_than_chunks(void)
{
    out_write_and_check(out_one, OUT_ONE, IO_MPIO, 1);
}

static void appended(void)
{
    sharr_error err = {0};
    out_begin();
    out_job j = out_job_of(out_path, out_one, OUT_ONE);
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), 0);
    j.o.mode = IO_MPIO;
    j.o.append = true;
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), SHARR_EEXIST);
    TAP_CHECK(strstr(err.text, "/a") != NULL, "%s", err.text);
    out_job more = out_job_of(out_path, out_few, OUT_FEW);
    more.o.append = true;
    more.o.mode = IO_MPIO;
    memset(&err, 0, sizeof err);
    CU_ASSERT_EQUAL(out_job_run(out_comm, &more, &err), 0);
    TAP_CHECK(err.status == 0, "%s", err.text);
    if (comm_rank(out_comm) == 0) {
        out_check_file(out_one, OUT_ONE, true);
        out_check_file(out_few, OUT_FEW, false);
    }
    out_end(1);
}

static void one_rank_brings_an_error(void)
{
    for (int round = 0; round < 2; round++) {
        sharr_error err = {0};
        out_begin();
        out_job j = out_job_of(out_path, out_large, OUT_LARGE);
        j.o.mode = IO_MPIO;
        j.o.batch = 1;
        j.fail_rank = round == 0 ? comm_size(out_comm) - 1 : 0;
        j.fail_round = round;
        CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), SHARR_EDATA);
        CU_ASSERT_EQUAL(err.rank, j.fail_rank);
        TAP_CHECK(strstr(err.text, "met a bad chunk") != NULL, "%s", err.text);
        out_end(0);
    }
}

static void abandoned_without_a_word(void)
{
    sharr_error err = {0};
    out_begin();
    out_job j = out_job_of(out_path, out_large, OUT_LARGE);
    j.o.mode = IO_MPIO;
    j.o.batch = 1;
    j.leave_round = 1;
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), -1);
    CU_ASSERT_EQUAL(err.status, 0);
    out_end(0);
}

static void a_missing_chunk_is_no_file(void)
{
    sharr_error err = {0};
    out_begin();
    out_job j = out_job_of(out_path, out_large, OUT_LARGE);
    j.o.mode = IO_MPIO;
    j.skip_chunk = 5;
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), SHARR_EINTERNAL);
    TAP_CHECK(strstr(err.text, "20 of 21 chunks") != NULL, "%s", err.text);
    out_end(0);
}

static const tap_test tests[] = {
    {"types, filters, groups", every_kind},
    {"more ranks than chunks", more_ranks_than_chunks},
    {"appended", appended},
    {"one rank brings an error", one_rank_brings_an_error},
    {"abandoned without a word", abandoned_without_a_word},
    {"a missing chunk is no file", a_missing_chunk_is_no_file},
};

TAP_MAIN_MPI("h5out_mpio", tests)
