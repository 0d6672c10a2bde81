/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Input files and the names of datasets in them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"
#include "base/suggest.h"

static int find_input(const sharr_context *ctx, const char *name)
{
    for (int i = 0; i < ctx->ninputs; i++)
        if (strcmp(ctx->input[i].name, name) == 0)
            return i;
    return -1;
}

/* A, B, ... Z, the first that is free. */
static bool free_letter(const sharr_context *ctx, char *name)
{
    name[1] = 0;
    for (name[0] = 'A'; name[0] <= 'Z'; name[0]++)
        if (find_input(ctx, name) < 0)
            return true;
    return false;
}

int sharr_input_add(sharr_context *ctx, const char *name, const char *path, sharr_error *err)
{
    char letter[2];
    h5in *f;
    if (api_cancelled(ctx, err))
        return SHARR_EINTERRUPTED;
    if (!name && !free_letter(ctx, letter))
        return err_set(err, SHARR_EUSAGE, "more than 26 unnamed inputs: name them, as in T=%s", path);
    name = name ? name : letter;
    if (find_input(ctx, name) >= 0)
        return err_set(err, SHARR_EUSAGE, "two inputs have the name %s", name);
    int status = h5in_open(path, &f, err);
    if (status)
        return status;
    api_input *p = realloc(ctx->input, ((size_t)ctx->ninputs + 1) * sizeof *p);
    char *copy = strdup(name);
    if (p)
        ctx->input = p;
    if (!p || !copy) {
        free(copy);
        h5in_close(f);
        return err_nomem(err, "an input", sizeof *p);
    }
    ctx->input[ctx->ninputs++] = (api_input){ copy, f };
    return 0;
}

int sharr_input_group(sharr_context *ctx, const char *group, sharr_error *err)
{
    size_t n = strlen(group);
    char *copy = malloc(n + 3);
    if (!copy)
        return err_nomem(err, "a name", n);
    snprintf(copy, n + 3, "%s%s", group[0] == '/' ? "" : "/", group);
    for (n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
        copy[n - 1] = 0;
    free(ctx->group);
    ctx->group = copy;
    return 0;
}

int api_inputs_unchanged(const sharr_context *ctx, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < ctx->ninputs && !status; i++)
        status = h5in_unchanged(ctx->input[i].file, err);
    return status;
}

bool api_is_input(const sharr_context *ctx, const char *path)
{
    for (int i = 0; i < ctx->ninputs; i++)
        if (h5in_is_file(ctx->input[i].file, path))
            return true;
    return false;
}

/* ---- names ---------------------------------------------------------------------------------------- */

/* The leaf of a dataset, opened on first use; *leaf -1: there is none. */
static int open_leaf(sharr_context *ctx, int input, const char *path, int *leaf, sharr_error *err)
{
    bool found = false;
    h5dset *d = NULL;
    for (int i = 0; i < ctx->nleaves; i++)
        if (ctx->leaf[i].input == input && strcmp(ctx->leaf[i].path, path) == 0) {
            *leaf = i;
            return 0;
        }
    *leaf = -1;
    int status = h5in_dataset(ctx->input[input].file, path, &d, &found, err);
    if (status || !found)
        return status;
    api_leaf *p = realloc(ctx->leaf, ((size_t)ctx->nleaves + 1) * sizeof *p);
    char *copy = strdup(path);
    if (p)
        ctx->leaf = p;
    if (!p || !copy) {
        free(copy);
        h5dset_close(d);
        return err_nomem(err, "a dataset", sizeof *p);
    }
    h5dset_source_mut(d)->id = ctx->nleaves;
    ctx->leaf[ctx->nleaves] = (api_leaf){ input, copy, d };
    *leaf = ctx->nleaves++;
    return 0;
}

typedef struct nearest { suggest s; const char *prefix; } nearest;

static int offer(void *arg, const h5item *item)
{
    nearest *n = arg;
    if (!item->group && item->numeric)
        suggest_offer(&n->s, item->path);
    return 0;
}

static void missing(sharr_context *ctx, int only, const char *path, sharr_error *err)
{
    nearest n = { 0 };
    sharr_error ignored;
    suggest_init(&n.s, path, strlen(path));
    for (int i = 0; i < ctx->ninputs; i++)
        if (only < 0 || i == only)
            h5in_walk(ctx->input[i].file, offer, &n, &ignored);
    const char *near = suggest_text(&n.s);
    if (ctx->ninputs == 0)
        err_set(err, SHARR_EEXPR, "no dataset %s: there is no input file", path);
    else if (near)
        err_set(err, SHARR_EEXPR, "no dataset %s%s%s; did you mean %s?", path, only >= 0 || ctx->ninputs == 1 ? " in " : "",
                only >= 0 ? h5in_path(ctx->input[only].file) : ctx->ninputs == 1 ? h5in_path(ctx->input[0].file) : "", near);
    else
        err_set(err, SHARR_EEXPR, "no dataset %s in %s; `sharr-eval info` lists what there is", path,
                only >= 0 ? h5in_path(ctx->input[only].file) : ctx->ninputs == 1 ? h5in_path(ctx->input[0].file) : "the inputs");
}

