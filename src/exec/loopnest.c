/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Kernel calls over boxes.
 */
#include "exec/loopnest.h"

#include <string.h>

#include "base/checked.h"

/* Elements of a call, if it has several rows. */
enum { PART = 1 << 15 };

/* One piece of memory for all the small arrays. */
static int take_tables(nest *n, const program *p, sharr_error *err)
{
    size_t nin = (size_t)p->nin + 1, nout = (size_t)p->nout + 1, nx = (size_t)p->nindex + 1, ns = (size_t)p->nstates + 1;
    size_t dims = SHARR_MAX_DIMS * sizeof(int64_t);
    size_t bytes = nin * (3 * sizeof(void *) + dims + 16) + nout * (2 * sizeof(void *) + dims + 16) +
                   nx * (16 + dims + 24) + ns * (sizeof(void *) + 16);
    char *m = bump_take(&n->t->wk->mem, bytes, err);
    if (!m)
        return err->status;
    memset(m, 0, bytes);
#define CUT(field, size) (n->field = (void *)m, m += (size))
    CUT(in_step, nin * dims);
    CUT(out_step, nout * dims);
    CUT(index_step, nx * dims);
    CUT(in_stride, nin * 16);
    CUT(out_stride, nout * 16);
    CUT(state_stride, ns * 16);
    CUT(index_now, nx * 24);
    CUT(index, nx * 8);
    CUT(index_base, nx * 8);
    CUT(in, nin * sizeof(void *));
    CUT(in_base, nin * sizeof(void *));
    CUT(in_now, nin * sizeof(void *));
    CUT(out, nout * sizeof(void *));
    CUT(out_now, nout * sizeof(void *));
    CUT(state, ns * sizeof(void *));
#undef CUT
    return 0;
}

static void init_index(nest *n, const int64_t *first)
{
    const lattice *at = &n->rg->at;
    for (int i = 0; i < n->rg->nindex; i++) {
        const linear *x = &n->rg->index[i];
        n->index_base[i] = x->off;
        for (int d = 0; d < n->ndim; d++) {
            n->index_base[i] += x->coef[d] * (at->start[d] + at->step[d] * first[d]);
            n->index_step[i][d] = x->coef[d] * at->step[d];
        }
        n->index[i] = n->index_base[i];
    }
}

int nest_init(nest *n, tilectx *t, const region *rg, const box *b, bool packed, sharr_error *err)
{
    int64_t first[SHARR_MAX_DIMS];
    *n = (nest){ .t = t, .rg = rg, .kernel = t->st->kernel[rg->id], .ndim = t->st->s->ndim };
    if (!lattice_clip(&rg->at, b, first, n->count))
        return err_set(err, SHARR_EINTERNAL, "a region is evaluated outside its positions");
    int status = take_tables(n, rg->prog, err);
    for (int i = 0; i < rg->prog->nin && !status; i++) {
        view v;
        status = operand_view(t, rg, i, b, packed, &v, err);
        if (!status) {
            n->in[i] = n->in_base[i] = v.base;
            memcpy(n->in_step[i], v.stride, sizeof v.stride);
        }
    }
    init_index(n, first);
    return status;
}

void nest_out(nest *n, int o, const view *v)
{
    n->out[o] = v->base;
    memcpy(n->out_step[o], v->stride, sizeof v->stride);
}

void nest_state(nest *n, int s, void *base, int64_t outer, int64_t inner)
{
    n->state[s] = base;
    n->state_stride[s][0] = outer;
    n->state_stride[s][1] = inner;
}

/* Call the kernel from the current place; strides are set. */
static void call(nest *n, int64_t outer, int64_t inner)
{
    const program *p = n->rg->prog;
    for (int i = 0; i < p->nin; i++)
        n->in_now[i] = n->in[i];
    for (int i = 0; i < p->nout; i++)
        n->out_now[i] = n->out[i];
    for (int i = 0; i < p->nindex; i++)
        n->index_now[i][0] = n->index[i];
    sharr_kargs a = { .n = { outer, inner }, .in = n->in_now, .in_stride = (const int64_t(*)[2])n->in_stride,
                      .out = n->out_now, .out_stride = (const int64_t(*)[2])n->out_stride,
                      .index = (const int64_t(*)[3])n->index_now, .state = (void *const *)n->state,
                      .state_stride = (const int64_t(*)[2])n->state_stride };
    kernel_run(n->kernel, &a, n->t->wk->kernel_scratch);
}

