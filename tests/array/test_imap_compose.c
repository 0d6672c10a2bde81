/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Composition, clip and image of index maps against brute force: random chains of slices, flips, permutes,
 * broadcasts, rolls, concatenations and updates are done twice, on the map and on
 * a list of element names, and compared element by element.
 */
#include "array/imap.h"

#include <stdlib.h>
#include <string.h>

#include "support/tap_cunit.h"

enum { MAX_ELEMENTS = 4096, FILL = -1, SOURCE_STRIDE = 100000, MAX_SOURCES = 64 };

/* A view: what it should be (the name of each element), and the map that claims to be it.
 * Name of element i of source s: s * SOURCE_STRIDE + i. */
typedef struct view {
    int ndim;
    int64_t shape[SHARR_MAX_DIMS];
    int name[MAX_ELEMENTS];
    imap *map;
    int nsrc;                               /* sources are 0 .. nsrc - 1 */
    int src_ndim[MAX_SOURCES];
    int64_t src_shape[MAX_SOURCES][4];
} view;

static unsigned seed;

static int dice(int64_t n)
{
    return rand_r(&seed) % (int)n;
}

/* ---- evaluation of a map, by its definition ---- */

static bool covers(const ipiece *p, int ndim, const int64_t *at)
{
    for (int d = 0; d < ndim; d++) {
        bool found = false;
        for (int64_t k = 0; k < p->count[d]; k++)
            found = found || p->start[d] + k * p->step[d] == at[d];
        if (!found)
            return false;
    }
    return true;
}

static int64_t source_at(const ipiece *p, int s, const int64_t *at)
{
    return p->off[s] + (p->axis[s] < 0 ? 0 : p->mul[s] * at[p->axis[s]]);
}

static int name_at(const view *v, const int64_t *at)
{
    for (int i = v->map->npieces - 1; i >= 0; i--) {
        const ipiece *p = &v->map->piece[i];
        int64_t pos[SHARR_MAX_DIMS];
        if (!covers(p, v->ndim, at))
            continue;
        if (p->src < 0)
            return FILL;
        if (p->src >= v->nsrc || p->nsrc != v->src_ndim[p->src])
            return -3;
        for (int s = 0; s < p->nsrc; s++) {
            pos[s] = source_at(p, s, at);
            if (pos[s] < 0 || pos[s] >= v->src_shape[p->src][s])
                return -4;
        }
        return p->src * SOURCE_STRIDE + (int)shape_ravel(p->nsrc, v->src_shape[p->src], pos);
    }
    return -2;
}

static bool view_check(const view *v, const char *what)
{
    int64_t at[SHARR_MAX_DIMS] = {0};
    int n = 0;
    if (!TAP_CHECK(v->map->ndst == v->ndim, "%s", what))
        return false;
    do {
        int got = name_at(v, at);
        if (!TAP_CHECK(got == v->name[n], "%s: element %d is %d, not %d", what, n, got, v->name[n]))
            return false;
        n++;
    } while (shape_next(v->ndim, v->shape, at));
    return true;
}

/* ---- views ---- */

static void view_leaf(view *v, arena *a, int ndim, const int64_t *shape)
{
    int64_t size;
    memset(v, 0, sizeof *v);
    v->ndim = v->src_ndim[0] = ndim;
    v->nsrc = 1;
    memcpy(v->shape, shape, (size_t)ndim * sizeof *shape);
    memcpy(v->src_shape[0], shape, (size_t)ndim * sizeof *shape);
    CU_ASSERT_FATAL(shape_size(ndim, shape, &size) && size <= MAX_ELEMENTS);
    for (int i = 0; i < size; i++)
        v->name[i] = i;
    v->map = imap_identity(a, ndim, shape);
}

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

/* Put an outer map over v (its input 0) and `other` (its input 1): names by the definition of the
 * map, the map by composition. */
