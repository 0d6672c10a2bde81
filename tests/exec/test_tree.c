/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The tree of partial states has one shape, whatever the order of arrival.
 */
#include "exec/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/tap_cunit.h"

static void join(void *arg, void *left, void *right)
{
    char *a = left, *b = right, text[4096];
    (void)arg;
    snprintf(text, sizeof text, "(%s %s)", a, b);
    strcpy(a, text);
    free(b);
}

/* The same tree, written down directly. */
static void model(int64_t first, int64_t n, char *out)
{
    int64_t half = 1;
    if (n == 1) {
        sprintf(out, "%d", (int)first);
        return;
    }
    while (2 * half < n)
        half *= 2;
    char a[4096], b[4096];
    model(first, half, a);
    model(first + half, n - half, b);
    sprintf(out, "(%s %s)", a, b);
}

static char *build(int n, const int *order)
{
    tree t;
    tree_init(&t, n);
    for (int i = 0; i < n; i++) {
        tree_node x = { 0, order[i], malloc(4096) };
        sprintf(x.state, "%d", order[i]);
        CU_ASSERT_FATAL(tree_add(&t, x, join, NULL));
    }
    char *root = tree_root(&t);
    CU_ASSERT_PTR_NOT_NULL(root);
    tree_fini(&t);
    return root;
}

static void shape_is_the_same_in_any_order(void)
{
    for (int n = 1; n <= 40; n++)
        for (int round = 0; round < 10; round++) {
            int order[40];
            char want[4096];
            for (int i = 0; i < n; i++)
                order[i] = i;
            for (int i = n - 1; i > 0 && round; i--) {
                int j = rand() % (i + 1), tmp = order[i];
                order[i] = order[j];
                order[j] = tmp;
            }
            char *got = build(n, order);
            model(0, n, want);
            TAP_CHECK(got && !strcmp(got, want), "%d leaves: %s, expected %s", n, got ? got : "-", want);
            free(got);
        }
}

static void incomplete_has_no_root(void)
{
    tree t;
    tree_init(&t, 3);
    tree_node x = { 0, 1, malloc(4096) };
    strcpy(x.state, "1");
    tree_add(&t, x, join, NULL);
    CU_ASSERT_PTR_NULL(tree_root(&t));
    free(t.node[0].state);
    tree_fini(&t);
}

static const tap_test tests[] = {
    { "the shape is the same in any order", shape_is_the_same_in_any_order },
    { "an incomplete tree has no root", incomplete_has_no_root },
};
TAP_MAIN("tree", tests)
