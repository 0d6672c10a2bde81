/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Keep or compute again.  From the users down: a value that is evaluated at several levels is kept when what its later
 * evaluations would cost is more than 1.5 times what it costs to write it once and to read it at each of them.  What a
 * value costs at a level is what is decoded and computed there for nothing but it.
 *
 * The weights are typical of a machine, not of this one: only their ratios matter, and all ranks must agree.
 */
#include "plan/keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "plan/canon.h"
#include "plan/levels.h"

/* Nanoseconds of one core per byte, but for the last two.  Sources: one core of a 2020s x86-64 server at about 3 GHz,
 * data from the page cache.  Memory copies move about 10 GB/s, zstd (level 1) decodes 2 GB/s, libdeflate 0.5 GB/s,
 * H5Dread with zlib 0.25 GB/s.  A scratch file costs a copy into the page cache with fresh pages, and one out of it.
 * Operations: per byte of an operand, compiled: 0.06 ns for an add of float32, 0.25 for a division, 1 for exp. */
static const double DECODE[] = { [SOURCE_RAW] = 0.1, [SOURCE_ZSTD] = 0.5, [SOURCE_DEFLATE] = 2.0, [SOURCE_OTHER] = 4.0 };
static const double SIMPLE = 0.015, DIVISION = 0.06, ELEMENTARY = 0.25;
static const double WRITE = 0.3, READ = 0.3;
static const double RUN = 500;              /* a call for each piece that is contiguous in scratch, of some hundred bytes */
static const double SWEEP = 250e3;          /* one more sweep: collectives, a file, threads that start and drain */

static const double MARGIN = 1.5;

/* At most so many levels per value are told apart, so many steps taken and values kept: the rest is computed again. */
enum { MAX_USES = 8, MAX_STEPS = 1 << 18, MAX_KEPT = 32 };

typedef struct use {
    int level, users;           /* edges from values evaluated there */
    double at;                  /* positions */
} use;

typedef struct value {
    const node *n;
    bool kept;
    int nuses;
    use use[MAX_USES];
    int64_t round;              /* of the walk that saw it last, and how often it did */
    int seen;
} value;

typedef struct chooser {
    const plan_options *opt;
    const request *req;
    int nreq;
    levels *levels;
    hashmap *map;
    value *all, **stack;
    size_t n;
    int64_t round, steps, memory, scratch;      /* memory, scratch: bytes left for kept values */
} chooser;

double keep_decode_cost(enum source_decode d)
{
    return DECODE[d];
}

double keep_copy_cost(void)
{
    return WRITE + READ;
}

int64_t keep_in_memory(int64_t memory)
{
    return max_i64(1 << 20, memory / 8);
}

bool keep_pays(const keep_weight *w)
{
    return w->again > MARGIN * w->trip + SWEEP;
}

static double elements(const node *n)
{
    double e = 1;
    for (int d = 0; d < n->ndim; d++)
        e *= (double)n->shape[d];
    return e;
}

static double bytes_of(const node *n)
{
    return elements(n) * (double)dtype_size(n->type);
}

/* ---- values and their uses ------------------------------------------------------------------ */

static bool same(const void *v, const void *key)
{
    return ((const value *)v)->n == key;
}

static value *value_of(const chooser *c, const node *n)
{
    return hashmap_find(c->map, hash_bytes(&n, sizeof n, 0), same, n);
}

static use *use_at(value *v, int level)
{
    for (int i = 0; i < v->nuses; i++)
        if (v->use[i].level == level)
            return &v->use[i];
    return NULL;
}

static void add_use(value *v, int level, double at)
{
    use *u = use_at(v, level);
    if (!u && v->nuses < MAX_USES) {
        u = &v->use[v->nuses++];
        *u = (use){ .level = level };
    }
    if (u) {
        u->users++;
        u->at = at > u->at ? at : u->at;
    }
}

/* The part of a view's positions that reach its input i. */
static double part_of(const node *n, int i)
{
    double part = 0, all = elements(n);
    if (n->kind != NODE_VIEW || n->u.map->npieces == 1 || all <= 0)
        return 1;
    for (int k = 0; k < n->u.map->npieces; k++) {
        const ipiece *p = &n->u.map->piece[k];
        double e = 1;
        for (int d = 0; d < n->ndim; d++)
            e *= (double)p->count[d];
        part += p->src == i ? e / all : 0;
    }
    return part < 1 ? part : 1;
}

