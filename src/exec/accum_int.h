/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Accumulators: structures shared by accum.c (on one rank) and accum_ranks.c (across ranks).
 */
#ifndef EXEC_ACCUM_INT_H
#define EXEC_ACCUM_INT_H

#include "exec/exec_int.h"
#include "exec/tree.h"

typedef struct accblock {
    int64_t next;               /* ordinal of the tile whose turn it is */
    int64_t cells;
    void *active;               /* state of the group under way */
    tree groups;                /* finished groups */
    bool finished;
} accblock;

struct accum {
    stream *st;
    const sweep_reduce *r;
    int nfields;
    pthread_mutex_t lock;
    pthread_cond_t turn;
    tree total;                 /* all axes: over tiles */
    int64_t ordinals;           /* reduced tiles per column in this shard */
    int64_t per_column, nblocks;
    accblock *block;
};

typedef struct merge_arg { accum *a; int64_t cells; } merge_arg;

size_t accum_field_size(const accum *a, int f);
/* Field pointers of a state of `cells` cells. */
void accum_fields(const accum *a, void *state, int64_t cells, void **field);
size_t accum_state_bytes(const accum *a, int64_t cells);
void *accum_take(accum *a, int64_t cells, sharr_error *err);
void accum_give(accum *a, void *state, int64_t cells);
void accum_merge_states(void *merge_arg_, void *left, void *right);
/* The results of a block whose tree is complete, into the run's array; frees the states.  The kept part of `where`
 * is the place. */
int accum_finish_block(accum *a, accblock *b, const box *where, sharr_error *err);

#endif
