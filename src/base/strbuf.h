/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A growing text.  A failed allocation is remembered (`failed`), never fatal:
 * check once at the end.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stddef.h>

typedef struct strbuf {
    char *text;             /* always NUL-terminated once anything was added, else NULL */
    size_t len, cap;
    int failed;
} strbuf;

void strbuf_fini(strbuf *sb);                      /* {0} initialises */
void strbuf_clear(strbuf *sb);                     /* keeps the memory */
void strbuf_add(strbuf *sb, const char *s);
void strbuf_addn(strbuf *sb, const char *s, size_t n);
void strbuf_printf(strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *strbuf_text(const strbuf *sb);         /* "" when empty */
char *strbuf_take(strbuf *sb);                     /* caller frees; NULL if it failed */

#endif
