/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Chooses who speaks and formats one line; printing is the sink's business.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum { LINE_MAX_BYTES = 4096 };

void log_msg(const logger *lg, int level, const char *fmt, ...)
{
    if (!lg || !lg->sink || level > lg->level || (level < LOG_DEBUG && lg->rank != 0))
        return;
    int saved = errno;
    char line[LINE_MAX_BYTES];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    lg->sink(lg->arg, level, line);
    errno = saved;
}
