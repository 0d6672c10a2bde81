/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Raw reads of inputs: every way of reading gives the same bytes; ends of files and changes are noticed.
 */
#include "store/infile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/pagecache.h"
#include "support/tap_cunit.h"

enum { SIZE = 300 * 1024 + 77 };

static char path[64];
static unsigned char *bytes;

static void make_file(void)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0666);
    bytes = malloc(SIZE);
    for (int i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 251);
    if (write(fd, bytes, SIZE) != SIZE)
        perror(path);
    close(fd);
}

static infile *open_as(enum infile_mode mode)
{
    int fd = open(path, O_RDONLY);
    infile *f = NULL;
    sharr_error e;
    TAP_CHECK(infile_new(fd, path, mode, &f, &e) == 0, "%s", e.text);
    close(fd);
    return f;
}

static void check_range(const infile *f, uint64_t addr, size_t n, iobuf *buf)
{
    unsigned char *out = malloc(n ? n : 1), *page = aligned_alloc(4096, (n / 4096 + 1) * 4096);
    uint8_t *data = NULL;
    sharr_error e = {0};
    TAP_CHECK(infile_read(f, addr, n, buf, &data, &e) == 0 && memcmp(data, bytes + addr, n) == 0, "%zu at %llu: %s", n,
              (unsigned long long)addr, e.text);
    TAP_CHECK(data >= (uint8_t *)buf->p && data + n <= (uint8_t *)buf->p + buf->cap, "%zu", n);
    TAP_CHECK(infile_read_to(f, addr, n, out, buf, &e) == 0 && memcmp(out, bytes + addr, n) == 0, "%s", e.text);
    TAP_CHECK(infile_read_to(f, addr, n, page, buf, &e) == 0 && memcmp(page, bytes + addr, n) == 0, "%s", e.text);
    free(out);
    free(page);
}

static void every_mode_reads_the_same(void)
{
    static const struct { uint64_t addr; size_t n; } ranges[] = {
        {0, 1}, {0, 4096}, {4096, 8192}, {1, 4095}, {1, 4096}, {4095, 2}, {512, 512}, {100000, 65536},
        {SIZE - 1, 1}, {SIZE - 5000, 5000}, {0, SIZE}, {SIZE, 0}, {8192, SIZE - 8192},
    };
    for (int mode = INFILE_AUTO; mode <= INFILE_DIRECT; mode++) {
        infile *f = open_as(mode);
        iobuf buf = {0};
        CU_ASSERT_EQUAL(infile_size(f), SIZE);
        CU_ASSERT_STRING_EQUAL(infile_path(f), path);
        CU_ASSERT(infile_mode(f) != INFILE_AUTO);
        for (int i = 0; i < TAP_COUNT(ranges); i++)
            check_range(f, ranges[i].addr, ranges[i].n, &buf);
        tap_diag("mode %d became %d", mode, infile_mode(f));
        iobuf_fini(&buf);
        infile_free(f);
    }
}

static void ends_are_noticed(void)
{
    for (int mode = INFILE_BUFFERED; mode <= INFILE_DIRECT; mode++) {
        infile *f = open_as(mode);
        iobuf buf = {0};
        uint8_t *data;
        sharr_error e = {0};
        CU_ASSERT_EQUAL(infile_read(f, SIZE - 10, 11, &buf, &data, &e), SHARR_EDATA);
        TAP_CHECK(strstr(e.text, "ends before") != NULL, "%s", e.text);
        CU_ASSERT_EQUAL(infile_read(f, SIZE + 100000, 11, &buf, &data, &e), SHARR_EDATA);
        iobuf_fini(&buf);
        infile_free(f);
    }
}

static void small_files_are_buffered(void)
{
    infile *f = open_as(INFILE_AUTO);
    CU_ASSERT_EQUAL(infile_mode(f), INFILE_BUFFERED);
    infile_free(f);
    f = open_as(INFILE_DROP);
    CU_ASSERT_EQUAL(infile_mode(f), INFILE_DROP);
    infile_free(f);
}

static void cached_share_is_seen(void)
{
    int fd = open(path, O_RDWR);
    char *all = malloc(SIZE);
    CU_ASSERT_EQUAL(pread(fd, all, SIZE, 0), SIZE);
    CU_ASSERT(pagecache_share(fd, SIZE) > 0.9);
    CU_ASSERT_EQUAL(pagecache_share(fd, 0), 1);
    fsync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    double cold = pagecache_share(fd, SIZE);
    tap_diag("share after DONTNEED: %.2f", cold);  /* tmpfs keeps it */
    CU_ASSERT(cold >= 0 && cold <= 1);
    free(all);
    close(fd);
}

static void buffers_grow_and_stay(void)
{
    iobuf b = {0};
    sharr_error e = {0};
    CU_ASSERT_EQUAL(iobuf_need(&b, 0, &e), 0);
    CU_ASSERT_EQUAL(iobuf_need(&b, 100000, &e), 0);
    CU_ASSERT(b.cap >= 100000 && b.cap == iobuf_memusage(100000) && (uintptr_t)b.p % IOBUF_PAGE == 0);
    iobuf kept = b;
    CU_ASSERT_EQUAL(iobuf_need(&b, 50, &e), 0);
    CU_ASSERT(b.p == kept.p && b.cap == kept.cap);
    CU_ASSERT_EQUAL(iobuf_need(&b, SIZE_MAX, &e), SHARR_ERESOURCE);
    CU_ASSERT(b.p == kept.p && b.cap == kept.cap);
    CU_ASSERT_EQUAL(iobuf_need(&b, 5 << 20, &e), 0);
    CU_ASSERT_EQUAL(b.cap, 6 << 20);
    iobuf_fini(&b);
    CU_ASSERT(b.p == NULL && b.cap == 0);
}

static const tap_test tests[] = {
    {"every way of reading gives the same bytes", every_mode_reads_the_same},
    {"the end of the file is noticed", ends_are_noticed},
    {"small files are read through the cache", small_files_are_buffered},
    {"the cached share is seen", cached_share_is_seen},
    {"buffers grow, stay aligned, and refuse the impossible", buffers_grow_and_stay},
};

int main(void)
{
    snprintf(path, sizeof path, "test_infile.%d", (int)getpid());
    make_file();
    int rc = tap_run("infile", tests, TAP_COUNT(tests));
    unlink(path);
    free(bytes);
    return rc;
}
