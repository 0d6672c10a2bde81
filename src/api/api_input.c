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
        if (ctx->input[i].name && strcmp(ctx->input[i].name, name) == 0)
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

/* A place in the table of inputs; it has one reference. */
int api_input_open(sharr_context *ctx, const char *name, const char *path, int *input, sharr_error *err)
{
    h5in *f = NULL;
    int at = 0, status = h5in_open(path, &f, err);
    if (status)
        return status;
    char *copy = name ? strdup(name) : NULL;
    while (at < ctx->ninputs && ctx->input[at].file)
        at++;
    api_input *p = at < ctx->ninputs ? ctx->input : realloc(ctx->input, ((size_t)at + 1) * sizeof *p);
    if (p)
        ctx->input = p;
    if (!p || (name && !copy)) {
        free(copy);
        h5in_close(f);
        return err_nomem(err, "an input", sizeof *p);
    }
    ctx->input[at] = (api_input){ copy, f, 1 };
    ctx->ninputs = at == ctx->ninputs ? at + 1 : ctx->ninputs;
    *input = at;
    return 0;
}

void api_input_release(sharr_context *ctx, int input)
{
    api_input *in = &ctx->input[input];
    if (--in->refs > 0)
        return;
    h5in_close(in->file);
    free(in->name);
    *in = (api_input){ NULL, NULL, 0 };
}

int sharr_input_add(sharr_context *ctx, const char *name, const char *path, sharr_error *err)
{
    char letter[2];
    int input;
    if (api_cancelled(ctx, err))
        return SHARR_EINTERRUPTED;
    if (!name && !free_letter(ctx, letter))
        return err_set(err, SHARR_EUSAGE, "more than 26 unnamed inputs: name them, as in T=%s", path);
    name = name ? name : letter;
    if (find_input(ctx, name) >= 0)
        return err_set(err, SHARR_EUSAGE, "two inputs have the name %s", name);
    return api_input_open(ctx, name, path, &input, err);
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

int api_inputs_unchanged(const sharr_context *ctx, const plan *p, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < ctx->ninputs && !status; i++) {
        bool read = false;
        for (int k = 0; k < p->narrays && !read; k++) {
            const source *o = p->array[k].origin;
            read = o && !ctx->leaf[o->id].buffer && ctx->leaf[o->id].input == i;
        }
        if (read)
            status = h5in_unchanged(ctx->input[i].file, err);
    }
    return status;
}

bool api_is_input(const sharr_context *ctx, const char *path)
{
    for (int i = 0; i < ctx->ninputs; i++)
        if (ctx->input[i].file && h5in_is_file(ctx->input[i].file, path))
            return true;
    return false;
}

/* ---- names ---------------------------------------------------------------------------------------- */

typedef struct nearest { suggest s; const char *path; bool group; } nearest;

/* Of the same name in a group, or in the group that has this name, it is what was meant. */
static int offer(void *arg, const h5item *item)
{
    nearest *n = arg;
    const size_t wanted = strlen(n->path), len = strlen(item->path);
    n->group |= item->group && strcmp(item->path, n->path) == 0;
    if (item->group || !item->numeric)
        return 0;
    if ((len > wanted && strcmp(item->path + len - wanted, n->path) == 0) ||
        (n->group && strncmp(item->path, n->path, wanted) == 0 && item->path[wanted] == '/'))
        suggest_take(&n->s, item->path);
    else
        suggest_offer(&n->s, item->path);
    return 0;
}

void api_dataset_missing(sharr_context *ctx, int only, const char *path, sharr_error *err)
{
    nearest n = { .path = path };
    sharr_error ignored;
    int named = 0, last = -1;
    suggest_init(&n.s, path, strlen(path));
    for (int i = 0; i < ctx->ninputs; i++)
        named += ctx->input[i].name != NULL;
    for (int i = 0; i < ctx->ninputs; i++)
        if (i == only || (only < 0 && ctx->input[i].name)) {
            h5in_walk(ctx->input[i].file, offer, &n, &ignored);
            last = i;
        }
    const char *near = suggest_text(&n.s);
    const char *where = only >= 0 || named == 1 ? h5in_path(ctx->input[last].file) : NULL;
    if (last < 0)
        err_set(err, SHARR_EEXPR, "no dataset %s: there is no input file", path);
    else if (near)
        err_set(err, SHARR_EEXPR, "no dataset %s%s%s%s; did you mean %s?", path, where ? " in " : "", where ? where : "",
                n.group ? ", but a group" : "", near);
    else
        err_set(err, SHARR_EEXPR, "no dataset %s in %s%s; `sharr-eval info` lists what there is", path,
                where ? where : "the inputs", n.group ? ", but a group" : "");
}

/* In which input? One that has it; two are an error. */
static int search(sharr_context *ctx, const char *path, int *leaf, sharr_error *err)
{
    int where = -1, status = 0;
    *leaf = -1;
    for (int i = 0; i < ctx->ninputs && !status; i++) {
        int got = -1;
        status = ctx->input[i].name ? api_leaf_open(ctx, i, path, &got, err) : 0;
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
        if (ctx->input[i].name)
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
    int status = only >= 0 ? api_leaf_open(ctx, only, path, leaf, err) : search(ctx, path, leaf, err);
    if (status || *leaf >= 0 || ref->probe)
        return status;
    if (!ref->rooted && find_input(ctx, ref->name) >= 0)
        return err_set(err, SHARR_EEXPR, "%s is a file: write %s:/name for a dataset of it", ref->name, ref->name);
    api_dataset_missing(ctx, only, path, err);
    return ref->rooted || ref->file ? SHARR_EEXPR : 0;
}

static node *resolve(void *arg, const name_ref *ref, sharr_error *err)
{
    sharr_context *ctx = arg;
    int leaf;
    if (api_cancelled(ctx, err) || resolve_leaf(ctx, ref, &leaf, err))
        return NULL;
    return leaf < 0 ? NULL : node_source(ctx->graph, api_leaf_source(ctx, leaf), err);
}

name_resolver api_names(sharr_context *ctx)
{
    return (name_resolver){ ctx, resolve, NULL };
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

int api_input_visit(sharr_context *ctx, h5in *f, int (*visit)(void *arg, const sharr_item *it), void *arg, sharr_error *err)
{
    relay r = { ctx, visit, arg };
    int status = h5in_walk(f, pass_on, &r, err);
    return status ? status : api_cancelled(ctx, err);
}

int sharr_info(sharr_context *ctx, const char *path, int (*visit)(void *arg, const sharr_item *it), void *arg,
               sharr_error *err)
{
    h5in *f;
    int status = h5in_open(path, &f, err);
    if (status)
        return status;
    status = api_input_visit(ctx, f, visit, arg, err);
    h5in_close(f);
    return status;
}
