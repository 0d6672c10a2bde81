/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Element loops: call a kernel over a box so that its two inner loops are as long as
 * the operands' strides allow.  The order of reductions is fixed here (plan.h, LOOP_*).
 */
#include "exec/loopnest.h"

#include <string.h>

#include "base/checked.h"

/* ---- no reduction ------------------------------------------------------------------------- */

int loops_element(tilectx *t, const region *rg, const box *b, const view *out, sharr_error *err)
{
    nest n;
    size_t mark = t->wk->mem.used;
    int status = nest_init(&n, t, rg, b, false, err);
    for (int o = 0; o < rg->prog->nout && !status; o++)
        nest_out(&n, o, &out[o]);
    if (!status)
        nest_run(&n);
    t->wk->mem.used = mark;
    return status;
}

/* ---- states of leaves and cells ----------------------------------------------------------- */

/* The fields of one reduction: `cells` states, each field an array of its own. */
static int take_states(tilectx *t, enum rop op, dtype type, int nfields, int64_t cells, void **field, sharr_error *err)
{
    for (int i = 0; i < nfields; i++) {
        /* a DOWN state of VAR has one field more than the closed one; all of its fields are f64 */
        size_t size = op == ROP_VAR ? 8 : dtype_size(reduce_field_type(op, type, i));
        field[i] = bump_take(&t->wk->mem, (size_t)cells * size, err);
        if (!field[i])
            return err->status;
    }
    return 0;
}

static size_t field_size(const reduction *r, int i)
{
    return r->rop == ROP_VAR ? 8 : dtype_size(reduce_field_type(r->rop, r->type, i));
}

typedef struct redstate {
    const reduction *r;
    int nfields;
    void *field[REDUCE_MAX_FIELDS];         /* closed states of the block's cells */
    void *leaf[REDUCE_MAX_FIELDS];          /* of leaves, rows, or a DOWN accumulation */
} redstate;

static int take_all(tilectx *t, const program *p, redstate *rs, int64_t cells, int64_t leaves, bool down, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < p->nreds && !status; i++) {
        const reduction *r = &p->reds[i];
        rs[i] = (redstate){ .r = r, .nfields = reduce_nfields(r->rop, r->type) };
        status = take_states(t, r->rop, r->type, rs[i].nfields, cells, rs[i].field, err);
        if (!status)
            status = take_states(t, r->rop, r->type, down ? reduce_down_nfields(r->rop, r->type) : rs[i].nfields, leaves,
                                 rs[i].leaf, err);
    }
    return status;
}

/* Point the nest's states at cell `cell` of the leaf states, `o`/`j` cells per outer/inner step. */
static void point_states(nest *n, const redstate *rs, int nreds, int64_t cell, int64_t o, int64_t j)
{
    for (int i = 0; i < nreds; i++)
        for (int f = 0; f < (n->down ? reduce_down_nfields(rs[i].r->rop, rs[i].r->type) : rs[i].nfields); f++) {
            int64_t size = (int64_t)field_size(rs[i].r, f);
            nest_state(n, rs[i].r->first_state + f, (char *)rs[i].leaf[f] + cell * size, o * size, j * size);
        }
}

static void shift_fields(const redstate *rs, void *const *field, int64_t cell, void **out)
{
    for (int f = 0; f < rs->nfields; f++)
        out[f] = (char *)field[f] + cell * (int64_t)field_size(rs->r, f);
}

/* ---- all axes: the tile flattened, leaves of REDUCE_LEAF ------------------------------------ */

