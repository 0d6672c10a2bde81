/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of h5in.h share: open files and datasets from the inside.
 */
#ifndef STORE_H5IN_IMPL_H
#define STORE_H5IN_IMPL_H

#include <hdf5.h>

#include "store/h5in.h"
#include "store/h5refer.h"
#include "store/h5type.h"
#include "store/h5vfd.h"
#include "store/infile.h"

typedef struct infile_list { infile *file; struct infile_list *next; } infile_list;

struct h5in {
    hid_t file;
    infile *main;
    infile_list *linked;            /* files behind external links, once data are read from them */
    h5seen *seen;                   /* files that datasets refer to */
};

enum h5layout { H5LAYOUT_CHUNKED, H5LAYOUT_CONTIGUOUS, H5LAYOUT_OTHER };

struct h5dset {
    h5in *in;
    hid_t id;
    h5vfd *vfd;                     /* of the file that the dataset lies in */
    const infile *file;             /* that file */
    char *name;                     /* "file.h5:/path" */
    source src;
    enum h5layout layout;
    h5type type;
    codec_pipeline pipeline;
    bool plain_edges;               /* partial edge chunks are stored unfiltered */
    size_t chunk_bytes;             /* a whole chunk (or piece) as it is stored */
    uint64_t data_addr;             /* contiguous: the first byte, or UINT64_MAX when nothing is stored */
    unsigned char fill[16];         /* an element, as the source's dtype */
    const char *library;            /* why SOURCE_LIBRARY, or NULL */
};

/* The file that holds an object: its raw bytes, opened when first needed and owned by `f`, and the driver's state. */
int h5in_raw(h5in *f, hid_t object, const infile **out, h5vfd **vfd, sharr_error *err);
/* Where a path ends: an object that is there, nothing at all (`found` false), or a link that leads nowhere (error). */
int h5in_resolve(h5in *f, const char *path, bool *found, sharr_error *err);
/* "time, lat, lon" by attached dimension scales; nothing when there are none. */
void h5dims_text(hid_t dset, int ndim, strbuf *out);
/* netCDF's dimension without a variable: a dataset that holds no data. */
bool h5dims_is_placeholder(hid_t dset);

#endif
