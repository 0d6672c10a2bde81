/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A directory of their own for the ranks of a test, the datasets that are written in it, and
 * reading back by plain HDF5.
 */
#ifndef TESTS_MPI_OUT_CHECK_H
#define TESTS_MPI_OUT_CHECK_H

#include "mpi/out_job.h"

extern comm *out_comm;
extern char out_path[128];

/* Make the comm and the directory; out_path is a file in it. */
void out_begin(void);
/* Rank 0 looks whether there are `expected` files, removes out_path and the directory. */
void out_end(int expected);

/* Values; with `frames` also the stored bytes: they are what encoding that chunk alone gives, so they
 * cannot depend on the ranks.  Returns the bytes that are stored. */
int64_t out_check_file(const h5outset *set, int n, bool frames);
/* Write with this mode and batch, read back, count. */
void out_write_and_check(const h5outset *set, int n, int mode, int batch);

extern const h5outset out_many[], out_few[], out_one[], out_large[];
enum { OUT_MANY = 8, OUT_FEW = 3, OUT_ONE = 1, OUT_LARGE = 2 };

#endif
