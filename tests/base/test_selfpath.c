/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files beside this program, however it was called.
 */
#include "base/selfpath.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/tap_cunit.h"

static void test_itself(void)
{
    char exe[PATH_MAX], path[PATH_MAX];
    struct stat a, b;
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    CU_ASSERT_FATAL(n > 0);
    exe[n] = '\0';
    const char *name = strrchr(exe, '/') + 1;
    CU_ASSERT_FATAL(selfpath_beside(name, R_OK, path, sizeof path));
    CU_ASSERT(stat(path, &a) == 0 && stat(exe, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev);
    /* Exactly enough room, and one byte less. */
    size_t need = strlen(path) + 1;
    CU_ASSERT(selfpath_beside(name, R_OK, path, need));
    CU_ASSERT(!selfpath_beside(name, R_OK, path, need - 1));
}

static void test_missing(void)
{
    char path[PATH_MAX];
    CU_ASSERT(!selfpath_beside("there-is-no-such-file", R_OK, path, sizeof path));
    CU_ASSERT(!selfpath_beside("there-is-no-such-directory/file", R_OK, path, sizeof path));
}

static const tap_test tests[] = {
    {"the program itself", test_itself},
    {"what is not there", test_missing},
};
TAP_MAIN("selfpath", tests)
