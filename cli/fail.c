/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One error = one line: what, where, why, what to try.
 */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static int set(sharr_error *err, int status, const char *fmt, va_list ap)
{
    *err = (sharr_error){.status = status, .rank = -1, .column = -1};
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    return status;
}

int fail_set(sharr_error *err, int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set(err, status, fmt, ap);
    va_end(ap);
    return status;
}

static int status_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT: case ENOTDIR: return SHARR_ENOINPUT;
    case EACCES: case EPERM: case EROFS: return SHARR_EPERM;
    case EEXIST: return SHARR_EEXIST;
    case ENOMEM: return SHARR_ERESOURCE;
    case EISDIR: return SHARR_EDATA;
    default: return SHARR_EIO;
    }
}

int fail_errno(sharr_error *err, int errnum, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set(err, status_of_errno(errnum), fmt, ap);
    va_end(ap);
    size_t n = strlen(err->text);
    snprintf(err->text + n, sizeof err->text - n, ": %s", strerror(errnum));
    return err->status;
}

void fail_put_clean(FILE *f, const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c == 0x7f)
            fprintf(f, "\\x%02x", c);
        else
            fputc(c, f);
    }
}

/* Line of the text (from 1) in which byte `at` lies. */
static int line_of(const char *text, size_t len, int at)
{
    int line = 1;
    for (size_t i = 0; i < len && i < (size_t)at; i++)
        line += text[i] == '\n';
    return line;
}

void fail_print(FILE *f, const sharr_error *err, const char *script, const char *text, size_t len)
{
    fputs("sharr-eval: ", f);
    if (err->column >= 0 && text && (script || memchr(text, '\n', len))) {
        int line = line_of(text, len, err->column);
        if (script && strcmp(script, "-") != 0) {
            fail_put_clean(f, script);
            fprintf(f, ":%d: ", line);
        } else {
            fprintf(f, "line %d: ", line);
        }
    }
    fail_put_clean(f, err->text);
    fputc('\n', f);
    if (err->column >= 0 && text) {
        char *caret = sharr_error_caret(text, (int64_t)len, err);
        if (caret && *caret && caret[strspn(caret, " \t")] != '\n')      /* nothing to point at in an empty line */
            fprintf(f, "%s\n", caret);
        sharr_free(caret);
    }
    if (err->status == SHARR_EUSAGE)
        fputs("Try 'sharr-eval --help'.\n", f);
    fflush(f);
}
