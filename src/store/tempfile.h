/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The temporary beside a target: made, locked, renamed when complete.  The lock (flock on the
 * creator's descriptor, kept until after the rename) is how a later run tells a crashed run's
 * temporary from one in use.  Only one process (rank 0) has a tempfile; the others open its name.
 */
#ifndef STORE_TEMPFILE_H
#define STORE_TEMPFILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/log.h"
#include "store/rawio.h"

enum tempfile_policy {
    TEMPFILE_NEW,                   /* an existing target is SHARR_EEXIST */
    TEMPFILE_REPLACE,               /* the target is replaced at the end */
    TEMPFILE_APPEND                 /* starts as a copy of the target, if there is one */
};

typedef struct tempfile {
    int fd;                         /* read and write, holds the lock; -1: none */
    enum tempfile_policy policy;
    bool existed;                   /* the target was there; `before` says what it was */
    struct stat before;
    char target[PATH_MAX];          /* absolute, symbolic links resolved */
    char name[PATH_MAX];            /* of the temporary; "" none */
} tempfile;

/* Checks the target, sweeps stale temporaries of it, creates a new one (0600).  73 exists or is no regular file,
 * 77 no permission, 74 anything else.  With APPEND the copy is made and its cost logged. */
int tempfile_create(tempfile *t, const char *target, enum tempfile_policy policy, const logger *log,
                    sharr_error *err);
/* A file in `dir` that is never to be renamed nor synced, for scratch.  alone: nobody else opens it, so that it has no
 * name from the start, where the file system can do that. */
int tempfile_scratch(tempfile *t, const char *dir, bool alone, sharr_error *err);
/* fsync, permissions as the umask says, rename, fsync of the directory, unlock.  When it fails the temporary is
 * still there: discard it. */
int tempfile_commit(tempfile *t, sharr_error *err);
void tempfile_discard(tempfile *t); /* unlink and close; fine after a commit or without a file */

/* Remove temporaries of this target (of a tempfile: t->target) that nobody holds; returns how many. */
int tempfile_sweep(const char *target, const logger *log);

#endif
