/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See out_check.h.
 */
#include "mpi/out_check.h"

#include <dirent.h>
#include <hdf5.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array/chunkgrid.h"
#include "base/config.h"
#include "store/h5lib.h"
#include "support/tap_cunit.h"

comm *out_comm;
char out_path[128];
static char dir[64];

void out_begin(void)
{
    const MPI_Comm world = MPI_COMM_WORLD;
    out_comm = comm_dup(&world, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out_comm);
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%.40s/sharr-XXXXXX", tmp ? tmp : "/tmp");
    if (comm_rank(out_comm) == 0 && !mkdtemp(dir))
        dir[0] = '\0';
    CU_ASSERT_EQUAL(comm_bcast_all(out_comm, dir, sizeof dir, 0, NULL), 0);
    snprintf(out_path, sizeof out_path, "%s/out.h5", dir);
}

static int entries(void)
{
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));)
        n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    if (d)
        closedir(d);
    return n;
}

/* Rank 0 looks how many files there are, and removes the finished one. */
void out_end(int expected)
{
    CU_ASSERT_EQUAL(comm_barrier_all(out_comm, NULL), 0);
    if (comm_rank(out_comm) == 0) {
        TAP_CHECK(entries() == expected, "%d files instead of %d", entries(), expected);
        unlink(out_path);
        rmdir(dir);
    }
    CU_ASSERT_EQUAL(comm_barrier_all(out_comm, NULL), 0);
    comm_free(out_comm);
}

/* ---- what is written ----------------------------------------------------------------------------- */

#define RAW {0}
#define DEFLATE(size) {2, {{CODEC_SHUFFLE, size, 0, 0}, {CODEC_DEFLATE, 0, 1, 0}}}
#define ZSTD(size) {2, {{CODEC_SHUFFLE, size, 0, 0}, {CODEC_ZSTD, 0, 1, 0}}}

const h5outset out_many[OUT_MANY] = {
    {.path = "/raw", .type = SHARR_FLOAT32, .ndim = 2, .shape = {70, 90}, .chunk = {16, 32}, .pipeline = RAW},
    {.path = "/g/deflate", .type = SHARR_INT16, .ndim = 3, .shape = {5, 20, 30}, .chunk = {2, 8, 30},
     .pipeline = DEFLATE(2)},
    {.path = "/g/h/zstd", .type = SHARR_FLOAT64, .ndim = 1, .shape = {5000}, .chunk = {1024}, .pipeline = ZSTD(8)},
    {.path = "/z", .type = SHARR_COMPLEX64, .ndim = 1, .shape = {33}, .chunk = {10}, .pipeline = ZSTD(8)},
    {.path = "/flags", .type = SHARR_BOOL, .ndim = 2, .shape = {9, 9}, .chunk = {4, 4}, .pipeline = ZSTD(1)},
    {.path = "/number", .type = SHARR_FLOAT64},
    {.path = "/small", .type = SHARR_UINT32, .ndim = 2, .shape = {3, 4}},
    {.path = "/empty", .type = SHARR_FLOAT32, .ndim = 2, .shape = {0, 4}, .chunk = {1, 4}, .pipeline = ZSTD(4)},
};
const h5outset out_one[OUT_ONE] = {
    {.path = "/a", .type = SHARR_INT64, .ndim = 1, .shape = {40}, .chunk = {40}, .pipeline = ZSTD(8)},
};
const h5outset out_large[OUT_LARGE] = {
    {.path = "/a", .type = SHARR_FLOAT32, .ndim = 2, .shape = {300, 700}, .chunk = {100, 200}, .pipeline = ZSTD(4)},
    {.path = "/b", .type = SHARR_FLOAT32, .ndim = 2, .shape = {300, 700}, .chunk = {100, 300}, .pipeline = RAW},
};

/* For parallel HDF5 on many ranks, which is slow when they are more than the cores. */
const h5outset out_few[OUT_FEW] = {
    {.path = "/raw", .type = SHARR_FLOAT32, .ndim = 2, .shape = {70, 90}, .chunk = {35, 64}, .pipeline = RAW},
    {.path = "/g/zstd", .type = SHARR_FLOAT64, .ndim = 1, .shape = {5000}, .chunk = {1024}, .pipeline = ZSTD(8)},
    {.path = "/number", .type = SHARR_FLOAT64},
};

