/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a procedure's runner (proc_*.c) works with: its operands and results as lines, a pool
 * of workers with a buffer each, and the ranks.  A runner is collective: every rank comes
 * through the same collectives whatever went wrong for it, and returns the agreed status.
 */
#ifndef EXEC_PROC_H
#define EXEC_PROC_H

#include "exec/exec_int.h"
#include "plan/stages.h"

typedef struct stagerun stagerun;
typedef struct chunklines chunklines;
typedef struct chunkdesk chunkdesk;

/* An array as (before, along, behind) around an axis: in memory, in scratch, or (operands) a dataset. */
typedef struct lines {
    stagerun *st;
    int64_t n[3];
    dtype type;
    size_t size;                /* of an element */
    char *data;                 /* NULL: not in memory */
    scratch *file;              /* NULL: not in scratch */
    chunklines *chunks;
} lines;

struct stagerun {
    run *r;
    const stage *s;
    int rank, ranks;
    lines in[CALL_MAX_IN], out[CALL_MAX_OUT];   /* out[k].n[0] < 0: nobody wants it */
    pool *pool;
    char *buffer;               /* of worker w: + w * stride */
    size_t stride;
    char *shared;               /* stage.shared bytes; NULL: none */
    _Atomic int64_t moved;      /* bytes so far, of this rank */
    pthread_mutex_t lock;       /* of the desks that are free */
    chunkdesk *desk;
    int desks;
    void *slots;
    _Atomic int stop;           /* a task has failed, or somebody has interrupted: long ones give up */
};

/* [worker] Move a box (C order in `data`); several workers at a time. */
int lines_read(const lines *l, const box *b, void *data, sharr_error *err);
int lines_write(const lines *l, const box *b, const void *data, sharr_error *err);
/* [worker] A box was used where it lies: progress. */
void lines_moved(const lines *l, const box *b);

/* lines_chunks.c.  Operand `operand` is a dataset: where its chunks lie; [worker] a box of it; what workers decode with. */
int chunklines_open(stagerun *st, int operand, lines *l, sharr_error *err);
void chunklines_close(stagerun *st, lines *l);
int chunklines_read(const lines *l, const box *b, void *data, sharr_error *err);
/* What a worker decodes with: there are as many as workers. */
struct chunkdesk {
    h5reader *reader;
    void *chunk;
};
int chunkdesks_open(stagerun *st, sharr_error *err);
void chunkdesks_close(stagerun *st);
chunkdesk chunkdesk_take(stagerun *st);
void chunkdesk_give(stagerun *st, chunkdesk d);

/* Does somebody want all to stop?  SHARR_EINTERRUPTED then; tells of progress.  Evaluating thread. */
int stage_interrupted(const stagerun *st, sharr_error *err);
/* fn(arg) for tasks 0 ... n - 1 of this rank, by all workers; looks for cancellation meanwhile.  Agrees. */
typedef int stage_task(stagerun *st, void *arg, int64_t task, int who, sharr_error *err);
int stage_each_all(stagerun *st, stage_task *fn, void *arg, int64_t n, sharr_error *err);
/* Result k whole on every rank, or synced: rank r has made stage_result(s, k, r, ranks). */
int stage_share_all(stagerun *st, int k, sharr_error *err);
/* The pieces of this rank's share: how many, and the i-th (pieces behind vary fastest). */
int64_t stage_count(const stagerun *st);
box stage_piece(const stagerun *st, int64_t i);
box stage_piece_of(const stagerun *st, const box *share, int64_t i);

/* Buffers and workers go, before results are shared.  May be called twice. */
void stage_free_buffers(stagerun *st);

static inline void *stage_buffer(const stagerun *st, int who)
{
    return st->buffer + (size_t)who * st->stride;
}

/* The runners. */
typedef int proc_run_all(stagerun *st, sharr_error *err);
proc_run_all proc_cumulative_all, proc_sort_all, proc_search_all, proc_compress_all, proc_take_all, proc_function_all,
    proc_matmul_all;
/* proc_take_chunks.c: of a dataset, from the chunks that the positions touch. */
proc_run_all proc_take_chunks_all;
/* proc_sort_runs.c: line after line, by all workers and ranks. */
proc_run_all proc_sort_runs_all;

/* stage.c: run a stage. */
int stage_run_all(run *r, const stage *s, sharr_error *err);

#endif
