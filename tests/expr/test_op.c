/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The operator table against itself: what the parser, the help and the bindings
 * take from it must be there and be found.
 */
#include "expr/op.h"

#include <string.h>

#include "support/tap_cunit.h"

/* Parameters between the brackets of the doc line, or -1. */
static int doc_params(const op_row *r, int *required)
{
    const char *open = strchr(r->doc, '('), *close = open ? strstr(open, "): ") : NULL;
    int n = 0;
    if (!close || (size_t)(open - r->doc) != strlen(r->name) ||
        strncmp(r->doc, r->name, strlen(r->name)) != 0)
        return -1;
    *required = 0;
    for (const char *s = open + 1; s < close; n++) {
        size_t len = strcspn(s, ",)");
        *required += memchr(s, '=', len) == NULL;
        s += len;
        s += strspn(s, ", ");
    }
    return n;
}

static void docs_are_signatures(void)
{
    for (const op_row *r = op_table; r->name; r++) {
        int required = 0, n = doc_params(r, &required);
        TAP_CHECK(n >= r->max_args && n <= 6, "%s: %d parameters: %s", r->name, n, r->doc);
        TAP_CHECK(required == r->min_args, "%s: %d required: %s", r->name, required, r->doc);
        TAP_CHECK(strchr(r->doc, '\n') == NULL && strlen(r->doc) < 160, "%s", r->doc);
    }
}

static void rows_are_consistent(void)
{
    for (const op_row *r = op_table; r->name; r++) {
        TAP_CHECK((r->symbol != NULL) == (r->precedence > 0), "%s", r->name);
        TAP_CHECK(!r->symbol || (r->prefix ? r->max_args == 1 : r->max_args == 2), "%s", r->name);
        if (r->cls == OP_ELEMENT && r->rule != RULE_OWN)
            TAP_CHECK(kop_get((enum kop)r->code)->arity == r->max_args, "%s", r->name);
        if (r->cls == OP_REDUCE)
            TAP_CHECK(r->code < ROP_NROPS, "%s", r->name);
    }
}

static void names_are_found_and_unique(void)
{
    for (const op_row *r = op_table; r->name; r++) {
        TAP_CHECK(op_find(r->name, strlen(r->name)) == r, "%s", r->name);
        for (const char *a = r->aliases; a && *a; a += strspn(a, " ")) {
            size_t n = strcspn(a, " ");
            TAP_CHECK(op_find(a, n) == r, "alias %.*s", (int)n, a);
            a += n;
        }
        if (r->symbol)
            TAP_CHECK(op_find_symbol(r->symbol, strlen(r->symbol), r->prefix) == r, "%s", r->symbol);
    }
    CU_ASSERT_PTR_NULL(op_find("su", 2));
    CU_ASSERT_PTR_NULL(op_find("summ", 4));
    CU_ASSERT_PTR_NULL(op_find("", 0));
    CU_ASSERT_PTR_NULL(op_find_symbol("*", 1, true));
    CU_ASSERT_PTR_NULL(op_find_symbol("//", 2, false));
}

/* From loose to tight, as in Python's reference manual, 6.17. */
static void precedences_are_in_pythons_order(void)
{
    static const char *const levels[] = {"or", "and", "==", "|", "^", "&", "<<", "-", "/", "**"};
    int last = 0;
    for (int i = 0; i < TAP_COUNT(levels); i++) {
        const op_row *r = op_find_symbol(levels[i], strlen(levels[i]), false);
        CU_ASSERT_FATAL(r != NULL);
        TAP_CHECK(r->precedence > last, "%s", levels[i]);
        last = r->precedence;
    }
    int not = op_find_symbol("not", 3, true)->precedence;
    CU_ASSERT(not > op_find_symbol("and", 3, false)->precedence);
    CU_ASSERT(not < op_find_symbol("<", 1, false)->precedence);
    int sign = op_find_symbol("-", 1, true)->precedence;
    CU_ASSERT(sign > op_find_symbol("*", 1, false)->precedence && sign < last);
    CU_ASSERT(op_find_symbol("**", 2, false)->right);
}

static void slips_are_recognised(void)
{
    static const char *const rows[][2] = {
        {"men", "mean"},   {"sqr", "sqrt"},     {"maximun", "maximum"},   {"concatenat", "concat"},
        {"trasnpose", "permute_dims"}, {"Sum", "sum"}, {"zeroes", "zeros"}, {"xyzzyxyzzy", NULL},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        const char *got = op_suggest(rows[i][0], strlen(rows[i][0]));
        bool same = rows[i][1] ? got && strcmp(got, rows[i][1]) == 0 : !got;
        TAP_CHECK(same, "%s: %s", rows[i][0], got ? got : "none");
    }
}

static const tap_test tests[] = {
    {"doc lines are signatures", docs_are_signatures},
    {"rows are consistent", rows_are_consistent},
    {"names, aliases and symbols are found", names_are_found_and_unique},
    {"precedences are in Python's order", precedences_are_in_pythons_order},
    {"slips are recognised", slips_are_recognised},
};
TAP_MAIN("op", tests)
