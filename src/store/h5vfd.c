/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file driver: POSIX calls below HDF5's virtual file layer, and the token buffer that makes
 * H5Dread_chunk and H5Dwrite_chunk move no data.  The token is an address: HDF5 hands the caller's
 * buffer of a direct chunk transfer down unchanged, so the transfer of that one buffer is
 * recognised without doubt.
 */
#include "store/h5vfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include "base/fault.h"
#include "store/h5lib.h"

struct h5vfd {
    int fd;                         /* first: what H5Fget_vfd_handle yields is a pointer to it */
    bool writable, borrowed, abandoned;
    int *failed;                    /* where failures are noted instead of being reported, or NULL */
    dev_t dev;
    ino_t ino;
    haddr_t eoa, eof;
    int hits;                       /* transfers of the token since `hits` was set to 0 */
    uint64_t addr, size;            /* of the last one */
    char token;                     /* only its address is used */
};

typedef struct driver_file {
    H5FD_t pub;                     /* HDF5's part, first */
    h5vfd v;
} driver_file;

static h5vfd *state(H5FD_t *file)
{
    return &((driver_file *)file)->v;
}

static const h5vfd *state_const(const H5FD_t *file)
{
    return &((const driver_file *)file)->v;
}

/* ---- open and close ---------------------------------------------------------------------------- */

static int open_flags(unsigned flags, bool replay)
{
    /* O_NONBLOCK: a FIFO must not stop us; it means nothing to a regular file. */
    int o = (flags & H5F_ACC_RDWR ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK;
    if ((flags & H5F_ACC_TRUNC) && !replay)
        o |= O_TRUNC;
    if (flags & H5F_ACC_CREAT)
        o |= O_CREAT;
    if (flags & H5F_ACC_EXCL)
        o |= O_EXCL;
    return o;
}

static int open_file(const char *name, unsigned flags, const h5vfd_options *o, struct stat *st)
{
    int fd = o->fd >= 0 ? fcntl(o->fd, F_DUPFD_CLOEXEC, 0) : open(name, open_flags(flags, o->replay), 0666);
    if (fd < 0) {
        h5lib_push(__func__, errno, "cannot open %s: %s", name, strerror(errno));
        return -1;
    }
    if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)) {
        h5lib_push(__func__, 0, "%s is not a regular file", name);
        close(fd);
        return -1;
    }
    return fd;
}

static H5FD_t *cb_open(const char *name, unsigned flags, hid_t fapl, haddr_t maxaddr)
{
    const h5vfd_options *given = H5Pget_driver_info(fapl);
    h5vfd_options o = {.fd = -1};
    struct stat st;
    driver_file *f = calloc(1, sizeof *f);
    (void)maxaddr;
    if (!f)
        return NULL;
    if (given)                      /* NULL: a file that another one refers to */
        o = *given;
    f->v.fd = open_file(name, flags, &o, &st);
    if (f->v.fd < 0) {
        free(f);
        return NULL;
    }
    f->v.writable = (flags & H5F_ACC_RDWR) != 0;
    f->v.borrowed = o.fd >= 0;
    f->v.failed = o.failed;
    f->v.dev = st.st_dev;
    f->v.ino = st.st_ino;
    f->v.eof = (flags & H5F_ACC_TRUNC) ? 0 : (haddr_t)st.st_size;
    return &f->pub;
}

static herr_t cb_close(H5FD_t *file)
{
    h5vfd *v = state(file);
    int rc = close(v->fd);
    if (rc < 0 && !v->abandoned)
        h5lib_push(__func__, errno, "close: %s", strerror(errno));
    rc = v->abandoned ? 0 : rc;
    free(file);
    return rc;
}

