/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Text to tokens.  A slash is a division after an operand and begins a path
 * elsewhere; only the tokens before it decide, never the files.
 */
#ifndef EXPR_LEXER_H
#define EXPR_LEXER_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum token_kind {
    TOKEN_END,
    TOKEN_BREAK,            /* ; or a newline outside of brackets */
    TOKEN_INT,              /* i */
    TOKEN_FLOAT,            /* f */
    TOKEN_IMAGINARY,        /* f */
    TOKEN_NAME,             /* bare; keywords too */
    TOKEN_PATH,             /* file, name, rooted */
    TOKEN_STRING,           /* name: without the quotes */
    TOKEN_SYMBOL
};

typedef struct token {
    enum token_kind kind;
    size_t start, end;      /* bytes of the text */
    __int128 i;
    double f;
    const char *file, *name;    /* in the lexer's arena, NUL-terminated */
    bool rooted;
} token;

typedef struct lexer {
    const char *text;
    size_t len, pos;
    int brackets;           /* open ( and [ : newlines in them are blanks */
    bool after_operand;
    arena *mem;
    locale_t c_locale;      /* numbers are read the same everywhere */
    sharr_error *err;
} lexer;

/* Text of any bytes: checks its length and encoding.  lexer_fini in any case. */
int lexer_init(lexer *lx, const char *text, size_t len, sharr_error *err);
void lexer_fini(lexer *lx);
int lexer_next(lexer *lx, token *t);
/* Is a single = the next thing after the token just read?  (name = value) */
bool lexer_before_assign(const lexer *lx);
bool token_is(const lexer *lx, const token *t, const char *text);   /* symbol or bare name */

#endif
