/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The pipeline of filters of a chunk, forwards and backwards.  Each filter moves the bytes from where
 * they are to a new place, but for fletcher32, which works in place; the last move ends where the caller wants them.
 * All sizes are checked here: the bytes may come from anywhere.
 */
#include "store/codec.h"

#include <stdlib.h>
#include <string.h>

#include "store/deflate_codec.h"
#include "store/fletcher32.h"
#include "store/iobuf.h"
#include "store/shuffle.h"
#include "store/zstd_codec.h"

struct codec_scratch {
    deflate_codec deflate;
    zstd_codec zstd;
    iobuf buf[2];
};

codec_scratch *codec_scratch_new(sharr_error *err)
{
    codec_scratch *s = calloc(1, sizeof *s);
    if (!s)
        err_nomem(err, "codec contexts", sizeof *s);
    return s;
}

void codec_scratch_free(codec_scratch *s)
{
    if (!s)
        return;
    deflate_codec_fini(&s->deflate);
    zstd_codec_fini(&s->zstd);
    iobuf_fini(&s->buf[0]);
    iobuf_fini(&s->buf[1]);
    free(s);
}

/* ---- what a pipeline does to sizes --------------------------------------------------------------- */

/* The filters that do something, in writing order, with the bytes that go in. */
typedef struct stage {
    const codec_filter *filter;
    size_t in;                      /* exact, or a bound behind a compressor */
    bool exact;
} stage;

typedef struct stages {
    int n;
    stage at[CODEC_MAX_FILTERS];
    size_t out;                     /* bound of the frame */
} stages;

static bool idle(const codec_filter *f)
{
    return f->id == CODEC_SHUFFLE && f->shuffle_size <= 1;
}

static size_t bound_of(const codec_filter *f, size_t n)
{
    switch (f->id) {
    case CODEC_DEFLATE: return deflate_bound(n);
    case CODEC_ZSTD: return zstd_bound(n);
    case CODEC_FLETCHER32: return n + 4;
    default: return n;
    }
}

static stages stages_of(const codec_pipeline *p, uint32_t mask, size_t chunk_bytes)
{
    stages s = {.n = 0, .out = chunk_bytes};
    bool exact = true;
    for (int i = 0; i < p->n; i++) {
        const codec_filter *f = &p->filter[i];
        if (mask >> i & 1 || idle(f))
            continue;
        s.at[s.n++] = (stage){f, s.out, exact};
        s.out = bound_of(f, s.out);
        exact &= f->id == CODEC_SHUFFLE || f->id == CODEC_FLETCHER32;
    }
    return s;
}

size_t codec_bound(const codec_pipeline *p, size_t chunk_bytes)
{
    return stages_of(p, 0, chunk_bytes).out;
}

/* Buffers between the stages: two at most, in turns. */
static size_t buffer_memusage(const stages *s, bool writing)
{
    int n = 0, movers_after = 0;
    for (int i = s->n - 1; i >= 0; i--) {
        bool moves = s->at[i].filter->id != CODEC_FLETCHER32;
        n += writing ? movers_after > 0 : moves && i > 0;
        movers_after += moves;
    }
    return (size_t)(n > 2 ? 2 : n) * iobuf_memusage(s->out);
}

static size_t context_memusage(const stages *s, bool writing)
{
    size_t deflate = 0, zstd = 0;
    for (int i = 0; i < s->n; i++) {
        const codec_filter *f = s->at[i].filter;
        if (f->id == CODEC_DEFLATE)
            deflate = writing ? deflate_writer_memusage(f->level) : deflate_reader_memusage();
        else if (f->id == CODEC_ZSTD)
            zstd = writing ? zstd_writer_memusage(f->level, s->at[i].in) : zstd_reader_memusage();
    }
    return deflate + zstd;
}

size_t codec_memusage(const codec_pipeline *p, size_t chunk_bytes)
{
    stages s = stages_of(p, 0, chunk_bytes);
    return sizeof(codec_scratch) + context_memusage(&s, true) + buffer_memusage(&s, true);
}

