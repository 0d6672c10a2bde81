/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Planning: requests to sweeps.  In order, each step only reading what the ones before made:
 *   0 reshape     reshapes that move nothing go; keep: element-wise values that cost more to compute again than to keep
 *   1 levels      which nodes are materialised, and after which others
 *   2 arrays      a place for each materialised result
 *   3 items       what each sweep must make; items of one level, space and grid share a sweep
 *   4 kernels     lowering, one region per kind of element loop
 *   5 lives       the order of steps; which results are in memory at which of them
 *   6 fit         windows, partition, memory
 */
#include "plan/plan_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "plan/fit.h"
#include "plan/keep.h"
#include "plan/reshape.h"
#include "plan/spread.h"
#include "plan/stages.h"

void *plan_more(arena *a, void *old, int n, int *cap, size_t size)
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

void *plan_one_more(arena *a, void *old, int n, size_t size)
{
    bool full = n == 0 || (n >= 8 && !(n & (n - 1)));
    int cap = full ? n : n + 1;
    return plan_more(a, old, n, &cap, size);
}

int plan_nomem(sharr_error *err)
{
    return err_nomem(err, "a plan", sizeof(sweep));
}

/* A call that writes to scratch costs about what it costs to read this much. */
enum { RUN_COST = 4096 };

/* What everything costs to read, and to write in pieces: in decoded bytes. */
static double cost_of(const plan *p)
{
    double bytes = (double)RUN_COST * (double)plan_scratch_runs(p);
    for (int i = 0; i < p->nsweeps; i++)
        bytes += (double)p->sweep[i].bytes_in;
    for (int i = 0; i < p->nstages; i++)
        bytes += (double)p->stage[i].bytes_in;
    return bytes;
}

enum { MOST_CROWDED = 5 };

static void ask(build *b, bool *what)
{
    b->asked += !*what;
    *what = true;
}

/* Windows and memory of all steps.  Those that do not fit say what would help. */
static int fit_all(build *b, sharr_error *err)
{
    plan *p = b->p;
    int status = 0, asked = b->asked;
    int64_t need = 0;
    bool crowded = false;
    sharr_error refusal = { 0 };
    for (int t = 0; t < p->nsteps && !status; t++) {
        const plan_step *s = &p->step[t];
        int64_t room = p->options.memory - s->resident;
        sharr_error own = { 0 };
        bool fits = s->sweep ? !fit_sweep(p, s->sweep, room, &own) : !stage_fit(p, s->stage, room, &own);
        int64_t bytes = s->resident + (s->sweep ? s->sweep->memory : s->stage->memory);
        if (!fits && bytes > need) {
            need = bytes;
            refusal = own;
        }
        crowded = crowded || (!fits && s->resident > p->options.memory >> MOST_CROWDED);
        if (!fits && s->sweep) {
            ask(b, &b->separate);
            status = plan_wish_for_room(b, s->sweep, room, err);
        }
        if (!fits && s->stage)
            status = plan_wish_for_stage(b, s->stage, err);
        p->memory = max_i64(p->memory, bytes);
    }
    if (need && (!b->refusal.status || need < b->need)) {
        b->need = need;
        b->refusal = refusal;
    }
    if (crowded && b->crowded < MOST_CROWDED) {
        b->crowded++;
        b->asked++;
    }
    if (need && b->asked == asked)
        ask(b, &b->apart);
    if (!status && need)
        *err = b->refusal;
    return status || !need ? status : err->status;
}

static int build_all(build *b, sharr_error *err)
{
    plan *p = b->p;
    int status = plan_collect(b, err);
    if (!status)
        status = plan_form_sweeps(b, err);
    for (int i = 0; i < p->nsweeps && !status; i++)
        status = plan_form_kernels(b, &p->sweep[i], err);
    for (int i = 0; i < b->env.nregions && !status; i++)
        b->env.region[i]->scratch = p->options.costs.kernel_bytes(p->options.costs.arg, b->env.region[i]->prog);
    if (!status)
        status = plan_lives(p, p->options.memory >> b->crowded, err);
    if (!status)
        status = spread_prepare(p, err);
    if (!status)
        status = fit_all(b, err);
    return status ? status : plan_check_handed(p, err);
}

