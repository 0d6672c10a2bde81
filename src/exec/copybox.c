/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Strided N-dimensional copies and fills of elements of 1, 2, 4, 8 or 16 bytes.
 */
#include <stdint.h>
#include <string.h>

#include "exec/exec_int.h"

typedef struct dimn { int64_t n, d, s; } dimn;

/* Drop dimensions of extent 1, sort by destination stride, merge what is contiguous in both. */
static int collapse(int ndim, const int64_t *count, const int64_t *dstride, const int64_t *sstride, dimn *out)
{
    int m = 0;
    for (int k = 0; k < ndim; k++) {
        if (count[k] == 1)
            continue;
        dimn x = { count[k], dstride[k], sstride[k] };
        if (m && out[m - 1].d == x.d * x.n && out[m - 1].s == x.s * x.n)
            out[m - 1] = (dimn){ out[m - 1].n * x.n, x.d, x.s };
        else
            out[m++] = x;
    }
    if (m == 0)
        out[m++] = (dimn){ 1, 0, 0 };
    return m;
}

#define COPY_LINE(type) \
    static void line_##type(char *dst, int64_t d, const char *src, int64_t s, int64_t n) \
    { \
        for (int64_t i = 0; i < n; i++) \
            memcpy(dst + i * d, src + i * s, sizeof(type)); \
    }
COPY_LINE(uint8_t)
COPY_LINE(uint16_t)
COPY_LINE(uint32_t)
COPY_LINE(uint64_t)

static void line_any(char *dst, int64_t d, const char *src, int64_t s, int64_t n, size_t size)
{
    if (d == (int64_t)size && s == d)
        memcpy(dst, src, (size_t)n * size);
    else if (size == 4)
        line_uint32_t(dst, d, src, s, n);
    else if (size == 8)
        line_uint64_t(dst, d, src, s, n);
    else if (size == 2)
        line_uint16_t(dst, d, src, s, n);
    else if (size == 1)
        line_uint8_t(dst, d, src, s, n);
    else
        for (int64_t i = 0; i < n; i++)
            memcpy(dst + i * d, src + i * s, size);
}

void copy_box(int ndim, const int64_t *count, char *dst, const int64_t *dstride, const char *src, const int64_t *sstride,
              size_t size)
{
    dimn dim[SHARR_MAX_DIMS];
    int64_t at[SHARR_MAX_DIMS] = { 0 };
    for (int k = 0; k < ndim; k++)
        if (count[k] <= 0)
            return;
    int m = collapse(ndim, count, dstride, sstride, dim);
    const dimn in = dim[m - 1];
    for (;;) {
        line_any(dst, in.d, src, in.s, in.n, size);
        int k = m - 2;
        for (; k >= 0; k--) {
            dst += dim[k].d;
            src += dim[k].s;
            if (++at[k] < dim[k].n)
                break;
            dst -= dim[k].d * dim[k].n;
            src -= dim[k].s * dim[k].n;
            at[k] = 0;
        }
        if (k < 0)
            return;
    }
}
