/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Classification of HDF5 datatypes.  What is exactly a machine type in either byte order, a bool
 * of h5py, a pair (r, i) or a float16 is converted by workers; other numbers by HDF5 to the nearest
 * type that holds them; the rest is refused.
 */
#include "store/h5type.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Bytes.  A complex number of two 16-byte parts has 32. */
enum { MAX_NUMBER = 64 };

static bool foreign_order(hid_t type)
{
    return H5Tget_size(type) > 1 && H5Tget_order(type) != H5Tget_order(H5T_NATIVE_INT);
}

static void set_order(h5type *t, hid_t type, size_t component)
{
    t->swap = foreign_order(type) ? component : 0;
    t->conv = t->swap ? H5CONV_SWAP : H5CONV_NONE;
}

/* ---- integers ------------------------------------------------------------------------------------ */

static dtype int_of(size_t bytes, bool sign)
{
    static const dtype of[2][4] = {
        {SHARR_UINT8, SHARR_UINT16, SHARR_UINT32, SHARR_UINT64},
        {SHARR_INT8, SHARR_INT16, SHARR_INT32, SHARR_INT64},
    };
    return of[sign][bytes <= 1 ? 0 : bytes <= 2 ? 1 : bytes <= 4 ? 2 : 3];
}

static bool machine_int(hid_t type)
{
    size_t size = H5Tget_size(type);
    H5T_order_t order = H5Tget_order(type);
    return (size == 1 || size == 2 || size == 4 || size == 8) && H5Tget_precision(type) == 8 * size &&
           (size == 1 || order == H5T_ORDER_LE || order == H5T_ORDER_BE);
}

/* A bitfield is an unsigned integer here: HDF5 has no conversion between the two. */
static int classify_int(hid_t type, H5T_class_t cls, h5type *t, sharr_error *err)
{
    size_t bits = H5Tget_precision(type);
    bool sign = cls == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_2;
    if (!machine_int(type) && (cls == H5T_BITFIELD || bits > 64))
        return err_set(err, SHARR_EDATA, "%s of %zu bits: 8, 16, 32 and 64 are read",
                       cls == H5T_BITFIELD ? "bitfields" : "integers", bits);
    t->type = int_of((bits + 7) / 8, sign);
    if (machine_int(type))
        set_order(t, type, t->stored);
    else
        t->library = "integers of an unusual size";
    return SHARR_OK;
}

/* ---- floats -------------------------------------------------------------------------------------- */

static bool is_half(hid_t type)
{
    size_t sign, exp, exp_bits, man, man_bits;
    H5T_order_t order = H5Tget_order(type);
    return H5Tget_size(type) == 2 && H5Tget_precision(type) == 16 &&
           H5Tget_fields(type, &sign, &exp, &exp_bits, &man, &man_bits) >= 0 && sign == 15 && exp == 10 &&
           exp_bits == 5 && man == 0 && man_bits == 10 && H5Tget_ebias(type) == 15 &&
           H5Tget_norm(type) == H5T_NORM_IMPLIED && (order == H5T_ORDER_LE || order == H5T_ORDER_BE);
}

static bool is_either(hid_t type, hid_t le, hid_t be)
{
    return H5Tequal(type, le) > 0 || H5Tequal(type, be) > 0;
}

static int classify_float(hid_t type, h5type *t)
{
    size_t sign, exp, exp_bits = 64, man, man_bits = 64;
    if (is_either(type, H5T_IEEE_F32LE, H5T_IEEE_F32BE) || is_either(type, H5T_IEEE_F64LE, H5T_IEEE_F64BE)) {
        t->type = t->stored == 4 ? SHARR_FLOAT32 : SHARR_FLOAT64;
        set_order(t, type, t->stored);
        return SHARR_OK;
    }
    if (is_half(type)) {
        t->type = SHARR_FLOAT32;
        set_order(t, type, 2);
        t->conv = H5CONV_HALF;
        return SHARR_OK;
    }
    H5Tget_fields(type, &sign, &exp, &exp_bits, &man, &man_bits);
    t->type = exp_bits <= 8 && man_bits <= 23 ? SHARR_FLOAT32 : SHARR_FLOAT64;
    t->library = "floats of an unusual format";
    return SHARR_OK;
}

/* ---- enums and pairs ----------------------------------------------------------------------------- */

static bool member_is(hid_t type, unsigned i, const char *name)
{
    char *got = H5Tget_member_name(type, i);
    bool same = got && strcasecmp(got, name) == 0;
    H5free_memory(got);
    return same;
}

/* As h5py writes bool: one byte, FALSE = 0, TRUE = 1. */
static bool is_bool(hid_t type)
{
    signed char zero = -1, one = -1;
    return H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 && H5Tget_member_value(type, 0, &zero) >= 0 &&
           H5Tget_member_value(type, 1, &one) >= 0 && zero == 0 && one == 1 && member_is(type, 0, "FALSE") &&
           member_is(type, 1, "TRUE");
}

