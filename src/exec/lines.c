/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Boxes of lines, from and to arrays in memory and in scratch, and from datasets.
 */
#include "base/checked.h"
#include "exec/proc.h"

/* Bytes that are moved before somebody looks whether they are still wanted: pages that are touched for the first time
 * take seconds for a GiB. */
enum { PART = 16 << 20 };

/* Memory and a packed box, one way or the other. */
static void move(const lines *l, const box *b, char *packed, bool out)
{
    int64_t as[3], ps[3];
    char *at = l->data;
    shape_strides(3, l->n, as);
    shape_strides(3, b->count, ps);
    for (int d = 0; d < 3; d++) {
        as[d] *= (int64_t)l->size;
        ps[d] *= (int64_t)l->size;
        at += b->start[d] * as[d];
    }
    if (out)
        copy_box(3, b->count, at, as, packed, ps, l->size);
    else
        copy_box(3, b->count, packed, ps, at, as, l->size);
}

void lines_moved(const lines *l, const box *b)
{
    count_add(&l->st->moved, box_size(b) * (int64_t)l->size);
}

typedef int move_part(const lines *l, const box *b, char *packed, sharr_error *err);

static int get(const lines *l, const box *b, char *packed, sharr_error *err)
{
    if (!l->data)
        return scratch_read(l->file, b, packed, l->st->r->env->count, err);
    move(l, b, packed, false);
    return 0;
}

static int put(const lines *l, const box *b, char *packed, sharr_error *err)
{
    if (!l->data)
        return scratch_write(l->file, b, packed, l->st->r->env->count, err);
    move(l, b, packed, true);
    return 0;
}

/* A large box piece by piece, cut along the first of its dimensions that has more than one place. */
static int in_parts(const lines *l, const box *b, char *packed, move_part *fn, sharr_error *err)
{
    const int d = b->count[0] > 1 ? 0 : b->count[1] > 1 ? 1 : 2;
    int64_t each = (int64_t)l->size;
    for (int k = d + 1; k < 3; k++)
        each *= b->count[k];
    const int64_t most = max_i64(1, PART / max_i64(1, each));
    int status = 0;
    for (int64_t i = 0; i < b->count[d] && !status; i += most) {
        box part = *b;
        part.start[d] += i;
        part.count[d] = min_i64(most, b->count[d] - i);
        if (atomic_load(&l->st->stop))
            return err_set(err, SHARR_EINTERRUPTED, "stopped: another task failed");
        status = fn(l, &part, packed + i * each, err);
    }
    return status;
}

int lines_read(const lines *l, const box *b, void *data, sharr_error *err)
{
    lines_moved(l, b);
    if (l->chunks)
        return chunklines_read(l, b, data, err);
    return in_parts(l, b, data, get, err);
}

int lines_write(const lines *l, const box *b, const void *data, sharr_error *err)
{
    lines_moved(l, b);
    return in_parts(l, b, (char *)data, put, err);
}
