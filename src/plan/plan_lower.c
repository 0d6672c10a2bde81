/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernels of a sweep: outputs in one, reductions by the way their loops run.
 */
#include "plan/plan_build.h"

#include <string.h>

#include "array/pieces.h"
#include "base/checked.h"
#include "plan/stages.h"

/* ---- 4 kernels ----------------------------------------------------------------------------- */

static bool near(const fetch *f, const affine *m)
{
    const affine *a = &f->use[0].map;
    for (int k = 0; k < m->nsrc; k++) {
        int64_t diff = m->off[k] - a->off[k];
        if (a->axis[k] != m->axis[k] || a->mul[k] != m->mul[k] || (diff < 0 ? -diff : diff) > f->grid.cell[k])
            return false;
    }
    return true;
}

/* Uses of one fetch: more are a mistake, and take long to plan. */
enum { MAX_USES = 1 << 14 };

static bool same_use(const fetch_use *u, const lattice *at, const affine *m)
{
    return affine_equal(&u->map, m) && !memcmp(u->at.start, at->start, sizeof at->start) &&
           !memcmp(u->at.step, at->step, sizeof at->step) && !memcmp(u->at.count, at->count, sizeof at->count);
}

static int add_use(build *b, fetch *f, const lattice *at, const affine *m, sharr_error *err)
{
    for (int i = 0; i < f->nuses; i++)
        if (same_use(&f->use[i], at, m))
            return 0;
    if (f->nuses == MAX_USES)
        return err_set(err, SHARR_EEXPR, "one expression reads %s shifted in more than %d ways: shifts of shifts multiply; make "
                       "a value in between a result (a file; in Python persist)", b->p->array[f->array].src.name, MAX_USES);
    fetch_use *v = plan_one_more(b->p->arena, f->use, f->nuses, sizeof *v);
    if (!v)
        return plan_nomem(err);
    v[f->nuses++] = (fetch_use){ *at, *m };
    f->use = v;
    return 0;
}

/* Bytes of what is kept of a chunk beside its data. */
enum { CHUNK_RECORD = 128 };

/* What the cells of a dataset in pieces are put together from. */
static int find_pieces(build *b, fetch *f, sharr_error *err)
{
    const plan_array *a = &b->p->array[f->array];
    const strides fine = strides_of(a->src.ndim, a->src.shape);
    pieces *along = arena_alloc(b->p->arena, (size_t)a->src.ndim + 1, sizeof *along);
    if (!along)
        return plan_nomem(err);
    int64_t touched = 1;
    f->decode_bytes = (int64_t)dtype_size(a->src.type);
    for (int k = 0; k < a->src.ndim; k++)
        along[k] = (pieces){ 0 };
    for (int d = 0; d < a->origin->ndim; d++) {
        int first;
        const pieces p = pieces_along(a->origin, &fine, a->src.chunk, d, &first);
        if (first >= 0)
            along[first] = p;
        touched *= first >= 0 ? ceil_div(p.piece, p.chunk) + 1 : 1;
        f->decode_bytes *= p.chunk;
    }
    f->record_bytes += touched * STAGE_FRAME_BYTES;
    f->pieces = along;
    return 0;
}

int plan_use(void *arg, int array, const lattice *at, const affine *m, int *out, sharr_error *err)
{
    build *b = arg;
    sweep *s = b->cur;
    for (int i = 0; i < s->nfetch; i++)
        if (s->fetch[i].array == array && near(&s->fetch[i], m)) {
            *out = i;
            return add_use(b, &s->fetch[i], at, m, err);
        }
    fetch *v = plan_more(b->p->arena, s->fetch, s->nfetch, &b->capfetch, sizeof *v);
    if (!v)
        return plan_nomem(err);
    s->fetch = v;
    const source *src = &b->p->array[array].src;
    v += s->nfetch;
    memset(v, 0, sizeof *v);
    v->array = array;
    v->grid = chunkgrid_make(src->ndim, src->shape, src->chunk, NULL);
    v->chunk_bytes = (int64_t)dtype_size(src->type);
    for (int k = 0; k < src->ndim; k++)
        v->chunk_bytes *= max_i64(1, min_i64(src->chunk[k], src->shape[k]));
    v->decode_bytes = v->chunk_bytes;
    v->record_bytes = CHUNK_RECORD;
    *out = s->nfetch++;
    int status = src->pieces ? find_pieces(b, v, err) : 0;
    return status ? status : add_use(b, v, at, m, err);
}

/* C-order index over the reduced axes, as argmin and argmax report it. */
static linear arg_index(const sweep *s, uint32_t axes)
{
    linear x = { 0 };
    int64_t stride = 1;
    for (int d = s->ndim - 1; d >= 0; d--)
        if (axes >> d & 1) {
            x.coef[d] = stride;
            stride *= s->shape[d];
        }
    return x;
}