/* ---- reading back, by plain HDF5 ----------------------------------------------------------------- */

static void check_values(hid_t d, const h5outset *s, int set)
{
    int64_t n = 0, bad = 0;
    shape_size(s->ndim, s->shape, &n);
    const size_t size = dtype_size(s->type);
    char *got = calloc((size_t)n + 1, size), want[16];
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
    free(got);
}

static void check_frames(hid_t d, const h5outset *s, int set)
{
    const chunkgrid g = chunkgrid_make(s->ndim, s->shape, s->chunk, NULL);
    for (int64_t k = 0; k < chunkgrid_count(&g); k++) {
        int64_t index[SHARR_MAX_DIMS];
        hsize_t at[SHARR_MAX_DIMS], stored = 0;
        uint32_t mask = 77;
        size_t bytes = 0;
        shape_unravel(s->ndim, g.ncells, k, index);
        for (int i = 0; i < s->ndim; i++)
            at[i] = (hsize_t)(index[i] * s->chunk[i]);
        void *want = out_frame(s, set, index, &bytes), *got = calloc(1, bytes + 1);
        H5Dget_chunk_storage_size(d, at, &stored);
        TAP_CHECK(stored == bytes, "%s: %lld bytes, not %zu", s->path, (long long)stored, bytes);
        if (stored == bytes) {
            CU_ASSERT_TRUE(H5Dread_chunk(d, H5P_DEFAULT, at, &mask, got) >= 0);
            CU_ASSERT_EQUAL(mask, 0);
            CU_ASSERT_EQUAL(memcmp(got, want, bytes), 0);
        }
        free(got);
        free(want);
    }
}

int64_t out_check_file(const h5outset *set, int n, bool frames)
{
    int64_t stored = 0;
    h5lib_lock();
    hid_t file = H5Fopen(out_path, H5F_ACC_RDONLY, H5P_DEFAULT);
    CU_ASSERT_TRUE(file >= 0);
    for (int i = 0; i < n && file >= 0; i++) {
        hid_t d = H5Dopen2(file, set[i].path, H5P_DEFAULT);
        TAP_CHECK(d >= 0, "no %s", set[i].path);
        if (d < 0)
            continue;
        check_values(d, &set[i], i);
        if (frames && set[i].ndim > 0 && set[i].chunk[0] > 0)
            check_frames(d, &set[i], i);
        stored += (int64_t)H5Dget_storage_size(d);
        H5Dclose(d);
    }
    if (file >= 0)
        H5Fclose(file);
    h5lib_unlock();
    return stored;
}

void out_write_and_check(const h5outset *set, int n, int mode, int batch)
{
    sharr_error err = {0};
    counters k = {0};
    out_begin();
    out_job j = out_job_of(out_path, set, n);
    j.o.mode = mode;
    j.o.batch = batch;
    j.o.count = &k;
    j.o.history = "made by a test";
    CU_ASSERT_EQUAL(out_job_run(out_comm, &j, &err), 0);
    TAP_CHECK(err.status == 0, "%s", err.text);
    int64_t stored = 0, chunks = 0, v[2] = {k.bytes_written, k.chunks_encoded};
    if (comm_rank(out_comm) == 0 && err.status == 0)
        stored = out_check_file(set, n, mode != IO_MPIO);
    CU_ASSERT_EQUAL(comm_sum_all(out_comm, v, 2, NULL), 0);
    for (int i = 0; i < n && mode == IO_MPIO; i++)      /* else the caller has encoded them */
        if (set[i].pipeline.n > 0) {
            const chunkgrid g = chunkgrid_make(set[i].ndim, set[i].shape, set[i].chunk, NULL);
            chunks += chunkgrid_count(&g);
        }
    TAP_CHECK(comm_rank(out_comm) != 0 || v[0] == stored, "%lld bytes counted, %lld stored", (long long)v[0],
              (long long)stored);
    TAP_CHECK(v[1] == chunks, "%lld chunks counted, %lld encoded", (long long)v[1], (long long)chunks);
    out_end(1);
}