static bool apply(view *v, arena *a, const imap *outer, const view *other, const char *what)
{
    static view old;
    view o = {.ndim = outer->ndst, .nsrc = 2};
    int64_t at[SHARR_MAX_DIMS] = {0}, size;
    sharr_error err;
    if (!shape_size(outer->ndst, outer->shape, &size) || size > MAX_ELEMENTS / 2)
        return true;
    old = *v;
    o.map = (imap *)outer;
    for (int i = 0; i < 2; i++) {
        const view *in = i ? other : v;
        o.src_ndim[i] = in ? in->ndim : 0;
        if (in)
            memcpy(o.src_shape[i], in->shape, sizeof o.src_shape[i]);
    }
    for (int64_t n = 0; n < size; n++) {
        int name = name_at(&o, at), from = name % SOURCE_STRIDE;
        v->name[n] = name < 0                ? FILL
                     : name >= SOURCE_STRIDE ? other->name[from] + v->nsrc * SOURCE_STRIDE
                                             : old.name[from];
        shape_next(outer->ndst, outer->shape, at);
    }
    const imap *inner[2] = {v->map, other ? other->map : NULL};
    const int first[2] = {0, v->nsrc};
    v->map = imap_is_affine(outer) ? imap_compose(a, outer, v->map, &err)
                                   : imap_flatten(a, outer, inner, first, &err);
    if (!v->map)
        return TAP_CHECK(err.status == SHARR_ERESOURCE, "%s: %s", what, err.text) && false;
    if (other) {
        v->src_ndim[v->nsrc] = other->ndim;
        memcpy(v->src_shape[v->nsrc++], other->shape, sizeof v->src_shape[0]);
    }
    v->ndim = outer->ndst;
    memcpy(v->shape, outer->shape, sizeof v->shape);
    return view_check(v, what);
}

static bool do_slice(view *v, arena *a)
{
    imap *m = all_dims(a, v->ndim, v->shape, 1);
    for (int d = 0; d < v->ndim; d++) {
        int64_t n = v->shape[d], step = 1 + dice(3), start = dice(n);
        int64_t count = 1 + dice((n - 1 - start) / step + 1);
        if (dice(3) == 0)
            continue;
        bool back = dice(2);
        m->shape[d] = m->piece[0].count[d] = count;
        m->piece[0].off[d] = back ? start + (count - 1) * step : start;
        m->piece[0].mul[d] = back ? -step : step;
    }
    return apply(v, a, m, NULL, "slice");
}

static bool do_permute(view *v, arena *a)
{
    int order[4] = {0, 1, 2, 3};
    int64_t shape[4];
    for (int d = v->ndim - 1; d > 0; d--) {
        int e = dice(d + 1), swap = order[d];
        order[d] = order[e];
        order[e] = swap;
    }
    for (int d = 0; d < v->ndim; d++)
        shape[d] = v->shape[order[d]];
    imap *m = all_dims(a, v->ndim, shape, 1);
    for (int d = 0; d < v->ndim; d++)
        m->piece[0].axis[order[d]] = d;
    return apply(v, a, m, NULL, "permute");
}

/* A new dimension that repeats, or a dimension dropped by an index. */
static bool do_rank(view *v, arena *a)
{
    int64_t shape[4] = {0};
    bool add = v->ndim == 0 || (v->ndim < 3 && dice(2));
    int where = dice(v->ndim + add), ndim = v->ndim + (add ? 1 : -1);
    for (int d = 0; d < ndim; d++)
        shape[d] = add && d == where ? 1 + dice(3)
                   : add             ? v->shape[d - (d > where)]
                                     : v->shape[d + (d >= where)];
    imap *m = imap_new(a, ndim, shape, 1, v->ndim);
    for (int s = 0; s < v->ndim; s++) {
        bool dropped = !add && s == where;
        m->piece[0].axis[s] = dropped ? -1 : add ? s + (s >= where) : s - (s > where);
        m->piece[0].mul[s] = !dropped;
        m->piece[0].off[s] = dropped ? dice(v->shape[s]) : 0;
    }
    return apply(v, a, m, NULL, add ? "broadcast" : "index");
}

/* Two source dimensions on one axis. */
static bool do_diagonal(view *v, arena *a)
{
    int64_t shape[4] = {0};
    if (v->ndim < 2)
        return true;
    shape[0] = v->shape[0] < v->shape[1] ? v->shape[0] : v->shape[1];
    for (int d = 2; d < v->ndim; d++)
        shape[d - 1] = v->shape[d];
    imap *m = imap_new(a, v->ndim - 1, shape, 1, v->ndim);
    for (int s = 0; s < v->ndim; s++) {
        m->piece[0].axis[s] = s < 2 ? 0 : s - 1;
        m->piece[0].mul[s] = s == 1 ? -1 : 1;
    }
    m->piece[0].off[1] = shape[0] - 1;
    return apply(v, a, m, NULL, "diagonal");
}

static bool do_roll(view *v, arena *a)
{
    if (v->ndim == 0)
        return true;
    int d = dice(v->ndim);
    int64_t n = v->shape[d], k = dice(n);
    imap *m = all_dims(a, v->ndim, v->shape, 2);
    for (int p = 0; p < 2; p++) {
        m->piece[p].start[d] = p ? k : 0;
        m->piece[p].count[d] = p ? n - k : k;
        m->piece[p].off[d] = p ? -k : n - k;
    }
    return apply(v, a, m, NULL, "roll");
}

