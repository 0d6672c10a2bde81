/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Index maps: making, asking, clipping to a box, comparing.  Composition is in
 * imap_compose.c, the canonical form in imap_simplify.c.
 *
 * A sum that only passes through large values (off + mul * position, where the
 * result is a position again) is done in 128 bits: maps of any valid shape are
 * exact.
 */
#include "array/imap.h"

#include <string.h>

#include "base/checked.h"

typedef __int128 i128;

static int64_t piece_at(const ipiece *p, int s, int64_t pos)
{
    return (int64_t)((i128)p->off[s] + (i128)p->mul[s] * pos);
}

imap *imap_new(arena *a, int ndst, const int64_t *shape, int npieces, int nsrc)
{
    imap *m = arena_alloc(a, 1, sizeof *m);
    if (!m)
        return NULL;
    m->piece = arena_alloc(a, (size_t)npieces, sizeof *m->piece);
    if (!m->piece)
        return NULL;
    m->ndst = ndst;
    m->npieces = npieces;
    if (ndst > 0)
        memcpy(m->shape, shape, (size_t)ndst * sizeof *shape);
    for (int i = 0; i < npieces; i++) {
        ipiece *p = &m->piece[i];
        p->nsrc = nsrc;
        for (int d = 0; d < ndst; d++) {
            p->step[d] = 1;
            p->count[d] = shape[d];
        }
        for (int s = 0; s < nsrc; s++)
            p->axis[s] = -1;
    }
    return m;
}

imap *imap_identity(arena *a, int ndim, const int64_t *shape)
{
    imap *m = imap_new(a, ndim, shape, 1, ndim);
    for (int d = 0; m && d < ndim; d++) {
        m->piece[0].axis[d] = d;
        m->piece[0].mul[d] = 1;
    }
    return m;
}

static bool shape_has_zero(int ndim, const int64_t *shape)
{
    for (int d = 0; d < ndim; d++)
        if (shape[d] == 0)
            return true;
    return false;
}

static bool covers_all(const imap *m, const ipiece *p)
{
    for (int d = 0; d < m->ndst; d++)
        if (p->count[d] != m->shape[d])
            return false;
    return true;
}

bool imap_is_affine(const imap *m)
{
    return m->npieces == 1 && m->piece[0].src >= 0 && covers_all(m, &m->piece[0]);
}

bool imap_is_identity(const imap *m, int nsrc, const int64_t *src_shape)
{
    const ipiece *p = &m->piece[0];
    if (!imap_is_affine(m) || m->ndst != nsrc || p->nsrc != nsrc)
        return false;
    if (nsrc > 0 && memcmp(m->shape, src_shape, (size_t)nsrc * sizeof *src_shape) != 0)
        return false;
    if (shape_has_zero(m->ndst, m->shape))
        return true;
    for (int s = 0; s < nsrc; s++) {
        bool fixed = p->axis[s] < 0 || p->mul[s] == 0 || m->shape[p->axis[s]] == 1;
        if (m->shape[s] == 1 ? !(fixed && p->off[s] == 0)
                             : p->axis[s] != s || p->mul[s] != 1 || p->off[s] != 0)
            return false;
    }
    return true;
}

bool imap_clip(const ipiece *p, const box *dst, int64_t *first, int64_t *count)
{
    bool some = true;
    for (int d = 0; d < dst->ndim; d++) {
        int64_t step = p->step[d];
        i128 from = (i128)dst->start[d] - p->start[d];
        i128 to = from + dst->count[d];                 /* both in p's positions */
        i128 lo = from <= 0 ? 0 : (from + step - 1) / step;
        i128 hi = to <= 0 ? 0 : (to + step - 1) / step;
        if (hi > p->count[d])
            hi = p->count[d];
        first[d] = (int64_t)lo;
        count[d] = hi > lo ? (int64_t)(hi - lo) : 0;
        some = some && hi > lo;
    }
    return some;
}

bool imap_image(const ipiece *p, const box *dst, box *src)
{
    int64_t first[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS];
    box r = {.ndim = p->nsrc};
    if (p->src < 0 || !imap_clip(p, dst, first, count))
        return false;
    for (int s = 0; s < p->nsrc; s++) {
        int d = p->axis[s];
        int64_t lo = p->off[s], hi = lo;
        if (d >= 0) {
            int64_t from = p->start[d] + p->step[d] * first[d];
            int64_t to = from + p->step[d] * (count[d] - 1);
            lo = piece_at(p, s, from);
            hi = piece_at(p, s, to);
        }
        r.start[s] = min_i64(lo, hi);
        r.count[s] = max_i64(lo, hi) - r.start[s] + 1;
    }
    *src = r;
    return true;
}

/* ---- comparing and hashing ---- */

static bool same_i64(const int64_t *a, const int64_t *b, int n)
{
    for (int i = 0; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static bool piece_equal(const ipiece *a, const ipiece *b, int ndst)
{
    if (a->src != b->src || a->nsrc != b->nsrc)
        return false;
    for (int s = 0; s < a->nsrc; s++)
        if (a->axis[s] != b->axis[s])
            return false;
    return same_i64(a->start, b->start, ndst) && same_i64(a->step, b->step, ndst) &&
           same_i64(a->count, b->count, ndst) && same_i64(a->off, b->off, a->nsrc) &&
           same_i64(a->mul, b->mul, a->nsrc);
}

bool imap_equal(const imap *a, const imap *b)
{
    if (a->ndst != b->ndst || a->npieces != b->npieces || !same_i64(a->shape, b->shape, a->ndst))
        return false;
    for (int i = 0; i < a->npieces; i++)
        if (!piece_equal(&a->piece[i], &b->piece[i], a->ndst))
            return false;
    return true;
}

typedef struct put_to {
    void *sink;
    void (*put)(void *sink, const void *p, size_t n);
} put_to;

static void put_i64(const put_to *t, int64_t v)
{
    unsigned char b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (unsigned char)((uint64_t)v >> (8 * i));
    t->put(t->sink, b, sizeof b);
}

void imap_append_hash(const imap *m, void *sink, void (*put)(void *sink, const void *p, size_t n))
{
    const put_to t = {sink, put};
    put_i64(&t, m->ndst);
    put_i64(&t, m->npieces);
    for (int d = 0; d < m->ndst; d++)
        put_i64(&t, m->shape[d]);
    for (int i = 0; i < m->npieces; i++) {
        const ipiece *p = &m->piece[i];
        put_i64(&t, p->src);
        put_i64(&t, p->nsrc);
        for (int d = 0; d < m->ndst; d++) {
            put_i64(&t, p->start[d]);
            put_i64(&t, p->step[d]);
            put_i64(&t, p->count[d]);
        }
        for (int s = 0; s < p->nsrc; s++) {
            put_i64(&t, p->off[s]);
            put_i64(&t, p->mul[s]);
            put_i64(&t, p->axis[s]);
        }
    }
}
