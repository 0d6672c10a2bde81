/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The line of an error with a caret line under it.  Columns are counted in
 * characters; what is no character (or would move the cursor) is shown as '?'.
 * Of a long line, the part around the error is shown.
 */
#include "expr/parser.h"
#include "expr/utf8.h"

enum { BEFORE = 100, AFTER = 60, WIDTH = 2 * (BEFORE + AFTER) };

/* The character at i, for showing; returns its bytes in the text. */
static size_t show(const char *text, size_t i, size_t end, strbuf *line)
{
    uint32_t code = 0;
    size_t n = utf8_char(text + i, end - i, &code);
    bool odd = n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xfeff;
    if (odd)
        strbuf_add(line, code == '\t' ? " " : "?");
    else
        strbuf_addn(line, text + i, n);
    return n ? n : 1;
}

/* Up to `count` characters back from `at`, not before `begin`. */
static size_t step_back(const char *text, size_t at, size_t begin, int count)
{
    while (count-- > 0 && at > begin) {
        at--;
        while (at > begin && ((unsigned char)text[at] & 0xc0) == 0x80)
            at--;
    }
    return at;
}

static void add_many(strbuf *out, char c, int n)
{
    while (n-- > 0)
        strbuf_addn(out, &c, 1);
}

void script_caret(const char *text, size_t len, const sharr_error *err, strbuf *out)
{
    if (err->column < 0 || (size_t)err->column > len)
        return;
    size_t at = (size_t)err->column, begin = at, end = at;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    while (end < len && text[end] != '\n')
        end++;
    size_t stop = at + (size_t)(err->length > 0 ? err->length : 1);
    size_t from = step_back(text, at, begin, BEFORE);
    int before = 0, under = 0, shown = 0;
    if (from > begin) {
        strbuf_add(out, "...");
        before = 3;
    }
    size_t i = from;
    while (i < end && shown++ < WIDTH) {
        before += i < at;
        under += i >= at && i < stop;
        i += show(text, i, end, out);
    }
    strbuf_add(out, i < end ? "...\n" : "\n");
    add_many(out, ' ', before);
    add_many(out, '^', under > 0 ? under : 1);
}
