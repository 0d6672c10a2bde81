/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Shared by the build_*.c files only.
 */
#ifndef EXPR_BUILD_PARTS_H
#define EXPR_BUILD_PARTS_H

#include "expr/build.h"

/* What a rule works on: where nodes go, what the operator is called in messages. */
typedef struct builder {
    graph *g;
    const char *name;       /* "+", "hypot" */
    sharr_error *err;
} builder;

/* build_weak.c */
bool operand_known(const operand *a);                   /* a weak scalar whose value is known */
/* Common type of the arguments; *weak is set if all are weak. */
dtype operands_type(const operand *a, int n, bool *weak);
enum dtype_kind weak_of(dtype t);                       /* int32 -> KIND_INT, ... */
/* A known weak scalar as another weak kind (never down). */
operand weak_raise(const operand *a, enum dtype_kind kind);
enum fold { FOLD_OK, FOLD_NO, FOLD_OVERFLOW };
/* op on known weak scalars, all raised to `kind` (select: but for the first, a bool). */
enum fold weak_fold(enum kop op, enum dtype_kind kind, const operand *a, operand *out);

/* build_op.c: one operation on operands of common type t, broadcast; weak if all are. */
int emit(const builder *b, enum kop op, dtype t, const operand *a, int n, operand *out);
node *emit_node(const builder *b, enum kop op, node *const *in, int n);
int type_error(const builder *b, dtype t, const char *hint);

/* build_special.c: operations that are more than one kop. */
int emit_compare(const builder *b, enum kop op, const operand *a, operand *out);
int emit_predicate(const builder *b, enum kop op, const operand *a, operand *out);
int emit_part(const builder *b, enum kop op, const operand *a, operand *out);
/* build_compose.c: functions that are a few operations (enum op_code). */
int emit_composed(const builder *b, int code, const operand *a, operand *out);
int emit_magnitude(const builder *b, const operand *a, operand *out);

/* build_index.c: what an index takes of x.  Dimension s of x gives the positions start[s] + step[s] * k, k < count[s],
 * along dimension to[s] of the result (-1: an integer); `ndim` and `shape` are the result's. */
typedef struct indexing {
    const node *x;
    int64_t start[SHARR_MAX_DIMS], step[SHARR_MAX_DIMS], count[SHARR_MAX_DIMS];
    int to[SHARR_MAX_DIMS];
    int s, ndim;                        /* dimensions of x, and of the result, so far */
    int64_t shape[SHARR_MAX_DIMS];
} indexing;
int index_resolve(indexing *w, const node *x, const index_item *item, int n, sharr_error *err);

/* build_shape.c */
/* Replace each node by a broadcast of it (taking over the references); false: they do not fit. */
int broadcast_all(const builder *b, node **in, int n);
/* Normalise `n` axes of an array of `ndim` dimensions; each at most once. */
int check_axes(const char *name, int ndim, const int64_t *shape, const int64_t *axes, int n,
               int *out, sharr_error *err);

#endif
