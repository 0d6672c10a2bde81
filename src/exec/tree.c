/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pairwise trees.  Pure.
 */
#include "exec/tree.h"

#include <stdlib.h>
#include <string.h>

void tree_init(tree *t, int64_t count)
{
    *t = (tree){ .count = count };
}

void tree_fini(tree *t)
{
    free(t->node);
    *t = (tree){ 0 };
}

static int64_t first_of(const tree_node *x)
{
    return x->index << x->level;
}

/* Number of nodes of a level. */
static int64_t width(const tree *t, int level)
{
    return (t->count + ((int64_t)1 << level) - 1) >> level;
}

/* A last node without a right neighbour stands for its parent. */
static void promote(const tree *t, tree_node *x)
{
    while (width(t, x->level) > 1 && x->index % 2 == 0 && x->index + 1 >= width(t, x->level)) {
        x->level++;
        x->index /= 2;
    }
}

static int place(const tree *t, const tree_node *x)
{
    int lo = 0, hi = t->n;
    while (lo < hi) {
        int mid = (lo + hi) / 2;
        if (first_of(&t->node[mid]) < first_of(x))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool siblings(const tree_node *a, const tree_node *b)
{
    return a->level == b->level && a->index % 2 == 0 && b->index == a->index + 1;
}

bool tree_add(tree *t, tree_node x, tree_merge *merge, void *arg)
{
    if (t->n == t->cap) {
        int cap = t->cap ? 2 * t->cap : 8;
        tree_node *p = realloc(t->node, (size_t)cap * sizeof *p);
        if (!p)
            return false;
        t->node = p;
        t->cap = cap;
    }
    promote(t, &x);
    int at = place(t, &x);
    memmove(&t->node[at + 1], &t->node[at], (size_t)(t->n - at) * sizeof *t->node);
    t->node[at] = x;
    t->n++;
    for (;;) {
        int left = at;
        if (at > 0 && siblings(&t->node[at - 1], &t->node[at]))
            left = at - 1;
        else if (at + 1 >= t->n || !siblings(&t->node[at], &t->node[at + 1]))
            return true;
        merge(arg, t->node[left].state, t->node[left + 1].state);
        t->node[left].level++;
        t->node[left].index /= 2;
        memmove(&t->node[left + 1], &t->node[left + 2], (size_t)(t->n - left - 2) * sizeof *t->node);
        t->n--;
        promote(t, &t->node[left]);
        at = left;
    }
}

void *tree_root(const tree *t)
{
    return t->n == 1 && width(t, t->node[0].level) <= 1 ? t->node[0].state : NULL;
}
