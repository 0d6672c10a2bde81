/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Signals: the first SIGINT, SIGTERM or SIGHUP asks the evaluation to stop, the second ends the process at
 * once.  Before an evaluation has begun, the first one ends the process within a second, whatever it waits for.
 * SIGUSR1 asks for a line of progress.  SIGPIPE is ignored while files are being written.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

#include "sharr.h"

/* `ctx` is cancelled by a signal from now on, until interrupt_forget. */
void interrupt_watch(sharr_context *ctx);
/* A file that says how it ended if the process has to end without main: a status file, written already. */
void interrupt_record(const char *path);
void interrupt_forget(void);
int interrupt_signal(void);         /* the signal that came, 0: none */
bool interrupt_take_request(void);  /* was a line of progress asked for since the last call? */
/* Die as a filter does whose reader is gone. */
void interrupt_broken_pipe(void) __attribute__((noreturn));

#endif
