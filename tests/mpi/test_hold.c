/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays that the ranks hold together: each expression over one has the bits that it has on
 * one rank alone, and so has a held expression; on one node and on several (SHARR_NODE makes
 * them of one machine); failures of one rank.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "held_arrays.h"
#include "support/tap_cunit.h"

enum { ROWS = 150, COLS = 230, MOST = ROWS * COLS };

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
    open_context(nodes, ROWS, COLS);
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
        open_context(1 + i / 3, ROWS, COLS);
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
    open_context(1, ROWS, COLS);
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
    open_context(1, ROWS, COLS);
    sharr_error err = {0};
    int64_t share = 0, bytes = MOST * 8, want = (bytes + size - 1) / size;
    sharr_array *x = plain(), *a = held(x), *b = held(x);
    CU_ASSERT_EQUAL(sharr_context_share(ctx, bytes, &share, &err), 0);
    CU_ASSERT_EQUAL(share, want);
    CU_ASSERT_EQUAL(sharr_context_held(ctx), 2 * want);
    sharr_array_unref(me % 2 ? a : b);
    CU_ASSERT_EQUAL(sharr_context_held(ctx), want);
    sharr_array *y = held(x);
    sharr_array_unref(me % 2 ? b : a);
    sharr_array_unref(y);
    sharr_array_unref(x);
    close_context();
}

static int held_or_not(void *x, sharr_error *err)
{
    sharr_array *y = NULL;
    int status = sharr_array_hold(ctx, x, &y, err);
    if (y)
        sharr_array_unref(y);
    return status;
}

static void nothing_is_held(void *x)
{
    CU_ASSERT(sharr_context_held(ctx) == 0 && x);
}

/* The first time ranks find out whether they can share: when one cannot, they do not. */
static void every_point_fails_once(void)
{
    if (!fault_arm(NULL)) {
        tap_skip("configured without --enable-fault");
        return;
    }
    for (int known = 0; known < 2; known++) {
        open_context(1, ROWS, COLS);
        sharr_error err = {0};
        sharr_array *x = plain(), *y = of_text("sort(x, axis=0) + 1", x);
        if (known)
            TAP_CHECK(held_or_not(y, &err) == 0, "%s", err.text);
        fail_everywhere(&(held_faults){held_or_not, nothing_is_held, y, 3, 60});
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
