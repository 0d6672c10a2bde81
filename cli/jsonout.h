/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Write JSON to a stream; commas and nesting are kept here.
 */
#ifndef CLI_JSONOUT_H
#define CLI_JSONOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSONOUT_MAX_DEPTH = 48 };

typedef struct jsonout {
    FILE *f;
    int depth;
    bool some[JSONOUT_MAX_DEPTH];   /* this level has a member already */
} jsonout;

/* `key` NULL: an element of an array, or the top.  A value that is no key's is written the same way. */
void jsonout_open(jsonout *j, const char *key, char bracket);   /* '{' or '[' */
void jsonout_close(jsonout *j, char bracket);                   /* '}' or ']' */
void jsonout_string(jsonout *j, const char *key, const char *s);    /* NULL: null; bad UTF-8: U+FFFD */
void jsonout_int(jsonout *j, const char *key, int64_t v);
void jsonout_real(jsonout *j, const char *key, double v);
void jsonout_bool(jsonout *j, const char *key, bool v);
void jsonout_null(jsonout *j, const char *key);
void jsonout_raw(jsonout *j, const char *key, const char *text);    /* text that is JSON already */

#endif
