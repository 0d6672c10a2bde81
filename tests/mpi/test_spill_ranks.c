/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Spilled arrays of several ranks, small and large ones: values by hand on every rank, nothing left behind, and a
 * disk that fails one rank fails all.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sharr/array.h"

#include "base/fault.h"
#include "support/tap_cunit.h"

enum { FEW = 1000, MANY = 300000 };

static char dir[64];
static int rank, ranks;

static sharr_context *context(void)
{
    const MPI_Comm world = MPI_COMM_WORLD;
    const char *tmp = getenv("TMPDIR");
    sharr_error err = {0};
    MPI_Comm_rank(world, &rank);
    MPI_Comm_size(world, &ranks);
    snprintf(dir, sizeof dir, "%.40s/sharr-XXXXXX", tmp ? tmp : "/tmp");
    if (rank == 0 && !mkdtemp(dir))
        dir[0] = '\0';
    MPI_Bcast(dir, sizeof dir, MPI_CHAR, 0, world);
    sharr_context *ctx = sharr_context_new(&err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
    CU_ASSERT_EQUAL(sharr_context_use_comm(ctx, &world, &err), 0);
    CU_ASSERT_EQUAL(sharr_context_set(ctx, "tmpdir", dir, &err), 0);
    return ctx;
}

static void done(sharr_context *ctx)
{
    sharr_context_free(ctx);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        CU_ASSERT_EQUAL(rmdir(dir), 0);     /* empty: nothing was left */
}

static sharr_array *text(sharr_context *ctx, const char *t, sharr_array *x)
{
    sharr_error err = {0};
    const sharr_name name = {"x", x, NULL};
    sharr_script *s = sharr_script_with(ctx, t, (int64_t)strlen(t), &name, x != NULL, &err);
    TAP_CHECK(s != NULL, "%s: %s", t, err.text);
    sharr_array *y = s ? sharr_script_array(s, 0) : NULL;
    sharr_script_free(s);
    return y;
}

static int values(sharr_context *ctx, sharr_array *x, void *out, sharr_error *err)
{
    const sharr_want w = {.array = x, .data = out};
    return sharr_evaluate(ctx, &w, 1, NULL, err);
}

static int64_t value(sharr_context *ctx, const char *t, sharr_array *x)
{
    sharr_error err = {0};
    int64_t v = -1;
    sharr_array *y = text(ctx, t, x);
    TAP_CHECK(values(ctx, y, &v, &err) == 0, "%s: %s", t, err.text);
    sharr_array_unref(y);
    return v;
}

static void the_same_everywhere(int64_t n)
{
    static int64_t out[MANY];
    char t[64];
    sharr_error err = {0};
    sharr_context *ctx = context();
    snprintf(t, sizeof t, "3 * arange(%d) - 7", (int)n);
    sharr_array *x = text(ctx, t, NULL), *y = NULL;
    TAP_CHECK(sharr_array_spill(ctx, x, &y, &err) == 0, "%s", err.text);
    sharr_array_unref(x);
    CU_ASSERT_PTR_NOT_NULL_FATAL(y);
    TAP_CHECK(values(ctx, y, out, &err) == 0, "%s", err.text);
    int64_t bad = 0;
    for (int64_t i = 0; i < n; i++)
        bad += out[i] != 3 * i - 7;
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT_EQUAL(value(ctx, "sum(x)", y), 3 * n * (n - 1) / 2 - 7 * n);
    CU_ASSERT_EQUAL(value(ctx, "max(sort(-x))", y), 7);
    CU_ASSERT_EQUAL(value(ctx, "sum(x * arange(300000)[:1])", y), 0);
    sharr_array_unref(y);
    done(ctx);
}

static void few(void)
{
    the_same_everywhere(FEW);
}

static void many(void)
{
    the_same_everywhere(MANY);
}

/* A small result of what is large: in a file for all ranks, which each reads for itself. */
static void few_of_many(void)
{
    sharr_error err = {0};
    sharr_context *ctx = context();
    int64_t out[100];
    sharr_array *x = text(ctx, "sum(reshape(arange(300000), [3000, 100]), axis=0)", NULL), *y = NULL;
    TAP_CHECK(sharr_array_spill(ctx, x, &y, &err) == 0, "%s", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(y);
    TAP_CHECK(values(ctx, y, out, &err) == 0, "%s", err.text);
    for (int64_t i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(out[i], 100 * (3000ll * 2999 / 2) + 3000 * i);
    sharr_array_unref(y);
    sharr_array_unref(x);
    done(ctx);
}

static void one_disk_fails(void)
{
#ifdef ENABLE_FAULT
    sharr_error err = {0};
    sharr_context *ctx = context();
    int64_t out[FEW];
    sharr_array *x = text(ctx, "arange(1000) * 2", NULL), *y = NULL;
    CU_ASSERT_TRUE(fault_arm(rank == ranks - 1 ? "rawio.write:1" : NULL) || rank < ranks - 1);
    CU_ASSERT_EQUAL(sharr_array_spill(ctx, x, &y, &err), SHARR_EIO);
    CU_ASSERT_EQUAL(err.rank, ranks - 1);
    CU_ASSERT_PTR_NULL(y);
    fault_arm(NULL);
    CU_ASSERT_EQUAL(sharr_array_spill(ctx, x, &y, &err), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(y);
    CU_ASSERT_TRUE(fault_arm(rank == ranks - 1 ? "rawio.read:1" : NULL) || rank < ranks - 1);
    CU_ASSERT_EQUAL(values(ctx, y, out, &err), SHARR_EIO);
    CU_ASSERT_EQUAL(err.rank, ranks - 1);
    fault_arm(NULL);
    CU_ASSERT_EQUAL(values(ctx, y, out, &err), 0);
    CU_ASSERT_EQUAL(out[FEW - 1], 2 * (FEW - 1));
    sharr_array_unref(y);
    sharr_array_unref(x);
    done(ctx);
#else
    tap_skip("configured without --enable-fault");
#endif
}

static const tap_test tests[] = {
    {"few values: a file of each rank's own", few},
    {"many values: one file for all", many},
    {"few values of many", few_of_many},
    {"the disk of one rank fails: all fail", one_disk_fails},
};

TAP_MAIN_MPI("spill_ranks", tests)
