/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Searches for referred files in HDF5's order, and checks virtual and external datasets.
 */
#include "store/h5refer.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/hashmap.h"
#include "store/h5lib.h"
#include "store/h5vfd.h"

enum { MAX_DEPTH = 8 };             /* virtual datasets of virtual datasets */

/* ---- searching ----------------------------------------------------------------------------------- */

static bool joined(const char *dir, size_t dir_len, const char *name, char *out, size_t cap)
{
    struct stat st;
    int n = dir_len > 0 ? snprintf(out, cap, "%.*s/%s", (int)dir_len, dir, name) : snprintf(out, cap, "%s", name);
    return n > 0 && (size_t)n < cap && stat(out, &st) == 0;
}

static size_t dir_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
}

static bool in_list(const char *list, const char *name, char *out, size_t cap)
{
    while (list && *list) {
        size_t n = strcspn(list, ":");
        if (n > 0 && joined(list, n, name, out, cap))
            return true;
        list += n + (list[n] == ':');
    }
    return false;
}

/* The order of H5F_prefix_open_file: an absolute name as it is, else its last part; the variable's directories; the
 * directory of `from`; the working directory; the directory of the file that `from` is a link to. */
bool h5refer_find(const char *from, const char *name, const char *env, char *out, size_t cap)
{
    char real[PATH_MAX];
    const char *dir = from;
    if (name[0] == '/') {
        if (joined("", 0, name, out, cap))
            return true;
        name = strrchr(name, '/') + 1;
    }
    if (in_list(getenv(env), name, out, cap))
        return true;
    if (dir_length(dir) > 0 && joined(dir, dir_length(dir), name, out, cap))
        return true;
    if (joined("", 0, name, out, cap))
        return true;
    return realpath(from, real) && joined(real, dir_length(real), name, out, cap);
}

/* One check of a dataset and of all that it refers to. */
typedef struct search {
    h5seen **seen;
    arena *names;
    hashmap *done;              /* sources that are all there: each is looked at once, however many refer to it */
} search;

void h5seen_free(h5seen *list)
{
    while (list) {
        h5seen *next = list->next;
        free(list->path);
        free(list);
        list = next;
    }
}

static int remember(h5seen **seen, const char *path, const struct stat *st, sharr_error *err)
{
    h5seen *s = malloc(sizeof *s);
    char *copy = strdup(path);
    if (!s || !copy) {
        free(s);
        free(copy);
        return err_nomem(err, "the list of input files", sizeof *s + strlen(path));
    }
    *s = (h5seen){copy, filestamp_of(st), *seen};
    *seen = s;
    return SHARR_OK;
}

/* ---- external raw files -------------------------------------------------------------------------- */

/* Relative names count from the working directory, or from HDF5_EXTFILE_PREFIX, in which ${ORIGIN} is the
 * directory of the file. */
static void raw_path(const char *from, const char *name, char *out, size_t cap)
{
    static const char origin[] = "${ORIGIN}";
    const char *prefix = getenv("HDF5_EXTFILE_PREFIX");
    const size_t dir = dir_length(from);
    if (name[0] == '/' || !prefix || !*prefix || strcmp(prefix, ".") == 0)
        snprintf(out, cap, "%s", name);
    else if (strncmp(prefix, origin, sizeof origin - 1) == 0)
        snprintf(out, cap, "%.*s%s/%s", dir > 0 ? (int)dir : 1, dir > 0 ? from : ".", prefix + sizeof origin - 1, name);
    else
        snprintf(out, cap, "%s/%s", prefix, name);
}

