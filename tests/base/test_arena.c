/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arena memory: aligned, zeroed, disjoint, bounded overhead, overflow refused.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/tap_cunit.h"

enum { N = 4000 };

/* Make sure that memory from the heap is not zero by chance. */
static void dirty_the_heap(void)
{
    void *p[64];
    for (int i = 0; i < 64; i++)
        if ((p[i] = malloc((size_t)4096 << i % 6)))
            memset(p[i], 0xff, (size_t)4096 << i % 6);
    for (int i = 0; i < 64; i++)
        free(p[i]);
}

/* Each piece is filled with its own byte; overlap or a short piece would destroy a neighbour. */
static void pieces_are_zeroed_aligned_disjoint(void)
{
    static struct {
        unsigned char *p;
        size_t n;
    } piece[N];
    dirty_the_heap();
    arena *a = arena_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    uint64_t r = 1;
    size_t total = 0;
    int bad = 0;
    for (int i = 0; i < N; i++) {
        r = r * 6364136223846793005u + 1442695040888963407u;
        piece[i].n = i % 97 == 0 ? r >> 46 : r >> 57;      /* up to 256 KiB, mostly below 128 */
        piece[i].p = arena_alloc(a, piece[i].n, 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(piece[i].p);
        bad += (uintptr_t)piece[i].p % 16 != 0;
        for (size_t k = 0; k < piece[i].n; k++)
            bad += piece[i].p[k] != 0;
        memset(piece[i].p, i & 0xff, piece[i].n);
        total += piece[i].n;
    }
    for (int i = 0; i < N; i++)
        for (size_t k = 0; k < piece[i].n; k++)
            bad += piece[i].p[k] != (i & 0xff);
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT(arena_bytes(a) >= total);
    TAP_CHECK(arena_bytes(a) < total + total / 4 + N * 16 + 600 * 1024, "%zu for %zu", arena_bytes(a),
              total);
    arena_free(a);
}

static void overflow_is_refused(void)
{
    arena *a = arena_new();
    CU_ASSERT_PTR_NULL(arena_alloc(a, SIZE_MAX / 2, 3));
    CU_ASSERT_PTR_NULL(arena_alloc(a, SIZE_MAX - 3, 1));
    CU_ASSERT_PTR_NULL(arena_alloc(a, SIZE_MAX / 2, 1));
    CU_ASSERT_PTR_NOT_NULL(arena_alloc(a, 8, 8));
    arena_free(a);
    arena_free(NULL);
}

static void empty_pieces_are_distinct(void)
{
    arena *a = arena_new();
    void *p = arena_alloc(a, 0, 8), *q = arena_alloc(a, 0, 8);
    CU_ASSERT(p && q && p != q);
    arena_free(a);
}

static void strndup_copies_and_ends(void)
{
    arena *a = arena_new();
    const char text[] = "t2m - mean";
    char *s = arena_strndup(a, text, 3);
    CU_ASSERT_STRING_EQUAL(s, "t2m");
    CU_ASSERT_STRING_EQUAL(arena_strndup(a, text, 0), "");
    CU_ASSERT_PTR_NULL(arena_strndup(a, text, SIZE_MAX));
    arena_free(a);
}

static void small_arena_stays_small(void)
{
    arena *a = arena_new();
    CU_ASSERT(arena_bytes(a) < 256);
    arena_alloc(a, 1, 16);
    CU_ASSERT(arena_bytes(a) <= 4096 + 256);
    arena_free(a);
}

static const tap_test tests[] = {
    {"pieces are zeroed, aligned and disjoint", pieces_are_zeroed_aligned_disjoint},
    {"sizes that overflow are refused", overflow_is_refused},
    {"empty pieces are distinct", empty_pieces_are_distinct},
    {"strndup copies and ends", strndup_copies_and_ends},
    {"a small arena stays small", small_arena_stays_small},
};
TAP_MAIN("arena", tests)
