/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The part of a chunk that lies in a box of its dataset.
 */
#ifndef EXEC_CHUNKPART_H
#define EXEC_CHUNKPART_H

#include "array/chunkgrid.h"
#include "store/h5in.h"

typedef struct chunkpart_from {
    h5dset *dset;
    const chunkgrid *grid;      /* its chunks */
    size_t size;                /* of an element */
    h5reader *reader;
    void *aside;                /* room for a chunk */
    counters *count;
} chunkpart_from;

/* A box of the dataset; bytes from one of its elements to the next. */
typedef struct chunkpart_to {
    box part;
    char *data;
    int64_t stride[SHARR_MAX_DIMS];
} chunkpart_to;

/* [worker] Decodes chunk `index`, which lies at `frame`, and puts there what the box has of it. */
int chunkpart_put(const chunkpart_from *f, const int64_t *index, const h5frame *frame, const chunkpart_to *t, sharr_error *err);

#endif
