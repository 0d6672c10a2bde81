/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Planning: requests to sweeps.  In order, each step only reading what the ones before made:
 *   1 levels      which nodes are materialised, and after which others
 *   2 arrays      a place for each materialised result
 *   3 items       what each sweep must make; items of one level, space and grid share a sweep
 *   4 kernels     lowering, one region per kind of element loop
 *   5 fit         windows, partition, memory
 */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "plan/canon.h"
#include "plan/fit.h"
#include "plan/levels.h"
#include "plan/region.h"

/* Results up to this are written whole, contiguous and uncompressed. */
enum { WHOLE_BYTES = 64 << 10, MIN_CHUNK_BYTES = 16 << 10, MAX_CHUNK_BYTES = 16 << 20, MAX_GROUPS = 32 };

typedef struct planitem {
    int level;
    const node *node;           /* the REDUCE or RESHAPE node, or an output's value */
    const node *space;          /* whose elements are iterated */
    bool reduce;
    sweep_output out;           /* when !reduce */
    int array;                  /* when reduce */
    chunkgrid tiles;
} planitem;

typedef struct build {
    plan *p;
    levels *levels;
    region_env env;
    planitem *item;
    int nitems, capitems, caparrays, capsweeps;
    sweep *cur;                 /* whose regions are being lowered */
    int capfetch;
} build;

static void *more(arena *a, void *old, int n, int *cap, size_t size)
{
    if (n < *cap)
        return old;
    int c = *cap ? 2 * *cap : 8;
    void *p = arena_alloc(a, (size_t)c, size);
    if (p && n)
        memcpy(p, old, (size_t)n * size);
    if (p)
        *cap = c;
    return p;
}

static int nomem(sharr_error *err)
{
    return err_nomem(err, "a plan", sizeof(sweep));
}

/* ---- 2 arrays ------------------------------------------------------------------------------ */

static int64_t array_bytes(const node *n)
{
    int64_t e = 1;
    shape_size(n->ndim, n->shape, &e);
    return mul_i64(e, (int64_t)dtype_size(n->type), &e) ? e : INT64_MAX;
}

enum array_role { ROLE_LEAF, ROLE_RESULT, ROLE_KEPT };

/* A leaf, a materialised node, or (KEPT) a requested result that stays in memory. */
static int add_array(build *b, const node *n, enum array_role role, int *out, sharr_error *err)
{
    plan *p = b->p;
    plan_array *v = more(p->arena, p->array, p->narrays, &b->caparrays, sizeof *v);
    if (!v)
        return nomem(err);
    p->array = v;
    v += p->narrays;
    memset(v, 0, sizeof *v);
    v->node = role == ROLE_KEPT ? NULL : n;
    v->sweep = -1;
    if (role == ROLE_LEAF) {
        v->src = *n->u.src;
        v->origin = n->u.src;
        v->place = PLACE_SOURCE;
    } else {
        chunkgrid g = canon_default(n->ndim, n->shape, n->type);
        v->place = role == ROLE_KEPT || array_bytes(n) <= max_i64(1 << 20, p->options.memory / 8) ? PLACE_MEMORY : PLACE_SCRATCH;
        v->src = (source){ .id = -1, .name = "intermediate result", .type = n->type, .ndim = n->ndim };
        memcpy(v->src.shape, n->shape, (size_t)n->ndim * sizeof *n->shape);
        memcpy(v->src.chunk, g.cell, sizeof g.cell);
        v->src.path = SOURCE_DIRECT;
        if (v->place == PLACE_MEMORY)
            p->resident += array_bytes(n);
    }
    *out = p->narrays++;
    return 0;
}

static int find_array(const plan *p, const node *n)
{
    for (int i = 0; i < p->narrays; i++) {
        const plan_array *a = &p->array[i];
        if (n->kind == NODE_SOURCE ? a->origin && a->origin->id == n->u.src->id : a->node == n)
            return i;
    }
    return -1;
}

static int array_of(void *arg, const node *n, int *out, sharr_error *err)
{
    build *b = arg;
    *out = find_array(b->p, n);
    if (*out >= 0)
        return 0;
    if (n->kind != NODE_SOURCE)
        return err_set(err, SHARR_EINTERNAL, "planning: a result is used before it is made");
    return add_array(b, n, ROLE_LEAF, out, err);
}

/* ---- 3 items ------------------------------------------------------------------------------- */

static planitem *add_item(build *b)
{
    planitem *v = more(b->p->arena, b->item, b->nitems, &b->capitems, sizeof *v);
    if (!v)
        return NULL;
    b->item = v;
    v += b->nitems++;
    memset(v, 0, sizeof *v);
    return v;
}

