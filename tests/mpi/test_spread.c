/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays in memory of which each node keeps its part: every expression has the bits that it has on one rank; what a node
 * has of them, what moves, what is left behind, and what that takes; failures of one rank.
 */
#include <dirent.h>
#include <mpi.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "held_arrays.h"
#include "support/tap_cunit.h"

enum { ROWS = 460, COLS = 470, BYTES = ROWS * COLS * 8, PAGE = 4096 };

/* Bytes of the files in memory that this rank has open: of what is spread, what its node has. */
static int64_t there(void)
{
    DIR *d = opendir("/proc/self/fd");
    int64_t bytes = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        char path[300], to[64] = "";
        struct stat st;
        snprintf(path, sizeof path, "/proc/self/fd/%s", e->d_name);
        if (readlink(path, to, sizeof to - 1) > 0 && strncmp(to, "/memfd:sharr", 12) == 0 && stat(path, &st) == 0)
            bytes += (int64_t)st.st_blocks * 512;
    }
    if (d)
        closedir(d);
    return bytes;
}

static int64_t counter(const char *wanted)
{
    int64_t n = -1;
    const char *name;
    for (int i = 0; (name = sharr_context_counter(ctx, i, &n, NULL)) && strcmp(name, wanted); i++)
        continue;
    CU_ASSERT_PTR_NOT_NULL(name);
    return n;
}

/* By all ranks, since the context was made. */
static int64_t moved(void)
{
    int64_t n = counter("bytes_brought");
    MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    return n;
}

static int first_of_node(int nodes)
{
    return me == 0 || me * nodes / size != (me - 1) * nodes / size;
}

static int64_t evaluate(const char *text, sharr_array *x)
{
    const int64_t before = moved();
    sharr_array *y = of_text(text, x);
    free(values(y));
    sharr_array_unref(y);
    return moved() - before;
}

/* ---- bits ------------------------------------------------------------------------------------ */

static void same_bits(int nodes)
{
    static const char *const texts[] = {
        "x * 2 + 1", "roll(transpose(x), -31, axis=1)", "flip(x)[::3, 7:]", "mean(x, axis=0)", "std(x, axis=1)",
        "x + flip(x, axis=0)", "x > mean(x)", "where(x > 0, x, sort(x, axis=0))", "argsort(reshape(x, [216200]))",
        "cumulative_sum(x, axis=0)", "cumulative_sum(reshape(x, [216200]))", "matmul(transpose(x), x)",
        "reshape(transpose(x), [460, 470])", "reshape(x, [46, 10, 47, 10])[3, ::-1] + 1",
        "take(x, stack([3, 449, 0, 3]), axis=0)", "searchsorted(sort(x[1]), x[0])", "x[459, 1]",
    };
    open_context(nodes, ROWS, COLS);
    sharr_array *x = plain(), *hx = held(x);
    const int64_t before = there();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        check_text(texts[i], hx);
        MPI_Barrier(MPI_COMM_WORLD);                    /* all have let go of what they held meanwhile */
        TAP_CHECK(there() == before, "%s: %lld bytes, %lld before", texts[i], (long long)there(), (long long)before);
    }
    sharr_array_unref(x);
    sharr_array_unref(hx);
    close_context();
}

static void two_nodes(void) { same_bits(2); }
static void three_nodes(void) { same_bits(3); }

/* ---- parts ----------------------------------------------------------------------------------- */

/* 16 MiB: all nodes together have it once, but for the pages on borders; each what it is charged with. */
static void each_node_has_its_part(void)
{
    for (int nodes = 2; nodes <= 3 && nodes <= size; nodes++) {
        open_context(nodes, 2048, 1024);
        sharr_error err = {0};
        sharr_array *x = plain(), *hx = held(x), *sum = of_text("x + 1", hx), *y = held(sum);
        int64_t share = 0, bytes = (int64_t)bytes_of(x), mine = first_of_node(nodes) ? there() / 2 : 0, all = mine;
        CU_ASSERT_EQUAL(sharr_context_share(ctx, bytes, &share, &err), 0);
        CU_ASSERT_EQUAL(share, (bytes + size - 1) / size);
        MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
        TAP_CHECK(all >= bytes && all <= bytes + nodes * 2 * PAGE, "%lld of %lld", (long long)all, (long long)bytes);
        const int64_t of_rank = sharr_context_held(ctx) / 2;
        TAP_CHECK(of_rank >= share && of_rank <= share + (1 << 20), "%lld held, %lld", (long long)of_rank, (long long)share);
        TAP_CHECK(mine <= of_rank * (size / nodes + 1), "%lld bytes on a node", (long long)mine);
        CU_ASSERT_EQUAL(evaluate("sum(x * 2 + 1)", y) + evaluate("max(x, axis=1)", y), 0);    /* nothing moves */
        CU_ASSERT(evaluate("x[0, 0]", y) <= PAGE && evaluate("x[3::2044] + 1", y) <= 2 * 3 * PAGE);      /* rows of two pages */
        int64_t turned = evaluate("flip(x)", y);
        TAP_CHECK(turned > bytes / 4 && turned <= bytes, "%lld moved", (long long)turned);
        sharr_array *made[] = {x, hx, sum, y};
        for (int i = 0; i < 4; i++)
            sharr_array_unref(made[i]);
        CU_ASSERT_EQUAL(there(), 0);
        close_context();
    }
}

