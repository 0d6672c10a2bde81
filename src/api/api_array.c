/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Array handles: leaves, operators, indices.  A handle is a node; what it may be made of
 * is decided in expr.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"
#include "base/checked.h"
#include "expr/op_call.h"
#include "plan/canon.h"

struct sharr_file {
    sharr_context *ctx;
    int input;
};

/* ---- handles ------------------------------------------------------------------------------------ */

sharr_array *sharr_array_ref(sharr_array *x)
{
    node_ref(api_node(x));
    return x;
}

void sharr_array_unref(sharr_array *x)
{
    node_unref(api_node(x));
}

enum sharr_dtype sharr_array_dtype(const sharr_array *x)
{
    return api_node(x)->type;
}

int sharr_array_ndim(const sharr_array *x)
{
    return api_node(x)->ndim;
}

const int64_t *sharr_array_shape(const sharr_array *x)
{
    return api_node(x)->shape;
}

char *sharr_array_text(const sharr_array *x, size_t limit)
{
    strbuf text = { 0 };
    node_print(api_node(x), limit, &text);
    return strbuf_take(&text);
}

int sharr_array_stored(const sharr_array *x)
{
    return api_node(x)->kind == NODE_SOURCE;
}

int sharr_array_origin(sharr_context *ctx, const sharr_array *x, sharr_origin *out)
{
    const node *n = api_node(x);
    if (n->kind != NODE_SOURCE || ctx->leaf[n->u.src->id].buffer)
        return 0;
    const api_leaf *l = &ctx->leaf[n->u.src->id];
    *out = (sharr_origin){ .file = h5in_path(ctx->input[l->input].file), .path = l->path,
                           .chunk = n->u.src->chunked ? n->u.src->chunk : NULL, .stored_bytes = n->u.src->stored_bytes };
    return 1;
}

/* ---- files -------------------------------------------------------------------------------------- */

sharr_file *sharr_file_open(sharr_context *ctx, const char *path, sharr_error *err)
{
    sharr_file *f = malloc(sizeof *f);
    if (!f) {
        err_nomem(err, "a file", sizeof *f);
        return NULL;
    }
    f->ctx = ctx;
    if (!api_cancelled(ctx, err) && api_input_open(ctx, NULL, path, &f->input, err) == 0)
        return f;
    free(f);
    return NULL;
}

void sharr_file_close(sharr_file *f)
{
    if (f)
        api_input_release(f->ctx, f->input);
    free(f);
}

sharr_array *sharr_file_dataset(sharr_file *f, const char *path, sharr_error *err)
{
    sharr_context *ctx = f->ctx;
    int leaf = -1;
    if (api_leaf_open(ctx, f->input, path, &leaf, err))
        return NULL;
    if (leaf < 0) {
        api_dataset_missing(ctx, f->input, path, err);
        return NULL;
    }
    node *n = node_source(ctx->graph, api_leaf_source(ctx, leaf), err);
    if (!n)
        api_leaf_close(ctx, leaf);      /* a node that was there would have been found */
    return api_array(n);
}

int sharr_file_visit(sharr_file *f, int (*visit)(void *arg, const sharr_item *it), void *arg, sharr_error *err)
{
    return api_input_visit(f->ctx, f->ctx->input[f->input].file, visit, arg, err);
}

/* ---- memory ------------------------------------------------------------------------------------- */

static bool in_c_order(const sharr_memory *m)
{
    int64_t want = (int64_t)dtype_size(m->type);
    for (int d = m->ndim - 1; d >= 0 && m->stride; d--) {
        if (m->shape[d] != 1 && m->stride[d] != want)
            return false;
        want *= m->shape[d];
    }
    return true;
}

