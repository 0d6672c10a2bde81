/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What one attempt at a plan asks of the next: copies of datasets in scratch, and other cells for arrays in scratch and
 * for the sweeps that make them.  Scratch files are plain, in C order: in which pieces they are written and read is
 * free, and no order of sums depends on it.
 */
#include "plan/plan_build.h"

#include <stdlib.h>

#include "array/pieces.h"
#include "base/checked.h"
#include "plan/fit.h"
#include "plan/spread.h"
#include "plan/stages.h"

/* Decodes per distinct chunk from which other pieces are worth a copy. */
static const double MAX_AMPLIFICATION = 2.0;
/* Tiles of sweeps from scratch to scratch; contiguous bytes that make a read or a write worth its call. */
enum { TILE_BYTES = 1 << 20, RUN_BYTES = 4 << 10 };
/* Of the room of a sweep: more than this part brought from other nodes is better read from a copy in scratch. */
enum { FAR_PART = 8 };
/* Tiles that are written to scratch from elsewhere: runs as long as this where that is possible, in tiles up to that. */
enum { LONG_RUN_BYTES = 64 << 10, LONG_TILE_BYTES = 4 << 20 };

static wish *find_wish(const build *b, enum wish_kind kind, const node *n)
{
    for (int i = 0; i < b->nwishes && n; i++)
        if (b->wish[i].kind == kind && b->wish[i].n == n)
            return &b->wish[i];
    return NULL;
}

const int64_t *plan_wished(const build *b, enum wish_kind kind, const node *n)
{
    const wish *w = find_wish(b, kind, n);
    return w ? w->cell : NULL;
}

static int add_wish(build *b, const wish *new, sharr_error *err)
{
    if (!new->n || plan_wished(b, new->kind, new->n))
        return 0;
    wish *v = realloc(b->wish, ((size_t)b->nwishes + 1) * sizeof *v);
    if (!v)
        return plan_nomem(err);
    b->wish = v;
    b->wish[b->nwishes++] = *new;
    b->asked++;
    return 0;
}

/* ---- tiles ------------------------------------------------------------------------------------ */

/* It writes only what lies in scratch or memory as an intermediate result. */
static bool tiles_are_free(const plan *p, const sweep *s)
{
    for (int i = 0; i < s->nouts; i++)
        if (s->output[i].kind != SINK_ARRAY || !p->array[s->output[i].target].node)
            return false;
    return s->nreds == 0;
}

/* The dimension of the sweep that runs fastest and is not whole yet: in the sweep's order (m NULL), in the array's. */
static int fastest_open(const sweep *s, const affine *m, const int64_t *cell)
{
    for (int k = (m ? m->nsrc : s->ndim) - 1; k >= 0; k--) {
        int d = m ? m->axis[k] : k;
        if (d >= 0 && (!m || m->mul[k]) && cell[d] < s->shape[d])
            return d;
    }
    return -1;
}

/* Long runs on both sides: what runs fastest in the result and what does in the array grow in turn. */
static void square_tile(const sweep *s, const affine *m, int64_t elements, int64_t *cell)
{
    int64_t n = 1;
    for (int d = 0; d < s->ndim; d++)
        cell[d] = 1;
    for (bool theirs = false; 2 * n <= elements; theirs = !theirs) {
        int mine = fastest_open(s, NULL, cell), d = theirs ? fastest_open(s, m, cell) : mine;
        if (mine < 0)
            return;
        d = d < 0 ? mine : d;
        n = n / cell[d];
        cell[d] = min_i64(2 * cell[d], s->shape[d]);
        n *= cell[d];
    }
}

/* Elements that lie together in an array of the sweep's shape. */
static int64_t run_of(const sweep *s, const int64_t *cell)
{
    int64_t n = 1;
    for (int d = s->ndim - 1; d >= 0; d--) {
        n *= min_i64(cell[d], s->shape[d]);
        if (cell[d] < s->shape[d])
            break;
    }
    return n;
}

static bool to_scratch(const plan *p, const sweep_output *o)
{
    return o->kind == SINK_ARRAY && p->array[o->target].place == PLACE_SCRATCH;
}