static int item_for_cut(build *b, const node *n, sharr_error *err)
{
    planitem *it = add_item(b);
    int array;
    if (!it)
        return nomem(err);
    *it = (planitem){ .level = levels_of(b->levels, n), .node = n, .reduce = n->kind == NODE_REDUCE };
    it->space = n->in[0];
    int status = add_array(b, n, ROLE_RESULT, &array, err);
    it->array = array;
    if (!it->reduce)
        it->out = (sweep_output){ n->in[0], SINK_ARRAY, array, n->type };
    return status ? status : canon_grid(it->space, &it->tiles, err);
}

/* The chunk shape of an output that is written in chunks. */
static int output_chunk(const request *r, int64_t *chunk, sharr_error *err)
{
    const node *n = r->node;
    chunkgrid g;
    if (r->has_chunk) {
        memcpy(chunk, r->chunk, (size_t)n->ndim * sizeof *chunk);
        return 0;
    }
    int status = canon_grid(n, &g, err);
    int64_t bytes = (int64_t)dtype_size(n->type);
    for (int d = 0; d < n->ndim && !status; d++)
        bytes *= g.cell[d] = min_i64(g.cell[d], max_i64(1, n->shape[d]));
    if (bytes < MIN_CHUNK_BYTES || bytes > MAX_CHUNK_BYTES)
        g = canon_default(n->ndim, n->shape, n->type);
    memcpy(chunk, g.cell, (size_t)n->ndim * sizeof *chunk);
    return status;
}

static bool is_cut(const node *n)
{
    return n->kind == NODE_REDUCE || n->kind == NODE_RESHAPE;
}

static int item_for_request(build *b, int i, sharr_error *err)
{
    const request *r = &b->p->request[i];
    plan_output *o = &b->p->output[i];
    int status = 0;
    o->chunked = r->to_file && (r->has_chunk ? array_bytes(r->node) > 0 : array_bytes(r->node) > WHOLE_BYTES);
    o->kind = o->chunked ? DELIVER_SWEEP : DELIVER_ARRAY;
    o->array = -1;
    if (!o->chunked && is_cut(r->node)) {
        o->array = find_array(b->p, r->node);
        if (b->p->array[o->array].place == PLACE_SCRATCH)
            b->p->resident += array_bytes(r->node);
        b->p->array[o->array].place = PLACE_MEMORY;
        return 0;
    }
    planitem *it = add_item(b);
    if (!it)
        return nomem(err);
    *it = (planitem){ .level = levels_of(b->levels, r->node) + (is_cut(r->node) ? 1 : 0), .node = r->node, .space = r->node };
    it->out = (sweep_output){ r->node, SINK_FILE, i, r->node->type };
    if (o->chunked) {
        status = output_chunk(r, o->chunk, err);
        it->tiles = chunkgrid_make(r->node->ndim, r->node->shape, o->chunk, NULL);
        return status;
    }
    it->out.kind = SINK_ARRAY;
    status = add_array(b, r->node, ROLE_KEPT, &it->out.target, err);
    o->array = it->out.target;
    return status ? status : canon_grid(r->node, &it->tiles, err);
}

static int collect(build *b, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < b->p->nrequests && !status; i++)
        status = levels_add(b->levels, b->p->request[i].node, err);
    for (int i = 0; i < levels_count(b->levels) && !status; i++)
        status = item_for_cut(b, levels_item(b->levels, i), err);
    for (int i = 0; i < b->p->nrequests && !status; i++)
        status = item_for_request(b, i, err);
    return status;
}

/* ---- sweeps -------------------------------------------------------------------------------- */

static uint32_t all_axes(int ndim)
{
    return ndim == 32 ? UINT32_MAX : (1u << ndim) - 1;
}

static bool is_arg(enum rop op)
{
    return op == ROP_ARGMIN || op == ROP_ARGMAX;
}

static enum loop_kind loop_of(const sweep_reduce *r, int ndim)
{
    if (r->axes == all_axes(ndim) && !(is_arg(r->op) && ndim))
        return LOOP_FLAT;
    return r->axes >> (ndim - 1) & 1 ? LOOP_ROWS : LOOP_DOWN;
}

