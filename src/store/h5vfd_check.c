/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The self-check of the file driver: does this HDF5 place chunks and find them as locate and allocate
 * assume?  One file in memory (no file system is touched) with a user block, a dataset whose
 * chunks are placed by hand, and a contiguous one; written through the driver, read back both ways.
 */
#include "store/h5vfd.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/h5lib.h"

enum { CHUNK = 64, CHUNKS = 4, TOTAL = CHUNK * CHUNKS };

typedef struct trial {
    int fd;
    int failed;                     /* errno of a write that the memory file refused (ulimit -f, no memory) */
    hid_t fapl, file, chunked, flat;
    uint64_t addr[CHUNKS];          /* where allocate put the odd chunks */
    const char *wrong;              /* what differed */
} trial;

static unsigned char value(int chunk, int i)
{
    return (unsigned char)(chunk * 50 + i + 1);
}

/* Shuffle of single bytes changes nothing, but makes the index keep sizes and masks. */
static hid_t create_dataset(trial *t, const char *name, bool chunked)
{
    hsize_t dims = TOTAL, chunk = CHUNK;
    hid_t space = H5Screate_simple(1, &dims, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE), d;
    if (chunked) {
        H5Pset_chunk(dcpl, 1, &chunk);
        H5Pset_shuffle(dcpl);
    }
    d = H5Dcreate2(t->file, name, H5T_NATIVE_UCHAR, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Pclose(dcpl);
    H5Sclose(space);
    return d;
}

static void close_all(trial *t)
{
    hid_t id[] = {t->chunked, t->flat, t->file};
    for (int i = 0; i < 3; i++)
        if (id[i] >= 0 && H5Idec_ref(id[i]) < 0)
            t->wrong = "closing fails";
    t->chunked = t->flat = t->file = -1;
}

static void write_file(trial *t)
{
    hid_t fcpl = H5Pcreate(H5P_FILE_CREATE);
    unsigned char data[TOTAL];
    H5Pset_userblock(fcpl, 512);
    t->file = H5Fcreate("sharr-self-check", H5F_ACC_TRUNC, fcpl, t->fapl);
    H5Pclose(fcpl);
    h5vfd *v = t->file < 0 ? NULL : h5vfd_of(t->file);
    if (!v) {
        t->wrong = "the file cannot be created";
        return;
    }
    t->flat = create_dataset(t, "flat", false);
    t->chunked = create_dataset(t, "chunked", true);
    for (int i = 0; i < TOTAL; i++)
        data[i] = value(i / CHUNK, i % CHUNK);
    if (H5Dwrite(t->flat, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        t->wrong = "writing fails";
    for (int c = CHUNKS - 1; c > 0 && !t->wrong; c -= 2) {
        hsize_t at = (hsize_t)c * CHUNK;
        if (h5vfd_allocate(t->chunked, v, &at, CHUNK, &t->addr[c], NULL) ||
            pwrite(t->fd, data + at, CHUNK, (off_t)t->addr[c]) != CHUNK)
            t->wrong = "space for a chunk is not reserved without writing it";
    }
}

static void check_located(trial *t)
{
    h5vfd *v = h5vfd_of(t->file);
    for (int c = 0; c < CHUNKS && v && !t->wrong; c++) {
        hsize_t at = (hsize_t)c * CHUNK;
        h5place p = {0};
        enum h5vfd_found found = h5vfd_locate(t->chunked, v, &at, &p);
        if (c % 2 == 0 ? found != H5VFD_MISSING
                       : found != H5VFD_FOUND || p.addr != t->addr[c] || p.size != CHUNK || p.mask != 0)
            t->wrong = "a chunk is not found where it was put";
    }
}

static void check_values(trial *t)
{
    unsigned char got[TOTAL], raw[TOTAL];
    bool same = H5Dread(t->chunked, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0 &&
                pread(t->fd, raw, TOTAL, (off_t)H5Dget_offset(t->flat)) == TOTAL;
    for (int i = 0; i < TOTAL && same; i++) {
        int c = i / CHUNK;
        same = got[i] == (c % 2 ? value(c, i % CHUNK) : 0) && raw[i] == value(c, i % CHUNK);
    }
    if (!same && !t->wrong)
        t->wrong = "H5Dread and the bytes in the file disagree";
}

static void read_file(trial *t)
{
    t->file = H5Fopen("sharr-self-check", H5F_ACC_RDONLY, t->fapl);
    if (t->file >= 0) {
        t->flat = H5Dopen2(t->file, "flat", H5P_DEFAULT);
        t->chunked = H5Dopen2(t->file, "chunked", H5P_DEFAULT);
    }
    if (t->flat < 0 || t->chunked < 0) {
        t->wrong = "the file cannot be read back";
        return;
    }
    check_located(t);
    check_values(t);
}

static int run_trial(sharr_error *err)
{
    trial t = {.fd = memfd_create("sharr-self-check", MFD_CLOEXEC), .file = -1, .chunked = -1, .flat = -1};
    if (t.fd < 0)
        return err_set(err, SHARR_EINTERNAL, "the file driver cannot be checked: no memory file");
    t.fapl = h5vfd_fapl(&(h5vfd_options){.fd = t.fd, .failed = &t.failed}, err);
    if (t.fapl < 0) {
        close(t.fd);
        return SHARR_EINTERNAL;
    }
    write_file(&t);
    close_all(&t);
    if (t.failed)
        t.wrong = "its memory file cannot be written";
    if (!t.wrong)
        read_file(&t);
    close_all(&t);
    H5Eclear2(H5E_DEFAULT);
    H5Pclose(t.fapl);
    close(t.fd);
    if (!t.wrong)
        return SHARR_OK;
    return err_set(err, SHARR_EINTERNAL, "the file driver does not fit HDF5 " H5_VERS_INFO ": %s", t.wrong);
}

/* The answer, asked for once per process; guarded by the HDF5 lock. */
static struct { bool known; int status; sharr_error why; } verdict;

int h5vfd_trusted(sharr_error *err)
{
    if (!verdict.known) {
        verdict.status = run_trial(&verdict.why);
        verdict.known = true;
    }
    if (verdict.status && err)
        *err = verdict.why;
    return verdict.status;
}
