/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Hashing (XXH3) and an open-addressing map from a 64-bit hash to pointers.
 * Several entries may share a hash; the caller compares.  Not thread-safe.
 */
#ifndef BASE_HASHMAP_H
#define BASE_HASHMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hash128 { uint64_t lo, hi; } hash128;

uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);
hash128 hash_bytes128(const void *p, size_t n);

typedef struct hashmap hashmap;

hashmap *hashmap_new(void);
void hashmap_free(hashmap *m);                     /* not the values */
bool hashmap_add(hashmap *m, uint64_t hash, void *value);    /* false: out of memory */
/* First value with this hash for which equal(value, key) holds, else NULL. */
void *hashmap_find(const hashmap *m, uint64_t hash, bool (*equal)(const void *value, const void *key),
                   const void *key);
bool hashmap_remove(hashmap *m, uint64_t hash, const void *value);
size_t hashmap_count(const hashmap *m);

#endif
