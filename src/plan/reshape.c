/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Three walks over the graph: up, what reshapes want of what is above them; down, in which dimensions each
 * node is wanted; up again, the new nodes.  A reshape that meets something that cannot follow is
 * closed, and all begins again.
 */
#include "plan/reshape.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "plan/canon.h"
#include "plan/plan_build.h"
#include "plan/reshape_int.h"

/* So often may reshapes turn out to be relayouts; then all are. */
enum { MAX_RESTARTS = 256, GOOD_CHUNK_BYTES = 128 << 10 };

bool reshape_is_cut(const vert *v)
{
    return node_is_cut(v->n) && (v->n->kind != NODE_RESHAPE || v->closed || v->lies);
}

/* What lies in C order, in memory or in scratch, has any shape that is wanted. */
static bool lies_in_order(const vert *v)
{
    const source *s = v->n->kind == NODE_SOURCE ? v->n->u.src : NULL;
    return s ? source_any_shape(s) : reshape_is_cut(v);
}

static bool same_vert(const void *value, const void *key)
{
    return ((const vert *)value)->n == key;
}

vert *reshape_vert(const reshape_work *w, const node *n)
{
    return hashmap_find(w->map, hash_bytes(&n, sizeof n, 0), same_vert, n);
}

/* ---- up: demands --------------------------------------------------------------------------- */

static bool add_demands(reshape_work *w, const vert *v, strides *s)
{
    if (v->n->kind == NODE_VIEW)
        return reshape_view_demand(w, v->n, s);
    for (int i = 0; i < v->n->nin; i++) {
        const vert *in = reshape_vert(w, v->n->in[i]);
        const strides own = strides_of(in->n->ndim, in->n->shape);
        if (!strides_join(s, in->why ? in->demand : &own))
            return false;
    }
    return true;
}

/* Nodes above a reshape get its demands; where they cross, it is refused. */
static int find_demand(reshape_work *w, vert *v, sharr_error *err)
{
    v->lies = v->n->kind == NODE_RESHAPE && lies_in_order(reshape_vert(w, v->n->in[0]));
    bool open = v->n->kind == NODE_RESHAPE && !reshape_is_cut(v);
    v->why = open ? v : NULL;
    v->demand = NULL;
    for (int i = 0; i < v->n->nin && !v->why && !reshape_is_cut(v); i++)
        v->why = reshape_vert(w, v->n->in[i])->why;
    if (!v->why)
        return 0;
    strides *s = arena_alloc(w->arena, 1, sizeof *s);
    if (!s)
        return err_nomem(err, "planning", sizeof *s);
    *s = strides_of(v->n->ndim, v->n->shape);
    v->demand = s;
    if (!add_demands(w, v, s)) {
        w->refused = v->why;
        w->refused->closed = true;      /* the walk goes on: others may be refused too */
        v->why = NULL;
        v->demand = NULL;
    }
    return 0;
}

/* ---- down: forms --------------------------------------------------------------------------- */

form *reshape_form(const vert *v, const strides *space)
{
    form *f = v->forms;
    while (f && !(f->space && space ? strides_equal(f->space, space) : f->space == space))
        f = f->next;
    return f;
}

static int want(reshape_work *w, const node *n, const strides *space, vert *why, sharr_error *err)
{
    vert *v = reshape_vert(w, n);
    if (reshape_form(v, space))
        return 0;
    form *f = arena_alloc(w->arena, 1, sizeof *f);
    if (!f)
        return err_nomem(err, "planning", sizeof *f);
    *f = (form){ .space = space, .why = why, .next = v->forms };
    v->forms = f;
    return 0;
}

/* What is materialised wants its operands in the dimensions that are below them, whatever they are. */
static int want_operand(reshape_work *w, const node *n, sharr_error *err)
{
    vert *v = reshape_vert(w, n);
    return want(w, n, v->demand, v->why, err);
}

static int want_view_inputs(reshape_work *w, const vert *v, const form *f, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < v->n->nin && !status && !w->refused; i++) {
        strides *s = arena_alloc(w->arena, 1, sizeof *s);
        if (!s)
            return err_nomem(err, "planning", sizeof *s);
        if (reshape_view_space(w, v->n, i, f->space, s))
            status = want(w, v->n->in[i], s, f->why, err);
        else
            w->refused = f->why;
    }
    return status;
}

