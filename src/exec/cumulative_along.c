/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Few lines: pieces of one line for all workers.  On one rank in one pass: the sums of a piece's bricks are taken by any
 * worker, what comes before it is handed on from piece to piece.  On several ranks in two: sums of all bricks first, which
 * all ranks then know.  The additions are the same, and so are the bits.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "exec/cumulative.h"

/* ---- sums of bricks -------------------------------------------------------------------------- */

/* Those of a piece that begins with a brick: [brick][column]. */
static void brick_sums(const stagerun *st, const cumulative_job *j, const cumulative_piece *p, char *sums)
{
    j->how->total(p->x, p->in.count[ALONG], p->in.count[2] * j->how->parts, sums);
    lines_moved(&st->in[0], &p->in);
}

/* n numbers: to += by; `first`: to = by. */
static void add_sums(const stagerun *st, char *to, const char *by, int64_t n, bool first)
{
    bool whole = dtype_kind(st->out[0].type) & KIND_INTEGER;
    uint64_t *u = (uint64_t *)to;
    double *f = (double *)to;
    for (int64_t i = 0; i < n && !first; i++)
        if (whole)
            u[i] += ((const uint64_t *)by)[i];
        else
            f[i] += ((const double *)by)[i];
    if (first)
        memcpy(to, by, (size_t)n * 8);
}

/* ---- by turns -------------------------------------------------------------------------------- */

typedef struct chain {
    const cumulative_job *j;
    bool bricks;                /* pieces are whole bricks: the state is the sum of all before; else carry and local */
    char *state;                /* of the columns of one piece */
    int64_t turn;               /* the task that may take it up; under the lock */
    pthread_mutex_t lock;
    pthread_cond_t next;
} chain;

static int wait_turn(const stagerun *st, chain *c, int64_t task, sharr_error *err)
{
    struct timespec until;
    bool mine = false, stop = false;
    pthread_mutex_lock(&c->lock);
    while (!(mine = c->turn == task) && !(stop = atomic_load(&st->stop))) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 10 * 1000 * 1000;          /* whoever fails hands on nothing */
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&c->next, &c->lock, &until);
    }
    pthread_mutex_unlock(&c->lock);
    return mine ? 0 : err_set(err, SHARR_EINTERRUPTED, "stopped: another task failed");
}

static void hand_on(chain *c)
{
    pthread_mutex_lock(&c->lock);
    c->turn++;
    pthread_cond_broadcast(&c->next);
    pthread_mutex_unlock(&c->lock);
}

/* Piece after piece of a line, then the lines behind and before. */
static box chain_piece(const stagerun *st, int64_t task)
{
    const stage_lines *l = &st->s->lines;
    int64_t count[3], at[3];
    box b = { .ndim = 3 };
    stage_pieces(l, count);
    at[ALONG] = task % max_i64(1, count[ALONG]);
    task /= max_i64(1, count[ALONG]);
    at[2] = task % count[2];
    at[0] = task / count[2];
    for (int d = 0; d < 3; d++) {
        b.start[d] = at[d] * l->piece[d];
        b.count[d] = min_i64(l->piece[d], l->n[d] - b.start[d]);
    }
    return b;
}

static int run_in_turn(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    chain *c = arg;
    const cumulative_job *j = c->j;
    cumulative_piece p;
    box b = chain_piece(st, task);
    int64_t columns = b.count[2] * j->scalar_bytes, n = b.count[2] * j->how->parts;
    int status = cumulative_begin(st, j, &b, who, &p, err);
    char *sums = p.state + 2 * columns;
    if (!status && c->bricks)
        brick_sums(st, j, &p, sums);
    status = status ? status : wait_turn(st, c, task, err);
    if (status)
        return status;
    if (!c->bricks)
        cumulative_run(st, j, &p, false, c->state);
    else
        memcpy(p.state, c->state, (size_t)columns);
    for (int64_t k = 0; k < b.count[ALONG] && c->bricks; k += CUMULATIVE_BRICK, sums += columns)
        add_sums(st, c->state, sums, n, b.start[ALONG] + k == 0);
    hand_on(c);
    if (c->bricks)
        cumulative_run(st, j, &p, true, p.state);
    return cumulative_end(st, &p, err);
}

int cumulative_chain_all(stagerun *st, cumulative_job *j, sharr_error *err)
{
    const int64_t *piece = st->s->lines.piece;
    int64_t count[3];
    chain c = { .j = j, .bricks = !j->prod && piece[0] == 1 && piece[ALONG] % CUMULATIVE_BRICK == 0, .state = st->shared };
    stage_pieces(&st->s->lines, count);
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.next, NULL);
    int status = stage_each_all(st, run_in_turn, &c, count[0] * max_i64(1, count[ALONG]) * count[2], err);
    pthread_mutex_destroy(&c.lock);
    pthread_cond_destroy(&c.next);
    return status;
}

/* ---- two passes ------------------------------------------------------------------------------ */

static int64_t bricks_of(const stagerun *st)
{
    return ceil_div(st->s->lines.n[ALONG], CUMULATIVE_BRICK);
}

/* All sums of one brick: those of the lines before * behind. */
static int64_t totals_of_brick(const stagerun *st, const cumulative_job *j)
{
    return st->s->lines.n[0] * st->s->lines.n[2] * j->scalar_bytes;
}

static char *total_at(const stagerun *st, const cumulative_job *j, int64_t brick, const box *b)
{
    return j->total + brick * totals_of_brick(st, j) + (b->start[0] * st->s->lines.n[2] + b->start[2]) * j->scalar_bytes;
}

static int add_bricks(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const cumulative_job *j = arg;
    box b = stage_piece(st, task);
    cumulative_piece p;
    int64_t row = b.count[2] * j->scalar_bytes, brick = b.start[ALONG] / CUMULATIVE_BRICK;
    int status = cumulative_begin(st, j, &b, who, &p, err);
    char *sums = p.state + 2 * row;
    if (!status)
        brick_sums(st, j, &p, sums);
    for (int64_t k = 0; k < b.count[ALONG] && !status; k += CUMULATIVE_BRICK, sums += row)
        memcpy(total_at(st, j, brick++, &b), sums, (size_t)row);
    return status;
}

/* Each rank has the bricks of its share: all get all. */
static int gather_totals(stagerun *st, cumulative_job *j, sharr_error *err)
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
static void carry_on(const stagerun *st, const cumulative_job *j)
{
    int64_t one = totals_of_brick(st, j);
    for (int64_t k = 1; k < bricks_of(st); k++) {
        char *up_to = j->total + k * one;
        add_sums(st, up_to, up_to - one, one / 8, false);
    }
}

static int run_piece(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const cumulative_job *j = arg;
    box b = stage_piece(st, task);
    cumulative_piece p;
    int64_t brick = b.start[ALONG] / CUMULATIVE_BRICK;
    int status = cumulative_begin(st, j, &b, who, &p, err);
    if (status)
        return status;
    if (brick > 0)
        memcpy(p.state, total_at(st, j, brick - 1, &b), (size_t)(b.count[2] * j->scalar_bytes));
    cumulative_run(st, j, &p, true, p.state);
    return cumulative_end(st, &p, err);
}

int cumulative_two_passes_all(stagerun *st, cumulative_job *j, sharr_error *err)
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
