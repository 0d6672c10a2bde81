/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values to keys, sort, and back.
 */
#include "exec/sort.h"

#include <string.h>

/* Up to so many elements insertion is faster. */
enum { SMALL = 40 };

typedef struct keys { void *key; int64_t *index; } keys;

static bool sort_stopped(const _Atomic int *stop)
{
    return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

#define KEY uint8_t
#define NAME(f) f##_8
#include "exec/sort_t.h"
#define KEY uint16_t
#define NAME(f) f##_16
#include "exec/sort_t.h"
#define KEY uint32_t
#define NAME(f) f##_32
#include "exec/sort_t.h"
#define KEY uint64_t
#define NAME(f) f##_64
#include "exec/sort_t.h"

/* ---- keys ----------------------------------------------------------------------------------- */

/* Bits whose unsigned order is that of the numbers: negative ones are turned round, the others put above them. */
static inline uint32_t key_of_f32(uint32_t u)
{
    u = u << 1 ? u : 0;                                         /* -0 as +0 */
    if ((u & 0x7fffffffu) > 0x7f800000u)
        return UINT32_MAX;                                      /* NaN */
    return u >> 31 ? ~u : u | 0x80000000u;
}

static inline uint64_t key_of_f64(uint64_t u)
{
    u = u << 1 ? u : 0;
    if ((u & 0x7fffffffffffffffu) > 0x7ff0000000000000u)
        return UINT64_MAX;
    return u >> 63 ? ~u : u | 0x8000000000000000u;
}

static inline uint32_t f32_of_key(uint32_t k)
{
    return k == UINT32_MAX ? 0x7fc00000u : k >> 31 ? k & 0x7fffffffu : ~k;
}

static inline uint64_t f64_of_key(uint64_t k)
{
    return k == UINT64_MAX ? 0x7ff8000000000000u : k >> 63 ? k & 0x7fffffffffffffffu : ~k;
}

/* Loops over one type: `flip` turns the order round. */
#define MAP(name, type, expr) \
    static void name(const void *in, void *out, int64_t n, type flip) \
    { \
        const type *x = in; \
        type *k = out; \
        for (int64_t i = 0; i < n; i++) { \
            type u = x[i]; \
            k[i] = (type)(expr); \
        } \
    }
MAP(flip_8, uint8_t, u ^ flip)
MAP(flip_16, uint16_t, u ^ flip)
MAP(flip_32, uint32_t, u ^ flip)
MAP(flip_64, uint64_t, u ^ flip)
MAP(from_f32, uint32_t, key_of_f32(u) ^ flip)
MAP(from_f64, uint64_t, key_of_f64(u) ^ flip)
MAP(to_f32, uint32_t, f32_of_key(u ^ flip))
MAP(to_f64, uint64_t, f64_of_key(u ^ flip))

/* What is turned round in an integer: its sign bit, or all others, or nothing. */
static uint64_t flip_of(const sort_how *h)
{
    uint64_t sign = dtype_kind(h->type) == KIND_INT ? (uint64_t)1 << (8 * dtype_size(h->type) - 1) : 0;
    return h->descending ? ~sign : sign;
}

static void map(const sort_how *h, const void *in, void *out, int64_t n, bool back)
{
    uint64_t flip = flip_of(h);
    if (h->type == SHARR_FLOAT32)
        (back ? to_f32 : from_f32)(in, out, n, (uint32_t)flip);
    else if (h->type == SHARR_FLOAT64)
        (back ? to_f64 : from_f64)(in, out, n, flip);
    else if (dtype_size(h->type) == 1)
        flip_8(in, out, n, (uint8_t)flip);
    else if (dtype_size(h->type) == 2)
        flip_16(in, out, n, (uint16_t)flip);
    else if (dtype_size(h->type) == 4)
        flip_32(in, out, n, (uint32_t)flip);
    else
        flip_64(in, out, n, flip);
}

uint64_t sort_key(const sort_how *h, const void *value)
{
    uint64_t k = 0;
    map(h, value, &k, 1, false);
    return k;
}

/* ---- zeros ---------------------------------------------------------------------------------- */

/* The zeros of a line in their order, to `out`; returns how many, *negative: of them. */
#define ZEROS(name, type) \
    static int64_t name(const type *x, int64_t n, type *out, int64_t *negative) \
    { \
        int64_t k = 0; \
        *negative = 0; \
        for (int64_t i = 0; i < n; i++) \
            if (!(type)(x[i] << 1)) { \
                *negative += x[i] != 0; \
                out[k++] = x[i]; \
            } \
        return k; \
    }
ZEROS(zeros_32, uint32_t)
ZEROS(zeros_64, uint64_t)

/* Where the zeros of the sorted keys begin. */
static int64_t first_zero(const sort_how *h, const void *key, int64_t n)
{
    const uint64_t zero = 0, k = sort_key(h, &zero);
    int64_t lo = 0, hi = n;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        uint64_t v = h->type == SHARR_FLOAT32 ? ((const uint32_t *)key)[mid] : ((const uint64_t *)key)[mid];
        if (v < k)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Sorted keys to values.  Keys do not tell -0 from +0: their order is in what the line was; `room` is for them. */
static void unmap(const sort_how *h, const void *key, void *values, int64_t n, void *room)
{
    int64_t zeros = 0, negative = 0, at = 0;
    size_t size = dtype_size(h->type);
    if (h->type == SHARR_FLOAT32)
        zeros = zeros_32(values, n, room, &negative);
    else if (h->type == SHARR_FLOAT64)
        zeros = zeros_64(values, n, room, &negative);
    if (negative > 0)
        at = first_zero(h, key, n);
    map(h, key, values, n, true);
    if (negative > 0)
        memcpy((char *)values + (size_t)at * size, room, (size_t)zeros * size);
}

/* ---- a line --------------------------------------------------------------------------------- */

int64_t sort_work_bytes(dtype t, int64_t n, bool index)
{
    return n * (2 * (int64_t)dtype_size(t) + (index ? 8 : 0));
}

void sort_line(const sort_how *h, void *values, int64_t *index, int64_t n, void *work)
{
    size_t bytes = (size_t)n * dtype_size(h->type);
    int64_t *other = index ? work : NULL;
    char *room = (char *)work + (index ? (size_t)n * sizeof *index : 0);
    keys a = { room, index }, b = { room + bytes, other };
    if (sort_stopped(h->stop))
        return;
    map(h, values, a.key, n, false);
    switch (dtype_size(h->type)) {
    case 1: sort_8(&a, &b, n, h->stop); break;
    case 2: sort_16(&a, &b, n, h->stop); break;
    case 4: sort_32(&a, &b, n, h->stop); break;
    default: sort_64(&a, &b, n, h->stop); break;
    }
    if (a.index != index)
        memcpy(index, a.index, (size_t)n * sizeof *index);
    if (index)
        map(h, a.key, values, n, true);
    else
        unmap(h, a.key, values, n, b.key);
}

/* ---- searching ------------------------------------------------------------------------------ */

void sort_to_keys(const sort_how *h, void *values, int64_t n)
{
    map(h, values, values, n, false);
}

dtype sort_key_type(dtype t)
{
    size_t size = dtype_size(t);
    return size == 1 ? SHARR_UINT8 : size == 2 ? SHARR_UINT16 : size == 4 ? SHARR_UINT32 : SHARR_UINT64;
}

void sort_search(const sort_how *h, const void *sorted, int64_t n, const void *key, int64_t m, bool right, int64_t *found)
{
    switch (dtype_size(h->type)) {
    case 1: search_8(sorted, n, key, m, right, found); break;
    case 2: search_16(sorted, n, key, m, right, found); break;
    case 4: search_32(sorted, n, key, m, right, found); break;
    default: search_64(sorted, n, key, m, right, found); break;
    }
}
