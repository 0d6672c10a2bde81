/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Run a plan: stream windows through bounded memory.  The caller's thread makes all MPI
 * and HDF5 calls; workers read, decode, compute and encode.
 */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H

#include <stdatomic.h>

#include "base/budget.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/pool.h"
#include "dist/comm.h"
#include "dist/nodemem.h"
#include "kernel/kernel.h"
#include "plan/plan.h"
#include "store/h5in.h"
#include "store/h5out.h"
#include "store/scratch.h"

typedef struct exec_progress { int sweep, sweeps; int64_t done, total; } exec_progress;

/* Where the values of a source are: one of these. */
typedef struct exec_source {
    h5dset *dset;
    const void *data;
    scratch *file;
    nodemem *part;                          /* data: of which this node has a part only */
} exec_source;

typedef struct exec_env {
    comm *comm;
    budget *budget;
    counters *count;
    const logger *log;
    kernel_session *kernels;
    const char *tmpdir;                     /* for scratch, common to all ranks */
    const exec_source *source;              /* by source.id */
    nodemem *into;                          /* the room of the one request of which each node keeps its part */
    scratch **kept;                         /* by request, NULLs: gets the file of a result that goes to scratch */
    _Atomic int *cancel;                    /* non-zero: stop */
    bool here;                              /* the caller's thread does all: what is small is over before a thread wakes */
    poolshelf *threads;                     /* kept from one evaluation to the next */
    int (*progress)(void *arg, const exec_progress *p);     /* non-zero: stop; may be NULL */
    void *progress_arg;
    h5out *out;                             /* NULL: nothing goes to a file */
    const int *set;                         /* by request: its dataset in `out`, -1 none */
    const h5outset *sets;
} exec_env;

/* Collective.  On success result[i] (of `plan->nrequests`) is the value of a request that is kept in memory and for which
 * the caller has no room, else NULL; the caller releases it with exec_release.  On failure all are NULL; the caller
 * abandons `out`. */
int exec_run_all(const plan *p, const exec_env *env, void **result, sharr_error *err);
void exec_release(const plan *p, budget *b, int request, void *data);

#endif
