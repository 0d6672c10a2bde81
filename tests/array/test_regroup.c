/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Merged and split dimensions, against lists of elements: a grid of chunks is split if and only if
 * some grid over the finer shape lists the same elements, chunk by chunk.
 */
#include "array/regroup.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "support/tap_cunit.h"

enum { MOST = 256 };

/* The places in C order of all elements, chunk by chunk. */
static int list_elements(int ndim, const int64_t *shape, const int64_t *cell, int64_t *out)
{
    chunkgrid g = chunkgrid_make(ndim, shape, cell, NULL);
    int64_t at[SHARR_MAX_DIMS] = {0};
    int n = 0;
    do {
        box b = chunkgrid_box(&g, at);
        int64_t in[SHARR_MAX_DIMS] = {0}, pos[SHARR_MAX_DIMS];
        do {
            for (int d = 0; d < ndim; d++)
                pos[d] = b.start[d] + in[d];
            out[n++] = shape_ravel(ndim, shape, pos);
        } while (shape_next(ndim, b.count, in));
        out[n++] = -1;              /* a border of chunks */
    } while (shape_next(ndim, g.ncells, at));
    return n;
}

/* Is there any grid over `fine` with that list?  By trying all. */
static bool can_be_split(int ndim, const int64_t *fine, const int64_t *want, int n)
{
    int64_t got[2 * MOST], k[SHARR_MAX_DIMS] = {0}, cell[SHARR_MAX_DIMS];
    do {
        for (int d = 0; d < ndim; d++)
            cell[d] = k[d] + 1;
        if (list_elements(ndim, fine, cell, got) == n && !memcmp(got, want, (size_t)n * sizeof *got))
            return true;
    } while (shape_next(ndim, fine, k));
    return false;
}

typedef struct trial { int ndim, nfine; int64_t shape[4], chunk[4], fine[8]; } trial;

/* Dimensions that are products of up to three factors. */
static trial random_trial(void)
{
    trial t = {.ndim = 1 + rand() % 2};
    int64_t all = 1;
    for (int d = 0; d < t.ndim; d++) {
        t.shape[d] = 1;
        for (int more = 1 + rand() % 3; more > 0; more--) {
            int64_t f = 1 + rand() % 4;
            if (all * f > MOST / 2)
                break;
            t.fine[t.nfine++] = f;
            t.shape[d] *= f;
            all *= f;
        }
        t.chunk[d] = 1 + rand() % (t.shape[d] + 2);     /* larger than the dimension, too */
    }
    return t;
}

static void check_split(const trial *t, bool *yes)
{
    int64_t want[2 * MOST], got[2 * MOST], cell[SHARR_MAX_DIMS], shape[SHARR_MAX_DIMS];
    strides s = strides_of(t->nfine, t->fine);
    int ndim = strides_shape(&s, shape), n = list_elements(t->ndim, t->shape, t->chunk, want);
    *yes = regroup_split(t->ndim, t->shape, t->chunk, &s, cell);
    if (*yes) {
        CU_ASSERT_EQUAL(list_elements(ndim, shape, cell, got), n);
        CU_ASSERT(!memcmp(got, want, (size_t)n * sizeof *got));
    } else {
        CU_ASSERT_FALSE(can_be_split(ndim, shape, want, n));
    }
}

/* The same numbers of chunks: an index in one grid, in the other, and back. */
static void check_index(const trial *t)
{
    int64_t cell[SHARR_MAX_DIMS], shape[SHARR_MAX_DIMS], at[SHARR_MAX_DIMS] = {0};
    strides s = strides_of(t->nfine, t->fine);
    int ndim = strides_shape(&s, shape);
    regroup_split(t->ndim, t->shape, t->chunk, &s, cell);
    chunkgrid own = chunkgrid_make(t->ndim, t->shape, t->chunk, NULL), fine = chunkgrid_make(ndim, shape, cell, NULL);
    int64_t number = 0;
    CU_ASSERT_EQUAL(chunkgrid_count(&own), chunkgrid_count(&fine));
    do {
        int64_t there[SHARR_MAX_DIMS], back[SHARR_MAX_DIMS];
        regroup_index(&fine, at, &own, there);
        regroup_index(&own, there, &fine, back);
        CU_ASSERT_EQUAL(shape_ravel(own.ndim, own.ncells, there), number++);
        CU_ASSERT(!memcmp(back, at, (size_t)ndim * sizeof *at));
    } while (shape_next(ndim, fine.ncells, at));
}

