/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Filters against their definitions, against HDF5's own filters in both directions, and against
 * damaged bytes.  Buffers have exactly the size that is promised, so that a sanitizer sees
 * every byte too far.
 */
#include "store/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/fletcher32.h"
#include "store/h5lib.h"
#include "store/shuffle.h"
#include "support/tap_cunit.h"

static uint64_t seed = 88172645463325252u;

static uint64_t rnd(void)                          /* xorshift64, G. Marsaglia 2003 */
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

/* Smooth in its high bytes, noise in the low ones: compresses like measured data. */
static uint8_t *sample(size_t n)
{
    uint8_t *p = malloc(n ? n : 1);
    for (size_t i = 0; i < n; i++)
        p[i] = i % 4 == 3 ? 0x42 : i % 4 == 2 ? (uint8_t)(i >> 10) : i % 4 == 1 ? (uint8_t)(rnd() & 3) : 0;
    return p;
}

/* ---- shuffle ------------------------------------------------------------------------------------- */

static void naive_shuffle(const uint8_t *src, uint8_t *dst, size_t n, size_t size)
{
    size_t count = n / size;
    memcpy(dst, src, n);
    for (size_t i = 0; i < count; i++)
        for (size_t b = 0; b < size; b++)
            dst[b * count + i] = src[i * size + b];
}

static void shuffle_is_its_definition(void)
{
    static const size_t sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 17, 24, 32, 100};
    for (int s = 0; s < TAP_COUNT(sizes); s++)
        for (size_t n = 0; n < 3000; n += n < 80 ? 1 : 157) {
            uint8_t *src = sample(n), *want = malloc(n + 1), *got = malloc(n ? n : 1), *back = malloc(n ? n : 1);
            for (size_t i = 0; i < n; i++)
                src[i] = (uint8_t)rnd();
            naive_shuffle(src, want, n, sizes[s]);
            for (int level = 0; level <= shuffle_level(); level++) {
                shuffle_bytes_at(level, src, got, n, sizes[s]);
                unshuffle_bytes_at(level, got, back, n, sizes[s], 0);
                TAP_CHECK(memcmp(got, want, n) == 0 && memcmp(back, src, n) == 0,
                          "level %d, %zu bytes of elements of %zu", level, n, sizes[s]);
            }
            free(src), free(want), free(got), free(back);
        }
}

static void unshuffle_swaps_components(void)
{
    static const size_t rows[][2] = {{2, 2}, {4, 4}, {8, 8}, {8, 4}, {16, 8}, {12, 4}, {6, 2}};
    for (int r = 0; r < TAP_COUNT(rows); r++) {
        size_t size = rows[r][0], swap = rows[r][1], n = 1003 * size + 1;
        uint8_t *src = sample(n), *mixed = malloc(n), *got = malloc(n);
        for (size_t i = 0; i < n; i++)
            src[i] = (uint8_t)rnd();
        naive_shuffle(src, mixed, n, size);
        for (int level = 0; level <= shuffle_level(); level++) {
            bool same = true;
            unshuffle_bytes_at(level, mixed, got, n, size, swap);
            for (size_t i = 0; i < n / size * size; i++)
                same &= got[i] == src[i - i % swap + (swap - 1 - i % swap)];
            TAP_CHECK(same && got[n - 1] == src[n - 1], "level %d, %zu by %zu", level, size, swap);
        }
        free(src), free(mixed), free(got);
    }
}

/* ---- fletcher32 ---------------------------------------------------------------------------------- */

/* Word by word with a plain remainder; zero is 65535 unless all words are zero. */
static uint32_t naive_fletcher(const uint8_t *p, size_t n)
{
    uint64_t a = 0, b = 0, any = 0;
    for (size_t i = 0; i < n; i += 2) {
        uint64_t w = (uint64_t)p[i] << 8 | (i + 1 < n ? p[i + 1] : 0);
        a = (a + w) % 65535;
        b = (b + a) % 65535;
        any |= w;
    }
    a = a == 0 && any ? 65535 : a;
    b = b == 0 && any ? 65535 : b;
    return (uint32_t)(b << 16 | a);
}

