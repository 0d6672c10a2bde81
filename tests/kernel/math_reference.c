/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See math_reference.h.
 */
#include "kernel/math_reference.h"

#include <math.h>
#include <stddef.h>

#define ONE(f, low, high, bound64, bound32) \
    { #f, low, high, 0, 0, bound64, bound32, f##l, f, NULL, NULL }
#define TWO(f, low, high, ylow, yhigh, bound64, bound32) \
    { #f, low, high, ylow, yhigh, bound64, bound32, NULL, NULL, f##l, f }

/* The bounds are what was seen, rounded up. */
const math_reference math_references[] = {
    ONE(exp, -750, 720, 0.85, 0.85),
    ONE(exp2, -1100, 1030, 0.85, 0.85),
    ONE(expm1, -10, 10, 1.25, 1.25),
    ONE(log, 0, 100, 0.9, 0.95),
    ONE(log2, 0, 100, 1, 1.1),
    ONE(log10, 0, 100, 0.9, 1),
    ONE(log1p, -1, 100, 0.9, 1),
    ONE(sin, -100, 100, 0.85, 0.85),
    ONE(cos, -100, 100, 0.85, 0.85),
    ONE(tan, -100, 100, 1, 1.2),
    ONE(asin, -1, 1, 0.8, 0.8),
    ONE(acos, -1, 1, 0.8, 0.8),
    ONE(atan, -5, 5, 0.9, 0.9),
    TWO(atan2, -5, 5, -5, 5, 1, 1),
    ONE(sinh, -10, 10, 0.95, 1),
    ONE(cosh, -10, 10, 1, 1),
    ONE(tanh, -20, 20, 1, 1),
    ONE(asinh, -10, 10, 1.25, 1.35),
    ONE(acosh, 1, 10, 0.9, 0.95),
    ONE(atanh, -1, 1, 1, 1),
    ONE(sqrt, 0, 100, 0.501, 0.501),
    ONE(cbrt, -100, 100, 0.501, 0.501),
    ONE(erf, -6, 6, 1.5, 1.5),
    TWO(pow, 0, 100, -100, 100, 0.75, 0.501),
    TWO(hypot, -100, 100, -100, 100, 1, 0.501),
    { NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL }
};

/* |got - want| in units of the last of `digits` bits of want, whose exponent is at least `least`. */
static double distance(long double got, long double want, int digits, int least, int most)
{
    int e;

    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0 : HUGE_VAL;
    if (isinf(want))
        return got == want ? 0 : HUGE_VAL;
    if (signbit(want) != signbit(got))
        return HUGE_VAL;
    frexpl(want, &e);
    if (e < least || want == 0)
        e = least;
    if (e > most)
        e = most;
    if (isinf(got)) {               /* stands for the first number that is too big */
        got = copysignl(ldexpl(1, most), got);
        if (fabsl(want) > fabsl(got))
            return 0;
    }
    return (double)ldexpl(fabsl(got - want), digits - e);
}

double math_ulp_f64(double got, long double want) { return distance(got, want, 53, -1021, 1024); }
double math_ulp_f32(float got, double want) { return distance(got, want, 24, -125, 128); }
