/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Windows, partition and memory of a sweep.
 */
#include "plan/fit.h"

#include <string.h>

#include "array/pieces.h"
#include "base/checked.h"
#include "plan/spread.h"

enum { MAX_CANDIDATES = 24, WORK_FIXED = 512 << 10, TABLE_ROW = 640, AHEAD_ELEMENTS = 2 << 20 };

bool fit_array_in_memory(const plan *p, int array)
{
    const plan_array *a = &p->array[array];
    return a->place == PLACE_MEMORY || (a->place == PLACE_SOURCE && a->src.path == SOURCE_MEMORY);
}

/* ---- partition -------------------------------------------------------------------------- */

static int64_t unit_of(const sweep *s, int d)
{
    int64_t unit = 1;
    for (int i = 0; i < s->nreds; i++) {
        const sweep_reduce *r = &s->reduce[i];
        if (r->group_dim < 0 || !(r->axes >> d & 1))
            continue;
        if (r->group_dim != d)
            return 0;               /* would cut a group */
        unit = unit / gcd_i64(unit, r->group) * r->group;
    }
    return unit;
}

static bool kept_by_all(const sweep *s, int d)
{
    for (int i = 0; i < s->nreds; i++)
        if (s->reduce[i].group_dim >= 0 && (s->reduce[i].axes >> d & 1))
            return false;
    return true;
}

/* Prefer a dimension that every reduction keeps (nothing to merge between ranks), then the slowest that
 * has work for all, then the one with the most units. */
static void choose_split(sweep *s, int ranks)
{
    int best = -1, best_rank = -1;
    int64_t best_units = 0;
    for (int d = 0; d < s->ndim; d++) {
        int64_t unit = unit_of(s, d), units = unit ? ceil_div(s->tiles.ncells[d], unit) : 0;
        int rank = units >= ranks ? (kept_by_all(s, d) ? 2 : 1) : 0;
        if (units > 0 && (rank > best_rank || (rank == 0 && best_rank == 0 && units > best_units))) {
            best = d;
            best_rank = rank;
            best_units = units;
        }
    }
    s->split_dim = best;
    s->split_unit = best < 0 ? 1 : unit_of(s, best);
}

/* ---- memory ------------------------------------------------------------------------------- */

int64_t fit_tile_elements(const sweep *s)
{
    int64_t n = 1;
    for (int d = 0; d < s->ndim; d++)
        n *= max_i64(1, min_i64(s->tiles.cell[d], s->shape[d]));
    return n;
}

bool fit_feed_direct(const plan *p, const sweep *s, const feeds *in)
{
    if (in->n != 1 || in->feed[0].kind != FEED_FETCH)
        return false;
    const feed *f = &in->feed[0];
    const fetch *from = &s->fetch[f->fetch];
    if (fit_array_in_memory(p, from->array))
        return true;
    for (int k = 0; k < f->map.nsrc; k++) {
        int d = f->map.axis[k];
        int64_t mul = f->map.mul[k] < 0 ? -f->map.mul[k] : f->map.mul[k], c = from->grid.cell[k];
        if (d < 0 || mul == 0 || from->grid.ncells[k] <= 1)
            continue;
        /* every tile border must be a chunk border */
        int64_t first = f->map.off[k] + f->map.mul[k] * s->tiles.origin[d] + (f->map.mul[k] < 0 ? 1 : 0);
        if (s->tiles.ncells[d] <= 1 || c % (s->tiles.cell[d] * max_i64(mul, 1)) || floor_mod(first, s->tiles.cell[d] * mul))
            return false;
    }
    return true;
}

/* Pointers, strides and views that the executor keeps for each operand, output, index and reduction. */
static int64_t table_bytes(const region *r)
{
    const program *g = r->prog;
    return round_up(TABLE_ROW * ((int64_t)g->nin + g->nout + g->nindex + g->nreds + 4) + 32 * (int64_t)g->nstates, 4096);
}

