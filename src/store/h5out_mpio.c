/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rounds of parallel HDF5: collective H5Dwrite through the filters, one chunk of each rank per call, ranks
 * without one taking part with an empty selection.  HDF5 encodes and moves the bytes.
 *
 * A rank that fails inside a collective call of HDF5 1.10 leaves the others waiting in it.  What can be
 * known is therefore agreed before: the number of calls, errors, and room on the disk.
 */
#include <string.h>

#include "base/checked.h"
#include "store/h5lib.h"
#include "store/h5out_impl.h"

#if defined H5_HAVE_PARALLEL || defined SHARR_SERIAL
/* The program without MPI is never asked where there is a launcher. */
static int needs_launcher(sharr_error *err)
{
    return err_set(err, SHARR_EUSAGE,
                   "parallel HDF5 (io=mpio) needs MPI: start sharr with mpiexec (mpiexec -n 1 for one rank)");
}
#endif

#ifdef H5_HAVE_PARALLEL

/* Index nodes, headers and the surplus that HDF5 allocates for small objects; grows with the chunks. */
enum { SLACK = 1 << 20, PER_CHUNK = 128 };

int h5out_mpio_ready(const comm *c, sharr_error *err)
{
    return comm_handle(c) ? 0 : needs_launcher(err);
}

int h5out_mpio_fapl(h5out *f, hid_t fapl, sharr_error *err)
{
    void *info = mpiio_hints();
    if (!info)
        return err_nomem(err, "MPI hints", sizeof(MPI_Info));
    const MPI_Comm all = *(const MPI_Comm *)comm_handle(f->c);
    herr_t rc = H5Pset_fapl_mpio(fapl, all, *(MPI_Info *)info);
    mpiio_hints_free(info);
    return rc < 0 ? h5lib_error(err, SHARR_EIO, "HDF5 refuses the communicator") : 0;
}

int h5out_mpio_reserve(h5out *f, int64_t bytes, sharr_error *err)
{
    const rawfile file = {.fd = f->temp.fd, .name = f->target};
    hsize_t size = 0;
    if (f->file >= 0) {
        h5lib_lock();
        if (H5Fget_filesize(f->file, &size) < 0)
            size = 0;
        H5Eclear2(H5E_DEFAULT);
        h5lib_unlock();
    }
    const int64_t end = (int64_t)size + bytes + SLACK + PER_CHUNK * f->total;
    const int64_t from = max_i64(f->reserved, (int64_t)size);
    int status = end > from ? rawio_reserve(&file, from, end - from, err) : 0;
    if (!status)
        f->reserved = max_i64(f->reserved, end);
    return status;
}

static const h5chunk *nth_of_set(const h5chunk *chunk, int n, int set, int64_t nth)
{
    for (int i = 0; i < n; i++)
        if (chunk[i].set == set && nth-- == 0)
            return &chunk[i];
    return NULL;
}

/* The chunk's box in the file (clipped), and the same corner of the full-size chunk in memory. */
static herr_t select_chunk(const outset *s, const h5chunk *c, hid_t in_file, hid_t in_memory)
{
    hsize_t start[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS], zero[SHARR_MAX_DIMS] = {0};
    if (!c)
        return H5Sselect_none(in_file) < 0 ? -1 : H5Sselect_none(in_memory);
    const box b = chunkgrid_box(&s->grid, c->index);
    for (int d = 0; d < b.ndim; d++) {
        start[d] = (hsize_t)b.start[d];
        count[d] = (hsize_t)b.count[d];
    }
    if (H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, count, NULL) < 0)
        return -1;
    return H5Sselect_hyperslab(in_memory, H5S_SELECT_SET, zero, NULL, count, NULL);
}

static hid_t collective(void)
{
    hid_t dxpl = H5Pcreate(H5P_DATASET_XFER);
    if (dxpl >= 0 && H5Pset_dxpl_mpio(dxpl, H5FD_MPIO_COLLECTIVE) < 0) {
        H5Pclose(dxpl);
        dxpl = -1;
    }
    return dxpl;
}

static void write_chunk(h5out *f, const outset *s, const h5chunk *c, sharr_error *own)
{
    hsize_t dims[SHARR_MAX_DIMS];
    for (int d = 0; d < s->spec->ndim; d++)
        dims[d] = (hsize_t)s->spec->chunk[d];
    hid_t in_file = H5Dget_space(s->dset), in_memory = H5Screate_simple(s->spec->ndim, dims, NULL);
    hid_t type = h5out_memory_type(s->spec->type), dxpl = collective();
    const void *data = c ? c->data : "";
    if (select_chunk(s, c, in_file, in_memory) < 0 ||
        H5Dwrite(s->dset, type, in_memory, in_file, dxpl, data) < 0)
        h5lib_error(own, SHARR_EIO, "%s:%s: collective write", f->target, s->spec->path);
    H5Pclose(dxpl);
    H5Tclose(type);
    H5Sclose(in_memory);
    H5Sclose(in_file);
    if (!c || own->status)
        return;
    f->frames++;
    f->bytes += (int64_t)c->bytes;
    if (f->count && s->spec->pipeline.n > 0)
        count_add(&f->count->chunks_encoded, 1);
}

