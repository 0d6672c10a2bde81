/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fail-stop.  MPI can neither repair nor report the death of a rank, so a rank
 * that is left over must end by itself.  A thread looks ten times a second
 * whether the launcher is still our parent and when the job last moved.  It
 * touches no MPI and allocates nothing once it runs.
 */
#include "dist/comm.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "dist/comm_impl.h"

enum { TICK_MS = 100, GRACE_MS = 1000 };

struct watchdog {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    comm *c;
    pid_t parent;                   /* 0: not watched */
    int64_t stall_ns;               /* 0: never */
    int code;
};

/* Wait, but end at once when told to stop.  True: go on. */
static bool tick(watchdog *w, int ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += (long)ms % 1000 * 1000000;
    t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    pthread_mutex_lock(&w->lock);
    int rc = 0;
    while (!w->stop && rc == 0)
        rc = pthread_cond_timedwait(&w->wake, &w->lock, &t);
    bool go = !w->stop;
    pthread_mutex_unlock(&w->lock);
    return go;
}

/* The one place of the library that speaks and ends: nobody is left to return an error to. */
static void end_process(const watchdog *w, const char *why)
{
    char line[160];
    int n = snprintf(line, sizeof line, "sharr: rank %d: %s: this process ends itself\n",
                     w->c->rank, why);
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        n = 0;
    _exit(w->code);
}

static bool orphaned(const watchdog *w)
{
    return w->parent && getppid() != w->parent;
}

static bool stalled(const watchdog *w)
{
    return w->stall_ns &&
           comm_now() - atomic_load_explicit(&w->c->alive, memory_order_relaxed) > w->stall_ns;
}

static void *watch(void *arg)
{
    watchdog *w = arg;
    /* Belongs to the calling thread, and is sent to the process: SIGTERM gives a command line the
     * chance to remove its temporary file, within the grace below. */
    if (w->parent)
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    while (tick(w, TICK_MS)) {
        if (orphaned(w)) {
            if (!tick(w, GRACE_MS))
                break;
            end_process(w, "the launcher is gone");
        }
        if (stalled(w))
            end_process(w, "no progress of the other ranks within the stall timeout");
    }
    return NULL;
}

static int start_thread(watchdog *w)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, &attr);
    pthread_condattr_destroy(&attr);
    /* Signals are for the caller's thread. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&w->thread, NULL, watch, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc;
}

int comm_watchdog_start(comm *c, int stall_seconds, int code, sharr_error *err)
{
    /* One rank waits for nobody, and its parent may well be a shell that leaves it behind. */
    if (c->dog || c->size == 1)
        return 0;
    watchdog *w = calloc(1, sizeof *w);
    if (!w)
        return err_nomem(err, "the watchdog", sizeof *w);
    w->c = c;
    w->code = code;
    w->parent = c->launched ? getppid() : 0;
    w->stall_ns = (int64_t)stall_seconds * 1000000000;
    comm_alive(c);
    int rc = start_thread(w);
    if (rc) {
        free(w);
        return err_errno(err, rc, "cannot start the watchdog thread");
    }
    c->dog = w;
    return 0;
}

void comm_watchdog_stop(watchdog *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
    free(w);
}
