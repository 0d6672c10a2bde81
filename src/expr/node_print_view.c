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
    int64_t n = a->count[a->axis[s]], step = a->mul[s],
            stop = a->off[s] + step * (n - 1) + (step > 0 ? 1 : -1);
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

static bool is_repeat(const affine *a, int d)
{
    return a->from[d] < 0 && a->count[d] != 1;
}

static bool repeats(const affine *a)
{
    for (int d = 0; d < a->ndst; d++)
        if (is_repeat(a, d))
            return true;
    return false;
}

/* Dimensions in front that broadcasting adds by itself. */
static int leading_repeats(const affine *a)
{
    int d = 0;
    while (d < a->ndst && is_repeat(a, d))
        d++;
    return d;
}

/* Between two mapped dimensions: `nfixed` source dimensions from s on that are fixed, and `nnew` of
 * the destination from d on that nothing maps.  They pair off from the right; what is left over is a
 * number or None.  In front, repeats are left to broadcasting. */
typedef struct gap {
    int s, d, nfixed, nnew;
} gap;

static void print_gap(items *it, const affine *a, const gap *g, int skip)
{
    int extra = g->nnew > g->nfixed ? g->nnew - g->nfixed : 0;
    int pairs = g->nnew - extra;
    for (int i = 0; i < extra; i++)
        if (g->d + i >= skip)
            item_none(it);
    for (int i = 0; i < g->nfixed; i++) {
        int k = i - (g->nfixed - pairs), d = g->d + extra + k;      /* k: number of the pair */
        bool dropped = k < 0 || (d < skip && a->in->shape[g->s + i] > 1);
        if (!dropped)
            skip = 0;
        item_fixed(it, a, g->s + i, !dropped);
    }
}

static void print_index(printer *p, const affine *a, int skip)
{
    items it = {.p = p};
    gap g = {0};
    while (g.s < a->in->ndim || g.d < a->ndst) {
        g.nfixed = g.nnew = 0;
        while (g.s + g.nfixed < a->in->ndim && a->axis[g.s + g.nfixed] < 0)
            g.nfixed++;
        while (g.d + g.nnew < a->ndst && a->from[g.d + g.nnew] < 0)
            g.nnew++;
        print_gap(&it, a, &g, skip);
        g.s += g.nfixed;
        g.d += g.nnew;
        if (g.s < a->in->ndim) {
            item_mapped(&it, a, g.s++);
            g.d++;
        }
    }
    end_items(&it);
}

/* print_index would print nothing. */
static bool no_index(const affine *a, int skip)
{
    int lead = a->ndst - a->in->ndim;
    for (int s = 0; s < a->in->ndim && lead >= 0; s++) {
        bool one = a->axis[s] < 0 && a->in->shape[s] == 1 && a->from[s + lead] < 0;
        if (!one && !(a->axis[s] == s + lead && whole(a, s)))
            return false;
    }
    return lead >= 0 && lead <= skip;
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

/* narrow: without broadcast_to. */
static void print_affine(printer *p, const affine *a, print_context where)
{
    bool wide = repeats(a) && !where.narrow;
    int skip = repeats(a) ? leading_repeats(a) : 0;
    if (wide)
        print_text(p, "broadcast_to(");
    if (a->ordered) {
        bool bare = no_index(a, skip);
        print_node(p, a->in, !bare ? TIGHT : wide ? 0 : where.precedence);
        print_index(p, a, skip);
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
    const print_context plain = {0, TYPE_DEFAULT, false};
    print_text(p, "full(");
    print_shape(p, ndim, shape);
    print_text(p, ", ");
    print_constant(p, t, v, plain);
    print_text(p, ")");
}

static bool print_piece(printer *p, const node *n, const ipiece *q)
{
    const print_context plain = {0, TYPE_DEFAULT, false};
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
    print_affine(p, &a, plain);
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

bool print_is_constant(const node *n)
{
    return n->kind == NODE_CONST ||
           (n->kind == NODE_VIEW && n->nin == 1 && n->in[0]->kind == NODE_CONST &&
            imap_is_affine(n->u.map));
}

void print_view(printer *p, const node *n, print_context where)
{
    const imap *m = n->u.map;
    affine a;
    if (where.narrow && print_is_constant(n)) {
        print_constant(p, n->type, &n->in[0]->u.value, where);
        return;
    }
    if (m->npieces == 1) {
        if (where.narrow && m->piece[0].src >= 0 && affine_of(n, &m->piece[0], &a))
            print_affine(p, &a, where);
        else if (!print_piece(p, n, &m->piece[0]))
            print_unnamed(p, n);
        return;
    }
    int axis = joined_axis(n);
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

int print_base_shape(const node *n, int64_t shape[SHARR_MAX_DIMS])
{
    affine a;
    int ndim = 0;
    if (print_is_constant(n))
        return 0;
    if (n->kind != NODE_VIEW || !imap_is_affine(n->u.map) ||
        !affine_of(n, &n->u.map->piece[0], &a)) {
        for (int d = 0; d < n->ndim; d++)
            shape[d] = n->shape[d];
        return n->ndim;
    }
    for (int d = leading_repeats(&a); d < n->ndim; d++)
        shape[ndim++] = is_repeat(&a, d) ? 1 : n->shape[d];
    return ndim;
}
