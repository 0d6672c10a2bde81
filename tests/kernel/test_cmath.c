/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The complex functions of the math source: accuracy as a whole (the error beside the larger part of the
 * result), special values of the Array API standard, symmetries, powers.  On the best level of this
 * processor; that the levels agree is shown by test_math_bits.py.
 */
#include "kernel/cmath_reference.h"
#include "kernel/cmath_specials.h"
#include "kernel/math_level.h"
#include "support/tap_cunit.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 4.0                       /* eps; seen: 2.5.  The promise is 8. */

static const struct row { const char *name; enum kop op; } rows[] = {
    { "cexp", KOP_exp }, { "cexpm1", KOP_expm1 }, { "clog", KOP_log }, { "clog1p", KOP_log1p },
    { "clog2", KOP_log2 }, { "clog10", KOP_log10 }, { "csqrt", KOP_sqrt }, { "csign", KOP_sign },
    { "csin", KOP_sin }, { "ccos", KOP_cos }, { "ctan", KOP_tan }, { "csinh", KOP_sinh },
    { "ccosh", KOP_cosh }, { "ctanh", KOP_tanh }, { "casin", KOP_asin }, { "cacos", KOP_acos },
    { "catan", KOP_atan }, { "casinh", KOP_asinh }, { "cacosh", KOP_acosh }, { "catanh", KOP_atanh } };
enum { ROWS = sizeof rows / sizeof rows[0], COUNT = 4000 };

static double random_normal(void)               /* about */
{
    double sum = 0;

    for (int i = 0; i < 6; i++)
        sum += drand48() - 0.5;
    return sum * M_SQRT2;
}

/* Numbers of all sizes, parts of unlike sizes, and the neighbourhoods of 0, +-1, +-i and 2 pi i. */
static void draw(int i, double *z)
{
    static const double centre[][2] = { { 0, 0 }, { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0, -1 },
                                        { 0, 2 * M_PI }, { M_PI_2, 0 }, { 0, M_PI_2 } };
    double size = pow(10, drand48() * 12 - 12);

    for (int k = 0; k < 2; k++)
        switch (i % 5) {
        case 0:  z[k] = random_normal() * 3; break;
        case 1:  z[k] = random_normal() * 60; break;
        case 2:  z[k] = centre[i / 5 % 8][k] + size * random_normal(); break;
        case 3:  z[k] = ldexp(random_normal(), (int)(drand48() * 200) - 100); break;
        default: z[k] = random_normal() * pow(10, drand48() * 20 - 16); break;
        }
}

/* The error in units of eps of the larger part; 0 where the result does not fit, or nearly so. */
static double error_of(const long double *want, const double *got, double eps, double tiny, double huge)
{
    long double size = fmaxl(fabsl(want[0]), fabsl(want[1]));

    if (isnan(want[0]) || isnan(want[1]) || size > (long double)huge)
        return 0;
    if (!isfinite(got[0]) || !isfinite(got[1]))
        return HUGE_VAL;
    return (double)(fmaxl(fabsl(got[0] - want[0]), fabsl(got[1] - want[1])) / (fmaxl(size, tiny) * eps));
}

static void accuracy(void)
{
    for (int r = 0; r < ROWS; r++) {
        const math_probe *p = math_probe_find(math_best_level(), rows[r].name);
        double worst[2] = { 0, 0 };

        srand48(1);
        for (int i = 0; i < COUNT; i++) {
            double z[2], out[2], zf[2], wide[2];
            long double want[2], wantf[2];
            draw(i, z);
            const double x[2] = { z[0], z[0] }, y[2] = { z[1], z[1] };
            const float xf[2] = { (float)z[0], (float)z[0] }, yf[2] = { (float)z[1], (float)z[1] };
            float outf[2];
            p->f64(x, y, out, 2);
            p->f32(xf, yf, outf, 2);
            for (int k = 0; k < 2; k++) {
                zf[k] = (double)(k ? yf[0] : xf[0]);
                wide[k] = (double)outf[k];
            }
            cmath_reference(rows[r].op, z, NULL, want);
            cmath_reference(rows[r].op, zf, NULL, wantf);
            double e = error_of(want, out, DBL_EPSILON, DBL_MIN, DBL_MAX / 2);
            double ef = error_of(wantf, wide, (double)FLT_EPSILON, (double)FLT_MIN, (double)FLT_MAX / 2);
            TAP_CHECK(e <= LIMIT, "%s_f64(%a, %a) = (%a, %a): %.3g eps", p->name, z[0], z[1], out[0], out[1], e);
            TAP_CHECK(ef <= LIMIT, "%s_f32(%a, %a) = (%a, %a): %.3g eps", p->name, zf[0], zf[1], wide[0], wide[1], ef);
            worst[0] = fmax(worst[0], e);
            worst[1] = fmax(worst[1], ef);
        }
        tap_diag("%-7s f64 %.3f eps, f32 %.3f eps", p->name, worst[0], worst[1]);
    }
}

static void value_of(const char *name, double a, double b, double *out)
{
    const double x[2] = { a, a }, y[2] = { b, b };

    math_probe_find(math_best_level(), name)->f64(x, y, out, 2);
}

static void value_f32(const char *name, double a, double b, double *out)
{
    const float x[2] = { (float)a, (float)a }, y[2] = { (float)b, (float)b };
    float r[2];

    math_probe_find(math_best_level(), name)->f32(x, y, r, 2);
    out[0] = (double)r[0];
    out[1] = (double)r[1];
}

static int same(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a == b && !signbit(a) == !signbit(b));
}

