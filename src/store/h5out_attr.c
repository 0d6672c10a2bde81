/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Element types as they are stored, attributes, and the history line.  Texts are UTF-8 strings of
 * fixed length: every tool reads them.  The HDF5 lock is held by the caller.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/h5lib.h"
#include "store/h5out_impl.h"

/* An attribute is a message in an object header of at most 64 KiB. */
enum { TEXT_MAX_BYTES = 60000 };

/* [in file, in memory]: little-endian files, so that frames are the bytes of memory. */
static hid_t plain_type(dtype t, bool memory)
{
    const hid_t types[SHARR_NDTYPES][2] = {
        [SHARR_INT8] = {H5T_STD_I8LE, H5T_NATIVE_INT8},
        [SHARR_INT16] = {H5T_STD_I16LE, H5T_NATIVE_INT16},
        [SHARR_INT32] = {H5T_STD_I32LE, H5T_NATIVE_INT32},
        [SHARR_INT64] = {H5T_STD_I64LE, H5T_NATIVE_INT64},
        [SHARR_UINT8] = {H5T_STD_U8LE, H5T_NATIVE_UINT8},
        [SHARR_UINT16] = {H5T_STD_U16LE, H5T_NATIVE_UINT16},
        [SHARR_UINT32] = {H5T_STD_U32LE, H5T_NATIVE_UINT32},
        [SHARR_UINT64] = {H5T_STD_U64LE, H5T_NATIVE_UINT64},
        [SHARR_FLOAT32] = {H5T_IEEE_F32LE, H5T_NATIVE_FLOAT},
        [SHARR_FLOAT64] = {H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE},
    };
    return types[t][memory];
}

/* As h5py stores it: an enumeration of FALSE and TRUE in one byte. */
static hid_t bool_type(bool memory)
{
    hid_t t = H5Tenum_create(plain_type(SHARR_INT8, memory));
    const int8_t no = 0, yes = 1;
    if (t >= 0 && (H5Tenum_insert(t, "FALSE", &no) < 0 || H5Tenum_insert(t, "TRUE", &yes) < 0)) {
        H5Tclose(t);
        return -1;
    }
    return t;
}

/* Also as h5py does: a compound of r and i. */
static hid_t complex_type(dtype real, bool memory)
{
    const size_t part = dtype_size(real);
    hid_t t = H5Tcreate(H5T_COMPOUND, 2 * part), r = plain_type(real, memory);
    if (t >= 0 && (H5Tinsert(t, "r", 0, r) < 0 || H5Tinsert(t, "i", part, r) < 0)) {
        H5Tclose(t);
        return -1;
    }
    return t;
}

static hid_t make_type(dtype t, bool memory)
{
    if (t == SHARR_BOOL)
        return bool_type(memory);
    if (t == SHARR_COMPLEX64 || t == SHARR_COMPLEX128)
        return complex_type(dtype_real(t), memory);
    return H5Tcopy(plain_type(t, memory));
}

hid_t h5out_file_type(dtype t) { return make_type(t, false); }
hid_t h5out_memory_type(dtype t) { return make_type(t, true); }

static hid_t text_type(size_t bytes)
{
    hid_t t = H5Tcopy(H5T_C_S1);
    if (t >= 0 && (H5Tset_size(t, bytes) < 0 || H5Tset_cset(t, H5T_CSET_UTF8) < 0 ||
                   H5Tset_strpad(t, H5T_STR_NULLPAD) < 0)) {
        H5Tclose(t);
        return -1;
    }
    return t;
}

/* Not in the middle of a character. */
static size_t cut(const char *text, size_t n)
{
    if (n <= TEXT_MAX_BYTES)
        return n;
    n = TEXT_MAX_BYTES;
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return n;
}

static hid_t attr_space(const h5attr *a)
{
    const hsize_t n = (hsize_t)a->n;
    if (a->n == 0)
        return H5Screate(H5S_NULL);
    return a->text || a->n == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &n, NULL);
}

int h5out_write_attr(hid_t object, const h5attr *a, const logger *log, sharr_error *err)
{
    const size_t text = a->text ? cut(a->data, (size_t)a->n) : 0;
    hid_t in_file = a->text ? text_type(text ? text : 1) : h5out_file_type(a->type);
    hid_t in_memory = a->text ? H5Tcopy(in_file) : h5out_memory_type(a->type);
    hid_t space = attr_space(a), acpl = H5Pcreate(H5P_ATTRIBUTE_CREATE), id = -1;
    int status = SHARR_EIO;
    if (a->text && text < (size_t)a->n)
        log_msg(log, LOG_WARN, "attribute %s: cut to %zu of %lld bytes", a->name, text, (long long)a->n);
    if (H5Pset_char_encoding(acpl, H5T_CSET_UTF8) >= 0)
        id = H5Acreate2(object, a->name, in_file, space, acpl, H5P_DEFAULT);
    if (id >= 0 && (a->n == 0 || H5Awrite(id, in_memory, a->data) >= 0))
        status = 0;
    if (status)
        h5lib_error(err, SHARR_EIO, "cannot write the attribute %s", a->name);
    if (id >= 0)
        H5Aclose(id);
    H5Pclose(acpl);
    H5Sclose(space);
    H5Tclose(in_memory);
    H5Tclose(in_file);
    return status;
}

/* What an existing text attribute holds, however it is stored; malloc'ed, NULL: not to be read. */
static char *read_text(hid_t object, const char *name)
{
    hid_t a = H5Aopen(object, name, H5P_DEFAULT), stored = a >= 0 ? H5Aget_type(a) : -1;
    hid_t space = a >= 0 ? H5Aget_space(a) : -1;
    char *text = NULL;
    if (stored >= 0 && H5Tget_class(stored) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1) {
        const bool variable = H5Tis_variable_str(stored) > 0;
        hid_t memory = H5Tcopy(stored);
        char *given = NULL;
        if (variable && H5Aread(a, memory, &given) >= 0 && given) {
            text = strdup(given);
            H5Dvlen_reclaim(memory, space, H5P_DEFAULT, &given);
        } else if (!variable) {
            text = calloc(H5Tget_size(stored) + 1, 1);
            if (text && H5Aread(a, memory, text) < 0)
                text[0] = '\0';
        }
        H5Tclose(memory);
    }
    if (space >= 0)
        H5Sclose(space);
    if (stored >= 0)
        H5Tclose(stored);
    if (a >= 0)
        H5Aclose(a);
    return text;
}

/* The newest line first, as the netCDF tools do. */
int h5out_write_history(hid_t file, const char *line, const logger *log, sharr_error *err)
{
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0)
        return h5lib_error(err, SHARR_EIO, "cannot open the root group");
    char *old = NULL, *all = NULL;
    if (H5Aexists(root, "history") > 0) {
        old = read_text(root, "history");
        H5Adelete(root, "history");
    }
    const size_t n = strlen(line) + 1 + (old ? strlen(old) : 0);
    all = malloc(n + 1);
    int status = all ? 0 : err_nomem(err, "the history", n);
    if (all) {
        snprintf(all, n + 1, "%s%s%s", line, old && old[0] ? "\n" : "", old ? old : "");
        const h5attr a = {.name = "history", .text = true, .n = (int64_t)strlen(all), .data = all};
        status = h5out_write_attr(root, &a, log, err);
    }
    free(all);
    free(old);
    H5Gclose(root);
    return status;
}
