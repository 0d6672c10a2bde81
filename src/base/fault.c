/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Failure points, for tests.  State of the process, not of a context: the point
 * is to reach code that has no context at hand.  Empty without --enable-fault.
 */
#include "base/fault.h"

#ifdef ENABLE_FAULT

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct plan {
    char name[64];          /* "" = nothing fails, "*" = any point */
    long nth;
    int sticky;             /* fail from the n-th on, not once */
} plan;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int from_env;        /* the environment has been read */
static plan armed;
static long passages, matches;
static int this_rank, only_rank = -1;

static int parse(const char *spec, plan *p)
{
    char *end;
    const char *colon = strrchr(spec, ':');
    if (!colon || colon == spec || (size_t)(colon - spec) >= sizeof p->name)
        return 0;
    long n = strtol(colon + 1, &end, 10);
    if (end == colon + 1 || n < 1 || (strcmp(end, "") != 0 && strcmp(end, "+") != 0))
        return 0;
    *p = (plan){.nth = n, .sticky = *end == '+'};
    memcpy(p->name, spec, (size_t)(colon - spec));
    return 1;
}

/* A specification that cannot be read would test nothing and look like success. */
static void read_env(void)
{
    const char *spec = getenv("SHARR_FAULT"), *rank = getenv("SHARR_FAULT_RANK");
    from_env = 1;
    if (spec && !parse(spec, &armed))
        armed = (plan){.name = "*", .nth = 1, .sticky = 1};
    if (rank)
        only_rank = atoi(rank);
}

/* Without an allocation: the point may be one. */
static void write_log(const char *name)
{
    char line[96];
    const char *path = getenv("SHARR_FAULT_LOG");
    int n = snprintf(line, sizeof line, "%d %s\n", this_rank, name);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (fd < 0)
        return;
    if (n < 0 || write(fd, line, (size_t)n) != n)
        abort();                        /* a test would believe that nothing failed */
    close(fd);
}

int fault_hit(const char *name)
{
    int hit = 0;
    pthread_mutex_lock(&lock);
    if (!from_env)
        read_env();
    passages++;
    if (strcmp(armed.name, "*") == 0 || strcmp(armed.name, name) == 0) {
        matches++;
        hit = (only_rank < 0 || only_rank == this_rank) &&
              (matches == armed.nth || (armed.sticky && matches > armed.nth));
    }
    if (hit || !armed.name[0])
        write_log(name);
    pthread_mutex_unlock(&lock);
    return hit;
}

void fault_set_rank(int rank)
{
    pthread_mutex_lock(&lock);
    this_rank = rank;
    pthread_mutex_unlock(&lock);
}

long fault_passages(void)
{
    pthread_mutex_lock(&lock);
    long n = passages;
    pthread_mutex_unlock(&lock);
    return n;
}

int fault_arm(const char *spec)
{
    plan p = {.name = ""};
    if (spec && !parse(spec, &p))
        return 0;
    pthread_mutex_lock(&lock);
    from_env = 1;
    armed = p;
    passages = matches = 0;
    pthread_mutex_unlock(&lock);
    return 1;
}

#endif
