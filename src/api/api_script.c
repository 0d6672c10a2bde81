/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Scripts: compiled text and its results.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"

/* The parser has dropped the statements whose name was assigned again: names are distinct. */
static void collect(sharr_script *s)
{
    for (int i = 0; i < s->parsed.count; i++)
        s->work.result[i] = (api_result){ .name = s->parsed.item[i].name, .value = s->parsed.item[i].value };
    s->work.nresults = s->parsed.count;
}

static sharr_script *make(sharr_context *ctx, const char *text, int64_t len, const name_resolver *names, sharr_error *err)
{
    sharr_error own = { 0 };
    err = err ? err : &own;
    sharr_script *s = calloc(1, sizeof *s);
    if (!s) {
        err_nomem(err, "a script", sizeof *s);
        return NULL;
    }
    s->work.ctx = s->ctx = ctx;
    if (script_parse(ctx->graph, text, len < 0 ? strlen(text) : (size_t)len, names, &s->parsed, err)) {
        free(s);
        return NULL;
    }
    s->work.result = calloc((size_t)s->parsed.count + 1, sizeof *s->work.result);
    if (!s->work.result) {
        err_nomem(err, "a script", sizeof *s->work.result);
        sharr_script_free(s);
        return NULL;
    }
    collect(s);
    return s;
}

sharr_script *sharr_script_new(sharr_context *ctx, const char *text, int64_t len, sharr_error *err)
{
    name_resolver names = api_names(ctx);
    return make(ctx, text, len, &names, err);
}

/* ---- names of arrays ------------------------------------------------------------------------------ */

typedef struct given { sharr_context *ctx; const sharr_name *name; int n; } given;

static const sharr_name *given_name(const given *g, const char *name)
{
    for (int i = 0; i < g->n; i++)
        if (strcmp(g->name[i].name, name) == 0)
            return &g->name[i];
    return NULL;
}

static bool number_given(void *arg, const char *name, operand *out)
{
    const sharr_name *found = given_name(arg, name);
    return found && !found->array && api_number(found->number, out);
}

static node *resolve_given(void *arg, const name_ref *ref, sharr_error *err)
{
    const given *g = arg;
    name_resolver files = api_names(g->ctx);
    const sharr_name *found = ref->rooted || ref->file ? NULL : given_name(g, ref->name);
    operand number;
    if (found && found->array)
        return node_ref(api_node(found->array));
    if (found && api_number(found->number, &number))
        return build_operand(g->ctx->graph, &number, err);
    for (int i = 0; i < g->ctx->ninputs; i++)
        if (g->ctx->input[i].name)
            return files.resolve(files.arg, ref, err);
    if (ref->rooted && !ref->probe)
        err_set(err, SHARR_EEXPR, "no dataset %s: there is no input file; give the array a name", ref->name);
    return NULL;
}

sharr_script *sharr_script_with(sharr_context *ctx, const char *text, int64_t len, const sharr_name *name, int n,
                                sharr_error *err)
{
    given g = { ctx, name, n };
    name_resolver names = { &g, resolve_given, number_given };
    return make(ctx, text, len, &names, err);
}

sharr_array *sharr_script_array(const sharr_script *s, int i)
{
    return i < 0 || i >= s->work.nresults ? NULL : api_array(node_ref(s->work.result[i].value));
}

void sharr_script_free(sharr_script *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->work.nresults; i++)
        free(s->work.result[i].data);
    free(s->work.result);
    script_fini(&s->parsed);
    free(s);
}

int sharr_script_count(const sharr_script *s)
{
    return s->work.nresults;
}

int sharr_script_result(const sharr_script *s, int i, sharr_result *out)
{
    if (i < 0 || i >= s->work.nresults)
        return SHARR_EUSAGE;
    const api_result *r = &s->work.result[i];
    *out = (sharr_result){ .name = r->name, .type = r->value->type, .ndim = r->value->ndim, .shape = r->value->shape,
                           .data = r->data };
    return 0;
}
