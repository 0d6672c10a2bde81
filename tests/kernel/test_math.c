/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The math source against the C library: accuracy over a million arguments per function and type,
 * special values, exact functions bit for bit.  On the best level of this processor; that the levels
 * agree is shown by test_math_bits.py.
 */
#include "kernel/math_level.h"
#include "kernel/math_reference.h"
#include "support/tap_cunit.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { BLOCK = 1024, ROUNDS = 1000 };           /* BLOCK * ROUNDS arguments */

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static double between(uint64_t *state, double low, double high)
{
    return low + (high - low) * ((double)(draw(state) >> 11) * 0x1p-53);
}

static double f64_of_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static float f32_of_bits(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static int same_f64(double a, double b) { return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0; }
static int same_f32(float a, float b) { return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0; }

/* A block of arguments in both types. */
typedef struct sample {
    double x[BLOCK], y[BLOCK], out[BLOCK];
    float xf[BLOCK], yf[BLOCK], outf[BLOCK];
} sample;

typedef enum kind { ORDINARY, ANY_BITS, ANY_SIZE, KINDS } kind;

/* ORDINARY: uniform in the range of the row.  ANY_BITS: every exponent, NaN, infinity.  ANY_SIZE:
 * exponents in a range where functions do more than vanish or overflow; for pow also bases near 1. */
static void fill(sample *s, const math_reference *r, kind k, uint64_t *state)
{
    for (int i = 0; i < BLOCK; i++) {
        uint64_t a = draw(state), b = draw(state);

        if (k == ANY_BITS) {
            s->x[i] = f64_of_bits(a);
            s->y[i] = f64_of_bits(b);
            s->xf[i] = f32_of_bits((uint32_t)(a >> 32));
            s->yf[i] = f32_of_bits((uint32_t)(b >> 32));
            continue;
        }
        if (k == ORDINARY) {
            s->x[i] = between(state, r->low, r->high);
            s->y[i] = between(state, r->ylow, r->yhigh);
        } else if (r->exact2 == powl && (a & 1)) {
            s->x[i] = between(state, 0.99, 1.01);
            s->y[i] = between(state, -70000, 70000);
        } else {
            s->x[i] = ldexp(between(state, r->low < 0 ? -1 : 0.5, 1), (int)(a % 61) - 40);
            s->y[i] = ldexp(between(state, -1, 1), (int)(b % 20) - 10);
        }
        s->xf[i] = (float)s->x[i];
        s->yf[i] = (float)s->y[i];
    }
}

static void check_block(const sample *s, const math_reference *r, double worst[2], double where[2][2])
{
    for (int i = 0; i < BLOCK; i++) {
        long double want = r->exact2 ? r->exact2(s->x[i], s->y[i]) : r->exact1(s->x[i]);
        double wantf = r->exact2 ? r->libm2(s->xf[i], s->yf[i]) : r->libm1(s->xf[i]);
        double off = math_ulp_f64(s->out[i], want), offf = math_ulp_f32(s->outf[i], wantf);

        if (off > worst[0]) {
            worst[0] = off;
            where[0][0] = s->x[i];
            where[0][1] = s->y[i];
        }
        if (offf > worst[1]) {
            worst[1] = offf;
            where[1][0] = s->xf[i];
            where[1][1] = s->yf[i];
        }
    }
}

static void accuracy(void)
{
    static sample s;
    const math_probe *level = math_best_level();

    for (const math_reference *r = math_references; r->name; r++) {
        const math_probe *p = math_probe_find(level, r->name);
        double worst[2] = { 0, 0 }, where[2][2] = { { 0, 0 }, { 0, 0 } };
        uint64_t state = 1;

        for (int i = 0; i < ROUNDS; i++) {
            fill(&s, r, (kind)(i % KINDS), &state);
            p->f64(s.x, s.y, s.out, BLOCK);
            p->f32(s.xf, s.yf, s.outf, BLOCK);
            check_block(&s, r, worst, where);
        }
        tap_diag("%-6s f64 %.3f ulp, f32 %.3f ulp", r->name, worst[0], worst[1]);
        TAP_CHECK(worst[0] <= r->bound64, "%s_f64(%a, %a): %.3f ulp", r->name, where[0][0], where[0][1], worst[0]);
        TAP_CHECK(worst[1] <= r->bound32, "%s_f32(%a, %a): %.3f ulp", r->name, where[1][0], where[1][1], worst[1]);
    }
}

/* Numbers next to multiples of pi / 2, where almost everything cancels, of any size. */
static void hard_angles(void)
{
    static double x[BLOCK], out[BLOCK];
    static float xf[BLOCK], outf[BLOCK];
    const long double half_pi = 1.57079632679489661923132169163975144L;

    /* the f64 closest to a multiple of pi / 2 (Kahan; Muller et al., Handbook, ch. 10) */
    x[0] = ldexp(6381956970095103.0, 797);
    xf[0] = ldexpf(16367173, 72);
    for (int i = 1; i < BLOCK; i++) {
        long double k = i < BLOCK / 2 ? i : ldexpl(i, i % 64);

        x[i] = (double)(k * half_pi);
        xf[i] = (float)(k * half_pi);
    }
    for (const math_reference *r = math_references; r->name; r++) {
        if (r->exact1 != sinl && r->exact1 != cosl && r->exact1 != tanl)
            continue;
        math_probe_find(math_best_level(), r->name)->f64(x, x, out, BLOCK);
        math_probe_find(math_best_level(), r->name)->f32(xf, xf, outf, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            double off = math_ulp_f64(out[i], r->exact1(x[i])), offf = math_ulp_f32(outf[i], r->libm1(xf[i]));

            TAP_CHECK(off <= 1, "%s_f64(%a): %.3f ulp", r->name, x[i], off);
            TAP_CHECK(offf <= 1, "%s_f32(%a): %.3f ulp", r->name, (double)xf[i], offf);
        }
    }
}

#define INF HUGE_VAL
#define NOT NAN

/* C99 Annex F.9 and, for rem and floordiv, the Array API standard. */
static const struct special { const char *name; double x, y, want; } specials[] = {
    { "exp", 0, 0, 1 }, { "exp", -0.0, 0, 1 }, { "exp", -INF, 0, 0 }, { "exp", INF, 0, INF }, { "exp", NOT, 0, NOT },
    { "log", 0, 0, -INF }, { "log", -0.0, 0, -INF }, { "log", 1, 0, 0 }, { "log", -1, 0, NOT },
    { "log", INF, 0, INF }, { "log", -INF, 0, NOT }, { "log", NOT, 0, NOT },
    { "sin", 0, 0, 0 }, { "sin", -0.0, 0, -0.0 }, { "sin", INF, 0, NOT }, { "sin", -INF, 0, NOT }, { "sin", NOT, 0, NOT },
    { "cos", 0, 0, 1 }, { "cos", -0.0, 0, 1 }, { "cos", INF, 0, NOT }, { "cos", -INF, 0, NOT }, { "cos", NOT, 0, NOT },
    { "tan", 0, 0, 0 }, { "tan", -0.0, 0, -0.0 }, { "tan", INF, 0, NOT }, { "tan", -INF, 0, NOT }, { "tan", NOT, 0, NOT },
    { "tanh", 0, 0, 0 }, { "tanh", -0.0, 0, -0.0 }, { "tanh", INF, 0, 1 }, { "tanh", -INF, 0, -1 }, { "tanh", NOT, 0, NOT },
    { "tanh", 30, 0, 1 }, { "tanh", -1000, 0, -1 },
    { "exp2", 10, 0, 1024 }, { "exp2", -3, 0, 0.125 }, { "exp2", -INF, 0, 0 }, { "exp2", INF, 0, INF }, { "exp2", NOT, 0, NOT },
    { "expm1", -0.0, 0, -0.0 }, { "expm1", -INF, 0, -1 }, { "expm1", INF, 0, INF }, { "expm1", NOT, 0, NOT },
    { "log2", 8, 0, 3 }, { "log2", 0.25, 0, -2 }, { "log2", 1, 0, 0 }, { "log2", -0.0, 0, -INF }, { "log2", -1, 0, NOT },
    { "log10", 1000, 0, 3 }, { "log10", 1e10, 0, 10 }, { "log10", 1, 0, 0 }, { "log10", INF, 0, INF },
    { "log1p", -0.0, 0, -0.0 }, { "log1p", -1, 0, -INF }, { "log1p", -2, 0, NOT }, { "log1p", INF, 0, INF },
    { "log1p", NOT, 0, NOT }, { "sinh", -0.0, 0, -0.0 }, { "sinh", -INF, 0, -INF }, { "sinh", NOT, 0, NOT },
    { "cosh", -0.0, 0, 1 }, { "cosh", -INF, 0, INF }, { "cosh", NOT, 0, NOT }, { "asinh", -0.0, 0, -0.0 },
    { "asinh", -INF, 0, -INF }, { "asinh", NOT, 0, NOT }, { "acosh", 1, 0, 0 }, { "acosh", 0.5, 0, NOT },
    { "acosh", -INF, 0, NOT }, { "acosh", INF, 0, INF }, { "acosh", NOT, 0, NOT }, { "atanh", -0.0, 0, -0.0 },
    { "atanh", 1, 0, INF }, { "atanh", -1, 0, -INF }, { "atanh", 2, 0, NOT }, { "atanh", -INF, 0, NOT }, { "atanh", NOT, 0, NOT },
    { "asin", -0.0, 0, -0.0 }, { "asin", 1.5, 0, NOT }, { "asin", NOT, 0, NOT }, { "asin", 1, 0, M_PI_2 },
    { "acos", 1, 0, 0 }, { "acos", -1, 0, M_PI }, { "acos", -0.0, 0, M_PI_2 }, { "acos", -1.5, 0, NOT }, { "acos", NOT, 0, NOT },
    { "atan", -0.0, 0, -0.0 }, { "atan", INF, 0, M_PI_2 }, { "atan", -INF, 0, -M_PI_2 }, { "atan", NOT, 0, NOT },
    { "atan2", 0, 0, 0 }, { "atan2", -0.0, 0, -0.0 }, { "atan2", 0, -0.0, M_PI }, { "atan2", -0.0, -0.0, -M_PI },
    { "atan2", 0, -1, M_PI }, { "atan2", -0.0, 1, -0.0 }, { "atan2", 1, -0.0, M_PI_2 }, { "atan2", -1, 0, -M_PI_2 },
    { "atan2", 1, INF, 0 }, { "atan2", -1, INF, -0.0 }, { "atan2", 1, -INF, M_PI }, { "atan2", INF, 1, M_PI_2 },
    { "atan2", INF, INF, M_PI_4 }, { "atan2", -INF, INF, -M_PI_4 }, { "atan2", INF, -INF, 3 * M_PI_4 },
    { "atan2", NOT, INF, NOT }, { "atan2", INF, NOT, NOT }, { "atan2", 1, 1, M_PI_4 },
    { "cbrt", -8, 0, -2 }, { "cbrt", 27, 0, 3 }, { "cbrt", -0.0, 0, -0.0 }, { "cbrt", -INF, 0, -INF }, { "cbrt", NOT, 0, NOT },
    { "erf", -0.0, 0, -0.0 }, { "erf", INF, 0, 1 }, { "erf", -INF, 0, -1 }, { "erf", NOT, 0, NOT }, { "erf", 7, 0, 1 },
    { "sqrt", -0.0, 0, -0.0 }, { "sqrt", -1, 0, NOT }, { "sqrt", INF, 0, INF }, { "sqrt", NOT, 0, NOT },
    { "hypot", INF, NOT, INF }, { "hypot", NOT, -INF, INF }, { "hypot", -INF, 1, INF }, { "hypot", NOT, 0, NOT },
    { "hypot", 0, 0, 0 }, { "hypot", -0.0, -0.0, 0 }, { "hypot", -3, 4, 5 }, { "hypot", 0, -7, 7 },
    { "pow", 0, -1, INF }, { "pow", -0.0, -1, -INF }, { "pow", -0.0, -3, -INF }, { "pow", 0, -2, INF },
    { "pow", -0.0, -2, INF }, { "pow", -0.0, -2.5, INF }, { "pow", 0, -INF, INF }, { "pow", -0.0, -INF, INF },
    { "pow", 0, 3, 0 }, { "pow", -0.0, 3, -0.0 }, { "pow", 0, 2, 0 }, { "pow", -0.0, 2, 0 }, { "pow", -0.0, 0.5, 0 },
    { "pow", -1, INF, 1 }, { "pow", -1, -INF, 1 }, { "pow", 1, NOT, 1 }, { "pow", 1, -INF, 1 }, { "pow", NOT, 0, 1 },
    { "pow", NOT, -0.0, 1 }, { "pow", INF, 0, 1 }, { "pow", -INF, -0.0, 1 }, { "pow", 0, 0, 1 }, { "pow", -2, 0.5, NOT },
    { "pow", -2, 3, -8 }, { "pow", -2, 2, 4 }, { "pow", -2, -1, -0.5 }, { "pow", 0.5, -INF, INF }, { "pow", -0.5, -INF, INF },
    { "pow", 2, -INF, 0 }, { "pow", -2, -INF, 0 }, { "pow", 0.5, INF, 0 }, { "pow", 2, INF, INF }, { "pow", -2, INF, INF },
    { "pow", -INF, -3, -0.0 }, { "pow", -INF, -2, 0 }, { "pow", -INF, -0.5, 0 }, { "pow", -INF, 3, -INF },
    { "pow", -INF, 2, INF }, { "pow", -INF, 0.5, INF }, { "pow", INF, -1, 0 }, { "pow", INF, 1, INF },
    { "pow", NOT, 1, NOT }, { "pow", 2, NOT, NOT }, { "pow", -1, NOT, NOT }, { "pow", 0, NOT, NOT },
    { "pow", -1, 1e300, 1 }, { "pow", -1, 16777215, -1 }, { "pow", -1, 16777214, 1 }, { "pow", -1, 0.5, NOT },
    { "pow", -2, 1e30, INF }, { "pow", -2, -1e30, 0 }, { "pow", 10, 2, 100 }, { "pow", 3, 4, 81 },
    { "rem", 7, 3, 1 }, { "rem", -7, 3, 2 }, { "rem", 7, -3, -2 }, { "rem", -7, -3, -1 }, { "rem", 5.5, 2, 1.5 },
    { "rem", 6, 3, 0 }, { "rem", -6, 3, 0 }, { "rem", 6, -3, -0.0 }, { "rem", -6, -3, -0.0 }, { "rem", 0, 3, 0 },
    { "rem", -0.0, 3, 0 }, { "rem", 0, -3, -0.0 }, { "rem", -0.0, -3, -0.0 }, { "rem", 1, 0, NOT }, { "rem", 1, -0.0, NOT },
    { "rem", 0, 0, NOT }, { "rem", INF, 2, NOT }, { "rem", -INF, 2, NOT }, { "rem", INF, INF, NOT }, { "rem", 2, INF, 2 },
    { "rem", 2, -INF, -INF }, { "rem", -2, INF, INF }, { "rem", -2, -INF, -2 }, { "rem", 0, INF, 0 },
    { "rem", NOT, 1, NOT }, { "rem", 1, NOT, NOT }, { "rem", NOT, INF, NOT },
    { "floordiv", 7, 2, 3 }, { "floordiv", -7, 2, -4 }, { "floordiv", 7, -2, -4 }, { "floordiv", -7, -2, 3 },
    { "floordiv", 6, 3, 2 }, { "floordiv", -6, 3, -2 }, { "floordiv", 1, 3, 0 }, { "floordiv", -1, -3, 0 },
    { "floordiv", -1, 3, -1 }, { "floordiv", 0, 3, 0 }, { "floordiv", -0.0, 3, -0.0 }, { "floordiv", 0, -3, -0.0 },
    { "floordiv", 1, 0, INF }, { "floordiv", 1, -0.0, -INF }, { "floordiv", -1, 0, -INF }, { "floordiv", 0, 0, NOT },
    { "floordiv", INF, 2, INF }, { "floordiv", INF, -2, -INF }, { "floordiv", -INF, 2, -INF }, { "floordiv", INF, 0, INF },
    { "floordiv", INF, INF, NOT }, { "floordiv", 1, INF, 0 }, { "floordiv", 1, -INF, -0.0 }, { "floordiv", -1, INF, -0.0 },
    { "floordiv", -1, -INF, 0 }, { "floordiv", NOT, 1, NOT }, { "floordiv", 1, NOT, NOT },
    { "round", 0.5, 0, 0 }, { "round", 1.5, 0, 2 }, { "round", 2.5, 0, 2 }, { "round", -0.5, 0, -0.0 }, { "round", -1.5, 0, -2 },
    { "floor", -0.0, 0, -0.0 }, { "floor", -0.5, 0, -1 }, { "ceil", -0.5, 0, -0.0 }, { "trunc", -0.9, 0, -0.0 },
    { "floor", INF, 0, INF }, { "ceil", NOT, 0, NOT }, { "trunc", -INF, 0, -INF }, { "round", 8388609, 0, 8388609 },
};

static void special_values(void)
{
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
        const struct special *s = &specials[i];
        const math_probe *p = math_probe_find(math_best_level(), s->name);
        double out = 99;
        float outf = 99, xf = (float)s->x, yf = (float)s->y;

        p->f64(&s->x, &s->y, &out, 1);
        TAP_CHECK(same_f64(out, s->want), "%s_f64(%g, %g) = %g, not %g", s->name, s->x, s->y, out, s->want);
        if (isfinite(s->y) && fabs(s->y) > FLT_MAX)
            continue;                           /* no such f32 */
        p->f32(&xf, &yf, &outf, 1);
        TAP_CHECK(same_f32(outf, (float)s->want), "%s_f32(%g, %g) = %g, not %g", s->name, s->x, s->y,
                  (double)outf, s->want);
    }
}

