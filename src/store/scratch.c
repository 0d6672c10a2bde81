/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One plain file in C order.  A box is moved run by run, a run being as long as
 * the box is whole in the inner dimensions; short runs that lie close together
 * are read in one piece.  A large file is reserved when it is made, so that a full
 * disk is known before anything is computed.  Nothing is synced: nobody reads the file after a crash.
 */
#include "store/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/units.h"
#include "store/rawio.h"
#include "store/tempfile.h"

/* A read costs about what copying 4 KiB costs: closer runs are read with what lies between. */
enum { SIEVE_GAP = 4096, SIEVE_BYTES = 64 * 1024 };
/* Reserving blocks and looking for what crashed runs left take longer than all else about a smaller file. */
enum { LARGE = 1 << 20 };

struct scratch {
    rawfile file;
    char name[PATH_MAX];            /* for messages */
    tempfile temp;                  /* rank 0 */
    bool one_node;
    bool view;                      /* the file is another's */
    size_t elem;
    int64_t bytes;
    int ndim;
    int64_t shape[SHARR_MAX_DIMS];
};

/* How a box lies in the file: `rows` runs of `run` bytes, `step` bytes apart in the innermost outer
 * dimension; the outer ones are counted by an index. */
typedef struct layout {
    int nouter;                     /* dimensions before the innermost one that is stepped */
    int64_t outer[SHARR_MAX_DIMS], stride[SHARR_MAX_DIMS];
    int64_t rows, step, run;
    int64_t base;
} layout;

static layout lay_out(const scratch *s, const box *b)
{
    layout l = {.rows = 1, .run = (int64_t)s->elem};
    int64_t stride[SHARR_MAX_DIMS];
    int k = s->ndim;
    int64_t size = (int64_t)s->elem;
    for (int d = s->ndim - 1; d >= 0; d--) {
        stride[d] = size;
        l.base += b->start[d] * size;
        size *= s->shape[d];
    }
    while (k > 0) {                 /* whole inner dimensions are one run */
        k--;
        l.run = stride[k] * b->count[k];
        if (b->count[k] != s->shape[k])
            break;
    }
    if (k > 0) {
        l.rows = b->count[k - 1];
        l.step = stride[k - 1];
        l.nouter = k - 1;
    }
    for (int d = 0; d < l.nouter; d++) {
        l.outer[d] = b->count[d];
        l.stride[d] = stride[d];
    }
    return l;
}

static int inside(const scratch *s, const box *b, sharr_error *err)
{
    const box whole = box_of_shape(s->ndim, s->shape);
    if (b->ndim == s->ndim && (box_empty(b) || box_contains(&whole, b)))
        return 0;
    return err_set(err, SHARR_EINTERNAL, "%s: a box outside the array", s->name);
}

static int64_t place(const layout *l, const int64_t *index)
{
    int64_t at = l->base;
    for (int d = 0; d < l->nouter; d++)
        at += index[d] * l->stride[d];
    return at;
}

int scratch_write(scratch *s, const box *b, const void *data, counters *k, sharr_error *err)
{
    int64_t index[SHARR_MAX_DIMS] = {0};
    const char *p = data;
    int status = inside(s, b, err);
    if (status || box_empty(b))
        return status;
    const layout l = lay_out(s, b);
    do {
        const int64_t at = place(&l, index);
        for (int64_t r = 0; r < l.rows && !status; r++, p += l.run)
            status = rawio_write(&s->file, p, (size_t)l.run, (uint64_t)(at + r * l.step), err);
    } while (!status && shape_next(l.nouter, l.outer, index));
    if (k && !status)
        count_add(&k->scratch_bytes, box_size(b) * (int64_t)s->elem);
    return status;
}

/* All rows of one outer index, several at a time where they lie close. */
static int read_rows(const scratch *s, const layout *l, int64_t at, char *out, sharr_error *err)
{
    char sieve[SIEVE_BYTES];
    const bool close = l->step - l->run <= SIEVE_GAP && l->step < SIEVE_BYTES / 2;
    const int64_t batch = close && l->rows > 1 ? SIEVE_BYTES / l->step : 1;
    int status = 0;
    for (int64_t r = 0; r < l->rows && !status; r += batch) {
        const int64_t n = min_i64(batch, l->rows - r);
        const uint64_t from = (uint64_t)(at + r * l->step);
        if (n == 1) {
            status = rawio_read(&s->file, out + r * l->run, (size_t)l->run, from, err);
            continue;
        }
        status = rawio_read(&s->file, sieve, (size_t)((n - 1) * l->step + l->run), from, err);
        for (int64_t i = 0; i < n && !status; i++)
            memcpy(out + (r + i) * l->run, sieve + i * l->step, (size_t)l->run);
    }
    return status;
}

int scratch_read(const scratch *s, const box *b, void *data, counters *k, sharr_error *err)
{
    int64_t index[SHARR_MAX_DIMS] = {0};
    char *p = data;
    int status = inside(s, b, err);
    if (status || box_empty(b))
        return status;
    const layout l = lay_out(s, b);
    do {
        status = read_rows(s, &l, place(&l, index), p, err);
        p += l.rows * l.run;
    } while (!status && shape_next(l.nouter, l.outer, index));
    if (k && !status)
        count_add(&k->bytes_read, box_size(b) * (int64_t)s->elem);
    return status;
}

