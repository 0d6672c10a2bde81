/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A rank's share of a sweep: tiles, windows, chunks, decode counts.  Pure: tests run any
 * number of ranks in one process.
 */
#include <string.h>

#include "array/pieces.h"
#include "base/checked.h"
#include "plan/plan.h"

box sweep_shard(const sweep *s, int rank, int ranks)
{
    box b = box_of_shape(s->ndim, s->tiles.ncells);
    int d = s->split_dim;
    if (d < 0) {
        if (rank > 0)
            for (int k = 0; k < (s->ndim ? s->ndim : 1); k++)
                b.count[k] = s->ndim ? 0 : -1;
        return b;
    }
    int64_t units = ceil_div(s->tiles.ncells[d], s->split_unit);
    int64_t first = (int64_t)((__int128)units * rank / ranks), last = (int64_t)((__int128)units * (rank + 1) / ranks);
    b.start[d] = min_i64(first * s->split_unit, s->tiles.ncells[d]);
    b.count[d] = min_i64(last * s->split_unit, s->tiles.ncells[d]) - b.start[d];
    return b;
}

/* A 0-d space has one tile; only rank 0 has it: box.count[0] says so. */
static bool nothing(const sweep *s, const box *shard)
{
    return s->ndim == 0 ? shard->count[0] < 0 : box_empty(shard);
}

int64_t sweep_windows(const sweep *s, const box *shard, int64_t *count)
{
    int64_t n = 1;
    if (nothing(s, shard))
        return 0;
    for (int d = 0; d < s->ndim; d++) {
        count[d] = ceil_div(shard->count[d], s->window[d]);
        n *= count[d];
    }
    return n;
}

box sweep_window(const sweep *s, const box *shard, const int64_t *index)
{
    box b = { .ndim = s->ndim };
    for (int d = 0; d < s->ndim; d++) {
        b.start[d] = shard->start[d] + index[d] * s->window[d];
        b.count[d] = min_i64(s->window[d], shard->start[d] + shard->count[d] - b.start[d]);
    }
    return b;
}

box sweep_tiles_box(const sweep *s, const box *tiles)
{
    box b = { .ndim = s->ndim };
    for (int d = 0; d < s->ndim; d++) {
        int64_t end = tiles->start[d] + tiles->count[d];
        b.start[d] = chunkgrid_start(&s->tiles, d, tiles->start[d]);
        b.count[d] = (end >= s->tiles.ncells[d] ? s->shape[d] : chunkgrid_start(&s->tiles, d, end)) - b.start[d];
    }
    return b;
}

/* Source range along dimension k for the elements [start, start + n) of its axis; false: none. */
static bool use_range(const fetch_use *u, int k, int64_t start, int64_t n, int64_t *lo, int64_t *hi)
{
    int d = u->map.axis[k];
    int64_t a = u->map.off[k], b = a;
    if (d >= 0) {
        lattice l = { .ndim = 1, .start = { u->at.start[d] }, .step = { u->at.step[d] }, .count = { u->at.count[d] } };
        box want = { .ndim = 1, .start = { start }, .count = { n } };
        int64_t first, count;
        if (!lattice_clip(&l, &want, &first, &count))
            return false;
        a += u->map.mul[k] * (l.start[0] + l.step[0] * first);
        b = a + u->map.mul[k] * l.step[0] * (count - 1);
    }
    *lo = min_i64(a, b);
    *hi = max_i64(a, b);
    return true;
}

/* Elements along array dimension k: hull over the uses; false when no use reaches there. */
static bool element_range(const fetch *f, int k, int64_t start, int64_t n, int64_t *lo, int64_t *hi)
{
    *lo = INT64_MAX;
    *hi = INT64_MIN;
    for (int i = 0; i < f->nuses; i++) {
        int64_t x, y;
        if (use_range(&f->use[i], k, start, n, &x, &y)) {
            *lo = min_i64(*lo, x);
            *hi = max_i64(*hi, y);
        }
    }
    return *lo <= *hi;
}

/* The same in chunks; empty is hi < lo. */
static void chunk_range(const fetch *f, int k, int64_t start, int64_t n, int64_t *lo, int64_t *hi)
{
    bool any = element_range(f, k, start, n, lo, hi);
    *lo = any ? chunkgrid_index_of(&f->grid, k, *lo) : 0;
    *hi = any ? chunkgrid_index_of(&f->grid, k, *hi) : -1;
}

