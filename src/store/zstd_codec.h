/* SPDX-License-Identifier: BSD-3-Clause
 *
 * zstd frames.  A codec belongs to one thread; its contexts are made when first needed and kept.
 */
#ifndef STORE_ZSTD_CODEC_H
#define STORE_ZSTD_CODEC_H

#include <stddef.h>

typedef struct zstd_codec { void *reader, *writer; } zstd_codec;   /* {0} initialises */

void zstd_codec_fini(zstd_codec *c);
/* NULL, or why not.  At most `cap` bytes come out, *out of them. */
const char *zstd_decode(zstd_codec *c, const void *src, size_t n, void *dst, size_t cap, size_t *out);
/* The frame carries its content size and the checksum. */
const char *zstd_encode(zstd_codec *c, int level, const void *src, size_t n, void *dst, size_t cap, size_t *out);
size_t zstd_bound(size_t n);
size_t zstd_reader_memusage(void);
size_t zstd_writer_memusage(int level, size_t n);  /* for inputs of n bytes */

#endif
