/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Texts that must not parse: every error has its place (byte offset and length)
 * and says what is wrong; nothing is left behind.  And the caret line.
 */
#include "expr/arrays.h"
#include "support/tap_cunit.h"

static arrays table;
static int with_e;

static node *resolve(void *arg, const name_ref *ref, sharr_error *err)
{
    if (strcmp(ref->name, "broken") == 0) {
        err_set(err, SHARR_EDATA, "dataset broken: its type is a text; did you mean a?");
        return NULL;
    }
    if (strcmp(ref->name, "/e/total") == 0) {
        err_set(err, SHARR_EEXPR, "no dataset /e/total");
        return NULL;
    }
    if (strcmp(ref->name, "e") == 0 && !ref->rooted && !with_e) {
        err->status = 0;
        return NULL;
    }
    return arrays_resolve(arg, ref, err);
}

static const name_resolver names = {&table, resolve, NULL};

static void add(const char *name, dtype t, int ndim, int64_t n0, int64_t n1)
{
    const int64_t shape[2] = {n0, n1};
    arrays_add(&table, name, t, ndim, shape);
}

static void begin(void)
{
    memset(&table, 0, sizeof table);
    table.g = graph_new();
    with_e = 0;
    add("a", SHARR_FLOAT32, 2, 3, 4);
    add("i", SHARR_INT32, 2, 3, 4);
    add("u", SHARR_UINT8, 1, 4, 0);
    add("w", SHARR_UINT64, 1, 4, 0);
    add("l", SHARR_INT64, 1, 4, 0);
    add("m", SHARR_BOOL, 2, 3, 4);
    add("z", SHARR_COMPLEX64, 2, 3, 4);
    add("five", SHARR_FLOAT32, 1, 5, 0);
    add("none", SHARR_FLOAT64, 2, 0, 3);
    add("e", SHARR_FLOAT64, 1, 4, 0);
    add("/e", SHARR_FLOAT64, 1, 4, 0);
    add("größe", SHARR_FLOAT32, 1, 4, 0);
}

static void end(void)
{
    CU_ASSERT_EQUAL(graph_live(table.g), 0);
    if (graph_live(table.g) == 0)
        graph_free(table.g);
}

typedef struct bad {
    const char *text;
    int column, length;
    const char *says;
} bad;

static void check_bad(const bad *row, size_t len, int status)
{
    script s = {.count = -7};
    sharr_error err;
    int got = script_parse(table.g, row->text, len, &names, &s, &err);
    if (!TAP_CHECK(got == status && err.status == status, "%s: status %d", row->text, got)) {
        if (got == 0)
            script_fini(&s);
        return;
    }
    CU_ASSERT_EQUAL(s.count, -7);               /* left as it was */
    TAP_CHECK(err.column == row->column && err.length == row->length, "%s: at %d, %d bytes: %s",
              row->text, err.column, err.length, err.text);
    TAP_CHECK(strstr(err.text, row->says) != NULL, "%s: %s", row->text, err.text);
    CU_ASSERT_EQUAL(script_parse(table.g, row->text, len, &names, &s, NULL), status);
}

static void check_all(const bad *rows, int n)
{
    begin();
    for (int i = 0; i < n; i++)
        check_bad(&rows[i], strlen(rows[i].text), SHARR_EEXPR);
    end();
}

