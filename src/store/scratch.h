/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Scratch arrays: plain shared files of raw elements in bricks, unlinked while they are
 * used.  For relayouts, large reduced results, spills.  All ranks see one file (the
 * scratch directory must be common to them).
 */
#ifndef STORE_SCRATCH_H
#define STORE_SCRATCH_H

#include "array/box.h"
#include "array/source.h"
#include "base/counters.h"
#include "dist/comm.h"

typedef struct scratch scratch;

/* Collective: a C-order array of this type and shape in `dir`; space is checked ahead (74 names bytes needed and free). */
int scratch_create_all(comm *c, const char *dir, dtype t, int ndim, const int64_t *shape, scratch **out,
                       sharr_error *err);
/* The same file as an array of another shape of equal size, for one more reader or writer; goes before `s` does. */
int scratch_view(const scratch *s, int ndim, const int64_t *shape, scratch **out, sharr_error *err);
void scratch_free(scratch *s);      /* local; the file is unlinked already */
/* [worker] Write / read a box (C order in memory with row strides of the box itself). */
int scratch_write(scratch *s, const box *b, const void *data, counters *k, sharr_error *err);
int scratch_read(const scratch *s, const box *b, void *data, counters *k, sharr_error *err);
/* The same bytes under another shape of equal size (reshape). */
int scratch_reshape(scratch *s, int ndim, const int64_t *shape, sharr_error *err);
/* As a source: path SOURCE_DIRECT-like raw pieces; chunk[] given by the caller (the grid it inherits). */
int scratch_sync_all(comm *c, scratch *s, sharr_error *err);   /* after writing, before any rank reads */

#endif
