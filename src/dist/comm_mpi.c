/* SPDX-License-Identifier: BSD-3-Clause
 *
 * MPI: starting and ending it, our duplicate of a communicator, waiting, and the
 * translation of its errors.  The operations are in comm_mpi_ops.c.
 *
 * MPI can be started once in a process, while contexts come and go.  So when we
 * started it, it is finalised at exit, and only if every communicator was freed
 * by then: a process that leaves in the middle of a job must not wait in
 * MPI_Finalize for the others, but be missed by the launcher.
 */
#include "dist/comm_mpi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hashmap.h"

enum { SPIN_NS = 20000, SLEEP_MIN_NS = 20000, SLEEP_MAX_NS = 200000 };
enum { PIECE = 1 << 30 };

static _Atomic int open_comms, started_here;

int comm_mpi_error(int rc, const char *what, sharr_error *err)
{
    if (rc == MPI_SUCCESS)
        return 0;
    char text[MPI_MAX_ERROR_STRING + 1] = "";
    int len = 0;
    MPI_Error_string(rc, text, &len);
    for (int i = 0; i < len; i++)
        if (text[i] == '\n')
            text[i] = ' ';
    return err_set(err, SHARR_EIO, "MPI failed in %s: %s", what, len ? text : "unknown error");
}

int comm_mpi_wait(comm *c, int rc, MPI_Request *req, const char *what, sharr_error *err)
{
    int done = 0;
    int64_t nap = SLEEP_MIN_NS;
    const int64_t spin_until = comm_now() + SPIN_NS;
    while (rc == MPI_SUCCESS) {
        rc = MPI_Test(req, &done, MPI_STATUS_IGNORE);
        if (done || rc != MPI_SUCCESS)
            break;
        if (comm_now() < spin_until)
            continue;
        if (c->idle)
            c->idle(c->idle_arg);
        nanosleep(&(struct timespec){.tv_nsec = nap}, NULL);
        nap = 2 * nap < SLEEP_MAX_NS ? 2 * nap : SLEEP_MAX_NS;
    }
    return comm_mpi_error(rc, what, err);
}

int comm_mpi_running(void)
{
    int started = 0, ended = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    return started && !ended;
}

void comm_mpi_finish(void)
{
    if (started_here && atomic_load(&open_comms) == 0 && comm_mpi_running())
        MPI_Finalize();
}

static int start(sharr_error *err)
{
    int ended = 0, level = 0;
    MPI_Finalized(&ended);
    if (ended)
        return err_set(err, SHARR_EUSAGE, "MPI was finalised already in this process");
    if (comm_mpi_running())
        return 0;
    int rc = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level);
    started_here = rc == MPI_SUCCESS;
    if (started_here)
        atexit(comm_mpi_finish);
    return comm_mpi_error(rc, "MPI_Init_thread", err);
}

/* Equal on one machine, different on two (with certainty enough to share out cores; who shares more looks again).
 * SHARR_NODE takes a machine apart: ranks for which it differs are on different nodes. */
static int64_t machine_id(void)
{
    char id[640] = "";
    const char *part = getenv("SHARR_NODE");
    size_t n = 0;
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (f) {
        n = fread(id, 1, 64, f);
        fclose(f);
    }
    if (gethostname(id + n, 256) == 0)
        n += strnlen(id + n, 256);
    if (part)
        n += (size_t)snprintf(id + n, 256, "/%s", part);
    return (int64_t)hash_bytes(id, n < sizeof id ? n : sizeof id, 0);
}

/* Zeroed memory that all ranks got, or an error that all of them return. */
static void *alloc_all(comm *c, size_t n, size_t size, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    void *p = calloc(n, size);
    if (!p)
        err_nomem(&own, "a table of the ranks", (unsigned long long)n * size);
    if (!comm_agree_all(c, &own))
        return p;
    free(p);
    if (err)
        *err = own;
    return NULL;
}

/* Of every rank one number; `all` has room for the numbers of all and for as many more. */
static int tell_all(comm *c, int64_t mine, int64_t *all, sharr_error *err)
{
    for (int r = 0; r < c->size; r++)
        all[c->size + r] = sizeof mine;
    return comm_allgather_all(c, &mine, all, all + c->size, err);
}

