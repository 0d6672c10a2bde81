/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values in scratch files: the same as in memory, to the last bit of sums; never synced, never renamed, with no
 * name while they are there and no descriptor afterwards; errors.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sharr/array.h"

#include "base/fault.h"
#include "support/tap_cunit.h"

enum { MANY = 300007 };                 /* no small evaluation, and more than one cell of the canonical grid */

static char dir[64];

/* ---- what makes a file last ------------------------------------------------------------------ */

static int lasting;                     /* calls that do */

int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned flags);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_rename(const char *from, const char *to);
int __real_renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned flags);

int __wrap_fsync(int fd)
{
    lasting++;
    return __real_fsync(fd);
}

int __wrap_fdatasync(int fd)
{
    lasting++;
    return __real_fdatasync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    lasting++;
    return __real_rename(from, to);
}

int __wrap_renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned flags)
{
    lasting++;
    return __real_renameat2(fromfd, from, tofd, to, flags);
}

/* ---- helpers --------------------------------------------------------------------------------- */

static int entries(const char *where)
{
    int n = 0;
    DIR *d = opendir(where);
    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    for (struct dirent *e; (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static int descriptors(void)
{
    return entries("/proc/self/fd");
}

static sharr_context *context(void)
{
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
    CU_ASSERT_EQUAL(sharr_context_set(ctx, "tmpdir", dir, &err), 0);
    return ctx;
}

static sharr_array *memory(sharr_context *ctx, enum sharr_dtype t, int64_t n, const void *data)
{
    sharr_error err = {0};
    const sharr_memory m = {.type = t, .ndim = 1, .shape = &n, .data = data};
    sharr_array *x = sharr_array_memory(ctx, &m, 1, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    return x;
}

static sharr_array *spilled(sharr_context *ctx, sharr_array *x)
{
    sharr_error err = {0};
    sharr_array *y = NULL;
    TAP_CHECK(sharr_array_spill(ctx, x, &y, &err) == 0, "%s", err.text);
    return y;
}

static int values(sharr_context *ctx, sharr_array *x, void *out, sharr_error *err)
{
    const sharr_want w = {.array = x, .data = out};
    return sharr_evaluate(ctx, &w, 1, NULL, err);
}

static sharr_array *named(sharr_context *ctx, const char *text, sharr_array *x)
{
    sharr_error err = {0};
    const sharr_name name = {"x", x, NULL};
    sharr_script *s = sharr_script_with(ctx, text, (int64_t)strlen(text), &name, 1, &err);
    TAP_CHECK(s != NULL, "%s: %s", text, err.text);
    sharr_array *y = s ? sharr_script_array(s, 0) : NULL;
    sharr_script_free(s);
    return y;
}

static int64_t counted(sharr_context *ctx, const char *which)
{
    int64_t value = -1;
    const char *name, *doc;
    for (int i = 0; (name = sharr_context_counter(ctx, i, &value, &doc)) && strcmp(name, which) != 0; i++)
        ;
    return value;
}

static float *uneven(int64_t n)
{
    float *v = malloc((size_t)n * sizeof *v);
    CU_ASSERT_PTR_NOT_NULL_FATAL(v);
    uint32_t r = 1;
    for (int64_t i = 0; i < n; i++) {
        r = r * 1664525u + 1013904223u;
        v[i] = (float)(r >> 8) / 4096 - 1000;
    }
    return v;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void comes_and_goes(void)
{
    static const int64_t sizes[] = {1, 12, 100000, MANY};       /* small ones take another way */
    sharr_context *ctx = context();
    sharr_error err = {0};
    float *v = uneven(MANY), *back = calloc(MANY, sizeof *back);
    const int before = descriptors();
    lasting = 0;
    for (int i = 0; i < TAP_COUNT(sizes); i++) {
        sharr_array *x = memory(ctx, SHARR_FLOAT32, sizes[i], v), *y = spilled(ctx, x);
        sharr_array_unref(x);
        CU_ASSERT_EQUAL(descriptors(), before + 1);
        CU_ASSERT_EQUAL(entries(dir), 0);
        TAP_CHECK(values(ctx, y, back, &err) == 0, "%s", err.text);
        CU_ASSERT_EQUAL(memcmp(back, v, (size_t)sizes[i] * sizeof *v), 0);
        sharr_array_unref(y);
        CU_ASSERT_EQUAL(descriptors(), before);
    }
    TAP_CHECK(lasting == 0, "%d calls of fsync or rename", lasting);
    sharr_context_free(ctx);
    free(back);
    free(v);
}

static void same_bits_as_memory(void)
{
    static const char *const texts[] = {
        "sum(x)", "mean(float64(x))", "var(x[1:300000:3])", "sum(float64(x[::-1]) * 3)", "max(x)", "sum(sqrt(abs(x)) + float64(x))",
        "sum(reshape(x[:300000], [300, 1000]), axis=0)[7]", "cumulative_sum(x)[300006]", "sort(x)[77]", "sum(int8(x > 0))",
    };
    sharr_context *ctx = context();
    sharr_error err = {0};
    float *v = uneven(MANY);
    sharr_array *x = memory(ctx, SHARR_FLOAT32, MANY, v), *y = spilled(ctx, x);
    for (int i = 0; i < TAP_COUNT(texts); i++) {
        char a[16] = {0}, b[16] = {1};
        sharr_array *from_memory = named(ctx, texts[i], x), *from_scratch = named(ctx, texts[i], y);
        TAP_CHECK(values(ctx, from_memory, a, &err) == 0, "%s: %s", texts[i], err.text);
        TAP_CHECK(values(ctx, from_scratch, b, &err) == 0, "%s: %s", texts[i], err.text);
        TAP_CHECK(memcmp(a, b, 8) == 0, "%s differs", texts[i]);
        sharr_array_unref(from_memory);
        sharr_array_unref(from_scratch);
    }
    sharr_array_unref(x);
    sharr_array_unref(y);
    sharr_context_free(ctx);
    free(v);
}

static void copied_once(void)
{
    sharr_context *ctx = context();
    sharr_error err = {0};
    float *v = uneven(MANY), *back = calloc(MANY, sizeof *back);
    sharr_array *x = memory(ctx, SHARR_FLOAT32, MANY, v), *y = spilled(ctx, x), *z = spilled(ctx, y), *sorted;
    CU_ASSERT_PTR_EQUAL(y, z);
    CU_ASSERT_EQUAL(counted(ctx, "scratch_bytes"), MANY * 4);
    sorted = named(ctx, "cumulative_sum(x)", y);
    TAP_CHECK(values(ctx, sorted, back, &err) == 0, "%s", err.text);
    CU_ASSERT_EQUAL(counted(ctx, "scratch_bytes"), MANY * 4);   /* read where it lies */
    sharr_array_unref(sorted);
    sharr_array_unref(z);
    sharr_array_unref(y);
    sharr_array_unref(x);
    sharr_context_free(ctx);
    free(back);
    free(v);
}

static void no_directory(void)
{
    sharr_context *ctx = context();
    sharr_error err = {0};
    const float v = 1;
    sharr_array *x = memory(ctx, SHARR_FLOAT32, 1, &v), *y = NULL;
    CU_ASSERT_EQUAL(sharr_context_set(ctx, "tmpdir", "/no/such/directory", &err), 0);
    CU_ASSERT_EQUAL(sharr_array_spill(ctx, x, &y, &err), SHARR_EIO);
    CU_ASSERT_PTR_NULL(y);
    TAP_CHECK(strstr(err.text, "/no/such/directory") != NULL, "%s", err.text);
    sharr_array_unref(x);
    sharr_context_free(ctx);
}

static void when_the_disk_fails(void)
{
#ifdef ENABLE_FAULT
    sharr_context *ctx = context();
    sharr_error err = {0};
    const float v[3] = {1, 2, 3};
    float back[3];
    const int before = descriptors();
    sharr_array *x = memory(ctx, SHARR_FLOAT32, 3, v), *y = NULL;
    CU_ASSERT_TRUE(fault_arm("rawio.write:1"));
    CU_ASSERT_EQUAL(sharr_array_spill(ctx, x, &y, &err), SHARR_EIO);
    CU_ASSERT_PTR_NULL(y);
    fault_arm(NULL);
    CU_ASSERT_EQUAL(descriptors(), before);
    y = spilled(ctx, x);
    CU_ASSERT_TRUE(fault_arm("rawio.read:1"));
    CU_ASSERT_EQUAL(values(ctx, y, back, &err), SHARR_EIO);
    fault_arm(NULL);
    CU_ASSERT_EQUAL(values(ctx, y, back, &err), 0);
    CU_ASSERT_EQUAL(memcmp(back, v, sizeof v), 0);
    sharr_array_unref(y);
    sharr_array_unref(x);
    sharr_context_free(ctx);
#else
    tap_skip("configured without --enable-fault");
#endif
}

static void where_files_need_names(void)
{
#ifdef ENABLE_FAULT
    CU_ASSERT_TRUE(fault_arm("tempfile.nameless:1+"));
    comes_and_goes();
    fault_arm(NULL);
#else
    tap_skip("configured without --enable-fault");
#endif
}

static const tap_test tests[] = {
    {"never synced, no name, no descriptor left", comes_and_goes},
    {"sums have the bits that they have from memory", same_bits_as_memory},
    {"written once, read where it lies", copied_once},
    {"a missing directory is named", no_directory},
    {"a disk that fails", when_the_disk_fails},
    {"the same where files need names", where_files_need_names},
};

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%.40s/sharr-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return 99;
    int rc = tap_run("spill", tests, TAP_COUNT(tests));
    rmdir(dir);
    return rc;
}
