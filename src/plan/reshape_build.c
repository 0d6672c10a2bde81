/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The new nodes: what is materialised, rewritten once; everything else in each form that is wanted.
 */
#include "plan/reshape_int.h"

#include "expr/build.h"

node *reshape_made(const reshape_work *w, const node *n, const strides *space)
{
    const form *f = reshape_form(reshape_vert(w, n), space);
    return f ? f->made : NULL;
}

node *reshape_operand(const reshape_work *w, const node *n, const strides **space)
{
    *space = reshape_vert(w, n)->demand;
    return reshape_made(w, n, *space);
}

/* ---- what is materialised -------------------------------------------------------------------- */

/* Reduced dimensions, all their parts. */
static uint32_t axes_in(const node *in, uint32_t axes, const strides *space)
{
    uint32_t fine = 0;
    for (int d = 0; d < in->ndim; d++) {
        const parts p = parts_of(space, in->ndim, in->shape, d);
        for (int k = 0; k < p.n && axes >> d & 1; k++)
            fine |= 1u << (p.first + k);
    }
    return fine;
}

/* Refused where only dimensions of extent 1 would be reduced: there are none in such spaces. */
static node *make_reduction(reshape_work *w, const node *n, sharr_error *err)
{
    const strides *space;
    node *in = reshape_operand(w, n->in[0], &space);
    node_reduce r = n->u.reduce;
    if (!space)
        return node_reduction(n->owner, in, &r, n->type, err);
    r.axes = axes_in(n->in[0], r.axes, space);
    r.keepdims = false;
    if (r.axes == 0 && in->ndim > 0) {
        w->refused = reshape_vert(w, n->in[0])->why;
        return NULL;
    }
    node *fine = node_reduction(n->owner, in, &r, n->type, err);
    return reshape_hold(w, fine) ? node_regroup(n->owner, fine, n->ndim, n->shape, err) : NULL;
}

static node *make_call(reshape_work *w, const node *n, sharr_error *err)
{
    const node_result out = { n->type, n->ndim, n->shape };
    node *in[CALL_MAX_IN];
    for (int i = 0; i < n->nin; i++) {
        const strides *space;
        in[i] = reshape_operand(w, n->in[i], &space);
        if (!space)
            continue;
        in[i] = node_reshape(n->owner, in[i], n->in[i]->ndim, n->in[i]->shape, err);
        if (!reshape_hold(w, in[i]))
            return NULL;
    }
    return node_calling(n->owner, &n->u.call, in, n->nin, &out, err);
}

static int make_core(reshape_work *w, vert *v, sharr_error *err)
{
    const node *n = v->n;
    const strides *space;
    node *core = NULL;
    if (n->kind == NODE_REDUCE)
        core = make_reduction(w, n, err);
    else if (n->kind == NODE_CALL)
        core = make_call(w, n, err);
    else if (v->lies)
        core = node_regroup(n->owner, reshape_operand(w, n->in[0], &space), n->ndim, n->shape, err);
    else
        core = node_reshape(n->owner, reshape_operand(w, n->in[0], &space), n->ndim, n->shape, err);
    v->core = NULL;
    if (w->refused)
        return 0;
    if (!reshape_hold(w, core))
        return err->status ? err->status : err_nomem(err, "planning", sizeof *core);
    v->core = core;
    return 0;
}

/* ---- forms ----------------------------------------------------------------------------------- */

/* The array itself under another shape: always, where it is a result; a dataset's chunks must be boxes or parts of
 * pieces there. */
static node *make_leaf(reshape_work *w, const vert *v, const form *f, sharr_error *err)
{
    const source *s = v->n->kind == NODE_SOURCE ? v->n->u.src : NULL;
    node *leaf = s ? v->n : v->core;
    int64_t shape[SHARR_MAX_DIMS];
    if (!f->space)
        return node_ref(leaf);
    int ndim = strides_shape(f->space, shape);
    bool may = leaf->kind == NODE_SOURCE || leaf->kind == NODE_REGROUP || node_is_cut(leaf);
    if (may && (!s || regroup_reads(s, f->space)))
        return node_regroup(leaf->owner, leaf, ndim, shape, err);
    w->refused = f->why;
    return NULL;
}

