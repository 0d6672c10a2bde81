/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The end of a reduction: states of all ranks to results.  States travel as nodes of the
 * fixed tree, never through MPI_SUM, so the bits do not depend on the ranks.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "exec/accum_int.h"

static array_state *result_of(const accum *a)
{
    return &a->st->r->array[a->r->array];
}

static const plan_array *array_of(const accum *a)
{
    return &a->st->r->p->array[a->r->array];
}

/* The kept part of a box of elements, as a box of the result (with or without the reduced dimensions). */
static box result_box(const accum *a, const box *where)
{
    bool keep = a->r->node->u.reduce.keepdims;
    box b = { 0 };
    for (int d = 0; d < where->ndim; d++) {
        bool reduced = a->r->axes >> d & 1;
        if (reduced && !keep)
            continue;
        b.start[b.ndim] = reduced ? 0 : where->start[d];
        b.count[b.ndim++] = reduced ? 1 : where->count[d];
    }
    return b;
}

static int store_results(accum *a, const box *b, const void *data, sharr_error *err)
{
    const plan_array *p = array_of(a);
    array_state *to = result_of(a);
    size_t size = dtype_size(p->src.type);
    int64_t as[SHARR_MAX_DIMS], bs[SHARR_MAX_DIMS], off = 0;
    if (p->place == PLACE_SCRATCH)
        return scratch_write(to->file, b, data, a->st->r->env->count, err);
    shape_strides(p->src.ndim, p->src.shape, as);
    shape_strides(b->ndim, b->count, bs);
    for (int d = 0; d < b->ndim; d++) {
        off += b->start[d] * as[d];
        as[d] *= (int64_t)size;
        bs[d] *= (int64_t)size;
    }
    copy_box(b->ndim, b->count, (char *)to->data + off * (int64_t)size, as, data, bs, size);
    return 0;
}

static int finish_cells(accum *a, const box *where, void *state, int64_t cells, sharr_error *err)
{
    size_t bytes = (size_t)cells * dtype_size(a->r->finish.out);
    void *field[REDUCE_MAX_FIELDS], *out = malloc(bytes + 1);
    if (!out)
        return err_nomem(err, "results of a reduction", bytes);
    accum_fields(a, state, cells, field);
    reduce_finish(a->r->op, a->r->type, &a->r->finish, field, cells, out);
    box b = result_box(a, where);
    int status = store_results(a, &b, out, err);
    free(out);
    return status;
}

int accum_finish_block(accum *a, accblock *b, const box *where, sharr_error *err)
{
    void *state = tree_root(&b->groups);
    int status = finish_cells(a, where, state, b->cells, err);
    accum_give(a, state, b->cells);
    tree_fini(&b->groups);
    b->finished = true;
    return status;
}

/* ---- messages: nodes with their states ------------------------------------------------------- */

static size_t node_bytes(const accum *a, int64_t cells)
{
    return 2 * sizeof(int64_t) + accum_state_bytes(a, cells);
}

static void pack_node(const accum *a, const tree_node *x, int64_t cells, char *out)
{
    int64_t head[2] = { x->level, x->index };
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, x->state, accum_state_bytes(a, cells));
}

static int add_packed(accum *a, tree *t, int64_t cells, const char *in, sharr_error *err)
{
    merge_arg m = { a, cells };
    int64_t head[2];
    memcpy(head, in, sizeof head);
    tree_node x = { (int)head[0], head[1], accum_take(a, cells, err) };
    if (!x.state)
        return SHARR_ERESOURCE;
    memcpy(x.state, in + sizeof head, accum_state_bytes(a, cells));
    if (tree_add(t, x, accum_merge_states, &m))
        return 0;
    accum_give(a, x.state, cells);
    return err_nomem(err, "accumulators", sizeof x);
}

/* ---- all axes: every rank merges everything ---------------------------------------------------- */

