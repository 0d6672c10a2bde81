/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Asks Linux about the page cache: cachestat (6.5 and later), else mincore on samples.
 */
#include "store/pagecache.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/config.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

enum { SMALL = 64 << 20, SAMPLES = 256, SAMPLE_PAGES = 16 };

/* Its own structs: headers of older systems lack them. */
static double share_by_cachestat(int fd, int64_t size)
{
    struct { uint64_t off, len; } range = {0, 0};  /* 0: to the end */
    struct { uint64_t cache, dirty, writeback, evicted, recently_evicted; } stat = {0};
    if (syscall(SYS_cachestat, fd, &range, &stat, 0) != 0)
        return -1;
    return (double)stat.cache * (double)sysconf(_SC_PAGESIZE) / (double)size;
}

static double share_by_mincore(int fd, int64_t size)
{
    int64_t page = sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page, seen = 0, cached = 0;
    unsigned char in[SAMPLE_PAGES];
    char *map = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return -1;
    for (int64_t s = 0; s < SAMPLES; s++) {
        int64_t first = pages / SAMPLES * s, n = pages - first < SAMPLE_PAGES ? pages - first : SAMPLE_PAGES;
        if (mincore(map + first * page, (size_t)(n * page), in) != 0)
            continue;
        for (int64_t i = 0; i < n; i++)
            cached += in[i] & 1;
        seen += n;
    }
    munmap(map, (size_t)size);
    return seen > 0 ? (double)cached / (double)seen : -1;
}

double pagecache_share(int fd, int64_t size)
{
    double share = size > 0 ? share_by_cachestat(fd, size) : 1;
    if (share < 0)
        share = share_by_mincore(fd, size);
    return share < 0 || share > 1 ? 1 : share;
}

/* What this process could still use without swapping, below its cgroup's limit. */
static int64_t free_memory(void)
{
    long long kib = -1;
    char line[128];
    int64_t most = machine_memory();
    FILE *f = fopen("/proc/meminfo", "re");
    if (!f)
        return most;
    while (fgets(line, sizeof line, f) && sscanf(line, "MemAvailable: %lld kB", &kib) != 1)
        ;
    fclose(f);
    return kib >= 0 && kib * 1024 < most ? kib * 1024 : most;
}

enum infile_mode pagecache_mode(int fd, int64_t size)
{
    if (size < SMALL)
        return INFILE_BUFFERED;
    int64_t avail = free_memory();
    if (size <= avail / 4)
        return INFILE_BUFFERED;
    if (pagecache_share(fd, size) < 0.25)
        return INFILE_DIRECT;
    return size > avail / 4 * 3 ? INFILE_DROP : INFILE_BUFFERED;
}
