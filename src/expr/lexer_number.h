/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shared by the lexer*.c files only.
 */
#ifndef EXPR_LEXER_NUMBER_H
#define EXPR_LEXER_NUMBER_H

#include "expr/lexer.h"

/* The number that begins at t->start. */
int lexer_number(lexer *lx, token *t);
size_t lexer_word_char(const lexer *lx, size_t i);

#endif
