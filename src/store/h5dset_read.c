/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The hot path: where a chunk lies (one HDF5 call that moves no data), and, in workers, its bytes read, decoded,
 * converted and clipped.  As few passes over the data as the chunk allows: raw bytes go straight to `out`, a
 * whole chunk is decoded there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "store/h5in_impl.h"
#include "store/h5lib.h"

struct h5reader {
    codec_scratch *codec;
    iobuf frame;                    /* as read */
    iobuf chunk;                    /* decoded, before it is clipped */
};

h5reader *h5reader_new(sharr_error *err)
{
    h5reader *r = calloc(1, sizeof *r);
    if (!r) {
        err_nomem(err, "a reader", sizeof *r);
        return NULL;
    }
    r->codec = codec_scratch_new(err);
    if (!r->codec) {
        free(r);
        return NULL;
    }
    return r;
}

void h5reader_free(h5reader *r)
{
    if (!r)
        return;
    codec_scratch_free(r->codec);
    iobuf_fini(&r->frame);
    iobuf_fini(&r->chunk);
    free(r);
}

/* ---- one chunk and its part inside the dataset --------------------------------------------------- */

typedef struct clip {
    int64_t count[SHARR_MAX_DIMS];  /* elements inside, per dimension */
    size_t n;                       /* all of them */
    bool whole;                     /* the chunk as it is stored, nothing cut off */
    bool prefix;                    /* the first n elements of it */
} clip;

/* Contiguous data have no padding: a piece at the border is stored as it is clipped. */
static clip clip_of(const h5dset *d, const int64_t *index)
{
    const source *s = &d->src;
    clip c = {.n = 1, .whole = true, .prefix = true};
    bool one_so_far = true;         /* all dimensions before this one have a single element */
    for (int i = 0; i < s->ndim; i++) {
        c.count[i] = min_i64(s->chunk[i], s->shape[i] - index[i] * s->chunk[i]);
        c.n *= (size_t)c.count[i];
        if (c.count[i] < s->chunk[i] && d->layout == H5LAYOUT_CHUNKED) {
            c.whole = false;
            c.prefix &= one_so_far;
        }
        one_so_far &= s->chunk[i] == 1;
    }
    return c;
}

static bool inside(const source *s, const int64_t *index)
{
    for (int i = 0; i < s->ndim; i++)
        if (index[i] < 0 || index[i] >= ceil_div(s->shape[i], s->chunk[i]))
            return false;
    return true;
}

static int chunk_error(const h5dset *d, const int64_t *index, sharr_error *err)
{
    char text[SHAPE_TEXT];
    err_prefix(err, "%s: chunk %s", d->name, shape_text(d->src.ndim, index, text));
    return err_file(err, h5in_path(d->in));
}

/* ---- where it lies ------------------------------------------------------------------------------- */

static h5frame locate_run(const h5dset *d, uint64_t first, size_t n)
{
    if (d->data_addr == UINT64_MAX)
        return (h5frame){.raw = true};
    return (h5frame){.addr = d->data_addr + first * d->type.stored, .size = n * d->type.stored, .raw = true};
}

static void locate_piece(const h5dset *d, const int64_t *index, h5frame *out)
{
    const source *s = &d->src;
    uint64_t first = 0;
    for (int i = 0; i < s->ndim; i++)
        first = first * (uint64_t)s->shape[i] + (uint64_t)(index[i] * s->chunk[i]);
    *out = locate_run(d, first, clip_of(d, index).n);
}

/* Sizes and places that no writer makes.  The file may have been damaged or made up. */
static int check_frame(const h5dset *d, const h5frame *f, sharr_error *err)
{
    uint64_t most = 2 * (uint64_t)d->chunk_bytes + 65536, size = infile_size(d->file);
    if (f->addr > size || f->size > size - f->addr)
        return err_set(err, SHARR_EDATA, "its %llu bytes at %llu reach beyond the end of the file",
                       (unsigned long long)f->size, (unsigned long long)f->addr);
    if (f->size > most)
        return err_set(err, SHARR_EDATA, "its stored size, %llu bytes, makes no sense for %zu bytes of data",
                       (unsigned long long)f->size, d->chunk_bytes);
    if (f->raw && d->layout == H5LAYOUT_CHUNKED && f->size != d->chunk_bytes)
        return err_set(err, SHARR_EDATA, "it is stored unfiltered in %llu bytes, not %zu", (unsigned long long)f->size,
                       d->chunk_bytes);
    return SHARR_OK;
}

static bool every_filter_skipped(const h5dset *d, uint32_t mask)
{
    uint32_t all = (uint32_t)((1u << d->pipeline.n) - 1);
    return (mask & all) == all;
}

