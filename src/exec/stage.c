/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One stage on one rank: operands and results as lines, buffers, workers; then the
 * procedure's runner.
 */
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "exec/proc.h"

static proc_run_all *const runners[PROC_COUNT] = {
    [PROC_CUMULATIVE_SUM] = proc_cumulative_all,
    [PROC_CUMULATIVE_PROD] = proc_cumulative_all,
    [PROC_SORT] = proc_sort_all,
    [PROC_ARGSORT] = proc_sort_all,
    [PROC_SEARCHSORTED] = proc_search_all,
    [PROC_COMPRESS] = proc_compress_all,
    [PROC_TAKE] = proc_take_all,
    [PROC_FUNCTION] = proc_function_all,
    [PROC_MATMUL] = proc_matmul_all,
};

/* ---- tasks ---------------------------------------------------------------------------------- */

typedef struct each {
    stagerun *st;
    stage_task *fn;
    void *arg;
    int64_t n;
    _Atomic int64_t next;
    int running;                /* workers; this and the rest under the lock */
    sharr_error err;            /* of the lowest task */
    int64_t err_task;
    pthread_mutex_t lock;
    pthread_cond_t done;
} each;

static void each_fail(each *e, int64_t task, const sharr_error *err)
{
    pthread_mutex_lock(&e->lock);
    bool echo = task >= 0 && err->status == SHARR_EINTERRUPTED;         /* of what has stopped it */
    if (!e->err.status || (task < e->err_task && !echo)) {
        e->err = *err;
        e->err_task = task;
    }
    atomic_store(&e->st->stop, 1);
    pthread_mutex_unlock(&e->lock);
}

int stage_interrupted(const stagerun *st, sharr_error *err)
{
    return run_interrupted(st->r, st->s->step, min_i64(st->s->bytes, st->ranks * atomic_load(&st->moved)), err);
}

static void check_stop(each *e)
{
    sharr_error err = { 0 };
    if (stage_interrupted(e->st, &err))
        each_fail(e, -1, &err);
    comm_alive(e->st->r->env->comm);
}

static void each_work(void *arg, int who)
{
    each *e = arg;
    while (!atomic_load(&e->st->stop)) {
        int64_t task = atomic_fetch_add(&e->next, 1);
        sharr_error err = { 0 };
        if (task >= e->n)
            break;
        if (e->fn(e->st, e->arg, task, who, &err))
            each_fail(e, task, &err);
        if (!pool_workers(e->st->pool))
            check_stop(e);
    }
    pthread_mutex_lock(&e->lock);
    e->running--;
    pthread_cond_signal(&e->done);
    pthread_mutex_unlock(&e->lock);
}

static void wait_for(each *e)
{
    struct timespec until;
    pthread_mutex_lock(&e->lock);
    while (e->running) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50 * 1000 * 1000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        pthread_cond_timedwait(&e->done, &e->lock, &until);
        pthread_mutex_unlock(&e->lock);
        check_stop(e);
        pthread_mutex_lock(&e->lock);
    }
    pthread_mutex_unlock(&e->lock);
}

int stage_each_all(stagerun *st, stage_task *fn, void *arg, int64_t n, sharr_error *err)
{
    each e = { .st = st, .fn = fn, .arg = arg, .n = n };
    int workers = (int)min_i64(n, max_i64(1, pool_workers(st->pool)));
    pthread_mutex_init(&e.lock, NULL);
    pthread_cond_init(&e.done, NULL);
    e.running = workers;
    for (int w = 0; w < workers; w++)
        if (!pool_submit(st->pool, each_work, &e)) {
            sharr_error own = { 0 };
            err_nomem(&own, "the queue of tasks", sizeof e);
            each_fail(&e, w, &own);
            pthread_mutex_lock(&e.lock);
            e.running--;
            pthread_mutex_unlock(&e.lock);
        }
    wait_for(&e);
    pthread_mutex_destroy(&e.lock);
    pthread_cond_destroy(&e.done);
    *err = e.err;
    return comm_agree_all(st->r->env->comm, err);
}

/* ---- shares --------------------------------------------------------------------------------- */

int64_t stage_count(const stagerun *st)
{
    box share = stage_share(st->s, st->rank, st->ranks);
    int64_t n = 1;
    for (int d = 0; d < 3; d++)
        n *= ceil_div(share.count[d], st->s->lines.piece[d]);
    return n;
}

box stage_piece_of(const stagerun *st, const box *share, int64_t i)
{
    const int64_t *piece = st->s->lines.piece;
    box b = { .ndim = 3 };
    for (int d = 2; d >= 0; d--) {
        int64_t n = max_i64(1, ceil_div(share->count[d], piece[d])), at = i % n * piece[d];
        i /= n;
        b.start[d] = share->start[d] + at;
        b.count[d] = min_i64(piece[d], share->count[d] - at);
    }
    return b;
}

box stage_piece(const stagerun *st, int64_t i)
{
    box share = stage_share(st->s, st->rank, st->ranks);
    return stage_piece_of(st, &share, i);
}

