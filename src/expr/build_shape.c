/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shapes: broadcasting, order and direction of dimensions, dimensions of extent
 * 1, reshape.  All but the general reshape are index maps.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "expr/build_parts.h"

static const scalar no_fill = {.bits = {0, 0}};

/* A map over one node; the arena goes with it. */
static node *view_of(graph *g, arena *mem, const imap *m, node *x, sharr_error *err)
{
    node *n = NULL;
    if (!mem || !m)
        err_nomem(err, "a view", sizeof(imap));
    else
        n = node_view(g, m, &x, 1, x->type, no_fill, err);
    arena_free(mem);
    return n;
}

int check_axes(const char *name, int ndim, const int64_t *shape, const int64_t *axes, int n,
               int *out, sharr_error *err)
{
    char text[SHAPE_TEXT];
    uint32_t seen = 0;
    for (int i = 0; i < n; i++) {
        int64_t a = axes[i] < 0 ? axes[i] + ndim : axes[i];
        if (a < 0 || a >= ndim) {
            err_set(err, SHARR_EEXPR, "%s: axis %lld is out of range for %d dimension%s %s", name,
                    (long long)axes[i], ndim, ndim == 1 ? "," : "s,",
                    shape ? shape_text(ndim, shape, text) : "of the result");
            return err_kind(err, SHARR_KIND_AXIS);
        }
        if (seen >> a & 1)
            return err_set(err, SHARR_EEXPR, "%s: axis %lld is given twice", name, (long long)a);
        seen |= (uint32_t)1 << a;
        out[i] = (int)a;
    }
    return 0;
}

/* ---- broadcasting ---- */

node *build_broadcast_to(graph *g, node *x, int ndim, const int64_t *shape, sharr_error *err)
{
    char from[SHAPE_TEXT], to[SHAPE_TEXT];
    int lead = ndim - x->ndim;
    bool fits = lead >= 0 && ndim <= SHARR_MAX_DIMS;
    for (int s = 0; s < x->ndim && fits; s++)
        fits = x->shape[s] == 1 || x->shape[s] == shape[s + lead];
    if (!fits) {
        err_set(err, SHARR_EEXPR, "an array of shape %s cannot be broadcast to %s",
                shape_text(x->ndim, x->shape, from),
                shape_text(ndim > SHARR_MAX_DIMS ? SHARR_MAX_DIMS : ndim, shape, to));
        return NULL;
    }
    if (lead == 0 && (ndim == 0 || memcmp(x->shape, shape, (size_t)ndim * sizeof *shape) == 0))
        return node_ref(x);
    arena *mem = arena_new();
    imap *m = mem ? imap_new(mem, ndim, shape, 1, x->ndim) : NULL;
    for (int s = 0; m && s < x->ndim; s++)
        if (x->shape[s] != 1) {
            m->piece[0].axis[s] = s + lead;
            m->piece[0].mul[s] = 1;
        }
    return view_of(g, mem, m, x, err);
}

static int merge_shape(const builder *b, int *ndim, int64_t *shape, const node *x)
{
    int n = x->ndim > *ndim ? x->ndim : *ndim;
    int64_t merged[SHARR_MAX_DIMS];
    for (int k = 1; k <= n; k++) {
        int64_t have = k <= *ndim ? shape[*ndim - k] : 1,
                add = k <= x->ndim ? x->shape[x->ndim - k] : 1;
        if (have != add && have != 1 && add != 1) {
            char left[SHAPE_TEXT], right[SHAPE_TEXT];
            return err_set(
                b->err, SHARR_EEXPR,
                "%s: shapes %s and %s cannot be broadcast together: %lld and %lld meet in dimension %d",
                b->name, shape_text(*ndim, shape, left), shape_text(x->ndim, x->shape, right),
                (long long)have, (long long)add, -k);
        }
        merged[n - k] = have == 1 ? add : have;
    }
    *ndim = n;
    memcpy(shape, merged, sizeof merged);
    return 0;
}

int broadcast_all(const builder *b, node **in, int n)
{
    int64_t shape[SHARR_MAX_DIMS] = {0};
    int ndim = 0;
    for (int i = 0; i < n; i++) {
        int status = merge_shape(b, &ndim, shape, in[i]);
        if (status)
            return status;
    }
    for (int i = 0; i < n; i++) {
        node *wide = build_broadcast_to(b->g, in[i], ndim, shape, b->err);
        if (!wide)
            return b->err ? b->err->status : SHARR_EEXPR;
        node_unref(in[i]);
        in[i] = wide;
    }
    return 0;
}

/* ---- order and direction ---- */