static int classify_enum(hid_t type, h5type *t, sharr_error *err)
{
    if (is_bool(type)) {
        t->type = SHARR_BOOL;
        t->conv = H5CONV_BOOL;
        return SHARR_OK;
    }
    hid_t base = H5Tget_super(type);
    int rc = h5type_classify(base, t, err);
    H5Tclose(base);
    if (!rc && t->stored != H5Tget_size(type))     /* HDF5 1.10 takes such a header as it is */
        rc = err_set(err, SHARR_EDATA, "enumerated values of %zu bytes on numbers of %zu", H5Tget_size(type), t->stored);
    return rc;
}

static bool pair_names(hid_t type)
{
    return (member_is(type, 0, "r") && member_is(type, 1, "i")) ||
           (member_is(type, 0, "re") && member_is(type, 1, "im")) ||
           (member_is(type, 0, "real") && member_is(type, 1, "imag"));
}

/* Members of a pair of equal floats; false when it is no complex number. */
static bool pair_part(hid_t type, h5type *part)
{
    bool ok = H5Tget_nmembers(type) == 2 && pair_names(type);
    if (!ok)
        return false;
    hid_t a = H5Tget_member_type(type, 0), b = H5Tget_member_type(type, 1);
    ok = H5Tequal(a, b) > 0 && H5Tget_class(a) == H5T_FLOAT && h5type_classify(a, part, NULL) == SHARR_OK;
    H5Tclose(a);
    H5Tclose(b);
    return ok;
}

static int classify_compound(hid_t type, h5type *t, sharr_error *err)
{
    h5type part = {0};
    char text[H5TYPE_TEXT];
    if (!pair_part(type, &part)) {
        if (err)                    /* h5type_text asks here, with NULL */
            h5type_text(type, text);
        return err_set(err, SHARR_EDATA, "%s, no numbers", err ? text : "");
    }
    t->type = part.type == SHARR_FLOAT32 ? SHARR_COMPLEX64 : SHARR_COMPLEX128;
    if (part.library || part.conv == H5CONV_HALF)
        t->library = "complex numbers of an unusual format";
    else if (t->stored != 2 * part.stored || H5Tget_member_offset(type, 0) != 0)
        t->library = "complex numbers with gaps";
    t->swap = t->library ? 0 : part.swap;
    t->conv = t->swap ? H5CONV_SWAP : H5CONV_NONE;
    return SHARR_OK;
}

int h5type_classify(hid_t type, h5type *out, sharr_error *err)
{
    h5type t = {.stored = H5Tget_size(type)};
    H5T_class_t cls = H5Tget_class(type);
    char text[H5TYPE_TEXT];
    int rc;
    switch (cls) {
    case H5T_INTEGER:
    case H5T_BITFIELD: rc = classify_int(type, cls, &t, err); break;
    case H5T_FLOAT: rc = classify_float(type, &t); break;
    case H5T_ENUM: rc = classify_enum(type, &t, err); break;
    case H5T_COMPOUND: rc = classify_compound(type, &t, err); break;
    default:
        h5type_text(type, text);
        rc = err_set(err, SHARR_EDATA, "%s, no numbers", text);
    }
    /* No number is that long, nor has none: the header is damaged. */
    if (!rc && (t.stored == 0 || t.stored > MAX_NUMBER))
        rc = err_set(err, SHARR_EDATA, "numbers of %zu bytes", t.stored);
    if (!rc)
        *out = t;
    return rc;
}

/* ---- for H5Dread --------------------------------------------------------------------------------- */

static hid_t native_type(dtype t)
{
    switch (t) {
    case SHARR_BOOL:
    case SHARR_INT8: return H5T_NATIVE_INT8;
    case SHARR_INT16: return H5T_NATIVE_INT16;
    case SHARR_INT32: return H5T_NATIVE_INT32;
    case SHARR_INT64: return H5T_NATIVE_INT64;
    case SHARR_UINT8: return H5T_NATIVE_UINT8;
    case SHARR_UINT16: return H5T_NATIVE_UINT16;
    case SHARR_UINT32: return H5T_NATIVE_UINT32;
    case SHARR_UINT64: return H5T_NATIVE_UINT64;
    case SHARR_FLOAT32:
    case SHARR_COMPLEX64: return H5T_NATIVE_FLOAT;
    default: return H5T_NATIVE_DOUBLE;
    }
}

static hid_t memory_pair(hid_t stored, hid_t part)
{
    size_t half = H5Tget_size(part);
    hid_t pair = H5Tcreate(H5T_COMPOUND, 2 * half);
    for (unsigned i = 0; i < 2 && pair >= 0; i++) {
        char *name = H5Tget_member_name(stored, i);
        H5Tinsert(pair, name, i * half, part);
        H5free_memory(name);
    }
    return pair;
}

hid_t h5type_memory(const h5type *t, hid_t stored)
{
    H5T_class_t cls = H5Tget_class(stored);
    if (cls == H5T_COMPOUND)
        return memory_pair(stored, native_type(t->type));
    if (cls == H5T_BITFIELD) {      /* converts to bitfields only */
        hid_t bits = H5Tcopy(stored);
        H5Tset_order(bits, H5Tget_order(H5T_NATIVE_INT));
        return bits;
    }
    return H5Tcopy(native_type(t->type));
}

void h5type_finish(const h5type *t, void *data, size_t n)
{
    if (t->type == SHARR_BOOL)
        h5type_convert(t, data, data, n);
}
