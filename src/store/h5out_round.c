/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rounds of direct mode.  On the wire every rank has one block of int64 words:
 *
 *     to rank 0:   n, has an error, then (set, chunk number, bytes) of each chunk
 *     from rank 0: stop, collective calls, chunks placed so far, then the addresses
 *
 * Blocks have room for `batch` chunks, so that nobody needs to know ahead how many the others
 * bring: sizes, addresses and status are three collectives.
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "store/h5lib.h"
#include "store/h5out_impl.h"

enum { IN_N, IN_ERROR, IN_HEAD, IN_WORDS = 3 };     /* words of a chunk: set, number, bytes */
enum { OUT_STOP, OUT_CALLS, OUT_PLACED, OUT_HEAD };

static int block_words(const h5out *f)
{
    return IN_HEAD + IN_WORDS * f->batch;
}

size_t h5out_wire_words(const h5out *f)
{
    const size_t ranks = comm_rank(f->c) == 0 ? (size_t)comm_size(f->c) : 0;
    return (size_t)block_words(f) * (1 + ranks) + (size_t)comm_size(f->c);
}

static int64_t *my_block(const h5out *f) { return f->wire + comm_size(f->c); }
static int64_t *block_of(const h5out *f, int r) { return my_block(f) + (int64_t)block_words(f) * (1 + r); }

int h5out_agree(h5out *f, sharr_error *own, sharr_error *err)
{
    int status = comm_agree_all(f->c, own);
    if (!status)
        return 0;
    f->failed = true;
    if (err)
        *err = *own;
    return status;
}

int h5out_settle(const h5out *f, int status, int64_t missing, sharr_error *err)
{
    const rawfile file = {.fd = f->temp.fd, .name = f->target};
    if (f->disk_errno)
        status = rawio_error(&file, f->disk_errno, missing, "write the metadata", err);
    if (status) {
        h5out_explain(f, err);
        err_file(err, f->target);
    }
    return status;
}

void h5out_explain(const h5out *f, sharr_error *err)
{
    char need[UNITS_TEXT];
    const int64_t frames = f->frames, bytes = f->bytes, left = f->total - f->placed;
    if (err->status != SHARR_EIO)
        return;
    const size_t n = strlen(err->text);
    if (strstr(err->text, "disk full") && frames > 0 && left > 0)
        snprintf(err->text + n, sizeof err->text - n, "; %lld more chunks need about %s", (long long)left,
                 units_print(need, bytes / frames * left));
}

bool h5out_valid_chunk(const h5out *f, const h5chunk *c, sharr_error *err)
{
    const outset *s = c->set >= 0 && c->set < f->nsets ? &f->set[c->set] : NULL;
    bool ok = s && !s->whole && c->bytes > 0;
    for (int d = 0; ok && d < s->spec->ndim; d++)
        ok = c->index[d] >= 0 && c->index[d] < s->grid.ncells[d];
    if (!ok)
        err_set(err, SHARR_EINTERNAL, "%s: a chunk outside its dataset", f->target);
    return ok;
}

static void pack(const h5out *f, const h5chunk *chunk, int n, sharr_error *own)
{
    int64_t *w = my_block(f), *at = w + IN_HEAD;
    if (n > f->batch && !own->status)
        err_set(own, SHARR_EINTERNAL, "%s: %d chunks in a round for %d", f->target, n, f->batch);
    for (int i = 0; i < n && !own->status; i++, at += IN_WORDS) {
        if (!h5out_valid_chunk(f, &chunk[i], own))
            break;
        const outset *s = &f->set[chunk[i].set];
        at[0] = chunk[i].set;
        at[1] = shape_ravel(s->spec->ndim, s->grid.ncells, chunk[i].index);
        at[2] = (int64_t)chunk[i].bytes;
    }
    w[IN_ERROR] = own->status != 0;
    w[IN_N] = own->status ? 0 : n;
}

/* One chunk: the address is all that our driver gives; the bytes are written elsewhere. */
static int place_one(h5out *f, const int64_t *in, int64_t *addr, sharr_error *own)
{
    const outset *s = &f->set[in[0]];
    int64_t index[SHARR_MAX_DIMS];
    hsize_t offset[SHARR_MAX_DIMS];
    uint64_t at = 0;
    shape_unravel(s->spec->ndim, s->grid.ncells, in[1], index);
    for (int d = 0; d < s->spec->ndim; d++)
        offset[d] = (hsize_t)(index[d] * s->spec->chunk[d]);
    int status = h5vfd_allocate(s->dset, f->vfd, offset, (uint64_t)in[2], &at, own);
    *addr = (int64_t)at;
    if (status)
        err_prefix(own, "%s:%s", f->target, s->spec->path);
    return h5out_settle(f, status, in[2], own);
}

/* Rank 0: answers are written over questions; an answer never reaches a question still to be read. */
static void place_all(h5out *f, sharr_error *own)
{
    const int size = comm_size(f->c);
    int64_t calls = 0;
    bool stop = own->status != 0;
    for (int r = 0; r < size; r++)
        stop |= block_of(f, r)[IN_ERROR] != 0;
    h5lib_lock();
    for (int r = 0; r < size && !stop; r++) {
        int64_t *w = block_of(f, r), mine = 0;
        const int64_t n = w[IN_N];
        for (int64_t i = 0; i < n && !stop; i++) {
            const int64_t in[IN_WORDS] = {w[IN_HEAD + IN_WORDS * i], w[IN_HEAD + IN_WORDS * i + 1],
                                          w[IN_HEAD + IN_WORDS * i + 2]};
            stop = place_one(f, in, &w[OUT_HEAD + i], own) != 0;
            mine += mpiio_calls((size_t)in[2]);
            f->placed += !stop;
        }
        calls = mine > calls ? mine : calls;
    }
    h5lib_unlock();
    for (int r = 0; r < size; r++) {
        int64_t *w = block_of(f, r);
        w[OUT_STOP] = stop;
        w[OUT_CALLS] = calls;
        w[OUT_PLACED] = f->placed;
    }
}

