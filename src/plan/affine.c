/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Affine maps and progressions.  No memory, no I/O.
 */
#include "plan/affine.h"

#include <string.h>

#include "base/checked.h"

affine affine_identity(int ndim)
{
    affine m = { .nsrc = ndim };
    for (int d = 0; d < ndim; d++) {
        m.axis[d] = d;
        m.mul[d] = 1;
    }
    return m;
}

affine affine_of_piece(const ipiece *p)
{
    affine m = { .nsrc = p->nsrc };
    for (int s = 0; s < p->nsrc; s++) {
        m.axis[s] = p->axis[s];
        m.off[s] = p->off[s];
        m.mul[s] = p->axis[s] < 0 ? 0 : p->mul[s];
    }
    return m;
}

bool affine_equal(const affine *a, const affine *b)
{
    if (a->nsrc != b->nsrc)
        return false;
    for (int s = 0; s < a->nsrc; s++)
        if (a->axis[s] != b->axis[s] || a->off[s] != b->off[s] || a->mul[s] != b->mul[s])
            return false;
    return true;
}

affine affine_compose(const affine *outer, const affine *inner)
{
    affine m = { .nsrc = inner->nsrc };
    for (int s = 0; s < inner->nsrc; s++) {
        int v = inner->axis[s];
        m.axis[s] = v < 0 ? -1 : outer->axis[v];
        m.off[s] = inner->off[s] + (v < 0 ? 0 : inner->mul[s] * outer->off[v]);
        m.mul[s] = m.axis[s] < 0 ? 0 : inner->mul[s] * outer->mul[v];
    }
    return m;
}

lattice lattice_full(int ndim, const int64_t *shape)
{
    lattice l = { .ndim = ndim };
    for (int d = 0; d < ndim; d++) {
        l.step[d] = 1;
        l.count[d] = shape[d];
    }
    return l;
}

bool lattice_empty(const lattice *l)
{
    for (int d = 0; d < l->ndim; d++)
        if (l->count[d] <= 0)
            return true;
    return false;
}

/* g = gcd(a, b) = a x + b y (extended Euclid). */
static int64_t bezout(int64_t a, int64_t b, int64_t *x, int64_t *y)
{
    int64_t x0 = 1, y0 = 0, x1 = 0, y1 = 1;
    while (b) {
        int64_t q = a / b, t = a - q * b;
        a = b;
        b = t;
        t = x0 - q * x1, x0 = x1, x1 = t;
        t = y0 - q * y1, y0 = y1, y1 = t;
    }
    *x = x0;
    *y = y0;
    return a;
}

/* Common members of two progressions (Chinese remainder theorem). */
static bool progression_meet(const int64_t a[3], const int64_t b[3], int64_t out[3])
{
    int64_t x, y, g = bezout(a[1], b[1], &x, &y), diff = b[0] - a[0];
    if (a[2] <= 0 || b[2] <= 0 || diff % g)
        return false;
    int64_t m = b[1] / g;
    __int128 k = (__int128)x * (diff / g) % m;
    if (k < 0)
        k += m;
    __int128 lcm = (__int128)a[1] * m, at = a[0] + k * a[1];
    __int128 low = a[0] > b[0] ? a[0] : b[0];
    __int128 enda = a[0] + (__int128)a[1] * (a[2] - 1), endb = b[0] + (__int128)b[1] * (b[2] - 1);
    __int128 high = enda < endb ? enda : endb;
    if (at < low)
        at += (low - at + lcm - 1) / lcm * lcm;
    if (at > high)
        return false;
    __int128 n = (high - at) / lcm + 1;
    out[0] = (int64_t)at;
    out[1] = n == 1 ? 1 : (int64_t)lcm;
    out[2] = (int64_t)n;
    return true;
}

