/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The canonical form of an index map: no piece that cannot be seen, no two
 * neighbours in the list that are one, one way to write a dimension that takes a
 * single value.
 */
#include "array/imap.h"

#include <string.h>

typedef __int128 i128;

static int64_t piece_at(const ipiece *p, int s, int64_t pos)
{
    return (int64_t)((i128)p->off[s] + (i128)p->mul[s] * pos);
}

static bool shape_has_zero(int ndim, const int64_t *shape)
{
    for (int d = 0; d < ndim; d++)
        if (shape[d] == 0)
            return true;
    return false;
}

/* ---- one piece ---- */

/* Where only one position is covered, a source dimension that follows it is fixed. */
static void piece_normalise(ipiece *p, int ndst)
{
    if (p->src < 0)
        p->nsrc = 0;
    for (int s = 0; s < p->nsrc; s++) {
        int d = p->axis[s];
        if (d >= 0 && (p->count[d] == 1 || p->mul[s] == 0)) {
            p->off[s] = piece_at(p, s, p->start[d]);
            p->axis[s] = -1;
        }
        if (p->axis[s] < 0)
            p->mul[s] = 0;
    }
    for (int d = 0; d < ndst; d++)
        if (p->count[d] == 1)
            p->step[d] = 1;
}

static bool run_holds(const ipiece *p, int d, int64_t pos)
{
    int64_t rel = pos - p->start[d];
    return rel >= 0 && rel % p->step[d] == 0 && rel / p->step[d] < p->count[d];
}

/* Does `later` cover all that `p` covers? */
static bool piece_hidden(const ipiece *p, const ipiece *later, int ndst)
{
    for (int d = 0; d < ndst; d++) {
        int64_t last = p->start[d] + p->step[d] * (p->count[d] - 1);
        if (!run_holds(later, d, p->start[d]) || !run_holds(later, d, last))
            return false;
        if (p->count[d] > 1 && p->step[d] % later->step[d] != 0)
            return false;
    }
    return true;
}

static bool piece_needed(const imap *m, int i)
{
    const ipiece *p = &m->piece[i];
    if (shape_has_zero(m->ndst, p->count))
        return false;
    for (int j = i + 1; j < m->npieces; j++)
        if (!shape_has_zero(m->ndst, m->piece[j].count) && piece_hidden(p, &m->piece[j], m->ndst))
            return false;
    return true;
}

/* ---- neighbours ---- */

/* The only dimension along which the coverages differ; -1: none, or more than one. */
static int unlike_dimension(const ipiece *p, const ipiece *q, int ndst)
{
    int found = -1;
    for (int d = 0; d < ndst; d++) {
        if (p->start[d] == q->start[d] && p->step[d] == q->step[d] && p->count[d] == q->count[d])
            continue;
        if (found >= 0)
            return -1;
        found = d;
    }
    return found;
}

/* q goes on where p ends, with this step. */
static bool continues(const ipiece *p, const ipiece *q, int d, int64_t *step)
{
    if (p->count[d] > 1 && q->count[d] > 1 && p->step[d] != q->step[d])
        return false;
    *step = p->count[d] > 1 ? p->step[d] : q->count[d] > 1 ? q->step[d] : 1;
    return q->start[d] == p->start[d] + *step * p->count[d];
}

/* Source dimension s of the piece of p and q along d: one formula must give both. */
static bool join_formula(const ipiece *p, const ipiece *q, int s, int d, ipiece *r)
{
    bool along_p = p->axis[s] == d, along_q = q->axis[s] == d;
    const ipiece *f = along_p ? p : q;
    r->axis[s] = f->axis[s];
    r->off[s] = f->off[s];
    r->mul[s] = f->mul[s];
    if (along_p && along_q)
        return p->off[s] == q->off[s] && p->mul[s] == q->mul[s];
    if (along_p)
        return q->count[d] == 1 && q->axis[s] < 0 && piece_at(p, s, q->start[d]) == q->off[s];
    if (along_q)
        return p->count[d] == 1 && p->axis[s] < 0 && piece_at(q, s, p->start[d]) == p->off[s];
    if (p->axis[s] != q->axis[s] || p->mul[s] != q->mul[s])
        return false;
    if (p->off[s] == q->off[s])
        return true;
    if (p->axis[s] >= 0 || p->count[d] != 1 || q->count[d] != 1)
        return false;
    /* Two single positions: a line through both, if they are neighbours (else the hull of the
     * source that the piece needs would grow by what lies between). */
    i128 mul = (i128)q->off[s] - p->off[s], off = p->off[s] - mul * p->start[d];
    r->axis[s] = d;
    r->mul[s] = (int64_t)mul;
    r->off[s] = (int64_t)off;
    return (mul == 1 || mul == -1) && off == r->off[s];
}

/* p and q, its successor in the list, as one piece: p takes it. */
static bool merge_pieces(ipiece *p, const ipiece *q, int ndst)
{
    ipiece r = *p;
    int d = unlike_dimension(p, q, ndst);
    int64_t step;
    if (p->src != q->src || p->nsrc != q->nsrc || d < 0 || !continues(p, q, d, &step))
        return false;
    for (int s = 0; s < p->nsrc; s++)
        if (!join_formula(p, q, s, d, &r))
            return false;
    r.step[d] = step;
    r.count[d] = p->count[d] + q->count[d];
    *p = r;
    return true;
}

static void merge_neighbours(imap *m)
{
    int kept = 0;
    for (int i = 1; i < m->npieces; i++) {
        if (merge_pieces(&m->piece[kept], &m->piece[i], m->ndst)) {
            while (kept > 0 && merge_pieces(&m->piece[kept - 1], &m->piece[kept], m->ndst))
                kept--;
            continue;
        }
        m->piece[++kept] = m->piece[i];
    }
    m->npieces = kept + 1;
}

/* ---- the map ---- */

/* A view without elements: one piece over all of it. */
static void make_empty(imap *m)
{
    ipiece *p = &m->piece[0];
    m->npieces = 1;
    for (int d = 0; d < m->ndst; d++) {
        p->start[d] = 0;
        p->step[d] = 1;
        p->count[d] = m->shape[d];
    }
    for (int s = 0; s < p->nsrc; s++) {
        p->axis[s] = -1;
        p->off[s] = p->mul[s] = 0;
    }
}

void imap_simplify(imap *m)
{
    int kept = 0;
    if (shape_has_zero(m->ndst, m->shape)) {
        make_empty(m);
        return;
    }
    for (int i = 0; i < m->npieces; i++) {
        if (!piece_needed(m, i))
            continue;
        if (kept != i)
            m->piece[kept] = m->piece[i];
        piece_normalise(&m->piece[kept++], m->ndst);
    }
    m->npieces = kept;
    if (kept > 1)
        merge_neighbours(m);
}
