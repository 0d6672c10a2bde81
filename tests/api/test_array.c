/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays without a text: leaves, operators, indices, evaluation, and that every failed
 * allocation is an error that leaves nothing behind.  Values are computed by hand.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sharr/array.h"

#include "support/tap_cunit.h"

/* ---- failing allocations -------------------------------------------------------------------- */

static long countdown;                  /* 0: nothing fails; else the allocation that does */
static long passed;

static int fails(void)
{
    passed++;
    return countdown > 0 && --countdown == 0;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

/* ---- helpers -------------------------------------------------------------------------------- */

static const double six[] = {1, 2, 3, 4, 5, 6};
static const int64_t two_three[] = {2, 3};

static void count_release(void *arg)
{
    ++*(int *)arg;
}

static sharr_array *matrix(sharr_context *ctx, int *released, sharr_error *err)
{
    sharr_memory m = {.type = SHARR_FLOAT64, .ndim = 2, .shape = two_three, .data = six,
                      .release = released ? count_release : NULL, .arg = released};
    return sharr_array_memory(ctx, &m, 1, err);
}

static sharr_arg of(sharr_array *x)
{
    return (sharr_arg){.kind = SHARR_ARG_ARRAY, .array = x};
}

static sharr_arg number(double v)
{
    return (sharr_arg){.kind = SHARR_ARG_FLOAT, .re = v};
}

static int values(sharr_context *ctx, sharr_array *x, double *out, sharr_error *err)
{
    sharr_want w = {.array = x, .data = out};
    return sharr_evaluate(ctx, &w, 1, NULL, err);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void memory_in_any_order(void)
{
    static const struct { int64_t shape[2], stride[2]; int first; double want[6]; } rows[] = {
        {{2, 3}, {24, 8}, 0, {1, 2, 3, 4, 5, 6}},
        {{3, 2}, {8, 24}, 0, {1, 4, 2, 5, 3, 6}},       /* transposed */
        {{2, 3}, {-24, -8}, 5, {6, 5, 4, 3, 2, 1}},     /* backwards */
        {{2, 2}, {24, 16}, 0, {1, 3, 4, 6}},            /* every other column */
        {{2, 3}, {0, 8}, 3, {4, 5, 6, 4, 5, 6}},        /* broadcast */
    };
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        sharr_memory m = {.type = SHARR_FLOAT64, .ndim = 2, .shape = rows[i].shape, .stride = rows[i].stride,
                          .data = six + rows[i].first};
        double out[6] = {0}, sum = 0, got;
        int n = (int)(rows[i].shape[0] * rows[i].shape[1]);
        sharr_array *x = sharr_array_memory(ctx, &m, 1, &err);
        sharr_arg arg = of(x);
        sharr_array *s = sharr_apply(ctx, "sum", &arg, 1, &err);
        TAP_CHECK(x && values(ctx, x, out, &err) == 0, "row %d: %s", i, err.text);
        TAP_CHECK(memcmp(out, rows[i].want, (size_t)n * sizeof *out) == 0, "row %d: %g %g %g", i, out[0], out[1], out[2]);
        for (int k = 0; k < n; k++)
            sum += rows[i].want[k];
        TAP_CHECK(s && values(ctx, s, &got, &err) == 0 && got == sum, "row %d: sum %g, not %g", i, got, sum);
        sharr_array_unref(s);
        sharr_array_unref(x);
    }
    sharr_context_free(ctx);
}

static void released_with_the_last_handle(void)
{
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    int released = 0;
    sharr_array *x = matrix(ctx, &released, &err);
    sharr_arg args[] = {of(x), number(1)};
    sharr_array *y = sharr_apply(ctx, "add", args, 2, &err);
    sharr_array_unref(x);
    CU_ASSERT_EQUAL(released, 0);
    sharr_array_unref(sharr_array_ref(y));
    CU_ASSERT_EQUAL(released, 0);
    sharr_array_unref(y);
    CU_ASSERT_EQUAL(released, 1);
    for (int i = 0; i < 1000; i++)                      /* places are used again */
        sharr_array_unref(matrix(ctx, &released, &err));
    CU_ASSERT_EQUAL(released, 1001);
    sharr_context_free(ctx);
}

static void operators_and_parameters(void)
{
    static const struct { const char *op, *name; sharr_arg arg; int ndim; int64_t n; double first; int status; } rows[] = {
        {"sum", "axis", {.kind = SHARR_ARG_INT, .i = 0}, 1, 3, 5, 0},
        {"sum", NULL, {.kind = SHARR_ARG_INT, .i = -1}, 1, 2, 6, 0},
        {"mean", "keepdims", {.kind = SHARR_ARG_BOOL, .i = 1}, 2, 1, 3.5, 0},
        {"power", NULL, {.kind = SHARR_ARG_INT, .i = 2}, 2, 6, 1, 0},
        {"clip", "a_min", {.kind = SHARR_ARG_FLOAT, .re = 3}, 2, 6, 3, 0},
        {"max", "axis", {.kind = SHARR_ARG_NONE}, 0, 1, 6, 0},
        {"sum", "dtype", {.kind = SHARR_ARG_DTYPE, .i = SHARR_FLOAT64}, 0, 1, 21, 0},
        {"sum", "axis", {.kind = SHARR_ARG_INT, .i = 2}, 0, 0, 0, SHARR_EEXPR},
        {"sum", "axes", {.kind = SHARR_ARG_INT, .i = 0}, 0, 0, 0, SHARR_EEXPR},
        {"sum", "dtype", {.kind = SHARR_ARG_INT, .i = 0}, 0, 0, 0, SHARR_EEXPR},
        {"sum", "x", {.kind = SHARR_ARG_INT, .i = 0}, 0, 0, 0, SHARR_EEXPR},
        {"astype", "dtype", {.kind = SHARR_ARG_DTYPE, .i = 99}, 0, 0, 0, SHARR_EUSAGE},
        {"add", NULL, {.kind = 77}, 0, 0, 0, SHARR_EUSAGE},
        {"summ", NULL, {.kind = SHARR_ARG_NONE}, 0, 0, 0, SHARR_EUSAGE},
    };
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    sharr_array *x = matrix(ctx, NULL, &err);
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        sharr_arg args[] = {of(x), rows[i].arg};
        double out[6] = {0};
        int64_t n = 1;
        args[1].name = rows[i].name;
        sharr_array *y = sharr_apply(ctx, rows[i].op, args, 2, &err);
        if (rows[i].status) {
            TAP_CHECK(!y && err.status == rows[i].status && err.column < 0, "row %d: %d %s", i, err.status, err.text);
            continue;
        }
        if (!TAP_CHECK(y != NULL, "row %d: %s", i, err.text))
            continue;
        for (int d = 0; d < sharr_array_ndim(y); d++)
            n *= sharr_array_shape(y)[d];
        TAP_CHECK(sharr_array_ndim(y) == rows[i].ndim && n == rows[i].n, "row %d: %d dimensions", i, sharr_array_ndim(y));
        TAP_CHECK(values(ctx, y, out, &err) == 0 && out[0] == rows[i].first, "row %d: %g %s", i, out[0], err.text);
        sharr_array_unref(y);
    }
    sharr_array_unref(x);
    sharr_context_free(ctx);
}

