/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of leaves: datasets that are open, arrays in the caller's memory and in scratch.  A place
 * is used again when its node is gone, so that ids stay small however many arrays come and go.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"

/* A free place: `input` is the next one. */
static int grow(sharr_context *ctx, sharr_error *err)
{
    int cap = ctx->leaf_cap ? 2 * ctx->leaf_cap : 16;
    api_leaf *leaf = realloc(ctx->leaf, (size_t)cap * sizeof *leaf);
    ctx->leaf = leaf ? leaf : ctx->leaf;
    exec_source *values = leaf ? realloc(ctx->source, (size_t)cap * sizeof *values) : NULL;
    ctx->source = values ? values : ctx->source;
    if (!values)
        return err_nomem(err, "a leaf", (size_t)cap * sizeof *leaf);
    ctx->leaf_cap = cap;
    return 0;
}

/* The place is free until something is put there. */
static int take_place(sharr_context *ctx, int *leaf, sharr_error *err)
{
    *leaf = ctx->free_leaves;
    if (*leaf >= 0) {
        ctx->free_leaves = ctx->leaf[*leaf].input;
        return 0;
    }
    int status = ctx->nleaves == ctx->leaf_cap ? grow(ctx, err) : 0;
    if (!status)
        *leaf = ctx->nleaves++;
    return status;
}

static void fill_place(sharr_context *ctx, int leaf, api_leaf what, exec_source values)
{
    ctx->leaf[leaf] = what;
    ctx->source[leaf] = values;
}

int api_leaf_open(sharr_context *ctx, int input, const char *path, int *leaf, sharr_error *err)
{
    bool found = false;
    h5dset *d = NULL;
    for (int i = 0; i < ctx->nleaves; i++)
        if (ctx->source[i].dset && ctx->leaf[i].input == input && strcmp(ctx->leaf[i].path, path) == 0) {
            *leaf = i;
            return 0;
        }
    *leaf = -1;
    int status = h5in_dataset(ctx->input[input].file, path, &d, &found, err);
    if (status || !found)
        return status;
    char *copy = strdup(path);
    int at = -1;
    status = copy ? take_place(ctx, &at, err) : err_nomem(err, "a dataset", strlen(path));
    if (status) {
        free(copy);
        h5dset_close(d);
        return status;
    }
    h5dset_source_mut(d)->id = at;
    fill_place(ctx, at, (api_leaf){ input, copy, NULL }, (exec_source){ .dset = d });
    ctx->input[input].refs++;
    *leaf = at;
    return 0;
}

static void empty_place(sharr_context *ctx, int leaf)
{
    fill_place(ctx, leaf, (api_leaf){ ctx->free_leaves, NULL, NULL }, (exec_source){ 0 });
    ctx->free_leaves = leaf;
}

sharr_array *api_leaf_buffer(sharr_context *ctx, api_buffer *b, exec_source values, sharr_error *err)
{
    if (take_place(ctx, &b->src.id, err))
        return NULL;
    const int at = b->src.id;
    fill_place(ctx, at, (api_leaf){ -1, NULL, b }, values);
    node *n = node_source(ctx->graph, &b->src, err);
    if (!n)
        empty_place(ctx, at);
    return api_array(n);
}

const source *api_leaf_source(const sharr_context *ctx, int leaf)
{
    const api_leaf *l = &ctx->leaf[leaf];
    return l->buffer ? &l->buffer->src : h5dset_source(ctx->source[leaf].dset);
}

void api_leaf_close(sharr_context *ctx, int leaf)
{
    api_leaf l = ctx->leaf[leaf];
    exec_source values = ctx->source[leaf];
    if (!values.dset && !l.buffer)
        return;
    empty_place(ctx, leaf);
    free(l.path);
    if (values.dset) {
        h5dset_close(values.dset);
        api_input_release(ctx, l.input);
        return;
    }
    scratch_free(values.file);
    if (l.buffer->release)
        l.buffer->release(l.buffer->arg);
    free(l.buffer);
}

/* Datasets of named inputs stay open: the next text may name them again. */
void api_leaf_gone(void *arg, int id)
{
    sharr_context *ctx = arg;
    if (ctx->leaf[id].buffer || !ctx->input[ctx->leaf[id].input].name)
        api_leaf_close(ctx, id);
}
