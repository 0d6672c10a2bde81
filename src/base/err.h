/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fill a sharr_error.  The message is written where the cause is known;
 * callers may only put a place in front of it.  No allocation, errno kept.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "sharr/error.h"

/* Set status and text; `err` may be NULL.  Returns `status`, so that
 * `return err_set(err, SHARR_EDATA, "...")` is one line. */
int err_set(sharr_error *err, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, with ": <strerror(errnum)>" appended and errnum noted; the status is chosen from
 * errnum: ENOENT 66, EACCES/EPERM 77, EEXIST 73, ENOMEM 69, everything else 74. */
int err_errno(sharr_error *err, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set with SHARR_EEXPR and the place in the text. */
int err_at(sharr_error *err, int column, int length, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Put "<prefix>: " in front of the text that is there. Returns err->status. */
int err_prefix(sharr_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Say of what kind the error is that is there. Returns err->status. */
int err_kind(sharr_error *err, enum sharr_error_kind kind);

/* Note which errno the error that is there stands for. Returns err->status. */
int err_os(sharr_error *err, int errnum);

/* Note which file the error that is there is about: where `name` stands in the text, if it does. Returns err->status. */
int err_file(sharr_error *err, const char *name);

/* Out of host memory while asking for `bytes` for `what`: SHARR_ERESOURCE. */
int err_nomem(sharr_error *err, const char *what, unsigned long long bytes);

/* Reset to "no error". */
void err_clear(sharr_error *err);

#endif
