/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What an argument is: an array, a list, None; and what a function wants of it.
 */
#include <stdlib.h>

#include "expr/build_parts.h"
#include "expr/parser_parts.h"

void value_fini(value *v)
{
    operand_fini(&v->a);
    for (int i = 0; i < v->n; i++)
        value_fini(&v->item[i]);
    free(v->item);
    v->item = NULL;
    v->n = 0;
}

int value_operand(parser *p, const value *v, const char *role, operand *out)
{
    if (v->kind == VALUE_LIST)
        return parser_error(p, v->start, v->end,
                            "%s is a list; write stack([...]) to make an array", role);
    if (v->kind == VALUE_NONE)
        return parser_error(p, v->start, v->end, "%s is None", role);
    *out = v->a;
    return 0;
}

node *value_node(parser *p, const value *v, const char *role)
{
    operand a;
    if (value_operand(p, v, role, &a) != 0)
        return NULL;
    node *n = build_operand(p->g, &a, p->err);
    if (!n)
        parser_blame(p, v->start, v->end);
    return n;
}

static bool known_integer(const value *v)
{
    return v->kind == VALUE_ARRAY && operand_known(&v->a) && v->a.weak == KIND_INT;
}

int value_int(parser *p, const value *v, const char *role, int64_t *out)
{
    if (!known_integer(v))
        return parser_error(p, v->start, v->end,
                            "%s must be an integer that is known when the text is read", role);
    if (v->a.i < INT64_MIN || v->a.i > INT64_MAX)
        return parser_error(p, v->start, v->end, "%s does not fit 64 bits", role);
    *out = (int64_t)v->a.i;
    return 0;
}

int value_bool(parser *p, const value *v, const char *role, bool *out)
{
    bool truth = v->kind == VALUE_ARRAY && operand_known(&v->a) && v->a.weak == KIND_BOOL;
    if (!truth && !(known_integer(v) && (v->a.i == 0 || v->a.i == 1)))
        return parser_error(p, v->start, v->end, "%s is True or False", role);
    *out = v->a.i != 0;
    return 0;
}

int value_real(parser *p, const value *v, const char *role, double *out)
{
    bool number = v->kind == VALUE_ARRAY && operand_known(&v->a) &&
                  (v->a.weak == KIND_INT || v->a.weak == KIND_FLOAT);
    if (!number)
        return parser_error(p, v->start, v->end,
                            "%s must be a number that is known when the text is read", role);
    *out = weak_raise(&v->a, KIND_FLOAT).f[0];
    return 0;
}

int value_ints(parser *p, const value *v, const char *role, int64_t out[SHARR_MAX_DIMS], int *n)
{
    if (v->kind != VALUE_LIST) {
        *n = 1;
        return value_int(p, v, role, &out[0]);
    }
    if (v->n > SHARR_MAX_DIMS)
        return parser_error(p, v->start, v->end, "%s has %d numbers: %d is the most", role, v->n,
                            SHARR_MAX_DIMS);
    *n = v->n;
    for (int i = 0; i < v->n; i++) {
        int status = value_int(p, &v->item[i], role, &out[i]);
        if (status)
            return status;
    }
    return 0;
}
