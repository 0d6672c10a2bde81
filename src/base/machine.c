/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory and cores that this process may use: the machine's, its affinity mask,
 * and control groups of version 1 and 2.  A file that is missing or odd means "no
 * limit": being wrong here costs speed, not results.
 */
#include "base/machine.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/config.h"

enum { PATH_BYTES = 4096 };
enum { MEMORY = 1, CORES = 2 };         /* what is asked for: the files of the other are not opened */

/* One line of a file without its newline; 0 if there is none. */
static int read_line(const char *path, char *line, int cap)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    int ok = fgets(line, cap, f) != NULL;
    fclose(f);
    if (ok)
        line[strcspn(line, "\n")] = '\0';
    return ok;
}

static int64_t read_number(const char *dir, const char *file)
{
    char path[PATH_BYTES], line[64], *end;
    if (snprintf(path, sizeof path, "%s/%s", dir, file) >= (int)sizeof path ||
        !read_line(path, line, sizeof line))
        return INT64_MAX;
    long long v = strtoll(line, &end, 10);
    return end == line || v < 0 ? INT64_MAX : v;
}

static void limit_cores(machine_limits *m, int64_t quota, int64_t period)
{
    if (quota <= 0 || period <= 0 || quota == INT64_MAX || period == INT64_MAX)
        return;
    int64_t cores = max_i64(1, ceil_div(quota, period));
    m->cores = (int)min_i64(m->cores, cores);
}

static void read_v2(const char *dir, int want, machine_limits *m)
{
    char path[PATH_BYTES], line[64];
    long long quota, period;
    if (want & MEMORY)
        m->memory = min_i64(m->memory, read_number(dir, "memory.max"));
    if ((want & CORES) && snprintf(path, sizeof path, "%s/cpu.max", dir) < (int)sizeof path &&
        read_line(path, line, sizeof line) && sscanf(line, "%lld %lld", &quota, &period) == 2)
        limit_cores(m, quota, period);
}

static void read_v1(const char *dir, int want, machine_limits *m)
{
    if (want & MEMORY)
        m->memory = min_i64(m->memory, read_number(dir, "memory.limit_in_bytes"));
    if (want & CORES)
        limit_cores(m, read_number(dir, "cpu.cfs_quota_us"), read_number(dir, "cpu.cfs_period_us"));
}

typedef struct hierarchy {
    const char *root, *mount, *group;
    int want;
    void (*read_dir)(const char *dir, int want, machine_limits *m);
} hierarchy;

/* Every directory from <mount><group> up to <mount>.  Inside a container the group's path may not
 * exist below the mount; its ancestors still end at the mount itself. */
static void walk_up(const hierarchy *h, machine_limits *m)
{
    char dir[PATH_BYTES];
    if (snprintf(dir, sizeof dir, "%s%s%s", h->root, h->mount, h->group) >= (int)sizeof dir)
        return;
    size_t base = strlen(h->root) + strlen(h->mount);
    for (;;) {
        h->read_dir(dir, h->want, m);
        char *slash = strrchr(dir + base, '/');
        if (!slash)
            return;
        *slash = '\0';
    }
}

/* A line is "<id>:<controllers>:<group>"; version 2 has id 0 and no controllers. */
static void read_entry(const char *root, char *line, int want, machine_limits *m)
{
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    *group++ = '\0';
    *controllers++ = '\0';
    if (controllers[0] == '\0') {
        walk_up(&(hierarchy){root, "/sys/fs/cgroup", group, want, read_v2}, m);
        walk_up(&(hierarchy){root, "/sys/fs/cgroup/unified", group, want, read_v2}, m);
        return;
    }
    for (char *save = NULL, *c = strtok_r(controllers, ",", &save); c; c = strtok_r(NULL, ",", &save)) {
        if ((want & MEMORY) && strcmp(c, "memory") == 0)
            walk_up(&(hierarchy){root, "/sys/fs/cgroup/memory", group, MEMORY, read_v1}, m);
        else if ((want & CORES) && strcmp(c, "cpu") == 0)
            walk_up(&(hierarchy){root, "/sys/fs/cgroup/cpu", group, CORES, read_v1}, m);
    }
}

static machine_limits read_limits(const char *root, int want)
{
    machine_limits m = {.memory = INT64_MAX, .cores = INT_MAX};
    char line[PATH_BYTES];
    if (snprintf(line, sizeof line, "%s/proc/self/cgroup", root) >= (int)sizeof line)
        return m;
    FILE *f = fopen(line, "re");
    if (!f)
        return m;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        read_entry(root, line, want, &m);
    }
    fclose(f);
    return m;
}

machine_limits machine_cgroup(const char *root)
{
    return read_limits(root, MEMORY | CORES);
}

int64_t machine_memory(void)
{
    int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE), ram;
    if (pages <= 0 || page <= 0 || !mul_i64(pages, page, &ram))
        ram = (int64_t)1 << 30;
    return min_i64(ram, read_limits("", MEMORY).memory);
}

/* The mask may be larger than cpu_set_t on big machines: grow until the kernel is content. */
static int affinity_cores(void)
{
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 4) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        size_t size = CPU_ALLOC_SIZE(cpus);
        int n = set && sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (n > 0)
            return n;
    }
    return 1;
}

int machine_cores(void)
{
    int cores = affinity_cores();
    int quota = read_limits("", CORES).cores;
    return cores < quota ? cores : quota;
}
