/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names of dimensions by the HDF5 dimension scale specification, without its library: the attribute DIMENSION_LIST
 * holds, per dimension, references to scales.
 */
#include <stdlib.h>
#include <string.h>

#include "store/h5in_impl.h"

static const char placeholder[] = "This is a netCDF dimension but not a netCDF variable";

/* The attribute `name` as text of fixed size; false when it is not that. */
static bool text_attribute(hid_t dset, const char *name, char *out, size_t cap)
{
    bool ok = false;
    hid_t a = H5Aexists(dset, name) > 0 ? H5Aopen(dset, name, H5P_DEFAULT) : -1;
    if (a < 0)
        return false;
    hid_t type = H5Aget_type(a), space = H5Aget_space(a);
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 && H5Tget_size(type) < cap &&
        H5Sget_simple_extent_npoints(space) == 1) {
        memset(out, 0, cap);
        ok = H5Aread(a, type, out) >= 0;
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(a);
    return ok;
}

bool h5dims_is_placeholder(hid_t dset)
{
    char text[128];
    return text_attribute(dset, "NAME", text, sizeof text) && strncmp(text, placeholder, strlen(placeholder)) == 0;
}

static bool is_scale(hid_t dset)
{
    char text[32];
    return text_attribute(dset, "CLASS", text, sizeof text) && strcmp(text, "DIMENSION_SCALE") == 0;
}

/* The last part of an object's path. */
static void add_name(hid_t object, strbuf *out)
{
    char path[1024] = "";
    const char *slash = H5Iget_name(object, path, sizeof path) > 0 ? strrchr(path, '/') : NULL;
    strbuf_add(out, slash ? slash + 1 : "?");
}

static void add_referred(hid_t dset, const hvl_t *list, strbuf *out)
{
    hid_t scale = list->len > 0 && list->p ? H5Rdereference2(dset, H5P_DEFAULT, H5R_OBJECT, list->p) : -1;
    if (scale < 0) {
        strbuf_add(out, "?");
        return;
    }
    add_name(scale, out);
    H5Oclose(scale);
}

static void list_scales(hid_t dset, hid_t a, int ndim, strbuf *out)
{
    hid_t ref = H5Tvlen_create(H5T_STD_REF_OBJ), type = H5Aget_type(a), space = H5Aget_space(a);
    hvl_t list[SHARR_MAX_DIMS] = {{0}};
    hid_t super = H5Tget_class(type) == H5T_VLEN ? H5Tget_super(type) : -1;
    bool fits = super >= 0 && H5Tget_class(super) == H5T_REFERENCE && H5Sget_simple_extent_npoints(space) == ndim;
    if (fits && H5Aread(a, ref, list) >= 0) {
        for (int i = 0; i < ndim; i++) {
            strbuf_add(out, i ? ", " : "");
            add_referred(dset, &list[i], out);
        }
        H5Dvlen_reclaim(ref, space, H5P_DEFAULT, list);
    }
    if (super >= 0)
        H5Tclose(super);
    H5Sclose(space);
    H5Tclose(type);
    H5Tclose(ref);
}

void h5dims_text(hid_t dset, int ndim, strbuf *out)
{
    hid_t a;
    if (ndim == 1 && is_scale(dset)) {
        add_name(dset, out);
        return;
    }
    a = ndim > 0 && H5Aexists(dset, "DIMENSION_LIST") > 0 ? H5Aopen(dset, "DIMENSION_LIST", H5P_DEFAULT) : -1;
    if (a < 0)
        return;
    list_scales(dset, a, ndim, out);
    H5Aclose(a);
}