static int locate_chunk(h5dset *d, const int64_t *index, h5frame *out, sharr_error *err)
{
    hsize_t offset[SHARR_MAX_DIMS] = {0};
    h5place p = {0};
    int rc = SHARR_OK;
    for (int i = 0; i < d->src.ndim; i++)
        offset[i] = (hsize_t)(index[i] * d->src.chunk[i]);
    h5lib_lock();
    enum h5vfd_found found = h5vfd_locate(d->id, d->vfd, offset, &p);
    if (found == H5VFD_FAILED)
        rc = h5lib_error(err, SHARR_EDATA, "its place in the file cannot be found");
    h5lib_unlock();
    if (rc)
        return rc;
    *out = (h5frame){.addr = p.addr, .size = found == H5VFD_MISSING ? 0 : p.size, .mask = p.mask};
    if (found == H5VFD_MISSING)
        return SHARR_OK;
    if (p.size == 0)
        return err_set(err, SHARR_EDATA, "it is stored in 0 bytes");
    out->raw = every_filter_skipped(d, p.mask) || (d->plain_edges && !clip_of(d, index).whole);
    return check_frame(d, out, err);
}

int h5dset_locate(h5dset *d, const int64_t *index, h5frame *out, sharr_error *err)
{
    int rc = SHARR_OK;
    if (d->library || !inside(&d->src, index))
        rc = err_set(err, SHARR_EINTERNAL, "there is no such chunk to be located");
    else if (d->layout == H5LAYOUT_CONTIGUOUS)
        locate_piece(d, index, out);
    else
        rc = locate_chunk(d, index, out, err);
    return rc ? (chunk_error(d, index, err), rc) : SHARR_OK;
}

/* ---- its values ---------------------------------------------------------------------------------- */

/* Rows of the clipped chunk out of the whole one. */
static void extract(const h5dset *d, const clip *c, const h5type *t, const uint8_t *from, uint8_t *to)
{
    const source *s = &d->src;
    size_t out_size = dtype_size(t->type);
    int64_t step[SHARR_MAX_DIMS], at[SHARR_MAX_DIMS] = {0};
    int run = s->ndim - 1;          /* dimensions from here on lie together */
    size_t row;
    shape_strides(s->ndim, s->chunk, step);
    while (run > 0 && c->count[run] == s->chunk[run])
        run--;
    row = (size_t)(c->count[run] * step[run]);
    do {
        int64_t first = 0;
        for (int i = 0; i < run; i++)
            first += at[i] * step[i];
        h5type_convert(t, from + (size_t)first * t->stored, to, row);
        to += row * out_size;
    } while (shape_next(run, c->count, at));
}

static void fill_values(const h5dset *d, size_t n, void *out)
{
    size_t size = dtype_size(d->type.type), done = 1;
    uint8_t *p = out;
    memcpy(p, d->fill, size);
    for (; done < n; done *= 2)     /* doubling: a few large copies */
        memcpy(p + done * size, p, min_i64((int64_t)done, (int64_t)(n - done)) * (int64_t)size);
}

/* Stored without filters. */
static int read_raw(const h5dset *d, const h5frame *f, const clip *c, h5reader *r, void *out, sharr_error *err)
{
    const h5type *t = &d->type;
    uint8_t *data;
    int rc;
    if (c->prefix && dtype_size(t->type) == t->stored) {
        rc = infile_read_to(d->file, f->addr, c->n * t->stored, out, &r->frame, err);
        if (!rc)
            h5type_convert(t, out, out, c->n);
        return rc;
    }
    rc = infile_read(d->file, f->addr, f->size, &r->frame, &data, err);
    if (!rc && c->prefix)
        h5type_convert(t, data, out, c->n);
    else if (!rc)
        extract(d, c, t, data, out);
    return rc;
}

static int read_filtered(const h5dset *d, const h5frame *f, const clip *c, h5reader *r, void *out, sharr_error *err)
{
    h5type t = d->type;
    bool direct = c->whole && dtype_size(t.type) == t.stored;
    uint8_t *data, *chunk = out;
    int rc = infile_read(d->file, f->addr, f->size, &r->frame, &data, err);
    if (!rc && !direct) {
        rc = iobuf_need(&r->chunk, d->chunk_bytes, err);
        chunk = r->chunk.p;
    }
    rc = rc ? rc : codec_decode(&d->pipeline, f->mask, data, f->size, chunk, d->chunk_bytes, r->codec, err);
    if (rc)
        return rc;
    if (d->pipeline.filter[0].swap && !(f->mask & 1)) {            /* unshuffle did it */
        t.swap = 0;
        t.conv = t.conv == H5CONV_SWAP ? H5CONV_NONE : t.conv;
    }
    if (direct || c->prefix)
        h5type_convert(&t, chunk, out, c->n);
    else
        extract(d, c, &t, chunk, out);
    return SHARR_OK;
}

static int read_frame(const h5dset *d, const h5frame *frame, const clip *c, h5reader *r, void *out, counters *k, sharr_error *err)
{
    if (c->n == 0)
        return SHARR_OK;
    if (frame->size == 0) {
        fill_values(d, c->n, out);
        if (k)
            count_add(&k->chunks_fill, 1);
        return SHARR_OK;
    }
    int rc = check_frame(d, frame, err);
    if (!rc)
        rc = frame->raw ? read_raw(d, frame, c, r, out, err) : read_filtered(d, frame, c, r, out, err);
    if (!rc && k) {
        count_add(&k->bytes_read, (int64_t)(frame->raw && c->prefix ? c->n * d->type.stored : frame->size));
        count_add(&k->chunks_decoded, 1);
    }
    return rc;
}

