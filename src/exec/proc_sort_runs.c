/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sort a line that does not fit, or that all workers and ranks share: sorted runs, which are kept in scratch or
 * in memory; then the result in pieces of equal length.  Where each run is cut for a piece follows from the order of
 * (key, position) alone, by bisection over the keys: of every run some keys are at hand, the others are looked up.
 * What a piece takes of the runs is read in the order of runs and sorted again: stable, so equals keep their order.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "exec/proc.h"
#include "exec/sort.h"

typedef struct sorter {
    stagerun *st;
    sort_how how;
    bool index;
    int64_t len, run, nruns, step, samples;     /* samples: of a run */
    uint64_t *key;                              /* [nruns][samples]: every step-th of each run */
    lines store, store_index;
    int64_t before, behind;                     /* the line */
} sorter;

/* What is known of where a run is cut: a ... b at most, x ... y for the key that is tried. */
typedef struct cut { int64_t a, b, x, y, from, to; } cut;
_Static_assert(sizeof(cut) == SORT_CUT_BYTES, "as planned");

/* A worker's buffer. */
typedef struct room { cut *cut; int64_t *index; char *values; void *work; } room_of_run;

static room_of_run rooms(const sorter *s, int who)
{
    room_of_run r;
    char *at = stage_buffer(s->st, who);
    r.cut = (cut *)at;
    at += s->nruns * (int64_t)sizeof(cut);
    r.index = (int64_t *)at;
    at += s->index ? s->run * 8 : 0;
    r.work = at;
    r.values = at + sort_work_bytes(s->how.type, s->run, s->index);
    return r;
}

static int64_t run_length(const sorter *s, int64_t r)
{
    return min_i64(s->run, s->len - r * s->run);
}

static box along(int64_t start, int64_t count)
{
    return (box){ .ndim = 3, .start = { 0, start, 0 }, .count = { 1, count, 1 } };
}

static box of_line(const sorter *s, int64_t start, int64_t count)
{
    box b = along(start, count);
    b.start[0] = s->before;
    b.start[2] = s->behind;
    return b;
}

/* ---- runs ----------------------------------------------------------------------------------- */

static int make_run(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const sorter *s = arg;
    int64_t r = stage_share(st->s, st->rank, st->ranks).start[ALONG] / s->run + task, n = run_length(s, r);
    room_of_run m = rooms(s, who);
    box from = of_line(s, r * s->run, n), to = along(r * s->run, n);
    int status = lines_read(&st->in[0], &from, m.values, err);
    if (status)
        return status;
    for (int64_t i = 0; i < n && s->index; i++)
        m.index[i] = r * s->run + i;
    sort_line(&s->how, m.values, s->index ? m.index : NULL, n, m.work);
    for (int64_t k = 0; k * s->step < n; k++)
        s->key[r * s->samples + k] = sort_key(&s->how, m.values + (size_t)(k * s->step) * st->in[0].size);
    status = lines_write(&s->store, &to, m.values, err);
    return status || !s->index ? status : lines_write(&s->store_index, &to, m.index, err);
}

/* Every rank gets the keys of all runs, and sees the runs of all. */
static int exchange_all(sorter *s, sharr_error *err)
{
    stagerun *st = s->st;
    comm *c = st->r->env->comm;
    sharr_error local = { 0 };
    int64_t *count = calloc((size_t)st->ranks, sizeof *count), mine = 0, one = s->samples * (int64_t)sizeof *s->key;
    if (!count)
        err_nomem(&local, "sorting", (unsigned long long)st->ranks * sizeof *count);
    *err = local;
    int status = comm_agree_all(c, err);
    for (int r = 0; r < st->ranks && !status; r++) {
        box share = stage_share(st->s, r, st->ranks);
        count[r] = ceil_div(share.count[ALONG], s->run) * one;
        mine = r == st->rank ? share.start[ALONG] / s->run * one : mine;
    }
    if (!status) {
        char *send = (char *)s->key + s->nruns * one;
        memcpy(send, (char *)s->key + mine, (size_t)count[st->rank]);
        status = comm_allgather_all(c, send, s->key, count, err);
    }
    free(count);
    if (!status && s->store.file)
        status = scratch_sync_all(c, s->store.file, err);
    return !status && s->store_index.file ? scratch_sync_all(c, s->store_index.file, err) : status;
}

