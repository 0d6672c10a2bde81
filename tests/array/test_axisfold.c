/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Folds: the parts of a box cover each of its elements once, where the array has them; rows of chunks are counted as
 * they are when they are counted one by one.
 */
#include "array/axisfold.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "support/tap_cunit.h"

typedef struct example { int ndim; int64_t shape[4], chunk[4]; } example;

static const example examples[] = {
    { 1, { 30 }, { 7 } },           { 2, { 6, 9 }, { 2, 4 } },          { 3, { 5, 7, 6 }, { 1, 3, 6 } },
    { 3, { 4, 6, 5 }, { 1, 3, 5 } }, { 4, { 3, 4, 5, 2 }, { 1, 2, 5, 1 } }, { 4, { 1, 1, 12, 3 }, { 1, 1, 5, 3 } },
    { 3, { 8, 1, 9 }, { 3, 1, 2 } }, { 2, { 0, 5 }, { 1, 2 } },          { 0, { 0 }, { 0 } },
};
enum { EXAMPLES = sizeof examples / sizeof *examples };

/* Place in the array, C order, of an element of the fold: they are the same order along each of the three. */
static int64_t place_of(const axisfold *f, const int64_t at[3])
{
    return (at[0] * axisfold_extent(f, 1) + at[1]) * axisfold_extent(f, 2) + at[2];
}

/* Marks what the parts of b hold, at its place in the array; false: a part is not where it says. */
static bool mark(const axisfold *f, const box *b, int *seen, int64_t *parts)
{
    box part, folded;
    bool good = true;
    axisfold_walk w = axisfold_begin(b);
    while (axisfold_next(f, b, &w, &part, &folded)) {
        int64_t at[SHARR_MAX_DIMS] = { 0 }, k = 0, strides[SHARR_MAX_DIMS];
        shape_strides(f->ndim, f->shape, strides);
        do {
            int64_t place = 0, q[3] = { k / folded.count[2] / folded.count[1], k / folded.count[2] % folded.count[1], k % folded.count[2] };
            for (int d = 0; d < f->ndim; d++)
                place += (part.start[d] + at[d]) * strides[d];
            for (int g = 0; g < 3; g++)
                q[g] += folded.start[g];
            good = good && place == place_of(f, q);
            seen[place]++;
            k++;
        } while (shape_next(f->ndim, part.count, at));
        good = good && k == box_size(&folded);
        (*parts)++;
    }
    return good;
}

static void parts_cover_a_box_once(void)
{
    int seen[2000];
    for (int e = 0; e < EXAMPLES; e++)
        for (int axis = -1; axis < examples[e].ndim; axis++) {
            axisfold f = axisfold_make(examples[e].ndim, examples[e].shape, axis);
            for (int round = 0; round < 200; round++) {
                box b = { .ndim = 3 };
                int64_t sum = 0, parts = 0, all = 1;
                for (int g = 0; g < 3; g++) {
                    int64_t n = axisfold_extent(&f, g);
                    all *= n;
                    b.start[g] = n ? rand() % n : 0;
                    b.count[g] = n ? rand() % (n - b.start[g]) + 1 : 0;
                }
                memset(seen, 0, sizeof seen);
                TAP_CHECK(mark(&f, &b, seen, &parts), "example %d, axis %d: a part is elsewhere", e, axis);
                for (int64_t i = 0; i < all; i++) {
                    TAP_CHECK(seen[i] <= 1, "example %d, axis %d: element %lld is in %d parts", e, axis, (long long)i, seen[i]);
                    sum += seen[i];
                }
                CU_ASSERT_EQUAL(sum, box_size(&b));
            }
        }
}

