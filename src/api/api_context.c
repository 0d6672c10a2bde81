/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Contexts: settings, ranks, reports.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"

sharr_context *sharr_context_new(sharr_error *err)
{
    sharr_context *ctx = calloc(1, sizeof *ctx);
    if (!ctx) {
        err_nomem(err, "a context", sizeof *ctx);
        return NULL;
    }
    config_default(&ctx->cfg);
    if (config_from_env(&ctx->cfg, err)) {
        free(ctx);
        return NULL;
    }
    ctx->comm = comm_self();
    ctx->alone = comm_self();
    ctx->graph = graph_new();
    ctx->group = strdup("/");
    if (!ctx->comm || !ctx->alone || !ctx->graph || !ctx->group) {
        err_nomem(err, "a context", sizeof *ctx);
        sharr_context_free(ctx);
        return NULL;
    }
    comm_set_counters(ctx->comm, &ctx->count);
    graph_watch_sources(ctx->graph, api_leaf_gone, ctx);
    ctx->free_leaves = -1;
    return ctx;
}

void sharr_context_free(sharr_context *ctx)
{
    if (!ctx)
        return;
    if (ctx->graph)
        graph_free(ctx->graph);
    for (int i = 0; i < ctx->nleaves; i++)
        api_leaf_close(ctx, i);
    for (int i = 0; i < ctx->ninputs; i++)
        if (ctx->input[i].file)
            api_input_release(ctx, i);
    free(ctx->leaf);
    free(ctx->source);
    free(ctx->input);
    free(ctx->group);
    poolshelf_clear(&ctx->threads);
    budget_free(ctx->memory);
    comm_free(ctx->alone);
    comm_free(ctx->comm);
    free(ctx);
}

int sharr_context_set(sharr_context *ctx, const char *key, const char *value, sharr_error *err)
{
    return config_set(&ctx->cfg, key, value, err);
}

int sharr_context_get(sharr_context *ctx, const char *key, char *value, size_t cap, sharr_error *err)
{
    return config_get(&ctx->cfg, key, value, cap, err);
}

int sharr_config_bytes(const char *key, const char *text, int64_t *bytes, sharr_error *err)
{
    return config_bytes(key, text, bytes, err);
}

const char *sharr_config_key(int i, const char **values, const char **dflt, const char **help)
{
    static const char *const kinds[] = { "BYTES", "N", NULL, "PATH" };
    for (int k = 0; k <= i; k++)
        if (!config_keys[k].name)
            return NULL;
    const config_key *k = &config_keys[i];
    if (values)
        *values = k->choices ? k->choices : kinds[k->type];
    if (dflt)
        *dflt = k->dflt;
    if (help)
        *help = k->help;
    return k->name;
}

/* ---- ranks ------------------------------------------------------------------------------------- */

/* What each rank may take when nothing is said: the same everywhere, for plans must agree, so what the rank with least has.
 * Collective. */
static int find_defaults(sharr_context *ctx, sharr_error *err)
{
    const int local = comm_local_size(ctx->comm) > 0 ? comm_local_size(ctx->comm) : 1;
    int64_t least[2] = { -(machine_memory() / 2 / local), -(machine_cores() / local) };
    int status = comm_max_all(ctx->comm, least, 2, err);
    ctx->default_memory = least[0] ? -least[0] : 1;
    ctx->default_workers = least[1] ? (int)-least[1] : 1;
    return status;
}

/* Of arrays that are divided between nodes the other ranks have what this one has not. */
static int check_parts(const sharr_context *ctx, sharr_error *err)
{
    for (int i = 0; i < ctx->nleaves; i++)
        if (ctx->leaf[i].buffer && ctx->leaf[i].buffer->src.bound)
            return err_set(err, SHARR_EUSAGE, "arrays are held together with the ranks of the communicator in use: let go of them before "
                           "another one is used");
    return 0;
}

static int adopt(sharr_context *ctx, comm *c, sharr_error *err)
{
    sharr_error local = { 0 };
    if (!c)
        return err ? err->status : SHARR_EINTERNAL;
    if (comm_size(c) > 1)               /* who is alone may leave: what needs the others is refused by planning */
        check_parts(ctx, &local);
    *err = local;
    if (comm_agree_all(c, err)) {
        comm_free(c);
        return err->status;
    }
    comm_free(ctx->comm);
    ctx->comm = c;
    ctx->sharing = SHARING_UNKNOWN;
    ctx->default_memory = 0;
    comm_set_counters(c, &ctx->count);
    ctx->log.rank = comm_rank(c);
    int status = comm_size(c) > 1 ? find_defaults(ctx, err) : 0;
    return status ? status : comm_watchdog_start(c, (int)ctx->cfg.stall_timeout, SHARR_EIO, err);
}

