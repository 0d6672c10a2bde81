/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inputs of every kind, made by h5py (make_h5in.py), against the values that h5py has for them; refusals
 * with their status and words.
 */
#include "store/h5in.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/h5in_read.h"
#include "support/tap_cunit.h"

enum { FIELDS = 7 };

typedef struct row { char text[2048]; char *field[FIELDS]; } row;

static int nrows;
static row *rows;

/* ---- the manifest -------------------------------------------------------------------------------- */

static void split(row *r)
{
    char *p = r->text;
    p[strcspn(p, "\n")] = '\0';
    for (int i = 0; i < FIELDS; i++) {
        r->field[i] = p;
        p += strcspn(p, "\t");
        if (*p)
            *p++ = '\0';
    }
}

static bool load_manifest(void)
{
    FILE *f = fopen("manifest", "r");
    row r;
    while (f && fgets(r.text, sizeof r.text, f)) {
        rows = realloc(rows, (size_t)(nrows + 1) * sizeof *rows);
        memcpy(rows[nrows++].text, r.text, sizeof r.text);
    }
    for (int i = 0; i < nrows; i++)
        split(&rows[i]);
    if (f)
        fclose(f);
    return nrows > 300;
}

static void *load_values(const char *name, size_t bytes)
{
    char *p = malloc(bytes + 1);
    FILE *f = fopen(name, "rb");
    size_t n = f ? fread(p, 1, bytes + 1, f) : 0;
    TAP_CHECK(f && n == bytes, "%s has not %zu bytes", name, bytes);
    if (f)
        fclose(f);
    return p;
}

/* ---- values -------------------------------------------------------------------------------------- */

static bool same_shape(const source *s, const char *text)
{
    char got[512] = "-";
    size_t n = 0;
    for (int i = 0; i < s->ndim; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%lld", i ? "," : "", (long long)s->shape[i]);
    return strcmp(got, text) == 0;
}

/* NaN is equal to NaN here, whatever its payload: HDF5 and NumPy differ on those of float16. */
static bool equal_values(dtype t, const void *a, const void *b, size_t bytes)
{
    if (memcmp(a, b, bytes) == 0)
        return true;
    if (t != SHARR_FLOAT32 && t != SHARR_COMPLEX64)
        return false;
    const float *x = a, *y = b;
    for (size_t i = 0; i < bytes / 4; i++)
        if (memcmp(x + i, y + i, 4) != 0 && !(x[i] != x[i] && y[i] != y[i]))
            return false;
    return true;
}

static int64_t count_chunks(const source *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->ndim; i++)
        n *= (s->shape[i] + s->chunk[i] - 1) / s->chunk[i];
    return n;
}

static void check_counts(const row *r, const source *s, counters *k, bool direct)
{
    int64_t seen = direct ? k->chunks_decoded + k->chunks_fill : k->fallback_reads;
    TAP_CHECK(seen == count_chunks(s), "%s:%s: %lld chunks counted, not %lld", r->field[1], r->field[2],
              (long long)seen, (long long)count_chunks(s));
}

static void check_read(const row *r, h5dset *d, const void *want, bool direct)
{
    const source *s = h5dset_source(d);
    size_t bytes = whole_bytes(s);
    void *got = malloc(bytes + 1);
    counters k = {0};
    sharr_error e = {0};
    int rc = direct ? read_whole_direct(d, got, &k, &e) : read_whole_library(d, got, &k, &e);
    if (TAP_CHECK(rc == 0, "%s", e.text))
        TAP_CHECK(equal_values(s->type, got, want, bytes), "%s:%s differs (%s)", r->field[1], r->field[2],
                  direct ? "direct" : "H5Dread");
    check_counts(r, s, &k, direct);
    free(got);
}

