/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of h5out share: the file in the making, and one function group per file.
 *   h5out.c         life: create, finish, abandon
 *   h5out_file.c    HDF5: the file, groups, datasets
 *   h5out_attr.c    HDF5: element types, attributes, history
 *   h5out_round.c   direct rounds: sizes, addresses, frames, status
 *   h5out_mpio.c    rounds of parallel HDF5
 */
#ifndef STORE_H5OUT_IMPL_H
#define STORE_H5OUT_IMPL_H

#include <hdf5.h>

#include "array/chunkgrid.h"
#include "store/h5out.h"
#include "store/h5vfd.h"
#include "store/mpiio.h"
#include "store/outstream.h"
#include "store/tempfile.h"

enum outmode { OUT_DIRECT, OUT_MPIO, OUT_LIBRARY };

typedef struct outset {
    const h5outset *spec;           /* borrowed */
    hid_t dset;                     /* -1: not open on this rank */
    bool whole;                     /* contiguous, written by h5out_whole_all */
    bool written;                   /* rank 0: the whole one was given */
    chunkgrid grid;
    size_t chunk_bytes;
} outset;

struct h5out {
    comm *c;
    enum outmode mode;
    bool failed;                    /* an agreed error was returned: only to be abandoned */
    enum outstream_cache cache;
    int nsets, batch;
    outset *set;
    counters *count;
    const logger *log;
    tempfile temp;                  /* rank 0 */
    char target[PATH_MAX], name[PATH_MAX];
    hid_t file;                     /* rank 0, or every rank with mpio; -1 else */
    h5vfd *vfd;                     /* of a file with our driver */
    int disk_errno;                 /* a failed write of metadata, noted by the driver */
    outstream *stream;              /* this rank's way to the bytes */
    mpiio *mpi;                     /* direct by MPI-IO; NULL: plain writes */
    mpiio_part *part;               /* one per chunk of a round */
    int64_t *wire;                  /* see h5out_round.c */
    int64_t total;                  /* chunks of all datasets */
    _Atomic int64_t placed;         /* of them, by all ranks; known on every rank after each round */
    _Atomic int64_t frames, bytes;  /* written by this rank */
    int64_t reserved;               /* rank 0, mpio: blocks are there up to this offset */
};

/* ---- h5out_file.c; the caller holds no lock ---- */

/* Create or open the file and everything in it.  direct: on rank 0; mpio: on every rank. */
int h5out_open_file(h5out *f, const h5outopts *o, sharr_error *err);
/* Close with every return looked at. */
int h5out_close_file(h5out *f, sharr_error *err);
/* Close without a word: abandon mode. */
void h5out_drop_file(h5out *f);
/* SHARR_EINTERNAL when a set makes no sense. Fills out->grid, whole, chunk_bytes. */
int h5out_check_set(const h5outset *s, outset *out, sharr_error *err);

/* ---- h5out_attr.c; the HDF5 lock is held ---- */
hid_t h5out_file_type(dtype t);     /* as stored; H5Tclose */
hid_t h5out_memory_type(dtype t);
int h5out_write_attr(hid_t object, const h5attr *a, const logger *log, sharr_error *err);
int h5out_write_history(hid_t file, const char *line, const logger *log, sharr_error *err);

/* ---- h5out_round.c ---- */
size_t h5out_wire_words(const h5out *f);
/* All ranks return the lowest rank's error; from then on the file is only to be abandoned. */
int h5out_agree(h5out *f, sharr_error *own, sharr_error *err);
/* After each step of HDF5: `status`, or the error of a write that the driver noted and HDF5 does not know of.
 * `missing`: bytes that the step was about. */
int h5out_settle(const h5out *f, int status, int64_t missing, sharr_error *err);
/* What the rest of the output needs, behind "disk full". */
void h5out_explain(const h5out *f, sharr_error *err);
bool h5out_valid_chunk(const h5out *f, const h5chunk *c, sharr_error *err);

/* ---- h5out_mpio.c ---- */
/* SHARR_EUSAGE where there is no MPI, or HDF5 was built without it. */
int h5out_mpio_ready(const comm *c, sharr_error *err);
int h5out_mpio_fapl(h5out *f, hid_t fapl, sharr_error *err);
int h5out_mpio_round(h5out *f, const h5chunk *chunk, int n, sharr_error *own, sharr_error *err);
int h5out_mpio_whole(h5out *f, int set, const void *data, sharr_error *own, sharr_error *err);
/* Rank 0: blocks for what the next collective call writes at most, besides metadata.  HDF5 1.10 hangs when
 * the disk is full for one rank, so that must be known before it starts. */
int h5out_mpio_reserve(h5out *f, int64_t bytes, sharr_error *err);

#endif
