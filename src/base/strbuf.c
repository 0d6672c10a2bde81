/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A growing text.  Once an allocation has failed every call does nothing until
 * strbuf_clear or strbuf_fini.
 */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

/* Room for `n` more bytes and the NUL. */
static int reserve(strbuf *sb, size_t n)
{
    size_t need, cap = sb->cap ? sb->cap : 64;
    if (sb->failed)
        return -1;
    if (__builtin_add_overflow(sb->len, n, &need) || need >= SIZE_MAX / 2)
        goto failed;
    if (need < sb->cap)
        return 0;
    while (cap <= need)
        cap *= 2;
    char *text = realloc(sb->text, cap);
    if (!text)
        goto failed;
    sb->text = text;
    sb->cap = cap;
    return 0;
failed:
    sb->failed = 1;
    return -1;
}

void strbuf_fini(strbuf *sb)
{
    free(sb->text);
    *sb = (strbuf){0};
}

void strbuf_clear(strbuf *sb)
{
    sb->len = 0;
    sb->failed = 0;
    if (sb->text)
        sb->text[0] = '\0';
}

void strbuf_addn(strbuf *sb, const char *s, size_t n)
{
    if (reserve(sb, n))
        return;
    if (n)
        memcpy(sb->text + sb->len, s, n);
    sb->len += n;
    sb->text[sb->len] = '\0';
}

void strbuf_add(strbuf *sb, const char *s)
{
    strbuf_addn(sb, s, strlen(s));
}

void strbuf_printf(strbuf *sb, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        sb->failed = 1;
    else if (!reserve(sb, (size_t)n)) {
        vsnprintf(sb->text + sb->len, (size_t)n + 1, fmt, again);
        sb->len += (size_t)n;
    }
    va_end(again);
    va_end(ap);
}

const char *strbuf_text(const strbuf *sb)
{
    return sb->text ? sb->text : "";
}

char *strbuf_take(strbuf *sb)
{
    char *text = NULL;
    strbuf_addn(sb, "", 0);
    if (sb->failed)
        free(sb->text);
    else
        text = sb->text;
    *sb = (strbuf){0};
    return text;
}