size_t codec_decode_memusage(const codec_pipeline *p, size_t chunk_bytes)
{
    stages s = stages_of(p, 0, chunk_bytes);
    return sizeof(codec_scratch) + context_memusage(&s, false) + buffer_memusage(&s, false);
}

/* Codecs say why they fail in words; one word is not about the data. */
static int codec_failed(sharr_error *err, int status, const char *filter, const char *why, size_t chunk_bytes)
{
    if (strcmp(why, "out of memory") == 0)
        return err_nomem(err, filter, chunk_bytes);
    return err_set(err, status, "%s: %s", filter, why);
}

static const char *filter_name(int id)
{
    return id == CODEC_ZSTD ? "zstd" : id == CODEC_DEFLATE ? "deflate" : id == CODEC_SHUFFLE ? "shuffle" : "fletcher32";
}

/* ---- backwards ----------------------------------------------------------------------------------- */

typedef struct bytes { uint8_t *p; size_t n; } bytes;

static int check_fletcher(bytes *b, sharr_error *err)
{
    if (b->n < 4)
        return err_set(err, SHARR_EDATA, "fletcher32: %zu bytes hold no checksum", b->n);
    b->n -= 4;
    if (!fletcher32_matches(fletcher32(b->p, b->n), b->p + b->n))
        return err_set(err, SHARR_EDATA, "fletcher32: the checksum does not match");
    return SHARR_OK;
}

/* Undo one filter from `b` into `dst`; b is the result then. */
static int undo(const stage *st, bytes *b, uint8_t *dst, codec_scratch *s, sharr_error *err)
{
    const char *why = NULL, *name = filter_name(st->filter->id);
    size_t out = b->n;
    if (st->filter->id == CODEC_SHUFFLE)
        unshuffle_bytes(b->p, dst, b->n, st->filter->shuffle_size, st->filter->swap);
    else if (st->filter->id == CODEC_DEFLATE)
        why = deflate_decode(&s->deflate, b->p, b->n, dst, st->in, &out);
    else
        why = zstd_decode(&s->zstd, b->p, b->n, dst, st->in, &out);
    if (why)
        return codec_failed(err, SHARR_EDATA, name, why, st->in);
    if (st->exact && out != st->in)
        return err_set(err, SHARR_EDATA, "%s: %zu bytes came out, not %zu", name, out, st->in);
    *b = (bytes){dst, out};
    return SHARR_OK;
}

static int decode_stages(const stages *st, bytes *b, bytes chunk, codec_scratch *s, sharr_error *err)
{
    int next = 0, rc = SHARR_OK;
    for (int i = st->n - 1; i >= 0 && !rc; i--) {
        const stage *at = &st->at[i];
        if (at->filter->id == CODEC_FLETCHER32) {
            rc = check_fletcher(b, err);
            continue;
        }
        /* A shuffle's input has the size of its output: the size is known to fit before it runs. */
        if (at->filter->id == CODEC_SHUFFLE && (at->exact ? b->n != at->in : b->n > at->in))
            return err_set(err, SHARR_EDATA, "shuffle: %zu bytes came in, not %zu", b->n, at->in);
        /* Behind stage 0 nothing is left to cut off: its result is the chunk. */
        rc = i == 0 ? SHARR_OK : iobuf_need(&s->buf[next], at->in, err);
        rc = rc ? rc : undo(at, b, i == 0 ? chunk.p : s->buf[next].p, s, err);
        next ^= 1;
    }
    return rc;
}

