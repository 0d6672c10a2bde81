/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Page-aligned buffers that only grow.
 */
#include "store/iobuf.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/fault.h"

/* From here on huge pages: smaller buffers would waste most of one. */
#define HUGE_PAGE ((size_t)2 << 20)

size_t iobuf_memusage(size_t bytes)
{
    size_t unit = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : IOBUF_PAGE;
    return bytes > SIZE_MAX - unit ? SIZE_MAX : (bytes + unit - 1) / unit * unit;
}

int iobuf_need(iobuf *b, size_t bytes, sharr_error *err)
{
    size_t cap = iobuf_memusage(bytes);
    void *p = NULL;
    if (b->p && bytes <= b->cap)
        return SHARR_OK;
    if (cap == 0)
        cap = IOBUF_PAGE;
    if (cap > PTRDIFF_MAX || fault_hit("iobuf") || posix_memalign(&p, cap >= 2 * HUGE_PAGE ? HUGE_PAGE : IOBUF_PAGE, cap))
        return err_nomem(err, "a buffer for chunks", cap);
    if (cap >= 2 * HUGE_PAGE)
        (void)madvise(p, cap, MADV_HUGEPAGE);       /* a wish, nothing more */
    free(b->p);
    *b = (iobuf){p, cap};
    return SHARR_OK;
}

void iobuf_fini(iobuf *b)
{
    free(b->p);
    *b = (iobuf){NULL, 0};
}
