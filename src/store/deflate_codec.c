/* SPDX-License-Identifier: BSD-3-Clause
 *
 * zlib streams by libdeflate: two to five times zlib's speed, whole buffers only.
 */
#include "store/deflate_codec.h"

#include <libdeflate.h>

void deflate_codec_fini(deflate_codec *c)
{
    if (c->reader)
        libdeflate_free_decompressor(c->reader);
    if (c->writer)
        libdeflate_free_compressor(c->writer);
    *c = (deflate_codec){0};
}

const char *deflate_decode(deflate_codec *c, const void *src, size_t n, void *dst, size_t cap, size_t *out)
{
    if (!c->reader)
        c->reader = libdeflate_alloc_decompressor();
    if (!c->reader)
        return "out of memory";
    switch (libdeflate_zlib_decompress(c->reader, src, n, dst, cap, out)) {
    case LIBDEFLATE_SUCCESS: return NULL;
    case LIBDEFLATE_INSUFFICIENT_SPACE: return "the stream holds more bytes than the chunk";
    default: return "the stream is damaged";
    }
}

static const char *writer_for(deflate_codec *c, int level)
{
    if (c->writer && c->level == level)
        return NULL;
    if (c->writer)
        libdeflate_free_compressor(c->writer);
    c->writer = libdeflate_alloc_compressor(level);
    c->level = level;
    return c->writer ? NULL : "out of memory";
}

const char *deflate_encode(deflate_codec *c, int level, const void *src, size_t n, void *dst, size_t cap,
                           size_t *out)
{
    const char *why = writer_for(c, level);
    if (why)
        return why;
    *out = libdeflate_zlib_compress(c->writer, src, n, dst, cap);
    return *out > 0 ? NULL : "the frame does not fit its buffer";
}

size_t deflate_bound(size_t n)
{
    return libdeflate_zlib_compress_bound(NULL, n);
}

size_t deflate_reader_memusage(void)
{
    return 16 << 10;                /* its decoding tables */
}

/* Not told by the library.  Measured with release 1.14, rounded up. */
size_t deflate_writer_memusage(int level)
{
    static const struct { int level; size_t bytes; } table[] = {{1, 256 << 10}, {9, 720 << 10}, {12, 9 << 20}};
    int i = 0;
    while (i < 2 && level > table[i].level)
        i++;
    return table[i].bytes;
}
