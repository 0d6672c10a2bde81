/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs of bytes and sets of pages.
 */
#include "array/pages.h"

#include <string.h>

#include "base/checked.h"

int box_runs(const boxbytes *of, int64_t gap, run_visit *visit, void *arg)
{
    const box *b = of->b;
    int64_t stride[SHARR_MAX_DIMS], index[SHARR_MAX_DIMS] = { 0 }, first = 0, bytes = of->size;
    int outer = b->ndim, stop = 0;
    if (box_empty(b))
        return 0;
    shape_strides(b->ndim, of->shape, stride);
    for (int d = 0; d < b->ndim; d++) {
        first += b->start[d] * stride[d] * of->size;
        stride[d] *= of->size * (of->step ? of->step[d] : 1);
    }
    for (; outer > 0 && (b->count[outer - 1] == 1 || stride[outer - 1] - bytes <= gap); outer--)
        bytes += (b->count[outer - 1] - 1) * stride[outer - 1];
    do {
        int64_t at = first;
        for (int d = 0; d < outer; d++)
            at += index[d] * stride[d];
        stop = visit(arg, at, bytes);
    } while (!stop && shape_next(outer, b->count, index));
    return stop;
}

/* ---- sets of pages ------------------------------------------------------------------------- */

int64_t pageset_room(int64_t bytes)
{
    return ceil_div(ceil_div(bytes, PAGE_BYTES), 64) * 8;
}

pageset pageset_in(void *room, int64_t bytes)
{
    memset(room, 0, (size_t)pageset_room(bytes));
    return (pageset){ .n = ceil_div(bytes, PAGE_BYTES), .bit = room };
}

/* Bits [from, to) of word w. */
static uint64_t mask_of(int64_t w, int64_t from, int64_t to)
{
    int64_t a = max_i64(from - 64 * w, 0), b = min_i64(to - 64 * w, 64);
    return (b == 64 ? UINT64_MAX : ((uint64_t)1 << b) - 1) & (UINT64_MAX << a);
}

static void change(pageset *s, int64_t from, int64_t to, bool add)
{
    int64_t a = from / PAGE_BYTES, b = min_i64(ceil_div(to, PAGE_BYTES), s->n);
    for (int64_t w = a / 64; from < to && 64 * w < b; w++) {
        uint64_t mask = mask_of(w, a, b);
        s->bit[w] = add ? s->bit[w] | mask : s->bit[w] & ~mask;
    }
}

void pageset_add(pageset *s, int64_t from, int64_t to)
{
    change(s, from, to, true);
}

void pageset_remove(pageset *s, int64_t from, int64_t to)
{
    change(s, from, to, false);
}

static int add_run(void *arg, int64_t at, int64_t bytes)
{
    pageset_add(arg, at, at + bytes);
    return 0;
}

void pageset_add_box(pageset *s, const boxbytes *of)
{
    box_runs(of, PAGE_BYTES, add_run, s);
}

int64_t pageset_count(const pageset *s)
{
    int64_t n = 0;
    for (int64_t w = 0; 64 * w < s->n; w++)
        n += __builtin_popcountll(s->bit[w]);
    return n;
}

/* The first page in [page, end) that is in the set, or is not; `end` if none is. */
static int64_t find(const pageset *s, int64_t page, int64_t end, bool in)
{
    while (page < end) {
        uint64_t word = (in ? s->bit[page / 64] : ~s->bit[page / 64]) & (UINT64_MAX << page % 64);
        if (word)
            return min_i64(end, page / 64 * 64 + __builtin_ctzll(word));
        page = (page / 64 + 1) * 64;
    }
    return end;
}

bool pageset_next(const pageset *s, int64_t end, int64_t *page, int64_t *count)
{
    end = min_i64(end, s->n);
    *page = find(s, *page, end, true);
    *count = *page < end ? find(s, *page, end, false) - *page : 0;
    return *count > 0;
}
