/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What must be made: arrays for results, items for everything that is computed, sweeps that
 * make items of one level, space and grid together.
 */
#include "plan/plan_build.h"

#include <stdlib.h>
#include <string.h>

#include "array/regroup.h"
#include "base/checked.h"
#include "plan/canon.h"
#include "plan/fit.h"
#include "plan/keep.h"

enum { MAX_GROUPS = 32 };

/* ---- 2 arrays ------------------------------------------------------------------------------ */

int64_t plan_node_bytes(const node *n)
{
    int64_t e = 1;
    shape_size(n->ndim, n->shape, &e);
    return mul_i64(e, (int64_t)dtype_size(n->type), &e) ? e : INT64_MAX;
}

bool plan_is_chunked(const request *r)
{
    return r->to_file && plan_node_bytes(r->node) > (r->has_chunk ? 0 : WHOLE_BYTES);
}

int64_t plan_resident_bytes(const node *n)
{
    return round_up(plan_node_bytes(n) + 1, 4096);
}

int plan_check_handed(plan *p, sharr_error *err)
{
    int64_t need = p->step[p->nsteps].resident;
    for (int i = 0; i < p->nrequests; i++)
        if (!p->request[i].to_file && !p->request[i].to_scratch && !p->request[i].into)
            need += plan_resident_bytes(p->request[i].node);
    p->memory = max_i64(p->memory, need);
    if (need <= p->options.memory)
        return 0;
    return err_set(err, SHARR_ERESOURCE, "memory: to hand over the results needs %lld bytes (%lld MiB) on each rank, %lld is "
                   "all of --memory: raise it, or write the results to a file", (long long)need, (long long)(need >> 20) + 1,
                   (long long)p->options.memory);
}

int plan_add_array(build *b, const node *n, enum array_role role, int *out, sharr_error *err)
{
    plan *p = b->p;
    plan_array *v = plan_more(p->arena, p->array, p->narrays, &b->caparrays, sizeof *v);
    if (!v)
        return plan_nomem(err);
    p->array = v;
    v += p->narrays;
    memset(v, 0, sizeof *v);
    v->node = role == ROLE_WANTED || role == ROLE_COPY ? NULL : n;
    v->operand = role == ROLE_OPERAND ? n : NULL;
    v->sweep = v->stage = v->of = -1;
    if (role == ROLE_LEAF) {
        v->origin = plan_leaf(n)->u.src;
        v->src = n->kind == NODE_REGROUP ? regroup_source(v->origin, n->ndim, n->shape) : *v->origin;
        v->place = v->src.path == SOURCE_SCRATCH ? PLACE_SCRATCH : PLACE_SOURCE;
        if (v->src.bound && !p->options.nodes)
            return err_set(err, SHARR_EUSAGE, "an array in memory is divided between nodes, and their ranks are gone: it has to be "
                           "computed before their communicator is given up");
    } else {
        chunkgrid g = canon_default(n->ndim, n->shape, n->type);
        v->place = role == ROLE_WANTED || plan_node_bytes(n) <= keep_in_memory(p->options.memory) ? PLACE_MEMORY : PLACE_SCRATCH;
        v->src = (source){ .id = -1, .name = "intermediate result", .type = n->type, .ndim = n->ndim };
        memcpy(v->src.shape, n->shape, (size_t)n->ndim * sizeof *n->shape);
        memcpy(v->src.chunk, g.cell, sizeof g.cell);
        v->src.path = SOURCE_DIRECT;
        if (role == ROLE_COPY) {
            v->place = PLACE_SCRATCH;
            v->src.name = plan_leaf(n)->u.src->name;
        }
    }
    const int64_t *cell = plan_wished(b, WISH_CHUNK, n);
    if (cell)
        memcpy(v->src.chunk, cell, sizeof v->src.chunk);
    *out = p->narrays++;
    return 0;
}

int plan_find_array(const plan *p, const node *n)
{
    for (int i = 0; i < p->narrays; i++) {
        const plan_array *a = &p->array[i];
        if (a->node == n && (plan_leaf(n)->kind != NODE_SOURCE || a->origin))       /* not its copy for a procedure */
            return i;
    }
    return -1;
}

/* A result once more, with other dimensions. */
static int add_regrouped(build *b, const node *n, int *out, sharr_error *err)
{
    int of = plan_find_array(b->p, n->in[0]);
    if (of < 0)
        return err_set(err, SHARR_EINTERNAL, "planning: a result is used before it is made");
    int status = plan_add_array(b, n, ROLE_RESULT, out, err);
    if (!status) {
        b->p->array[*out].of = of;
        b->p->array[*out].place = b->p->array[of].place;
    }
    return status;
}

