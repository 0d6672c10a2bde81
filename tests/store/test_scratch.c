/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Scratch arrays against an array in memory: random shapes, random boxes, whole
 * and thin rows; refusals.
 */
#include "store/scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "support/tap_cunit.h"

static char dir[64];
static unsigned long long seed = 88172645463325252ull;

static int64_t below(int64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int64_t)(seed % (unsigned long long)n);
}

static scratch *make(dtype t, int ndim, const int64_t *shape, sharr_error *err)
{
    scratch *s = NULL;
    comm *c = comm_self();
    err_clear(err);
    scratch_create_all(c, dir, t, ndim, shape, &s, err);
    comm_free(c);
    return s;
}

static int64_t element(const int64_t *shape, const box *b, int64_t i)
{
    int64_t index[SHARR_MAX_DIMS];
    shape_unravel(b->ndim, b->count, i, index);
    for (int d = 0; d < b->ndim; d++)
        index[d] += b->start[d];
    return shape_ravel(b->ndim, shape, index);
}

static box any_box(int ndim, const int64_t *shape)
{
    box b = {.ndim = ndim};
    for (int d = 0; d < ndim; d++) {
        b.start[d] = below(shape[d]);
        b.count[d] = 1 + below(shape[d] - b.start[d]);
        if (below(3) == 0)
            b.start[d] = 0, b.count[d] = shape[d];
    }
    return b;
}

/* Write random boxes to both, read random boxes, compare. */
static void agrees_with_memory(int ndim, const int64_t *shape)
{
    sharr_error err;
    int64_t size;
    CU_ASSERT_TRUE(shape_size(ndim, shape, &size));
    int32_t *model = calloc((size_t)size, sizeof *model), *part = calloc((size_t)size, sizeof *part);
    scratch *s = make(SHARR_INT32, ndim, shape, &err);
    TAP_CHECK(s != NULL, "%s", err.text);
    for (int turn = 0; s && turn < 24; turn++) {
        const box w = any_box(ndim, shape), r = any_box(ndim, shape);
        for (int64_t i = 0; i < box_size(&w); i++)
            model[element(shape, &w, i)] = part[i] = (int32_t)below(1 << 30);
        CU_ASSERT_EQUAL(scratch_write(s, &w, part, NULL, &err), 0);
        CU_ASSERT_EQUAL(scratch_read(s, &r, part, NULL, &err), 0);
        int64_t bad = 0;
        for (int64_t i = 0; i < box_size(&r); i++)
            bad += part[i] != model[element(shape, &r, i)];
        TAP_CHECK(bad == 0, "%lld elements differ in turn %d of %d dimensions", (long long)bad, turn, ndim);
    }
    scratch_free(s);
    free(model);
    free(part);
}

static void random_boxes(void)
{
    static const int64_t shapes[][4] = {
        {0}, {1}, {4097}, {37, 53}, {300, 700}, {3, 9000}, {2, 3, 30000}, {11, 7, 5}, {6, 5, 4, 3}, {2, 1, 1, 50},
    };
    static const int ndim[] = {0, 1, 1, 2, 2, 2, 3, 3, 4, 4};
    for (int i = 0; i < 10; i++)
        agrees_with_memory(ndim[i], shapes[i]);
}

