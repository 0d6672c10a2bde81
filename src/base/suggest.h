/* SPDX-License-Identifier: BSD-3-Clause
 *
 * "Did you mean": the nearest of the candidates that are offered, if any is near
 * enough to be a slip (a third of the word's letters, at least one).  Case does not count.
 */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

typedef struct suggest {
    const char *word;       /* borrowed until the last offer */
    size_t len;
    int best;               /* distance of `text`, or the limit that is still to be met */
    char text[256];
} suggest;

void suggest_init(suggest *s, const char *word, size_t len);
void suggest_offer(suggest *s, const char *candidate);     /* ties: the first offered wins */
void suggest_take(suggest *s, const char *candidate);      /* it is what was meant; the first one stays */
const char *suggest_text(const suggest *s);                /* NULL: nothing near */

#endif
