/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Streams: every byte lands where it belongs, however it goes there; failures are told.
 */
#include "store/outstream.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/pool.h"
#include "support/tap_cunit.h"

enum { FILE_BYTES = 80 << 20, PIECE = 160 * 1024 };

static char name[64];
static int fd;

static unsigned char byte_at(uint64_t at)
{
    return (unsigned char)(at * 2654435761u >> 13);
}

/* Pieces of uneven size, mostly page-aligned in the file, some not in memory. */
typedef struct piece {
    outstream *s;
    uint64_t at;
    size_t bytes, shift;
    int status;
} piece;

static void write_piece(void *arg, int worker)
{
    piece *p = arg;
    unsigned char *buf = aligned_alloc(OUTSTREAM_PAGE, 2 * PIECE);
    (void)worker;
    for (size_t i = 0; i < p->bytes; i++)
        buf[p->shift + i] = byte_at(p->at + i);
    p->status = outstream_write(p->s, buf + p->shift, p->bytes, p->at, NULL);
    free(buf);
}

static int64_t wrong_bytes(void)
{
    static unsigned char buf[1 << 20];
    int64_t bad = 0;
    for (uint64_t at = 0; at < FILE_BYTES; at += sizeof buf) {
        if (pread(fd, buf, sizeof buf, (off_t)at) != (ssize_t)sizeof buf)
            return -1;
        for (size_t i = 0; i < sizeof buf; i++)
            bad += buf[i] != byte_at(at + i);
    }
    return bad;
}

static void open_file(void)
{
    fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
}

static void every_byte_lands(void)
{
    enum { PIECES = FILE_BYTES / PIECE };
    piece *p = calloc(PIECES, sizeof *p);
    for (int mode = OUTSTREAM_KEEP; mode <= OUTSTREAM_BYPASS; mode++) {
        open_file();
        outstream *s = outstream_new(fd, name, (enum outstream_cache)mode, NULL);
        pool *workers = pool_new(3, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(s);
        CU_ASSERT_PTR_NOT_NULL_FATAL(workers);
        uint64_t at = 0;
        for (int i = 0; i < PIECES; i++) {
            /* Pairs: one ends in the middle of a page, the next goes on from there. */
            const size_t odd = i % 2 == 0 && i + 1 < PIECES ? (size_t)(i * 37 % 8192) : 0;
            const uint64_t end = (uint64_t)(i + 1) * PIECE - odd;
            p[i] = (piece){.s = s, .at = at, .bytes = (size_t)(end - at), .shift = i % 5 == 0 ? 64 : 0, .status = -1};
            at = end;
            CU_ASSERT_TRUE(pool_submit(workers, write_piece, &p[i]));
        }
        pool_free(workers);
        int failed = 0;
        for (int i = 0; i < PIECES; i++)
            failed += p[i].status != 0;
        CU_ASSERT_EQUAL(failed, 0);
        CU_ASSERT_EQUAL(outstream_sync(s, NULL), 0);
        TAP_CHECK(wrong_bytes() == 0, "mode %d: %lld bytes differ", mode, (long long)wrong_bytes());
        outstream_free(s);
        close(fd);
    }
    free(p);
}

static void direct_only_when_asked(void)
{
    open_file();
    outstream *keep = outstream_new(fd, name, OUTSTREAM_KEEP, NULL), *by = outstream_new(fd, name, OUTSTREAM_BYPASS, NULL);
    CU_ASSERT_FALSE(outstream_direct(keep));
    int probe = open(name, O_WRONLY | O_DIRECT);
    CU_ASSERT_EQUAL(outstream_direct(by), probe >= 0);
    if (probe >= 0)
        close(probe);
    outstream_free(keep);
    outstream_free(by);
    outstream_free(NULL);
    close(fd);
}

static void failures_are_told(void)
{
    sharr_error err = {0};
    CU_ASSERT_PTR_NULL(outstream_new(-1, name, OUTSTREAM_KEEP, &err));
    CU_ASSERT_EQUAL(err.status, SHARR_EIO);
#ifdef ENABLE_FAULT
    unsigned char *buf = aligned_alloc(OUTSTREAM_PAGE, PIECE), back[PIECE];
    memset(buf, 7, PIECE);
    open_file();
    outstream *s = outstream_new(fd, name, OUTSTREAM_BYPASS, NULL);
    fault_arm("outstream.direct:1");        /* the other way takes over */
    CU_ASSERT_EQUAL(outstream_write(s, buf, PIECE, 4096, &err), 0);
    CU_ASSERT_EQUAL(pread(fd, back, PIECE, 4096), PIECE);
    CU_ASSERT_EQUAL(memcmp(buf, back, PIECE), 0);
    fault_arm("outstream.sync:1");
    CU_ASSERT_EQUAL(outstream_sync(s, &err), SHARR_EIO);
    fault_arm("outstream.wait:1");          /* a page that got lost long before the sync */
    for (int64_t at = 0; at < FILE_BYTES; at += PIECE)
        CU_ASSERT_EQUAL(outstream_write(s, buf, PIECE, (uint64_t)at, &err), 0);
    fault_arm(NULL);
    err_clear(&err);
    CU_ASSERT_EQUAL(outstream_sync(s, &err), SHARR_EIO);
    fault_arm("rawio.write:1");
    CU_ASSERT_EQUAL(outstream_write(s, buf + 1, 5000, 4096, &err), SHARR_EIO);
    TAP_CHECK(strstr(err.text, "5000 bytes") != NULL, "%s", err.text);
    fault_arm(NULL);
    outstream_free(s);
    close(fd);
    free(buf);
#endif
}

static const tap_test tests[] = {
    {"every byte lands, whatever the way", every_byte_lands},
    {"O_DIRECT only when asked for", direct_only_when_asked},
    {"failures are told", failures_are_told},
};

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(name, sizeof name, "%.40s/sharr-XXXXXX", tmp ? tmp : "/tmp");
    int made = mkstemp(name);
    if (made < 0)
        return 99;
    close(made);
    int rc = tap_run("outstream", tests, TAP_COUNT(tests));
    unlink(name);
    return rc;
}