static int gather_nodes(accum *a, sharr_error *err)
{
    comm *c = a->st->r->env->comm;
    int n = comm_size(c), me = comm_rank(c);
    int64_t mine = a->total.n * (int64_t)node_bytes(a, 1), total = 0;
    int64_t *count = malloc(2 * (size_t)n * sizeof *count);
    char *send = malloc((size_t)mine + 1), *recv = NULL;
    sharr_error local = { 0 };
    if (!count || !send)
        err_nomem(&local, "accumulators", (unsigned long long)mine);
    *err = local;
    int status = comm_agree_all(c, err);
    if (!status) {
        for (int r = 0; r < n; r++)
            count[n + r] = sizeof *count;
        status = comm_allgather_all(c, &mine, count, count + n, err);
    }
    for (int r = 0; r < n && !status; r++)
        total += count[r];
    if (!status) {
        recv = malloc((size_t)total + 1);
        if (!recv)
            err_nomem(&local, "accumulators", (unsigned long long)total);
        *err = local;
        status = comm_agree_all(c, err);
    }
    if (!status) {
        for (int i = 0; i < a->total.n; i++)
            pack_node(a, &a->total.node[i], 1, send + (size_t)i * node_bytes(a, 1));
        status = comm_allgather_all(c, send, recv, count, err);
    }
    int64_t at = 0;
    for (int r = 0; r < n && !status; at += count[r++])
        for (int64_t k = 0; r != me && k < count[r] && !status; k += (int64_t)node_bytes(a, 1))
            status = add_packed(a, &a->total, 1, recv + at + k, err);
    free(count);
    free(send);
    free(recv);
    return status;
}

static int finish_total(accum *a, sharr_error *err)
{
    int status = comm_size(a->st->r->env->comm) > 1 ? gather_nodes(a, err) : 0;
    void *root = tree_root(&a->total), *own = NULL;
    if (status)
        return status;
    if (a->total.count == 0 || a->st->s->elements == 0) {
        void *field[REDUCE_MAX_FIELDS];
        root = own = accum_take(a, 1, err);
        if (!own)
            return SHARR_ERESOURCE;
        accum_fields(a, own, 1, field);
        reduce_init(a->r->op, a->r->type, field, 1);
    }
    if (!root)
        return err_set(err, SHARR_EINTERNAL, "a reduction is not complete");
    box none = box_of_shape(a->st->s->ndim, a->st->s->shape);
    status = finish_cells(a, &none, root, 1, err);
    accum_give(a, own, 1);
    return status;
}

/* ---- some axes, ranks divide the groups: one rank collects, block by block ----------------------- */

static int first_with_tiles(const accum *a)
{
    const stream *st = a->st;
    int n = comm_size(st->r->env->comm);
    for (int r = 0; r < n; r++) {
        box b = sweep_shard(st->s, r, n);
        if (!box_empty(&b))
            return r;
    }
    return 0;
}

/* The number of nodes, then each in a message of its own: `m` holds one. */
static int send_block(accum *a, const accblock *b, int to, char *m, sharr_error *err)
{
    comm *c = a->st->r->env->comm;
    int64_t n = b->groups.n;
    int status = comm_send(c, &n, sizeof n, to, 1, err);
    for (int64_t i = 0; i < n && !status; i++) {
        pack_node(a, &b->groups.node[i], b->cells, m);
        status = comm_send(c, m, (int64_t)node_bytes(a, b->cells), to, 2, err);
    }
    return status;
}

/* All messages are taken, whatever happens to the first ones: none may stay in flight. */
static int receive_block(accum *a, accblock *b, int from, char *m, sharr_error *err)
{
    comm *c = a->st->r->env->comm;
    int64_t n = 0;
    int status = comm_recv(c, &n, sizeof n, from, 1, err), broken = status;
    for (int64_t i = 0; i < n && !broken; i++) {
        sharr_error e = { 0 };
        broken = comm_recv(c, m, (int64_t)node_bytes(a, b->cells), from, 2, &e);
        if (!status && (broken || add_packed(a, &b->groups, b->cells, m, &e))) {
            *err = e;
            status = e.status;
        }
    }
    return status;
}

/* Block i of this shard, as elements of its first tile. */
static box block_elements(const accum *a, int64_t i)
{
    const stream *st = a->st;
    box tile = { .ndim = st->shard.ndim };
    int64_t column = i / a->per_column;
    for (int d = tile.ndim - 1; d >= 0; d--) {
        tile.start[d] = st->shard.start[d];
        tile.count[d] = 1;
        if (!(a->r->axes >> d & 1)) {
            tile.start[d] += column % st->shard.count[d];
            column /= st->shard.count[d];
        }
    }
    box el = sweep_tiles_box(st->s, &tile);
    return sweep_block(a->r->axes, &el, i % a->per_column);
}

