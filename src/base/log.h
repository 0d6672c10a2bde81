/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Messages for people.  Silent by default; the sink belongs to the caller
 * (the command line prints to stderr).  WARN and INFO are said once, by rank 0;
 * DEBUG by every rank.  Errors are returned, never logged.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_WARN = 0, LOG_INFO = 1, LOG_DEBUG = 2 };

typedef void log_sink(void *arg, int level, const char *line);

typedef struct logger {
    log_sink *sink;         /* NULL: drop everything */
    void *arg;
    int level;              /* highest level that is passed on */
    int rank;
} logger;

void log_msg(const logger *lg, int level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
