/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The map against an array that is searched, with hashes that collide on purpose;
 * XXH3 against its published test values.
 */
#include "base/hashmap.h"

#include <string.h>

#include "support/tap_cunit.h"

static bool same_int(const void *value, const void *key)
{
    return *(const int *)value == *(const int *)key;
}

/* `bits` of hash only: 0 makes every key collide. */
static uint64_t weak_hash(int key, int bits)
{
    return bits ? (uint64_t)(key * 2654435761u) >> (32 - bits) : 0;
}

static void check_all(const hashmap *m, int *values, const bool *in, int n, int bits)
{
    size_t count = 0;
    int wrong = 0;
    for (int k = 0; k < n; k++) {
        void *found = hashmap_find(m, weak_hash(k, bits), same_int, &k);
        wrong += in[k] ? found != &values[k] : found != NULL;
        count += in[k];
    }
    TAP_CHECK(wrong == 0 && hashmap_count(m) == count, "bits %d: %d wrong, %zu of %zu", bits, wrong,
              hashmap_count(m), count);
}

static void random_adds_and_removes(void)
{
    enum { N = 300, STEPS = 6000 };
    static const int bits[] = {0, 3, 8, 32};
    static int values[N];
    for (int i = 0; i < N; i++)
        values[i] = i;
    for (int b = 0; b < TAP_COUNT(bits); b++) {
        bool in[N] = {false};
        uint64_t r = 12345;
        hashmap *m = hashmap_new();
        CU_ASSERT_PTR_NOT_NULL_FATAL(m);
        for (int s = 0; s < STEPS; s++) {
            r = r * 6364136223846793005u + 1442695040888963407u;
            int k = (int)((r >> 33) % N);
            uint64_t h = weak_hash(k, bits[b]);
            bool ok = in[k] ? hashmap_remove(m, h, &values[k]) : hashmap_add(m, h, &values[k]);
            in[k] = !in[k];
            if (!ok || s % 500 == 0)
                check_all(m, values, in, N, bits[b]);
            CU_ASSERT_TRUE(ok);
        }
        check_all(m, values, in, N, bits[b]);
        hashmap_free(m);
    }
}

static void unknown_is_not_found(void)
{
    int a = 1, b = 2;
    hashmap *m = hashmap_new();
    CU_ASSERT_PTR_NULL(hashmap_find(m, 5, same_int, &a));
    CU_ASSERT_FALSE(hashmap_remove(m, 5, &a));
    hashmap_add(m, 5, &a);
    CU_ASSERT_PTR_NULL(hashmap_find(m, 5, same_int, &b));
    CU_ASSERT_PTR_NULL(hashmap_find(m, 6, same_int, &a));
    CU_ASSERT_FALSE(hashmap_remove(m, 5, &b));
    CU_ASSERT_EQUAL(hashmap_count(m), 1);
    hashmap_free(m);
    hashmap_free(NULL);
}

static void large_map(void)
{
    enum { N = 200000 };
    static int values[N];
    hashmap *m = hashmap_new();
    int wrong = 0;
    for (int i = 0; i < N; i++) {
        values[i] = i;
        wrong += !hashmap_add(m, (uint64_t)i, &values[i]);
    }
    for (int i = 0; i < N; i++)
        wrong += hashmap_find(m, (uint64_t)i, same_int, &i) != &values[i];
    CU_ASSERT_EQUAL(wrong, 0);
    hashmap_free(m);
}

/* Empty input, seed 0: the values in the XXH3 specification (XXH3_64bits and XXH3_128bits). */
static void hashes_are_xxh3(void)
{
    CU_ASSERT_EQUAL(hash_bytes("", 0, 0), 0x2d06800538d394c2u);
    hash128 h = hash_bytes128("", 0);
    CU_ASSERT_EQUAL(h.hi, 0x99aa06d3014798d8u);
    CU_ASSERT_EQUAL(h.lo, 0x6001c324468d497fu);
    CU_ASSERT_NOT_EQUAL(hash_bytes("abc", 3, 0), hash_bytes("abc", 3, 1));
    CU_ASSERT_NOT_EQUAL(hash_bytes("abc", 3, 0), hash_bytes("abd", 3, 0));
}

static const tap_test tests[] = {
    {"random adds and removes agree with a plain array", random_adds_and_removes},
    {"what is not there is not found", unknown_is_not_found},
    {"200000 entries", large_map},
    {"hashes are XXH3", hashes_are_xxh3},
};
TAP_MAIN("hashmap", tests)