static int cb_cmp(const H5FD_t *a, const H5FD_t *b)
{
    const h5vfd *x = state_const(a), *y = state_const(b);
    if (x->dev != y->dev)
        return x->dev < y->dev ? -1 : 1;
    return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static herr_t cb_query(const H5FD_t *file, unsigned long *flags)
{
    if (!flags)
        return 0;
    *flags = H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    if (!file || !state_const(file)->borrowed)     /* a borrowed descriptor may have no name */
        *flags |= H5FD_FEAT_POSIX_COMPAT_HANDLE;
    /* Inputs do without the metadata accumulator: on damaged files its arithmetic is what crashes most. */
    if (!file || state_const(file)->writable)
        *flags |= H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
                  H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

/* As the stock driver locks: a shared or an exclusive advisory lock, never waiting.  Whether to
 * lock at all (HDF5_USE_FILE_LOCKING) HDF5 decides before it calls.  A file system without locks
 * is no error. */
static herr_t cb_lock(H5FD_t *file, hbool_t rw)
{
    if (state(file)->borrowed || flock(state(file)->fd, (rw ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0)
        return 0;
    if (errno == ENOSYS || errno == ENOLCK || errno == EOPNOTSUPP)
        return 0;
    if (errno == EWOULDBLOCK)
        h5lib_push(__func__, errno, "the file is locked: another process %s it (wait for it, or set "
                   "HDF5_USE_FILE_LOCKING=FALSE)", rw ? "uses" : "is writing");
    else
        h5lib_push(__func__, errno, "cannot lock the file: %s", strerror(errno));
    return -1;
}

static herr_t cb_unlock(H5FD_t *file)
{
    if (!state(file)->borrowed)
        flock(state(file)->fd, LOCK_UN);           /* closing does it anyway */
    return 0;
}

/* ---- transfers --------------------------------------------------------------------------------- */

static haddr_t cb_get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return state_const(file)->eoa;
}

static herr_t cb_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t addr)
{
    (void)type;
    state(file)->eoa = addr;
    return 0;
}

static haddr_t cb_get_eof(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return state_const(file)->eof;
}

static herr_t cb_get_handle(H5FD_t *file, hid_t fapl, void **handle)
{
    (void)fapl;
    *handle = &state(file)->fd;
    return 0;
}

static bool is_token(h5vfd *v, const void *buf, haddr_t addr, size_t size)
{
    if (buf != &v->token)
        return false;
    v->hits++;
    v->addr = addr;
    v->size = size;
    return true;
}

static ssize_t read_some(int fd, char *p, size_t size, haddr_t addr)
{
    if (fault_hit("h5vfd.read")) {
        errno = EIO;
        return -1;
    }
    return pread(fd, p, size, (off_t)addr);
}

static herr_t cb_read(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr, size_t size, void *buf)
{
    h5vfd *v = state(file);
    char *p = buf;
    (void)dxpl;
    if (is_token(v, buf, addr, size))
        return 0;
    while (size > 0) {
        ssize_t n = read_some(v->fd, p, size, addr);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (n == 0 && type == H5FD_MEM_DRAW && !v->writable)) {
            h5lib_push(__func__, n < 0 ? errno : 0, "reading %zu bytes at %llu: %s", size, (unsigned long long)addr,
                       n < 0 ? strerror(errno) : "the file ends before them");
            return -1;
        }
        if (n == 0) {               /* metadata past the end: zeros, as the stock driver gives */
            memset(p, 0, size);
            break;
        }
        p += n;
        addr += (haddr_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static ssize_t write_some(int fd, const char *p, size_t size, haddr_t addr)
{
    if (fault_hit("h5vfd.write")) {
        errno = ENOSPC;
        return -1;
    }
    return pwrite(fd, p, size, (off_t)addr);
}

/* A write that failed with `errnum`: what HDF5 is to hear. */
static herr_t write_failed(h5vfd *v, int errnum, const char *what, uint64_t size, haddr_t addr)
{
    if (v->failed) {
        *v->failed = errnum ? errnum : EIO;
        v->abandoned = true;
        return 0;
    }
    h5lib_push(__func__, errnum, "%s %llu bytes at %llu: %s", what, (unsigned long long)size, (unsigned long long)addr,
               errnum ? strerror(errnum) : "nothing was written");
    return -1;
}

static herr_t cb_write(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr, size_t size, const void *buf)
{
    h5vfd *v = state(file);
    const char *p = buf;
    (void)type;
    (void)dxpl;
    /* The end of file stays where it was for the token: its bytes are not there yet. */
    if (is_token(v, buf, addr, size) || v->abandoned)
        return 0;
    while (size > 0) {
        ssize_t n = write_some(v->fd, p, size, addr);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return write_failed(v, n < 0 ? errno : 0, "writing", size, addr);
        p += n;
        addr += (haddr_t)n;
        size -= (size_t)n;
        if (addr > v->eof)
            v->eof = addr;
    }
    return 0;
}

/* The length on disk is what counts, not `eof`: others write behind HDF5's back, and a replayed
 * file may be too long. */
static herr_t cb_truncate(H5FD_t *file, hid_t dxpl, hbool_t closing)
{
    h5vfd *v = state(file);
    struct stat st;
    (void)dxpl;
    (void)closing;
    if (v->abandoned || !v->writable)
        return 0;
    if (fstat(v->fd, &st) < 0 ||
        ((haddr_t)st.st_size != v->eoa && ftruncate(v->fd, (off_t)v->eoa) < 0))
        return write_failed(v, errno, "setting the length to", v->eoa, 0);
    v->eof = v->eoa;
    return 0;
}

/* 1.10 and 1.12 have no `version` and `value`; the rest is common. */
static const H5FD_class_t driver_class = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)0x5348,
#endif
    .name = "sharr",
    .maxaddr = ((haddr_t)1 << 62),
    .fc_degree = H5F_CLOSE_WEAK,
    .fapl_size = sizeof(h5vfd_options),
    .open = cb_open,
    .close = cb_close,
    .cmp = cb_cmp,
    .query = cb_query,
    .get_eoa = cb_get_eoa,
    .set_eoa = cb_set_eoa,
    .get_eof = cb_get_eof,
    .get_handle = cb_get_handle,
    .read = cb_read,
    .write = cb_write,
    .truncate = cb_truncate,
    .lock = cb_lock,
    .unlock = cb_unlock,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

const H5FD_class_t *h5vfd_class(void)
{
    return &driver_class;
}

/* ---- for callers ------------------------------------------------------------------------------- */

/* Larger caches do not pay: a million chunks are found as fast with 8 MiB as with 32. */
static herr_t limit_caches(hid_t fapl)
{
    H5AC_cache_config_t c = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
    if (H5Pget_mdc_config(fapl, &c) < 0)
        return -1;
    c.set_initial_size = 1;
    c.initial_size = c.min_size = (size_t)1 << 20;
    c.max_size = (size_t)8 << 20;
    if (H5Pset_mdc_config(fapl, &c) < 0)
        return -1;
    return H5Pset_cache(fapl, 0, 0, 0, 0.75);      /* no chunk cache: windows are whole chunks */
}

hid_t h5vfd_fapl(const h5vfd_options *o, sharr_error *err)
{
    const h5vfd_options plain = {.fd = -1};
    hid_t fapl = -1;
    if (h5lib_ready(err))
        return -1;
    fapl = H5Pcreate(H5P_FILE_ACCESS);
    if (fapl >= 0 && H5Pset_driver(fapl, h5lib_driver(), o ? o : &plain) >= 0 && limit_caches(fapl) >= 0)
        return fapl;
    h5lib_error(err, SHARR_EINTERNAL, "HDF5 refuses the file access properties");
    if (fapl >= 0)
        H5Pclose(fapl);
    return -1;
}

static bool uses_our_driver(hid_t file)
{
    hid_t fapl = H5Fget_access_plist(file);
    bool ours = fapl >= 0 && H5Pget_driver(fapl) == h5lib_driver();
    if (fapl >= 0)
        H5Pclose(fapl);
    return ours;
}

h5vfd *h5vfd_of(hid_t file)
{
    void *handle = NULL;
    if (!uses_our_driver(file) || H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0)
        return NULL;
    return handle;
}

int h5vfd_fd(const h5vfd *v)
{
    return v->fd;
}

/* Did the lookup end well and find nothing?  Then the complaint comes from the function that asked, not from
 * one that searched.  Anything else is settled by a slower query that tells the two apart. */
static bool never_written(hid_t dset, const hsize_t *offset)
{
    h5reason why;
    hsize_t size;
    haddr_t addr;
    unsigned mask;
    if (!h5lib_reason(&why) || why.ours)
        return false;
    if (strcmp(why.func, "H5D__chunk_direct_read") == 0 &&
        strcmp(why.text, "chunk address isn't defined") == 0)
        return true;
    if (H5Dget_chunk_info_by_coord(dset, offset, &mask, &addr, &size) < 0)
        return false;
    return addr == HADDR_UNDEF;
}

enum h5vfd_found h5vfd_locate(hid_t dset, h5vfd *v, const hsize_t *offset, h5place *out)
{
    uint32_t mask = 0;
    v->hits = 0;
    if (H5Dread_chunk(dset, H5P_DEFAULT, offset, &mask, &v->token) < 0) {
        if (never_written(dset, offset))
            return H5VFD_MISSING;
        h5reason why;
        if (!h5lib_reason(&why))    /* the query went well and cleared the stack: fail once more */
            H5Dread_chunk(dset, H5P_DEFAULT, offset, &mask, &v->token);
        return H5VFD_FAILED;
    }
    if (v->hits != 1) {
        h5lib_push(__func__, 0, "the file driver saw %d reads of one chunk", v->hits);
        return H5VFD_FAILED;
    }
    *out = (h5place){.addr = v->addr, .size = v->size, .mask = mask};
    return H5VFD_FOUND;
}

int h5vfd_allocate(hid_t dset, h5vfd *v, const hsize_t *offset, uint64_t size, uint64_t *addr,
                   sharr_error *err)
{
    v->hits = 0;
    if (H5Dwrite_chunk(dset, H5P_DEFAULT, 0, offset, size, &v->token) < 0)
        return h5lib_error(err, SHARR_EIO, "cannot reserve %llu bytes for a chunk",
                           (unsigned long long)size);
    if (v->hits != 1 || v->size != size)
        return err_set(err, SHARR_EINTERNAL, "reserving %llu bytes for a chunk: the file driver saw %d "
                       "writes, the last of %llu bytes", (unsigned long long)size, v->hits,
                       (unsigned long long)v->size);
    *addr = v->addr;
    return SHARR_OK;
}

void h5vfd_abandon(h5vfd *v)
{
    v->abandoned = true;
}