static void check_dataset(const row *r, h5dset *d)
{
    const source *s = h5dset_source(d);
    bool direct = strcmp(r->field[4], "direct") == 0;
    TAP_CHECK(strcmp(dtype_name(s->type), r->field[3]) == 0, "%s:%s is %s, not %s", r->field[1], r->field[2],
              dtype_name(s->type), r->field[3]);
    TAP_CHECK((s->path == SOURCE_DIRECT) == direct && (h5dset_why_library(d) == NULL) == direct, "%s:%s is not %s (%s)",
              r->field[1], r->field[2], r->field[4], h5dset_why_library(d) ? h5dset_why_library(d) : "direct");
    if (!TAP_CHECK(same_shape(s, r->field[5]), "%s:%s has not the shape %s", r->field[1], r->field[2], r->field[5]))
        return;
    void *want = load_values(r->field[6], whole_bytes(s));
    if (s->path == SOURCE_DIRECT)
        check_read(r, d, want, true);
    check_read(r, d, want, false);
    free(want);
}

static void values_are_those_of_h5py(void)
{
    for (int i = 0; i < nrows; i++) {
        const row *r = &rows[i];
        h5in *f = NULL;
        h5dset *d = NULL;
        bool found = false;
        sharr_error e = {0};
        if (strcmp(r->field[0], "ok") != 0)
            continue;
        int rc = h5in_open(r->field[1], &f, &e);
        if (!rc)
            rc = h5in_dataset(f, r->field[2], &d, &found, &e);
        if (TAP_CHECK(rc == 0 && found, "%s:%s: %s", r->field[1], r->field[2], e.text))
            check_dataset(r, d);
        h5dset_close(d);
        if (f)
            TAP_CHECK(h5in_unchanged(f, &e) == 0, "%s", e.text);
        h5in_close(f);
    }
}

/* ---- refusals ------------------------------------------------------------------------------------ */

static void check_words(const row *r, const char *text)
{
    char words[1024];
    snprintf(words, sizeof words, "%s", r->field[4]);
    for (char *save, *w = strtok_r(words, "|", &save); w; w = strtok_r(NULL, "|", &save))
        TAP_CHECK(strstr(text, w) != NULL, "\"%s\" is not in: %s", w, text);
    TAP_CHECK(strchr(text, '\n') == NULL, "more than one line: %s", text);
}

static void check_refusal(const row *r, bool absent)
{
    h5in *f = NULL;
    h5dset *d = NULL;
    bool found = false;
    sharr_error e = {0};
    int rc = h5in_open(r->field[1], &f, &e);
    if (!rc && strcmp(r->field[2], "-") != 0)
        rc = h5in_dataset(f, r->field[2], &d, &found, &e);
    if (absent)
        TAP_CHECK(rc == 0 && !found && !d, "%s:%s: %d %s", r->field[1], r->field[2], rc, e.text);
    else if (TAP_CHECK(rc == atoi(r->field[3]) && e.status == rc, "%s:%s: %d %s", r->field[1], r->field[2], rc, e.text))
        check_words(r, e.text);
    h5dset_close(d);
    h5in_close(f);
}

static void refusals_say_why(void)
{
    for (int i = 0; i < nrows; i++)
        if (strcmp(rows[i].field[0], "ok") != 0)
            check_refusal(&rows[i], strcmp(rows[i].field[0], "none") == 0);
}

/* Root reads everything: the question is asked by somebody else. */
static int status_for_nobody(const char *file)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        h5in *f = NULL;
        sharr_error e = {0};
        if (geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0))
            _exit(99);
        _exit(h5in_open(file, &f, &e) == SHARR_EPERM && strstr(e.text, file) ? 0 : 1);
    }
    waitpid(child, &status, 0);
    return status;
}

static void unreadable_files_are_77(void)
{
    CU_ASSERT_EQUAL(chmod("types.h5", 0), 0);
    CU_ASSERT_EQUAL(status_for_nobody("types.h5"), 0);
    CU_ASSERT_EQUAL(chmod("types.h5", 0644), 0);
    CU_ASSERT_EQUAL(chmod("sub", 0), 0);
    CU_ASSERT_EQUAL(status_for_nobody("sub/target.h5"), 0);
    CU_ASSERT_EQUAL(chmod("sub", 0755), 0);
}

