/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Explain and run a script.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_output.h"

static const sharr_output nothing;

char *api_explain(const api_work *w, const sharr_output *out, int json, sharr_error *err)
{
    sharr_error own = { 0 };
    strbuf text = { 0 };
    api_job j;
    err = err ? err : &own;
    err->status = api_job_init(&j, w, out ? out : &nothing, err);
    if (!err->status)
        api_cancelled(w->ctx, err);
    int status = comm_agree_all(j.comm, err);
    if (!status)
        plan_explain(j.plan, json, &text);
    api_job_fini(&j);
    char *out_text = status ? NULL : strbuf_take(&text);
    if (!status && !out_text)
        err_set(err, SHARR_ERESOURCE, "out of memory: the explanation cannot be written");
    return out_text;
}

/* ---- running -------------------------------------------------------------------------------------- */

static double seconds_since(const struct timespec *t)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - t->tv_sec) + 1e-9 * (double)(now.tv_nsec - t->tv_nsec);
}

/* At most ten reports a second. */
static int report(void *arg, const exec_progress *g)
{
    sharr_context *ctx = arg;
    if (!ctx->progress || seconds_since(&ctx->last_report) < 0.1)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &ctx->last_report);
    sharr_progress p = { .sweep = g->sweep + 1, .sweeps = g->sweeps, .done = g->done, .total = g->total,
                         .seconds = seconds_since(&ctx->started), .memory = budget_used(ctx->memory) };
    return ctx->progress(ctx->progress_arg, &p);
}

/* Local checks before anything is created. */
static int check_target(const api_job *j, sharr_error *err)
{
    if (!j->out->path)
        return 0;
    if (j->nsets == 0)
        return err_set(err, SHARR_EUSAGE, "nothing to write to %s: assign a name, as in 'x = ...' (names that begin with _ "
                       "are not written)", j->out->path);
    if (api_is_input(j->w->ctx, j->out->path))
        return err_set(err, j->out->overwrite || j->out->append ? SHARR_EUSAGE : SHARR_EEXIST,
                       "the output %s is an input: sharr never changes a file that it reads; choose another name", j->out->path);
    return 0;
}

/* The plan says nothing of names, and only rank 0 makes the file. */
static int agree_on_output(const api_job *j, sharr_error *err)
{
    strbuf text = { 0 };
    sharr_error local = { 0 };
    if (comm_size(j->comm) == 1)
        return 0;
    const char settings[] = { (char)j->out->overwrite, (char)j->out->append, (char)j->out->latest };
    strbuf_addn(&text, settings, sizeof settings);
    strbuf_addn(&text, j->out->path, strlen(j->out->path) + 1);
    strbuf_add(&text, j->out->compress ? j->out->compress : "");
    for (int i = 0; i < j->nsets; i++)
        strbuf_addn(&text, j->path[i], strlen(j->path[i]) + 1);
    if (text.failed)
        err_nomem(&local, "names", text.len);
    *err = local;
    int status = comm_require_same_all(j->comm, strbuf_text(&text), text.len, "the ranks do not write the same: the file, the "
                                       "names of the datasets and the settings must be the same on every rank", err);
    strbuf_fini(&text);
    return status;
}

static int open_output(api_job *j, h5out **out, sharr_error *err)
{
    sharr_context *ctx = j->w->ctx;
    h5outopts o = { .overwrite = j->out->overwrite, .append = j->out->append, .mode = (int)ctx->cfg.io,
                    .latest = j->out->latest, .history = j->out->history, .log = &ctx->log, .count = &ctx->count };
    return h5out_create_all(ctx->comm, j->out->path, j->set, j->nsets, &o, out, err);
}

void api_scratch_dir(const api_job *j, char *dir, size_t cap)
{
    const config *cfg = &j->w->ctx->cfg;
    const char *tmp = getenv("TMPDIR"), *slash = j->out->path ? strrchr(j->out->path, '/') : NULL;
    if (cfg->tmpdir[0])
        snprintf(dir, cap, "%s", cfg->tmpdir);
    else if (j->out->path && !slash)
        snprintf(dir, cap, ".");
    else if (slash)
        snprintf(dir, cap, "%.*s", slash == j->out->path ? 1 : (int)(slash - j->out->path), j->out->path);
    else
        snprintf(dir, cap, "%s", tmp && tmp[0] ? tmp : "/tmp");
}