/* x % y and x // y as written in CPython's floatobject.c and NumPy's npy_divmod: in words, fmod with
 * the divisor's sign, and the floor of the exact quotient. */
static void divmod_f64(double x, double y, double *div, double *mod)
{
    double m = fmod(x, y), d = (x - m) / y, whole;

    *mod = m;
    if (m != 0 && (m < 0) != (y < 0)) {
        *mod += y;
        d -= 1;
    }
    if (m == 0)
        *mod = copysign(0, y);
    whole = floor(d) + (d - floor(d) > 0.5);
    *div = !isfinite(x) || !isfinite(y) || y == 0 ? x / y : d == 0 ? copysign(0, x / y) : whole;
}

static void divmod_f32(float x, float y, float *div, float *mod)
{
    float m = fmodf(x, y), d = (x - m) / y, whole;

    *mod = m;
    if (m != 0 && (m < 0) != (y < 0)) {
        *mod += y;
        d -= 1;
    }
    if (m == 0)
        *mod = copysignf(0, y);
    whole = floorf(d) + (float)(d - floorf(d) > 0.5f);
    *div = !isfinite(x) || !isfinite(y) || y == 0 ? x / y : d == 0 ? copysignf(0, x / y) : whole;
}

static void remainders(void)
{
    static sample s;
    static double rem[BLOCK];
    static float remf[BLOCK];
    static const math_reference row = { .low = -50, .high = 50, .ylow = -3, .yhigh = 3 };
    const math_probe *div = math_probe_find(math_best_level(), "floordiv"), *mod = math_probe_find(math_best_level(), "rem");
    uint64_t state = 2;

    for (int round = 0; round < 300; round++) {
        fill(&s, &row, (kind)(round % KINDS), &state);
        for (int i = 0; i < BLOCK && round % 2; i++) {      /* exact multiples, or nearly */
            s.x[i] = s.y[i] * floor(s.x[i]);
            s.xf[i] = s.yf[i] * floorf(s.xf[i]);
        }
        div->f64(s.x, s.y, s.out, BLOCK);
        div->f32(s.xf, s.yf, s.outf, BLOCK);
        mod->f64(s.x, s.y, rem, BLOCK);
        mod->f32(s.xf, s.yf, remf, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            double d, m;
            float df, mf;

            divmod_f64(s.x[i], s.y[i], &d, &m);
            divmod_f32(s.xf[i], s.yf[i], &df, &mf);
            TAP_CHECK(same_f64(rem[i], m), "%a %% %a = %a, not %a", s.x[i], s.y[i], rem[i], m);
            TAP_CHECK(same_f64(s.out[i], d), "%a // %a = %a, not %a", s.x[i], s.y[i], s.out[i], d);
            TAP_CHECK(same_f32(remf[i], mf), "f32 %a %% %a", (double)s.xf[i], (double)s.yf[i]);
            TAP_CHECK(same_f32(s.outf[i], df), "f32 %a // %a", (double)s.xf[i], (double)s.yf[i]);
        }
    }
}

