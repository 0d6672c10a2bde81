/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The MPI half of the TAP adapter.  Kept apart so that serial tests do not pull
 * in MPI.  A rank that leaves a collective early makes the others wait here for
 * ever: the runner's time limit ends that, and the failing rank has spoken before.
 */
#include "support/tap_cunit.h"

#include <mpi.h>

static int any_rank(int mine)
{
    int all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return all;
}

int tap_run_mpi(int *argc, char ***argv, const char *suite, const tap_test *tests, int n)
{
    tap_world w = {.any = any_rank};
    int provided = 0;
    if (MPI_Init_thread(argc, argv, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS)
        return 99;
    MPI_Comm_rank(MPI_COMM_WORLD, &w.rank);
    int rc = tap_run_in(&w, suite, tests, n);
    MPI_Finalize();
    return rc;
}
