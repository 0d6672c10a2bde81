/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sizes in bytes to and from text.  Parsing is by integers, so that "0.1GiB" is
 * the same number everywhere and no locale has a say in it.
 */
#include "base/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/checked.h"

static const char prefixes[] = "KMGTPE";

const char *units_print(char out[UNITS_TEXT], int64_t bytes)
{
    double v = (double)bytes;
    int unit = -1;
    while ((v >= 1023.5 || v <= -1023.5) && unit < 5) {
        v /= 1024;
        unit++;
    }
    double mag = v < 0 ? -v : v;
    if (unit < 0) {
        snprintf(out, UNITS_TEXT, "%" PRId64 " bytes", bytes);
        return out;
    }
    /* Fixed point by hand: %f would use the locale's decimal point. */
    int digits = mag < 9.995 ? 2 : mag < 99.95 ? 1 : 0;
    int scale = digits == 2 ? 100 : digits == 1 ? 10 : 1;
    int64_t n = (int64_t)(mag * scale + 0.5);
    const char *sign = v < 0 ? "-" : "";
    if (digits)
        snprintf(out, UNITS_TEXT, "%s%" PRId64 ".%0*" PRId64 " %ciB", sign, n / scale, digits,
                 n % scale, prefixes[unit]);
    else
        snprintf(out, UNITS_TEXT, "%s%" PRId64 " %ciB", sign, n, prefixes[unit]);
    return out;
}

const char *units_exact(char out[UNITS_TEXT], int64_t bytes)
{
    int unit = -1;
    while (bytes && bytes % 1024 == 0 && unit < 5) {
        bytes /= 1024;
        unit++;
    }
    if (unit < 0)
        snprintf(out, UNITS_TEXT, "%" PRId64, bytes);
    else
        snprintf(out, UNITS_TEXT, "%" PRId64 "%ciB", bytes, prefixes[unit]);
    return out;
}

typedef struct decimal {
    int64_t digits;         /* value * 10^places */
    int64_t scale;          /* 10^places */
} decimal;

/* Digits with at most one point.  Returns where it stopped, NULL: no number. */
static const char *parse_decimal(const char *s, decimal *d)
{
    int n = 0;
    bool point = false;
    *d = (decimal){0, 1};
    for (; isdigit((unsigned char)*s) || (*s == '.' && !point); s++) {
        if (*s == '.') {
            point = true;
            continue;
        }
        if (!mul_i64(d->digits, 10, &d->digits) || !add_i64(d->digits, *s - '0', &d->digits) ||
            !mul_i64(d->scale, point ? 10 : 1, &d->scale))
            return NULL;
        n++;
    }
    return n ? s : NULL;
}

/* Bytes in one unit, 0: no such unit. */
static int64_t parse_unit(const char *s)
{
    if (s[0] == '\0' || strcasecmp(s, "b") == 0 || strcasecmp(s, "bytes") == 0)
        return 1;
    const char *at = strchr(prefixes, toupper((unsigned char)s[0]));
    if (!at)
        return 0;
    bool decimal_unit = strcasecmp(s + 1, "b") == 0;
    if (!decimal_unit && s[1] != '\0' && strcasecmp(s + 1, "ib") != 0)
        return 0;
    int64_t unit = 1;
    for (ptrdiff_t i = 0; i <= at - prefixes; i++)
        unit *= decimal_unit ? 1000 : 1024;
    return unit;
}

bool units_parse(const char *text, int64_t whole, int64_t *bytes)
{
    decimal d;
    int64_t unit;
    while (isspace((unsigned char)*text))
        text++;
    const char *s = parse_decimal(text, &d);
    if (!s)
        return false;
    while (*s == ' ')
        s++;
    bool percent = strcmp(s, "%") == 0;
    unit = percent ? whole : parse_unit(s);
    if (unit == 0 && !percent)
        return false;
    if (percent && (!mul_i64(d.scale, 100, &d.scale) || d.digits > d.scale))
        return false;
    __extension__ __int128 v = (__int128)d.digits * unit / d.scale;
    if (v > INT64_MAX)
        return false;
    *bytes = (int64_t)v;
    return true;
}