static int collect_block(accum *a, int64_t i, int root, char *m, sharr_error *err)
{
    const stream *st = a->st;
    int n = comm_size(st->r->env->comm), me = comm_rank(st->r->env->comm), status = 0;
    accblock *b = &a->block[i];
    if (b->finished || b->next == 0)    /* one rank had all of it; only larger tiles have so many blocks */
        return 0;
    if (me != root)
        return send_block(a, b, root, m, err);
    for (int r = root + 1; r < n; r++) {
        box s = sweep_shard(st->s, r, n);
        sharr_error e = { 0 };
        if (!box_empty(&s) && receive_block(a, b, r, m, &e) && !status) {
            *err = e;
            status = e.status;
        }
    }
    if (status)
        return status;
    if (!tree_root(&b->groups))
        return err_set(err, SHARR_EINTERNAL, "a reduction is not complete");
    box where = block_elements(a, i);
    return accum_finish_block(a, b, &where, err);
}

static int collect_blocks(accum *a, sharr_error *err)
{
    comm *c = a->st->r->env->comm;
    const plan_array *p = array_of(a);
    int root = first_with_tiles(a), status = 0;
    size_t bytes = node_bytes(a, SWEEP_BLOCK_CELLS);
    sharr_error local = { 0 };
    char *m = malloc(bytes);
    if (!m)
        err_nomem(&local, "accumulators", bytes);
    *err = local;
    status = comm_agree_all(c, err);
    for (int64_t i = 0; i < a->nblocks && !status; i++) {
        sharr_error e = { 0 };
        if (collect_block(a, i, root, m, &e) && !local.status)
            local = e;
    }
    free(m);
    if (status)
        return status;
    *err = local;
    status = comm_agree_all(c, err);
    if (status || p->place == PLACE_SCRATCH)
        return status;
    return comm_bcast_all(c, result_of(a)->data, (int64_t)result_of(a)->bytes, root, err);
}

/* ---- some axes, ranks divide kept cells ----------------------------------------------------------- */

static box rank_box(const void *arg, int rank)
{
    const accum *a = arg;
    box tiles = sweep_shard(a->st->s, rank, comm_size(a->st->r->env->comm));
    box none = { .ndim = array_of(a)->src.ndim };
    if (box_empty(&tiles))
        return none.ndim ? none : (box){ 0 };
    box el = sweep_tiles_box(a->st->s, &tiles);
    return result_box(a, &el);
}

/* Nothing was reduced: every cell is the identity's result. */
static int fill_identity(accum *a, sharr_error *err)
{
    const plan_array *p = array_of(a);
    int64_t n = 1;
    shape_size(p->src.ndim, p->src.shape, &n);
    if (p->place == PLACE_SCRATCH)
        return err_set(err, SHARR_ERESOURCE, "a reduction over no elements has %lld results: more than fit in memory",
                       (long long)n);
    void *state = accum_take(a, 1, err), *field[REDUCE_MAX_FIELDS];
    char *out = result_of(a)->data;
    size_t size = dtype_size(p->src.type);
    if (!state)
        return SHARR_ERESOURCE;
    accum_fields(a, state, 1, field);
    reduce_init(a->r->op, a->r->type, field, 1);
    for (int64_t i = 0; i < n; i++)
        reduce_finish(a->r->op, a->r->type, &a->r->finish, field, 1, out + (size_t)i * size);
    accum_give(a, state, 1);
    return 0;
}

int accum_finish_all(accum *a, sharr_error *err)
{
    const sweep *s = a->st->s;
    run *r = a->st->r;
    int status;
    if (a->r->group_dim < 0)
        return finish_total(a, err);
    if (s->elements == 0)
        return fill_identity(a, err);
    if (comm_size(r->env->comm) > 1 && (a->r->axes >> s->split_dim & 1))
        status = collect_blocks(a, err);
    else if (array_of(a)->place == PLACE_MEMORY)
        status = share_boxes_all(r, array_of(a), result_of(a)->data, rank_box, a, err);
    else
        status = 0;
    if (!status && array_of(a)->place == PLACE_SCRATCH)
        status = scratch_sync_all(r->env->comm, result_of(a)->file, err);
    return status;
}
