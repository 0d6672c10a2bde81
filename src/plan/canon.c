/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The canonical grid.  Looks at shapes and chunk grids only.
 */
#include "plan/canon.h"

#include <stdlib.h>
#include <string.h>

#include "array/pieces.h"
#include "base/checked.h"
#include "base/hashmap.h"
#include "plan/affine.h"

typedef struct visit { const node *n; affine map; } visit;

typedef struct walk {
    visit *stack;
    size_t n, cap;
    hashmap *seen;
    source best;                /* where best_bytes >= 0 */
    affine best_map;
    int64_t best_bytes;
    dtype widest;               /* of the root and of the leaves without chunks */
} walk;

static bool same_node(const void *value, const void *key)
{
    return value == key;
}

static int push(walk *w, const node *n, const affine *map, sharr_error *err)
{
    if (w->n == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 16;
        visit *s = realloc(w->stack, cap * sizeof *s);
        if (!s)
            return err_nomem(err, "the canonical grid", cap * sizeof *s);
        w->stack = s;
        w->cap = cap;
    }
    w->stack[w->n++] = (visit){ n, *map };
    return 0;
}

/* Of what is read in pieces the least ones: how many are read at a time is a matter of memory. */
static source regrouped(const source *s, const node *n)
{
    source r = regroup_source(s, n->ndim, n->shape);
    const strides fine = strides_of(n->ndim, n->shape);
    if (r.pieces)
        pieces_shrink(s, &fine, r.chunk);
    return r;
}

static void consider(walk *w, const node *n, const affine *map)
{
    const source *s = n->kind == NODE_REGROUP ? n->in[0]->u.src : n->u.src;
    int64_t elements = 1;
    if (!s->chunked) {
        w->widest = dtype_size(n->type) > dtype_size(w->widest) ? n->type : w->widest;
        return;
    }
    shape_size(n->ndim, n->shape, &elements);
    int64_t bytes = elements * (int64_t)dtype_size(n->type);
    if (bytes > w->best_bytes) {
        w->best_bytes = bytes;
        w->best = n->kind == NODE_REGROUP ? regrouped(s, n) : *s;
        w->best_map = *map;
    }
}

/* Inputs are pushed last first, so that they are visited from the left. */
static int expand(walk *w, const visit *v, sharr_error *err)
{
    const node *n = v->n;
    int status = 0;
    if (n->kind == NODE_SOURCE || (n->kind == NODE_REGROUP && n->in[0]->kind == NODE_SOURCE))
        consider(w, n, &v->map);
    else if (n->kind == NODE_ELEMENT || n->kind == NODE_CAST)
        for (int i = n->nin - 1; i >= 0 && !status; i--)
            status = push(w, n->in[i], &v->map, err);
    else if (n->kind == NODE_VIEW)
        for (int i = n->u.map->npieces - 1; i >= 0 && !status; i--) {
            const ipiece *p = &n->u.map->piece[i];
            affine inner = affine_of_piece(p), m = affine_compose(&v->map, &inner);
            if (p->src != IMAP_FILL)
                status = push(w, n->in[p->src], &m, err);
        }
    return status;      /* results of reductions and relayouts have no say */
}

static int find_driver(walk *w, const node *root, sharr_error *err)
{
    affine id = affine_identity(root->ndim);
    int status = push(w, root, &id, err);
    while (!status && w->n) {
        visit v = w->stack[--w->n];
        uint64_t h = hash_bytes(&v.n, sizeof v.n, 0);
        if (hashmap_find(w->seen, h, same_node, v.n))
            continue;
        if (!hashmap_add(w->seen, h, (void *)v.n))
            return err_nomem(err, "the canonical grid", 64);
        status = expand(w, &v, err);
    }
    return status;
}

static int64_t smallest_factor(int64_t n)
{
    for (int64_t f = 2; f * f <= n; f++)
        if (n % f == 0)
            return f;
    return n;
}

