/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Elements at positions along an axis, in pieces of the positions.  From memory, one after the other; from scratch
 * in the order in which they lie there, those that lie together in one read.
 */
#include <string.h>

#include "base/checked.h"
#include "exec/proc.h"
#include "exec/sort.h"

/* What lies closer together than this is read with what is between. */
enum { GAP = 16 << 10 };

static const sort_how by_position = { .type = SHARR_INT64 };

typedef struct room { int64_t *at, *place; char *out, *window; void *work; } room_of_piece;

static room_of_piece rooms(const stagerun *st, int who)
{
    const int64_t *piece = st->s->lines.piece;
    int64_t n = piece[ALONG];
    room_of_piece r = { .at = stage_buffer(st, who) };
    char *p = (char *)(r.at + n);
    if (st->s->number[TAKE_WINDOW]) {
        r.place = (int64_t *)p;
        r.work = r.place + n;
        p = (char *)r.work + sort_work_bytes(SHARR_INT64, n, true);
        r.window = p;
        p += round_up(st->s->number[TAKE_WINDOW], 16);
    }
    r.out = p;
    return r;
}

static int read_positions(const stagerun *st, const box *b, int64_t *at, sharr_error *err)
{
    box which = { .ndim = 3, .start = { 0, b->start[ALONG], 0 }, .count = { 1, b->count[ALONG], 1 } };
    int64_t n = st->in[0].n[ALONG];
    int status = lines_read(&st->in[1], &which, at, err);
    for (int64_t i = 0; i < which.count[ALONG] && !status; i++) {
        int64_t k = at[i] < 0 ? at[i] + n : at[i];
        if (k < 0 || k >= n) {
            status = err_set(err, SHARR_EEXPR, "take: position %lld is out of range for extent %lld", (long long)at[i],
                             (long long)n);
            err_kind(err, SHARR_KIND_INDEX);
        }
        at[i] = k;
    }
    return status;
}

static void from_memory(const stagerun *st, const box *b, const room_of_piece *r)
{
    const lines *x = &st->in[0];
    size_t row = (size_t)b->count[2] * x->size;
    const char *from = x->data + (size_t)(b->start[0] * x->n[ALONG] * x->n[2] + b->start[2]) * x->size;
    for (int64_t i = 0; i < b->count[ALONG]; i++)
        memcpy(r->out + (size_t)i * row, from + (size_t)(r->at[i] * x->n[2]) * x->size, row);
}

/* Positions i ... are sorted: how many of them go into one read? */
static int64_t together(const stagerun *st, const room_of_piece *r, int64_t i, int64_t n, int64_t row)
{
    int64_t k = i + 1, most = st->s->number[TAKE_WINDOW] / row;
    while (k < n && r->at[k] - r->at[i] < most && (r->at[k] - r->at[k - 1]) * row <= GAP)
        k++;
    return k - i;
}

static int from_scratch(const stagerun *st, const box *b, const room_of_piece *r, sharr_error *err)
{
    int64_t n = b->count[ALONG], row = b->count[2] * (int64_t)st->in[0].size;
    int status = 0;
    for (int64_t i = 0; i < n; i++)
        r->place[i] = i;
    sort_line(&by_position, r->at, r->place, n, r->work);
    for (int64_t i = 0; i < n && !status;) {
        int64_t k = together(st, r, i, n, row);
        box span = *b;
        span.start[ALONG] = r->at[i];
        span.count[ALONG] = r->at[i + k - 1] - r->at[i] + 1;
        status = lines_read(&st->in[0], &span, r->window, err);
        for (int64_t first = r->at[i]; k > 0; k--, i++)
            memcpy(r->out + r->place[i] * row, r->window + (r->at[i] - first) * row, (size_t)row);
    }
    return status;
}

static int take_piece(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    box b = stage_piece(st, task);
    room_of_piece r = rooms(st, who);
    (void)arg;
    int status = read_positions(st, &b, r.at, err);
    if (!status && st->in[0].data)
        from_memory(st, &b, &r);
    else if (!status)
        status = from_scratch(st, &b, &r, err);
    return status ? status : lines_write(&st->out[0], &b, r.out, err);
}

int proc_take_all(stagerun *st, sharr_error *err)
{
    return stage_each_all(st, take_piece, NULL, stage_count(st), err);
}
