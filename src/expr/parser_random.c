/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Arguments of the functions that make random numbers: [two numbers,] shape, seed, dtype.
 */
#include "expr/parser_parts.h"

static int read_seed(parser *p, const value *v, uint64_t *seed)
{
    bool known = v->kind == VALUE_ARRAY && v->a.weak == KIND_INT && !v->a.n;
    if (!known || v->a.i < 0 || v->a.i > UINT64_MAX)
        return parser_error(p, v->start, v->end, "seed must be an integer from 0 to 2**64 - 1");
    *seed = (uint64_t)v->a.i;
    return 0;
}

static int read_numbers(parser *p, const call_args *a, random_args *r)
{
    int status = value_operand(p, a->v[0], a->c->op->name, &r->a);
    return status ? status : value_operand(p, a->v[1], a->c->op->name, &r->b);
}

static int read_extents(parser *p, const value *v, random_args *r)
{
    int status = value_ints(p, v, "shape", r->shape, &r->ndim);
    for (int d = 0; d < r->ndim && !status; d++)
        if (r->shape[d] < 0)
            status = parser_error(p, v->start, v->end, "extent %lld is negative", (long long)r->shape[d]);
    return status;
}

node *apply_random(parser *p, const call_args *a)
{
    static const enum random_kind kinds[] = {RANDOM_UNIT, RANDOM_UNIFORM, RANDOM_NORMAL, RANDOM_INTEGERS};
    random_args r = {.kind = kinds[a->c->op->code - OPC_random], .name = a->c->op->name};
    bool numbers = r.kind != RANDOM_UNIT;
    const value *shape = a->v[numbers ? 2 : 0], *seed = a->v[numbers ? 3 : 1];
    r.type = a->has_type ? a->type : r.kind == RANDOM_INTEGERS ? SHARR_INT64 : SHARR_FLOAT64;
    int status = numbers ? read_numbers(p, a, &r) : 0;
    if (!status)
        status = read_extents(p, shape, &r);
    if (!status)
        status = read_seed(p, seed, &r.seed);
    return status ? NULL : build_random(p->g, &r, p->err);
}
