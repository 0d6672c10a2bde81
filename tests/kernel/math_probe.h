/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The functions of kernel/math_source.h over arrays, compiled by math_probe.c once per vector size and
 * processor level: MATH_PROBE names the table, which ends with a NULL name.  `y` is as
 * long as `x` also for functions of one argument.
 */
#ifndef TESTS_KERNEL_MATH_PROBE_H
#define TESTS_KERNEL_MATH_PROBE_H

#include <stddef.h>

typedef struct math_probe {
    const char *name;
    int nargs;
    void (*f64)(const double *x, const double *y, double *out, size_t n);
    void (*f32)(const float *x, const float *y, float *out, size_t n);
} math_probe;

extern const math_probe math_probe_v1[], math_probe_v3[], math_probe_v4[];

#endif
