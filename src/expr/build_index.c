/* SPDX-License-Identifier: BSD-3-Clause
 *
 * x[...]: integers, slices with Python's rules, ellipsis, newaxis.
 */
#include "base/checked.h"
#include "expr/build_parts.h"

/* What Python's slice.indices gives, and the number of elements. */
typedef struct span {
    int64_t start, step, count;
} span;

static span slice_span(const index_item *it, int64_t n)
{
    span s = {.step = it->has_step ? it->step : 1};
    int64_t lowest = s.step > 0 ? 0 : -1, highest = s.step > 0 ? n : n - 1;
    int64_t start = it->start < 0 ? it->start + n : it->start;
    int64_t stop = it->stop < 0 ? it->stop + n : it->stop;
    start = !it->has_start ? (s.step > 0 ? lowest : highest) : start;
    stop = !it->has_stop ? (s.step > 0 ? highest : lowest) : stop;
    start = min_i64(max_i64(start, lowest), highest);
    stop = min_i64(max_i64(stop, lowest), highest);
    __int128 width = s.step > 0 ? stop - start : start - stop, step = s.step;
    s.start = start;
    s.count = width > 0 ? (int64_t)((width - 1) / (step > 0 ? step : -step)) + 1 : 0;
    return s;
}

static int too_many(const indexing *w, int wanted, sharr_error *err)
{
    char text[SHAPE_TEXT];
    err_set(err, SHARR_EEXPR, "%d indices for an array of %d dimension%s %s", wanted, w->x->ndim,
            w->x->ndim == 1 ? "," : "s,", shape_text(w->x->ndim, w->x->shape, text));
    return err_kind(err, SHARR_KIND_INDEX);
}

static int add_dim(indexing *w, int64_t extent, sharr_error *err)
{
    if (w->ndim == SHARR_MAX_DIMS)
        return err_set(err, SHARR_EEXPR, "an array of more than %d dimensions", SHARR_MAX_DIMS);
    w->shape[w->ndim++] = extent;
    return 0;
}

static int take_slice(indexing *w, const index_item *it, sharr_error *err)
{
    if (it->has_step && it->step == 0)
        return err_set(err, SHARR_EEXPR, "the step of a slice is 0");
    span sp = slice_span(it, w->x->shape[w->s]);
    w->start[w->s] = sp.start;
    w->step[w->s] = sp.step;
    w->count[w->s] = sp.count;
    w->to[w->s++] = w->ndim;
    return add_dim(w, sp.count, err);
}

static int take_int(indexing *w, const index_item *it, sharr_error *err)
{
    char text[SHAPE_TEXT];
    int64_t n = w->x->shape[w->s], at = it->at < 0 ? it->at + n : it->at;
    if (at < 0 || at >= n) {
        err_set(err, SHARR_EEXPR, "index %lld is out of range for dimension %d of shape %s",
                (long long)it->at, w->s, shape_text(w->x->ndim, w->x->shape, text));
        return err_kind(err, SHARR_KIND_INDEX);
    }
    w->start[w->s] = at;
    w->step[w->s] = w->count[w->s] = 1;
    w->to[w->s++] = -1;
    return 0;
}

/* Whole dimensions up to the one that is `left` from the end. */
static int take_rest(indexing *w, int left, sharr_error *err)
{
    const index_item whole = {.kind = INDEX_SLICE};
    int status = 0;
    while (!status && w->s < w->x->ndim - left)
        status = take_slice(w, &whole, err);
    return status;
}

static int take_item(indexing *w, const index_item *it, int left, sharr_error *err)
{
    switch (it->kind) {
    case INDEX_NEWAXIS:  return add_dim(w, 1, err);
    case INDEX_ELLIPSIS: return take_rest(w, left, err);
    case INDEX_SLICE:    return take_slice(w, it, err);
    case INDEX_INT:      return take_int(w, it, err);
    }
    return SHARR_EINTERNAL;
}

int index_resolve(indexing *w, const node *x, const index_item *item, int n, sharr_error *err)
{
    int wanted = 0, dots = 0, status = 0;
    *w = (indexing){.x = x};
    for (int i = 0; i < n; i++) {
        wanted += item[i].kind == INDEX_INT || item[i].kind == INDEX_SLICE;
        dots += item[i].kind == INDEX_ELLIPSIS;
    }
    if (dots > 1) {
        err_set(err, SHARR_EEXPR, "an index has one ellipsis (...) at most");
        return err_kind(err, SHARR_KIND_INDEX);
    }
    if (wanted > x->ndim)
        return too_many(w, wanted, err);
    for (int i = 0; i < n && !status; i++) {
        wanted -= item[i].kind == INDEX_INT || item[i].kind == INDEX_SLICE;
        status = take_item(w, &item[i], wanted, err);
    }
    return status ? status : take_rest(w, 0, err);
}

node *build_index(graph *g, node *x, const index_item *item, int n, sharr_error *err)
{
    indexing w;
    if (index_resolve(&w, x, item, n, err) != 0)
        return NULL;
    arena *mem = arena_new();
    imap *m = mem ? imap_new(mem, w.ndim, w.shape, 1, x->ndim) : NULL;
    node *r = NULL;
    if (m) {
        for (int s = 0; s < x->ndim; s++) {
            bool moves = w.to[s] >= 0 && w.count[s] > 1;
            m->piece[0].off[s] = w.count[s] ? w.start[s] : 0;
            m->piece[0].mul[s] = moves ? w.step[s] : 0;
            m->piece[0].axis[s] = moves ? w.to[s] : -1;
        }
        r = node_view(g, m, &x, 1, x->type, (scalar){.bits = {0}}, err);
    } else {
        err_nomem(err, "a view", sizeof(imap));
    }
    arena_free(mem);
    return r;
}
