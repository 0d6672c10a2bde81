/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file driver: allocation without data, lookup without data, abandoning, locks, replay.  Files are
 * checked with HDF5's stock driver, never with our own.
 */
#include "store/h5vfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/h5lib.h"
#include "support/tap_cunit.h"

enum { N = 40, CHUNK = 1000 };

static char path[64];

static hid_t fapl_of(const h5vfd_options *o)
{
    sharr_error e;
    hid_t fapl = h5vfd_fapl(o, &e);
    TAP_CHECK(fapl >= 0, "%s", e.text);
    return fapl;
}

/* A chunked, filtered byte dataset; single bytes shuffled are what they were. */
static hid_t make_dataset(hid_t file, int nchunks)
{
    hsize_t dims = (hsize_t)nchunks * CHUNK, chunk = CHUNK;
    hid_t space = H5Screate_simple(1, &dims, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 1, &chunk);
    H5Pset_shuffle(dcpl);
    hid_t d = H5Dcreate2(file, "d", H5T_NATIVE_UCHAR, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Pclose(dcpl);
    H5Sclose(space);
    return d;
}

static void fill_chunk(unsigned char *p, int c)
{
    for (int i = 0; i < CHUNK; i++)
        p[i] = (unsigned char)(c * 7 + i);
}

/* Writes every chunk by allocate + pwrite, in an order given by `stride`; returns the addresses. */
static void write_chunks(const char *name, const h5vfd_options *o, bool latest, int stride, uint64_t *addr)
{
    unsigned char data[CHUNK];
    hid_t fapl = fapl_of(o);
    if (latest)
        H5Pset_libver_bounds(fapl, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, fapl);
    h5vfd *v = h5vfd_of(file);
    CU_ASSERT_PTR_NOT_NULL_FATAL(v);
    hid_t d = make_dataset(file, N);
    for (int k = 0; k < N; k++) {
        int c = k * stride % N;
        hsize_t at = (hsize_t)c * CHUNK;
        sharr_error e = {0};
        fill_chunk(data, c);
        TAP_CHECK(h5vfd_allocate(d, v, &at, CHUNK, &addr[c], &e) == 0, "%s", e.text);
        CU_ASSERT_EQUAL(pwrite(h5vfd_fd(v), data, CHUNK, (off_t)addr[c]), CHUNK);
    }
    CU_ASSERT(H5Dclose(d) >= 0);
    CU_ASSERT(H5Fclose(file) >= 0);
    H5Pclose(fapl);
}

static void check_with_stock_driver(const char *name)
{
    unsigned char *got = malloc(N * CHUNK), want[CHUNK];
    hid_t file = H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT), d = H5Dopen2(file, "d", H5P_DEFAULT);
    CU_ASSERT(H5Dread(d, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0);
    for (int c = 0; c < N; c++) {
        fill_chunk(want, c);
        TAP_CHECK(memcmp(got + c * CHUNK, want, CHUNK) == 0, "chunk %d", c);
    }
    H5Dclose(d);
    H5Fclose(file);
    free(got);
}

static void check_with_locate(const char *name, const uint64_t *addr)
{
    hid_t fapl = fapl_of(NULL), file = H5Fopen(name, H5F_ACC_RDONLY, fapl);
    hid_t d = H5Dopen2(file, "d", H5P_DEFAULT);
    h5vfd *v = h5vfd_of(file);
    for (int c = 0; c < N; c++) {
        hsize_t at = (hsize_t)c * CHUNK;
        h5place p = {0};
        CU_ASSERT_EQUAL(h5vfd_locate(d, v, &at, &p), H5VFD_FOUND);
        TAP_CHECK(p.addr == addr[c] && p.size == CHUNK && p.mask == 0, "chunk %d at %llu, not %llu", c,
                  (unsigned long long)p.addr, (unsigned long long)addr[c]);
    }
    H5Dclose(d);
    H5Fclose(file);
    H5Pclose(fapl);
}

static void self_check_passes(void)
{
    sharr_error e = {0};
    h5lib_lock();
    TAP_CHECK(h5vfd_trusted(&e) == 0, "%s", e.text);
    h5lib_unlock();
}

static void allocated_files_are_ordinary(void)
{
    static const int strides[] = {1, 7, 39};
    uint64_t addr[N];
    h5lib_lock();
    for (int latest = 0; latest < 2; latest++)
        for (int s = 0; s < TAP_COUNT(strides); s++) {
            write_chunks(path, NULL, latest, strides[s], addr);
            check_with_stock_driver(path);
            check_with_locate(path, addr);
        }
    h5lib_unlock();
    unlink(path);
}

static void missing_is_told_from_failure(void)
{
    h5lib_lock();
    hid_t fapl = fapl_of(NULL), file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, fapl);
    hid_t d = make_dataset(file, N);
    h5vfd *v = h5vfd_of(file);
    hsize_t at = 0, off_grid = 1;
    h5place p;
    uint64_t addr;
    CU_ASSERT_EQUAL(h5vfd_locate(d, v, &at, &p), H5VFD_MISSING);   /* nothing written at all */
    CU_ASSERT_EQUAL(h5vfd_allocate(d, v, &at, CHUNK, &addr, NULL), 0);
    at = 5 * CHUNK;
    CU_ASSERT_EQUAL(h5vfd_locate(d, v, &at, &p), H5VFD_MISSING);   /* others written */
    CU_ASSERT_EQUAL(h5vfd_locate(d, v, &off_grid, &p), H5VFD_FAILED);
    H5Dclose(d);
    H5Fclose(file);
    H5Pclose(fapl);
    h5lib_unlock();
    unlink(path);
}

