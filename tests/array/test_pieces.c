/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pieces of datasets, against lists of elements: the cells that are chosen are boxes of the dataset, cover it once,
 * and touch the chunks that are counted.
 */
#include "array/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "support/tap_cunit.h"

enum { MOST = 4096 };

typedef struct trial { source s; int nfine; int64_t fine[SHARR_MAX_DIMS]; strides to; } trial;

/* Dimensions that are products of up to three factors; chunks of any size. */
static trial random_trial(void)
{
    trial t = { .s = { .ndim = 1 + rand() % 3, .type = SHARR_FLOAT32, .chunked = true } };
    int64_t all = 1;
    for (int d = 0; d < t.s.ndim; d++) {
        t.s.shape[d] = 1;
        for (int more = 1 + rand() % 3; more > 0; more--) {
            int64_t f = 1 + rand() % 9;
            if (all * f > MOST)
                break;
            t.fine[t.nfine++] = f;
            t.s.shape[d] *= f;
            all *= f;
        }
        t.s.chunk[d] = 1 + rand() % (t.s.shape[d] + 2);
    }
    t.to = strides_of(t.nfine, t.fine);
    t.nfine = strides_shape(&t.to, t.fine);
    return t;
}

/* The elements of both boxes, in C order, have the same places. */
static bool same_elements(const trial *t, const box *fine, const box *own)
{
    int64_t a[SHARR_MAX_DIMS] = { 0 }, b[SHARR_MAX_DIMS] = { 0 }, x[SHARR_MAX_DIMS], y[SHARR_MAX_DIMS];
    bool more, also;
    do {
        for (int d = 0; d < fine->ndim; d++)
            x[d] = fine->start[d] + a[d];
        for (int d = 0; d < own->ndim; d++)
            y[d] = own->start[d] + b[d];
        if (shape_ravel(fine->ndim, t->fine, x) != shape_ravel(own->ndim, t->s.shape, y))
            return false;
        more = shape_next(fine->ndim, fine->count, a);
        also = shape_next(own->ndim, own->count, b);
    } while (more && also);
    return more == also;
}

/* Decodes of all pieces by what their boxes touch, and by the counts along each dimension. */
static void check_pieces(const trial *t, const int64_t *cell)
{
    const chunkgrid g = chunkgrid_make(t->nfine, t->fine, cell, NULL), own = chunkgrid_make(t->s.ndim, t->s.shape, t->s.chunk, NULL);
    int64_t at[SHARR_MAX_DIMS] = { 0 }, touched = 0, counted = 1, chunks = 1;
    do {
        const box fine = chunkgrid_box(&g, at), b = pieces_box(&g, at, &t->s), c = chunkgrid_touched(&own, &b);
        CU_ASSERT(same_elements(t, &fine, &b));
        touched += box_size(&c);
    } while (shape_next(t->nfine, g.ncells, at));
    for (int d = 0; d < t->s.ndim; d++) {
        int first;
        const pieces p = pieces_along(&t->s, &t->to, cell, d, &first);
        const int64_t last = ceil_div(p.extent, p.piece) - 1;
        CU_ASSERT(first < 0 || g.ncells[first] == last + 1);
        counted *= first < 0 ? own.ncells[d] : pieces_decodes(&p, 0, last);
        chunks *= first < 0 ? own.ncells[d] : pieces_chunks(&p, 0, last);
    }
    CU_ASSERT_EQUAL(touched, counted);
    CU_ASSERT_EQUAL(chunks, chunkgrid_count(&own));
}

static void pieces_are_boxes(void)
{
    int some = 0;
    srand(1);
    for (int i = 0; i < 2000; i++) {
        trial t = random_trial();
        int64_t cell[SHARR_MAX_DIMS], whole[SHARR_MAX_DIMS];
        if (regroup_split(t.s.ndim, t.s.shape, t.s.chunk, &t.to, cell))
            continue;
        if (!pieces_choose(&t.s, &t.to, cell))         /* decodes too often */
            continue;
        check_pieces(&t, cell);
        memcpy(whole, cell, sizeof whole);
        for (int d = 0; d < t.s.ndim; d++) {            /* smaller ones, as plans ask for them */
            int first;
            pieces_along(&t.s, &t.to, cell, d, &first);
            if (first >= 0)
                whole[first] = 1 + rand() % cell[first];
        }
        check_pieces(&t, whole);
        some++;
    }
    TAP_CHECK(some > 500, "%d of 2000 have pieces", some);
}

/* Ranges of pieces, one by one. */
static void decodes_are_counted(void)
{
    srand(2);
    for (int i = 0; i < 5000; i++) {
        const pieces p = { 1 + rand() % 20, 1 + rand() % 20, 1 + rand() % 200 };
        int64_t n = ceil_div(p.extent, p.piece), lo = rand() % n, hi = lo + rand() % (n - lo), each = 0;
        for (int64_t k = lo; k <= hi; k++)
            each += (min_i64((k + 1) * p.piece, p.extent) - 1) / p.chunk - k * p.piece / p.chunk + 1;
        CU_ASSERT_EQUAL(pieces_decodes(&p, lo, hi), each);
        CU_ASSERT_EQUAL(pieces_period(&p) * p.piece % p.chunk, 0);
    }
}

/* Hours in days; megabytes by the hour. */
static source hours(int64_t chunk, int64_t map)
{
    return (source){ .ndim = 2, .type = SHARR_FLOAT32, .shape = { 8760, map }, .chunk = { chunk, map }, .chunked = true };
}

static void sizes_of_pieces(void)
{
    const int64_t days[] = { 365, 24, 10000 }, big[] = { 365, 24, 10000000 }, years[] = { 5, 73, 24, 10000 };
    const strides by_day = strides_of(3, days), by_day_big = strides_of(3, big), by_year = strides_of(4, years);
    int64_t cell[SHARR_MAX_DIMS];
    source x = hours(31, 10000);                /* 31 days would be without decodes for nothing; four chunks are six days */
    CU_ASSERT(pieces_choose(&x, &by_day, cell));
    CU_ASSERT(cell[0] == 6 && cell[1] == 24 && cell[2] == 10000);
    x = hours(36, 10000);                       /* three days are two chunks */
    CU_ASSERT(pieces_choose(&x, &by_day, cell));
    CU_ASSERT(cell[0] == 3 && cell[1] == 24 && cell[2] == 10000);
    x = hours(5, 10000000);                     /* a day is 960 MB, a chunk 200 */
    CU_ASSERT_FALSE(pieces_choose(&x, &by_day_big, cell));
    x = hours(31, 10000);                       /* a part of a year that is whole is 70 MB */
    CU_ASSERT_FALSE(pieces_choose(&x, &by_year, cell));
}

static const tap_test tests[] = {
    { "pieces are boxes, and their chunks are counted", pieces_are_boxes },
    { "decodes of ranges", decodes_are_counted },
    { "sizes of pieces", sizes_of_pieces },
};
TAP_MAIN("pieces", tests)
