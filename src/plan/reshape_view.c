/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Views over dimensions that are split.  What a piece of a view takes along a split dimension must be whole
 * blocks, in order; then it is a slice of the outermost part, and the parts inside are whole.
 */
#include <string.h>

#include "base/checked.h"
#include "plan/reshape_int.h"

static parts parts_in(const node *n, int dim, const strides *space)
{
    return parts_of(space, n->ndim, n->shape, dim);
}

/* ---- strides between a view and its inputs --------------------------------------------------- */

static int64_t stride_of(const node *n, int dim)
{
    int64_t s = 1;
    for (int d = n->ndim - 1; d > dim; d--)
        s *= n->shape[d];
    return s;
}

/* The borders inside dimension `from_dim`, as borders inside dimension `to_dim` of the other. */
static bool carry(const strides *from, const node *a, int from_dim, const node *b, int to_dim, strides *to)
{
    int64_t sa = stride_of(a, from_dim), sb = stride_of(b, to_dim);
    for (int k = 0; k < from->n; k++) {
        int64_t q = from->at[k] / sa;
        if (from->at[k] > sa && q < a->shape[from_dim] && q < b->shape[to_dim] && !strides_add(to, sb * q))
            return false;
    }
    return true;
}

bool reshape_view_demand(const reshape_work *w, const node *n, strides *s)
{
    for (int i = 0; i < n->u.map->npieces; i++) {
        const ipiece *p = &n->u.map->piece[i];
        const vert *in = p->src == IMAP_FILL ? NULL : reshape_vert(w, n->in[p->src]);
        for (int k = 0; in && in->why && k < p->nsrc; k++)
            if (p->axis[k] >= 0 && !carry(in->demand, in->n, k, n, p->axis[k], s))
                return false;
    }
    return true;
}

bool reshape_view_space(const reshape_work *w, const node *n, int input, const strides *space, strides *out)
{
    const vert *in = reshape_vert(w, n->in[input]);
    *out = strides_of(in->n->ndim, in->n->shape);
    if (in->why && !strides_join(out, in->demand))
        return false;
    for (int i = 0; i < n->u.map->npieces; i++) {
        const ipiece *p = &n->u.map->piece[i];
        for (int k = 0; p->src == input && k < p->nsrc; k++)
            if (p->axis[k] >= 0 && !carry(space, n, p->axis[k], in->n, k, out))
                return false;
    }
    return true;
}

/* ---- maps ------------------------------------------------------------------------------------ */

/* Positions that the piece covers along a dimension of the view. */
static bool map_covered(const ipiece *p, int d, const parts *to, ipiece *q)
{
    int64_t block = parts_block(to);
    if (to->n == 0)
        return true;
    if (block > 1 && ((p->step[d] != 1 && p->count[d] > 1) || p->start[d] % block || p->count[d] % block))
        return false;
    for (int k = 1; k < to->n; k++) {
        q->step[to->first + k] = 1;
        q->count[to->first + k] = to->count[k];
    }
    q->start[to->first] = p->start[d] / block;
    q->step[to->first] = block > 1 ? 1 : p->step[d];
    q->count[to->first] = p->count[d] / block;
    return true;
}

/* One position of an input's dimension: its digits. */
static void map_fixed(int64_t at, const parts *from, ipiece *q)
{
    for (int k = 0; k < from->n; k++)
        q->off[from->first + k] = at / from->stride[k] % from->count[k];
}

static int part_with(const parts *p, int64_t stride)
{
    for (int k = 0; k < p->n; k++)
        if (p->stride[k] == stride)
            return k;
    return -1;
}

/* A dimension of an input that follows dimension d of the view. */
static bool map_moving(const ipiece *p, int s, int d, const parts *from, const parts *to, ipiece *q)
{
    const int64_t block = parts_block(to), mul = p->mul[s];
    if (block > 1 && (mul != 1 || floor_mod(p->off[s], block) || from->extent % block))
        return false;
    const int64_t off = floor_div(p->off[s], block), start = p->start[d] / block, count = p->count[d] / block;
    const int64_t a = off + mul * start, b = a + mul * (block > 1 ? 1 : p->step[d]) * (count - 1);
    const int64_t lo = min_i64(a, b), hi = max_i64(a, b);
    const int outer = part_with(from, block);
    const int64_t extent = outer < 0 ? 1 : from->count[outer], before = lo / extent;
    if (hi / extent != before || (outer < 0 && before))
        return false;
    map_fixed(before * extent * block, from, q);
    if (outer >= 0) {
        q->axis[from->first + outer] = to->first;
        q->off[from->first + outer] = off - before * extent;
        q->mul[from->first + outer] = mul;
    }
    for (int k = 0; k < from->n; k++) {
        int same = from->stride[k] < block ? part_with(to, from->stride[k]) : -1;
        if (same >= 0 && to->count[same] == from->count[k]) {
            q->axis[from->first + k] = to->first + same;
            q->mul[from->first + k] = 1;
        } else if (from->stride[k] < block) {
            return false;
        }
    }
    return true;
}

static bool map_piece(const node *n, const ipiece *p, const strides *space, const strides *in_space, ipiece *q)
{
    for (int d = 0; d < n->ndim; d++) {
        parts to = parts_in(n, d, space);
        if (!map_covered(p, d, &to, q))
            return false;
    }
    for (int s = 0; s < p->nsrc; s++) {
        const node *in = n->in[p->src];
        int d = p->axis[s];
        parts from = parts_in(in, s, &in_space[p->src]), to = { 0 };
        if (d >= 0)
            to = parts_in(n, d, space);
        if (to.n == 0)
            map_fixed(p->off[s], &from, q);
        else if (!map_moving(p, s, d, &from, &to, q))
            return false;
    }
    return true;
}

int reshape_view_map(arena *mem, const node *n, const strides *space, const strides *in_space, imap **out, sharr_error *err)
{
    int64_t shape[SHARR_MAX_DIMS];
    int ndim = strides_shape(space, shape);
    imap *m = imap_new(mem, ndim, shape, n->u.map->npieces, 0);
    *out = NULL;
    if (!m)
        return err_nomem(err, "a view", sizeof *m);
    for (int i = 0; i < m->npieces; i++) {
        const ipiece *p = &n->u.map->piece[i];
        ipiece *q = &m->piece[i];
        q->src = p->src;
        q->nsrc = p->src == IMAP_FILL ? 0 : in_space[p->src].n - 1;
        for (int s = 0; s < q->nsrc; s++) {
            q->axis[s] = -1;
            q->off[s] = q->mul[s] = 0;
        }
        if (!map_piece(n, p, space, in_space, q))
            return 0;
    }
    *out = m;
    return 0;
}
