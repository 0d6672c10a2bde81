/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The operations of a communicator of several ranks.  Counts are 64-bit: what
 * fits one message (comm_mpi.piece) is one non-blocking MPI call; the rest goes
 * in pieces, so that nothing depends on the large-count functions of MPI 4.
 * Every choice between the two is made from numbers that all ranks have.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dist/comm_mpi.h"

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Fill count and displ of the vector calls; false when the sum does not fit one call. */
static bool small_counts(comm *c, const int64_t *count)
{
    int64_t sum = 0;
    for (int r = 0; r < c->size; r++) {
        if (count[r] > c->mpi->piece - sum)
            return false;
        c->mpi->count[r] = (int)count[r];
        c->mpi->displ[r] = (int)sum;
        sum += count[r];
    }
    return true;
}

static int64_t place_of(const int64_t *count, int rank)
{
    int64_t sum = 0;
    for (int r = 0; r < rank; r++)
        sum += count[r];
    return sum;
}

static void keep(void *to, const void *from, int64_t bytes)
{
    if (bytes > 0 && to != from)
        memmove(to, from, (size_t)bytes);
}

static int mpi_barrier(comm *c, sharr_error *err)
{
    MPI_Request req = MPI_REQUEST_NULL;
    int rc = MPI_Ibarrier(c->mpi->comm, &req);
    return comm_mpi_wait(c, rc, &req, "MPI_Ibarrier", err);
}

static int mpi_bcast(comm *c, void *data, int64_t bytes, int root, sharr_error *err)
{
    int status = 0;
    for (int64_t at = 0; at < bytes && !status; at += c->mpi->piece) {
        MPI_Request req = MPI_REQUEST_NULL;
        int n = (int)smaller(bytes - at, c->mpi->piece);
        int rc = MPI_Ibcast((char *)data + at, n, MPI_BYTE, root, c->mpi->comm, &req);
        status = comm_mpi_wait(c, rc, &req, "MPI_Ibcast", err);
    }
    return status;
}

static int mpi_send(comm *c, const void *data, int64_t bytes, int to, int tag, sharr_error *err)
{
    if (to == c->rank)
        return err_set(err, SHARR_EINTERNAL, "rank %d sends to itself", to);
    int status = 0;
    int64_t at = 0;
    do {                            /* also an empty message is one */
        MPI_Request req = MPI_REQUEST_NULL;
        int n = (int)smaller(bytes - at, c->mpi->piece);
        int rc = MPI_Isend((const char *)data + at, n, MPI_BYTE, to, tag, c->mpi->comm, &req);
        status = comm_mpi_wait(c, rc, &req, "MPI_Isend", err);
        at += n;
    } while (at < bytes && !status);
    return status;
}

static int mpi_recv(comm *c, void *data, int64_t bytes, int from, int tag, sharr_error *err)
{
    if (from == c->rank)
        return err_set(err, SHARR_EINTERNAL, "rank %d receives from itself", from);
    int status = 0;
    int64_t at = 0;
    do {
        MPI_Request req = MPI_REQUEST_NULL;
        int n = (int)smaller(bytes - at, c->mpi->piece);
        int rc = MPI_Irecv((char *)data + at, n, MPI_BYTE, from, tag, c->mpi->comm, &req);
        status = comm_mpi_wait(c, rc, &req, "MPI_Irecv", err);
        at += n;
    } while (at < bytes && !status);
    return status;
}

static int mpi_allgather(comm *c, const void *send, void *recv, const int64_t *count,
                         sharr_error *err)
{
    if (small_counts(c, count)) {
        MPI_Request req = MPI_REQUEST_NULL;
        int rc = MPI_Iallgatherv(send, (int)count[c->rank], MPI_BYTE, recv, c->mpi->count,
                                 c->mpi->displ, MPI_BYTE, c->mpi->comm, &req);
        return comm_mpi_wait(c, rc, &req, "MPI_Iallgatherv", err);
    }
    int status = 0;
    keep((char *)recv + place_of(count, c->rank), send, count[c->rank]);
    for (int r = 0; r < c->size && !status; r++)
        status = mpi_bcast(c, (char *)recv + place_of(count, r), count[r], r, err);
    return status;
}

static int mpi_gather(comm *c, const void *send, void *recv, const int64_t *count, int root,
                      sharr_error *err)
{
    if (small_counts(c, count)) {
        MPI_Request req = MPI_REQUEST_NULL;
        int rc = MPI_Igatherv(send, (int)count[c->rank], MPI_BYTE, recv, c->mpi->count,
                              c->mpi->displ, MPI_BYTE, root, c->mpi->comm, &req);
        return comm_mpi_wait(c, rc, &req, "MPI_Igatherv", err);
    }
    if (c->rank != root)
        return mpi_send(c, send, count[c->rank], root, COMM_TAG_OWN, err);
    int status = 0;
    keep((char *)recv + place_of(count, root), send, count[root]);
    for (int r = 0; r < c->size && !status; r++)
        if (r != root)
            status = mpi_recv(c, (char *)recv + place_of(count, r), count[r], r, COMM_TAG_OWN, err);
    return status;
}

static int mpi_scatter(comm *c, const void *send, const int64_t *count, void *recv, int root,
                       sharr_error *err)
{
    if (small_counts(c, count)) {
        MPI_Request req = MPI_REQUEST_NULL;
        int rc = MPI_Iscatterv(send, c->mpi->count, c->mpi->displ, MPI_BYTE, recv,
                               (int)count[c->rank], MPI_BYTE, root, c->mpi->comm, &req);
        return comm_mpi_wait(c, rc, &req, "MPI_Iscatterv", err);
    }
    if (c->rank != root)
        return mpi_recv(c, recv, count[c->rank], root, COMM_TAG_OWN + 1, err);
    int status = 0;
    keep(recv, (const char *)send + place_of(count, root), count[root]);
    for (int r = 0; r < c->size && !status; r++)
        if (r != root)
            status = mpi_send(c, (const char *)send + place_of(count, r), count[r], r,
                              COMM_TAG_OWN + 1, err);
    return status;
}

/* int64 has no NaN and no rounding: MPI may combine it in any order. */
static int mpi_reduce(comm *c, int64_t *values, int n, enum comm_op op, sharr_error *err)
{
    const MPI_Op ops[] = {[COMM_MIN] = MPI_MIN, [COMM_MAX] = MPI_MAX, [COMM_SUM] = MPI_SUM};
    MPI_Request req = MPI_REQUEST_NULL;
    int rc = MPI_Iallreduce(MPI_IN_PLACE, values, n, MPI_INT64_T, ops[op], c->mpi->comm, &req);
    return comm_mpi_wait(c, rc, &req, "MPI_Iallreduce", err);
}

/* On the world, not on our dup: for others MPICH 4.0 first talks to the ranks and waits for an answer
 * from those that do not listen.  The alarm bounds what an MPI library in trouble may take. */
static void mpi_abort(comm *c, int code)
{
    (void)c;
    signal(SIGALRM, SIG_DFL);
    alarm(2);
    MPI_Abort(MPI_COMM_WORLD, code);
}

const comm_ops comm_mpi_ops = {
    .barrier = mpi_barrier,
    .bcast = mpi_bcast,
    .allgather = mpi_allgather,
    .gather = mpi_gather,
    .scatter = mpi_scatter,
    .reduce = mpi_reduce,
    .send = mpi_send,
    .recv = mpi_recv,
    .abort = mpi_abort,
};
