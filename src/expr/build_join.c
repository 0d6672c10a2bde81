/* SPDX-License-Identifier: BSD-3-Clause
 *
 * concat and stack: one map with a piece per array.  More arrays than a map has
 * pieces become a tree of maps.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "expr/build_parts.h"

static int check_joinable(node *const *x, int n, int axis, int64_t *shape, sharr_error *err)
{
    char a[SHAPE_TEXT], b[SHAPE_TEXT];
    memcpy(shape, x[0]->shape, (size_t)x[0]->ndim * sizeof *shape);
    for (int i = 1; i < n; i++) {
        bool same = x[i]->ndim == x[0]->ndim;
        for (int d = 0; d < x[0]->ndim && same; d++)
            same = d == axis || x[i]->shape[d] == x[0]->shape[d];
        if (!same)
            return err_set(err, SHARR_EEXPR,
                           "concat along axis %d: the first array has shape %s, number %d has %s",
                           axis, shape_text(x[0]->ndim, x[0]->shape, a), i + 1,
                           shape_text(x[i]->ndim, x[i]->shape, b));
        if (!add_i64(shape[axis], x[i]->shape[axis], &shape[axis]))
            return err_set(err, SHARR_EEXPR, "concat: the extent does not fit 63 bits");
    }
    return 0;
}

/* All of one type and shape but for the extent along `axis`; at most 64. */
static node *join(graph *g, node *const *x, int n, int axis, sharr_error *err)
{
    int64_t shape[SHARR_MAX_DIMS], at = 0;
    if (check_joinable(x, n, axis, shape, err) != 0)
        return NULL;
    arena *mem = arena_new();
    imap *m = mem ? imap_new(mem, x[0]->ndim, shape, n, x[0]->ndim) : NULL;
    node *r = NULL;
    for (int i = 0; m && i < n; i++) {
        ipiece *p = &m->piece[i];
        p->src = i;
        for (int s = 0; s < x[0]->ndim; s++) {
            p->axis[s] = s;
            p->mul[s] = 1;
        }
        p->start[axis] = at;
        p->count[axis] = x[i]->shape[axis];
        p->off[axis] = -at;
        at += x[i]->shape[axis];
    }
    if (m)
        r = node_view(g, m, x, n, x[0]->type, (scalar){.bits = {0}}, err);
    else
        err_nomem(err, "a view", sizeof(imap));
    arena_free(mem);
    return r;
}

/* Join groups of 64 until one group is left.  Takes over the references in x. */
static node *join_tree(graph *g, node **x, int n, int axis, sharr_error *err)
{
    while (n > 1) {
        int groups = 0, i = 0;
        bool ok = true;
        while (i < n && ok) {
            int size = n - i < IMAP_MAX_PIECES ? n - i : IMAP_MAX_PIECES;
            node *r = join(g, x + i, size, axis, err);
            ok = r != NULL;
            for (int j = i; ok && j < i + size; j++)
                node_unref(x[j]);
            if (ok)
                x[groups++] = r;
            i += ok ? size : 0;
        }
        if (!ok) {
            for (int j = 0; j < groups; j++)
                node_unref(x[j]);
            for (; i < n; i++)
                node_unref(x[i]);
            return NULL;
        }
        n = groups;
    }
    return x[0];
}

static dtype common_type(node *const *x, int n, sharr_error *err)
{
    operand *a = malloc((size_t)n * sizeof *a);
    bool weak;
    dtype t = SHARR_NDTYPES;
    if (!a) {
        err_nomem(err, "a list of arrays", (size_t)n * sizeof *a);
        return t;
    }
    for (int i = 0; i < n; i++)
        a[i] = operand_of(x[i]);
    t = operands_type(a, n, &weak);
    free(a);
    return t;
}

/* As 1-D, or with a new dimension, or as it is. */
enum shape_up { AS_IS, FLAT, NEW_AXIS };

static node *prepared(graph *g, node *x, dtype t, enum shape_up how, int64_t axis, sharr_error *err)
{
    const int64_t any = -1;
    int64_t size;
    node *c = node_cast(g, x, t, err), *r = NULL;
    if (!c)
        return NULL;
    if (how == FLAT && shape_size(c->ndim, c->shape, &size))
        r = build_reshape(g, c, 1, size == 0 ? &size : &any, err);
    else if (how == NEW_AXIS)
        r = build_expand_dims(g, c, &axis, 1, err);
    else
        r = node_ref(c);
    node_unref(c);
    return r;
}

static node *join_prepared(graph *g, node *const *x, int n, enum shape_up how, int64_t axis,
                           sharr_error *err)
{
    dtype t = common_type(x, n, err);
    node **in = calloc((size_t)n, sizeof *in), *r = NULL;
    int have = 0;
    if (!in)
        err_nomem(err, "a list of arrays", (size_t)n * sizeof *in);
    while (in && t < SHARR_NDTYPES && have < n) {
        in[have] = prepared(g, x[have], t, how, axis, err);
        if (!in[have])
            break;
        have++;
    }
    if (in && have == n)
        r = join_tree(g, in, n, (int)axis, err);
    for (int i = 0; in && have < n && i < have; i++)
        node_unref(in[i]);
    free(in);
    return r;
}

node *build_concat(graph *g, node *const *x, int n, int64_t axis, bool flatten, sharr_error *err)
{
    int d = 0;
    if (n < 1) {
        err_set(err, SHARR_EEXPR, "concat: an empty list");
        return NULL;
    }
    for (int i = 0; i < n && !flatten; i++)
        if (x[i]->ndim == 0) {
            err_set(err, SHARR_EEXPR,
                    "concat: array number %d has no dimensions; write stack([...])", i + 1);
            return NULL;
        }
    if (!flatten && check_axes("concat", x[0]->ndim, x[0]->shape, &axis, 1, &d, err) != 0)
        return NULL;
    return join_prepared(g, x, n, flatten ? FLAT : AS_IS, d, err);
}

node *build_stack(graph *g, node *const *x, int n, int64_t axis, sharr_error *err)
{
    char a[SHAPE_TEXT], b[SHAPE_TEXT];
    int d;
    if (n < 1) {
        err_set(err, SHARR_EEXPR, "stack: an empty list");
        return NULL;
    }
    for (int i = 1; i < n; i++) {
        bool same = x[i]->ndim == x[0]->ndim;
        for (int k = 0; k < x[0]->ndim && same; k++)
            same = x[i]->shape[k] == x[0]->shape[k];
        if (!same) {
            err_set(err, SHARR_EEXPR, "stack: the first array has shape %s, number %d has %s",
                    shape_text(x[0]->ndim, x[0]->shape, a), i + 1,
                    shape_text(x[i]->ndim, x[i]->shape, b));
            return NULL;
        }
    }
    if (x[0]->ndim == SHARR_MAX_DIMS) {
        err_set(err, SHARR_EEXPR, "stack: more than %d dimensions", SHARR_MAX_DIMS);
        return NULL;
    }
    if (check_axes("stack", x[0]->ndim + 1, NULL, &axis, 1, &d, err) != 0)
        return NULL;
    return join_prepared(g, x, n, NEW_AXIS, d, err);
}
