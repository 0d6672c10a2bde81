/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers as Python writes them: 1_000, 0x1f, 0b101, 0o17, 1.5e-3, .5, 2j.
 * Integers are exact up to 2^127 - 1; decimals are read in the C locale.
 */
#include "expr/lexer_number.h"

#include <stdlib.h>
#include <string.h>

#include <math.h>

static char at(const lexer *lx, size_t i)
{
    return i < lx->len ? lx->text[i] : '\0';
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Past digits of this base; an underscore stands between two digits. */
static size_t digits_end(const lexer *lx, size_t i, int base)
{
    while (digit_value(at(lx, i)) < base ||
           (at(lx, i) == '_' && digit_value(at(lx, i + 1)) < base && i > 0 &&
            digit_value(at(lx, i - 1)) < base))
        i++;
    return i;
}

static int not_a_number(const lexer *lx, const token *t, size_t end)
{
    size_t n;
    while ((n = lexer_word_char(lx, end)) > 0)
        end += n;
    int len = end - t->start < 40 ? (int)(end - t->start) : 40;
    return err_at(lx->err, (int)t->start, (int)(end - t->start),
                  "%.*s is not a number, and a name cannot begin with a digit", len,
                  lx->text + t->start);
}

static int read_integer(lexer *lx, token *t, size_t from, size_t to, int base)
{
    __int128 v = 0;
    for (size_t i = from; i < to; i++) {
        if (lx->text[i] == '_')
            continue;
        if (__builtin_mul_overflow(v, base, &v) ||
            __builtin_add_overflow(v, digit_value(lx->text[i]), &v))
            return err_at(lx->err, (int)t->start, (int)(to - t->start),
                          "an integer of more than 127 bits");
    }
    t->kind = TOKEN_INT;
    t->i = v;
    t->end = to;
    return 0;
}

static int read_decimal(lexer *lx, token *t, size_t to)
{
    char *clean = arena_alloc(lx->mem, to - t->start + 1, 1);
    size_t n = 0;
    if (!clean)
        return err_nomem(lx->err, "a number", to - t->start);
    for (size_t i = t->start; i < to; i++)
        if (lx->text[i] != '_')
            clean[n++] = lx->text[i];
    t->f = strtod_l(clean, NULL, lx->c_locale);
    t->end = to;
    if (isinf(t->f))
        return err_at(lx->err, (int)t->start, (int)(to - t->start),
                      "a number too large for float64; write inf");
    return 0;
}

static int based_integer(lexer *lx, token *t, int base)
{
    size_t from = t->start + 2, to = digits_end(lx, from, base);
    if (to == from || lexer_word_char(lx, to) > 0)
        return not_a_number(lx, t, to);
    return read_integer(lx, t, from, to, base);
}

static size_t exponent_end(const lexer *lx, size_t i)
{
    size_t digits = i + 1;
    if ((at(lx, i) | 0x20) != 'e')
        return i;
    digits += at(lx, digits) == '+' || at(lx, digits) == '-';
    size_t end = digits_end(lx, digits, 10);
    return end > digits ? end : i;
}

static bool only_zeros(const lexer *lx, size_t from, size_t to)
{
    for (; from < to; from++)
        if (lx->text[from] != '0' && lx->text[from] != '_')
            return false;
    return true;
}

int lexer_number(lexer *lx, token *t)
{
    char c = (char)(at(lx, t->start + 1) | 0x20);
    if (at(lx, t->start) == '0' && (c == 'x' || c == 'b' || c == 'o'))
        return based_integer(lx, t, c == 'x' ? 16 : c == 'b' ? 2 : 8);
    size_t whole = digits_end(lx, t->start, 10), to = whole;
    if (at(lx, to) == '.' && at(lx, to + 1) != '.')     /* 1..5 is a range */
        to = digits_end(lx, to + 1, 10);
    to = exponent_end(lx, to);
    bool imaginary = (at(lx, to) | 0x20) == 'j';
    if (lexer_word_char(lx, to + imaginary) > 0)
        return not_a_number(lx, t, to);
    if (to == whole && !imaginary) {
        if (at(lx, t->start) == '0' && !only_zeros(lx, t->start, to))
            return err_at(lx->err, (int)t->start, (int)(to - t->start),
                          "an integer with leading zeros; octal is written 0o17");
        return read_integer(lx, t, t->start, to, 10);
    }
    int status = read_decimal(lx, t, to);
    t->kind = imaginary ? TOKEN_IMAGINARY : TOKEN_FLOAT;
    t->end += imaginary;
    return status;
}
