/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What comm_mpi.c (life, waiting, errors) and comm_mpi_ops.c (operations) share.
 */
#ifndef DIST_COMM_MPI_H
#define DIST_COMM_MPI_H

#ifdef HAVE_MPI
#include <mpi.h>

#include "dist/comm_impl.h"

struct comm_mpi {
    MPI_Comm comm;                  /* our own dup */
    int64_t piece;                  /* no message is larger */
    int *count, *displ;             /* one per rank: allocated ahead, so that no rank can fail alone */
};

extern const comm_ops comm_mpi_ops;

/* 0, or SHARR_EIO with MPI's own text. */
int comm_mpi_error(int rc, const char *what, sharr_error *err);
/* Complete a non-blocking call that returned `rc`: test, spin a little, then sleep longer and longer
 * and let the idle callback work. */
int comm_mpi_wait(comm *c, int rc, MPI_Request *req, const char *what, sharr_error *err);

#endif
#endif
