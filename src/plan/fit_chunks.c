/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory of the decoded chunks of a sweep.  Chunks of equal size (of the first 32 sizes) share slots, whichever array
 * they are of: where many arrays are joined, a window holds chunks of few of them.
 */
#include "plan/fit.h"

#include <stdlib.h>

#include "base/checked.h"

int64_t fit_slot_bytes(int64_t chunk_bytes)
{
    return round_up(max_i64(chunk_bytes, 1), chunk_bytes >= 64 << 10 ? 4096 : 64);
}

int64_t fit_fetch_bytes(const sweep *s, const fetch *f)
{
    int64_t n = f->max_chunks * (f->resident ? 1 : s->inflight + 1);
    return round_up(n * fit_slot_bytes(f->chunk_bytes), 4096) + n * f->record_bytes;
}

int64_t fit_slots(const sweep *s, int f)
{
    const fetch *fe = &s->fetch[f];
    return fe->slots != f ? 0 : fe->at_once * (fe->resident ? 1 : s->inflight + 1);
}

int64_t fit_chunk_bytes(const sweep *s)
{
    int64_t bytes = 0;
    for (int f = 0; f < s->nfetch; f++) {
        int64_t n = fit_slots(s, f);
        bytes += round_up(n * fit_slot_bytes(s->fetch[f].chunk_bytes), 4096) + n * s->fetch[f].record_bytes;
    }
    return bytes;
}

int64_t fit_aside_bytes(const plan *p, const sweep *s)
{
    int64_t most = 0;
    for (int f = 0; f < s->nfetch; f++)
        if (s->fetch[f].pieces && p->array[s->fetch[f].array].src.path == SOURCE_DIRECT)
            most = max_i64(most, s->fetch[f].decode_bytes);
    return round_up(most, 4096);
}

/* ---- which share ------------------------------------------------------------------------------- */

/* The first fetch with slots of this size; only some sizes are remembered, so that many are no square of work. */
enum { SIZES = 32 };
typedef struct leaders { int n, fetch[SIZES]; } leaders;

/* What stays for the whole sweep shares with nobody. */
static int leader_of(const plan *p, const sweep *s, int f, leaders *l)
{
    const fetch *fe = &s->fetch[f];
    int64_t slot = fit_slot_bytes(fe->chunk_bytes);
    if (fe->resident || fit_array_in_memory(p, fe->array))
        return f;
    for (int i = 0; i < l->n; i++)
        if (fit_slot_bytes(s->fetch[l->fetch[i]].chunk_bytes) == slot && s->fetch[l->fetch[i]].record_bytes == fe->record_bytes)
            return l->fetch[i];
    if (l->n < SIZES)
        l->fetch[l->n++] = f;
    return f;
}

/* ---- how many at once -------------------------------------------------------------------------- */

typedef struct event { int64_t tile, chunks; } event;

/* Where windows end before they begin. */
static int by_tile(const void *a, const void *b)
{
    const event *x = a, *y = b;
    if (x->tile != y->tile)
        return x->tile < y->tile ? -1 : 1;
    return x->chunks < y->chunks ? -1 : x->chunks > y->chunks;
}

/* First tile along d that a use of the fetch touches, and the one behind the last. */
static void reach(const sweep *s, const fetch *f, int d, int64_t *first, int64_t *end)
{
    *first = INT64_MAX;
    *end = 0;
    for (int i = 0; i < f->nuses; i++) {
        const lattice *at = &f->use[i].at;
        if (at->count[d] <= 0)
            continue;
        *first = min_i64(*first, chunkgrid_index_of(&s->tiles, d, at->start[d]));
        *end = max_i64(*end, 1 + chunkgrid_index_of(&s->tiles, d, at->start[d] + (at->count[d] - 1) * at->step[d]));
    }
}

/* Most chunks in slots of `leader` in any window, by what dimension d tells: a window that begins at tile t
 * holds chunks of the fetches that tiles t ... t + window - 1 touch. */
static int64_t most_along(const sweep *s, int leader, int d, event *ev)
{
    int64_t now = 0, most = 0;
    size_t n = 0;
    for (int f = leader; f < s->nfetch; f++) {
        int64_t first, end;
        if (s->fetch[f].slots != leader)
            continue;
        reach(s, &s->fetch[f], d, &first, &end);
        if (end <= first)
            continue;
        ev[n++] = (event){ first - s->window[d] + 1, s->fetch[f].max_chunks };
        ev[n++] = (event){ end, -s->fetch[f].max_chunks };
    }
    qsort(ev, n, sizeof *ev, by_tile);
    for (size_t i = 0; i < n; i++) {
        now += ev[i].chunks;
        most = max_i64(most, now);
    }
    return most;
}

static int64_t at_once(const sweep *s, int leader)
{
    int64_t all = 0;
    size_t n = 0;
    for (int f = leader; f < s->nfetch; f++)
        if (s->fetch[f].slots == leader) {
            all += s->fetch[f].max_chunks;
            n++;
        }
    event *ev = n > 1 ? malloc(2 * n * sizeof *ev) : NULL;
    for (int d = 0; d < s->ndim && ev; d++)         /* without the room: all of them, which is enough */
        all = min_i64(all, most_along(s, leader, d, ev));
    free(ev);
    return all;
}

void fit_share_slots(const plan *p, sweep *s)
{
    leaders l = { 0 };
    for (int f = 0; f < s->nfetch; f++)
        s->fetch[f].slots = leader_of(p, s, f, &l);
    for (int f = 0; f < s->nfetch; f++)
        s->fetch[f].at_once = s->fetch[f].slots == f ? s->fetch[f].max_chunks : 0;
    for (int i = 0; i < l.n; i++)
        s->fetch[l.fetch[i]].at_once = at_once(s, l.fetch[i]);
}
