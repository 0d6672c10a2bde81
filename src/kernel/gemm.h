/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products of small matrices: what one tile of a matrix product is made of.  Own loops for
 * every type of number, and a BLAS, where there is one, for large tiles of floats.  Nothing
 * here allocates or knows of threads.
 */
#ifndef KERNEL_GEMM_H
#define KERNEL_GEMM_H

#include <stdint.h>

#include "array/dtype.h"
#include "base/err.h"

/* C (m x n) = A (m x k) B (k x n), or C += A B; rows are lda, ldb, ldc elements apart. */
typedef struct gemm_job {
    dtype type;                 /* any but bool */
    bool add;
    int64_t m, n, k, lda, ldb, ldc;
    const void *a, *b;
    void *c;
} gemm_job;

/* Every element: products added one after the other, nothing contracted, integers wrap. */
void gemm_loops(const gemm_job *j);

/* A BLAS.  Its order of additions is its own: fixed for one shape on one machine. */
typedef struct gemm_table {
    int abi;
    void (*run)(const gemm_job *j);     /* float32, float64 and complex; extents below 2^31 */
    int (*begin)(void);                 /* around all work: one thread a call; what end() puts back */
    void (*end)(int before);
} gemm_table;
enum { GEMM_TABLE_ABI = 1 };
#define GEMM_TABLE_ENTRY "sharr_blas_entry"
typedef const gemm_table *gemm_entry_fn(void);

/* The BLAS for products of this type, loaded on first use.  NULL: there is none. */
const gemm_table *gemm_blas(dtype t);

/* Every NaN becomes the one quiet NaN. */
void gemm_one_nan(dtype t, void *c, int64_t n);

#endif
