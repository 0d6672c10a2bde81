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

static void fill(sharr_error *err, int status, int column, int length, const char *fmt, va_list ap)
{
    int saved = errno;
    err->status = status;
    err->rank = -1;
    err->column = column;
    err->length = length;
    err->kind = SHARR_KIND_VALUE;
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

int err_nomem(sharr_error *err, const char *what, unsigned long long bytes)
{
    return err_set(err, SHARR_ERESOURCE, "out of memory: %llu bytes for %s could not be had", bytes,
                   what);
}

void err_clear(sharr_error *err)
{
    if (!err)
        return;
    err->status = SHARR_OK;
    err->rank = -1;
    err->column = -1;
    err->length = 0;
    err->kind = SHARR_KIND_VALUE;
    err->text[0] = '\0';
}
