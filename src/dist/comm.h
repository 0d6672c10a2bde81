/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Ranks.  The only module (with store's MPI-IO writer) that knows MPI.  Without
 * MPI, or with one process, every function works and costs nothing.
 *
 * Functions ending in _all are collective: every rank of the communicator calls
 * them, in the same order, from the thread that made the comm.  All counts are
 * 64-bit bytes (split below 2^31 inside).  Every wait is a non-blocking call +
 * test with back-off (spin ~20 us, then sleep 20..200 us), because MPICH's busy
 * polling starves workers; while it waits it calls `idle` (if set) so that the
 * caller can serve its queues (it must not use this comm).  An MPI error is SHARR_EIO with MPI's text.
 */
#ifndef DIST_COMM_H
#define DIST_COMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/err.h"

typedef struct comm comm;

/* What the environment says of a launcher.  `ranks`: how many it says it started, 0 = it does not say; `first`: this
 * may be rank 0. */
typedef struct comm_launch { bool found, first; int ranks; const char *by; } comm_launch;
comm_launch comm_launcher(void);

/* One process, no MPI. */
comm *comm_self(void);
/* Under a launcher (PMI_RANK, PMI_SIZE, PMIX_RANK, OMPI_COMM_WORLD_SIZE, SLURM_PROCID with PMI...):
 * MPI_Init_thread(SERIALIZED) unless initialised already, dup of MPI_COMM_WORLD.  Otherwise
 * comm_self().  Refuses (SHARR_EUSAGE) when the launcher says N > 1 but MPI says 1: wrong mpirun. */
comm *comm_world(sharr_error *err);
#ifdef HAVE_MPI
/* Dup of a communicator handed over as a pointer to an MPI_Comm; MPI must be initialised. */
comm *comm_dup(const void *mpi_comm, sharr_error *err);
/* The same of Fortran's integer. */
comm *comm_dup_fortran(int mpi_comm, sharr_error *err);
/* The MPI_Comm (pointer to it), for store's MPI-IO writer; NULL when there is no MPI. */
const void *comm_handle(const comm *c);
#endif
/* Frees the dup.  When comm_world() started MPI, it is finalised at exit, if no comm is left by then. */
void comm_free(comm *c);

int comm_rank(const comm *c);
int comm_size(const comm *c);
int comm_local_size(const comm *c);                /* ranks on this node */
int comm_local_rank(const comm *c);
int comm_local_least(const comm *c);               /* of all nodes: ranks on the one with fewest */
int comm_node(const comm *c, int rank);            /* the first rank on the node of `rank` */
const int *comm_nodes(const comm *c);              /* that of every rank; NULL: there is one node */
void comm_set_idle(comm *c, void (*idle)(void *arg), void *arg);
void comm_set_counters(comm *c, counters *k);

/* fn(arg) when the comm is freed, on every rank, first come first: for what must be released collectively but was given
 * up in a moment when the ranks could not agree on anything.  False: out of memory, it stays. */
bool comm_defer(comm *c, void (*fn)(void *arg), void *arg);

/* Kill the whole job with this exit code.  For the command line only, never for the library. */
void comm_abort(comm *c, int code) __attribute__((noreturn));

/* Leave this process, for the command line only: MPI is finalised and streams are flushed, but handlers of other
 * libraries at exit do not run.  HDF5's crashes on what damaged files have left behind in it. */
void comm_exit(int code) __attribute__((noreturn));

/* All ranks return the same error: that of the lowest rank that has one (err->status != 0), with its
 * rank and text; 0 when none has.  One collective when there is no error. */
int comm_agree_all(comm *c, sharr_error *err);
/* Same value everywhere?  Used to check that plans agree. */
int comm_same_all(comm *c, const void *data, size_t bytes, bool *same, sharr_error *err);
/* Both: no rank has an error, and all have the same bytes; else SHARR_EUSAGE with the text `unlike`. */
int comm_require_same_all(comm *c, const void *data, size_t bytes, const char *unlike, sharr_error *err);

int comm_barrier_all(comm *c, sharr_error *err);
int comm_bcast_all(comm *c, void *data, int64_t bytes, int root, sharr_error *err);
/* count[r] bytes from (to) rank r, one after the other in the joint buffer; `count` has one entry per rank and
 * is the same on every rank.  The buffers must not overlap; the joint one is only used on root. */
int comm_allgather_all(comm *c, const void *send, void *recv, const int64_t *count, sharr_error *err);
int comm_gather_all(comm *c, const void *send, void *recv, const int64_t *count, int root, sharr_error *err);
int comm_scatter_all(comm *c, const void *send, const int64_t *count, void *recv, int root, sharr_error *err);
int comm_max_all(comm *c, int64_t *values, int n, sharr_error *err);   /* element-wise, in place */
int comm_sum_all(comm *c, int64_t *values, int n, sharr_error *err);
/* Point to point between two ranks, for reduction trees and redistribution; may wait for the partner.
 * 0 <= tag < 32000; never to oneself. */
int comm_send(comm *c, const void *data, int64_t bytes, int to, int tag, sharr_error *err);
int comm_recv(comm *c, void *data, int64_t bytes, int from, int tag, sharr_error *err);

/* Fail-stop: a thread that ends this process (exit code `code`, within 2 s) when the launcher or
 * parent dies, or when `stall_seconds` (0 = never) pass without comm_alive() being called (a completed
 * collective does).  It says why on stderr.  One rank has nothing to watch: does nothing.  Ends with comm_free(). */
int comm_watchdog_start(comm *c, int stall_seconds, int code, sharr_error *err);
void comm_alive(comm *c);

#endif
