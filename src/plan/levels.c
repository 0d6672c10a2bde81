/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Levels of a graph.
 */
#include "plan/levels.h"

#include <stdlib.h>

#include "base/hashmap.h"

typedef struct entry {
    const node *n;
    int level, child;
} entry;

struct levels {
    arena *arena;
    hashmap *map;
    hashmap *kept;              /* NULL: none */
    const node **cut;
    int ncuts, cap;
};

static bool same(const void *value, const void *key)
{
    return ((const entry *)value)->n == key;
}

static uint64_t hash_of(const node *n)
{
    return hash_bytes(&n, sizeof n, 0);
}

levels *levels_new(void)
{
    levels *l = calloc(1, sizeof *l);
    if (l) {
        l->arena = arena_new();
        l->map = hashmap_new();
        if (!l->arena || !l->map) {
            levels_free(l);
            l = NULL;
        }
    }
    return l;
}

void levels_free(levels *l)
{
    if (!l)
        return;
    arena_free(l->arena);
    hashmap_free(l->map);
    if (l->kept)
        hashmap_free(l->kept);
    free(l->cut);
    free(l);
}

static entry *find(const levels *l, const node *n)
{
    return hashmap_find(l->map, hash_of(n), same, n);
}

static entry *enter(levels *l, const node *n)
{
    entry *e = arena_alloc(l->arena, 1, sizeof *e);
    if (!e || !hashmap_add(l->map, hash_of(n), e))
        return NULL;
    e->n = n;
    e->level = -1;
    return e;
}

static bool same_node(const void *value, const void *key)
{
    return value == key;
}

bool levels_keep(levels *l, const node *n)
{
    if (!l->kept)
        l->kept = hashmap_new();
    return l->kept && hashmap_add(l->kept, hash_of(n), (void *)n);
}

bool levels_kept(const levels *l, const node *n)
{
    return l->kept && hashmap_find(l->kept, hash_of(n), same_node, n);
}

static bool is_cut(const levels *l, const node *n)
{
    return node_is_cut(n) || levels_kept(l, n);
}

static bool finish(levels *l, entry *e)
{
    e->level = 0;
    for (int i = 0; i < e->n->nin; i++) {
        const entry *c = find(l, e->n->in[i]);
        int level = c->level + (is_cut(l, c->n) ? 1 : 0);
        e->level = level > e->level ? level : e->level;
    }
    if (!is_cut(l, e->n))
        return true;
    if (l->ncuts == l->cap) {
        int cap = l->cap ? 2 * l->cap : 8;
        const node **p = realloc(l->cut, (size_t)cap * sizeof *p);
        if (!p)
            return false;
        l->cut = p;
        l->cap = cap;
    }
    l->cut[l->ncuts++] = e->n;
    return true;
}

int levels_add(levels *l, const node *root, sharr_error *err)
{
    size_t depth = 0, cap = 64;
    entry **stack = malloc(cap * sizeof *stack);
    bool ok = stack != NULL;
    if (ok && !find(l, root)) {
        stack[0] = enter(l, root);
        ok = stack[0] != NULL;
        depth = 1;
    }
    while (ok && depth) {
        entry *e = stack[depth - 1];
        if (e->child == e->n->nin) {
            ok = finish(l, e);
            depth--;
            continue;
        }
        const node *c = e->n->in[e->child++];
        if (find(l, c))
            continue;
        if (depth == cap) {
            entry **p = realloc(stack, 2 * cap * sizeof *p);
            ok = p != NULL;
            if (!ok)
                break;
            stack = p;
            cap *= 2;
        }
        stack[depth] = enter(l, c);
        ok = stack[depth++] != NULL;
    }
    free(stack);
    return ok ? 0 : err_nomem(err, "planning", cap * sizeof *stack);
}

int levels_of(const levels *l, const node *n)
{
    return find(l, n)->level;
}

int levels_count(const levels *l)
{
    return l->ncuts;
}

const node *levels_item(const levels *l, int i)
{
    return l->cut[i];
}
