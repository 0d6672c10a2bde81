/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How fast chunks get to an output file.
 *     [mpiexec -n N] bench_h5out [FILE HOW MIB [BATCH]]      no arguments: all at one rank, 512 MiB
 *     HOW: plain   the limit at one rank: frames are ready, pwrite in a row, fsync
 *          ready   direct, frames are ready         split   the same, written by two workers
 *          encode  direct, every chunk is encoded   mpio    collective H5Dwrite through the filters
 *     +cached      after HOW: never past the page cache;  +past: always
 * Chunks are 1 MiB of quantised noisy float32, shuffle + zstd 1; MIB counts decoded bytes, all ranks
 * together.  One line: seconds until the last round and until the file has its name.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/config.h"
#include "base/pool.h"
#include "store/h5out.h"
#include "store/rawio.h"

enum { CHUNK = 1 << 20, KINDS = 16, SIDE = 512 };

typedef struct bench {
    comm *c;
    h5outset set;
    h5outopts o;
    void *raw[KINDS], *frame[KINDS], *work, *out;
    size_t bytes[KINDS];
    codec_scratch *scratch;
    int64_t chunks;
} bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void check(int status, const sharr_error *err)
{
    if (!status)
        return;
    fprintf(stderr, "%s\n", err->text);
    exit(status);
}

/* A smooth field with noise, quantised to 2^-10: shrinks to about a third. */
static void fill(float *p, int kind)
{
    unsigned seed = (unsigned)kind * 7919u + 1;
    for (int i = 0; i < CHUNK / 4; i++) {
        seed = seed * 1664525u + 1013904223u;
        const int smooth = i % SIDE * 3 + i / SIDE * 2 + kind * 50;
        p[i] = (float)(smooth + (int)(seed >> 26)) / 1024.0f;
    }
}

static void prepare(bench *b)
{
    const size_t cap = codec_bound(&b->set.pipeline, CHUNK);
    b->scratch = codec_scratch_new(NULL);
    b->work = aligned_alloc(4096, CHUNK);
    b->out = aligned_alloc(4096, cap + 4096 - cap % 4096);
    for (int k = 0; k < KINDS; k++) {
        b->raw[k] = aligned_alloc(4096, CHUNK);
        b->frame[k] = aligned_alloc(4096, cap + 4096 - cap % 4096);
        fill(b->raw[k], k);
        memcpy(b->work, b->raw[k], CHUNK);
        sharr_error err;
        check(codec_encode(&b->set.pipeline, b->work, CHUNK, b->frame[k], cap, &b->bytes[k], b->scratch, &err), &err);
    }
}

static double plain(bench *b, const char *path)
{
    sharr_error err;
    const rawfile f = {.fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644), .name = path};
    uint64_t at = 0;
    for (int64_t i = 0; i < b->chunks; i++) {
        check(rawio_write(&f, b->frame[i % KINDS], b->bytes[i % KINDS], at, &err), &err);
        at += b->bytes[i % KINDS];
    }
    const double t = now();
    fsync(f.fd);
    close(f.fd);
    return t;
}

static void take_chunk(bench *b, h5chunk *c, int64_t k, const char *how)
{
    const int64_t across = b->set.shape[1] / SIDE;
    *c = (h5chunk){.index = {k / across, k % across}, .data = b->frame[k % KINDS], .bytes = b->bytes[k % KINDS]};
    if (strncmp(how, "mpio", 4) == 0) {
        c->data = b->raw[k % KINDS];
        c->bytes = CHUNK;
    } else if (strncmp(how, "encode", 6) == 0) {
        sharr_error err;
        const size_t cap = codec_bound(&b->set.pipeline, CHUNK);
        memcpy(b->work, b->raw[k % KINDS], CHUNK);
        check(codec_encode(&b->set.pipeline, b->work, CHUNK, b->out, cap, &c->bytes, b->scratch, &err), &err);
        c->data = b->out;
    }
}

typedef struct task { h5out *f; h5chunk chunk; } task;

static void write_task(void *arg, int worker)
{
    task *t = arg;
    sharr_error err = {0};
    (void)worker;
    check(h5out_write_frame(t->f, &t->chunk, &err), &err);
}

