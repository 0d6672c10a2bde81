/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Run a compiled kernel: choose the shape of the blocks, then for each block call
 * the loops one after the other.  Everything that changes lives in the caller's
 * scratch.
 */
#include <string.h>

#include "base/checked.h"
#include "kernel/vm_impl.h"

/* --- the shape of blocks --- */

static bool rows_join(const int64_t *stride, int64_t inner)
{
    return stride[0] == stride[1] * inner;
}

/* Can the two dimensions be walked as one? */
static bool collapses(const vm_kernel *k, const sharr_kargs *a)
{
    for (int i = 0; i < k->nin; i++)
        if (k->in_size[i] && !rows_join(a->in_stride[i], a->n[1]))
            return false;
    for (int i = 0; i < k->nout; i++)
        if (!rows_join(a->out_stride[i], a->n[1]))
            return false;
    for (int i = 0; i < k->nindex; i++)
        if (!rows_join(&a->index[i][1], a->n[1]))
            return false;
    return true;
}

static void set_shape(vm_frame *f)
{
    const vm_kernel *k = f->k;
    const int64_t *n = f->a->n;
    int64_t block = k->block;

    f->n[0] = n[0];
    f->n[1] = n[1];
    f->transposed = false;
    if (k->nlanes == 0 && !k->has_down && n[0] > 1) {
        f->transposed = n[1] == 1;
        if (f->transposed || collapses(k, f->a)) {
            f->n[0] = 1;
            f->n[1] = n[0] * n[1];
        }
    }
    if (f->n[1] > block) {                      /* equal parts, each a multiple of the lanes */
        int64_t parts = ceil_div(f->n[1], block);
        f->cols = round_up(ceil_div(f->n[1], parts), REDUCE_LANES);
        f->rows = 1;
    } else {
        f->cols = f->n[1];
        f->rows = f->n[1] == 0 ? 1 : min_i64(block / f->n[1], f->n[0]);
    }
}

/* --- the frame --- */

static void frame_init(vm_frame *f, const vm_kernel *k, const sharr_kargs *a, void *scratch)
{
    *f = (vm_frame){.k = k, .a = a, .scratch = scratch};
    f->ptr = (void **)(void *)(f->scratch + k->ptr_at);
    f->in = (vm_operand *)(void *)(f->scratch + k->in_at);
    f->out = (vm_operand *)(void *)(f->scratch + k->out_at);
    f->acc = (vm_acc *)(void *)(f->scratch + k->acc_at);
    set_shape(f);
    vm_operands_init(f);
    for (int v = 0; v < k->nvalues; v++)
        f->ptr[v] = f->scratch + k->value[v].buffer;
    for (int i = 0; i < k->nconsts; i++) {
        const vm_const *c = &k->consts[i];
        if (c->block)
            vm_splat(f->ptr[c->value], &c->v, k->value[c->value].size, f->rows * f->cols);
        else
            f->ptr[c->value] = (void *)(uintptr_t)&c->v;     /* only read */
    }
}

/* --- reductions of a block --- */

static void state_at(const vm_frame *f, const vm_inst *s, int64_t cell, int dim, void **field)
{
    for (int i = 0; i < s->nfields; i++)
        field[i] = (char *)f->a->state[s->dst + i] + cell * f->a->state_stride[s->dst + i][dim];
}

static void reduce_lanes(vm_frame *f, const vm_inst *s, const vm_block *b)
{
    vm_acc *acc = &f->acc[s->slot];
    int64_t size = f->k->value[s->arg[0]].size;
    const char *x = f->ptr[s->arg[0]];
    const int64_t *ix = s->arg[1] < 0 ? NULL : f->ptr[s->arg[1]];
    void *field[REDUCE_MAX_FIELDS];

    for (int64_t r = 0; r < b->nrow; r++) {
        if (b->col == 0)
            s->lanes->begin(acc);
        s->lanes->add(acc, x + r * b->ncol * size, ix ? ix + r * b->ncol : NULL, b->ncol);
        if (b->col + b->ncol == f->n[1]) {
            state_at(f, s, b->row + r, 0, field);
            s->lanes->end(acc, field);
        }
    }
}

static void reduce_down(vm_frame *f, const vm_inst *s, const vm_block *b)
{
    void *field[REDUCE_MAX_FIELDS];

    vm_rows rows = {f->ptr[s->arg[0]], s->arg[1] < 0 ? NULL : f->ptr[s->arg[1]], b->ncol, b->nrow,
                    b->ncol};

    state_at(f, s, b->col, 1, field);
    s->down(field, &rows);
}