/* x * factor + sum, where there is a sum. */
static node *add_scaled(reshape_work *w, node *x, int64_t factor, node *sum, sharr_error *err)
{
    graph *g = x->owner;
    node *one = node_const(g, SHARR_INT64, (scalar){ .i64 = factor }, err), *wide = NULL, *term = NULL;
    if (reshape_hold(w, one))
        wide = build_broadcast_to(g, one, x->ndim, x->shape, err);
    if (reshape_hold(w, wide))
        term = node_element(g, KOP_mul, (node *[]){ x, wide }, err);
    if (!sum)
        return term;
    return !reshape_hold(w, term) ? NULL : node_element(g, KOP_add, (node *[]){ sum, term }, err);
}

/* An index along a dimension from those along its parts. */
static node *make_coord(reshape_work *w, const node *n, const strides *space, sharr_error *err)
{
    int64_t shape[SHARR_MAX_DIMS];
    int ndim = strides_shape(space, shape);
    const parts p = parts_of(space, n->ndim, n->shape, n->u.axis);
    node *sum = NULL;
    if (p.n == 0) {
        node *zero = node_const(n->owner, SHARR_INT64, (scalar){ .i64 = 0 }, err);
        return reshape_hold(w, zero) ? build_broadcast_to(n->owner, zero, ndim, shape, err) : NULL;
    }
    if (p.n == 1)
        return node_coord(n->owner, ndim, shape, p.first, err);
    for (int k = 0; k < p.n; k++) {
        node *x = node_coord(n->owner, ndim, shape, p.first + k, err);
        if (!reshape_hold(w, x))
            return NULL;
        sum = add_scaled(w, x, p.stride[k], sum, err);
        if (k + 1 < p.n && !reshape_hold(w, sum))
            return NULL;
    }
    return sum;
}

static node *make_view(reshape_work *w, const node *n, const form *f, sharr_error *err)
{
    arena *mem = arena_new();
    node **in = mem ? arena_alloc(mem, (size_t)n->nin + 1, sizeof *in) : NULL, *made = NULL;
    strides *space = mem ? arena_alloc(mem, (size_t)n->nin + 1, sizeof *space) : NULL;
    imap *m = NULL;
    int status = 0;
    if (!in || !space) {
        err_nomem(err, "a view", sizeof *space);
        goto done;
    }
    for (int i = 0; i < n->nin; i++) {
        if (f->space)
            reshape_view_space(w, n, i, f->space, &space[i]);
        in[i] = reshape_made(w, n->in[i], f->space ? &space[i] : NULL);
    }
    if (f->space)
        status = reshape_view_map(mem, n, f->space, space, &m, err);
    if (m || !f->space)
        made = node_view(n->owner, m ? m : n->u.map, in, n->nin, n->type, n->fill, err);
    else if (!status)
        w->refused = f->why;
done:
    arena_free(mem);
    return made;
}

static node *make_element(const reshape_work *w, const node *n, const form *f, sharr_error *err)
{
    node *in[4];
    for (int i = 0; i < n->nin; i++)
        in[i] = reshape_made(w, n->in[i], f->space);
    return n->kind == NODE_CAST ? node_cast(n->owner, in[0], n->type, err) : node_element(n->owner, n->u.op, in, err);
}

static node *make_form(reshape_work *w, const vert *v, const form *f, sharr_error *err)
{
    if (v->n->kind == NODE_SOURCE || reshape_is_cut(v))
        return make_leaf(w, v, f, err);
    switch (v->n->kind) {
    case NODE_ELEMENT:
    case NODE_CAST:    return make_element(w, v->n, f, err);
    case NODE_VIEW:    return make_view(w, v->n, f, err);
    case NODE_COORD:   return f->space ? make_coord(w, v->n, f->space, err) : node_ref(v->n);
    case NODE_RESHAPE: return node_ref(reshape_made(w, v->n->in[0], f->space));
    default:           return node_ref(v->n);       /* a constant */
    }
}

int reshape_build(reshape_work *w, vert *v, sharr_error *err)
{
    int status = reshape_is_cut(v) ? make_core(w, v, err) : 0;
    for (form *f = v->forms; f && !status && !w->refused; f = f->next) {
        node *made = make_form(w, v, f, err);
        if (w->refused)
            break;
        if (reshape_hold(w, made))
            f->made = made;
        else
            status = err->status ? err->status : err_nomem(err, "planning", sizeof *made);
    }
    return status;
}