/* words: calls per dataset, then an error flag, bytes of this round, chunks of this round (summed apart). */
static void describe(const h5out *f, const h5chunk *chunk, int n, int64_t *words, sharr_error *own)
{
    memset(words, 0, ((size_t)f->nsets + 2) * sizeof *words);
    for (int i = 0; i < n && !own->status; i++) {
        if (!h5out_valid_chunk(f, &chunk[i], own))
            break;
        const outset *s = &f->set[chunk[i].set];
        if (chunk[i].bytes != s->chunk_bytes)
            err_set(own, SHARR_EINTERNAL, "%s:%s: a chunk of %zu bytes, not %zu", f->target, s->spec->path,
                    chunk[i].bytes, s->chunk_bytes);
        words[chunk[i].set]++;
        words[f->nsets + 1] += (int64_t)codec_bound(&s->spec->pipeline, s->chunk_bytes);
    }
    words[f->nsets] = own->status != 0;
}

int h5out_mpio_round(h5out *f, const h5chunk *chunk, int n, sharr_error *own, sharr_error *err)
{
    int64_t *words = f->wire;
    sharr_error broken;
    err_clear(&broken);
    describe(f, chunk, n, words, own);
    if (comm_max_all(f->c, words, f->nsets + 2, &broken)) {
        f->failed = true;
        if (err)
            *err = broken;
        return broken.status;
    }
    if (comm_rank(f->c) == 0 && !words[f->nsets] && !own->status)
        h5out_mpio_reserve(f, words[f->nsets + 1] * comm_size(f->c), own);
    int status = h5out_agree(f, own, err);
    if (status)
        return status;
    h5lib_lock();
    for (int s = 0; s < f->nsets; s++)
        for (int64_t k = 0; k < words[s]; k++)
            write_chunk(f, &f->set[s], nth_of_set(chunk, n, s, k), own);
    h5lib_unlock();
    if (own->status)
        h5out_explain(f, own);
    return h5out_agree(f, own, err);
}

int h5out_mpio_whole(h5out *f, int set, const void *data, sharr_error *own, sharr_error *err)
{
    const outset *s = &f->set[set];
    const bool mine = comm_rank(f->c) == 0;
    int64_t size = 1;
    shape_size(s->spec->ndim, s->spec->shape, &size);
    if (mine && !own->status)
        h5out_mpio_reserve(f, size * (int64_t)dtype_size(s->spec->type), own);
    int status = h5out_agree(f, own, err);
    if (status)
        return status;
    h5lib_lock();
    hid_t space = H5Dget_space(s->dset), type = h5out_memory_type(s->spec->type), dxpl = collective();
    /* HDF5 has no address for an array without elements and fails over it. */
    if (size > 0 && ((!mine && H5Sselect_none(space) < 0) ||
                     H5Dwrite(s->dset, type, space, space, dxpl, mine ? data : "") < 0))
        h5lib_error(own, SHARR_EIO, "%s:%s: collective write", f->target, s->spec->path);
    H5Pclose(dxpl);
    H5Tclose(type);
    H5Sclose(space);
    h5lib_unlock();
    return h5out_agree(f, own, err);
}

#else

int h5out_mpio_ready(const comm *c, sharr_error *err)
{
    (void)c;
#ifdef SHARR_SERIAL
    return needs_launcher(err);
#else
    return err_set(err, SHARR_EUSAGE, "parallel HDF5 (io=mpio) is not in this build: it needs MPI and an HDF5 "
                   "with MPI; use io=direct");
#endif
}

static int not_built(sharr_error *err)
{
    return err_set(err, SHARR_EINTERNAL, "parallel HDF5 is not in this build");
}

int h5out_mpio_fapl(h5out *f, hid_t fapl, sharr_error *err)
{
    (void)f, (void)fapl;
    return not_built(err);
}

int h5out_mpio_reserve(h5out *f, int64_t bytes, sharr_error *err)
{
    (void)f, (void)bytes;
    return not_built(err);
}

int h5out_mpio_round(h5out *f, const h5chunk *chunk, int n, sharr_error *own, sharr_error *err)
{
    (void)f, (void)chunk, (void)n, (void)own;
    return not_built(err);
}

int h5out_mpio_whole(h5out *f, int set, const void *data, sharr_error *own, sharr_error *err)
{
    (void)f, (void)set, (void)data, (void)own;
    return not_built(err);
}

#endif
