/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The parameters of an operator, as its doc line in the table has them: the one
 * place that tells the parser and the bindings what arguments are called.
 */
#ifndef EXPR_OP_PARAMS_H
#define EXPR_OP_PARAMS_H

#include "expr/op.h"

enum { OP_PARAMS = 6 };

typedef struct op_param {
    const char *name;       /* in the doc line: `len` bytes */
    size_t len;
    bool optional;
} op_param;

/* "sum(x, axis=None, keepdims=False): ...": fills `out`, returns how many. */
int op_params(const char *doc, op_param out[OP_PARAMS]);
bool op_param_is(const op_param *p, const char *name, size_t len);
/* Index of the parameter of this name (NumPy's names for some too); -1: there is none. */
int op_param_find(const op_param *p, int n, const char *name);
/* Bytes of the doc line up to the closing bracket. */
int op_signature_length(const op_row *op);

#endif
