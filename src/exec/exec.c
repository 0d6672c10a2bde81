/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Run a plan: its sweeps in order, results that a later sweep reads kept in memory or
 * scratch, small outputs written whole at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "exec/proc.h"

/* ---- results ----------------------------------------------------------------------------------- */

static size_t array_bytes(const plan_array *a)
{
    int64_t n = 1;
    shape_size(a->src.ndim, a->src.shape, &n);
    return (size_t)n * dtype_size(a->src.type);
}

/* Collective.  The array has the shape in which it is swept (s; NULL: a stage makes it): a relayout gets its own
 * afterwards. */
static int make_array(run *r, int i, const sweep *s, sharr_error *err)
{
    const plan_array *a = &r->p->array[i];
    array_state *to = &r->array[i];
    bool relayout = s && a->node && a->node->kind == NODE_RESHAPE;
    int status = 0;
    if (a->place == PLACE_SCRATCH) {
        status = scratch_create_all(r->env->comm, r->env->tmpdir, a->src.type, relayout ? s->ndim : a->src.ndim,
                                    relayout ? s->shape : a->src.shape, &to->file, err);
    } else {
        sharr_error local = { 0 };
        to->bytes = array_bytes(a);
        to->data = a->into;
        to->lent = a->into != NULL;
        if (!to->lent)
            to->data = budget_alloc(r->env->budget, to->bytes + 1, "a result in memory", &local);
        *err = local;
        status = comm_agree_all(r->env->comm, err);
    }
    return status;
}

/* Sources in scratch are read through views: they go as results do. */
static int open_sources(run *r, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < r->p->narrays && !status; i++) {
        const plan_array *a = &r->p->array[i];
        if (a->place == PLACE_SCRATCH && a->origin)
            status = scratch_view(r->env->source[a->src.id].file, a->src.ndim, a->src.shape, &r->array[i].file, err);
    }
    return status;
}

static bool made_at(const run *r, const plan_step *t, int i)
{
    const plan_array *a = &r->p->array[i];
    return t->sweep ? a->sweep == (int)(t->sweep - r->p->sweep) : a->stage == (int)(t->stage - r->p->stage);
}

static int after_sweep(run *r, int i, sharr_error *err)
{
    const plan_array *a = &r->p->array[i];
    if (!r->array[i].file || !a->node || a->node->kind != NODE_RESHAPE)
        return 0;
    return scratch_reshape(r->array[i].file, a->src.ndim, a->src.shape, err);
}

/* Collective: the arrays that lie in the file of array i. */
static int view_again_all(run *r, int i, sharr_error *err)
{
    sharr_error local = { 0 };
    bool any = false;
    for (int k = 0; k < r->p->narrays; k++) {
        const plan_array *a = &r->p->array[k];
        if (a->of != i || a->place != PLACE_SCRATCH)
            continue;
        any = true;
        if (!local.status)
            scratch_view(r->array[i].file, a->src.ndim, a->src.shape, &r->array[k].file, &local);
    }
    *err = local;
    return any ? comm_agree_all(r->env->comm, err) : 0;
}

static void drop_array(run *r, int i)
{
    array_state *s = &r->array[i];
    if (s->data && !s->lent)
        budget_release(r->env->budget, s->data, s->bytes + 1);
    scratch_free(s->file);
    *s = (array_state){ 0 };
}

static void drop_arrays(run *r)
{
    for (int i = r->p->narrays - 1; i >= 0 && r->array; i--)
        drop_array(r, i);
    free(r->array);
}

/* ---- delivery ---------------------------------------------------------------------------------- */

static int write_whole(run *r, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < r->p->nrequests && !status; i++) {
        const plan_output *o = &r->p->output[i];
        if (r->p->request[i].to_file && o->kind == DELIVER_ARRAY)
            status = h5out_whole_all(r->env->out, r->env->set[i], r->array[o->array].data, err);
    }
    return status;
}

/* Hand results over that are not yet where the caller wants them; several requests may share one array, each gets its
 * own copy. */