static void fletcher_is_its_definition(void)
{
    for (size_t n = 0; n < 40000; n += n < 200 ? 1 : 1 + rnd() % 997)
        for (int kind = 0; kind < 3; kind++) {
            uint8_t *p = malloc(n ? n : 1);
            for (size_t i = 0; i < n; i++)
                p[i] = kind == 0 ? 0xff : kind == 1 ? 0 : (uint8_t)rnd();
            TAP_CHECK(fletcher32(p, n) == naive_fletcher(p, n), "%zu bytes, kind %d", n, kind);
            free(p);
        }
    uint8_t tail[4], old[4];
    fletcher32_store(0x12345678, tail);
    CU_ASSERT(memcmp(tail, "\x78\x56\x34\x12", 4) == 0);
    CU_ASSERT(fletcher32_matches(0x12345678, tail));
    memcpy(old, "\x56\x78\x12\x34", 4);                            /* as HDF5 1.6.2 wrote it */
    CU_ASSERT(fletcher32_matches(0x12345678, old));
    CU_ASSERT(!fletcher32_matches(0x12345679, tail));
}

/* ---- pipelines ----------------------------------------------------------------------------------- */

static const codec_pipeline pipelines[] = {
    {0, {{0}}},
    {1, {{CODEC_SHUFFLE, 4, 0, 0}}},
    {1, {{CODEC_DEFLATE, 0, 1, 0}}},
    {1, {{CODEC_ZSTD, 0, 1, 0}}},
    {1, {{CODEC_FLETCHER32, 0, 0, 0}}},
    {2, {{CODEC_SHUFFLE, 4, 0, 0}, {CODEC_ZSTD, 0, 1, 0}}},
    {2, {{CODEC_SHUFFLE, 8, 0, 0}, {CODEC_DEFLATE, 0, 6, 0}}},
    {3, {{CODEC_SHUFFLE, 2, 0, 0}, {CODEC_DEFLATE, 0, 9, 0}, {CODEC_FLETCHER32, 0, 0, 0}}},
    {3, {{CODEC_FLETCHER32, 0, 0, 0}, {CODEC_SHUFFLE, 4, 0, 0}, {CODEC_DEFLATE, 0, 4, 0}}},
    {3, {{CODEC_SHUFFLE, 16, 0, 0}, {CODEC_FLETCHER32, 0, 0, 0}, {CODEC_ZSTD, 0, 3, 0}}},
    {4, {{CODEC_SHUFFLE, 1, 0, 0}, {CODEC_DEFLATE, 0, 0, 0}, {CODEC_ZSTD, 0, 1, 0}, {CODEC_FLETCHER32, 0, 0, 0}}},
    {4, {{CODEC_SHUFFLE, 3, 0, 0}, {CODEC_SHUFFLE, 5, 0, 0}, {CODEC_SHUFFLE, 7, 0, 0}, {CODEC_ZSTD, 0, 1, 0}}},
};

typedef struct coded { uint8_t *chunk, *frame; size_t n, frame_n; } coded;

/* A sample and its frame, the latter in a buffer of exactly its size. */
static coded encode(const codec_pipeline *p, size_t n, codec_scratch *s)
{
    coded c = {.chunk = sample(n), .n = n};
    uint8_t *work = malloc(n ? n : 1), *frame = malloc(codec_bound(p, n) + 1);
    sharr_error e = {0};
    memcpy(work, c.chunk, n);
    int rc = codec_encode(p, work, n, frame, codec_bound(p, n), &c.frame_n, s, &e);
    TAP_CHECK(rc == 0, "%s", e.text);
    c.frame = malloc(c.frame_n ? c.frame_n : 1);
    memcpy(c.frame, frame, c.frame_n);
    free(work), free(frame);
    return c;
}

static void coded_free(coded *c)
{
    free(c->chunk), free(c->frame);
}

static void what_goes_in_comes_out(void)
{
    static const size_t sizes[] = {1, 2, 3, 16, 63, 64, 65, 1000, 4096, 65536, 300001};
    codec_scratch *s = codec_scratch_new(NULL);
    for (int p = 0; p < TAP_COUNT(pipelines); p++)
        for (int k = 0; k < TAP_COUNT(sizes); k++) {
            coded c = encode(&pipelines[p], sizes[k], s);
            uint8_t *got = malloc(c.n);
            sharr_error e = {0};
            int rc = codec_decode(&pipelines[p], 0, c.frame, c.frame_n, got, c.n, s, &e);
            TAP_CHECK(rc == 0 && memcmp(got, c.chunk, c.n) == 0, "pipeline %d, %zu bytes: %s", p, c.n, e.text);
            free(got);
            coded_free(&c);
        }
    codec_scratch_free(s);
}

