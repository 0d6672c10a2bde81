/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The expression graph: immutable, reference-counted, weakly hash-consed nodes.
 * dtype and shape are known when a node is built.  Everything implicit in the
 * text (promotion, broadcasting, negative axes) is explicit here: an ELEMENT
 * node's inputs all have its shape and the operand type of its kop.
 *
 * A node belongs to the graph it was made in; a graph is not thread-safe.
 * All walks and frees are iterative: a graph may be of any depth.
 */
#ifndef EXPR_NODE_H
#define EXPR_NODE_H

#include "array/imap.h"
#include "array/kop.h"
#include "array/source.h"
#include "base/strbuf.h"
#include "expr/procedure.h"

enum node_kind {
    NODE_SOURCE,            /* a leaf: src */
    NODE_CONST,             /* one value: a 0-d array */
    NODE_COORD,             /* int64: the index along `axis` (arange, eye, ...) over shape */
    NODE_ELEMENT,           /* kop(in...) */
    NODE_CAST,              /* in[0] as dtype */
    NODE_VIEW,              /* map over in[...]; `fill` for its IMAP_FILL pieces */
    NODE_RESHAPE,           /* in[0] in C order with another shape (never one that a view can do) */
    NODE_REDUCE,            /* see struct node_reduce */
    NODE_CALL,              /* a result of a procedure of in[...]: see procedure.h */
    NODE_REGROUP            /* in[0], which is a SOURCE or materialised, where it lies, with another shape: planning makes them */
};

typedef struct node_reduce {
    uint32_t axes;          /* bit d: dimension d of in[0] is reduced; 0 only if in[0] is 0-d */
    bool keepdims;
    enum rop op;
    enum rfinal final;
    double correction;      /* VAR, STD */
} node_reduce;

typedef struct graph graph;

enum { NODE_MANY_STEPS = 1 << 10 };

typedef struct node {
    enum node_kind kind;
    dtype type;
    int ndim;
    const int64_t *shape;
    int nin;
    struct node **in;
    uint64_t hash;          /* structural */
    int refs;
    int steps;              /* of all ways from here to leaves together, itself counted; NODE_MANY_STEPS: or more */
    union {
        const source *src;  /* SOURCE; borrowed, lives as long as the graph */
        scalar value;       /* CONST */
        int axis;           /* COORD */
        enum kop op;        /* ELEMENT */
        const imap *map;    /* VIEW */
        node_reduce reduce; /* REDUCE; in[0] has the operand type of the state (reduce.h) */
        node_call call;     /* CALL */
    } u;
    scalar fill;            /* VIEW */
    graph *owner;
    struct node *link;      /* private to node.c */
} node;

graph *graph_new(void);
void graph_free(graph *g);          /* every node must have been released */
int64_t graph_live(const graph *g); /* nodes alive */
/* gone(arg, id): the last reference to the node of this source is released.  It must not use the graph. */
void graph_watch_sources(graph *g, void (*gone)(void *arg, int id), void *arg);

node *node_ref(node *n);            /* returns n */
void node_unref(node *n);           /* NULL is fine; iterative */

/* Constructors take no reference of their arguments (they add their own), return one that the
 * caller owns, or NULL with `err` filled.  Identical nodes are shared (keyed by literal bits and
 * source id). */
node *node_source(graph *g, const source *src, sharr_error *err);
node *node_const(graph *g, dtype t, scalar v, sharr_error *err);
node *node_coord(graph *g, int ndim, const int64_t *shape, int axis, sharr_error *err);
/* Exact operands: right types, equal shapes (build.h does promotion and broadcasting). */
node *node_element(graph *g, enum kop op, node *const *in, sharr_error *err);
node *node_cast(graph *g, node *in, dtype t, sharr_error *err); /* same type: a reference to in */
/* Takes a copy of the map.  All inputs have one type (that of `fill` too).  A view of a view with
 * affine outer map is composed; an identity returns a reference to its input. */
node *node_view(graph *g, const imap *map, node *const *in, int nin, dtype t, scalar fill,
                sharr_error *err);
node *node_reshape(graph *g, node *in, int ndim, const int64_t *shape, sharr_error *err);
/* The shape of `in` again: a reference to it, or to what it is a REGROUP of. */
node *node_regroup(graph *g, node *in, int ndim, const int64_t *shape, sharr_error *err);
node *node_reduction(graph *g, node *in, const node_reduce *r, dtype out, sharr_error *err);
/* The builder knows the type and shape of a procedure's result. */
typedef struct node_result { dtype type; int ndim; const int64_t *shape; } node_result;
node *node_calling(graph *g, const node_call *c, node *const *in, int nin, const node_result *out,
                   sharr_error *err);

/* Is the value of such a node always materialised, at a level of its own? */
static inline bool node_is_cut(const node *n)
{
    return n->kind == NODE_REDUCE || n->kind == NODE_RESHAPE || n->kind == NODE_CALL;
}

/* All that is reachable from `roots`, each node once, inputs before their users, in the order of a
 * depth-first walk from left to right.  *order is malloc'ed (nodes borrowed). */
int node_order(node *const *roots, int nroots, node ***order, size_t *count, sharr_error *err);
/* Structural invariants of all that is reachable: SHARR_EINTERNAL when one is broken. */
int node_verify(const node *n, sharr_error *err);
/* Canonical little-endian serialisation of all reachable from `roots`; its hash names a plan. */
int node_serialise(node *const *roots, int nroots, strbuf *out, sharr_error *err);
typedef struct node_image { const void *data; size_t len; } node_image;
/* One root again, from node_serialise of one root; leaf[i] is the i-th of its leaves in the order of the bytes (node_order), of
 * the type and shape that it had.  SHARR_EDATA: they are no such bytes.  node_read.c */
node *node_deserialise(graph *g, const node_image *bytes, node *const *leaf, int nleaves, sharr_error *err);
/* Readable infix text, as --explain and attributes show it; at most `limit` bytes, then "...". */
void node_print(const node *n, size_t limit, strbuf *out);

#endif
