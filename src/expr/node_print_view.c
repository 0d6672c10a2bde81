/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Views as text: x[2:9:3, None], permute_dims, broadcast_to, full, concat; and
 * view(...) for what the language has no word for.
 */
#include "expr/node_print.h"

/* One affine piece, seen from its own corner: source position = off + mul * k, 0 <= k < count. */
typedef struct affine {
    const node *in;
    int ndst;
    const int64_t *count;               /* extents of the destination */
    int64_t off[SHARR_MAX_DIMS], mul[SHARR_MAX_DIMS];
    int axis[SHARR_MAX_DIMS];
    int from[SHARR_MAX_DIMS];           /* source dimension of a destination dimension, or -1 */
    bool ordered;                       /* no source dimensions change places */
} affine;

/* False: two source dimensions follow one destination dimension (a diagonal). */
static bool affine_of(const node *n, const ipiece *p, affine *a)
{
    int last = -1;
    a->in = n->in[p->src];
    a->ndst = n->ndim;
    a->count = p->count;
    a->ordered = true;
    for (int d = 0; d < n->ndim; d++)
        a->from[d] = -1;
    for (int s = 0; s < p->nsrc; s++) {
        int d = a->axis[s] = p->axis[s];
        a->off[s] = p->off[s];
        a->mul[s] = p->mul[s];
        if (d < 0)
            continue;
        if (a->from[d] >= 0)
            return false;
        a->from[d] = s;
        a->off[s] += p->mul[s] * p->start[d];
        a->mul[s] *= p->step[d];
        a->ordered = a->ordered && d > last;
        last = d;
    }
    return true;
}

static bool whole(const affine *a, int s)
{
    return a->axis[s] >= 0 && a->off[s] == 0 && a->mul[s] == 1 &&
           a->count[a->axis[s]] == a->in->shape[s];
}

static void print_slice(printer *p, const affine *a, int s)
{
    int64_t n = a->count[a->axis[s]], step = a->mul[s], stop = a->off[s] + step * (n - 1) + (step > 0 ? 1 : -1);
    bool all = step > 0 ? a->off[s] == 0 : a->off[s] == a->in->shape[s] - 1;
    if (!all)
        print_format(p, "%lld", (long long)a->off[s]);
    print_text(p, ":");
    if (step > 0 ? stop < a->in->shape[s] : stop >= 0)
        print_format(p, "%lld", (long long)stop);
    if (step != 1)
        print_format(p, ":%lld", (long long)step);
}

/* Items of an index list as they are decided. */
typedef struct items {
    printer *p;
    int printed;                        /* items so far */
    int pending;                        /* whole dimensions that may turn out to be the last ones */
} items;

static void next_item(items *it)
{
    for (; it->pending > 0; it->pending--)
        print_text(it->p, it->printed++ ? ", :" : "[:");
    print_text(it->p, it->printed++ ? ", " : "[");
}

static void end_items(items *it)
{
    if (it->printed > 0)
        print_text(it->p, "]");
}

static void item_none(items *it)
{
    next_item(it);
    print_text(it->p, "None");
}

static void item_mapped(items *it, const affine *a, int s)
{
    if (whole(a, s)) {
        it->pending++;
        return;
    }
    next_item(it);
    print_slice(it->p, a, s);
}

/* One position of source dimension s; `keep`: as a dimension of extent 1. */
static void item_fixed(items *it, const affine *a, int s, bool keep)
{
    if (keep && a->in->shape[s] == 1) {
        it->pending++;
        return;
    }
    next_item(it);
    print_format(it->p, "%lld", (long long)a->off[s]);
    if (keep)
        print_format(it->p, ":%lld", (long long)a->off[s] + 1);
}

static bool repeats(const affine *a)
{
    for (int d = 0; d < a->ndst; d++)
        if (a->from[d] < 0 && a->count[d] != 1)
            return true;
    return false;
}

/* Between two mapped dimensions, fixed source dimensions pair off with those of the destination that
 * nothing maps; what is left over is a number or None.  broadcast_to needs no None in front. */
static void print_index(printer *p, const affine *a, bool wide)
{
    items it = {.p = p};
    int s = 0, d = 0;
    bool front = true;
    while (s < a->in->ndim || d < a->ndst) {
        int nfixed = 0, nnew = 0;
        while (s + nfixed < a->in->ndim && a->axis[s + nfixed] < 0)
            nfixed++;
        while (d + nnew < a->ndst && a->from[d + nnew] < 0)
            nnew++;
        int extra = nnew > nfixed ? nnew - nfixed : 0;
        for (int i = 0; i < extra && !(front && wide); i++)
            item_none(&it);
        for (int i = 0; i < nfixed; i++)
            item_fixed(&it, a, s + i, i >= nfixed - (nnew - extra));
        s += nfixed;
        d += nnew;
        front = false;
        if (s < a->in->ndim) {
            item_mapped(&it, a, s++);
            d++;
        }
    }
    end_items(&it);
}

