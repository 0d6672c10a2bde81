/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Identity of files by stat.
 */
#include "store/filestamp.h"

#include <errno.h>
#include <string.h>

#include "base/hashmap.h"

filestamp filestamp_of(const struct stat *st)
{
    return (filestamp){(int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size, st->st_mtim.tv_sec,
                       st->st_mtim.tv_nsec};
}

bool filestamp_same_file(const filestamp *a, const filestamp *b)
{
    return a->dev == b->dev && a->ino == b->ino;
}

uint64_t filestamp_hash(const filestamp *s, uint64_t seed)
{
    return hash_bytes(s, sizeof *s, seed);
}

int filestamp_check(const filestamp *s, const char *path, sharr_error *err)
{
    struct stat st;
    int status = SHARR_OK;
    if (stat(path, &st) < 0) {
        status = err_errno(err, errno, "%s: the input vanished while it was read", path);
    } else {
        filestamp now = filestamp_of(&st);
        if (memcmp(&now, s, sizeof now) != 0)
            status = err_set(err, SHARR_EDATA, "%s: the input changed while it was read", path);
    }
    if (status)
        err_file(err, path);
    return status;
}
