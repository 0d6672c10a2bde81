/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plan as bytes, for ranks to compare: the same bytes, the same work.  Not the identity of files, which machines
 * may name differently.
 */
#include "plan/plan.h"

static void put(strbuf *out, int64_t v)
{
    char b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (char)((uint64_t)v >> (8 * i));
    strbuf_addn(out, b, sizeof b);
}

static void put_scalar(strbuf *out, scalar v)
{
    put(out, (int64_t)v.bits[0]);
    put(out, (int64_t)v.bits[1]);
}

static void put_lattice(strbuf *out, const lattice *l)
{
    put(out, l->ndim);
    for (int d = 0; d < l->ndim; d++) {
        put(out, l->start[d]);
        put(out, l->step[d]);
        put(out, l->count[d]);
    }
}

static void put_feed(strbuf *out, const feed *f)
{
    put(out, f->kind);
    put_lattice(out, &f->at);
    if (f->kind == FEED_REGION)
        put(out, f->region->id);
    if (f->kind == FEED_FILL)
        put_scalar(out, f->fill);
    if (f->kind != FEED_FETCH)
        return;
    put(out, f->fetch);
    for (int k = 0; k < f->map.nsrc; k++) {
        put(out, f->map.axis[k]);
        put(out, f->map.off[k]);
        put(out, f->map.mul[k]);
    }
}

static void put_region(strbuf *out, const region *r)
{
    hash128 h = program_hash(r->prog);
    put(out, (int64_t)h.lo);
    put(out, (int64_t)h.hi);
    put_lattice(out, &r->at);
    for (int i = 0; i < r->nindex; i++) {
        put(out, r->index[i].off);
        for (int d = 0; d < r->at.ndim; d++)
            put(out, r->index[i].coef[d]);
    }
    for (int i = 0; i < r->nin; i++) {
        put(out, r->in[i].n);
        for (int k = 0; k < r->in[i].n; k++)
            put_feed(out, &r->in[i].feed[k]);
    }
}

static void put_reduce(strbuf *out, const sweep_reduce *r)
{
    scalar count = { .c128 = { r->finish.count, r->finish.correction } };
    put(out, r->op);
    put(out, r->axes);
    put(out, r->array);
    put(out, r->group_dim);
    put(out, r->group);
    put(out, r->finish.what);
    put(out, r->finish.out);
    put_scalar(out, count);
}

static void put_sweep(strbuf *out, const sweep *s)
{
    put(out, s->batch);
    for (int d = 0; d < s->ndim; d++)
        put(out, s->order[d]);
    for (int i = 0; i < s->nfetch; i++)
        put(out, s->fetch[i].array);
    for (int i = 0; i < s->nreds; i++)
        put_reduce(out, &s->reduce[i]);
    for (int i = 0; i < s->nouts; i++) {
        put(out, s->output[i].kind);
        put(out, s->output[i].target);
    }
    for (int i = 0; i < s->nkernels; i++)
        put(out, s->kernel[i].body->id);
}

static void put_stage(strbuf *out, const stage *s)
{
    put(out, s->node->u.call.proc);
    put(out, s->node->u.call.axis);
    put(out, s->node->u.call.flags);
    put(out, s->lines.split);
    for (int i = 0; i < CALL_NUMBERS; i++)
        put(out, s->node->u.call.number[i]);
    for (int i = 0; i < s->nin; i++)
        put(out, s->in[i]);
    for (int k = 0; k < s->nout; k++)
        put(out, s->out[k]);
    for (int i = 0; i < STAGE_NUMBERS; i++)
        put(out, s->number[i]);
}

void plan_fingerprint(const plan *p, strbuf *out)
{
    plan_explain(p, true, out);
    for (int i = 0; i < p->nsweeps; i++)
        put_sweep(out, &p->sweep[i]);
    for (int i = 0; i < p->nregions; i++)
        put_region(out, p->region[i]);
    for (int i = 0; i < p->nstages; i++)
        put_stage(out, &p->stage[i]);
}