static int64_t region_bytes(const plan *p, const sweep *s, const region *r, bool flat)
{
    int64_t n = fit_tile_elements(s), bytes = table_bytes(r), sub = 0;
    for (int i = 0; i < r->nin; i++) {
        if (flat || !fit_feed_direct(p, s, &r->in[i]))
            bytes += round_up(n * (int64_t)dtype_size(r->in[i].type), 4096);
        for (int k = 0; k < r->in[i].n; k++)
            if (r->in[i].feed[k].kind == FEED_REGION)
                sub = max_i64(sub, region_bytes(p, s, r->in[i].feed[k].region, false));
    }
    return bytes + sub;
}

static int64_t scratch_bytes(const region *r)
{
    int64_t bytes = round_up(r->scratch + 1, 4096);
    for (int i = 0; i < r->nin; i++)
        for (int k = 0; k < r->in[i].n; k++)
            if (r->in[i].feed[k].kind == FEED_REGION)
                bytes = max_i64(bytes, scratch_bytes(r->in[i].feed[k].region));
    return bytes;
}

int64_t fit_work_bytes(const plan *p, const sweep *s)
{
    int64_t work = 0, out = 0;
    for (int i = 0; i < s->nkernels; i++) {
        const sweep_kernel *k = &s->kernel[i];
        int64_t bytes = region_bytes(p, s, k->body, k->loop == LOOP_FLAT || k->loop == LOOP_ROWS);
        work = max_i64(work, bytes + fit_kernel_states(s, k));
    }
    for (int i = 0; i < s->nouts; i++) {
        int64_t n = 1;
        for (int d = 0; d < s->ndim; d++)
            n *= s->tiles.cell[d];          /* edge chunks are written in full size */
        out += round_up(n * (int64_t)dtype_size(s->output[i].type), 4096);
    }
    return work + out + WORK_FIXED;
}

static int64_t output_chunk_bytes(const sweep *s, const sweep_output *o)
{
    int64_t chunk = (int64_t)dtype_size(o->type);
    for (int d = 0; d < s->ndim; d++)
        chunk *= s->tiles.cell[d];
    return chunk;
}

static int64_t worker_bytes(const plan *p, const sweep *s)
{
    const plan_costs *c = &p->options.costs;
    int64_t reader = 0, encoder = 0, scratch = 0;
    for (int i = 0; i < s->nkernels; i++)
        scratch = max_i64(scratch, scratch_bytes(s->kernel[i].body));
    for (int i = 0; i < s->nouts; i++)
        if (s->output[i].kind == SINK_FILE)
            encoder = max_i64(encoder, c->encoder_bytes(c->arg, s->output[i].target, output_chunk_bytes(s, &s->output[i])));
    for (int i = 0; i < s->nfetch; i++)
        if (!fit_array_in_memory(p, s->fetch[i].array))
            reader = max_i64(reader, c->reader_bytes(c->arg, &p->array[s->fetch[i].array].src));
    return reader + encoder + round_up(fit_work_bytes(p, s), 4096) + scratch + fit_aside_bytes(p, s);
}

int64_t fit_queue(const sweep *s)
{
    return 2 * s->batch + s->workers;
}

static int64_t queue_bytes(const plan *p, const sweep *s)
{
    int64_t frame = 0;
    for (int i = 0; i < s->nouts; i++)
        if (s->output[i].kind == SINK_FILE)
            frame += round_up(p->options.costs.frame_bytes(p->options.costs.arg, s->output[i].target,
                                                           output_chunk_bytes(s, &s->output[i])), 4096);
    return frame * fit_queue(s);
}

int64_t fit_memusage(const plan *p, const sweep *s)
{
    int64_t bytes = (int64_t)s->workers * worker_bytes(p, s) + queue_bytes(p, s) + fit_chunk_bytes(s);
    return max_i64(bytes, max_i64(fit_share(p, s), s->bringing)) + fit_accumulators(p, s) + s->brought;
}

/* ---- windows ------------------------------------------------------------------------------ */

static void count_fetches(const plan *p, sweep *s)
{
    s->decodes = s->bytes_in = 0;
    for (int i = 0; i < s->nfetch; i++) {
        fetch *f = &s->fetch[i];
        f->max_chunks = 0;
        if (fit_array_in_memory(p, f->array))
            continue;
        for (int r = 0; r < p->options.ranks; r++) {
            box shard = sweep_shard(s, r, p->options.ranks);
            int64_t n = sweep_decodes(s, f, &shard);
            s->decodes += n;
            s->bytes_in += n * f->decode_bytes;
            f->max_chunks = max_i64(f->max_chunks, sweep_max_chunks(s, f, &shard));
        }
    }
    fit_share_slots(p, s);
}

