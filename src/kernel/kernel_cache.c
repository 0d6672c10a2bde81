/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A hash map of all kernels, and a list of those without users in the order in
 * which they lost the last one.
 */
#include "kernel/kernel_cache.h"

#include "base/hashmap.h"

#include <stdlib.h>

struct kernel_cache {
    hashmap *map;
    kernel_drop_fn *drop;
    kernel *newest, *oldest;
    int unused;
};

kernel_cache *kernel_cache_new(kernel_drop_fn *drop)
{
    kernel_cache *c = calloc(1, sizeof(*c));
    if (c)
        c->map = hashmap_new();
    if (!c || !c->map) {
        free(c);
        return NULL;
    }
    c->drop = drop;
    return c;
}

static void unlink_unused(kernel_cache *c, kernel *k)
{
    *(k->newer ? &k->newer->older : &c->newest) = k->older;
    *(k->older ? &k->older->newer : &c->oldest) = k->newer;
    k->newer = k->older = NULL;
    c->unused--;
}

static void drop_oldest(kernel_cache *c)
{
    kernel *k = c->oldest;
    unlink_unused(c, k);
    hashmap_remove(c->map, k->hash.lo, k);
    c->drop(k);
}

void kernel_cache_free(kernel_cache *c)
{
    if (!c)
        return;
    while (c->oldest)
        drop_oldest(c);
    hashmap_free(c->map);
    free(c);
}

static bool same_program(const void *value, const void *key)
{
    return program_equal(((const kernel *)value)->program, key);
}

kernel *kernel_cache_find(kernel_cache *c, const program *p, hash128 hash)
{
    kernel *k = hashmap_find(c->map, hash.lo, same_program, p);
    if (k && k->users++ == 0)
        unlink_unused(c, k);
    return k;
}

bool kernel_cache_add(kernel_cache *c, kernel *k)
{
    return hashmap_add(c->map, k->hash.lo, k);
}

void kernel_cache_unuse(kernel_cache *c, kernel *k)
{
    if (--k->users > 0)
        return;
    k->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = k;
    c->newest = k;
    if (++c->unused > KERNEL_CACHE_UNUSED)
        drop_oldest(c);
}
