/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Life of an output file.  Every collective function keeps its steps in one order on all ranks: a local
 * error is remembered, the rank goes on with empty hands, and the next agreement makes it everybody's.
 */
#include "store/h5out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/config.h"
#include "store/h5lib.h"
#include "store/h5out_impl.h"

enum { DEFAULT_BATCH = 32 };
/* Outputs larger than this share of the memory go past the page cache: they would push out what is of use, and fresh
 * cache pages cost more than the disk.  Smaller ones stay, for whoever reads them next. */
enum { CACHE_SHARE = 16 };

static void free_out(void *arg)
{
    h5out *f = arg;
    h5out_drop_file(f);
    free(f->set);
    free(f->part);
    free(f->wire);
    free(f);
}

/* ---- create -------------------------------------------------------------------------------------- */

static h5out *new_out(comm *c, int nsets, const h5outopts *o)
{
    h5out *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->c = c;
    f->temp.fd = -1;
    f->file = -1;
    f->nsets = nsets;
    f->batch = o->batch > 0 ? o->batch : DEFAULT_BATCH * (nsets > 0 ? nsets : 1);
    f->count = o->count;
    f->log = o->log;
    f->set = calloc((size_t)nsets + 1, sizeof *f->set);
    f->part = calloc((size_t)f->batch, sizeof *f->part);
    size_t words = h5out_wire_words(f);
    if (words < (size_t)nsets + 2)
        words = (size_t)nsets + 2;
    f->wire = calloc(words, sizeof *f->wire);
    if (f->set && f->part && f->wire)
        return f;
    free_out(f);
    return NULL;
}

/* Checks the sets; `raw`: bytes of those whose size is known ahead, `all`: as if nothing shrank. */
static int take_sets(h5out *f, const h5outset *set, int64_t *raw, int64_t *all, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < f->nsets && !status; i++) {
        outset *s = &f->set[i];
        int64_t bytes = 0;
        status = h5out_check_set(&set[i], s, err);
        if (status)
            break;
        const int64_t chunks = s->whole ? 0 : chunkgrid_count(&s->grid);
        shape_size(set[i].ndim, set[i].shape, &bytes);
        bytes *= (int64_t)dtype_size(set[i].type);
        if (!s->whole && !mul_i64(chunks, (int64_t)s->chunk_bytes, &bytes))
            status = err_set(err, SHARR_ERESOURCE, "%s: larger than any file", set[i].path);
        if (!status && (!add_i64(*all, bytes, all) ||
                        ((s->whole || set[i].pipeline.n == 0) && !add_i64(*raw, bytes, raw))))
            status = err_set(err, SHARR_ERESOURCE, "the output is larger than any file");
        f->total += chunks;
    }
    return status;
}

/* The same on every rank: made from what all know, and from rank 0's opinion of the driver. */
static int choose_mode(h5out *f, const h5outopts *o, sharr_error *err)
{
    sharr_error why;
    err_clear(&why);
    f->mode = OUT_DIRECT;
    if (o->mode == IO_MPIO) {
        f->mode = OUT_MPIO;
        return h5out_mpio_ready(f->c, err);
    }
    h5lib_lock();
    const int trusted = h5lib_ready(&why) ? why.status : h5vfd_trusted(&why);
    h5lib_unlock();
    if (!trusted)
        return 0;
    if (o->mode == IO_DIRECT)
        return err_set(err, SHARR_ERESOURCE, "io=direct is not possible with this HDF5: %s; io=auto writes through HDF5", why.text);
    f->mode = h5out_mpio_ready(f->c, &(sharr_error){0}) == 0 ? OUT_MPIO : OUT_LIBRARY;
    if (f->mode == OUT_LIBRARY && comm_size(f->c) > 1)
        return err_set(err, why.status, "no way to write with this HDF5: %s", why.text);
    log_msg(f->log, LOG_WARN, "writing through HDF5, which is slower: %s", why.text);
    return 0;
}

static int make_temporary(h5out *f, const char *path, const h5outopts *o, int64_t raw, sharr_error *err)
{
    const enum tempfile_policy policy = o->append ? TEMPFILE_APPEND : o->overwrite ? TEMPFILE_REPLACE : TEMPFILE_NEW;
    int status = tempfile_create(&f->temp, path, policy, f->log, err);
    if (status)
        return status;
    memcpy(f->target, f->temp.target, sizeof f->target);
    memcpy(f->name, f->temp.name, sizeof f->name);
    const rawfile file = {.fd = f->temp.fd, .name = f->target};
    struct stat st;
    const int64_t at = fstat(f->temp.fd, &st) == 0 ? (int64_t)st.st_size : 0;
    if (f->mode != OUT_MPIO)
        return rawio_reserve(&file, at, raw, err);
    return h5out_mpio_reserve(f, raw + at, err);
}

