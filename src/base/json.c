/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The JSON writer (RFC 8259).  Output is one line, valid UTF-8, and the same in
 * every locale.  Wrong nesting marks the strbuf as failed instead of writing a
 * text that nobody can parse.
 */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

void json_init(json *j, strbuf *out)
{
    *j = (json){.out = out, .first = {true}};
}

/* What stands before a value or key: a comma unless it is the first, or follows its key. */
static void separate(json *j)
{
    if (j->after_key)
        j->after_key = false;
    else if (j->first[j->depth])
        j->first[j->depth] = false;
    else
        strbuf_add(j->out, j->depth ? ", " : "\n");
}

void json_open(json *j, char bracket)
{
    separate(j);
    strbuf_addn(j->out, &bracket, 1);
    if (j->depth + 1 >= DEPTH_MAX) {
        j->out->failed = 1;
        return;
    }
    j->first[++j->depth] = true;
}

void json_close(json *j, char bracket)
{
    if (j->depth == 0 || j->after_key) {
        j->out->failed = 1;
        return;
    }
    j->depth--;
    strbuf_addn(j->out, &bracket, 1);
}

/* Length of the UTF-8 character at `s`, 0 if it is none (overlong, surrogate, cut, > U+10FFFF). */
static size_t utf8_length(const unsigned char *s)
{
    static const struct {
        unsigned char lo, hi, second_lo, second_hi, length;
    } rows[] = {
        {0x01, 0x7f, 0, 0, 1},          {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        if (s[0] < rows[r].lo || s[0] > rows[r].hi)
            continue;
        if (rows[r].length > 1 && (s[1] < rows[r].second_lo || s[1] > rows[r].second_hi))
            return 0;
        for (size_t i = 2; i < rows[r].length; i++)
            if ((s[i] & 0xc0) != 0x80)
                return 0;
        return rows[r].length;
    }
    return 0;
}

static void put_escaped(strbuf *out, unsigned char c)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *at = strchr(from, c);
    if (at)
        strbuf_printf(out, "\\%c", to[at - from]);
    else
        strbuf_printf(out, "\\u%04x", c);
}

static void put_string(strbuf *out, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    strbuf_add(out, "\"");
    while (*s) {
        size_t n = utf8_length(s);
        if (n == 0)
            strbuf_add(out, "\xef\xbf\xbd");
        else if (*s < 0x20 || *s == '"' || *s == '\\' || *s == 0x7f)
            put_escaped(out, *s);
        else
            strbuf_addn(out, (const char *)s, n);
        s += n ? n : 1;
    }
    strbuf_add(out, "\"");
}

void json_key(json *j, const char *key)
{
    separate(j);
    put_string(j->out, key);
    strbuf_add(j->out, ": ");
    j->after_key = true;
}

void json_str(json *j, const char *s)
{
    separate(j);
    put_string(j->out, s);
}

void json_int(json *j, int64_t v)
{
    separate(j);
    strbuf_printf(j->out, "%lld", (long long)v);
}

/* The locale's decimal point, whatever it is, becomes '.'. */
static void add_plain(strbuf *out, const char *number)
{
    const char *digits = "+-0123456789e";
    bool real = strchr(number, 'e') != NULL;
    while (*number) {
        size_t n = strspn(number, digits);
        strbuf_addn(out, number, n);
        number += n;
        n = strcspn(number, digits);
        if (n) {
            strbuf_add(out, ".");
            real = true;
        }
        number += n;
    }
    if (!real)
        strbuf_add(out, ".0");
}

void json_real(json *j, double v)
{
    char text[64];
    if (isnan(v) || isinf(v)) {
        json_str(j, isnan(v) ? "NaN" : v < 0 ? "-Infinity" : "Infinity");
        return;
    }
    separate(j);
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    add_plain(j->out, text);
}

void json_bool(json *j, bool v)
{
    separate(j);
    strbuf_add(j->out, v ? "true" : "false");
}

void json_null(json *j)
{
    separate(j);
    strbuf_add(j->out, "null");
}
