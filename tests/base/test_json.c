/* SPDX-License-Identifier: BSD-3-Clause
 *
 * JSON texts by hand; round trip of reals; odd locales; misuse.
 */
#include "base/json.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/tap_cunit.h"

static void nested_text(void)
{
    strbuf sb = {0};
    json j;
    json_init(&j, &sb);
    json_open(&j, '{');
    json_key(&j, "a");
    json_int(&j, -5);
    json_key(&j, "list");
    json_open(&j, '[');
    json_bool(&j, true);
    json_null(&j);
    json_open(&j, '{');
    json_close(&j, '}');
    json_open(&j, '[');
    json_close(&j, ']');
    json_close(&j, ']');
    json_key(&j, "r");
    json_real(&j, 0.1);
    json_close(&j, '}');
    CU_ASSERT_STRING_EQUAL(strbuf_text(&sb), "{\"a\": -5, \"list\": [true, null, {}, []], \"r\": 0.1}");
    CU_ASSERT_EQUAL(sb.failed, 0);
    strbuf_fini(&sb);
}

static void strings_are_escaped(void)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", "\"\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\""},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"\xff", "\"\xef\xbf\xbd\""},                                   /* never a byte of UTF-8 */
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                   /* overlong */
        {"\xe0\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},   /* overlong */
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},   /* surrogate */
        {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* > 10FFFF */
        {"\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                   /* cut */
        {"\xc3(", "\"\xef\xbf\xbd(\""},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        strbuf sb = {0};
        json j;
        json_init(&j, &sb);
        json_str(&j, rows[i].in);
        TAP_CHECK(!strcmp(strbuf_text(&sb), rows[i].out), "row %d: %s", i, strbuf_text(&sb));
        strbuf_fini(&sb);
    }
}

static void real_is(double v, const char *expect)
{
    strbuf sb = {0};
    json j;
    json_init(&j, &sb);
    json_real(&j, v);
    TAP_CHECK(!strcmp(strbuf_text(&sb), expect), "%a: %s", v, strbuf_text(&sb));
    strbuf_fini(&sb);
}

static void reals_are_shortest(void)
{
    real_is(0.1, "0.1");
    real_is(1, "1.0");
    real_is(-0.0, "-0.0");
    real_is(1e21, "1e+21");
    real_is(1.0 / 3, "0.3333333333333333");
    real_is(5e-324, "5e-324");
    real_is(DBL_MAX, "1.7976931348623157e+308");
    real_is(NAN, "\"NaN\"");
    real_is(INFINITY, "\"Infinity\"");
    real_is(-INFINITY, "\"-Infinity\"");
}

static void locale_does_not_matter(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ps_AF.UTF-8"};
    for (int i = 0; i < TAP_COUNT(names); i++)
        if (setlocale(LC_NUMERIC, names[i])) {
            real_is(1.5, "1.5");
            real_is(2e-7, "2e-07");
            setlocale(LC_NUMERIC, "C");
            return;
        }
    tap_skip("no locale with a decimal comma is installed");
}

static void misuse_is_a_failure(void)
{
    strbuf sb = {0};
    json j;
    json_init(&j, &sb);
    json_close(&j, '}');
    CU_ASSERT_EQUAL(sb.failed, 1);
    strbuf_clear(&sb);
    json_init(&j, &sb);
    for (int i = 0; i < 63; i++)
        json_open(&j, '[');
    CU_ASSERT_EQUAL(sb.failed, 0);
    json_open(&j, '[');
    CU_ASSERT_EQUAL(sb.failed, 1);
    strbuf_fini(&sb);
}

static const tap_test tests[] = {
    {"a nested text", nested_text},
    {"strings are escaped and valid UTF-8", strings_are_escaped},
    {"reals are the shortest that read back", reals_are_shortest},
    {"the locale does not matter", locale_does_not_matter},
    {"wrong nesting is a failure", misuse_is_a_failure},
};
TAP_MAIN("json", tests)
