/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory with one lifetime: graphs, plans, programs.  Freed whole.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

typedef struct arena arena;

arena *arena_new(void);                            /* NULL: out of memory */
void arena_free(arena *a);                         /* accepts NULL */
/* Zeroed, 16-byte aligned; NULL when memory is out.  n * size is checked. */
void *arena_alloc(arena *a, size_t n, size_t size);
char *arena_strndup(arena *a, const char *s, size_t n);
size_t arena_bytes(const arena *a);                /* held from the system */

#endif
