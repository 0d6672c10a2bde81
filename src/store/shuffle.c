/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Byte shuffle and its inverse.  Vector kernels (shuffle_kernel.inc) take whole vectors of elements, plain C what
 * is left and element sizes that are no power of two.
 */
#include "store/shuffle.h"

#include <stdint.h>
#include <string.h>

typedef uint8_t vec16 __attribute__((vector_size(16)));
typedef uint8_t vec32 __attribute__((vector_size(32)));

/* Which plane holds byte p of an element when components of `swap` bytes are stored reversed. */
static inline size_t plane_of(size_t p, size_t swap)
{
    return swap > 1 ? p - p % swap + (swap - 1 - p % swap) : p;
}

#define VEC vec16
#define LANES 1
#define NAME(f) f##_16
#define TARGET
#define JOIN_LANES(l) (l)[0]
#define ZIP_LO(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HI(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#include "store/shuffle_kernel.inc"

#ifdef __x86_64__
#define VEC vec32
#define LANES 2
#define NAME(f) f##_32
#define TARGET __attribute__((target("avx2")))
#define JOIN_LANES(l) __builtin_shufflevector((l)[0], (l)[1], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
                                              16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31)
#define ZIP_LO(a, b) __builtin_shufflevector(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, \
                                             16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55)
#define ZIP_HI(a, b) __builtin_shufflevector(a, b, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47, \
                                             24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63)
#include "store/shuffle_kernel.inc"
#endif

/* Elements from..count in plain C, a few thousand at a time so that the strided side stays in cache. */
static void join_plain(const uint8_t *src, uint8_t *dst, size_t from, size_t count, size_t size, size_t swap)
{
    for (size_t first = from, end; first < count; first = end) {
        end = count - first > 512 ? first + 512 : count;
        for (size_t p = 0; p < size; p++) {
            const uint8_t *plane = src + plane_of(p, swap) * count;
            for (size_t i = first; i < end; i++)
                dst[i * size + p] = plane[i];
        }
    }
}

static void split_plain(const uint8_t *src, uint8_t *dst, size_t from, size_t count, size_t size)
{
    for (size_t first = from, end; first < count; first = end) {
        end = count - first > 512 ? first + 512 : count;
        for (size_t p = 0; p < size; p++) {
            uint8_t *plane = dst + p * count;
            for (size_t i = first; i < end; i++)
                plane[i] = src[i * size + p];
        }
    }
}

int shuffle_level(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2") ? 2 : 1;
#else
    return 1;
#endif
}

void shuffle_bytes_at(int level, const void *src, void *dst, size_t n, size_t size)
{
    size_t count = size > 0 ? n / size : 0, done = 0, whole = count * size;
    if (level == 1)
        done = split_any_16(src, dst, count, size);
#ifdef __x86_64__
    if (level == 2)
        done = split_any_32(src, dst, count, size);
#endif
    split_plain(src, dst, done, count, size);
    memcpy((uint8_t *)dst + whole, (const uint8_t *)src + whole, n - whole);
}

void unshuffle_bytes_at(int level, const void *src, void *dst, size_t n, size_t size, size_t swap)
{
    size_t count = size > 0 ? n / size : 0, done = 0, whole = count * size;
    if (level == 1)
        done = join_any_16(src, dst, count, size, swap);
#ifdef __x86_64__
    if (level == 2)
        done = join_any_32(src, dst, count, size, swap);
#endif
    join_plain(src, dst, done, count, size, swap);
    memcpy((uint8_t *)dst + whole, (const uint8_t *)src + whole, n - whole);
}

void shuffle_bytes(const void *src, void *dst, size_t n, size_t size)
{
    shuffle_bytes_at(shuffle_level(), src, dst, n, size);
}

void unshuffle_bytes(const void *src, void *dst, size_t n, size_t size, size_t swap)
{
    unshuffle_bytes_at(shuffle_level(), src, dst, n, size, swap);
}
