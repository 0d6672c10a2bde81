/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Index maps: what counts as an identity, the canonical form, the bytes that
 * are hashed.  Composition, clip and image: test_imap_compose.c.
 */
#include "array/imap.h"

#include <string.h>

#include "support/tap_cunit.h"

static imap *all_dims(arena *a, int ndim, const int64_t *shape, int npieces)
{
    imap *m = imap_new(a, ndim, shape, npieces, ndim);
    for (int i = 0; i < npieces; i++)
        for (int d = 0; d < ndim; d++) {
            m->piece[i].axis[d] = d;
            m->piece[i].mul[d] = 1;
        }
    return m;
}

static void identities(void)
{
    arena *a = arena_new();
    const int64_t shape[3] = {4, 1, 3}, other[3] = {4, 2, 3}, empty[2] = {0, 5};
    imap *m = imap_identity(a, 3, shape);
    CU_ASSERT(imap_is_identity(m, 3, shape));
    CU_ASSERT(!imap_is_identity(m, 3, other));
    CU_ASSERT(!imap_is_identity(m, 2, shape));
    m->piece[0].axis[1] = -1;               /* the only position of a dimension of extent 1 */
    m->piece[0].mul[1] = 0;
    CU_ASSERT(imap_is_identity(m, 3, shape));
    m->piece[0].axis[2] = 0;
    CU_ASSERT(!imap_is_identity(m, 3, shape));
    m = imap_identity(a, 3, shape);
    m->piece[0].mul[0] = -1;
    m->piece[0].off[0] = 3;
    CU_ASSERT(!imap_is_identity(m, 3, shape));
    m = imap_identity(a, 2, empty);
    m->piece[0].off[1] = 2;
    CU_ASSERT(imap_is_identity(m, 2, empty));
    m = imap_identity(a, 0, NULL);
    CU_ASSERT(imap_is_identity(m, 0, NULL));
    CU_ASSERT(imap_is_affine(m));
    m->piece[0].src = IMAP_FILL;
    CU_ASSERT(!imap_is_affine(m));
    arena_free(a);
}

static void hidden_pieces_go(void)
{
    arena *a = arena_new();
    const int64_t n = 10, none = 0;
    imap *m = all_dims(a, 1, &n, 4);
    for (int i = 0; i < 4; i++)
        m->piece[i].src = i;
    m->piece[1].start[0] = 2;               /* 2 5 8: under 2 3 ... 9 */
    m->piece[1].step[0] = 3;
    m->piece[1].count[0] = 3;
    m->piece[2].count[0] = 0;
    m->piece[3].start[0] = 2;
    m->piece[3].count[0] = 8;
    imap_simplify(m);
    CU_ASSERT_EQUAL(m->npieces, 2);
    CU_ASSERT_EQUAL(m->piece[0].src, 0);
    CU_ASSERT_EQUAL(m->piece[1].src, 3);
    m = all_dims(a, 1, &none, 3);
    imap_simplify(m);
    CU_ASSERT_EQUAL(m->npieces, 1);
    CU_ASSERT(imap_is_affine(m));
    arena_free(a);
}

/* Neighbours that one formula describes are one piece; what would widen the source's hull is not. */
static void neighbours_are_joined(void)
{
    static const struct {
        int64_t start, count, off, mul;     /* of the second; the first is 0 1 2 from 10 11 12 */
        int pieces;
    } rows[] = {
        {3, 4, 10, 1, 1},  {3, 4, 11, 1, 2},  {4, 3, 10, 1, 2}, {3, 1, 10, 1, 1},
        {3, 1, 13, 0, 1},  {3, 1, 14, 0, 2},  {3, 4, 10, -1, 2},
    };
    arena *a = arena_new();
    const int64_t n = 7;
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        imap *m = all_dims(a, 1, &n, 2);
        m->piece[0].count[0] = 3;
        m->piece[0].off[0] = 10;
        m->piece[1].start[0] = rows[i].start;
        m->piece[1].count[0] = rows[i].count;
        m->piece[1].off[0] = rows[i].off;
        m->piece[1].mul[0] = rows[i].mul;
        imap_simplify(m);
        TAP_CHECK(m->npieces == rows[i].pieces, "row %d: %d pieces", i, m->npieces);
    }
    imap *far = all_dims(a, 1, (const int64_t[]){2}, 2);    /* two positions, far apart in the source */
    far->piece[0].count[0] = far->piece[1].count[0] = far->piece[1].start[0] = 1;
    far->piece[1].off[0] = 1000;
    imap_simplify(far);
    CU_ASSERT_EQUAL(far->npieces, 2);
    arena_free(a);
}

typedef struct bytes {
    size_t n;
    unsigned char b[4096];
} bytes;

static void put_bytes(void *sink, const void *p, size_t n)
{
    bytes *out = sink;
    CU_ASSERT_FATAL(out->n + n <= sizeof out->b);
    memcpy(out->b + out->n, p, n);
    out->n += n;
}

static void hash_sees_every_field(void)
{
    arena *a = arena_new();
    const int64_t n = 0x0102;
    bytes s = {.n = 0}, t = {.n = 0};
    imap *m = imap_identity(a, 1, &n);
    imap_append_hash(m, &s, put_bytes);
    /* ndst, npieces, shape; src, nsrc, start, step, count; off, mul, axis */
    CU_ASSERT_EQUAL(s.n, 8 * (3 + 5 + 3));
    CU_ASSERT(s.b[0] == 1 && s.b[16] == 2 && s.b[17] == 1);
    int64_t *const field[] = {&m->piece[0].start[0], &m->piece[0].step[0], &m->piece[0].count[0],
                              &m->piece[0].off[0],   &m->piece[0].mul[0],  &m->shape[0]};
    for (int i = 0; i < TAP_COUNT(field); i++) {
        *field[i] += 7;
        t.n = 0;
        imap_append_hash(m, &t, put_bytes);
        TAP_CHECK(memcmp(s.b, t.b, s.n) != 0, "field %d", i);
        *field[i] -= 7;
    }
    arena_free(a);
}

static const tap_test tests[] = {
    {"identities are recognised", identities},
    {"hidden pieces are dropped", hidden_pieces_go},
    {"neighbours are joined", neighbours_are_joined},
    {"the hash sees every field", hash_sees_every_field},
};
TAP_MAIN("imap", tests)