static void split_rounds(bench *b, h5out *f)
{
    sharr_error err = {0};
    task *tasks = calloc((size_t)b->chunks, sizeof *tasks);
    pool *workers = pool_new(2, &err);
    for (int64_t k = 0; k < b->chunks; k += b->o.batch) {
        h5chunk chunk[64];
        int n = 0;
        for (; n < b->o.batch && k + n < b->chunks; n++)
            take_chunk(b, &chunk[n], k + n, "ready");
        check(h5out_place_all(f, chunk, n, NULL, &err), &err);
        for (int i = 0; i < n; i++) {
            tasks[k + i] = (task){.f = f, .chunk = chunk[i]};
            pool_submit(workers, write_task, &tasks[k + i]);
        }
    }
    pool_free(workers);
    free(tasks);
    check(h5out_status_all(f, NULL, &err), &err);
}

static double through_h5out(bench *b, const char *path, const char *how)
{
    sharr_error err = {0};
    h5out *f = NULL;
    const int64_t n = comm_size(b->c), r = comm_rank(b->c);
    const int64_t first = b->chunks * r / n, end = b->chunks * (r + 1) / n;
    const int64_t most = (b->chunks + n - 1) / n, batch = b->o.batch;
    b->o.mode = strncmp(how, "mpio", 4) ? IO_DIRECT : IO_MPIO;
    b->o.overwrite = true;
    check(h5out_create_all(b->c, path, &b->set, 1, &b->o, &f, &err), &err);
    if (strncmp(how, "split", 5) == 0)
        split_rounds(b, f);
    for (int64_t k = 0; strncmp(how, "split", 5) && k < most; k += batch) {
        h5chunk chunk[64];
        int m = 0;
        for (; m < batch && k + m < most && first + k + m < end; m++)
            take_chunk(b, &chunk[m], first + k + m, how);
        check(h5out_round_all(f, chunk, m, NULL, &err), &err);
    }
    const double t = now();
    check(h5out_finish_all(f, &err), &err);
    return t;
}

static void run(comm *c, const char *path, const char *how, int64_t mib, int batch)
{
    bench b = {.c = c, .chunks = mib, .o.batch = batch};
    if (strncmp(how, "encode", 6) == 0)
        b.o.batch = 1;              /* one buffer */
    b.o.cache_limit = strstr(how, "+past") ? 1 : strstr(how, "+cached") ? INT64_MAX : 0;
    b.set = (h5outset){.path = "/x", .type = SHARR_FLOAT32, .ndim = 2, .chunk = {SIDE, SIDE},
                       .shape = {SIDE * ((b.chunks + 15) / 16), SIDE * 16},
                       .pipeline = {2, {{CODEC_SHUFFLE, 4, 0, 0}, {CODEC_ZSTD, 0, 1, 0}}}};
    b.chunks = (b.chunks + 15) / 16 * 16;
    prepare(&b);
    comm_barrier_all(b.c, NULL);
    const double t0 = now(), t1 = strcmp(how, "plain") ? through_h5out(&b, path, how) : plain(&b, path);
    const double t2 = now();
    if (comm_rank(b.c) == 0)
        printf("%-14s %d ranks, %lld MiB (frame %zu): rounds %.3f s, all %.3f s\n", how, comm_size(b.c),
               (long long)b.chunks, b.bytes[0], t1 - t0, t2 - t0);
    for (int k = 0; k < KINDS; k++) {
        free(b.raw[k]);
        free(b.frame[k]);
    }
    free(b.work);
    free(b.out);
    codec_scratch_free(b.scratch);
}

int main(int argc, char **argv)
{
    static const char *const all[] = {"plain", "ready+cached", "ready+past", "split+cached", "split+past", "encode"};
    sharr_error err = {0};
    comm *c = comm_world(&err);
    char path[4096];
    if (!c || (argc > 1 && argc < 4))
        return 2;
    snprintf(path, sizeof path, "%s/bench_h5out.h5", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    for (int i = 0; i < 6 && argc == 1; i++) {
        run(c, path, all[i], 512, 4);
        unlink(path);
    }
    if (argc > 3)
        run(c, argv[1], argv[2], atoll(argv[3]), argc > 4 ? atoi(argv[4]) : 4);
    comm_free(c);
    return 0;
}
