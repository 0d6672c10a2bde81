/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs of bytes of boxes, and sets of pages, against one byte and one page after the other.
 */
#include "array/pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "support/tap_cunit.h"

enum { SIZE = 2, MOST = 4000 };

typedef struct seen { unsigned char at[MOST * SIZE]; int64_t last, runs; } seen;

static int mark(void *arg, int64_t at, int64_t bytes)
{
    seen *s = arg;
    CU_ASSERT(at >= s->last && bytes > 0);              /* in order, and no byte twice */
    s->last = at + bytes;
    s->runs++;
    memset(s->at + at, 1, (size_t)bytes);
    return 0;
}

static box random_part(unsigned *seed, int ndim, int64_t *shape, int64_t *step)
{
    box b = {.ndim = ndim};
    for (int d = 0; d < ndim; d++) {
        shape[d] = 1 + rand_r(seed) % 15;
        step[d] = rand_r(seed) % 2 ? 1 : 1 + rand_r(seed) % 5;
        b.start[d] = rand_r(seed) % shape[d];
        b.count[d] = rand_r(seed) % ((shape[d] - b.start[d] + step[d] - 1) / step[d] + 1);
    }
    return b;
}

static bool inside(const box *b, const int64_t *step, const int64_t *shape, int64_t i)
{
    int64_t at[SHARR_MAX_DIMS];
    bool in = true;
    shape_unravel(b->ndim, shape, i, at);
    for (int d = 0; d < b->ndim; d++)
        in = in && at[d] >= b->start[d] && at[d] < b->start[d] + b->count[d] * step[d] && (at[d] - b->start[d]) % step[d] == 0;
    return in;
}

static void runs_are_the_box(void)
{
    unsigned seed = 3;
    static seen s;
    for (int n = 0; n < 3000; n++) {
        int64_t shape[3], step[3], all = 1, gap = n % 3 ? 0 : rand_r(&seed) % 40, wrong = 0, holes = 0;
        box b = random_part(&seed, n % 4, shape, step);
        shape_size(b.ndim, shape, &all);
        memset(&s, 0, sizeof s);
        CU_ASSERT_EQUAL(box_runs(&(boxbytes){&b, step, shape, SIZE}, gap, mark, &s), 0);
        for (int64_t i = 0; i < all * SIZE; i++) {
            bool want = inside(&b, step, shape, i / SIZE);
            wrong += want && !s.at[i];
            holes += !want && s.at[i];
        }
        CU_ASSERT(wrong == 0 && (gap > 0 || holes == 0) && holes <= (gap + 1) * all);
        CU_ASSERT(s.runs <= box_size(&b));
    }
}

static void whole_rows_are_one_run(void)
{
    const int64_t shape[3] = {5, 7, 11};
    const box rows = {.ndim = 3, .start = {1, 0, 0}, .count = {3, 7, 11}}, columns = {.ndim = 3, .start = {0, 2, 0}, .count = {5, 1, 11}};
    seen s = {.runs = 0};
    box_runs(&(boxbytes){&rows, NULL, shape, SIZE}, 0, mark, &s);
    CU_ASSERT_EQUAL(s.runs, 1);
    s = (seen){.runs = 0};
    box_runs(&(boxbytes){&columns, NULL, shape, SIZE}, 0, mark, &s);
    CU_ASSERT_EQUAL(s.runs, 5);
    s = (seen){.runs = 0};
    box_runs(&(boxbytes){&columns, NULL, shape, SIZE}, 6 * 11 * SIZE, mark, &s);
    CU_ASSERT_EQUAL(s.runs, 1);
}

static int stop(void *arg, int64_t at, int64_t bytes)
{
    return --*(int *)arg == 0 ? (int)(at + bytes) : 0;
}

static void visitors_can_stop(void)
{
    const int64_t shape[2] = {9, 9};
    const box b = {.ndim = 2, .start = {0, 0}, .count = {9, 2}};
    int left = 3;
    CU_ASSERT_EQUAL(box_runs(&(boxbytes){&b, NULL, shape, SIZE}, 0, stop, &left), 2 * 18 + 4);
}

enum { PAGES = 300 };

static void sets_page_by_page(void)
{
    unsigned seed = 7;
    for (int n = 0; n < 400; n++) {
        const int64_t bytes = (int64_t)(PAGES - n % 70) * PAGE_BYTES - n % 5;
        void *room = malloc((size_t)pageset_room(bytes));
        bool want[PAGES] = {false};
        pageset s = pageset_in(room, bytes);
        CU_ASSERT_EQUAL(pageset_count(&s), 0);
        for (int k = 0; k < 12; k++) {
            int64_t from = rand_r(&seed) % bytes, to = min_i64(bytes, from + rand_r(&seed) % (k % 2 ? 9000 : 300000));
            bool add = rand_r(&seed) % 3 > 0;
            (add ? pageset_add : pageset_remove)(&s, from, to);
            for (int64_t p = from / PAGE_BYTES; from < to && p * PAGE_BYTES < to; p++)
                want[p] = add;
        }
        int64_t count = 0, page = 0, end = s.n - n % 3, run, at = 0, wrong = 0;
        for (int p = 0; p < PAGES; p++)
            count += want[p];
        CU_ASSERT_EQUAL(pageset_count(&s), count);
        for (; pageset_next(&s, end, &page, &run); page += run) {
            for (; at < page; at++)
                wrong += want[at];
            for (; at < page + run; at++)
                wrong += !want[at];
        }
        for (; at < end; at++)
            wrong += want[at];
        CU_ASSERT_EQUAL(wrong, 0);
        free(room);
    }
}

static void pages_of_a_box(void)
{
    const int64_t shape[2] = {100, 5000};                /* rows of 10,000 bytes */
    const box b = {.ndim = 2, .start = {10, 100}, .count = {3, 50}};
    char room[64 * 8];
    pageset s = pageset_in(room, 1000000);
    pageset_add_box(&s, &(boxbytes){&b, NULL, shape, 2});
    int64_t page = 0, count;
    CU_ASSERT(pageset_next(&s, s.n, &page, &count) && page == 24 && count == 1);        /* 100,200 */
    page += count;
    CU_ASSERT(pageset_next(&s, s.n, &page, &count) && page == 26 && count == 1);        /* 110,200 ... 110,300: 26.9 */
    page += count;
    CU_ASSERT(pageset_next(&s, s.n, &page, &count) && page == 29 && count == 1);        /* 120,200: 29.3 */
    page += count;
    CU_ASSERT(!pageset_next(&s, s.n, &page, &count));
}

static const tap_test tests[] = {
    {"runs are the box", runs_are_the_box},
    {"whole rows are one run", whole_rows_are_one_run},
    {"visitors can stop", visitors_can_stop},
    {"sets, page by page", sets_page_by_page},
    {"pages of a box", pages_of_a_box},
};

TAP_MAIN("pages", tests)
