/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Signal handlers.  They make async-signal-safe calls only; the file-scope state is what a handler
 * can reach.
 */
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Atomic(sharr_context *) watched;
static const char *_Atomic record;
static volatile sig_atomic_t caught, request;
enum { PATIENCE = 1 };              /* seconds */

static void on_stop(int sig)
{
    int saved = errno;
    sharr_context *ctx = watched;
    if (caught) {                   /* the default action ends the process when this handler returns */
        signal(sig, SIG_DFL);
        raise(sig);
    } else {
        caught = sig;
        if (ctx && !sharr_context_cancel(ctx))
            alarm(PATIENCE);
    }
    errno = saved;
}

static void put(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        errno = 0;                  /* the exit code says it as well */
}

static void put_record(int code)
{
    char text[] = "{\"state\": \"failed\", \"code\": 000, \"error\": \"interrupted\"}\n", *digit = strchr(text, '0');
    const char *path = record;
    int fd = path ? open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW) : -1;
    for (int k = 2; k >= 0; k--, code /= 10)
        digit[k] = (char)('0' + code % 10);
    if (fd >= 0) {
        put(fd, text);
        close(fd);
    }
}

/* It waits for a script, an input or a plan that does not come.  Nothing is there that must be removed. */
static void on_alarm(int sig)
{
    int saved = errno;
    sharr_context *ctx = watched;
    (void)sig;
    if (ctx && !sharr_context_cancel(ctx)) {
        if (sharr_context_rank(ctx) == 0) {
            put(STDERR_FILENO, "sharr-eval: interrupted\n");
            put_record(128 + caught);
        }
        _exit(128 + caught);
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
    signal(SIGALRM, on_alarm);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);       /* writing beyond ulimit -f is an error like a full disk, not the end */
}

void interrupt_record(const char *path)
{
    record = path;
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
