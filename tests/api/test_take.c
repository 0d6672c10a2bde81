/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Elements of a dataset at positions: every axis, results in memory and in scratch, and no chunk is decoded that holds
 * none of them.  The dataset counts its elements, so what is right is known without NumPy.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sharr/array.h"
#include "support/tap_cunit.h"

enum { NDIM = 3, MOST = 400 };
static const int64_t shape[NDIM] = {24, 30, 20}, chunk[NDIM] = {5, 7, 6};

static int64_t decoded(sharr_context *ctx)
{
    int64_t value;
    const char *name;
    for (int i = 0; (name = sharr_context_counter(ctx, i, &value, NULL)); i++)
        if (strcmp(name, "chunks_decoded") == 0)
            return value;
    return -1;
}

/* A file whose dataset x holds 0, 1, 2, ... in C order. */
static int make(sharr_context *ctx, const char *path, const char *compress, sharr_error *err)
{
    static const char text[] = "x = reshape(arange(14400), (24, 30, 20))";
    const sharr_output out = {.path = path, .overwrite = 1, .compress = compress, .chunks = "5,7,6"};
    sharr_script *s = sharr_script_new(ctx, text, -1, err);
    int status = s ? sharr_script_run(s, &out, err) : err->status;
    sharr_script_free(s);
    return status;
}

static sharr_array *positions(sharr_context *ctx, const int64_t *at, int64_t n, sharr_error *err)
{
    const sharr_memory m = {.type = SHARR_INT64, .ndim = 1, .shape = &n, .data = at, .constant = true};
    return sharr_array_memory(ctx, &m, 0, err);
}

static int64_t right(const int64_t *index, const int64_t *at, int axis)
{
    int64_t flat = 0;
    for (int d = 0; d < NDIM; d++) {
        int64_t k = d == axis ? at[index[d]] : index[d];
        flat = flat * shape[d] + k + (k < 0 ? shape[d] : 0);
    }
    return flat;
}

static int64_t wrong(const int64_t *got, const int64_t *at, int64_t n, int axis)
{
    int64_t extent[NDIM], index[NDIM], bad = 0, at_flat = 0;
    for (int d = 0; d < NDIM; d++)
        extent[d] = d == axis ? n : shape[d];
    for (index[0] = 0; index[0] < extent[0]; index[0]++)
        for (index[1] = 0; index[1] < extent[1]; index[1]++)
            for (index[2] = 0; index[2] < extent[2]; index[2]++)
                bad += got[at_flat++] != right(index, at, axis);
    return bad;
}

/* Chunks that hold one of the positions. */
static int64_t touched(const int64_t *at, int64_t n, int axis)
{
    bool seen[MOST] = {false};
    int64_t rows = 0, beside = 1;
    for (int64_t i = 0; i < n; i++) {
        int64_t r = (at[i] + (at[i] < 0 ? shape[axis] : 0)) / chunk[axis];
        rows += !seen[r];
        seen[r] = true;
    }
    for (int d = 0; d < NDIM; d++)
        beside *= d == axis ? 1 : (shape[d] + chunk[d] - 1) / chunk[d];
    return rows * beside;
}

static int values(sharr_context *ctx, sharr_array *x, int64_t *into, sharr_error *err)
{
    const sharr_want want = {.array = x, .data = into};
    return sharr_evaluate(ctx, &want, 1, NULL, err);
}

static void try(sharr_context *ctx, sharr_array *x, const int64_t *at, int64_t n, int axis)
{
    sharr_error err = {0};
    sharr_array *i = positions(ctx, at, n, &err);
    const sharr_arg arg[] = {{.kind = SHARR_ARG_ARRAY, .array = x}, {.kind = SHARR_ARG_ARRAY, .array = i},
                             {.kind = SHARR_ARG_INT, .i = axis}};
    sharr_array *y = sharr_apply(ctx, "take", arg, 3, &err), *kept = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(y);
    int64_t *got = calloc((size_t)(14400 / shape[axis] * n) + 1, sizeof *got), before = decoded(ctx);
    TAP_CHECK(values(ctx, y, got, &err) == 0, "%s", err.text);
    TAP_CHECK(wrong(got, at, n, axis) == 0, "axis %d, %lld positions", axis, (long long)n);
    TAP_CHECK(decoded(ctx) - before == touched(at, n, axis), "axis %d: %lld chunks, not %lld", axis,
              (long long)(decoded(ctx) - before), (long long)touched(at, n, axis));
    memset(got, 0, (size_t)(14400 / shape[axis] * n) * sizeof *got);
    TAP_CHECK(sharr_array_spill(ctx, y, &kept, &err) == 0 && values(ctx, kept, got, &err) == 0, "%s", err.text);
    TAP_CHECK(wrong(got, at, n, axis) == 0, "axis %d, %lld positions, to scratch", axis, (long long)n);
    free(got);
    sharr_array_unref(kept);
    sharr_array_unref(y);
    sharr_array_unref(i);
}

static void datasets(void)
{
    sharr_error err = {0};
    char path[] = "/tmp/test_take_XXXXXX.h5";
    int fd = mkstemps(path, 3);
    int64_t many[MOST];
    for (int i = 0; i < MOST; i++)
        many[i] = i * 7919 % 20 - (i % 3 ? 0 : 20);
    static const int64_t few[] = {11, 11, 3, -1, 12}, up[] = {0, 1, 2, 3, 4, 9, 9, 17};
    for (int k = 0; k < 2; k++) {
        sharr_context *ctx = sharr_context_new(&err);
        TAP_CHECK(make(ctx, path, k ? "zstd:1" : "none", &err) == 0, "%s", err.text);
        sharr_file *f = sharr_file_open(ctx, path, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(f);
        sharr_array *x = sharr_file_dataset(f, "/x", &err);
        for (int axis = 0; axis < NDIM; axis++) {
            try(ctx, x, few, 5, axis);
            try(ctx, x, up, 8, axis);
            try(ctx, x, many, MOST, axis);
            try(ctx, x, few, 0, axis);
        }
        sharr_array_unref(x);
        sharr_file_close(f);
        sharr_context_free(ctx);
    }
    close(fd);
    unlink(path);
}

static const tap_test tests[] = {
    {"what positions take of a dataset, each chunk once", datasets},
};
TAP_MAIN("take", tests)
