/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The status file: a small JSON object that always is complete, because it is replaced by
 * rename.  Launchers lose exit codes; this and the output's final name tell how a run ended.
 */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <stdbool.h>

#include "sharr.h"

typedef struct status_file {
    const char *path;       /* NULL: none is wanted, every function does nothing */
    const char *output;     /* name of the output file, or NULL */
    int ranks;
    long long started;      /* seconds since 1970 */
    double last;            /* seconds of the evaluation at the last update */
    sharr_progress now;
} status_file;

/* Write the first state, "running".  Failure is an error of the run: nobody could see how it ends. */
int status_begin(status_file *s, sharr_error *err);
/* At most once a second; failures are left to status_end. */
void status_update(status_file *s, sharr_context *ctx, const sharr_progress *now);
/* "complete" (code 0) or "failed", with the code and the error's text.  Works without status_begin. */
int status_end(status_file *s, sharr_context *ctx, int code, const char *text, sharr_error *err);

#endif
