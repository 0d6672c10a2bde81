/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Positional reads and writes that do all or say what was missing.  Interrupted
 * and short calls are continued.  Safe from any thread; errno is not an interface.
 */
#ifndef STORE_RAWIO_H
#define STORE_RAWIO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct rawfile {
    int fd;
    const char *name;               /* for messages; borrowed */
} rawfile;

/* SHARR_EIO; when the disk is full the text says how many bytes were missing and how many are free. */
int rawio_write(const rawfile *f, const void *data, size_t bytes, uint64_t at, sharr_error *err);
/* A file that ends early is SHARR_EIO. */
int rawio_read(const rawfile *f, void *data, size_t bytes, uint64_t at, sharr_error *err);

/* Bytes that an ordinary user may still write where this file lies; -1: unknown. */
int64_t rawio_free(int fd);
/* Make sure that `bytes` from `at` on can be written, without changing the file's size: reserves blocks where
 * the file system can, else compares with the free space.  Nothing of it is reserved yet. */
int rawio_reserve(const rawfile *f, int64_t at, int64_t bytes, sharr_error *err);
/* The error of an output file: as err_errno, but a missing directory is SHARR_EIO, a read-only file
 * system SHARR_EPERM, and a full disk is said with `missing` (bytes not written) and what is free.  All errors of
 * this file note errno and the name. */
int rawio_error(const rawfile *f, int errnum, int64_t missing, const char *what, sharr_error *err);

#endif
