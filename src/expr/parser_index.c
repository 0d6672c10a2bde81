/* SPDX-License-Identifier: BSD-3-Clause
 *
 * x[1, 2:9:3, ..., None]
 */
#include <stdlib.h>

#include "expr/parser_parts.h"

enum { ITEMS_MAX = 2 * SHARR_MAX_DIMS };

typedef struct index_list {
    index_item item[ITEMS_MAX];
    int n;
} index_list;

static bool at_item_end(const parser *p)
{
    return parser_at(p, ":") || parser_at(p, ",") || parser_at(p, "]");
}

static int index_int(parser *p, const value *v, int64_t *at)
{
    if (v->kind == VALUE_ARRAY && v->a.n && v->a.n->type == SHARR_BOOL)
        return parser_error(p, v->start, v->end, "an index is an integer; a mask selects in where(mask, x, 0) and in compress");
    return value_int(p, v, "an index", at);
}

/* One bound of a slice, if there is one (None counts as none). */
static int parse_bound(parser *p, bool *has, int64_t *at)
{
    value v = {.kind = VALUE_NONE};
    if (at_item_end(p))
        return 0;
    int status = parse_expr(p, &v);
    if (!status && v.kind != VALUE_NONE) {
        *has = true;
        status = index_int(p, &v, at);
    }
    value_fini(&v);
    return status;
}

static int parse_plain_item(parser *p, index_item *it)
{
    value v = {.kind = VALUE_NONE};
    bool colon = parser_at(p, ":");
    int status = 0;
    it->kind = INDEX_INT;
    if (!colon) {
        status = parse_expr(p, &v);
        colon = !status && parser_at(p, ":");
        if (!status && v.kind == VALUE_NONE && !colon)
            it->kind = INDEX_NEWAXIS;
        else if (!status && v.kind != VALUE_NONE) {
            it->has_start = true;
            status = index_int(p, &v, &it->start);
            it->at = it->start;
        }
        value_fini(&v);
    }
    if (status || !colon)
        return status;
    it->kind = INDEX_SLICE;
    status = parser_next(p);
    if (!status)
        status = parse_bound(p, &it->has_stop, &it->stop);
    if (!status && parser_at(p, ":")) {
        status = parser_next(p);
        if (!status)
            status = parse_bound(p, &it->has_step, &it->step);
    }
    return status;
}

static int parse_item(parser *p, index_list *l)
{
    if (l->n == ITEMS_MAX)
        return parser_error(p, p->t.start, p->t.end, "more than %d indices", ITEMS_MAX);
    index_item *it = &l->item[l->n++];
    if (parser_at(p, "...")) {
        it->kind = INDEX_ELLIPSIS;
        return parser_next(p);
    }
    if (p->t.kind == TOKEN_NAME && lexer_before_assign(&p->lx))
        return parser_error(p, p->t.start, p->t.end,
                            "indexing by the name of a dimension is not supported");
    return parse_plain_item(p, it);
}

static int parse_items(parser *p, index_list *l)
{
    size_t open = p->t.start;
    int status = parser_next(p);
    if (!status && parser_at(p, "]"))
        return parser_error(p, open, p->t.end, "an index is missing");
    while (!status && !parser_at(p, "]")) {
        status = parse_item(p, l);
        if (status || !parser_at(p, ","))
            break;
        status = parser_next(p);
    }
    return status ? status : parser_expect(p, "]", open, "the index");
}

int parse_index(parser *p, value *base)
{
    size_t open = p->t.start;
    index_list *l = calloc(1, sizeof *l);
    if (!l)
        return err_nomem(p->err, "an index", sizeof *l);
    int status = parse_items(p, l);
    node *x = status ? NULL : value_node(p, base, "what is indexed");
    node *n = x ? build_index(p->g, x, l->item, l->n, p->err) : NULL;
    node_unref(x);
    free(l);
    if (!n)
        return status ? status : parser_blame(p, open, p->last_end);
    operand_fini(&base->a);
    base->a = operand_of(n);
    base->end = p->last_end;
    return 0;
}