/* Move results kept in memory into the script, scratch files to who wants them. */
static int keep(api_job *j, budget *b, void **result, scratch **file, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < j->nreq; i++) {
        api_result *r = &j->w->result[j->from[i]];
        if (r->file)
            *r->file = file[i];
        if (!result[i])
            continue;
        int64_t n = 1;
        shape_size(r->value->ndim, r->value->shape, &n);
        size_t bytes = (size_t)n * dtype_size(r->value->type);
        free(r->data);
        r->data = malloc(bytes + 1);
        if (r->data)
            memcpy(r->data, result[i], bytes);
        else
            status = err_nomem(err, "a result", bytes);
        exec_release(j->plan, b, i, result[i]);
        result[i] = NULL;
    }
    return status;
}

static int run_all(api_job *j, kernel_session *ks, budget *b, h5out *out, sharr_error *err)
{
    sharr_context *ctx = j->w->ctx;
    char dir[PATH_MAX];
    void **result = calloc((size_t)j->nreq + 1, sizeof *result);
    scratch **file = calloc((size_t)j->nreq + 1, sizeof *file);
    sharr_error local = { 0 };
    api_scratch_dir(j, dir, sizeof dir);
    exec_env env = { .comm = j->comm, .here = j->small, .threads = &ctx->threads, .budget = b, .count = &ctx->count,
                     .log = &ctx->log, .kernels = ks, .tmpdir = dir, .source = ctx->source, .into = j->w->into,
                     .kept = file, .cancel = &ctx->cancel, .progress = report, .progress_arg = ctx, .out = out,
                     .set = j->set_of, .sets = j->set };
    if (!result || !file)
        err_nomem(&local, "an evaluation", sizeof *result);
    *err = local;
    int status = comm_agree_all(j->comm, err);
    if (!status)
        status = exec_run_all(j->plan, &env, result, err);
    if (!status) {
        if (!keep(j, b, result, file, &local))
            api_inputs_unchanged(ctx, j->plan, &local);
        *err = local;
        status = comm_agree_all(j->comm, err);
    }
    free(result);
    free(file);
    return status;
}

static int execute(api_job *j, kernel_session *ks, budget *b, sharr_error *err)
{
    h5out *out = NULL;
    int status = j->out->path ? agree_on_output(j, err) : 0;
    if (!status && j->out->path)
        status = open_output(j, &out, err);
    if (!status)
        status = run_all(j, ks, b, out, err);
    if (out && !status)
        status = h5out_finish_all(out, err);
    else if (out)
        h5out_abandon(out);
    return status;
}

/* Evaluations share one, so that pages are there already. */
static budget *budget_for(const api_job *j, sharr_error *err)
{
    sharr_context *ctx = j->w->ctx;
    const int64_t limit = j->plan->options.memory;
    if (!ctx->memory)
        ctx->memory = budget_new(limit);
    else
        budget_renew(ctx->memory, limit);
    if (!ctx->memory)
        err_nomem(err, "an evaluation", 64);
    return ctx->memory;
}

int api_run(const api_work *w, const sharr_output *out, sharr_error *err)
{
    sharr_context *ctx = w->ctx;
    sharr_error own = { 0 }, local = { 0 };
    kernel_session *ks = NULL;
    budget *b = NULL;
    api_job j;
    err = err ? err : &own;
    clock_gettime(CLOCK_MONOTONIC, &ctx->started);
    int status = api_job_init(&j, w, out ? out : &nothing, &local);
    if (!status)
        status = check_target(&j, &local);
    if (!status) {
        kernel_config kc = { .jit = (int)ctx->cfg.jit, .isa_level = (int)ctx->cfg.isa_level,
                             .threshold = ctx->cfg.jit_threshold, .dump_dir = ctx->cfg.dump_ir, .counters = &ctx->count,
                             .log = &ctx->log };
        status = kernel_session_new(&kc, &ks, &local);
    }
    if (!status)
        b = budget_for(&j, &local);
    atomic_store(&ctx->evaluating, 1);
    if (!local.status)
        api_cancelled(ctx, &local);
    *err = local;
    status = comm_agree_all(j.comm, err);
    if (!status)
        status = execute(&j, ks, b, err);
    if (j.small)
        err->rank = -1;                 /* alone it had no number */
    if (j.scratch)
        status = comm_agree_all(ctx->comm, err);
    atomic_store(&ctx->evaluating, 0);
    if (b && budget_peak(b) > atomic_load(&ctx->count.memory_peak))
        atomic_store(&ctx->count.memory_peak, budget_peak(b));
    kernel_session_free(ks);
    if (b)
        budget_rest(b);
    api_job_fini(&j);
    return status;
}

/* ---- scripts -------------------------------------------------------------------------------------- */

char *sharr_script_explain(sharr_script *s, const sharr_output *out, int json, sharr_error *err)
{
    return api_explain(&s->work, out, json, err);
}

int sharr_script_run(sharr_script *s, const sharr_output *out, sharr_error *err)
{
    return api_run(&s->work, out, err);
}