static void syntax(void)
{
    static const bad rows[] = {
        {"", 0, 0, "no expression"},
        {"  # only a comment\n", 0, 0, "no expression"},
        {";;", 0, 0, "no expression"},
        {"a +", 2, 1, "missing behind"},
        {"a + ; a", 2, 1, "missing behind"},
        {"a + * a", 4, 1, "unexpected *"},
        {"* a", 0, 1, "unexpected *"},
        {"x =", 3, 0, "ends too early"},
        {"and a", 0, 3, "missing before and"},
        {"a and or a", 6, 2, "missing before or"},
        {"a a", 2, 1, "missing before a"},
        {"2 a", 2, 1, "missing before a"},
        {"a 'x'", 2, 3, "unexpected 'x'"},
        {"(a", 0, 1, "the bracket that begins here is not closed"},
        {"[a, a", 0, 1, "the list that begins here is not closed"},
        {"sum(a", 3, 1, "the call that begins here is not closed"},
        {"a[1", 1, 1, "the index that begins here is not closed"},
        {"a)", 1, 1, "unexpected )"},
        {"(a]", 2, 1, "unexpected ]"},
        {"a[1, 2)", 6, 1, "unexpected )"},
        {"a[]", 1, 2, "an index is missing"},
        {"sum(a, , 1)", 7, 1, "unexpected ,"},
        {"a if m", 2, 2, "if without else"},
        {"a else m", 2, 4, "else without if"},
        {"a if m else", 7, 4, "missing behind"},
        {"a if m if m else a else a", 7, 2, "needs brackets"},
        {"a == not m", 5, 3, "not needs brackets"},
        {"a < i < a", 6, 1, "write a < i and i < a"},
        {"a < i + 1 == a", 10, 2, "write a < i + 1 and i + 1 == a"},
        {"(a < i <= a) + 1", 7, 2, "write a < i and i <= a"},
        {"a < a < a < a", 6, 1, "write a < a and a < a"},
        {"a // i", 2, 2, "floor_divide"},
        {"//a", 0, 2, "floor_divide"},
        {"a && a", 2, 2, "write and"},
        {"a || a", 2, 2, "write or"},
        {"!a", 0, 1, "write not"},
        {"a <> a", 2, 2, "write !="},
        {"a ? a : a", 2, 1, "if condition else"},
        {"a @ a", 2, 1, "matmul(a, b)"},
        {"a = 1 = 2", 6, 1, "comparison is written =="},
        {"a += 1", 2, 2, "x = x + "},
        {"a := 1", 2, 2, "written ="},
        {"/g/v = a", 0, 4, "path cannot be assigned"},
        {"True = a", 0, 4, "word of the language"},
        {"if = a", 0, 2, "word of the language"},
        {"a@units = \"K\"", 1, 1, "attribute statements"},
        {"/a@units = 'K'", 2, 1, "attribute statements"},
        {"a.mean()", 1, 1, "methods"},
        {"a + / a", 4, 1, "a path is / and a name"},
        {"x = \\\n a", 4, 1, "inside of brackets"},
        {"{/a", 0, 1, "no closing }"},
        {"`a", 0, 1, "no closing `"},
        {"{}", 0, 2, "empty name"},
        {"a + 'x", 4, 1, "no closing '"},
        {"a + }", 4, 1, "unexpected }"},
        {"a $ a", 2, 1, "unexpected $"},
        {"a\x01", 1, 1, "control character 0x01"},
        {"a − a", 2, 3, "write -"},
        {"größe × 2", 8, 2, "write *"},
        {"a ≤ 2", 2, 3, "write <="},
        {"a € 2", 2, 3, "unexpected character €"},
        {"größe + größe größe", 18, 7, "missing before größe"},
        {"a[time=3]", 2, 4, "name of a dimension"},
        {"a[1..3]", 3, 2, "coordinate ranges"},
    };
    check_all(rows, TAP_COUNT(rows));
}

static void numbers(void)
{
    static const bad rows[] = {
        {"2m", 0, 2, "2m is not a number"},
        {"a + 1__0", 4, 4, "not a number"},
        {"1_", 0, 2, "not a number"},
        {"0x", 0, 2, "not a number"},
        {"0xfg", 0, 4, "not a number"},
        {"0b12", 0, 4, "not a number"},
        {"012", 0, 3, "leading zeros"},
        {"1.5.2", 3, 2, "missing before .2"},
        {"1e", 0, 2, "not a number"},
        {"1e+", 0, 2, "not a number"},
        {"1e999", 0, 5, "too large for float64"},
        {"200000000000000000000000000000000000000", 0, 39, "127 bits"},
        {"2**200", 1, 2, "128 bits"},
        {"170141183460469231731687303715884105727 + 1", 40, 1, "128 bits"},
        {"9223372036854775808", 0, 19, "does not fit int64"},
        {"u + 256", 2, 1, "256 does not fit uint8"},
        {"u - -1", 2, 1, "-1 does not fit uint8"},
        {"maximum(u, 300)", 0, 15, "300 does not fit uint8"},
        {"where(m[0], u, 300)", 0, 19, "300 does not fit uint8"},
        {"u if m[0] else 300", 2, 2, "300 does not fit uint8"},
        {"int8(128)", 0, 9, "128 does not fit int8"},
        {"uint8(-1)", 0, 9, "-1 does not fit uint8"},
        {"full((2,), 300, dtype=int8)", 0, 27, "300 does not fit int8"},
        {"arange(300, dtype=uint8)", 0, 24, "does not fit uint8"},
        {"i ** -1", 2, 2, "negative integer power"},
        {"i ** (1 - 2)", 2, 2, "negative integer power"},
        {"10 ** -3", 3, 2, "10.0 ** -3"},
        {"power(i, -2)", 0, 12, "negative integer power"},
    };
    check_all(rows, TAP_COUNT(rows));
}

