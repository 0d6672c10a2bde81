/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A worker's buffer for frames and chunks: page-aligned (O_DIRECT), grown when needed, reused for
 * ever.  Fresh pages cost several times what a warm one does.
 */
#ifndef STORE_IOBUF_H
#define STORE_IOBUF_H

#include <stddef.h>

#include "base/err.h"

enum { IOBUF_PAGE = 4096 };

typedef struct iobuf { void *p; size_t cap; } iobuf;   /* {0} initialises */

/* At least `bytes`; what was in it is lost when it grows.  On failure it is as it was. */
int iobuf_need(iobuf *b, size_t bytes, sharr_error *err);
void iobuf_fini(iobuf *b);
size_t iobuf_memusage(size_t bytes);               /* what asking for `bytes` takes */

#endif
