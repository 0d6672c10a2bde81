/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays that the ranks hold together: each expression over one has the bits that it has on
 * one rank alone, and so has a held expression; on one node and on several (SHARR_NODE makes
 * them of one machine); failures of one rank.
 */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "sharr/array.h"
#include "support/tap_cunit.h"

enum { ROWS = 150, COLS = 230, MOST = ROWS * COLS };

static sharr_context *ctx;
static int rank, size;
static double *input;

/* `nodes` of them, the first ranks on the first. */
static void open_context(int nodes)
{
    const MPI_Comm world = MPI_COMM_WORLD;
    sharr_error err = {0};
    char name[16];
    MPI_Comm_rank(world, &rank);
    MPI_Comm_size(world, &size);
    snprintf(name, sizeof name, "%d", rank * nodes / size);
    setenv("SHARR_NODE", name, 1);
    ctx = sharr_context_new(&err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
    TAP_CHECK(sharr_context_use_comm(ctx, &world, &err) == 0, "%s", err.text);
    unsetenv("SHARR_NODE");
    input = malloc(MOST * sizeof *input);
    for (int i = 0; i < MOST; i++)
        input[i] = sin(i * 0.7) * (i % 17 ? 1 : 1e5);
    input[5] = -0.0;
    input[6] = -NAN;
}

static void close_context(void)
{
    CU_ASSERT_EQUAL(sharr_context_held(ctx), 0);
    sharr_context_free(ctx);
    free(input);
}

static sharr_array *plain(void)
{
    static const int64_t shape[2] = {ROWS, COLS};
    sharr_error err = {0};
    sharr_memory m = {.type = SHARR_FLOAT64, .ndim = 2, .shape = shape, .data = input};
    return sharr_array_memory(ctx, &m, 0, &err);
}

static sharr_array *held(sharr_array *x)
{
    sharr_array *y = NULL;
    sharr_error err = {0};
    TAP_CHECK(sharr_array_hold(ctx, x, &y, &err) == 0, "%s", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(y);
    return y;
}

static sharr_array *of_text(const char *text, sharr_array *x)
{
    sharr_error err = {0};
    const sharr_name name = {"x", x};
    sharr_script *s = sharr_script_with(ctx, text, (int64_t)strlen(text), &name, x != NULL, &err);
    TAP_CHECK(s != NULL, "%s: %s", text, err.text);
    sharr_array *y = s ? sharr_script_array(s, 0) : NULL;
    sharr_script_free(s);
    CU_ASSERT_PTR_NOT_NULL_FATAL(y);
    return y;
}

static size_t bytes_of(const sharr_array *x)
{
    size_t n = sharr_dtype_size(sharr_array_dtype(x));
    for (int d = 0; d < sharr_array_ndim(x); d++)
        n *= (size_t)sharr_array_shape(x)[d];
    return n;
}

static char *values(sharr_array *x)
{
    sharr_error err = {0};
    char *out = calloc(1, bytes_of(x) + 1);
    sharr_want w = {.array = x, .data = out};
    TAP_CHECK(sharr_evaluate(ctx, &w, 1, NULL, &err) == 0, "%s", err.text);
    return out;
}

static int same(sharr_array *x, const char *want)
{
    char *got = values(x);
    int equal = memcmp(got, want, bytes_of(x)) == 0;
    free(got);
    return equal;
}

/* Over what one rank holds for itself: values of the text, and what their sum is when they are held. */
static void compute_alone(const char *text, char **want, char **sum)
{
    sharr_error err = {0};
    sharr_context *several = ctx;
    ctx = sharr_context_new(&err);
    sharr_array *x = plain(), *hx = held(x), *y = of_text(text, hx), *hy = held(y), *s = of_text("sum(x)", hy);
    *want = values(y);
    *sum = values(s);
    sharr_array *all[] = {x, hx, y, hy, s};
    for (int i = 0; i < 5; i++)
        sharr_array_unref(all[i]);
    CU_ASSERT_EQUAL(sharr_context_held(ctx), 0);
    sharr_context_free(ctx);
    ctx = several;
}

static void check_text(const char *text, sharr_array *hx)
{
    char *want, *sum;
    compute_alone(text, &want, &sum);
    sharr_array *y = of_text(text, hx), *hy = held(y), *s = of_text("sum(x)", hy);
    TAP_CHECK(same(y, want), "%s over what is held", text);
    TAP_CHECK(same(hy, want), "%s, held", text);
    TAP_CHECK(same(s, sum), "sum of %s, held", text);
    free(want);
    free(sum);
    sharr_array_unref(rank % 2 ? y : s);                /* ranks let go in their own order */
    sharr_array_unref(hy);
    sharr_array_unref(rank % 2 ? s : y);
}

static void same_bits(int nodes)
{
    static const char *const texts[] = {
        "x", "x * 2 + 1", "transpose(x)", "roll(x, 77, axis=0)", "roll(transpose(x), -31, axis=1)", "flip(x)", "x[::3, 7:]",
        "x[0:0]", "sum(x)", "mean(x, axis=0)", "std(x, axis=1)", "argmax(x, axis=0)", "signbit(x)", "x + flip(x, axis=0)",
        "sort(x)", "sort(x, axis=0)", "argsort(reshape(x, [34500]))", "cumulative_sum(x, axis=0)", "matmul(x, transpose(x))",
        "reshape(x, [230, 150])", "concat([x, x * 2, flip(x)], axis=0)", "x > mean(x)",
        "where(x > 0, x, sort(x, axis=1))", "complex64(x)", "take(x, stack([3, 149, 0, 3]), axis=0)",
        "searchsorted(sort(x[1]), x[0])",
    };
    open_context(nodes);
    sharr_array *x = plain(), *hx = held(x);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_text(texts[i], hx);
    sharr_array_unref(x);
    sharr_array_unref(hx);
    close_context();
}

static void one_node(void) { same_bits(1); }
static void two_nodes(void) { same_bits(2); }
static void nodes_of_one(void) { same_bits(5); }

/* Results larger than what ranks exchange at a time, and than their memory: to all of them, and to other nodes. */
static void many_rounds(void)
{
    static const char *const texts[] = {"arange(1500000) * 2", "reshape(arange(1600000) * 2, [2, 800000])",
                                        "sort(reshape(arange(1200000) * 2, [4, 3, 100000]), axis=2)"};
    for (int i = 0; i < 6; i++) {
        open_context(1 + i / 3);
        sharr_error err = {0};
        CU_ASSERT_EQUAL(sharr_context_set(ctx, "memory", "9MiB", &err), 0);
        sharr_array *y = of_text(texts[i % 3], NULL), *z = held(y);
        for (int k = 0; k < 2; k++) {
            char *got = values(k ? z : y);
            int64_t bad = 0;
            for (int64_t j = 0; j < (int64_t)bytes_of(y) / 8; j++)
                bad += ((int64_t *)got)[j] != 2 * j;
            TAP_CHECK(bad == 0, "%s: %lld are wrong", texts[i % 3], (long long)bad);
            free(got);
        }
        sharr_array_unref(y);
        sharr_array_unref(z);
        close_context();
    }
}

/* Values are computed at the call. */
static void later_changes_do_not_count(void)
{
    open_context(1);
    sharr_array *x = plain(), *y = of_text("x + 1", x), *z = held(y);
    char *want = values(y);
    for (int i = 0; i < MOST; i++)
        input[i] = 0;
    CU_ASSERT(same(z, want));
    free(want);
    sharr_array_unref(x);
    sharr_array_unref(y);
    sharr_array_unref(z);
    close_context();
}

static void shares_are_counted(void)
{
    open_context(1);
    sharr_error err = {0};
    int64_t share = 0, bytes = MOST * 8, want = (bytes + size - 1) / size;
    sharr_array *x = plain(), *a = held(x), *b = held(x);
    CU_ASSERT_EQUAL(sharr_context_share(ctx, bytes, &share, &err), 0);
    CU_ASSERT_EQUAL(share, want);
    CU_ASSERT_EQUAL(sharr_context_held(ctx), 2 * want);
    sharr_array_unref(rank % 2 ? a : b);
    CU_ASSERT_EQUAL(sharr_context_held(ctx), want);
    sharr_array *y = held(x);
    sharr_array_unref(rank % 2 ? b : a);
    sharr_array_unref(y);
    sharr_array_unref(x);
    close_context();
}

static int held_or_not(sharr_array *x, sharr_error *err)
{
    sharr_array *y = NULL;
    int status = sharr_array_hold(ctx, x, &y, err);
    if (y)
        sharr_array_unref(y);
    return status;
}

/* Each point once, on the last rank: all ranks say the same, and nothing is left behind. */
static void fail_everywhere(sharr_array *y, int least)
{
    enum { TRIES = 60 };
    int failed = 0;
    long points = TRIES;
    for (long i = 1; i <= points + 1 && i <= TRIES; i++) {             /* until one is not passed */
        char spec[32];
        sharr_error err = {0};
        snprintf(spec, sizeof spec, "*:%ld", i);
        fault_arm(rank == size - 1 ? spec : NULL);
        int status = held_or_not(y, &err), told[2] = {status, -status};
        points = fault_passages();
        fault_arm(NULL);
        MPI_Allreduce(MPI_IN_PLACE, told, 2, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
        MPI_Bcast(&points, 1, MPI_LONG, size - 1, MPI_COMM_WORLD);
        TAP_CHECK(told[0] == -told[1], "point %ld: %d here, %d elsewhere", i, status, told[0]);
        CU_ASSERT_EQUAL(sharr_context_held(ctx), 0);
        failed += status != 0;
    }
    TAP_CHECK(failed >= least, "%d of %ld points have failed", failed, points);
}

/* The first time ranks find out whether they can share: when one cannot, they do not. */
static void every_point_fails_once(void)
{
    if (!fault_arm(NULL)) {
        tap_skip("configured without --enable-fault");
        return;
    }
    for (int known = 0; known < 2; known++) {
        open_context(1);
        sharr_error err = {0};
        sharr_array *x = plain(), *y = of_text("sort(x, axis=0) + 1", x);
        if (known)
            TAP_CHECK(held_or_not(y, &err) == 0, "%s", err.text);
        fail_everywhere(y, 3);
        sharr_array_unref(x);
        sharr_array_unref(y);
        close_context();
    }
}

static const tap_test tests[] = {
    {"same bits on one node", one_node},
    {"same bits on two nodes", two_nodes},
    {"same bits on nodes of one rank", nodes_of_one},
    {"many rounds", many_rounds},
    {"later changes do not count", later_changes_do_not_count},
    {"shares are counted", shares_are_counted},
    {"every point fails once", every_point_fails_once},
};

TAP_MAIN_MPI("hold", tests)
