/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What planning knows of a leaf: a dataset, a scratch array, an array in memory.
 * Plain data, filled by store (or by a test).  No handles, no I/O.
 */
#ifndef ARRAY_SOURCE_H
#define ARRAY_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "array/dtype.h"

enum source_path {
    SOURCE_DIRECT,          /* workers read and decode frames themselves */
    SOURCE_LIBRARY,         /* through H5Dread, by the calling thread, chunk by chunk */
    SOURCE_MEMORY,          /* lies in memory, whole */
    SOURCE_SCRATCH          /* lies in a scratch file, in C order: read in any pieces */
};

/* What decoding costs, roughly. */
enum source_decode { SOURCE_RAW, SOURCE_ZSTD, SOURCE_DEFLATE, SOURCE_OTHER };

typedef struct source {
    int id;                 /* index in the table of sources of an evaluation */
    const char *name;       /* "file.h5:/group/t2m", for messages; borrowed */
    dtype type;             /* of the values as the expression sees them */
    int ndim;
    int64_t shape[SHARR_MAX_DIMS];
    bool chunked;           /* chunk[] is meaningful */
    int64_t chunk[SHARR_MAX_DIMS];      /* also set for contiguous: the pieces that are read */
    bool pieces;            /* seen with other dimensions, in pieces of several chunks of the dataset: chunk[] is of those */
    bool plain;             /* contiguous: every run of elements can be read, whatever chunk[] says */
    enum source_path path;
    enum source_decode decode;
    bool filtered;          /* frames must be decoded whole */
    int64_t stored_bytes;   /* of the whole dataset on disk; an estimate is fine */
    uint64_t identity;      /* hash of device, inode, size, mtime and dataset path */
    bool strided;           /* MEMORY: elements lie stride[] bytes apart; else in C order */
    int64_t stride[SHARR_MAX_DIMS];
    const int64_t *bound;   /* MEMORY: each node has its part only, see plan/spread.h; NULL: all of it; borrowed */
} source;

/* It lies in C order, in memory or in scratch: its elements are an array of any shape of their number. */
static inline bool source_any_shape(const source *s)
{
    return s->path == SOURCE_SCRATCH || (s->path == SOURCE_MEMORY && !s->strided);
}

#endif
