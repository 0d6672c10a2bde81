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

#include "store/h5in_manifest.h"
#include "store/h5in_read.h"
#include "store/h5lib.h"
#include "support/tap_cunit.h"

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
    a = identity_of("sub/virtual.h5", "/all");
    CU_ASSERT_EQUAL(utimensat(AT_FDCWD, "sub/part2.h5", NULL, 0), 0);
    CU_ASSERT(a != identity_of("sub/virtual.h5", "/all"));
}

/* One file under two names: HDF5 shares what it has open, we close one after the other. */
static void a_file_may_be_open_twice(void)
{
    h5in *f[2] = {NULL, NULL};
    h5dset *d[2] = {NULL, NULL};
    bool found;
    float got[2][33 * 47];
    sharr_error e = {0};
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL_FATAL(h5in_open(i ? "sub/../layout-latest-0.h5" : "layout-latest-0.h5", &f[i], &e), 0);
        CU_ASSERT_EQUAL_FATAL(h5in_dataset(f[i], "/fixed/zstd", &d[i], &found, &e), 0);
    }
    CU_ASSERT_EQUAL(read_whole_direct(d[0], got[0], NULL, &e), 0);
    h5dset_close(d[0]);
    h5in_close(f[0]);
    CU_ASSERT_EQUAL(read_whole_direct(d[1], got[1], NULL, &e), 0);
    CU_ASSERT(memcmp(got[0], got[1], sizeof got[0]) == 0);
    h5dset_close(d[1]);
    h5in_close(f[1]);
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

/* ---- partial chunks stored unfiltered ------------------------------------------------------------ */

enum { PART = 700, PART_CHUNK = 256 };

static void make_plain_edges(const char *file, float *values)
{
    hsize_t n[2] = {3, PART}, chunk[2] = {2, PART_CHUNK};
    for (int i = 0; i < 3 * PART; i++)
        values[i] = (float)(i % 97);
    h5lib_lock();
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS), space = H5Screate_simple(2, n, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_libver_bounds(fapl, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    H5Pset_chunk(dcpl, 2, chunk);
    H5Pset_shuffle(dcpl);
    H5Pset_deflate(dcpl, 1);
    CU_ASSERT(H5Pset_chunk_opts(dcpl, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) >= 0);
    hid_t f = H5Fcreate(file, H5F_ACC_TRUNC, H5P_DEFAULT, fapl);
    hid_t d = H5Dcreate2(f, "x", H5T_IEEE_F32BE, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    CU_ASSERT(H5Dwrite(d, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    CU_ASSERT(H5Dclose(d) >= 0 && H5Sclose(space) >= 0 && H5Pclose(dcpl) >= 0 && H5Fclose(f) >= 0 && H5Pclose(fapl) >= 0);
    h5lib_unlock();
}

static void partial_chunks_may_be_unfiltered(void)
{
    float want[3 * PART], got[3 * PART];
    h5in *f = NULL;
    h5dset *d = NULL;
    bool found;
    h5frame whole, edge;
    sharr_error e = {0};
    make_plain_edges("edges.h5", want);
    CU_ASSERT_EQUAL_FATAL(h5in_open("edges.h5", &f, &e), 0);
    CU_ASSERT_EQUAL_FATAL(h5in_dataset(f, "/x", &d, &found, &e), 0);
    CU_ASSERT_EQUAL(h5dset_locate(d, (int64_t[]){0, 0}, &whole, &e), 0);
    CU_ASSERT_EQUAL(h5dset_locate(d, (int64_t[]){0, 2}, &edge, &e), 0);
    CU_ASSERT(!whole.raw && whole.size < 2 * PART_CHUNK * 4);
    CU_ASSERT(edge.raw && edge.size == 2 * PART_CHUNK * 4);
    TAP_CHECK(read_whole_direct(d, got, NULL, &e) == 0, "%s", e.text);
    CU_ASSERT(memcmp(got, want, sizeof got) == 0);
    h5dset_close(d);
    h5in_close(f);
}

/* ---- memory -------------------------------------------------------------------------------------- */

/* A reader takes what it said, and not much less. */
static void readers_keep_their_promise(void)
{
    static const char *const dsets[] = {"/fixed/raw", "/fixed/gzip", "/fixed/zstd", "/contiguous"};
    for (int i = 0; i < TAP_COUNT(dsets); i++) {
        h5in *f = NULL;
        h5dset *d = NULL;
        bool found;
        sharr_error e;
        CU_ASSERT_EQUAL_FATAL(h5in_open("layout-latest-0.h5", &f, &e), 0);
        CU_ASSERT_EQUAL_FATAL(h5in_dataset(f, dsets[i], &d, &found, &e), 0);
        size_t said = h5reader_memusage(d), chunk = 1;
        for (int k = 0; k < 2; k++)
            chunk *= (size_t)h5dset_source(d)->chunk[k];
        TAP_CHECK(said >= chunk * 4 && said < 8 * chunk * 4 + (512 << 10), "%s: %zu", dsets[i], said);
        h5dset_close(d);
        h5in_close(f);
    }
}

/* ---------------------------------------------------------------------------------------------------- */

static const tap_test tests[] = {
    {"values are those of h5py, on both paths", manifest_check_values},
    {"refusals have their status and say why", manifest_check_refusals},
    {"a file that may not be read is 77", unreadable_files_are_77},
    {"a changed input is noticed", changes_are_noticed},
    {"a changed file behind a dataset is noticed", changed_sources_are_noticed},
    {"datasets have an identity", identities_differ},
    {"a file may be open twice", a_file_may_be_open_twice},
    {"places outside a dataset are refused", boxes_outside_are_refused},
    {"partial chunks may be stored unfiltered", partial_chunks_may_be_unfiltered},
    {"readers say what memory they take", readers_keep_their_promise},
};

static int run(void)
{
    if (!manifest_load(300)) {
        printf("Bail out! no manifest\n");
        return 1;
    }
    int rc = tap_run("h5in", tests, TAP_COUNT(tests));
    manifest_free();
    return rc;
}

int main(void)
{
    return run_in_fixtures("make_h5in.py", run);
}
