/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arguments into the frame, and single elements between strided arrays and the
 * buffers of a group.
 */
#include "kernel/llvm_stage.h"

#include <string.h>

void stage_begin(stage_frame *f, const sharr_kargs *a, const stage_table *t, char *bufs)
{
    f->table = t;
    f->odd = f->zero = 0;
    for (int64_t k = 0; k < t->n; k++) {
        const stage_operand *o = &t->op[k];
        stage_place *p = &f->at[k];
        const int64_t(*strides)[2] = o->list == STAGE_INPUT    ? a->in_stride
                                     : o->list == STAGE_OUTPUT ? a->out_stride
                                                               : a->state_stride;
        void *const *arrays = o->list == STAGE_OUTPUT ? a->out : a->state;
        p->base = o->list == STAGE_INPUT ? (char *)a->in[o->slot] : arrays[o->slot];
        p->buf = bufs + o->buf;
        p->by_row = strides[o->slot][0];
        p->step = strides[o->slot][1];
        p->by_group = p->step * t->w;
        p->by_main = p->step * t->main;
        bool zero = o->list == STAGE_INPUT && p->step == 0;
        f->zero |= zero;
        f->odd |= !zero && p->step != o->size;
    }
}

typedef unsigned __int128 uint128_t;

/* Elements may lie at any byte address. */
#define STAGE(T) \
    typedef T any_##T __attribute__((aligned(1), may_alias)); \
    static void in_##T(const stage_place *p, int64_t count, int64_t w) \
    { \
        any_##T *buf = (any_##T *)p->buf; \
        for (int64_t k = 0; k < count; k++) \
            buf[k] = *(const any_##T *)(p->cur + k * p->step); \
        for (int64_t k = count; k < w; k++) \
            buf[k] = *(const any_##T *)p->cur; \
    } \
    static void out_##T(const stage_place *p, int64_t count) \
    { \
        const any_##T *buf = (const any_##T *)p->buf; \
        for (int64_t k = 0; k < count; k++) \
            *(any_##T *)(p->cur + k * p->step) = buf[k]; \
    }

STAGE(uint8_t)
STAGE(uint16_t)
STAGE(uint32_t)
STAGE(uint64_t)
STAGE(uint128_t)

void stage_in(const stage_frame *f, int64_t count)
{
    int64_t w = f->table->w;
    for (int64_t k = 0; k < f->table->n; k++) {
        const stage_operand *o = &f->table->op[k];
        const stage_place *p = &f->at[k];
        if (o->list == STAGE_OUTPUT)
            continue;
        if (o->list == STAGE_INPUT && p->step == 0) {       /* a splat, perhaps of a later row */
            if (p->cur != p->buf)
                memcpy(p->buf, p->cur, (size_t)(w * o->size));
            continue;
        }
        switch (o->size) {
        case 1:  in_uint8_t(p, count, w); break;
        case 2:  in_uint16_t(p, count, w); break;
        case 4:  in_uint32_t(p, count, w); break;
        case 8:  in_uint64_t(p, count, w); break;
        default: in_uint128_t(p, count, w); break;
        }
    }
}

void stage_out(const stage_frame *f, int64_t count)
{
    for (int64_t k = 0; k < f->table->n; k++) {
        const stage_operand *o = &f->table->op[k];
        const stage_place *p = &f->at[k];
        if (o->list == STAGE_INPUT)
            continue;
        switch (o->size) {
        case 1:  out_uint8_t(p, count); break;
        case 2:  out_uint16_t(p, count); break;
        case 4:  out_uint32_t(p, count); break;
        case 8:  out_uint64_t(p, count); break;
        default: out_uint128_t(p, count); break;
        }
    }
}
