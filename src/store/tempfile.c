/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Life of the temporary: create, lock, commit, discard.  What is swept and how a
 * target is judged and copied is in tempfile_sweep.c and tempfile_target.c.
 *
 * The name is unlinked or renamed only while the lock is held, and a temporary
 * counts as ours only if, locked, it still has its name: so a sweep of another run
 * can take away neither a fresh file nor a finished one.
 */
#include "store/tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/tempfile_impl.h"

static rawfile said(const tempfile *t, int fd)
{
    return (rawfile){.fd = fd, .name = t->target};
}

/* The mask has no reader of its own, and setting it, even for a moment, would be seen by other
 * threads that create files. */
static mode_t creation_mask(void)
{
    char line[256];
    unsigned mask = 077;
    FILE *f = fopen("/proc/self/status", "re");
    if (!f)
        return (mode_t)mask;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "Umask: %o", &mask) == 1)
            break;
    fclose(f);
    return (mode_t)mask;
}

static int new_name(tempfile *t, sharr_error *err)
{
    char prefix[TEMPFILE_PREFIX];
    uint32_t r[1];
    if (getrandom(r, sizeof r, GRND_NONBLOCK) != sizeof r)
        r[0] = (uint32_t)getpid() * 2654435761u ^ (uint32_t)(uintptr_t)&t;
    const int dir = tempfile_split(t->target, prefix);
    int n = snprintf(t->name, sizeof t->name, "%.*s%s%08" PRIx32 "-%d-%08" PRIx32 ".tmp", dir, t->target,
                     prefix, tempfile_host(), (int)getpid(), r[0]);
    if (n > 0 && (size_t)n < sizeof t->name)
        return 0;
    t->name[0] = '\0';
    const rawfile f = said(t, -1);
    return rawio_error(&f, ENAMETOOLONG, 0, "create a temporary file beside it", err);
}

/* 1: this file is ours; 0: a sweep was faster, take another name; -1: no locks here, go on without. */
static int take(const tempfile *t)
{
    struct stat by_fd, by_name;
    if (flock(t->fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? 0 : -1;
    return fstat(t->fd, &by_fd) == 0 && lstat(t->name, &by_name) == 0 &&
           by_fd.st_ino == by_name.st_ino && by_fd.st_dev == by_name.st_dev;
}

static int create(tempfile *t, sharr_error *err)
{
    for (int tries = 0; tries < 100; tries++) {
        int status = new_name(t, err);
        if (status)
            return status;
        t->fd = fault_hit("tempfile.create") ? (errno = EIO, -1)
                                             : open(t->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (t->fd >= 0 && take(t) != 0)
            return 0;
        if (t->fd < 0 && errno != EEXIST) {
            t->name[0] = '\0';
            const rawfile f = said(t, -1);
            return rawio_error(&f, errno, 0, "create a temporary file beside it", err);
        }
        if (t->fd >= 0)
            close(t->fd);
        t->fd = -1;
    }
    t->name[0] = '\0';
    return err_set(err, SHARR_EIO, "%s: no temporary name is free beside it", t->target);
}

int tempfile_create(tempfile *t, const char *target, enum tempfile_policy policy, const logger *log,
                    sharr_error *err)
{
    *t = (tempfile){.fd = -1, .policy = policy};
    int status = tempfile_check_target(t, target, err);
    if (status)
        return status;
    tempfile_sweep(t->target, log);
    status = create(t, err);
    if (!status && policy == TEMPFILE_APPEND && t->existed)
        status = tempfile_copy_target(t, log, err);
    if (status)
        tempfile_discard(t);
    return status;
}

int tempfile_scratch(tempfile *t, const char *dir, bool alone, sharr_error *err)
{
    const rawfile f = {.fd = -1, .name = dir};
    char real[PATH_MAX];
    *t = (tempfile){.fd = -1, .policy = TEMPFILE_NEW};
    if (!realpath(dir[0] ? dir : ".", real))
        return rawio_error(&f, errno, 0, "use it as the scratch directory", err);
    int n = snprintf(t->target, sizeof t->target, "%s/scratch", strcmp(real, "/") ? real : "");
    if (n < 0 || (size_t)n >= sizeof t->target)
        return rawio_error(&f, ENAMETOOLONG, 0, "use it as the scratch directory", err);
    if (alone && !fault_hit("tempfile.nameless"))
        t->fd = open(real, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    return t->fd >= 0 ? 0 : create(t, err);
}

/* In one step, and never over a file that appeared meanwhile. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
        return -1;
    if (link(from, to) < 0)         /* as strict, where the file system has links */
        return -1;
    unlink(from);
    return 0;
}

static int put_in_place(tempfile *t, sharr_error *err)
{
    const rawfile f = said(t, t->fd);
    int rc;
    if (fault_hit("tempfile.rename")) {
        errno = EIO;
        rc = -1;
    } else if (t->policy == TEMPFILE_REPLACE || (t->policy == TEMPFILE_APPEND && t->existed)) {
        int status = tempfile_unchanged(t, err);
        if (status)
            return status;
        rc = rename(t->name, t->target);
    } else {
        rc = rename_new(t->name, t->target);
    }
    if (rc == 0)
        return 0;
    if (errno == EEXIST) {
        err_set(err, SHARR_EEXIST, "%s: a file of this name appeared while it was being written", t->target);
        return err_file(err, t->target);
    }
    return rawio_error(&f, errno, 0, "rename the complete temporary to it", err);
}

static int sync_directory(const tempfile *t, sharr_error *err)
{
    char dir[PATH_MAX];
    memcpy(dir, t->target, sizeof dir);
    char *slash = strrchr(dir, '/');
    slash[slash == dir] = '\0';
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Not every file system syncs directories, and not every user may read one: the name is there. */
    int rc = fd < 0 ? 0 : fsync(fd);
    int errnum = rc < 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT) ? errno : 0;
    if (fd >= 0)
        close(fd);
    const rawfile f = said(t, -1);
    return errnum ? rawio_error(&f, errnum, 0, "sync its directory", err) : 0;
}

int tempfile_commit(tempfile *t, sharr_error *err)
{
    const rawfile f = said(t, t->fd);
    if (fault_hit("tempfile.sync") ? (errno = EIO, true) : fsync(t->fd) < 0 && errno != EINVAL)
        return rawio_error(&f, errno, 0, "sync", err);
    if (fchmod(t->fd, 0666 & ~creation_mask()) < 0 && errno != EPERM && errno != ENOTSUP)
        return rawio_error(&f, errno, 0, "set the permissions", err);
    flock(t->fd, LOCK_SH);      /* under its name others may read it at once; a sweep still keeps away */
    int status = put_in_place(t, err);
    if (status)
        return status;
    t->name[0] = '\0';
    status = sync_directory(t, err);
    flock(t->fd, LOCK_UN);      /* a copy of the descriptor may live longer, and other ranks open the file at once */
    close(t->fd);
    t->fd = -1;
    return status;
}

void tempfile_discard(tempfile *t)
{
    if (t->name[0]) {
        /* Somebody else may still have it open: what it takes on the disk is free at once all the same. */
        int rc = ftruncate(t->fd, 0);
        (void)rc;
        unlink(t->name);
    }
    t->name[0] = '\0';
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}
