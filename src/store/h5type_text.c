/* SPDX-License-Identifier: BSD-3-Clause
 *
 * HDF5 datatypes in words, for messages and listings.
 */
#include <stdarg.h>
#include <stdio.h>

#include "store/h5type.h"

typedef struct words { char *text; size_t cap, len; } words;

static void say(words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(words *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(w->text + w->len, w->cap - w->len, fmt, ap);
    va_end(ap);
    if (n > 0)
        w->len = w->len + (size_t)n < w->cap ? w->len + (size_t)n : w->cap - 1;
}

static void say_order(words *w, hid_t type)
{
    H5T_order_t order = H5Tget_order(type);
    if (order != H5Tget_order(H5T_NATIVE_INT) && H5Tget_size(type) > 1)
        say(w, ", %s", order == H5T_ORDER_BE ? "big-endian" : order == H5T_ORDER_VAX ? "VAX order" : "little-endian");
}

static void say_members(words *w, hid_t type)
{
    int n = H5Tget_nmembers(type);
    for (int i = 0; i < n && i < 8; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        say(w, "%s%s", i ? ", " : "", name ? name : "?");
        H5free_memory(name);
    }
    if (n > 8)
        say(w, ", ... %d in all", n);
}

static const char *reference_kind(hid_t type)
{
    return H5Tequal(type, H5T_STD_REF_DSETREG) > 0 ? "references to regions" : "references to objects";
}

static void say_text(words *w, hid_t type)
{
    if (H5Tis_variable_str(type) > 0)
        say(w, "strings of variable length");
    else
        say(w, "strings of %zu bytes", H5Tget_size(type));
}

static void say_array(words *w, hid_t type)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    int n = H5Tget_array_dims2(type, dims);
    say(w, "arrays of (");
    for (int i = 0; i < n; i++)
        say(w, "%s%llu", i ? ", " : "", (unsigned long long)dims[i]);
    say(w, ") elements");
}

static void say_number(words *w, hid_t type, H5T_class_t cls)
{
    size_t bits = H5Tget_precision(type);
    if (cls == H5T_FLOAT)
        say(w, "float%zu", bits);
    else
        say(w, "%s%zu", cls == H5T_BITFIELD ? "bitfield" : H5Tget_sign(type) == H5T_SGN_2 ? "int" : "uint", bits);
    say_order(w, type);
}

/* Numbers that are read carry the name of their dtype. */
static bool say_known(words *w, hid_t type, H5T_class_t cls)
{
    h5type t;
    if ((cls != H5T_ENUM && cls != H5T_COMPOUND) || h5type_classify(type, &t, NULL))
        return false;
    say(w, "%s", dtype_name(t.type));
    if (t.swap)
        say(w, ", %s", H5Tget_order(H5T_NATIVE_INT) == H5T_ORDER_LE ? "big-endian" : "little-endian");
    if (cls == H5T_ENUM && t.type != SHARR_BOOL)
        say(w, ", enumerated");
    return true;
}

void h5type_text(hid_t type, char out[H5TYPE_TEXT])
{
    words w = {out, H5TYPE_TEXT, 0};
    H5T_class_t cls = H5Tget_class(type);
    out[0] = '\0';
    switch (cls) {
    case H5T_INTEGER:
    case H5T_BITFIELD:
    case H5T_FLOAT: say_number(&w, type, cls); break;
    case H5T_STRING: say_text(&w, type); break;
    case H5T_VLEN: say(&w, "sequences of variable length"); break;
    case H5T_REFERENCE: say(&w, "%s", reference_kind(type)); break;
    case H5T_OPAQUE: say(&w, "opaque values of %zu bytes", H5Tget_size(type)); break;
    case H5T_ARRAY: say_array(&w, type); break;
    case H5T_TIME: say(&w, "values of the HDF5 class time"); break;
    case H5T_ENUM:
        if (!say_known(&w, type, cls))
            say(&w, "enumerated values of %zu bytes", H5Tget_size(type));
        break;
    case H5T_COMPOUND:
        if (say_known(&w, type, cls))
            break;
        say(&w, "compound values {");
        say_members(&w, type);
        say(&w, "}");
        break;
    default: say(&w, "values of an unknown class");
    }
}
