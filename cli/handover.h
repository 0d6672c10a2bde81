/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From the program for one process to the program for ranks.
 */
#ifndef CLI_HANDOVER_H
#define CLI_HANDOVER_H

#include <stdbool.h>

#include "sharr.h"

/* Where an MPI launcher started this process: runs sharr-eval-mpi in its place, and returns only if that fails, with
 * `*report` false if another process is the one to say so.  Otherwise 0.  To be called before anything else happens. */
#ifdef SHARR_SERIAL
int handover(char **argv, bool *report, sharr_error *err);
#else
static inline int handover(char **argv, bool *report, sharr_error *err)
{
    (void)argv, (void)report, (void)err;
    return 0;                           /* this is the program for ranks, or the only one */
}
#endif

#endif
