/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading a file while the n-th failure point fails, for every n, once and for good: an error with its words, or the
 * right values; no leak (with a sanitizer), no crash.  Needs --enable-fault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/h5in.h"
#include "store/h5in_read.h"
#include "support/tap_cunit.h"

enum { RIGHT = 0, REFUSED = 20, WRONG = 21, MUTE = 22, CHILDREN = 60 };

static int ignore_item(void *arg, const h5item *it)
{
    (void)arg;
    (void)it;
    return 0;
}

static int read_all(const char *name, void *got, sharr_error *err)
{
    h5in *f = NULL;
    h5dset *d = NULL;
    bool found;
    char path[128];
    snprintf(path, sizeof path, "%s.h5", name);
    int rc = h5in_open(path, &f, err);
    rc = rc ? rc : h5in_walk(f, ignore_item, NULL, err);
    rc = rc ? rc : h5in_dataset(f, "/x", &d, &found, err);
    rc = rc ? rc : read_whole_library(d, got, NULL, err);
    if (!rc && h5dset_source(d)->path == SOURCE_DIRECT)
        rc = read_whole_direct(d, got, NULL, err);
    h5dset_close(d);
    h5in_close(f);
    return rc;
}

/* In the child: one reading under the plan in SHARR_FAULT. */
static int read_once(const char *name)
{
    unsigned char want[24 * 20 * 4], got[sizeof want];
    char path[128];
    sharr_error e = {0};
    snprintf(path, sizeof path, "%s.bin", name);
    FILE *f = fopen(path, "rb");
    if (!f || fread(want, 1, sizeof want, f) != sizeof want)
        return 1;
    fclose(f);
    int rc = read_all(name, got, &e);
    if (rc)
        return e.status == rc && e.text[0] && !strchr(e.text, '\n') ? REFUSED : MUTE;
    return memcmp(want, got, sizeof want) == 0 ? RIGHT : WRONG;
}

static char self[4096];

#ifdef ENABLE_FAULT
static int run_child(const char *name, const char *plan)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        setenv("SHARR_FAULT", plan, 1);
        execl(self, "test_h5in_fault", "--read", name, (char *)NULL);
        _exit(9);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* How many points a reading without failures passes. */
static int count_passages(const char *name)
{
    unsigned char got[24 * 20 * 4];
    sharr_error e = {0};
    long before = fault_passages();
    TAP_CHECK(read_all(name, got, &e) == 0, "%s", e.text);
    return (int)(fault_passages() - before);
}

static void for_each_passage(const char *name, const char *mark)
{
    int refused = 0, total = count_passages(name);
    for (int n = 1; n <= total; n += 1 + total / CHILDREN) {
        char plan[32];
        snprintf(plan, sizeof plan, "*:%d%s", n, mark);
        int end = run_child(name, plan);
        refused += end == REFUSED;
        if (!TAP_CHECK(end == RIGHT || end == REFUSED, "%s, %s: the child ended with %d", name, plan, end))
            return;
        /* Once: the walk passes over an object that cannot be read.  For good: nothing can be right. */
        TAP_CHECK(!*mark || end == REFUSED, "%s, %s: not reported", name, plan);
    }
    TAP_CHECK(refused > 2, "%s: only %d failures", name, refused);
    tap_diag("%s%s: %d passages, %d refused", name, mark, total, refused);
}
#endif

static void every_failure_is_reported(void)
{
#ifdef ENABLE_FAULT
    for_each_passage("zstd-latest", "+");
    for_each_passage("gzip-earliest", "+");
    for_each_passage("sum-latest", "");
#else
    tap_skip("configured without --enable-fault");
#endif
}

static const tap_test tests[] = {
    {"every failure on the way is reported", every_failure_is_reported},
};

static int run(void)
{
    return tap_run("h5in_fault", tests, TAP_COUNT(tests));
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--read") == 0)
        return read_once(argv[2]);
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return 1;
    return run_in_fixtures("make_h5damage.py", run);
}
