/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Follows a path link by link, so that "no such dataset" is told from a link that leads nowhere.
 */
#include <stdlib.h>
#include <string.h>

#include "store/h5in_impl.h"
#include "store/h5lib.h"

static int dangling_soft(h5in *f, const char *link, size_t size, sharr_error *err)
{
    char *target = calloc(1, size + 1);
    if (!target)
        return err_nomem(err, "a link", size + 1);
    H5Lget_val(f->file, link, target, size, H5P_DEFAULT);
    err_set(err, SHARR_EDATA, "%s:%s is a link to %s, which does not exist", h5in_path(f), link, target);
    free(target);
    return SHARR_EDATA;
}

/* The file is missing, or is no HDF5 file, or does not have the object. */
static int explain_external(h5in *f, const char *link, const char *file, const char *object, sharr_error *err)
{
    char path[4096];
    h5in *other = NULL;
    if (!h5refer_find(h5in_path(f), file, "HDF5_EXT_PREFIX", path, sizeof path))
        return err_set(err, SHARR_ENOINPUT, "%s:%s is a link to the file %s, which is missing (HDF5_EXT_PREFIX names other "
                       "directories)", h5in_path(f), link, file);
    int rc = h5in_open(path, &other, err);
    if (rc) {
        err_prefix(err, "%s:%s is a link to another file", h5in_path(f), link);
        return rc;
    }
    h5in_close(other);
    return err_set(err, SHARR_EDATA, "%s:%s is a link to %s in the file %s, which does not exist there", h5in_path(f), link,
                   object, path);
}

static int dangling_external(h5in *f, const char *link, size_t size, sharr_error *err)
{
    char *value = calloc(1, size + 1);
    const char *file, *object;
    unsigned flags;
    int rc;
    if (!value)
        return err_nomem(err, "a link", size + 1);
    if (H5Lget_val(f->file, link, value, size, H5P_DEFAULT) < 0 ||
        H5Lunpack_elink_val(value, size, &flags, &file, &object) < 0)
        rc = h5lib_error(err, SHARR_EDATA, "%s:%s: the link cannot be read", h5in_path(f), link);
    else
        rc = explain_external(f, link, file, object, err);
    free(value);
    return rc;
}

static int dangling(h5in *f, const char *link, sharr_error *err)
{
    H5L_info_t info;
    H5Eclear2(H5E_DEFAULT);
    if (H5Lget_info(f->file, link, &info, H5P_DEFAULT) < 0)
        return h5lib_error(err, SHARR_EDATA, "%s:%s: the link cannot be read", h5in_path(f), link);
    if (info.type == H5L_TYPE_SOFT)
        return dangling_soft(f, link, info.u.val_size, err);
    if (info.type == H5L_TYPE_EXTERNAL)
        return dangling_external(f, link, info.u.val_size, err);
    return err_set(err, SHARR_EDATA, "%s:%s: the object behind the link cannot be read", h5in_path(f), link);
}

/* The parent of `path`, an object that is there: is it something that holds no links? */
static bool below_no_group(h5in *f, char *path)
{
    char *slash = strrchr(path, '/');
    while (slash > path && slash[-1] == '/')
        slash--;
    *slash = '\0';
    hid_t parent = path[strspn(path, "/")] ? H5Oopen(f->file, path, H5P_DEFAULT) : -1;
    *slash = '/';
    bool no_group = parent >= 0 && H5Iget_type(parent) != H5I_GROUP;
    if (parent >= 0)
        H5Oclose(parent);
    return no_group;
}

/* One link, whose parent is there.  When HDF5 cannot look for it, that is not "there is none". */
static int follow(h5in *f, char *path, bool *found, sharr_error *err)
{
    htri_t there = H5Lexists(f->file, path, H5P_DEFAULT);
    *found = there > 0;
    if (there < 0) {
        sharr_error why;                /* taken now: the next call of HDF5 forgets it */
        int rc = h5lib_error(&why, SHARR_EDATA, "%s:%s cannot be looked for", h5in_path(f), path);
        if (below_no_group(f, path))
            return SHARR_OK;
        if (err)
            *err = why;
        return rc;
    }
    if (*found && H5Oexists_by_name(f->file, path, H5P_DEFAULT) <= 0)
        return dangling(f, path, err);
    return SHARR_OK;
}

int h5in_resolve(h5in *f, const char *path, bool *found, sharr_error *err)
{
    char *part = strdup(path);
    int rc = SHARR_OK;
    if (!part)
        return err_nomem(err, "a path", strlen(path) + 1);
    *found = path[0] == '/';
    for (char *end = part; *found && !rc && *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        char keep = *end;
        *end = '\0';
        if (part[strspn(part, "/")] != '\0')       /* the root needs no link */
            rc = follow(f, part, found, err);
        *end = keep;
    }
    H5Eclear2(H5E_DEFAULT);
    free(part);
    return rc;
}