/* In which input? One that has it; two are an error. */
static int search(sharr_context *ctx, const char *path, int *leaf, sharr_error *err)
{
    int where = -1, status = 0;
    *leaf = -1;
    for (int i = 0; i < ctx->ninputs && !status; i++) {
        int got;
        status = open_leaf(ctx, i, path, &got, err);
        if (status || got < 0)
            continue;
        if (where >= 0)
            return err_set(err, SHARR_EEXPR, "%s is in %s and in %s: write %s:%s or %s:%s", path,
                           h5in_path(ctx->input[where].file), h5in_path(ctx->input[i].file), ctx->input[where].name, path,
                           ctx->input[i].name, path);
        where = i;
        *leaf = got;
    }
    return status;
}

static void unknown_file(const sharr_context *ctx, const char *name, sharr_error *err)
{
    suggest s;
    suggest_init(&s, name, strlen(name));
    for (int i = 0; i < ctx->ninputs; i++)
        suggest_offer(&s, ctx->input[i].name);
    const char *near = suggest_text(&s);
    err_set(err, SHARR_EEXPR, "no input is named %s%s%s%s: name a file as in %s=FILE", name, near ? " (did you mean " : "",
            near ? near : "", near ? "?)" : "", name);
}

static int resolve_leaf(sharr_context *ctx, const name_ref *ref, int *leaf, sharr_error *err)
{
    char path[4096];
    int only = ref->file ? find_input(ctx, ref->file) : -1, n;
    *leaf = -1;
    if (ref->file && only < 0) {
        unknown_file(ctx, ref->file, err);
        return SHARR_EEXPR;
    }
    if (ref->rooted)
        n = snprintf(path, sizeof path, "%s%s", ref->name[0] == '/' ? "" : "/", ref->name);
    else
        n = snprintf(path, sizeof path, "%s/%s", strcmp(ctx->group, "/") == 0 ? "" : ctx->group, ref->name);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(err, SHARR_EEXPR, "the name of a dataset has more than %zu bytes", sizeof path - 1);
    int status = only >= 0 ? open_leaf(ctx, only, path, leaf, err) : search(ctx, path, leaf, err);
    if (status || *leaf >= 0 || ref->probe)
        return status;
    if (!ref->rooted && find_input(ctx, ref->name) >= 0)
        return err_set(err, SHARR_EEXPR, "%s is a file: write %s:/name for a dataset of it", ref->name, ref->name);
    missing(ctx, only, path, err);
    return ref->rooted || ref->file ? SHARR_EEXPR : 0;
}

static node *resolve(void *arg, const name_ref *ref, sharr_error *err)
{
    sharr_context *ctx = arg;
    int leaf;
    if (api_cancelled(ctx, err) || resolve_leaf(ctx, ref, &leaf, err))
        return NULL;
    return leaf < 0 ? NULL : node_source(ctx->graph, h5dset_source(ctx->leaf[leaf].dset), err);
}

name_resolver api_names(sharr_context *ctx)
{
    return (name_resolver){ ctx, resolve };
}

/* ---- info ------------------------------------------------------------------------------------------- */

typedef struct relay { sharr_context *ctx; int (*visit)(void *arg, const sharr_item *it); void *arg; } relay;

static int pass_on(void *arg, const h5item *item)
{
    const relay *r = arg;
    sharr_item it = { .path = item->path, .is_group = item->group, .type = item->type, .ndim = item->ndim,
                      .shape = item->shape, .chunk = item->chunked ? item->chunk : NULL, .filters = item->filters,
                      .dims = item->dims, .stored_bytes = item->stored_bytes };
    return atomic_load(&r->ctx->cancel) || r->visit(r->arg, &it);
}

int sharr_info(sharr_context *ctx, const char *path, int (*visit)(void *arg, const sharr_item *it), void *arg,
               sharr_error *err)
{
    relay r = { ctx, visit, arg };
    h5in *f;
    int status = h5in_open(path, &f, err);
    if (status)
        return status;
    status = h5in_walk(f, pass_on, &r, err);
    h5in_close(f);
    return status ? status : api_cancelled(ctx, err);
}
