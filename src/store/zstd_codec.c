/* SPDX-License-Identifier: BSD-3-Clause
 *
 * zstd frames by libzstd.
 */
#define ZSTD_STATIC_LINKING_ONLY    /* the estimates of memory */
#include "store/zstd_codec.h"

#include <zstd.h>
#include <zstd_errors.h>

void zstd_codec_fini(zstd_codec *c)
{
    ZSTD_freeDCtx(c->reader);
    ZSTD_freeCCtx(c->writer);
    *c = (zstd_codec){0};
}

const char *zstd_decode(zstd_codec *c, const void *src, size_t n, void *dst, size_t cap, size_t *out)
{
    if (!c->reader)
        c->reader = ZSTD_createDCtx();
    if (!c->reader)
        return "out of memory";
    size_t got = ZSTD_decompressDCtx(c->reader, dst, cap, src, n);
    if (!ZSTD_isError(got)) {
        *out = got;
        return NULL;
    }
    switch (ZSTD_getErrorCode(got)) {
    case ZSTD_error_checksum_wrong: return "its checksum does not match";
    case ZSTD_error_dstSize_tooSmall: return "the frame holds more bytes than the chunk";
    case ZSTD_error_srcSize_wrong: return "the frame ends early";
    default: return "the frame is damaged";
    }
}

const char *zstd_encode(zstd_codec *c, int level, const void *src, size_t n, void *dst, size_t cap, size_t *out)
{
    if (!c->writer)
        c->writer = ZSTD_createCCtx();
    if (!c->writer)
        return "out of memory";
    ZSTD_CCtx_setParameter(c->writer, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(c->writer, ZSTD_c_checksumFlag, 1);
    size_t got = ZSTD_compress2(c->writer, dst, cap, src, n);
    if (ZSTD_isError(got))
        return ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation ? "out of memory"
                                                                        : "the frame does not fit its buffer";
    *out = got;
    return NULL;
}

size_t zstd_bound(size_t n)
{
    return ZSTD_compressBound(n);
}

size_t zstd_reader_memusage(void)
{
    return ZSTD_estimateDCtxSize();
}

size_t zstd_writer_memusage(int level, size_t n)
{
    return ZSTD_estimateCCtxSize_usingCParams(ZSTD_getCParams(level, n, 0));
}
