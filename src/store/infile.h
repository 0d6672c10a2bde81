/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The bytes of an input file, below HDF5: identity, and reads that suit the page cache.  Large files
 * that are not cached are read with O_DIRECT; of files that cannot stay in the cache, what was read is dropped.
 */
#ifndef STORE_INFILE_H
#define STORE_INFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/filestamp.h"
#include "store/iobuf.h"

typedef struct infile infile;

enum infile_mode { INFILE_AUTO, INFILE_BUFFERED, INFILE_DROP, INFILE_DIRECT };

/* On a descriptor that somebody else has open (duplicated); `path` names the same file.  AUTO decides by the
 * file's size, the memory that is free and the share of the file that is cached. */
int infile_new(int fd, const char *path, enum infile_mode mode, infile **out, sharr_error *err);
void infile_free(infile *f);
/* SHARR_EDATA if the file is not what it was when it was opened. */
int infile_unchanged(const infile *f, sharr_error *err);
const char *infile_path(const infile *f);
uint64_t infile_size(const infile *f);
enum infile_mode infile_mode(const infile *f);     /* what was decided; never AUTO */
const filestamp *infile_stamp(const infile *f);    /* when it was opened */

/* [worker] n bytes at addr, read into `buf`; *data points at the first, inside buf.  SHARR_EDATA when the file
 * ends before them, SHARR_EIO. */
int infile_read(const infile *f, uint64_t addr, size_t n, iobuf *buf, uint8_t **data, sharr_error *err);
/* [worker] The same into `out`, through `buf` only where O_DIRECT needs it. */
int infile_read_to(const infile *f, uint64_t addr, size_t n, void *out, iobuf *buf, sharr_error *err);
size_t infile_buffer(size_t n);                    /* bytes of `buf` that reading n needs at most */

#endif
