/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shortest round-trip text of numbers.  The number of digits is found by trying 1, 2, ... until
 * strtod gives the value back; at most a thousand elements are ever printed, so speed is no matter.
 */
#include "textnum.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "d.ddde+XX" with the fewest digits that read back as `v` in its own type. */
static void shortest(double v, bool single, char out[40])
{
    for (int digits = 0; digits < 18; digits++) {
        snprintf(out, 40, "%.*e", digits, v);
        if (single ? strtof(out, NULL) == (float)v : strtod(out, NULL) == v)
            return;
    }
}

/* As Python's repr: fixed notation for 1e-4 <= |v| < 1e16; `dot`: "3.0" instead of "3". */
static int finite_text(double v, bool single, bool dot, char *out, size_t cap)
{
    char sci[40], digits[24];
    shortest(v, single, sci);
    const char *s = sci + (*sci == '-');
    int n = 0, exponent = atoi(strchr(s, 'e') + 1);
    for (; *s != 'e'; s++)
        if (*s != '.')
            digits[n++] = *s;
    digits[n] = 0;
    const char *sign = *sci == '-' ? "-" : "";
    if (exponent < -4 || exponent >= 16)
        return snprintf(out, cap, "%s%c%s%se%c%02d", sign, digits[0], n > 1 ? "." : "", digits + 1,
                        exponent < 0 ? '-' : '+', abs(exponent));
    if (exponent < 0)
        return snprintf(out, cap, "%s0.%.*s%s", sign, -exponent - 1, "0000", digits);
    if (n > exponent + 1)
        return snprintf(out, cap, "%s%.*s.%s", sign, exponent + 1, digits, digits + exponent + 1);
    return snprintf(out, cap, "%s%s%.*s%s", sign, digits, exponent + 1 - n, "0000000000000000",
                    dot ? ".0" : "");
}

static int real_text(double v, bool single, bool dot, char *out, size_t cap)
{
    if (isnan(v))
        return snprintf(out, cap, "nan");
    if (isinf(v))
        return snprintf(out, cap, v < 0 ? "-inf" : "inf");
    return finite_text(v, single, dot, out, cap);
}

/* 2j when the real part is +0, else (1+2j). */
static int complex_text(double re, double im, bool single, char out[TEXTNUM_MAX])
{
    char a[40], b[40];
    real_text(re, single, false, a, sizeof a);
    real_text(im, single, false, b, sizeof b);
    if (re == 0 && !signbit(re))
        return snprintf(out, TEXTNUM_MAX, "%sj", b);
    return snprintf(out, TEXTNUM_MAX, "(%s%s%sj)", a, *b == '-' ? "" : "+", b);
}

static int json_real_text(double v, bool single, char *out, size_t cap)
{
    if (isnan(v))
        return snprintf(out, cap, "\"NaN\"");
    if (isinf(v))
        return snprintf(out, cap, v < 0 ? "\"-Infinity\"" : "\"Infinity\"");
    return finite_text(v, single, true, out, cap);
}

static int integer_text(enum sharr_dtype t, const void *p, char out[TEXTNUM_MAX])
{
#define ONE(T, FORMAT) { T v; memcpy(&v, p, sizeof v); return snprintf(out, TEXTNUM_MAX, "%" FORMAT, v); }
    switch (t) {
    case SHARR_INT8: ONE(int8_t, PRId8)
    case SHARR_INT16: ONE(int16_t, PRId16)
    case SHARR_INT32: ONE(int32_t, PRId32)
    case SHARR_INT64: ONE(int64_t, PRId64)
    case SHARR_UINT8: ONE(uint8_t, PRIu8)
    case SHARR_UINT16: ONE(uint16_t, PRIu16)
    case SHARR_UINT32: ONE(uint32_t, PRIu32)
    default: ONE(uint64_t, PRIu64)
    }
#undef ONE
}

/* The one or two real parts of a float or complex element. */
static void real_parts(enum sharr_dtype t, const void *p, double part[2])
{
    float f[2] = {0, 0};
    part[1] = 0;
    if (t == SHARR_FLOAT32 || t == SHARR_COMPLEX64) {
        memcpy(f, p, t == SHARR_FLOAT32 ? sizeof f[0] : sizeof f);
        part[0] = (double)f[0];
        part[1] = (double)f[1];
    } else {
        memcpy(part, p, t == SHARR_FLOAT64 ? sizeof part[0] : 2 * sizeof part[0]);
    }
}

int textnum_python(enum sharr_dtype t, const void *p, char out[TEXTNUM_MAX])
{
    double part[2];
    if (t == SHARR_BOOL)
        return snprintf(out, TEXTNUM_MAX, *(const uint8_t *)p ? "True" : "False");
    if (t < SHARR_FLOAT32)
        return integer_text(t, p, out);
    real_parts(t, p, part);
    if (t < SHARR_COMPLEX64)
        return real_text(part[0], t == SHARR_FLOAT32, true, out, TEXTNUM_MAX);
    return complex_text(part[0], part[1], t == SHARR_COMPLEX64, out);
}

int textnum_json(enum sharr_dtype t, const void *p, char out[TEXTNUM_MAX])
{
    double part[2];
    char re[40], im[40];
    if (t == SHARR_BOOL)
        return snprintf(out, TEXTNUM_MAX, *(const uint8_t *)p ? "true" : "false");
    if (t < SHARR_FLOAT32)
        return integer_text(t, p, out);
    real_parts(t, p, part);
    if (t < SHARR_COMPLEX64)
        return json_real_text(part[0], t == SHARR_FLOAT32, out, TEXTNUM_MAX);
    json_real_text(part[0], t == SHARR_COMPLEX64, re, sizeof re);
    json_real_text(part[1], t == SHARR_COMPLEX64, im, sizeof im);
    return snprintf(out, TEXTNUM_MAX, "[%s, %s]", re, im);
}