/* Chunks that all pieces touch, part by part, as the executor goes about it. */
static int64_t count_chunks(const axisfold *f, const chunkgrid *c, const int64_t *piece)
{
    int64_t n[3], sum = 0;
    for (int g = 0; g < 3; g++)
        n[g] = axisfold_extent(f, g);
    for (int64_t i = 0; i < n[0]; i += piece[0])
        for (int64_t j = 0; j < n[1]; j += piece[1])
            for (int64_t k = 0; k < n[2]; k += piece[2]) {
                box b = { .ndim = 3, .start = { i, j, k },
                          .count = { min_i64(piece[0], n[0] - i), min_i64(piece[1], n[1] - j), min_i64(piece[2], n[2] - k) } };
                box part, folded;
                axisfold_walk w = axisfold_begin(&b);
                while (axisfold_next(f, &b, &w, &part, &folded)) {
                    box t = chunkgrid_touched(c, &part);
                    sum += box_size(&t);
                }
            }
    return sum;
}

static void touched_chunks_are_counted_exactly(void)
{
    for (int e = 0; e < EXAMPLES; e++)
        for (int axis = -1; axis < examples[e].ndim; axis++) {
            const example *x = &examples[e];
            axisfold f = axisfold_make(x->ndim, x->shape, axis);
            chunkgrid c = chunkgrid_make(x->ndim, x->shape, x->chunk, NULL);
            for (int round = 0; round < 100; round++) {
                int64_t piece[3], got = 1;
                for (int g = 0; g < 3; g++) {
                    piece[g] = rand() % (axisfold_extent(&f, g) + 3) + 1;
                    got *= axisfold_touched(&f, &c, g, piece[g]);
                }
                int64_t want = count_chunks(&f, &c, piece);
                TAP_CHECK(got == want, "example %d, axis %d, pieces %lld %lld %lld: %lld instead of %lld", e, axis, (long long)piece[0],
                          (long long)piece[1], (long long)piece[2], (long long)got, (long long)want);
            }
        }
}

/* Patterns that repeat are not counted piece by piece: by hand, 10^12 elements in chunks of 1000, pieces of 1500. */
static void large_arrays_are_counted_at_once(void)
{
    const int64_t shape[2] = { 1000000000000, 3 }, chunk[2] = { 1000, 3 };
    axisfold f = axisfold_make(2, shape, 0);
    chunkgrid c = chunkgrid_make(2, shape, chunk, NULL);
    CU_ASSERT_EQUAL(axisfold_touched(&f, &c, 1, 1500), 4 * (shape[0] / 3000) + 1);      /* the rest of 1000: one piece */
    CU_ASSERT_EQUAL(axisfold_touched(&f, &c, 1, 1000), shape[0] / 1000);
    CU_ASSERT_EQUAL(axisfold_touched(&f, &c, 2, 3), 1);
    CU_ASSERT_EQUAL(axisfold_touched(&f, &c, 2, 1), 3);
    const int64_t huge[1] = { 1000000000000 };
    c = chunkgrid_make(1, huge, huge, NULL);
    f = axisfold_make(1, huge, 0);
    CU_ASSERT_EQUAL(axisfold_touched(&f, &c, 1, 7), -1);
}

/* Pieces of a grain, and of multiples of it, touch each chunk once, whatever the fold. */
static void grains_cut_no_chunk(void)
{
    for (int e = 0; e < EXAMPLES; e++)
        for (int axis = -1; axis < examples[e].ndim; axis++) {
            const example *x = &examples[e];
            axisfold f = axisfold_make(x->ndim, x->shape, axis);
            chunkgrid c = chunkgrid_make(x->ndim, x->shape, x->chunk, NULL);
            for (int times = 1; times < 5; times++) {
                int64_t cells = 1;
                for (int g = 0; g < 3; g++)
                    cells *= axisfold_touched(&f, &c, g, max_i64(1, times * axisfold_grain(&f, &c, g)));
                TAP_CHECK(cells == chunkgrid_count(&c), "example %d, axis %d, %d grains: %lld of %lld chunks", e, axis, times,
                          (long long)cells, (long long)chunkgrid_count(&c));
            }
        }
}

static const tap_test tests[] = {
    { "parts cover a box once", parts_cover_a_box_once },
    { "touched chunks are counted exactly", touched_chunks_are_counted_exactly },
    { "large arrays are counted at once", large_arrays_are_counted_at_once },
    { "grains cut no chunk", grains_cut_no_chunk },
};
TAP_MAIN("folds along an axis", tests)
