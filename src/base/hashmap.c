/* SPDX-License-Identifier: BSD-3-Clause
 *
 * XXH3, and open addressing with linear probing.  Removal closes the gap by
 * shifting (Knuth, The Art of Computer Programming 3, 6.4, algorithm R), so
 * that there are no tombstones and a find never gets slower with age.
 */
#include "base/hashmap.h"

#include <stdlib.h>

#include <xxhash.h>

typedef struct slot {
    uint64_t hash;
    void *value;                        /* NULL: empty */
} slot;

struct hashmap {
    slot *slots;
    size_t mask;                        /* capacity - 1; capacity a power of two, or slots NULL */
    size_t count;
};

uint64_t hash_bytes(const void *p, size_t n, uint64_t seed)
{
    return XXH3_64bits_withSeed(p, n, seed);
}

hash128 hash_bytes128(const void *p, size_t n)
{
    XXH128_hash_t h = XXH3_128bits(p, n);
    return (hash128){.lo = h.low64, .hi = h.high64};
}

hashmap *hashmap_new(void)
{
    return calloc(1, sizeof(hashmap));
}

void hashmap_free(hashmap *m)
{
    if (!m)
        return;
    free(m->slots);
    free(m);
}

/* Callers may pass weak hashes (small integers): spread them (Fibonacci hashing). */
static size_t home(const hashmap *m, uint64_t hash)
{
    return (size_t)((hash * 0x9e3779b97f4a7c15u) >> 20) & m->mask;
}

static void place(hashmap *m, uint64_t hash, void *value)
{
    size_t i = home(m, hash);
    while (m->slots[i].value)
        i = (i + 1) & m->mask;
    m->slots[i] = (slot){hash, value};
}

static bool grow(hashmap *m)
{
    size_t old_cap = m->slots ? m->mask + 1 : 0;
    size_t cap = old_cap ? 2 * old_cap : 16;
    slot *old = m->slots;
    slot *slots = calloc(cap, sizeof *slots);
    if (!slots)
        return false;
    m->slots = slots;
    m->mask = cap - 1;
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].value)
            place(m, old[i].hash, old[i].value);
    free(old);
    return true;
}

bool hashmap_add(hashmap *m, uint64_t hash, void *value)
{
    if ((!m->slots || m->count >= (m->mask + 1) / 4 * 3) && !grow(m))
        return false;
    place(m, hash, value);
    m->count++;
    return true;
}

void *hashmap_find(const hashmap *m, uint64_t hash, bool (*equal)(const void *value, const void *key),
                   const void *key)
{
    if (!m->slots)
        return NULL;
    for (size_t i = home(m, hash); m->slots[i].value; i = (i + 1) & m->mask)
        if (m->slots[i].hash == hash && equal(m->slots[i].value, key))
            return m->slots[i].value;
    return NULL;
}

/* Move back what a probe could no longer reach across the empty slot `hole`. */
static void close_gap(hashmap *m, size_t hole)
{
    for (size_t i = (hole + 1) & m->mask; m->slots[i].value; i = (i + 1) & m->mask) {
        size_t h = home(m, m->slots[i].hash);
        if (((i - h) & m->mask) >= ((i - hole) & m->mask)) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (slot){0};
}

bool hashmap_remove(hashmap *m, uint64_t hash, const void *value)
{
    if (!m->slots)
        return false;
    for (size_t i = home(m, hash); m->slots[i].value; i = (i + 1) & m->mask)
        if (m->slots[i].hash == hash && m->slots[i].value == value) {
            close_gap(m, i);
            m->count--;
            return true;
        }
    return false;
}

size_t hashmap_count(const hashmap *m)
{
    return m->count;
}
