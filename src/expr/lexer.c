/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The lexer, by hand: blanks and symbols, names and paths.  Numbers are in
 * lexer_number.c.
 */
#include "expr/lexer.h"

#include <string.h>

#include "expr/lexer_number.h"
#include "expr/parser.h"
#include "expr/utf8.h"

/* ---- the text as a whole ---- */

static int check_text(const char *text, size_t len, sharr_error *err)
{
    uint32_t code;
    if (len > SCRIPT_MAX_BYTES)
        return err_at(err, SCRIPT_MAX_BYTES, 0, "the text is longer than %d bytes",
                      SCRIPT_MAX_BYTES);
    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_char(text + i, len - i, &code);
        if (n == 0)
            return err_at(err, (int)i, 1, "the text is not UTF-8 here (byte 0x%02x)",
                          (unsigned char)text[i]);
        if (code == 0)
            return err_at(err, (int)i, 1, "the text contains a NUL byte");
    }
    return 0;
}

int lexer_init(lexer *lx, const char *text, size_t len, sharr_error *err)
{
    *lx = (lexer){.text = text, .len = len, .err = err};
    int status = check_text(text, len, err);
    if (status)
        return status;
    lx->mem = arena_new();
    lx->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!lx->mem || !lx->c_locale)
        return err_nomem(err, "the lexer", sizeof *lx);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        lx->pos = 3;                    /* byte order mark */
    return 0;
}

void lexer_fini(lexer *lx)
{
    arena_free(lx->mem);
    if (lx->c_locale)
        freelocale(lx->c_locale);
}

/* ---- characters ---- */

