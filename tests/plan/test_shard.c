/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shares of ranks: tiles, windows and chunk decodes against a walk that counts one by one,
 * for 1 to 64 ranks in one process.
 */
#include <stdlib.h>
#include <string.h>

#include "array/pieces.h"
#include "base/checked.h"
#include "plan/plan.h"
#include "support/tap_cunit.h"

static int64_t pick(int64_t lo, int64_t hi)
{
    return lo + rand() % (hi - lo + 1);
}

/* A random sweep over up to three dimensions with one fetch of one or two uses. */
static void random_sweep(sweep *s, fetch *f, fetch_use *use)
{
    static pieces along[3];
    int64_t cell[3], origin[3], src[3], chunk[3];
    memset(s, 0, sizeof *s);
    memset(f, 0, sizeof *f);
    s->ndim = (int)pick(1, 3);
    for (int d = 0; d < s->ndim; d++) {
        s->shape[d] = pick(1, 30);
        cell[d] = pick(1, 8);
        origin[d] = pick(0, cell[d] - 1);
        s->window[d] = pick(1, 4);
        s->order[d] = (d + 1) % s->ndim;
    }
    if (pick(0, 1))
        for (int d = 0; d < s->ndim; d++)
            s->order[d] = d;
    s->tiles = chunkgrid_make(s->ndim, s->shape, cell, origin);
    s->split_dim = (int)pick(0, s->ndim - 1);
    s->split_unit = pick(1, 3);
    s->batch = (int)pick(1, 5);
    affine m = affine_identity(s->ndim);
    for (int d = 0; d < s->ndim; d++) {
        bool flip = pick(0, 3) == 0, fixed = pick(0, 5) == 0;
        int64_t stride = pick(1, 3);
        src[d] = s->shape[d] * stride + 4;
        chunk[d] = pick(1, 9);
        m.mul[d] = fixed ? 0 : flip ? -stride : stride;
        m.axis[d] = fixed ? -1 : d;
        m.off[d] = flip && !fixed ? src[d] - 3 : pick(0, 2);
    }
    f->grid = chunkgrid_make(s->ndim, src, chunk, NULL);
    f->pieces = pick(0, 1) ? along : NULL;
    for (int d = 0; d < s->ndim; d++) {
        int64_t inner = pick(1, 3);
        along[d] = pick(0, 2) ? (pieces){ chunk[d] * inner, pick(1, 12), src[d] * inner } : (pieces){ 0 };
    }
    f->nuses = (int)pick(1, 2);
    f->use = use;
    for (int i = 0; i < f->nuses; i++) {
        use[i] = (fetch_use){ lattice_full(s->ndim, s->shape), m };
        for (int d = 0; d < s->ndim && i; d++)
            use[i].map.off[d] += m.axis[d] < 0 ? 0 : pick(0, 1);
    }
}

static void shards_tile_the_grid(void)
{
    static unsigned char seen[30 * 30 * 30];
    sweep s;
    fetch f;
    fetch_use use[2];
    for (int i = 0; i < 400; i++) {
        random_sweep(&s, &f, use);
        for (int ranks = 1; ranks <= 64; ranks = ranks * 2 + ranks % 3) {
            memset(seen, 0, sizeof seen);
            for (int r = 0; r < ranks; r++) {
                box b = sweep_shard(&s, r, ranks);
                int64_t count[SHARR_MAX_DIMS], w[SHARR_MAX_DIMS] = { 0 };
                int64_t n = sweep_windows(&s, &b, count);
                for (int64_t k = 0; k < n; k++, shape_next(s.ndim, count, w)) {
                    box win = sweep_window(&s, &b, w), el = sweep_tiles_box(&s, &win);
                    int64_t at[SHARR_MAX_DIMS] = { 0 };
                    do {
                        int64_t pos[SHARR_MAX_DIMS];
                        for (int d = 0; d < s.ndim; d++)
                            pos[d] = el.start[d] + at[d];
                        seen[shape_ravel(s.ndim, s.shape, pos)]++;
                    } while (shape_next(s.ndim, el.count, at));
                }
            }
            int64_t total = 1;
            shape_size(s.ndim, s.shape, &total);
            for (int64_t k = 0; k < total; k++)
                if (!TAP_CHECK(seen[k] == 1, "case %d, %d ranks: element %lld is covered %d times", i, ranks, (long long)k,
                               seen[k]))
                    return;
        }
    }
}

/* Chunks that cell i touches along dimension d, element by element. */
static int64_t touched(const fetch *f, int d, int64_t i)
{
    const pieces *p = f->pieces ? &f->pieces[d] : NULL;
    int64_t n = 0;
    if (!p || !p->piece)
        return 1;
    for (int64_t e = i * p->piece; e < min_i64((i + 1) * p->piece, p->extent); e++)
        n += e == i * p->piece || e % p->chunk == 0;
    return n;
}

