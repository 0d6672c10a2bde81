/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of leaves: datasets that are open, arrays in the caller's memory.  A place
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
    h5dset **dset = leaf ? realloc(ctx->dset, (size_t)cap * sizeof *dset) : NULL;
    ctx->dset = dset ? dset : ctx->dset;
    const void **data = dset ? realloc(ctx->data, (size_t)cap * sizeof *data) : NULL;
    ctx->data = data ? data : ctx->data;
    if (!data)
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

static void fill_place(sharr_context *ctx, int leaf, api_leaf what, h5dset *dset, const void *data)
{
    ctx->leaf[leaf] = what;
    ctx->dset[leaf] = dset;
    ctx->data[leaf] = data;
}

int api_leaf_open(sharr_context *ctx, int input, const char *path, int *leaf, sharr_error *err)
{
    bool found = false;
    h5dset *d = NULL;
    for (int i = 0; i < ctx->nleaves; i++)
        if (ctx->dset[i] && ctx->leaf[i].input == input && strcmp(ctx->leaf[i].path, path) == 0) {
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
    fill_place(ctx, at, (api_leaf){ input, copy, NULL }, d, NULL);
    ctx->input[input].refs++;
    *leaf = at;
    return 0;
}

int api_leaf_memory(sharr_context *ctx, api_buffer *m, const void *data, int *leaf, sharr_error *err)
{
    int status = take_place(ctx, leaf, err);
    if (status)
        return status;
    m->src.id = *leaf;
    fill_place(ctx, *leaf, (api_leaf){ -1, NULL, m }, NULL, data);
    return 0;
}

const source *api_leaf_source(const sharr_context *ctx, int leaf)
{
    const api_leaf *l = &ctx->leaf[leaf];
    return l->memory ? &l->memory->src : h5dset_source(ctx->dset[leaf]);
}

void api_leaf_close(sharr_context *ctx, int leaf)
{
    api_leaf l = ctx->leaf[leaf];
    h5dset *dset = ctx->dset[leaf];
    if (!dset && !l.memory)
        return;
    fill_place(ctx, leaf, (api_leaf){ ctx->free_leaves, NULL, NULL }, NULL, NULL);
    ctx->free_leaves = leaf;
    free(l.path);
    if (dset) {
        h5dset_close(dset);
        api_input_release(ctx, l.input);
        return;
    }
    if (l.memory->release)
        l.memory->release(l.memory->arg);
    free(l.memory);
}

/* Datasets of named inputs stay open: the next text may name them again. */
void api_leaf_gone(void *arg, int id)
{
    sharr_context *ctx = arg;
    if (ctx->leaf[id].memory || !ctx->input[ctx->leaf[id].input].name)
        api_leaf_close(ctx, id);
}