/* Strides of the loops: dimension `o` outside and `i` inside; -1: none. */
static void set_strides(nest *n, int o, int i)
{
    const program *p = n->rg->prog;
    for (int k = 0; k < p->nin; k++) {
        n->in_stride[k][0] = o < 0 ? 0 : n->in_step[k][o];
        n->in_stride[k][1] = i < 0 ? 0 : n->in_step[k][i];
    }
    for (int k = 0; k < p->nout; k++) {
        n->out_stride[k][0] = o < 0 ? 0 : n->out_step[k][o];
        n->out_stride[k][1] = i < 0 ? 0 : n->out_step[k][i];
    }
    for (int k = 0; k < p->nindex; k++) {
        n->index_now[k][1] = o < 0 ? 0 : n->index_step[k][o];
        n->index_now[k][2] = i < 0 ? 0 : n->index_step[k][i];
    }
}

/* Move the current place by `by` steps of dimension d. */
static void move(nest *n, int d, int64_t by)
{
    const program *p = n->rg->prog;
    for (int k = 0; k < p->nin; k++)
        n->in[k] += by * n->in_step[k][d];
    for (int k = 0; k < p->nout; k++)
        n->out[k] += by * n->out_step[k][d];
    for (int k = 0; k < p->nindex; k++)
        n->index[k] += by * n->index_step[k][d];
}

/* May dimension a (outer) and b (inner) be walked as one? */
static bool mergeable(const nest *n, int a, int b)
{
    const program *p = n->rg->prog;
    int64_t c = n->count[b];
    for (int k = 0; k < p->nin; k++)
        if (n->in_step[k][a] != c * n->in_step[k][b])
            return false;
    for (int k = 0; k < p->nout; k++)
        if (n->out_step[k][a] != c * n->out_step[k][b])
            return false;
    for (int k = 0; k < p->nindex; k++)
        if (n->index_step[k][a] != c * n->index_step[k][b])
            return false;
    return true;
}

/* Dimensions from `from` on, those of extent 1 dropped, neighbours merged: dim[j] carries the steps, extent[j] the
 * merged extent. Returns how many there are. */
static int merge_dims(nest *n, int from, int *dim, int64_t *extent)
{
    int m = 0;
    for (int d = n->ndim - 1; d >= from; d--) {
        if (n->count[d] == 1)
            continue;
        bool joins = m > 0;
        if (joins) {
            int64_t keep = n->count[dim[m - 1]];
            n->count[dim[m - 1]] = extent[m - 1];
            joins = mergeable(n, d, dim[m - 1]);
            n->count[dim[m - 1]] = keep;
        }
        if (joins) {
            extent[m - 1] *= n->count[d];
        } else {
            dim[m] = d;
            extent[m++] = n->count[d];
        }
    }
    return m;                   /* innermost first */
}

/* Nobody wants the tile any more. */
static bool stopped(const nest *n)
{
    return atomic_load(&n->t->st->failed);
}

/* The same call in parts: where rows of the result lie far apart, each touches pages for the first time, and a tile may
 * take a second. */
static void call_in_parts(nest *n, int dim, int64_t outer, int64_t inner)
{
    const int64_t rows = max_i64(1, PART / inner);
    int64_t at = 0;
    for (; at < outer && !stopped(n); at += rows) {
        call(n, min_i64(rows, outer - at), inner);
        if (outer > rows)
            move(n, dim, rows);
    }
    if (outer > rows)
        move(n, dim, -at);
}

/* Walk merged dimensions 2 ... m - 1 around calls over dimensions 1 and 0. */
static void walk(nest *n, int m, const int *dim, const int64_t *extent)
{
    int64_t at[SHARR_MAX_DIMS] = { 0 };
    set_strides(n, m > 1 ? dim[1] : -1, m > 0 ? dim[0] : -1);
    for (;;) {
        call_in_parts(n, m > 1 ? dim[1] : 0, m > 1 ? extent[1] : 1, m > 0 ? extent[0] : 1);
        int j = 2;
        for (; j < m; j++) {
            move(n, dim[j], 1);
            if (++at[j] < extent[j])
                break;
            move(n, dim[j], -extent[j]);
            at[j] = 0;
        }
        if (j >= m || stopped(n))
            return;
    }
}