static sweep_reduce describe(const planitem *it, const sweep *s)
{
    const node *n = it->node;
    const node_reduce *nr = &n->u.reduce;
    sweep_reduce r = { .node = n, .op = nr->op, .type = n->in[0]->type, .axes = nr->axes, .array = it->array,
                       .group_dim = -1, .group = 1, .ngroups = 1 };
    r.finish = (rfinish){ .what = nr->final, .count = 1, .correction = nr->correction, .out = n->type };
    for (int d = 0; d < s->ndim; d++)
        if (r.axes >> d & 1)
            r.finish.count *= (double)s->shape[d];
    if (s->ndim == 0)
        r.axes = 0;
    if (loop_of(&r, s->ndim ? s->ndim : 1) == LOOP_FLAT || s->ndim == 0)
        return r;
    for (int d = s->ndim - 1; d >= 0; d--)
        if ((r.axes >> d & 1) && (r.group_dim < 0 || s->tiles.ncells[d] > 1))
            r.group_dim = d;
    r.group = max_i64(1, ceil_div(s->tiles.ncells[r.group_dim], MAX_GROUPS));
    r.ngroups = ceil_div(s->tiles.ncells[r.group_dim], r.group);
    return r;
}

/* Some dimension must be left that ranks can divide. */
static bool divisible(const sweep *s, const sweep_reduce *with)
{
    for (int d = 0; d < s->ndim; d++) {
        bool ok = with->group_dim < 0 || !(with->axes >> d & 1) || with->group_dim == d;
        for (int i = 0; i < s->nreds && ok; i++) {
            const sweep_reduce *r = &s->reduce[i];
            ok = r->group_dim < 0 || !(r->axes >> d & 1) || r->group_dim == d;
        }
        if (ok)
            return true;
    }
    return s->ndim == 0;
}

static bool accepts(const sweep *s, const planitem *it)
{
    if (s->level != it->level || s->ndim != it->space->ndim || !chunkgrid_equal(&s->tiles, &it->tiles))
        return false;
    if (!it->reduce)
        return true;
    sweep_reduce r = describe(it, s);
    return divisible(s, &r);
}

static sweep *sweep_for(build *b, const planitem *it)
{
    plan *p = b->p;
    for (int i = 0; i < p->nsweeps; i++)
        if (accepts(&p->sweep[i], it))
            return &p->sweep[i];
    sweep *s = more(p->arena, p->sweep, p->nsweeps, &b->capsweeps, sizeof *s);
    if (!s)
        return NULL;
    p->sweep = s;
    s += p->nsweeps++;
    memset(s, 0, sizeof *s);
    s->level = it->level;
    s->ndim = it->space->ndim;
    memcpy(s->shape, it->space->shape, (size_t)s->ndim * sizeof *s->shape);
    s->tiles = it->tiles;
    s->elements = 1;
    shape_size(s->ndim, s->shape, &s->elements);
    /* at most one entry per item: exact arrays */
    s->reduce = arena_alloc(p->arena, (size_t)b->nitems, sizeof *s->reduce);
    s->output = arena_alloc(p->arena, (size_t)b->nitems, sizeof *s->output);
    s->kernel = arena_alloc(p->arena, (size_t)b->nitems + 1, sizeof *s->kernel);
    return s->reduce && s->output && s->kernel ? s : NULL;
}

static int form_sweeps(build *b, sharr_error *err)
{
    int last = 0;
    for (int i = 0; i < b->nitems; i++)
        last = b->item[i].level > last ? b->item[i].level : last;
    for (int level = 0; level <= last; level++)
        for (int i = 0; i < b->nitems; i++) {
            planitem *it = &b->item[i];
            if (it->level != level)
                continue;
            sweep *s = sweep_for(b, it);
            if (!s)
                return nomem(err);
            if (it->reduce)
                s->reduce[s->nreds++] = describe(it, s);
            else
                s->output[s->nouts++] = it->out;
            s->nfile += !it->reduce && it->out.kind == SINK_FILE;
            int array = it->reduce ? it->array : it->out.kind == SINK_ARRAY ? it->out.target : -1;
            if (array >= 0)
                b->p->array[array].sweep = (int)(s - b->p->sweep);
        }
    return 0;
}

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
    fetch_use *v = arena_alloc(b->p->arena, (size_t)f->nuses + 1, sizeof *v);
    if (!v)
        return nomem(err);
    if (f->nuses)
        memcpy(v, f->use, (size_t)f->nuses * sizeof *v);
    v[f->nuses++] = (fetch_use){ *at, *m };
    f->use = v;
    return 0;
}