/* A frame of which filters were skipped: encoded by the pipeline without them. */
static void masked_filters_are_skipped(void)
{
    codec_scratch *s = codec_scratch_new(NULL);
    for (int p = 0; p < TAP_COUNT(pipelines); p++)
        for (uint32_t mask = 0; mask < 1u << pipelines[p].n; mask++) {
            codec_pipeline rest = {0};
            sharr_error e = {0};
            for (int i = 0; i < pipelines[p].n; i++)
                if (!(mask >> i & 1))
                    rest.filter[rest.n++] = pipelines[p].filter[i];
            coded c = encode(&rest, 5000, s);
            uint8_t *got = malloc(c.n);
            int rc = codec_decode(&pipelines[p], mask, c.frame, c.frame_n, got, c.n, s, &e);
            TAP_CHECK(rc == 0 && memcmp(got, c.chunk, c.n) == 0, "pipeline %d, mask %u: %s", p, mask, e.text);
            free(got);
            coded_free(&c);
        }
    codec_scratch_free(s);
}

static void sizes_must_fit_exactly(void)
{
    codec_scratch *s = codec_scratch_new(NULL);
    for (int p = 0; p < TAP_COUNT(pipelines); p++)
        for (int d = -1; d <= 1; d += 2) {
            coded c = encode(&pipelines[p], 4096, s);
            uint8_t *got = malloc(c.n + 1);
            sharr_error e = {0};
            int rc = codec_decode(&pipelines[p], 0, c.frame, c.frame_n, got, (size_t)((int)c.n + d), s, &e);
            TAP_CHECK(rc == SHARR_EDATA && e.text[0], "pipeline %d, %+d: %d", p, d, rc);
            free(got);
            coded_free(&c);
        }
    codec_scratch_free(s);
}

static bool has_checksum(const codec_pipeline *p)
{
    for (int i = 0; i < p->n; i++)
        if (p->filter[i].id != CODEC_SHUFFLE)
            return true;
    return false;
}

static void damage(uint8_t *p, size_t n)
{
    for (int k = 1 + (int)(rnd() % 3); k > 0; k--)
        p[rnd() % n] ^= (uint8_t)(1 + rnd() % 255);
}

static void damaged_frames_are_refused(void)
{
    codec_scratch *s = codec_scratch_new(NULL);
    long silent = 0, same = 0, tries = 0;
    for (int p = 0; p < TAP_COUNT(pipelines); p++)
        for (int k = 0; k < 4; k++) {
            coded c = encode(&pipelines[p], k == 0 ? 40 : 2000, s);
            uint8_t *got = malloc(c.n);
            for (int t = 0; t < 1500; t++) {
                uint8_t *bad = malloc(c.frame_n);
                memcpy(bad, c.frame, c.frame_n);
                damage(bad, c.frame_n);
                bool ok = codec_decode(&pipelines[p], 0, bad, c.frame_n, got, c.n, s, NULL) == 0;
                bool right = ok && memcmp(got, c.chunk, c.n) == 0;
                tries++;
                same += right;
                silent += ok && !right && has_checksum(&pipelines[p]);
                free(bad);
            }
            free(got);
            coded_free(&c);
        }
    codec_scratch_free(s);
    /* Checksums of 32 bits on few bytes let a handful of 10^4 errors through, zlib's weak one most. */
    TAP_CHECK(silent <= 5, "%ld of %ld damaged frames gave wrong data silently", silent, tries);
    tap_diag("%ld damaged frames, %ld silent, %ld harmless", tries, silent, same);
}

static void truncated_frames_are_refused(void)
{
    codec_scratch *s = codec_scratch_new(NULL);
    for (int p = 0; p < TAP_COUNT(pipelines); p++) {
        coded c = encode(&pipelines[p], 777, s);
        uint8_t *got = malloc(c.n);
        for (size_t n = 0; n < c.frame_n; n++) {
            uint8_t *part = malloc(n ? n : 1);
            memcpy(part, c.frame, n);
            int rc = codec_decode(&pipelines[p], 0, part, n, got, c.n, s, NULL);
            TAP_CHECK(rc == SHARR_EDATA, "pipeline %d, %zu of %zu bytes: %d", p, n, c.frame_n, rc);
            free(part);
        }
        free(got);
        coded_free(&c);
    }
    codec_scratch_free(s);
}

static void zstd_frames_carry_a_checksum(void)
{
    codec_scratch *s = codec_scratch_new(NULL);
    coded c = encode(&pipelines[3], 1000, s);
    CU_ASSERT(memcmp(c.frame, "\x28\xb5\x2f\xfd", 4) == 0);        /* RFC 8878, 3.1.1 */
    CU_ASSERT((c.frame[4] & 4) != 0);
    coded_free(&c);
    codec_scratch_free(s);
}