/* Does any use reach [start, start + n) along iteration dimension d? */
static bool reached(const fetch *f, int d, int64_t start, int64_t n)
{
    for (int i = 0; i < f->nuses; i++) {
        const lattice *at = &f->use[i].at;
        lattice l = { .ndim = 1, .start = { at->start[d] }, .step = { at->step[d] }, .count = { at->count[d] } };
        box want = { .ndim = 1, .start = { start }, .count = { n } };
        int64_t first, count;
        if (lattice_clip(&l, &want, &first, &count))
            return true;
    }
    return false;
}

bool fetch_chunks(const fetch *f, const box *el, box *chunks)
{
    const affine *m = &f->use[0].map;
    chunks->ndim = m->nsrc;
    for (int d = 0; d < el->ndim; d++)
        if (!reached(f, d, el->start[d], el->count[d]))
            return false;
    for (int k = 0; k < m->nsrc; k++) {
        int d = m->axis[k];
        int64_t lo, hi;
        chunk_range(f, k, d < 0 ? 0 : el->start[d], d < 0 ? 1 : el->count[d], &lo, &hi);
        if (hi < lo)
            return false;
        chunks->start[k] = lo;
        chunks->count[k] = hi - lo + 1;
    }
    return true;
}

typedef struct span { int64_t start, n; } span;

static span window_span(const sweep *s, const box *shard, int d, int64_t w)
{
    int64_t t0 = shard->start[d] + w * s->window[d];
    int64_t t1 = min_i64(t0 + s->window[d], shard->start[d] + shard->count[d]);
    int64_t a = chunkgrid_start(&s->tiles, d, t0);
    int64_t b = t1 >= s->tiles.ncells[d] ? s->shape[d] : chunkgrid_start(&s->tiles, d, t1);
    return (span){ a, b - a };
}

/* What is counted of cells of the fetch's grid: themselves, or decodes for them. */
enum unit { CELLS, DECODES };

static bool in_pieces(const fetch *f, int k)
{
    return f->pieces && f->pieces[k].piece;
}

static int64_t amount(const fetch *f, int k, int64_t lo, int64_t hi, enum unit u)
{
    if (u == CELLS || !in_pieces(f, k))
        return max_i64(0, hi - lo + 1);
    return pieces_decodes(&f->pieces[k], lo, hi);
}

/* What two spans along iteration dimension d have in common (the same span: its own). */
static int64_t common(const fetch *f, int d, span a, span b, enum unit u)
{
    const affine *m = &f->use[0].map;
    int64_t n = reached(f, d, a.start, a.n) && reached(f, d, b.start, b.n);
    for (int k = 0; k < m->nsrc && n; k++) {
        int64_t lo, hi, lo2, hi2;
        if (m->axis[k] != d)
            continue;
        chunk_range(f, k, a.start, a.n, &lo, &hi);
        chunk_range(f, k, b.start, b.n, &lo2, &hi2);
        n *= amount(f, k, max_i64(lo, lo2), min_i64(hi, hi2), u);
    }
    return n;
}

static int64_t fixed(const fetch *f, enum unit u)
{
    const affine *m = &f->use[0].map;
    int64_t n = 1, lo, hi;
    for (int k = 0; k < m->nsrc; k++)
        if (m->axis[k] < 0) {
            chunk_range(f, k, 0, 1, &lo, &hi);
            n *= amount(f, k, lo, hi, u);
        }
    return n;
}

/* Sums along one dimension over the windows of a shard. */
typedef struct dim_sums {
    int64_t own;                /* of decodes per window */
    int64_t carried;            /* of those that a window shares with the one before */
    int64_t wrap;               /* that the last and the first window share */
    int64_t most;               /* cells of any window */
} dim_sums;

/* Every use takes all positions: then what a window sees moves one way. */
static bool everywhere(const sweep *s, const fetch *f, int d)
{
    for (int i = 0; i < f->nuses; i++)
        if (f->use[i].at.start[d] != 0 || f->use[i].at.step[d] != 1 || f->use[i].at.count[d] != s->shape[d])
            return false;
    return true;
}

/* Windows after which the pattern of chunk borders repeats; 0: not regular. */
static int64_t pattern(const sweep *s, const fetch *f, int d)
{
    const affine *m = &f->use[0].map;
    int64_t width = s->tiles.cell[d] * s->window[d], p = 1;
    if (!everywhere(s, f, d))
        return 0;
    for (int k = 0; k < m->nsrc; k++)
        if (m->axis[k] == d && m->mul[k]) {
            int64_t c = f->grid.cell[k] * (in_pieces(f, k) ? pieces_period(&f->pieces[k]) : 1);
            int64_t q = c / gcd_i64(c, (m->mul[k] < 0 ? -m->mul[k] : m->mul[k]) * width);
            p = p / gcd_i64(p, q) * q;
            if (p > 4096)
                return 0;
        }
    return p;
}