static void rounding(void)
{
    static const struct { const char *name; double (*f64)(double); float (*f32)(float); } rows[] = {
        { "floor", floor, floorf }, { "ceil", ceil, ceilf }, { "trunc", trunc, truncf },
        { "round", rint, rintf }, { "abs", fabs, fabsf } };
    static sample s;
    static const math_reference row = { .low = -4, .high = 4 };
    uint64_t state = 3;

    for (int k = 0; k < 5 * 30; k++) {
        const math_probe *p = math_probe_find(k % 2 ? math_best_level() : math_probe_v1, rows[k % 5].name);

        fill(&s, &row, (kind)(k % KINDS), &state);
        for (int i = 0; i < BLOCK && k >= 75; i++) {        /* ties and integers, up to the largest */
            s.x[i] = rint(s.x[i]) / 2;
            s.xf[i] = rintf(s.xf[i]) / 2;
        }
        p->f64(s.x, s.y, s.out, BLOCK);
        p->f32(s.xf, s.yf, s.outf, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            TAP_CHECK(same_f64(s.out[i], rows[k % 5].f64(s.x[i])), "%s(%a) = %a", rows[k % 5].name, s.x[i], s.out[i]);
            TAP_CHECK(same_f32(s.outf[i], rows[k % 5].f32(s.xf[i])), "f32 %s(%a)", rows[k % 5].name,
                      (double)s.xf[i]);
        }
    }
}

