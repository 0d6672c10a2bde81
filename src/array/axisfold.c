/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lengths of the fold are cut into boxes of the array from the front: as many whole inner dimensions as fit.
 */
#include "array/axisfold.h"

#include "base/checked.h"

/* Pieces that are counted one by one. */
enum { MOST_PIECES = 1 << 20 };

axisfold axisfold_make(int ndim, const int64_t *shape, int axis)
{
    axisfold f = { .ndim = ndim, .first = { 0, axis < 0 ? 0 : axis, axis < 0 ? ndim : axis + 1, ndim } };
    if (ndim == 0)
        f.first[2] = 0;
    for (int d = 0; d < ndim; d++)
        f.shape[d] = shape[d];
    return f;
}

int64_t axisfold_extent(const axisfold *f, int g)
{
    int64_t n = 1;
    for (int d = f->first[g]; d < f->first[g + 1]; d++)
        n *= f->shape[d];
    return n;
}

/* The largest box that begins at `at` and ends at `end` or before: its length. */
static int64_t first_box(const axisfold *f, int g, int64_t at, int64_t end, box *b)
{
    int cut = f->first[g + 1] - 1;
    int64_t inner = 1, stride = 1, n;
    if (cut < f->first[g])
        return 1;
    for (int d = cut; d >= f->first[g] && at % stride == 0 && at + stride <= end; stride *= f->shape[d--]) {
        cut = d;
        inner = stride;
    }
    for (int d = f->first[g + 1] - 1; d > cut; d--) {
        b->start[d] = 0;
        b->count[d] = f->shape[d];
    }
    int64_t rest = at / inner;
    b->start[cut] = rest % f->shape[cut];
    n = b->count[cut] = min_i64((end - at) / inner, f->shape[cut] - b->start[cut]);
    rest /= f->shape[cut];
    for (int d = cut - 1; d >= f->first[g]; d--) {
        b->start[d] = rest % f->shape[d];
        b->count[d] = 1;
        rest /= f->shape[d];
    }
    return n * inner;
}

axisfold_walk axisfold_begin(const box *b)
{
    axisfold_walk w = { .done = box_empty(b) };
    for (int g = 0; g < 3; g++)
        w.at[g] = b->start[g];
    return w;
}

bool axisfold_next(const axisfold *f, const box *b, axisfold_walk *w, box *part, box *folded)
{
    if (w->done)
        return false;
    part->ndim = f->ndim;
    folded->ndim = 3;
    for (int g = 0; g < 3; g++) {
        w->step[g] = first_box(f, g, w->at[g], b->start[g] + b->count[g], part);
        folded->start[g] = w->at[g];
        folded->count[g] = w->step[g];
    }
    for (int g = 2; g >= 0; g--) {
        w->at[g] += w->step[g];
        if (w->at[g] < b->start[g] + b->count[g])
            return true;
        w->at[g] = b->start[g];
    }
    w->done = true;
    return true;
}

/* ---- chunks --------------------------------------------------------------------------------- */

/* Elements behind dimension d in its dimension of the fold. */
static int64_t stride_of(const axisfold *f, int g, int d)
{
    int64_t n = 1;
    for (int k = d + 1; k < f->first[g + 1]; k++)
        n *= f->shape[k];
    return n;
}

/* The slowest dimension that has more than one element: the fold ends there. */
static int slowest(const axisfold *f, int g)
{
    int d = f->first[g];
    while (d < f->first[g + 1] && f->shape[d] <= 1)
        d++;
    return d;
}

int64_t axisfold_grain(const axisfold *f, const chunkgrid *c, int g)
{
    int d = slowest(f, g), end = f->first[g + 1];
    /* a row of chunks that is one element high may be cut, if it is made of whole chunks */
    while (d + 1 < end && c->cell[d] == 1 && f->shape[d + 1] % c->cell[d + 1] == 0)
        d++;
    return d < end ? min_i64(c->cell[d], f->shape[d]) * stride_of(f, g, d) : 1;
}

static int64_t touched_by(const axisfold *f, const chunkgrid *c, int g, int64_t from, int64_t to)
{
    int64_t sum = 0;
    for (int64_t at = from; at < to;) {
        box b = { .ndim = f->ndim };
        int64_t cells = 1;
        at += first_box(f, g, at, to, &b);
        for (int d = f->first[g]; d < f->first[g + 1]; d++)
            cells *= chunkgrid_index_of(c, d, b.start[d] + b.count[d] - 1) - chunkgrid_index_of(c, d, b.start[d]) + 1;
        sum += cells;
    }
    return sum;
}

static int64_t touched_until(const axisfold *f, const chunkgrid *c, int g, int64_t piece, int64_t end)
{
    int64_t sum = 0;
    for (int64_t at = 0; at < end; at += piece)
        sum += touched_by(f, c, g, at, min_i64(at + piece, end));
    return sum;
}

/* Borders of chunks and pieces repeat after as many pieces as end at the end of a slowest row of chunks. */
int64_t axisfold_touched(const axisfold *f, const chunkgrid *c, int g, int64_t piece)
{
    int d = slowest(f, g);
    int64_t n = axisfold_extent(f, g), again = n, times;
    if (d == f->first[g + 1])
        return min_i64(n, 1);
    int64_t row = c->cell[d] * stride_of(f, g, d);
    if (n == 0 || mul_i64(row / gcd_i64(row, piece), piece, &again))
        again = min_i64(n, again);
    if (again == 0)
        return 0;
    if (again / piece > MOST_PIECES)
        return -1;
    times = n / again;
    return times * touched_until(f, c, g, piece, again) + (n % again ? touched_until(f, c, g, piece, n % again) : 0);
}
