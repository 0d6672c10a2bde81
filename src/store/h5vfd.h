/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Our HDF5 file driver.  HDF5 keeps the books and moves metadata through it; bulk data pass it by:
 *
 *   locate    H5Dread_chunk into the token buffer reads nothing and yields the chunk's place;
 *   allocate  H5Dwrite_chunk from the token buffer reserves and indexes space and writes nothing:
 *             the caller writes the bytes at the address, from any process;
 *   abandon   from now on writes and truncation do nothing and succeed, so that a file that cannot
 *             be completed closes cleanly (and is then unlinked).
 *
 * Only transfers of the token buffer are held back; whatever else HDF5 reads or writes in the same
 * call (index nodes, evicted metadata, heaps) goes through.  State is per file.  The HDF5 lock is
 * held around every function here.
 */
#ifndef STORE_H5VFD_H
#define STORE_H5VFD_H

#include <stdbool.h>
#include <stdint.h>

#include <hdf5.h>

#include "base/err.h"

typedef struct h5vfd h5vfd;         /* the driver's state of one open file */

typedef struct h5vfd_options {
    /* H5Fcreate keeps the bytes that are there and starts from length 0: the allocations of an
     * interrupted run are replayed over its data. */
    bool replay;
    /* >= 0: work on a duplicate of this descriptor, whatever the name; locking is the lender's
     * business then.  -1: open by name. */
    int fd;
    /* Outputs: a write or truncation that fails is noted here (errno, once) instead of being told to HDF5, and the
     * file is abandoned: HDF5 1.10 crashes when it closes a file whose writes failed.  Outlives the file; look at it after
     * every step.  NULL: HDF5 is told. */
    int *failed;
} h5vfd_options;

/* A file access property list with this driver, a metadata cache of 1 to 8 MiB, no chunk cache.
 * `o` may be NULL.  Close it with H5Pclose.  < 0 with `err` on failure. */
hid_t h5vfd_fapl(const h5vfd_options *o, sharr_error *err);
/* The state of an open file, valid while it is open; NULL if it was opened by another driver. */
h5vfd *h5vfd_of(hid_t file);
int h5vfd_fd(const h5vfd *v);       /* its descriptor; borrowed */

typedef struct h5place {
    uint64_t addr;                  /* absolute file offset, user block included */
    uint64_t size;
    uint32_t mask;                  /* filters that were skipped */
} h5place;

enum h5vfd_found { H5VFD_FOUND, H5VFD_MISSING, H5VFD_FAILED };
/* Where the chunk at `offset` (elements; on the chunk grid) lies.  MISSING: never written.  FAILED: the
 * reason is on HDF5's error stack (h5lib_error). */
enum h5vfd_found h5vfd_locate(hid_t dset, h5vfd *v, const hsize_t *offset, h5place *out);
/* Reserve `size` bytes for the chunk at `offset` and enter them in the index, filter mask 0.  On failure the
 * status is that of h5lib_error and the file must be abandoned. */
int h5vfd_allocate(hid_t dset, h5vfd *v, const hsize_t *offset, uint64_t size, uint64_t *addr,
                   sharr_error *err);
void h5vfd_abandon(h5vfd *v);

/* Does this HDF5 library do what locate and allocate rely on?  Proved once per process on a file in
 * memory; when not, SHARR_EINTERNAL says what differed: read with H5Dread, write with H5Dwrite. */
int h5vfd_trusted(sharr_error *err);

const H5FD_class_t *h5vfd_class(void);             /* for h5lib_ready */

#endif