/* What the others must know of what rank 0 decided. */
typedef struct news {
    char target[PATH_MAX], name[PATH_MAX];
    int mode, appending;
} news;

static int hear(h5out *f, sharr_error *err)
{
    news n = {.mode = (int)f->mode, .appending = f->temp.existed && f->temp.policy == TEMPFILE_APPEND};
    memcpy(n.target, f->target, sizeof n.target);
    memcpy(n.name, f->name, sizeof n.name);
    int status = comm_bcast_all(f->c, &n, sizeof n, 0, err);
    if (status || comm_rank(f->c) == 0)
        return status;
    memcpy(f->target, n.target, sizeof f->target);
    memcpy(f->name, n.name, sizeof f->name);
    f->mode = (enum outmode)n.mode;
    f->temp.existed = n.appending;
    f->temp.policy = n.appending ? TEMPFILE_APPEND : TEMPFILE_REPLACE;
    return 0;
}

static void open_stream(h5out *f, sharr_error *err)
{
    int fd = f->temp.fd;
    if (comm_rank(f->c) != 0) {
        const rawfile file = {.fd = -1, .name = f->target};
        fd = open(f->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 && errno == ENOENT)
            err_set(err, SHARR_EIO, "%s: this rank does not see the file of rank 0: write to a directory that "
                    "all nodes share", f->target);
        else if (fd < 0)
            rawio_error(&file, errno, 0, "open the temporary file", err);
    }
    if (fd >= 0)
        f->stream = outstream_new(fd, f->target, f->cache, err);
    if (fd >= 0 && comm_rank(f->c) != 0)
        close(fd);
}

/* Ranks on one node see one page cache, so plain writes are as safe as at one rank; and they need not be
 * made by the thread that calls MPI, nor wait for the other ranks. */
static bool needs_mpi(const comm *c, const h5outopts *o)
{
    return comm_size(c) > 1 && (o->mode != IO_AUTO || comm_local_size(c) < comm_size(c));
}

/* Each step needs the one before on all ranks. */
static int create_all(h5out *f, const char *path, const h5outset *set, const h5outopts *o, sharr_error *own)
{
    const bool root = comm_rank(f->c) == 0, by_mpi = needs_mpi(f->c, o);
    int64_t raw = 0, all = 0;
    take_sets(f, set, &raw, &all, own);
    if (all > (o->cache_limit > 0 ? o->cache_limit : machine_memory() / CACHE_SHARE))
        f->cache = by_mpi ? OUTSTREAM_DROP : OUTSTREAM_BYPASS;
    if (root && !own->status)
        choose_mode(f, o, own);
    if (root && !own->status)
        make_temporary(f, path, o, raw, own);
    if (comm_agree_all(f->c, own) || hear(f, own))
        return own->status;
    open_stream(f, own);
    if (comm_agree_all(f->c, own))
        return own->status;
    if (root || f->mode == OUT_MPIO)
        h5out_open_file(f, o, own);
    if (comm_agree_all(f->c, own))
        return own->status;
    if (f->mode == OUT_DIRECT && by_mpi)
        mpiio_open_all(f->c, f->name, &f->mpi, own);
    return own->status;
}

int h5out_create_all(comm *c, const char *path, const h5outset *set, int nsets, const h5outopts *o, h5out **out,
                     sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    h5out *f = new_out(c, nsets, o);
    if (!f)
        err_nomem(&own, "an output file", sizeof *f);
    int status = comm_agree_all(c, &own);
    if (!status)
        status = create_all(f, path, set, o, &own);
    if (!status) {
        *out = f;
        return 0;
    }
    if (f)
        f->failed = true;
    h5out_abandon(f);
    if (err)
        *err = own;
    return status;
}

/* ---- while it is open ---------------------------------------------------------------------------- */

bool h5out_wants_raw(const h5out *f)
{
    return f->mode == OUT_MPIO;
}

bool h5out_splits(const h5out *f)
{
    return f->mode == OUT_DIRECT && !f->mpi;
}

bool h5out_waits(const h5out *f)
{
    return f->stream && outstream_direct(f->stream);
}

