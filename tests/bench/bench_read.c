/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Read and sum a dataset of float32, warm: raw, shuffle + zstd, shuffle + deflate, through h5dset_locate and
 * h5dset_read_chunk with two workers, beside the limits of the machine: pread and sum of the same bytes, and the
 * decoders alone on frames in memory.
 *
 *     bench_read [MiB of data = 1024] [directory = .] [workers = 2]
 *
 * Interleaved, medians of five.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/pool.h"
#include "store/h5in.h"
#include "store/h5lib.h"
#include "store/h5vfd.h"

enum { SIDE = 512, COLS = 32, CHUNK = SIDE * SIDE * 4, RUNS = 5, KINDS = 3, MAX_WORKERS = 16 };

static const struct kind { const char *name; codec_pipeline pipeline; } kinds[KINDS] = {
    {"raw", {0, {{0}}}},
    {"shuffle+zstd", {2, {{.id = CODEC_SHUFFLE, .shuffle_size = 4}, {.id = CODEC_ZSTD, .level = 1}}}},
    {"shuffle+deflate", {2, {{.id = CODEC_SHUFFLE, .shuffle_size = 4}, {.id = CODEC_DEFLATE, .level = 4}}}},
};

static int64_t nrows;               /* rows of chunks; COLS chunks in each */
static int workers;
static pool *threads;

