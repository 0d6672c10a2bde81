/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One rank of each node makes a file in memory (memfd_create), the others open it through
 * /proc while that rank holds it open, and all map it.  MPI's own shared windows are not
 * used: they are given back collectively, and arrays go whenever a rank's caller drops them;
 * and they lie in /dev/shm, which containers keep small.
 */
#include "dist/nodemem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/config.h"
#include "base/fault.h"

/* Pages are taken in pieces, so that signals can be served in between. */
enum { PAGE = 4096, PIECE = 32 << 20 };

struct nodemem {
    void *data;
    size_t size;
    int fd;                     /* -1: closed */
};

/* What a rank tells the others: where its file is, and which it is. */
typedef struct offer { int64_t pid, fd, dev, ino; } offer;

static int cannot_share(int code, const char *what, sharr_error *err)
{
    err_errno(err, code, "the ranks of a node cannot share memory: %s", what);
    return err->status = SHARR_EIO;
}

/* `here`: bytes that this node is going to have. */
static int make(int64_t bytes, int64_t here, int *fd, offer *o, sharr_error *err)
{
    struct stat st;
    *fd = fault_hit("nodemem.make") ? (errno = EMFILE, -1) : memfd_create("sharr", MFD_CLOEXEC);
    if (*fd < 0)
        return cannot_share(errno, "memfd_create", err);
    if (here > machine_memory() || ftruncate(*fd, (off_t)bytes) < 0 || fstat(*fd, &st) < 0)
        return err_nomem(err, "an array in memory", (unsigned long long)bytes);
    *o = (offer){ getpid(), *fd, (int64_t)st.st_dev, (int64_t)st.st_ino };
    return 0;
}

/* The number of a process may mean another one here: the file must be the one that is meant. */
static int join(const offer *o, int *fd, sharr_error *err)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%lld/fd/%lld", (long long)o->pid, (long long)o->fd);
    *fd = fault_hit("nodemem.join") ? (errno = EACCES, -1) : open(path, O_RDWR | O_CLOEXEC);
    if (*fd < 0)
        return cannot_share(errno, path, err);
    if (fstat(*fd, &st) < 0 || (int64_t)st.st_dev != o->dev || (int64_t)st.st_ino != o->ino)
        return cannot_share(ESRCH, path, err);
    return 0;
}

static int map(nodemem *m, int fd, sharr_error *err)
{
    void *p = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return err_nomem(err, "an array in memory", m->size);
    m->data = p;
    return 0;
}

/* A store to a page that is not to be had would end the process. */
static int take_pages(int fd, int64_t first, int64_t count, int64_t all, sharr_error *err)
{
    const int64_t end = (first + count) * PAGE;
    for (int64_t at = first * PAGE; at < end; at += PIECE) {
        int rc;
        do
            rc = fault_hit("nodemem.pages") ? (errno = ENOMEM, -1) : fallocate(fd, 0, (off_t)at, (off_t)min_i64(PIECE, end - at));
        while (rc < 0 && errno == EINTR);
        if (rc < 0)
            return err_nomem(err, "an array in memory", (unsigned long long)all);
    }
    return 0;
}

/* This rank's part of the pages. */
static int take_part(const comm *c, int fd, int64_t bytes, const int64_t *bound, sharr_error *err)
{
    if (bound) {
        const int64_t *mine = bound + comm_rank(c), first = mine[0] / PAGE;
        return take_pages(fd, first, mine[0] < mine[1] ? ceil_div(mine[1], PAGE) - first : 0, bytes, err);
    }
    const int64_t pages = bytes / PAGE, n = comm_local_size(c), me = comm_local_rank(c);
    return take_pages(fd, pages / n * me + min_i64(me, pages % n), pages / n + (me < pages % n), bytes, err);
}

/* The offers of all ranks; those of the first ranks of nodes count. */
static int tell_all(comm *c, const offer *mine, offer *all, int64_t *count, sharr_error *err)
{
    for (int r = 0; r < comm_size(c); r++)
        count[r] = sizeof *mine;
    return comm_allgather_all(c, mine, all, count, err);
}