static int describe(const sharr_memory *m, source *s, sharr_error *err)
{
    int64_t n = 0;
    if (m->ndim < 0 || m->ndim > SHARR_MAX_DIMS)
        return err_set(err, SHARR_EEXPR, "an array of %d dimensions: %d is the most", m->ndim, SHARR_MAX_DIMS);
    *s = (source){ .name = "memory", .type = m->type, .ndim = m->ndim, .path = SOURCE_MEMORY, .strided = !in_c_order(m) };
    for (int d = 0; d < m->ndim; d++) {
        s->shape[d] = m->shape[d];
        s->stride[d] = s->strided ? m->stride[d] : 0;
        if (m->shape[d] < 0)
            return err_set(err, SHARR_EEXPR, "extent %lld is negative", (long long)m->shape[d]);
    }
    if (!shape_size(m->ndim, m->shape, &n) || !mul_i64(n, (int64_t)dtype_size(m->type), &n))
        return err_set(err, SHARR_EEXPR, "an array in memory of more than 2^63 - 1 bytes");
    chunkgrid g = canon_default(m->ndim, m->shape, m->type);
    memcpy(s->chunk, g.cell, sizeof g.cell);
    s->stored_bytes = n;
    return 0;
}

/* C order is compared at once, else element by element into one piece. */
static int same_everywhere(sharr_context *ctx, const sharr_memory *m, const source *s, sharr_error *err)
{
    size_t size = dtype_size(m->type), bytes = (size_t)s->stored_bytes;
    sharr_error local = { 0 };
    char *copy = NULL;
    if (s->strided && bytes && !(copy = malloc(bytes)))
        err_nomem(&local, "a copy of an array", bytes);
    for (size_t i = 0; copy && i < bytes / size; i++) {
        int64_t at[SHARR_MAX_DIMS], off = 0;
        shape_unravel(m->ndim, m->shape, (int64_t)i, at);
        for (int d = 0; d < m->ndim; d++)
            off += at[d] * m->stride[d];
        memcpy(copy + i * size, (const char *)m->data + off, size);
    }
    *err = local;
    int status = comm_require_same_all(ctx->comm, copy ? copy : m->data, bytes,
                                       "an array in memory is not the same on every rank", err);
    free(copy);
    return status;
}

sharr_array *sharr_array_memory(sharr_context *ctx, const sharr_memory *m, int check, sharr_error *err)
{
    sharr_error own = { 0 }, local = { 0 };
    api_buffer *held = calloc(1, sizeof *held);
    sharr_array *x = NULL;
    err = err ? err : &own;
    if (!held)
        err_nomem(&local, "an array", sizeof *held);
    else
        describe(m, &held->src, &local);
    *err = local;
    bool several = check && comm_size(ctx->comm) > 1;
    int status = several ? comm_agree_all(ctx->comm, err) : local.status;
    if (!status && several)
        status = same_everywhere(ctx, m, &held->src, err);
    if (!status)
        x = api_leaf_buffer(ctx, held, (exec_source){ .data = m->data }, err);
    if (!x) {
        free(held);
        return NULL;
    }
    held->constant = m->constant;
    held->release = m->release;
    held->arg = m->arg;
    return x;
}

sharr_array *sharr_array_scalar(sharr_context *ctx, enum sharr_dtype type, const void *value, sharr_error *err)
{
    scalar v = { .bits = { 0 } };
    memcpy(&v, value, dtype_size(type));
    return api_array(node_const(ctx->graph, type, v, err));
}

/* ---- operators ---------------------------------------------------------------------------------- */

static int convert(const sharr_arg *a, op_arg *out, op_arg *items, sharr_error *err);

bool api_number(const sharr_arg *a, operand *out)
{
    switch ((enum sharr_arg_kind)a->kind) {
    case SHARR_ARG_BOOL:    *out = (operand){ .weak = KIND_BOOL, .i = a->i != 0 }; return true;
    case SHARR_ARG_INT:     *out = operand_int(a->i); return true;
    case SHARR_ARG_UINT:    *out = operand_int((uint64_t)a->i); return true;
    case SHARR_ARG_FLOAT:   *out = operand_float(a->re); return true;
    case SHARR_ARG_COMPLEX: *out = (operand){ .weak = KIND_COMPLEX, .f = { a->re, a->im } }; return true;
    default:                return false;
    }
}

static int convert_list(const sharr_arg *a, op_arg *out, op_arg *items, sharr_error *err)
{
    int status = 0;
    *out = (op_arg){ .name = a->name, .kind = OP_ARG_LIST, .item = items, .n = a->nitems };
    for (int i = 0; i < a->nitems && !status; i++)
        status = a->item[i].kind == SHARR_ARG_LIST ? err_set(err, SHARR_EEXPR, "a list in a list")
                                                   : convert(&a->item[i], &items[i], NULL, err);
    return status;
}