/* Thirds of a * b + c: any bits; c near -a * b; results around the smallest numbers. */
static void fill_fma(sample *s, int how, uint64_t *state)
{
    for (int i = 0; i < BLOCK; i++) {
        uint64_t a = draw(state), b = draw(state);
        int e = how == 2 ? -530 : 0, ef = how == 2 ? -70 : 0;

        s->x[i] = how == 0 ? f64_of_bits(a) : ldexp((double)(int64_t)(a >> a % 60), (int)(b % 80) - 40 + e);
        s->y[i] = how == 0 ? f64_of_bits(b) : ldexp((double)(int64_t)(b >> b % 60), (int)(a % 80) - 40 + e);
        s->xf[i] = how == 0 ? f32_of_bits((uint32_t)a) : ldexpf((float)(int32_t)a, (int)(b % 40) - 20 + ef);
        s->yf[i] = how == 0 ? f32_of_bits((uint32_t)b) : ldexpf((float)(int32_t)b, (int)(a % 40) - 20 + ef);
    }
    for (int i = 0; i < BLOCK / 2 && how; i += 2) {
        double c = -(s->x[i] * s->y[i]);
        float cf = -(s->xf[i] * s->yf[i]);

        s->y[BLOCK - 1 - i] = i % 4 ? nextafter(c, 0) : c;
        s->yf[BLOCK - 1 - i] = i % 4 ? nextafterf(cf, 0) : cf;
    }
}

