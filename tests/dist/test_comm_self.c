/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One process: every operation works without MPI.  And the launchers that the
 * environment may announce.
 */
#include <stdlib.h>
#include <string.h>

#include "dist/comm_impl.h"
#include "support/tap_cunit.h"

static void operations_are_copies(void)
{
    const char from[5] = "abcd";
    char to[5] = "";
    const int64_t count = 5;
    int64_t v[2] = {-7, 9};
    counters k = {0};
    bool same = false;
    comm *c = comm_self();
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    comm_set_counters(c, &k);
    CU_ASSERT_EQUAL(comm_rank(c) + comm_local_rank(c), 0);
    CU_ASSERT_EQUAL(comm_size(c) * comm_local_size(c), 1);
    CU_ASSERT_EQUAL(comm_allgather_all(c, from, to, &count, NULL), 0);
    CU_ASSERT_STRING_EQUAL(to, "abcd");
    memset(to, 0, sizeof to);
    CU_ASSERT_EQUAL(comm_gather_all(c, from, to, &count, 0, NULL), 0);
    CU_ASSERT_STRING_EQUAL(to, "abcd");
    memset(to, 0, sizeof to);
    CU_ASSERT_EQUAL(comm_scatter_all(c, from, &count, to, 0, NULL), 0);
    CU_ASSERT_STRING_EQUAL(to, "abcd");
    CU_ASSERT_EQUAL(comm_bcast_all(c, to, 5, 0, NULL), 0);
    CU_ASSERT_EQUAL(comm_max_all(c, v, 2, NULL) + comm_sum_all(c, v, 2, NULL), 0);
    CU_ASSERT_TRUE(v[0] == -7 && v[1] == 9);
    CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
    CU_ASSERT_EQUAL(comm_same_all(c, from, 5, &same, NULL), 0);
    CU_ASSERT_TRUE(same);
    CU_ASSERT_EQUAL(comm_send(c, from, 5, 0, 0, NULL), SHARR_EINTERNAL);
    CU_ASSERT_EQUAL(comm_recv(c, to, 5, 0, 0, NULL), SHARR_EINTERNAL);
    CU_ASSERT_EQUAL(comm_watchdog_start(c, 1, 74, NULL), 0);
    CU_ASSERT_PTR_NULL(c->dog);
    CU_ASSERT_EQUAL(k.collectives, 0);
    comm_free(c);
    comm_free(NULL);
}

static void agreement_with_oneself(void)
{
    sharr_error err;
    comm *c = comm_self();
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    err_clear(&err);
    CU_ASSERT_EQUAL(comm_agree_all(c, &err), 0);
    CU_ASSERT_EQUAL(comm_agree_all(c, NULL), 0);
    err_set(&err, SHARR_EDATA, "broken");
    CU_ASSERT_EQUAL(comm_agree_all(c, &err), SHARR_EDATA);
    CU_ASSERT_STRING_EQUAL(err.text, "broken");
    comm_free(c);
}

static const char *const known[] = {
    "PMI_RANK", "PMI_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK",
    "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", "FLUX_TASK_RANK", "FLUX_JOB_SIZE",
    "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS",
};

static void launchers_are_recognised(void)
{
    static const struct {
        const char *env[4];         /* name, value, ... */
        bool found;
        int ranks;
    } rows[] = {
        {{NULL}, false, 0},
        {{"PMI_RANK", "1", "PMI_SIZE", "4"}, true, 4},
        {{"PMI_RANK", "0"}, false, 0},
        {{"OMPI_COMM_WORLD_RANK", "0", "OMPI_COMM_WORLD_SIZE", "2"}, true, 2},
        {{"PMIX_RANK", "0"}, true, 0},
        {{"PMIX_RANK", "0", "PMI_SIZE", "7"}, true, 0},
        {{"SLURM_PROCID", "0", "SLURM_NTASKS", "8"}, false, 0},     /* a batch script */
        {{"SLURM_PROCID", "0", "SLURM_STEP_NUM_TASKS", "8"}, true, 8},
        {{"PMI_RANK", "0", "PMI_SIZE", "many"}, true, 0},
        {{"PMI_RANK", "0", "PMI_SIZE", "-3"}, true, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            unsetenv(known[k]);
        for (int k = 0; k < 4 && rows[i].env[k]; k += 2)
            setenv(rows[i].env[k], rows[i].env[k + 1], 1);
        const comm_launch l = comm_launcher();
        TAP_CHECK(l.found == rows[i].found && l.ranks == rows[i].ranks, "row %zu: %d, %d ranks", i,
                  l.found, l.ranks);
    }
    unsetenv("PMI_RANK");
    unsetenv("PMI_SIZE");
}

static void world_without_launcher(void)
{
    sharr_error err = {0};
    comm *c = comm_world(&err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    CU_ASSERT_EQUAL(comm_size(c), 1);
#ifdef HAVE_MPI
    CU_ASSERT_PTR_NULL(comm_handle(c));
    CU_ASSERT_FALSE(comm_mpi_running());
    sharr_error dup = {0};
    CU_ASSERT_PTR_NULL(comm_dup(&dup, &dup));   /* not looked at: MPI does not run */
    CU_ASSERT_EQUAL(dup.status, SHARR_EUSAGE);
#endif
    comm_free(c);
}

static const tap_test tests[] = {
    {"every operation is a copy or nothing", operations_are_copies},
    {"agreement with oneself", agreement_with_oneself},
    {"launchers are recognised", launchers_are_recognised},
    {"without a launcher MPI is not started", world_without_launcher},
};

TAP_MAIN("comm_self", tests)