static plan *build_once(build *b, const request *req, int nreq, const plan_options *opt, sharr_error *err)
{
    plan *p = calloc(1, sizeof *p);
    if (p)
        p->arena = arena_new();
    if (!p || !p->arena) {
        free(p);
        plan_nomem(err);
        return NULL;
    }
    *b = (build){ .p = p, .levels = levels_new(), .wish = b->wish, .nwishes = b->nwishes, .separate = b->separate,
                   .apart = b->apart, .crowded = b->crowded, .asked = b->asked, .need = b->need, .refusal = b->refusal,
                   .kept = b->kept, .nkept = b->nkept };
    p->options = *opt;
    p->request = req;
    p->nrequests = nreq;
    p->output = arena_alloc(p->arena, (size_t)nreq + 1, sizeof *p->output);
    b->env = (region_env){ .arena = p->arena, .arg = b, .array_of = plan_array_of, .kept = plan_is_kept,
                          .use = plan_use };
    int status = p->output && b->levels ? build_all(b, err) : plan_nomem(err);
    p->nregions = b->env.nregions;
    p->region = b->env.region;
    levels_free(b->levels);
    if (!status)
        return p;
    plan_free(p);
    return NULL;
}

/* Again and again, with smaller sweeps and what they asked for, until all fits or nobody can ask for more. */
static plan *build_to_fit(build *b, const request *req, int nreq, const plan_options *opt, sharr_error *err)
{
    int asked;
    plan *p;
    do {
        asked = b->asked;
        err_clear(err);
        p = build_once(b, req, nreq, opt, err);
    } while (!p && b->asked != asked);
    return p;
}

/* A plan that fits; where it reads an array again and again, or writes crumbs, one that does not, if that costs less. */
static plan *build_best(const node **kept, int nkept, const request *req, int nreq, const plan_options *opt, sharr_error *err)
{
    build b = { .kept = kept, .nkept = nkept };
    plan *p = build_to_fit(&b, req, nreq, opt, err), *better = NULL;
    int wishes = b.nwishes;
    if (p && plan_wish_for_speed(&b, err)) {
        plan_free(p);
        p = NULL;
    } else if (p && b.nwishes != wishes) {
        sharr_error none = { 0 };
        better = build_to_fit(&b, req, nreq, opt, &none);
        bool swap = better && cost_of(better) < cost_of(p);
        plan_free(swap ? p : better);
        p = swap ? better : p;
        if (!better && stage_decodes_for_ever(p)) {
            plan_free(p);
            p = NULL;
            *err = none;
        }
    }
    free(b.wish);
    return p;
}

/* With element-wise values kept where that pays; without, when that does not fit or does not pay after all. */
static plan *build_keeping(const request *req, int nreq, const plan_options *opt, sharr_error *err)
{
    const node **kept = NULL;
    int nkept = 0;
    if (keep_choose(req, nreq, opt, &kept, &nkept, err))
        return NULL;
    plan *p = build_best(kept, nkept, req, nreq, opt, err);
    if (nkept && (!p || plan_kept_in_vain(p))) {
        plan_free(p);
        err_clear(err);
        p = build_best(NULL, 0, req, nreq, opt, err);
    }
    free(kept);
    return p;
}

/* Other requests for what could not be planned; its error stays where this cannot be either. */
static plan *build_again(const request *req, int nreq, const plan_options *opt, sharr_error *err)
{
    sharr_error own = { 0 };
    plan *p = build_keeping(req, nreq, opt, &own);
    if (p)
        err_clear(err);
    return p;
}

plan *plan_new(const request *req, int nreq, const plan_options *opt, sharr_error *err)
{
    sharr_error own = { 0 };
    err = err ? err : &own;
    reshaped *r = reshape_requests(req, nreq, err);
    plan *p = r ? build_keeping(r->req, nreq, opt, err) : NULL;
    if (!p && r && r->rewritten && err->status == SHARR_ERESOURCE)
        p = build_again(r->plain, nreq, opt, err);
    if (!p && r && r->rewritten && err->status == SHARR_EEXPR)      /* shifts of shifts: the reshapes had cut them */
        p = build_again(req, nreq, opt, err);
    if (p)
        p->reshaped = r;
    else
        reshape_free(r);
    return p;
}

void plan_free(plan *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->nregions; i++)
        program_free(p->region[i]->prog);
    arena_free(p->arena);
    reshape_free(p->reshaped);
    free(p);
}
