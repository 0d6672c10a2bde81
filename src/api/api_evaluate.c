/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Evaluate array handles: the same run as a script's, into the caller's memory or a file.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"

/* `room`: where values go that have no place of their own, or NULL. */
static int collect(const sharr_want *want, int n, bool to_file, void *room, api_work *w, sharr_error *err)
{
    w->result = calloc((size_t)n + 1, sizeof *w->result);
    if (!w->result)
        return err_nomem(err, "an evaluation", (size_t)n * sizeof *w->result);
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

int sharr_evaluate(sharr_context *ctx, const sharr_want *want, int n, const sharr_output *out, sharr_error *err)
{
    sharr_error own = { 0 }, local = { 0 };
    api_work w = { .ctx = ctx, .arrays = true };
    err = err ? err : &own;
    collect(want, n, out && out->path, NULL, &w, &local);
    *err = local;
    int status = comm_agree_all(ctx->comm, err);
    if (!status)
        status = api_run(&w, out, err);
    free(w.result);
    return status;
}

char *sharr_explain(sharr_context *ctx, const sharr_want *want, int n, const sharr_output *out, int json, sharr_error *err)
{
    sharr_error own = { 0 }, local = { 0 };
    api_work w = { .ctx = ctx, .arrays = true };
    char room, *text = NULL;
    err = err ? err : &own;
    collect(want, n, out && out->path, &room, &w, &local);
    *err = local;
    if (comm_agree_all(ctx->comm, err) == 0)
        text = api_explain(&w, out, json, err);
    free(w.result);
    return text;
}
