/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which file this is and in which state: to tell two paths of one file, and whether an input
 * changed while it was read.
 */
#ifndef STORE_FILESTAMP_H
#define STORE_FILESTAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"

typedef struct filestamp { int64_t dev, ino, size, sec, nsec; } filestamp;

filestamp filestamp_of(const struct stat *st);
bool filestamp_same_file(const filestamp *a, const filestamp *b);   /* device and inode */
uint64_t filestamp_hash(const filestamp *s, uint64_t seed);
/* SHARR_EDATA if what lies at `path` is not what it was; SHARR_ENOINPUT if it is gone. */
int filestamp_check(const filestamp *s, const char *path, sharr_error *err);

#endif
