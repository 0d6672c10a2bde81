/* SPDX-License-Identifier: BSD-3-Clause
 *
 * libsharr-blas.so: products of tiles by a BLAS.  A module of its own, so that nobody loads a BLAS who multiplies no
 * matrices.
 */
#include <cblas.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "kernel/gemm.h"

/* OpenBLAS's; workers do the dividing. */
extern int openblas_get_num_threads(void) __attribute__((weak));
extern void openblas_set_num_threads(int n) __attribute__((weak));
extern char *openblas_get_config(void) __attribute__((weak));

/* Built without threads (Debian's libopenblas0-serial), it hands out its buffers without a lock: two calls at a time may get
 * the same one, and then products are wrong. */
static bool one_at_a_time;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static int begin(void)
{
    int before = openblas_get_num_threads ? openblas_get_num_threads() : 0;
    if (openblas_set_num_threads && before != 1)
        openblas_set_num_threads(1);
    return before;
}

static void end(int before)
{
    if (openblas_set_num_threads && before > 1)
        openblas_set_num_threads(before);
}

static void multiply(const gemm_job *j)
{
    static const float one32[2] = { 1, 0 }, none32[2] = { 0, 0 };
    static const double one64[2] = { 1, 0 }, none64[2] = { 0, 0 };
    const int m = (int)j->m, n = (int)j->n, k = (int)j->k, lda = (int)j->lda, ldb = (int)j->ldb, ldc = (int)j->ldc;
    const float *b32 = j->add ? one32 : none32;
    const double *b64 = j->add ? one64 : none64;
    if (j->type == SHARR_FLOAT32)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, j->a, lda, j->b, ldb, *b32, j->c, ldc);
    else if (j->type == SHARR_FLOAT64)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, j->a, lda, j->b, ldb, *b64, j->c, ldc);
    else if (j->type == SHARR_COMPLEX64)
        cblas_cgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, one32, j->a, lda, j->b, ldb, b32, j->c, ldc);
    else
        cblas_zgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, one64, j->a, lda, j->b, ldb, b64, j->c, ldc);
}

static void run(const gemm_job *j)
{
    if (one_at_a_time)
        pthread_mutex_lock(&turn);
    multiply(j);
    if (one_at_a_time)
        pthread_mutex_unlock(&turn);
}

__attribute__((visibility("default"))) const gemm_table *sharr_blas_entry(void);

const gemm_table *sharr_blas_entry(void)
{
    static const gemm_table table = { GEMM_TABLE_ABI, run, begin, end };
    one_at_a_time = openblas_get_config && strstr(openblas_get_config(), "SINGLE_THREADED");
    return &table;
}
