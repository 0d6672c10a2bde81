/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays in memory of which each node keeps its part.  They have their whole range of addresses everywhere: before a step,
 * the pages that it reads come from the nodes that keep them, to where they belong, so that who reads sees a whole array;
 * after it they are given back.  Which pages go where follows from the plan (plan/spread.h): nobody asks anybody.
 *
 * Ranks send to each other in pairs, in the rounds of a tournament: in each round everybody has one partner at most, and of
 * two the lower one sends first; so nobody waits for a partner who waits for somebody else.  Who is interrupted keeps to
 * that, but tells its partners that no bytes are to come.
 */
#include <string.h>

#include "base/checked.h"
#include "exec/exec_int.h"
#include "plan/spread.h"

typedef struct bringing {
    run *r;
    const plan *p;
    const plan_step *t;
    comm *c;
    int me, ranks, here;        /* here: this node */
    int64_t piece, set;         /* bytes of a message at most, and of a set of pages */
    char *out, *in;
    void *theirs;               /* the set of pages that another node wants; that of this one is in plan.pages */
    int64_t moved;              /* that the step has read so far: progress */
    bool stop;                  /* interrupted: this rank sends nothing any more */
} bringing;

static nodemem *memory_of(const bringing *b, int array)
{
    const plan_array *a = &b->p->array[array];
    return a->origin ? b->r->env->source[a->src.id].part : b->r->env->into;
}

/* ---- what goes from a rank to a node ------------------------------------------------------------ */

typedef struct flow {
    const bringing *b;
    int array, from, to;
    const pageset *wanted;      /* by that node; NULL: what `from` has written goes there */
} flow;

typedef struct clip { int64_t from, to; run_visit *visit; void *arg; } clip;

static int clipped(void *arg, int64_t at, int64_t bytes)
{
    const clip *c = arg;
    int64_t from = max_i64(at, c->from), to = min_i64(at + bytes, c->to);
    return from < to ? c->visit(c->arg, from, to - from) : 0;
}

/* Bytes that the ranks of that node keep. */
static int visit_written(const flow *f, run_visit *visit, void *arg)
{
    const bringing *b = f->b;
    const source *s = &b->p->array[f->array].src;
    box part;
    int stop = 0;
    if (!spread_written(b->p, b->t->sweep, f->from, &part))
        return 0;
    for (int q = 0; q < b->ranks && !stop; q++) {
        clip c = { .visit = visit, .arg = arg };
        if (comm_node(b->c, q) != f->to)
            continue;
        spread_kept(s->bound, b->ranks, q, &c.from, &c.to);
        stop = box_runs(&(boxbytes){ &part, NULL, b->t->sweep->shape, (int64_t)dtype_size(s->type) }, 0, clipped, &c);
    }
    return stop;
}

static int visit_wanted(const flow *f, run_visit *visit, void *arg)
{
    int64_t page, end, count;
    int stop = 0;
    spread_owned(f->b->p->array[f->array].src.bound, f->from, &page, &end);
    for (; !stop && pageset_next(f->wanted, end, &page, &count); page += count)
        stop = visit(arg, page * PAGE_BYTES, count * PAGE_BYTES);
    return stop;
}

static int visit_flow(const flow *f, run_visit *visit, void *arg)
{
    return f->wanted ? visit_wanted(f, visit, arg) : visit_written(f, visit, arg);
}

static int count_run(void *arg, int64_t at, int64_t bytes)
{
    *(int64_t *)arg += bytes;
    return at < 0;
}

/* ---- sending it -------------------------------------------------------------------------------- */

/* Runs, packed into messages of one size. */
typedef struct post {
    bringing *b;
    char *data;                 /* of the array */
    int partner;
    bool sends;
    char *buffer;
    int64_t used, held, left;   /* of the buffer: that is done, that is there; bytes to come */
    int messages;
    sharr_error *err;
} post;

/* Bytes; before some of them each side says whether it goes on: WANTED from the one who takes, COME from the one who sends. */
enum { BYTES, WANTED, COME };
/* How often that is asked, and the caller whether to stop: messages of a flow. */
enum { LOOK_EVERY = 16 };

static void look(bringing *b)
{
    const plan_step *t = b->t;
    sharr_error err = { 0 };
    if (!b->stop)
        b->stop = run_interrupted(b->r, t->sweep ? t->sweep->step : t->stage->step, b->moved, &err) != 0;
    comm_alive(b->c);
}

