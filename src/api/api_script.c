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
        s->result[i] = (api_result){ s->parsed.item[i].name, s->parsed.item[i].value, NULL };
    s->nresults = s->parsed.count;
}

sharr_script *sharr_script_new(sharr_context *ctx, const char *text, int64_t len, sharr_error *err)
{
    sharr_error own = { 0 };
    err = err ? err : &own;
    sharr_script *s = calloc(1, sizeof *s);
    name_resolver names = api_names(ctx);
    if (!s) {
        err_nomem(err, "a script", sizeof *s);
        return NULL;
    }
    s->ctx = ctx;
    if (script_parse(ctx->graph, text, len < 0 ? strlen(text) : (size_t)len, &names, &s->parsed, err)) {
        free(s);
        return NULL;
    }
    s->result = calloc((size_t)s->parsed.count + 1, sizeof *s->result);
    if (!s->result) {
        err_nomem(err, "a script", sizeof *s->result);
        sharr_script_free(s);
        return NULL;
    }
    collect(s);
    return s;
}

void sharr_script_free(sharr_script *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->nresults; i++)
        free(s->result[i].data);
    free(s->result);
    script_fini(&s->parsed);
    free(s);
}

int sharr_script_count(const sharr_script *s)
{
    return s->nresults;
}

int sharr_script_result(const sharr_script *s, int i, sharr_result *out)
{
    if (i < 0 || i >= s->nresults)
        return SHARR_EUSAGE;
    const api_result *r = &s->result[i];
    *out = (sharr_result){ .name = r->name, .type = r->value->type, .ndim = r->value->ndim, .shape = r->value->shape,
                           .data = r->data };
    return 0;
}