int loops_flat(tilectx *t, const sweep_kernel *k, sharr_error *err)
{
    const program *p = k->body->prog;
    int64_t total = box_size(&t->tile), full = total / REDUCE_LEAF, tail = total % REDUCE_LEAF;
    redstate *rs = NULL;
    nest n;
    size_t mark = t->wk->mem.used;
    int status = nest_init(&n, t, k->body, &t->tile, true, err);
    if (!status)
        rs = bump_take(&t->wk->mem, (size_t)p->nreds * sizeof *rs, err);
    if (!status)
        status = rs ? take_all(t, p, rs, 1, full + 1, false, err) : err->status;
    if (!status) {
        nest_flatten(&n);
        if (full) {
            point_states(&n, rs, p->nreds, 0, 1, 0);
            nest_line(&n, 0, full, REDUCE_LEAF, REDUCE_LEAF);
        }
        if (tail) {
            point_states(&n, rs, p->nreds, full, 1, 0);
            nest_line(&n, full * REDUCE_LEAF, 1, tail, 0);
        }
    }
    for (int i = 0; i < p->nreds && !status; i++) {
        reduce_tree(rs[i].r->rop, rs[i].r->type, rs[i].leaf, full + (tail > 0));
        status = accum_tile(t->st->acc[k->red[i]], t->index, rs[i].leaf, err);
    }
    t->wk->mem.used = mark;
    return status;
}

/* ---- some axes ------------------------------------------------------------------------------ */

/* Geometry of a block: which dimensions are reduced, cells of the kept ones. */
typedef struct geometry {
    uint32_t axes;
    int ndim, rows;                 /* ROWS: first of the trailing reduced dimensions */
    int64_t cells, cell_stride[SHARR_MAX_DIMS];     /* 0 for reduced dimensions */
} geometry;

static geometry measure(const sweep_kernel *k, const box *b, bool free_rows)
{
    geometry g = { .axes = k->axes, .ndim = b->ndim, .cells = 1 };
    for (int d = b->ndim - 1; d >= 0; d--)
        if (!(g.axes >> d & 1)) {
            g.cell_stride[d] = g.cells;
            g.cells *= b->count[d];
        }
    g.rows = b->ndim - 1;
    while (!free_rows && g.rows > 0 && (g.axes >> (g.rows - 1) & 1))
        g.rows--;
    return g;
}

static int64_t cell_of(const geometry *g, const int64_t *at, int upto)
{
    int64_t c = 0;
    for (int d = 0; d < upto; d++)
        c += at[d] * g->cell_stride[d];
    return c;
}

/* Rows along dimension `rows - 1` are states of one call; longer rows go leaf by leaf. */
static void rows_line(nest *n, const redstate *rs, int nreds, int line, int64_t lines, int64_t len, bool free_rows)
{
    if (line >= 0 || len <= REDUCE_LEAF || free_rows) {
        point_states(n, rs, nreds, 0, 1, 0);
        nest_rows(n, line, lines, len);
        return;
    }
    int64_t leaves = len / REDUCE_LEAF, tail = len % REDUCE_LEAF;
    point_states(n, rs, nreds, lines, 1, 0);
    nest_leaves(n, 0, leaves, REDUCE_LEAF);
    if (tail) {
        point_states(n, rs, nreds, lines + leaves, 1, 0);
        nest_leaves(n, leaves * REDUCE_LEAF, 1, tail);
    }
    for (int i = 0; i < nreds; i++) {
        void *from[REDUCE_MAX_FIELDS];
        shift_fields(&rs[i], rs[i].leaf, lines, from);
        reduce_tree(rs[i].r->rop, rs[i].r->type, from, leaves + (tail > 0));
        for (int f = 0; f < rs[i].nfields; f++)
            memcpy(rs[i].leaf[f], from[f], field_size(rs[i].r, f));
    }
}

/* Merge `lines` row states into the cells that start at `cell`; `kept`: one cell each, else all into one. */
static void merge_rows(const redstate *rs, int nreds, int64_t cell, int64_t lines, bool kept)
{
    for (int i = 0; i < nreds; i++) {
        void *to[REDUCE_MAX_FIELDS];
        shift_fields(&rs[i], rs[i].field, cell, to);
        if (!kept)
            reduce_tree(rs[i].r->rop, rs[i].r->type, rs[i].leaf, lines);
        reduce_merge(rs[i].r->rop, rs[i].r->type, to, rs[i].leaf, kept ? lines : 1);
    }
}

