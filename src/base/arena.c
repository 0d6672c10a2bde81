/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A chain of blocks, filled front to back and freed whole.  Blocks grow with
 * the arena (4 KiB to 256 KiB), so a small graph stays small and a large one
 * takes few calls.  Something larger than a quarter block gets its own.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

enum { ALIGN = 16, BLOCK_MIN = 4096, BLOCK_MAX = 256 * 1024 };

typedef struct block {
    struct block *next;
    size_t used, size;                  /* bytes of `data` */
    _Alignas(ALIGN) char data[];
} block;

struct arena {
    block *head;                        /* the one that is being filled, if any */
    size_t bytes;
    size_t next_size;
};

arena *arena_new(void)
{
    arena *a = calloc(1, sizeof *a);
    if (a)
        a->next_size = BLOCK_MIN - sizeof(block);
    return a;
}

void arena_free(arena *a)
{
    if (!a)
        return;
    for (block *b = a->head, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

static block *block_new(arena *a, size_t size)
{
    size_t total;
    if (__builtin_add_overflow(size, sizeof(block), &total))
        return NULL;
    block *b = calloc(1, total);
    if (!b)
        return NULL;
    b->size = size;
    a->bytes += total;
    return b;
}

/* A block of its own goes behind the head, which keeps being filled. */
static void *alloc_large(arena *a, size_t n)
{
    block *b = block_new(a, n);
    if (!b)
        return NULL;
    b->used = n;
    if (a->head) {
        b->next = a->head->next;
        a->head->next = b;
    } else {
        a->head = b;
    }
    return b->data;
}

void *arena_alloc(arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (!mul_size(n, size, &bytes) || bytes > SIZE_MAX - ALIGN)
        return NULL;
    bytes = bytes ? (bytes + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (!a->head || a->head->size - a->head->used < bytes) {
        if (bytes > a->next_size / 4)
            return alloc_large(a, bytes);
        block *b = block_new(a, a->next_size);
        if (!b)
            return NULL;
        b->next = a->head;
        a->head = b;
        if (a->next_size < BLOCK_MAX - sizeof(block))
            a->next_size = 2 * (a->next_size + sizeof(block)) - sizeof(block);
    }
    void *p = a->head->data + a->head->used;
    a->head->used += bytes;
    return p;
}

char *arena_strndup(arena *a, const char *s, size_t n)
{
    if (n == SIZE_MAX)
        return NULL;
    char *copy = arena_alloc(a, n + 1, 1);
    if (copy)
        memcpy(copy, s, n);
    return copy;
}

size_t arena_bytes(const arena *a)
{
    return sizeof *a + a->bytes;
}
