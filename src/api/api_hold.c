/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays that are computed now and held in memory: in what the ranks of a node have in
 * common, each of them computing its part; or, where ranks cannot share, whole on each.  Later
 * evaluations read all of it where it lies, as they read the caller's own memory.  Of several nodes
 * each keeps its part, and what it needs of the others comes while it is needed (exec/bring.c).
 */
#include <stdlib.h>

#include "api/api_int.h"
#include "base/checked.h"
#include "dist/nodemem.h"
#include "plan/spread.h"

/* Smaller ones are whole on each node: what few numbers are computed from (api_output.c) is at hand without a word to anybody. */
enum { SPREAD_FROM = 16 * SMALL_ELEMENTS };

/* What a leaf holds; goes with it.  bound: of one that is spread, see plan/spread.h. */
typedef struct room { sharr_context *ctx; nodemem *memory; int64_t share, *bound; } room;

/* ---- who shares --------------------------------------------------------------------------------- */

/* One page is tried: whether ranks can open each other's memory is the machine's business.  Collective. */
static int try_sharing(sharr_context *ctx, sharr_error *err)
{
    nodemem *page = NULL;
    if (ctx->sharing != SHARING_UNKNOWN)
        return 0;
    if (comm_size(ctx->comm) == 1) {
        ctx->sharing = SHARING_NO;
        return 0;
    }
    int status = nodemem_new_all(ctx->comm, 1, &page, err);
    nodemem_free(page);
    if (status && status != SHARR_EIO)
        return status;
    ctx->sharing = status ? SHARING_NO : SHARING_YES;
    err_clear(err);
    return 0;
}

static bool is_spread(const sharr_context *ctx, int64_t bytes)
{
    return ctx->sharing == SHARING_YES && comm_nodes(ctx->comm) && bytes > SPREAD_FROM;
}

static int64_t share_of(const sharr_context *ctx, int64_t bytes)
{
    int by = is_spread(ctx, bytes) ? comm_size(ctx->comm) : ctx->sharing == SHARING_YES ? comm_local_least(ctx->comm) : 1;
    return ceil_div(bytes, by);
}

int sharr_context_share(sharr_context *ctx, int64_t bytes, int64_t *share, sharr_error *err)
{
    sharr_error own = { 0 };
    int status = try_sharing(ctx, err ? err : &own);
    if (!status)
        *share = share_of(ctx, bytes);
    return status;
}

int64_t sharr_context_held(const sharr_context *ctx)
{
    return ctx->held;
}

/* ---- room --------------------------------------------------------------------------------------- */

static void free_room(room *r)
{
    if (r) {
        nodemem_free(r->memory);
        free(r->bound);
    }
    free(r);
}

static void give_back(void *arg)
{
    room *r = arg;
    r->ctx->held -= r->share;
    free_room(r);
}

static int choose_bounds(sharr_context *ctx, const node *n, room *r, sharr_error *err)
{
    const int ranks = comm_size(ctx->comm);
    source s = { .type = n->type, .ndim = n->ndim };
    r->bound = malloc(((size_t)ranks + 1) * sizeof *r->bound);
    if (!r->bound)
        return err_nomem(err, "an array", ((size_t)ranks + 1) * sizeof *r->bound);
    for (int d = 0; d < n->ndim; d++)
        s.shape[d] = n->shape[d];
    spread_bounds(&s, ranks, r->bound);
    r->share = spread_share(r->bound, comm_nodes(ctx->comm), ranks);
    return 0;
}

/* Of this rank alone. */
static int start_room(sharr_context *ctx, const node *n, room *r, int64_t *bytes, sharr_error *err)
{
    if (!shape_size(n->ndim, n->shape, bytes) || !mul_i64(*bytes, (int64_t)dtype_size(n->type), bytes))
        return err_set(err, SHARR_ERESOURCE, "an array of more than 2^63 - 1 bytes does not fit into memory");
    r->share = share_of(ctx, *bytes);
    if (is_spread(ctx, *bytes))
        return choose_bounds(ctx, n, r, err);
    return ctx->sharing == SHARING_YES ? 0 : nodemem_new(*bytes, &r->memory, err);
}

static int make_room(sharr_context *ctx, const node *n, room **out, sharr_error *err)
{
    sharr_error local = { 0 };
    int64_t bytes = 0;
    room *r = calloc(1, sizeof *r);
    if (!r)
        err_nomem(&local, "an array", sizeof *r);
    else
        start_room(ctx, n, r, &bytes, &local);
    *err = local;
    int status = comm_agree_all(ctx->comm, err);
    if (!status && ctx->sharing == SHARING_YES)
        status = r->bound ? nodemem_part_all(ctx->comm, r->bound, &r->memory, err) : nodemem_new_all(ctx->comm, bytes, &r->memory, err);
    if (status) {
        free_room(r);
        return status;
    }
    r->ctx = ctx;
    ctx->held += r->share;
    *out = r;
    return 0;
}

static sharr_array *leaf_over(const node *n, room *r, sharr_error *err)
{
    sharr_memory m = { .type = n->type, .ndim = n->ndim, .shape = n->shape, .data = nodemem_data(r->memory),
                       .constant = true, .release = give_back, .arg = r };
    sharr_array *x = sharr_array_memory(r->ctx, &m, false, err);
    if (x && r->bound) {
        const int id = api_node(x)->u.src->id;
        r->ctx->leaf[id].buffer->src.bound = r->bound;
        r->ctx->source[id].part = r->memory;
    }
    return x;
}

enum sharr_held sharr_array_is_held(const sharr_context *ctx, const sharr_array *x)
{
    const node *n = (const node *)x;
    const api_buffer *b = n->kind == NODE_SOURCE ? ctx->leaf[n->u.src->id].buffer : NULL;
    if (b && b->src.path == SOURCE_SCRATCH)
        return SHARR_HELD_IN_SCRATCH;
    return b && b->constant ? SHARR_HELD_IN_MEMORY : SHARR_NOT_HELD;
}

int sharr_array_hold(sharr_context *ctx, sharr_array *x, sharr_array **out, sharr_error *err)
{
    sharr_error own = { 0 }, local = { 0 };
    node *n = api_node(x);
    room *r = NULL;
    if (sharr_array_is_held(ctx, x) == SHARR_HELD_IN_MEMORY) {
        *out = sharr_array_ref(x);
        return 0;
    }
    err = err ? err : &own;
    int status = try_sharing(ctx, err);
    if (!status)
        status = make_room(ctx, n, &r, err);
    if (status)
        return status;
    api_result result = { .value = n, .into = nodemem_data(r->memory), .common = ctx->sharing == SHARING_YES, .bound = r->bound };
    const api_work w = { .ctx = ctx, .nresults = 1, .result = &result, .arrays = true, .into = r->bound ? r->memory : NULL };
    sharr_array *made = api_run(&w, NULL, &local) ? NULL : leaf_over(n, r, &local);
    *err = local;
    status = comm_agree_all(ctx->comm, err);        /* what is small ranks have computed for themselves */
    if (status && made)
        sharr_array_unref(made);
    else if (status)
        give_back(r);
    else
        *out = made;
    return status;
}