static void names_and_calls(void)
{
    static const bad rows[] = {
        {"foo", 0, 3, "no such name: foo"},
        {"total = a; totl + 1", 11, 4, "did you mean total?"},
        {"/e/2", 0, 4, "no such name: /e/2; a division is written with blanks"},
        {"/g/v/2", 0, 6, "no such name: /g/v/2"},
        {"M:/v", 0, 4, "no such name: M:/v"},
        {"{/any thing}", 0, 12, "no such name: {/any thing}"},
        {"float32", 0, 7, "is a type"},
        {"a + mean", 4, 4, "is a function"},
        {"men(a)", 0, 3, "did you mean mean?"},
        {"concatenat([a])", 0, 10, "did you mean concat?"},
        {"frobnicate(a)", 0, 10, "no such function: frobnicate"},
        {"x = a; x(1)", 7, 1, "x is a variable"},
        {"(a)(1)", 3, 1, "no function that can be called"},
        {"sum()", 0, 5, "x is missing; it is sum(x, axis=None"},
        {"reshape(a)", 0, 10, "shape is missing; it is reshape(x, shape)"},
        {"sum(a, axes=0)", 7, 4, "did you mean axis?"},
        {"sum(a, colour=0)", 7, 6, "no parameter colour"},
        {"sum(a, 0, True)", 10, 4, "write keepdims="},
        {"sqrt(a, a)", 8, 1, "too many arguments; it is sqrt(x)"},
        {"float32(a, a)", 11, 1, "too many arguments"},
        {"sum(a, 0, axis=1)", 10, 4, "axis is given twice"},
        {"sum(axis=0, a)", 12, 1, "without a name behind"},
        {"sum(a, dtype=a)", 13, 1, "a type must stand here"},
        {"astype(a, 3)", 10, 1, "a type must stand here"},
        {"astype(a, None)", 0, 15, "dtype is None"},
        {"sum([a, a])", 4, 6, "is a list; write stack"},
        {"[a, a] + 1", 0, 6, "the operand of + is a list"},
        {"1 + None", 4, 4, "the operand of + is None"},
        {"x = [a, a]", 4, 6, "is a list"},
        {"None", 0, 4, "a result is None"},
        {"concat(a)", 7, 1, "takes a list"},
        {"concat([])", 0, 10, "empty list"},
        {"concat([a, [a]])", 11, 3, "is a list"},
        {"max(a, i)", 7, 1, "write maximum(a, b)"},
        {"sum(a, axis=1.5)", 12, 3, "axis must be an integer"},
        {"sum(a, axis=i)", 12, 1, "known when the text is read"},
        {"sum(a, keepdims=2)", 16, 1, "True or False"},
        {"a[i]", 2, 1, "an index must be an integer"},
        {"a[1.0]", 2, 3, "an index must be an integer"},
        {"a[True]", 2, 4, "an index must be an integer"},
        {"zeros((2, 1.5))", 10, 3, "shape must be an integer"},
        {"zeros(-1)", 6, 2, "negative"},
        {"arange(i)", 0, 9, "known when the text is read"},
        {"arange(0, 5, 0)", 0, 15, "the step is 0"},
        {"arange(0, inf)", 0, 14, "not finite"},
        {"arange(2**70)", 0, 13, "2^63 - 1"},
        {"linspace(a, 1)", 0, 14, "not arrays"},
        {"linspace(0, 1, -1)", 0, 18, "-1 elements"},
        {"arange(0, 1, 0.5, dtype=int8)", 0, 29, "floats in int8"},
        {"var(a, correction=a)", 18, 1, "correction must be a number"},
    };
    check_all(rows, TAP_COUNT(rows));
}