/* A fill or another array over a strided part. */
static bool do_update(view *v, arena *a)
{
    static view other;
    imap *m = all_dims(a, v->ndim, v->shape, 2);
    ipiece *p = &m->piece[1];
    bool fill = dice(3) == 0 || v->nsrc >= MAX_SOURCES;
    view_leaf(&other, a, v->ndim, v->shape);
    p->src = fill ? IMAP_FILL : 1;
    for (int d = 0; d < v->ndim; d++) {
        int64_t start = dice(v->shape[d]), step = 1 + dice(3);
        p->start[d] = start;
        p->step[d] = step;
        p->count[d] = 1 + dice((v->shape[d] - 1 - start) / step + 1);
        p->mul[d] = dice(2) ? 1 : -1;
        p->off[d] = p->mul[d] > 0 ? 0 : v->shape[d] - 1;
    }
    return apply(v, a, m, fill ? NULL : &other, "update");
}

static bool do_concat(view *v, arena *a)
{
    static view other;
    int64_t shape[4] = {0};
    if (v->ndim == 0 || v->nsrc >= MAX_SOURCES)
        return true;
    int d = dice(v->ndim);
    int64_t n = v->shape[d], more = 1 + dice(3);
    memcpy(shape, v->shape, (size_t)v->ndim * sizeof *shape);
    shape[d] = more;
    view_leaf(&other, a, v->ndim, shape);
    shape[d] = n + more;
    imap *m = all_dims(a, v->ndim, shape, 2);
    for (int p = 0; p < 2; p++) {
        m->piece[p].src = p;
        m->piece[p].start[d] = p ? n : 0;
        m->piece[p].count[d] = p ? more : n;
        m->piece[p].off[d] = p ? -n : 0;
    }
    return apply(v, a, m, &other, "concat");
}

/* ---- what every view must also satisfy ---- */

/* Hull of the source positions of piece p for the destinations in dst, and their number. */
static int64_t brute_hull(const ipiece *p, const box *dst, box *hull)
{
    int64_t at[SHARR_MAX_DIMS], rel[SHARR_MAX_DIMS] = {0}, n = 0;
    do {
        box one = {.ndim = p->nsrc};
        for (int d = 0; d < dst->ndim; d++)
            at[d] = dst->start[d] + rel[d];
        if (!covers(p, dst->ndim, at))
            continue;
        for (int s = 0; s < p->nsrc; s++) {
            one.start[s] = source_at(p, s, at);
            one.count[s] = 1;
        }
        *hull = n++ ? box_hull(hull, &one) : one;
    } while (shape_next(dst->ndim, dst->count, rel));
    return n;
}

static bool check_box(const view *v)
{
    box dst = {.ndim = v->ndim}, hull, want = {0};
    int64_t first[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS], product = 1;
    const ipiece *p = &v->map->piece[dice(v->map->npieces)];
    for (int d = 0; d < v->ndim; d++) {
        dst.start[d] = dice(v->shape[d]);
        dst.count[d] = 1 + dice(v->shape[d] - dst.start[d]);
    }
    int64_t n = brute_hull(p, &dst, &want);
    bool some = imap_clip(p, &dst, first, count), image = imap_image(p, &dst, &hull);
    for (int d = 0; d < v->ndim && some; d++) {
        int64_t lo = p->start[d] + p->step[d] * first[d] - dst.start[d];
        product *= count[d];
        if (!TAP_CHECK(lo >= 0 && lo + p->step[d] * (count[d] - 1) < dst.count[d], "clip"))
            return false;
    }
    return TAP_CHECK(some == (n > 0) && (!some || product == n), "clip: %d of %d", (int)product,
                     (int)n) &&
           TAP_CHECK(image == (some && p->src >= 0), "image") &&
           TAP_CHECK(!image || box_equal(&hull, &want), "hull");
}

static bool chain(arena *a, bool piecewise)
{
    static bool (*const step[])(view *, arena *) = {do_slice,  do_slice, do_permute,
                                                    do_rank,   do_diagonal, do_roll,
                                                    do_update, do_update, do_concat};
    static view v;
    int64_t shape[3];
    int ndim = 1 + dice(3);
    for (int d = 0; d < ndim; d++)
        shape[d] = 1 + dice(7);
    view_leaf(&v, a, ndim, shape);
    for (int n = 0; n < 8; n++) {
        if (!step[dice(piecewise ? 9 : 5)](&v, a))
            return v.map == NULL;           /* more than 64 pieces: nothing more to compare */
        if (!check_box(&v))
            return false;
        CU_ASSERT(piecewise || imap_is_affine(v.map));
    }
    return true;
}

