/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A user's function of a stack: how many items in one call.  Such functions copy what they work on: that is
 * charged too.
 */
#include "plan/stages.h"

#include <math.h>

#include "base/checked.h"
#include "plan/fit.h"

/* A call is worth its while; copies of operands and results that the function makes. */
enum { CALL_BYTES = 16 << 20, COPIES = 3, NEARLY = 4 };

static int64_t elements(const plan *p, int array)
{
    return stage_array_bytes(p, array) / (int64_t)dtype_size(p->array[array].src.type);
}

static int64_t item_bytes(const plan *p, int array, int64_t items)
{
    return stage_array_bytes(p, array) / max_i64(1, items);
}

/* Items that a call may have, so that who interrupts does not wait long: a matrix of n elements takes n^1.5 operations,
 * many times over, and each item its call of LAPACK.  Nanoseconds. */
static int64_t soon_done(int64_t largest)
{
    static const double CALL = 2000, OPERATION = 20, SOON = 100e6;
    return max_i64(1, (int64_t)(SOON / (CALL + OPERATION * (double)largest * sqrt((double)largest))));
}

/* About so many items, `most` at most, if that cuts fewer chunks of the first operand that is read from them. */
static int64_t whole_chunks(const plan *p, const stage *s, int64_t items, int64_t most)
{
    int i = 0;
    while (i < s->nin && !s->read[i].direct)
        i++;
    if (i == s->nin || items >= s->lines.n[0])
        return items;
    int64_t item = max_i64(1, elements(p, s->in[i]) / s->lines.n[0]), grain = stage_grain(p, s, i, ALONG);
    grain /= gcd_i64(grain, item);
    if (grain > items && grain <= min_i64(most, NEARLY * items))
        return grain;
    return items > grain ? items - items % grain : items;
}

void stage_fit_function(const plan *p, stage *s, int64_t room)
{
    const node *n = s->node;
    stage_lines *l = &s->lines;
    int64_t each = 0, copied = 0, largest = 1;
    l->n[0] = l->n[1] = l->n[2] = 1;
    for (int d = 0; d < n->u.call.number[0]; d++)
        l->n[0] *= n->shape[d];
    for (int i = 0; i < s->nin + s->nout; i++) {
        int array = i < s->nin ? s->in[i] : s->out[i - s->nin];
        if (i >= s->nin)
            s->number[i - s->nin] = array < 0 ? 0 : elements(p, array) / max_i64(1, l->n[0]);
        if (array < 0)
            continue;
        each += item_bytes(p, array, l->n[0]);
        largest = max_i64(largest, elements(p, array) / max_i64(1, l->n[0]));
        copied += fit_array_in_memory(p, array) ? 0 : round_up(item_bytes(p, array, l->n[0]), 64);
    }
    int64_t one = copied + COPIES * each, most = min_i64(room - 4096, (1 + COPIES) * (int64_t)CALL_BYTES) / max_i64(1, one);
    most = min_i64(most, ceil_div(l->n[0], p->options.ranks));
    l->piece[0] = whole_chunks(p, s, max_i64(1, min_i64(most, soon_done(largest))), most);
    for (int i = 0; i < s->nin; i++)
        stage_reads(s, i, (int64_t[]){ 1, l->piece[0] * elements(p, s->in[i]) / max_i64(1, l->n[0]), 1 }, 1);
    l->piece[1] = l->piece[2] = 1;
    l->split = 0;
    s->workers = 1;
    s->shared = 0;
    s->buffer = l->piece[0] * copied;
    s->aside = l->piece[0] * COPIES * each;
}