/* ---- cuts ----------------------------------------------------------------------------------- */

/* Elements of run r below the key: from *lo to *hi, as the keys at hand say. */
static void guess(const sorter *s, int64_t r, uint64_t key, int64_t *lo, int64_t *hi)
{
    const uint64_t *k = s->key + r * s->samples;
    int64_t n = run_length(s, r), a = 0, b = ceil_div(n, s->step), all = b;
    while (a < b) {
        int64_t mid = a + (b - a) / 2;
        if (k[mid] < key)
            a = mid + 1;
        else
            b = mid;
    }
    *lo = a ? (a - 1) * s->step + 1 : 0;
    *hi = a < all ? a * s->step : n;
}

/* The same exactly: between *lo and *hi, which become equal. */
static int look_up(const sorter *s, int64_t r, uint64_t key, int64_t *lo, int64_t *hi, sharr_error *err)
{
    scalar v;
    while (*lo < *hi) {
        int64_t mid = *lo + (*hi - *lo) / 2;
        box one = along(r * s->run + mid, 1);
        int status = lines_read(&s->store, &one, &v, err);
        if (status)
            return status;
        if (sort_key(&s->how, &v) < key)
            *lo = mid + 1;
        else
            *hi = mid;
    }
    return 0;
}

/* Elements of all runs below the key: is it more than `most`? */
static int exceeds(const sorter *s, uint64_t key, int64_t most, cut *c, bool *yes, sharr_error *err)
{
    int64_t least = 0, sum = 0;
    int status = 0;
    for (int64_t r = 0; r < s->nruns; r++) {
        guess(s, r, key, &c[r].x, &c[r].y);
        c[r].x = min_i64(max_i64(c[r].x, c[r].a), c[r].b);
        c[r].y = max_i64(min_i64(c[r].y, c[r].b), c[r].a);
        least += c[r].x;
        sum += c[r].y;
    }
    if (least <= most && sum > most) {
        sum = 0;
        for (int64_t r = 0; r < s->nruns && !status; r++) {
            status = look_up(s, r, key, &c[r].x, &c[r].y, err);
            sum += c[r].x;
        }
        least = sum;
    }
    *yes = least > most;
    return status;
}

/* The largest key with at most `at` elements below it; a and b of each run are bounds of what is below it. */
static int key_at(const sorter *s, int64_t at, cut *c, uint64_t *key, sharr_error *err)
{
    uint64_t lo = 0, hi = UINT64_MAX >> (64 - 8 * s->store.size);
    int status = 0;
    for (int64_t r = 0; r < s->nruns; r++) {
        c[r].a = 0;
        c[r].b = run_length(s, r);
    }
    while (lo < hi && !status) {
        uint64_t mid = lo + (hi - lo) / 2 + 1;
        bool yes = false;
        status = exceeds(s, mid, at, c, &yes, err);
        for (int64_t r = 0; r < s->nruns; r++) {
            c[r].a = yes ? c[r].a : c[r].x;
            c[r].b = yes ? c[r].y : c[r].b;
        }
        if (yes)
            hi = mid - 1;
        else
            lo = mid;
    }
    *key = lo;
    return status;
}

/* Cut all runs so that the first `at` elements in the order of (key, run, position) lie before: at `to`. */
static int cut_runs(const sorter *s, int64_t at, cut *c, sharr_error *err)
{
    uint64_t key = 0;
    int64_t missing = at;
    int status = key_at(s, at, c, &key, err);
    for (int64_t r = 0; r < s->nruns && !status; r++) {
        guess(s, r, key, &c[r].x, &c[r].y);
        c[r].x = max_i64(c[r].x, c[r].a);
        c[r].y = min_i64(c[r].y, c[r].b);
        status = look_up(s, r, key, &c[r].x, &c[r].y, err);
        c[r].to = c[r].x;
        missing -= c[r].to;
    }
    for (int64_t r = 0; r < s->nruns && !status && missing > 0; r++) {      /* equals, in the order of runs */
        int64_t lo = run_length(s, r), hi = lo;
        if (key < UINT64_MAX)
            guess(s, r, key + 1, &lo, &hi);
        status = look_up(s, r, key + 1, &lo, &hi, err);
        int64_t more = min_i64(missing, lo - c[r].to);
        c[r].to += more;
        missing -= more;
    }
    return status;
}