/* Windows at either end that may see a last piece, which touches fewer chunks than others; uses lie up to a cell apart. */
static int64_t ragged(const sweep *s, const fetch *f, int d)
{
    const affine *m = &f->use[0].map;
    int64_t n = 0;
    for (int k = 0; k < m->nsrc; k++)
        if (m->axis[k] == d && m->mul[k] && in_pieces(f, k))
            n = max_i64(n, 2 + 2 * f->grid.cell[k] / (s->tiles.cell[d] * s->window[d] * (m->mul[k] < 0 ? -m->mul[k] : m->mul[k])));
    return n;
}

static void add_window(const sweep *s, const fetch *f, const box *shard, int d, int64_t w, int64_t times, dim_sums *r)
{
    span cur = window_span(s, shard, d, w);
    r->own += times * common(f, d, cur, cur, DECODES);
    r->most = max_i64(r->most, common(f, d, cur, cur, CELLS));
    if (w)
        r->carried += times * common(f, d, window_span(s, shard, d, w - 1), cur, DECODES);
}

static bool same_cells(const sweep *s, const fetch *f, const box *shard, int d, int64_t v, int64_t w)
{
    const span a = window_span(s, shard, d, v), b = window_span(s, shard, d, w);
    for (int k = 0; k < f->use[0].map.nsrc; k++) {
        int64_t lo, hi, lo2, hi2;
        if (f->use[0].map.axis[k] != d)
            continue;
        chunk_range(f, k, a.start, a.n, &lo, &hi);
        chunk_range(f, k, b.start, b.n, &lo2, &hi2);
        if (lo != lo2 || hi != hi2)
            return false;
    }
    return true;
}

/* Windows after w that see the very same cells: many, where windows are narrow and pieces wide. */
static int64_t same_after(const sweep *s, const fetch *f, const box *shard, int d, int64_t w, int64_t count)
{
    int64_t n = 0, jump = 1;
    while (w + n + jump < count && same_cells(s, f, shard, d, w, w + n + jump)) {
        n += jump;
        jump *= 2;
    }
    for (; jump >= 1; jump /= 2)
        if (w + n + jump < count && same_cells(s, f, shard, d, w, w + n + jump))
            n += jump;
    return n;
}

static span whole_span(const sweep *s, const box *shard, int d, int64_t count)
{
    span first = window_span(s, shard, d, 0), last = window_span(s, shard, d, count - 1);
    return (span){ first.start, last.start + last.n - first.start };
}

static dim_sums sum_dim(const sweep *s, const fetch *f, const box *shard, int d, int64_t count)
{
    dim_sums r = { 0 };
    if (f->resident) {
        span whole = whole_span(s, shard, d, count);
        r.own = common(f, d, whole, whole, DECODES);
        r.most = common(f, d, whole, whole, CELLS);
        return r;
    }
    r.wrap = common(f, d, window_span(s, shard, d, count - 1), window_span(s, shard, d, 0), DECODES);
    int64_t p = pattern(s, f, d), edge = ragged(s, f, d), w = 0;
    const bool monotone = everywhere(s, f, d);
    while (w < count) {
        int64_t times = 1, same = 0;
        /* interior windows [w, w + times * p) repeat what [w, w + p) counts */
        if (p && w >= 2 + edge && w + p < count - 1 - edge)
            times = (count - 1 - edge - w) / p;
        int64_t n = times > 1 ? p : 1;
        for (int64_t i = 0; i < n; i++)
            add_window(s, f, shard, d, w + i, times, &r);
        if (times == 1 && monotone && (same = same_after(s, f, shard, d, w, count)) > 0) {
            const span cur = window_span(s, shard, d, w);
            const int64_t own = common(f, d, cur, cur, DECODES);
            r.own += same * own;
            r.carried += same * own;
        }
        w += times > 1 ? times * p : 1 + same;
    }
    return r;
}

/* Every window decodes its chunks but those that the window before it had.  Windows are walked
 * with order[ndim - 1] fastest, and a window's chunks are a product of ranges, so the sum factors. */
int64_t sweep_decodes(const sweep *s, const fetch *f, const box *shard)
{
    int64_t count[SHARR_MAX_DIMS];
    dim_sums sum[SHARR_MAX_DIMS];
    if (sweep_windows(s, shard, count) == 0)
        return 0;
    for (int d = 0; d < s->ndim; d++)
        sum[d] = sum_dim(s, f, shard, d, count[d]);
    int64_t total = fixed(f, DECODES), carried = 0;
    for (int j = 0; j < s->ndim; j++) {
        int64_t c = f->resident ? 0 : fixed(f, DECODES);
        for (int k = 0; k < s->ndim; k++) {
            const dim_sums *x = &sum[s->order[k]];
            c *= k < j ? x->own : k == j ? x->carried : x->wrap;
        }
        carried += c;
        total *= sum[s->order[j]].own;
    }
    return total - carried;
}