static int want_inputs(reshape_work *w, const vert *v, sharr_error *err)
{
    int status = 0;
    if (reshape_is_cut(v)) {
        for (int i = 0; i < v->n->nin && !status; i++)
            status = want_operand(w, v->n->in[i], err);
        return status;
    }
    for (const form *f = v->forms; f && !status && !w->refused; f = f->next) {
        if (v->n->kind == NODE_VIEW && f->space)
            status = want_view_inputs(w, v, f, err);
        else
            for (int i = 0; i < v->n->nin && !status; i++)
                status = want(w, v->n->in[i], f->space, f->why, err);
    }
    return status;
}

/* ---- the walks ----------------------------------------------------------------------------- */

bool reshape_hold(reshape_work *w, node *n)
{
    if (n && w->nheld == w->capheld) {
        size_t cap = w->capheld ? 2 * w->capheld : 64;
        node **p = realloc(w->held, cap * sizeof *p);
        if (!p) {
            node_unref(n);
            return false;
        }
        w->held = p;
        w->capheld = cap;
    }
    if (n)
        w->held[w->nheld++] = n;
    return n != NULL;
}

/* Stops early, without an error, when a reshape is refused. */
static int walk(reshape_work *w, const request *req, int nreq, sharr_error *err)
{
    int status = 0;
    w->refused = NULL;
    for (size_t i = 0; i < w->n && !status; i++) {
        w->vert[i].forms = NULL;
        status = find_demand(w, &w->vert[i], err);
    }
    for (int i = 0; i < nreq && !status && !w->refused; i++)
        status = want_operand(w, req[i].node, err);
    for (size_t i = w->n; i-- > 0 && !status && !w->refused;)
        status = want_inputs(w, &w->vert[i], err);
    for (size_t i = 0; i < w->n && !status && !w->refused; i++)
        status = reshape_build(w, &w->vert[i], err);
    return status;
}

/* With as many reshapes open as can be.  *none: none can. */
static int rewrite(reshape_work *w, const request *req, int nreq, bool *none, sharr_error *err)
{
    int status = 0, tries = 0;
    do {
        status = walk(w, req, nreq, err);
        if (w->refused)
            w->refused->closed = true;
    } while (!status && w->refused && ++tries < MAX_RESTARTS);
    *none = w->refused != NULL;
    return status;
}

/* ---- outputs ------------------------------------------------------------------------------- */

/* Chunks near `most` that can be split; the bytes of one. */
static int64_t fit_chunk(const request *r, const strides *s, const int64_t *most, int64_t *chunk)
{
    int64_t bytes = (int64_t)dtype_size(r->node->type);
    for (int d = 0; d < r->node->ndim; d++) {
        const parts p = parts_of(s, r->node->ndim, r->node->shape, d);
        bytes *= chunk[d] = regroup_fit(&p, most[d]);
    }
    return bytes;
}

/* What the chunks of the body would be, merged. */
static int merged_cells(const request *r, const node *body, const strides *s, int64_t *cell, sharr_error *err)
{
    chunkgrid g;
    int status = canon_grid(body, &g, err);
    for (int d = 0; d < r->node->ndim && !status; d++) {
        const parts p = parts_of(s, r->node->ndim, r->node->shape, d);
        cell[d] = 1;
        for (int k = p.first; k < p.first + p.n; k++)
            cell[d] *= min_i64(g.cell[k], body->shape[k]);
    }
    return status;
}

/* Chunks of the request's dataset that are boxes of its body too; *good: there are some that are large enough. */
static int choose_chunk(const request *r, const node *body, const strides *s, int64_t *chunk, bool *good, sharr_error *err)
{
    int64_t cell[SHARR_MAX_DIMS];
    int status = merged_cells(r, body, s, cell, err);
    if (status)
        return status;
    int64_t bytes = fit_chunk(r, s, cell, chunk);
    if (bytes < GOOD_CHUNK_BYTES || bytes > MAX_CHUNK_BYTES) {
        chunkgrid g = canon_default(r->node->ndim, r->node->shape, r->node->type);
        bytes = fit_chunk(r, s, g.cell, chunk);
    }
    *good = bytes >= MIN_CHUNK_BYTES;
    return 0;
}

