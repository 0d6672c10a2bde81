/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Write JSON into a strbuf.  Writing only; sharr never parses JSON in C.
 * Commas and nesting are kept by the writer.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

typedef struct json {
    strbuf *out;
    int depth;
    bool first[64];
    bool after_key;
} json;

void json_init(json *j, strbuf *out);
void json_open(json *j, char bracket);             /* '{' or '[' */
void json_close(json *j, char bracket);            /* '}' or ']' */
void json_key(json *j, const char *key);
void json_str(json *j, const char *s);             /* escapes; invalid UTF-8 becomes U+FFFD */
void json_int(json *j, int64_t v);
void json_real(json *j, double v);                 /* shortest round-trip; NaN and inf as strings */
void json_bool(json *j, bool v);
void json_null(json *j);

#endif
