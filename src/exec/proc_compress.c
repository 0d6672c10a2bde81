/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Elements under a mask along an axis: first how many each piece of the mask takes, on every rank, then where
 * they go is known.  Results in memory are made by every rank for itself.
 */
#include <string.h>

#include "base/checked.h"
#include "exec/proc.h"

static int64_t piece_along(const stagerun *st)
{
    return st->s->lines.piece[ALONG];
}

static int64_t cuts_along(const stagerun *st)
{
    return ceil_div(st->s->lines.n[ALONG], piece_along(st));
}

static int read_mask(const stagerun *st, int64_t start, int64_t n, uint8_t *mask, sharr_error *err)
{
    box b = { .ndim = 3, .start = { 0, start, 0 }, .count = { 1, n, 1 } };
    return lines_read(&st->in[1], &b, mask, err);
}

static int count_piece(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    int64_t *count = (int64_t *)st->shared, start = task * piece_along(st), n = min_i64(piece_along(st), st->in[1].n[ALONG] - start);
    uint8_t *mask = stage_buffer(st, who);
    int status = read_mask(st, start, n, mask, err);
    (void)arg;
    count[task + 1] = 0;
    for (int64_t i = 0; i < n && !status; i++)
        count[task + 1] += mask[i] != 0;
    return status;
}

/* Rows of `row` bytes that the mask holds, from x to `to`, which lies before x or there.  Returns the end of them.  No
 * branch: half of them would be taken the wrong way. */
#define PACK(type) \
    static char *pack_##type(char *to, const char *x, const uint8_t *mask, int64_t n) \
    { \
        for (int64_t i = 0; i < n; i++) { \
            type row; \
            memcpy(&row, x + i * (int64_t)sizeof row, sizeof row); \
            memcpy(to, &row, sizeof row); \
            to += mask[i] ? sizeof row : 0; \
        } \
        return to; \
    }
PACK(uint8_t)
PACK(uint16_t)
PACK(uint32_t)
PACK(uint64_t)

static char *pack_rows(char *to, const char *x, const uint8_t *mask, int64_t n, size_t row)
{
    switch (row) {
    case 1: return pack_uint8_t(to, x, mask, n);
    case 2: return pack_uint16_t(to, x, mask, n);
    case 4: return pack_uint32_t(to, x, mask, n);
    case 8: return pack_uint64_t(to, x, mask, n);
    }
    for (int64_t i = 0; i < n; i++, x += row)
        if (mask[i]) {
            memmove(to, x, row);
            to += row;
        }
    return to;
}

/* What the mask holds, together, at the begin; how many along the axis. */
static int64_t pack(char *x, const box *b, const uint8_t *mask, size_t size)
{
    const int64_t n = b->count[ALONG], row = b->count[2] * (int64_t)size;
    char *to = x;
    for (int64_t o = 0; o < b->count[0]; o++)
        to = pack_rows(to, x + o * n * row, mask, n, (size_t)row);
    return b->count[0] && row ? (to - x) / (b->count[0] * row) : 0;
}

static int read_rows(const stagerun *st, const box *b, void *x, sharr_error *err)
{
    int64_t *at = x;
    if (!(st->s->node->u.call.flags & CALL_POSITIONS))
        return lines_read(&st->in[0], b, x, err);
    for (int64_t i = 0; i < b->count[ALONG]; i++)
        at[i] = b->start[ALONG] + i;
    return 0;
}

static int take_box(stagerun *st, const box *b, int who, sharr_error *err)
{
    const int64_t *before = (const int64_t *)st->shared, *piece = st->s->lines.piece;
    char *x = stage_buffer(st, who);
    uint8_t *mask = (uint8_t *)x + (size_t)(piece[0] * piece[ALONG] * piece[2]) * st->out[0].size;
    int64_t k = b->start[ALONG] / piece[ALONG];
    if (before[k + 1] == before[k])
        return 0;
    int status = read_mask(st, b->start[ALONG], b->count[ALONG], mask, err);
    if (!status)
        status = read_rows(st, b, x, err);
    if (status)
        return status;
    box to = *b;
    to.start[ALONG] = before[k];
    to.count[ALONG] = pack(x, b, mask, st->out[0].size);
    return lines_write(&st->out[0], &to, x, err);
}

static int take_share(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    box b = stage_piece(st, task);
    (void)arg;
    return take_box(st, &b, who, err);
}

/* All pieces, as if there were no other ranks. */
static int take_all(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    box all = stage_share(st->s, 0, 1), b = stage_piece_of(st, &all, task);
    (void)arg;
    return take_box(st, &b, who, err);
}

static int add_up(stagerun *st, sharr_error *err)
{
    int64_t *before = (int64_t *)st->shared, want = st->s->node->u.call.number[0];
    before[0] = 0;
    for (int64_t k = 0; k < cuts_along(st); k++)
        before[k + 1] += before[k];
    if (before[cuts_along(st)] == want)
        return 0;
    return err_set(err, SHARR_EDATA, "compress: the condition holds %lld times, not %lld as the size says",
                   (long long)before[cuts_along(st)], (long long)want);
}

int proc_compress_all(stagerun *st, sharr_error *err)
{
    int status = stage_each_all(st, count_piece, NULL, cuts_along(st), err);
    if (!status) {
        sharr_error local = { 0 };
        add_up(st, &local);
        *err = local;
        status = comm_agree_all(st->r->env->comm, err);
    }
    if (status)
        return status;
    int64_t count[3];
    stage_pieces(&st->s->lines, count);
    return st->out[0].data ? stage_each_all(st, take_all, NULL, count[0] * count[1] * count[2], err)
                           : stage_each_all(st, take_share, NULL, stage_count(st), err);
}
