/* SPDX-License-Identifier: BSD-3-Clause
 *
 * For tests of inputs: whole datasets read chunk by chunk on the direct path, or box by box by HDF5.
 */
#ifndef TESTS_STORE_H5IN_READ_H
#define TESTS_STORE_H5IN_READ_H

#include "store/h5in.h"

size_t whole_bytes(const source *s);
/* All elements in C order into `out`, through h5dset_locate and h5dset_read_chunk. */
int read_whole_direct(h5dset *d, void *out, counters *k, sharr_error *err);
/* The same through h5dset_read_box, one chunk-sized box after the other. */
int read_whole_library(h5dset *d, void *out, counters *k, sharr_error *err);

/* For main(): make fixtures with tests/store/<script>, enter their directory, run, leave and remove it.  Where there is no
 * Python with h5py the whole test is skipped. */
int run_in_fixtures(const char *script, int (*run)(void));

#endif
