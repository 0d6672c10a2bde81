/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Texts in which names stand for numbers of the caller's: they are as weak as numbers of the text.
 */
#include <string.h>

#include "sharr/array.h"
#include "support/tap_cunit.h"

static void texts_with_numbers(void)
{
    sharr_error err = {0};
    sharr_context *ctx = sharr_context_new(&err);
    const float one = 1;
    sharr_array *x = sharr_array_scalar(ctx, SHARR_FLOAT32, &one, &err);
    const sharr_arg half = {.kind = SHARR_ARG_FLOAT, .re = 0.5}, axis = {.kind = SHARR_ARG_INT, .i = 0};
    const sharr_name name[] = {{"x", x, NULL}, {"h", NULL, &half}, {"a", NULL, &axis}, {"e", NULL, &half}};
    sharr_script *s = sharr_script_with(ctx, "y = x + h; sum(stack([y, x]), axis=a); h + 1", -1, name, 4, &err);
    const enum sharr_dtype types[] = {SHARR_FLOAT32, SHARR_FLOAT32, SHARR_FLOAT64};
    const double want[] = {1.5, 2.5, 1.5};
    for (int i = 0; i < 3; i++) {
        sharr_array *y = sharr_script_array(s, i);
        CU_ASSERT_EQUAL(sharr_array_dtype(y), types[i]);
        union { float f; double d; } out = {.d = 0};
        sharr_want w = {.array = y, .data = &out};
        CU_ASSERT_EQUAL(sharr_evaluate(ctx, &w, 1, NULL, &err), 0);
        CU_ASSERT_EQUAL(types[i] == SHARR_FLOAT32 ? out.f : out.d, want[i]);
        sharr_array_unref(y);
    }
    sharr_script_free(s);
    CU_ASSERT_PTR_NULL(sharr_script_with(ctx, "x + e", -1, name, 4, &err));     /* which one is ambiguous */
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "e is a number, and a dataset too"));
    sharr_array_unref(x);
    sharr_context_free(ctx);
}

static const tap_test tests[] = {
    {"numbers take the type of what is beside them", texts_with_numbers},
};
TAP_MAIN("names", tests)