/* Zeros, infinities and NaN exactly; other numbers (pi / 4) as rounded. */
static int meets(double got, double want, int any_sign)
{
    if (any_sign) {
        got = fabs(got);
        want = fabs(want);
    }
    return same(got, want) || (want != 0 && fabs(got - want) <= 1e-6 * fabs(want));
}

static void special_values(void)
{
    static const struct { void (*of)(const char *, double, double, double *); const char *type; } kinds[] = {
        { value_of, "f64" }, { value_f32, "f32" } };

    for (const cmath_special *s = cmath_specials; s->name; s++)
        for (int k = 0; k < 4; k++) {           /* both types; the number and its conjugate */
            char name[16] = "c";
            double out[2], sign = k % 2 ? -1 : 1;
            strcat(name, s->name);
            kinds[k / 2].of(name, s->a, sign * s->b, out);
            TAP_CHECK(meets(out[0], s->re, s->free & 1) && meets(out[1], sign * s->im, s->free & 2),
                      "%s %s(%g, %g) = (%g, %g), not (%g, %g)", kinds[k / 2].type, name, s->a, sign * s->b, out[0],
                      out[1], s->re, sign * s->im);
        }
}

static const double edges[] = { 0, -0.0, 0.25, -0.25, 1, -1, 2, -2, 30, -30, 1000, -1000, 1e-300, -1e-300, 1e300,
                                -1e300, HUGE_VAL, -HUGE_VAL, NAN };
enum { EDGES = sizeof edges / sizeof edges[0] };

static void check_pair(const char *name, const double *z, const double *got, double re, double im)
{
    int any_sign = isnan(z[0]) || isnan(z[1]);          /* what a NaN gives its sign to */

    TAP_CHECK(meets(got[0], re, any_sign) && meets(got[1], im, any_sign), "%s(%g, %g) = (%g, %g), not (%g, %g)", name, z[0], z[1], got[0],
              got[1], re, im);
}

/* -1j * g(x * 1j): as the standard has sin, tan, asin and atan; and cos(x) is cosh(x * 1j). */
static void symmetries(void)
{
    static const char *const turned[][2] = { { "csin", "csinh" }, { "ctan", "ctanh" }, { "casin", "casinh" },
                                             { "catan", "catanh" } };
    for (int i = 0; i < EDGES * EDGES; i++) {
        const double z[2] = { edges[i / EDGES], edges[i % EDGES] };
        double a[2], b[2];
        for (int k = 0; k < 4; k++) {
            value_of(turned[k][0], z[0], z[1], a);
            value_of(turned[k][1], -z[1], z[0], b);
            check_pair(turned[k][0], z, a, b[1], -b[0]);
        }
        value_of("ccos", z[0], z[1], a);
        value_of("ccosh", -z[1], z[0], b);
        check_pair("ccos", z, a, b[0], b[1]);
        for (int r = 0; r < ROWS; r++) {        /* f(conj z) = conj f(z) */
            value_of(rows[r].name, z[0], z[1], a);
            value_of(rows[r].name, z[0], -z[1], b);
            if (rows[r].op != KOP_sign && !isnan(z[1]) && !isnan(a[1]))
                check_pair(rows[r].name, z, b, a[0], -a[1]);
        }
    }
}

static void power_of(double a, double b, double c, double d, double *out)
{
    /* the probe takes exponents from the other end, every fourth of them real: entries 4 and 5 are not */
    double x[12] = { 0 }, y[12] = { 0 }, r[12];

    x[4] = x[5] = a;
    y[4] = y[5] = b;
    x[7] = x[6] = c;
    y[7] = y[6] = d;
    math_probe_find(math_best_level(), "cpow")->f64(x, y, r, 12);
    out[0] = r[4];
    out[1] = r[5];
}

static void powers(void)
{
    double out[2], z[2], w[2];
    long double want[2];
    static const double exact[][6] = {
        { 1, 1, 2, 0, 0, 2 }, { 3, -2, 1, 0, 3, -2 }, { 2, 0, 10, 0, 1024, 0 }, { 0, 1, -1, 0, 0, -1 },
        { 0, 0, 0, 0, 1, 0 }, { 5, 6, 0, 0, 1, 0 }, { 0, 0, 2, 0, 0, 0 }, { 0, 0, 0.5, 0, 0, 0 },
        { 1, 2, 3, 0, -11, -2 }, { NAN, 0, 0, 0, 1, 0 } };

    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++) {
        power_of(exact[i][0], exact[i][1], exact[i][2], exact[i][3], out);
        TAP_CHECK(out[0] == exact[i][4] && out[1] == exact[i][5], "(%g, %g) ** (%g, %g) = (%g, %g)", exact[i][0],
                  exact[i][1], exact[i][2], exact[i][3], out[0], out[1]);
    }
    srand48(2);
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < 2; k++) {
            z[k] = random_normal() * (i % 2 ? 3 : 1e3);
            w[k] = i % 3 ? random_normal() * 5 : k ? 0 : floor(drand48() * 60) - 30;
        }
        power_of(z[0], z[1], w[0], w[1], out);
        cmath_reference(KOP_pow, z, w, want);
        double size = (1 + hypot(w[0], w[1])) * (log(hypot(z[0], z[1]) + 3) + 4);       /* of w log z, at most */
        double e = error_of(want, out, DBL_EPSILON, DBL_MIN, DBL_MAX / 2);
        TAP_CHECK(e <= 8 + size, "(%a, %a) ** (%a, %a): %.3g eps", z[0], z[1], w[0], w[1], e);
    }
}

static const tap_test tests[] = {
    { "results are near the reference as a whole", accuracy },
    { "special values are those of the standard", special_values },
    { "functions of i z and of the conjugate", symmetries },
    { "powers", powers },
};

TAP_MAIN("cmath", tests)
