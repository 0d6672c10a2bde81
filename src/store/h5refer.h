/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files that an HDF5 file refers to: targets of external links, sources of virtual datasets, external raw files.  HDF5
 * fills in for what is missing there without a word; we look before it reads.
 */
#ifndef STORE_H5REFER_H
#define STORE_H5REFER_H

#include <stdbool.h>
#include <stddef.h>

#include <hdf5.h>

#include "base/err.h"
#include "store/filestamp.h"

/* Where HDF5 finds the file `name` that the file `from` refers to: `env` names the variable with a list of directories
 * (HDF5_EXT_PREFIX, HDF5_VDS_PREFIX).  False: nowhere. */
bool h5refer_find(const char *from, const char *name, const char *env, char *out, size_t cap);

typedef struct h5seen {             /* what was found: for the check at the end */
    char *path;
    filestamp stamp;
    struct h5seen *next;
} h5seen;
void h5seen_free(h5seen *list);

/* Everything that dataset `d` of file `from` refers to is there: source files, their datasets, external files long enough.
 * Found files are put on *seen.  SHARR_ENOINPUT names what is missing, SHARR_EDATA what is too short. */
int h5refer_check(hid_t d, const char *from, h5seen **seen, sharr_error *err);

#endif