static int count_neighbours(comm *c, sharr_error *err)
{
    const int64_t mine = machine_id();
    int64_t *all = alloc_all(c, (size_t)c->size, 2 * sizeof *all, err), least;
    c->node = all ? alloc_all(c, (size_t)c->size, sizeof *c->node, err) : NULL;
    if (!c->node) {
        free(all);
        return SHARR_ERESOURCE;
    }
    int status = tell_all(c, mine, all, err), first = c->rank;
    c->local_size = c->local_rank = 0;
    for (int r = c->size - 1; !status && r >= 0; r--) {
        c->local_rank += all[r] == mine && r < c->rank;
        c->local_size += all[r] == mine;
        first = all[r] == mine ? r : first;
    }
    if (!status)
        status = tell_all(c, first, all, err);
    for (int r = 0; !status && r < c->size; r++)
        c->node[r] = (int)all[r];
    least = c->local_size;
    if (!status)
        status = comm_min_all(c, &least, 1, err);
    c->local_least = (int)least;
    free(all);
    return status;
}

static int attach(comm *c, MPI_Comm from, sharr_error *err)
{
    MPI_Request req = MPI_REQUEST_NULL;
    int rc = MPI_Comm_idup(from, &c->mpi->comm, &req);
    int status = comm_mpi_wait(c, rc, &req, "MPI_Comm_idup", err);
    if (status)
        return status;
    MPI_Comm_set_errhandler(c->mpi->comm, MPI_ERRORS_RETURN);
    MPI_Comm_rank(c->mpi->comm, &c->rank);
    MPI_Comm_size(c->mpi->comm, &c->size);
    c->mpi->piece = PIECE;
    if (c->size == 1)
        return 0;
    c->ops = &comm_mpi_ops;
    c->mpi->count = alloc_all(c, (size_t)c->size, 2 * sizeof(int), err);
    if (!c->mpi->count)
        return SHARR_ERESOURCE;
    c->mpi->displ = c->mpi->count + c->size;
    return count_neighbours(c, err);
}

/* `c` is as comm_new() made it, and is freed by the caller whatever happens here. */
static int join(comm *c, MPI_Comm from, sharr_error *err)
{
    c->mpi = calloc(1, sizeof *c->mpi);
    if (!c->mpi)
        return err_nomem(err, "a communicator", sizeof *c->mpi);
    c->mpi->comm = MPI_COMM_NULL;
    atomic_fetch_add(&open_comms, 1);
    return attach(c, from, err);
}

void comm_mpi_free(comm *c)
{
    if (!c->mpi)
        return;
    if (c->mpi->comm != MPI_COMM_NULL && comm_mpi_running())
        MPI_Comm_free(&c->mpi->comm);
    free(c->mpi->count);
    free(c->mpi);
    c->mpi = NULL;
    atomic_fetch_sub(&open_comms, 1);
}

int comm_mpi_world(comm *c, sharr_error *err)
{
    int status = start(err);
    return status ? status : join(c, MPI_COMM_WORLD, err);
}

static int not_running(sharr_error *err)
{
    return err_set(err, SHARR_EUSAGE, "a communicator was handed over, but MPI is not initialised");
}

comm *comm_dup_fortran(int mpi_comm, sharr_error *err)
{
    if (!comm_mpi_running()) {
        not_running(err);
        return NULL;
    }
    MPI_Comm from = MPI_Comm_f2c((MPI_Fint)mpi_comm);
    return comm_dup(&from, err);
}

int comm_mpi_dup(comm *c, const void *mpi_comm, sharr_error *err)
{
    if (!comm_mpi_running())
        return not_running(err);
    const MPI_Comm from = *(const MPI_Comm *)mpi_comm;
    if (from == MPI_COMM_NULL)
        return err_set(err, SHARR_EUSAGE, "the communicator is MPI_COMM_NULL");
    return join(c, from, err);
}

const void *comm_mpi_handle(const comm_mpi *m)
{
    return &m->comm;
}

void comm_mpi_set_piece(comm_mpi *m, int64_t bytes)
{
    m->piece = bytes < PIECE ? bytes : PIECE;
}