const char *h5out_temp_name(const h5out *f)
{
    return f->temp.name;
}

static int write_whole(h5out *f, outset *s, const void *data, sharr_error *err)
{
    h5lib_lock();
    hid_t type = h5out_memory_type(s->spec->type);
    int status = 0;
    if (H5Dwrite(s->dset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        status = h5lib_error(err, SHARR_EIO, "%s:%s", f->target, s->spec->path);
    status = h5out_settle(f, status, (int64_t)H5Dget_storage_size(s->dset), err);
    H5Tclose(type);
    h5lib_unlock();
    return status;
}

int h5out_whole_all(h5out *f, int set, const void *data, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    outset *s = set >= 0 && set < f->nsets ? &f->set[set] : NULL;
    if (!s || !s->whole)
        err_set(&own, SHARR_EINTERNAL, "%s: no dataset that is written whole", f->target);
    if (f->mode == OUT_MPIO)
        return s && s->whole ? (s->written = true, h5out_mpio_whole(f, set, data, &own, err))
                             : h5out_agree(f, &own, err);
    if (comm_rank(f->c) == 0 && !own.status && write_whole(f, s, data, &own) == 0) {
        int64_t n = 0;
        shape_size(s->spec->ndim, s->spec->shape, &n);
        s->written = true;
        if (f->count)
            count_add(&f->count->bytes_written, n * (int64_t)dtype_size(s->spec->type));
    }
    return h5out_agree(f, &own, err);
}

/* ---- finish -------------------------------------------------------------------------------------- */

static void check_complete(h5out *f, sharr_error *err)
{
    int64_t n = f->mode == OUT_MPIO ? f->frames : f->placed;
    if (f->mode == OUT_MPIO && comm_sum_all(f->c, &n, 1, err))
        return;
    if (n != f->total)
        err_set(err, SHARR_EINTERNAL, "%s: %lld of %lld chunks were written", f->target, (long long)n,
                (long long)f->total);
    for (int i = 0; i < f->nsets && comm_rank(f->c) == 0; i++) {
        int64_t size = 0;
        shape_size(f->set[i].spec->ndim, f->set[i].spec->shape, &size);
        if (f->set[i].whole && !f->set[i].written && size > 0)
            err_set(err, SHARR_EINTERNAL, "%s:%s was never written", f->target, f->set[i].spec->path);
    }
}

static int finish_all(h5out *f, sharr_error *own)
{
    const bool root = comm_rank(f->c) == 0;
    if (f->failed)
        err_set(own, SHARR_EINTERNAL, "%s: an output that failed cannot be finished", f->target);
    else
        check_complete(f, own);
    if (root && f->mode == OUT_MPIO && !own->status)
        h5out_mpio_reserve(f, 0, own);
    if (h5out_agree(f, own, NULL))
        return own->status;
    if (f->mpi) {
        mpiio_close_all(f->mpi, own);
        f->mpi = NULL;
    }
    /* Parallel HDF5 still writes in H5Fclose, so the sync comes after it; else data first, and then the
     * metadata that refers to it. */
    if (f->mode == OUT_MPIO)
        h5out_close_file(f, own);
    sharr_error sync;
    err_clear(&sync);
    if (outstream_sync(f->stream, &sync) && !own->status)
        *own = sync;
    if (h5out_agree(f, own, NULL))
        return own->status;
    if (root && h5out_close_file(f, own) == 0)
        tempfile_commit(&f->temp, own);
    return h5out_agree(f, own, NULL);
}

int h5out_finish_all(h5out *f, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    int status = finish_all(f, &own);
    h5out_abandon(f);
    if (status && err)
        *err = own;
    return status;
}

/* ---- abandon ------------------------------------------------------------------------------------- */

/* MPI handles are released collectively: at once when all ranks know of the failure, else with the comm. */
void h5out_abandon(h5out *f)
{
    if (!f)
        return;
    if (f->failed)
        mpiio_close_all(f->mpi, NULL);
    else
        mpiio_leave(f->mpi);
    f->mpi = NULL;
    outstream_free(f->stream);
    f->stream = NULL;
    const bool late = f->mode == OUT_MPIO && f->file >= 0 && !f->failed;
    if (!late)
        h5out_drop_file(f);
    tempfile_discard(&f->temp);
    if (!late)
        free_out(f);
    else
        comm_defer(f->c, free_out, f);      /* out of memory: it stays open */
}
