/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A graph as bytes: the same for the same expression over the same files, in any
 * process.  All numbers are little-endian int64 (types and operators by name, so
 * that the order of an enum may change):
 *
 *     "sharrg1\n" count  { kind type ndim shape[] nin input[] payload } ... nroots root[]
 *
 * Inputs and roots are positions in the list (node_order).  A source is its
 * identity, shape and chunks: the canonical grid follows from them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hashmap.h"
#include "expr/node_intern.h"

static void put_i64(strbuf *out, int64_t v)
{
    char b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (char)((uint64_t)v >> (8 * i));
    strbuf_addn(out, b, sizeof b);
}

static void put_list(strbuf *out, int n, const int64_t *v)
{
    for (int i = 0; i < n; i++)
        put_i64(out, v[i]);
}

static void put_name(strbuf *out, const char *name)
{
    put_i64(out, (int64_t)strlen(name));
    strbuf_add(out, name);
}

/* The machine is little-endian (x86-64): a value's bytes are its canonical form. */
static void put_scalar(strbuf *out, const scalar *v)
{
    put_i64(out, (int64_t)v->bits[0]);
    put_i64(out, (int64_t)v->bits[1]);
}

static void put_source(strbuf *out, const source *s)
{
    put_i64(out, (int64_t)s->identity);
    put_i64(out, s->chunked);
    if (s->chunked)
        put_list(out, s->ndim, s->chunk);
}

static void put_reduce(strbuf *out, const node_reduce *r)
{
    scalar correction = {.f64 = r->correction};
    put_name(out, rop_name(r->op));
    put_i64(out, r->axes);
    put_i64(out, r->keepdims);
    put_i64(out, (int64_t)r->final);
    put_i64(out, (int64_t)correction.bits[0]);
}

static void put_call(strbuf *out, const node_call *c)
{
    put_name(out, procedure_get(c->proc)->name);
    put_name(out, c->user ? c->user->name : "");
    put_i64(out, c->axis);
    put_i64(out, c->flags);
    put_i64(out, c->output);
    put_list(out, CALL_NUMBERS, c->number);
}

static void put_bytes(void *sink, const void *p, size_t n)
{
    strbuf_addn(sink, p, n);
}

static void put_payload(strbuf *out, const node *n)
{
    switch (n->kind) {
    case NODE_SOURCE:  put_source(out, n->u.src); break;
    case NODE_CONST:   put_scalar(out, &n->u.value); break;
    case NODE_COORD:   put_i64(out, n->u.axis); break;
    case NODE_ELEMENT: put_name(out, kop_get(n->u.op)->name); break;
    case NODE_REDUCE:  put_reduce(out, &n->u.reduce); break;
    case NODE_CALL:    put_call(out, &n->u.call); break;
    case NODE_VIEW:
        imap_append_hash(n->u.map, out, put_bytes);
        put_scalar(out, &n->fill);
        break;
    case NODE_CAST:
    case NODE_RESHAPE:
    case NODE_REGROUP: break;
    }
}

static const char *kind_name(enum node_kind k)
{
    static const char *const names[] = {
        [NODE_SOURCE] = "source", [NODE_CONST] = "const",     [NODE_COORD] = "coord",
        [NODE_ELEMENT] = "element", [NODE_CAST] = "cast",     [NODE_VIEW] = "view",
        [NODE_RESHAPE] = "reshape", [NODE_REDUCE] = "reduce",
        [NODE_CALL] = "call",       [NODE_REGROUP] = "regroup",
    };
    return names[k];
}

/* Position of each node in the list. */
typedef struct place {
    const node *n;
    int64_t at;
} place;

static bool same_place(const void *value, const void *key)
{
    return ((const place *)value)->n == key;
}

static int64_t place_of(const hashmap *places, const node *n)
{
    const place *p = hashmap_find(places, (uint64_t)(uintptr_t)n >> 4, same_place, n);
    return p ? p->at : -1;
}

static void put_node(strbuf *out, const node *n, const hashmap *places)
{
    put_name(out, kind_name(n->kind));
    put_name(out, dtype_name(n->type));
    put_i64(out, n->ndim);
    put_list(out, n->ndim, n->shape);
    put_i64(out, n->nin);
    for (int i = 0; i < n->nin; i++)
        put_i64(out, place_of(places, n->in[i]));
    put_payload(out, n);
}

int node_serialise(node *const *roots, int nroots, strbuf *out, sharr_error *err)
{
    node **order = NULL;
    size_t count = 0;
    place *place_list = NULL;
    hashmap *places = NULL;
    int status = node_order(roots, nroots, &order, &count, err);
    if (status)
        return status;
    place_list = malloc((count + 1) * sizeof *place_list);
    places = hashmap_new();
    bool ok = place_list && places;
    for (size_t i = 0; i < count && ok; i++) {
        place_list[i] = (place){order[i], (int64_t)i};
        ok = hashmap_add(places, (uint64_t)(uintptr_t)order[i] >> 4, &place_list[i]);
    }
    if (ok) {
        strbuf_add(out, "sharrg1\n");
        put_i64(out, (int64_t)count);
        for (size_t i = 0; i < count; i++)
            put_node(out, order[i], places);
        put_i64(out, nroots);
        for (int i = 0; i < nroots; i++)
            put_i64(out, place_of(places, roots[i]));
    }
    if (!ok || out->failed)
        status = err_nomem(err, "the serialised expression", count * sizeof *place_list);
    hashmap_free(places);
    free(place_list);
    free(order);
    return status;
}
