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

/* A place for a pool between one use and the next: threads take longer to start than a small evaluation takes.  All zero: it
 * is empty.  For one thread at a time. */
typedef struct poolshelf { pool *idle; int owner; } poolshelf;

/* As pool_new; that of the shelf if it has as many workers. */
pool *pool_take(poolshelf *s, int workers, sharr_error *err);
/* Waits for what is queued; p may be NULL. */
void pool_put(poolshelf *s, pool *p);
void poolshelf_clear(poolshelf *s);

#endif
