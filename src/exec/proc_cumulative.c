/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Running sums and products along lines.  A sum is carry + local: the sum of all bricks before
 * (brick after brick), and the sum inside its own brick (element after element); so it depends on
 * where on its line an element stands, and on nothing else.  float32 is summed in float64.
 * Products have no bricks: one factor after the other.
 */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "exec/cumulative.h"

enum { ABREAST = 4 };

#define AS_IT_IS(v) (v)
#define QUIET_NAN(v) ((v) != (v) ? (double)NAN : (v))

#define TYPE int8_t
#define ACC uint64_t
#define WHOLE
#define NAME(f) f##_int8
#define QUIET AS_IT_IS
#include "exec/cumulative_t.h"
#define TYPE int16_t
#define ACC uint64_t
#define WHOLE
#define NAME(f) f##_int16
#define QUIET AS_IT_IS
#include "exec/cumulative_t.h"
#define TYPE int32_t
#define ACC uint64_t
#define WHOLE
#define NAME(f) f##_int32
#define QUIET AS_IT_IS
#include "exec/cumulative_t.h"
#define TYPE uint64_t
#define ACC uint64_t
#define WHOLE
#define NAME(f) f##_int64
#define QUIET AS_IT_IS
#include "exec/cumulative_t.h"
#define TYPE float
#define ACC double
#define NAME(f) f##_float32
#define QUIET QUIET_NAN
#include "exec/cumulative_t.h"
#define TYPE double
#define ACC double
#define NAME(f) f##_float64
#define QUIET QUIET_NAN
#include "exec/cumulative_t.h"

#define COMPLEX_PROD(name, type) \
    static void name(const void *x_, void *y_, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry, void *local) \
    { \
        const type *x = x_; \
        type *y = y_; \
        (void)carry; \
        (void)fresh; \
        for (int64_t k = 0; k < n; k++, at++, x += 2 * columns, y += 2 * columns) \
            for (int64_t i = 0; i < columns; i++) { \
                double *p = (double *)local + 2 * i, a = p[0], b = p[1], c = x[2 * i], d = x[2 * i + 1]; \
                p[0] = at ? a * c - b * d : c; \
                p[1] = at ? a * d + b * c : d; \
                y[2 * i] = (type)QUIET_NAN(p[0]); \
                y[2 * i + 1] = (type)QUIET_NAN(p[1]); \
            } \
    }
COMPLEX_PROD(prod_complex64, float)
COMPLEX_PROD(prod_complex128, double)

/* Unsigned and signed integers wrap alike.  Sums of complex numbers are those of twice as many columns. */
static const cumulative_how table[SHARR_NDTYPES] = {
    [SHARR_INT8] = { sum_int8, prod_int8, total_int8, 1 },       [SHARR_UINT8] = { sum_int8, prod_int8, total_int8, 1 },
    [SHARR_INT16] = { sum_int16, prod_int16, total_int16, 1 },   [SHARR_UINT16] = { sum_int16, prod_int16, total_int16, 1 },
    [SHARR_INT32] = { sum_int32, prod_int32, total_int32, 1 },   [SHARR_UINT32] = { sum_int32, prod_int32, total_int32, 1 },
    [SHARR_INT64] = { sum_int64, prod_int64, total_int64, 1 },   [SHARR_UINT64] = { sum_int64, prod_int64, total_int64, 1 },
    [SHARR_FLOAT32] = { sum_float32, prod_float32, total_float32, 1 },
    [SHARR_FLOAT64] = { sum_float64, prod_float64, total_float64, 1 },
    [SHARR_COMPLEX64] = { sum_float32, prod_complex64, total_float32, 2 },
    [SHARR_COMPLEX128] = { sum_float64, prod_complex128, total_float64, 2 },
};

/* ---- a piece --------------------------------------------------------------------------------- */

static int write_initial(const stagerun *st, const cumulative_job *j, const box *b, void *data, sharr_error *err)
{
    box first = *b;
    first.start[ALONG] = 0;
    first.count[ALONG] = 1;
    scalar one = { .bits = { 0 } };
    one.i64 = j->prod;
    one = scalar_cast(one, SHARR_INT64, st->out[0].type);
    for (int64_t i = 0; i < box_size(&first); i++)
        memcpy((char *)data + (size_t)i * st->out[0].size, &one, st->out[0].size);
    return lines_write(&st->out[0], &first, data, err);
}