static int64_t tiles_per_window(const sweep *s)
{
    int64_t n = 1;
    for (int d = 0; d < s->ndim; d++)
        n *= min_i64(s->window[d], max_i64(1, s->tiles.ncells[d]));
    return n;
}

/* Small tiles wait in a longer queue, so that no worker runs out of them while others are prepared. */
static void set_inflight(sweep *s, int workers)
{
    int64_t tpw = tiles_per_window(s), ahead = AHEAD_ELEMENTS / fit_tile_elements(s);
    s->workers = workers;
    s->batch = s->nfile ? (int)min_i64(16, max_i64(4, 2 * workers)) : 16;
    s->inflight = (int)max_i64(2, ceil_div(workers + min_i64(64, max_i64(2, ahead)), tpw));
}

/* Windows visit the tiles of a cell in lexicographic order of its reduced coordinates. */
static bool ordered(const sweep *s)
{
    for (int i = 0; i < s->nreds; i++) {
        uint32_t axes = s->reduce[i].group_dim < 0 ? 0 : s->reduce[i].axes;
        bool wide = false;
        for (int d = 0; d < s->ndim; d++) {
            if (!(axes >> d & 1))
                continue;
            if (wide && s->window[d] < s->tiles.ncells[d])
                return false;
            wide = wide || s->window[d] > 1;
        }
    }
    return true;
}

/* Fewer workers, windows and batch until it fits; false: it cannot. */
static bool shrink_to(const plan *p, sweep *s, int64_t room)
{
    for (int w = p->options.workers; w >= 1; w = w > 4 ? w / 2 : w - 1) {
        set_inflight(s, w);
        if (fit_memusage(p, s) <= room)
            return true;
        s->inflight = max_i64(1, s->inflight / 2);
        s->batch = max_i64(1, s->batch / 4);
        if (fit_memusage(p, s) <= room)
            return true;
    }
    s->workers = s->inflight = s->batch = 1;
    return fit_memusage(p, s) <= room;
}

static int candidates(const sweep *s, int d, int64_t *out)
{
    int n = 0;
    out[n++] = 1;
    for (int i = 0; i < s->nfetch; i++)
        for (int k = 0; k < s->fetch[i].use[0].map.nsrc; k++) {
            const affine *m = &s->fetch[i].use[0].map;
            if (m->axis[k] != d || !m->mul[k] || n >= MAX_CANDIDATES - 3)
                continue;
            int64_t width = s->tiles.cell[d] * (m->mul[k] < 0 ? -m->mul[k] : m->mul[k]), c = s->fetch[i].grid.cell[k];
            out[n++] = c / gcd_i64(c, width);
            out[n++] = max_i64(1, 4 * c / width);
        }
    out[n++] = max_i64(1, s->tiles.ncells[d]);
    return n;
}

/* Coordinate descent: the best change of one dimension, until none helps. */
static void choose_windows(const plan *p, sweep *s, int64_t room)
{
    for (int round = 0; round < 4 * s->ndim; round++) {
        int64_t best_bytes = s->bytes_in, best_k = 0, cand[MAX_CANDIDATES];
        int best_d = -1;
        for (int d = 0; d < s->ndim; d++) {
            int64_t keep = s->window[d];
            int n = candidates(s, d, cand);
            for (int i = 0; i < n; i++) {
                s->window[d] = min_i64(cand[i], max_i64(1, s->tiles.ncells[d]));
                if (s->window[d] == keep || !ordered(s))
                    continue;
                count_fetches(p, s);
                if (s->bytes_in < best_bytes && shrink_to(p, s, room) && s->workers == p->options.workers) {
                    best_bytes = s->bytes_in;
                    best_d = d;
                    best_k = s->window[d];
                }
            }
            s->window[d] = keep;
        }
        if (best_d >= 0)
            s->window[best_d] = best_k;
        count_fetches(p, s);
        if (best_d < 0)
            return;
    }
}

typedef int64_t count_fn(const sweep *s, const fetch *f, const box *shard);

