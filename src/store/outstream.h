/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One rank's bytes on their way to a large file: positional writes from any thread, with the page
 * cache kept in bounds.  What was written is sent to the disk soon: the sync at the end finds little to do.
 */
#ifndef STORE_OUTSTREAM_H
#define STORE_OUTSTREAM_H

#include <stdbool.h>

#include "store/rawio.h"

typedef struct outstream outstream;

enum { OUTSTREAM_PAGE = 4096, OUTSTREAM_DIRECT_MIN = 64 * 1024 };

enum outstream_cache {
    OUTSTREAM_KEEP,                 /* what was written stays cached */
    OUTSTREAM_DROP,                 /* it is dropped when it is on the disk */
    OUTSTREAM_BYPASS                /* it never enters, where O_DIRECT can do it; else DROP */
};

/* On a duplicate of `fd`; `name` is borrowed. */
outstream *outstream_new(int fd, const char *name, enum outstream_cache cache, sharr_error *err);
void outstream_free(outstream *s);
bool outstream_direct(const outstream *s);          /* O_DIRECT is used where possible */
/* [worker] */
int outstream_write(outstream *s, const void *data, size_t bytes, uint64_t at, sharr_error *err);
/* [worker] These bytes are written, here or through another descriptor: send what the cache has of them on its way. */
void outstream_landed(outstream *s, uint64_t at, size_t bytes);
/* fsync; also fails for what an earlier wait found to be lost. */
int outstream_sync(outstream *s, sharr_error *err);

#endif
