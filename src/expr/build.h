/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Operators on nodes with the language's rules: promotion (weak scalars),
 * broadcasting, axes.  The parser and the Python layer both build through here.
 * Same ownership as node.h.  Errors name the operator, the shapes and types.
 */
#ifndef EXPR_BUILD_H
#define EXPR_BUILD_H

#include "expr/node.h"
#include "expr/op.h"

/* An argument: an array, or a weak scalar (Python number) that takes the other operand's type.
 * What is computed from weak scalars alone is weak again: folded where every machine computes the
 * same (n NULL), else a 0-d node of the kind's own type (exp(2)). */
typedef struct operand {
    node *n;                /* array, or the node of a computed weak scalar; NULL: a known one */
    enum dtype_kind weak;   /* 0: array; else KIND_BOOL, KIND_INT, KIND_FLOAT, KIND_COMPLEX */
    __int128 i;             /* known weak integer or bool */
    double f[2];            /* known weak float or complex */
} operand;

/* An ELEMENT row with its rule.  An open side of `clip`: an operand with n NULL and weak 0. */
node *build_op(graph *g, const op_row *op, const operand *arg, int narg, sharr_error *err);
/* The same, but weak if all arguments are; *out then owns its node (operand_fini). */
int build_weak(graph *g, const op_row *op, const operand *arg, int narg, operand *out,
               sharr_error *err);
/* A weak scalar alone: int64, float64, complex128, bool. */
node *build_operand(graph *g, const operand *a, sharr_error *err);
/* As an array of type t (a known integer must fit). */
node *build_cast(graph *g, const operand *a, dtype t, sharr_error *err);

operand operand_of(node *n);            /* borrows n */
operand operand_int(__int128 i);
operand operand_float(double f);
void operand_fini(operand *a);          /* releases the node */

typedef struct reduce_args {
    bool all_axes;
    int naxes;
    int64_t axis[SHARR_MAX_DIMS];       /* may be negative */
    bool keepdims;
    double correction;
    bool has_dtype;
    dtype type;
} reduce_args;
node *build_reduce(graph *g, const op_row *op, node *x, const reduce_args *r, sharr_error *err);

/* One element of an index list. */
enum index_kind { INDEX_INT, INDEX_SLICE, INDEX_ELLIPSIS, INDEX_NEWAXIS };
typedef struct index_item {
    enum index_kind kind;
    int64_t at;                         /* INT */
    bool has_start, has_stop, has_step;
    int64_t start, stop, step;
} index_item;
node *build_index(graph *g, node *x, const index_item *item, int n, sharr_error *err);
/* x, but for x[item...], where the values of `value` (broadcast, of the type of x) are.  build_update.c */
node *build_update(graph *g, node *x, const index_item *item, int n, node *value,
                   sharr_error *err);

node *build_broadcast_to(graph *g, node *x, int ndim, const int64_t *shape, sharr_error *err);
node *build_permute(graph *g, node *x, const int64_t *axes, int n, sharr_error *err);
node *build_flip(graph *g, node *x, const int64_t *axes, int n, sharr_error *err); /* n -1: all */
/* axes NULL: of the flattened array */
node *build_roll(graph *g, node *x, const int64_t *shift, const int64_t *axes, int n,
                 sharr_error *err);
/* axes count in the result, as in NumPy */
node *build_expand_dims(graph *g, node *x, const int64_t *axes, int n, sharr_error *err);
/* n -1: all of extent 1 */
node *build_squeeze(graph *g, node *x, const int64_t *axes, int n, sharr_error *err);
/* One extent may be -1.  Becomes a view where it only drops or adds dimensions of extent 1. */
node *build_reshape(graph *g, node *x, int ndim, const int64_t *shape, sharr_error *err);
node *build_concat(graph *g, node *const *x, int n, int64_t axis, bool flatten, sharr_error *err);
node *build_stack(graph *g, node *const *x, int n, int64_t axis, sharr_error *err);
node *build_full(graph *g, int ndim, const int64_t *shape, dtype t, scalar v, sharr_error *err);
node *build_arange(graph *g, const operand arg[3], bool has_dtype, dtype t, sharr_error *err);
node *build_linspace(graph *g, const operand arg[2], int64_t num, bool endpoint, bool has_dtype,
                     dtype t, sharr_error *err);
enum random_kind { RANDOM_UNIT, RANDOM_UNIFORM, RANDOM_NORMAL, RANDOM_INTEGERS };
typedef struct random_args {
    enum random_kind kind;
    const char *name;
    operand a, b;                       /* UNIFORM, INTEGERS: low, high; NORMAL: mean, deviation */
    int ndim;
    int64_t shape[SHARR_MAX_DIMS];
    uint64_t seed;
    dtype type;
} random_args;
/* build_random.c */
node *build_random(graph *g, const random_args *a, sharr_error *err);
node *build_eye(graph *g, int64_t rows, int64_t cols, int64_t k, dtype t, sharr_error *err);

/* Procedures: build_procedure.c */
typedef struct cumulative_args {
    bool has_axis;                      /* else: x has one dimension */
    int64_t axis;
    bool initial;                       /* begin with the neutral element */
    bool has_dtype;
    dtype type;
} cumulative_args;
node *build_matmul(graph *g, node *a, node *b, sharr_error *err);       /* build_matmul.c */
node *build_cumulative(graph *g, const op_row *op, node *x, const cumulative_args *c,
                       sharr_error *err);
node *build_sort(graph *g, const op_row *op, node *x, int64_t axis, bool descending, sharr_error *err);
node *build_searchsorted(graph *g, const op_row *op, node *sorted, node *wanted, bool right,
                         sharr_error *err);
node *build_compress(graph *g, node *x, node *condition, int64_t size, int64_t axis, sharr_error *err);
node *build_take(graph *g, node *x, node *indices, int64_t axis, sharr_error *err);

#endif
