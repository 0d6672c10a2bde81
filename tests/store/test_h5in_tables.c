/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The files that PyTables' own tests come with (Debian: python-tables-data), two decades of formats: every number that
 * h5py reads is read, everything else refused with a sentence, and every file can be walked.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/h5in.h"
#include "store/h5in_manifest.h"
#include "store/h5in_read.h"
#include "support/tap_cunit.h"

static int count_item(void *arg, const h5item *it)
{
    TAP_CHECK(it->path && it->type && it->filters && it->dims, "%s", it->path ? it->path : "no path");
    ++*(int *)arg;
    return 0;
}

static void every_file_is_walked(void)
{
    const char *folder = getenv("PYTABLES_DATA");
    char pattern[1024];
    glob_t g;
    snprintf(pattern, sizeof pattern, "%s/tests/*.h5", folder ? folder : "/usr/share/python-tables");
    CU_ASSERT_EQUAL_FATAL(glob(pattern, 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        h5in *f = NULL;
        int n = 0;
        sharr_error e = {0};
        int rc = h5in_open(g.gl_pathv[i], &f, &e);
        if (!rc)
            rc = h5in_walk(f, count_item, &n, &e);
        TAP_CHECK(rc == 0 && n > 0, "%s: %s", g.gl_pathv[i], e.text);
        h5in_close(f);
    }
    globfree(&g);
}

static const tap_test tests[] = {
    {"every file is walked", every_file_is_walked},
    {"numbers are those of h5py", manifest_check_values},
    {"what is no number, or needs a filter, is refused", manifest_check_refusals},
};

static int run(void)
{
    if (!manifest_load(1)) {
        printf("1..0 # SKIP no files of PyTables (python-tables-data)\n");
        return 0;
    }
    int rc = tap_run("h5in_tables", tests, TAP_COUNT(tests));
    manifest_free();
    return rc;
}

int main(void)
{
    return run_in_fixtures("make_h5tables.py", run);
}
