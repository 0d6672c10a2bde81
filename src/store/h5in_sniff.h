/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What kind of file is this?  Looks at its first bytes, without HDF5.
 */
#ifndef STORE_H5IN_SNIFF_H
#define STORE_H5IN_SNIFF_H

#include <stdint.h>

#include "base/err.h"

/* An HDF5 signature where HDF5 looks for it: 0; *base is its offset (the size of the user block).  Else SHARR_EDATA: what the
 * file is instead, if that can be told, and the command that converts it. */
int h5in_sniff(int fd, int64_t size, const char *path, int64_t *base, sharr_error *err);
/* Length that the superblock at `base` says the file has; -1 if it cannot be told. */
int64_t h5in_stated_size(int fd, int64_t base);

#endif
