/* SPDX-License-Identifier: BSD-3-Clause
 *
 * sharr-eval is linked without MPI, because loading it takes longer than most small jobs; ranks are run by
 * sharr-eval-mpi, the same source with MPI and parallel HDF5.  Its place: SHARR_EVAL_MPI, else beside this program,
 * else where it was installed.  Never runs ranks as so many lonely processes.
 */
#include "handover.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/selfpath.h"
#include "dist/comm.h"
#include "fail.h"

#define PROGRAM "sharr-eval-mpi"
#define MARK "SHARR_HANDOVER"           /* the process that handed over */
#define INSTALLED SHARR_PKGLIBEXECDIR "/" PROGRAM

static const char *program_path(char *buf, size_t cap)
{
    const char *path = secure_getenv("SHARR_EVAL_MPI");
    if (path && *path)
        return path;
    return selfpath_beside(PROGRAM, X_OK, buf, cap) ? buf : INSTALLED;
}

/* It would start itself for ever: as itself, or through a script that starts it again (the same process). */
static bool is_this_program(const char *path)
{
    struct stat there, here;
    const char *before = getenv(MARK);
    if (before && strtol(before, NULL, 10) == (long)getpid())
        return true;
    return stat(path, &there) == 0 && stat("/proc/self/exe", &here) == 0 && there.st_dev == here.st_dev &&
           there.st_ino == here.st_ino;
}

int handover(char **argv, bool *report, sharr_error *err)
{
    const comm_launch l = comm_launcher();
    char buf[PATH_MAX];
    if (!l.found)
        return 0;
    const char *path = program_path(buf, sizeof buf);
    const bool own = is_this_program(path);
    if (!own) {
        char pid[24];
        snprintf(pid, sizeof pid, "%ld", (long)getpid());
        setenv(MARK, pid, 1);
        execv(path, argv);
    }
    const int errnum = errno;
    *report = l.first;
    return fail_set(err, SHARR_EUSAGE,
                    "this process was started by %s, but the program for ranks cannot be started: %s: %s; "
                    "it belongs to " INSTALLED " (make install), or SHARR_EVAL_MPI says where it is", l.by, path,
                    own ? "this is the program for one process" : strerror(errnum));
}