static void types_and_shapes(void)
{
    static const bad rows[] = {
        {"a + five", 2, 1,
         "+: shapes (3, 4) and (5,) cannot be broadcast together: 4 and 5 meet in dimension -1"},
        {"1 + a * (five - 1)", 6, 1, "*: shapes (3, 4) and (5,)"},
        {"hypot(a, five)", 0, 14, "hypot: shapes"},
        {"a if five else a", 2, 2, "where: shapes"},
        {"m - m", 2, 1, "- is not defined for bool"},
        {"-m", 0, 1, "- is not defined for bool"},
        {"+m", 0, 1, "+ is not defined for bool"},
        {"z < z", 2, 1, "< is not defined for complex64"},
        {"z % 2", 2, 1, "% is not defined for complex64"},
        {"erf(z)", 0, 6, "erf is not defined for complex64"},
        {"philox(a, a, a)", 0, 15, "philox is not defined for float32"},
        {"random(3, 1.5)", 10, 3, "seed must be an integer from 0 to 2**64 - 1"},
        {"random((3, -1), 1)", 7, 7, "extent -1 is negative"},
        {"normal(a, 1, 3, 7)", 0, 18, "the parameters are numbers"},
        {"integers(5, 5, 3, 7)", 0, 20, "none from low up to high - 1"},
        {"a & 1", 2, 1, "& is not defined for float32"},
        {"a ^ 2", 2, 1, "a power is written **"},
        {"l & w", 2, 1, "no integer type holds both"},
        {"~a", 0, 1, "~ is not defined for float32"},
        {"sign(m)", 0, 7, "sign is not defined for bool"},
        {"max(z)", 0, 6, "max is not defined for complex64"},
        {"var(z)", 0, 6, "var is not defined for complex64"},
        {"mean(i, dtype=int32)", 0, 20, "must be a float type"},
        {"sum(a, axis=2)", 0, 14, "axis 2 is out of range for 2 dimensions, (3, 4)"},
        {"sum(a, axis=(0, -2))", 0, 20, "axis 0 is given twice"},
        {"sum(a, axis=())", 0, 15, "reduces nothing"},
        {"argmin(a[None], axis=(0, 1))", 0, 28, "one dimension or None"},
        {"max(none, axis=0)", 0, 17, "no elements along the reduced axis"},
        {"argmin(none)", 0, 12, "no elements"},
        {"a[3]", 1, 3, "index 3 is out of range for dimension 0 of shape (3, 4)"},
        {"a[:, -5]", 1, 7, "index -5 is out of range for dimension 1"},
        {"a[0, 0, 0]", 1, 9, "3 indices for an array of 2 dimensions, (3, 4)"},
        {"a[..., ...]", 1, 10, "one ellipsis"},
        {"a[::0]", 1, 5, "step of a slice is 0"},
        {"3[0]", 1, 3, "1 indices for an array of 0 dimensions"},
        {"permute_dims(a, (0,))", 0, 21, "1 axes for an array of shape (3, 4)"},
        {"permute_dims(a, (0, 0))", 0, 23, "given twice"},
        {"reshape(a, (5, -1))", 0, 19, "12 elements of shape (3, 4) do not fill shape (5, -1)"},
        {"reshape(a, (-1, -1))", 0, 20, "more than once"},
        {"reshape(a, (-2, 6))", 0, 19, "extent -2"},
        {"reshape(none, (0, -1))", 0, 22, "do not fill"},
        {"broadcast_to(a, (3,))", 0, 21, "shape (3, 4) cannot be broadcast to (3,)"},
        {"squeeze(a, axis=0)", 0, 18, "does not have extent 1"},
        {"expand_dims(a, 4)", 0, 17, "axis 4 is out of range"},
        {"roll(a, (1, 2, 3), axis=(0, 1))", 24, 6, "3 shifts for 2 axes"},
        {"concat([a, five])", 0, 17, "the first array has shape (3, 4), number 2 has (5,)"},
        {"concat([1, 2])", 0, 14, "has no dimensions"},
        {"stack([a, five])", 0, 16, "number 2 has (5,)"},
        {"stack([a, a], axis=4)", 0, 21, "axis 4 is out of range"},
        {"zeros((2**40, 2**40))", 0, 21, "more than 2^63 - 1 elements"},
        {"broadcast_to(a, (2**61, 3, 4))", 0, 30, "more than 2^63 - 1 elements"},
        {"a[(None)][None, None, None, None, None, None, None, None, None, None, None, None, None, "
         "None, "
         "None, None, None, None, None, None, None, None, None, None, None, None, None, None, "
         "None, None]",
         9, 180, "more than 32 dimensions"},
    };
    check_all(rows, TAP_COUNT(rows));
}