int codec_decode(const codec_pipeline *p, uint32_t mask, void *frame, size_t frame_bytes,
                 void *chunk, size_t chunk_bytes, codec_scratch *s, sharr_error *err)
{
    stages st = stages_of(p, mask, chunk_bytes);
    bytes b = {frame, frame_bytes};
    int rc = decode_stages(&st, &b, (bytes){chunk, chunk_bytes}, s, err);
    if (rc)
        return rc;
    if (b.n != chunk_bytes)
        return err_set(err, SHARR_EDATA, "the chunk has %zu bytes, not %zu", b.n, chunk_bytes);
    if (b.p != chunk)
        memcpy(chunk, b.p, chunk_bytes);
    return SHARR_OK;
}

/* ---- forwards ------------------------------------------------------------------------------------ */

static int apply(const stage *st, bytes *b, bytes dst, codec_scratch *s, sharr_error *err)
{
    const codec_filter *f = st->filter;
    const char *why = NULL;
    size_t out = b->n;
    if (f->id == CODEC_SHUFFLE && dst.n >= b->n)
        shuffle_bytes(b->p, dst.p, b->n, f->shuffle_size);
    else if (f->id == CODEC_DEFLATE)
        why = deflate_encode(&s->deflate, f->level, b->p, b->n, dst.p, dst.n, &out);
    else if (f->id == CODEC_ZSTD)
        why = zstd_encode(&s->zstd, f->level, b->p, b->n, dst.p, dst.n, &out);
    else
        why = "the frame does not fit its buffer";
    if (why)
        return codec_failed(err, SHARR_EINTERNAL, filter_name(f->id), why, b->n);
    *b = (bytes){dst.p, out};
    return SHARR_OK;
}

/* The checksum goes behind the bytes: they must lie where there is room. */
static int append_fletcher(bytes *b, bytes dst, sharr_error *err)
{
    if (dst.n < b->n + 4)
        return err_set(err, SHARR_EINTERNAL, "encoding a chunk: no room for a checksum");
    if (b->p != dst.p)
        memcpy(dst.p, b->p, b->n);
    fletcher32_store(fletcher32(dst.p, b->n), dst.p + b->n);
    *b = (bytes){dst.p, b->n + 4};
    return SHARR_OK;
}

/* Where stage i writes: to the frame if no later one moves the bytes, else to the buffer not in use. */
static int destination(const stages *st, int i, const bytes *b, bytes *dst, codec_scratch *s, sharr_error *err)
{
    bool last = true;
    for (int k = i + 1; k < st->n; k++)
        last &= st->at[k].filter->id == CODEC_FLETCHER32;
    if (last)
        return SHARR_OK;            /* dst is the frame already */
    int in_use = b->p == s->buf[0].p ? 0 : b->p == s->buf[1].p ? 1 : -1;
    bool stay = st->at[i].filter->id == CODEC_FLETCHER32 && in_use >= 0;
    int use = stay ? in_use : in_use == 0 ? 1 : 0;
    int rc = stay ? SHARR_OK : iobuf_need(&s->buf[use], st->out, err);
    if (!rc)
        *dst = (bytes){s->buf[use].p, s->buf[use].cap};
    return rc;
}

int codec_encode(const codec_pipeline *p, void *chunk, size_t chunk_bytes,
                 void *frame, size_t cap, size_t *frame_bytes, codec_scratch *s, sharr_error *err)
{
    stages st = stages_of(p, 0, chunk_bytes);
    bytes b = {chunk, chunk_bytes};
    int rc = SHARR_OK;
    for (int i = 0; i < st.n && !rc; i++) {
        bytes dst = {frame, cap};
        rc = destination(&st, i, &b, &dst, s, err);
        if (!rc)
            rc = st.at[i].filter->id == CODEC_FLETCHER32 ? append_fletcher(&b, dst, err)
                                                         : apply(&st.at[i], &b, dst, s, err);
    }
    if (rc)
        return rc;
    if (b.n > cap)
        return err_set(err, SHARR_EINTERNAL, "encoding a chunk: %zu bytes for a frame of %zu", b.n, cap);
    if (b.p != frame)
        memcpy(frame, b.p, b.n);
    *frame_bytes = b.n;
    return SHARR_OK;
}