static void numbers_are_weak(void)
{
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    const uint64_t big = UINT64_MAX - 1;
    sharr_array *x = sharr_array_scalar(ctx, SHARR_UINT64, &big, &err);
    sharr_arg args[] = {of(x), {.kind = SHARR_ARG_UINT, .i = (int64_t)UINT64_MAX}};
    sharr_array *y = sharr_apply(ctx, "maximum", args, 2, &err);
    uint64_t got = 0;
    sharr_want w = {.array = y, .data = &got};
    CU_ASSERT_EQUAL(sharr_array_dtype(y), SHARR_UINT64);
    CU_ASSERT_EQUAL(sharr_evaluate(ctx, &w, 1, NULL, &err), 0);
    CU_ASSERT_EQUAL(got, UINT64_MAX);
    sharr_array_unref(y);
    args[1] = (sharr_arg){.kind = SHARR_ARG_INT, .i = -1};
    CU_ASSERT_PTR_NULL(sharr_apply(ctx, "maximum", args, 2, &err));
    CU_ASSERT(err.status == SHARR_EEXPR && err.kind == SHARR_KIND_OVERFLOW);
    args[1] = (sharr_arg){.kind = SHARR_ARG_FLOAT, .re = 1};
    CU_ASSERT_PTR_NULL(sharr_apply(ctx, "bitwise_or", args, 2, &err));
    CU_ASSERT(err.status == SHARR_EEXPR && err.kind == SHARR_KIND_TYPE);
    args[1] = (sharr_arg){.kind = SHARR_ARG_INT, .i = 3};
    CU_ASSERT_PTR_NULL(sharr_apply(ctx, "sum", args, 2, &err));
    CU_ASSERT(err.status == SHARR_EEXPR && err.kind == SHARR_KIND_AXIS);
    args[1] = (sharr_arg){.kind = SHARR_ARG_COMPLEX, .im = 1};
    y = sharr_apply(ctx, "add", args, 2, &err);
    CU_ASSERT_EQUAL(sharr_array_dtype(y), SHARR_COMPLEX128);
    sharr_array_unref(y);
    sharr_array_unref(x);
    sharr_context_free(ctx);
}

