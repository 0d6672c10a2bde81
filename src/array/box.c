/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arithmetic of boxes and shapes.  No allocation, no errors: what does not fit
 * is reported by shape_size, and every other function may rely on shapes whose
 * size fits int64_t.
 */
#include "array/box.h"

#include <stdio.h>

#include "base/checked.h"

box box_of_shape(int ndim, const int64_t *shape)
{
    box b = {.ndim = ndim};
    for (int d = 0; d < ndim; d++)
        b.count[d] = shape[d];
    return b;
}

int64_t box_size(const box *b)
{
    int64_t n = 1;
    for (int d = 0; d < b->ndim; d++)
        n *= b->count[d];
    return n;
}

bool box_empty(const box *b)
{
    for (int d = 0; d < b->ndim; d++)
        if (b->count[d] <= 0)
            return true;
    return false;
}

bool box_intersect(const box *a, const box *b, box *out)
{
    box r = {.ndim = a->ndim};
    bool some = true;
    for (int d = 0; d < a->ndim; d++) {
        int64_t lo = max_i64(a->start[d], b->start[d]);
        int64_t hi = min_i64(a->start[d] + a->count[d], b->start[d] + b->count[d]);
        r.start[d] = lo;
        r.count[d] = hi - lo;
        some = some && hi > lo;
    }
    if (!some)
        for (int d = 0; d < a->ndim; d++)
            r.count[d] = 0;
    *out = r;
    return some;
}

bool box_contains(const box *outer, const box *inner)
{
    if (box_empty(inner))
        return true;
    for (int d = 0; d < outer->ndim; d++) {
        if (inner->start[d] < outer->start[d])
            return false;
        if (inner->start[d] + inner->count[d] > outer->start[d] + outer->count[d])
            return false;
    }
    return true;
}

bool box_equal(const box *a, const box *b)
{
    if (a->ndim != b->ndim)
        return false;
    for (int d = 0; d < a->ndim; d++)
        if (a->start[d] != b->start[d] || a->count[d] != b->count[d])
            return false;
    return true;
}

box box_hull(const box *a, const box *b)
{
    if (box_empty(a))
        return *b;
    if (box_empty(b))
        return *a;
    box r = {.ndim = a->ndim};
    for (int d = 0; d < a->ndim; d++) {
        int64_t lo = min_i64(a->start[d], b->start[d]);
        int64_t hi = max_i64(a->start[d] + a->count[d], b->start[d] + b->count[d]);
        r.start[d] = lo;
        r.count[d] = hi - lo;
    }
    return r;
}

bool shape_size(int ndim, const int64_t *shape, int64_t *out)
{
    int64_t n = 1;
    for (int d = 0; d < ndim; d++)
        if (shape[d] == 0) {
            *out = 0;
            return true;
        }
    for (int d = 0; d < ndim; d++)
        if (shape[d] < 0 || !mul_i64(n, shape[d], &n))
            return false;
    *out = n;
    return true;
}

void shape_strides(int ndim, const int64_t *shape, int64_t *strides)
{
    /* Unsigned: next to an extent of 0 the product of the others may wrap, and is not used. */
    uint64_t n = 1;
    for (int d = ndim - 1; d >= 0; d--) {
        strides[d] = (int64_t)n;
        n *= (uint64_t)shape[d];
    }
}

bool shape_next(int ndim, const int64_t *extent, int64_t *index)
{
    for (int d = ndim - 1; d >= 0; d--) {
        if (++index[d] < extent[d])
            return true;
        index[d] = 0;
    }
    return false;
}

void shape_unravel(int ndim, const int64_t *shape, int64_t linear, int64_t *index)
{
    for (int d = ndim - 1; d >= 0; d--) {
        index[d] = linear % shape[d];
        linear /= shape[d];
    }
}

int64_t shape_ravel(int ndim, const int64_t *shape, const int64_t *index)
{
    int64_t linear = 0;
    for (int d = 0; d < ndim; d++)
        linear = linear * shape[d] + index[d];
    return linear;
}

const char *shape_text(int ndim, const int64_t *shape, char *out)
{
    char *p = out;
    char *const end = out + SHAPE_TEXT;
    *p++ = '(';
    for (int d = 0; d < ndim; d++)
        p += snprintf(p, (size_t)(end - p), d > 0 ? ", %lld" : "%lld", (long long)shape[d]);
    snprintf(p, (size_t)(end - p), ndim == 1 ? ",)" : ")");
    return out;
}
