/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Functions of the caller's as operators: sharr_array_map.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"

typedef struct mapped {
    sharr_map m;                /* its name, result and what these point to are not kept */
} mapped;

static void release_mapped(void *arg)
{
    mapped *u = arg;
    if (u->m.release)
        u->m.release(u->m.arg);
    free(u);
}

static int run_mapped(void *arg, const call_array *in, int nin, const call_array *out, int nout, sharr_error *err)
{
    const mapped *u = arg;
    sharr_block given[CALL_MAX_IN], made[CALL_MAX_OUT];
    for (int i = 0; i < nin; i++)
        given[i] = (sharr_block){ in[i].type, in[i].ndim, in[i].shape, in[i].data };
    for (int k = 0; k < nout; k++)
        made[k] = (sharr_block){ out[k].type, out[k].ndim, out[k].shape, out[k].data };
    sharr_error own = { 0 };
    int status = u->m.run(u->m.arg, given, nin, made, nout, &own);
    if (!status)
        return 0;
    if (own.status)
        err_prefix(&own, "%s", u->m.name);
    else
        err_set(&own, status, "%s has failed", u->m.name);
    *err = own;
    return status;
}

static int check(const sharr_map *m, sharr_array *const *in, int nin, sharr_error *err)
{
    if (nin < 1 || nin > CALL_MAX_IN || m->nout < 1 || m->nout > CALL_MAX_OUT)
        return err_set(err, SHARR_EUSAGE, "%s: %d arrays and %d results: 1 to %d and 1 to %d may be", m->name, nin, m->nout,
                       CALL_MAX_IN, CALL_MAX_OUT);
    for (int i = 0; i < nin; i++) {
        const node *x = api_node(in[i]), *first = api_node(in[0]);
        bool same = m->stack >= 0 && m->stack <= x->ndim && m->stack <= first->ndim;
        for (int d = 0; d < m->stack && same; d++)
            same = x->shape[d] == first->shape[d];
        if (!same)
            return err_set(err, SHARR_EEXPR, "%s: the first %d dimensions of all arrays must be the same", m->name, m->stack);
    }
    for (int k = 0; k < m->nout; k++)
        if (m->result[k].ndim < 0 || m->stack + m->result[k].ndim > SHARR_MAX_DIMS)
            return err_set(err, SHARR_EEXPR, "%s: more than %d dimensions", m->name, SHARR_MAX_DIMS);
    return 0;
}

static node *result_node(sharr_context *ctx, const sharr_map *m, node_call *call, node *const *in, int nin, int k,
                         sharr_error *err)
{
    int64_t shape[SHARR_MAX_DIMS];
    memcpy(shape, in[0]->shape, (size_t)m->stack * sizeof *shape);
    for (int d = 0; d < m->result[k].ndim; d++)
        shape[m->stack + d] = m->result[k].shape[d];
    int64_t size = 0;
    if (!shape_size(m->stack + m->result[k].ndim, shape, &size) || size < 0) {
        err_set(err, SHARR_EEXPR, "%s: result %d has no shape of an array", m->name, k);
        return NULL;
    }
    call->output = k;
    return node_calling(ctx->graph, call, in, nin, &(node_result){ m->result[k].type, m->stack + m->result[k].ndim, shape }, err);
}

int sharr_array_map(sharr_context *ctx, const sharr_map *m, sharr_array *const *in, int nin, sharr_array **out,
                    sharr_error *err)
{
    node *x[CALL_MAX_IN];
    int status = check(m, in, nin, err), made = 0;
    mapped *u = status ? NULL : malloc(sizeof *u);
    if (status || !u)
        return status ? status : err_nomem(err, "a function", sizeof *u);
    u->m = *m;
    u->m.release = NULL;                /* not before all is well */
    call_user *user = call_user_new(m->name, &(call_user){ .arg = u, .run = run_mapped, .release = release_mapped }, err);
    if (!user) {
        free(u);
        return err->status;
    }
    u->m.name = user->name;
    node_call call = { .proc = PROC_FUNCTION, .axis = -1, .number = { m->stack, m->nout }, .user = user };
    for (int i = 0; i < nin; i++)
        x[i] = api_node(in[i]);
    for (; made < m->nout; made++) {
        out[made] = api_array(result_node(ctx, m, &call, x, nin, made, err));
        if (!out[made])
            break;
    }
    status = made < m->nout ? err->status : 0;
    while (status && made > 0)
        sharr_array_unref(out[--made]);
    u->m.release = status ? NULL : m->release;
    call_user_unref(user);
    return status;
}
