/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Random programs, compiled against interpreted, on random shapes and layouts.
 * KERNEL_TEST_SEEDS="from count" asks for other and more of them.
 */
#include "kernel/cpu.h"
#include "kernel/jit_support.h"
#include "kernel/kop_ref.h"
#include "support/tap_cunit.h"

#include <stdio.h>
#include <stdlib.h>

static int first_seed = 1, seeds = 24;

static void one(uint64_t seed, int modes)
{
    uint64_t s = seed * 31 + (uint64_t)modes;
    jit_shape shapes[6];
    for (int k = 0; k < 6; k++)
        shapes[k] = (jit_shape){{(int64_t)(ref_random(&s) % 6), (int64_t)(ref_random(&s) % 140)},
                                (enum jit_layout)(ref_random(&s) % NLAYOUTS),
                                ref_random(&s)};
    int level = 1 + (int)(ref_random(&s) % (uint64_t)cpu_level());
    int lanes = ref_random(&s) % 3 ? 0 : 1 << ref_random(&s) % 6;
    program *p = jit_random_program(seed, 5 + (int)(ref_random(&s) % 50), modes);
    if (TAP_CHECK(p != NULL, "seed %d", (int)seed) && !jit_compare(p, level, lanes, shapes, 6))
        tap_diag("seed %d modes %d", (int)seed, modes);
    program_free(p);
}

static void elementwise(void)
{
    for (int k = 0; k < seeds; k++)
        one((uint64_t)(first_seed + k), 0);
}

static void by_lanes(void)
{
    for (int k = 0; k < seeds; k++)
        one((uint64_t)(first_seed + k), 1);
}

static void down(void)
{
    for (int k = 0; k < seeds; k++)
        one((uint64_t)(first_seed + k), 2);
}

static void mixed(void)
{
    for (int k = 0; k < seeds; k++)
        one((uint64_t)(first_seed + k), 3);
}

static const tap_test tests[] = {
    {"without reductions", elementwise},
    {"with reductions by lanes", by_lanes},
    {"with reductions down", down},
    {"with both", mixed},
};

int main(void)
{
    const char *text = getenv("KERNEL_TEST_SEEDS");
    if (text)
        sscanf(text, "%d %d", &first_seed, &seeds);
    return tap_run("llvm random programs", tests, TAP_COUNT(tests));
}
