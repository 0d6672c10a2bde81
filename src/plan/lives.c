/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The order of steps, and how long each result lives: from the step that makes it to the
 * last one that reads it.  Where the results in memory together would take too much of it,
 * some go to scratch.
 */
#include "plan/plan_build.h"

#include "base/checked.h"

/* Sweeps and stages by level: what a stage reads, sweeps of its level make. */
static int order_steps(plan *p, sharr_error *err)
{
    p->step = arena_alloc(p->arena, (size_t)p->nsweeps + (size_t)p->nstages + 1, sizeof *p->step);
    if (!p->step)
        return plan_nomem(err);
    for (int i = 0, k = 0; i < p->nsweeps || k < p->nstages; p->nsteps++) {
        bool sweep_first = k == p->nstages || (i < p->nsweeps && p->sweep[i].level <= p->stage[k].level);
        plan_step *t = &p->step[p->nsteps];
        *t = (plan_step){ 0 };
        if (sweep_first) {
            t->sweep = &p->sweep[i++];
            t->sweep->step = p->nsteps;
        } else {
            t->stage = &p->stage[k++];
            t->stage->step = p->nsteps;
        }
    }
    p->step[p->nsteps] = (plan_step){ 0 };
    return 0;
}

static void read_at(plan *p, int array, int t)
{
    plan_array *a = &p->array[p->array[array].of < 0 ? array : p->array[array].of];
    a->last = t > a->last ? t : a->last;
}

static void find_ends(plan *p)
{
    for (int i = 0; i < p->narrays; i++) {
        plan_array *a = &p->array[i];
        a->first = a->last = a->sweep >= 0 ? p->sweep[a->sweep].step : a->stage >= 0 ? p->stage[a->stage].step : 0;
    }
    for (int t = 0; t < p->nsteps; t++) {
        const plan_step *s = &p->step[t];
        for (int k = 0; s->sweep && k < s->sweep->nfetch; k++)
            read_at(p, s->sweep->fetch[k].array, t);
        for (int k = 0; s->stage && k < s->stage->nin; k++)
            read_at(p, s->stage->in[k], t);
    }
    for (int i = 0; i < p->nrequests; i++)
        if (p->output[i].array >= 0)
            read_at(p, p->output[i].array, p->nsteps);
}

/* What lies where another array lies comes and goes with it. */
static void follow(plan *p)
{
    for (int i = 0; i < p->narrays; i++) {
        plan_array *a = &p->array[i];
        if (a->of < 0)
            continue;
        a->place = p->array[a->of].place;
        a->first = p->array[a->of].first;
        a->last = p->array[a->of].last;
    }
}

/* Bytes that it takes of our memory. */
static int64_t taken(const plan_array *a)
{
    const node as = { .type = a->src.type, .ndim = a->src.ndim, .shape = (int64_t *)a->src.shape };
    return a->place == PLACE_MEMORY && !a->into && a->of < 0 ? plan_resident_bytes(&as) : 0;
}

static void add_resident(plan *p, const plan_array *a, int64_t bytes)
{
    for (int t = a->first; t <= a->last; t++)
        p->step[t].resident += bytes;
}

/* What goes to scratch next, to make room at step t: the largest; -1: nothing that could. */
static int largest_at(const plan *p, int t)
{
    int64_t most = SMALL_RESULT;
    int found = -1;
    for (int i = 0; i < p->narrays; i++) {
        const plan_array *a = &p->array[i];
        if (a->first > t || a->last < t || a->last == p->nsteps || taken(a) <= most)
            continue;
        most = taken(a);
        found = i;
    }
    return found;
}

static void make_room(plan *p, int64_t room)
{
    for (int t = 0; t < p->nsteps; t++)
        for (int i; p->step[t].resident > room && (i = largest_at(p, t)) >= 0;) {
            add_resident(p, &p->array[i], -taken(&p->array[i]));
            p->array[i].place = PLACE_SCRATCH;
        }
}

int plan_lives(plan *p, int64_t room, sharr_error *err)
{
    int status = order_steps(p, err);
    if (status)
        return status;
    find_ends(p);
    for (int i = 0; i < p->narrays; i++)
        add_resident(p, &p->array[i], taken(&p->array[i]));
    make_room(p, room);
    follow(p);
    return 0;
}
