/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Was this process started by an MPI launcher?  Read from the environment alone,
 * because MPI_Init costs 20-30 ms and must not run for a plain command.
 */
#include "dist/comm.h"

#include <stdlib.h>

/* A launcher is there when `rank` is set; where `size` is named, it must be set too.  The variables of
 * a Slurm batch script (SLURM_PROCID, SLURM_NTASKS) are no sign: only tasks that srun started have
 * SLURM_STEP_NUM_TASKS. */
static const struct { const char *rank, *size, *by; } launchers[] = {
    {"PMI_RANK", "PMI_SIZE", "the MPI launcher (PMI_SIZE)"},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "Open MPI's mpirun"},
    {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", "MVAPICH's mpirun"},
    {"FLUX_TASK_RANK", "FLUX_JOB_SIZE", "flux run"},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "srun"},
    {"PMIX_RANK", NULL, "the MPI launcher (PMIX_RANK)"},
};

static int positive(const char *text)
{
    char *end = NULL;
    long v = strtol(text, &end, 10);
    return end != text && *end == '\0' && v > 0 && v <= 1L << 30 ? (int)v : 0;
}

comm_launch comm_launcher(void)
{
    comm_launch l = {.found = false};
    for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++) {
        const char *size = launchers[i].size ? getenv(launchers[i].size) : "0";
        if (!getenv(launchers[i].rank) || !size)
            continue;
        const int ranks = positive(size);
        if (!l.found || ranks > l.ranks) {
            l.ranks = ranks;
            l.by = launchers[i].by;
            l.first = positive(getenv(launchers[i].rank)) == 0;
        }
        l.found = true;
    }
    return l;
}
