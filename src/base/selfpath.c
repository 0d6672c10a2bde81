/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A library is asked for by an address in it; of a program the loader knows only what its caller named it, the
 * kernel knows the file.
 */
#include "base/selfpath.h"

#include <dlfcn.h>
#include <link.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The file this code was loaded from. */
static bool own_file(char *path, size_t cap)
{
    static const char here;
    struct link_map *map = NULL;
    Dl_info self;
    if (dladdr1(&here, &self, (void **)&map, RTLD_DL_LINKMAP) && map && map->l_name[0]) {
        const size_t n = strlen(map->l_name);
        if (n < cap)
            memcpy(path, map->l_name, n + 1);
        return n < cap;
    }
    const ssize_t n = readlink("/proc/self/exe", path, cap);
    if (n <= 0 || (size_t)n >= cap)
        return false;
    path[n] = '\0';
    return true;
}

bool selfpath_beside(const char *file, int wanted, char *path, size_t cap)
{
    char own[PATH_MAX];
    char *slash = own_file(own, sizeof own) ? strrchr(own, '/') : NULL;
    if (!slash)
        return false;
    *slash = '\0';
    const int n = snprintf(path, cap, "%s/%s", own, file);
    return n > 0 && (size_t)n < cap && access(path, wanted) == 0;
}
