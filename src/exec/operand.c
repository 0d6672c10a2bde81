/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Operands of a region for one box: a pointer straight into a decoded chunk where the box lies
 * in one, else a buffer assembled from chunks, sub-regions and fills.
 */
#include <string.h>

#include "base/checked.h"
#include "exec/exec_int.h"
#include "plan/fit.h"

void *bump_take(bump *m, size_t bytes, sharr_error *err)
{
    size_t need = (size_t)round_up((int64_t)(bytes ? bytes : 1), 4096);
    if (need <= m->size - m->used) {
        void *p = m->base + m->used;
        m->used += need;
        return p;
    }
    err_set(err, SHARR_EINTERNAL, "a tile needs %zu bytes of work space, %zu of %zu are left", need, m->size - m->used,
            m->size);
    return NULL;
}

/* Positions of a lattice inside a box. */
typedef struct part { int64_t first[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS]; } part;

static void c_strides(int ndim, const int64_t *count, size_t size, int64_t *stride)
{
    int64_t s = (int64_t)size;
    for (int d = ndim - 1; d >= 0; d--) {
        stride[d] = s;
        s *= count[d];
    }
}

/* A piece of an array in memory; stride NULL: in C order. */
typedef struct piece { box where; const char *data; const int64_t *stride; } piece;

/* View of the source positions map(at) in a piece, per lattice step. */
static view piece_view(const piece *p, const affine *m, const lattice *at, const part *pt, size_t size)
{
    int64_t c_order[SHARR_MAX_DIMS], off = 0;
    const int64_t *cs = p->stride ? p->stride : c_order;
    view v = { 0 };
    if (!p->stride)
        c_strides(m->nsrc, p->where.count, size, c_order);
    for (int k = 0; k < m->nsrc; k++) {
        int d = m->axis[k];
        int64_t pos = m->off[k];
        if (d >= 0) {
            pos += m->mul[k] * (at->start[d] + at->step[d] * pt->first[d]);
            v.stride[d] += m->mul[k] * at->step[d] * cs[k];
        }
        off += (pos - p->where.start[k]) * cs[k];
    }
    v.base = (char *)p->data + off;
    return v;
}

static bool in_memory(const tilectx *t, int array, piece *out)
{
    const run *r = t->st->r;
    const plan_array *a = &r->p->array[array];
    if (!fit_array_in_memory(r->p, array))
        return false;
    out->where = box_of_shape(a->src.ndim, a->src.shape);
    out->stride = a->src.strided ? a->src.stride : NULL;
    out->data = a->place == PLACE_MEMORY ? r->array[a->of < 0 ? array : a->of].data : r->env->source[a->src.id].data;
    return true;
}

/* The one piece that holds all of `image`, if there is one. */
static bool single_piece(const tilectx *t, const feed *f, const box *image, piece *out)
{
    const fetch *fe = &t->st->s->fetch[f->fetch];
    if (in_memory(t, fe->array, out))
        return true;
    const chunkset *set = chunks_set(t->st, t->w, f->fetch);
    box touched = chunkgrid_touched(&fe->grid, image);
    if (box_size(&touched) != 1)
        return false;
    out->where = chunkgrid_box(&fe->grid, touched.start);
    out->stride = NULL;
    out->data = chunks_find(set, touched.start)->data;
    return true;
}

/* Lattice steps of the part whose source lies in the box `where`. */
static bool part_in(const affine *m, const lattice *at, const part *pt, const box *where, int ndim, part *out)
{
    *out = *pt;
    for (int k = 0; k < m->nsrc; k++) {
        int d = m->axis[k];
        int64_t lo = where->start[k], hi = lo + where->count[k] - 1;
        if (d < 0 || m->mul[k] == 0) {
            if (m->off[k] < lo || m->off[k] > hi)
                return false;
            continue;
        }
        int64_t by = m->mul[k] * at->step[d], zero = m->off[k] + m->mul[k] * at->start[d];
        int64_t a = by > 0 ? -floor_div(-(lo - zero), by) : -floor_div(-(zero - hi), -by);
        int64_t b = by > 0 ? floor_div(hi - zero, by) : floor_div(zero - lo, -by);
        a = max_i64(a, out->first[d]);
        b = min_i64(b, out->first[d] + out->count[d] - 1);
        if (a > b)
            return false;
        out->first[d] = a;
        out->count[d] = b - a + 1;
    }
    return ndim >= 0;
}

static void copy_piece(const feed *f, const piece *p, const part *all, const view *dst, int ndim, size_t size)
{
    part pt;
    if (!part_in(&f->map, &f->at, all, &p->where, ndim, &pt))
        return;
    view src = piece_view(p, &f->map, &f->at, &pt, size);
    char *to = dst->base;
    for (int d = 0; d < ndim; d++)
        to += (pt.first[d] - all->first[d]) * dst->stride[d];
    copy_box(ndim, pt.count, to, dst->stride, src.base, src.stride, size);
}

