/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory of reductions and of results: a worker's states, the accumulators of a rank, buffers to share results.  What
 * is charged here is what exec/loops.c, exec/accum.c and exec/share.c take.
 */
#include "base/checked.h"
#include "plan/fit.h"

/* Of accumulators: a block's record, the tree of one that is under way, and what a state takes beside its cells. */
enum { BLOCK_RECORD = 64, TREE_RECORD = 256, STATE_RECORD = 48 };

static bool kept(const sweep_reduce *r, int d)
{
    return !(r->axes >> d & 1);
}

static int64_t tile_extent(const sweep *s, int d)
{
    return max_i64(1, min_i64(s->tiles.cell[d], s->shape[d]));
}

/* ---- a worker's states ---------------------------------------------------------------------- */

static int64_t tile_cells(const sweep *s, const sweep_reduce *r)
{
    int64_t n = 1;
    for (int d = 0; d < s->ndim; d++)
        if (kept(r, d))
            n *= tile_extent(s, d);
    return n;
}

/* States of one reduction over a block: of its cells, and of leaves, rows or columns.  Each field in pages of its own. */
static int64_t state_bytes(const sweep_reduce *r, bool down, int64_t cells, int64_t leaves)
{
    int64_t bytes = 0;
    for (int f = 0; f < reduce_down_nfields(r->op, r->type); f++) {
        int64_t size = r->op == ROP_VAR ? 8 : (int64_t)dtype_size(reduce_field_type(r->op, r->type, f));
        bool closed = f < reduce_nfields(r->op, r->type);
        bytes += closed ? round_up(cells * size, 4096) : 0;
        bytes += closed || down ? round_up(leaves * size, 4096) : 0;
    }
    return bytes;
}

int64_t fit_kernel_states(const sweep *s, const sweep_kernel *k)
{
    int64_t bytes = 0, n = fit_tile_elements(s);
    for (int j = 0; j < k->nreds; j++) {
        const sweep_reduce *r = &s->reduce[k->red[j]];
        int64_t cells = k->loop == LOOP_FLAT ? 1 : min_i64(SWEEP_BLOCK_CELLS, tile_cells(s, r));
        int64_t leaves = k->loop == LOOP_DOWN ? cells : n / REDUCE_LEAF + 2;
        if (k->loop == LOOP_ROWS)
            leaves += min_i64(SWEEP_BLOCK_CELLS, n);
        bytes += state_bytes(r, k->loop == LOOP_DOWN, cells, leaves);
    }
    return bytes;
}

/* ---- accumulators ----------------------------------------------------------------------------- */

/* States per cell: one active, and the pending nodes of the tree over all groups. */
static int64_t copies(int64_t ngroups)
{
    int64_t n = 1;
    while (ngroups > 1) {
        ngroups = (ngroups + 1) / 2;
        n++;
    }
    return n;
}

/* The same for `n` neighbouring groups, which may begin anywhere: at most two pending nodes of each level. */
static int64_t copies_of_part(int64_t n)
{
    int64_t levels = 0;
    while ((int64_t)2 << levels < n + 1)
        levels++;
    return 1 + min_i64(n - 1, 2 * levels);
}

/* Ranks divide the groups: blocks are finished at the end, when they meet. */
static bool groups_divided(const sweep *s, const sweep_reduce *r, int ranks)
{
    return ranks > 1 && s->split_dim >= 0 && !kept(r, s->split_dim);
}

/* Does the walk finish the cells of one window before it begins those of another? */
static bool cells_in_turn(const sweep *s, const sweep_reduce *r)
{
    bool inside = false;            /* of a reduced dimension that takes several windows */
    for (int k = 0; k < s->ndim; k++) {
        int d = s->order[k];
        bool several = s->window[d] < s->tiles.ncells[d];
        if (!kept(r, d))
            inside = inside || several;
        else if (inside && several)
            return false;
    }
    return true;
}

