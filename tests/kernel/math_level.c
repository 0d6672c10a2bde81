/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See math_level.h.
 */
#include "kernel/math_level.h"

#include <string.h>

const math_probe *math_best_level(void)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        return math_probe_v4;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return math_probe_v3;
    return math_probe_v1;
}

const math_probe *math_probe_find(const math_probe *table, const char *name)
{
    while (table->name && strcmp(table->name, name) != 0)
        table++;
    return table->name ? table : NULL;
}