static void pass_on(const chooser *c, const value *v)
{
    if (node_is_cut(v->n)) {            /* a procedure's operands are made as soon as they can be */
        for (int i = 0; i < v->n->nin; i++) {
            const node *in = v->n->in[i];
            add_use(value_of(c, in), levels_of(c->levels, v->n->kind == NODE_CALL ? in : v->n), elements(in));
        }
        return;
    }
    for (int i = 0; i < v->n->nin; i++) {
        value *in = value_of(c, v->n->in[i]);
        double part = part_of(v->n, i);
        for (int k = 0; k < v->nuses; k++)
            add_use(in, v->use[k].level, part * v->use[k].at);
    }
}

/* All uses, given what is kept so far: below a kept value, everything is evaluated once, where it is made. */
static void spread(chooser *c)
{
    for (size_t i = 0; i < c->n; i++)
        c->all[i].nuses = 0;
    for (int i = 0; i < c->nreq; i++)
        if (!node_is_cut(c->req[i].node))
            add_use(value_of(c, c->req[i].node), levels_of(c->levels, c->req[i].node), elements(c->req[i].node));
    for (size_t i = c->n; i-- > 0;) {
        value *v = &c->all[i];
        if (v->kept) {
            v->nuses = 0;
            add_use(v, levels_of(c->levels, v->n), elements(v->n));
        }
        pass_on(c, v);
    }
}

/* ---- costs ----------------------------------------------------------------------------------- */

static double op_weight(enum kop op)
{
    switch (op) {
    case KOP_div: case KOP_floordiv: case KOP_rem: case KOP_sqrt:
        return DIVISION;
    case KOP_exp: case KOP_log: case KOP_sin: case KOP_cos: case KOP_tan: case KOP_tanh: case KOP_hypot: case KOP_pow:
    case KOP_expm1 ... KOP_atan2: case KOP_philox: case KOP_philox_below:
        return ELEMENTARY;
    default:
        return SIMPLE;
    }
}

/* Of the node itself, evaluated at so many positions. */
static double own_cost(const node *n, double at)
{
    double all = elements(n), read = (at < all ? at : all) * (double)dtype_size(n->type);
    switch (n->kind) {
    case NODE_SOURCE:
        return read * DECODE[n->u.src->decode];
    case NODE_REDUCE: case NODE_RESHAPE: case NODE_CALL:
        return read * READ;
    case NODE_ELEMENT:
        return at * op_weight(n->u.op) * (double)dtype_size(n->in[n->nin - 1]->type);
    case NODE_CAST:
        return at * SIMPLE * (double)dtype_size(n->type);
    default:
        return 0;
    }
}

/* Has the walk met every way to v?  level < 0: the first will do. */
static bool complete(value *v, int level, int64_t round)
{
    const use *u = level < 0 ? NULL : use_at(v, level);
    if (v->round != round) {
        v->round = round;
        v->seen = 0;
    }
    v->seen++;
    return level < 0 ? v->seen == 1 : u && v->seen == u->users;
}

/* What is done at `level` for v alone; level < 0: all that v needs, at as many positions as it has. */
static double cost_of(chooser *c, value *v, int level)
{
    double cost = 0;
    size_t depth = 0;
    c->round++;
    c->stack[depth++] = v;
    while (depth) {
        value *m = c->stack[--depth];
        cost += own_cost(m->n, level < 0 ? elements(v->n) : use_at(m, level)->at);
        if (node_is_cut(m->n))
            continue;
        c->steps += m->n->nin;
        for (int i = 0; i < m->n->nin; i++) {
            value *in = value_of(c, m->n->in[i]);
            if (complete(in, level, c->round))
                c->stack[depth++] = in;
        }
    }
    return cost;
}

static double runs_of(const chooser *c, const node *n, const chunkgrid *g)
{
    double run = 1;
    if (bytes_of(n) <= (double)keep_in_memory(c->opt->memory))
        return 0;
    for (int d = n->ndim - 1; d >= 0; d--) {
        run *= (double)min_i64(g->cell[d], n->shape[d]);
        if (g->cell[d] < n->shape[d])
            break;
    }
    return elements(n) / run;
}

/* ---- the choice ------------------------------------------------------------------------------ */

