/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Evaluate array handles: the same run as a script's, into the caller's memory or a file.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"

enum { FEW = 8 };

/* `room`: where values go that have no place of their own, or NULL.  What can fail on one rank alone is agreed. */
static int collect_all(const sharr_want *want, int n, bool to_file, void *room, api_work *w, sharr_error *err)
{
    if (n > FEW) {
        sharr_error local = { 0 };
        w->result = calloc((size_t)n, sizeof *w->result);
        if (!w->result)
            err_nomem(&local, "an evaluation", (size_t)n * sizeof *w->result);
        *err = local;
        if (comm_agree_all(w->ctx->comm, err))
            return err->status;
    }
    w->nresults = n;
    for (int i = 0; i < n; i++) {
        void *into = want[i].data ? want[i].data : room;
        w->result[i] = (api_result){ .name = to_file ? want[i].name : NULL, .value = api_node(want[i].array), .into = into };
        if (to_file && (!want[i].name || !want[i].name[0]))
            return err_set(err, SHARR_EUSAGE, "an array that is written needs a name");
        if (!to_file && !into)
            return err_set(err, SHARR_EUSAGE, "an array that is kept in memory needs room");
    }
    return 0;
}

static void let_go(api_work *w, const api_result *few)
{
    if (w->result != few)
        free(w->result);
}

int sharr_evaluate(sharr_context *ctx, const sharr_want *want, int n, const sharr_output *out, sharr_error *err)
{
    sharr_error own = { 0 };
    api_result few[FEW];
    api_work w = { .ctx = ctx, .arrays = true, .result = few };
    err = err ? err : &own;
    int status = collect_all(want, n, out && out->path, NULL, &w, err);
    if (!status)
        status = api_run(&w, out, err);
    let_go(&w, few);
    return status;
}

char *sharr_explain(sharr_context *ctx, const sharr_want *want, int n, const sharr_output *out, int json, sharr_error *err)
{
    sharr_error own = { 0 };
    api_result few[FEW];
    api_work w = { .ctx = ctx, .arrays = true, .result = few };
    char room, *text = NULL;
    err = err ? err : &own;
    if (collect_all(want, n, out && out->path, &room, &w, err) == 0)
        text = api_explain(&w, out, json, err);
    let_go(&w, few);
    return text;
}
