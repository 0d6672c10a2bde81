/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The public face of a communicator: making one, plain facts, and one thin
 * function per operation that counts it and notes that the job is alive.  Which
 * library moves the bytes is decided by the table in comm->ops; this file knows
 * no MPI.
 */
#include "dist/comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "dist/comm_impl.h"

int64_t comm_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

comm *comm_new(void)
{
    comm *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->ops = &comm_serial_ops;
    c->size = c->local_size = c->local_least = 1;
    atomic_init(&c->alive, comm_now());
    return c;
}

comm *comm_self(void)
{
    return comm_new();
}

#ifndef HAVE_MPI
static int without_mpi(const comm_launch *l, sharr_error *err)
{
    if (l->ranks <= 1)
        return 0;
    return err_set(err, SHARR_EUSAGE,
                   "%s started %d processes, but sharr was built without MPI: start one process, "
                   "or build it with MPI", l->by, l->ranks);
}
#endif

static int join_world(comm *c, sharr_error *err)
{
    const comm_launch l = comm_launcher();
    c->launched = l.found;
#ifdef HAVE_MPI
    if (!l.found && !comm_mpi_running())
        return 0;
    if (comm_mpi_world(c, err))
        return err->status;
    if (c->size > 1 || l.ranks <= 1)
        return 0;
    return err_set(err, SHARR_EUSAGE,
                   "%s started %d processes, but MPI sees only one: use the mpiexec (mpirun) of the "
                   "MPI library that sharr was built with; with srun, try --mpi=pmi2 or --mpi=pmix",
                   l.by, l.ranks);
#else
    return without_mpi(&l, err);
#endif
}

comm *comm_world(sharr_error *err)
{
    sharr_error local;
    if (!err)
        err = &local;
    err_clear(err);
    comm *c = comm_new();
    if (!c) {
        err_nomem(err, "a communicator", sizeof *c);
        return NULL;
    }
    if (join_world(c, err)) {
        comm_free(c);
        return NULL;
    }
    return c;
}

#ifdef HAVE_MPI
comm *comm_dup(const void *mpi_comm, sharr_error *err)
{
    comm *c = comm_new();
    if (!c) {
        err_nomem(err, "a communicator", sizeof *c);
        return NULL;
    }
    c->launched = comm_launcher().found;
    if (comm_mpi_dup(c, mpi_comm, err)) {
        comm_free(c);
        return NULL;
    }
    return c;
}

const void *comm_handle(const comm *c)
{
    return c->mpi ? comm_mpi_handle(c->mpi) : NULL;
}
#endif

struct comm_deferred {
    comm_deferred *next;
    void (*fn)(void *arg);
    void *arg;
};

bool comm_defer(comm *c, void (*fn)(void *arg), void *arg)
{
    comm_deferred *d = malloc(sizeof *d), **end = &c->deferred;
    if (!d)
        return false;
    *d = (comm_deferred){.fn = fn, .arg = arg};
    while (*end)
        end = &(*end)->next;
    *end = d;
    return true;
}

void comm_free(comm *c)
{
    if (!c)
        return;
    while (c->deferred) {
        comm_deferred *d = c->deferred;
        c->deferred = d->next;
        d->fn(d->arg);
        free(d);
    }
    comm_watchdog_stop(c->dog);
#ifdef HAVE_MPI
    comm_mpi_free(c);
#endif
    free(c->node);
    free(c);
}

int comm_rank(const comm *c) { return c->rank; }
int comm_size(const comm *c) { return c->size; }
int comm_local_size(const comm *c) { return c->local_size; }
int comm_local_rank(const comm *c) { return c->local_rank; }
int comm_local_least(const comm *c) { return c->local_least; }
const int *comm_nodes(const comm *c) { return c->local_size < c->size ? c->node : NULL; }
int comm_node(const comm *c, int rank) { return c->node ? c->node[rank] : 0; }

void comm_set_idle(comm *c, void (*idle)(void *arg), void *arg)
{
    c->idle = idle;
    c->idle_arg = arg;
}

void comm_set_counters(comm *c, counters *k)
{
    c->count = k;
}

void comm_alive(comm *c)
{
    atomic_store_explicit(&c->alive, comm_now(), memory_order_relaxed);
}

void comm_abort(comm *c, int code)
{
    c->ops->abort(c, code);
    _exit(code);
}

void comm_exit(int code)
{
#ifdef HAVE_MPI
    comm_mpi_finish();
#endif
#ifdef __SANITIZE_ADDRESS__
    __lsan_do_leak_check();         /* a handler at exit would do it */
#endif
    fflush(NULL);
    _exit(code);
}

/* A collective that was completed is a sign of life of all ranks. */
static int joined(comm *c, int status)
{
    if (c->size == 1)
        return status;
    if (c->count)
        count_add(&c->count->collectives, 1);
    if (!status)
        comm_alive(c);
    return status;
}

int comm_barrier_all(comm *c, sharr_error *err)
{
    return joined(c, c->ops->barrier(c, err));
}

int comm_bcast_all(comm *c, void *data, int64_t bytes, int root, sharr_error *err)
{
    return joined(c, c->ops->bcast(c, data, bytes, root, err));
}

int comm_allgather_all(comm *c, const void *send, void *recv, const int64_t *count, sharr_error *err)
{
    return joined(c, c->ops->allgather(c, send, recv, count, err));
}

int comm_gather_all(comm *c, const void *send, void *recv, const int64_t *count, int root,
                    sharr_error *err)
{
    return joined(c, c->ops->gather(c, send, recv, count, root, err));
}

int comm_scatter_all(comm *c, const void *send, const int64_t *count, void *recv, int root,
                     sharr_error *err)
{
    return joined(c, c->ops->scatter(c, send, count, recv, root, err));
}

int comm_max_all(comm *c, int64_t *values, int n, sharr_error *err)
{
    return joined(c, c->ops->reduce(c, values, n, COMM_MAX, err));
}

int comm_sum_all(comm *c, int64_t *values, int n, sharr_error *err)
{
    return joined(c, c->ops->reduce(c, values, n, COMM_SUM, err));
}

int comm_min_all(comm *c, int64_t *values, int n, sharr_error *err)
{
    return joined(c, c->ops->reduce(c, values, n, COMM_MIN, err));
}

int comm_send(comm *c, const void *data, int64_t bytes, int to, int tag, sharr_error *err)
{
    return c->ops->send(c, data, bytes, to, tag, err);
}

int comm_recv(comm *c, void *data, int64_t bytes, int from, int tag, sharr_error *err)
{
    return c->ops->recv(c, data, bytes, from, tag, err);
}