/* Do both want to go on?  SHARR_EINTERRUPTED, err as it was, if not. */
static int agree_to_go_on(const post *t)
{
    const bringing *b = t->b;
    int64_t mine = !b->stop, theirs = 0;
    int status = 0;
    if (t->sends) {
        status = comm_recv(b->c, &theirs, sizeof theirs, t->partner, WANTED, t->err);
        mine = mine && theirs;
    }
    if (!status)
        status = comm_send(b->c, &mine, sizeof mine, t->partner, t->sends ? COME : WANTED, t->err);
    if (!status && !t->sends)
        status = comm_recv(b->c, &theirs, sizeof theirs, t->partner, COME, t->err);
    return status || (mine && theirs) ? status : SHARR_EINTERRUPTED;
}

static int next_message(post *t)
{
    bringing *b = t->b;
    int status = 0;
    t->used = 0;
    t->held = min_i64(b->piece, t->left);
    t->left -= t->held;
    if (t->messages++ % LOOK_EVERY == 0) {
        look(b);
        status = agree_to_go_on(t);
    }
    if (status || t->sends)
        return status;
    count_add(&b->r->env->count->bytes_brought, t->held);
    return comm_recv(b->c, t->buffer, t->held, t->partner, BYTES, t->err);
}

static int post_run(void *arg, int64_t at, int64_t bytes)
{
    post *t = arg;
    int status = 0;
    while (bytes && !status) {
        if (t->used == t->held && (status = next_message(t)))
            break;
        int64_t n = min_i64(bytes, t->held - t->used);
        if (t->sends)
            memcpy(t->buffer + t->used, t->data + at, (size_t)n);
        else
            memcpy(t->data + at, t->buffer + t->used, (size_t)n);
        t->used += n;
        at += n;
        bytes -= n;
        if (t->sends && t->used == t->held)
            status = comm_send(t->b->c, t->buffer, t->held, t->partner, BYTES, t->err);
    }
    return status;
}

/* The next flow follows also when somebody has interrupted. */
static int post_flow(bringing *b, const flow *f, int partner, bool sends, sharr_error *err)
{
    post t = { .b = b, .data = nodemem_data(memory_of(b, f->array)), .partner = partner, .sends = sends,
               .buffer = sends ? b->out : b->in, .err = err };
    visit_flow(f, count_run, &t.left);
    int status = visit_flow(f, post_run, &t);
    if (status != SHARR_EINTERRUPTED)
        return status;
    b->stop = true;
    return 0;
}

/* The rank of a node that takes what `from` has for it: each does its share. */
static int taker(const bringing *b, int on, int from)
{
    int n = 0, at = 0;
    for (int r = 0; r < b->ranks; r++)
        n += comm_node(b->c, r) == on;
    for (int r = 0, k = from % n; r < b->ranks; r++)
        if (comm_node(b->c, r) == on && k-- == 0)
            at = r;
    return at;
}

static int exchange_with(bringing *b, int array, int partner, bool written, sharr_error *err)
{
    const int there = comm_node(b->c, partner);
    pageset ours = { 0 }, others = { 0 };
    int status = 0;
    if (!written) {
        ours = spread_needed(b->p, b->t, array, b->here, b->p->pages);
        others = spread_needed(b->p, b->t, array, there, b->theirs);
    }
    const flow out = { b, array, b->me, there, written ? NULL : &others }, in = { b, array, partner, b->here, written ? NULL : &ours };
    for (int turn = 0; turn < 2 && !status; turn++) {
        bool sends = (turn == 0) == (b->me < partner);
        if (taker(b, sends ? there : b->here, sends ? b->me : partner) == (sends ? partner : b->me))
            status = post_flow(b, sends ? &out : &in, partner, sends, err);
    }
    return status;
}

static int exchange(bringing *b, int array, bool written, sharr_error *err)
{
    int status = 0;
    for (int round = 0; round < b->ranks && !status; round++) {
        int partner = (round - b->me + b->ranks) % b->ranks;
        if (comm_node(b->c, partner) != b->here)
            status = exchange_with(b, array, partner, written, err);
    }
    return status;
}

/* ---- pages ------------------------------------------------------------------------------------- */

/* What this rank sees to among the pages of a node. */
static void my_pages(const bringing *b, const pageset *s, int64_t *first, int64_t *end)
{
    const int n = comm_local_size(b->c), k = comm_local_rank(b->c);
    *first = s->n * k / n;
    *end = s->n * (k + 1) / n;
}

