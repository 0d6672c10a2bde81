/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writes a file with values that are known from the index alone, as an evaluation would: chunks in
 * blocks over the ranks, rounds of `batch`.  For tests and benchmarks of h5out.
 */
#ifndef TESTS_MPI_OUT_JOB_H
#define TESTS_MPI_OUT_JOB_H

#include "store/h5out.h"

typedef struct out_job {
    const char *path;
    const h5outset *set;
    int nsets;
    h5outopts o;
    int fail_rank, fail_round;      /* this rank brings an error to this round; round < 0: nobody */
    int pause_ms;                   /* after each round */
    int leave_round;                /* abandon after this round without a word; 0: no */
    int skip_chunk;                 /* this chunk (of all) is never written; < 0: all are */
} out_job;

/* A job that writes all. */
out_job out_job_of(const char *path, const h5outset *set, int nsets);
int out_job_run(comm *c, const out_job *j, sharr_error *err);

/* Element `i` (C order) of dataset `set`. */
void out_value(dtype t, int set, int64_t i, void *out);
/* The full-size chunk, padded with zeros. */
void out_chunk(const h5outset *s, int set, const int64_t *index, void *out);
/* Its frame, malloc'ed. */
void *out_frame(const h5outset *s, int set, const int64_t *index, size_t *bytes);

#endif