/* Chunks of the dataset along array dimension k, each once. */
static int64_t chunks_along(const fetch *f, int k, span a)
{
    int64_t lo, hi;
    if (!element_range(f, k, a.start, a.n, &lo, &hi))
        return 0;
    if (!in_pieces(f, k))
        return chunkgrid_index_of(&f->grid, k, hi) - chunkgrid_index_of(&f->grid, k, lo) + 1;
    int64_t inner = f->pieces[k].piece / f->grid.cell[k];
    return pieces_chunks_of(&f->pieces[k], lo * inner, (hi + 1) * inner);
}

int64_t sweep_needed(const sweep *s, const fetch *f, const box *shard)
{
    const affine *m = &f->use[0].map;
    int64_t count[SHARR_MAX_DIMS], n = 1;
    span whole[SHARR_MAX_DIMS] = { { 0, 1 } };
    if (sweep_windows(s, shard, count) == 0)
        return 0;
    for (int d = 0; d < s->ndim; d++) {
        whole[d] = whole_span(s, shard, d, count[d]);
        n *= reached(f, d, whole[d].start, whole[d].n);
    }
    for (int k = 0; k < m->nsrc && n; k++)
        n *= chunks_along(f, k, m->axis[k] < 0 ? (span){ 0, 1 } : whole[m->axis[k]]);
    return n;
}

int64_t sweep_max_chunks(const sweep *s, const fetch *f, const box *shard)
{
    int64_t count[SHARR_MAX_DIMS], n = fixed(f, CELLS);
    if (sweep_windows(s, shard, count) == 0)
        return 0;
    for (int d = 0; d < s->ndim; d++)
        n *= sum_dim(s, f, shard, d, count[d]).most;
    return n;
}

int64_t sweep_rounds(const sweep *s, int ranks)
{
    int64_t most = 0;
    for (int r = 0; r < ranks; r++) {
        box b = sweep_shard(s, r, ranks);
        most = max_i64(most, nothing(s, &b) ? 0 : box_size(&b));
    }
    return ceil_div(most, s->batch);
}

/* ---- blocks of kept cells ---- */

static bool kept(uint32_t axes, int d)
{
    return !(axes >> d & 1);
}

/* Kept dimension that is cut into pieces of `width`; kept ones before it go index by index. */
static int cut_dim(uint32_t axes, const box *tile, int64_t *width)
{
    int64_t inner = 1;
    int cut = -1;
    *width = 1;
    for (int d = tile->ndim - 1; d >= 0; d--) {
        if (!kept(axes, d))
            continue;
        cut = d;
        *width = max_i64(1, SWEEP_BLOCK_CELLS / inner);
        if (inner * tile->count[d] > SWEEP_BLOCK_CELLS)
            return cut;
        inner *= tile->count[d];
    }
    return cut;
}

int64_t sweep_blocks(uint32_t axes, const box *tile)
{
    int64_t width, n = 1;
    int cut = cut_dim(axes, tile, &width);
    for (int d = 0; d <= cut; d++)
        if (kept(axes, d))
            n *= d == cut ? ceil_div(tile->count[d], width) : tile->count[d];
    return n;
}

box sweep_block(uint32_t axes, const box *tile, int64_t i)
{
    int64_t width;
    int cut = cut_dim(axes, tile, &width);
    box b = *tile;
    for (int d = cut; d >= 0; d--) {
        if (!kept(axes, d))
            continue;
        int64_t n = d == cut ? ceil_div(tile->count[d], width) : tile->count[d], at = i % n, w = d == cut ? width : 1;
        i /= n;
        b.start[d] = tile->start[d] + at * w;
        b.count[d] = min_i64(w, tile->start[d] + tile->count[d] - b.start[d]);
    }
    return b;
}

/* ---- the same chunk under other dimensions ---- */

void plan_source_chunk(const plan_array *a, const chunkgrid *g, const int64_t *index, int64_t *out)
{
    if (a->node && a->node->kind == NODE_REGROUP) {
        const chunkgrid own = chunkgrid_make(a->origin->ndim, a->origin->shape, a->origin->chunk, NULL);
        regroup_index(g, index, &own, out);
    } else {
        memcpy(out, index, (size_t)g->ndim * sizeof *out);
    }
}

void plan_output_chunk(const plan *p, const sweep *s, int req, const int64_t *index, int64_t *out)
{
    if (p->request[req].as)
        regroup_index(&s->tiles, index, p->request[req].as, out);
    else
        memcpy(out, index, (size_t)s->ndim * sizeof *out);
}
