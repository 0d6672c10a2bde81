/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The stage of each procedure: arrays for its operands and results.
 */
#include <string.h>

#include "base/checked.h"
#include "plan/canon.h"
#include "plan/plan_build.h"
#include "plan/stages.h"

static bool same_call(const node *a, const node *b)
{
    node_call x = a->u.call, y = b->u.call;
    bool same = x.proc == y.proc && x.axis == y.axis && x.flags == y.flags && x.user == y.user && a->nin == b->nin &&
                memcmp(x.number, y.number, sizeof x.number) == 0;
    for (int i = 0; i < a->nin && same; i++)
        same = a->in[i] == b->in[i];
    return same;
}

/* Results of one call share a stage. */
static stage *stage_for(build *b, const node *n)
{
    plan *p = b->p;
    for (int i = 0; i < p->nstages; i++)
        if (same_call(p->stage[i].node, n))
            return &p->stage[i];
    stage *s = plan_more(p->arena, p->stage, p->nstages, &b->capstages, sizeof *s);
    if (!s)
        return NULL;
    p->stage = s;
    s += p->nstages++;
    memset(s, 0, sizeof *s);
    s->level = levels_of(b->levels, n);
    s->node = n;
    s->nin = n->nin;
    s->nout = procedure_get(n->u.call.proc)->nout;
    for (int i = 0; i < s->nin; i++)
        s->in[i] = -1;
    for (int k = 0; k < s->nout; k++)
        s->out[k] = -1;
    return s;
}

/* A leaf in memory or scratch, or any array with other dimensions; unless a copy is wanted. */
static bool lies_ready(const build *b, const node *n)
{
    return (n->kind == NODE_REGROUP || (n->kind == NODE_SOURCE && source_any_shape(n->u.src))) && !plan_wished(b, WISH_OPERAND, n);
}

static int find_operand(const build *b, const node *n)
{
    const plan *p = b->p;
    for (int i = 0; i < p->narrays; i++)
        if (p->array[i].operand == n)
            return i;
    /* What is an array already, and lies as procedures want it. */
    if (lies_ready(b, n) || node_is_cut(n) || levels_kept(b->levels, n))
        return plan_find_array(p, n);
    return -1;
}

/* By procedure: the operands, as bits, that are read in pieces that are known before. */
static const uint32_t in_pieces[PROC_COUNT] = {
    [PROC_CUMULATIVE_SUM] = 1, [PROC_CUMULATIVE_PROD] = 1, [PROC_SORT] = 1, [PROC_ARGSORT] = 1, [PROC_SEARCHSORTED] = 3,
    [PROC_COMPRESS] = 1, [PROC_MATMUL] = 3, [PROC_FUNCTION] = UINT32_MAX,
};

/* A dataset whose chunks workers read themselves?  Those of take are known with the positions. */
static int choose_reading(const build *b, stage *s, int i, sharr_error *err)
{
    const node *n = s->node->in[i];
    const enum procedure proc = s->node->u.call.proc;
    const bool dataset = n->kind == NODE_SOURCE && n->u.src->path == SOURCE_DIRECT && !plan_wished(b, WISH_OPERAND, n);
    s->read[i].direct = dataset && in_pieces[proc] >> i & 1 && !(s->node->u.call.flags & CALL_POSITIONS);
    if (proc != PROC_TAKE || i != 0 || !dataset)
        return 0;
    int status = stage_take_look(b->p, s, err);
    s->read[i].direct = s->read[i].chosen = !status && s->number[TAKE_ROWS] >= 0;
    return status;
}

static int find_leaf(build *b, const node *n, int *array, sharr_error *err)
{
    *array = plan_find_array(b->p, n);
    return *array >= 0 ? 0 : plan_add_array(b, n, ROLE_LEAF, array, err);
}

static int add_operand(build *b, const node *n, int *array, sharr_error *err)
{
    *array = find_operand(b, n);
    if (*array >= 0)
        return 0;
    if (lies_ready(b, n))
        return plan_leaf_array(b, n, array, err);
    planitem *it = plan_add_item(b);
    if (!it)
        return plan_nomem(err);
    *it = (planitem){ .level = levels_of(b->levels, n), .node = n, .space = n };
    int status = plan_add_array(b, n, ROLE_OPERAND, array, err);
    if (status)
        return status;
    b->p->array[*array].src.name = "operand";
    it->out = (sweep_output){ n, SINK_ARRAY, *array, n->type };
    const int64_t *cell = plan_wished(b, WISH_TILE, n);
    if (!cell)
        return canon_grid(n, &it->tiles, err);
    it->tiles = chunkgrid_make(n->ndim, n->shape, cell, NULL);
    return 0;
}

int plan_add_call(build *b, const node *n, sharr_error *err)
{
    stage *s = stage_for(b, n);
    int status = s ? 0 : plan_nomem(err), at = s ? (int)(s - b->p->stage) : 0;
    for (int i = 0; i < n->nin && !status; i++) {
        status = choose_reading(b, s, i, err);
        if (!status)
            status = (s->read[i].direct ? find_leaf : add_operand)(b, n->in[i], &s->in[i], err);
    }
    return status ? status : plan_add_array(b, n, ROLE_RESULT, &b->p->stage[at].out[n->u.call.output], err);
}

void plan_order_stages(plan *p)
{
    for (int i = 1; i < p->nstages; i++)        /* insertion: stable, and they come in order nearly */
        for (int k = i; k > 0 && p->stage[k - 1].level > p->stage[k].level; k--) {
            stage s = p->stage[k];
            p->stage[k] = p->stage[k - 1];
            p->stage[k - 1] = s;
        }
    for (int i = 0; i < p->nstages; i++)
        for (int k = 0; k < p->stage[i].nout; k++)
            if (p->stage[i].out[k] >= 0)
                p->array[p->stage[i].out[k]].stage = i;
}