/* ---- HDF5's own filters -------------------------------------------------------------------------- */

enum { COUNT = 5000 };

static hid_t dataset_with(hid_t file, const codec_pipeline *p)
{
    hsize_t n = COUNT;
    hid_t space = H5Screate_simple(1, &n, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 1, &n);
    for (int i = 0; i < p->n; i++) {
        unsigned level = (unsigned)p->filter[i].level;
        if (p->filter[i].id == CODEC_SHUFFLE)
            H5Pset_shuffle(dcpl);
        else if (p->filter[i].id == CODEC_FLETCHER32)
            H5Pset_fletcher32(dcpl);
        else
            H5Pset_filter(dcpl, p->filter[i].id, 0, 1, &level);
    }
    hid_t d = H5Dcreate2(file, "d", H5T_NATIVE_INT32, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Pclose(dcpl);
    H5Sclose(space);
    return d;
}

static void check_both_ways(hid_t d, const codec_pipeline *p, codec_scratch *s)
{
    uint8_t *data = sample(4 * COUNT), *got = malloc(4 * COUNT), *frame = malloc(codec_bound(p, 4 * COUNT));
    hsize_t at = 0, stored = 0;
    uint32_t mask = 9;
    sharr_error e = {0};
    size_t n = 0;
    CU_ASSERT(H5Dwrite(d, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dget_chunk_storage_size(d, &at, &stored);
    uint8_t *theirs = malloc(stored);
    CU_ASSERT(H5Dread_chunk(d, H5P_DEFAULT, &at, &mask, theirs) >= 0);
    TAP_CHECK(codec_decode(p, mask, theirs, stored, got, 4 * COUNT, s, &e) == 0 &&
              memcmp(got, data, 4 * COUNT) == 0, "theirs: %s", e.text);

    for (int i = 0; i < 4 * COUNT; i++)
        data[i] ^= (uint8_t)(i % 5);
    memcpy(got, data, 4 * COUNT);
    CU_ASSERT_EQUAL(codec_encode(p, got, 4 * COUNT, frame, codec_bound(p, 4 * COUNT), &n, s, &e), 0);
    CU_ASSERT(H5Dwrite_chunk(d, H5P_DEFAULT, 0, &at, n, frame) >= 0);
    CU_ASSERT(H5Dread(d, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0);
    CU_ASSERT(memcmp(got, data, 4 * COUNT) == 0);
    free(data), free(got), free(frame), free(theirs);
}

static void hdf5_understands_us_and_we_it(void)
{
    codec_scratch *s = codec_scratch_new(NULL);
    sharr_error e = {0};
    h5lib_lock();
    CU_ASSERT_EQUAL(h5lib_ready(&e), 0);
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(fapl, 1 << 16, 0);
    for (int i = 0; i < TAP_COUNT(pipelines); i++) {
        codec_pipeline p = pipelines[i];
        int shuffles = 0;
        for (int k = 0; k < p.n; k++)
            if (p.filter[k].id == CODEC_SHUFFLE)
                p.filter[k].shuffle_size = 4, shuffles++;          /* HDF5 takes the type's size */
        if (shuffles > 1)
            continue;
        hid_t file = H5Fcreate("test_codec.h5", H5F_ACC_TRUNC, H5P_DEFAULT, fapl), d = dataset_with(file, &p);
        check_both_ways(d, &p, s);
        H5Dclose(d);
        H5Fclose(file);
    }
    H5Pclose(fapl);
    h5lib_unlock();
    codec_scratch_free(s);
}

static const tap_test tests[] = {
    {"shuffle is its definition at every level", shuffle_is_its_definition},
    {"unshuffle reverses components", unshuffle_swaps_components},
    {"fletcher32 is its definition", fletcher_is_its_definition},
    {"what goes in comes out", what_goes_in_comes_out},
    {"filters of the mask are skipped", masked_filters_are_skipped},
    {"a chunk of another size is refused", sizes_must_fit_exactly},
    {"damaged frames are refused", damaged_frames_are_refused},
    {"truncated frames are refused", truncated_frames_are_refused},
    {"zstd frames carry a checksum", zstd_frames_carry_a_checksum},
    {"HDF5's filters and ours agree in both directions", hdf5_understands_us_and_we_it},
};
TAP_MAIN("codec", tests)
