/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Growing texts: contents across growth, taking over, and failure that stays.
 */
#include "base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/tap_cunit.h"

static void empty_text(void)
{
    strbuf sb = {0};
    CU_ASSERT_STRING_EQUAL(strbuf_text(&sb), "");
    strbuf_addn(&sb, "abc", 0);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&sb), "");
    strbuf_fini(&sb);
    char *t = strbuf_take(&sb);
    CU_ASSERT_PTR_NOT_NULL_FATAL(t);
    CU_ASSERT_STRING_EQUAL(t, "");
    free(t);
}

/* Every way of adding, interleaved, against one flat copy. */
static void grows_without_losing_anything(void)
{
    enum { N = 3000 };
    static char expect[N * 12];
    size_t len = 0;
    strbuf sb = {0};
    for (int i = 0; i < N; i++) {
        char piece[12];
        size_t n = (size_t)snprintf(piece, sizeof piece, "<%d>", i * 7);
        memcpy(expect + len, piece, n);
        len += n;
        if (i % 3 == 0)
            strbuf_add(&sb, piece);
        else if (i % 3 == 1)
            strbuf_addn(&sb, piece, n);
        else
            strbuf_printf(&sb, "<%d>", i * 7);
        if (sb.len != len || sb.text[len] != '\0')
            break;
    }
    CU_ASSERT_EQUAL(sb.len, len);
    CU_ASSERT_EQUAL(memcmp(sb.text, expect, len), 0);
    strbuf_fini(&sb);
    CU_ASSERT_PTR_NULL(sb.text);
}

static void printf_longer_than_the_buffer(void)
{
    strbuf sb = {0};
    strbuf_printf(&sb, "%0500d|%s", 7, "end");
    CU_ASSERT_EQUAL(sb.len, 504);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&sb) + 499, "7|end");
    strbuf_fini(&sb);
}

/* Every length around the powers of two keeps room for the NUL. */
static void room_for_the_nul(void)
{
    static const char zeros[1100];
    for (size_t n = 1; n <= sizeof zeros; n++) {
        strbuf sb = {0};
        strbuf_addn(&sb, zeros, n);
        TAP_CHECK(sb.cap > sb.len && sb.len == n, "%zu: %zu", n, sb.cap);
        strbuf_fini(&sb);
    }
}

static void take_hands_over(void)
{
    strbuf sb = {0};
    strbuf_add(&sb, "mine");
    char *t = strbuf_take(&sb);
    CU_ASSERT_STRING_EQUAL(t, "mine");
    CU_ASSERT_EQUAL(sb.len, 0);
    CU_ASSERT_PTR_NULL(sb.text);
    free(t);
}

static void failure_stays_until_cleared(void)
{
    strbuf sb = {0};
    strbuf_add(&sb, "abc");
    strbuf_addn(&sb, "x", SIZE_MAX - 1);
    CU_ASSERT_EQUAL(sb.failed, 1);
    strbuf_add(&sb, "def");
    CU_ASSERT_STRING_EQUAL(strbuf_text(&sb), "abc");
    strbuf_clear(&sb);
    strbuf_add(&sb, "new");
    CU_ASSERT_EQUAL(sb.failed, 0);
    CU_ASSERT_STRING_EQUAL(strbuf_text(&sb), "new");
    strbuf_addn(&sb, "x", SIZE_MAX / 2);
    CU_ASSERT_PTR_NULL(strbuf_take(&sb));
    CU_ASSERT_PTR_NULL(sb.text);
}

static const tap_test tests[] = {
    {"an empty text is a text", empty_text},
    {"a text grows without losing anything", grows_without_losing_anything},
    {"printf longer than the buffer", printf_longer_than_the_buffer},
    {"there is always room for the NUL", room_for_the_nul},
    {"take hands the text over", take_hands_over},
    {"a failure stays until it is cleared", failure_stays_until_cleared},
};
TAP_MAIN("strbuf", tests)