int64_t plan_scratch_runs(const plan *p)
{
    int64_t n = 0;
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nouts; k++)
            if (to_scratch(p, &p->sweep[i].output[k]))
                n += p->sweep[i].elements / run_of(&p->sweep[i], p->sweep[i].tiles.cell);
    return n;
}

static int64_t elements_of(const sweep *s, const int64_t *cell)
{
    int64_t n = 1;
    for (int d = 0; d < s->ndim; d++)
        n *= min_i64(cell[d], s->shape[d]);
    return n;
}

/* What runs fastest grows, what runs slowest shrinks.  False: the tiles are good as they are. */
static bool long_tile(const sweep *s, int64_t size, int64_t *cell)
{
    const int64_t most = max_i64(elements_of(s, s->tiles.cell), LONG_TILE_BYTES / size);
    int64_t before = run_of(s, s->tiles.cell);
    for (int d = 0; d < s->ndim; d++)
        cell[d] = min_i64(s->tiles.cell[d], s->shape[d]);
    while (run_of(s, cell) * size < LONG_RUN_BYTES) {
        int grows = fastest_open(s, NULL, cell), shrinks = 0;
        if (grows < 0)
            break;
        cell[grows] = min_i64(2 * cell[grows], s->shape[grows]);
        while (elements_of(s, cell) > most) {
            while (shrinks < grows && cell[shrinks] == 1)
                shrinks++;
            if (shrinks == grows)
                break;
            cell[shrinks] = ceil_div(cell[shrinks], 2);
        }
    }
    return run_of(s, cell) > before;
}

static int wish_tiles(build *b, const sweep *s, const int64_t *cell, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < s->nouts && !status; i++) {
        wish w = { .kind = WISH_TILE, .n = b->p->array[s->output[i].target].node };
        for (int d = 0; d < s->ndim; d++)
            w.cell[d] = cell[d];
        status = add_wish(b, &w, err);
    }
    return status;
}

/* ---- pieces of arrays -------------------------------------------------------------------------- */

static int64_t cell_bytes(const source *a, const int64_t *cell)
{
    int64_t n = (int64_t)dtype_size(a->type);
    for (int k = 0; k < a->ndim; k++)
        n = mul_i64(n, cell[k], &n) ? n : INT64_MAX;
    return n;
}

/* What one tile needs of the array; longer where runs would be short. */
static void cells_for(const source *a, const affine *m, const int64_t *tile, int64_t room, int64_t *cell)
{
    for (int k = 0; k < m->nsrc; k++) {
        int64_t mul = m->mul[k] < 0 ? -m->mul[k] : m->mul[k];
        cell[k] = m->axis[k] < 0 ? 1 : max_i64(1, mul * tile[m->axis[k]]);
        cell[k] = min_i64(cell[k], max_i64(1, a->shape[k]));
    }
    int last = m->nsrc - 1;
    while (last >= 0 && cell[last] < a->shape[last] && cell[last] * (int64_t)dtype_size(a->type) < RUN_BYTES &&
           2 * cell_bytes(a, cell) <= room / 16)
        cell[last] = min_i64(2 * cell[last], a->shape[last]);
}

/* Pieces of fetch f that suit sweep s; its tiles, if they are free, too. */
static int wish_pieces(build *b, const sweep *s, const fetch *f, int64_t room, sharr_error *err)
{
    const plan_array *a = &b->p->array[f->array];
    const affine *m = &f->use[0].map;
    wish w = { .kind = a->place == PLACE_SOURCE ? WISH_COPY : WISH_CHUNK, .n = a->node };
    int64_t tile[SHARR_MAX_DIMS] = { 0 };
    int status = 0;
    for (int d = 0; d < s->ndim; d++)
        tile[d] = s->tiles.cell[d];
    if (tiles_are_free(b->p, s)) {
        square_tile(s, m, TILE_BYTES / (int64_t)dtype_size(a->src.type), tile);
        status = wish_tiles(b, s, tile, err);
    }
    cells_for(&a->src, m, tile, room, w.cell);
    return status ? status : add_wish(b, &w, err);
}

