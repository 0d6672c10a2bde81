/* SPDX-License-Identifier: BSD-3-Clause
 *
 * x with other values at some index: one map with two pieces, x and what lies over it.
 */
#include <string.h>

#include "expr/build_parts.h"


/* Every element `step` times along an axis: then its k-th value also stands at step * k. */
static node *spread(graph *g, node *x, int axis, int64_t step, sharr_error *err)
{
    int64_t wide[SHARR_MAX_DIMS + 1], flat[SHARR_MAX_DIMS], behind = axis + 1;
    node *up = build_expand_dims(g, x, &behind, 1, err), *many = NULL, *r = NULL;
    if (up) {
        memcpy(wide, up->shape, (size_t)up->ndim * sizeof *wide);
        wide[axis + 1] = step;
        many = build_broadcast_to(g, up, up->ndim, wide, err);
    }
    if (many) {
        memcpy(flat, x->shape, (size_t)x->ndim * sizeof *flat);
        flat[axis] *= step;
        r = build_reshape(g, many, x->ndim, flat, err);
    }
    node_unref(many);
    node_unref(up);
    return r;
}

/* The value without leading dimensions of extent 1 that the place has not. */
static node *fitted(graph *g, const indexing *w, node *value, sharr_error *err)
{
    char from[SHAPE_TEXT], to[SHAPE_TEXT];
    int extra = value->ndim - w->ndim;
    bool fits = true;
    for (int d = 0; d < value->ndim && fits; d++)
        fits = value->shape[d] == 1 || (d >= extra && value->shape[d] == w->shape[d - extra]);
    if (!fits) {
        err_set(err, SHARR_EEXPR, "values of shape %s cannot be put in a place of shape %s",
                shape_text(value->ndim, value->shape, from), shape_text(w->ndim, w->shape, to));
        return NULL;
    }
    return extra > 0 ? build_reshape(g, value, w->ndim, value->shape + extra, err) : node_ref(value);
}

/* Where the value has one element for all, any step will do; else its elements must lie as those of x. */
static node *laid_out(graph *g, const indexing *w, node *value, sharr_error *err)
{
    int extra = w->ndim - value->ndim;
    node *v = node_ref(value);
    for (int s = 0; s < w->x->ndim && v; s++) {
        int64_t step = w->step[s] < 0 ? -w->step[s] : w->step[s];
        int d = w->to[s] - extra;
        if (w->to[s] < 0 || d < 0 || v->shape[d] == 1 || step == 1)
            continue;
        node *more = spread(g, v, d, step, err);
        node_unref(v);
        v = more;
    }
    return v;
}

/* The piece over x: on the lattice of the index, x's position p takes value[(p - start) / |step| * |step|]. */
static void describe(const indexing *w, const node *v, ipiece *p)
{
    int extra = w->ndim - v->ndim;
    p->src = 1;
    p->nsrc = v->ndim;
    for (int d = 0; d < v->ndim; d++) {
        p->axis[d] = -1;
        p->off[d] = p->mul[d] = 0;
    }
    for (int s = 0; s < w->x->ndim; s++) {
        int64_t step = w->step[s], last = w->start[s] + (w->count[s] - 1) * step;
        int d = w->to[s] - extra;
        p->start[s] = step < 0 ? last : w->start[s];
        p->step[s] = w->count[s] > 1 ? (step < 0 ? -step : step) : 1;
        p->count[s] = w->count[s];
        if (w->to[s] < 0 || d < 0 || v->shape[d] == 1)
            continue;
        p->axis[d] = s;
        p->mul[d] = step < 0 ? -1 : 1;
        p->off[d] = step < 0 ? w->start[s] : -w->start[s];
    }
}

static node *overlay(graph *g, const indexing *w, node *v, sharr_error *err)
{
    node *in[2] = {(node *)w->x, v}, *r = NULL;
    arena *mem = arena_new();
    imap *m = mem ? imap_new(mem, w->x->ndim, w->x->shape, 2, w->x->ndim) : NULL;
    if (m) {
        for (int s = 0; s < w->x->ndim; s++) {
            m->piece[0].axis[s] = s;
            m->piece[0].mul[s] = 1;
        }
        describe(w, v, &m->piece[1]);
        r = node_view(g, m, in, 2, w->x->type, (scalar){.bits = {0}}, err);
    } else {
        err_nomem(err, "a view", sizeof(imap));
    }
    arena_free(mem);
    return r;
}

node *build_update(graph *g, node *x, const index_item *item, int n, node *value, sharr_error *err)
{
    indexing w;
    if (index_resolve(&w, x, item, n, err) != 0)
        return NULL;
    if (value->type != x->type) {
        err_set(err, SHARR_EEXPR, "values of %s cannot be put in an array of %s", dtype_name(value->type),
                dtype_name(x->type));
        err_kind(err, SHARR_KIND_TYPE);
        return NULL;
    }
    node *fit = fitted(g, &w, value, err), *v = fit ? laid_out(g, &w, fit, err) : NULL, *r = NULL;
    bool nothing = false;
    for (int d = 0; d < w.ndim; d++)
        nothing = nothing || w.shape[d] == 0;
    if (v)
        r = nothing ? node_ref(x) : overlay(g, &w, v, err);
    node_unref(v);
    node_unref(fit);
    return r;
}
