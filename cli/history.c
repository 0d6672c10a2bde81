/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The command line as one line of text, with the time and the version.
 */
#include "history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sharr.h"

/* As a shell would take it: bare when harmless, else in single quotes. */
static void put_quoted(FILE *f, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
    if (*word && strspn(word, plain) == strlen(word)) {
        fputs(word, f);
        return;
    }
    fputc('\'', f);
    for (; *word; word++)
        *word == '\'' ? (void)fputs("'\\''", f) : (void)fputc(*word, f);
    fputc('\'', f);
}

/* SOURCE_DATE_EPOCH makes outputs reproducible (reproducible-builds.org). */
static long long history_time(void)
{
    const char *s = getenv("SOURCE_DATE_EPOCH");
    char *end;
    errno = 0;
    long long v = s && *s ? strtoll(s, &end, 10) : 0;
    return s && *s && !*end && errno == 0 ? v : time(NULL);
}

void history_stamp(char out[32], long long seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    out[0] = 0;
    if (gmtime_r(&t, &tm))
        strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

char *history_line(int argc, char **argv)
{
    char *line = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&line, &size);
    if (!f)
        return NULL;
    char stamp[32];
    history_stamp(stamp, history_time());
    fprintf(f, "%s: sharr-eval", stamp);
    for (int i = 1; i < argc; i++) {
        fputc(' ', f);
        put_quoted(f, argv[i]);
    }
    fprintf(f, " (sharr %s)", sharr_version());
    if (fclose(f) != 0) {
        free(line);
        return NULL;
    }
    return line;
}