static void run_rows(nest *n, const geometry *g, const redstate *rs, int nreds, bool free_rows)
{
    int64_t at[SHARR_MAX_DIMS] = { 0 }, len = 1;
    int line = g->rows - 1;             /* dimension whose rows go together; -1: one row in all */
    for (int d = g->rows; d < g->ndim; d++)
        len *= n->count[d];
    bool kept = line >= 0 && !(g->axes >> line & 1);
    bool batch = line >= 0 && (len <= REDUCE_LEAF || free_rows);
    int outer = batch ? line : g->rows;
    do {
        int64_t lines = batch ? n->count[line] : 1, some;
        for (int64_t first = 0; first < lines; first += some) {     /* kept rows are one piece: a block has no more */
            some = min_i64(lines - first, SWEEP_BLOCK_CELLS);
            if (batch)
                at[line] = first;
            nest_seek(n, at, batch ? line + 1 : outer);
            rows_line(n, rs, nreds, batch ? line : -1, some, len, free_rows);
            merge_rows(rs, nreds, cell_of(g, at, outer), some, batch ? kept : true);
        }
    } while (shape_next(outer, n->count, at));
}

static void run_down(nest *n, const geometry *g, const redstate *rs, int nreds)
{
    int64_t at[SHARR_MAX_DIMS] = { 0 };
    int suffix = g->ndim;
    while (suffix > 0 && !(g->axes >> (suffix - 1) & 1))
        suffix--;                       /* dimensions suffix ... are kept, suffix - 1 is reduced */
    int outer = suffix - 1;
    do {
        nest_seek(n, at, outer);
        point_states(n, rs, nreds, cell_of(g, at, outer), 0, 1);
        nest_down(n, outer);
    } while (shape_next(outer, n->count, at));
}

static int run_block(tilectx *t, const sweep_kernel *k, const box *block, int64_t sub, sharr_error *err)
{
    const program *p = k->body->prog;
    bool down = k->loop == LOOP_DOWN, free_rows = rop_is_arg((enum rop)p->reds[0].rop);
    geometry g = measure(k, block, free_rows);
    size_t mark = t->wk->mem.used;
    nest n;
    int64_t leaves = g.cells;
    if (!down) {
        int64_t len = 1, line = g.rows ? block->count[g.rows - 1] : 1;
        for (int d = g.rows; d < g.ndim; d++)
            len *= block->count[d];
        leaves = min_i64(line, SWEEP_BLOCK_CELLS) + len / REDUCE_LEAF + 2;
    }
    int status = nest_init(&n, t, k->body, block, !down && !free_rows, err);
    redstate *rs = status ? NULL : bump_take(&t->wk->mem, (size_t)p->nreds * sizeof *rs, err);
    if (!status)
        status = rs ? take_all(t, p, rs, g.cells, leaves, down, err) : err->status;
    for (int i = 0; i < p->nreds && !status; i++) {
        if (down)
            reduce_down_init(rs[i].r->rop, rs[i].r->type, rs[i].leaf, g.cells);
        else
            reduce_init(rs[i].r->rop, rs[i].r->type, rs[i].field, g.cells);
    }
    n.down = down;
    if (!status && down)
        run_down(&n, &g, rs, p->nreds);
    else if (!status)
        run_rows(&n, &g, rs, p->nreds, free_rows);
    for (int i = 0; i < p->nreds && !status; i++) {
        if (down)
            reduce_down_close(rs[i].r->rop, rs[i].r->type, rs[i].leaf, rs[i].field, g.cells);
        status = accum_merge(t->st->acc[k->red[i]], t->index, block, sub, rs[i].field, err);
    }
    t->wk->mem.used = mark;
    return status;
}

int loops_axes(tilectx *t, const sweep_kernel *k, sharr_error *err)
{
    int64_t n = sweep_blocks(k->axes, &t->tile);
    int status = 0;
    for (int64_t i = 0; i < n && !status; i++) {
        box b = sweep_block(k->axes, &t->tile, i);
        status = run_block(t, k, &b, i, err);
    }
    return status;
}
