/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products of matrices, tile by tile.  Factors and result are (stack, rows, columns); a factor with a stack of one
 * serves all.  What lies in memory is used where it is, the rest is read into buffers.
 */
#include <string.h>

#include "base/checked.h"
#include "exec/proc.h"
#include "kernel/gemm.h"

/* Below so many products a call of a BLAS costs more than it gains. */
enum { FEW_PRODUCTS = 1 << 15 };

typedef struct job {
    stagerun *st;
    const gemm_table *blas;     /* NULL: own loops */
    int64_t summed;
} job;

/* A box of an array: rows `ld` elements apart, matrices `step` (0: one for all). */
typedef struct panel {
    char *p;
    int64_t ld, step;
} panel;

static panel place(const lines *l, const box *b, char *buffer)
{
    if (!l->data || l->n[2] > INT32_MAX)
        return (panel){ buffer, b->count[2], l->n[0] == 1 ? 0 : b->count[1] * b->count[2] };
    int64_t at = (b->start[0] * l->n[1] + b->start[1]) * l->n[2] + b->start[2];
    return (panel){ l->data + at * (int64_t)l->size, l->n[2], l->n[0] == 1 ? 0 : l->n[1] * l->n[2] };
}

static int open_factor(const lines *l, const box *b, char *buffer, panel *out, sharr_error *err)
{
    *out = place(l, b, buffer);
    if (out->p == buffer)
        return lines_read(l, b, buffer, err);
    lines_moved(l, b);
    return 0;
}

/* A piece may take seconds: whoever works on one looks between tiles whether it is still wanted. */
static bool stopped(const job *j)
{
    return atomic_load(&j->st->stop);
}

/* Rows from r and columns from c on of one matrix of the piece, by tiles. */
static void multiply(const job *j, const panel *a, const panel *b, const panel *c, const box *piece, int64_t k, bool add)
{
    int64_t size = (int64_t)j->st->out[0].size, rows = piece->count[1], columns = piece->count[2];
    gemm_job g = { .type = j->st->out[0].type, .add = add, .k = k, .lda = a->ld, .ldb = b->ld, .ldc = c->ld };
    for (int64_t i = 0; i < piece->count[0]; i++)
        for (int64_t r = 0; r < rows; r += MATMUL_TILE)
            for (int64_t s = 0; s < columns && !stopped(j); s += MATMUL_TILE) {
                g.m = min_i64(MATMUL_TILE, rows - r);
                g.n = min_i64(MATMUL_TILE, columns - s);
                g.a = a->p + (i * a->step + r * a->ld) * size;
                g.b = b->p + (i * b->step + s) * size;
                g.c = c->p + (i * c->step + r * c->ld + s) * size;
                (j->blas ? j->blas->run : gemm_loops)(&g);
            }
}

static void tidy(const job *j, const panel *c, const box *piece)
{
    const lines *l = &j->st->out[0];
    for (int64_t i = 0; i < piece->count[0]; i++)
        for (int64_t r = 0; r < piece->count[1]; r++)
            gemm_one_nan(l->type, c->p + (i * c->step + r * c->ld) * (int64_t)l->size, piece->count[2]);
}

/* The part of a factor that a piece needs. */
static box factor_box(const lines *l, const box *piece)
{
    box b = *piece;
    b.start[0] = l->n[0] == 1 ? 0 : piece->start[0];
    b.count[0] = l->n[0] == 1 ? 1 : piece->count[0];
    return b;
}

static int run_piece(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const job *j = arg;
    const lines *in = st->in, *out = &st->out[0];
    box piece = stage_piece(st, task), a = factor_box(&in[0], &piece), b = factor_box(&in[1], &piece);
    char *cbuf = stage_buffer(st, who), *abuf = cbuf + box_size(&piece) * (int64_t)out->size;
    panel pc = place(out, &piece, cbuf), pa, pb;
    int status = 0;
    for (int64_t k = 0; !status && !stopped(j) && (k < j->summed || k == 0); k += MATMUL_TILE) {
        b.start[1] = a.start[2] = k;
        b.count[1] = a.count[2] = min_i64(MATMUL_TILE, j->summed - k);
        status = open_factor(&in[0], &a, abuf, &pa, err);
        if (!status)
            status = open_factor(&in[1], &b, abuf + box_size(&a) * (int64_t)out->size, &pb, err);
        if (!status)
            multiply(j, &pa, &pb, &pc, &piece, a.count[2], k > 0);
    }
    if (status || stopped(j))
        return status;
    tidy(j, &pc, &piece);
    if (pc.p == cbuf)
        return lines_write(out, &piece, cbuf, err);
    lines_moved(out, &piece);
    return 0;
}

int proc_matmul_all(stagerun *st, sharr_error *err)
{
    const int64_t *n = st->out[0].n;
    job j = { .st = st, .summed = st->in[0].n[2] };
    double products = (double)n[1] * (double)n[2] * (double)j.summed;
    j.blas = products < FEW_PRODUCTS ? NULL : gemm_blas(st->out[0].type);
    int before = j.blas ? j.blas->begin() : 0;
    int status = stage_each_all(st, run_piece, &j, stage_count(st), err);
    if (j.blas)
        j.blas->end(before);
    return status;
}