/* Tiles of the largest shard along dimension d. */
static int64_t shard_tiles(const sweep *s, int d, int ranks)
{
    int64_t n = max_i64(1, s->tiles.ncells[d]);
    return d == s->split_dim ? min_i64(n, s->split_unit * ceil_div(ceil_div(n, s->split_unit), ranks)) : n;
}

/* A record per block of the shard, and states of the blocks under way. */
static int64_t accumulator_bytes(const sweep *s, const sweep_reduce *r, int ranks)
{
    box tile = { .ndim = s->ndim };
    int64_t columns = 1, cells = 1, live = s->inflight + 1, n = copies(r->ngroups);
    for (int d = 0; d < s->ndim; d++) {
        tile.count[d] = tile_extent(s, d);
        if (!kept(r, d))
            continue;
        int64_t tiles = shard_tiles(s, d, ranks);
        columns *= tiles;
        cells *= min_i64(max_i64(1, s->shape[d]), tiles * tile.count[d]);
        live *= s->window[d];
    }
    int64_t blocks = sweep_blocks(r->axes, &tile), cell = (int64_t)reduce_cell_bytes(r->op, r->type), meeting = 0;
    if (groups_divided(s, r, ranks)) {
        meeting = min_i64(cells, SWEEP_BLOCK_CELLS) * cell * n;         /* one block at a time */
        n = copies_of_part(ceil_div(shard_tiles(s, s->split_dim, ranks), r->group));
        live = columns;
    } else {
        live = cells_in_turn(s, r) ? min_i64(columns, live) : columns;
    }
    cells = min_i64(cells, live * tile_cells(s, r));
    return columns * blocks * BLOCK_RECORD + cells * cell * n + live * blocks * (n * STATE_RECORD + TREE_RECORD) + meeting;
}

int64_t fit_accumulators(const plan *p, const sweep *s)
{
    int64_t bytes = 0;
    for (int i = 0; i < s->nreds; i++)      /* pending nodes of a tree over tiles: logarithmic */
        bytes += s->reduce[i].group_dim < 0 ? 1 << 16 : accumulator_bytes(s, &s->reduce[i], p->options.ranks);
    return bytes;
}

/* ---- results that ranks make whole ---------------------------------------------------------- */

/* All ranks together; but at least pages. */
enum { SHARE_BYTES = 4 << 20, SHARE_LEAST = 4096 };

int64_t fit_share_piece(int ranks)
{
    return max_i64(SHARE_LEAST, SHARE_BYTES / ranks);
}

int64_t fit_share_buffers(int ranks, int64_t all, int64_t part)
{
    int64_t piece = fit_share_piece(ranks);
    return round_up(min_i64(all, piece * ranks) + 1, 4096) + round_up(min_i64(part, piece) + 1, 4096);
}

/* All of an array, and the largest part of it that one rank has. */
static int64_t share_bytes(const plan *p, const sweep *s, int array)
{
    const plan_array *a = &p->array[array];
    int64_t all = (int64_t)dtype_size(a->src.type), n = 1, d = s->split_dim, part;
    if (a->place != PLACE_MEMORY || a->src.bound)
        return 0;
    shape_size(a->src.ndim, a->src.shape, &n);
    all *= n;
    part = all;
    if (d >= 0 && s->shape[d] > 0)
        part = all / s->shape[d] * min_i64(s->shape[d], shard_tiles(s, (int)d, p->options.ranks) * tile_extent(s, (int)d));
    return fit_share_buffers(p->options.ranks, all, part);
}

int64_t fit_share(const plan *p, const sweep *s)
{
    int64_t most = 0;
    if (p->options.ranks == 1)
        return 0;
    for (int i = 0; i < s->nouts; i++)
        if (s->output[i].kind == SINK_ARRAY)
            most = max_i64(most, share_bytes(p, s, s->output[i].target));
    for (int i = 0; i < s->nreds; i++)
        if (s->reduce[i].group_dim >= 0 && !groups_divided(s, &s->reduce[i], p->options.ranks))
            most = max_i64(most, share_bytes(p, s, s->reduce[i].array));
    return most;
}
