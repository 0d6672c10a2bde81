/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a file is best read: what share of it is cached, and what memory is free.
 */
#ifndef STORE_PAGECACHE_H
#define STORE_PAGECACHE_H

#include <stdint.h>

#include "store/infile.h"

/* INFILE_DIRECT: cold and more than a quarter of the memory that is free.  INFILE_DROP: cached in part, but more
 * than the cache can keep.  Else INFILE_BUFFERED.  Small files cost nothing. */
enum infile_mode pagecache_mode(int fd, int64_t size);
/* Share of the file that is cached, 0..1; 1 when the system does not tell. */
double pagecache_share(int fd, int64_t size);

#endif
