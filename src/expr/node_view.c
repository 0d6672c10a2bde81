/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The constructor of views.  Whatever chain of slices, rolls and concatenations
 * was written, the node that comes out is one map over leaves or computed arrays,
 * each input once, in the order of its first use: equal views become equal nodes.
 *
 * What one map cannot hold (more than 64 pieces, two different fills) stays a
 * view of a view; that is not an error.
 */
#include <stdlib.h>
#include <string.h>

#include "expr/node_intern.h"

typedef struct draft {
    arena *mem;
    imap *map;
    node **in;              /* borrowed nodes, array in mem */
    int nin;
    dtype type;
    scalar fill;
} draft;

static bool uses_fill(const imap *m)
{
    for (int i = 0; i < m->npieces; i++)
        if (m->piece[i].src < 0)
            return true;
    return false;
}

static bool same_scalar(const scalar *a, const scalar *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static int no_memory(sharr_error *err)
{
    return err_nomem(err, "a view", sizeof(imap));
}

static imap *map_copy(arena *mem, const imap *m)
{
    imap *c = imap_new(mem, m->ndst, m->shape, m->npieces, 0);
    if (c)
        memcpy(c->piece, m->piece, (size_t)m->npieces * sizeof *m->piece);
    return c;
}

/* Which inputs are views that can be looked through: one fill value must do for all. */
static int choose_inner(draft *d, const imap **inner, int *first)
{
    bool filled = uses_fill(d->map);
    int total = 0;
    for (int i = 0; i < d->nin; i++) {
        const node *v = d->in[i];
        inner[i] = NULL;
        first[i] = total++;
        if (v->kind != NODE_VIEW)
            continue;
        bool fills = uses_fill(v->u.map);
        if (fills && filled && !same_scalar(&d->fill, &v->fill))
            continue;
        if (fills)
            d->fill = v->fill;
        filled = filled || fills;
        inner[i] = v->u.map;
        total = first[i] + v->nin;
    }
    return total;
}

/* Composing takes the product of the pieces: do not begin what cannot end within 64. */
static bool hopeless(const draft *d, const imap *const *inner)
{
    int n = 0;
    for (int i = 0; i < d->map->npieces; i++) {
        int src = d->map->piece[i].src;
        n += src >= 0 && inner[src] ? inner[src]->npieces : 1;
    }
    return n > 4 * IMAP_MAX_PIECES;
}

/* Look through the inputs that are views. */
static int look_through(draft *d, sharr_error *err)
{
    const imap **inner = arena_alloc(d->mem, (size_t)d->nin, sizeof *inner);
    int *first = arena_alloc(d->mem, (size_t)d->nin, sizeof *first);
    sharr_error why;
    draft was = *d;
    if (!inner || !first)
        return no_memory(err);
    int n = choose_inner(d, inner, first);
    node **in = arena_alloc(d->mem, (size_t)n, sizeof *in);
    if (!in)
        return no_memory(err);
    bool any = false;
    for (int i = 0; i < d->nin; i++) {
        const node *v = d->in[i];
        any = any || inner[i];
        for (int j = 0; j < (inner[i] ? v->nin : 1); j++)
            in[first[i] + j] = inner[i] ? v->in[j] : d->in[i];
    }
    imap *flat =
        any && !hopeless(d, inner) ? imap_flatten(d->mem, d->map, inner, first, &why) : NULL;
    if (!flat) {
        *d = was;                       /* nothing to look through, or it does not fit one map */
        return 0;
    }
    d->map = flat;
    d->in = in;
    d->nin = n;
    return 0;
}

/* Each input once, unused ones dropped, numbered by first use. */
static int renumber(draft *d, sharr_error *err)
{
    node **in = arena_alloc(d->mem, (size_t)d->nin, sizeof *in);
    int n = 0;
    if (!in)
        return no_memory(err);
    for (int i = 0; i < d->map->npieces; i++) {
        ipiece *p = &d->map->piece[i];
        int j = 0;
        if (p->src < 0)
            continue;
        while (j < n && in[j] != d->in[p->src])
            j++;
        if (j == n)
            in[n++] = d->in[p->src];
        p->src = j;
    }
    d->in = in;
    d->nin = n;
    imap_simplify(d->map);              /* pieces of one input may now be neighbours */
    return 0;
}

/* Every piece shows the same 0-d node, or the fill: one piece is enough. */
static bool shows_one_value(const draft *d)
{
    if (d->nin == 0)
        return true;
    return d->nin == 1 && d->in[0]->ndim == 0 && !uses_fill(d->map);
}

static bool is_empty(const imap *m)
{
    for (int d = 0; d < m->ndst; d++)
        if (m->shape[d] == 0)
            return true;
    return false;
}

static node *intern_draft(graph *g, draft *d, sharr_error *err)
{
    node *constant = NULL, *n = NULL;
    if (d->nin == 1 && imap_is_identity(d->map, d->in[0]->ndim, d->in[0]->shape))
        return node_ref(d->in[0]);
    if (is_empty(d->map)) {                 /* nothing of the inputs is shown: zeros will do */
        d->nin = 0;
        memset(&d->fill, 0, sizeof d->fill);
    }
    if (shows_one_value(d)) {
        if (d->nin == 0 && !(constant = node_const(g, d->type, d->fill, err)))
            return NULL;
        if (constant)
            d->in = &constant;
        d->nin = 1;
        d->map = imap_new(d->mem, d->map->ndst, d->map->shape, 1, 0);
        if (!d->map) {
            no_memory(err);
            goto done;
        }
    }
    node key = {.kind = NODE_VIEW, .type = d->type, .ndim = d->map->ndst, .shape = d->map->shape,
                .nin = d->nin, .in = d->in, .u.map = d->map};
    if (uses_fill(d->map))
        key.fill = d->fill;
    n = graph_intern(g, &key, err);
done:
    node_unref(constant);
    return n;
}

node *node_view(graph *g, const imap *map, node *const *in, int nin, dtype t, scalar fill,
                sharr_error *err)
{
    draft d = {.mem = arena_new(), .in = (node **)in, .nin = nin, .type = t,
               .fill = scalar_clean(fill, t)};
    node *n = NULL;
    if (!d.mem || !(d.map = map_copy(d.mem, map))) {
        no_memory(err);
        goto done;
    }
    imap_simplify(d.map);
    if (look_through(&d, err) != 0 || renumber(&d, err) != 0)
        goto done;
    n = intern_draft(g, &d, err);
done:
    arena_free(d.mem);
    return n;
}

bool node_is_constant(const node *n)
{
    return n->kind == NODE_CONST ||
           (n->kind == NODE_VIEW && n->nin == 1 && n->in[0]->kind == NODE_CONST &&
            imap_is_affine(n->u.map));
}
