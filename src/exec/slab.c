/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Slots of equal size that are reused for ever: no allocation while data streams.
 */
#include "exec/exec_int.h"

#include <stdlib.h>

#include "base/checked.h"

int slab_init(slab *s, budget *b, size_t slot_bytes, int64_t n, const char *what, sharr_error *err)
{
    *s = (slab){ .b = b };
    pthread_mutex_init(&s->lock, NULL);
    s->slot = slot_bytes ? slot_bytes : 1;
    if (n <= 0)
        return 0;
    s->free_list = malloc((size_t)n * sizeof *s->free_list);
    if (!s->free_list || !mul_size(s->slot, (size_t)n, &s->bytes))
        return err_nomem(err, what, (unsigned long long)n * s->slot);
    s->base = budget_alloc(b, s->bytes, what, err);
    if (!s->base)
        return SHARR_ERESOURCE;
    s->n = s->nfree = n;
    for (int64_t i = 0; i < n; i++)
        s->free_list[i] = n - 1 - i;        /* low slots first: they stay warm */
    return 0;
}

void slab_fini(slab *s)
{
    if (!s->b)
        return;
    budget_release(s->b, s->base, s->bytes);
    free(s->free_list);
    pthread_mutex_destroy(&s->lock);
    *s = (slab){ 0 };
}

void *slab_take(slab *s)
{
    pthread_mutex_lock(&s->lock);
    void *p = s->nfree ? s->base + (size_t)s->free_list[--s->nfree] * s->slot : NULL;
    pthread_mutex_unlock(&s->lock);
    return p;
}

void slab_give(slab *s, void *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&s->lock);
    s->free_list[s->nfree++] = (int64_t)((size_t)((char *)p - s->base) / s->slot);
    pthread_mutex_unlock(&s->lock);
}
