/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See rawio.h.  The one place where errno of an output becomes a sentence.
 */
#include "store/rawio.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/units.h"

int64_t rawio_free(int fd)
{
    struct statvfs v;
    /* No blocks at all: the file system does not count them (ramfs, tmpfs without a limit). */
    if (fd < 0 || fstatvfs(fd, &v) < 0 || v.f_blocks == 0)
        return -1;
    return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

/* What every error here ends with. */
static int noted(const rawfile *f, int errnum, sharr_error *err)
{
    err_os(err, errnum);
    return err_file(err, f->name);
}

static int disk_full(const rawfile *f, int errnum, int64_t missing, sharr_error *err)
{
    char need[UNITS_TEXT], have[UNITS_TEXT];
    const int64_t left = rawio_free(f->fd);
    if (errnum == EDQUOT)
        err_set(err, SHARR_EIO, "%s: disk quota exceeded: %s (%" PRId64 " bytes) could not be "
                "written; free some of your quota", f->name, units_print(need, missing), missing);
    else
        err_set(err, SHARR_EIO, "%s: disk full: %s (%" PRId64 " bytes) could not be written, %s free; "
                "make room or write elsewhere", f->name, units_print(need, missing), missing,
                left < 0 ? "unknown" : units_print(have, left));
    noted(f, errnum, err);
    return SHARR_EIO;
}

int rawio_error(const rawfile *f, int errnum, int64_t missing, const char *what, sharr_error *err)
{
    if (errnum == ENOSPC || errnum == EDQUOT)
        return disk_full(f, errnum, missing, err);
    int status = err_errno(err, errnum, "%s: cannot %s", f->name, what);
    if (errnum == ENOENT || errnum == ENOTDIR || errnum == EROFS)
        status = errnum == EROFS ? SHARR_EPERM : SHARR_EIO;
    if (err)
        err->status = status;
    noted(f, errnum, err);
    return status;
}

static ssize_t write_some(int fd, const void *p, size_t n, uint64_t at)
{
    if (fault_hit("rawio.write")) {
        errno = ENOSPC;
        return -1;
    }
    if (fault_hit("rawio.short") && n > 1)
        n /= 2;
    return pwrite(fd, p, n, (off_t)at);
}

int rawio_write(const rawfile *f, const void *data, size_t bytes, uint64_t at, sharr_error *err)
{
    const char *p = data;
    while (bytes > 0) {
        ssize_t n = write_some(f->fd, p, bytes, at);
        if (n < 0 && errno == EINTR)
            continue;
        /* Nothing written and no reason given: POSIX leaves it open; going on could loop for ever. */
        if (n <= 0)
            return rawio_error(f, n < 0 ? errno : EIO, (int64_t)bytes, "write", err);
        p += n;
        at += (uint64_t)n;
        bytes -= (size_t)n;
    }
    return 0;
}

int rawio_read(const rawfile *f, void *data, size_t bytes, uint64_t at, sharr_error *err)
{
    char *p = data;
    while (bytes > 0) {
        ssize_t n = fault_hit("rawio.read") ? (errno = EIO, -1) : pread(f->fd, p, bytes, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rawio_error(f, errno, 0, "read", err);
        if (n == 0) {
            err_set(err, SHARR_EIO, "%s: the file ends %zu bytes too early at %" PRIu64, f->name, bytes, at);
            noted(f, 0, err);
            return SHARR_EIO;
        }
        p += n;
        at += (uint64_t)n;
        bytes -= (size_t)n;
    }
    return 0;
}

static int too_small(const rawfile *f, int64_t need, int64_t have, sharr_error *err)
{
    char a[UNITS_TEXT], b[UNITS_TEXT];
    const int64_t left = have < 0 ? 0 : have;
    err_set(err, SHARR_EIO, "%s: disk full: %s needed, %s free: %" PRId64 " bytes are missing; "
            "make room or write elsewhere", f->name, units_print(a, need), units_print(b, left),
            need > left ? need - left : need);
    noted(f, ENOSPC, err);
    return SHARR_EIO;
}

int rawio_reserve(const rawfile *f, int64_t at, int64_t bytes, sharr_error *err)
{
    if (bytes <= 0)
        return 0;
    /* Asked first: a file system in memory would fill itself up before it says no. */
    const int64_t left = rawio_free(f->fd);
    if (left >= 0 && left < bytes)
        return too_small(f, bytes, left, err);
    while (fallocate(f->fd, FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)bytes) < 0) {
        if (errno == EINTR)
            continue;
        if (errno == ENOSPC || errno == EDQUOT)
            return errno == ENOSPC ? too_small(f, bytes, left, err) : disk_full(f, errno, bytes, err);
        break;                      /* cannot reserve here: the writes will tell */
    }
    return 0;
}
