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

int accum_finish_block(accum *a, accblock *b, void *state, sharr_error *err)
{
    int status = finish_cells(a, &b->where, state, b->cells, err);
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

static void pack_nodes(const accum *a, const tree *t, int64_t cells, char *out)
{
    for (int i = 0; i < t->n; i++) {
        int64_t head[2] = { t->node[i].level, t->node[i].index };
        memcpy(out, head, sizeof head);
        memcpy(out + sizeof head, t->node[i].state, accum_state_bytes(a, cells));
        out += node_bytes(a, cells);
    }
}

static int unpack_nodes(accum *a, tree *t, int64_t cells, const char *in, int64_t bytes, sharr_error *err)
{
    merge_arg m = { a, cells };
    for (; bytes > 0; bytes -= (int64_t)node_bytes(a, cells), in += node_bytes(a, cells)) {
        int64_t head[2];
        memcpy(head, in, sizeof head);
        tree_node x = { (int)head[0], head[1], accum_take(a, cells, err) };
        if (!x.state)
            return SHARR_ERESOURCE;
        memcpy(x.state, in + sizeof head, accum_state_bytes(a, cells));
        if (!tree_add(t, x, accum_merge_states, &m)) {
            accum_give(a, x.state, cells);
            return err_nomem(err, "accumulators", sizeof x);
        }
    }
    return 0;
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
        pack_nodes(a, &a->total, 1, send);
        status = comm_allgather_all(c, send, recv, count, err);
    }
    int64_t at = 0;
    for (int r = 0; r < n && !status; at += count[r++])
        if (r != me)
            status = unpack_nodes(a, &a->total, 1, recv + at, count[r], err);
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

/* A negative size tells the collector that this rank could not send. */
static int send_block(accum *a, accblock *b, int to, sharr_error *err)
{
    comm *c = a->st->r->env->comm;
    int64_t bytes = b->groups.n * (int64_t)node_bytes(a, b->cells);
    char *m = malloc((size_t)bytes + 1);
    int status = 0;
    if (!m)
        bytes = -1;
    else
        pack_nodes(a, &b->groups, b->cells, m);
    status = comm_send(c, &bytes, sizeof bytes, to, 1, err);
    if (!status && bytes > 0)
        status = comm_send(c, m, bytes, to, 2, err);
    free(m);
    return status ? status : bytes < 0 ? err_nomem(err, "accumulators", (unsigned long long)node_bytes(a, b->cells)) : 0;
}

static int receive_block(accum *a, accblock *b, int from, sharr_error *err)
{
    comm *c = a->st->r->env->comm;
    int64_t bytes;
    int status = comm_recv(c, &bytes, sizeof bytes, from, 1, err);
    if (status || bytes <= 0)
        return status ? status : bytes < 0 ? err_set(err, SHARR_ERESOURCE, "rank %d is out of memory", from) : 0;
    char *m = malloc((size_t)bytes);
    if (!m)     /* nothing to receive into: the message must not stay in flight */
        return err_nomem(err, "accumulators", (unsigned long long)bytes);
    status = comm_recv(c, m, bytes, from, 2, err);
    if (!status)
        status = unpack_nodes(a, &b->groups, b->cells, m, bytes, err);
    free(m);
    return status;
}

static int collect_block(accum *a, int64_t i, int root, sharr_error *err)
{
    const stream *st = a->st;
    int n = comm_size(st->r->env->comm), me = comm_rank(st->r->env->comm), status = 0;
    accblock *b = &a->block[i];
    if (b->finished)            /* one rank had all of it */
        return 0;
    if (me != root)
        return send_block(a, b, root, err);
    for (int r = root + 1; r < n; r++) {
        box s = sweep_shard(st->s, r, n);
        sharr_error e = { 0 };
        if (!box_empty(&s) && receive_block(a, b, r, &e) && !status) {
            *err = e;
            status = e.status;
        }
    }
    if (status)
        return status;
    void *state = tree_root(&b->groups);
    return state ? accum_finish_block(a, b, state, err) : err_set(err, SHARR_EINTERNAL, "a reduction is not complete");
}

static int collect_blocks(accum *a, sharr_error *err)
{
    comm *c = a->st->r->env->comm;
    const plan_array *p = array_of(a);
    int root = first_with_tiles(a), status = 0;
    sharr_error local = { 0 };
    for (int64_t i = 0; i < a->nblocks; i++) {
        sharr_error e = { 0 };
        if (collect_block(a, i, root, &e) && !local.status)
            local = e;
    }
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