/* An address replayed over the data of an interrupted run is the same, and the data are still there. */
static void replay_keeps_data(void)
{
    uint64_t first[N], again[N];
    unsigned char data[CHUNK], want[CHUNK];
    h5lib_lock();
    write_chunks(path, NULL, false, 7, first);
    CU_ASSERT_EQUAL(truncate(path, 3 * N * CHUNK), 0);             /* a longer rest of another run */
    hid_t fapl = fapl_of(&(h5vfd_options){.replay = true, .fd = -1});
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, fapl), d = make_dataset(file, N);
    h5vfd *v = h5vfd_of(file);
    for (int k = 0; k < N; k++) {
        int c = k * 7 % N;
        hsize_t at = (hsize_t)c * CHUNK;
        CU_ASSERT_EQUAL(h5vfd_allocate(d, v, &at, CHUNK, &again[c], NULL), 0);
        fill_chunk(want, c);
        CU_ASSERT_EQUAL(pread(h5vfd_fd(v), data, CHUNK, (off_t)again[c]), CHUNK);
        TAP_CHECK(again[c] == first[c] && memcmp(data, want, CHUNK) == 0, "chunk %d", c);
    }
    CU_ASSERT(H5Dclose(d) >= 0 && H5Fclose(file) >= 0);
    H5Pclose(fapl);
    check_with_stock_driver(path);
    h5lib_unlock();
    unlink(path);
}

/* After abandon everything closes without an error and nothing more reaches the disk. */
static void abandoned_files_close(void)
{
    struct stat before, after;
    uint64_t addr;
    h5lib_lock();
    hid_t fapl = fapl_of(NULL), file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, fapl);
    hid_t d = make_dataset(file, N);
    h5vfd *v = h5vfd_of(file);
    hsize_t at = 0;
    CU_ASSERT_EQUAL(h5vfd_allocate(d, v, &at, CHUNK, &addr, NULL), 0);
    CU_ASSERT_EQUAL(stat(path, &before), 0);
    h5vfd_abandon(v);
    CU_ASSERT(H5Dclose(d) >= 0);
    CU_ASSERT(H5Fclose(file) >= 0);
    CU_ASSERT_EQUAL(stat(path, &after), 0);
    CU_ASSERT_EQUAL(before.st_size, after.st_size);
    H5Pclose(fapl);
    h5lib_unlock();
    unlink(path);
}

/* Can another process take this lock? */
static bool lock_is_free(int kind)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        int fd = open(path, O_RDWR);
        _exit(fd >= 0 && flock(fd, kind | LOCK_NB) == 0 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    return status == 0;
}

