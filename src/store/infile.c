/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reads of input files with pread.  O_DIRECT is a matter of speed only: whenever the
 * system declines it, the page cache is used.
 */
#include "store/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/pagecache.h"

struct infile {
    int fd;                         /* through the page cache */
    int direct_fd;                  /* O_DIRECT, or -1 */
    atomic_bool direct;             /* direct_fd is in use */
    bool drop;                      /* drop from the cache what was read */
    filestamp stamp;                /* when it was opened */
    char path[];
};

enum infile_mode infile_mode(const infile *f)
{
    return atomic_load_explicit(&f->direct, memory_order_relaxed) ? INFILE_DIRECT
           : f->drop                                              ? INFILE_DROP
                                                                  : INFILE_BUFFERED;
}

static void open_direct(infile *f)
{
    struct stat st;
    f->direct_fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_DIRECT);
    if (f->direct_fd < 0)
        return;
    filestamp now = fstat(f->direct_fd, &st) == 0 ? filestamp_of(&st) : (filestamp){0};
    if (filestamp_same_file(&now, &f->stamp)) {
        atomic_store(&f->direct, true);
        return;
    }
    close(f->direct_fd);
    f->direct_fd = -1;
}

/* Cold and large: O_DIRECT; where that is not to be had, or warm but larger than what the cache can keep: drop
 * behind; else the cache does it best. */
static void choose_mode(infile *f, enum infile_mode mode)
{
    if (mode == INFILE_AUTO)
        mode = pagecache_mode(f->fd, f->stamp.size);
    if (mode == INFILE_DIRECT)
        open_direct(f);
    f->drop = mode == INFILE_DROP || (mode == INFILE_DIRECT && f->direct_fd < 0);
}

int infile_new(int fd, const char *path, enum infile_mode mode, infile **out, sharr_error *err)
{
    size_t len = strlen(path) + 1;
    struct stat st;
    infile *f = calloc(1, sizeof *f + len);
    if (!f)
        return err_nomem(err, "an open file", sizeof *f + len);
    memcpy(f->path, path, len);
    f->direct_fd = -1;
    f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (f->fd < 0 || fstat(f->fd, &st) < 0) {
        int rc = err_errno(err, errno, "%s", path);
        infile_free(f);
        return rc;
    }
    f->stamp = filestamp_of(&st);
    choose_mode(f, mode);
    *out = f;
    return SHARR_OK;
}

void infile_free(infile *f)
{
    if (!f)
        return;
    if (f->fd >= 0)
        close(f->fd);
    if (f->direct_fd >= 0)
        close(f->direct_fd);
    free(f);
}

int infile_unchanged(const infile *f, sharr_error *err)
{
    return filestamp_check(&f->stamp, f->path, err);
}

const char *infile_path(const infile *f)
{
    return f->path;
}

uint64_t infile_size(const infile *f)
{
    return (uint64_t)f->stamp.size;
}

const filestamp *infile_stamp(const infile *f)
{
    return &f->stamp;
}

/* ---- reading ------------------------------------------------------------------------------------- */

/* Up to n bytes, fewer at the end of the file.  < 0: errno. */
static ssize_t read_all(int fd, uint8_t *p, size_t n, uint64_t addr)
{
    size_t done = 0;
    if (fault_hit("infile.read")) {
        errno = EIO;
        return -1;
    }
    while (done < n) {
        ssize_t got = pread(fd, p + done, n - done, (off_t)(addr + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static int read_buffered(const infile *f, uint8_t *p, size_t n, uint64_t addr, sharr_error *err)
{
    ssize_t got = read_all(f->fd, p, n, addr);
    if (got < 0)
        return err_errno(err, errno, "reading %zu bytes at %llu", n, (unsigned long long)addr);
    if ((size_t)got < n)
        return err_set(err, SHARR_EDATA, "the file ends before %zu bytes at %llu", n, (unsigned long long)addr);
    if (f->drop)
        posix_fadvise(f->fd, (off_t)addr, (off_t)n, POSIX_FADV_DONTNEED);
    return SHARR_OK;
}

/* Whole pages around the bytes.  False: the system declines, use the cache. */
static bool read_direct(const infile *f, uint64_t from, uint64_t to, uint64_t need, uint8_t *p)
{
    ssize_t got = read_all(f->direct_fd, p, to - from, from);
    if (got >= 0 && from + (uint64_t)got >= need)
        return true;
    if (got < 0 && errno == EINVAL)  /* alignment, or no O_DIRECT after all: for good */
        atomic_store_explicit(&((infile *)f)->direct, false, memory_order_relaxed);
    return false;
}

size_t infile_buffer(size_t n)
{
    return n + 2 * IOBUF_PAGE;
}

int infile_read(const infile *f, uint64_t addr, size_t n, iobuf *buf, uint8_t **data, sharr_error *err)
{
    bool direct = atomic_load_explicit(&f->direct, memory_order_relaxed);
    uint64_t from = addr / IOBUF_PAGE * IOBUF_PAGE;
    uint64_t to = (addr + n + IOBUF_PAGE - 1) / IOBUF_PAGE * IOBUF_PAGE;
    int rc = iobuf_need(buf, infile_buffer(n), err);
    if (rc)
        return rc;
    *data = buf->p;
    if (direct && read_direct(f, from, to, addr + n, buf->p)) {
        *data += addr - from;
        return SHARR_OK;
    }
    return read_buffered(f, buf->p, n, addr, err);
}

int infile_read_to(const infile *f, uint64_t addr, size_t n, void *out, iobuf *buf, sharr_error *err)
{
    uint8_t *data;
    int rc;
    if (!atomic_load_explicit(&f->direct, memory_order_relaxed))
        return read_buffered(f, out, n, addr, err);
    if ((addr | n | (uintptr_t)out) % IOBUF_PAGE == 0 && read_direct(f, addr, addr + n, addr + n, out))
        return SHARR_OK;
    rc = infile_read(f, addr, n, buf, &data, err);
    if (!rc)
        memcpy(out, data, n);
    return rc;
}