static int64_t cells(int ndim, const int64_t *cell)
{
    int64_t n = 1;
    for (int d = 0; d < ndim; d++)
        if (!mul_i64(n, cell[d], &n))
            return INT64_MAX;
    return n;
}

/* Into equal parts, by the smallest factors; where those would leave crumbs, into as few parts as will do. */
static void cut(int ndim, int64_t *cell, int d)
{
    while (cell[d] > 1 && cells(ndim, cell) > CANON_MAX_ELEMENTS) {
        int64_t whole = cell[d], all = cells(ndim, cell), f = smallest_factor(whole);
        cell[d] = whole / f;
        if (cells(ndim, cell) < CANON_MIN_ELEMENTS)
            cell[d] = ceil_div(whole, ceil_div(all, CANON_MAX_ELEMENTS));
    }
}

/* Tiny cells grow (inner dimensions first), huge ones are cut along the outer dimensions. */
static void balance(int ndim, const int64_t *shape, int64_t *cell)
{
    for (int d = ndim - 1; d >= 0; d--)
        while (cell[d] < shape[d] && cells(ndim, cell) < CANON_MIN_ELEMENTS)
            cell[d] *= 2;
    for (int d = 0; d < ndim; d++)
        cut(ndim, cell, d);
}

/* Chunk borders of the source, in the coordinates of the view. */
static void map_grid(const source *s, const affine *m, const int64_t *shape, int64_t *cell, int64_t *origin)
{
    for (int k = 0; k < s->ndim; k++) {
        int d = m->axis[k];
        if (d < 0 || cell[d] > 0)
            continue;
        int64_t step = m->mul[k] < 0 ? -m->mul[k] : m->mul[k], c = s->chunk[k];
        if (step == 0)
            continue;
        cell[d] = max_i64(1, c / step);
        if (c % step)
            continue;           /* borders drift: keep the width, start at 0 */
        /* first position x >= 0 on a border: off + mul x = 0 (mod c), or (flipped) = -1 (mod c) */
        int64_t r = m->mul[k] > 0 ? floor_mod(-m->off[k], c) : floor_mod(m->off[k] + 1, c);
        origin[d] = r % step ? 0 : r / step % cell[d];
    }
    for (int k = 0; k < s->ndim; k++)
        if (m->axis[k] >= 0 && cell[m->axis[k]] >= shape[m->axis[k]] && origin[m->axis[k]] == 0)
            cell[m->axis[k]] = max_i64(1, shape[m->axis[k]]);
}

chunkgrid canon_default(int ndim, const int64_t *shape, dtype t)
{
    return chunkgrid_runs(ndim, shape, (1 << 20) / (int64_t)dtype_size(t));
}

int canon_grid(const node *n, chunkgrid *out, sharr_error *err)
{
    walk w = { .seen = hashmap_new(), .best_bytes = -1, .widest = n->type };
    int status = w.seen ? find_driver(&w, n, err) : err_nomem(err, "the canonical grid", 64);
    if (status)
        goto done;
    chunkgrid dflt = canon_default(n->ndim, n->shape, w.best_bytes >= 0 ? n->type : w.widest);
    *out = dflt;
    if (w.best_bytes >= 0) {
        int64_t cell[SHARR_MAX_DIMS] = { 0 }, origin[SHARR_MAX_DIMS] = { 0 };
        map_grid(&w.best, &w.best_map, n->shape, cell, origin);
        for (int d = 0; d < n->ndim; d++)
            if (cell[d] == 0)           /* broadcast or new: nothing to say */
                cell[d] = dflt.cell[d];
        balance(n->ndim, n->shape, cell);
        for (int d = 0; d < n->ndim; d++)
            origin[d] = cell[d] ? origin[d] % cell[d] : 0;
        *out = chunkgrid_make(n->ndim, n->shape, cell, origin);
    }
done:
    free(w.stack);
    hashmap_free(w.seen);
    return status;
}
