/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where values would stand in a sorted array: by bisection over keys (sort.h), so that NaN is larger than all
 * numbers.  Where the sorted array does not fit into memory, part after part of it: positions add up.
 */
#include "base/checked.h"
#include "exec/proc.h"
#include "exec/sort.h"

enum { LOAD = 1 << 18 };        /* elements that one task makes keys of */

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
    int64_t start = task * LOAD, n = min_i64(LOAD, j->n - start);
    char *to = st->shared + (size_t)start * st->in[0].size;
    box b = along(j->from + start, n);
    (void)who;
    int status = lines_read(&st->in[0], &b, to, err);
    if (!status)
        sort_to_keys(&j->how, to, n);
    return status;
}

static int search(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const job *j = arg;
    box b = stage_piece(st, task);
    int64_t n = b.count[ALONG], *found = stage_buffer(st, who);
    char *wanted = (char *)(found + st->s->lines.piece[ALONG]);
    int status = lines_read(&st->in[1], &b, wanted, err);
    if (!status && j->from > 0)
        status = lines_read(&st->out[0], &b, found, err);
    if (status)
        return status;
    sort_to_keys(&j->how, wanted, n);
    for (int64_t i = 0; i < n && j->from == 0; i++)
        found[i] = 0;
    sort_search(&j->how, st->shared, j->n, wanted, n, j->right, found);
    return lines_write(&st->out[0], &b, found, err);
}

int proc_search_all(stagerun *st, sharr_error *err)
{
    int64_t window = st->s->number[SEARCH_WINDOW], all = st->in[0].n[ALONG];
    job j = { .how = { st->in[0].type, false }, .right = st->s->node->u.call.flags & CALL_RIGHT };
    int status = 0;
    do {
        j.n = min_i64(window, all - j.from);
        status = stage_each_all(st, load, &j, ceil_div(j.n, LOAD), err);
        if (!status)
            status = stage_each_all(st, search, &j, stage_count(st), err);
        j.from += j.n;
    } while (!status && j.from < all);
    return status;
}