/* A resolver's own error goes through, with the place. */
static void errors_of_the_resolver(void)
{
    const bad data = {"a + broken * 2", 4, 6, "did you mean a?"};
    const bad divided = {"a * /e/total", 4, 8,
                         "no dataset /e/total; a division is written with blanks"};
    const bad constant = {"2 * e", 4, 1, "for the dataset write /e"};
    begin();
    check_bad(&data, strlen(data.text), SHARR_EDATA);
    check_bad(&divided, strlen(divided.text), SHARR_EEXPR);
    with_e = 1;
    check_bad(&constant, strlen(constant.text), SHARR_EEXPR);
    end();
}

static void texts_of_any_bytes(void)
{
    static const struct {
        bad row;
        size_t len;
    } rows[] = {
        {{"a\0b", 1, 1, "NUL"}, 3},
        {{"a + \xff", 4, 1, "not UTF-8"}, 5},
        {{"a + \xc3(", 4, 1, "not UTF-8"}, 6},
        {{"a + \xed\xa0\x80", 4, 1, "not UTF-8"}, 7},
        {{"a + \xe2\x82", 4, 1, "not UTF-8"}, 6},
        {{"a + \xc0\xaf", 4, 1, "not UTF-8"}, 6},
    };
    begin();
    for (int i = 0; i < TAP_COUNT(rows); i++)
        check_bad(&rows[i].row, rows[i].len, SHARR_EEXPR);
    end();
}

/* n times `open`, then `middle`, then n times `close`. */
static char *nested(int n, const char *open, const char *middle, const char *close)
{
    size_t lo = strlen(open), lm = strlen(middle), lc = strlen(close);
    char *text = calloc(1, (size_t)n * (lo + lc) + lm + 1), *at = text;
    for (int i = 0; i < n; i++, at += lo)
        memcpy(at, open, lo);
    memcpy(at, middle, lm);
    at += lm;
    for (int i = 0; i < n; i++, at += lc)
        memcpy(at, close, lc);
    return text;
}

static void depth(void)
{
    static const struct {
        int n;
        const char *open, *middle, *close;
        int column;                             /* -1: fine */
    } rows[] = {
        {999, "(", "a", ")", -1},
        {1000, "(", "a", ")", 1000},
        {10000, "(", "a", ")", 1000},
        {900, "abs(", "a", ")", -1},
        {5000, "abs(", "a", ")", 4000},
        {900, "i[", "0", "]", 2}, /* an index that is an array; not a matter of depth */
        {999, "m or m and m == m | m ^ m & (a < a) | (", "m", ")", -1},
        {2000, "[", "a", "]", 1000},
        {100000, "- ", "a", "", -1},
        {100000, "not ", "a", "", -1},
        {100000, "a ** ", "a", "", -1},
        {50000, "a if m else ", "a", "", -1},
        {100000, "a + ", "a", "", -1},
        {10000, "x = a; ", "x", "", -1},
    };
    begin();
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        char *text = nested(rows[i].n, rows[i].open, rows[i].middle, rows[i].close);
        script s;
        sharr_error err;
        int status = script_parse(table.g, text, strlen(text), &names, &s, &err);
        TAP_CHECK((status == 0) == (rows[i].column < 0), "row %d: %s", i,
                  status ? err.text : "parsed");
        if (status == 0)
            script_fini(&s);
        else if (rows[i].column > 2)
            TAP_CHECK(err.column == rows[i].column && strstr(err.text, "1000 deep"),
                      "row %d: %d: %s", i, err.column, err.text);
        free(text);
    }
    end();
}

