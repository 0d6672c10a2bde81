/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Boxes of lines, from and to arrays in memory and in scratch, and from datasets.
 */
#include "exec/proc.h"

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

int lines_read(const lines *l, const box *b, void *data, sharr_error *err)
{
    lines_moved(l, b);
    if (l->chunks)
        return chunklines_read(l, b, data, err);
    if (!l->data)
        return scratch_read(l->file, b, data, l->st->r->env->count, err);
    move(l, b, data, false);
    return 0;
}

int lines_write(const lines *l, const box *b, const void *data, sharr_error *err)
{
    lines_moved(l, b);
    if (!l->data)
        return scratch_write(l->file, b, data, l->st->r->env->count, err);
    move(l, b, (char *)data, true);
    return 0;
}