static bool pays(chooser *c, value *v, bool *yes, sharr_error *err)
{
    int own = levels_of(c->levels, v->n);
    double all = elements(v->n), size = (double)dtype_size(v->n->type), once = -1;
    keep_weight w = { 0, WRITE * bytes_of(v->n) };
    chunkgrid g;
    for (int i = 0; i < v->nuses; i++) {
        const use *u = &v->use[i];
        double cost = cost_of(c, v, u->level);
        w.again += cost;
        w.trip += READ * size * (u->at < all ? u->at : all);
        if (u->level == own && u->at > 0)
            once = cost * all / u->at;
    }
    w.again -= once < 0 ? cost_of(c, v, -1) : once;
    *yes = keep_pays(&w);
    if (!*yes)
        return true;
    if (canon_grid(v->n, &g, err))
        return false;
    w.trip += RUN * (1 + v->nuses) * runs_of(c, v->n, &g);
    *yes = keep_pays(&w);
    return true;
}

/* Is there a place?  It is taken then. */
static bool take_room(chooser *c, const node *n)
{
    int64_t *room = bytes_of(n) <= (double)keep_in_memory(c->opt->memory) ? &c->memory : &c->scratch;
    if (bytes_of(n) > (double)*room)
        return false;
    *room -= (int64_t)bytes_of(n);
    return true;
}

static int consider(chooser *c, value *v, const node **kept, int *nkept, sharr_error *err)
{
    bool yes = false;
    if ((v->n->kind != NODE_ELEMENT && v->n->kind != NODE_CAST) || v->nuses < 2 || c->steps > MAX_STEPS ||
        *nkept == MAX_KEPT || elements(v->n) <= 0)
        return 0;
    if (!pays(c, v, &yes, err))
        return err->status;
    if (!yes || !take_room(c, v->n))
        return 0;
    kept[(*nkept)++] = v->n;
    v->kept = true;
    spread(c);
    return 0;
}

/* Half of the scratch that neither the outputs nor other results may need; a quarter of the memory. */
static void set_room(chooser *c)
{
    double taken = 0;
    for (int i = 0; i < c->nreq; i++)
        taken += c->req[i].to_file || c->req[i].to_scratch ? bytes_of(c->req[i].node) : 0;
    for (int i = 0; i < levels_count(c->levels); i++) {
        const node *n = levels_item(c->levels, i);
        taken += bytes_of(n);
        for (int k = 0; k < n->nin && n->kind == NODE_CALL; k++)
            taken += bytes_of(n->in[k]);
    }
    c->memory = c->opt->memory / 4;
    c->scratch = taken < (double)c->opt->scratch ? (int64_t)((double)c->opt->scratch - taken) / 2 : 0;
}

static int prepare(chooser *c, node *const *order, sharr_error *err)
{
    int status = 0;
    for (int i = 0; i < c->nreq && !status; i++)
        status = levels_add(c->levels, c->req[i].node, err);
    if (status)
        return status;
    for (size_t i = 0; i < c->n; i++) {
        c->all[i].n = order[i];
        if (!hashmap_add(c->map, hash_bytes(&order[i], sizeof *order, 0), &c->all[i]))
            return err_nomem(err, "planning", c->n * sizeof *c->all);
    }
    spread(c);
    set_room(c);
    return 0;
}

static int order_of(const request *req, int nreq, node ***order, size_t *n, sharr_error *err)
{
    node **root = calloc((size_t)nreq + 1, sizeof *root);
    if (!root)
        return err_nomem(err, "planning", (size_t)nreq * sizeof *root);
    for (int i = 0; i < nreq; i++)
        root[i] = (node *)req[i].node;
    int status = node_order(root, nreq, order, n, err);
    free(root);
    return status;
}

int keep_choose(const request *req, int nreq, const plan_options *opt, const node ***kept, int *nkept, sharr_error *err)
{
    chooser c = { .opt = opt, .req = req, .nreq = nreq };
    node **order = NULL;
    const node **list = NULL;
    *nkept = 0;
    int status = order_of(req, nreq, &order, &c.n, err);
    if (status)
        return status;
    c.levels = levels_new();
    c.map = hashmap_new();
    c.all = calloc(c.n + 1, sizeof *c.all);
    c.stack = calloc(c.n + 1, sizeof(value *));
    list = calloc(c.n + 1, sizeof *list);
    if (!c.levels || !c.map || !c.all || !c.stack || !list)
        status = err_nomem(err, "planning", c.n * sizeof *c.all);
    else
        status = prepare(&c, order, err);
    for (size_t i = c.n; i-- > 0 && !status;)
        status = consider(&c, &c.all[i], list, nkept, err);
    levels_free(c.levels);
    hashmap_free(c.map);
    free(c.all);
    free(c.stack);
    free(order);
    if (status) {
        free(list);
        list = NULL;
        *nkept = 0;
    }
    *kept = list;
    return status;
}
