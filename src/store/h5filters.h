/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The filters of an HDF5 dataset: which of them our codecs undo, which only HDF5 can, which nobody here can.
 */
#ifndef STORE_H5FILTERS_H
#define STORE_H5FILTERS_H

#include <hdf5.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "store/codec.h"

/* Of a dataset creation property list.  *library: why only HDF5 can undo them (static text), or NULL; then `out` holds
 * them.  SHARR_EDATA: one is not available; the text says its id, its name and where HDF5 looked for it. */
int h5filters_read(hid_t dcpl, size_t element, codec_pipeline *out, const char **library, sharr_error *err);
/* "shuffle, zstd 1", "" for none. */
void h5filters_text(hid_t dcpl, strbuf *out);

#endif
