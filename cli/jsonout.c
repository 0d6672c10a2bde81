/* SPDX-License-Identifier: BSD-3-Clause
 *
 * JSON text (RFC 8259): one line, ", " and ": " as Python's json.dumps writes them.
 */
#include "jsonout.h"

#include <inttypes.h>
#include <string.h>

#include "textnum.h"

/* Bytes of the UTF-8 sequence at `s` (Unicode 15, table 3-7), 0 if it is none. */
static int utf8_length(const unsigned char *s)
{
    static const struct { unsigned char lo, hi, second_lo, second_hi; int len; } row[] = {
        {0x01, 0x7f, 0, 0, 1},        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},  {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},  {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (s[0] < row[i].lo || s[0] > row[i].hi)
            continue;
        if (row[i].len > 1 && (s[1] < row[i].second_lo || s[1] > row[i].second_hi))
            return 0;
        for (int k = 2; k < row[i].len; k++)
            if (s[k] < 0x80 || s[k] > 0xbf)
                return 0;
        return row[i].len;
    }
    return 0;
}

static void put_string(FILE *f, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    fputc('"', f);
    while (*s) {
        int len = utf8_length(s);
        if (len == 0) {
            fputs("\\ufffd", f);
            len = 1;
        } else if (*s == '"' || *s == '\\') {
            fprintf(f, "\\%c", *s);
        } else if (*s == '\n') {
            fputs("\\n", f);
        } else if (*s < 0x20 || *s == 0x7f) {
            fprintf(f, "\\u%04x", *s);
        } else {
            fwrite(s, 1, (size_t)len, f);
        }
        s += len;
    }
    fputc('"', f);
}

static void begin(jsonout *j, const char *key)
{
    if (j->some[j->depth])
        fputs(", ", j->f);
    j->some[j->depth] = true;
    if (key) {
        put_string(j->f, key);
        fputs(": ", j->f);
    }
}

void jsonout_open(jsonout *j, const char *key, char bracket)
{
    begin(j, key);
    fputc(bracket, j->f);
    j->some[++j->depth] = false;
}

void jsonout_close(jsonout *j, char bracket)
{
    j->depth--;
    fputc(bracket, j->f);
}

void jsonout_string(jsonout *j, const char *key, const char *s)
{
    begin(j, key);
    if (s)
        put_string(j->f, s);
    else
        fputs("null", j->f);
}

void jsonout_int(jsonout *j, const char *key, int64_t v)
{
    begin(j, key);
    fprintf(j->f, "%" PRId64, v);
}

void jsonout_real(jsonout *j, const char *key, double v)
{
    char text[TEXTNUM_MAX];
    textnum_json(SHARR_FLOAT64, &v, text);
    jsonout_raw(j, key, text);
}

void jsonout_bool(jsonout *j, const char *key, bool v)
{
    jsonout_raw(j, key, v ? "true" : "false");
}

void jsonout_null(jsonout *j, const char *key)
{
    jsonout_raw(j, key, "null");
}

void jsonout_raw(jsonout *j, const char *key, const char *text)
{
    begin(j, key);
    fputs(text, j->f);
}
