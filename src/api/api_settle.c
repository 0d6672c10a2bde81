/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Few numbers with a long history.  A loop that improves them until they are good enough looks at some of them in every turn,
 * and each look would compute all turns again.  So what is small, and made by many steps from values that cannot change, is
 * computed when it is made and is a leaf from then on.  Whether follows from the graph alone, so that ranks do not differ
 * (but where one of them is out of memory).  Must not fail: what cannot be computed stays what it was, and says why when it is
 * evaluated; and must not call the caller's functions, whose exceptions nobody would see here.
 */
#include <stddef.h>
#include <stdlib.h>

#include "api/api_int.h"

enum { LONG_HISTORY = 32 };     /* steps; 31 such arrays fit into less than NODE_MANY_STEPS */

/* Memory of nobody else's that stays as it is: not the caller's, which counts as it is at an evaluation. */
static bool is_constant(const sharr_context *ctx, const source *s)
{
    return s->path == SOURCE_MEMORY && !s->bound && ctx->leaf[s->id].buffer->constant;
}

/* Of few elements all the way, else each thing made from more would compute it again; and no function of the caller's, which may
 * take its time. */
static bool is_plain(const sharr_context *ctx, const node *n)
{
    int64_t elements;
    if (!shape_size(n->ndim, n->shape, &elements) || elements > FEW_ELEMENTS)
        return false;
    if (n->kind == NODE_SOURCE ? !is_constant(ctx, n->u.src) : n->kind == NODE_CALL && n->u.call.proc == PROC_FUNCTION)
        return false;
    for (int i = 0; i < n->nin; i++)
        if (!is_plain(ctx, n->in[i]))
            return false;
    return true;
}

typedef struct settled {
    sharr_context *ctx;
    int64_t bytes;
    max_align_t values[];
} settled;

static void release(void *arg)
{
    settled *s = arg;
    s->ctx->held -= s->bytes;
    free(s);
}

/* Interpreted (so few steps are not worth compiling), and without a word of progress. */
static int run_quietly(sharr_context *ctx, const api_work *w)
{
    int (*progress)(void *arg, const sharr_progress *p) = ctx->progress;
    const int64_t jit = ctx->cfg.jit;
    sharr_error err = { 0 };
    ctx->progress = NULL;
    ctx->cfg.jit = JIT_VM;
    int status = api_run(w, NULL, &err);
    ctx->cfg.jit = jit;
    ctx->progress = progress;
    return status;
}

static sharr_array *computed(sharr_context *ctx, node *n, int64_t bytes)
{
    sharr_error err = { 0 };
    settled *s = malloc(sizeof *s + (size_t)bytes);
    if (!s)
        return NULL;
    *s = (settled){ .ctx = ctx, .bytes = bytes };
    api_result result = { .value = n, .into = s->values };
    const api_work w = { .ctx = ctx, .nresults = 1, .result = &result, .arrays = true };
    const sharr_memory m = { .type = n->type, .ndim = n->ndim, .shape = n->shape, .data = s->values, .constant = true,
                             .release = release, .arg = s };
    sharr_array *made = run_quietly(ctx, &w) == 0 ? sharr_array_memory(ctx, &m, false, &err) : NULL;
    if (made)
        ctx->held += bytes;
    else
        free(s);
    return made;
}

sharr_array *api_settled(sharr_context *ctx, node *n)
{
    int64_t elements;
    if (!n || n->steps < LONG_HISTORY || n->steps >= NODE_MANY_STEPS || !is_plain(ctx, n) || !shape_size(n->ndim, n->shape, &elements))
        return api_array(n);
    sharr_array *made = computed(ctx, n, elements * (int64_t)dtype_size(n->type));
    if (!made)
        return api_array(n);
    node_unref(n);
    return made;
}
