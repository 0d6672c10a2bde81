/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How a block meets its operands: in place where the elements lie packed and
 * aligned, else through a buffer.  Short rows are packed several to a block, so that
 * the cost of interpretation is paid per block, not per row.
 */
#include <string.h>

#include "base/checked.h"
#include "kernel/vm_impl.h"

/* --- copying elements of any size, alignment and stride --- */

#define STRIDED(size) \
    static void strided_##size(char *to, int64_t ts, const char *from, int64_t fs, int64_t n) \
    { \
        for (int64_t i = 0; i < n; i++) { \
            memcpy(to, from, size); \
            to += ts; \
            from += fs; \
        } \
    }
STRIDED(1)
STRIDED(2)
STRIDED(4)
STRIDED(8)
STRIDED(16)

static void strided(char *to, int64_t ts, const char *from, int64_t fs, size_t size, int64_t n)
{
    switch (size) {
    case 1:  strided_1(to, ts, from, fs, n); break;
    case 2:  strided_2(to, ts, from, fs, n); break;
    case 4:  strided_4(to, ts, from, fs, n); break;
    case 8:  strided_8(to, ts, from, fs, n); break;
    default: strided_16(to, ts, from, fs, n); break;
    }
}

void vm_splat(void *to, const void *element, size_t size, int64_t n)
{
    char *p = to;
    int64_t done = 1;

    if (n <= 0)
        return;
    memcpy(p, element, size);
    for (; done < n; done *= 2)                 /* copy what is there: doubles each time */
        memcpy(p + done * (int64_t)size, p, (size_t)min_i64(done, n - done) * size);
}

static void copy_row(char *to, int64_t ts, const char *from, int64_t fs, size_t size, int64_t n)
{
    if (ts == (int64_t)size && fs == (int64_t)size)
        memcpy(to, from, (size_t)n * size);
    else if (ts == (int64_t)size && fs == 0)
        vm_splat(to, from, size, n);
    else
        strided(to, ts, from, fs, size, n);
}

/* --- modes --- */

static bool packed(const vm_frame *f, const vm_operand *o, size_t size)
{
    uintptr_t mask = (size < 8 ? size : 8) - 1;
    uintptr_t all = (uintptr_t)o->base | (uintptr_t)o->stride[0] | (uintptr_t)o->stride[1];

    return o->stride[1] == (int64_t)size && !(all & mask)
        && (f->rows == 1 || o->stride[0] == f->n[1] * (int64_t)size);
}

static void set_strides(const vm_frame *f, vm_operand *o, const int64_t *stride, size_t size)
{
    o->stride[0] = f->transposed || f->n[0] == 1 ? 0 : stride[0];
    o->stride[1] = f->transposed ? stride[0] : stride[1];
    if (f->n[1] == 1 && o->stride[0] == (int64_t)size)      /* the inner stride does not matter */
        o->stride[1] = (int64_t)size;
    o->row = -1;
    o->len = 0;
}

static int input_mode(const vm_frame *f, const vm_operand *o, size_t size)
{
    if (o->stride[0] == 0 && o->stride[1] == 0)
        return MODE_SPLAT;
    if (packed(f, o, size))
        return MODE_DIRECT;
    if (o->stride[1] == 0)
        return MODE_ROW;
    return o->stride[0] == 0 && f->rows > 1 ? MODE_REPEAT : MODE_COPY;
}

void vm_operands_init(vm_frame *f)
{
    const vm_kernel *k = f->k;

    for (int i = 0; i < k->nin; i++) {
        if (k->in_size[i] == 0)
            continue;
        f->in[i].base = (char *)(uintptr_t)f->a->in[i];     /* inputs are never written */
        set_strides(f, &f->in[i], f->a->in_stride[i], k->in_size[i]);
        f->in[i].mode = input_mode(f, &f->in[i], k->in_size[i]);
    }
    for (int i = 0; i < k->nout; i++) {
        f->out[i].base = f->a->out[i];
        set_strides(f, &f->out[i], f->a->out_stride[i], k->out_size[i]);
        f->out[i].mode = packed(f, &f->out[i], k->out_size[i]) ? MODE_DIRECT : MODE_COPY;
    }
}

/* --- blocks --- */

char *vm_operand_at(const vm_operand *o, const vm_block *b)
{
    return o->base + b->row * o->stride[0] + b->col * o->stride[1];
}

static void pack(vm_frame *f, char *to, const vm_operand *o, const vm_block *b, size_t size)
{
    (void)f;
    for (int64_t r = 0; r < b->nrow; r++)
        copy_row(to + r * b->ncol * (int64_t)size, (int64_t)size,
                 vm_operand_at(o, b) + r * o->stride[0], o->stride[1], size, b->ncol);
}

void vm_load(vm_frame *f, const vm_inst *s, const vm_block *b)
{
    vm_operand *o = &f->in[s->slot];
    size_t size = f->k->in_size[s->slot];
    char *buffer = f->scratch + f->k->value[s->dst].buffer;
    int64_t len = b->nrow * b->ncol;

    switch (o->mode) {
    case MODE_DIRECT:
        f->ptr[s->dst] = vm_operand_at(o, b);
        break;
    case MODE_SPLAT:
        if (o->len == 0)
            vm_splat(buffer, o->base, size, o->len = f->rows * f->cols);
        break;
    case MODE_ROW:
        if (b->nrow > 1)
            pack(f, buffer, o, b, size);
        else if (o->row != b->row)
            vm_splat(buffer, vm_operand_at(o, b), size, f->cols);
        o->row = b->nrow > 1 ? -1 : b->row;
        break;
    case MODE_REPEAT:
        if (o->len < len)
            pack(f, buffer, o, b, size);
        o->len = max_i64(o->len, len);
        break;
    default:
        pack(f, buffer, o, b, size);
        break;
    }
}

void vm_store(vm_frame *f, const vm_inst *s, const vm_block *b)
{
    const vm_operand *o = &f->out[s->slot];
    int64_t size = f->k->out_size[s->slot];
    const char *from = f->ptr[s->arg[0]];

    if (o->mode == MODE_DIRECT) {
        if (f->k->out_value[s->slot] != s->arg[0])          /* else it was computed there */
            memcpy(vm_operand_at(o, b), from, (size_t)(b->nrow * b->ncol * size));
        return;
    }
    for (int64_t r = 0; r < b->nrow; r++)
        copy_row(vm_operand_at(o, b) + r * o->stride[0], o->stride[1], from + r * b->ncol * size,
                 size, (size_t)size, b->ncol);
}

void vm_index(vm_frame *f, const vm_inst *s, const vm_block *b)
{
    const int64_t *index = f->a->index[s->slot];
    uint64_t outer = (uint64_t)index[1], inner = (uint64_t)(f->transposed ? index[1] : index[2]);
    uint64_t *to = f->ptr[s->dst];

    for (int64_t r = 0; r < b->nrow; r++) {                 /* unsigned: may wrap */
        uint64_t v = (uint64_t)index[0] + (uint64_t)(b->row + r) * outer + (uint64_t)b->col * inner;
        f->k->loops->count(to + r * b->ncol, v, inner, b->ncol);
    }
}
