/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The HDF5 side of an output: the file, its groups and datasets.  In direct mode one process
 * has it open through our driver; in mpio mode all ranks make these calls, with equal arguments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "store/h5lib.h"
#include "store/h5out_impl.h"

/* Frames of at least this size start on a page, so that they can go past the page cache. */
enum { ALIGN_FROM = OUTSTREAM_DIRECT_MIN, ALIGN_TO = OUTSTREAM_PAGE };
/* What a full disk lacks for metadata, when nothing more exact is known. */
enum { METADATA = 4096 };

int h5out_check_set(const h5outset *s, outset *out, sharr_error *err)
{
    int64_t bytes = (int64_t)dtype_size(s->type), n;
    *out = (outset){.spec = s, .dset = -1, .whole = s->ndim == 0 || s->chunk[0] == 0};
    if (s->path[0] != '/' || s->path[1] == '\0' || s->ndim < 0 || s->ndim > SHARR_MAX_DIMS)
        return err_set(err, SHARR_EINTERNAL, "%s: no dataset can be called so", s->path);
    if (!shape_size(s->ndim, s->shape, &n) || !mul_i64(n, bytes, &n))
        return err_set(err, SHARR_ERESOURCE, "%s: larger than any file", s->path);
    if (out->whole)
        return 0;
    for (int d = 0; d < s->ndim; d++)
        if (s->chunk[d] < 1 || (s->shape[d] > 0 && s->chunk[d] > s->shape[d]) ||
            !mul_i64(bytes, s->chunk[d], &bytes) || bytes > UINT32_MAX)
            return err_set(err, SHARR_EINTERNAL, "%s: chunks larger than the array or than 4 GiB", s->path);
    for (int i = 0; i < s->pipeline.n; i++)
        if (s->pipeline.filter[i].id == CODEC_SHUFFLE &&
            s->pipeline.filter[i].shuffle_size != dtype_size(s->type))
            return err_set(err, SHARR_EINTERNAL, "%s: shuffle of other elements than its own", s->path);
    out->chunk_bytes = (size_t)bytes;
    out->grid = chunkgrid_make(s->ndim, s->shape, s->chunk, NULL);
    return 0;
}

static herr_t add_filter(hid_t dcpl, const codec_filter *f)
{
    const unsigned level = (unsigned)f->level;
    switch (f->id) {
    case CODEC_SHUFFLE:
        return H5Pset_shuffle(dcpl);
    case CODEC_DEFLATE:
        return H5Pset_deflate(dcpl, level < 9 ? level : 9);
    case CODEC_FLETCHER32:
        return H5Pset_fletcher32(dcpl);
    default:
        return H5Pset_filter(dcpl, f->id, H5Z_FLAG_MANDATORY, 1, &level);
    }
}

/* Times stay out of the file: the same job writes the same bytes (SOURCE_DATE_EPOCH is for history). */
static hid_t timeless(hid_t class)
{
    hid_t id = H5Pcreate(class);
    if (id >= 0 && H5Pset_obj_track_times(id, false) < 0) {
        H5Pclose(id);
        id = -1;
    }
    return id;
}

/* Chunks are written one by one, each whole: nothing is to be filled in ahead. */
static hid_t make_dcpl(const h5out *f, const outset *s)
{
    hid_t dcpl = timeless(H5P_DATASET_CREATE);
    herr_t rc = dcpl < 0 ? -1 : 0;
    hsize_t chunk[SHARR_MAX_DIMS];
    if (rc >= 0 && f->mode == OUT_MPIO)
        rc = H5Pset_fill_time(dcpl, H5D_FILL_TIME_NEVER);
    if (rc >= 0 && !s->whole) {
        for (int d = 0; d < s->spec->ndim; d++)
            chunk[d] = (hsize_t)s->spec->chunk[d];
        rc = H5Pset_chunk(dcpl, s->spec->ndim, chunk);
    }
    for (int i = 0; rc >= 0 && !s->whole && i < s->spec->pipeline.n; i++)
        rc = add_filter(dcpl, &s->spec->pipeline.filter[i]);
    if (rc < 0 && dcpl >= 0) {
        H5Pclose(dcpl);
        dcpl = -1;
    }
    return dcpl;
}

