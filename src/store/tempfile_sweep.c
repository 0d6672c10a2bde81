/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names of temporaries, and removal of those that crashed runs left.  One is stale if
 * its lock can be taken.  Locks need not work between machines (Lustre with
 * localflock), so another machine's must also be untouched for a day.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/hashmap.h"
#include "store/tempfile_impl.h"

enum { FOREIGN_SECONDS = 24 * 3600 };

int tempfile_split(const char *target, char prefix[TEMPFILE_PREFIX])
{
    const char *base = strrchr(target, '/');
    base = base ? base + 1 : target;
    const size_t len = strlen(base);
    if (len <= TEMPFILE_BASE)
        snprintf(prefix, TEMPFILE_PREFIX, ".%s.sharr-", base);
    else
        snprintf(prefix, TEMPFILE_PREFIX, ".%.*s~%016" PRIx64 ".sharr-", TEMPFILE_BASE - 17, base,
                 hash_bytes(base, len, 0));
    return (int)(base - target);
}

uint32_t tempfile_host(void)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) < 0)
        name[0] = '\0';
    return (uint32_t)hash_bytes(name, strlen(name), 0);
}

static const char *skip_hex(const char *s, int n)
{
    for (; n > 0; n--, s++)
        if (!isdigit((unsigned char)*s) && (*s < 'a' || *s > 'f'))
            return NULL;
    return s;
}

/* Is it exactly what new_name() makes, and by which machine? */
static bool is_temporary(const char *name, const char *prefix, uint32_t *host)
{
    const size_t len = strlen(prefix);
    if (strncmp(name, prefix, len) != 0)
        return false;
    const char *s = skip_hex(name + len, 8);
    if (!s || *s++ != '-' || !isdigit((unsigned char)*s))
        return false;
    while (isdigit((unsigned char)*s))
        s++;
    if (*s++ != '-' || !(s = skip_hex(s, 8)) || strcmp(s, ".tmp") != 0)
        return false;
    return sscanf(name + len, "%8" SCNx32, host) == 1;
}

static bool is_stale(int dir, const char *name, int fd, uint32_t host)
{
    struct stat by_fd, by_name;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return false;
    if (fstat(fd, &by_fd) < 0 || fstatat(dir, name, &by_name, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    if (!S_ISREG(by_fd.st_mode) || by_fd.st_ino != by_name.st_ino || by_fd.st_dev != by_name.st_dev)
        return false;
    return host == tempfile_host() || time(NULL) - by_fd.st_mtime > FOREIGN_SECONDS;
}

/* The lock is held until after the unlink. */
static bool sweep_one(int dir, const char *name, uint32_t host)
{
    int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool gone = is_stale(dir, name, fd, host) && unlinkat(dir, name, 0) == 0;
    close(fd);
    return gone;
}

int tempfile_sweep(const char *target, const logger *log)
{
    char prefix[TEMPFILE_PREFIX], path[PATH_MAX];
    const int len = tempfile_split(target, prefix);
    int swept = 0;
    snprintf(path, sizeof path, "%.*s.", len, target);
    DIR *d = opendir(path);
    if (!d)
        return 0;
    for (struct dirent *e; (e = readdir(d));) {
        uint32_t host;
        if (!is_temporary(e->d_name, prefix, &host) || !sweep_one(dirfd(d), e->d_name, host))
            continue;
        swept++;
        log_msg(log, LOG_INFO, "removed %.*s%s, left by a run that crashed", len, target, e->d_name);
    }
    closedir(d);
    return swept;
}
