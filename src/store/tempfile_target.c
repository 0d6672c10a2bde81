/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The target: may it be written, and, for appending, a copy of what it holds.
 * Symbolic links are followed, so that the file behind a link is replaced and not
 * the link; devices, pipes and directories never are.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/units.h"
#include "store/tempfile_impl.h"

enum { COPY_BUFFER = 1 << 20 };

/* What cannot be a target, with the errno of trying it. */
static int refuse(const char *target, int status, int errnum, const char *why, sharr_error *err)
{
    err_set(err, status, "%s: %s", target, why);
    err_os(err, errnum);
    err_file(err, target);
    return status;
}

/* DIR/BASE of a file that is not there yet, with DIR resolved. */
static int resolve_new(tempfile *t, const char *target, sharr_error *err)
{
    char dir[PATH_MAX], real[PATH_MAX];
    const char *slash = strrchr(target, '/');
    const char *base = slash ? slash + 1 : target;
    const size_t len = slash ? (size_t)(slash - target) : 0;
    const rawfile f = {.fd = -1, .name = target};
    if (base[0] == '\0')
        return refuse(target, SHARR_EIO, EISDIR, "names no file", err);
    if (len >= sizeof dir || strlen(base) > NAME_MAX)
        return rawio_error(&f, ENAMETOOLONG, 0, "write it", err);
    snprintf(dir, sizeof dir, "%.*s", (int)len, target);
    if (!realpath(!slash ? "." : len ? dir : "/", real))
        return rawio_error(&f, errno, 0, "write into its directory", err);
    int n = snprintf(t->target, sizeof t->target, "%s/%s", strcmp(real, "/") ? real : "", base);
    return n > 0 && (size_t)n < sizeof t->target ? 0 : rawio_error(&f, ENAMETOOLONG, 0, "write it", err);
}

static int resolve_old(tempfile *t, const char *target, sharr_error *err)
{
    const rawfile f = {.fd = -1, .name = target};
    if (!realpath(target, t->target)) {
        if (errno == ENOENT)
            return refuse(target, SHARR_EIO, ENOENT, "a symbolic link to a file that is not there", err);
        return rawio_error(&f, errno, 0, "write it", err);
    }
    if (stat(t->target, &t->before) < 0)
        return rawio_error(&f, errno, 0, "write it", err);
    t->existed = true;
    if (S_ISDIR(t->before.st_mode))
        return refuse(target, SHARR_EEXIST, EISDIR, "is a directory: name a file in it", err);
    if (!S_ISREG(t->before.st_mode))
        return refuse(target, SHARR_EEXIST, EEXIST, "exists and is no regular file", err);
    if (t->policy == TEMPFILE_NEW)
        return refuse(target, SHARR_EEXIST, EEXIST, "exists already: choose another name, or have it replaced "
                      "(--overwrite, overwrite=True) or added to (--append)", err);
    if (access(t->target, W_OK) < 0)
        return rawio_error(&f, errno, 0, "write it", err);
    return 0;
}

int tempfile_check_target(tempfile *t, const char *target, sharr_error *err)
{
    struct stat st;
    if (target[0] == '\0') {
        err_set(err, SHARR_EIO, "the name of the output is empty");
        err_os(err, ENOENT);
        return SHARR_EIO;
    }
    if (lstat(target, &st) == 0)
        return resolve_old(t, target, err);
    if (errno != ENOENT) {
        const rawfile f = {.fd = -1, .name = target};
        return rawio_error(&f, errno, 0, "write it", err);
    }
    return resolve_new(t, target, err);
}

/* From one hole to the next.  The kernel copies if it can. */
static int copy_extent(const tempfile *t, int from, off_t at, off_t end, sharr_error *err)
{
    const rawfile in = {.fd = from, .name = t->target}, out = {.fd = t->fd, .name = t->target};
    while (at < end) {
        off_t a = at, b = at;
        ssize_t n = copy_file_range(from, &a, t->fd, &b, (size_t)(end - at), 0);
        if (n > 0)
            at += n;
        else if (n < 0 && (errno == ENOSPC || errno == EDQUOT))
            return rawio_error(&out, errno, end - at, "copy", err);
        else if (n == 0 || errno != EINTR)
            break;
    }
    char *buf = at < end ? malloc(COPY_BUFFER) : NULL;
    if (at < end && !buf)
        return err_nomem(err, "a copy", COPY_BUFFER);
    int status = 0;
    for (; at < end && !status; at += COPY_BUFFER) {
        const size_t n = (size_t)(end - at < COPY_BUFFER ? end - at : COPY_BUFFER);
        status = rawio_read(&in, buf, n, (uint64_t)at, err);
        if (!status)
            status = rawio_write(&out, buf, n, (uint64_t)at, err);
    }
    free(buf);
    return status;
}

static int copy_bytes(const tempfile *t, int from, sharr_error *err)
{
    const rawfile out = {.fd = t->fd, .name = t->target};
    const off_t size = t->before.st_size;
    int status = 0;
    for (off_t at = 0; at < size && !status;) {
        off_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            break;                  /* a hole up to the end */
        off_t hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
        if (data < 0 || hole < 0)
            data = at, hole = size;
        hole = hole < size ? hole : size;
        status = copy_extent(t, from, data, hole, err);
        at = hole;
    }
    if (!status && ftruncate(t->fd, size) < 0)
        status = rawio_error(&out, errno, size, "copy", err);
    return status;
}

int tempfile_copy_target(tempfile *t, const logger *log, sharr_error *err)
{
    const rawfile f = {.fd = -1, .name = t->target};
    char size[UNITS_TEXT];
    int from = open(t->target, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (from < 0)
        return rawio_error(&f, errno, 0, "read it", err);
    int status = 0;
    if (flock(from, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        status = refuse(t->target, SHARR_EIO, EWOULDBLOCK, "is locked: another process is writing it", err);
    else if (fstat(from, &t->before) < 0)
        status = rawio_error(&f, errno, 0, "read it", err);
    else if (ioctl(t->fd, FICLONE, from) == 0)
        log_msg(log, LOG_INFO, "%s: %s shared with the new file, nothing copied", t->target,
                units_print(size, t->before.st_size));
    else {
        log_msg(log, LOG_INFO, "%s: copying %s in order to append", t->target,
                units_print(size, t->before.st_size));
        status = copy_bytes(t, from, err);
    }
    close(from);
    return status;
}

int tempfile_unchanged(const tempfile *t, sharr_error *err)
{
    struct stat now;
    if (t->policy != TEMPFILE_APPEND)
        return 0;
    if (stat(t->target, &now) == 0 && now.st_ino == t->before.st_ino && now.st_size == t->before.st_size &&
        now.st_mtim.tv_sec == t->before.st_mtim.tv_sec && now.st_mtim.tv_nsec == t->before.st_mtim.tv_nsec)
        return 0;
    return refuse(t->target, SHARR_EDATA, 0, "was changed by somebody else while it was being appended to", err);
}