int plan_leaf_array(build *b, const node *n, int *out, sharr_error *err)
{
    *out = plan_find_array(b->p, n);
    if (*out >= 0)
        return 0;
    if (plan_leaf(n)->kind == NODE_SOURCE)
        return plan_add_array(b, n, ROLE_LEAF, out, err);
    if (n->kind == NODE_REGROUP)
        return add_regrouped(b, n, out, err);
    return err_set(err, SHARR_EINTERNAL, "planning: a result is used before it is made");
}

int plan_array_of(void *arg, const node *n, int *out, sharr_error *err)
{
    build *b = arg;
    for (int i = 0; i < b->nwishes && b->cur->level >= 0; i++)
        if (b->wish[i].kind == WISH_COPY && b->wish[i].n == n) {
            *out = b->wish[i].array;
            return 0;
        }
    return plan_leaf_array(b, n, out, err);
}

bool plan_is_kept(void *arg, const node *n)
{
    const build *b = arg;
    return levels_kept(b->levels, n) && b->cur->level > levels_of(b->levels, n);
}

/* ---- 3 items ------------------------------------------------------------------------------- */

planitem *plan_add_item(build *b)
{
    planitem *v = plan_more(b->p->arena, b->item, b->nitems, &b->capitems, sizeof *v);
    if (!v)
        return NULL;
    b->item = v;
    v += b->nitems++;
    memset(v, 0, sizeof *v);
    return v;
}

static int item_for_cut(build *b, const node *n, sharr_error *err)
{
    planitem *it = n->kind == NODE_CALL ? NULL : plan_add_item(b);
    int array;
    if (n->kind == NODE_CALL)
        return plan_add_call(b, n, err);
    if (!it)
        return plan_nomem(err);
    *it = (planitem){ .level = levels_of(b->levels, n), .node = n, .reduce = n->kind == NODE_REDUCE };
    bool kept = !node_is_cut(n);
    it->space = kept ? n : n->in[0];
    int status = plan_add_array(b, n, ROLE_RESULT, &array, err);
    const int64_t *cell = plan_wished(b, WISH_TILE, n);
    if (cell)
        it->tiles = chunkgrid_make(it->space->ndim, it->space->shape, cell, NULL);
    else if (!status)
        status = canon_grid(it->space, &it->tiles, err);
    if (status)
        return status;
    it->array = array;
    if (!it->reduce)
        it->out = (sweep_output){ it->space, SINK_ARRAY, array, n->type };
    if (kept) {                 /* read as it is written */
        plan_array *a = &b->p->array[array];
        a->kept = true;
        a->src.name = "kept values";
        for (int d = 0; d < n->ndim && !plan_wished(b, WISH_CHUNK, n); d++)
            a->src.chunk[d] = max_i64(1, min_i64(it->tiles.cell[d], n->shape[d]));
    }
    return 0;
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

/* Where the caller wants it; what the caller has room for takes none of ours. */
static void put_in_place(plan *p, int array, const request *r)
{
    plan_array *a = &p->array[array];
    a->place = r->to_scratch ? PLACE_SCRATCH : PLACE_MEMORY;
    a->into = a->into ? a->into : r->into;
    a->common = r->common;
    a->src.bound = r->bound;
}

static int item_for_request(build *b, int i, sharr_error *err)
{
    const request *r = &b->p->request[i];
    plan_output *o = &b->p->output[i];
    int status = 0;
    const node *made = plan_leaf(r->node);
    o->chunked = plan_is_chunked(r);
    o->kind = o->chunked ? DELIVER_SWEEP : DELIVER_ARRAY;
    o->array = -1;
    if (!o->chunked && !r->common && node_is_cut(made)) {
        o->array = plan_find_array(b->p, made);
        put_in_place(b->p, o->array, r);
        return 0;
    }
    planitem *it = plan_add_item(b);
    if (!it)
        return plan_nomem(err);
    *it = (planitem){ .level = levels_of(b->levels, r->node) + (node_is_cut(r->node) ? 1 : 0), .node = r->node, .space = r->node };
    it->out = (sweep_output){ r->node, SINK_FILE, i, r->node->type };
    if (o->chunked) {
        status = output_chunk(r, o->chunk, err);
        it->tiles = chunkgrid_make(r->node->ndim, r->node->shape, o->chunk, NULL);
        if (r->as)
            memcpy(o->chunk, r->as->cell, sizeof o->chunk);
        return status;
    }
    it->out.kind = SINK_ARRAY;
    status = plan_add_array(b, r->node, ROLE_WANTED, &it->out.target, err);
    o->array = it->out.target;
    if (!status)
        put_in_place(b->p, o->array, r);
    return status ? status : canon_grid(r->node, &it->tiles, err);
}

static int item_for_copy(build *b, wish *c, sharr_error *err)
{
    planitem *it = plan_add_item(b);
    if (!it)
        return plan_nomem(err);
    *it = (planitem){ .level = COPY_LEVEL, .node = c->n, .space = c->n };
    int status = plan_add_array(b, c->n, ROLE_COPY, &c->array, err);
    if (status)
        return status;
    memcpy(b->p->array[c->array].src.chunk, c->cell, sizeof c->cell);
    it->out = (sweep_output){ c->n, SINK_ARRAY, c->array, c->n->type };
    return canon_grid(c->n, &it->tiles, err);
}

int plan_collect(build *b, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < b->nkept && !status; i++)
        status = levels_keep(b->levels, b->kept[i]) ? 0 : plan_nomem(err);
    for (int i = 0; i < b->nwishes && !status; i++)
        if (b->wish[i].kind == WISH_COPY)
            status = item_for_copy(b, &b->wish[i], err);
    for (int i = 0; i < b->p->nrequests && !status; i++)
        status = levels_add(b->levels, b->p->request[i].node, err);
    for (int i = 0; i < levels_count(b->levels) && !status; i++)
        status = item_for_cut(b, levels_item(b->levels, i), err);
    for (int i = 0; i < b->p->nrequests && !status; i++)
        status = item_for_request(b, i, err);
    plan_order_stages(b->p);
    return status;
}