/* Decodes for the cells of a box, one by one. */
static int64_t decodes_of(const fetch *f, const box *cells)
{
    int64_t at[SHARR_MAX_DIMS] = { 0 }, sum = 0;
    do {
        int64_t n = 1;
        for (int d = 0; d < cells->ndim; d++)
            n *= touched(f, d, cells->start[d] + at[d]);
        sum += n;
    } while (shape_next(cells->ndim, cells->count, at));
    return sum;
}

/* Decodes of a walk that keeps only the chunks of the window before. */
static int64_t walk(const sweep *s, const fetch *f, const box *shard)
{
    int64_t count[SHARR_MAX_DIMS], n = sweep_windows(s, shard, count), decodes = 0;
    box before = { 0 };
    bool have = false;
    for (int64_t k = 0; k < n; k++) {
        int64_t w[SHARR_MAX_DIMS], rest = k;
        for (int j = s->ndim - 1; j >= 0; j--) {
            w[s->order[j]] = rest % count[s->order[j]];
            rest /= count[s->order[j]];
        }
        box win = sweep_window(s, shard, w), el = sweep_tiles_box(s, &win), chunks, same;
        bool any = fetch_chunks(f, &el, &chunks);
        if (any)
            decodes += decodes_of(f, &chunks);
        if (any && have && box_intersect(&chunks, &before, &same))
            decodes -= decodes_of(f, &same);
        have = any;
        before = chunks;
    }
    return decodes;
}

static void decodes_are_counted_exactly(void)
{
    sweep s;
    fetch f;
    fetch_use use[2];
    for (int i = 0; i < 4000; i++) {
        random_sweep(&s, &f, use);
        int ranks = (int)pick(1, 4);
        for (int r = 0; r < ranks; r++) {
            box b = sweep_shard(&s, r, ranks);
            int64_t got = sweep_decodes(&s, &f, &b), want = walk(&s, &f, &b);
            if (!TAP_CHECK(got == want, "case %d rank %d of %d: %lld, counted %lld", i, r, ranks, (long long)got,
                           (long long)want))
                return;
        }
    }
}

/* Ten million windows: the pattern repeats, so the count does not take ten million steps. */
static void long_sweeps_are_counted_exactly_too(void)
{
    sweep s = { .ndim = 1, .shape = { 100007 * 5 + 3 }, .window = { 1 }, .split_dim = 0, .split_unit = 1, .batch = 1 };
    int64_t cell[1] = { 5 }, chunk[1] = { 7 };
    fetch_use use = { lattice_full(1, s.shape), affine_identity(1) };
    fetch f = { .nuses = 1, .use = &use };
    s.tiles = chunkgrid_make(1, s.shape, cell, NULL);
    f.grid = chunkgrid_make(1, s.shape, chunk, NULL);
    const pieces along = { 7 * 24, 31, s.shape[0] * 24 };
    for (int ranks = 1; ranks < 8; ranks++)
        for (int r = 0; r < ranks; r++) {
            box b = sweep_shard(&s, r, ranks);
            f.pieces = ranks < 4 ? NULL : &along;
            TAP_CHECK(sweep_decodes(&s, &f, &b) == walk(&s, &f, &b), "rank %d of %d", r, ranks);
        }
}

static void a_resident_fetch_decodes_each_chunk_once(void)
{
    sweep s;
    fetch f;
    fetch_use use[2];
    for (int i = 0; i < 500; i++) {
        random_sweep(&s, &f, use);
        f.resident = true;
        box b = sweep_shard(&s, 0, 1), el = sweep_tiles_box(&s, &b), chunks;
        bool any = fetch_chunks(&f, &el, &chunks);
        int64_t want = any ? decodes_of(&f, &chunks) : 0, cells = any ? box_size(&chunks) : 0, needed = sweep_needed(&s, &f, &b);
        if (!TAP_CHECK(sweep_decodes(&s, &f, &b) == want && sweep_max_chunks(&s, &f, &b) == cells, "case %d", i) ||
            !TAP_CHECK(f.pieces ? needed <= want : needed == want, "case %d: %lld needed", i, (long long)needed))
            return;
    }
}

static const tap_test tests[] = {
    { "shards and windows tile the grid", shards_tile_the_grid },
    { "decodes are counted exactly", decodes_are_counted_exactly },
    { "long sweeps are counted exactly too", long_sweeps_are_counted_exactly_too },
    { "a resident fetch decodes each chunk once", a_resident_fetch_decodes_each_chunk_once },
};
TAP_MAIN("shard", tests)