/* 1.6 million bytes are whole on each node, one row more is not. */
static void small_ones_are_whole(void)
{
    for (int more = 0; more < 2; more++) {
        open_context(2, 400 + more, 500);
        sharr_array *x = plain(), *hx = held(x);
        CU_ASSERT_EQUAL(there() > 0, size > 1 && more);
        CU_ASSERT_EQUAL(evaluate("flip(x)", hx) > 0, size > 1 && more);
        sharr_array_unref(x);
        sharr_array_unref(hx);
        close_context();
    }
}

static void held_once(void)
{
    open_context(2, ROWS, COLS);
    sharr_array *x = plain(), *hx = held(x), *again = held(hx);
    CU_ASSERT(again == hx && again != x);
    CU_ASSERT(sharr_array_is_held(ctx, x) == SHARR_NOT_HELD && sharr_array_is_held(ctx, hx) == SHARR_HELD_IN_MEMORY);
    sharr_array_unref(x);
    sharr_array_unref(hx);
    CU_ASSERT(same(again, (const char *)input));
    sharr_array_unref(again);
    close_context();
}

static int evaluate_or_not(void *y, sharr_error *err)
{
    char *out = malloc(bytes_of(y) + 1);
    sharr_want w = {.array = y, .data = out};
    int status = sharr_evaluate(ctx, &w, 1, NULL, err);
    free(out);
    return status;
}

