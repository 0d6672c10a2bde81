/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opens input files: first by the system's means, so that what is no file, not there or of another
 * kind is named, then by HDF5.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/h5in_impl.h"
#include "store/h5in_sniff.h"
#include "store/h5lib.h"

/* ---- before HDF5 --------------------------------------------------------------------------------- */

static int no_input(const char *path, int errnum, sharr_error *err)
{
    int status = err_errno(err, errnum, "cannot open %s", path);
    if (errnum == ENOTDIR || errnum == ENAMETOOLONG || errnum == ELOOP)
        status = SHARR_ENOINPUT;
    if (err)
        err->status = status;
    return status;
}

static int check_regular(const char *path, const struct stat *st, sharr_error *err)
{
    static const struct { mode_t type; const char *name; } kinds[] = {
        {S_IFDIR, "a directory"}, {S_IFIFO, "a FIFO"}, {S_IFSOCK, "a socket"},
        {S_IFCHR, "a character device"}, {S_IFBLK, "a block device"},
    };
    if (S_ISREG(st->st_mode))
        return st->st_size > 0 ? SHARR_OK : err_set(err, SHARR_EDATA, "%s: the file is empty (0 bytes)", path);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if ((st->st_mode & S_IFMT) == kinds[i].type) {
            err_set(err, SHARR_EDATA, "%s is %s, not an HDF5 file", path, kinds[i].name);
            err_os(err, S_ISDIR(st->st_mode) ? EISDIR : 0);
            return SHARR_EDATA;
        }
    return err_set(err, SHARR_EDATA, "%s is not a regular file", path);
}

typedef struct plain_file {
    int fd;
    struct stat st;
    int64_t base;                   /* where the HDF5 part begins */
} plain_file;

/* A regular file with an HDF5 signature.  A FIFO never blocks: it is told by stat, and O_NONBLOCK covers
 * the moment in between. */
static int open_plain(const char *path, plain_file *p, sharr_error *err)
{
    int rc;
    if (stat(path, &p->st) < 0)
        return no_input(path, errno, err);
    if ((rc = check_regular(path, &p->st, err)))
        return rc;
    p->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (p->fd < 0)
        return no_input(path, errno, err);
    if (fstat(p->fd, &p->st) < 0)
        rc = no_input(path, errno, err);
    rc = rc ? rc : check_regular(path, &p->st, err);
    rc = rc ? rc : h5in_sniff(p->fd, p->st.st_size, path, &p->base, err);
    if (rc)
        close(p->fd);
    return rc;
}

/* ---- by HDF5 ------------------------------------------------------------------------------------- */

void h5in_prepare(void)
{
    sharr_error ignored;
    h5lib_lock();
    h5lib_ready(&ignored);
    h5lib_unlock();
}

static int refused(const plain_file *p, const char *path, sharr_error *err)
{
    int64_t stated = h5in_stated_size(p->fd, p->base);
    if (stated <= p->st.st_size)
        return h5lib_error(err, SHARR_EDATA, "%s: HDF5 cannot open the file", path);
    H5Eclear2(H5E_DEFAULT);
    return err_set(err, SHARR_EDATA, "%s: the file is truncated: it has %lld bytes, its header says %lld", path,
                   (long long)p->st.st_size, (long long)stated);
}

static int open_by_hdf5(h5in *f, const char *path, const plain_file *p, sharr_error *err)
{
    int rc = SHARR_OK;
    h5lib_lock();
    hid_t fapl = h5vfd_fapl(NULL, err);
    if (fapl < 0) {
        rc = SHARR_EINTERNAL;
    } else {
        f->file = H5Fopen(path, H5F_ACC_RDONLY, fapl);
        rc = f->file < 0 ? refused(p, path, err) : SHARR_OK;
        H5Pclose(fapl);
    }
    h5lib_unlock();
    return rc;
}

static int open_both(const char *path, h5in **out, sharr_error *err)
{
    plain_file p = {.fd = -1};
    int rc = open_plain(path, &p, err);
    if (rc)
        return rc;
    h5in *f = calloc(1, sizeof *f);
    if (!f) {
        close(p.fd);
        return err_nomem(err, "an input file", sizeof *f);
    }
    f->file = -1;
    rc = open_by_hdf5(f, path, &p, err);
    rc = rc ? rc : infile_new(p.fd, path, INFILE_AUTO, &f->main, err);
    close(p.fd);
    if (rc)
        h5in_close(f);
    else
        *out = f;
    return rc;
}

int h5in_open(const char *path, h5in **out, sharr_error *err)
{
    const int rc = open_both(path, out, err);
    if (rc)
        err_file(err, path);
    return rc;
}

void h5in_close(h5in *f)
{
    if (!f)
        return;
    h5lib_lock();
    if (f->file >= 0)
        H5Fclose(f->file);
    h5lib_unlock();
    while (f->linked) {
        infile_list *next = f->linked->next;
        infile_free(f->linked->file);
        free(f->linked);
        f->linked = next;
    }
    h5seen_free(f->seen);
    infile_free(f->main);
    free(f);
}

const char *h5in_path(const h5in *f)
{
    return infile_path(f->main);
}

bool h5in_is_file(const h5in *f, const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return false;
    filestamp other = filestamp_of(&st);
    bool same = filestamp_same_file(infile_stamp(f->main), &other);
    for (const infile_list *l = f->linked; l && !same; l = l->next)
        same = filestamp_same_file(infile_stamp(l->file), &other);
    for (const h5seen *s = f->seen; s && !same; s = s->next)
        same = filestamp_same_file(&s->stamp, &other);
    return same;
}

int h5in_unchanged(const h5in *f, sharr_error *err)
{
    int rc = infile_unchanged(f->main, err);
    for (const infile_list *l = f->linked; l && !rc; l = l->next)
        rc = infile_unchanged(l->file, err);
    for (const h5seen *s = f->seen; s && !rc; s = s->next)
        rc = filestamp_check(&s->stamp, s->path, err);
    return rc;
}

/* ---- files behind external links ----------------------------------------------------------------- */

static const infile *find_open(const h5in *f, int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return NULL;
    filestamp stamp = filestamp_of(&st);
    if (filestamp_same_file(infile_stamp(f->main), &stamp))
        return f->main;
    for (const infile_list *l = f->linked; l; l = l->next)
        if (filestamp_same_file(infile_stamp(l->file), &stamp))
            return l->file;
    return NULL;
}

static int add_linked(h5in *f, const char *path, int fd, const infile **out, sharr_error *err)
{
    infile_list *l = calloc(1, sizeof *l);
    if (!l)
        return err_nomem(err, "an input file", sizeof *l);
    int rc = infile_new(fd, path, INFILE_AUTO, &l->file, err);
    if (rc) {
        free(l);
        return rc;
    }
    l->next = f->linked;
    f->linked = l;
    *out = l->file;
    return SHARR_OK;
}

int h5in_raw(h5in *f, hid_t object, const infile **out, h5vfd **vfd, sharr_error *err)
{
    char path[4096] = "";
    int rc = SHARR_OK;
    hid_t file = H5Iget_file_id(object);
    h5vfd *v = *vfd = file >= 0 ? h5vfd_of(file) : NULL;
    if (!v || H5Fget_name(file, path, sizeof path) <= 0)
        rc = h5lib_error(err, SHARR_EINTERNAL, "the file of a dataset cannot be told");
    else if (!(*out = find_open(f, h5vfd_fd(v))))
        rc = add_linked(f, path, h5vfd_fd(v), out, err);
    if (file >= 0)
        H5Fclose(file);
    return rc;
}