int h5dset_read_chunk(const h5dset *d, const int64_t *index, const h5frame *frame, h5reader *r,
                      void *out, counters *k, sharr_error *err)
{
    clip c = clip_of(d, index);
    int rc = read_frame(d, frame, &c, r, out, k, err);
    return rc ? (chunk_error(d, index, err), rc) : SHARR_OK;
}

int h5dset_read_run(const h5dset *d, int64_t first, int64_t n, h5reader *r, void *out, counters *k, sharr_error *err)
{
    const h5frame frame = locate_run(d, (uint64_t)first, (size_t)n);
    const clip c = {.n = (size_t)n, .whole = true, .prefix = true};
    int rc = read_frame(d, &frame, &c, r, out, k, err);
    if (!rc)
        return SHARR_OK;
    err_prefix(err, "%s: elements %lld to %lld", d->name, (long long)first, (long long)(first + n));
    return err_file(err, h5in_path(d->in));
}

/* Frames larger than an encoder ever makes are legal; the buffer grows then. */
size_t h5reader_memusage(const h5dset *d)
{
    size_t frame = iobuf_memusage(infile_buffer(codec_bound(&d->pipeline, d->chunk_bytes)));
    size_t n = sizeof(h5reader) + codec_decode_memusage(&d->pipeline, d->chunk_bytes);
    bool clips = false;
    if (d->library)
        return 3 * d->chunk_bytes;  /* what H5Dread takes for itself */
    for (int i = 0; i < d->src.ndim && d->layout == H5LAYOUT_CHUNKED; i++)
        clips |= d->src.shape[i] % d->src.chunk[i] != 0;
    if (d->pipeline.n > 0 && (clips || dtype_size(d->type.type) != d->type.stored))
        n += iobuf_memusage(d->chunk_bytes);
    return n + frame;
}

/* ---- by HDF5 ------------------------------------------------------------------------------------- */

static bool inside_shape(const source *s, const box *b)
{
    bool ok = b->ndim == s->ndim;
    for (int i = 0; i < s->ndim && ok; i++)
        ok = b->start[i] >= 0 && b->count[i] >= 0 && b->start[i] <= s->shape[i] - b->count[i];
    return ok;
}

/* `*box_space` is for the caller to close, after the error stack was looked at. */
static herr_t select_and_read(const h5dset *d, const box *b, hid_t memory, hid_t space, hid_t *box_space, void *out)
{
    hsize_t start[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS];
    if (b->ndim == 0)
        return H5Dread(d->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
    for (int i = 0; i < b->ndim; i++) {
        start[i] = (hsize_t)b->start[i];
        count[i] = (hsize_t)b->count[i];
    }
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0)
        return -1;
    *box_space = H5Screate_simple(b->ndim, count, NULL);
    return *box_space < 0 ? -1 : H5Dread(d->id, memory, *box_space, space, H5P_DEFAULT, out);
}

static int read_by_hdf5(const h5dset *d, const box *b, void *out, sharr_error *err)
{
    char at[SHAPE_TEXT], count[SHAPE_TEXT];
    hid_t stored = H5Dget_type(d->id), space = H5Dget_space(d->id), box_space = -1;
    hid_t memory = stored < 0 ? -1 : h5type_memory(&d->type, stored);
    int rc = SHARR_OK;
    if (memory < 0 || space < 0 || select_and_read(d, b, memory, space, &box_space, out) < 0)
        rc = h5lib_error(err, SHARR_EDATA, "%s: HDF5 cannot read %s elements from %s", d->name,
                         shape_text(b->ndim, b->count, count), shape_text(b->ndim, b->start, at));
    if (box_space >= 0)
        H5Sclose(box_space);
    if (memory >= 0)
        H5Tclose(memory);
    if (space >= 0)
        H5Sclose(space);
    if (stored >= 0)
        H5Tclose(stored);
    return rc;
}

int h5dset_read_box(h5dset *d, const box *b, void *out, counters *k, sharr_error *err)
{
    size_t n = (size_t)box_size(b);
    if (!inside_shape(&d->src, b))
        return err_set(err, SHARR_EINTERNAL, "%s: the box to be read is not inside the dataset", d->name);
    if (n == 0)
        return SHARR_OK;
    memset(out, 0, n * dtype_size(d->type.type));  /* HDF5 leaves alone what it has no fill value for */
    h5lib_lock();
    int rc = read_by_hdf5(d, b, out, err);
    h5lib_unlock();
    if (rc)
        return rc;
    h5type_finish(&d->type, out, n);
    if (k) {
        count_add(&k->fallback_reads, 1);
        count_add(&k->bytes_read, (int64_t)(n * d->type.stored));
    }
    return SHARR_OK;
}
