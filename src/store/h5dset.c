/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Opens datasets: finds out by which path their values come, and states the plain facts that planning needs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/hashmap.h"
#include "store/h5filters.h"
#include "store/h5in_impl.h"
#include "store/h5lib.h"

/* Datasets without chunks are read in pieces of about this size. */
enum { PIECE = 1 << 20 };

/* ---- shape --------------------------------------------------------------------------------------- */

static int read_shape(h5dset *d, sharr_error *err)
{
    hid_t space = H5Dget_space(d->id);
    hsize_t dims[SHARR_MAX_DIMS] = {0}, most[SHARR_MAX_DIMS] = {0};
    int64_t n;
    int rc = SHARR_OK;
    H5S_class_t cls = space < 0 ? H5S_NO_CLASS : H5Sget_simple_extent_type(space);
    if (cls == H5S_NULL)
        rc = err_set(err, SHARR_EDATA, "the dataset is empty: it has no shape (null dataspace)");
    else if (cls == H5S_NO_CLASS || (d->src.ndim = H5Sget_simple_extent_dims(space, dims, most)) < 0)
        rc = h5lib_error(err, SHARR_EDATA, "its shape cannot be read");
    for (int i = 0; i < d->src.ndim && !rc; i++) {
        d->src.shape[i] = (int64_t)dims[i];
        if (dims[i] > INT64_MAX)
            rc = err_set(err, SHARR_EDATA, "its shape is larger than any file can be");
        else if (dims[i] > most[i])
            rc = err_set(err, SHARR_EDATA, "its dimension %d has %llu elements, but may have %llu at most: its header is damaged",
                         i, (unsigned long long)dims[i], (unsigned long long)most[i]);
    }
    if (!rc && (!shape_size(d->src.ndim, d->src.shape, &n) || n > INT64_MAX / max_i64(16, (int64_t)d->type.stored)))
        rc = err_set(err, SHARR_EDATA, "its shape is larger than any file can be");
    if (space >= 0)
        H5Sclose(space);
    return rc;
}

/* Whole rows of the last dimensions, as many as fit a piece; what lies in one piece lies together in the file. */
static void choose_pieces(source *s, size_t element)
{
    int64_t room = PIECE / (int64_t)element;
    for (int i = s->ndim - 1; i >= 0; i--) {
        int64_t n = max_i64(s->shape[i], 1);
        s->chunk[i] = min_i64(n, max_i64(room, 1));
        room = s->chunk[i] < n ? 1 : room / n;
    }
}

static size_t chunk_elements(const source *s)
{
    size_t n = 1;
    for (int i = 0; i < s->ndim; i++)
        n *= (size_t)s->chunk[i];
    return n;
}

/* ---- layout -------------------------------------------------------------------------------------- */

