/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See out_job.h.
 */
#include "mpi/out_job.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "array/chunkgrid.h"

out_job out_job_of(const char *path, const h5outset *set, int nsets)
{
    return (out_job){.path = path, .set = set, .nsets = nsets, .fail_round = -1, .skip_chunk = -1};
}

void out_value(dtype t, int set, int64_t i, void *out)
{
    const int64_t v = i * 7 + set * 3;
    scalar s = {.bits = {0, 0}};
    switch (t) {
    case SHARR_BOOL: s.b = i % 3 == 0; break;
    case SHARR_FLOAT32: s.f32 = (float)(v % 8191) * 0.25f; break;
    case SHARR_FLOAT64: s.f64 = (double)v * 0.125; break;
    case SHARR_COMPLEX64: s.c64[0] = (float)(v % 8191), s.c64[1] = -0.5f; break;
    case SHARR_COMPLEX128: s.c128[0] = (double)v, s.c128[1] = 0.5; break;
    default: s.i64 = v; break;      /* the low bytes, little-endian */
    }
    memcpy(out, &s, dtype_size(t));
}

void out_chunk(const h5outset *s, int set, const int64_t *index, void *out)
{
    const chunkgrid g = chunkgrid_make(s->ndim, s->shape, s->chunk, NULL);
    const box b = chunkgrid_box(&g, index);
    const size_t size = dtype_size(s->type);
    int64_t at[SHARR_MAX_DIMS] = {0}, n = 1;
    for (int d = 0; d < s->ndim; d++)
        n *= s->chunk[d];
    memset(out, 0, (size_t)n * size);
    if (box_empty(&b))
        return;
    do {
        int64_t place[SHARR_MAX_DIMS];
        for (int d = 0; d < s->ndim; d++)
            place[d] = b.start[d] + at[d];
        out_value(s->type, set, shape_ravel(s->ndim, s->shape, place),
                  (char *)out + (size_t)shape_ravel(s->ndim, s->chunk, at) * size);
    } while (shape_next(b.ndim, b.count, at));
}

static size_t chunk_bytes(const h5outset *s)
{
    size_t n = dtype_size(s->type);
    for (int d = 0; d < s->ndim; d++)
        n *= (size_t)s->chunk[d];
    return n;
}

void *out_frame(const h5outset *s, int set, const int64_t *index, size_t *bytes)
{
    const size_t n = chunk_bytes(s), cap = codec_bound(&s->pipeline, n);
    void *chunk = malloc(n), *frame = malloc(cap);
    codec_scratch *scratch = codec_scratch_new(NULL);
    out_chunk(s, set, index, chunk);
    if (codec_encode(&s->pipeline, chunk, n, frame, cap, bytes, scratch, NULL)) {
        free(frame);
        frame = NULL;
    }
    codec_scratch_free(scratch);
    free(chunk);
    return frame;
}

static bool is_whole(const h5outset *s)
{
    return s->ndim == 0 || s->chunk[0] == 0;
}

static int64_t chunks_of(const h5outset *s)
{
    if (is_whole(s))
        return 0;
    const chunkgrid g = chunkgrid_make(s->ndim, s->shape, s->chunk, NULL);
    return chunkgrid_count(&g);
}

/* Chunk number `k` of all datasets. */
static h5chunk make_chunk(const out_job *j, int64_t k, bool raw)
{
    h5chunk c = {.set = 0};
    while (k >= chunks_of(&j->set[c.set]))
        k -= chunks_of(&j->set[c.set++]);
    const h5outset *s = &j->set[c.set];
    const chunkgrid g = chunkgrid_make(s->ndim, s->shape, s->chunk, NULL);
    shape_unravel(s->ndim, g.ncells, k, c.index);
    if (raw) {
        void *p = malloc(c.bytes = chunk_bytes(s));
        out_chunk(s, c.set, c.index, p);
        c.data = p;
    } else {
        c.data = out_frame(s, c.set, c.index, &c.bytes);
    }
    return c;
}

static int one_round(comm *c, const out_job *j, h5out *f, int round, int64_t first, int64_t end, sharr_error *err)
{
    enum { MOST = 64 };
    h5chunk chunk[MOST];
    int n = 0;
    sharr_error local;
    err_clear(&local);
    if (round == j->fail_round && comm_rank(c) == j->fail_rank)
        err_set(&local, SHARR_EDATA, "rank %d met a bad chunk", comm_rank(c));
    for (int64_t k = first; k < end && n < MOST; k++)
        if (k != j->skip_chunk)
            chunk[n++] = make_chunk(j, k, h5out_wants_raw(f));
    int status = h5out_round_all(f, chunk, n, &local, err);
    while (n > 0)
        free((void *)chunk[--n].data);
    if (j->pause_ms)
        nanosleep(&(struct timespec){.tv_sec = j->pause_ms / 1000, .tv_nsec = j->pause_ms % 1000 * 1000000L}, NULL);
    return status;
}

static int all_rounds(comm *c, const out_job *j, h5out *f, sharr_error *err)
{
    int64_t total = 0;
    for (int s = 0; s < j->nsets; s++)
        total += chunks_of(&j->set[s]);
    const int64_t ranks = comm_size(c), batch = j->o.batch ? j->o.batch : 32;
    const int64_t most = (total + ranks - 1) / ranks, rounds = (most + batch - 1) / batch;
    const int64_t first = total * comm_rank(c) / ranks, end = total * (comm_rank(c) + 1) / ranks;
    int status = 0;
    for (int64_t r = 0; r < rounds && !status; r++) {
        const int64_t a = first + r * batch, b = a + batch;
        status = one_round(c, j, f, (int)r, a, b < end ? b : end, err);
        if (!status && j->leave_round && r + 1 == j->leave_round)
            return -1;
    }
    return status;
}

static int write_wholes(const out_job *j, h5out *f, sharr_error *err)
{
    int status = 0;
    for (int s = 0; s < j->nsets && !status; s++) {
        int64_t n = 0;
        if (!is_whole(&j->set[s]))
            continue;
        shape_size(j->set[s].ndim, j->set[s].shape, &n);
        char *data = calloc((size_t)n + 1, dtype_size(j->set[s].type));
        for (int64_t i = 0; i < n; i++)
            out_value(j->set[s].type, s, i, data + (size_t)i * dtype_size(j->set[s].type));
        status = h5out_whole_all(f, s, data, err);
        free(data);
    }
    return status;
}

int out_job_run(comm *c, const out_job *j, sharr_error *err)
{
    h5out *f = NULL;
    int status = h5out_create_all(c, j->path, j->set, j->nsets, &j->o, &f, err);
    if (status)
        return status;
    status = all_rounds(c, j, f, err);
    if (!status)
        status = write_wholes(j, f, err);
    if (!status)
        return h5out_finish_all(f, err);
    h5out_abandon(f);
    return status;
}