/* Where the chunks of the dataset can be tiles of the body, *r asks for that. */
static int write_merged(arena *mem, request *r, node *body, const strides *s, sharr_error *err)
{
    int64_t chunk[SHARR_MAX_DIMS], fine[SHARR_MAX_DIMS] = { 0 };
    bool good = plan_is_chunked(r);
    int status = 0;
    if (r->has_chunk)
        memcpy(chunk, r->chunk, sizeof chunk);
    else if (good)
        status = choose_chunk(r, body, s, chunk, &good, err);
    if (status || !good || !regroup_split(r->node->ndim, r->node->shape, chunk, s, fine))
        return status;
    chunkgrid *as = arena_alloc(mem, 1, sizeof *as);
    if (!as)
        return err_nomem(err, "planning", sizeof *as);
    *as = chunkgrid_make(r->node->ndim, r->node->shape, chunk, NULL);
    memcpy(r->chunk, fine, sizeof fine);
    r->has_chunk = true;
    r->as = as;
    r->node = body;
    return 0;
}

static int set_request(reshape_work *w, request *r, request *plain, sharr_error *err)
{
    const strides *space;
    node *body = reshape_operand(w, r->node, &space), *whole = NULL;
    if (!space) {
        r->node = plain->node = body;
        return 0;
    }
    whole = node_reshape(body->owner, body, r->node->ndim, r->node->shape, err);
    if (!reshape_hold(w, whole))
        return err_nomem(err, "planning", sizeof *whole);
    plain->node = whole;
    r->node = whole;
    return whole == body ? 0 : write_merged(w->arena, r, body, space, err);
}

/* ---- all ----------------------------------------------------------------------------------- */

static int prepare(reshape_work *w, const request *req, int nreq, bool *any, sharr_error *err)
{
    node **order = NULL, **root = calloc((size_t)nreq + 1, sizeof *root);
    int status = root ? 0 : err_nomem(err, "planning", (size_t)nreq * sizeof *root);
    for (int i = 0; i < nreq && !status; i++)
        root[i] = (node *)req[i].node;
    if (!status)
        status = node_order(root, nreq, &order, &w->n, err);
    for (size_t i = 0; i < w->n && !status; i++)
        *any = *any || order[i]->kind == NODE_RESHAPE;
    if (!status && *any) {
        w->vert = arena_alloc(w->arena, w->n, sizeof *w->vert);
        w->map = hashmap_new();
        for (size_t i = 0; i < w->n && w->vert && w->map && !status; i++) {
            w->vert[i].n = order[i];
            if (!hashmap_add(w->map, hash_bytes(&order[i], sizeof *order, 0), &w->vert[i]))
                status = err_nomem(err, "planning", w->n * sizeof *w->vert);
        }
        if (!w->vert || !w->map)
            status = err_nomem(err, "planning", w->n * sizeof *w->vert);
    }
    free(order);
    free(root);
    return status;
}

reshaped *reshape_requests(const request *req, int nreq, sharr_error *err)
{
    reshape_work w = { .arena = arena_new() };
    reshaped *r = calloc(1, sizeof *r);
    request *own = w.arena ? arena_alloc(w.arena, (size_t)nreq + 1, sizeof *own) : NULL;
    request *plain = w.arena ? arena_alloc(w.arena, (size_t)nreq + 1, sizeof *plain) : NULL;
    bool any = false, none = false;
    int status = r && own && plain ? prepare(&w, req, nreq, &any, err) : err_nomem(err, "planning", sizeof *r);
    if (!status && nreq) {
        memcpy(own, req, (size_t)nreq * sizeof *own);
        memcpy(plain, req, (size_t)nreq * sizeof *plain);
    }
    if (!status && any)
        status = rewrite(&w, req, nreq, &none, err);
    for (int i = 0; i < nreq && any && !none && !status; i++)
        status = set_request(&w, &own[i], &plain[i], err);
    hashmap_free(w.map);
    if (r)
        *r = (reshaped){ .req = own, .plain = plain, .rewritten = any && !none, .arena = w.arena, .held = w.held, .nheld = w.nheld };
    else
        arena_free(w.arena);
    if (!status)
        return r;
    reshape_free(r);
    return NULL;
}

void reshape_free(reshaped *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->nheld; i++)
        node_unref(r->held[i]);
    free(r->held);
    arena_free(r->arena);
    free(r);
}
