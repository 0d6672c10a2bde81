/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The limits that the benchmark compares with: what two threads can do at best with a chunked file
 * whose chunk addresses are known beforehand.  Knows nothing of sharr or HDF5.
 *
 *   limits decode FILE CHUNKS CODEC BYTES THREADS       read and decode every chunk, add up
 *   limits recode FILE CHUNKS CODEC BYTES THREADS OUT   read, decode, 2x + 1, shuffle + zstd 1, write
 *   limits anomaly FILE CHUNKS CODEC BYTES THREADS OUT WIDTH ACROSS
 *                                                       the same with x - mean(x, axis=0), in two passes; chunks are
 *                                                       WIDTH elements wide and lie in rows of ACROSS
 *
 * CHUNKS: int64 pairs (address, size); BYTES: of a decoded chunk; CODEC: raw, zstd or deflate, both shuffled.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

typedef struct job {
    const char *mode, *codec;
    int fd, out;
    const int64_t *chunk;           /* address, size */
    int64_t nchunks;
    size_t bytes;
    _Atomic int64_t next, end;      /* next chunk to take; end of the output */
    pthread_mutex_t lock;
    double total;
    int64_t width, across;          /* anomaly: of a chunk in elements, of the array in chunks */
    double *column;                 /* sums of all columns, then their means; NULL in other modes */
    int pass;
} job;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void *buffer(size_t n)
{
    n = (n + ((1u << 21) - 1)) & ~(size_t)((1u << 21) - 1);
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        die("mmap");
    madvise(p, n, MADV_HUGEPAGE);
    return p;
}

static double add_up(const float *x, size_t n)
{
    double lane[32] = {0}, sum = 0;
    for (size_t i = 0; i + 32 <= n; i += 32)
        for (int k = 0; k < 32; k++)
            lane[k] += (double)x[i + (size_t)k];
    for (int k = 0; k < 32; k++)
        sum += lane[k];
    return sum;
}

static void unshuffle4(const uint8_t *restrict in, uint8_t *restrict out, size_t n)
{
    const uint8_t *a = in, *b = in + n, *c = in + 2 * n, *d = in + 3 * n;
    uint32_t *restrict word = (uint32_t *)out;
    for (size_t i = 0; i < n; i++)
        word[i] = (uint32_t)a[i] | (uint32_t)b[i] << 8 | (uint32_t)c[i] << 16 | (uint32_t)d[i] << 24;
}

static void shuffle4(const uint8_t *restrict in, uint8_t *restrict out, size_t n)
{
    const uint32_t *restrict word = (const uint32_t *)in;
    for (int k = 0; k < 4; k++)
        for (size_t i = 0; i < n; i++)
            out[(size_t)k * n + i] = (uint8_t)(word[i] >> (8 * k));
}

typedef struct worker {
    uint8_t *frame, *shuffled, *data;
    size_t bound;
    struct libdeflate_decompressor *inflate;
    ZSTD_DCtx *dctx;
    ZSTD_CCtx *cctx;
} worker;

static void decode(const job *j, worker *w, size_t size)
{
    size_t got = 0;
    if (strcmp(j->codec, "zstd") == 0)
        got = ZSTD_decompressDCtx(w->dctx, w->shuffled, j->bytes, w->frame, size);
    else if (libdeflate_zlib_decompress(w->inflate, w->frame, size, w->shuffled, j->bytes, &got) != LIBDEFLATE_SUCCESS)
        got = 0;
    if (got != j->bytes) {
        fprintf(stderr, "a chunk does not decode\n");
        exit(1);
    }
    unshuffle4(w->shuffled, w->data, j->bytes / 4);
}

static void add_columns(const job *j, const float *x, double *restrict column)
{
    for (int64_t row = 0; row < (int64_t)(j->bytes / 4) / j->width; row++, x += j->width)
        for (int64_t k = 0; k < j->width; k++)
            column[k] += (double)x[k];
}

static void compute(const job *j, float *restrict x, int64_t chunk)
{
    const int64_t n = (int64_t)(j->bytes / 4);
    if (!j->column) {
        for (int64_t i = 0; i < n; i++)
            x[i] = 2 * x[i] + 1;
        return;
    }
    const double *mean = j->column + chunk % j->across * j->width;
    for (int64_t row = 0; row < n / j->width; row++, x += j->width)
        for (int64_t k = 0; k < j->width; k++)
            x[k] -= (float)mean[k];
}

