/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the math functions should give: the C library's long double functions (64 bits of mantissa, so
 * good to about 2^-10 ulp of f64) for f64, its double functions for f32; and the distance from it in
 * units in the last place (ulp) of the reference.
 */
#ifndef TESTS_KERNEL_MATH_REFERENCE_H
#define TESTS_KERNEL_MATH_REFERENCE_H

typedef struct math_reference {
    const char *name;
    double low, high;           /* ordinary arguments */
    double ylow, yhigh;
    double bound64, bound32;    /* ulp that no result may be off */
    long double (*exact1)(long double);
    double (*libm1)(double);
    long double (*exact2)(long double, long double);    /* NULL: one argument */
    double (*libm2)(double, double);
} math_reference;

extern const math_reference math_references[];          /* ends with a NULL name */

/* HUGE_VAL where one is a NaN and the other is not, or a zero or an infinity has the wrong sign. */
double math_ulp_f64(double got, long double want);
double math_ulp_f32(float got, double want);

#endif