static int64_t all_ranks(const plan *p, const sweep *s, const fetch *f, count_fn *fn)
{
    int64_t n = 0;
    for (int r = 0; r < p->options.ranks; r++) {
        box shard = sweep_shard(s, r, p->options.ranks);
        n += fn(s, f, &shard);
    }
    return n;
}

double fit_amplification(const plan *p, const sweep *s, const fetch *f)
{
    int64_t once = all_ranks(p, s, f, sweep_needed), n = all_ranks(p, s, f, sweep_decodes);
    return once > 0 ? (double)n / (double)once : 1.0;
}

/* Small arrays that would be decoded again and again stay in memory. */
static void choose_resident(const plan *p, sweep *s, int64_t room)
{
    int64_t left = room / 4;
    s->chunks_needed = 0;
    for (int i = 0; i < s->nfetch; i++) {
        fetch *f = &s->fetch[i];
        if (fit_array_in_memory(p, f->array))
            continue;
        s->chunks_needed += all_ranks(p, s, f, sweep_needed);
        int64_t streamed = all_ranks(p, s, f, sweep_decodes);
        f->resident = true;
        int64_t cells = all_ranks(p, s, f, sweep_max_chunks);
        f->resident = streamed > all_ranks(p, s, f, sweep_decodes) && cells <= left / f->chunk_bytes;
        if (f->resident)
            left -= cells * f->chunk_bytes;
    }
}

/* Accumulators that do not fit: walk kept dimensions first, so that few are alive at a time. */
static void choose_order(const plan *p, sweep *s, int64_t room)
{
    uint32_t axes = 0;
    for (int d = 0; d < s->ndim; d++)
        s->order[d] = d;
    for (int i = 0; i < s->nreds; i++)
        if (s->reduce[i].group_dim >= 0)
            axes |= s->reduce[i].axes;
    if (fit_accumulators(p, s) <= room / 2)
        return;
    int k = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int d = 0; d < s->ndim; d++)
            if ((axes >> d & 1) == (uint32_t)pass)
                s->order[k++] = d;
}

/* Windows as wide as pieces: then few of them are in memory at a time, each with tiles for all workers. */
static void widen_to_pieces(sweep *s)
{
    for (int i = 0; i < s->nfetch; i++)
        for (int k = 0; s->fetch[i].pieces && k < s->fetch[i].grid.ndim; k++) {
            const affine *m = &s->fetch[i].use[0].map;
            const int d = m->axis[k];
            if (!s->fetch[i].pieces[k].piece || d < 0 || !m->mul[k])
                continue;
            int64_t keep = s->window[d], width = s->tiles.cell[d] * (m->mul[k] < 0 ? -m->mul[k] : m->mul[k]);
            s->window[d] = max_i64(keep, min_i64(s->fetch[i].grid.cell[k] / width, max_i64(1, s->tiles.ncells[d])));
            if (!ordered(s))
                s->window[d] = keep;
        }
}

int fit_sweep(const plan *p, sweep *s, int64_t room, sharr_error *err)
{
    choose_split(s, p->options.ranks);
    for (int d = 0; d < s->ndim; d++)
        s->window[d] = 1;
    widen_to_pieces(s);
    const plan_step alone = { .sweep = s };
    const spread_cost cost = spread_step(p, &alone);
    s->brought = cost.brought;
    s->bringing = cost.buffers;
    set_inflight(s, p->options.workers);
    choose_order(p, s, room);
    choose_resident(p, s, room);
    count_fetches(p, s);
    if (s->decodes > s->chunks_needed)
        choose_windows(p, s, room);
    if (!shrink_to(p, s, room)) {
        for (int d = 0; d < s->ndim; d++)
            s->window[d] = 1;
        for (int i = 0; i < s->nfetch; i++)
            s->fetch[i].resident = false;
        count_fetches(p, s);
        if (!shrink_to(p, s, room)) {
            s->memory = fit_memusage(p, s);
            int64_t need = s->memory + (p->options.memory - room);
            return err_set(err, SHARR_ERESOURCE, "memory: this needs %lld bytes (%lld MiB) of --memory on each rank, and has "
                           "%lld: raise it, use smaller chunks, or split the expression",
                           (long long)need, (long long)(need >> 20) + 1, (long long)p->options.memory);
        }
    }
    s->memory = fit_memusage(p, s);
    return 0;
}
