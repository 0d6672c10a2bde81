/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the two ways of running sums and products have in common: proc_cumulative.c takes lines from end to end,
 * cumulative_along.c takes them apart.
 */
#ifndef EXEC_CUMULATIVE_H
#define EXEC_CUMULATIVE_H

#include "exec/proc.h"

/* `n` elements of `columns` lines, from x to y (which may be x), from position `at` on.  fresh: the carry is that of the
 * brick that begins. */
typedef void cumulative_fn(const void *x, void *y, int64_t n, int64_t columns, int64_t at, bool fresh, void *carry, void *local);
/* The sums of the bricks that begin at x, one after the other. */
typedef void cumulative_total_fn(const void *x, int64_t n, int64_t columns, void *total);

typedef struct cumulative_how {
    cumulative_fn *sum, *prod;
    cumulative_total_fn *total;
    int parts;                  /* real numbers of an element */
} cumulative_how;

typedef struct cumulative_job {
    const cumulative_how *how;
    bool prod;
    int64_t initial;            /* elements before the first sum */
    int64_t scalar_bytes;       /* of a sum as it is kept */
    char *total;                /* two passes: [brick][before][behind], then sums of all bricks up to this one */
} cumulative_job;

/* A piece at work: where its operand and its result are, and what a worker has beside them. */
typedef struct cumulative_piece {
    box in, out;
    const char *x;
    char *y;
    char *state;                /* carry and local of each column; behind: sums of bricks */
} cumulative_piece;

/* The operand of box b (of lines), read or where it lies; write_initial what comes before, if b begins a line. */
int cumulative_begin(const stagerun *st, const cumulative_job *j, const box *b, int who, cumulative_piece *p, sharr_error *err);
void cumulative_run(const stagerun *st, const cumulative_job *j, const cumulative_piece *p, bool fresh, char *state);
int cumulative_end(const stagerun *st, const cumulative_piece *p, sharr_error *err);

/* cumulative_along.c */
int cumulative_chain_all(stagerun *st, cumulative_job *j, sharr_error *err);
int cumulative_two_passes_all(stagerun *st, cumulative_job *j, sharr_error *err);

#endif
