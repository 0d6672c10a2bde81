/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Block loops of complex64 and complex128, elements (re, im).  The formulas and
 * their order are those of array/kop.h.
 */
#include "kernel/vm_level.h"

#include <string.h>

#define UNARY(name, T, ...) \
    static void name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        T *restrict o = d; \
        const T *restrict p = a; \
        (void)b, (void)c; \
        for (int64_t i = 0; i < n; i++) { \
            __VA_ARGS__ \
        } \
    }

/* u + vi op x + yi */
#define BINARY(name, T, R, ...) \
    static void name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        R *restrict o = d; \
        const T *restrict p = a, *restrict q = b; \
        (void)c; \
        for (int64_t i = 0; i < n; i++) { \
            T u = p[2 * i], v = p[2 * i + 1], x = q[2 * i], y = q[2 * i + 1]; \
            __VA_ARGS__ \
        } \
    }

/* As BINARY, with the two parts of the result in arrays of their own before they are put side by
 * side.  Left with u * x - v * y next to u * y + v * x in one array, gcc 12 makes fused multiply-adds
 * of them (vfmaddsub) in spite of -ffp-contract=off; tests/kernel/test_no_fma.sh watches over this. */
enum { GROUP = 128 };

#define APART(name, T, ...) \
    static void name(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        T *restrict o = d; \
        const T *restrict p = a, *restrict q = b; \
        (void)c; \
        for (int64_t start = 0; start < n; start += GROUP) { \
            int64_t len = n - start < GROUP ? n - start : GROUP; \
            T re[GROUP], im[GROUP]; \
            for (int64_t i = 0; i < len; i++) { \
                int64_t k = 2 * (start + i); \
                T u = p[k], v = p[k + 1], x = q[k], y = q[k + 1]; \
                __VA_ARGS__ \
            } \
            for (int64_t i = 0; i < len; i++) { \
                o[2 * (start + i)] = re[i]; \
                o[2 * (start + i) + 1] = im[i]; \
            } \
        } \
    }

#define COMPLEX_LOOPS(S, T, U, ABS, QNAN) \
    BINARY(add_##S, T, T, o[2 * i] = u + x; o[2 * i + 1] = v + y;) \
    BINARY(sub_##S, T, T, o[2 * i] = u - x; o[2 * i + 1] = v - y;) \
    APART(mul_##S, T, re[i] = u * x - v * y; im[i] = u * y + v * x;) \
    BINARY(eq_##S, T, uint8_t, o[i] = (u == x) & (v == y);) \
    BINARY(ne_##S, T, uint8_t, o[i] = (u != x) | (v != y);) \
    APART(div_##S, T, \
        T ax = ABS(x), ay = ABS(y); \
        int real = ax >= ay; \
        int zero = (x == 0) & (y == 0); \
        T large = real ? x : y, small = real ? y : x; \
        T r = small / large; \
        T t = large + small * r; \
        T f = real ? u + v * r : u * r + v; \
        T g = real ? v - u * r : v * r - u; \
        t = zero ? ax : t; \
        re[i] = (zero ? u : f) / t; \
        im[i] = (zero ? v : g) / t;) \
    UNARY(neg_##S, T, o[2 * i] = -p[2 * i]; o[2 * i + 1] = -p[2 * i + 1];) \
    UNARY(conj_##S, T, o[2 * i] = p[2 * i]; o[2 * i + 1] = -p[2 * i + 1];) \
    UNARY(real_##S, T, o[i] = p[2 * i];) \
    UNARY(imag_##S, T, o[i] = p[2 * i + 1];) \
    static void quiet_##S(void *d, const void *a, const void *b, const void *c, int64_t n) \
    { \
        U *restrict o = d; \
        const T *restrict p = a; \
        const U *bits = a; \
        (void)b, (void)c; \
        for (int64_t i = 0; i < 2 * n; i++) \
            o[i] = p[i] != p[i] ? QNAN : bits[i]; \
    }

COMPLEX_LOOPS(c64, float, uint32_t, __builtin_fabsf, UINT32_C(0x7fc00000))
COMPLEX_LOOPS(c128, double, uint64_t, __builtin_fabs, UINT64_C(0x7ff8000000000000))

/* complex64 is selected as 8 bytes, with the integers. */
static void select_c128(void *d, const void *a, const void *b, const void *c, int64_t n)
{
    double *restrict o = d;
    const uint8_t *restrict p = a;
    const double *restrict q = b, *restrict r = c;

    for (int64_t i = 0; i < n; i++) {
        const double *from = p[i] ? q + 2 * i : r + 2 * i;
        memcpy(o + 2 * i, from, 2 * sizeof *o);
    }
}

#define ROW(op) [KOP_##op] = {[SHARR_COMPLEX64] = op##_c64, [SHARR_COMPLEX128] = op##_c128}

const vm_op_table VM_NAME(vm_complex_ops) = {
    ROW(add), ROW(sub), ROW(mul), ROW(div), ROW(neg), ROW(conj), ROW(eq), ROW(ne), ROW(real), ROW(imag),
    ROW(quiet), [KOP_select] = {[SHARR_COMPLEX128] = select_c128},
};
