/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How far an evaluation is, on standard error: a bar on a terminal, else now and then a plain line.  Only
 * rank 0 has one.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "sharr.h"

#include "options.h"

typedef struct progress {
    FILE *f;
    bool enabled, bar, colour;
    bool visible;           /* a bar is on the line now */
    double bar_after;       /* seconds without one */
    double last_seconds, last_fraction;
} progress;

void progress_init(progress *p, FILE *f, enum progress_mode mode, bool quiet);
void progress_update(progress *p, const sharr_progress *now);
/* One plain line whatever the mode (SIGUSR1). */
void progress_line(progress *p, const sharr_progress *now);
/* Take the bar off the terminal's line, before anything else is printed. */
void progress_clear(progress *p);

#endif