/* ---- identity ------------------------------------------------------------------------------------ */

static void changes_are_noticed(void)
{
    h5in *f = NULL;
    sharr_error e = {0};
    char keep[128];
    CU_ASSERT_EQUAL_FATAL(h5in_open("links.h5", &f, &e), 0);
    CU_ASSERT(h5in_is_file(f, "sub/../links.h5"));
    CU_ASSERT(!h5in_is_file(f, "types.h5"));
    CU_ASSERT(!h5in_is_file(f, "nothere.h5"));
    CU_ASSERT_STRING_EQUAL(h5in_path(f), "links.h5");
    CU_ASSERT_EQUAL(h5in_unchanged(f, &e), 0);
    struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    CU_ASSERT_EQUAL(utimensat(AT_FDCWD, "links.h5", now, 0), 0);
    TAP_CHECK(h5in_unchanged(f, &e) == SHARR_EDATA, "%s", e.text);
    CU_ASSERT(strstr(e.text, "links.h5") && strstr(e.text, "changed"));
    h5in_close(f);
    CU_ASSERT_EQUAL_FATAL(h5in_open("links.h5", &f, &e), 0);
    snprintf(keep, sizeof keep, "links.%d", (int)getpid());
    CU_ASSERT_EQUAL(rename("links.h5", keep), 0);
    CU_ASSERT_EQUAL(h5in_unchanged(f, &e), SHARR_ENOINPUT);
    CU_ASSERT_EQUAL(rename(keep, "links.h5"), 0);
    h5in_close(f);
}

/* What a dataset refers to belongs to the input. */
static void changed_sources_are_noticed(void)
{
    static const char *const table[][3] = {
        {"sub/virtual.h5", "/all", "sub/part1.h5"},
        {"external.h5", "/data", "raw-b.bin"},
        {"links.h5", "/out", "sub/target.h5"},
    };
    for (int i = 0; i < TAP_COUNT(table); i++) {
        h5in *f = NULL;
        h5dset *d = NULL;
        bool found;
        sharr_error e = {0};
        CU_ASSERT_EQUAL_FATAL(h5in_open(table[i][0], &f, &e), 0);
        TAP_CHECK(h5in_dataset(f, table[i][1], &d, &found, &e) == 0, "%s", e.text);
        CU_ASSERT_EQUAL(h5in_unchanged(f, &e), 0);
        CU_ASSERT_EQUAL(utimensat(AT_FDCWD, table[i][2], NULL, 0), 0);
        TAP_CHECK(h5in_unchanged(f, &e) == SHARR_EDATA && strstr(e.text, table[i][2]), "%s", e.text);
        h5dset_close(d);
        h5in_close(f);
    }
}

static uint64_t identity_of(const char *file, const char *dset)
{
    h5in *f = NULL;
    h5dset *d = NULL;
    bool found;
    uint64_t id = 0;
    sharr_error e;
    if (h5in_open(file, &f, &e) == 0 && h5in_dataset(f, dset, &d, &found, &e) == 0 && found)
        id = h5dset_source(d)->identity;
    h5dset_close(d);
    h5in_close(f);
    return id;
}

static void identities_differ(void)
{
    uint64_t a = identity_of("types.h5", "/bool"), b = identity_of("types.h5", "/enum");
    CU_ASSERT(a != 0 && b != 0 && a != b);
    CU_ASSERT_EQUAL(a, identity_of("types.h5", "/bool"));
}

/* ---- boxes by HDF5 ------------------------------------------------------------------------------- */

