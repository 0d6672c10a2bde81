/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Who may say what.
 */
#include "base/log.h"

#include <errno.h>
#include <string.h>

#include "support/tap_cunit.h"

typedef struct seen {
    int n, level;
    char line[8192];
} seen;

static void collect(void *arg, int level, const char *line)
{
    seen *s = arg;
    s->n++;
    s->level = level;
    strcpy(s->line, line);
    errno = EBADF;
}

/* Said if level <= the logger's, and below DEBUG only by rank 0. */
static void table_of_levels_and_ranks(void)
{
    for (int max = LOG_WARN; max <= LOG_DEBUG; max++)
        for (int level = LOG_WARN; level <= LOG_DEBUG; level++)
            for (int rank = 0; rank < 3; rank++) {
                seen s = {0};
                logger lg = {collect, &s, max, rank};
                int expect = level <= max && (rank == 0 || level == LOG_DEBUG);
                errno = EDOM;
                log_msg(&lg, level, "%d of %s", 3, "four");
                TAP_CHECK(s.n == expect, "max %d level %d rank %d", max, level, rank);
                CU_ASSERT_EQUAL(errno, EDOM);
                if (expect) {
                    CU_ASSERT_EQUAL(s.level, level);
                    CU_ASSERT_STRING_EQUAL(s.line, "3 of four");
                }
            }
}

static void silence(void)
{
    logger lg = {.level = LOG_DEBUG};
    log_msg(&lg, LOG_WARN, "dropped");
    log_msg(NULL, LOG_WARN, "dropped");
}

static void long_line_is_cut(void)
{
    seen s = {0};
    logger lg = {collect, &s, LOG_WARN, 0};
    log_msg(&lg, LOG_WARN, "%06000d", 1);
    CU_ASSERT_EQUAL(s.n, 1);
    CU_ASSERT_EQUAL(strlen(s.line), 4095);
}

static const tap_test tests[] = {
    {"levels and ranks", table_of_levels_and_ranks},
    {"without a sink all is silent", silence},
    {"a long line is cut", long_line_is_cut},
};
TAP_MAIN("log", tests)
