/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A user's function of a stack: pieces of the stack, one call after the other.  What lies in memory is handed over where
 * it is.
 */
#include <string.h>

#include "base/checked.h"
#include "exec/proc.h"

typedef struct argument {
    call_array a;
    int64_t shape[SHARR_MAX_DIMS + 1];
    box at;                     /* in the array, as a line */
} argument;

/* The items of a piece, of an array with `stack` dimensions of the stack; space in the buffer if it is not in memory. */
static void describe(const stagerun *st, const lines *l, int array, const box *piece, char **buffer, argument *out)
{
    const source *s = &st->r->p->array[array].src;
    int stack = (int)st->s->node->u.call.number[0];
    int64_t item = 1;
    out->a = (call_array){ .type = l->type, .ndim = s->ndim - stack + 1, .shape = out->shape };
    out->shape[0] = piece->count[0];
    for (int d = stack; d < s->ndim; d++)
        item *= out->shape[d - stack + 1] = s->shape[d];
    /* operand 0 too is one line: its axis is none */
    out->at = (box){ .ndim = 3, .start = { 0, piece->start[0] * item, 0 }, .count = { 1, piece->count[0] * item, 1 } };
    if (l->data) {
        out->a.data = l->data + out->at.start[ALONG] * (int64_t)l->size;
    } else {
        out->a.data = *buffer;
        *buffer += round_up(piece->count[0] * item * (int64_t)l->size, 64);
    }
}

static int run_piece(stagerun *st, void *arg, int64_t task, int who, sharr_error *err)
{
    const call_user *u = arg;
    const stage *s = st->s;
    box piece = stage_piece(st, task);
    char *buffer = stage_buffer(st, who);
    argument in[CALL_MAX_IN], out[CALL_MAX_OUT];
    call_array given[CALL_MAX_IN], made[CALL_MAX_OUT] = { { 0 } };
    int status = 0, nout = (int)s->node->u.call.number[1];
    for (int i = 0; i < s->nin && !status; i++) {
        describe(st, &st->in[i], s->in[i], &piece, &buffer, &in[i]);
        given[i] = in[i].a;
        if (!st->in[i].data)
            status = lines_read(&st->in[i], &in[i].at, in[i].a.data, err);
    }
    for (int k = 0; k < nout && !status; k++)
        if (s->out[k] >= 0) {
            describe(st, &st->out[k], s->out[k], &piece, &buffer, &out[k]);
            made[k] = out[k].a;
        }
    if (!status)
        status = u->run(u->arg, given, s->nin, made, nout, err);
    for (int k = 0; k < nout && !status; k++)
        if (s->out[k] >= 0 && !st->out[k].data)
            status = lines_write(&st->out[k], &out[k].at, out[k].a.data, err);
    return status;
}

int proc_function_all(stagerun *st, sharr_error *err)
{
    return stage_each_all(st, run_piece, st->s->node->u.call.user, stage_count(st), err);
}
