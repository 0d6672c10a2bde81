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
/* Positions that are looked at before any of them is taken. */
enum { PLACES = 1024 };

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

static int out_of_range(int64_t at, int64_t n, sharr_error *err)
{
    err_set(err, SHARR_EEXPR, "take: position %lld is out of range for extent %lld", (long long)at, (long long)n);
    return err_kind(err, SHARR_KIND_INDEX);
}

/* Counted from the begin, all of them in range. */
static int from_begin(const int64_t *at, int64_t count, int64_t n, int64_t *to, sharr_error *err)
{
    bool bad = false;
    for (int64_t i = 0; i < count; i++) {
        int64_t k = at[i] + (at[i] < 0 ? n : 0);
        bad |= (uint64_t)k >= (uint64_t)n;
        to[i] = k;
    }
    for (int64_t i = 0; i < count && bad; i++)
        if (at[i] < -n || at[i] >= n)
            return out_of_range(at[i], n, err);
    return 0;
}

/* The positions of a piece: where they lie, or read into the buffer. */
static int read_positions(const stagerun *st, const box *b, int64_t *buffer, const int64_t **at, sharr_error *err)
{
    box which = { .ndim = 3, .start = { 0, b->start[ALONG], 0 }, .count = { 1, b->count[ALONG], 1 } };
    *at = buffer;
    if (!st->in[1].data)
        return lines_read(&st->in[1], &which, buffer, err);
    *at = (const int64_t *)st->in[1].data + b->start[ALONG];
    lines_moved(&st->in[1], &which);
    return 0;
}

#define GATHER(type) \
    static void gather_##type(char *to, int64_t to_stride, const char *from, int64_t stride, const int64_t *at, int64_t n) \
    { \
        for (int64_t i = 0; i < n; i++) \
            memcpy(to + i * to_stride, from + at[i] * stride, sizeof(type)); \
    }
GATHER(uint8_t)
GATHER(uint16_t)
GATHER(uint32_t)
GATHER(uint64_t)

/* Rows of `row` bytes. */
static void gather(char *to, int64_t to_stride, const char *from, int64_t stride, const int64_t *at, int64_t n, size_t row)
{
    switch (row) {
    case 1: gather_uint8_t(to, to_stride, from, stride, at, n); break;
    case 2: gather_uint16_t(to, to_stride, from, stride, at, n); break;
    case 4: gather_uint32_t(to, to_stride, from, stride, at, n); break;
    case 8: gather_uint64_t(to, to_stride, from, stride, at, n); break;
    default:
        for (int64_t i = 0; i < n; i++)
            memcpy(to + i * to_stride, from + at[i] * stride, row);
    }
}

static const char *place_of(const lines *l, int64_t before, int64_t along, int64_t behind)
{
    return l->data + ((before * l->n[ALONG] + along) * l->n[2] + behind) * (int64_t)l->size;
}

/* From memory: straight to the result, if that is in memory too. */
static int from_memory(const stagerun *st, const box *b, const int64_t *at, char *buffer, sharr_error *err)
{
    const lines *x = &st->in[0], *y = &st->out[0];
    int64_t stride = x->n[2] * (int64_t)x->size, row = b->count[2] * (int64_t)x->size, to_stride = y->data ? stride : row;
    const char *from = place_of(x, b->start[0], 0, b->start[2]);
    char *to = y->data ? (char *)place_of(y, b->start[0], b->start[ALONG], b->start[2]) : buffer;
    int64_t place[PLACES];
    int status = 0;
    for (int64_t i = 0; i < b->count[ALONG] && !status; i += PLACES) {
        int64_t n = min_i64(PLACES, b->count[ALONG] - i);
        status = from_begin(at + i, n, x->n[ALONG], place, err);
        if (!status)
            gather(to + i * to_stride, to_stride, from, stride, place, n, (size_t)row);
    }
    if (!status && !y->data)
        return lines_write(y, b, buffer, err);
    lines_moved(y, b);
    return status;
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
    const int64_t *at;
    (void)arg;
    int status = read_positions(st, &b, r.at, &at, err);
    if (status)
        return status;
    if (st->in[0].data)
        return from_memory(st, &b, at, r.out, err);
    status = from_begin(at, b.count[ALONG], st->in[0].n[ALONG], r.at, err);
    if (!status)
        status = from_scratch(st, &b, &r, err);
    return status ? status : lines_write(&st->out[0], &b, r.out, err);
}

int proc_take_all(stagerun *st, sharr_error *err)
{
    if (st->s->read[0].direct)
        return proc_take_chunks_all(st, err);
    return stage_each_all(st, take_piece, NULL, stage_count(st), err);
}
