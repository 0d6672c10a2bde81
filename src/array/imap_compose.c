/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Composition of index maps.  An outer piece and an inner piece make one piece:
 * along every dimension the outer coverage (an arithmetic progression of
 * destination positions) is cut by those positions whose image falls on the
 * inner coverage, which is a linear congruence (Knuth, TAOCP 1, 1.2.4).
 *
 * Positions fit 63 bits; products of two of them are formed in 128 bits.
 */
#include "array/imap.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

typedef __int128 i128;

/* Positions start, start + step, ..., last; empty when last < start. */
typedef struct run {
    i128 start, step, last;
} run;

static i128 fdiv(i128 a, i128 b)                        /* b > 0 */
{
    return a / b - (a % b < 0);
}

static i128 fmod128(i128 a, i128 b)                     /* b > 0 */
{
    i128 r = a % b;
    return r < 0 ? r + b : r;
}

/* g = gcd(a, m) for m > 0; *inv: a * inv = g (mod m), 0 <= inv < m. */
static i128 gcd_inverse(i128 a, i128 m, i128 *inv)
{
    i128 r0 = m, r1 = fmod128(a, m), t0 = 0, t1 = 1;
    while (r1 != 0) {
        i128 q = r0 / r1, t = t0 - q * t1, r = r0 - q * r1;
        t0 = t1;
        t1 = t;
        r0 = r1;
        r1 = r;
    }
    *inv = fmod128(t0, m);
    return r0;
}

static void run_none(run *r)
{
    r->last = r->start - 1;
}

/* Keep the positions x of r with x = c (mod m) and lo <= x <= hi.  m and r->step fit 64 bits. */
static void run_cut(run *r, i128 c, i128 m, i128 lo, i128 hi)
{
    i128 inv, step = r->step, g = gcd_inverse(step, m, &inv), gap = c - r->start;
    if (gap % g != 0) {
        run_none(r);
        return;
    }
    /* x = start + step * k with k = gap / g * inv (mod m / g) */
    i128 mk = m / g;
    i128 x = r->start + step * fmod128(fmod128(gap / g, mk) * inv, mk);
    i128 every = step * mk;
    if (lo < r->start)
        lo = r->start;
    if (hi > r->last)
        hi = r->last;
    x += fdiv(lo - x + every - 1, every) * every;       /* first one >= lo */
    r->start = x;
    r->last = x > hi ? x - 1 : x + fdiv(hi - x, every) * every;
    r->step = x == r->last ? 1 : every;
}

static run piece_run(const ipiece *p, int d)
{
    run r = {p->start[d], p->step[d], (i128)p->start[d] + (i128)p->step[d] * (p->count[d] - 1)};
    return r;
}

/* Keep the positions x of r for which off + mul * x lies in `want`. */
static void run_cut_image(run *r, int64_t off, int64_t mul, const run *want)
{
    i128 inv, a = mul, lo = want->start - off, hi = want->last - off;
    if (a < 0) {
        i128 swap = -lo;
        a = -a;
        lo = -hi;
        hi = swap;
    }
    i128 g = gcd_inverse(a, want->step, &inv), m = want->step / g;
    if (lo % g != 0) {
        run_none(r);
        return;
    }
    i128 c = fmod128(fmod128(lo / g, m) * (inv % m), m);
    run_cut(r, c, m, fdiv(lo + a - 1, a), fdiv(hi, a));
}

static bool run_has(const run *r, i128 x)
{
    return x >= r->start && x <= r->last && (x - r->start) % r->step == 0;
}

/* Coverage of the composite; false when it is empty. */
static bool compose_cover(int ndst, const ipiece *o, const ipiece *q, ipiece *out)
{
    run r[SHARR_MAX_DIMS];
    for (int d = 0; d < ndst; d++)
        r[d] = piece_run(o, d);
    for (int v = 0; v < o->nsrc; v++) {
        run want = piece_run(q, v);
        int d = o->axis[v];
        if (want.last < want.start)
            return false;
        if (d < 0 || o->mul[v] == 0) {
            if (!run_has(&want, o->off[v]))
                return false;
        } else if (r[d].last >= r[d].start) {
            run_cut_image(&r[d], o->off[v], o->mul[v], &want);
        }
    }
    for (int d = 0; d < ndst; d++) {
        if (r[d].last < r[d].start)
            return false;
        out->start[d] = (int64_t)r[d].start;
        out->step[d] = (int64_t)r[d].step;
        out->count[d] = (int64_t)((r[d].last - r[d].start) / r[d].step) + 1;
    }
    return true;
}

static bool fits(i128 v, int64_t *out)
{
    *out = (int64_t)v;
    return v == *out;
}

