/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where values would stand in a sorted array: by bisection over keys (sort.h), so that NaN is larger than all
 * numbers.  Where the sorted array does not fit into memory, part after part of it: positions add up.
 */
#include "base/checked.h"
#include "exec/proc.h"
#include "exec/sort.h"

typedef struct job {
    sort_how how;
    bool right;
    int64_t from, n;            /* the part that is in memory */
} job;

static box along(int64_t start, int64_t count)
{
    return (box){ .ndim = 3, .start = { 0, start, 0 }, .count = { 1, count, 1 } };
}

static int load(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const job *j = arg;
    int64_t part = st->s->number[SEARCH_LOAD], start = task * part, n = min_i64(part, j->n - start);
    char *to = st->shared + (size_t)start * st->in[0].size;
    box b = along(j->from + start, n);
    (void)who;
    int status = lines_read(&st->in[0], &b, to, err);
    if (!status)
        sort_to_keys(&j->how, to, n);
    return status;
}

/* A worker's buffer: positions, those of the sorted values, where these stood; what they are sorted in; values. */
typedef struct room { int64_t *found, *sorted_found, *place; void *work; char *wanted; } room_of_search;

static room_of_search rooms(const stagerun *st, int who)
{
    int64_t m = st->s->lines.piece[ALONG];
    room_of_search r = { .found = stage_buffer(st, who) };
    r.sorted_found = r.found + m;
    r.place = r.sorted_found + m;
    r.work = r.place + m;
    r.wanted = (char *)r.work + sort_work_bytes(st->in[0].type, m, true);
    return r;
}

/* In ascending order, so that neighbours are looked for in neighbouring memory. */
static void search_sorted(const stagerun *st, const job *j, const room_of_search *r, int64_t m)
{
    sort_how keys = { .type = sort_key_type(j->how.type) };
    for (int64_t i = 0; i < m; i++)
        r->place[i] = i;
    sort_line(&keys, r->wanted, r->place, m, r->work);
    sort_search(&j->how, st->shared, j->n, r->wanted, m, j->right, r->sorted_found);
    for (int64_t i = 0; i < m; i++)
        r->found[r->place[i]] += r->sorted_found[i];
}

static int search(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const job *j = arg;
    box b = stage_piece(st, task);
    room_of_search r = rooms(st, who);
    int status = lines_read(&st->in[1], &b, r.wanted, err);
    if (!status && j->from > 0)
        status = lines_read(&st->out[0], &b, r.found, err);
    if (status)
        return status;
    sort_to_keys(&j->how, r.wanted, b.count[ALONG]);
    for (int64_t i = 0; i < b.count[ALONG] && j->from == 0; i++)
        r.found[i] = 0;
    search_sorted(st, j, &r, b.count[ALONG]);
    return lines_write(&st->out[0], &b, r.found, err);
}

int proc_search_all(stagerun *st, sharr_error *err)
{
    int64_t window = st->s->number[SEARCH_WINDOW], all = st->in[0].n[ALONG];
    job j = { .how = { .type = st->in[0].type }, .right = st->s->node->u.call.flags & CALL_RIGHT };
    int status = 0;
    do {
        j.n = min_i64(window, all - j.from);
        status = stage_each_all(st, load, &j, ceil_div(j.n, st->s->number[SEARCH_LOAD]), err);
        if (!status)
            status = stage_each_all(st, search, &j, stage_count(st), err);
        j.from += j.n;
    } while (!status && j.from < all);
    return status;
}
