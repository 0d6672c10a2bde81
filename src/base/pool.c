/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The thread pool: one mutex, one ring of tasks that grows.  Tasks are tens of
 * microseconds and more, so one lock is not felt.
 */
#include "base/pool.h"

#include <errno.h>
#include <immintrin.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fault.h"

enum { RING_MIN = 64, MXCSR_DEFAULT = 0x1f80 };

typedef struct task {
    pool_fn *fn;
    void *arg;
} task;

typedef struct worker {
    pthread_t thread;
    pool *pool;
    int index;
} worker;

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work;                /* a task was queued, or stop */
    pthread_cond_t idle;                /* nothing queued and nobody busy */
    task *ring;
    size_t capacity, head, count;       /* capacity: a power of two */
    int busy;
    bool stop;
    int workers;                        /* threads that were started */
    worker *threads;
};

/* Called with the lock held; releases it while the task runs. */
static void run_first(pool *p, int index)
{
    task t = p->ring[p->head];
    p->head = (p->head + 1) & (p->capacity - 1);
    p->count--;
    p->busy++;
    pthread_mutex_unlock(&p->lock);
    _mm_setcsr(MXCSR_DEFAULT);          /* whatever the task before has left */
    t.fn(t.arg, index);
    pthread_mutex_lock(&p->lock);
    p->busy--;
    if (p->count == 0 && p->busy == 0)
        pthread_cond_broadcast(&p->idle);
}

static void *worker_main(void *arg)
{
    worker *w = arg;
    pool *p = w->pool;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        if (p->count)
            run_first(p, w->index);
        else if (p->stop)
            break;
        else
            pthread_cond_wait(&p->work, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Threads inherit the mask of their creator: block everything around pthread_create. */
static int start_threads(pool *p, int workers)
{
    sigset_t all, old;
    int rc = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    for (int i = 0; i < workers && !rc; i++) {
        char name[16];
        p->threads[i] = (worker){.pool = p, .index = i};
        rc = fault_hit("pool_new") ? EAGAIN :
             pthread_create(&p->threads[i].thread, NULL, worker_main, &p->threads[i]);
        if (rc)
            break;
        p->workers++;
        snprintf(name, sizeof name, "sharr-%u", (unsigned)i % 10000);
        pthread_setname_np(p->threads[i].thread, name);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc;
}

pool *pool_new(int workers, sharr_error *err)
{
    pool *p = NULL;
    if (workers < 0) {
        err_set(err, SHARR_EINTERNAL, "a pool of %d workers", workers);
        return NULL;
    }
    p = calloc(1, sizeof *p);
    if (!p)
        goto nomem;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->idle, NULL);
    p->capacity = RING_MIN;
    p->ring = malloc(p->capacity * sizeof *p->ring);
    p->threads = calloc((size_t)workers + 1, sizeof *p->threads);
    if (!p->ring || !p->threads)
        goto nomem;
    if (workers && start_threads(p, workers)) {
        err_set(err, SHARR_ERESOURCE,
                "%d worker threads could not be started (%d were); use fewer with --threads",
                workers, p->workers);
        pool_free(p);
        return NULL;
    }
    return p;
nomem:
    err_nomem(err, "worker threads", sizeof *p + (size_t)workers * sizeof(worker));
    pool_free(p);
    return NULL;
}

void pool_free(pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->workers; i++)
        pthread_join(p->threads[i].thread, NULL);
    pthread_cond_destroy(&p->idle);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    free(p->threads);
    free(p->ring);
    free(p);
}

int pool_workers(const pool *p)
{
    return p->workers;
}

/* Twice the room, tasks in order from index 0. */
static bool grow(pool *p)
{
    task *ring = fault_hit("pool_grow") ? NULL : malloc(2 * p->capacity * sizeof *ring);
    if (!ring)
        return false;
    for (size_t i = 0; i < p->count; i++)
        ring[i] = p->ring[(p->head + i) & (p->capacity - 1)];
    free(p->ring);
    p->ring = ring;
    p->head = 0;
    p->capacity *= 2;
    return true;
}

/* The caller's modes of arithmetic are its own. */
static int run_here(pool_fn *fn, void *arg)
{
    unsigned before = _mm_getcsr();
    _mm_setcsr(MXCSR_DEFAULT);
    fn(arg, 0);
    _mm_setcsr(before);
    return true;
}

static int submit(pool *p, pool_fn *fn, void *arg, bool first)
{
    if (p->workers == 0)
        return run_here(fn, arg);
    pthread_mutex_lock(&p->lock);
    bool ok = p->count < p->capacity || grow(p);
    if (ok) {
        p->head = first ? (p->head - 1) & (p->capacity - 1) : p->head;
        p->ring[first ? p->head : (p->head + p->count) & (p->capacity - 1)] = (task){fn, arg};
        p->count++;
        pthread_cond_signal(&p->work);
    }
    pthread_mutex_unlock(&p->lock);
    return ok;
}

int pool_submit(pool *p, pool_fn *fn, void *arg)
{
    return submit(p, fn, arg, false);
}

int pool_submit_first(pool *p, pool_fn *fn, void *arg)
{
    return submit(p, fn, arg, true);
}

void pool_drain(pool *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->count || p->busy)
        pthread_cond_wait(&p->idle, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

/* ---- between uses ---------------------------------------------------------------------------- */

/* After fork() the threads are the parent's: what is left of them here is forgotten. */
static pool *off_the_shelf(poolshelf *s)
{
    pool *p = s->owner == getpid() ? s->idle : NULL;
    s->idle = NULL;
    return p;
}

pool *pool_take(poolshelf *s, int workers, sharr_error *err)
{
    pool *p = workers > 0 ? off_the_shelf(s) : NULL;
    if (p && p->workers == workers)
        return p;
    pool_free(p);
    return pool_new(workers, err);
}

void pool_put(poolshelf *s, pool *p)
{
    if (!p || p->workers == 0) {
        pool_free(p);
        return;
    }
    pool_drain(p);
    pool_free(off_the_shelf(s));
    *s = (poolshelf){ p, getpid() };
}

void poolshelf_clear(poolshelf *s)
{
    pool_free(off_the_shelf(s));
}
