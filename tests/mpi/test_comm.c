/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every operation of a communicator on the ranks it is started on, whole and in
 * pieces; agreement; waiting.  Expected values are computed from the rank alone.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "dist/comm_impl.h"
#include "support/tap_cunit.h"

enum { MAX_RANKS = 16 };

static comm *c;
static int rank, size;

static void open_comm(void)
{
    sharr_error err;
    err_clear(&err);
    const MPI_Comm world = MPI_COMM_WORLD;
    c = comm_dup(&world, &err);
    TAP_CHECK(c != NULL, "%s", err.text);
    rank = comm_rank(c);
    size = comm_size(c);
}

/* Byte i of a message of rank r. */
static unsigned char byte_of(int r, int64_t i)
{
    return (unsigned char)(r * 37 + i * 7 + (i >> 8));
}

static void fill(unsigned char *p, int r, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        p[i] = byte_of(r, i);
}

static bool holds(const unsigned char *p, int r, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (p[i] != byte_of(r, i))
            return false;
    return true;
}

/* With both a generous and a tiny limit of one message. */
static void in_pieces(void (*test)(void))
{
    static const int64_t pieces[] = {1 << 30, 600};
    open_comm();
    for (int i = 0; i < 2; i++) {
        if (c->mpi)
            comm_mpi_set_piece(c->mpi, pieces[i]);
        test();
    }
    comm_free(c);
}

static void facts(void)
{
    int r, n;
    open_comm();
    MPI_Comm_rank(MPI_COMM_WORLD, &r);
    MPI_Comm_size(MPI_COMM_WORLD, &n);
    CU_ASSERT_EQUAL(rank, r);
    CU_ASSERT_EQUAL(size, n);
    CU_ASSERT_EQUAL(comm_local_size(c), n);
    CU_ASSERT_EQUAL(comm_local_rank(c), r);
    CU_ASSERT_PTR_NOT_NULL_FATAL(comm_handle(c));
    int same;
    MPI_Comm_compare(*(const MPI_Comm *)comm_handle(c), MPI_COMM_WORLD, &same);
    CU_ASSERT_EQUAL(same, MPI_CONGRUENT);
    comm_free(c);
}

static void bcast(void)
{
    static const int64_t sizes[] = {0, 1, 999, 1000, 1001, 7001};
    unsigned char buf[7001];
    for (int root = 0; root < size; root++)
        for (int i = 0; i < 6; i++) {
            sharr_error err = {0};
            memset(buf, 0, sizeof buf);
            if (rank == root)
                fill(buf, root, sizes[i]);
            CU_ASSERT_EQUAL(comm_bcast_all(c, buf, sizes[i], root, &err), 0);
            CU_ASSERT_TRUE(holds(buf, root, sizes[i]));
        }
}

/* Rank r has 0, 1, 700 or 1400 bytes, in another order each time. */
static int64_t lay_out(int turn, int64_t *count)
{
    static const int64_t sizes[] = {0, 700, 1, 1400};
    int64_t sum = 0;
    for (int r = 0; r < size; r++)
        sum += count[r] = sizes[(r + turn) % 4];
    return sum;
}

static bool joint_holds(const unsigned char *p, const int64_t *count)
{
    for (int r = 0; r < size; r++) {
        if (!holds(p, r, count[r]))
            return false;
        p += count[r];
    }
    return true;
}

static void gathers(void)
{
    unsigned char mine[1400], joint[MAX_RANKS * 1400];
    for (int turn = 0; turn < 4; turn++) {
        int64_t count[MAX_RANKS];
        lay_out(turn, count);
        fill(mine, rank, count[rank]);
        memset(joint, 0, sizeof joint);
        CU_ASSERT_EQUAL(comm_allgather_all(c, mine, joint, count, NULL), 0);
        CU_ASSERT_TRUE(joint_holds(joint, count));
        for (int root = 0; root < size; root++) {
            memset(joint, 0, sizeof joint);
            CU_ASSERT_EQUAL(comm_gather_all(c, mine, rank == root ? joint : NULL, count, root, NULL),
                            0);
            CU_ASSERT_TRUE(rank != root || joint_holds(joint, count));
        }
    }
}

