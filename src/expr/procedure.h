/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Procedures: operations that are no sweep over elements (sorting, running sums, a user's
 * function of whole arrays).  A CALL node names one; its operands are materialised, it runs as
 * a stage between sweeps, its results are arrays.  The table says what the graph must know;
 * plan/stage_*.c and exec/proc_*.c have the rest.
 */
#ifndef EXPR_PROCEDURE_H
#define EXPR_PROCEDURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "array/dtype.h"
#include "base/err.h"

enum procedure {
    PROC_CUMULATIVE_SUM,
    PROC_CUMULATIVE_PROD,
    PROC_SORT,
    PROC_ARGSORT,
    PROC_SEARCHSORTED,          /* in: a sorted array of one dimension, values */
    PROC_COMPRESS,              /* in: x, a mask of one dimension; number[0]: how many it takes */
    PROC_TAKE,                  /* in: x, positions (int64) of one dimension */
    PROC_MATMUL,
    PROC_FUNCTION,              /* call.user on a stack; number: dimensions of the stack, results */
    PROC_COUNT
};

/* Operands of a call, and results of one (each is a node of its own, told apart by call.output). */
enum { CALL_MAX_IN = 8, CALL_MAX_OUT = 4, CALL_NUMBERS = 4 };

enum call_flag {
    CALL_INITIAL = 1,           /* cumulative_*: the neutral element first */
    CALL_DESCENDING = 2,        /* sort, argsort */
    CALL_RIGHT = 4,             /* searchsorted: behind equals */
    CALL_POSITIONS = 8          /* compress: positions themselves, not computed; operand 0 is the condition, not read */
};

/* A function of the program that uses the library, of a stack of arrays: it is called with as many items of the stack
 * as fit, in C order, in some thread, one call at a time. */
typedef struct call_array { dtype type; int ndim; const int64_t *shape; void *data; } call_array;
typedef struct call_user {
    const char *name;           /* in texts and messages; ranks compare it */
    void *arg;
    int (*run)(void *arg, const call_array *in, int nin, const call_array *out, int nout, sharr_error *err);
    void (*release)(void *arg); /* when the last node is gone; may be NULL */
    int refs;
} call_user;
call_user *call_user_new(const char *name, const call_user *like, sharr_error *err);    /* one reference */
void call_user_ref(call_user *u);                                                       /* NULL is fine */
void call_user_unref(call_user *u);

typedef struct node_call {
    enum procedure proc;
    int axis;                   /* of in[0]; -1: none */
    uint32_t flags;             /* enum call_flag */
    int output;                 /* which of its results */
    int64_t number[CALL_NUMBERS];
    call_user *user;            /* the node has a reference of its own; NULL: none */
} node_call;

typedef struct procedure_row {
    const char *name;           /* also in serialised graphs */
    int min_in, max_in, nout;
    bool user;                  /* needs call.user */
    bool line;                  /* works along `axis` of in[0], the other extents are those of the result */
    bool matrix;                /* operands and results are stacks of matrices */
} procedure_row;

const procedure_row *procedure_get(enum procedure p);

#endif