int scratch_reshape(scratch *s, int ndim, const int64_t *shape, sharr_error *err)
{
    int64_t n = 0;
    if (ndim < 0 || ndim > SHARR_MAX_DIMS || !shape_size(ndim, shape, &n) || n != s->bytes / (int64_t)s->elem)
        return err_set(err, SHARR_EINTERNAL, "%s: a shape of another size", s->name);
    s->ndim = ndim;
    memcpy(s->shape, shape, (size_t)ndim * sizeof *shape);
    return 0;
}

int scratch_view(const scratch *s, int ndim, const int64_t *shape, scratch **out, sharr_error *err)
{
    scratch *v = malloc(sizeof *v);
    if (!v)
        return err_nomem(err, "a scratch array", sizeof *v);
    *v = *s;
    v->file.name = v->name;
    v->view = true;
    int status = scratch_reshape(v, ndim, shape, err);
    if (status)
        free(v);
    else
        *out = v;
    return status;
}

/* ---- life ---------------------------------------------------------------------------------------- */

static int set_shape(scratch *s, dtype t, int ndim, const int64_t *shape, sharr_error *err)
{
    char text[SHAPE_TEXT];
    int64_t n = 0;
    s->elem = dtype_size(t);
    s->ndim = ndim;
    memcpy(s->shape, shape, (size_t)ndim * sizeof *shape);
    if (shape_size(ndim, shape, &n) && mul_i64(n, (int64_t)s->elem, &s->bytes))
        return 0;
    return err_set(err, SHARR_ERESOURCE, "a scratch array of shape %s is larger than any file",
                   shape_text(ndim, shape, text));
}

static int make(scratch *s, const char *dir, bool alone, sharr_error *err)
{
    int status = tempfile_scratch(&s->temp, dir, alone, err);
    if (status)
        return status;
    s->file.fd = s->temp.fd;
    if (s->bytes >= LARGE) {
        tempfile_sweep(s->temp.target, NULL);
        status = rawio_reserve(&s->file, 0, s->bytes, err);
    }
    if (!status && ftruncate(s->file.fd, (off_t)s->bytes) < 0)
        status = rawio_error(&s->file, errno, s->bytes, "make a scratch file", err);
    return status;
}

static int join(scratch *s, const char *path, sharr_error *err)
{
    struct stat st;
    s->file.fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (s->file.fd < 0 && errno == ENOENT)
        return err_set(err, SHARR_EIO, "%s: this rank does not see the scratch file of rank 0: choose a "
                       "directory that all nodes share", s->name);
    if (s->file.fd < 0 || fstat(s->file.fd, &st) < 0)
        return rawio_error(&s->file, errno, 0, "open the scratch file", err);
    if (st.st_size != s->bytes)
        return err_set(err, SHARR_EIO, "%s: the scratch file has %" PRId64 " bytes, not %" PRId64, s->name,
                       (int64_t)st.st_size, s->bytes);
    return 0;
}

/* Every rank comes through here to the end, whatever went wrong for it. */
static int open_all(comm *c, scratch *s, const char *dir, sharr_error *err)
{
    char path[PATH_MAX] = "";
    if (comm_rank(c) == 0 && !err->status)
        make(s, dir, comm_size(c) == 1, err);
    if (comm_agree_all(c, err))
        return err->status;
    memcpy(path, s->temp.name, sizeof path);
    if (comm_bcast_all(c, path, sizeof path, 0, err))
        return err->status;
    if (comm_rank(c) != 0)
        join(s, path, err);
    return comm_agree_all(c, err);
}

int scratch_create_all(comm *c, const char *dir, dtype t, int ndim, const int64_t *shape, scratch **out,
                       sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    scratch *s = calloc(1, sizeof *s), lost = {.file.fd = -1, .temp.fd = -1};
    if (!s)
        err_nomem(&own, "a scratch array", sizeof *s);
    scratch *use = s ? s : &lost;
    use->file.fd = use->temp.fd = -1;
    snprintf(use->name, sizeof use->name, "scratch in %s", dir);
    use->file.name = use->name;
    /* Scratch files of one node have no name while they are used; NFS needs it for the others. */
    use->one_node = comm_local_size(c) == comm_size(c);
    if (!own.status)
        set_shape(use, t, ndim, shape, &own);
    int status = open_all(c, use, dir, &own);
    if (use->temp.name[0] && (status || use->one_node)) {
        unlink(use->temp.name);
        use->temp.name[0] = '\0';
    }
    if (!status) {
        *out = s;
        return 0;
    }
    scratch_free(s);
    if (err)
        *err = own;
    return status;
}

void scratch_free(scratch *s)
{
    if (!s)
        return;
    if (s->view) {
        free(s);
        return;
    }
    const int fd = s->file.fd == s->temp.fd ? -1 : s->file.fd;
    if (fd >= 0)
        close(fd);
    if (s->temp.name[0])            /* only the name: other ranks may still read the bytes */
        unlink(s->temp.name);
    s->temp.name[0] = '\0';
    tempfile_discard(&s->temp);
    free(s);
}

int scratch_sync_all(comm *c, scratch *s, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    /* One node's page cache is one; between nodes the bytes must go out, and stale ones away. */
    if (!s->one_node && fdatasync(s->file.fd) < 0)
        rawio_error(&s->file, errno, 0, "sync", &own);
    int status = comm_agree_all(c, &own);
    if (!status && !s->one_node)
        posix_fadvise(s->file.fd, 0, 0, POSIX_FADV_DONTNEED);
    if (status && err)
        *err = own;
    return status;
}
