/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Filters of chunks as pure functions on bytes: HDF5's shuffle, deflate, fletcher32
 * and zstd.  Contexts (codec_scratch) belong to one worker and are reused.
 */
#ifndef STORE_CODEC_H
#define STORE_CODEC_H

#include <stdint.h>
#include <stddef.h>

#include "array/dtype.h"
#include "base/err.h"

enum { CODEC_DEFLATE = 1, CODEC_SHUFFLE = 2, CODEC_FLETCHER32 = 3, CODEC_ZSTD = 32015, CODEC_MAX_FILTERS = 8 };

typedef struct codec_filter {
    int id;
    unsigned shuffle_size;          /* bytes of the elements that shuffle takes apart */
    int level;                      /* deflate 0..9 (up to 12 is understood), zstd */
    unsigned swap;                  /* reading only: unshuffle also reverses the bytes of components of this size; 0: no */
} codec_filter;

/* In the order of the HDF5 pipeline (writing order; reading undoes it backwards). */
typedef struct codec_pipeline { int n; codec_filter filter[CODEC_MAX_FILTERS]; } codec_pipeline;

typedef struct codec_scratch codec_scratch;        /* (de)compressor contexts and two work buffers */
codec_scratch *codec_scratch_new(sharr_error *err);
void codec_scratch_free(codec_scratch *s);

/* Bytes a scratch grows to for encoding, or for decoding only, chunks of this size. */
size_t codec_memusage(const codec_pipeline *p, size_t chunk_bytes);
size_t codec_decode_memusage(const codec_pipeline *p, size_t chunk_bytes);

/* Undo the pipeline, but for filters whose bit is set in `mask` (bit i: filter i was skipped).
 * Exactly `chunk_bytes` must come out, else SHARR_EDATA (why: which filter, checksum, sizes).
 * `frame` may be overwritten. */
int codec_decode(const codec_pipeline *p, uint32_t mask, void *frame, size_t frame_bytes,
                 void *chunk, size_t chunk_bytes, codec_scratch *s, sharr_error *err);
/* Apply the pipeline to a chunk (which may be overwritten).  zstd frames carry the checksum. */
size_t codec_bound(const codec_pipeline *p, size_t chunk_bytes);
int codec_encode(const codec_pipeline *p, void *chunk, size_t chunk_bytes,
                 void *frame, size_t cap, size_t *frame_bytes, codec_scratch *s, sharr_error *err);

#endif