static void scatters(void)
{
    unsigned char mine[1400], joint[MAX_RANKS * 1400];
    for (int turn = 0; turn < 4; turn++)
        for (int root = 0; root < size; root++) {
            int64_t count[MAX_RANKS];
            lay_out(turn, count);
            unsigned char *p = joint;
            for (int r = 0; r < size && rank == root; p += count[r++])
                fill(p, r, count[r]);
            memset(mine, 0, sizeof mine);
            CU_ASSERT_EQUAL(comm_scatter_all(c, rank == root ? joint : NULL, count, mine, root, NULL),
                            0);
            CU_ASSERT_TRUE(holds(mine, rank, count[rank]));
        }
}

/* Along the chain 0 -> 1 -> 2 ..., sizes that are empty, one piece, several. */
static void point_to_point(void)
{
    static const int64_t sizes[] = {0, 1, 1000, 2500};
    unsigned char buf[2500];
    for (int i = 0; i < 4; i++) {
        memset(buf, 0, sizeof buf);
        if (rank > 0) {
            CU_ASSERT_EQUAL(comm_recv(c, buf, sizes[i], rank - 1, i, NULL), 0);
            CU_ASSERT_TRUE(holds(buf, rank - 1, sizes[i]));
        }
        fill(buf, rank, sizes[i]);
        if (rank + 1 < size)
            CU_ASSERT_EQUAL(comm_send(c, buf, sizes[i], rank + 1, i, NULL), 0);
    }
    sharr_error err = {0};
    CU_ASSERT_EQUAL(comm_send(c, buf, 1, rank, 0, &err), SHARR_EINTERNAL);
    CU_ASSERT_EQUAL(comm_recv(c, buf, 1, rank, 0, &err), SHARR_EINTERNAL);
}

static void bcast_pieces(void) { in_pieces(bcast); }
static void gather_pieces(void) { in_pieces(gathers); }
static void scatter_pieces(void) { in_pieces(scatters); }
static void chain_pieces(void) { in_pieces(point_to_point); }

static void reductions(void)
{
    open_comm();
    int64_t v[4] = {rank, -rank, INT64_MAX - rank, INT64_MIN + rank};
    CU_ASSERT_EQUAL(comm_max_all(c, v, 4, NULL), 0);
    CU_ASSERT_EQUAL(v[0], size - 1);
    CU_ASSERT_EQUAL(v[1], 0);
    CU_ASSERT_EQUAL(v[2], INT64_MAX);
    CU_ASSERT_EQUAL(v[3], INT64_MIN + size - 1);
    int64_t s[2] = {1, (int64_t)rank << 40};
    CU_ASSERT_EQUAL(comm_sum_all(c, s, 2, NULL), 0);
    CU_ASSERT_EQUAL(s[0], size);
    CU_ASSERT_EQUAL(s[1], ((int64_t)size * (size - 1) / 2) << 40);
    CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
    comm_free(c);
}

static void no_error_costs_one_collective(void)
{
    counters k = {0};
    sharr_error err = {.status = 0, .rank = -1};
    open_comm();
    comm_set_counters(c, &k);
    CU_ASSERT_EQUAL(comm_agree_all(c, &err), 0);
    CU_ASSERT_EQUAL(err.status, 0);
    CU_ASSERT_EQUAL(comm_agree_all(c, NULL), 0);
    CU_ASSERT_EQUAL(k.collectives, size > 1 ? 2 : 0);
    comm_free(c);
}

/* Subsets of failing ranks: everybody has the lowest one's text, status and rank. */
static void lowest_rank_wins(void)
{
    open_comm();
    for (int set = 1; set < 1 << size; set += 1 + set / 4) {
        sharr_error err;
        err_clear(&err);
        if (set >> rank & 1)
            err_set(&err, 60 + rank, "rank %d of set %d", rank, set);
        int low = __builtin_ctz((unsigned)set);
        char text[64];
        snprintf(text, sizeof text, "rank %d of set %d", low, set);
        CU_ASSERT_EQUAL(comm_agree_all(c, &err), 60 + low);
        CU_ASSERT_EQUAL(err.status, 60 + low);
        CU_ASSERT_EQUAL(err.rank, low);
        TAP_CHECK(strcmp(err.text, text) == 0, "%s, not %s", err.text, text);
        CU_ASSERT_EQUAL(comm_agree_all(c, &err), 60 + low);
        CU_ASSERT_EQUAL(err.rank, low);     /* an agreed error keeps its place */
    }
    comm_free(c);
}