static int use(void *arg, int array, const lattice *at, const affine *m, int *out, sharr_error *err)
{
    build *b = arg;
    sweep *s = b->cur;
    for (int i = 0; i < s->nfetch; i++)
        if (s->fetch[i].array == array && near(&s->fetch[i], m)) {
            *out = i;
            return add_use(b, &s->fetch[i], at, m, err);
        }
    fetch *v = more(b->p->arena, s->fetch, s->nfetch, &b->capfetch, sizeof *v);
    if (!v)
        return nomem(err);
    s->fetch = v;
    const source *src = &b->p->array[array].src;
    v += s->nfetch;
    memset(v, 0, sizeof *v);
    v->array = array;
    v->grid = chunkgrid_make(src->ndim, src->shape, src->chunk, NULL);
    v->chunk_bytes = (int64_t)dtype_size(src->type);
    for (int k = 0; k < src->ndim; k++)
        v->chunk_bytes *= max_i64(1, min_i64(src->chunk[k], src->shape[k]));
    *out = s->nfetch++;
    return add_use(b, v, at, m, err);
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
    return (k->loop == LOOP_FLAT && s->ndim > 1) || (k->loop == LOOP_ROWS && !is_arg(s->reduce[k->red[0]].op));
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
                                     is_arg(r->op) ? &index : NULL, err);
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

static sweep_kernel *kernel_for(build *b, sweep *s, enum loop_kind loop, uint32_t axes, bool arg)
{
    for (int i = 0; i < s->nkernels; i++) {
        sweep_kernel *k = &s->kernel[i];
        bool k_arg = k->nreds && is_arg(s->reduce[k->red[0]].op);
        if (k->loop == loop && k->axes == axes && k_arg == arg)
            return k;
    }
    sweep_kernel *k = &s->kernel[s->nkernels++];
    *k = (sweep_kernel){ .loop = loop, .axes = axes };
    k->red = arena_alloc(b->p->arena, (size_t)s->nreds + 1, sizeof *k->red);
    k->out = arena_alloc(b->p->arena, (size_t)s->nouts + 1, sizeof *k->out);
    return k->red && k->out ? k : NULL;
}

static int form_kernels(build *b, sweep *s, sharr_error *err)
{
    int status = 0;
    b->cur = s;
    b->capfetch = 0;
    for (int i = 0; i < s->nouts; i++) {
        sweep_kernel *k = kernel_for(b, s, LOOP_ELEMENT, 0, false);
        if (!k)
            return nomem(err);
        k->out[k->nouts++] = i;
    }
    for (int i = 0; i < s->nreds; i++) {
        const sweep_reduce *r = &s->reduce[i];
        enum loop_kind loop = s->ndim ? loop_of(r, s->ndim) : LOOP_FLAT;
        sweep_kernel *k = kernel_for(b, s, loop, r->axes, is_arg(r->op));
        if (!k)
            return nomem(err);
        k->red[k->nreds++] = i;
    }
    for (int i = 0; i < s->nkernels && !status; i++)
        status = lower_kernel(b, &s->kernel[i], err);
    return status;
}

/* ---- all ------------------------------------------------------------------------------------ */

static int build_all(build *b, sharr_error *err)
{
    plan *p = b->p;
    int status = collect(b, err);
    if (!status)
        status = form_sweeps(b, err);
    for (int i = 0; i < p->nsweeps && !status; i++)
        status = form_kernels(b, &p->sweep[i], err);
    for (int i = 0; i < p->nsweeps && !status; i++) {
        status = fit_sweep(p, &p->sweep[i], p->options.memory - p->resident, err);
        p->memory = max_i64(p->memory, p->sweep[i].memory + p->resident);
    }
    return status;
}

plan *plan_new(const request *req, int nreq, const plan_options *opt, sharr_error *err)
{
    sharr_error own = { 0 };
    plan *p = calloc(1, sizeof *p);
    build b = { .p = p, .levels = levels_new() };
    int status = SHARR_ERESOURCE;
    err = err ? err : &own;
    if (p)
        p->arena = arena_new();
    if (!p || !p->arena || !b.levels) {
        nomem(err);
        goto done;
    }
    p->options = *opt;
    p->request = req;
    p->nrequests = nreq;
    p->output = arena_alloc(p->arena, (size_t)nreq + 1, sizeof *p->output);
    b.env = (region_env){ .arena = p->arena, .arg = &b, .array_of = array_of, .use = use };
    status = p->output ? build_all(&b, err) : nomem(err);
    p->nregions = b.env.nregions;
done:
    levels_free(b.levels);
    if (status) {
        plan_free(p);
        p = NULL;
    }
    return p;
}

void plan_free(plan *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nkernels; k++)
            region_free_programs(p->sweep[i].kernel[k].body);
    arena_free(p->arena);
    free(p);
}