/* The loops FLAT and ROWS run over plain elements: coordinates must be values there. */
static bool needs_packing(const sweep *s, const sweep_kernel *k)
{
    return (k->loop == LOOP_FLAT && s->ndim > 1) || (k->loop == LOOP_ROWS && !plan_is_arg(s->reduce[k->red[0]].op));
}

static int lower_reductions(build *b, const sweep_kernel *k, lowering *l, bool packed, sharr_error *err)
{
    const sweep *s = b->cur;
    int value = -1, status = 0;
    for (int i = 0; i < k->nreds && !status; i++) {
        const sweep_reduce *r = &s->reduce[k->red[i]];
        linear index = arg_index(s, r->axes);
        status = packed ? lowering_packed(l, r->node->in[0], &value, err) : lowering_value(l, r->node->in[0], &value, err);
        if (!status)
            status = lowering_reduce(l, r->op, k->loop == LOOP_DOWN ? RMODE_DOWN : RMODE_LANES, value,
                                     plan_is_arg(r->op) ? &index : NULL, err);
    }
    return status;
}

static int lower_kernel(build *b, sweep_kernel *k, sharr_error *err)
{
    sweep *s = b->cur;
    lattice at = lattice_full(s->ndim, s->shape);
    lowering *l = lowering_new(&b->env, &at, err);
    int value = -1, status = l ? 0 : SHARR_ERESOURCE;
    for (int i = 0; i < k->nouts && !status; i++) {
        const sweep_output *o = &s->output[k->out[i]];
        status = lowering_value(l, o->node, &value, err);
        if (!status)
            lowering_store(l, i, value, o->type);
    }
    if (!status)
        status = lower_reductions(b, k, l, false, err);
    if (!status && k->nreds && needs_packing(s, k) && lowering_indices(l)) {
        lowering_free(l);
        l = lowering_new(&b->env, &at, err);
        status = l ? lower_reductions(b, k, l, true, err) : SHARR_ERESOURCE;
    }
    if (status) {
        lowering_free(l);
        return status;
    }
    k->body = lowering_finish(l, err);
    return k->body ? 0 : err->status;
}

static int states_of(const sweep_reduce *r, enum loop_kind loop)
{
    return loop == LOOP_DOWN ? reduce_down_nfields(r->op, r->type) : reduce_nfields(r->op, r->type);
}

/* A program has a limited number of states. */
static bool has_room(const sweep *s, const sweep_kernel *k, const sweep_reduce *r)
{
    int states = r ? states_of(r, k->loop) : 0;
    for (int i = 0; i < k->nreds; i++)
        states += states_of(&s->reduce[k->red[i]], k->loop);
    return states <= PROGRAM_MAX_STATES;
}

/* The kernel for reduction r; NULL: for outputs. */
static sweep_kernel *kernel_for(build *b, sweep *s, enum loop_kind loop, const sweep_reduce *r)
{
    uint32_t axes = r ? r->axes : 0;
    for (int i = 0; i < s->nkernels; i++) {
        sweep_kernel *k = &s->kernel[i];
        bool arg = k->nreds && plan_is_arg(s->reduce[k->red[0]].op);
        if (k->loop == loop && k->axes == axes && arg == (r && plan_is_arg(r->op)) && has_room(s, k, r))
            return k;
    }
    sweep_kernel *k = &s->kernel[s->nkernels++];
    *k = (sweep_kernel){ .loop = loop, .axes = axes };
    k->red = arena_alloc(b->p->arena, (size_t)s->nreds + 1, sizeof *k->red);
    k->out = arena_alloc(b->p->arena, (size_t)s->nouts + 1, sizeof *k->out);
    return k->red && k->out ? k : NULL;
}

int plan_form_kernels(build *b, sweep *s, sharr_error *err)
{
    int status = 0;
    b->cur = s;
    b->capfetch = 0;
    s->kernel = arena_alloc(b->p->arena, (size_t)s->nouts + (size_t)s->nreds + 1, sizeof *s->kernel);
    if (!s->kernel)
        return plan_nomem(err);
    for (int i = 0; i < s->nouts; i++) {
        sweep_kernel *k = kernel_for(b, s, LOOP_ELEMENT, NULL);
        if (!k)
            return plan_nomem(err);
        k->out[k->nouts++] = i;
    }
    for (int i = 0; i < s->nreds; i++) {
        const sweep_reduce *r = &s->reduce[i];
        enum loop_kind loop = s->ndim ? plan_loop_of(r, s->ndim) : LOOP_FLAT;
        sweep_kernel *k = kernel_for(b, s, loop, r);
        if (!k)
            return plan_nomem(err);
        k->red[k->nreds++] = i;
    }
    for (int i = 0; i < s->nkernels && !status; i++)
        status = lower_kernel(b, &s->kernel[i], err);
    return status;
}