static void a_text_of_a_megabyte(void)
{
    char *text = nested(SCRIPT_MAX_BYTES / 4 - 1, "a + ", "a   ", "");
    script s;
    sharr_error err;
    begin();
    CU_ASSERT_EQUAL(strlen(text), SCRIPT_MAX_BYTES);
    CU_ASSERT_EQUAL(script_parse(table.g, text, SCRIPT_MAX_BYTES, &names, &s, &err), 0);
    script_fini(&s);
    char *longer = nested(SCRIPT_MAX_BYTES / 4, "a + ", "a", "");
    CU_ASSERT_EQUAL(script_parse(table.g, longer, SCRIPT_MAX_BYTES + 1, &names, &s, &err),
                    SHARR_EEXPR);
    CU_ASSERT(strstr(err.text, "longer than 1048576 bytes") != NULL);
    free(text);
    free(longer);
    end();
}

/* ---- the caret ---- */

static void carets(void)
{
    static const struct {
        const char *text;
        int column, length;
        const char *want;
    } rows[] = {
        {"a + b", 2, 1, "a + b\n  ^"},
        {"a + bcd", 4, 3, "a + bcd\n    ^^^"},
        {"x = a\ny = bad", 10, 3, "y = bad\n    ^^^"},
        {"größe × x", 8, 2, "größe × x\n      ^"},
        {"größe + größe", 10, 7, "größe + größe\n        ^^^^^"},
        {"a\tb", 2, 1, "a b\n  ^"},
        {"a +", 3, 0, "a +\n   ^"},
        {"a", -1, 0, ""},
        {"a", 7, 1, ""},
        {"(a\nb", 0, 9, "(a\n^^"},
        {"a \xff b", 2, 1, "a ? b\n  ^"},
        {"", 0, 0, "\n^"},
    };
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        const sharr_error err = {.status = 1, .column = rows[i].column, .length = rows[i].length};
        strbuf out = {0};
        script_caret(rows[i].text, strlen(rows[i].text), &err, &out);
        TAP_CHECK(strcmp(strbuf_text(&out), rows[i].want) == 0, "row %d: %s", i, strbuf_text(&out));
        strbuf_fini(&out);
    }
}

static void a_long_line_is_cut_around_the_place(void)
{
    char *text = nested(1000, "abcdefghi ", "X", " jklmnopqr");
    const sharr_error err = {.status = 1, .column = 10000, .length = 1};
    strbuf out = {0};
    script_caret(text, strlen(text), &err, &out);
    const char *line = strbuf_text(&out), *second = strchr(line, '\n') + 1;
    CU_ASSERT(strncmp(line, "...abcdefghi ", 13) == 0);
    CU_ASSERT(strncmp(second - 4, "...\n", 4) == 0);
    CU_ASSERT_EQUAL(strchr(line, 'X') - line, strchr(second, '^') - second);
    CU_ASSERT(strlen(line) < 800);
    strbuf_fini(&out);
    free(text);
}

static const tap_test tests[] = {
    {"syntax", syntax},
    {"numbers", numbers},
    {"names and calls", names_and_calls},
    {"types and shapes", types_and_shapes},
    {"errors of the resolver", errors_of_the_resolver},
    {"texts of any bytes", texts_of_any_bytes},
    {"depth", depth},
    {"a text of a megabyte", a_text_of_a_megabyte},
    {"carets", carets},
    {"a long line is cut around the place", a_long_line_is_cut_around_the_place},
};
TAP_MAIN("parser_errors", tests)
