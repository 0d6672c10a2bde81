/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arithmetic of pieces.
 */
#include "array/pieces.h"

#include "base/checked.h"

/* A piece takes up to this much, or two chunks; the least one that can be, less: where it cannot, a relayout takes less memory.
 * Pieces of WIDE chunks decode 1.25 times what they need, which is enough; more than MOST_DECODES cost what a relayout does.
 * Small pieces are powers of two, as small tiles are. */
enum { PIECE_BYTES = 16 << 20, LEAST_BYTES = 1 << 20, PIECE_CHUNKS = 2, WIDE = 4, SMALL_BYTES = 128 << 10 };
static const double MOST_DECODES = 1.5;

int64_t pieces_period(const pieces *p)
{
    return p->chunk / gcd_i64(p->chunk, p->piece);
}

int64_t pieces_chunks_of(const pieces *p, int64_t from, int64_t end)
{
    end = min_i64(end, p->extent);
    return end <= from ? 0 : (end - 1) / p->chunk - from / p->chunk + 1;
}

int64_t pieces_chunks(const pieces *p, int64_t lo, int64_t hi)
{
    return pieces_chunks_of(p, lo * p->piece, (hi + 1) * p->piece);
}

/* A border between two pieces that is none of chunks is inside a chunk, which both decode. */
int64_t pieces_decodes(const pieces *p, int64_t lo, int64_t hi)
{
    int64_t period = pieces_period(p);
    return hi < lo ? 0 : pieces_chunks(p, lo, hi) + (hi - lo) - (hi / period - lo / period);
}

static parts parts_in(const source *s, const strides *fine, int d)
{
    return parts_of(fine, s->ndim, s->shape, d);
}

static int64_t chunk_of(const source *s, int d)
{
    return min_i64(s->chunk[d], s->shape[d]);
}

/* Are the chunks boxes, as far as dimension d goes? */
static bool splits(const source *s, const strides *fine, int d)
{
    int64_t chunk[SHARR_MAX_DIMS], cell[SHARR_MAX_DIMS];
    for (int k = 0; k < s->ndim; k++)
        chunk[k] = k == d ? s->chunk[k] : 1;
    return regroup_split(s->ndim, s->shape, chunk, fine, cell);
}

static int64_t power_of_two(int64_t n)
{
    int64_t p = 1;
    while (p < n)
        p *= 2;
    return p;
}

/* Of blocks of `inner` elements, which take `bytes` each: where borders of chunks and of pieces meet soon, else a few
 * chunks. */
static int64_t choose(const pieces *p, int64_t inner, int64_t bytes, int64_t most)
{
    int64_t meet, n = min_i64(ceil_div(WIDE * p->chunk, inner), max_i64(1, most / bytes));
    if (mul_i64(inner, p->chunk / gcd_i64(p->chunk, inner), &meet) && meet <= n * inner)
        return min_i64(meet, p->extent);
    n = bytes < SMALL_BYTES ? power_of_two(n) : n;
    return min_i64(n * inner, p->extent);
}

bool pieces_choose(const source *s, const strides *fine, int64_t *cell)
{
    int64_t extent[SHARR_MAX_DIMS], bytes = (int64_t)dtype_size(s->type);
    double decodes = 1;
    for (int d = 0; d < s->ndim; d++)
        bytes *= extent[d] = chunk_of(s, d);
    const int64_t most = max_i64(PIECE_BYTES, PIECE_CHUNKS * bytes), least = max_i64(LEAST_BYTES, PIECE_CHUNKS * bytes);
    for (int d = s->ndim - 1; d >= 0; d--) {
        if (splits(s, fine, d))
            continue;
        const parts to = parts_in(s, fine, d);
        pieces p = { .chunk = extent[d], .extent = s->shape[d] };
        bytes /= extent[d];
        if (bytes * parts_block(&to) > least)
            return false;
        p.piece = extent[d] = choose(&p, parts_block(&to), bytes * parts_block(&to), most);
        bytes *= p.piece;
        int64_t last = ceil_div(p.extent, p.piece) - 1;
        decodes *= (double)pieces_decodes(&p, 0, last) / (double)pieces_chunks(&p, 0, last);
    }
    return decodes <= MOST_DECODES && regroup_split(s->ndim, s->shape, extent, fine, cell);
}

pieces pieces_along(const source *s, const strides *fine, const int64_t *cell, int d, int *first)
{
    const parts to = parts_in(s, fine, d);
    pieces p = { 1, chunk_of(s, d), s->shape[d] };
    for (int k = to.first; k < to.first + to.n; k++)
        p.piece *= cell[k];
    *first = to.n == 0 || splits(s, fine, d) ? -1 : to.first;
    return p;
}

void pieces_shrink(const source *s, const strides *fine, int64_t *cell)
{
    for (int d = 0; d < s->ndim; d++) {
        int first;
        pieces_along(s, fine, cell, d, &first);
        if (first >= 0)
            cell[first] = 1;
    }
}

box pieces_box(const chunkgrid *fine, const int64_t *index, const source *s)
{
    const box b = chunkgrid_box(fine, index);
    const strides all = strides_of(fine->ndim, fine->shape);
    box out = { .ndim = s->ndim };
    shape_unravel(s->ndim, s->shape, shape_ravel(fine->ndim, fine->shape, b.start), out.start);
    for (int d = 0; d < s->ndim; d++) {
        const parts p = parts_in(s, &all, d);
        out.count[d] = 1;
        for (int k = p.first; k < p.first + p.n; k++)
            out.count[d] *= b.count[k];
    }
    return out;
}
