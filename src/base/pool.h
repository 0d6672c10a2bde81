/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A fixed set of worker threads and one queue.  Workers never call MPI or
 * HDF5.  MXCSR is set to its default on every worker.  All signals are blocked
 * in workers, so that the caller's thread gets them.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/err.h"

typedef struct pool pool;
typedef void pool_fn(void *arg, int worker);       /* worker: 0 .. n-1, for scratch */

/* No workers: tasks run at once, in pool_submit, on the caller's thread (as worker 0). */
pool *pool_new(int workers, sharr_error *err);
void pool_free(pool *p);                           /* waits for what is queued */
int pool_workers(const pool *p);
/* Queue one task (FIFO).  The caller bounds how much it queues.  False: out of memory. */
int pool_submit(pool *p, pool_fn *fn, void *arg);
int pool_submit_first(pool *p, pool_fn *fn, void *arg);     /* before all that is queued */
void pool_drain(pool *p);                          /* until the queue is empty and all are idle */

#endif