node *build_permute(graph *g, node *x, const int64_t *axes, int n, sharr_error *err)
{
    int axis[SHARR_MAX_DIMS];
    int64_t shape[SHARR_MAX_DIMS];
    char text[SHAPE_TEXT];
    if (n != x->ndim) {
        err_set(err, SHARR_EEXPR, "permute_dims: %d axes for an array of shape %s", n,
                shape_text(x->ndim, x->shape, text));
        return NULL;
    }
    if (check_axes("permute_dims", x->ndim, x->shape, axes, n, axis, err) != 0)
        return NULL;
    for (int d = 0; d < n; d++)
        shape[d] = x->shape[axis[d]];
    arena *mem = arena_new();
    imap *m = mem ? imap_new(mem, n, shape, 1, n) : NULL;
    for (int d = 0; m && d < n; d++) {
        m->piece[0].axis[axis[d]] = d;
        m->piece[0].mul[axis[d]] = 1;
    }
    return view_of(g, mem, m, x, err);
}

node *build_flip(graph *g, node *x, const int64_t *axes, int n, sharr_error *err)
{
    int axis[SHARR_MAX_DIMS], all = n < 0;
    if (!all && check_axes("flip", x->ndim, x->shape, axes, n, axis, err) != 0)
        return NULL;
    arena *mem = arena_new();
    imap *m = mem ? imap_identity(mem, x->ndim, x->shape) : NULL;
    for (int i = 0; m && i < (all ? x->ndim : n); i++) {
        int d = all ? i : axis[i];
        m->piece[0].off[d] = x->shape[d] - 1;
        m->piece[0].mul[d] = -1;
    }
    return view_of(g, mem, m, x, err);
}

static node *roll_axis(graph *g, node *x, int64_t shift, int d, sharr_error *err)
{
    int64_t n = x->shape[d], k = n ? floor_mod(shift, n) : 0;
    if (k == 0)
        return node_ref(x);
    arena *mem = arena_new();
    imap *m = mem ? imap_new(mem, x->ndim, x->shape, 2, x->ndim) : NULL;
    for (int p = 0; m && p < 2; p++) {
        ipiece *q = &m->piece[p];
        for (int s = 0; s < x->ndim; s++) {
            q->axis[s] = s;
            q->mul[s] = 1;
        }
        q->start[d] = p ? k : 0;
        q->count[d] = p ? n - k : k;
        q->off[d] = p ? -k : n - k;
    }
    return view_of(g, mem, m, x, err);
}

static node *roll_flat(graph *g, node *x, const int64_t *shift, int n, sharr_error *err)
{
    int64_t size, k = 0;
    if (!shape_size(x->ndim, x->shape, &size) || size == 0)
        return node_ref(x);
    for (int i = 0; i < n; i++)
        k = (k + floor_mod(shift[i], size)) % size;
    node *flat = build_reshape(g, x, 1, &size, err), *rolled = NULL, *r = NULL;
    if (flat)
        rolled = roll_axis(g, flat, k, 0, err);
    if (rolled)
        r = build_reshape(g, rolled, x->ndim, x->shape, err);
    node_unref(flat);
    node_unref(rolled);
    return r;
}

node *build_roll(graph *g, node *x, const int64_t *shift, const int64_t *axes, int n,
                 sharr_error *err)
{
    if (!axes)
        return roll_flat(g, x, shift, n, err);
    node *r = node_ref(x);
    for (int i = 0; i < n && r; i++) {
        int d;                          /* one at a time: an axis may come twice */
        node *next = NULL;
        if (check_axes("roll", x->ndim, x->shape, &axes[i], 1, &d, err) == 0)
            next = roll_axis(g, r, shift[i], d, err);
        node_unref(r);
        r = next;
    }
    return r;
}

/* ---- dimensions of extent 1, and reshape ---- */

/* The non-1 extents of both are the same, in order: a view. */
static bool only_ones_differ(const node *x, int ndim, const int64_t *shape)
{
    int s = 0, d = 0;
    for (;;) {
        while (s < x->ndim && x->shape[s] == 1)
            s++;
        while (d < ndim && shape[d] == 1)
            d++;
        if (s == x->ndim || d == ndim)
            return s == x->ndim && d == ndim;
        if (x->shape[s++] != shape[d++])
            return false;
    }
}

static node *ones_view(graph *g, node *x, int ndim, const int64_t *shape, sharr_error *err)
{
    arena *mem = arena_new();
    imap *m = mem ? imap_new(mem, ndim, shape, 1, x->ndim) : NULL;
    for (int s = 0, d = 0; m && s < x->ndim; s++) {
        if (x->shape[s] == 1)
            continue;
        while (d < ndim - 1 && shape[d] == 1)
            d++;
        m->piece[0].axis[s] = d++;
        m->piece[0].mul[s] = 1;
    }
    return view_of(g, mem, m, x, err);
}