static void locks_as_stock_hdf5(void)
{
    uint64_t addr[N];
    sharr_error e;
    h5lib_lock();
    write_chunks(path, NULL, false, 1, addr);
    hid_t fapl = fapl_of(NULL), file = H5Fopen(path, H5F_ACC_RDONLY, fapl);
    CU_ASSERT(lock_is_free(LOCK_SH));
    CU_ASSERT(!lock_is_free(LOCK_EX));
    H5Fclose(file);
    CU_ASSERT(lock_is_free(LOCK_EX));
    file = H5Fopen(path, H5F_ACC_RDWR, fapl);
    CU_ASSERT(!lock_is_free(LOCK_SH));
    H5Fclose(file);

    int fd = open(path, O_RDWR);                                   /* somebody writes */
    CU_ASSERT_EQUAL(flock(fd, LOCK_EX), 0);
    file = H5Fopen(path, H5F_ACC_RDONLY, fapl);
    CU_ASSERT(file < 0);
    CU_ASSERT_EQUAL(h5lib_error(&e, SHARR_EDATA, "%s", path), SHARR_EIO);
    TAP_CHECK(strstr(e.text, "another process is writing it") != NULL, "%s", e.text);
    file = H5Fopen("/proc/self/fd/none", H5F_ACC_RDONLY, fapl);
    CU_ASSERT(file < 0);
    h5vfd_options lent = {.fd = fd};                               /* ... with this very descriptor */
    hid_t own = fapl_of(&lent);
    file = H5Fopen(path, H5F_ACC_RDWR, own);
    CU_ASSERT(file >= 0);
    H5Fclose(file);
    CU_ASSERT(!lock_is_free(LOCK_SH));                             /* the lender's lock stays */
    close(fd);
    H5Pclose(own);
    H5Pclose(fapl);
    h5lib_unlock();
    unlink(path);
}

static void env_turns_locks_off(void)
{
    uint64_t addr[N];
    int status = -1;
    h5lib_lock();
    write_chunks(path, NULL, false, 1, addr);
    h5lib_unlock();
    pid_t child = fork();
    if (child == 0) {                                              /* HDF5 reads it when it starts */
        execl("/proc/self/exe", "test_h5vfd", "--without-locks", path, (char *)NULL);
        _exit(9);
    }
    waitpid(child, &status, 0);
    TAP_CHECK(status == 0, "status %d", status);
    unlink(path);
}

/* In the child: with locking off, a file locked by somebody else opens. */
static int without_locks(const char *name)
{
    int fd = open(name, O_RDWR);
    sharr_error e;
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    h5lib_lock();
    hid_t fapl = h5vfd_fapl(NULL, &e);
    if (fd < 0 || flock(fd, LOCK_EX) != 0 || fapl < 0)
        return 2;
    hid_t file = H5Fopen(name, H5F_ACC_RDONLY, fapl);
    if (file < 0)
        return 3;
    H5Fclose(file);
    H5Pclose(fapl);
    h5lib_unlock();
    close(fd);
    return 0;
}

static void printing_comes_back(void)
{
    H5E_auto2_t before, inside, after;
    void *arg;
    H5Eget_auto2(H5E_DEFAULT, &before, &arg);
    h5lib_lock();
    h5lib_lock();
    H5Eget_auto2(H5E_DEFAULT, &inside, &arg);
    h5lib_unlock();
    h5lib_unlock();
    H5Eget_auto2(H5E_DEFAULT, &after, &arg);
    CU_ASSERT(inside == NULL);
    CU_ASSERT(before != NULL && before == after);
}

static const tap_test tests[] = {
    {"the self-check passes with this HDF5", self_check_passes},
    {"files made by allocation are read by stock HDF5", allocated_files_are_ordinary},
    {"a chunk never written is told from a failed lookup", missing_is_told_from_failure},
    {"replay gives the same addresses over the old data", replay_keeps_data},
    {"an abandoned file closes without error or writes", abandoned_files_close},
    {"locks are those of stock HDF5", locks_as_stock_hdf5},
    {"HDF5_USE_FILE_LOCKING=FALSE is honoured", env_turns_locks_off},
    {"automatic error printing is restored", printing_comes_back},
};

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--without-locks") == 0)
        return without_locks(argv[2]);
    snprintf(path, sizeof path, "test_h5vfd.%d.h5", (int)getpid());
    return tap_run("h5vfd", tests, TAP_COUNT(tests));
}