/* A row of no elements is a state all the same. */
static void reduce_nothing(vm_frame *f)
{
    const vm_kernel *k = f->k;
    void *field[REDUCE_MAX_FIELDS];

    for (int i = 0; i < k->ninst; i++) {
        const vm_inst *s = &k->inst[i];
        for (int64_t row = 0; s->kind == VM_LANES && row < f->n[0]; row++) {
            s->lanes->begin(&f->acc[s->slot]);
            state_at(f, s, row, 0, field);
            s->lanes->end(&f->acc[s->slot], field);
        }
    }
}

/* --- blocks --- */

static void run_block(vm_frame *f, const vm_block *b)
{
    const vm_kernel *k = f->k;
    void **ptr = f->ptr;
    int64_t len = b->nrow * b->ncol;

    for (int i = 0; i < k->nout; i++)
        if (f->out[i].mode == MODE_DIRECT && k->out_value[i] >= 0)
            ptr[k->out_value[i]] = vm_operand_at(&f->out[i], b);
    for (const vm_inst *s = k->inst, *end = s + k->ninst; s < end; s++) {
        switch (s->kind) {
        case VM_CALL:
            s->fn(ptr[s->dst], ptr[s->arg[0]], ptr[s->arg[1]], ptr[s->arg[2]], len);
            break;
        case VM_LOAD:
            vm_load(f, s, b);
            break;
        case VM_INDEX:
            vm_index(f, s, b);
            break;
        case VM_STORE:
            vm_store(f, s, b);
            break;
        case VM_LANES:
            reduce_lanes(f, s, b);
            break;
        case VM_DOWN:
            reduce_down(f, s, b);
            break;
        }
    }
}

/* All blocks of an area, row by row. */
static void run_area(vm_frame *f, const vm_block *area)
{
    int64_t end_row = area->row + area->nrow, end_col = area->col + area->ncol;
    vm_block b;

    for (b.row = area->row; b.row < end_row; b.row += f->rows) {
        b.nrow = min_i64(f->rows, end_row - b.row);
        for (b.col = area->col; b.col < end_col; b.col += f->cols) {
            b.ncol = min_i64(f->cols, end_col - b.col);
            run_block(f, &b);
        }
    }
}

/* --- columns straight from the operands, many rows in one call --- */

static bool columns_in_place(const vm_frame *f)
{
    for (int i = 0; i < f->k->nin; i++) {
        int64_t size = f->k->in_size[i];
        const int64_t *stride = f->in[i].stride;
        if (size == 0)
            continue;
        if (stride[1] != size || stride[0] % size || (uintptr_t)f->in[i].base % (size < 8 ? size : 8))
            return false;
    }
    return true;
}

static void reduce_area(vm_frame *f, const vm_block *b)
{
    const vm_kernel *k = f->k;
    void *field[REDUCE_MAX_FIELDS];

    for (int i = 0; i < k->ninst; i++) {
        const vm_inst *s = &k->inst[i];
        if (s->kind != VM_DOWN)
            continue;
        int slot = s->slot, size = k->in_size[slot];
        vm_rows rows = {vm_operand_at(&f->in[slot], b), NULL, b->ncol, b->nrow,
                        f->in[slot].stride[0] / size};
        state_at(f, s, b->col, 1, field);
        s->down(field, &rows);
    }
}

/* Reductions down only: tiles of columns whose states stay in L1, within bands of rows, so that
 * memory is still read in its order but for a band. */
static void run_bands(vm_frame *f)
{
    enum { BAND = 32 };
    int64_t wide = max_i64(f->k->down_tile / f->cols, 1) * f->cols;
    int64_t high = round_up(BAND, f->rows);
    bool in_place = f->k->only_down && columns_in_place(f);
    vm_block b;

    for (b.row = 0; b.row < f->n[0]; b.row += high) {
        b.nrow = min_i64(high, f->n[0] - b.row);
        for (b.col = 0; b.col < f->n[1]; b.col += wide) {
            b.ncol = min_i64(wide, f->n[1] - b.col);
            (in_place ? reduce_area : run_area)(f, &b);
        }
    }
}

void vm_run(const vm_kernel *k, const sharr_kargs *a, void *scratch)
{
    vm_frame f;

    if (a->n[0] <= 0 || a->n[1] < 0)
        return;
    frame_init(&f, k, a, scratch);
    if (a->n[1] == 0)
        reduce_nothing(&f);
    else if (k->has_down && k->nlanes == 0)
        run_bands(&f);
    else
        run_area(&f, &(vm_block){0, 0, f.n[0], f.n[1]});
}
