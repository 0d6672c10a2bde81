/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fills the error record.  Works on a fixed buffer only, so that it can be
 * called when memory is out; errno is the same afterwards as before.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* snprintf may cut a UTF-8 character in two: drop the incomplete tail. */
static void trim_utf8(char *text)
{
    size_t n = strlen(text), start = n;
    if (n < SHARR_ERROR_TEXT - 1)
        return;
    while (start > 0 && n - start < 4 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (n - (start - 1) < want)
        text[start - 1] = '\0';
}

/* All but the text. */
static void reset(sharr_error *err, int status, int column, int length)
{
    err->status = status;
    err->rank = -1;
    err->column = column;
    err->length = length;
    err->kind = SHARR_KIND_VALUE;
    err->os_error = 0;
    err->file_at = err->file_length = 0;
}

static void fill(sharr_error *err, int status, int column, int length, const char *fmt, va_list ap)
{
    int saved = errno;
    reset(err, status, column, length);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    trim_utf8(err->text);
    errno = saved;
}

int err_set(sharr_error *err, int status, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        fill(err, status, -1, 0, fmt, ap);
        va_end(ap);
    }
    return status;
}

static int status_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT: return SHARR_ENOINPUT;
    case EACCES:
    case EPERM: return SHARR_EPERM;
    case EEXIST: return SHARR_EEXIST;
    case ENOMEM: return SHARR_ERESOURCE;
    default: return SHARR_EIO;
    }
}

int err_errno(sharr_error *err, int errnum, const char *fmt, ...)
{
    int status = status_of_errno(errnum);
    if (err) {
        int saved = errno;
        char why[128];
        va_list ap;
        va_start(ap, fmt);
        fill(err, status, -1, 0, fmt, ap);
        va_end(ap);
        size_t n = strlen(err->text);
        snprintf(err->text + n, sizeof err->text - n, ": %s", strerror_r(errnum, why, sizeof why));
        trim_utf8(err->text);
        err->os_error = errnum;
        errno = saved;
    }
    return status;
}

int err_at(sharr_error *err, int column, int length, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        fill(err, SHARR_EEXPR, column, length, fmt, ap);
        va_end(ap);
    }
    return SHARR_EEXPR;
}

/* The text has moved to the right; what has left it is gone. */
static void move_file(sharr_error *err, int by)
{
    if (err->file_length == 0)
        return;
    err->file_at += by;
    if (by < 0 || (size_t)err->file_at + (size_t)err->file_length > strlen(err->text))
        err->file_at = err->file_length = 0;
}

int err_prefix(sharr_error *err, const char *fmt, ...)
{
    if (!err)
        return SHARR_EINTERNAL;
    int saved = errno;
    char old[SHARR_ERROR_TEXT];
    va_list ap;
    memcpy(old, err->text, sizeof old);
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof err->text)
        snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", old);
    trim_utf8(err->text);
    move_file(err, n + 2);
    errno = saved;
    return err->status;
}

int err_kind(sharr_error *err, enum sharr_error_kind kind)
{
    if (!err)
        return SHARR_EINTERNAL;
    err->kind = (int)kind;
    return err->status;
}

int err_os(sharr_error *err, int errnum)
{
    if (!err)
        return SHARR_EINTERNAL;
    err->os_error = errnum;
    return err->status;
}

int err_file(sharr_error *err, const char *name)
{
    if (!err)
        return SHARR_EINTERNAL;
    const char *at = name[0] ? strstr(err->text, name) : NULL;
    err->file_at = at ? (int)(at - err->text) : 0;
    err->file_length = at ? (int)strlen(name) : 0;
    return err->status;
}

int err_nomem(sharr_error *err, const char *what, unsigned long long bytes)
{
    return err_set(err, SHARR_ERESOURCE, "out of memory: %llu bytes for %s could not be had", bytes,
                   what);
}

void err_clear(sharr_error *err)
{
    if (!err)
        return;
    reset(err, SHARR_OK, -1, 0);
    err->text[0] = '\0';
}