static int hand_over(run *r, void **result, sharr_error *err)
{
    sharr_error local = { 0 };
    for (int i = 0; i < r->p->nrequests; i++) {
        const plan_output *o = &r->p->output[i];
        if (r->p->request[i].to_file)
            continue;
        array_state *a = &r->array[o->array];
        if (r->p->request[i].to_scratch) {
            r->env->kept[i] = a->file;
            a->file = NULL;
            continue;
        }
        if (r->p->request[i].into) {
            if (r->p->request[i].into != a->data)
                memcpy(r->p->request[i].into, a->data, a->bytes);
            continue;
        }
        result[i] = budget_alloc(r->env->budget, a->bytes + 1, "a result in memory", &local);
        if (result[i])
            memcpy(result[i], a->data, a->bytes);
    }
    *err = local;
    return comm_agree_all(r->env->comm, err);
}

void exec_release(const plan *p, budget *b, int req, void *data)
{
    if (data)
        budget_release(b, data, array_bytes(&p->array[p->output[req].array]) + 1);
}

static int agree_on_plan(const run *r, sharr_error *err)
{
    strbuf text = { 0 };
    sharr_error local = { 0 };
    if (comm_size(r->env->comm) == 1)
        return 0;
    plan_fingerprint(r->p, &text);
    if (text.failed)
        err_nomem(&local, "a plan", text.len);
    *err = local;
    int status = comm_require_same_all(r->env->comm, strbuf_text(&text), text.len, "the ranks do not evaluate the same plan: "
                                       "expression, inputs and settings must be the same on every rank", err);
    strbuf_fini(&text);
    return status;
}

static int64_t total_bytes(const plan *p)
{
    int64_t n = 0;
    for (int i = 0; i < p->nsweeps; i++)
        n += p->sweep[i].bytes_in;
    for (int i = 0; i < p->nstages; i++)
        n += p->stage[i].bytes;
    return n;
}

int run_interrupted(const run *r, int at, int64_t moved, sharr_error *err)
{
    const exec_env *env = r->env;
    bool stop = env->cancel && atomic_load(env->cancel);
    if (env->progress && !stop) {
        exec_progress g = { .sweep = at, .sweeps = r->p->nsteps, .done = r->done + moved, .total = total_bytes(r->p) };
        stop = env->progress(env->progress_arg, &g) != 0;
    }
    return stop ? err_set(err, SHARR_EINTERRUPTED, "interrupted") : 0;
}

static int run_step(run *r, const plan_step *t, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < r->p->narrays && !status; i++)
        if (made_at(r, t, i))
            status = make_array(r, i, t->sweep, err);
    if (!status)
        status = bring_all(r, t, err);
    if (!status) {
        status = t->sweep ? stream_run_all(r, t->sweep, err) : stage_run_all(r, t->stage, err);
        r->done += t->sweep ? t->sweep->bytes_in : t->stage->bytes;
        status = bring_back_all(r, t, status, err);
    }
    for (int i = 0; t->sweep && i < r->p->narrays && !status; i++)
        if (made_at(r, t, i))
            status = after_sweep(r, i, err);
    for (int i = 0; i < r->p->narrays && !status; i++)
        if (made_at(r, t, i))
            status = view_again_all(r, i, err);
    return status;
}

/* Nothing after this step needs them any more. */
static void drop_read(run *r, int t)
{
    for (int i = r->p->narrays - 1; i >= 0; i--)        /* views before what they are views of */
        if (r->p->array[i].last == t)
            drop_array(r, i);
}

static int run_steps(run *r, sharr_error *err)
{
    int status = 0;
    for (int t = 0; t < r->p->nsteps && !status; t++) {
        status = run_step(r, &r->p->step[t], err);
        drop_read(r, t);
    }
    return status;
}

int exec_run_all(const plan *p, const exec_env *env, void **result, sharr_error *err)
{
    run r = { .p = p, .env = env, .array = calloc((size_t)p->narrays + 1, sizeof *r.array) };
    sharr_error local = { 0 };
    sharr_error own;
    err = err ? err : &own;
    memset(result, 0, (size_t)p->nrequests * sizeof *result);
    if (!r.array)
        err_nomem(&local, "an evaluation", sizeof *r.array);
    else
        open_sources(&r, &local);
    *err = local;
    int status = comm_agree_all(env->comm, err);
    if (!status)
        status = agree_on_plan(&r, err);
    if (!status)
        status = run_steps(&r, err);
    if (!status)
        status = write_whole(&r, err);
    if (!status)
        status = hand_over(&r, result, err);
    for (int i = 0; status && i < p->nrequests; i++) {
        exec_release(p, env->budget, i, result[i]);
        result[i] = NULL;
        scratch_free(env->kept[i]);
        env->kept[i] = NULL;
    }
    drop_arrays(&r);
    return status;
}
