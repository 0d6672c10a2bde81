/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Running sums and products along lines.  A sum is carry + local: the sum of all bricks before
 * (brick after brick), and the sum inside its own brick (element after element); so it depends on
 * where on its line an element stands, and on nothing else.  float32 is summed in float64.
 * Products have no bricks: one factor after the other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "exec/proc.h"

/* `n` elements of `columns` lines, in place, from position `at` on.  fresh: the carry is that of the brick that begins. */
typedef void run_fn(void *x, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry, void *local);
typedef void total_fn(const void *x, int64_t n, int64_t columns, void *total);

#define AS_IT_IS(v) (v)
#define QUIET_NAN(v) ((v) != (v) ? (double)NAN : (v))

#define TYPE int8_t
#define ACC uint64_t
#define NAME(f) f##_int8
#define QUIET AS_IT_IS
#include "exec/cumulative_t.h"
#define TYPE int16_t
#define ACC uint64_t
#define NAME(f) f##_int16
#define QUIET AS_IT_IS
#include "exec/cumulative_t.h"
#define TYPE int32_t
#define ACC uint64_t
#define NAME(f) f##_int32
#define QUIET AS_IT_IS
#include "exec/cumulative_t.h"
#define TYPE uint64_t
#define ACC uint64_t
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
    static void name(void *x_, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry, void *local) \
    { \
        type *x = x_; \
        (void)carry; \
        (void)fresh; \
        for (int64_t k = 0; k < n; k++, at++, x += 2 * columns) \
            for (int64_t i = 0; i < columns; i++) { \
                double *p = (double *)local + 2 * i, a = p[0], b = p[1], c = x[2 * i], d = x[2 * i + 1]; \
                p[0] = at ? a * c - b * d : c; \
                p[1] = at ? a * d + b * c : d; \
                x[2 * i] = (type)QUIET_NAN(p[0]); \
                x[2 * i + 1] = (type)QUIET_NAN(p[1]); \
            } \
    }
COMPLEX_PROD(prod_complex64, float)
COMPLEX_PROD(prod_complex128, double)

/* Unsigned and signed integers wrap alike.  Sums of complex numbers are those of twice as many columns. */
static const struct how { run_fn *sum, *prod; total_fn *total; int parts; } table[SHARR_NDTYPES] = {
    [SHARR_INT8] = { sum_int8, prod_int8, total_int8, 1 },       [SHARR_UINT8] = { sum_int8, prod_int8, total_int8, 1 },
    [SHARR_INT16] = { sum_int16, prod_int16, total_int16, 1 },   [SHARR_UINT16] = { sum_int16, prod_int16, total_int16, 1 },
    [SHARR_INT32] = { sum_int32, prod_int32, total_int32, 1 },   [SHARR_UINT32] = { sum_int32, prod_int32, total_int32, 1 },
    [SHARR_INT64] = { sum_int64, prod_int64, total_int64, 1 },   [SHARR_UINT64] = { sum_int64, prod_int64, total_int64, 1 },
    [SHARR_FLOAT32] = { sum_float32, prod_float32, total_float32, 1 },
    [SHARR_FLOAT64] = { sum_float64, prod_float64, total_float64, 1 },
    [SHARR_COMPLEX64] = { sum_float32, prod_complex64, total_float32, 2 },
    [SHARR_COMPLEX128] = { sum_float64, prod_complex128, total_float64, 2 },
};

typedef struct job {
    const struct how *how;
    bool prod;
    int64_t initial;            /* elements before the first sum */
    int64_t scalar_bytes;       /* of a sum as it is kept */
    char *total;                /* cut along: [brick][before][behind], then sums of all bricks up to this one */
} job;

/* ---- lines from end to end ------------------------------------------------------------------- */

static int write_initial(const stagerun *st, const job *j, const box *b, void *data, sharr_error *err)
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

/* One column, or several side by side, of one place before: n elements, the state where it is. */
static void run_box(const job *j, const box *b, void *data, size_t size, bool fresh, char *state)
{
    int parts = j->prod ? 1 : j->how->parts;
    int64_t columns = b->count[2] * parts, all = b->count[0] * columns;
    size_t line = (size_t)(b->count[ALONG] * b->count[2]) * size, one = (size_t)j->scalar_bytes / (size_t)parts;
    for (int64_t o = 0; o < b->count[0]; o++) {
        char *carry = state + (size_t)(o * columns) * one, *local = carry + (size_t)all * one;
        (j->prod ? j->how->prod : j->how->sum)((char *)data + (size_t)o * line, b->count[ALONG], columns, b->start[ALONG], fresh,
                                               carry, local);
    }
}

static int run_lines(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const job *j = arg;
    const stage_lines *l = &st->s->lines;
    int64_t cuts = max_i64(1, ceil_div(l->n[ALONG], l->piece[ALONG]));
    box b = stage_piece(st, 0), share = stage_share(st->s, st->rank, st->ranks);
    int64_t behind = ceil_div(share.count[2], l->piece[2]), at[3] = { task / behind, 0, task % behind };
    char *data = stage_buffer(st, who), *state;
    for (int d = 0; d < 3; d += 2) {
        b.start[d] = share.start[d] + at[d] * l->piece[d];
        b.count[d] = min_i64(l->piece[d], share.start[d] + share.count[d] - b.start[d]);
    }
    state = data + round_up(l->piece[0] * l->piece[2] * max_i64(1, l->piece[ALONG]) * (int64_t)st->in[0].size, 64);
    int status = j->initial ? write_initial(st, j, &b, data, err) : 0;
    for (int64_t c = 0; c < cuts && !status; c++) {
        b.start[ALONG] = c * l->piece[ALONG];
        b.count[ALONG] = min_i64(l->piece[ALONG], l->n[ALONG] - b.start[ALONG]);
        status = lines_read(&st->in[0], &b, data, err);
        if (status)
            break;
        run_box(j, &b, data, st->in[0].size, false, state);
        b.start[ALONG] += j->initial;
        status = lines_write(&st->out[0], &b, data, err);
    }
    return status;
}

