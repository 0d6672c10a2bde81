/* SPDX-License-Identifier: BSD-3-Clause
 *
 * THE operator table: the one place where an operator of the language exists.
 * Parser, `--help ops`, bindings, documents and tests read it.
 */
#ifndef EXPR_OP_H
#define EXPR_OP_H

#include <stdbool.h>
#include <stddef.h>

#include "expr/node.h"

enum op_class {
    OP_ELEMENT,             /* one kop after promotion by `rule` */
    OP_REDUCE,              /* axis= keepdims= [correction=] [dtype=] */
    OP_SHAPE,               /* views and reshapes: own builder */
    OP_CREATE,              /* arange, zeros, ...: own builder */
    OP_CALL,                /* a procedure: own builder */
    OP_TYPE                 /* astype(x, float32); float32(x) comes from the dtype names */
};

/* How operand and result types follow from the arguments' types. */
enum op_rule {
    RULE_ARITH,             /* promote; bool as NumPy 2 (+ is or, * is and, - an error) */
    RULE_DIVIDE,            /* as ARITH, integers become float64 */
    RULE_FLOAT,             /* promote; integers and bool become float64 */
    RULE_COMPARE,           /* promote, result bool; integer comparisons stay exact across signs */
    RULE_BITS,              /* integers or bool */
    RULE_LOGIC,             /* to bool by != 0, result bool */
    RULE_ROUND,             /* floats; integers are returned as they are */
    RULE_SAME,              /* promote, result the same */
    RULE_SELECT,            /* condition to bool, the others promote */
    RULE_PREDICATE,         /* isnan...: integers and bool give a constant */
    RULE_OWN
};

/* `code` of rows that are no kop or rop. */
enum op_code {
    OPC_positive = KOP_COUNT, OPC_clip, OPC_square, OPC_reciprocal, OPC_logaddexp, OPC_copysign,
    OPC_signbit, OPC_conj,                             /* OP_ELEMENT, RULE_OWN */
    OPC_permute, OPC_flip, OPC_roll, OPC_concat, OPC_stack,         /* OP_SHAPE */
    OPC_broadcast, OPC_expand, OPC_squeeze, OPC_reshape,
    OPC_arange, OPC_linspace, OPC_full, OPC_zeros, OPC_ones, OPC_eye,
    OPC_random, OPC_uniform, OPC_normal, OPC_integers,   /* OP_CREATE */
    OPC_cumulative_sum, OPC_cumulative_prod, OPC_sort, OPC_argsort,
    OPC_searchsorted, OPC_compress, OPC_take, OPC_matmul,                    /* OP_CALL */
    OPC_astype                                                      /* OP_TYPE */
};

typedef struct op_row {
    const char *name;       /* function name; also what messages call it */
    const char *aliases;    /* "arctan2 ...", separated by blanks, or NULL */
    const char *symbol;     /* "+", "<<", "and", or NULL */
    int precedence;         /* of the symbol; 0 none; as Python's, higher binds tighter */
    bool right;             /* right associative */
    bool prefix;            /* the symbol is a prefix operator */
    int min_args, max_args; /* positional; the parameters behind max_args are keyword only */
    enum op_class cls;
    enum op_rule rule;
    int code;               /* ELEMENT: enum kop; REDUCE: enum rop; else enum op_code */
    int final;              /* REDUCE: enum rfinal */
    const char *doc;        /* one line: "sum(x, axis=None, keepdims=False, dtype=None): ..."; the
                             * parser takes the names of the parameters from here */
} op_row;

extern const op_row op_table[];                    /* ends with name == NULL */

const op_row *op_find(const char *name, size_t len);            /* by name or alias */
const op_row *op_find_symbol(const char *sym, size_t len, bool prefix);
/* Nearest function name for "did you mean", or NULL. */
const char *op_suggest(const char *name, size_t len);

#endif
