/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The special cases of complex functions in the Array API standard (2025.12), for a few numbers that meet each
 * condition.  Those of sin, cos, tan, asin, atan, log2 and log10 follow from others.
 */
#ifndef TESTS_KERNEL_CMATH_SPECIALS_H
#define TESTS_KERNEL_CMATH_SPECIALS_H

typedef struct cmath_special {
    const char *name;
    double a, b, re, im;
    int free;                   /* 1: the sign of re is not specified; 2: of im; 3: of both */
} cmath_special;

extern const cmath_special cmath_specials[];            /* ends with a NULL name */

#endif
