/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arithmetic of merged and split dimensions.
 */
#include "array/regroup.h"

#include <string.h>

#include "array/pieces.h"
#include "base/checked.h"

strides strides_of(int ndim, const int64_t *shape)
{
    strides s = { .n = 1, .at = { 1 } };
    for (int d = ndim - 1; d >= 0; d--)
        if (shape[d] > 1) {
            s.at[s.n] = s.at[s.n - 1] * shape[d];
            s.n++;
        }
    return s;
}

bool strides_equal(const strides *a, const strides *b)
{
    return a->n == b->n && !memcmp(a->at, b->at, (size_t)a->n * sizeof *a->at);
}

bool strides_add(strides *s, int64_t stride)
{
    int k = 0;
    while (k < s->n && s->at[k] < stride)
        k++;
    if (k < s->n && s->at[k] == stride)
        return true;
    if (k == 0 || k == s->n || s->n > SHARR_MAX_DIMS || stride % s->at[k - 1] || s->at[k] % stride)
        return false;
    memmove(s->at + k + 1, s->at + k, (size_t)(s->n - k) * sizeof *s->at);
    s->at[k] = stride;
    s->n++;
    return true;
}

bool strides_join(strides *s, const strides *with)
{
    for (int k = 0; k < with->n; k++)
        if (!strides_add(s, with->at[k]))
            return false;
    return true;
}

int strides_shape(const strides *s, int64_t *shape)
{
    for (int d = 0; d < s->n - 1; d++)
        shape[d] = s->at[s->n - 1 - d] / s->at[s->n - 2 - d];
    return s->n - 1;
}

parts parts_of(const strides *s, int ndim, const int64_t *shape, int dim)
{
    parts p = { .extent = shape[dim] };
    int64_t low = 1;
    int lo = 0, hi = 0;
    for (int d = ndim - 1; d > dim; d--)
        low *= shape[d];
    while (lo < s->n - 1 && s->at[lo] < low)
        lo++;
    while (hi < s->n - 1 && s->at[hi] < low * p.extent)
        hi++;
    p.n = hi - lo;
    p.first = s->n - 1 - hi;
    for (int k = 0; k < p.n; k++) {
        p.stride[k] = s->at[hi - 1 - k] / s->at[lo];
        p.count[k] = s->at[hi - k] / s->at[hi - 1 - k];
    }
    return p;
}

/* Along one dimension: parts are whole, then one is cut, and then of extent 1. */
static bool split_dim(int64_t chunk, const parts *p, int64_t *fine)
{
    for (int k = p->n - 1; k > 0; k--) {
        if (chunk % p->count[k] && p->count[k] % chunk)
            return false;
        fine[p->first + k] = min_i64(chunk, p->count[k]);
        chunk /= fine[p->first + k];
    }
    if (p->n)
        fine[p->first] = chunk;
    return true;
}

bool regroup_split(int ndim, const int64_t *shape, const int64_t *chunk, const strides *s, int64_t *fine)
{
    for (int d = 0; d < ndim; d++) {
        const parts p = parts_of(s, ndim, shape, d);
        if (!split_dim(min_i64(chunk[d], shape[d]), &p, fine))
            return false;
    }
    return true;
}

static int64_t largest_divisor(int64_t n, int64_t most)
{
    while (n % most)
        most--;
    return most;
}

int64_t regroup_fit(const parts *p, int64_t most)
{
    int64_t whole = 1;
    most = min_i64(most, p->extent);
    for (int k = p->n - 1; k > 0; k--) {
        if (whole * p->count[k] > most)
            return whole * largest_divisor(p->count[k], most / whole);
        whole *= p->count[k];
    }
    return whole * (most / whole);
}

/* Bytes from one element of each part to the next. */
static void split_stride(const source *s, const strides *fine, int64_t *out)
{
    for (int d = 0; d < s->ndim; d++) {
        const parts p = parts_of(fine, s->ndim, s->shape, d);
        for (int k = 0; k < p.n; k++)
            out[p.first + k] = s->stride[d] * p.stride[k];
    }
}

static int64_t elements_of(const source *s)
{
    int64_t n = 1;
    for (int d = 0; d < s->ndim; d++)
        n *= min_i64(s->chunk[d], s->shape[d]);
    return n;
}

bool regroup_reads(const source *s, const strides *fine)
{
    int64_t cell[SHARR_MAX_DIMS];
    bool free = s->plain || s->path == SOURCE_MEMORY || source_any_shape(s);
    return free || regroup_split(s->ndim, s->shape, s->chunk, fine, cell) || pieces_choose(s, fine, cell);
}

source regroup_source(const source *s, int ndim, const int64_t *shape)
{
    const strides fine = strides_of(ndim, shape);
    source r = *s;
    r.ndim = ndim;
    memcpy(r.shape, shape, (size_t)ndim * sizeof *shape);
    if (s->plain || s->path == SOURCE_MEMORY || source_any_shape(s))
        memcpy(r.chunk, chunkgrid_runs(ndim, shape, max_i64(1, elements_of(s))).cell, sizeof r.chunk);
    else if (!regroup_split(s->ndim, s->shape, s->chunk, &fine, r.chunk))
        r.pieces = pieces_choose(s, &fine, r.chunk);
    if (s->strided)
        split_stride(s, &fine, r.stride);
    return r;
}

void regroup_index(const chunkgrid *from, const int64_t *index, const chunkgrid *to, int64_t *out)
{
    shape_unravel(to->ndim, to->ncells, shape_ravel(from->ndim, from->ncells, index), out);
}