/* As long as there are parts no others come in their place; and who leaves them cannot read any more. */
static void the_ranks_stay(void)
{
    const MPI_Comm world = MPI_COMM_WORLD;
    const int refused = size > 1 ? SHARR_EUSAGE : 0;
    open_context(size, ROWS, COLS);
    sharr_error err = {0};
    sharr_array *x = plain(), *hx = held(x);
    CU_ASSERT_EQUAL(sharr_context_use_comm(ctx, &world, &err), refused);
    CU_ASSERT(same(hx, (const char *)input));
    CU_ASSERT_EQUAL(sharr_context_use_comm(ctx, NULL, &err), 0);
    CU_ASSERT_EQUAL(evaluate_or_not(hx, &err), refused);
    CU_ASSERT_EQUAL(evaluate_or_not(x, &err), 0);
    sharr_array_unref(x);
    sharr_array_unref(hx);
    MPI_Barrier(world);
    CU_ASSERT_EQUAL(sharr_context_use_comm(ctx, &world, &err), 0);
    close_context();
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* 32 MiB and half as much memory: what would bring too much reads a copy in scratch; nobody takes more than there is. */
static void within_the_memory(void)
{
    static const char *const texts[] = {"sum(x + flip(x))", "sum(transpose(x), axis=1)", "sort(reshape(x, [4194304]))[::7]",
                                        "take(x, stack([3, 2047, 0]), axis=0)"};
    open_context(2, 2048, 2048);
    sharr_error err = {0};
    sharr_array *x = plain(), *hx = held(x);
    CU_ASSERT_EQUAL(sharr_context_set(ctx, "memory", "16MiB", &err), 0);
    CU_ASSERT_EQUAL(sharr_context_set(ctx, "threads", "1", &err), 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sharr_array *y = of_text(texts[i], hx), *z = of_text(texts[i], x);
        const int64_t scratch = counter("scratch_bytes"), before = moved();
        char *want = values(y);
        if (i == 0 && size == 2)
            CU_ASSERT(counter("scratch_bytes") > scratch && moved() == before);
        TAP_CHECK(same(z, want), "%s", texts[i]);
        free(want);
        sharr_array_unref(y);
        sharr_array_unref(z);
    }
    TAP_CHECK(counter("memory_peak") <= 16 << 20, "%lld", (long long)counter("memory_peak"));
    sharr_array_unref(x);
    sharr_array_unref(hx);
    close_context();
}

/* ---- failures -------------------------------------------------------------------------------- */

static int hold_or_not(void *y, sharr_error *err)
{
    sharr_array *z = NULL;
    int status = sharr_array_hold(ctx, y, &z, err);
    if (z)
        sharr_array_unref(z);
    return status;
}

static _Atomic bool over;

/* Once something has come to this rank. */
static void *interrupt(void *arg)
{
    while (!over && counter("bytes_brought") == 0)
        sched_yield();
    sharr_context_cancel(ctx);
    return arg;
}

/* One rank is interrupted while pages come: all end, and (but for a thread that was late) the rest does not come. */
static bool one_interrupted(int who, int64_t whole)
{
    pthread_t thread;
    sharr_error err = {0};
    open_context(2, 4096, 2048);
    sharr_array *x = plain(), *hx = held(x), *y = of_text("flip(x) + 1", hx);
    const int64_t here = there();
    over = false;
    if (me == who)
        pthread_create(&thread, NULL, interrupt, NULL);
    int status = evaluate_or_not(y, &err), least = status;
    over = true;
    if (me == who)
        pthread_join(thread, NULL);
    MPI_Allreduce(MPI_IN_PLACE, &least, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    TAP_CHECK(least == status && (status == 0 || status == SHARR_EINTERRUPTED), "%d here, %d elsewhere", status, least);
    const int64_t come = moved();
    CU_ASSERT_EQUAL(there(), here);
    sharr_array *made[] = {x, hx, y};
    for (int i = 0; i < 3; i++)
        sharr_array_unref(made[i]);
    close_context();
    return status && come < whole;
}

static void interrupts(void)
{
    int64_t whole = 0;
    open_context(2, 4096, 2048);
    sharr_array *x = plain(), *hx = held(x);
    whole = evaluate("flip(x) + 1", hx);
    sharr_array_unref(x);
    sharr_array_unref(hx);
    close_context();
    for (int who = 0; whole && who < size; who += size - 1) {
        bool early = false;
        const bool few = size > 3;              /* messages between two ranks: maybe none is asked about */
        for (int tries = 0; tries < (few ? 1 : 20) && !early; tries++)
            early = one_interrupted(who, whole);
        CU_ASSERT(early || few);
    }
}

static int64_t in_memory;               /* while nothing runs */

static void as_before(void *y)
{
    MPI_Barrier(MPI_COMM_WORLD);
    TAP_CHECK(y && there() == in_memory, "%lld bytes, %lld before", (long long)there(), (long long)in_memory);
}

static void every_point_fails_once(void)
{
    if (!fault_arm(NULL)) {
        tap_skip("configured without --enable-fault");
        return;
    }
    open_context(2, ROWS, COLS);
    sharr_error err = {0};
    sharr_array *x = plain(), *hx = held(x), *y = of_text("transpose(x) + 1", hx), *z = of_text("sort(flip(x), axis=0)", hx);
    const int least = size > 1 ? 8 : 4;
    CU_ASSERT_EQUAL(hold_or_not(y, &err), 0);
    in_memory = there();
    fail_everywhere(&(held_faults){evaluate_or_not, as_before, y, least, 60});
    fail_everywhere(&(held_faults){evaluate_or_not, as_before, z, least, 60});
    fail_everywhere(&(held_faults){hold_or_not, as_before, y, least, 60});
    char *got = values(hx);
    CU_ASSERT(memcmp(got, input, BYTES) == 0);
    free(got);
    sharr_array *made[] = {x, hx, y, z};
    for (int i = 0; i < 4; i++)
        sharr_array_unref(made[i]);
    close_context();
}

static const tap_test tests[] = {
    {"same bits on two nodes", two_nodes},
    {"same bits on three nodes", three_nodes},
    {"each node has its part", each_node_has_its_part},
    {"small ones are whole", small_ones_are_whole},
    {"held once", held_once},
    {"the ranks stay", the_ranks_stay},
    {"within the memory", within_the_memory},
    {"interrupts", interrupts},
    {"every point fails once", every_point_fails_once},
};

TAP_MAIN_MPI("spread", tests)
