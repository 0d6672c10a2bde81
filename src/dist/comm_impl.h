/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The body of a comm, for the files of this directory (and its tests).  What
 * differs between one process and MPI is a table of operations: comm_serial.c
 * and comm_mpi.c have one each.  A communicator of one rank uses the serial one
 * even when MPI runs.
 */
#ifndef DIST_COMM_IMPL_H
#define DIST_COMM_IMPL_H

#include <stdatomic.h>

#include "dist/comm.h"

enum comm_op { COMM_MIN, COMM_MAX, COMM_SUM };
/* Tags of comm_send lie below; those from here on are for the pieces of large gathers. */
enum { COMM_TAG_OWN = 32000 };

typedef struct comm_ops {
    int (*barrier)(comm *c, sharr_error *err);
    int (*bcast)(comm *c, void *data, int64_t bytes, int root, sharr_error *err);
    int (*allgather)(comm *c, const void *send, void *recv, const int64_t *count, sharr_error *err);
    int (*gather)(comm *c, const void *send, void *recv, const int64_t *count, int root,
                  sharr_error *err);
    int (*scatter)(comm *c, const void *send, const int64_t *count, void *recv, int root,
                   sharr_error *err);
    int (*reduce)(comm *c, int64_t *values, int n, enum comm_op op, sharr_error *err);
    int (*send)(comm *c, const void *data, int64_t bytes, int to, int tag, sharr_error *err);
    int (*recv)(comm *c, void *data, int64_t bytes, int from, int tag, sharr_error *err);
    void (*abort)(comm *c, int code);
} comm_ops;

typedef struct watchdog watchdog;
typedef struct comm_mpi comm_mpi;
typedef struct comm_deferred comm_deferred;

struct comm {
    const comm_ops *ops;
    int rank, size, local_rank, local_size, local_least;
    int *node;                      /* [size]; NULL: all ranks are on one */
    bool launched;                  /* a launcher is our parent: worth watching */
    void (*idle)(void *arg);
    void *idle_arg;
    counters *count;
    _Atomic int64_t alive;          /* monotonic ns of the last sign of progress */
    watchdog *dog;
    comm_deferred *deferred;
    comm_mpi *mpi;                  /* NULL without MPI */
};

extern const comm_ops comm_serial_ops;

/* A comm of one process with serial operations; NULL: out of memory. */
comm *comm_new(void);
int64_t comm_now(void);             /* CLOCK_MONOTONIC, ns */
void comm_watchdog_stop(watchdog *w);

int comm_min_all(comm *c, int64_t *values, int n, sharr_error *err);

#ifdef HAVE_MPI
int comm_mpi_world(comm *c, sharr_error *err);
int comm_mpi_running(void);         /* MPI was initialised, by anybody, and not finalised */
void comm_mpi_finish(void);         /* finalises it if this library started it and no comm is left */
int comm_mpi_dup(comm *c, const void *mpi_comm, sharr_error *err);
void comm_mpi_free(comm *c);
const void *comm_mpi_handle(const comm_mpi *m);
/* Messages are split at this many bytes (tests make it small). */
void comm_mpi_set_piece(comm_mpi *m, int64_t bytes);
#endif

#endif
