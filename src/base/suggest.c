/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Optimal string alignment distance: insert, delete, replace, swap of neighbours
 * (Damerau 1964, in the form of Wagner and Fischer's table with three rows).
 */
#include "base/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 128 };    /* longer words are not compared */

void suggest_init(suggest *s, const char *word, size_t len)
{
    s->word = word;
    s->len = len;
    s->best = (int)(len / 3 > 1 ? len / 3 : 1) + 1;
    s->text[0] = '\0';
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

static int distance(const char *a, int na, const char *b, int nb)
{
    int rows[3][WORD_MAX + 1];
    int *before = rows[0], *above = rows[1], *row = rows[2];
    for (int j = 0; j <= nb; j++)
        above[j] = j;
    for (int i = 1; i <= na; i++) {
        row[0] = i;
        for (int j = 1; j <= nb; j++) {
            int cost = same(a[i - 1], b[j - 1]) ? 0 : 1;
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
                before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        int *t = before;
        before = above;
        above = row;
        row = t;
    }
    return above[nb];
}

void suggest_offer(suggest *s, const char *candidate)
{
    size_t n = strlen(candidate);
    size_t gap = n > s->len ? n - s->len : s->len - n;
    if (n == 0 || n > WORD_MAX || s->len > WORD_MAX || gap >= (size_t)s->best)
        return;
    int d = distance(s->word, (int)s->len, candidate, (int)n);
    if (d >= s->best)
        return;
    s->best = d;
    memcpy(s->text, candidate, n + 1);
}

void suggest_take(suggest *s, const char *candidate)
{
    if (s->best == 0 || strlen(candidate) >= sizeof s->text)
        return;
    s->best = 0;
    strcpy(s->text, candidate);
}

const char *suggest_text(const suggest *s)
{
    return s->text[0] ? s->text : NULL;
}