static void encode_and_write(job *j, worker *w)
{
    shuffle4(w->data, w->shuffled, j->bytes / 4);
    size_t n = ZSTD_compress2(w->cctx, w->frame, w->bound, w->shuffled, j->bytes);
    if (ZSTD_isError(n))
        exit(1);
    int64_t at = atomic_fetch_add(&j->end, (int64_t)n);
    if (pwrite(j->out, w->frame, n, at) != (ssize_t)n)
        die("pwrite");
}

static void *work(void *arg)
{
    job *j = arg;
    worker w = {.bound = ZSTD_compressBound(j->bytes) + 65536};
    double sum = 0, *column = j->column ? calloc((size_t)(j->width * j->across), sizeof *column) : NULL;
    int64_t i;
    w.frame = buffer(w.bound);
    w.shuffled = buffer(j->bytes);
    w.data = buffer(j->bytes);
    w.inflate = libdeflate_alloc_decompressor();
    w.dctx = ZSTD_createDCtx();
    w.cctx = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(w.cctx, ZSTD_c_compressionLevel, 1);
    ZSTD_CCtx_setParameter(w.cctx, ZSTD_c_checksumFlag, 1);
    while ((i = atomic_fetch_add(&j->next, 1)) < j->nchunks) {
        size_t size = (size_t)j->chunk[2 * i + 1];
        int raw = strcmp(j->codec, "raw") == 0;
        if (pread(j->fd, raw ? w.data : w.frame, size, j->chunk[2 * i]) != (ssize_t)size)
            die("pread");
        if (!raw)
            decode(j, &w, size);
        if (column && j->pass == 0) {
            add_columns(j, (const float *)w.data, column + i % j->across * j->width);
        } else if (j->out >= 0) {
            compute(j, (float *)w.data, i);
            encode_and_write(j, &w);
        } else {
            sum += add_up((const float *)w.data, j->bytes / 4);
        }
    }
    pthread_mutex_lock(&j->lock);
    j->total += sum;
    for (int64_t k = 0; column && j->pass == 0 && k < j->width * j->across; k++)
        j->column[k] += column[k];
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

static void list_chunks(job *j, const char *name)
{
    struct stat st;
    int fd = open(name, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) < 0)
        die(name);
    int64_t *list = malloc((size_t)st.st_size);
    if (!list || read(fd, list, (size_t)st.st_size) != st.st_size)
        die(name);
    close(fd);
    j->nchunks = st.st_size / 16;
    j->chunk = list;
}

static void run_threads(job *j, int threads)
{
    enum { MAX_THREADS = 256 };
    pthread_t thread[MAX_THREADS];
    for (int i = 0; i < threads && i < MAX_THREADS; i++)
        pthread_create(&thread[i], NULL, work, j);
    for (int i = 0; i < threads && i < MAX_THREADS; i++)
        pthread_join(thread[i], NULL);
}

/* The first pass of an anomaly: the means. */
static void average(job *j, int threads)
{
    const int64_t columns = j->width * j->across, rows = j->nchunks * (int64_t)(j->bytes / 4) / columns;
    j->column = calloc((size_t)columns, sizeof *j->column);
    if (!j->column)
        die("means");
    run_threads(j, threads);
    for (int64_t k = 0; k < columns; k++)
        j->column[k] /= (double)rows;
    atomic_store(&j->next, 0);
    j->pass = 1;
}

int main(int argc, char **argv)
{
    if (argc < 7)
        return 2;
    int threads = atoi(argv[6]);
    job j = {.mode = argv[1], .codec = argv[4], .bytes = (size_t)atol(argv[5]), .out = -1,
             .lock = PTHREAD_MUTEX_INITIALIZER};
    j.fd = open(argv[2], O_RDONLY);
    if (j.fd < 0)
        die(argv[2]);
    list_chunks(&j, argv[3]);
    if (argc > 7 && (j.out = open(argv[7], O_WRONLY | O_CREAT | O_TRUNC, 0666)) < 0)
        die(argv[7]);
    if (strcmp(j.mode, "anomaly") == 0 && argc > 9) {
        j.width = atol(argv[8]);
        j.across = atol(argv[9]);
        average(&j, threads);
    }
    run_threads(&j, threads);
    printf("%.17g\n", j.total);
    return 0;
}