/* Source dimension s of the composite (coverage known); false on overflow. */
static bool compose_dim(const ipiece *o, const ipiece *q, int s, ipiece *out)
{
    int v = q->axis[s], d = v < 0 ? -1 : o->axis[v];
    out->axis[s] = -1;
    out->mul[s] = 0;
    if (v < 0)
        return fits(q->off[s], &out->off[s]);
    if (d < 0 || out->count[d] == 1) {
        i128 at = o->off[v] + (d < 0 ? 0 : (i128)o->mul[v] * out->start[d]);
        return fits(q->off[s] + q->mul[s] * at, &out->off[s]);
    }
    out->axis[s] = d;
    return fits((i128)q->mul[s] * o->mul[v], &out->mul[s]) &&
           fits(q->off[s] + (i128)q->mul[s] * o->off[v], &out->off[s]);
}

/* *some: does the composite cover anything?  False on overflow. */
static bool compose_piece(int ndst, const ipiece *o, const ipiece *q, ipiece *out, bool *some)
{
    memset(out, 0, sizeof *out);
    *some = compose_cover(ndst, o, q, out);
    out->src = q->src;
    out->nsrc = q->src < 0 ? 0 : q->nsrc;
    for (int s = 0; *some && s < out->nsrc; s++)
        if (!compose_dim(o, q, s, out))
            return false;
    return true;
}

/* ---- whole maps ---- */

typedef struct piece_list {
    ipiece *piece;                          /* hidden ones are dropped at the end */
    int n;
} piece_list;

/* The most pieces that a composition can have. */
static int pieces_at_most(const imap *outer, const imap *const *inner)
{
    int n = 0;
    for (int i = 0; i < outer->npieces; i++) {
        int src = outer->piece[i].src;
        n += src >= 0 && inner[src] ? inner[src]->npieces : 1;
    }
    return n;
}

static int push_inner(piece_list *l, int ndst, const ipiece *o, const imap *inner, int first,
                      sharr_error *err)
{
    for (int i = 0; i < inner->npieces; i++) {
        bool some;
        ipiece *out = &l->piece[l->n];
        if (!compose_piece(ndst, o, &inner->piece[i], out, &some))
            return err_set(err, SHARR_ERESOURCE, "the positions of a view do not fit 64 bits");
        if (some && out->src >= 0)
            out->src += first;
        l->n += some;
    }
    return 0;
}

static int push_outer(piece_list *l, const imap *outer, const imap *const *inner, const int *first,
                      sharr_error *err)
{
    for (int i = 0; i < outer->npieces; i++) {
        const ipiece *o = &outer->piece[i];
        if (o->src >= 0 && inner[o->src]) {
            int status = push_inner(l, outer->ndst, o, inner[o->src], first[o->src], err);
            if (status)
                return status;
            continue;
        }
        ipiece *out = &l->piece[l->n++];
        *out = *o;
        if (o->src >= 0)
            out->src = first[o->src];
    }
    return 0;
}

/* Nothing is covered (no elements): any input will do. */
static void push_empty(piece_list *l, const imap *outer, const imap *const *inner, const int *first)
{
    const ipiece *o = &outer->piece[0];
    const ipiece *q = o->src >= 0 && inner[o->src] ? &inner[o->src]->piece[0] : NULL;
    ipiece *out = &l->piece[l->n++];
    memset(out, 0, sizeof *out);
    out->src = o->src < 0 ? IMAP_FILL : q ? q->src : 0;
    if (out->src >= 0) {
        out->src += first[o->src];
        out->nsrc = q ? q->nsrc : o->nsrc;
    }
}

static imap *map_of_list(arena *a, const imap *outer, piece_list *l, sharr_error *err)
{
    imap all = {.ndst = outer->ndst, .npieces = l->n, .piece = l->piece};
    memcpy(all.shape, outer->shape, sizeof all.shape);
    imap_simplify(&all);
    if (all.npieces > IMAP_MAX_PIECES) {
        err_set(err, SHARR_ERESOURCE, "a view would have more than %d pieces", IMAP_MAX_PIECES);
        return NULL;
    }
    imap *m = imap_new(a, all.ndst, all.shape, all.npieces, 0);
    if (!m) {
        err_nomem(err, "an index map", sizeof *m + (size_t)all.npieces * sizeof *m->piece);
        return NULL;
    }
    memcpy(m->piece, all.piece, (size_t)all.npieces * sizeof *m->piece);
    return m;
}

imap *imap_flatten(arena *a, const imap *outer, const imap *const *inner, const int *first,
                   sharr_error *err)
{
    size_t bytes = (size_t)pieces_at_most(outer, inner) * sizeof(ipiece);
    piece_list l = {.piece = malloc(bytes)};
    imap *m = NULL;
    if (!l.piece) {
        err_nomem(err, "an index map", bytes);
        return NULL;
    }
    if (push_outer(&l, outer, inner, first, err) != 0)
        goto done;
    if (l.n == 0)
        push_empty(&l, outer, inner, first);
    m = map_of_list(a, outer, &l, err);
done:
    free(l.piece);
    return m;
}

imap *imap_compose(arena *a, const imap *outer, const imap *inner, sharr_error *err)
{
    const int first = 0;
    return imap_flatten(a, outer, &inner, &first, err);
}
