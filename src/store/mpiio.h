/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing one file from all ranks with MPI-IO.  Whoever opened it may also write it in
 * other ways: no view is set, offsets are absolute bytes.
 */
#ifndef STORE_MPIIO_H
#define STORE_MPIIO_H

#include <stddef.h>
#include <stdint.h>

#include "dist/comm.h"

typedef struct mpiio mpiio;
typedef struct mpiio_part { const void *data; size_t bytes; uint64_t at; } mpiio_part;

enum { MPIIO_PIECE = 1 << 30 };     /* one collective call moves at most this much of a rank */

#ifdef HAVE_MPI
/* The file exists.  The same error on all ranks. */
int mpiio_open_all(comm *c, const char *path, mpiio **out, sharr_error *err);
/* Exactly `calls` collective calls; this rank's parts need at most that many (mpiio_calls each).  Local errors: agree on
 * them afterwards.  `failed` is the index of the first part that was not written. */
int mpiio_write_all(mpiio *f, const mpiio_part *part, int n, int64_t calls, int *failed, sharr_error *err);
/* Collective; frees f. */
int mpiio_close_all(mpiio *f, sharr_error *err);
/* Not collective: the handle is closed with the comm. */
void mpiio_leave(mpiio *f);
/* Hints (pointer to an MPI_Info, freed by mpiio_hints_free) for requests of whole chunks; NULL: no memory. */
void *mpiio_hints(void);
void mpiio_hints_free(void *hints);
#else
static inline int mpiio_open_all(comm *c, const char *path, mpiio **out, sharr_error *err)
{
    (void)c, (void)out;
    return err_set(err, SHARR_EINTERNAL, "%s: MPI-IO without MPI", path);
}
static inline int mpiio_write_all(mpiio *f, const mpiio_part *part, int n, int64_t calls, int *failed,
                                  sharr_error *err)
{
    (void)f, (void)part, (void)n, (void)calls, (void)failed;
    return err_set(err, SHARR_EINTERNAL, "MPI-IO without MPI");
}
static inline int mpiio_close_all(mpiio *f, sharr_error *err) { (void)f, (void)err; return 0; }
static inline void mpiio_leave(mpiio *f) { (void)f; }
#endif

static inline int64_t mpiio_calls(size_t bytes)
{
    return (int64_t)(bytes / MPIIO_PIECE) + (bytes % MPIIO_PIECE != 0);
}

#endif
