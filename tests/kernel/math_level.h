/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The math source on the best level of this processor.
 */
#ifndef TESTS_KERNEL_MATH_LEVEL_H
#define TESTS_KERNEL_MATH_LEVEL_H

#include "kernel/math_probe.h"

const math_probe *math_best_level(void);
/* The row of that name; NULL if there is none. */
const math_probe *math_probe_find(const math_probe *table, const char *name);

#endif