static bool is_group(hid_t file, const char *path)
{
    hid_t id = H5Oopen(file, path, H5P_DEFAULT);
    const bool yes = id >= 0 && H5Iget_type(id) == H5I_GROUP;
    if (id >= 0)
        H5Oclose(id);
    return yes;
}

/* Every group on the way must be one, and the name itself free. */
static int check_name(hid_t file, const char *path, sharr_error *err)
{
    char part[PATH_MAX];
    const size_t n = strlen(path);
    if (n >= sizeof part)
        return err_set(err, SHARR_EUSAGE, "the name of the dataset is too long (%zu bytes)", n);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        htri_t there = H5Lexists(file, part, H5P_DEFAULT);
        if (there < 0)
            return h5lib_error(err, SHARR_EDATA, "cannot look for %s", part);
        if (!there)
            return 0;
        if (i == n)
            return err_set(err, SHARR_EEXIST, "there is a %s in it already", path);
        if (!is_group(file, part))
            return err_set(err, SHARR_EEXIST, "%s is no group, so there can be no %s", part, path);
    }
    return 0;
}

static hid_t make_space(const h5outset *s)
{
    hsize_t dims[SHARR_MAX_DIMS];
    for (int d = 0; d < s->ndim; d++)
        dims[d] = (hsize_t)s->shape[d];
    return s->ndim ? H5Screate_simple(s->ndim, dims, NULL) : H5Screate(H5S_SCALAR);
}

static void close_ids(const hid_t *id, int n)
{
    for (int i = 0; i < n; i++)
        if (id[i] >= 0)
            H5Idec_ref(id[i]);
}

/* The groups on the way to a name that are not there yet. */
static bool make_groups(hid_t file, const char *path, hid_t lcpl)
{
    const hid_t gcpl = timeless(H5P_GROUP_CREATE);
    bool ok = gcpl >= 0;
    for (const char *at = strchr(path + 1, '/'); at && ok; at = strchr(at + 1, '/')) {
        char part[PATH_MAX];                    /* check_name has seen that it fits */
        snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
        const htri_t there = H5Lexists(file, part, H5P_DEFAULT);
        const hid_t id = there == 0 ? H5Gcreate2(file, part, lcpl, gcpl, H5P_DEFAULT) : H5I_INVALID_HID;
        ok = there > 0 || id >= 0;
        close_ids(&id, 1);
    }
    close_ids(&gcpl, 1);
    return ok;
}

static int create_set(h5out *f, outset *s, sharr_error *err)
{
    int status = check_name(f->file, s->spec->path, err);
    if (status)
        return status;
    hid_t id[] = {H5Pcreate(H5P_LINK_CREATE), make_dcpl(f, s), make_space(s->spec),
                  h5out_file_type(s->spec->type)};
    if (H5Pset_char_encoding(id[0], H5T_CSET_UTF8) >= 0 && id[1] >= 0 && make_groups(f->file, s->spec->path, id[0]))
        s->dset = H5Dcreate2(f->file, s->spec->path, id[3], id[2], id[0], id[1], H5P_DEFAULT);
    if (s->dset < 0)
        status = h5lib_error(err, SHARR_EIO, "cannot create it");
    close_ids(id, 4);
    for (int i = 0; i < s->spec->nattrs && !status; i++)
        status = h5out_write_attr(s->dset, &s->spec->attr[i], f->log, err);
    return status;
}

static hid_t make_fapl(h5out *f, const h5outopts *o, sharr_error *err)
{
    const h5vfd_options own = {.fd = f->temp.fd, .failed = &f->disk_errno};
    hid_t fapl = f->mode == OUT_MPIO ? H5Pcreate(H5P_FILE_ACCESS) : h5vfd_fapl(&own, err);
    if (fapl < 0)
        return -1;
    bool ok = f->mode != OUT_MPIO || h5out_mpio_fapl(f, fapl, err) == 0;
    if (ok && o->latest)
        ok = H5Pset_libver_bounds(fapl, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST) >= 0;
    if (ok && f->mode == OUT_DIRECT && outstream_direct(f->stream))
        ok = H5Pset_alignment(fapl, ALIGN_FROM, ALIGN_TO) >= 0;
    if (ok)
        return fapl;
    if (!err->status)
        h5lib_error(err, SHARR_EINTERNAL, "HDF5 refuses the file access properties");
    H5Pclose(fapl);
    return -1;
}

