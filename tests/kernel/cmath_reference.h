/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the complex functions should give: the C library's in long double, or a formula over its real ones.
 */
#ifndef TESTS_KERNEL_CMATH_REFERENCE_H
#define TESTS_KERNEL_CMATH_REFERENCE_H

#include "array/kop.h"

/* The parts of op(z) or, for pow, of z ** w.  NaN where the reference itself is in doubt. */
void cmath_reference(enum kop op, const double *z, const double *w, long double *out);

#endif