static void sameness(void)
{
    char text[40] = "the same plan on every rank";
    open_comm();
    bool same = false;
    CU_ASSERT_EQUAL(comm_same_all(c, text, sizeof text, &same, NULL), 0);
    CU_ASSERT_TRUE(same);
    CU_ASSERT_EQUAL(comm_same_all(c, "", 0, &same, NULL), 0);
    CU_ASSERT_TRUE(same);
    for (int odd = 0; odd < size && size > 1; odd++) {
        text[39] = rank == odd;
        CU_ASSERT_EQUAL(comm_same_all(c, text, sizeof text, &same, NULL), 0);
        CU_ASSERT_FALSE(same);
        text[39] = 0;
        CU_ASSERT_EQUAL(comm_same_all(c, text, sizeof text - (rank == odd), &same, NULL), 0);
        CU_ASSERT_FALSE(same);
    }
    comm_free(c);
}

static void count_up(void *arg)
{
    ++*(int *)arg;
}

static void idle_work_while_waiting(void)
{
    int calls = 0;
    open_comm();
    comm_set_idle(c, count_up, &calls);
    if (rank == 0)
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    CU_ASSERT_EQUAL(comm_barrier_all(c, NULL), 0);
    CU_ASSERT_TRUE(rank == 0 || calls >= 5);
    CU_ASSERT_TRUE(calls < 5000);
    comm_free(c);
}

/* A long buffer in little memory: the same pages over and over. */
static unsigned char *mirror(int64_t bytes, int64_t page)
{
    int fd = memfd_create("mirror", MFD_CLOEXEC);
    unsigned char *p = mmap(NULL, (size_t)bytes, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bool ok = fd >= 0 && p != MAP_FAILED && ftruncate(fd, page) == 0;
    for (int64_t at = 0; ok && at < bytes; at += page)
        ok = mmap(p + at, (size_t)page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) !=
             MAP_FAILED;
    close(fd);
    return ok ? p : NULL;
}

static void more_than_two_gib(void)
{
    const int64_t page = 16 << 20, bytes = 140 * page;
    open_comm();
    if (size != 2) {
        tap_skip("once is enough, on 2 ranks");
    } else {
        unsigned char *p = mirror(bytes, page);
        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        if (rank == 0)
            fill(p, 3, page);
        CU_ASSERT_EQUAL(comm_bcast_all(c, p, bytes, 0, NULL), 0);
        CU_ASSERT_TRUE(holds(p + bytes - page, 3, page));
        munmap(p, (size_t)bytes);
    }
    comm_free(c);
}

static void bad_handle(void)
{
    sharr_error err = {0};
    const MPI_Comm none = MPI_COMM_NULL;
    CU_ASSERT_PTR_NULL(comm_dup(&none, &err));
    CU_ASSERT_EQUAL(err.status, SHARR_EUSAGE);
}

static void world(void)
{
    sharr_error err = {0};
    comm *w = comm_world(&err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    int n;
    MPI_Comm_size(MPI_COMM_WORLD, &n);
    CU_ASSERT_EQUAL(comm_size(w), n);
    CU_ASSERT_PTR_NOT_NULL(comm_handle(w));
    comm_free(w);
}

static const tap_test tests[] = {
    {"rank, size and neighbours", facts},
    {"comm_world joins an MPI that runs", world},
    {"no communicator, no comm", bad_handle},
    {"broadcast from every root", bcast_pieces},
    {"gather and allgather, also of nothing", gather_pieces},
    {"scatter from every root", scatter_pieces},
    {"messages between neighbours", chain_pieces},
    {"max, sum, barrier", reductions},
    {"agreement without error is one collective", no_error_costs_one_collective},
    {"agreement: the lowest rank's error", lowest_rank_wins},
    {"equal data are recognised", sameness},
    {"the idle callback runs in a wait", idle_work_while_waiting},
    {"more than 2 GiB", more_than_two_gib},
};

TAP_MAIN_MPI("comm", tests)