/* print_index would print nothing. */
static bool no_index(const affine *a)
{
    int lead = a->ndst - a->in->ndim;
    for (int s = 0; s < a->in->ndim && lead >= 0; s++) {
        bool one = a->axis[s] < 0 && a->in->shape[s] == 1 && a->from[s + lead] < 0;
        if (!one && !(a->axis[s] == s + lead && whole(a, s)))
            return false;
    }
    return lead == 0 || (lead > 0 && repeats(a));
}

enum { TIGHT = 13 };                    /* binds tighter than every operator: before [ ] */

/* permute_dims(x[...], axes)[None, ...] */
static void print_permuted(printer *p, const affine *a)
{
    items it = {.p = p};
    int kept = 0, place[SHARR_MAX_DIMS];
    print_text(p, "permute_dims(");
    print_node(p, a->in, TIGHT);
    for (int s = 0; s < a->in->ndim; s++) {
        place[s] = kept;
        kept += a->axis[s] >= 0;
        if (a->axis[s] < 0)
            item_fixed(&it, a, s, false);
        else
            item_mapped(&it, a, s);
    }
    end_items(&it);
    print_text(p, ", (");
    for (int d = 0, i = 0; d < a->ndst; d++)
        if (a->from[d] >= 0)
            print_format(p, i++ ? ", %d" : "%d", place[a->from[d]]);
    print_text(p, "))");
    it = (items){.p = p};
    for (int d = 0; d < a->ndst; d++)
        if (a->from[d] >= 0)
            it.pending++;
        else
            item_none(&it);
    end_items(&it);
}

static void print_affine(printer *p, const affine *a)
{
    bool wide = repeats(a);
    if (wide)
        print_text(p, "broadcast_to(");
    if (a->ordered) {
        print_node(p, a->in, no_index(a) ? 0 : TIGHT);
        print_index(p, a, wide);
    } else {
        print_permuted(p, a);
    }
    if (wide) {
        print_text(p, ", ");
        print_shape(p, a->ndst, a->count);
        print_text(p, ")");
    }
}

static void print_full(printer *p, int ndim, const int64_t *shape, dtype t, const scalar *v)
{
    print_text(p, "full(");
    print_shape(p, ndim, shape);
    print_text(p, ", ");
    print_constant(p, t, v, (print_context){0, TYPE_DEFAULT});
    print_text(p, ")");
}

static bool print_piece(printer *p, const node *n, const ipiece *q)
{
    affine a;
    if (q->src < 0) {
        print_full(p, n->ndim, q->count, n->type, &n->fill);
        return true;
    }
    const node *in = n->in[q->src];
    if (in->kind == NODE_CONST) {
        print_full(p, n->ndim, q->count, n->type, &in->u.value);
        return true;
    }
    if (!affine_of(n, q, &a))
        return false;
    print_affine(p, &a);
    return true;
}

/* Do the pieces follow each other along one axis, whole along the others?  -1: no. */
static int joined_axis(const node *n)
{
    const imap *m = n->u.map;
    int axis = -1;
    int64_t at = 0;
    for (int i = 0; i < m->npieces; i++)
        for (int d = 0; d < m->ndst; d++)
            if (m->piece[i].count[d] != m->shape[d]) {
                if (axis >= 0 && axis != d)
                    return -1;
                axis = d;
            }
    for (int i = 0; i < m->npieces && axis >= 0; i++) {
        const ipiece *q = &m->piece[i];
        affine a;
        if (q->start[axis] != at || q->step[axis] != 1 || (q->src >= 0 && !affine_of(n, q, &a)))
            return -1;
        at += q->count[axis];
    }
    return axis;
}

static void print_unnamed(printer *p, const node *n)
{
    print_text(p, "view(");
    for (int i = 0; i < n->nin; i++) {
        print_node(p, n->in[i], 0);
        print_text(p, ", ");
    }
    print_shape(p, n->ndim, n->shape);
    print_format(p, ", %d pieces)", n->u.map->npieces);
}

void print_view(printer *p, const node *n)
{
    const imap *m = n->u.map;
    int axis = joined_axis(n);
    if (m->npieces == 1) {
        if (!print_piece(p, n, &m->piece[0]))
            print_unnamed(p, n);
        return;
    }
    if (axis < 0) {
        print_unnamed(p, n);
        return;
    }
    print_text(p, "concat([");
    for (int i = 0; i < m->npieces; i++) {
        if (i > 0)
            print_text(p, ", ");
        print_piece(p, n, &m->piece[i]);
    }
    print_format(p, "], axis=%d)", axis);
}

const node *print_broadcast_base(const node *n)
{
    if (n->kind != NODE_VIEW || !imap_is_affine(n->u.map))
        return n;
    const node *x = n->in[0];
    const ipiece *p = &n->u.map->piece[0];
    int lead = n->ndim - x->ndim;
    for (int s = 0; s < x->ndim; s++) {
        bool stays = p->axis[s] == s + lead && p->mul[s] == 1 && p->off[s] == 0 &&
                     x->shape[s] == n->shape[s + lead];
        bool one = x->shape[s] == 1 && p->axis[s] < 0;
        if (lead < 0 || !(stays || one))
            return n;
    }
    return lead < 0 ? n : x;
}
