/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Characters of a text that may contain anything.
 */
#ifndef EXPR_UTF8_H
#define EXPR_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at s (n bytes are there), 0 if it is none: cut, overlong, a surrogate. */
size_t utf8_char(const char *s, size_t n, uint32_t *code);
/* May the character stand in a bare name, apart from ASCII?  Letters of the common scripts; signs
 * like a multiplication sign or a quote are none. */
bool utf8_is_letter(uint32_t code);

#endif
