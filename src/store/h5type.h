/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Element types of HDF5 files: which dtype an expression sees, and how stored bytes become it.
 */
#ifndef STORE_H5TYPE_H
#define STORE_H5TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include <hdf5.h>

#include "array/dtype.h"
#include "base/err.h"

enum h5conv {
    H5CONV_NONE,                    /* the bytes as they are */
    H5CONV_SWAP,                    /* reverse the bytes of every component */
    H5CONV_BOOL,                    /* one byte: 0 stays, everything else is 1 */
    H5CONV_HALF                     /* float16 to float32 */
};

typedef struct h5type {
    dtype type;                     /* of the values */
    size_t stored;                  /* bytes of an element in the file */
    enum h5conv conv;
    size_t swap;                    /* bytes of a component when the file has the other byte order, else 0 */
    const char *library;            /* why only HDF5 can convert (static text), or NULL */
} h5type;

/* SHARR_EDATA when it is no number: the message says what it is ("strings of 8 bytes, no numbers"). */
int h5type_classify(hid_t type, h5type *out, sharr_error *err);
/* A few words: "float32", "int16, big-endian", "string of 12 bytes", "compound {a, b, c}". */
enum { H5TYPE_TEXT = 160 };
void h5type_text(hid_t type, char out[H5TYPE_TEXT]);

/* [worker] n elements; not for types with `library`.  In place only where sizes are equal. */
void h5type_convert(const h5type *t, const void *src, void *dst, size_t n);

/* For H5Dread: the type in memory (H5Tclose it), and what is left to do with the values. */
hid_t h5type_memory(const h5type *t, hid_t stored);
void h5type_finish(const h5type *t, void *data, size_t n);

#endif
