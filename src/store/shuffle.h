/* SPDX-License-Identifier: BSD-3-Clause
 *
 * HDF5's byte shuffle: the i-th bytes of all elements side by side, bytes that fill no whole element
 * at the end as they are.  Any element size; 2, 4, 8 and 16 at the speed of memory.  Pure.
 * Source and destination never overlap.
 */
#ifndef STORE_SHUFFLE_H
#define STORE_SHUFFLE_H

#include <stddef.h>

void shuffle_bytes(const void *src, void *dst, size_t n, size_t size);
/* With swap > 1 (a divisor of size) the bytes of every component of `swap` bytes come out in reverse
 * order: unshuffling and changing the byte order in one go. */
void unshuffle_bytes(const void *src, void *dst, size_t n, size_t size, size_t swap);

/* The same at a level of the machine: 0 plain C, 1 vectors of 16 bytes, 2 AVX2.  For tests. */
int shuffle_level(void);            /* the highest that this machine has */
void shuffle_bytes_at(int level, const void *src, void *dst, size_t n, size_t size);
void unshuffle_bytes_at(int level, const void *src, void *dst, size_t n, size_t size, size_t swap);

#endif
