/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Call an operator of the table with arguments that did not come from a text:
 * the same binding, checks and builders as the parser's, without places.
 */
#ifndef EXPR_OP_CALL_H
#define EXPR_OP_CALL_H

#include "expr/build.h"

enum op_arg_kind { OP_ARG_NONE, OP_ARG_OPERAND, OP_ARG_TYPE, OP_ARG_LIST };

typedef struct op_arg {
    const char *name;           /* of the parameter; NULL: by position */
    enum op_arg_kind kind;
    operand a;                  /* OPERAND: borrowed */
    dtype type;                 /* TYPE */
    const struct op_arg *item;  /* LIST of operands */
    int n;
} op_arg;

/* A new reference, or NULL with `err` filled.  What is computed from weak scalars alone has the type that a weak
 * scalar has alone. */
node *op_call(graph *g, const op_row *op, const op_arg *arg, int narg, sharr_error *err);

#endif