/* ---- lines in pieces, two passes ------------------------------------------------------------- */

static int64_t bricks_of(const stagerun *st)
{
    return ceil_div(st->s->lines.n[ALONG], CUMULATIVE_BRICK);
}

/* All sums of one brick: those of the lines before * behind. */
static int64_t totals_of_brick(const stagerun *st, const job *j)
{
    return st->s->lines.n[0] * st->s->lines.n[2] * j->scalar_bytes;
}

static char *total_at(const stagerun *st, const job *j, int64_t brick, const box *b)
{
    return j->total + brick * totals_of_brick(st, j) + (b->start[0] * st->s->lines.n[2] + b->start[2]) * j->scalar_bytes;
}

static int add_bricks(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const job *j = arg;
    box b = stage_piece(st, task);
    char *data = stage_buffer(st, who), *sums;
    int status = lines_read(&st->in[0], &b, data, err);
    size_t row = (size_t)(b.count[2] * j->scalar_bytes), brick = (size_t)(CUMULATIVE_BRICK * b.count[2]) * st->in[0].size;
    sums = data + round_up(box_size(&b) * (int64_t)st->in[0].size, 64);         /* where a piece has its states */
    for (int64_t k = 0; k < b.count[ALONG] && !status; k += CUMULATIVE_BRICK) {
        j->how->total(data + (size_t)(k / CUMULATIVE_BRICK) * brick, min_i64(CUMULATIVE_BRICK, b.count[ALONG] - k),
                      b.count[2] * j->how->parts, sums);
        memcpy(total_at(st, j, (b.start[ALONG] + k) / CUMULATIVE_BRICK, &b), sums, row);
    }
    return status;
}

/* Each rank has the bricks of its share: all get all. */
static int gather_totals(stagerun *st, job *j, sharr_error *err)
{
    int64_t *count = calloc((size_t)st->ranks, sizeof *count), mine = 0, one = totals_of_brick(st, j);
    sharr_error local = { 0 };
    if (!count)
        err_nomem(&local, "running sums", (unsigned long long)st->ranks * sizeof *count);
    *err = local;
    int status = comm_agree_all(st->r->env->comm, err);
    char *send = j->total + bricks_of(st) * one;
    for (int r = 0; r < st->ranks && !status; r++) {
        box share = stage_share(st->s, r, st->ranks);
        count[r] = ceil_div(share.count[ALONG], CUMULATIVE_BRICK) * one;
        mine = r == st->rank ? share.start[ALONG] / CUMULATIVE_BRICK : mine;
    }
    if (!status) {
        memcpy(send, j->total + mine * one, (size_t)count[st->rank]);
        status = comm_allgather_all(st->r->env->comm, send, j->total, count, err);
    }
    free(count);
    return status;
}

/* Sums of all bricks up to each: as the sums of a line are carried on from brick to brick. */
static void carry_on(const stagerun *st, const job *j)
{
    int64_t n = totals_of_brick(st, j) / 8, bricks = bricks_of(st);
    bool whole = dtype_kind(st->out[0].type) & KIND_INTEGER;
    uint64_t *u = (uint64_t *)j->total;
    double *f = (double *)j->total;
    for (int64_t i = n; i < n * bricks; i++)
        if (whole)
            u[i] += u[i - n];
        else
            f[i] += f[i - n];
}

static int run_piece(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const job *j = arg;
    box b = stage_piece(st, task);
    char *data = stage_buffer(st, who), *state = data + round_up(box_size(&b) * (int64_t)st->in[0].size, 64);
    int64_t brick = b.start[ALONG] / CUMULATIVE_BRICK;
    int status = j->initial && brick == 0 ? write_initial(st, j, &b, data, err) : 0;
    if (!status)
        status = lines_read(&st->in[0], &b, data, err);
    if (status)
        return status;
    if (brick > 0)
        memcpy(state, total_at(st, j, brick - 1, &b), (size_t)(b.count[2] * j->scalar_bytes));
    run_box(j, &b, data, st->in[0].size, true, state);
    b.start[ALONG] += j->initial;
    return lines_write(&st->out[0], &b, data, err);
}

static int run_along_all(stagerun *st, job *j, sharr_error *err)
{
    int64_t n = stage_count(st);
    j->total = st->shared;
    int status = stage_each_all(st, add_bricks, j, n, err);
    if (!status && st->ranks > 1)
        status = gather_totals(st, j, err);
    if (!status) {
        carry_on(st, j);
        status = stage_each_all(st, run_piece, j, n, err);
    }
    return status;
}

int proc_cumulative_all(stagerun *st, sharr_error *err)
{
    const node_call *c = &st->s->node->u.call;
    dtype t = st->out[0].type;
    job j = { .how = &table[t], .prod = c->proc == PROC_CUMULATIVE_PROD, .initial = c->flags & CALL_INITIAL ? 1 : 0,
              .scalar_bytes = dtype_kind(t) == KIND_COMPLEX ? 16 : 8 };
    if (st->s->lines.split == ALONG)
        return run_along_all(st, &j, err);
    box share = stage_share(st->s, st->rank, st->ranks);
    const int64_t *piece = st->s->lines.piece;
    return stage_each_all(st, run_lines, &j, ceil_div(share.count[0], piece[0]) * ceil_div(share.count[2], piece[2]), err);
}