static void boxes_outside_are_refused(void)
{
    h5in *f = NULL;
    h5dset *d = NULL;
    bool found;
    float out[4];
    sharr_error e = {0};
    CU_ASSERT_EQUAL_FATAL(h5in_open("layout-latest-0.h5", &f, &e), 0);
    CU_ASSERT_EQUAL_FATAL(h5in_dataset(f, "/compact", &d, &found, &e), 0);
    box in = {2, {32, 45}, {1, 2}}, low = {2, {0, 46}, {1, 2}}, neg = {2, {-1, 0}, {1, 1}}, flat = {1, {0}, {1}};
    h5frame frame;
    int64_t index[2] = {0, 0};
    CU_ASSERT_EQUAL(h5dset_read_box(d, &in, out, NULL, &e), 0);
    CU_ASSERT_EQUAL(h5dset_read_box(d, &low, out, NULL, &e), SHARR_EINTERNAL);
    CU_ASSERT_EQUAL(h5dset_read_box(d, &neg, out, NULL, &e), SHARR_EINTERNAL);
    CU_ASSERT_EQUAL(h5dset_read_box(d, &flat, out, NULL, &e), SHARR_EINTERNAL);
    CU_ASSERT_EQUAL(h5dset_locate(d, index, &frame, &e), SHARR_EINTERNAL);   /* not a direct source */
    h5dset_close(d);
    CU_ASSERT_EQUAL_FATAL(h5in_dataset(f, "/fixed/gzip", &d, &found, &e), 0);
    index[0] = 5;
    CU_ASSERT_EQUAL(h5dset_locate(d, index, &frame, &e), SHARR_EINTERNAL);   /* 33 rows: 5 chunks */
    h5dset_close(d);
    h5in_close(f);
}

/* ---- the walk ------------------------------------------------------------------------------------ */

typedef struct seen { strbuf text; int stop_at, n; } seen;

static int note_item(void *arg, const h5item *it)
{
    seen *s = arg;
    strbuf_printf(&s->text, "%s%s|%s|%s", it->path, it->group ? "/" : "", it->type, it->filters);
    for (int i = 0; i < it->ndim; i++)
        strbuf_printf(&s->text, "%c%lld", i ? ',' : '|', (long long)it->shape[i]);
    strbuf_printf(&s->text, "|%s%s%s\n", it->numeric ? "n" : "", it->chunked ? "c" : "", it->hidden ? "h" : "");
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
               "//|||\n"
               "/a/|||\n"
               "/a/x|int32||3|n\n"
               "/dead|link to /a/y, which does not exist||\n"
               "/gone|link to sub/missing.h5:/deep/x||\n"
               "/loop/|||\n"
               "/notes|link to manifest:/x||\n"
               "/out|link to sub/target.h5:/deep/x||\n"
               "/outgroup|link to sub/target.h5:/deep||\n"
               "/soft|int32||3|n\n"
               "/softgroup/|||\n"
               "/wrong|link to sub/target.h5:/deep/y||\n");
    check_walk("sub/target.h5", 0,
               "//|||\n"
               "/deep/|||\n"
               "/deep/x|float32, big-endian|deflate 1|12,10|nc\n");
    check_walk("links.h5", 3, "//|||\n/a/|||\n/a/x|int32||3|n\n");
}

/* ---------------------------------------------------------------------------------------------------- */

static const tap_test tests[] = {
    {"values are those of h5py, on both paths", values_are_those_of_h5py},
    {"refusals have their status and say why", refusals_say_why},
    {"a file that may not be read is 77", unreadable_files_are_77},
    {"a changed input is noticed", changes_are_noticed},
    {"a changed file behind a dataset is noticed", changed_sources_are_noticed},
    {"datasets have an identity", identities_differ},
    {"places outside a dataset are refused", boxes_outside_are_refused},
    {"the walk lists every object once", walk_lists_everything_once},
};

static int run(void)
{
    if (!load_manifest()) {
        printf("Bail out! no manifest\n");
        return 1;
    }
    int rc = tap_run("h5in", tests, TAP_COUNT(tests));
    free(rows);
    return rc;
}

int main(void)
{
    return run_in_fixtures("make_h5in.py", run);
}
