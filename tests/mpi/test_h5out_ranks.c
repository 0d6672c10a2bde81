/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outputs written directly by any number of ranks: read back by plain HDF5 they hold the same
 * values and the same frames.  One rank's error is everybody's.
 */
#include <mpi.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/fault.h"
#include "mpi/out_check.h"
#include "support/tap_cunit.h"

static void every_kind(void)
{
    out_write_and_check(out_many, OUT_MANY, IO_DIRECT, 3);
    out_write_and_check(out_many, OUT_MANY, IO_AUTO, 0);
}

static void more_ranks_than_chunks(void)
{
    out_write_and_check(out_one, OUT_ONE, IO_DIRECT, 1);
}

static void past_the_cache(void)
{
    sharr_error err = {0};
    out_begin();
    out_job j = out_job_of(out_path, out_large, OUT_LARGE);
    j.o.cache_limit = 1;
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), 0);
    TAP_CHECK(err.status == 0, "%s", err.text);
    if (comm_rank(out_comm) == 0)
        out_check_file(out_large, OUT_LARGE, true);
    out_end(1);
}

static void existing_target(void)
{
    sharr_error err = {0};
    out_begin();
    out_job j = out_job_of(out_path, out_one, OUT_ONE);
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), 0);
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), SHARR_EEXIST);
    CU_ASSERT_EQUAL(err.rank, 0);
    j.o.append = true;
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), SHARR_EEXIST);
    TAP_CHECK(strstr(err.text, "/a") != NULL, "%s", err.text);
    out_job more = out_job_of(out_path, out_many, OUT_MANY);
    more.o.append = true;
    memset(&err, 0, sizeof err);
    CU_ASSERT_EQUAL(out_job_run(out_comm, &more, &err), 0);
    TAP_CHECK(err.status == 0, "%s", err.text);
    if (comm_rank(out_comm) == 0) {
        out_check_file(out_one, OUT_ONE, true);
        out_check_file(out_many, OUT_MANY, true);
    }
    more.o.append = false;
    more.o.overwrite = true;
    CU_ASSERT_EQUAL(out_job_run(out_comm, &more, &err), 0);
    if (comm_rank(out_comm) == 0)
        out_check_file(out_many, OUT_MANY, true);
    out_end(1);
}

static void one_rank_brings_an_error(void)
{
    for (int round = 0; round < 2; round++) {
        sharr_error err = {0};
        out_begin();
        out_job j = out_job_of(out_path, out_large, OUT_LARGE);
        j.o.mode = IO_DIRECT;
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
    j.o.mode = IO_DIRECT;
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
    j.o.mode = IO_DIRECT;
    j.skip_chunk = 5;
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), SHARR_EINTERNAL);
    TAP_CHECK(strstr(err.text, "20 of 21 chunks") != NULL, "%s", err.text);
    out_end(0);
}

#ifdef ENABLE_FAULT
/* The nth passage of any failure point on this rank, for every n, until all goes well. */
static void every_fault_on(int victim)
{
    for (int n = 1; n < 300; n++) {
        sharr_error err = {0};
        char spec[16];
        out_begin();
        out_job j = out_job_of(out_path, out_large, OUT_LARGE);
        j.o.batch = 4;
        snprintf(spec, sizeof spec, "*:%d", n);
        fault_arm(comm_rank(out_comm) == victim ? spec : NULL);
        int status = out_job_run(out_comm, &j, &err);
        int64_t passed = comm_rank(out_comm) == victim ? fault_passages() : 0;
        fault_arm(NULL);
        int64_t same[2] = {status, -status};
        CU_ASSERT_EQUAL(comm_max_all(out_comm, same, 2, NULL), 0);
        TAP_CHECK(same[0] == -same[1], "fault %d: not the same status everywhere", n);
        if (status == 0 && comm_rank(out_comm) == 0)
            out_check_file(out_large, OUT_LARGE, true);
        CU_ASSERT_EQUAL(comm_max_all(out_comm, &passed, 1, NULL), 0);
        out_end(status == 0);
        if (passed < n) {           /* nothing failed any more */
            CU_ASSERT_EQUAL(status, 0);
            return;
        }
    }
    CU_FAIL("faults without end");
}
#endif

static void every_fault_on_one_rank(void)
{
#ifdef ENABLE_FAULT
    int ranks;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    every_fault_on(0);
    if (ranks > 1)
        every_fault_on(ranks - 1);
#else
    tap_skip("configured without --enable-fault");
#endif
}

static const tap_test tests[] = {
    {"types, filters, groups", every_kind},
    {"more ranks than chunks", more_ranks_than_chunks},
    {"past the page cache", past_the_cache},
    {"existing, appended, overwritten", existing_target},
    {"one rank brings an error", one_rank_brings_an_error},
    {"abandoned without a word", abandoned_without_a_word},
    {"a missing chunk is no file", a_missing_chunk_is_no_file},
    {"any one fault on one rank", every_fault_on_one_rank},
};

TAP_MAIN_MPI("h5out_ranks", tests)