/* Where a box lies in memory in one piece; NULL: it does not. */
static char *in_place(const lines *l, const box *b)
{
    bool whole = l->data && b->count[2] == l->n[2] && (b->count[0] == 1 || b->count[ALONG] == l->n[ALONG]);
    int64_t at = (b->start[0] * l->n[ALONG] + b->start[ALONG]) * l->n[2];
    return whole ? l->data + at * (int64_t)l->size : NULL;
}

int cumulative_begin(const stagerun *st, const cumulative_job *j, const box *b, int who, cumulative_piece *p, sharr_error *err)
{
    const int64_t *piece = st->s->lines.piece;
    char *data = stage_buffer(st, who);
    int status = 0;
    *p = (cumulative_piece){ .in = *b, .out = *b, .x = in_place(&st->in[0], b) };
    p->state = data + round_up(piece[0] * piece[2] * max_i64(1, piece[ALONG]) * (int64_t)st->in[0].size, 64);
    if (j->initial && b->start[ALONG] == 0)
        status = write_initial(st, j, b, data, err);
    p->out.start[ALONG] += j->initial;
    p->y = in_place(&st->out[0], &p->out);
    p->y = p->y ? p->y : data;
    if (!p->x && !status)
        status = lines_read(&st->in[0], b, data, err);
    p->x = p->x ? p->x : data;
    return status;
}

void cumulative_run(const stagerun *st, const cumulative_job *j, const cumulative_piece *p, bool fresh, char *state)
{
    const box *b = &p->in;
    cumulative_fn *fn = j->prod ? j->how->prod : j->how->sum;
    int parts = j->prod ? 1 : j->how->parts;
    int64_t columns = b->count[2] * parts, all = b->count[0] * columns;
    size_t line = (size_t)(b->count[ALONG] * b->count[2]) * st->in[0].size, one = (size_t)j->scalar_bytes / (size_t)parts;
    for (int64_t o = 0; o < b->count[0]; o++) {
        char *carry = state + (size_t)(o * columns) * one, *local = carry + (size_t)all * one;
        fn(p->x + (size_t)o * line, p->y + (size_t)o * line, b->count[ALONG], columns, b->start[ALONG], fresh, carry, local);
    }
}

int cumulative_end(const stagerun *st, const cumulative_piece *p, sharr_error *err)
{
    if (in_place(&st->out[0], &p->out)) {
        lines_moved(&st->out[0], &p->out);
        return 0;
    }
    return lines_write(&st->out[0], &p->out, p->y, err);
}

/* ---- lines from end to end ------------------------------------------------------------------- */

static int run_lines(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const cumulative_job *j = arg;
    const stage_lines *l = &st->s->lines;
    int64_t cuts = max_i64(1, ceil_div(l->n[ALONG], l->piece[ALONG]));
    box b = stage_piece(st, 0), share = stage_share(st->s, st->rank, st->ranks);
    int64_t behind = ceil_div(share.count[2], l->piece[2]), at[3] = { task / behind, 0, task % behind };
    int status = 0;
    for (int d = 0; d < 3; d += 2) {
        b.start[d] = share.start[d] + at[d] * l->piece[d];
        b.count[d] = min_i64(l->piece[d], share.start[d] + share.count[d] - b.start[d]);
    }
    for (int64_t c = 0; c < cuts && !status; c++) {
        cumulative_piece p;
        b.start[ALONG] = c * l->piece[ALONG];
        b.count[ALONG] = min_i64(l->piece[ALONG], l->n[ALONG] - b.start[ALONG]);
        status = cumulative_begin(st, j, &b, who, &p, err);
        if (status)
            break;
        cumulative_run(st, j, &p, false, p.state);
        status = cumulative_end(st, &p, err);
    }
    return status;
}

int proc_cumulative_all(stagerun *st, sharr_error *err)
{
    const node_call *c = &st->s->node->u.call;
    dtype t = st->out[0].type;
    cumulative_job j = { .how = &table[t], .prod = c->proc == PROC_CUMULATIVE_PROD, .initial = c->flags & CALL_INITIAL ? 1 : 0,
                         .scalar_bytes = dtype_kind(t) == KIND_COMPLEX ? 16 : 8 };
    if (st->s->number[CUMULATIVE_CHAIN])
        return cumulative_chain_all(st, &j, err);
    if (st->s->lines.split == ALONG)
        return cumulative_two_passes_all(st, &j, err);
    box share = stage_share(st->s, st->rank, st->ranks);
    const int64_t *piece = st->s->lines.piece;
    return stage_each_all(st, run_lines, &j, ceil_div(share.count[0], piece[0]) * ceil_div(share.count[2], piece[2]), err);
}
