/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory that the ranks of a node have in common: what one writes all read, on their node
 * only; given back in any order; failures of one rank.  SHARR_NODE makes nodes of one machine.
 */
#include <dirent.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "dist/nodemem.h"
#include "support/tap_cunit.h"

static comm *c;
static int rank, size;

/* Nodes of `per` ranks each; 0: the machine is one. */
static void open_comm(int per)
{
    const MPI_Comm world = MPI_COMM_WORLD;
    sharr_error err = {0};
    char name[16];
    MPI_Comm_rank(world, &rank);
    MPI_Comm_size(world, &size);
    snprintf(name, sizeof name, "%d", per ? rank / per : 0);
    setenv("SHARR_NODE", name, 1);
    c = comm_dup(&world, &err);
    unsetenv("SHARR_NODE");
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
}

static nodemem *take(int64_t bytes)
{
    nodemem *m = NULL;
    sharr_error err = {0};
    TAP_CHECK(nodemem_new_all(c, bytes, &m, &err) == 0, "%s", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    return m;
}

/* How many of the bytes are not `want`. */
static int64_t others(const nodemem *m, int64_t first, int64_t count, int want)
{
    const unsigned char *p = nodemem_data(m);
    int64_t bad = 0;
    for (int64_t i = first; i < first + count; i++)
        bad += p[i] != want;
    return bad;
}

static void all_read_what_one_writes(void)
{
    static const int64_t sizes[] = {1, 4096, 3 * 4096 + 1, 1 << 20, (5 << 20) + 17};
    open_comm(0);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const int64_t bytes = sizes[k];
        nodemem *m = take(bytes);
        CU_ASSERT_EQUAL(others(m, 0, bytes, 0), 0);
        CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
        for (int64_t i = bytes * rank / size; i < bytes * (rank + 1) / size; i++)
            ((unsigned char *)nodemem_data(m))[i] = (unsigned char)(rank + 1);
        CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
        for (int r = 0; r < size; r++)
            CU_ASSERT_EQUAL(others(m, bytes * r / size, bytes * (r + 1) / size - bytes * r / size, r + 1), 0);
        CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
        nodemem_free(m);
    }
    comm_free(c);
}

/* The rank that made it is the first to let go of it, then one after the other; the comm goes before all. */
static void given_back_in_any_order(void)
{
    open_comm(0);
    nodemem *a = take(100000), *b = take(200000);
    if (rank == 0) {
        memset(nodemem_data(a), 7, 100000);
        memset(nodemem_data(b), 9, 200000);
    }
    CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
    comm_free(c);
    for (int r = 0; r < size; r++) {
        if (r == rank) {
            nodemem_free(rank % 2 ? a : b);
            CU_ASSERT_EQUAL(rank % 2 ? others(b, 0, 200000, 9) : others(a, 0, 100000, 7), 0);
        }
        MPI_Barrier(MPI_COMM_WORLD);
        if (r < rank)
            CU_ASSERT_EQUAL(others(a, 0, 100000, 7) + others(b, 0, 200000, 9), 0);
        MPI_Barrier(MPI_COMM_WORLD);
    }
    nodemem_free(rank % 2 ? b : a);
}

static int open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void takes_no_descriptors(void)
{
    open_comm(0);
    const int before = open_files();
    nodemem *many[20];
    for (int i = 0; i < 20; i++)
        many[i] = take(5000);
    CU_ASSERT_EQUAL(open_files(), before);
    for (int i = 0; i < 20; i++)
        nodemem_free(many[(i * 7 + rank) % 20]);
    CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
    comm_free(c);
}

static void nodes_have_their_own(void)
{
    open_comm(2);
    const int first = rank / 2 * 2;
    CU_ASSERT_EQUAL(comm_local_size(c), first + 1 < size ? 2 : 1);
    CU_ASSERT_EQUAL(comm_local_rank(c), rank - first);
    CU_ASSERT_EQUAL(comm_local_least(c), size % 2 ? 1 : 2);
    for (int r = 0; r < size; r++)
        CU_ASSERT_EQUAL(comm_node(c, r), r / 2 * 2);
    nodemem *m = take(10000);
    if (rank == first)
        memset(nodemem_data(m), rank + 1, 10000);
    CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
    CU_ASSERT_EQUAL(others(m, 0, 10000, first + 1), 0);
    nodemem_free(m);
    comm_free(c);
}

static void more_than_there_is(void)
{
    nodemem *m = NULL;
    sharr_error err = {0};
    open_comm(0);
    CU_ASSERT_EQUAL(nodemem_new_all(c, (int64_t)1 << 60, &m, &err), SHARR_ERESOURCE);
    CU_ASSERT_EQUAL(err.rank, 0);
    CU_ASSERT_EQUAL(nodemem_new_all(c, INT64_MAX, &m, &err), SHARR_ERESOURCE);
    CU_ASSERT_PTR_NULL(m);
    nodemem_free(take(1));
    comm_free(c);
}

/* The last rank alone: all return its error, nothing stays open, and the next try works. */
static void one_rank_fails(void)
{
    static const struct { const char *point; int status; } rows[] = {
        {"nodemem.make:1", SHARR_EIO}, {"nodemem.join:1", SHARR_EIO}, {"nodemem.pages:1", SHARR_ERESOURCE}};
    if (!fault_arm(NULL)) {
        tap_skip("configured without --enable-fault");
        return;
    }
    open_comm(0);
    const int before = open_files();
    for (int i = 0; i < 3; i++) {
        const int who = i == 0 ? 0 : size - 1;
        nodemem *m = NULL;
        sharr_error err = {0};
        if (i == 1 && size == 1)
            continue;
        fault_arm(rank == who ? rows[i].point : NULL);
        TAP_CHECK(nodemem_new_all(c, 50000, &m, &err) == rows[i].status, "%s: %d %s", rows[i].point, err.status, err.text);
        CU_ASSERT_EQUAL(err.rank, who);
        CU_ASSERT_PTR_NULL(m);
        fault_arm(NULL);
        nodemem_free(take(50000));
    }
    CU_ASSERT_EQUAL(open_files(), before);
    comm_free(c);
}

static const tap_test tests[] = {
    {"all read what one writes", all_read_what_one_writes},
    {"given back in any order", given_back_in_any_order},
    {"takes no descriptors", takes_no_descriptors},
    {"nodes have their own", nodes_have_their_own},
    {"more than there is", more_than_there_is},
    {"one rank fails", one_rank_fails},
};

TAP_MAIN_MPI("dist/nodemem", tests)