/* ---- sweeps -------------------------------------------------------------------------------- */

static uint32_t all_axes(int ndim)
{
    return ndim == 32 ? UINT32_MAX : (1u << ndim) - 1;
}

bool plan_is_arg(enum rop op)
{
    return op == ROP_ARGMIN || op == ROP_ARGMAX;
}

enum loop_kind plan_loop_of(const sweep_reduce *r, int ndim)
{
    if (r->axes == all_axes(ndim) && !(plan_is_arg(r->op) && ndim))
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
    if (plan_loop_of(&r, s->ndim ? s->ndim : 1) == LOOP_FLAT || s->ndim == 0)
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

/* Same kind of state: what stays together when memory is short. */
static bool alike(const sweep *s, const planitem *it)
{
    return it->reduce ? s->nouts == 0 && s->reduce[0].axes == it->node->u.reduce.axes : s->nreds == 0;
}

static bool accepts(const build *b, const sweep *s, const planitem *it)
{
    if (s->ndim != it->space->ndim || !chunkgrid_equal(&s->tiles, &it->tiles))
        return false;
    if (b->apart || (b->separate && !alike(s, it)))
        return false;
    if (!it->reduce)
        return true;
    sweep_reduce r = describe(it, s);
    return divisible(s, &r);
}

static sweep *sweep_for(build *b, const planitem *it)
{
    plan *p = b->p;
    int first = p->nsweeps;
    while (first > 0 && p->sweep[first - 1].level == it->level)
        first--;
    for (int i = first; i < p->nsweeps; i++)
        if (accepts(b, &p->sweep[i], it))
            return &p->sweep[i];
    sweep *s = plan_more(p->arena, p->sweep, p->nsweeps, &b->capsweeps, sizeof *s);
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
    return s;
}

static int join_sweep(plan *p, sweep *s, const planitem *it, sharr_error *err)
{
    int array = it->reduce ? it->array : it->out.kind == SINK_ARRAY ? it->out.target : -1;
    if (it->reduce) {
        s->reduce = plan_one_more(p->arena, s->reduce, s->nreds, sizeof *s->reduce);
        if (s->reduce)
            s->reduce[s->nreds++] = describe(it, s);
    } else {
        s->output = plan_one_more(p->arena, s->output, s->nouts, sizeof *s->output);
        if (s->output)
            s->output[s->nouts++] = it->out;
    }
    if (it->reduce ? !s->reduce : !s->output)
        return plan_nomem(err);
    s->nfile += !it->reduce && it->out.kind == SINK_FILE;
    if (array >= 0)
        p->array[array].sweep = (int)(s - p->sweep);
    return 0;
}

int plan_form_sweeps(build *b, sharr_error *err)
{
    int last = 0;
    for (int i = 0; i < b->nitems; i++)
        last = b->item[i].level > last ? b->item[i].level : last;
    for (int level = COPY_LEVEL; level <= last; level++)
        for (int i = 0; i < b->nitems; i++) {
            planitem *it = &b->item[i];
            if (it->level != level)
                continue;
            sweep *s = sweep_for(b, it);
            if (!s)
                return plan_nomem(err);
            if (join_sweep(b->p, s, it, err))
                return err->status;
        }
    return 0;
}