static int take_pages(const bringing *b, int array, sharr_error *err)
{
    const bool written = array == spread_result(b->p, b->t);
    const pageset s = written ? spread_strayed(b->p, b->t->sweep, array, b->here, b->p->pages)
                              : spread_needed(b->p, b->t, array, b->here, b->p->pages);
    int64_t page, end, count;
    int status = 0;
    my_pages(b, &s, &page, &end);
    for (; !status && pageset_next(&s, end, &page, &count); page += count)
        status = nodemem_take(memory_of(b, array), page, count, err);
    return status;
}

/* All that the node does not keep: a few calls, however scattered was what has come. */
static void give_pages(const bringing *b, int array)
{
    const pageset s = spread_foreign(b->p, array, b->here, b->p->pages);
    int64_t page, end, count;
    my_pages(b, &s, &page, &end);
    for (; pageset_next(&s, end, &page, &count); page += count)
        nodemem_give(memory_of(b, array), page, count);
}

static bool comes_and_goes(const bringing *b, int array)
{
    return spread_read(b->p, b->t, array) || array == spread_result(b->p, b->t);
}

static int take_all(const bringing *b, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < b->p->narrays && !status; i++)
        status = comes_and_goes(b, i) ? take_pages(b, i, err) : 0;
    return status;
}

static void give_all(const bringing *b)
{
    for (int i = 0; i < b->p->narrays; i++)
        if (comes_and_goes(b, i))
            give_pages(b, i);
}

/* ---- steps ------------------------------------------------------------------------------------- */

static bringing make(run *r, const plan_step *t)
{
    comm *c = r->env->comm;
    return (bringing){ .r = r, .p = r->p, .t = t, .c = c, .me = comm_rank(c), .ranks = comm_size(c),
                       .here = comm_node(c, comm_rank(c)), .piece = r->p->brings.piece, .set = r->p->brings.set };
}

static int open_buffers(bringing *b, sharr_error *err)
{
    budget *from = b->r->env->budget;
    b->out = budget_alloc(from, (size_t)b->piece, "what goes to other nodes", err);
    b->in = b->out ? budget_alloc(from, (size_t)b->piece, "what comes from other nodes", err) : NULL;
    b->theirs = b->in ? budget_alloc(from, (size_t)b->set, "pages of other nodes", err) : NULL;
    return b->theirs ? 0 : err->status;
}

static void close_buffers(bringing *b)
{
    budget *to = b->r->env->budget;
    budget_release(to, b->theirs, (size_t)b->set);
    budget_release(to, b->in, (size_t)b->piece);
    budget_release(to, b->out, (size_t)b->piece);
}

static int finish_all(bringing *b, sharr_error *err)
{
    close_buffers(b);
    if (b->stop && !err->status)
        err_set(err, SHARR_EINTERRUPTED, "interrupted");
    return comm_agree_all(b->c, err);
}

static int64_t brought_in(const plan_step *t)
{
    return t->sweep ? t->sweep->brought : t->stage->brought;
}

int bring_all(run *r, const plan_step *t, sharr_error *err)
{
    bringing b = make(r, t);
    sharr_error local = { 0 };
    budget *from = r->env->budget;
    const int64_t bytes = brought_in(t);
    if (!bytes)
        return 0;
    bool charged = budget_charge(from, bytes, "what comes from other nodes", &local) == 0;
    if (charged && !open_buffers(&b, &local))
        take_all(&b, &local);
    *err = local;
    int status = comm_agree_all(b.c, err);
    for (int i = 0; i < b.p->narrays && !status; i++)
        if (spread_read(b.p, t, i))
            status = exchange(&b, i, false, err);
    status = finish_all(&b, err);               /* all is there before anybody reads */
    if (status) {
        give_all(&b);
        budget_credit(from, charged ? bytes : 0);
    }
    return status;
}

int bring_back_all(run *r, const plan_step *t, int status, sharr_error *err)
{
    bringing b = make(r, t);
    sharr_error own = { 0 };
    if (!brought_in(t))
        return status;
    int lost = comm_barrier_all(b.c, status ? &own : err);      /* nobody reads any more */
    give_all(&b);
    budget_credit(r->env->budget, brought_in(t));
    return status ? status : lost;
}

int bring_written_all(run *r, const sweep *s, sharr_error *err)
{
    const plan_step t = { .sweep = (sweep *)s };
    bringing b = make(r, &t);
    sharr_error local = { 0 };
    b.moved = s->bytes_in;
    open_buffers(&b, &local);
    *err = local;
    int status = comm_agree_all(b.c, err);
    if (!status)
        exchange(&b, spread_result(b.p, &t), true, err);
    return finish_all(&b, err);
}
