/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The walk over a file's objects: order, links, cycles, names of dimensions, depth.
 */
#include <stdio.h>
#include <string.h>

#include "store/h5in.h"
#include "store/h5in_read.h"
#include "support/tap_cunit.h"

typedef struct seen { strbuf text; int stop_at, n; } seen;

static int note_item(void *arg, const h5item *it)
{
    seen *s = arg;
    strbuf_printf(&s->text, "%s%s|%s|%s", it->path, it->group ? "/" : "", it->type, it->filters);
    for (int i = 0; i < it->ndim; i++)
        strbuf_printf(&s->text, "%c%lld", i ? ',' : '|', (long long)it->shape[i]);
    strbuf_printf(&s->text, "|%s%s%s|%s\n", it->numeric ? "n" : "", it->chunked ? "c" : "", it->hidden ? "h" : "", it->dims);
    return ++s->n == s->stop_at;
}

static void check_walk(const char *file, int stop_at, const char *want)
{
    h5in *f = NULL;
    seen s = {.stop_at = stop_at};
    sharr_error e = {0};
    CU_ASSERT_EQUAL_FATAL(h5in_open(file, &f, &e), 0);
    TAP_CHECK(h5in_walk(f, note_item, &s, &e) == 0, "%s", e.text);
    TAP_CHECK(strcmp(strbuf_text(&s.text), want) == 0, "walk of %s:\n%s", file, strbuf_text(&s.text));
    strbuf_fini(&s.text);
    h5in_close(f);
}

static void walk_lists_everything_once(void)
{
    check_walk("links.h5", 0,
               "//||||\n"
               "/a/||||\n"
               "/a/x|int32||3|n|\n"
               "/dead|link to /a/y, which does not exist|||\n"
               "/gone|link to sub/missing.h5:/deep/x|||\n"
               "/loop/||||\n"
               "/notes|link to manifest:/x|||\n"
               "/out|link to sub/target.h5:/deep/x|||\n"
               "/outgroup|link to sub/target.h5:/deep|||\n"
               "/soft|int32||3|n|\n"
               "/softgroup/||||\n"
               "/wrong|link to sub/target.h5:/deep/y|||\n");
    check_walk("sub/target.h5", 0,
               "//||||\n"
               "/deep/||||\n"
               "/deep/x|float32, big-endian|deflate 1|12,10|nc|\n");
    check_walk("links.h5", 3, "//||||\n/a/||||\n/a/x|int32||3|n|\n");
}

static void netcdf_dimensions_are_named(void)
{
    check_walk("netcdf.nc", 0,
               "//||||\n"
               "/half|int16||4,7|n|time, ?\n"
               "/lat|float64||3|n|lat\n"
               "/lon|float64||5|nh|lon\n"
               "/t2m|float32|shuffle, deflate 1|4,3,5|nc|time, lat, lon\n"
               "/text|strings of 2 bytes||1||\n"
               "/time|float64||4|n|time\n");
}

static void cycles_end(void)
{
    check_walk("cycles.h5", 0,
               "//||||\n"
               "/again/||||\n"
               "/again/root/||||\n"
               "/again/same|int8||n|\n"
               "/again/self/||||\n"
               "/g/||||\n"
               "/gr\303\266\303\237e|float64||3|n|\n"
               "/x|int8||n|\n");
}

static int last_path(void *arg, const h5item *it)
{
    snprintf(arg, 2048, "%s", it->path);
    return 0;
}

static void depth_is_no_limit(void)
{
    h5in *f = NULL;
    char last[2048] = "";
    sharr_error e = {0};
    CU_ASSERT_EQUAL_FATAL(h5in_open("deep.h5", &f, &e), 0);
    TAP_CHECK(h5in_walk(f, last_path, last, &e) == 0, "%s", e.text);
    CU_ASSERT(strlen(last) == 602 && strcmp(last + 598, "/d/x") == 0);
    h5in_close(f);
}

static const tap_test tests[] = {
    {"every object is listed once, in order, links as links", walk_lists_everything_once},
    {"netCDF's dimensions are named, placeholders marked", netcdf_dimensions_are_named},
    {"groups that contain themselves are entered once", cycles_end},
    {"nesting is no limit", depth_is_no_limit},
};

static int run(void)
{
    return tap_run("h5in_walk", tests, TAP_COUNT(tests));
}

int main(void)
{
    return run_in_fixtures("make_h5walk.py", run);
}