/* Addresses into `chunk`; `calls` for the collective writes.  0, or an agreed error. */
static int place(h5out *f, h5chunk *chunk, int n, sharr_error *own, sharr_error *err)
{
    int64_t *w = my_block(f), *count = f->wire;
    sharr_error broken;
    err_clear(&broken);
    for (int r = 0; r < comm_size(f->c); r++)
        count[r] = (int64_t)block_words(f) * (int64_t)sizeof *w;
    pack(f, chunk, n, own);
    if (comm_gather_all(f->c, w, comm_rank(f->c) == 0 ? block_of(f, 0) : NULL, count, 0, &broken) == 0) {
        if (comm_rank(f->c) == 0)
            place_all(f, own);
        comm_scatter_all(f->c, comm_rank(f->c) == 0 ? block_of(f, 0) : NULL, count, w, 0, &broken);
    }
    if (broken.status) {            /* MPI itself: nothing can be agreed any more */
        f->failed = true;
        if (err)
            *err = broken;
        return broken.status;
    }
    f->placed = w[OUT_PLACED];
    if (w[OUT_STOP])
        return h5out_agree(f, own, err);
    for (int i = 0; i < n; i++)
        chunk[i].addr = (uint64_t)w[OUT_HEAD + i];
    return 0;
}

int h5out_place_all(h5out *f, h5chunk *chunk, int n, const sharr_error *local, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    if (local)
        own = *local;
    return place(f, chunk, n, &own, err);
}

static void count_written(h5out *f, size_t bytes)
{
    f->frames++;
    f->bytes += (int64_t)bytes;
    if (f->count)
        count_add(&f->count->bytes_written, (int64_t)bytes);
}

int h5out_write_frame(h5out *f, const h5chunk *chunk, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    if (outstream_write(f->stream, chunk->data, chunk->bytes, chunk->addr, &own) == 0) {
        count_written(f, chunk->bytes);
        return 0;
    }
    h5out_explain(f, &own);
    if (err)
        *err = own;
    return own.status;
}

int h5out_status_all(h5out *f, const sharr_error *local, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    if (local)
        own = *local;
    return h5out_agree(f, &own, err);
}

/* MPI-IO tells neither cause nor place: the same bytes written plainly do. */
static void find_cause(h5out *f, const h5chunk *chunk, sharr_error *own)
{
    sharr_error cause;
    err_clear(&cause);
    if (outstream_write(f->stream, chunk->data, chunk->bytes, chunk->addr, &cause))
        *own = cause;
    else
        err_prefix(own, "%s", f->target);
    h5out_explain(f, own);
}

static void write_frames(h5out *f, const h5chunk *chunk, int n, sharr_error *own)
{
    int failed = 0;
    for (int i = 0; i < n; i++)
        f->part[i] = (mpiio_part){.data = chunk[i].data, .bytes = chunk[i].bytes, .at = chunk[i].addr};
    if (mpiio_write_all(f->mpi, f->part, n, my_block(f)[OUT_CALLS], &failed, own)) {
        if (failed < n)
            find_cause(f, &chunk[failed], own);
        return;
    }
    for (int i = 0; i < n; i++) {
        outstream_landed(f->stream, chunk[i].addr, chunk[i].bytes);
        count_written(f, chunk[i].bytes);
    }
}

/* The driver is not trusted: HDF5 moves the bytes itself. */
static void write_by_library(h5out *f, const h5chunk *chunk, int n, sharr_error *own)
{
    h5lib_lock();
    for (int i = 0; i < n && !own->status; i++) {
        if (!h5out_valid_chunk(f, &chunk[i], own))
            break;
        const outset *s = &f->set[chunk[i].set];
        hsize_t offset[SHARR_MAX_DIMS];
        for (int d = 0; d < s->spec->ndim; d++)
            offset[d] = (hsize_t)(chunk[i].index[d] * s->spec->chunk[d]);
        int status = 0;
        if (H5Dwrite_chunk(s->dset, H5P_DEFAULT, 0, offset, chunk[i].bytes, chunk[i].data) < 0)
            status = h5lib_error(own, SHARR_EIO, "%s:%s", f->target, s->spec->path);
        if (h5out_settle(f, status, (int64_t)chunk[i].bytes, own))
            break;
        f->placed++;
        count_written(f, chunk[i].bytes);
    }
    h5lib_unlock();
}

int h5out_round_all(h5out *f, h5chunk *chunk, int n, const sharr_error *local, sharr_error *err)
{
    sharr_error own;
    err_clear(&own);
    if (local)
        own = *local;
    if (f->mode == OUT_MPIO)
        return h5out_mpio_round(f, chunk, n, &own, err);
    if (f->mode == OUT_LIBRARY) {
        write_by_library(f, chunk, n, &own);
        return h5out_agree(f, &own, err);
    }
    int status = place(f, chunk, n, &own, err);
    if (status)
        return status;
    if (f->mpi)
        write_frames(f, chunk, n, &own);
    for (int i = 0; !f->mpi && i < n && !own.status; i++)
        h5out_write_frame(f, &chunk[i], &own);
    return h5out_agree(f, &own, err);
}