static char at(const lexer *lx, size_t i)
{
    return i < lx->len ? lx->text[i] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of the name character at i, 0 if it is none. */
size_t lexer_word_char(const lexer *lx, size_t i)
{
    uint32_t code;
    char c = at(lx, i);
    if (is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return 1;
    size_t n = (unsigned char)c < 0x80 ? 0 : utf8_char(lx->text + i, lx->len - i, &code);
    return n && utf8_is_letter(code) ? n : 0;
}

static size_t word_end(const lexer *lx, size_t i)
{
    size_t n;
    while ((n = lexer_word_char(lx, i)) > 0)
        i += n;
    return i;
}

/* From i, past blanks and comments; newlines are blanks if `newlines`. */
static size_t skip_blanks(const lexer *lx, size_t i, bool newlines)
{
    while (i < lx->len) {
        char c = lx->text[i];
        if (c == '#')
            while (i < lx->len && lx->text[i] != '\n')
                i++;
        else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || (c == '\n' && newlines))
            i++;
        else
            break;
    }
    return i;
}

bool lexer_before_assign(const lexer *lx)
{
    size_t i = skip_blanks(lx, lx->pos, lx->brackets > 0);
    return at(lx, i) == '=' && at(lx, i + 1) != '=';
}

bool token_is(const lexer *lx, const token *t, const char *text)
{
    size_t n = strlen(text);
    return (t->kind == TOKEN_SYMBOL || t->kind == TOKEN_NAME) && t->end - t->start == n &&
           memcmp(lx->text + t->start, text, n) == 0;
}

/* ---- names and paths ---- */

static int copy_text(lexer *lx, const char **out, size_t from, size_t to)
{
    *out = arena_strndup(lx->mem, lx->text + from, to - from);
    return *out ? 0 : err_nomem(lx->err, "a name", to - from);
}

static bool path_starts(const lexer *lx, size_t i)
{
    return at(lx, i) == '/' && lexer_word_char(lx, i + 1) > 0;
}

/* From the slash: /name/name... */
static size_t path_end(const lexer *lx, size_t i)
{
    while (path_starts(lx, i))
        i = word_end(lx, i + 1);
    return i;
}

static int lex_path(lexer *lx, token *t)
{
    t->kind = TOKEN_PATH;
    t->rooted = true;
    t->end = path_end(lx, t->start);
    return copy_text(lx, &t->name, t->start, t->end);
}

/* A name, or M:/path. */
static int lex_word(lexer *lx, token *t)
{
    size_t colon = word_end(lx, t->start);
    t->kind = TOKEN_NAME;
    t->end = colon;
    int status = copy_text(lx, &t->name, t->start, colon);
    if (status || at(lx, colon) != ':' || !path_starts(lx, colon + 1))
        return status;
    t->kind = TOKEN_PATH;
    t->rooted = true;
    t->file = t->name;
    t->end = path_end(lx, colon + 1);
    return copy_text(lx, &t->name, colon + 1, t->end);
}

/* {any name} and `any name`. */
static int lex_quoted_path(lexer *lx, token *t, char close)
{
    size_t from = t->start + 1, to = from, colon = from;
    while (to < lx->len && lx->text[to] != close && lx->text[to] != '\n')
        to++;
    if (at(lx, to) != close)
        return err_at(lx->err, (int)t->start, 1, "the name that begins here has no closing %c",
                      close);
    if (to == from)
        return err_at(lx->err, (int)t->start, 2, "an empty name");
    t->kind = TOKEN_PATH;
    t->end = to + 1;
    colon = word_end(lx, from);
    if (colon > from && colon + 1 < to && lx->text[colon] == ':' && lx->text[colon + 1] == '/') {
        int status = copy_text(lx, &t->file, from, colon);
        if (status)
            return status;
        from = colon + 1;
    }
    t->rooted = lx->text[from] == '/';
    return copy_text(lx, &t->name, from, to);
}

static int lex_string(lexer *lx, token *t, char quote)
{
    size_t to = t->start + 1;
    while (to < lx->len && lx->text[to] != quote && lx->text[to] != '\n')
        to++;
    if (at(lx, to) != quote)
        return err_at(lx->err, (int)t->start, 1, "the text that begins here has no closing %c",
                      quote);
    t->kind = TOKEN_STRING;
    t->end = to + 1;
    return copy_text(lx, &t->name, t->start + 1, to);
}

/* ---- symbols ---- */

static const char *const symbols[] = {
    "**=", "//=", "<<=", ">>=", "...", "**", "//", "<<", ">>", "<=", ">=", "==", "!=",
    "<>",  "..",  "+=",  "-=",  "*=",  "/=", "%=", "&=", "|=", "^=", ":=", "&&", "||",
    "->",  "+",   "-",   "*",   "/",   "%",  "&",  "|",  "^",  "~",  "<",  ">",  "=",
    "(",   ")",   "[",   "]",   ",",   ":",  ".",  "@",  "!",  "?",  "$",  "}",  "\\",
};

static int lex_symbol(lexer *lx, token *t)
{
    static const struct {
        uint32_t code;
        const char *say;
    } lookalikes[] = {
        {0x2212, "-"},   {0x2013, "-"},  {0x2014, "-"},  {0xd7, "*"},    {0xb7, "*"},
        {0x22c5, "*"},   {0xf7, "/"},    {0x2264, "<="}, {0x2265, ">="}, {0x2260, "!="},
        {0x201c, "\""},  {0x201d, "\""}, {0x2018, "'"},  {0x2019, "'"},  {0xa0, "a blank"},
        {0x2026, "..."}, {0xb2, "**2"},  {0xb3, "**3"},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        size_t n = strlen(symbols[i]);
        if (n <= lx->len - t->start && memcmp(lx->text + t->start, symbols[i], n) == 0) {
            t->kind = TOKEN_SYMBOL;
            t->end = t->start + n;
            return 0;
        }
    }
    uint32_t code = 0;
    size_t n = utf8_char(lx->text + t->start, lx->len - t->start, &code);
    for (size_t i = 0; i < sizeof lookalikes / sizeof lookalikes[0]; i++)
        if (lookalikes[i].code == code)
            return err_at(lx->err, (int)t->start, (int)n, "unexpected character %.*s; write %s",
                          (int)n, lx->text + t->start, lookalikes[i].say);
    if (code < 0x20 || code == 0x7f)
        return err_at(lx->err, (int)t->start, 1, "unexpected control character 0x%02x",
                      (unsigned)code);
    return err_at(lx->err, (int)t->start, (int)n, "unexpected character %.*s", (int)n,
                  lx->text + t->start);
}

/* ---- tokens ---- */

/* After these a slash divides. */
static bool ends_operand(const lexer *lx, const token *t)
{
    static const char *const operators[] = {"and", "or", "not", "if", "else"};
    if (t->kind == TOKEN_SYMBOL)
        return token_is(lx, t, ")") || token_is(lx, t, "]");
    if (t->kind != TOKEN_NAME)
        return t->kind != TOKEN_BREAK && t->kind != TOKEN_END;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (token_is(lx, t, operators[i]))
            return false;
    return true;
}

static int lex_token(lexer *lx, token *t)
{
    char c = at(lx, t->start);
    if (c == '\n' || c == ';') {
        t->kind = TOKEN_BREAK;
        t->end = t->start + 1;
        return 0;
    }
    if (is_digit(c) || (c == '.' && is_digit(at(lx, t->start + 1))))
        return lexer_number(lx, t);
    if (lexer_word_char(lx, t->start) > 0)
        return lex_word(lx, t);
    if (c == '/' && !lx->after_operand && path_starts(lx, t->start))
        return lex_path(lx, t);
    if (c == '{' || c == '`')
        return lex_quoted_path(lx, t, c == '{' ? '}' : '`');
    if (c == '"' || c == '\'')
        return lex_string(lx, t, c);
    return lex_symbol(lx, t);
}

int lexer_next(lexer *lx, token *t)
{
    *t = (token){.kind = TOKEN_END};
    t->start = t->end = skip_blanks(lx, lx->pos, lx->brackets > 0);
    if (t->start < lx->len) {
        int status = lex_token(lx, t);
        if (status)
            return status;
    }
    if (t->kind == TOKEN_SYMBOL) {
        bool open = token_is(lx, t, "(") || token_is(lx, t, "[");
        bool close = token_is(lx, t, ")") || token_is(lx, t, "]");
        lx->brackets += open - (close && lx->brackets > 0);
    }
    lx->pos = t->end;
    lx->after_operand = ends_operand(lx, t);
    return 0;
}