static void random_chains(bool piecewise, int n)
{
    for (int i = 0; i < n; i++) {
        arena *a = arena_new();
        seed = (unsigned)i + 1;
        bool ok = chain(a, piecewise);
        arena_free(a);
        if (!TAP_CHECK(ok, "chain %d", i))
            return;
    }
}

static void affine_chains(void)
{
    random_chains(false, 1000);
}

static void piecewise_chains(void)
{
    random_chains(true, 2000);
}

/* ---- numbers that only 128 bits hold ---- */

static int64_t big(int bits)
{
    uint64_t r = 0;
    for (int i = 0; i < 5; i++)
        r = r << 15 ^ (unsigned)rand_r(&seed);
    return bits ? (int64_t)(r >> (64 - bits)) : 0;
}

/* x -> off + mul * x, n positions, over a view of which start, start + step, ... is a source
 * and the rest fill.  Positions on and beside the source must be told apart. */
static void check_big(arena *a)
{
    sharr_error err;
    int bits = dice(30);
    int64_t mul = 1 + big(bits), n = 1 + big(61 - bits), extent = mul * (n - 1) + 1 + big(20);
    int64_t step = 1 + big(dice(40)), start = big(40) % extent, off = extent - 1 - mul * (n - 1);
    imap *outer = all_dims(a, 1, &n, 1), *inner = all_dims(a, 1, &extent, 2);
    if (dice(2)) {
        off += mul * (n - 1);
        mul = -mul;
    }
    outer->piece[0].off[0] = off;
    outer->piece[0].mul[0] = mul;
    ipiece *q = &inner->piece[1];
    inner->piece[0].src = IMAP_FILL;
    q->start[0] = start;
    q->step[0] = step;
    q->count[0] = 1 + (extent - 1 - start) / step;
    imap *m = imap_compose(a, outer, inner, &err);
    CU_ASSERT_FATAL(m != NULL);
    const ipiece *r = &m->piece[m->npieces - 1];
    for (int i = 0; i < 300; i++) {
        /* a position of the source in the view, if outer shows it; else one near the composite */
        int64_t view_at = start + step * (big(62) % q->count[0]), x = (view_at - off) / mul;
        if (i >= 100 && r->src >= 0)
            x = r->start[0] + r->step[0] * (big(62) % r->count[0]) + dice(3) - 1;
        if (x < 0 || x >= n)
            continue;
        int64_t at = off + mul * x, first, count;
        bool want = at >= start && (at - start) % step == 0;
        box dst = {.ndim = 1, .start = {x}, .count = {1}};
        bool got = r->src >= 0 && imap_clip(r, &dst, &first, &count);
        TAP_CHECK(got == want, "x %lld", (long long)x);
        if (got)
            CU_ASSERT_EQUAL(source_at(r, 0, &x), at);
    }
}

static void large_positions(void)
{
    for (int i = 0; i < 2000; i++) {
        arena *a = arena_new();
        seed = (unsigned)i + 77;
        check_big(a);
        arena_free(a);
    }
}

static void what_cannot_be_written_is_an_error(void)
{
    sharr_error err;
    arena *a = arena_new();
    const int64_t far = INT64_MAX, wide = 80;
    imap *outer = imap_identity(a, 1, &far), *inner = imap_identity(a, 1, &far);
    inner->piece[0].mul[0] = outer->piece[0].mul[0] = (int64_t)1 << 40;
    CU_ASSERT(imap_compose(a, outer, inner, &err) == NULL);
    CU_ASSERT_EQUAL(err.status, SHARR_ERESOURCE);

    /* 40 pairs from two sources in turn, seen in another order and shifted: each pair is cut */
    imap *many = all_dims(a, 1, &wide, 40), *shifted = all_dims(a, 1, &wide, 40);
    for (int i = 0; i < 40; i++) {
        shifted->piece[i].start[0] = many->piece[i].start[0] = 2 * i;
        shifted->piece[i].count[0] = many->piece[i].count[0] = 2;
        shifted->piece[i].off[0] = 2 * (i * 7 % 39) + 1 - 2 * i;
        many->piece[i].src = i % 2;
    }
    const int first = 0;
    const imap *in = many;
    CU_ASSERT(imap_flatten(a, shifted, &in, &first, &err) == NULL);
    CU_ASSERT_EQUAL(err.status, SHARR_ERESOURCE);
    CU_ASSERT(strstr(err.text, "64 pieces") != NULL);
    arena_free(a);
}

static const tap_test tests[] = {
    {"affine chains equal brute force", affine_chains},
    {"piecewise chains equal brute force", piecewise_chains},
    {"positions near 2^62 are exact", large_positions},
    {"what does not fit is an error", what_cannot_be_written_is_an_error},
};
TAP_MAIN("imap_compose", tests)