/* File i must hold its part of what is still to come: HDF5 reads zeros past its end. */
static int check_raw_file(hid_t dcpl, unsigned i, const char *from, uint64_t *left, h5seen **seen, sharr_error *err)
{
    char name[PATH_MAX] = "", path[2 * PATH_MAX];
    struct stat st;
    off_t offset = 0;
    hsize_t size = 0;
    if (H5Pget_external(dcpl, i, sizeof name - 1, name, &offset, &size) < 0)
        return h5lib_error(err, SHARR_EDATA, "its list of external files cannot be read");
    raw_path(from, name, path, sizeof path);
    if (stat(path, &st) < 0)
        return err_set(err, SHARR_ENOINPUT, "its data lie in the external file %s, which is missing (HDF5_EXTFILE_PREFIX "
                       "names another directory)", path);
    uint64_t need = size == H5F_UNLIMITED || size > *left ? *left : size;
    if (offset < 0)
        return err_set(err, SHARR_EDATA, "its part of the external file %s begins at byte %lld: its header is damaged", path,
                       (long long)offset);
    if (offset > st.st_size || need > (uint64_t)(st.st_size - offset))
        return err_set(err, SHARR_EDATA, "its external file %s has %lld bytes, but %llu are needed", path,
                       (long long)st.st_size, (unsigned long long)offset + (unsigned long long)need);
    *left -= need;
    return remember(seen, path, &st, err);
}

static uint64_t dataset_bytes(hid_t d)
{
    hid_t space = H5Dget_space(d), type = H5Dget_type(d);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    uint64_t bytes = n > 0 ? (uint64_t)n * H5Tget_size(type) : 0;
    H5Sclose(space);
    H5Tclose(type);
    return bytes;
}

static int check_raw_files(hid_t d, hid_t dcpl, const char *from, h5seen **seen, sharr_error *err)
{
    uint64_t left = dataset_bytes(d);
    int n = H5Pget_external_count(dcpl), rc = SHARR_OK;
    for (int i = 0; i < n && !rc && left > 0; i++)
        rc = check_raw_file(dcpl, (unsigned)i, from, &left, seen, err);
    return rc;
}

/* ---- virtual datasets ---------------------------------------------------------------------------- */

typedef struct source_name { char file[PATH_MAX], dset[1024]; } source_name;

/* "%b" stands for a number: how many such sources exist is the dataset's own business.  "%%" is "%". */
static bool plain_name(char *name)
{
    char *to = name;
    for (const char *from = name; *from; from++, to++) {
        size_t digits = *from == '%' ? strspn(from + 1, "0123456789") : 0;
        if (*from == '%' && from[1 + digits] == 'b')
            return false;
        if (from[0] == '%' && from[1] == '%')
            from++;
        *to = *from;
    }
    *to = '\0';
    return true;
}

static int check_dataset(hid_t d, const char *from, int depth, search *all, sharr_error *err);

typedef struct checked { const char *path, *dset; int depth; } checked;

static uint64_t hash_of(const checked *c)
{
    return hash_bytes(c->path, strlen(c->path), hash_bytes(c->dset, strlen(c->dset), (uint64_t)c->depth));
}

static bool same(const void *value, const void *key)
{
    const checked *a = value, *b = key;
    return a->depth == b->depth && strcmp(a->path, b->path) == 0 && strcmp(a->dset, b->dset) == 0;
}

static bool is_done(const search *all, const char *path, const char *dset, int depth)
{
    checked key = {path, dset, depth};
    return hashmap_find(all->done, hash_of(&key), same, &key);
}

/* False: out of memory. */
static bool done(search *all, const char *path, const char *dset, int depth)
{
    checked *c = arena_alloc(all->names, 1, sizeof *c);
    if (!c)
        return false;
    *c = (checked){arena_strndup(all->names, path, strlen(path)), arena_strndup(all->names, dset, strlen(dset)), depth};
    return c->path && c->dset && hashmap_add(all->done, hash_of(c), c);
}

static int check_source_dataset(hid_t file, const char *path, const source_name *s, int depth, search *all,
                                sharr_error *err)
{
    if (is_done(all, path, s->dset, depth))
        return SHARR_OK;
    hid_t d = H5Oexists_by_name(file, s->dset, H5P_DEFAULT) > 0 ? H5Dopen2(file, s->dset, H5P_DEFAULT) : -1;
    if (d < 0) {
        H5Eclear2(H5E_DEFAULT);
        return err_set(err, SHARR_ENOINPUT, "its source %s has no dataset %s", path, s->dset);
    }
    int rc = check_dataset(d, path, depth + 1, all, err);
    H5Dclose(d);
    return rc || done(all, path, s->dset, depth) ? rc : err_nomem(err, "names of source datasets", sizeof *s);
}