static int convert(const sharr_arg *a, op_arg *out, op_arg *items, sharr_error *err)
{
    *out = (op_arg){ .name = a->name, .kind = OP_ARG_OPERAND };
    if (api_number(a, &out->a))
        return 0;
    switch ((enum sharr_arg_kind)a->kind) {
    case SHARR_ARG_NONE:    out->kind = OP_ARG_NONE; break;
    case SHARR_ARG_ARRAY:   out->a = operand_of(api_node(a->array)); break;
    case SHARR_ARG_LIST:    return convert_list(a, out, items, err);
    case SHARR_ARG_DTYPE:
        out->kind = OP_ARG_TYPE;
        out->type = (dtype)a->i;
        if (a->i < 0 || a->i >= SHARR_NDTYPES)
            return err_set(err, SHARR_EUSAGE, "%lld is no type", (long long)a->i);
        break;
    default: return err_set(err, SHARR_EUSAGE, "an argument of kind %d", a->kind);
    }
    return 0;
}

sharr_array *sharr_apply(sharr_context *ctx, const char *op, const sharr_arg *arg, int narg, sharr_error *err)
{
    const op_row *row = op_find(op, strlen(op));
    size_t total = (size_t)narg + 1;
    int status = 0;
    node *n = NULL;
    if (!row) {
        const char *near = op_suggest(op, strlen(op));
        err_set(err, SHARR_EUSAGE, "no operator is called %s%s%s%s", op, near ? "; did you mean " : "", near ? near : "",
                near ? "?" : "");
        return NULL;
    }
    for (int i = 0; i < narg; i++)
        total += arg[i].kind == SHARR_ARG_LIST ? (size_t)arg[i].nitems : 0;
    op_arg few[8], *a = total <= 8 ? few : calloc(total, sizeof *a), *items = a ? a + narg : NULL;
    if (!a) {
        err_nomem(err, "arguments", total * sizeof *a);
        return NULL;
    }
    for (int i = 0; i < narg && !status; i++) {
        status = convert(&arg[i], &a[i], items, err);
        items += arg[i].kind == SHARR_ARG_LIST ? arg[i].nitems : 0;
    }
    if (!status)
        n = op_call(ctx->graph, row, a, narg, err);
    if (a != few)
        free(a);
    return api_settled(ctx, n);
}

static int convert_index(const sharr_index *item, int n, index_item *it, sharr_error *err)
{
    static const enum index_kind kinds[] = { INDEX_INT, INDEX_SLICE, INDEX_ELLIPSIS, INDEX_NEWAXIS };
    if (n > 2 * SHARR_MAX_DIMS)
        return err_set(err, SHARR_EEXPR, "more than %d indices", 2 * SHARR_MAX_DIMS);
    for (int i = 0; i < n; i++) {
        const sharr_index *s = &item[i];
        it[i] = (index_item){ .kind = kinds[s->kind & 3], .at = s->start, .has_start = s->has & SHARR_HAS_START,
                              .has_stop = s->has & SHARR_HAS_STOP, .has_step = s->has & SHARR_HAS_STEP, .start = s->start,
                              .stop = s->stop, .step = s->step };
    }
    return 0;
}

sharr_array *sharr_array_index(sharr_context *ctx, sharr_array *x, const sharr_index *item, int n, sharr_error *err)
{
    index_item it[2 * SHARR_MAX_DIMS];
    return convert_index(item, n, it, err) ? NULL : api_settled(ctx, build_index(ctx->graph, api_node(x), it, n, err));
}

sharr_array *sharr_array_update(sharr_context *ctx, sharr_array *x, const sharr_index *item, int n, sharr_array *value,
                                sharr_error *err)
{
    index_item it[2 * SHARR_MAX_DIMS];
    return convert_index(item, n, it, err) ? NULL
           : api_settled(ctx, build_update(ctx->graph, api_node(x), it, n, api_node(value), err));
}
