/* SPDX-License-Identifier: BSD-3-Clause
 *
 * zlib streams (HDF5's filter 1) by libdeflate.  A codec belongs to one thread; its contexts are made when
 * first needed and kept.
 */
#ifndef STORE_DEFLATE_CODEC_H
#define STORE_DEFLATE_CODEC_H

#include <stddef.h>

typedef struct deflate_codec { void *reader, *writer; int level; } deflate_codec;   /* {0} initialises */

void deflate_codec_fini(deflate_codec *c);
/* NULL, or why not.  At most `cap` bytes come out, *out of them. */
const char *deflate_decode(deflate_codec *c, const void *src, size_t n, void *dst, size_t cap, size_t *out);
const char *deflate_encode(deflate_codec *c, int level, const void *src, size_t n, void *dst, size_t cap,
                           size_t *out);
size_t deflate_bound(size_t n);
size_t deflate_reader_memusage(void);
size_t deflate_writer_memusage(int level);

#endif
