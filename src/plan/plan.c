/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Planning: requests to sweeps.  In order, each step only reading what the ones before made:
 *   0 keep        element-wise values that cost more to compute again than to keep
 *   1 levels      which nodes are materialised, and after which others
 *   2 arrays      a place for each materialised result
 *   3 items       what each sweep must make; items of one level, space and grid share a sweep
 *   4 kernels     lowering, one region per kind of element loop
 *   5 fit         windows, partition, memory
 */
#include "plan/plan_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "plan/fit.h"
#include "plan/keep.h"

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

int plan_nomem(sharr_error *err)
{
    return err_nomem(err, "a plan", sizeof(sweep));
}

/* Decodes per distinct chunk from which a copy in scratch is cheaper. */
static const double MAX_AMPLIFICATION = 2.0;

/* ---- all ------------------------------------------------------------------------------------ */

/* Pieces of the scratch copy: what one tile needs. */
static rechunk copy_for(const plan *p, const sweep *s, const fetch *f)
{
    const affine *m = &f->use[0].map;
    rechunk c = { .n = p->array[f->array].node };
    for (int k = 0; k < m->nsrc; k++) {
        int64_t mul = m->mul[k] < 0 ? -m->mul[k] : m->mul[k];
        c.cell[k] = m->axis[k] < 0 ? 1 : max_i64(1, mul * s->tiles.cell[m->axis[k]]);
        c.cell[k] = min_i64(c.cell[k], max_i64(1, p->array[f->array].src.shape[k]));
    }
    return c;
}

static int add_copy(build *b, const sweep *s, const fetch *f, sharr_error *err)
{
    for (int c = 0; c < b->ncopies; c++)
        if (b->copy[c].n == b->p->array[f->array].node)
            return 0;
    rechunk *v = realloc(b->copy, ((size_t)b->ncopies + 1) * sizeof *v);
    if (!v)
        return plan_nomem(err);
    b->copy = v;
    b->copy[b->ncopies++] = copy_for(b->p, s, f);
    return 0;
}

/* A sweep does not fit: copies of the datasets that take most of its memory may help. */
static int copies_for_room(build *b, const sweep *s, int64_t room, sharr_error *err)
{
    int status = 0;
    for (int k = 0; k < s->nfetch && !status; k++)
        if (b->p->array[s->fetch[k].array].place == PLACE_SOURCE && fit_fetch_bytes(s, &s->fetch[k]) > room / 4)
            status = add_copy(b, s, &s->fetch[k], err);
    return status;
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
    for (int i = 0; i < p->nsweeps && !status; i++) {
        int64_t room = p->options.memory - p->resident;
        status = fit_sweep(p, &p->sweep[i], room, err);
        if (status && !b->second) {
            b->separate = true;
            copies_for_room(b, &p->sweep[i], room, err);
        }
        p->memory = max_i64(p->memory, p->sweep[i].memory + p->resident);
    }
    return status ? status : plan_check_handed(p, err);
}

/* Datasets that some sweep decodes more than MAX_AMPLIFICATION times. */
static int find_copies(build *b, sharr_error *err)
{
    const plan *p = b->p;
    int status = 0;
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nfetch && !status; k++) {
            const fetch *f = &p->sweep[i].fetch[k];
            if (p->array[f->array].place == PLACE_SOURCE && fit_amplification(p, &p->sweep[i], f) > MAX_AMPLIFICATION)
                status = add_copy(b, &p->sweep[i], f, err);
        }
    return status;
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
    *b = (build){ .p = p, .levels = levels_new(), .copy = b->copy, .ncopies = b->ncopies, .second = b->second,
                   .separate = b->separate, .kept = b->kept, .nkept = b->nkept };
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

/* Planned once as it is; when that does not fit, or reads a dataset again and again, once more with
 * smaller sweeps and scratch copies of the datasets in question. */
static plan *build_twice(const node **kept, int nkept, const request *req, int nreq, const plan_options *opt,
                         sharr_error *err)
{
    build b = { .kept = kept, .nkept = nkept };
    plan *p = build_once(&b, req, nreq, opt, err);
    if (p && find_copies(&b, err)) {
        plan_free(p);
        p = NULL;
    } else if (b.ncopies || b.separate) {
        plan_free(p);
        err_clear(err);
        b.second = true;
        p = build_once(&b, req, nreq, opt, err);
    }
    free(b.copy);
    return p;
}

/* Some sweep would read kept values again and again. */
static bool kept_in_vain(const plan *p)
{
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nfetch; k++) {
            const fetch *f = &p->sweep[i].fetch[k];
            if (p->array[f->array].kept && !fit_array_in_memory(p, f->array) &&
                fit_amplification(p, &p->sweep[i], f) > MAX_AMPLIFICATION)
                return true;
        }
    return false;
}

/* With element-wise values kept where that pays; without, when that does not fit or does not pay after all. */
plan *plan_new(const request *req, int nreq, const plan_options *opt, sharr_error *err)
{
    sharr_error own = { 0 };
    const node **kept = NULL;
    int nkept = 0;
    err = err ? err : &own;
    if (keep_choose(req, nreq, opt, &kept, &nkept, err))
        return NULL;
    plan *p = build_twice(kept, nkept, req, nreq, opt, err);
    if (nkept && (!p || kept_in_vain(p))) {
        plan_free(p);
        err_clear(err);
        p = build_twice(NULL, 0, req, nreq, opt, err);
    }
    free(kept);
    return p;
}

void plan_free(plan *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->nregions; i++)
        program_free(p->region[i]->prog);
    arena_free(p->arena);
    free(p);
}
