/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sort lines that fit into a worker's buffer: a block of lines is read, sorted line by line, and written.
 * A buffer is, in this order: the values of the block, (argsort) its indices, then for one line: (lines that do
 * not lie in one piece) its values and indices, and what they are sorted in.
 */
#include "base/checked.h"
#include "exec/proc.h"
#include "exec/sort.h"

typedef struct job {
    sort_how how;
    bool index;
    bool apart;                 /* elements of a line lie apart */
} job;

typedef struct room { char *values; int64_t *index; char *line; int64_t *line_index; void *work; } room_of_block;

static room_of_block rooms(const stagerun *st, const job *j, int who)
{
    const stage_lines *l = &st->s->lines;
    int64_t len = l->n[ALONG], cells = l->piece[0] * l->piece[2] * len, size = (int64_t)st->in[0].size;
    char *at = stage_buffer(st, who);
    room_of_block r = { .index = (int64_t *)at };      /* first: what needs to be aligned most */
    at += j->index ? cells * 8 : 0;
    r.values = at;
    at = (char *)stage_buffer(st, who) + round_up(cells * (size + (j->index ? 8 : 0)), 64);
    r.line_index = (int64_t *)at;
    at += j->index && j->apart ? len * 8 : 0;
    r.work = at;
    at += sort_work_bytes(j->how.type, len, j->index);
    r.line = at;
    return r;
}

static void count_up(int64_t *index, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        index[i] = i;
}

/* A line with its elements `step` apart, by way of one that has them together. */
static void sort_apart(const job *j, const room_of_block *r, int64_t first, int64_t len, int64_t apart)
{
    int64_t size = (int64_t)dtype_size(j->how.type), index_step = apart * 8;
    char *values = r->values + first * size;
    int64_t together = size, eight = 8;
    apart *= size;
    copy_box(1, &len, r->line, &together, values, &apart, (size_t)size);
    if (j->index)
        count_up(r->line_index, len);
    sort_line(&j->how, r->line, j->index ? r->line_index : NULL, len, r->work);
    if (j->index)
        copy_box(1, &len, (char *)(r->index + first), &index_step, (const char *)r->line_index, &eight, 8);
    else
        copy_box(1, &len, values, &apart, r->line, &together, (size_t)size);
}

static void sort_block(const job *j, const room_of_block *r, const box *b)
{
    int64_t len = b->count[ALONG], n = b->count[0] * b->count[2];
    size_t size = dtype_size(j->how.type);
    for (int64_t i = 0; i < n && !atomic_load(j->how.stop); i++) {
        if (j->apart) {
            sort_apart(j, r, i / b->count[2] * len * b->count[2] + i % b->count[2], len, b->count[2]);
            continue;
        }
        if (j->index)
            count_up(r->index + i * len, len);
        sort_line(&j->how, r->values + (size_t)(i * len) * size, j->index ? r->index + i * len : NULL, len, r->work);
    }
}

static int run_block(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const job *j = arg;
    box b = stage_piece(st, task);
    room_of_block r = rooms(st, j, who);
    int status = lines_read(&st->in[0], &b, r.values, err);
    if (status)
        return status;
    sort_block(j, &r, &b);
    return lines_write(&st->out[0], &b, j->index ? (const void *)r.index : r.values, err);
}

int proc_sort_all(stagerun *st, sharr_error *err)
{
    const node_call *c = &st->s->node->u.call;
    job j = { .how = { st->in[0].type, c->flags & CALL_DESCENDING, &st->stop }, .index = c->proc == PROC_ARGSORT,
              .apart = st->s->lines.n[2] > 1 };
    if (st->s->number[SORT_RUNS])
        return proc_sort_runs_all(st, err);
    return stage_each_all(st, run_block, &j, stage_count(st), err);
}