static void columns_written_rows_read(void)
{
    const int64_t shape[2] = {64, 2048};
    sharr_error err;
    counters k = {0};
    double col[64], row[2048];
    scratch *s = make(SHARR_FLOAT64, 2, shape, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    for (int64_t j = 0; j < 2048; j++) {
        const box b = {.ndim = 2, .start = {0, j}, .count = {64, 1}};
        for (int i = 0; i < 64; i++)
            col[i] = i * 10000.0 + (double)j;
        CU_ASSERT_EQUAL(scratch_write(s, &b, col, &k, &err), 0);
    }
    for (int64_t i = 0; i < 64; i++) {
        const box b = {.ndim = 2, .start = {i, 0}, .count = {1, 2048}};
        CU_ASSERT_EQUAL(scratch_read(s, &b, row, &k, &err), 0);
        CU_ASSERT_TRUE(row[0] == i * 10000.0 && row[2047] == i * 10000.0 + 2047);
    }
    CU_ASSERT_EQUAL(k.scratch_bytes, 64 * 2048 * 8);
    CU_ASSERT_EQUAL(k.bytes_read, 64 * 2048 * 8);
    scratch_free(s);
}

static void same_bytes_another_shape(void)
{
    const int64_t shape[2] = {6, 10}, flat[1] = {60}, wrong[1] = {61};
    sharr_error err;
    int32_t v[60];
    scratch *s = make(SHARR_INT32, 2, shape, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    for (int i = 0; i < 60; i++)
        v[i] = i * i;
    const box all = box_of_shape(2, shape), tail = {.ndim = 1, .start = {57}, .count = {3}};
    CU_ASSERT_EQUAL(scratch_write(s, &all, v, NULL, &err), 0);
    CU_ASSERT_EQUAL(scratch_reshape(s, 1, wrong, &err), SHARR_EINTERNAL);
    CU_ASSERT_EQUAL(scratch_reshape(s, 1, flat, &err), 0);
    CU_ASSERT_EQUAL(scratch_read(s, &tail, v, NULL, &err), 0);
    CU_ASSERT_TRUE(v[0] == 57 * 57 && v[2] == 59 * 59);
    scratch_free(s);
}

static void refusals(void)
{
    const int64_t vast[2] = {1ll << 40, 1ll << 40}, large[1] = {1ll << 58}, some[2] = {4, 5};
    const box out = {.ndim = 2, .start = {3, 0}, .count = {2, 5}}, none = {.ndim = 2, .count = {0, 5}};
    sharr_error err;
    int32_t v[20] = {0};
    CU_ASSERT_PTR_NULL(make(SHARR_INT8, 2, vast, &err));
    CU_ASSERT_EQUAL(err.status, SHARR_ERESOURCE);
    CU_ASSERT_PTR_NULL(make(SHARR_INT8, 1, large, &err));
    CU_ASSERT_EQUAL(err.status, SHARR_EIO);
    TAP_CHECK(strstr(err.text, "disk full") && strstr(err.text, "bytes are missing"), "%s", err.text);
    scratch *s = make(SHARR_INT32, 2, some, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(scratch_write(s, &out, v, NULL, &err), SHARR_EINTERNAL);
    CU_ASSERT_EQUAL(scratch_read(s, &out, v, NULL, &err), SHARR_EINTERNAL);
    CU_ASSERT_EQUAL(scratch_read(s, &none, v, NULL, &err), 0);
    scratch_free(s);
    scratch_free(NULL);
}

static void missing_directory(void)
{
    const int64_t shape[1] = {4};
    sharr_error err;
    scratch *s = NULL;
    comm *c = comm_self();
    CU_ASSERT_EQUAL(scratch_create_all(c, "/no/such/directory", SHARR_INT8, 1, shape, &s, &err), SHARR_EIO);
    CU_ASSERT_PTR_NULL(s);
    TAP_CHECK(strstr(err.text, "/no/such/directory") != NULL, "%s", err.text);
    comm_free(c);
}

static void leaves_no_file(void)
{
    const int64_t shape[1] = {4};
    sharr_error err;
    int files = 0;
    scratch *s = make(SHARR_INT8, 1, shape, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    DIR *d = opendir(dir);
    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    for (struct dirent *e; (e = readdir(d));)
        files += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    closedir(d);
    CU_ASSERT_EQUAL(files, 0);
    scratch_free(s);
}

static void full_while_writing(void)
{
#ifdef ENABLE_FAULT
    const int64_t shape[2] = {10, 10};
    const box half = {.ndim = 2, .count = {10, 5}};
    sharr_error err;
    int32_t v[100];
    scratch *s = make(SHARR_INT32, 2, shape, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    for (int i = 0; i < 100; i++)
        v[i] = i;
    CU_ASSERT_TRUE(fault_arm("rawio.short:3"));
    CU_ASSERT_EQUAL(scratch_write(s, &half, v, NULL, &err), 0);
    int32_t back[50];
    CU_ASSERT_EQUAL(scratch_read(s, &half, back, NULL, &err), 0);
    CU_ASSERT_EQUAL(memcmp(v, back, sizeof back), 0);
    CU_ASSERT_TRUE(fault_arm("rawio.write:2"));
    CU_ASSERT_EQUAL(scratch_write(s, &half, v, NULL, &err), SHARR_EIO);
    TAP_CHECK(strstr(err.text, "20 bytes") != NULL, "%s", err.text);
    CU_ASSERT_TRUE(fault_arm("rawio.read:1"));
    CU_ASSERT_EQUAL(scratch_read(s, &half, v, NULL, &err), SHARR_EIO);
    fault_arm(NULL);
    scratch_free(s);
#else
    tap_skip("configured without --enable-fault");
#endif
}

static const tap_test tests[] = {
    {"random boxes, random shapes", random_boxes},
    {"columns written, rows read", columns_written_rows_read},
    {"the same bytes under another shape", same_bytes_another_shape},
    {"too large, outside: refused", refusals},
    {"a missing directory is named", missing_directory},
    {"no name is left", leaves_no_file},
    {"short and failing writes", full_while_writing},
};

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%.40s/sharr-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return 99;
    int rc = tap_run("scratch", tests, TAP_COUNT(tests));
    rmdir(dir);
    return rc;
}