/* Every rank comes through here to the end, whatever went wrong for it. */
static int open_all(comm *c, nodemem *m, int64_t here, int *fd, sharr_error *err)
{
    const size_t n = (size_t)comm_size(c);
    const int me = comm_rank(c), first = comm_node(c, me);
    offer mine = { 0 }, *all = malloc(n * sizeof *all);
    int64_t *count = malloc(n * sizeof *count);
    if (!all || !count)
        err_nomem(err, "a table of the ranks", n * sizeof *all);
    else if (!err->status && me == first)
        make((int64_t)m->size, here, fd, &mine, err);
    if (!comm_agree_all(c, err) && !tell_all(c, &mine, all, count, err) && me != first)
        join(&all[first], fd, err);
    free(all);
    free(count);
    return comm_agree_all(c, err);
}

static int64_t bytes_here(const comm *c, int64_t bytes, const int64_t *bound)
{
    int64_t n = 0;
    for (int r = 0; r < comm_size(c) && bound; r++)
        n += comm_node(c, r) == comm_node(c, comm_rank(c)) ? bound[r + 1] - bound[r] : 0;
    return bound ? n : bytes;
}

static int new_all(comm *c, int64_t bytes, const int64_t *bound, nodemem **out, sharr_error *err)
{
    sharr_error own = { 0 };
    nodemem *m = calloc(1, sizeof *m), lost = { 0 };
    int fd = -1;
    if (!m)
        err_nomem(&own, "an array in memory", sizeof *m);
    else if (bytes > INT64_MAX - PAGE)
        err_nomem(&own, "an array in memory", (unsigned long long)bytes);
    nodemem *use = m ? m : &lost;
    use->size = own.status ? PAGE : (size_t)round_up(max_i64(bytes, 1), PAGE);
    int status = open_all(c, use, bytes_here(c, bytes, bound), &fd, &own);
    if (!status && !take_part(c, fd, (int64_t)use->size, bound, &own))
        map(use, fd, &own);
    status = comm_agree_all(c, &own);
    use->fd = status || !bound ? -1 : fd;
    if (fd >= 0 && use->fd < 0)
        close(fd);
    if (status) {
        nodemem_free(m);
        *err = own;
        return status;
    }
    *out = m;
    return 0;
}

int nodemem_new_all(comm *c, int64_t bytes, nodemem **out, sharr_error *err)
{
    return new_all(c, bytes, NULL, out, err);
}

int nodemem_part_all(comm *c, const int64_t *bound, nodemem **out, sharr_error *err)
{
    return new_all(c, bound[comm_size(c)], bound, out, err);
}

int nodemem_take(nodemem *m, int64_t page, int64_t count, sharr_error *err)
{
    return take_pages(m->fd, page, count, count * PAGE, err);
}

void nodemem_give(nodemem *m, int64_t page, int64_t count)
{
    while (fallocate(m->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(page * PAGE), (off_t)(count * PAGE)) < 0 &&
           errno == EINTR)
        ;
}

int64_t nodemem_there(const nodemem *m)
{
    struct stat st;
    return fstat(m->fd, &st) < 0 ? -1 : (int64_t)st.st_blocks * 512;
}

int nodemem_new(int64_t bytes, nodemem **out, sharr_error *err)
{
    nodemem *m = bytes > INT64_MAX - PAGE ? NULL : malloc(sizeof *m);
    if (!m)
        return err_nomem(err, "an array in memory", (unsigned long long)bytes);
    m->size = (size_t)round_up(max_i64(bytes, 1), PAGE);
    m->fd = -1;
    m->data = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m->data == MAP_FAILED) {
        free(m);
        return err_nomem(err, "an array in memory", (unsigned long long)bytes);
    }
    madvise(m->data, m->size, MADV_HUGEPAGE);
    *out = m;
    return 0;
}

void *nodemem_data(const nodemem *m)
{
    return m->data;
}

void nodemem_free(nodemem *m)
{
    if (m && m->data)
        munmap(m->data, m->size);
    if (m && m->fd >= 0)
        close(m->fd);
    free(m);
}