void nest_run(nest *n)
{
    int dim[SHARR_MAX_DIMS];
    int64_t extent[SHARR_MAX_DIMS];
    int m = merge_dims(n, 0, dim, extent);
    walk(n, m, dim, extent);
}

/* Bytes from one element to the next in a packed operand: its size, or 0. */
static int64_t flat_step(const nest *n, int k)
{
    for (int d = n->ndim - 1; d >= 0; d--)
        if (n->count[d] > 1)
            return n->in_step[k][d];
    return 0;
}

void nest_flatten(nest *n)
{
    for (int k = 0; k < n->rg->prog->nin; k++)
        n->in_step[k][0] = flat_step(n, k);
    for (int k = 0; k < n->rg->prog->nindex && n->ndim == 0; k++)
        n->index_step[k][0] = 0;
}

void nest_line(nest *n, int64_t pos, int64_t rows, int64_t len, int64_t row_step)
{
    set_strides(n, 0, 0);
    for (int k = 0; k < n->rg->prog->nin; k++) {
        n->in[k] = n->in_base[k] + pos * n->in_step[k][0];
        n->in_stride[k][0] = row_step * n->in_step[k][0];
    }
    for (int k = 0; k < n->rg->prog->nindex; k++) {
        n->index[k] = n->index_base[k] + pos * n->index_step[k][0];
        n->index_now[k][1] = row_step * n->index_step[k][0];
    }
    call(n, rows, len);
}

void nest_seek(nest *n, const int64_t *at, int outer)
{
    memcpy(n->in, n->in_base, (size_t)n->rg->prog->nin * sizeof *n->in);
    memcpy(n->index, n->index_base, (size_t)n->rg->nindex * sizeof *n->index);
    for (int d = 0; d < outer; d++)
        if (at[d])
            move(n, d, at[d]);
}

void nest_rows(nest *n, int line, int64_t lines, int64_t len)
{
    set_strides(n, line, n->ndim - 1);
    for (int k = 0; k < n->rg->prog->nin; k++)      /* the last dimension may have extent 1 */
        n->in_stride[k][1] = n->count[n->ndim - 1] == len ? n->in_step[k][n->ndim - 1] : flat_step(n, k);
    call(n, lines, len);
}

void nest_leaves(nest *n, int64_t offset, int64_t leaves, int64_t len)
{
    const program *p = n->rg->prog;
    for (int k = 0; k < p->nin; k++) {
        int64_t width = flat_step(n, k);
        n->in[k] += offset * width;
        n->in_stride[k][0] = len * width;
        n->in_stride[k][1] = width;
    }
    call(n, leaves, len);
    for (int k = 0; k < p->nin; k++)
        n->in[k] -= offset * flat_step(n, k);
}

/* The reduced dimension is the outer loop of every call; kept dimensions that cannot be merged into one are walked
 * around it, so each cell still takes its elements in ascending order. */
void nest_down(nest *n, int reduced)
{
    int dim[SHARR_MAX_DIMS];
    int64_t extent[SHARR_MAX_DIMS], cells[SHARR_MAX_DIMS], at[SHARR_MAX_DIMS] = { 0 };
    int m = merge_dims(n, reduced + 1, dim, extent);
    for (int j = 0; j < m; j++)
        cells[j] = j ? cells[j - 1] * extent[j - 1] : 1;
    set_strides(n, reduced, m ? dim[0] : -1);
    for (;;) {
        call(n, n->count[reduced], m ? extent[0] : 1);
        int j = 1;
        for (; j < m; j++) {
            bool wrap = ++at[j] == extent[j];
            int64_t by = wrap ? 1 - extent[j] : 1;
            move(n, dim[j], by);
            for (int s = 0; s < n->rg->prog->nstates; s++)
                n->state[s] += by * cells[j] * n->state_stride[s][1];
            if (!wrap)
                break;
            at[j] = 0;
        }
        if (j >= m)
            return;
    }
}
