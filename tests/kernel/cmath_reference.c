/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See cmath_reference.h.
 */
#include "kernel/cmath_reference.h"

#include <complex.h>
#include <math.h>

/* Doubtful: exponents of e that are large, and the sides of the branch cut. */
static long double complex power(long double complex x, long double complex y)
{
    long double complex l = clogl(x);

    if (y == 0 || cabsl(y * l) > 1000 || cimagl(x) == 0)
        return NAN;
    return cpowl(x, y);
}

static long double complex function(enum kop op, long double complex z, long double complex w)
{
    long double x = creall(z), y = cimagl(z);

    switch (op) {
    case KOP_exp:   return cexpl(z);
    case KOP_expm1: return CMPLXL(expm1l(x) * cosl(y) - 2 * powl(sinl(y / 2), 2), cimagl(cexpl(z)));
    case KOP_log:   return clogl(z);
    case KOP_log2:  return clogl(z) / logl(2);
    case KOP_log10: return clogl(z) / logl(10);
    case KOP_log1p: return fabsl(x) < 0.1L && fabsl(y) < 0.1L ? CMPLXL(log1pl(x * (2 + x) + y * y) / 2, atan2l(y, 1 + x))
                                                              : clogl(CMPLXL(1 + x, y));
    case KOP_sqrt:  return csqrtl(z);
    case KOP_sign:  return z == 0 ? 0 : z / cabsl(z);
    case KOP_sin:   return csinl(z);
    case KOP_cos:   return ccosl(z);
    case KOP_tan:   return ctanl(z);
    case KOP_sinh:  return csinhl(z);
    case KOP_cosh:  return ccoshl(z);
    case KOP_tanh:  return ctanhl(z);
    case KOP_asin:  return casinl(z);
    case KOP_acos:  return cacosl(z);
    case KOP_atan:  return catanl(z);
    case KOP_asinh: return casinhl(z);
    case KOP_acosh: return cacoshl(z);
    case KOP_atanh: return catanhl(z);
    default:        return power(z, w);
    }
}

void cmath_reference(enum kop op, const double *z, const double *w, long double *out)
{
    long double complex f = function(op, CMPLXL(z[0], z[1]), w ? CMPLXL(w[0], w[1]) : 0);

    out[0] = creall(f);
    out[1] = cimagl(f);
}