static void indices_and_lists(void)
{
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    sharr_array *x = matrix(ctx, NULL, &err);
    sharr_index at[] = {{.kind = SHARR_INDEX_ELLIPSIS}, {.kind = SHARR_INDEX_NEWAXIS},
                        {.kind = SHARR_INDEX_SLICE, .has = SHARR_HAS_STEP, .step = -2}};
    sharr_array *y = sharr_array_index(ctx, x, at, 3, &err);
    double out[4] = {0};
    CU_ASSERT_EQUAL(sharr_array_ndim(y), 3);
    CU_ASSERT(values(ctx, y, out, &err) == 0 && out[0] == 3 && out[1] == 1 && out[2] == 6 && out[3] == 4);
    sharr_array_unref(y);
    sharr_index one[] = {{.kind = SHARR_INDEX_INT, .start = 1}, {.kind = SHARR_INDEX_INT, .start = 3}};
    CU_ASSERT_PTR_NULL(sharr_array_index(ctx, x, one, 2, &err));
    CU_ASSERT(err.status == SHARR_EEXPR && err.kind == SHARR_KIND_INDEX);
    sharr_arg items[] = {of(x), of(x)};
    sharr_arg list[] = {{.kind = SHARR_ARG_LIST, .item = items, .nitems = 2}, {.name = "axis", .kind = SHARR_ARG_INT, .i = 1}};
    y = sharr_apply(ctx, "concat", list, 2, &err);
    CU_ASSERT(y && sharr_array_shape(y)[0] == 2 && sharr_array_shape(y)[1] == 6);
    sharr_array_unref(y);
    sharr_array_unref(x);
    sharr_context_free(ctx);
}

static void updates(void)
{
    static const struct { sharr_index at[2]; int n; double value[2]; double want[6]; } rows[] = {
        {{{.kind = SHARR_INDEX_INT, .start = 1}}, 1, {7, 7}, {1, 2, 3, 7, 7, 7}},
        {{{.kind = SHARR_INDEX_ELLIPSIS}, {.kind = SHARR_INDEX_INT, .start = -1}}, 2, {8, 9}, {1, 2, 8, 4, 5, 9}},
        {{{.kind = SHARR_INDEX_INT}, {.kind = SHARR_INDEX_SLICE, .has = SHARR_HAS_STEP, .step = 2}}, 2, {8, 9},
         {8, 2, 9, 4, 5, 6}},
        {{{.kind = SHARR_INDEX_INT}, {.kind = SHARR_INDEX_SLICE, .has = SHARR_HAS_STEP, .step = -2}}, 2, {8, 9},
         {9, 2, 8, 4, 5, 6}},
        {{{.kind = SHARR_INDEX_SLICE, .has = SHARR_HAS_START, .start = 5}}, 1, {7, 7}, {1, 2, 3, 4, 5, 6}},
    };
    static const int64_t two[] = {2};
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    sharr_array *x = matrix(ctx, NULL, &err);
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        double out[6] = {0};
        bool one = rows[i].value[0] == rows[i].value[1];
        sharr_memory m = {.type = SHARR_FLOAT64, .ndim = one ? 0 : 1, .shape = two, .data = rows[i].value};
        sharr_array *v = sharr_array_memory(ctx, &m, 1, &err);
        sharr_array *y = sharr_array_update(ctx, x, rows[i].at, rows[i].n, v, &err);
        if (TAP_CHECK(y != NULL, "row %d: %s", i, err.text))
            TAP_CHECK(values(ctx, y, out, &err) == 0 && memcmp(out, rows[i].want, sizeof out) == 0,
                      "row %d: %g %g %g %g %g %g", i, out[0], out[1], out[2], out[3], out[4], out[5]);
        sharr_array_unref(y);
        sharr_array_unref(v);
    }
    const float wrong = 1;
    sharr_array *v = sharr_array_scalar(ctx, SHARR_FLOAT32, &wrong, &err);
    CU_ASSERT_PTR_NULL(sharr_array_update(ctx, x, rows[0].at, 1, v, &err));
    CU_ASSERT_EQUAL(err.kind, SHARR_KIND_TYPE);
    sharr_array_unref(v);
    CU_ASSERT_PTR_NULL(sharr_array_update(ctx, x, rows[0].at, 1, x, &err));
    CU_ASSERT(err.status == SHARR_EEXPR && err.kind == SHARR_KIND_VALUE);
    sharr_array_unref(x);
    sharr_context_free(ctx);
}

