/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An output file of one process, without MPI: types, filters, names, attributes, the split round, refusals.
 * Read back by plain HDF5.
 */
#include "store/h5out.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/pool.h"
#include "mpi/out_job.h"
#include "store/h5lib.h"
#include "support/tap_cunit.h"

static char dir[64], path[96];
static comm *c;

static bool there(const char *p)
{
    return access(p, F_OK) == 0;
}

static int entries(void)
{
    char command[128];
    snprintf(command, sizeof command, "ls -A %s | wc -l", dir);
    FILE *p = popen(command, "r");
    int n = -1;
    if (p && fscanf(p, "%d", &n) != 1)
        n = -1;
    if (p)
        pclose(p);
    return n;
}

static int run(const h5outset *set, int n, const h5outopts *o, sharr_error *err)
{
    out_job j = out_job_of(path, set, n);
    if (o)
        j.o = *o;
    err_clear(err);
    return out_job_run(c, &j, err);
}

static void check_values(hid_t file, const h5outset *s, int set)
{
    int64_t n = 0, bad = 0;
    char want[16];
    shape_size(s->ndim, s->shape, &n);
    const size_t size = dtype_size(s->type);
    char *got = calloc((size_t)n + 1, size);
    hid_t d = H5Dopen2(file, s->path, H5P_DEFAULT);
    TAP_CHECK(d >= 0, "no %s", s->path);
    hid_t stored = H5Dget_type(d), type = H5Tget_native_type(stored, H5T_DIR_DEFAULT);
    CU_ASSERT_EQUAL(H5Tget_size(type), size);
    CU_ASSERT_TRUE(H5Dread(d, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0);
    for (int64_t i = 0; i < n; i++) {
        out_value(s->type, set, i, want);
        bad += memcmp(got + (size_t)i * size, want, size) != 0;
    }
    TAP_CHECK(bad == 0, "%s: %lld of %lld values differ", s->path, (long long)bad, (long long)n);
    H5Tclose(type);
    H5Tclose(stored);
    H5Dclose(d);
    free(got);
}

static hid_t open_file(void)
{
    h5lib_lock();
    hid_t f = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    CU_ASSERT_TRUE(f >= 0);
    return f;
}

static void close_file(hid_t f)
{
    if (f >= 0)
        H5Fclose(f);
    h5lib_unlock();
}

static void check_file(const h5outset *set, int n)
{
    hid_t f = open_file();
    for (int i = 0; i < n && f >= 0; i++)
        check_values(f, &set[i], i);
    close_file(f);
}

/* ---- what can be written ------------------------------------------------------------------------- */

static void every_type_and_filter(void)
{
    static const codec_pipeline lines[] = {
        {0},
        {1, {{CODEC_DEFLATE, 0, 4, 0}}},
        {1, {{CODEC_ZSTD, 0, 3, 0}}},
        {1, {{CODEC_FLETCHER32, 0, 0, 0}}},
        {3, {{CODEC_SHUFFLE, 0, 0, 0}, {CODEC_DEFLATE, 0, 1, 0}, {CODEC_FLETCHER32, 0, 0, 0}}},
        {3, {{CODEC_SHUFFLE, 0, 0, 0}, {CODEC_ZSTD, 0, -2, 0}, {CODEC_FLETCHER32, 0, 0, 0}}},
    };
    enum { LINES = sizeof lines / sizeof lines[0] };
    h5outset set[SHARR_NDTYPES * LINES];
    char name[SHARR_NDTYPES * LINES][32];
    int n = 0;
    for (int t = 0; t < SHARR_NDTYPES; t++)
        for (int l = 0; l < LINES; l++, n++) {
            snprintf(name[n], sizeof name[n], "/t%d/f%d", t, l);
            set[n] = (h5outset){.path = name[n], .type = (dtype)t, .ndim = 2, .shape = {13, 37}, .chunk = {5, 10},
                                .pipeline = lines[l]};
            for (int i = 0; i < set[n].pipeline.n; i++)
                if (set[n].pipeline.filter[i].id == CODEC_SHUFFLE)
                    set[n].pipeline.filter[i].shuffle_size = (unsigned)dtype_size((dtype)t);
        }
    for (int latest = 0; latest < 2; latest++) {
        sharr_error err;
        const h5outopts o = {.latest = latest, .overwrite = true};
        CU_ASSERT_EQUAL(run(set, n, &o, &err), 0);
        TAP_CHECK(err.status == 0, "%s", err.text);
        check_file(set, n);
    }
    unlink(path);
}

static void whole_and_empty(void)
{
    static const h5outset set[] = {
        {.path = "/a", .type = SHARR_COMPLEX128},
        {.path = "/b", .type = SHARR_BOOL, .ndim = 1, .shape = {7}},
        {.path = "/c", .type = SHARR_INT16, .ndim = 3, .shape = {2, 0, 3}, .chunk = {1, 1, 3}},
        {.path = "/d", .type = SHARR_INT16, .ndim = 1, .shape = {0}},
        {.path = "/deep/er/still/e", .type = SHARR_UINT64, .ndim = 1, .shape = {1}, .chunk = {1}},
        {.path = "/\xc3\xa4 name with spaces", .type = SHARR_INT8},
    };
    sharr_error err;
    CU_ASSERT_EQUAL(run(set, 6, NULL, &err), 0);
    TAP_CHECK(err.status == 0, "%s", err.text);
    check_file(set, 6);
    unlink(path);
}

/* ---- attributes ---------------------------------------------------------------------------------- */

static void read_text(hid_t at, const char *name, char *out, size_t cap)
{
    hid_t a = H5Aopen(at, name, H5P_DEFAULT), t = a >= 0 ? H5Aget_type(a) : -1;
    memset(out, 0, cap);
    CU_ASSERT_TRUE(t >= 0 && H5Tget_class(t) == H5T_STRING && H5Tget_cset(t) == H5T_CSET_UTF8);
    if (t >= 0 && H5Tget_size(t) < cap)
        CU_ASSERT_TRUE(H5Aread(a, t, out) >= 0);
    if (t >= 0)
        H5Tclose(t);
    if (a >= 0)
        H5Aclose(a);
}

static void attributes(void)
{
    static char longest[70001], text[70001];
    memset(longest, 'x', sizeof longest - 1);
    memcpy(longest + 59999, "\xc3\xa9", 2);     /* a character across the cut */
    const h5attr attr[] = {
        {.name = "units", .text = true, .n = 1, .data = "K"},
        {.name = "empty", .text = true, .n = 0, .data = ""},
        {.name = "long", .text = true, .n = 70000, .data = longest},
        {.name = "range", .type = SHARR_FLOAT32, .n = 2, .data = (const float[]){-2.5f, 4}},
        {.name = "one", .type = SHARR_INT64, .n = 1, .data = (const int64_t[]){1ll << 40}},
    };
    const h5outset set = {.path = "/v", .type = SHARR_FLOAT32, .ndim = 1, .shape = {4}, .chunk = {4},
                          .nattrs = 5, .attr = attr};
    h5outopts o = {.history = "second line is older"};
    sharr_error err;
    CU_ASSERT_EQUAL(run(&set, 1, &o, &err), 0);
    TAP_CHECK(err.status == 0, "%s", err.text);
    hid_t f = open_file(), v = H5Dopen2(f, "/v", H5P_DEFAULT);
    read_text(v, "units", text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "K");
    read_text(v, "long", text, sizeof text);
    CU_ASSERT_EQUAL(strlen(text), 59999);
    hid_t a = H5Aopen(v, "range", H5P_DEFAULT), space = H5Aget_space(a);
    double range[2] = {0};
    CU_ASSERT_EQUAL(H5Sget_simple_extent_ndims(space), 1);
    CU_ASSERT_TRUE(H5Aread(a, H5T_NATIVE_DOUBLE, range) >= 0);
    CU_ASSERT_TRUE(range[0] == -2.5 && range[1] == 4);
    H5Sclose(space);
    H5Aclose(a);
    a = H5Aopen(v, "one", H5P_DEFAULT);
    int64_t one = 0;
    CU_ASSERT_TRUE(H5Aread(a, H5T_NATIVE_INT64, &one) >= 0 && one == 1ll << 40);
    H5Aclose(a);
    H5Dclose(v);
    read_text(f, "history", text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "second line is older");
    close_file(f);

    const h5outset more = {.path = "/w", .type = SHARR_INT8};
    o = (h5outopts){.append = true, .history = "first line is newer"};
    CU_ASSERT_EQUAL(run(&more, 1, &o, &err), 0);
    f = open_file();
    read_text(f, "history", text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "first line is newer\nsecond line is older");
    close_file(f);
    unlink(path);
}

/* Somebody else's file: a variable-length history, a dataset, a group. */
static void make_foreign_file(void)
{
    const char *line = "by others";
    h5lib_lock();
    hid_t f = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), s = H5Screate(H5S_SCALAR);
    hid_t t = H5Tcopy(H5T_C_S1), r = H5Gopen2(f, "/", H5P_DEFAULT);
    H5Tset_size(t, H5T_VARIABLE);
    hid_t a = H5Acreate2(r, "history", t, s, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(a, t, &line);
    hid_t g = H5Gcreate2(f, "/g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t d = H5Dcreate2(f, "/g/d", H5T_STD_I32BE, s, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const int v = 4711;
    H5Dwrite(d, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &v);
    const hid_t all[] = {a, d, g, r, t, s, f};
    for (int i = 0; i < 7; i++)
        H5Idec_ref(all[i]);
    h5lib_unlock();
}

static void appending_to_others(void)
{
    static const struct { const char *path; int status; } rows[] = {
        {"/new", 0}, {"/g/new", 0}, {"/h/i/new", 0}, {"/g/d", SHARR_EEXIST}, {"/g", SHARR_EEXIST},
        {"/g/d/below", SHARR_EEXIST},
    };
    for (int i = 0; i < 6; i++) {
        sharr_error err;
        char text[100];
        make_foreign_file();
        const h5outset set = {.path = rows[i].path, .type = SHARR_FLOAT64, .ndim = 1, .shape = {9}, .chunk = {4}};
        const h5outopts o = {.append = true, .history = "ours"};
        int status = run(&set, 1, &o, &err);
        TAP_CHECK(status == rows[i].status, "%s: %d %s", rows[i].path, status, err.text);
        if (!status)
            check_file(&set, 1);
        hid_t f = open_file(), d = H5Dopen2(f, "/g/d", H5P_DEFAULT);
        int v = 0;
        CU_ASSERT_TRUE(H5Dread(d, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &v) >= 0 && v == 4711);
        H5Dclose(d);
        if (!status) {
            read_text(f, "history", text, sizeof text);
            CU_ASSERT_STRING_EQUAL(text, "ours\nby others");
        }
        close_file(f);
        CU_ASSERT_EQUAL(entries(), 1);
    }
    unlink(path);
}

static void appending_to_rubbish(void)
{
    const h5outset set = {.path = "/x", .type = SHARR_INT8};
    const h5outopts o = {.append = true};
    sharr_error err;
    FILE *f = fopen(path, "w");
    fputs("this is no HDF5 file", f);
    fclose(f);
    CU_ASSERT_EQUAL(run(&set, 1, &o, &err), SHARR_EDATA);
    TAP_CHECK(strstr(err.text, path) != NULL, "%s", err.text);
    CU_ASSERT_EQUAL(entries(), 1);
    unlink(path);
}

/* ---- the split round ----------------------------------------------------------------------------- */

typedef struct task {
    h5out *f;
    h5chunk chunk;
    sharr_error err;
} task;

static void write_task(void *arg, int worker)
{
    task *t = arg;
    (void)worker;
    h5out_write_frame(t->f, &t->chunk, &t->err);
}

static void workers_write(int64_t cache_limit)
{
    static const h5outset set = {.path = "/x", .type = SHARR_FLOAT32, .ndim = 2, .shape = {600, 512},
                                 .chunk = {64, 512}};
    enum { CHUNKS = 10, ROUND = 4 };
    static task tasks[CHUNKS];
    const h5outopts o = {.batch = ROUND, .cache_limit = cache_limit};
    sharr_error err = {0};
    h5out *f = NULL;
    CU_ASSERT_EQUAL(h5out_create_all(c, path, &set, 1, &o, &f, &err), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_TRUE(h5out_splits(f));
    CU_ASSERT_FALSE(h5out_wants_raw(f));
    CU_ASSERT_TRUE(there(h5out_temp_name(f)));
    pool *workers = pool_new(3, NULL);
    for (int k = 0; k < CHUNKS; k += ROUND) {
        h5chunk round[ROUND];
        const int n = CHUNKS - k < ROUND ? CHUNKS - k : ROUND;
        for (int i = 0; i < n; i++) {
            round[i] = (h5chunk){.index = {k + i, 0}, .bytes = 64 * 512 * 4};
            void *p = aligned_alloc(4096, round[i].bytes);
            out_chunk(&set, 0, round[i].index, p);
            round[i].data = p;
        }
        CU_ASSERT_EQUAL(h5out_place_all(f, round, n, NULL, &err), 0);
        for (int i = 0; i < n; i++) {
            tasks[k + i] = (task){.f = f, .chunk = round[i]};
            CU_ASSERT_TRUE(pool_submit(workers, write_task, &tasks[k + i]));
        }
    }
    pool_free(workers);
    for (int k = 0; k < CHUNKS; k++) {
        CU_ASSERT_EQUAL(tasks[k].err.status, 0);
        free((void *)tasks[k].chunk.data);
    }
    CU_ASSERT_EQUAL(h5out_status_all(f, NULL, &err), 0);
    CU_ASSERT_EQUAL(h5out_finish_all(f, &err), 0);
    TAP_CHECK(err.status == 0, "%s", err.text);
    check_file(&set, 1);
    unlink(path);
}

static void split_rounds(void)
{
    workers_write(0);
    workers_write(1);
}

/* ---- refusals ------------------------------------------------------------------------------------ */

static void senseless_sets(void)
{
    static const struct { h5outset set; int status; } rows[] = {
        {{.path = "x", .type = SHARR_INT8}, SHARR_EINTERNAL},
        {{.path = "/", .type = SHARR_INT8}, SHARR_EINTERNAL},
        {{.path = "/x", .type = SHARR_INT8, .ndim = 1, .shape = {4}, .chunk = {5}}, SHARR_EINTERNAL},
        {{.path = "/x", .type = SHARR_INT8, .ndim = 2, .shape = {1ll << 33, 8}, .chunk = {1ll << 30, 4}}, SHARR_EINTERNAL},
        {{.path = "/x", .type = SHARR_INT8, .ndim = 2, .shape = {1ll << 40, 1ll << 40}, .chunk = {1, 1}}, SHARR_ERESOURCE},
        {{.path = "/x", .type = SHARR_FLOAT64, .ndim = 1, .shape = {4}, .chunk = {4},
          .pipeline = {1, {{CODEC_SHUFFLE, 4, 0, 0}}}}, SHARR_EINTERNAL},
        {{.path = "/x", .type = SHARR_INT8, .ndim = 1, .shape = {1ll << 58}, .chunk = {1 << 20}}, SHARR_EIO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sharr_error err = {0};
        h5out *f = NULL;
        const h5outopts o = {0};
        int status = h5out_create_all(c, path, &rows[i].set, 1, &o, &f, &err);
        TAP_CHECK(status == rows[i].status && !f, "row %zu: %d %s", i, status, err.text);
        CU_ASSERT_EQUAL(entries(), 0);
    }
    const h5outset twice[] = {{.path = "/x", .type = SHARR_INT8}, {.path = "/x", .type = SHARR_INT8}};
    sharr_error err;
    CU_ASSERT_EQUAL(run(twice, 2, NULL, &err), SHARR_EEXIST);
    CU_ASSERT_EQUAL(entries(), 0);
}

static void mpio_needs_a_launcher(void)
{
    const h5outset set = {.path = "/x", .type = SHARR_INT8};
    const h5outopts o = {.mode = IO_MPIO};
    sharr_error err;
    CU_ASSERT_EQUAL(run(&set, 1, &o, &err), SHARR_EUSAGE);
    TAP_CHECK(strstr(err.text, "mpio") != NULL, "%s", err.text);
    CU_ASSERT_EQUAL(entries(), 0);
}

static void bad_chunks(void)
{
    static const h5outset set[] = {
        {.path = "/x", .type = SHARR_INT8, .ndim = 1, .shape = {8}, .chunk = {4}},
        {.path = "/n", .type = SHARR_INT8},
    };
    const h5chunk rows[] = {
        {.set = 2, .bytes = 4}, {.set = -1, .bytes = 4}, {.set = 1, .bytes = 4}, {.index = {2}, .bytes = 4},
        {.index = {-1}, .bytes = 4}, {.bytes = 0},
    };
    for (int i = 0; i < 6; i++) {
        sharr_error err = {0};
        h5out *f = NULL;
        h5chunk k = rows[i];
        const h5outopts o = {0};
        k.data = "abcd";
        CU_ASSERT_EQUAL(h5out_create_all(c, path, set, 2, &o, &f, &err), 0);
        CU_ASSERT_EQUAL(h5out_round_all(f, &k, 1, NULL, &err), SHARR_EINTERNAL);
        CU_ASSERT_EQUAL(h5out_finish_all(f, &err), SHARR_EINTERNAL);
        CU_ASSERT_EQUAL(entries(), 0);
    }
    sharr_error err = {0};
    h5out *f = NULL;
    const h5outopts o = {0};
    CU_ASSERT_EQUAL(h5out_create_all(c, path, set + 1, 1, &o, &f, &err), 0);
    CU_ASSERT_EQUAL(h5out_finish_all(f, &err), SHARR_EINTERNAL);
    TAP_CHECK(strstr(err.text, "/n was never written") != NULL, "%s", err.text);
    CU_ASSERT_EQUAL(entries(), 0);
    h5out_abandon(NULL);
}

static const tap_test tests[] = {
    {"every type with every filter", every_type_and_filter},
    {"whole, empty, deep", whole_and_empty},
    {"attributes and history", attributes},
    {"appending to others' files", appending_to_others},
    {"appending to what is no HDF5", appending_to_rubbish},
    {"workers write what was placed", split_rounds},
    {"senseless sets", senseless_sets},
    {"mpio needs a launcher", mpio_needs_a_launcher},
    {"bad chunks, missing datasets", bad_chunks},
};

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%.40s/sharr-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return 99;
    snprintf(path, sizeof path, "%s/out.h5", dir);
    c = comm_self();
    int rc = tap_run("h5out", tests, TAP_COUNT(tests));
    comm_free(c);
    rmdir(dir);
    return rc;
}