/* ---- pieces --------------------------------------------------------------------------------- */

static int collect(const sorter *s, const room_of_run *m, sharr_error *err)
{
    int64_t at = 0;
    int status = 0;
    for (int64_t r = 0; r < s->nruns && !status; r++) {
        const cut *c = &m->cut[r];
        box b = along(r * s->run + c->from, c->to - c->from);
        if (c->to <= c->from)
            continue;
        status = lines_read(&s->store, &b, m->values + (size_t)at * s->store.size, err);
        if (!status && s->index)
            status = lines_read(&s->store_index, &b, m->index + at, err);
        at += c->to - c->from;
    }
    return status;
}

static int make_piece(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const sorter *s = arg;
    int64_t start = stage_share(st->s, st->rank, st->ranks).start[ALONG] + task * s->run, n = min_i64(s->run, s->len - start);
    room_of_run m = rooms(s, who);
    int status = cut_runs(s, start, m.cut, err);
    for (int64_t r = 0; r < s->nruns; r++)
        m.cut[r].from = m.cut[r].to;
    if (!status)
        status = cut_runs(s, start + n, m.cut, err);
    if (!status)
        status = collect(s, &m, err);
    if (status)
        return status;
    sort_line(&s->how, m.values, s->index ? m.index : NULL, n, m.work);
    box b = of_line(s, start, n);
    return lines_write(&st->out[0], &b, s->index ? (const void *)m.index : m.values, err);
}

/* ---- a line --------------------------------------------------------------------------------- */

static int sort_one_all(sorter *s, sharr_error *err)
{
    int64_t n = ceil_div(stage_share(s->st->s, s->st->rank, s->st->ranks).count[ALONG], s->run);
    int status = stage_each_all(s->st, make_run, s, n, err);
    if (!status && s->st->ranks > 1)
        status = exchange_all(s, err);
    return status ? status : stage_each_all(s->st, make_piece, s, n, err);
}

static int open_store_all(sorter *s, dtype t, char **memory, lines *l, sharr_error *err)
{
    const exec_env *env = s->st->r->env;
    *l = (lines){ .st = s->st, .n = { 1, s->len, 1 }, .type = t, .size = dtype_size(t) };
    if (!s->st->s->number[SORT_IN_MEMORY])
        return scratch_create_all(env->comm, env->tmpdir, t, 3, l->n, &l->file, err);
    l->data = *memory;
    *memory += round_up(s->len * (int64_t)l->size, 64);
    return 0;
}

int proc_sort_runs_all(stagerun *st, sharr_error *err)
{
    const stage *p = st->s;
    const node_call *c = &p->node->u.call;
    sorter s = { .st = st, .how = { st->in[0].type, c->flags & CALL_DESCENDING, &st->stop }, .index = c->proc == PROC_ARGSORT,
                 .len = st->in[0].n[ALONG], .run = p->number[SORT_RUN], .step = p->number[SORT_STEP],
                 .key = (uint64_t *)st->shared };
    s.nruns = ceil_div(s.len, s.run);
    s.samples = ceil_div(s.run, s.step);
    char *memory = st->shared + s.nruns * s.samples * (int64_t)sizeof *s.key;
    int status = s.len ? open_store_all(&s, s.how.type, &memory, &s.store, err) : 0;
    if (!status && s.index && s.len)
        status = open_store_all(&s, SHARR_INT64, &memory, &s.store_index, err);
    for (s.before = 0; s.before < st->in[0].n[0] && !status && s.len; s.before++)
        for (s.behind = 0; s.behind < st->in[0].n[2] && !status; s.behind++)
            status = sort_one_all(&s, err);
    scratch_free(s.store.file);
    scratch_free(s.store_index.file);
    return status;
}
