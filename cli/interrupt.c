/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Signal handlers.  They only set flags and cancel, which is async-signal-safe; the file-scope
 * state is what a handler can reach.
 */
#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(sharr_context *) watched;
static volatile sig_atomic_t caught, request;

static void on_stop(int sig)
{
    int saved = errno;
    sharr_context *ctx = watched;
    if (caught) {                   /* the default action ends the process when this handler returns */
        signal(sig, SIG_DFL);
        raise(sig);
    } else {
        caught = sig;
        if (ctx)
            sharr_context_cancel(ctx);
    }
    errno = saved;
}

static void on_request(int sig)
{
    (void)sig;
    request = 1;
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction old, act;
    memset(&act, 0, sizeof act);
    act.sa_handler = handler;
    act.sa_flags = SA_RESTART;
    sigemptyset(&act.sa_mask);
    /* A signal that the caller ignores (nohup, background jobs of a shell) stays ignored. */
    if (sigaction(sig, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(sig, &act, NULL);
}

void interrupt_watch(sharr_context *ctx)
{
    watched = ctx;
    handle(SIGINT, on_stop);
    handle(SIGTERM, on_stop);
    handle(SIGHUP, on_stop);
    handle(SIGUSR1, on_request);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);       /* writing beyond ulimit -f is an error like a full disk, not the end */
}

void interrupt_forget(void)
{
    watched = NULL;
}

int interrupt_signal(void)
{
    return caught;
}

bool interrupt_take_request(void)
{
    bool asked = request;
    request = 0;
    return asked;
}

void interrupt_broken_pipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
    _Exit(128 + SIGPIPE);
}