static int copy_fetch(tilectx *t, const feed *f, const box *image, const part *all, const view *dst, size_t size)
{
    const fetch *fe = &t->st->s->fetch[f->fetch];
    int ndim = t->st->s->ndim;
    piece p;
    if (in_memory(t, fe->array, &p)) {
        copy_piece(f, &p, all, dst, ndim, size);
        return 0;
    }
    const chunkset *set = chunks_set(t->st, t->w, f->fetch);
    box touched = chunkgrid_touched(&fe->grid, image);
    int64_t offset[SHARR_MAX_DIMS] = { 0 }, index[SHARR_MAX_DIMS];
    do {
        for (int k = 0; k < touched.ndim; k++)
            index[k] = touched.start[k] + offset[k];
        p = (piece){ chunkgrid_box(&fe->grid, index), chunks_find(set, index)->data, NULL };
        copy_piece(f, &p, all, dst, ndim, size);
    } while (shape_next(touched.ndim, touched.count, offset));
    return 0;
}

static void fill_part(const feed *f, const part *all, const view *dst, int ndim, size_t size)
{
    static const int64_t zero[SHARR_MAX_DIMS];
    copy_box(ndim, all->count, dst->base, dst->stride, (const char *)&f->fill, zero, size);
}

/* Put what one feed covers of the box into the buffer. */
static int assemble(tilectx *t, const region *rg, const feed *f, const box *b, const part *whole, const view *buf,
                    size_t size, sharr_error *err)
{
    int ndim = t->st->s->ndim;
    part pt;
    view dst = *buf;
    box image;
    if (!lattice_clip(&f->at, b, pt.first, pt.count))
        return 0;
    for (int d = 0; d < ndim; d++) {
        int64_t pos = f->at.start[d] + f->at.step[d] * pt.first[d] - rg->at.start[d] - rg->at.step[d] * whole->first[d];
        dst.base += pos / rg->at.step[d] * buf->stride[d];
        dst.stride[d] = pt.count[d] > 1 ? f->at.step[d] / rg->at.step[d] * buf->stride[d] : 0;
    }
    if (f->kind == FEED_REGION)
        return loops_element(t, f->region, b, &dst, err);
    if (f->kind == FEED_FILL)
        fill_part(f, &pt, &dst, ndim, size);
    else if (affine_image(&f->map, &f->at, b, &image))
        return copy_fetch(t, f, &image, &pt, &dst, size);
    return 0;
}

static bool same_lattice(const lattice *a, const lattice *b)
{
    for (int d = 0; d < a->ndim; d++)
        if (a->start[d] != b->start[d] || a->count[d] != b->count[d] || (a->count[d] > 1 && a->step[d] != b->step[d]))
            return false;
    return true;
}

static bool is_packed(const view *v, const part *pt, int ndim, size_t size)
{
    int64_t want = (int64_t)size;
    bool splat = true;
    for (int d = ndim - 1; d >= 0; d--)
        splat = splat && (pt->count[d] == 1 || v->stride[d] == 0);
    if (splat)
        return true;        /* one value for all */
    for (int d = ndim - 1; d >= 0; d--) {
        if (pt->count[d] != 1 && v->stride[d] != want)
            return false;
        want *= pt->count[d];
    }
    return true;
}

int operand_view(tilectx *t, const region *rg, int i, const box *b, bool packed, view *out, sharr_error *err)
{
    const feeds *in = &rg->in[i];
    int ndim = t->st->s->ndim, status = 0;
    size_t size = dtype_size(in->type), bytes = size;
    part pt;
    box image;
    piece p;
    if (!lattice_clip(&rg->at, b, pt.first, pt.count))
        return err_set(err, SHARR_EINTERNAL, "an operand is wanted outside its region");
    const feed *f = &in->feed[0];
    if (in->n == 1 && f->kind == FEED_FETCH && same_lattice(&f->at, &rg->at) && affine_image(&f->map, &f->at, b, &image) &&
        single_piece(t, f, &image, &p)) {
        *out = piece_view(&p, &f->map, &f->at, &pt, size);
        if (!packed || is_packed(out, &pt, ndim, size))
            return 0;
    }
    for (int d = 0; d < ndim; d++)
        bytes *= (size_t)pt.count[d];
    view buf = { .base = bump_take(&t->wk->mem, bytes, err) };
    if (!buf.base)
        return err->status;
    c_strides(ndim, pt.count, size, buf.stride);
    for (int k = 0; k < in->n && !status; k++)
        status = assemble(t, rg, &in->feed[k], b, &pt, &buf, size, err);
    *out = buf;
    return status;
}