static void multiply_add(void)
{
    static sample s;
    uint64_t state = 4;

    for (int k = 0; k < 120; k++) {
        const math_probe *p = math_probe_find(k % 4 ? math_probe_v1 : math_best_level(), "fma");

        fill_fma(&s, k % 3, &state);
        p->f64(s.x, s.y, s.out, BLOCK);
        p->f32(s.xf, s.yf, s.outf, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            double c = s.y[BLOCK - 1 - i], want = fma(s.x[i], s.y[i], c);
            float cf = s.yf[BLOCK - 1 - i], wantf = fmaf(s.xf[i], s.yf[i], cf);

            TAP_CHECK(same_f64(s.out[i], want), "fma(%a, %a, %a) = %a, not %a", s.x[i], s.y[i], c, s.out[i], want);
            TAP_CHECK(same_f32(s.outf[i], wantf), "fmaf(%a, %a, %a) = %a, not %a", (double)s.xf[i],
                      (double)s.yf[i], (double)cf, (double)s.outf[i], (double)wantf);
        }
    }
}

static const tap_test tests[] = {
    { "results are within the bounds of the table", accuracy },
    { "angles next to multiples of pi / 2", hard_angles },
    { "special values are those of the standards", special_values },
    { "% and // are Python's", remainders },
    { "rounding is exact", rounding },
    { "fma is rounded once on every level", multiply_add },
};

TAP_MAIN("math", tests)