int sharr_context_launch(sharr_context *ctx, sharr_error *err)
{
    sharr_error own = { 0 };
    err = err ? err : &own;
    h5in_prepare();
    return adopt(ctx, comm_world(err), err);
}

int sharr_context_use_comm(sharr_context *ctx, const void *mpi_comm, sharr_error *err)
{
    sharr_error own = { 0 };
    err = err ? err : &own;
    if (!mpi_comm) {
        comm *alone = comm_self();
        return alone ? adopt(ctx, alone, err) : err_nomem(err, "a communicator", sizeof alone);
    }
#ifdef HAVE_MPI
    return adopt(ctx, comm_dup(mpi_comm, err), err);
#else
    return err_set(err, SHARR_EUSAGE, "this library was built without MPI: a communicator cannot be used");
#endif
}

int sharr_context_use_fortran_comm(sharr_context *ctx, int mpi_comm, sharr_error *err)
{
    sharr_error own = { 0 };
    err = err ? err : &own;
#ifdef HAVE_MPI
    return adopt(ctx, comm_dup_fortran(mpi_comm, err), err);
#else
    (void)ctx;
    return err_set(err, SHARR_EUSAGE, "this library was built without MPI: communicator %d cannot be used", mpi_comm);
#endif
}

int sharr_context_rank(const sharr_context *ctx)
{
    return comm_rank(ctx->comm);
}

int sharr_context_size(const sharr_context *ctx)
{
    return comm_size(ctx->comm);
}

int sharr_context_agree(sharr_context *ctx, sharr_error *err)
{
    return comm_agree_all(ctx->comm, err);
}

int sharr_context_broadcast(sharr_context *ctx, void *data, int64_t bytes, sharr_error *err)
{
    return comm_bcast_all(ctx->comm, data, bytes, 0, err);
}

void sharr_context_abort(sharr_context *ctx, int code)
{
    comm_abort(ctx->comm, code);
}

void sharr_exit(int code)
{
    comm_exit(code);
}

/* ---- reports ------------------------------------------------------------------------------------ */

void sharr_context_log(sharr_context *ctx, int level, void (*sink)(void *arg, int level, const char *line), void *arg)
{
    ctx->log = (logger){ .sink = sink, .arg = arg, .level = level, .rank = comm_rank(ctx->comm) };
}

void sharr_context_progress(sharr_context *ctx, int (*fn)(void *arg, const sharr_progress *p), void *arg)
{
    ctx->progress = fn;
    ctx->progress_arg = arg;
}

/* An evaluation announces itself before it looks whether it was cancelled: one of the two sees the other. */
int sharr_context_cancel(sharr_context *ctx)
{
    atomic_store(&ctx->cancel, 1);
    return atomic_load(&ctx->evaluating);
}

int api_cancelled(const sharr_context *ctx, sharr_error *err)
{
    return atomic_load(&ctx->cancel) ? err_set(err, SHARR_EINTERRUPTED, "interrupted") : 0;
}

const char *sharr_context_counter(sharr_context *ctx, int i, int64_t *value, const char **doc)
{
    static const char *const names[] = {
#define X(name, text) #name,
        COUNTERS(X)
#undef X
    };
    static const char *const docs[] = {
#define X(name, text) text,
        COUNTERS(X)
#undef X
    };
    if (i < 0 || (size_t)i >= sizeof names / sizeof *names)
        return NULL;
    _Atomic int64_t *const where[] = {
#define X(name, text) &ctx->count.name,
        COUNTERS(X)
#undef X
    };
    if (value)
        *value = atomic_load(where[i]);
    if (doc)
        *doc = docs[i];
    return names[i];
}

/* ---- sizes --------------------------------------------------------------------------------------- */

int64_t sharr_context_memory(sharr_context *ctx)
{
    return api_memory(ctx);
}

int64_t api_memory(sharr_context *ctx)
{
    if (!ctx->default_memory)
        find_defaults(ctx, NULL);       /* one rank: the others know them */
    return ctx->cfg.memory > 0 ? ctx->cfg.memory : ctx->default_memory;
}

int api_workers(sharr_context *ctx)
{
    if (!ctx->default_memory)
        find_defaults(ctx, NULL);
    return ctx->cfg.threads > 0 ? (int)ctx->cfg.threads : ctx->default_workers;
}