node *build_expand_dims(graph *g, node *x, const int64_t *axes, int n, sharr_error *err)
{
    int axis[SHARR_MAX_DIMS], ndim = x->ndim + n;
    int64_t shape[SHARR_MAX_DIMS];
    uint32_t added = 0;
    if (ndim > SHARR_MAX_DIMS) {
        err_set(err, SHARR_EEXPR, "expand_dims: %d dimensions: %d is the most", ndim,
                SHARR_MAX_DIMS);
        return NULL;
    }
    if (check_axes("expand_dims", ndim, NULL, axes, n, axis, err) != 0)
        return NULL;
    for (int i = 0; i < n; i++)
        added |= (uint32_t)1 << axis[i];
    for (int d = 0, s = 0; d < ndim; d++)
        shape[d] = added >> d & 1 ? 1 : x->shape[s++];
    return ones_view(g, x, ndim, shape, err);
}

node *build_squeeze(graph *g, node *x, const int64_t *axes, int n, sharr_error *err)
{
    int axis[SHARR_MAX_DIMS], ndim = 0;
    int64_t shape[SHARR_MAX_DIMS];
    uint32_t gone = 0;
    char text[SHAPE_TEXT];
    if (n >= 0 && check_axes("squeeze", x->ndim, x->shape, axes, n, axis, err) != 0)
        return NULL;
    for (int i = 0; i < n; i++) {
        if (x->shape[axis[i]] != 1) {
            err_set(err, SHARR_EEXPR, "squeeze: dimension %d of shape %s does not have extent 1",
                    axis[i], shape_text(x->ndim, x->shape, text));
            return NULL;
        }
        gone |= (uint32_t)1 << axis[i];
    }
    for (int d = 0; d < x->ndim; d++)
        if (n >= 0 ? !(gone >> d & 1) : x->shape[d] != 1)
            shape[ndim++] = x->shape[d];
    return ones_view(g, x, ndim, shape, err);
}

/* Replace a -1; false with err filled when the shape cannot hold x. */
static bool complete_shape(const node *x, int ndim, const int64_t *given, int64_t *shape,
                           sharr_error *err)
{
    char from[SHAPE_TEXT], to[SHAPE_TEXT];
    int64_t size, rest = 1, have;
    int open = -1;
    bool ok = shape_size(x->ndim, x->shape, &size);
    for (int d = 0; d < ndim; d++) {
        shape[d] = given[d];
        if (given[d] == -1 && open < 0) {
            open = d;
            shape[d] = 1;
        } else if (given[d] < 0) {
            err_set(err, SHARR_EEXPR, "reshape: extent %lld%s", (long long)given[d],
                    given[d] == -1 ? " more than once" : "");
            return false;
        }
    }
    ok = ok && shape_size(ndim, shape, &rest);
    if (ok && open >= 0 && rest > 0 && size % rest == 0)
        shape[open] = size / rest;
    if (ok && shape_size(ndim, shape, &have) && have == size && (open < 0 || rest > 0))
        return true;
    err_set(err, SHARR_EEXPR, "reshape: %lld elements of shape %s do not fill shape %s",
            (long long)size, shape_text(x->ndim, x->shape, from), shape_text(ndim, given, to));
    return false;
}

node *build_reshape(graph *g, node *x, int ndim, const int64_t *given, sharr_error *err)
{
    int64_t shape[SHARR_MAX_DIMS], size;
    if (ndim > SHARR_MAX_DIMS) {
        err_set(err, SHARR_EEXPR, "reshape: %d dimensions: %d is the most", ndim, SHARR_MAX_DIMS);
        return NULL;
    }
    if (!complete_shape(x, ndim, given, shape, err))
        return NULL;
    if (only_ones_differ(x, ndim, shape))
        return ones_view(g, x, ndim, shape, err);
    shape_size(ndim, shape, &size);
    /* Without elements, or with one value everywhere, nothing has to move. */
    if (size == 0 || (x->kind == NODE_VIEW && x->nin == 1 && x->in[0]->ndim == 0)) {
        node *from = size == 0 ? x : x->in[0];
        arena *mem = arena_new();
        return view_of(g, mem, mem ? imap_new(mem, ndim, shape, 1, from->ndim) : NULL, from, err);
    }
    return node_reshape(g, x, ndim, shape, err);
}