static hid_t create_file(const char *name, hid_t fapl)
{
    const hid_t fcpl = timeless(H5P_FILE_CREATE);           /* of the root group */
    const hid_t file = fcpl >= 0 ? H5Fcreate(name, H5F_ACC_TRUNC, fcpl, fapl) : H5I_INVALID_HID;
    close_ids(&fcpl, 1);
    return file;
}

static int open_all_of_it(h5out *f, hid_t fapl, const h5outopts *o, sharr_error *err)
{
    if (f->temp.existed && f->temp.policy == TEMPFILE_APPEND)
        f->file = H5Fopen(f->name, H5F_ACC_RDWR, fapl);
    else
        f->file = create_file(f->name, fapl);
    if (f->file < 0)
        return h5lib_error(err, f->temp.existed ? SHARR_EDATA : SHARR_EIO, "cannot %s it",
                           f->temp.existed ? "append to" : "create");
    if (f->mode != OUT_MPIO)
        f->vfd = h5vfd_of(f->file);
    int status = 0;
    for (int i = 0; i < f->nsets && !status; i++) {
        status = create_set(f, &f->set[i], err);
        if (status)
            err_prefix(err, "%s", f->set[i].spec->path);
    }
    if (!status && o->history)
        status = h5out_write_history(f->file, o->history, f->log, err);
    return status;
}

int h5out_open_file(h5out *f, const h5outopts *o, sharr_error *err)
{
    h5lib_lock();
    int status = h5lib_ready(err);
    hid_t fapl = status ? -1 : make_fapl(f, o, err);
    if (fapl >= 0) {
        status = open_all_of_it(f, fapl, o, err);
        H5Pclose(fapl);
    } else {
        status = err->status;
    }
    if (status)
        err_prefix(err, "%s", f->target);
    status = h5out_settle(f, status, METADATA, err);
    h5lib_unlock();
    return status;
}

/* Parallel HDF5 writes what nobody else has seen: only the finished dataset tells how much it was. */
static void count_stored(const h5out *f, const outset *s)
{
    const hsize_t bytes = f->mode == OUT_MPIO && s->dset >= 0 ? H5Dget_storage_size(s->dset) : 0;
    if (f->count && comm_rank(f->c) == 0)
        count_add(&f->count->bytes_written, (int64_t)bytes);
}

/* Flushed first: closing a file in HDF5 1.10 keeps silent about writes that failed. */
int h5out_close_file(h5out *f, sharr_error *err)
{
    if (f->file < 0)
        return 0;
    h5lib_lock();
    int status = 0;
    if (H5Fflush(f->file, H5F_SCOPE_GLOBAL) < 0)
        status = h5lib_error(err, SHARR_EIO, "%s: cannot write the metadata", f->target);
    for (int i = 0; i < f->nsets && !status; i++) {
        count_stored(f, &f->set[i]);
        if (f->set[i].dset >= 0 && H5Dclose(f->set[i].dset) < 0)
            status = h5lib_error(err, SHARR_EIO, "%s: cannot close %s", f->target, f->set[i].spec->path);
        f->set[i].dset = -1;
    }
    status = h5out_settle(f, status, METADATA, err);
    if (!status) {
        if (H5Fclose(f->file) < 0)
            status = h5lib_error(err, SHARR_EIO, "%s: cannot close it", f->target);
        status = h5out_settle(f, status, METADATA, err);
        f->file = -1;               /* also after a failure: a second try would crash */
        f->vfd = NULL;
    }
    h5lib_unlock();
    return status;
}

void h5out_drop_file(h5out *f)
{
    if (f->file < 0)
        return;
    h5lib_lock();
    if (f->vfd)
        h5vfd_abandon(f->vfd);
    for (int i = 0; i < f->nsets; i++)
        if (f->set[i].dset >= 0)
            H5Dclose(f->set[i].dset);
    H5Fclose(f->file);
    h5lib_unlock();
    f->file = -1;
    f->vfd = NULL;
}
