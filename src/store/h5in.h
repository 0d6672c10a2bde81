/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Input files.  Each rank opens them serially and read-only.  Functions marked
 * [H5] call HDF5: only from the thread that runs the evaluation (they take the
 * process-wide HDF5 lock themselves).  Functions marked [worker] are pure I/O
 * and arithmetic, safe from any thread.
 */
#ifndef STORE_H5IN_H
#define STORE_H5IN_H

#include "array/box.h"
#include "array/source.h"
#include "base/counters.h"
#include "base/strbuf.h"
#include "store/codec.h"

typedef struct h5in h5in;           /* an open file */
typedef struct h5dset h5dset;       /* an open dataset of it */

/* [H5] Set HDF5 up, before MPI is started: begun later it hangs its end into MPI_Finalize, where it crashes over what
 * damaged files have left behind in it.  That it does not start is told by whatever needs it. */
void h5in_prepare(void);

/* [H5] Status 66 missing, 77 not readable, 65 not a regular file / empty / truncated / not HDF5 (netCDF-3,
 * GRIB, HDF4 are named, with the command that converts them), 74 I/O. */
int h5in_open(const char *path, h5in **out, sharr_error *err);
void h5in_close(h5in *f);           /* [H5] after its datasets */
const char *h5in_path(const h5in *f);
/* [H5] Has the file changed since it was opened (size, mtime, inode)?  SHARR_EDATA if so. */
int h5in_unchanged(const h5in *f, sharr_error *err);
/* Is this path (device and inode) the file, or one that its datasets opened so far lie in or refer to? */
bool h5in_is_file(const h5in *f, const char *path);

/* [H5] Absolute path in the file.  `found` false and 0 when there is no such dataset (or it is a group);
 * SHARR_EDATA when it is no array of numbers (dataset and type named) or a filter is missing (id,
 * name, where it was looked for).  Soft and external links are followed; a missing file behind one is 66. */
int h5in_dataset(h5in *f, const char *path, h5dset **out, bool *found, sharr_error *err);
void h5dset_close(h5dset *d);       /* [H5] */
/* [H5] Walk all objects, groups before what is in them, in the order of names: for `info` and did-you-mean.  Links are
 * listed; soft links to datasets are shown as those, groups are entered once and external links never.  `visit` returns
 * non-zero to stop. */
typedef struct h5item {
    const char *path;
    bool group;
    bool numeric;                   /* h5in_dataset opens it */
    bool hidden;                    /* netCDF's dimension without a variable: no data */
    const char *type;               /* "float32", "strings of 8 bytes", "link to f.h5:/x"; "" for groups */
    int ndim;
    int64_t shape[SHARR_MAX_DIMS];
    bool chunked;
    int64_t chunk[SHARR_MAX_DIMS];
    const char *filters;            /* "shuffle, zstd 1" or "" */
    int64_t stored_bytes;
    const char *dims;               /* "time, lat, lon" or "" */
} h5item;
int h5in_walk(h5in *f, int (*visit)(void *arg, const h5item *item), void *arg, sharr_error *err);

/* Plain facts; id is to be filled by the caller.  For contiguous, compact and library layouts chunk[]
 * are pieces of about 1 MiB (whole rows). */
const source *h5dset_source(const h5dset *d);
source *h5dset_source_mut(h5dset *d);
const char *h5dset_why_library(const h5dset *d);   /* why SOURCE_LIBRARY, or NULL */

/* Where a chunk's bytes lie. */
typedef struct h5frame {
    uint64_t addr;                  /* absolute file offset */
    uint64_t size;                  /* 0: never written, fill value */
    uint32_t mask;                  /* filters that were skipped */
    bool raw;                       /* stored unfiltered (partial edge chunk option, contiguous) */
} h5frame;

/* [H5] SOURCE_DIRECT only.  `index` = chunk coordinates.  ~0.5 us. */
int h5dset_locate(h5dset *d, const int64_t *index, h5frame *out, sharr_error *err);
/* [worker] Read and decode one chunk into `out`: the clipped chunk (the part inside the dataset), C order, in
 * native byte order and in the source's dtype (f16 widened, enum bools 0/1, ...).  Errors name file, dataset and
 * chunk.  A chunk never silently wrong. */
typedef struct h5reader h5reader;   /* a worker's buffers and contexts */
h5reader *h5reader_new(sharr_error *err);
void h5reader_free(h5reader *r);
size_t h5reader_memusage(const h5dset *d);          /* what a reader grows to for this dataset */
int h5dset_read_chunk(const h5dset *d, const int64_t *index, const h5frame *frame, h5reader *r,
                      void *out, counters *k, sharr_error *err);
/* [worker] A plain source: `n` elements from element `first` on, in C order. */
int h5dset_read_run(const h5dset *d, int64_t first, int64_t n, h5reader *r, void *out, counters *k, sharr_error *err);
/* [H5] SOURCE_LIBRARY (works for all): H5Dread of a box, converted to the source's dtype. */
int h5dset_read_box(h5dset *d, const box *b, void *out, counters *k, sharr_error *err);

#endif
