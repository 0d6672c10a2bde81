/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sorting: many lines at a time, each by one worker; or, where a line does not fit beside its
 * work or lines are fewer than workers, line after line by all: sorted runs, then pieces of the result
 * (exec/proc_sort_runs.c).  The result is the same.
 */
#include "base/checked.h"
#include "plan/stages.h"

/* Of lines: a worker's block, and runs behind the axis that are worth reading.  Of runs: the shortest that is worth
 * a task of its own; bytes of sampled keys, samples per run. */
enum { BLOCK = 1 << 20, RUN = 4096, SHORT_RUN = 1 << 16, LEAST = 64 << 10, KEY_BYTES = 8, LEAST_STEP = 64 };

/* Elements that are sorted at a time: who interrupts waits for one pass over them.  More where runs would be too many. */
enum { LONG_RUN = 1 << 22, MANY_RUNS = 1024, LONG_LINE = 1 << 24 };

typedef struct cost { int64_t size, index; } cost;      /* bytes of an element, and of its index */

/* Values and result of so many lines; one line that is sorted, with what it is sorted in. */
static int64_t lines_bytes(const stage_lines *l, cost c, int64_t lines)
{
    int64_t line = 2 * c.size + c.index + (l->n[2] > 1 ? c.size + c.index : 0);
    return round_up(lines * l->n[ALONG] * (c.size + c.index), 64) + l->n[ALONG] * line;
}

static void cut_lines(const plan *p, stage *s, cost c, int64_t room, int64_t parts)
{
    stage_lines *l = &s->lines;
    int64_t lines = l->n[0] * l->n[2], len = max_i64(1, l->n[ALONG]), each = len * (c.size + c.index);
    int64_t most = max_i64(1, (room / s->workers - lines_bytes(l, c, 0) - 4160) / each);
    int64_t n = min_i64(max_i64(1, BLOCK / each), max_i64(1, lines / (4 * parts)));
    l->piece[ALONG] = len;
    l->piece[2] = l->n[2] > 1 ? max_i64(1, min_i64(l->n[2], min_i64(most, max_i64(n, RUN / c.size)))) : 1;
    l->piece[0] = l->piece[2] >= l->n[2] ? max_i64(1, min_i64(l->n[0], min_i64(most, n) / max_i64(1, l->n[2]))) : 1;
    stage_to_grain(p, s, most * len);
    l->piece[ALONG] = len;              /* whole lines, if they fit or not */
    stage_reads(s, 0, l->piece, 1);
    stage_choose_split(l);
    s->shared = 0;
    s->buffer = lines_bytes(l, c, l->piece[0] * l->piece[2]);
    s->number[SORT_RUNS] = 0;
}

/* Bytes that all share: sampled keys (of this rank once more, to be sent), and the runs, if they are in memory. */
static int64_t shared_bytes(const stage *s, cost c, int ranks)
{
    int64_t len = s->lines.n[ALONG], run = s->number[SORT_RUN], samples = ceil_div(run, s->number[SORT_STEP]);
    int64_t keys = ceil_div(len, run) * samples * KEY_BYTES;
    return keys * (ranks > 1 ? 2 : 1) + (s->number[SORT_IN_MEMORY] ? round_up(len * c.size, 64) + len * c.index : 0);
}

static void cut_runs(const plan *p, stage *s, cost c, int64_t room)
{
    stage_lines *l = &s->lines;
    int64_t len = l->n[ALONG], cell = 3 * c.size + 2 * c.index, parts;
    s->workers = (int)max_i64(1, min_i64(p->options.workers, room / 2 / LEAST));
    parts = (int64_t)s->workers * p->options.ranks;
    int64_t run = max_i64(64, min_i64(room / 4 * 3 / s->workers / cell, max_i64(LONG_RUN, len / MANY_RUNS)));
    s->number[SORT_RUNS] = 1;
    s->number[SORT_RUN] = run = min_i64(run, max_i64(SHORT_RUN, ceil_div(len, parts)));
    s->number[SORT_IN_MEMORY] = 0;
    s->number[SORT_STEP] = LEAST_STEP;
    while (shared_bytes(s, c, p->options.ranks) > room / 16 && s->number[SORT_STEP] < run)
        s->number[SORT_STEP] *= 2;
    s->number[SORT_IN_MEMORY] = p->options.ranks == 1 && len * (c.size + c.index) <= room / 2;
    if (s->number[SORT_IN_MEMORY])
        s->number[SORT_RUN] = run = min_i64(run, max_i64(64, room / 3 / s->workers / cell));
    int64_t grain = stage_grain(p, s, 0, ALONG);
    s->number[SORT_RUN] = run = run > grain ? run - run % grain : run;
    s->bytes *= 2;                      /* in runs, once more */
    l->piece[0] = l->piece[2] = 1;
    l->piece[ALONG] = run;
    stage_reads(s, 0, l->piece, 1);
    l->split = ALONG;
    s->shared = shared_bytes(s, c, p->options.ranks);
    s->buffer = run * cell + ceil_div(len, run) * SORT_CUT_BYTES + 64;
}

void stage_fit_sort(const plan *p, stage *s, int64_t room)
{
    const node *n = s->node;
    cost c = { (int64_t)dtype_size(n->in[0]->type), n->u.call.proc == PROC_ARGSORT ? 8 : 0 };
    stage_view(n->in[0], n->u.call.axis, s->lines.n);
    int64_t one = lines_bytes(&s->lines, c, 1) + 4160, lines = s->lines.n[0] * s->lines.n[2];
    s->workers = (int)min_i64(p->options.workers, room / one);
    int64_t parts = (int64_t)s->workers * p->options.ranks;
    bool long_ones = s->lines.n[ALONG] > LONG_LINE;
    bool few = 2 * lines <= (int64_t)p->options.workers * p->options.ranks && s->lines.n[ALONG] >= 2 * SHORT_RUN;
    if (s->workers < 1 || few || long_ones)
        cut_runs(p, s, c, room);
    else
        cut_lines(p, s, c, room, parts);
}
