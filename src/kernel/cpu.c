/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cpuid and xgetbv.  Asked once for the process: under a hypervisor each cpuid is a trap
 * of some 30 us.
 */
#include "kernel/cpu.h"

#include <cpuid.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    XCR0_AVX = 0x06,                    /* xmm and ymm state */
    XCR0_AVX512 = 0xe6                  /* and k, zmm0-15, zmm16-31 */
};

static uint32_t xcr0(void)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static bool has(uint32_t reg, uint32_t bits)
{
    return (reg & bits) == bits;
}

static int find_level(void)
{
    uint32_t a, b, c1 = 0, d, b7 = 0, c7, ext = 0;

    if (!__get_cpuid(1, &a, &b, &c1, &d))
        return 1;
    if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d))
        b7 = 0;
    if (!__get_cpuid(0x80000001, &a, &b, &ext, &d))
        ext = 0;
    bool v2 = has(c1, bit_SSE3 | bit_SSSE3 | bit_SSE4_1 | bit_SSE4_2 | bit_POPCNT | bit_CMPXCHG16B)
        && has(ext, bit_LAHF_LM);
    bool v3 = v2 && has(c1, bit_AVX | bit_FMA | bit_MOVBE | bit_F16C | bit_OSXSAVE)
        && has(b7, bit_AVX2 | bit_BMI | bit_BMI2) && has(ext, bit_LZCNT)
        && has(xcr0(), XCR0_AVX);
    bool v4 = v3 && has(b7, bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL)
        && has(xcr0(), XCR0_AVX512);
    return v4 ? 4 : v3 ? 3 : v2 ? 2 : 1;
}

int cpu_level(void)
{
    static _Atomic int level;
    int known = atomic_load_explicit(&level, memory_order_relaxed);
    if (known == 0)
        atomic_store_explicit(&level, known = find_level(), memory_order_relaxed);
    return known;
}