static void splits_are_those_that_exist(void)
{
    int split = 0;
    srand(1);
    for (int i = 0; i < 3000; i++) {
        trial t = random_trial();
        bool yes;
        check_split(&t, &yes);
        if (yes)
            check_index(&t);
        split += yes;
    }
    TAP_CHECK(split > 500 && split < 2900, "%d of 3000 grids can be split", split);
}

/* The largest extent that can be split, by trying all. */
static void fits_are_the_largest(void)
{
    srand(2);
    for (int i = 0; i < 2000; i++) {
        trial t = random_trial();
        strides s = strides_of(t.nfine, t.fine);
        int d = rand() % t.ndim;
        int64_t most = 1 + rand() % 20, best = 0, cell[SHARR_MAX_DIMS];
        const parts p = parts_of(&s, t.ndim, t.shape, d);
        for (int64_t c = 1; c <= min_i64(most, t.shape[d]); c++) {
            int64_t chunk[2] = {1, 1};
            chunk[d] = c;
            best = regroup_split(t.ndim, t.shape, chunk, &s, cell) ? c : best;
        }
        CU_ASSERT_EQUAL(regroup_fit(&p, most), best);
    }
}

static void strides_divide_one_another(void)
{
    const int64_t a[] = {6, 1, 4}, b[] = {4, 6}, c[] = {2, 3, 4};
    strides s = strides_of(3, a), crossing = strides_of(2, b), finer = strides_of(3, c);
    int64_t shape[SHARR_MAX_DIMS];
    CU_ASSERT_EQUAL(s.n, 3);
    CU_ASSERT(s.at[0] == 1 && s.at[1] == 4 && s.at[2] == 24);
    CU_ASSERT_FALSE(strides_join(&crossing, &s));       /* 4 does not divide 6 */
    CU_ASSERT(strides_join(&s, &finer));
    CU_ASSERT(strides_equal(&s, &finer));
    CU_ASSERT_EQUAL(strides_shape(&s, shape), 3);
    CU_ASSERT(shape[0] == 2 && shape[1] == 3 && shape[2] == 4);
    CU_ASSERT_FALSE(strides_add(&s, 48));               /* beyond the end */
    CU_ASSERT_FALSE(strides_add(&s, 8));
    CU_ASSERT(strides_add(&s, 2));
    const int64_t whole[] = {6, 4};
    const parts p = parts_of(&s, 2, whole, 0), q = parts_of(&s, 2, whole, 1);
    CU_ASSERT(p.n == 2 && p.first == 0 && p.extent == 6);
    CU_ASSERT(p.count[0] == 2 && p.count[1] == 3 && p.stride[0] == 3 && p.stride[1] == 1);
    CU_ASSERT(q.n == 2 && q.first == 2 && q.count[0] == 2 && q.stride[0] == 2 && parts_block(&q) == 2);
}

/* A transposed matrix in memory, its rows split. */
static void strided_sources(void)
{
    const source x = {.ndim = 2, .shape = {6, 5}, .chunk = {6, 5}, .path = SOURCE_MEMORY, .strided = true, .stride = {8, 48}};
    const int64_t shape[] = {2, 3, 5};
    source y = regroup_source(&x, 3, shape);
    CU_ASSERT(y.ndim == 3 && y.stride[0] == 24 && y.stride[1] == 8 && y.stride[2] == 48);
}

static const tap_test tests[] = {
    {"grids are split where that is possible, and only there", splits_are_those_that_exist},
    {"the largest chunk that can be split", fits_are_the_largest},
    {"strides divide one another", strides_divide_one_another},
    {"strided sources", strided_sources},
};
TAP_MAIN("regroup", tests)
