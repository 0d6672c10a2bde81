/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values computed now, for which memory is too small: in a scratch file, which goes with the last array that needs it.
 * Small ones are in a file of each rank's own, as small ones in memory are on every rank.
 */
#include <stdlib.h>

#include "api/api_int.h"
#include "base/checked.h"
#include "plan/canon.h"

/* Without chunks, as an array in memory is: sums have the same bits wherever it lies. */
static source in_scratch(const node *n)
{
    source s = { .name = "scratch", .type = n->type, .ndim = n->ndim, .path = SOURCE_SCRATCH };
    chunkgrid g = canon_default(n->ndim, n->shape, n->type);
    for (int d = 0; d < n->ndim; d++) {
        s.shape[d] = n->shape[d];
        s.chunk[d] = g.cell[d];
    }
    shape_size(n->ndim, n->shape, &s.stored_bytes);
    s.stored_bytes *= (int64_t)dtype_size(n->type);
    return s;
}

/* Takes over the file on success. */
static sharr_array *leaf_of(sharr_context *ctx, const node *n, scratch *file, sharr_error *err)
{
    api_buffer *held = calloc(1, sizeof *held);
    if (!held) {
        err_nomem(err, "an array", sizeof *held);
        return NULL;
    }
    held->src = in_scratch(n);
    sharr_array *x = api_leaf_buffer(ctx, held, (exec_source){ .file = file }, err);
    if (!x)
        free(held);
    return x;
}

static bool is_in_scratch(const node *n)
{
    return n->kind == NODE_SOURCE && n->u.src->path == SOURCE_SCRATCH;
}

int sharr_array_spill(sharr_context *ctx, sharr_array *x, sharr_array **out, sharr_error *err)
{
    if (is_in_scratch(api_node(x))) {
        *out = sharr_array_ref(x);
        return 0;
    }
    sharr_error own = { 0 }, local = { 0 };
    scratch *file = NULL;
    api_result result = { .value = api_node(x), .file = &file };
    const api_work w = { .ctx = ctx, .arrays = true, .nresults = 1, .result = &result };
    err = err ? err : &own;
    sharr_array *made = api_run(&w, NULL, &local) ? NULL : leaf_of(ctx, api_node(x), file, &local);
    *err = local;
    int status = comm_agree_all(ctx->comm, err);        /* what is small ranks have computed for themselves */
    if (!status) {
        *out = made;
        return 0;
    }
    if (made)
        sharr_array_unref(made);
    else
        scratch_free(file);
    return status;
}