static int read_chunked(h5dset *d, hid_t dcpl, sharr_error *err)
{
    hsize_t chunk[SHARR_MAX_DIMS] = {0};
    unsigned opts = 0;
    uint64_t bytes = d->type.stored;
    d->layout = H5LAYOUT_CHUNKED;
    int n = H5Pget_chunk(dcpl, d->src.ndim, chunk);
    if (n < 0)
        return h5lib_error(err, SHARR_EDATA, "its chunk shape cannot be read");
    if (n != d->src.ndim)
        return err_set(err, SHARR_EDATA, "its chunks have %d dimensions, the dataset %d: its header is damaged", n, d->src.ndim);
    for (int i = 0; i < d->src.ndim; i++) {
        if (chunk[i] < 1 || __builtin_mul_overflow(bytes, chunk[i], &bytes) || bytes > UINT32_MAX)
            return err_set(err, SHARR_EDATA, "its chunk shape makes no sense");
        d->src.chunk[i] = (int64_t)chunk[i];
    }
    d->plain_edges = H5Pget_chunk_opts(dcpl, &opts) >= 0 && (opts & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
    H5Eclear2(H5E_DEFAULT);         /* formats before 1.10 have no options */
    d->chunk_bytes = bytes;
    d->src.filtered = H5Pget_nfilters(dcpl) > 0;
    return h5filters_read(dcpl, d->type.stored, &d->pipeline, &d->library, err);
}

static int read_contiguous(h5dset *d, hid_t dcpl, sharr_error *err)
{
    haddr_t addr = H5Dget_offset(d->id);
    int64_t n = 1;
    H5Eclear2(H5E_DEFAULT);         /* HADDR_UNDEF is no error here */
    choose_pieces(&d->src, d->type.stored);
    d->chunk_bytes = chunk_elements(&d->src) * d->type.stored;
    if (H5Pget_external_count(dcpl) > 0) {
        d->library = "its data lie in external files";
        return SHARR_OK;
    }
    d->layout = H5LAYOUT_CONTIGUOUS;
    d->data_addr = addr == HADDR_UNDEF ? UINT64_MAX : addr;
    shape_size(d->src.ndim, d->src.shape, &n);
    uint64_t bytes = (uint64_t)n * d->type.stored;
    if (addr != HADDR_UNDEF && (addr > infile_size(d->file) || bytes > infile_size(d->file) - addr))
        return err_set(err, SHARR_EDATA, "its %llu bytes at %llu reach beyond the end of the file", (unsigned long long)bytes,
                       (unsigned long long)addr);
    return SHARR_OK;
}

/* HDF5 copies as many bytes as the shape needs, whatever a damaged header has. */
static int check_compact(const h5dset *d, sharr_error *err)
{
    const uint64_t has = H5Dget_storage_size(d->id);
    int64_t n = 1;
    shape_size(d->src.ndim, d->src.shape, &n);
    const uint64_t needs = (uint64_t)n * d->type.stored;
    return has == needs ? SHARR_OK : err_set(err, SHARR_EDATA, "its header has %llu bytes of data, and its shape needs %llu",
                                             (unsigned long long)has, (unsigned long long)needs);
}

static int read_layout(h5dset *d, hid_t dcpl, sharr_error *err)
{
    switch (H5Pget_layout(dcpl)) {
    case H5D_CHUNKED: return read_chunked(d, dcpl, err);
    case H5D_CONTIGUOUS: return read_contiguous(d, dcpl, err);
    case H5D_COMPACT:
        d->library = "it is stored in its header (compact)";
        if (check_compact(d, err))
            return err->status;
        break;
    case H5D_VIRTUAL: d->library = "it is a virtual dataset"; break;
    default: return h5lib_error(err, SHARR_EDATA, "its layout is not known");
    }
    choose_pieces(&d->src, d->type.stored);
    d->chunk_bytes = chunk_elements(&d->src) * d->type.stored;
    return SHARR_OK;
}

/* ---- fill value ---------------------------------------------------------------------------------- */

/* What H5Dread leaves alone (fill time "never", or no value defined) is zero. */
static int read_fill(h5dset *d, hid_t dcpl, hid_t type, sharr_error *err)
{
    H5D_fill_value_t defined;
    H5D_fill_time_t when;
    unsigned char stored[16] = {0};
    if (H5Pfill_value_defined(dcpl, &defined) < 0 || H5Pget_fill_time(dcpl, &when) < 0)
        return h5lib_error(err, SHARR_EDATA, "its fill value cannot be read");
    if (defined == H5D_FILL_VALUE_UNDEFINED || when == H5D_FILL_TIME_NEVER || d->type.library)
        return SHARR_OK;
    if (H5Pget_fill_value(dcpl, type, stored) < 0)
        return h5lib_error(err, SHARR_EDATA, "its fill value cannot be read");
    h5type_convert(&d->type, stored, d->fill, 1);
    return SHARR_OK;
}

/* ---- all together -------------------------------------------------------------------------------- */

/* HDF5 adds up the sizes of all chunks to answer: ask only where that is quick. */
static int64_t stored_bytes(const h5dset *d)
{
    int64_t chunks = 1, n = 1;
    shape_size(d->src.ndim, d->src.shape, &n);
    if (d->layout != H5LAYOUT_CHUNKED || !d->src.filtered)
        return n * (int64_t)d->type.stored;
    for (int i = 0; i < d->src.ndim && n > 0; i++)
        chunks *= ceil_div(d->src.shape[i], d->src.chunk[i]);
    if (chunks > 10000)
        return min_i64(n * (int64_t)d->type.stored, (int64_t)infile_size(d->file));
    return (int64_t)H5Dget_storage_size(d->id);
}

static int read_type(h5dset *d, hid_t type, sharr_error *err)
{
    int rc = h5type_classify(type, &d->type, err);
    if (rc && err) {
        sharr_error what = *err;
        return err_set(err, rc, "it holds %.300s", what.text);
    }
    return rc;
}

/* A dataset that has no elements needs no address, whatever its layout. */
static void choose_path(h5dset *d, sharr_error *scratch)
{
    if (!d->library && d->type.library)
        d->library = d->type.library;
    if (!d->library && h5vfd_trusted(scratch))
        d->library = "the file driver does not fit this HDF5";
    d->src.path = d->library ? SOURCE_LIBRARY : SOURCE_DIRECT;
}

/* Undoing shuffle puts bytes in their places one by one: it can as well put them in the other order. */
static void fuse_swap(h5dset *d)
{
    codec_filter *first = &d->pipeline.filter[0];
    if (d->pipeline.n > 0 && first->id == CODEC_SHUFFLE && d->type.swap && first->shuffle_size == d->type.stored)
        first->swap = (unsigned)d->type.swap;
}

/* The files that it refers to belong to its identity, and to what is checked at the end. */
static int check_referred(h5dset *d, uint64_t *identity, sharr_error *err)
{
    h5seen *mine = NULL;
    int rc = h5refer_check(d->id, infile_path(d->file), &mine, err);
    while (mine) {
        h5seen *s = mine;
        mine = s->next;
        *identity = filestamp_hash(&s->stamp, *identity);
        s->next = d->in->seen;
        d->in->seen = s;
    }
    return rc;
}

static enum source_decode decode_of(const h5dset *d)
{
    enum source_decode most = SOURCE_RAW;
    for (int i = 0; i < d->pipeline.n; i++) {
        int id = d->pipeline.filter[i].id;
        enum source_decode one = id == CODEC_DEFLATE ? SOURCE_DEFLATE : id == CODEC_ZSTD ? SOURCE_ZSTD : SOURCE_RAW;
        most = one > most ? one : most;
    }
    return d->src.path == SOURCE_DIRECT ? most : SOURCE_OTHER;
}

static int read_facts(h5dset *d, const char *path, sharr_error *err)
{
    sharr_error scratch;
    uint64_t identity = hash_bytes(path, strlen(path), 0);
    hid_t dcpl = H5Dget_create_plist(d->id), type = H5Dget_type(d->id);
    int rc = dcpl < 0 || type < 0 ? h5lib_error(err, SHARR_EDATA, "its header cannot be read") : SHARR_OK;
    rc = rc ? rc : h5in_raw(d->in, d->id, &d->file, &d->vfd, err);
    rc = rc ? rc : read_type(d, type, err);
    rc = rc ? rc : read_shape(d, err);
    rc = rc ? rc : read_layout(d, dcpl, err);
    rc = rc ? rc : check_referred(d, &identity, err);
    rc = rc ? rc : read_fill(d, dcpl, type, err);
    if (!rc) {
        choose_path(d, &scratch);
        fuse_swap(d);
        d->src.name = d->name;
        d->src.type = d->type.type;
        d->src.chunked = true;
        d->src.plain = d->layout == H5LAYOUT_CONTIGUOUS && d->src.path == SOURCE_DIRECT;
        d->src.decode = decode_of(d);
        d->src.stored_bytes = stored_bytes(d);
        d->src.identity = filestamp_hash(infile_stamp(d->file), identity);
    }
    if (dcpl >= 0)
        H5Pclose(dcpl);
    if (type >= 0)
        H5Tclose(type);
    return rc;
}

static char *full_name(const h5in *f, const char *path)
{
    strbuf name = {0};
    strbuf_printf(&name, "%s:%s", h5in_path(f), path);
    return strbuf_take(&name);
}

/* An object that is there: a dataset is opened, anything else is not found. */
static int open_object(h5in *f, const char *path, h5dset **out, bool *found, sharr_error *err)
{
    hid_t id = H5Oopen(f->file, path, H5P_DEFAULT);
    int rc = SHARR_OK;
    if (id < 0)
        return h5lib_error(err, SHARR_EDATA, "%s:%s: HDF5 cannot open it", h5in_path(f), path);
    if (H5Iget_type(id) != H5I_DATASET) {
        H5Oclose(id);
        *found = false;
        return SHARR_OK;
    }
    h5dset *d = calloc(1, sizeof *d);
    if (!d) {
        H5Oclose(id);
        return err_nomem(err, "a dataset", sizeof *d);
    }
    *d = (h5dset){.in = f, .id = id, .layout = H5LAYOUT_OTHER, .data_addr = UINT64_MAX, .name = full_name(f, path)};
    rc = d->name ? read_facts(d, path, err) : err_nomem(err, "a dataset", strlen(path));
    if (rc) {
        if (d->name)
            err_prefix(err, "%s", d->name);
        h5dset_close(d);
        return rc;
    }
    *out = d;
    return SHARR_OK;
}

int h5in_dataset(h5in *f, const char *path, h5dset **out, bool *found, sharr_error *err)
{
    h5lib_lock();
    int rc = h5in_resolve(f, path, found, err);
    if (!rc && *found)
        rc = open_object(f, path, out, found, err);
    h5lib_unlock();
    return rc;
}

void h5dset_close(h5dset *d)
{
    if (!d)
        return;
    h5lib_lock();
    H5Dclose(d->id);
    h5lib_unlock();
    free(d->name);
    free(d);
}

const source *h5dset_source(const h5dset *d)
{
    return &d->src;
}

source *h5dset_source_mut(h5dset *d)
{
    return &d->src;
}

const char *h5dset_why_library(const h5dset *d)
{
    return d->library;
}
