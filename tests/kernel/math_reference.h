/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the math functions should give: libquadmath for f64, the C library's f64 functions for f32, and
 * the distance from it in units in the last place (ulp) of the reference.
 */
#ifndef TESTS_KERNEL_MATH_REFERENCE_H
#define TESTS_KERNEL_MATH_REFERENCE_H

#include <quadmath.h>

typedef struct math_reference {
    const char *name;
    int nargs;
    double low, high;           /* typical arguments */
    double ylow, yhigh;
    double bound64, bound32;    /* ulp that no result may miss the reference by */
    __float128 (*quad1)(__float128);
    double (*libm1)(double);
    __float128 (*quad2)(__float128, __float128);
    double (*libm2)(double, double);
} math_reference;

extern const math_reference math_references[];      /* ends with a NULL name */

/* HUGE_VAL if one is a NaN and the other is not, or a zero or infinite result has the wrong sign. */
double math_ulp_f64(double got, __float128 want);
double math_ulp_f32(float got, double want);

#endif
