/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Errors of the command line itself, in the same record as the library's, and how
 * every error is shown.
 */
#ifndef CLI_FAIL_H
#define CLI_FAIL_H

#include <stddef.h>
#include <stdio.h>

#include "sharr.h"

/* Both return the status. */
int fail_set(sharr_error *err, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* ": <strerror>" is appended; the status follows from errnum. */
int fail_errno(sharr_error *err, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "sharr-eval: <text>" and, for an error with a place, the line of the text with a caret.  `script`: name of
 * the file that the text is from, or NULL. */
void fail_print(FILE *f, const sharr_error *err, const char *script, const char *text, size_t len);
/* `s` with control characters shown as \xHH: names from files must not steer a terminal. */
void fail_put_clean(FILE *f, const char *s);

#endif