bool lattice_intersect(const lattice *a, const lattice *b, lattice *out)
{
    lattice r = { .ndim = a->ndim };
    bool any = true;
    for (int d = 0; d < a->ndim && any; d++) {
        const int64_t pa[3] = { a->start[d], a->step[d], a->count[d] };
        const int64_t pb[3] = { b->start[d], b->step[d], b->count[d] };
        int64_t p[3];
        any = progression_meet(pa, pb, p);
        if (any) {
            r.start[d] = p[0];
            r.step[d] = p[1];
            r.count[d] = p[2];
        }
    }
    if (!any) {
        memset(&r, 0, sizeof r);
        r.ndim = a->ndim;
    }
    *out = r;
    return any;
}

bool lattice_clip(const lattice *l, const box *b, int64_t *first, int64_t *count)
{
    for (int d = 0; d < l->ndim; d++) {
        int64_t lo = b->start[d] - l->start[d], hi = lo + b->count[d] - 1;   /* relative, inclusive */
        int64_t f = lo <= 0 ? 0 : ceil_div(lo, l->step[d]);
        int64_t e = hi < 0 ? -1 : hi / l->step[d];
        e = min_i64(e, l->count[d] - 1);
        if (b->count[d] <= 0 || f > e)
            return false;
        first[d] = f;
        count[d] = e - f + 1;
    }
    return true;
}

bool affine_image(const affine *m, const lattice *l, const box *dst, box *src)
{
    int64_t first[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS];
    if (!lattice_clip(l, dst, first, count))
        return false;
    src->ndim = m->nsrc;
    for (int s = 0; s < m->nsrc; s++) {
        int d = m->axis[s];
        int64_t a = m->off[s], b = a;
        if (d >= 0) {
            a = m->off[s] + m->mul[s] * (l->start[d] + l->step[d] * first[d]);
            b = a + m->mul[s] * l->step[d] * (count[d] - 1);
        }
        src->start[s] = min_i64(a, b);
        src->count[s] = max_i64(a, b) - src->start[s] + 1;
    }
    return true;
}

/* dst positions x with off + mul * x in {p0 + ps * k, 0 <= k < pn}: a progression, or none. */
static bool solve(int64_t off, int64_t mul, const int64_t p[3], const int64_t within[3], int64_t out[3])
{
    if (mul == 0) {
        int64_t k = off - p[0];
        memcpy(out, within, 3 * sizeof *out);
        return k >= 0 && k % p[1] == 0 && k / p[1] < p[2];
    }
    /* mul * x = p0 - off (mod ps): reduce by the gcd, invert what is left. */
    int64_t am = mul < 0 ? -mul : mul, x, y, g = bezout(am, p[1], &x, &y);
    int64_t diff = mul < 0 ? off - p[0] : p[0] - off;
    if (diff % g)
        return false;
    int64_t step = p[1] / g;
    __int128 x0 = (__int128)x * (diff / g) % step;
    /* bounds of x from the first and last member */
    int64_t last = p[0] + p[1] * (p[2] - 1);
    int64_t lo = mul > 0 ? -floor_div(-(p[0] - off), am) : -floor_div(-(off - last), am);
    int64_t hi = mul > 0 ? floor_div(last - off, am) : floor_div(off - p[0], am);
    int64_t first = lo + floor_mod((int64_t)x0 - floor_mod(lo, step), step);
    if (first > hi)
        return false;
    const int64_t a[3] = { first, step, (hi - first) / step + 1 };
    return progression_meet(a, within, out);
}

bool lattice_pull(const ipiece *p, const affine *outer, const lattice *within, lattice *out)
{
    lattice r = *within;
    for (int v = 0; v < outer->nsrc; v++) {
        int d = outer->axis[v];
        const int64_t piece[3] = { p->start[v], p->step[v], p->count[v] };
        int64_t cur[3] = { 0, 1, 1 }, got[3];
        if (d >= 0)
            cur[0] = r.start[d], cur[1] = r.step[d], cur[2] = r.count[d];
        if (p->count[v] <= 0 || !solve(outer->off[v], d < 0 ? 0 : outer->mul[v], piece, cur, got))
            return false;
        if (d >= 0)
            r.start[d] = got[0], r.step[d] = got[1], r.count[d] = got[2];
    }
    *out = r;
    return !lattice_empty(&r);
}