/* Pieces of a dataset of half the size, which decode more; again and again, until they are the least. */
static int wish_smaller(build *b, const fetch *f, sharr_error *err)
{
    const source *src = &b->p->array[f->array].src;
    wish w = { .kind = WISH_CHUNK, .n = b->p->array[f->array].node }, *old = find_wish(b, WISH_CHUNK, w.n);
    bool smaller = false;
    for (int k = 0; k < src->ndim; k++) {
        w.cell[k] = src->chunk[k];
        if (!f->pieces[k].piece || w.cell[k] == 1 || smaller)
            continue;
        w.cell[k] /= 2;
        smaller = true;
    }
    if (!smaller || !old)
        return smaller ? add_wish(b, &w, err) : 0;
    *old = w;
    b->asked++;
    return 0;
}

/* What the sweep reads of it lies on other nodes, and is too much to be brought all at once. */
static bool too_far(const plan *p, const sweep *s, const fetch *f, int64_t room)
{
    const plan_step alone = { .sweep = (sweep *)s };
    return s->brought && p->array[f->array].src.bound && spread_array(p, &alone, spread_first(p, f->array)) > room / FAR_PART;
}

int plan_wish_for_room(build *b, const sweep *s, int64_t room, sharr_error *err)
{
    int status = 0, n = 0;
    for (int k = 0; k < s->nfetch; k++)
        n += !fit_array_in_memory(b->p, s->fetch[k].array);
    for (int k = 0; k < s->nfetch && !status; k++)
        if (too_far(b->p, s, &s->fetch[k], room))
            status = wish_pieces(b, s, &s->fetch[k], room, err);
    for (int k = 0; k < s->nfetch && !status; k++)
        if (!fit_array_in_memory(b->p, s->fetch[k].array) && fit_fetch_bytes(s, &s->fetch[k]) > room / (2 * max_i64(2, n)))
            status = s->fetch[k].pieces ? wish_smaller(b, &s->fetch[k], err) : wish_pieces(b, s, &s->fetch[k], room, err);
    return status;
}

static int wish_long_runs(build *b, const sweep *s, sharr_error *err)
{
    const plan_array *a = s->nouts ? &b->p->array[s->output[0].target] : NULL;
    int64_t cell[SHARR_MAX_DIMS] = { 0 };
    bool any = false;
    if (!a || !tiles_are_free(b->p, s))
        return 0;
    for (int i = 0; i < s->nouts; i++)
        any = any || to_scratch(b->p, &s->output[i]);
    return any && long_tile(s, (int64_t)dtype_size(a->src.type), cell) ? wish_tiles(b, s, cell, err) : 0;
}

static bool read_again_and_again(const plan *p, const sweep *s, const fetch *f)
{
    return !fit_array_in_memory(p, f->array) && fit_amplification(p, s, f) > MAX_AMPLIFICATION;
}

/* All operands, or those that are decoded again and again, are copied first. */
static int wish_operands(build *b, const stage *s, bool all, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < s->nin && !status; i++) {
        wish w = { .kind = WISH_OPERAND, .n = s->node->in[i] };
        bool again = s->read[i].direct && (all || stage_decodes_again(b->p, s->in[i]));
        if (again || (all && s->brought && b->p->array[s->in[i]].src.bound))
            status = add_wish(b, &w, err);
    }
    return status;
}

int plan_wish_for_stage(build *b, const stage *s, sharr_error *err)
{
    return wish_operands(b, s, true, err);
}

int plan_wish_for_speed(build *b, sharr_error *err)
{
    const plan *p = b->p;
    int status = 0;
    for (int i = 0; i < p->nstages && !status; i++)
        status = wish_operands(b, &p->stage[i], false, err);
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nfetch && !status; k++)
            if (read_again_and_again(p, &p->sweep[i], &p->sweep[i].fetch[k]))
                status = wish_pieces(b, &p->sweep[i], &p->sweep[i].fetch[k], p->options.memory - p->step[p->sweep[i].step].resident, err);
    for (int i = 0; i < p->nsweeps && !status; i++)
        status = wish_long_runs(b, &p->sweep[i], err);
    return status;
}

bool plan_kept_in_vain(const plan *p)
{
    for (int i = 0; i < p->nsweeps; i++)
        for (int k = 0; k < p->sweep[i].nfetch; k++)
            if (p->array[p->sweep[i].fetch[k].array].kept && read_again_and_again(p, &p->sweep[i], &p->sweep[i].fetch[k]))
                return true;
    return false;
}
