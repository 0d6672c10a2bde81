/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Stages that read datasets from their chunks: pieces that cut as few chunks as can be, what is decoded, and what that
 * takes.  A chunk is decoded for every piece that touches it: where that is too often, a copy is made first.
 */
#include "base/checked.h"
#include "plan/fit.h"
#include "plan/keep.h"
#include "plan/stages.h"

/* Decodes per chunk that cost less than any copy, and more than which are never worth it. */
static const double FEW_DECODES = 1.25, MOST_DECODES = 2.0;
/* What goes for decodes that cannot be counted. */
enum { MANY_TIMES = 16 };

static chunkgrid grid_of(const plan *p, const stage *s, int i)
{
    const source *src = &p->array[s->in[i]].src;
    return chunkgrid_make(src->ndim, src->shape, src->chunk, NULL);
}

static int64_t chunk_bytes(const source *src)
{
    int64_t n = (int64_t)dtype_size(src->type);
    for (int d = 0; d < src->ndim; d++)
        n *= min_i64(src->chunk[d], max_i64(1, src->shape[d]));
    return n;
}

int64_t stage_grain(const plan *p, const stage *s, int i, int g)
{
    if (!s->read[i].direct)
        return 1;
    axisfold f = stage_fold(p, s, i);
    chunkgrid c = grid_of(p, s, i);
    return max_i64(1, axisfold_grain(&f, &c, g));
}

static int64_t multiple(int64_t n, int64_t grain, int64_t most)
{
    return n >= most ? most : min_i64(most, max_i64(grain, n - n % grain));
}

void stage_to_grain(const plan *p, stage *s, int64_t cells)
{
    static const int order[3] = { 0, 2, ALONG };
    stage_lines *l = &s->lines;
    int64_t grain[3];
    if (!s->read[0].direct)
        return;
    for (int d = 0; d < 3; d++) {
        grain[d] = stage_grain(p, s, 0, d);
        l->piece[d] = min_i64(max_i64(1, l->n[d]), round_up(l->piece[d], grain[d]));
    }
    for (int k = 0; k < 3; k++) {
        int d = order[k];
        int64_t others = l->piece[0] * l->piece[1] * l->piece[2] / l->piece[d];
        l->piece[d] = multiple(min_i64(l->piece[d], max_i64(1, cells / others)), grain[d], max_i64(1, l->n[d]));
    }
}

void stage_reads(stage *s, int i, const int64_t piece[3], int64_t times)
{
    for (int d = 0; d < 3; d++)
        s->read[i].piece[d] = max_i64(1, piece[d]);
    s->read[i].times = times;
}

int64_t stage_slot_bytes(const plan *p, const stage *s)
{
    int64_t most = 0;
    for (int i = 0; i < s->nin; i++)
        if (s->read[i].direct)
            most = max_i64(most, fit_slot_bytes(chunk_bytes(&p->array[s->in[i]].src)));
    return most;
}

int64_t stage_reading_bytes(const plan *p, const stage *s, int workers)
{
    const plan_costs *costs = &p->options.costs;
    int64_t places = 0, reader = 0;
    for (int i = 0; i < s->nin; i++) {
        if (!s->read[i].direct)
            continue;
        chunkgrid c = grid_of(p, s, i);
        places += s->read[i].chosen ? 1 : round_up(chunkgrid_count(&c) * STAGE_FRAME_BYTES + 1, 4096);
        reader = max_i64(reader, costs->reader_bytes(costs->arg, &p->array[s->in[i]].src));
    }
    return places ? places + round_up(workers * stage_slot_bytes(p, s) + 1, 4096) + workers * reader : 0;
}

/* -1: too many to be counted. */
static int64_t touched_by_pieces(const plan *p, const stage *s, int i)
{
    const stage_read *r = &s->read[i];
    axisfold f = stage_fold(p, s, i);
    chunkgrid c = grid_of(p, s, i);
    int64_t decodes = r->times;
    for (int g = 0; g < 3 && decodes >= 0; g++) {
        int64_t n = axisfold_touched(&f, &c, g, r->piece[g]);
        decodes = n < 0 || !mul_i64(decodes, n, &decodes) ? -1 : decodes;
    }
    return decodes;
}

void stage_count_decodes(const plan *p, stage *s)
{
    s->decodes = s->bytes_in = 0;
    for (int i = 0; i < s->nin; i++) {
        stage_read *r = &s->read[i];
        if (!r->direct)
            continue;
        chunkgrid c = grid_of(p, s, i);
        if (!r->chosen)
            r->decodes = touched_by_pieces(p, s, i);
        s->decodes += max_i64(0, r->decodes);
        s->bytes_in += (r->decodes < 0 ? MANY_TIMES * chunkgrid_count(&c) : r->decodes) * chunk_bytes(&p->array[s->in[i]].src);
    }
}

/* How often all stages together decode a chunk of it. */
static double times_decoded(const plan *p, int array)
{
    const source *src = &p->array[array].src;
    chunkgrid c = chunkgrid_make(src->ndim, src->shape, src->chunk, NULL);
    double chunks = (double)max_i64(1, chunkgrid_count(&c)), decodes = 0;
    for (int k = 0; k < p->nstages; k++)
        for (int i = 0; i < p->stage[k].nin; i++) {
            const stage_read *r = &p->stage[k].read[i];
            if (r->direct && p->stage[k].in[i] == array)
                decodes += r->decodes < 0 ? MANY_TIMES * chunks : (double)r->decodes;
        }
    return decodes / chunks;
}

bool stage_decodes_again(const plan *p, int array)
{
    const source *src = &p->array[array].src;
    double again = times_decoded(p, array) - 1;
    return again > MOST_DECODES - 1 || (again > FEW_DECODES - 1 && again * keep_decode_cost(src->decode) > keep_copy_cost());
}

bool stage_decodes_for_ever(const plan *p)
{
    for (int k = 0; k < p->nstages; k++)
        for (int i = 0; i < p->stage[k].nin; i++)
            if (p->stage[k].read[i].direct && times_decoded(p, p->stage[k].in[i]) > MANY_TIMES)
                return true;
    return false;
}
