/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arrays for another process: their leaves, and how they are computed from them.  What the leaves are (files, values)
 * is the caller's business.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"

int sharr_array_leaves(sharr_array *x, sharr_array ***leaf, sharr_error *err)
{
    node *root = api_node(x), **order = NULL;
    size_t count = 0;
    int n = 0;
    if (node_order(&root, 1, &order, &count, err))
        return -1;
    sharr_array **list = malloc((count + 1) * sizeof *list);
    if (!list) {
        err_nomem(err, "a list of leaves", count * sizeof *list);
        free(order);
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        if (order[i]->kind == NODE_SOURCE)
            list[n++] = api_array(node_ref(order[i]));
    free(order);
    *leaf = list;
    return n;
}

void *sharr_array_pack(sharr_array *x, size_t *bytes, sharr_error *err)
{
    node *root = api_node(x);
    strbuf out = { 0 };
    if (node_serialise(&root, 1, &out, err)) {
        strbuf_fini(&out);
        return NULL;
    }
    *bytes = out.len;
    return strbuf_take(&out);
}

sharr_array *sharr_array_unpack(sharr_context *ctx, const void *data, size_t bytes, sharr_array *const *leaf, int n,
                                sharr_error *err)
{
    sharr_error own = { 0 };
    const node_image packed = { data, bytes };
    node **from = calloc((size_t)n + 1, sizeof *from);
    node *x = NULL;
    err = err ? err : &own;
    if (!from)
        err_nomem(err, "a list of leaves", (size_t)n * sizeof *from);
    for (int i = 0; i < n && from; i++)
        from[i] = api_node(leaf[i]);
    if (from)
        x = node_deserialise(ctx->graph, &packed, from, n, err);
    free(from);
    return api_array(x);
}
