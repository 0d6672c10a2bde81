/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Stored bytes to values, by workers: byte order, float16, bool.
 */
#include <stdint.h>
#include <string.h>

#include "store/h5type.h"

/* ---- byte order ---------------------------------------------------------------------------------- */

typedef uint64_t vec4 __attribute__((vector_size(32)));

/* Neighbours of 1, 2 and 4 bytes change places in every 8 bytes, as far as the size goes. */
static inline __attribute__((always_inline)) void swap_vector(vec4 *x, size_t size)
{
    const uint64_t odd1 = 0x00ff00ff00ff00ff, odd2 = 0x0000ffff0000ffff;
    vec4 v = *x;
    v = (v & odd1) << 8 | (v >> 8 & odd1);
    if (size > 2)
        v = (v & odd2) << 16 | (v >> 16 & odd2);
    if (size > 4)
        v = v << 32 | v >> 32;
    *x = v;
}

static inline __attribute__((always_inline)) void swap_all(const uint8_t *src, uint8_t *dst, size_t bytes,
                                                           size_t size)
{
    size_t i = 0;
    vec4 v = {0};
    for (; i + sizeof v <= bytes; i += sizeof v) {
        memcpy(&v, src + i, sizeof v);
        swap_vector(&v, size);
        memcpy(dst + i, &v, sizeof v);
    }
    memcpy(&v, src + i, bytes - i);
    swap_vector(&v, size);
    memcpy(dst + i, &v, bytes - i);
}

static void swap_base(const uint8_t *src, uint8_t *dst, size_t bytes, size_t size)
{
    swap_all(src, dst, bytes, size);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void swap_avx2(const uint8_t *src, uint8_t *dst, size_t bytes, size_t size)
{
    switch (size) {                 /* constants: the branches inside the loop go */
    case 2: swap_all(src, dst, bytes, 2); break;
    case 4: swap_all(src, dst, bytes, 4); break;
    default: swap_all(src, dst, bytes, 8); break;
    }
}
#endif

static void swap_components(const uint8_t *src, uint8_t *dst, size_t bytes, size_t size)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        swap_avx2(src, dst, bytes, size);
        return;
    }
#endif
    swap_base(src, dst, bytes, size);
}

/* ---- float16 ------------------------------------------------------------------------------------- */

typedef uint16_t vec8h __attribute__((vector_size(16)));
typedef uint32_t vec8u __attribute__((vector_size(32)));
typedef float vec8f __attribute__((vector_size(32)));

/* Exponent and mantissa moved into place, then scaled by 2^112, the difference of the biases: exact, for subnormal
 * numbers too.  Infinities and NaN (their scaled value is 65536 or more) get the highest exponent. */
static inline __attribute__((always_inline)) void widen8(const vec8h *in, vec8u *out)
{
    const vec8f scale = (vec8f){0} + 0x1p112f;
    vec8u bits = __builtin_convertvector(*in, vec8u);
    vec8u sign = (bits & 0x8000) << 16;
    vec8f value = (vec8f)((bits & 0x7fff) << 13) * scale;
    vec8u special = (vec8u)(value >= 65536.0f) & 0x7f800000;
    *out = (vec8u)value | special | sign;
}

static void widen_halves(const uint8_t *src, float *dst, size_t n, bool swap)
{
    for (size_t i = 0; i < n; i += 8) {
        size_t m = n - i < 8 ? n - i : 8;
        vec8h in = {0};
        vec8u out;
        memcpy(&in, src + 2 * i, 2 * m);
        if (swap)
            in = in << 8 | in >> 8;
        widen8(&in, &out);
        memcpy(dst + i, &out, 4 * m);
    }
}

/* -------------------------------------------------------------------------------------------------- */

static void to_bool(const uint8_t *src, uint8_t *dst, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = src[i] != 0;
}

void h5type_convert(const h5type *t, const void *src, void *dst, size_t n)
{
    switch (t->conv) {
    case H5CONV_NONE:
        if (src != dst)
            memcpy(dst, src, n * t->stored);
        break;
    case H5CONV_SWAP: swap_components(src, dst, n * t->stored, t->swap); break;
    case H5CONV_BOOL: to_bool(src, dst, n); break;
    case H5CONV_HALF: widen_halves(src, dst, n, t->swap != 0); break;
    }
}
