/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See outstream.h.  Written bytes are gathered to windows; whoever completes one starts its way to
 * the disk and, when dropping, waits for the one before.  So at most two windows
 * are dirty, and the wait is for what had a whole window's time.
 */
#include "store/outstream.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fault.h"

enum { WINDOW = 32 << 20 };

typedef struct span { int64_t lo, hi, bytes; } span;

struct outstream {
    rawfile file;
    _Atomic int direct_fd;          /* -1: not wanted, or the file system has no O_DIRECT */
    bool drop;
    _Atomic int lost;               /* errno of a page that could not be written; 0: none */
    pthread_mutex_t lock;           /* of the spans */
    span now, before;
};

static int open_direct(int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
}

outstream *outstream_new(int fd, const char *name, enum outstream_cache cache, sharr_error *err)
{
    outstream *s = calloc(1, sizeof *s);
    if (!s) {
        err_nomem(err, "an output stream", sizeof *s);
        return NULL;
    }
    s->file.name = name;
    s->file.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (s->file.fd < 0) {
        err_errno(err, errno, "%s: cannot duplicate a descriptor", name);
        free(s);
        return NULL;
    }
    s->drop = cache != OUTSTREAM_KEEP;
    atomic_init(&s->direct_fd, cache == OUTSTREAM_BYPASS ? open_direct(fd) : -1);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

void outstream_free(outstream *s)
{
    if (!s)
        return;
    const int direct = atomic_load(&s->direct_fd);
    if (direct >= 0)
        close(direct);
    close(s->file.fd);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

bool outstream_direct(const outstream *s)
{
    return atomic_load(&s->direct_fd) >= 0;
}

/* Waiting takes the report of a page that could not be written away from the sync that comes later. */
static void note_lost(outstream *s, int rc)
{
    const int errnum = rc < 0 ? errno : 0;
    if (errnum == EIO || errnum == ENOSPC || errnum == EDQUOT)
        atomic_store(&s->lost, errnum);
}

static int wait_range(const outstream *s, int64_t lo, int64_t n)
{
    if (fault_hit("outstream.wait")) {
        errno = EIO;
        return -1;
    }
    return sync_file_range(s->file.fd, lo, n,
                           SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

static void flush(outstream *s, const span *now, const span *before)
{
    note_lost(s, sync_file_range(s->file.fd, now->lo, now->hi - now->lo, SYNC_FILE_RANGE_WRITE));
    if (!s->drop || before->bytes == 0)
        return;
    const int64_t n = before->hi - before->lo;
    note_lost(s, wait_range(s, before->lo, n));
    posix_fadvise(s->file.fd, before->lo, n, POSIX_FADV_DONTNEED);
}

void outstream_landed(outstream *s, uint64_t at, size_t bytes)
{
    span full = {0}, before = {0};
    pthread_mutex_lock(&s->lock);
    span *w = &s->now;
    w->lo = w->bytes ? min_i64(w->lo, (int64_t)at) : (int64_t)at;
    w->hi = max_i64(w->hi, (int64_t)(at + bytes));
    w->bytes += (int64_t)bytes;
    if (w->bytes >= WINDOW) {
        full = *w;
        before = s->before;
        s->before = full;
        *w = (span){0};
    }
    pthread_mutex_unlock(&s->lock);
    if (full.bytes)
        flush(s, &full, &before);
}

/* Bytes that went past the cache, a whole number of pages from the start; the rest is for the caller. */
static size_t write_direct(outstream *s, const void *data, size_t bytes, uint64_t at)
{
    const int fd = atomic_load(&s->direct_fd);
    if (fd < 0 || bytes < OUTSTREAM_DIRECT_MIN || at % OUTSTREAM_PAGE || (uintptr_t)data % OUTSTREAM_PAGE)
        return 0;
    const size_t whole = bytes - bytes % OUTSTREAM_PAGE;
    size_t done = 0;
    while (done < whole) {
        if (fault_hit("outstream.direct"))
            break;
        ssize_t n = pwrite(fd, (const char *)data + done, whole - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || n % OUTSTREAM_PAGE)
            break;                  /* the other way goes on, and knows the reason if there is one */
        done += (size_t)n;
    }
    return done;
}

int outstream_write(outstream *s, const void *data, size_t bytes, uint64_t at, sharr_error *err)
{
    const size_t done = write_direct(s, data, bytes, at);
    int status = rawio_write(&s->file, (const char *)data + done, bytes - done, at + done, err);
    /* All of it: the ends of frames are pages in the cache, too few to complete a window by themselves, and
     * too many to be left to the sync (2,000 frames: 0.04 s). */
    if (!status)
        outstream_landed(s, at, bytes);
    return status;
}

int outstream_sync(outstream *s, sharr_error *err)
{
    int rc;
    do
        rc = fault_hit("outstream.sync") ? (errno = EIO, -1) : fsync(s->file.fd);
    while (rc < 0 && errno == EINTR);
    int errnum = rc < 0 && errno != EINVAL ? errno : atomic_load(&s->lost);
    return errnum ? rawio_error(&s->file, errnum, 0, "sync", err) : 0;
}
