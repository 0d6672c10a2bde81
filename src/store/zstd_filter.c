/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The zstd filter of HDF5, number 32015, as other implementations write it: one zstd frame per chunk
 * that carries its content size; the only parameter is the level (default 3).  Frames carry the checksum, so
 * that any reader notices damage.  Calls no function of HDF5: the plugin built from this file works with any build
 * of the library.
 */
#include "store/zstd_filter.h"

#include <stdlib.h>

#include <hdf5.h>
#include <zstd.h>

enum { FILTER_ZSTD = 32015, DEFAULT_LEVEL = 3 };

/* A frame may lack its content size; then the buffer grows.  Larger than any chunk can be: damaged. */
#define MAX_CHUNK ((size_t)UINT32_MAX)

static size_t capacity_of(const void *src, size_t n, size_t hint)
{
    unsigned long long size = ZSTD_getFrameContentSize(src, n);
    if (size == ZSTD_CONTENTSIZE_ERROR || (size != ZSTD_CONTENTSIZE_UNKNOWN && size > MAX_CHUNK))
        return 0;
    if (size != ZSTD_CONTENTSIZE_UNKNOWN)
        return size > 0 ? (size_t)size : 1;
    return hint > n ? hint : 4 * n;
}

static size_t decode(size_t nbytes, size_t *buf_size, void **buf)
{
    size_t cap = capacity_of(*buf, nbytes, *buf_size), out;
    while (cap > 0 && cap <= MAX_CHUNK) {
        void *p = malloc(cap);
        if (!p)
            return 0;
        out = ZSTD_decompress(p, cap, *buf, nbytes);
        if (!ZSTD_isError(out)) {
            free(*buf);
            *buf = p;
            *buf_size = cap;
            return out;
        }
        free(p);
        if (ZSTD_getFrameContentSize(*buf, nbytes) != ZSTD_CONTENTSIZE_UNKNOWN)
            return 0;
        cap *= 2;
    }
    return 0;
}

static size_t compress_into(void *dst, size_t cap, const void *src, size_t n, int level)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    size_t out = 0;
    if (!c)
        return 0;
    ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    out = ZSTD_compress2(c, dst, cap, src, n);
    ZSTD_freeCCtx(c);
    return ZSTD_isError(out) ? 0 : out;
}

static size_t encode(size_t nbytes, size_t *buf_size, void **buf, int level)
{
    size_t cap = ZSTD_compressBound(nbytes), out;
    void *p = malloc(cap);
    if (!p)
        return 0;
    out = compress_into(p, cap, *buf, nbytes, level);
    if (out == 0) {
        free(p);
        return 0;
    }
    free(*buf);
    *buf = p;
    *buf_size = cap;
    return out;
}

/* The contract of H5Z_func_t: 0 is failure, and then the buffer is as it was. */
static size_t zstd_filter(unsigned flags, size_t cd_nelmts, const unsigned cd_values[], size_t nbytes,
                          size_t *buf_size, void **buf)
{
    if (flags & H5Z_FLAG_REVERSE)
        return decode(nbytes, buf_size, buf);
    return encode(nbytes, buf_size, buf, cd_nelmts > 0 ? (int)cd_values[0] : DEFAULT_LEVEL);
}

static const H5Z_class2_t filter_class = {
    .version = H5Z_CLASS_T_VERS,
    .id = FILTER_ZSTD,
    .encoder_present = 1,
    .decoder_present = 1,
    .name = "zstd",
    .filter = zstd_filter,
};

const void *zstd_filter_class(void)
{
    return &filter_class;
}