static int check_source_file(const char *from, const source_name *s, int depth, search *all, sharr_error *err)
{
    char path[PATH_MAX];
    struct stat st;
    int rc;
    if (!h5refer_find(from, s->file, "HDF5_VDS_PREFIX", path, sizeof path) || stat(path, &st) < 0)
        return err_set(err, SHARR_ENOINPUT, "its source file %s is missing (HDF5_VDS_PREFIX names other directories)", s->file);
    if ((rc = remember(all->seen, path, &st, err)))
        return rc;
    hid_t fapl = h5vfd_fapl(NULL, err);
    if (fapl < 0)
        return err ? err->status : SHARR_EINTERNAL;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, fapl);
    if (file < 0)
        rc = h5lib_error(err, SHARR_EDATA, "its source file %s cannot be opened", path);
    else
        rc = check_source_dataset(file, path, s, depth, all, err);
    if (file >= 0)
        H5Fclose(file);
    H5Pclose(fapl);
    return rc;
}

static int check_mapping(hid_t d, hid_t dcpl, size_t i, source_name *last, const char *from, int depth, search *all,
                         sharr_error *err)
{
    source_name s = {"", ""};
    if (H5Pget_virtual_filename(dcpl, i, s.file, sizeof s.file) < 0 ||
        H5Pget_virtual_dsetname(dcpl, i, s.dset, sizeof s.dset) < 0)
        return h5lib_error(err, SHARR_EDATA, "its list of sources cannot be read");
    if (!plain_name(s.file) || !plain_name(s.dset) || (strcmp(s.file, last->file) == 0 && strcmp(s.dset, last->dset) == 0))
        return SHARR_OK;
    *last = s;
    if (strcmp(s.file, ".") != 0)
        return check_source_file(from, &s, depth, all, err);
    hid_t file = H5Iget_file_id(d);
    int rc = check_source_dataset(file, from, &s, depth, all, err);
    H5Fclose(file);
    return rc;
}

static int check_sources(hid_t d, hid_t dcpl, const char *from, int depth, search *all, sharr_error *err)
{
    source_name *last = calloc(1, sizeof *last);
    size_t n = 0;
    int rc = last ? SHARR_OK : err_nomem(err, "names of source files", sizeof *last);
    if (!rc && H5Pget_virtual_count(dcpl, &n) < 0)
        rc = h5lib_error(err, SHARR_EDATA, "its list of sources cannot be read");
    for (size_t i = 0; i < n && !rc; i++)
        rc = check_mapping(d, dcpl, i, last, from, depth, all, err);
    free(last);
    return rc;
}

static int check_dataset(hid_t d, const char *from, int depth, search *all, sharr_error *err)
{
    hid_t dcpl = H5Dget_create_plist(d);
    int rc = SHARR_OK;
    if (depth > MAX_DEPTH)
        rc = err_set(err, SHARR_EDATA, "virtual datasets refer to each other more than %d deep", MAX_DEPTH);
    else if (dcpl >= 0 && H5Pget_layout(dcpl) == H5D_VIRTUAL)
        rc = check_sources(d, dcpl, from, depth, all, err);
    else if (dcpl >= 0 && H5Pget_layout(dcpl) == H5D_CONTIGUOUS && H5Pget_external_count(dcpl) > 0)
        rc = check_raw_files(d, dcpl, from, all->seen, err);
    if (dcpl >= 0)
        H5Pclose(dcpl);
    return rc;
}

int h5refer_check(hid_t d, const char *from, h5seen **seen, sharr_error *err)
{
    search all = {seen, arena_new(), hashmap_new()};
    int rc = all.names && all.done ? check_dataset(d, from, 0, &all, err)
                                   : err_nomem(err, "names of source datasets", sizeof(checked));
    arena_free(all.names);
    hashmap_free(all.done);
    return rc;
}
