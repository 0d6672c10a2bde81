/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See math_reference.h.
 */
#include "math_reference.h"

#include <math.h>
#include <stddef.h>

#define ONE(f, low, high, bound64, bound32) \
    { #f, 1, low, high, 0, 0, bound64, bound32, f##q, f, NULL, NULL }
#define TWO(f, low, high, ylow, yhigh, bound64, bound32) \
    { #f, 2, low, high, ylow, yhigh, bound64, bound32, NULL, NULL, f##q, f }

const math_reference math_references[] = {
    ONE(exp, -750, 720, 1, 1),
    ONE(log, 0, 100, 1, 1),
    ONE(sqrt, 0, 100, 0.5, 0.5),
    ONE(sin, -100, 100, 1, 1),
    ONE(cos, -100, 100, 1, 1),
    ONE(tan, -100, 100, 1, 1),
    ONE(tanh, -20, 20, 1, 1),
    TWO(pow, 0, 100, -100, 100, 1, 1),
    TWO(hypot, -100, 100, -100, 100, 1, 1),
    { NULL, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL }
};

double math_ulp_f64(double got, __float128 want)
{
    int e;

    if (isnanq(want) || isnan(got))
        return isnanq(want) && isnan(got) ? 0 : HUGE_VAL;
    if (isinfq(want))
        return isinf(got) && (got < 0) == (want < 0) ? 0 : HUGE_VAL;
    if ((signbitq(want) != 0) != (signbit(got) != 0))
        return HUGE_VAL;
    frexpq(want, &e);
    if (e < -1021 || want == 0)
        e = -1021;                                  /* the ulp of subnormals */
    if (e > 1024)
        e = 1024;
    __float128 g = isinf(got) ? copysignq(0x1p1023Q * 2, got) : (__float128)got;
    if (isinf(got) && fabsq(want) > fabsq(g))
        return 0;
    return (double)ldexpq(fabsq(g - want), 53 - e);
}

double math_ulp_f32(float got, double want)
{
    int e;

    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0 : HUGE_VAL;
    if (isinf(want))
        return isinf(got) && (got < 0) == (want < 0) ? 0 : HUGE_VAL;
    if ((signbit(want) != 0) != (signbit(got) != 0))
        return HUGE_VAL;
    frexp(want, &e);
    if (e < -125 || want == 0)
        e = -125;
    if (e > 128)
        e = 128;
    double g = isinf(got) ? copysign(0x1p128, got) : (double)got;
    if (isinf(got) && fabs(want) > 0x1p128)
        return 0;
    return ldexp(fabs(g - want), 24 - e);
}