static void texts_with_names(void)
{
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    sharr_array *x = matrix(ctx, NULL, &err);
    sharr_name name = {"t", x, NULL};
    sharr_script *s = sharr_script_with(ctx, "m = mean(t); t - m", -1, &name, 1, &err);
    double out[6] = {0};
    CU_ASSERT_EQUAL(sharr_script_count(s), 2);
    sharr_array *y = sharr_script_array(s, 1);
    CU_ASSERT_PTR_NULL(sharr_script_array(s, 2));
    sharr_script_free(s);
    CU_ASSERT(values(ctx, y, out, &err) == 0 && out[0] == -2.5 && out[5] == 2.5);
    sharr_array_unref(y);
    CU_ASSERT_PTR_NULL(sharr_script_with(ctx, "u + 1", -1, &name, 1, &err));
    CU_ASSERT(err.status == SHARR_EEXPR && err.column == 0);
    CU_ASSERT_PTR_NULL(sharr_script_with(ctx, "/t + 1", -1, &name, 1, &err));
    sharr_array_unref(x);
    sharr_context_free(ctx);
}

static void files(void)
{
    sharr_error err = {0};
    char path[] = "/tmp/test_array_XXXXXX.h5";
    int fd = mkstemps(path, 3);
    sharr_context *ctx = sharr_context_new(&err);
    sharr_array *x = matrix(ctx, NULL, &err);
    sharr_arg args[] = {of(x), number(10)};
    sharr_array *y = sharr_apply(ctx, "multiply", args, 2, &err);
    sharr_want wants[] = {{.array = x, .name = "x"}, {.array = y, .name = "g/_y"}};
    sharr_output out = {.path = path};
    CU_ASSERT_EQUAL(sharr_evaluate(ctx, wants, 2, &out, &err), SHARR_EEXIST);
    out.overwrite = 1;
    TAP_CHECK(sharr_evaluate(ctx, wants, 2, &out, &err) == 0, "%s", err.text);
    sharr_file *f = sharr_file_open(ctx, path, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    sharr_array *back = sharr_file_dataset(f, "/g/_y", &err), *again = sharr_file_dataset(f, "/g/_y", &err);
    CU_ASSERT_PTR_EQUAL(back, again);
    sharr_array_unref(again);
    CU_ASSERT_PTR_NULL(sharr_file_dataset(f, "/z", &err));
    CU_ASSERT_EQUAL(err.status, SHARR_EEXPR);
    sharr_file_close(f);                                /* the array keeps it open */
    double got[6] = {0};
    sharr_origin o;
    CU_ASSERT(sharr_array_origin(ctx, back, &o) && strcmp(o.file, path) == 0 && strcmp(o.path, "/g/_y") == 0);
    CU_ASSERT(!sharr_array_origin(ctx, y, &o));
    CU_ASSERT(values(ctx, back, got, &err) == 0 && got[0] == 10 && got[5] == 60);
    sharr_array_unref(back);
    CU_ASSERT_PTR_NULL(sharr_file_open(ctx, "/nowhere.h5", &err));
    CU_ASSERT_EQUAL(err.status, SHARR_ENOINPUT);
    sharr_array_unref(y);
    sharr_array_unref(x);
    sharr_context_free(ctx);
    close(fd);
    unlink(path);
}

static void many_at_once(void)
{
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    sharr_array *x = matrix(ctx, NULL, &err);
    sharr_arg arg = of(x);
    sharr_array *lo = sharr_apply(ctx, "min", &arg, 1, &err), *hi = sharr_apply(ctx, "max", &arg, 1, &err);
    double a = 0, b = 0;
    sharr_want wants[] = {{.array = lo, .data = &a}, {.array = hi, .data = &b}};
    int64_t before = 0, after = 0;
    for (int i = 0; sharr_context_counter(ctx, i, &after, NULL); i++)
        if (strcmp(sharr_context_counter(ctx, i, NULL, NULL), "sweeps") == 0)
            sharr_context_counter(ctx, i, &before, NULL);
    CU_ASSERT_EQUAL(sharr_evaluate(ctx, wants, 2, NULL, &err), 0);
    CU_ASSERT(a == 1 && b == 6);
    for (int i = 0; sharr_context_counter(ctx, i, NULL, NULL); i++)
        if (strcmp(sharr_context_counter(ctx, i, NULL, NULL), "sweeps") == 0)
            sharr_context_counter(ctx, i, &after, NULL);
    CU_ASSERT_EQUAL(after - before, 1);
    char *plan = sharr_explain(ctx, wants, 2, NULL, 0, &err);
    CU_ASSERT(plan && strstr(plan, "sweep"));
    sharr_free(plan);
    wants[1].data = NULL;
    CU_ASSERT_EQUAL(sharr_evaluate(ctx, wants, 2, NULL, &err), SHARR_EUSAGE);
    char *text = sharr_array_text(lo, 100);
    CU_ASSERT_STRING_EQUAL(text, "min(memory)");
    sharr_free(text);
    sharr_array_unref(lo);
    sharr_array_unref(hi);
    sharr_array_unref(x);
    sharr_context_free(ctx);
}

/* Through bytes and back, on the same leaves. */
static sharr_array *copied(sharr_context *ctx, sharr_array *x, sharr_error *err)
{
    size_t bytes = 0;
    sharr_array **leaf = NULL, *y = NULL;
    int n = sharr_array_leaves(x, &leaf, err);
    void *packed = n < 0 ? NULL : sharr_array_pack(x, &bytes, err);
    if (packed)
        y = sharr_array_unpack(ctx, packed, bytes, leaf, n, err);
    for (int i = 0; i < n; i++)
        sharr_array_unref(leaf[i]);
    sharr_free(leaf);
    sharr_free(packed);
    return y;
}

static void packs(void)
{
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    sharr_array *x = matrix(ctx, NULL, &err), *none = NULL, **leaf = &none;
    sharr_arg args[] = {of(x), {.name = "axis", .kind = SHARR_ARG_INT, .i = 0}};
    sharr_array *y = sharr_apply(ctx, "mean", args, 2, &err), *z = copied(ctx, y, &err);
    CU_ASSERT_PTR_EQUAL(y, z);                          /* in the same context it is the same node */
    sharr_array_unref(z);
    size_t bytes = 0;
    void *packed = sharr_array_pack(y, &bytes, &err);
    CU_ASSERT_PTR_NULL(sharr_array_unpack(ctx, packed, bytes, &x, 0, &err));
    CU_ASSERT_EQUAL(err.status, SHARR_EDATA);
    CU_ASSERT_PTR_NULL(sharr_array_unpack(ctx, packed, bytes, &y, 1, &err));    /* a leaf of another shape */
    CU_ASSERT_EQUAL(err.status, SHARR_EDATA);
    for (size_t n = 0; n < bytes; n++)
        CU_ASSERT_PTR_NULL(sharr_array_unpack(ctx, packed, n, &x, 1, &err));
    sharr_free(packed);
    CU_ASSERT_EQUAL(sharr_array_leaves(y, &leaf, &err), 1);
    CU_ASSERT_PTR_EQUAL(leaf[0], x);
    sharr_array_unref(leaf[0]);
    sharr_free(leaf);
    sharr_array_unref(y);
    sharr_array_unref(x);
    sharr_context_free(ctx);
}

/* All of it once; 0, or the status of what failed. */
static int whole(int *released)
{
    sharr_error err = {0};
    double out[4] = {0};
    sharr_context *ctx = sharr_context_new(&err);
    sharr_array *x = ctx ? matrix(ctx, released, &err) : NULL, *y = NULL, *z = NULL, *s = NULL;
    if (x) {
        sharr_arg items[] = {of(x), of(x), of(x), number(1)}, list = {.kind = SHARR_ARG_LIST, .item = items, .nitems = 3};
        y = sharr_apply(ctx, "stack", &list, 1, &err);
    }
    if (y) {
        sharr_index at[] = {{.kind = SHARR_INDEX_SLICE}, {.kind = SHARR_INDEX_INT, .start = 1}};
        z = sharr_array_index(ctx, y, at, 2, &err);
    }
    if (z) {
        sharr_arg args[] = {of(z), {.name = "axis", .kind = SHARR_ARG_INT, .i = 0}};
        s = sharr_apply(ctx, "std", args, 2, &err);
    }
    sharr_array *t = s ? copied(ctx, s, &err) : NULL, *u = NULL;
    if (t && sharr_array_spill(ctx, t, &u, &err) == 0)
        values(ctx, u, out, &err);
    sharr_array_unref(u);
    sharr_array_unref(t);
    sharr_array_unref(s);
    sharr_array_unref(z);
    sharr_array_unref(y);
    sharr_array_unref(x);
    sharr_context_free(ctx);
    return err.status;
}

static void every_allocation_fails_once(void)
{
    int released = 0, made = 0, failed = 0;
    passed = 0;
    CU_ASSERT_EQUAL(whole(&released), 0);
    long n = passed;
    CU_ASSERT_EQUAL(released, 1);
    for (long i = 1; i <= n; i++) {
        released = 0;
        countdown = i;
        int status = whole(&released);
        countdown = 0;
        TAP_CHECK(status == 0 || status == SHARR_ERESOURCE, "allocation %ld of %ld: status %d", i, n, status);
        made += released;
        failed += status != 0;
    }
    TAP_CHECK(failed > n / 2 && made > n / 2, "%ld allocations, %d failures, %d arrays", n, failed, made);
}

/* The memory of small evaluations follows the setting. */
static void memory_may_change(void)
{
    enum { N = 100000 };
    sharr_error err = {0};
    static double in[N], out[N];
    const int64_t few = 10, many = N;
    const char *const limit[] = {"1MiB", "1GiB"};
    sharr_context *ctx = sharr_context_new(&err);
    for (int i = 0; i < 2; i++) {
        sharr_memory m = {.type = SHARR_FLOAT64, .ndim = 1, .shape = i ? &many : &few, .data = in};
        CU_ASSERT_EQUAL(sharr_context_set(ctx, "memory", limit[i], &err), 0);
        sharr_array *x = sharr_array_memory(ctx, &m, 1, &err);
        sharr_arg arg = {.kind = SHARR_ARG_ARRAY, .array = x};
        sharr_array *y = sharr_apply(ctx, "exp", &arg, 1, &err);
        sharr_want want = {.array = y, .data = out};
        TAP_CHECK(sharr_evaluate(ctx, &want, 1, NULL, &err) == 0, "%s: %s", limit[i], err.text);
        CU_ASSERT_EQUAL(out[0], 1);
        sharr_array_unref(x);
        sharr_array_unref(y);
    }
    sharr_context_free(ctx);
}

static const tap_test tests[] = {
    {"the memory of small evaluations may change", memory_may_change},
    {"memory of any strides", memory_in_any_order},
    {"memory is released with the last handle", released_with_the_last_handle},
    {"operators take the parameters of the table", operators_and_parameters},
    {"numbers are weak", numbers_are_weak},
    {"indices and lists", indices_and_lists},
    {"updates of every kind of place", updates},
    {"texts in which names stand for arrays", texts_with_names},
    {"files stay open as long as their arrays", files},
    {"several arrays in one sweep", many_at_once},
    {"arrays as bytes", packs},
    {"every allocation fails once", every_allocation_fails_once},
};
TAP_MAIN("array", tests)