typedef struct share_arg { const stagerun *st; int k; } share_arg;

static box result_of(const void *arg, int rank)
{
    const share_arg *a = arg;
    return stage_result(a->st->s, a->k, rank, a->st->ranks);
}

int stage_share_all(stagerun *st, int k, sharr_error *err)
{
    const lines *l = &st->out[k];
    share_arg arg = { st, k };
    if (!l->data)
        return scratch_sync_all(st->r->env->comm, l->file, err);
    if (st->s->whole)
        return 0;
    plan_array as = st->r->p->array[st->s->out[k]];         /* as lines */
    as.src.ndim = 3;
    memcpy(as.src.shape, l->n, sizeof l->n);
    return share_boxes_all(st->r, &as, l->data, result_of, &arg, err);
}

/* ---- set-up --------------------------------------------------------------------------------- */

/* axis -1: one line. */
static int open_lines(stagerun *st, int array, int axis, lines *l, sharr_error *err)
{
    const plan_array *a = &st->r->p->array[array];
    const array_state *s = &st->r->array[array];
    const node as = { .ndim = a->src.ndim, .shape = a->src.shape };
    if (procedure_get(st->s->node->u.call.proc)->matrix)
        axis = as.ndim - 2;
    *l = (lines){ .st = st, .type = a->src.type, .size = dtype_size(a->src.type) };
    axisfold f = axisfold_make(as.ndim, as.shape, axis);
    for (int g = 0; g < 3; g++)
        l->n[g] = axisfold_extent(&f, g);
    if (a->place == PLACE_SOURCE && a->src.path != SOURCE_MEMORY)
        return 0;
    if (a->place != PLACE_SCRATCH) {
        l->data = a->place == PLACE_MEMORY ? st->r->array[a->of < 0 ? array : a->of].data : (char *)st->r->env->source[a->src.id].data;
        return 0;
    }
    return scratch_view(s->file, 3, l->n, &l->file, err);
}

static int open_arrays(stagerun *st, sharr_error *err)
{
    const stage *s = st->s;
    const node_call *c = &s->node->u.call;
    int status = chunkdesks_open(st, err);
    for (int i = 0; i < s->nin && !status; i++) {
        status = open_lines(st, s->in[i], i == 0 ? c->axis : -1, &st->in[i], err);
        if (!status && s->read[i].direct && !s->read[i].chosen)
            status = chunklines_open(st, i, &st->in[i], err);
    }
    for (int k = 0; k < s->nout && !status; k++) {
        st->out[k].n[0] = -1;
        if (s->out[k] >= 0)
            status = open_lines(st, s->out[k], procedure_get(c->proc)->line ? c->axis : -1, &st->out[k], err);
    }
    return status;
}

static int start(stagerun *st, sharr_error *err)
{
    const stage *s = st->s;
    const exec_env *env = st->r->env;
    st->stride = (size_t)round_up(s->buffer + 1, 4096);
    st->buffer = budget_alloc(env->budget, st->stride * (size_t)s->workers, "buffers of a procedure", err);
    if (!st->buffer)
        return err->status;
    if (s->shared) {
        st->shared = budget_alloc(env->budget, (size_t)s->shared + 1, "what a procedure's workers share", err);
        if (!st->shared)
            return err->status;
    }
    st->pool = pool_take(env->threads, env->here ? 0 : s->workers, err);
    return st->pool ? open_arrays(st, err) : err->status;
}

void stage_free_buffers(stagerun *st)
{
    pool_put(st->r->env->threads, st->pool);
    st->pool = NULL;
    if (st->buffer)
        budget_release(st->r->env->budget, st->buffer, st->stride * (size_t)st->s->workers);
    if (st->shared)
        budget_release(st->r->env->budget, st->shared, (size_t)st->s->shared + 1);
    st->buffer = st->shared = NULL;
    for (int i = 0; i < st->s->nin; i++)
        chunklines_close(st, &st->in[i]);
    chunkdesks_close(st);
}

int stage_run_all(run *r, const stage *s, sharr_error *err)
{
    stagerun st = { .r = r, .s = s, .rank = comm_rank(r->env->comm), .ranks = comm_size(r->env->comm) };
    sharr_error local = { 0 };
    pthread_mutex_init(&st.lock, NULL);
    start(&st, &local);
    *err = local;
    int status = comm_agree_all(r->env->comm, err);
    if (!status)
        status = runners[s->node->u.call.proc](&st, err);
    stage_free_buffers(&st);
    for (int k = 0; k < s->nout && !status; k++)
        if (s->out[k] >= 0)
            status = stage_share_all(&st, k, err);
    for (int i = 0; i < s->nin; i++)
        scratch_free(st.in[i].file);
    for (int k = 0; k < s->nout; k++)
        scratch_free(st.out[k].file);
    pthread_mutex_destroy(&st.lock);
    count_add(&r->env->count->sweeps, 1);
    return status;
}
