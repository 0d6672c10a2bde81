/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Output files: a named temporary beside the target, written by all ranks, renamed
 * when complete.  Functions ending in _all are collective and return the same error on
 * all ranks.  A round writes at most `batch` chunks of each rank with at most 3 collectives.
 *
 *   direct: workers encode; rank 0 (the only one with the HDF5 file open) allocates addresses;
 *           every rank writes its frames: with MPI_File_write_at_all in the round, or, when all ranks are on
 *           one node, with pwrite from any thread.
 *   mpio:   parallel HDF5: collective H5Dwrite through the filters (needs no encode).
 *
 * IO_AUTO is direct; IO_DIRECT the same, at several ranks always by MPI-IO.  When the file driver is not to be
 * trusted with this HDF5 (a warning says so), IO_AUTO is mpio, or, without MPI, H5Dwrite_chunk by the one rank.
 * Functions marked [worker] are safe from any thread; the others belong to the thread that made the comm.
 */
#ifndef STORE_H5OUT_H
#define STORE_H5OUT_H

#include "array/box.h"
#include "array/dtype.h"
#include "base/counters.h"
#include "base/log.h"
#include "dist/comm.h"
#include "store/codec.h"

typedef struct h5attr { const char *name; dtype type; bool text; int64_t n; const void *data; } h5attr;

typedef struct h5outset {           /* one dataset to be written; borrowed until finish/abandon */
    const char *path;               /* absolute in the file; groups are created */
    dtype type;
    int ndim;
    int64_t shape[SHARR_MAX_DIMS], chunk[SHARR_MAX_DIMS];   /* chunk[0] 0 or ndim 0: contiguous (small) */
    codec_pipeline pipeline;        /* n == 0: raw */
    int nattrs;
    const h5attr *attr;
} h5outset;

typedef struct h5outopts {
    bool overwrite;                 /* else an existing target is SHARR_EEXIST */
    bool append;                    /* copy the existing file (reflink where possible), add to it */
    int mode;                       /* IO_AUTO, IO_DIRECT, IO_MPIO of base/config.h */
    bool latest;                    /* libver latest */
    int batch;                      /* most chunks of one rank in a round, the same on all ranks; 0: 32 per dataset */
    int64_t cache_limit;            /* larger outputs go past the page cache; 0: 1/16 of the memory */
    const char *history;            /* a line for the global attribute, or NULL */
    const logger *log;
    counters *count;
} h5outopts;

typedef struct h5out h5out;

/* Create the temporary, the groups, datasets and attributes.  Sweeps stale temporaries of the same target.
 * Status 73 exists, 77/74 not writable. */
int h5out_create_all(comm *c, const char *path, const h5outset *set, int nsets, const h5outopts *o,
                     h5out **out, sharr_error *err);

/* [worker] Encode one full-size chunk (edge chunks padded with zeros by the caller) into `frame`
 * (codec_bound bytes); `chunk` may be overwritten. Just codec_encode in direct mode. */
typedef struct h5chunk {
    int set;                        /* which dataset */
    int64_t index[SHARR_MAX_DIMS];  /* chunk coordinates */
    const void *data;               /* the frame (direct) or the full-size chunk (mpio) */
    size_t bytes;
    uint64_t addr;                  /* filled by h5out_place_all */
} h5chunk;

/* One round: `n` chunks of this rank (0 is fine), the same number of rounds on every rank.  `local`: an error
 * that this rank brings along (agreed with the round's status), or NULL.  Chunks are placed in the order
 * rank, position: deterministic.  Counts bytes_written (mpio: at the end, and
 * chunks_encoded too, since HDF5 encodes).  After an error the file must
 * be abandoned. */
int h5out_round_all(h5out *f, h5chunk *chunk, int n, const sharr_error *local, sharr_error *err);
bool h5out_wants_raw(const h5out *f);               /* mpio: rounds take decoded chunks */

/* A round in three steps, where h5out_splits() says so (direct, not by MPI-IO): the frames of one round may be
 * written by workers while the next is encoded and placed.  Frames that are a multiple of 4096 bytes from
 * page-aligned memory (and at least 64 KiB) go out fastest: large outputs are written past the page cache.
 *   place    sizes in, addresses out (chunk[i].addr; data is not looked at)
 *   frame    [worker] write one placed chunk; in any order, any number at once
 *   status   how the frames went that were written since the last status */
bool h5out_splits(const h5out *f);
/* Frames go past the page cache: whoever writes one waits for the disk, and should have nothing to compute. */
bool h5out_waits(const h5out *f);
int h5out_place_all(h5out *f, h5chunk *chunk, int n, const sharr_error *local, sharr_error *err);
int h5out_write_frame(h5out *f, const h5chunk *chunk, sharr_error *err);
int h5out_status_all(h5out *f, const sharr_error *local, sharr_error *err);

/* Whole small dataset (contiguous or a number), given by rank 0. */
int h5out_whole_all(h5out *f, int set, const void *data, sharr_error *err);
/* Sync on every rank, close, fsync, rename, fsync the directory.  A chunk that was never written is SHARR_EINTERNAL:
 * a file under its final name is complete.  Frees f in every case. */
int h5out_finish_all(h5out *f, sharr_error *err);
/* Drop everything: abandon mode, unlink.  Never fails, never collective. Frees f. */
void h5out_abandon(h5out *f);
/* Async-signal-safe copy of the temporary's name, for a last unlink; "" when none. */
const char *h5out_temp_name(const h5out *f);

#endif
