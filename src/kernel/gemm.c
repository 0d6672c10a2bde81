/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Products of tiles by plain loops, and the door to a BLAS.
 */
#include "kernel/gemm.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/selfpath.h"

#define CAT_(a, b) a##_##b
#define CAT(a, b) CAT_(a, b)

/* Signed integers as unsigned ones: they wrap.  Narrow ones are widened by C before they are multiplied, and 65535
 * squared is too much for an int. */
#define T uint8_t
#define NAME loops8
#include "kernel/gemm_loops.inc"
#define T uint16_t
#define NAME loops16
#include "kernel/gemm_loops.inc"
#define T uint32_t
#define NAME loops32
#include "kernel/gemm_loops.inc"
#define T uint64_t
#define NAME loops64
#include "kernel/gemm_loops.inc"
#define T float
#define NAME loops_f32
#include "kernel/gemm_loops.inc"
#define T double
#define NAME loops_f64
#include "kernel/gemm_loops.inc"

/* (ac - bd, ad + bc), as everywhere. */
#define COMPLEX_LOOPS(T, NAME)                                                                  \
    static void NAME(const gemm_job *j)                                                         \
    {                                                                                           \
        for (int64_t r = 0; r < j->m; r++) {                                                    \
            const T *a = (const T *)j->a + 2 * r * j->lda;                                      \
            T *c = (T *)j->c + 2 * r * j->ldc;                                                  \
            if (!j->add)                                                                        \
                memset(c, 0, 2 * (size_t)j->n * sizeof *c);                                     \
            for (int64_t i = 0; i < j->k; i++) {                                                \
                const T *b = (const T *)j->b + 2 * i * j->ldb, re = a[2 * i], im = a[2 * i + 1]; \
                for (int64_t s = 0; s < 2 * j->n; s += 2) {                                     \
                    T x = re * b[s] - im * b[s + 1], y = re * b[s + 1] + im * b[s];             \
                    c[s] += x;                                                                  \
                    c[s + 1] += y;                                                              \
                }                                                                               \
            }                                                                                   \
        }                                                                                       \
    }
COMPLEX_LOOPS(float, loops_c64)
COMPLEX_LOOPS(double, loops_c128)

void gemm_loops(const gemm_job *j)
{
    static void (*const of_integers[])(const gemm_job *) = {
        [1] = loops8, [2] = loops16, [4] = loops32, [8] = loops64,
    };
    if (j->type == SHARR_FLOAT32)
        loops_f32(j);
    else if (j->type == SHARR_FLOAT64)
        loops_f64(j);
    else if (j->type == SHARR_COMPLEX64)
        loops_c64(j);
    else if (j->type == SHARR_COMPLEX128)
        loops_c128(j);
    else
        of_integers[dtype_size(j->type)](j);
}

void gemm_one_nan(dtype t, void *c, int64_t n)
{
    const bool wide = t == SHARR_FLOAT64 || t == SHARR_COMPLEX128;
    if (!(dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX)))
        return;
    n *= t == SHARR_COMPLEX64 || t == SHARR_COMPLEX128 ? 2 : 1;
    for (int64_t i = 0; i < n; i++)
        if (wide && isnan(((double *)c)[i]))
            ((double *)c)[i] = (double)NAN;
        else if (!wide && isnan(((float *)c)[i]))
            ((float *)c)[i] = NAN;
}

/* ---- the module ----------------------------------------------------------------------------- */

#define MODULE_FILE "libsharr-blas.so"
/* Another BLAS of the process (NumPy's) stays its own.  Sanitizers replace functions, and refuse it. */
#ifdef __SANITIZE_ADDRESS__
#define OWN_SYMBOLS 0
#else
#define OWN_SYMBOLS RTLD_DEEPBIND
#endif

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const gemm_table *loaded;

static void load(void)
{
    char path[4096];
    gemm_entry_fn *entry;
    if (!selfpath_beside(MODULE_FILE, R_OK, path, sizeof path) &&
        !selfpath_beside(".libs/" MODULE_FILE, R_OK, path, sizeof path))
        strcpy(path, SHARR_PKGLIBDIR "/" MODULE_FILE);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | OWN_SYMBOLS);
    void *symbol = handle ? dlsym(handle, GEMM_TABLE_ENTRY) : NULL;
    if (!symbol)
        return;
    memcpy(&entry, &symbol, sizeof entry);
    const gemm_table *t = entry();
    loaded = t->abi == GEMM_TABLE_ABI ? t : NULL;
}

const gemm_table *gemm_blas(dtype t)
{
    if (!(dtype_kind(t) & (KIND_FLOAT | KIND_COMPLEX)))
        return NULL;
    pthread_once(&once, load);
    return loaded;
}