static void die(const char *what)
{
    fprintf(stderr, "bench_read: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- files --------------------------------------------------------------------------------------- */

/* A smooth field with noise, quantised to 2^-10: compresses 2.9 times. */
static void make_chunk(float *p, int64_t n)
{
    static uint64_t seed = 12345;
    for (int i = 0; i < SIDE * SIDE; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        double smooth = 280 + 20 * (double)((i + n * 37) % 4096) / 4096, noise = (double)(seed >> 40) * 0x1p-24;
        p[i] = (float)(long)((smooth + noise * 0.25) * 1024) / 1024;
    }
}

static hid_t make_dataset(hid_t file, const codec_pipeline *p)
{
    hsize_t dims[2] = {(hsize_t)nrows * SIDE, COLS * SIDE}, chunk[2] = {SIDE, SIDE};
    hid_t space = H5Screate_simple(2, dims, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 2, chunk);
    for (int i = 0; i < p->n; i++) {
        unsigned level = (unsigned)p->filter[i].level;
        if (p->filter[i].id == CODEC_SHUFFLE)
            H5Pset_shuffle(dcpl);
        else
            H5Pset_filter(dcpl, p->filter[i].id, 0, 1, &level);
    }
    hid_t d = H5Dcreate2(file, "x", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Pclose(dcpl);
    H5Sclose(space);
    return d;
}

static void make_file(const char *path, const codec_pipeline *p)
{
    size_t cap = codec_bound(p, CHUNK), n;
    void *chunk = malloc(CHUNK), *frame = malloc(cap);
    codec_scratch *s = codec_scratch_new(NULL);
    h5lib_lock();
    hid_t fapl = h5vfd_fapl(NULL, NULL), file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, fapl);
    hid_t d = make_dataset(file, p);
    h5vfd *v = h5vfd_of(file);
    for (int64_t c = 0; c < nrows * COLS; c++) {
        hsize_t at[2] = {(hsize_t)(c / COLS) * SIDE, (hsize_t)(c % COLS) * SIDE};
        uint64_t addr;
        make_chunk(chunk, c);
        if (codec_encode(p, chunk, CHUNK, frame, cap, &n, s, NULL) || h5vfd_allocate(d, v, at, n, &addr, NULL) ||
            pwrite(h5vfd_fd(v), frame, n, (off_t)addr) != (ssize_t)n)
            die("cannot write");
    }
    H5Dclose(d);
    H5Fclose(file);
    H5Pclose(fapl);
    h5lib_unlock();
    codec_scratch_free(s);
    free(chunk);
    free(frame);
}

/* ---- work ---------------------------------------------------------------------------------------- */

typedef float vec __attribute__((vector_size(32)));

static double sum(const float *p, int64_t n)
{
    vec a[8] = {{0}};
    double total = 0;
    for (int64_t i = 0; i < n; i += 64)
        for (int k = 0; k < 8; k++) {
            vec v;
            memcpy(&v, p + i + 8 * k, sizeof v);
            a[k] += v;
        }
    for (int k = 0; k < 8; k++)
        for (int l = 0; l < 8; l++)
            total += a[k][l];
    return total;
}

typedef struct job {
    h5dset *d;
    const codec_pipeline *pipeline;
    int fd;
    h5frame frame;
    int64_t index[2];
    void *memory;                   /* decoder alone: the frame (these pipelines leave it as it is) */
} job;

static struct worker { h5reader *r; codec_scratch *s; void *in, *out; double sum; } state[MAX_WORKERS];

static void run_ours(void *arg, int w)
{
    job *j = arg;
    sharr_error e;
    if (h5dset_read_chunk(j->d, j->index, &j->frame, state[w].r, state[w].out, NULL, &e))
        die(e.text);
    state[w].sum += sum(state[w].out, SIDE * SIDE);
}

static void run_pread(void *arg, int w)
{
    job *j = arg;
    if (pread(j->fd, state[w].in, j->frame.size, (off_t)j->frame.addr) != (ssize_t)j->frame.size)
        die("pread");
    state[w].sum += sum(state[w].in, (int64_t)(j->frame.size / 256 * 64));
}

static void run_decoder(void *arg, int w)
{
    job *j = arg;
    sharr_error e;
    if (codec_decode(j->pipeline, 0, j->memory, j->frame.size, state[w].out, CHUNK, state[w].s, &e))
        die(e.text);
    state[w].sum += sum(state[w].out, SIDE * SIDE);
}

/* ---- runs ---------------------------------------------------------------------------------------- */

typedef struct input { h5in *file; h5dset *d; int fd; job *jobs; int64_t n; void *frames; } input;

static void locate(input *in, int64_t c)
{
    job *j = &in->jobs[c];
    sharr_error e;
    j->index[0] = c / COLS;
    j->index[1] = c % COLS;
    if (h5dset_locate(in->d, j->index, &j->frame, &e))
        die(e.text);
}

static input open_input(const char *path, const codec_pipeline *p)
{
    input in = {.n = nrows * COLS, .fd = open(path, O_RDONLY)};
    bool found;
    sharr_error e;
    if (h5in_open(path, &in.file, &e) || h5in_dataset(in.file, "/x", &in.d, &found, &e))
        die(e.text);
    in.jobs = calloc((size_t)in.n, sizeof *in.jobs);
    for (int64_t c = 0; c < in.n; c++)
        in.jobs[c] = (job){.d = in.d, .pipeline = p, .fd = in.fd};
    return in;
}

static void close_input(input *in)
{
    h5dset_close(in->d);
    h5in_close(in->file);
    close(in->fd);
    free(in->jobs);
    free(in->frames);
}

static double timed(input *in, pool_fn *fn, bool look_up)
{
    double start = now();
    for (int64_t c = 0; c < in->n; c++) {
        if (look_up)
            locate(in, c);
        pool_submit(threads, fn, &in->jobs[c]);
    }
    pool_drain(threads);
    return now() - start;
}

/* The first frames in memory, over and over: the decoder without the file. */
static void load_frames(input *in)
{
    int64_t keep = in->n < 32 ? in->n : 32;
    char *p = in->frames = malloc((size_t)keep * (CHUNK + 65536));
    for (int64_t c = 0; c < in->n; c++) {
        job *j = &in->jobs[c], *same = &in->jobs[c % keep];
        locate(in, c);
        j->frame.size = same->frame.size;
        j->memory = p + (size_t)(c % keep) * (CHUNK + 65536);
        if (c < keep && pread(in->fd, j->memory, j->frame.size, (off_t)j->frame.addr) < 0)
            die("pread");
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *t)
{
    qsort(t, RUNS, sizeof *t, by_value);
    return t[RUNS / 2];
}

static void run_kind(const struct kind *k, const char *dir)
{
    char path[4096];
    double ours[RUNS], bytes[RUNS], decoder[RUNS];
    snprintf(path, sizeof path, "%s/bench_read.%d.h5", dir, (int)getpid());
    make_file(path, &k->pipeline);
    input in = open_input(path, &k->pipeline), memory = open_input(path, &k->pipeline);
    load_frames(&memory);
    timed(&in, run_ours, true);
    for (int r = 0; r < RUNS; r++) {
        ours[r] = timed(&in, run_ours, true);
        bytes[r] = timed(&in, run_pread, false);
        decoder[r] = timed(&memory, run_decoder, false);
    }
    double size = (double)in.n * CHUNK / 1e9, o = median(ours), b = median(bytes);
    double limit = k->pipeline.n > 0 ? median(decoder) : b;
    printf("%-16s %7.3f s %7.2f GB/s   pread+sum %7.3f s   decoder %7.3f s   %.2fx the limit\n", k->name, o, size / o, b,
           k->pipeline.n > 0 ? limit : 0.0, o / limit);
    close_input(&in);
    close_input(&memory);
    unlink(path);
}

int main(int argc, char **argv)
{
    int64_t mib = argc > 1 ? atoll(argv[1]) : 1024;
    sharr_error e;
    nrows = (mib + COLS - 1) / COLS;
    workers = argc > 3 ? atoi(argv[3]) : 2;
    if (workers < 1 || workers > MAX_WORKERS)
        die("workers: 1 to 16");
    threads = pool_new(workers, &e);
    if (!threads)
        die(e.text);
    for (int w = 0; w < workers; w++)
        state[w] = (struct worker){h5reader_new(NULL), codec_scratch_new(NULL), aligned_alloc(4096, 2 * CHUNK),
                                   aligned_alloc(4096, CHUNK), 0};
    for (int k = 0; k < KINDS; k++)
        run_kind(&kinds[k], argc > 2 ? argv[2] : ".");
    pool_free(threads);
    for (int w = 0; w < workers; w++) {
        h5reader_free(state[w].r);
        codec_scratch_free(state[w].s);
        free(state[w].in);
        free(state[w].out);
    }
    return 0;
}
