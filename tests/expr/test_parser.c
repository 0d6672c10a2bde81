/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Texts that must parse, with the type, the shape and the printed graph; and
 * what a script is made of.  Texts that must not: test_parser_errors.
 */
#include "expr/arrays.h"
#include "support/tap_cunit.h"

static arrays table;

static void add(const char *name, dtype t, int ndim, int64_t n0, int64_t n1, int64_t n2)
{
    const int64_t shape[3] = {n0, n1, n2};
    arrays_add(&table, name, t, ndim, shape);
}

static void begin(void)
{
    memset(&table, 0, sizeof table);
    table.g = graph_new();
    add("a", SHARR_FLOAT32, 2, 3, 4, 0);
    add("b", SHARR_FLOAT64, 2, 3, 4, 0);
    add("i", SHARR_INT32, 2, 3, 4, 0);
    add("i8", SHARR_INT8, 1, 4, 0, 0);
    add("u", SHARR_UINT8, 1, 4, 0, 0);
    add("w", SHARR_UINT64, 1, 4, 0, 0);
    add("l", SHARR_INT64, 1, 4, 0, 0);
    add("m", SHARR_BOOL, 2, 3, 4, 0);
    add("z", SHARR_COMPLEX64, 2, 3, 4, 0);
    add("s", SHARR_FLOAT32, 0, 0, 0, 0);
    add("big", SHARR_FLOAT64, 3, 10, 20, 30);
    add("none", SHARR_FLOAT64, 2, 0, 3, 0);
    add("/g/v", SHARR_FLOAT32, 1, 2, 0, 0);
    add("/2m_t", SHARR_FLOAT32, 1, 2, 0, 0);
    add("M:/v", SHARR_FLOAT32, 1, 2, 0, 0);
    add("/any name-1", SHARR_FLOAT32, 1, 2, 0, 0);
    add("M:/odd}", SHARR_FLOAT32, 1, 2, 0, 0);
    add("größe", SHARR_FLOAT32, 1, 2, 0, 0);
}

static void end(void)
{
    CU_ASSERT_EQUAL(graph_live(table.g), 0);
    if (graph_live(table.g) == 0)
        graph_free(table.g);
}

static const name_resolver names = {&table, arrays_resolve, NULL};

typedef struct good {
    const char *text, *what, *print;
} good;

static void check_good(const good *row)
{
    script s;
    sharr_error err;
    char shape[SHAPE_TEXT], what[SHAPE_TEXT + 32];
    strbuf out = {0};
    if (!TAP_CHECK(script_parse(table.g, row->text, strlen(row->text), &names, &s, &err) == 0,
                   "%s: %s", row->text, err.text))
        return;
    const node *n = s.item[s.count - 1].value;
    snprintf(what, sizeof what, "%s %s", dtype_name(n->type), shape_text(n->ndim, n->shape, shape));
    node_print(n, 1000, &out);
    TAP_CHECK(strcmp(what, row->what) == 0, "%s is %s, not %s", row->text, what, row->what);
    TAP_CHECK(strcmp(strbuf_text(&out), row->print) == 0, "%s prints %s, not %s", row->text,
              strbuf_text(&out), row->print);
    CU_ASSERT_EQUAL(node_verify(n, &err), 0);
    strbuf_fini(&out);
    script_fini(&s);
}

static void check_all(const good *rows, int n)
{
    begin();
    for (int i = 0; i < n; i++)
        check_good(&rows[i]);
    end();
}

static void precedence_is_pythons(void)
{
    static const good rows[] = {
        {"-2**2", "int64 ()", "-4"},
        {"2**-1.0", "float64 ()", "2.0 ** (-1.0)"},
        {"2**3**2", "int64 ()", "512"},
        {"(2**3)**2", "int64 ()", "64"},
        {"-a**3", "float32 (3, 4)", "-a ** 3.0"},
        {"-a**2", "float32 (3, 4)", "-(a * a)"},
        {"(-a)**3", "float32 (3, 4)", "(-a) ** 3.0"},
        {"a**-1", "float32 (3, 4)", "1.0 / a"},
        {"a**-b", "float64 (3, 4)", "float64(a) ** (-b)"},
        {"a - b - a", "float64 (3, 4)", "float64(a) - b - float64(a)"},
        {"a - (a - a)", "float32 (3, 4)", "a - (a - a)"},
        {"a / a / a", "float32 (3, 4)", "a / a / a"},
        {"a * (a / a)", "float32 (3, 4)", "a * (a / a)"},
        {"a + a * a", "float32 (3, 4)", "a + a * a"},
        {"(a + a) * a", "float32 (3, 4)", "(a + a) * a"},
        {"a**a**a", "float32 (3, 4)", "a ** a ** a"},
        {"(a**a)**a", "float32 (3, 4)", "(a ** a) ** a"},
        {"not a == b", "bool (3, 4)", "~(float64(a) == b)"},
        {"not m and m", "bool (3, 4)", "~m & m"},
        {"m or m and m", "bool (3, 4)", "m | m & m"},
        {"(m or m) and m", "bool (3, 4)", "(m | m) & m"},
        {"~i & 3 | 4 ^ i << 2 >> 1", "int32 (3, 4)", "~i & 3 | 4 ^ i << 2 >> 1"},
        {"1 + 2 << 3", "int64 ()", "24"},
        {"- - -1", "int64 ()", "-1"},
        {"-~+i", "int32 (3, 4)", "-~i"},
        {"10 % 4 * 3", "int64 ()", "6"},
        {"a if m else b if m else a", "float64 (3, 4)",
         "where(m, float64(a), where(m, b, float64(a)))"},
        {"(a if m else b) if m else a", "float64 (3, 4)",
         "where(m, where(m, float64(a), b), float64(a))"},
        {"a + 1 if m or m else a * 2", "float32 (3, 4)", "where(m | m, a + 1.0, a * 2.0)"},
        {"a if m else not m", "float32 (3, 4)", "where(m, a, float32(~m))"},
    };
    check_all(rows, TAP_COUNT(rows));
}

static void literals(void)
{
    static const good rows[] = {
        {"1_000 + 0x1F + 0b101 + 0o17", "int64 ()", "1051"},
        {"000", "int64 ()", "0"},
        {"1.5e-3", "float64 ()", "0.0015"},
        {".5", "float64 ()", "0.5"},
        {"5.", "float64 ()", "5.0"},
        {"1_0.2_5e0_1", "float64 ()", "102.5"},
        {"2j", "complex128 ()", "(0.0+2.0j)"},
        {"1 - 2.5j", "complex128 ()", "(1.0-2.5j)"},
        {"True", "bool ()", "True"},
        {"false", "bool ()", "False"},
        {"pi", "float64 ()", "3.141592653589793"},
        {"e", "float64 ()", "2.718281828459045"},
        {"-inf", "float64 ()", "-inf"},
        {"nan", "float64 ()", "nan"},
        {"9223372036854775807", "int64 ()", "9223372036854775807"},
        {"uint64(18446744073709551615)", "uint64 ()", "uint64(18446744073709551615)"},
        {"floor_divide(2**100, 2**90)", "int64 ()", "1024"},
        {"float32(0.1)", "float32 ()", "float32(0.1)"},
        {"-7 % 3", "int64 ()", "2"},
        {"7 / 2", "float64 ()", "3.5"},
        {"1 / 0", "float64 ()", "inf"},
        {"7 % 0", "int64 ()", "0"},
        {"1 << 40", "int64 ()", "1099511627776"},
        {"-5 >> 1", "int64 ()", "-3"},
        {"3 > 2.5", "bool ()", "True"},
        {"round(2.5)", "float64 ()", "2.0"},
        {"sqrt(2)", "float64 ()", "1.4142135623730951"},
        {"maximum(0.0, -0.0)", "float64 ()", "0.0"},
        {"minimum(0.0, -0.0)", "float64 ()", "-0.0"},
        {"sign(-3)", "int64 ()", "-1"},
        {"exp(1)", "float64 ()", "exp(1.0)"},
        {"abs(3-4j)", "float64 ()", "hypot(3.0, -4.0)"},
    };
    check_all(rows, TAP_COUNT(rows));
}

/* Numbers of the text take the type of the array beside them; what is computed of them too. */
static void weak_scalars(void)
{
    static const good rows[] = {
        {"a + 1", "float32 (3, 4)", "a + 1.0"},
        {"a + 0.1", "float32 (3, 4)", "a + 0.1"},
        {"a + 1j", "complex64 (3, 4)", "complex64(a) + (0.0+1.0j)"},
        {"u + 255", "uint8 (4,)", "u + 255"},
        {"u + True", "uint8 (4,)", "u + 1"},
        {"u + 1.5", "float64 (4,)", "float64(u) + 1.5"},
        {"m + 1", "int64 (3, 4)", "int64(m) + 1"},
        {"m + True", "bool (3, 4)", "m | True"},
        {"exp(1) * a", "float32 (3, 4)", "float32(exp(1.0)) * a"},
        {"(1 / 3) * a", "float32 (3, 4)", "0.33333334 * a"},
        {"n = 2; k = n * 1.5; a * k", "float32 (3, 4)", "a * 3.0"},
        {"float64(3) * a", "float64 (3, 4)", "3.0 * float64(a)"},
        {"s * 3", "float32 ()", "s * 3.0"},
        {"where(m, 1, a)", "float32 (3, 4)", "where(m, 1.0, a)"},
        {"where(m, 1, 0.5)", "float64 (3, 4)", "where(m, 1.0, 0.5)"},
        {"where(m, 1, 0)", "int64 (3, 4)", "where(m, 1, 0)"},
        {"u == 300", "bool (4,)", "full((4,), False)"},
        {"u < 300", "bool (4,)", "full((4,), True)"},
        {"-1 < u", "bool (4,)", "full((4,), True)"},
        {"u >= -1", "bool (4,)", "full((4,), True)"},
        {"u != 300", "bool (4,)", "full((4,), True)"},
        {"300 < u", "bool (4,)", "full((4,), False)"},
        {"u / 1000", "float64 (4,)", "float64(u) / 1000.0"},
        {"clip(u, 1, 9)", "uint8 (4,)", "minimum(maximum(u, 1), 9)"},
        {"float32(1) + 1e300", "float32 ()", "float32(1.0) + float32(inf)"},
    };
    check_all(rows, TAP_COUNT(rows));
}

static void types_of_operators(void)
{
    static const good rows[] = {
        {"m + m", "bool (3, 4)", "m | m"},
        {"m * m", "bool (3, 4)", "m & m"},
        {"m / m", "float64 (3, 4)", "float64(m) / float64(m)"},
        {"m ** m", "int8 (3, 4)", "int8(m) ** int8(m)"},
        {"m << m", "int8 (3, 4)", "int8(m) << int8(m)"},
        {"floor_divide(m, m)", "int8 (3, 4)", "floor_divide(int8(m), int8(m))"},
        {"i / i", "float64 (3, 4)", "float64(i) / float64(i)"},
        {"i + i8", "int32 (3, 4)", "i + int32(i8)"},
        {"i8 + u", "int16 (4,)", "int16(i8) + int16(u)"},
        {"l + w", "float64 (4,)", "float64(l) + float64(w)"},
        {"l < w", "bool (4,)", "(l < 0) | (uint64(l) < w)"},
        {"w < l", "bool (4,)", "(l >= 0) & (uint64(l) > w)"},
        {"i8 == w", "bool (4,)", "(i8 >= 0) & (uint64(i8) == w)"},
        {"w != i8", "bool (4,)", "(i8 < 0) | (uint64(i8) != w)"},
        {"l >= w", "bool (4,)", "(l >= 0) & (uint64(l) >= w)"},
        {"sqrt(i8)", "float64 (4,)", "sqrt(float64(i8))"},
        {"sqrt(a)", "float32 (3, 4)", "sqrt(a)"},
        {"hypot(i8, s)", "float32 (4,)", "hypot(float32(i8), s)"},
        {"floor(i)", "int32 (3, 4)", "i"},
        {"round(m)", "bool (3, 4)", "m"},
        {"abs(u)", "uint8 (4,)", "u"},
        {"abs(i8)", "int8 (4,)", "abs(i8)"},
        {"abs(z)", "float32 (3, 4)", "hypot(real(z), imag(z))"},
        {"real(a)", "float32 (3, 4)", "a"},
        {"imag(a)", "float32 (3, 4)", "full((3, 4), float32(0.0))"},
        {"isnan(i)", "bool (3, 4)", "full((3, 4), False)"},
        {"isfinite(m)", "bool (3, 4)", "full((3, 4), True)"},
        {"isfinite(z)", "bool (3, 4)", "isfinite(real(z)) & isfinite(imag(z))"},
        {"isinf(a)", "bool (3, 4)", "isinf(a)"},
        {"minimum(m, m)", "bool (3, 4)", "m & m"},
        {"maximum(i8, a)", "float32 (3, 4)", "maximum(float32(i8), a)"},
        {"i8 and a", "bool (3, 4)", "bool(i8) & bool(a)"},
        {"logical_xor(a, m)", "bool (3, 4)", "bool(a) ^ m"},
        {"not a", "bool (3, 4)", "~bool(a)"},
        {"clip(a, None, 1)", "float32 (3, 4)", "minimum(a, 1.0)"},
        {"clip(a, min=s)", "float32 (3, 4)", "maximum(a, s)"},
        {"clip(a)", "float32 (3, 4)", "a"},
        {"clip(i8, 0, w)", "float64 (4,)", "minimum(maximum(float64(i8), 0.0), float64(w))"},
        {"where(a, i8, s)", "float32 (3, 4)", "where(bool(a), float32(i8), s)"},
        {"z / 2", "complex64 (3, 4)", "z / (2.0+0.0j)"},
        {"z == a", "bool (3, 4)", "z == complex64(a)"},
        {"float32(i)", "float32 (3, 4)", "float32(i)"},
        {"astype(a, bool)", "bool (3, 4)", "bool(a)"},
        {"astype(a, dtype=\"int8\")", "int8 (3, 4)", "int8(a)"},
        {"float32(a)", "float32 (3, 4)", "a"},
        {"a % 3", "float32 (3, 4)", "a % 3.0"},
        {"power(i, i)", "int32 (3, 4)", "i ** i"},
        {"add(a, subtract(a, multiply(a, true_divide(a, mod(a, a)))))", "float32 (3, 4)",
         "a + (a - a * (a / (a % a)))"},
    };
    check_all(rows, TAP_COUNT(rows));
}

static void reductions(void)
{
    static const good rows[] = {
        {"sum(i8)", "int64 ()", "sum(i8)"},
        {"sum(u)", "uint64 ()", "sum(u)"},
        {"sum(m)", "int64 ()", "sum(m)"},
        {"sum(a)", "float32 ()", "sum(a)"},
        {"sum(z)", "complex64 ()", "sum(z)"},
        {"sum(i8, dtype=int8)", "int8 ()", "sum(i8, dtype=int8)"},
        {"sum(a, dtype=float64)", "float64 ()", "sum(float64(a))"},
        {"prod(u, dtype=float32)", "float32 ()", "prod(float32(u))"},
        {"mean(i)", "float64 ()", "mean(float64(i))"},
        {"mean(a, axis=0)", "float32 (4,)", "mean(a, axis=0)"},
        {"mean(a, -1, keepdims=True)", "float32 (3, 1)", "mean(a, axis=1, keepdims=True)"},
        {"mean(big, axis=(0, -1))", "float64 (20,)", "mean(big, axis=(0, 2))"},
        {"mean(big, axis=[2, 0, 1])", "float64 ()", "mean(big)"},
        {"mean(a, axis=None)", "float32 ()", "mean(a)"},
        {"mean(z)", "complex64 ()", "mean(z)"},
        {"var(i, correction=1)", "float64 ()", "var(float64(i), correction=1.0)"},
        {"std(a, axis=1, ddof=1)", "float32 (3,)", "std(a, axis=1, correction=1.0)"},
        {"min(m)", "bool ()", "min(m)"},
        {"max(i8)", "int8 ()", "max(i8)"},
        {"max(none, axis=1)", "float64 (0,)", "max(none, axis=1)"},
        {"sum(none)", "float64 ()", "sum(none)"},
        {"any(a, axis=0)", "bool (4,)", "any(a, axis=0)"},
        {"all(a)", "bool ()", "all(a)"},
        {"argmin(a)", "int64 ()", "argmin(a)"},
        {"argmax(a, axis=1, keepdims=True)", "int64 (3, 1)", "argmax(a, axis=1, keepdims=True)"},
        {"count_nonzero(a, axis=1)", "int64 (3,)", "count_nonzero(a, axis=1)"},
        {"sum(3)", "int64 ()", "sum(3)"},
        {"sum(s)", "float32 ()", "sum(s)"},
        {"a - mean(a, axis=0)", "float32 (3, 4)", "a - mean(a, axis=0)"},
    };
    check_all(rows, TAP_COUNT(rows));
}

static void indexing_and_shapes(void)
{
    static const good rows[] = {
        {"a[1]", "float32 (4,)", "a[1]"},
        {"a[-1, -1]", "float32 ()", "a[2, 3]"},
        {"a[...]", "float32 (3, 4)", "a"},
        {"a[:, :]", "float32 (3, 4)", "a"},
        {"a[..., 1]", "float32 (3,)", "a[:, 1]"},
        {"a[None]", "float32 (1, 3, 4)", "a[None]"},
        {"a[:, newaxis, 1:3]", "float32 (3, 1, 2)", "a[:, None, 1:3]"},
        {"a[::-1]", "float32 (3, 4)", "a[::-1]"},
        {"a[2:0:-1]", "float32 (2, 4)", "a[:0:-1]"},
        {"a[:, 5:1:-2]", "float32 (3, 1)", "a[:, 3:4]"},
        {"a[1:100]", "float32 (2, 4)", "a[1:]"},
        {"a[-100:2]", "float32 (2, 4)", "a[:2]"},
        {"a[2:1]", "float32 (0, 4)", "full((0, 4), float32(0.0))"},
        {"a[1:3][::-1][0]", "float32 (4,)", "a[2]"},
        {"big[2:8:2, ..., 4]", "float64 (3, 20)", "big[2:7:2, :, 4]"},
        {"n = 2; a[n - 1:n]", "float32 (1, 4)", "a[1:2]"},
        {"permute_dims(a)", "float32 (4, 3)", "permute_dims(a, (1, 0))"},
        {"transpose(big, (2, 0, 1))", "float64 (30, 10, 20)", "permute_dims(big, (2, 0, 1))"},
        {"permute_dims(permute_dims(a))", "float32 (3, 4)", "a"},
        {"permute_dims(big[1:3, 5], (1, 0))", "float64 (30, 2)",
         "permute_dims(big[1:3, 5], (1, 0))"},
        {"flip(a)", "float32 (3, 4)", "a[::-1, ::-1]"},
        {"flip(a, axis=1)", "float32 (3, 4)", "a[:, ::-1]"},
        {"roll(i8, 1)", "int8 (4,)", "concat([i8[3:4], i8[:3]], axis=0)"},
        {"roll(i8, -5)", "int8 (4,)", "concat([i8[1:], i8[0:1]], axis=0)"},
        {"roll(i8, 4)", "int8 (4,)", "i8"},
        {"roll(i8, 1, axis=[])", "int8 (4,)", "i8"},
        {"roll(a, (1, 2), axis=(0, 0))", "float32 (3, 4)", "a"},
        {"roll(a, 1, axis=(0, 1))", "float32 (3, 4)", "view(a, (3, 4), 4 pieces)"},
        {"roll(a, 1)", "float32 (3, 4)",
         "reshape(concat([reshape(a, (12,))[11:12], reshape(a, (12,))[:11]], axis=0), (3, 4))"},
        {"concat([a, b], axis=1)", "float64 (3, 8)", "concat([float64(a), b], axis=1)"},
        {"concat([a, a])", "float32 (6, 4)", "concat([a, a], axis=0)"},
        {"concat([i8, w, l], axis=None)", "float64 (12,)",
         "concat([float64(i8), float64(w), float64(l)], axis=0)"},
        {"concat([i8, uint16(u), float32(u)])", "float32 (12,)",
         "concat([float32(i8), float32(uint16(u)), float32(u)], axis=0)"},
        {"concat([a[:1], a[1:2], a[2:]])", "float32 (3, 4)", "a"},
        {"roll(roll(a, 1, axis=1), -1, axis=1)", "float32 (3, 4)", "a"},
        {"stack([i8, u])", "int16 (2, 4)", "concat([int16(i8)[None], int16(u)[None]], axis=0)"},
        {"stack([i8, i8], axis=-1)", "int8 (4, 2)", "broadcast_to(i8[:, None], (4, 2))"},
        {"stack([1, 2.5])", "float64 (2,)", "concat([full((1,), 1.0), full((1,), 2.5)], axis=0)"},
        {"broadcast_to(i8, (2, 3, 4))", "int8 (2, 3, 4)", "broadcast_to(i8, (2, 3, 4))"},
        {"broadcast_to(s, 5)", "float32 (5,)", "broadcast_to(s, (5,))"},
        {"expand_dims(a, 1)", "float32 (3, 1, 4)", "a[:, None]"},
        {"expand_dims(a, (0, -1))", "float32 (1, 3, 4, 1)", "a[None, :, :, None]"},
        {"squeeze(a[:1])", "float32 (4,)", "a[0]"},
        {"squeeze(a[None, :1], axis=0)", "float32 (1, 4)", "a[0:1]"},
        {"reshape(a, (4, 3))", "float32 (4, 3)", "reshape(a, (4, 3))"},
        {"reshape(a, -1)", "float32 (12,)", "reshape(a, (12,))"},
        {"reshape(a, (3, 1, -1))", "float32 (3, 1, 4)", "a[:, None]"},
        {"reshape(reshape(a, 12), (2, 6))", "float32 (2, 6)", "reshape(a, (2, 6))"},
        {"reshape(reshape(a, 12), (3, 4))", "float32 (3, 4)", "a"},
        {"reshape(none, (3, 0))", "float64 (3, 0)", "full((3, 0), 0.0)"},
        {"reshape(zeros((3, 4)), 12)", "float64 (12,)", "full((12,), 0.0)"},
        {"a + u", "float32 (3, 4)", "a + float32(u)"},
        {"a[:, None] + a", "float32 (3, 3, 4)", "a[:, None] + a"},
        {"a[:1] + a[:, :1]", "float32 (3, 4)", "a[0] + a[:, 0:1]"},
    };
    check_all(rows, TAP_COUNT(rows));
}

static void creation(void)
{
    static const good rows[] = {
        {"arange(5)", "int64 (5,)", "arange(5)"},
        {"arange(2, 9, 3)", "int64 (3,)", "arange(3) * 3 + 2"},
        {"arange(9, 2, -3)", "int64 (3,)", "arange(3) * (-3) + 9"},
        {"arange(9, 2)", "int64 (0,)", "arange(0) + 0"},
        {"arange(0, 1, 0.25)", "float64 (4,)", "float64(arange(4)) * 0.25 + 0.0"},
        {"arange(3, dtype=float32)", "float32 (3,)", "float32(float64(arange(3)) * 1.0 + 0.0)"},
        {"arange(250, 256, dtype=uint8)", "uint8 (6,)", "uint8(arange(6) + 250)"},
        {"linspace(0, 1, 3)", "float64 (3,)",
         "where(arange(3) == 2, 1.0, float64(arange(3)) * 0.5 + 0.0)"},
        {"linspace(0, 1, 4, endpoint=False)", "float64 (4,)", "float64(arange(4)) * 0.25 + 0.0"},
        {"linspace(0, 1, 0)", "float64 (0,)", "float64(arange(0)) * 0.0 + 0.0"},
        {"zeros((2, 3))", "float64 (2, 3)", "full((2, 3), 0.0)"},
        {"ones(4, dtype=int8)", "int8 (4,)", "full((4,), int8(1))"},
        {"full((2,), 3)", "int64 (2,)", "full((2,), 3)"},
        {"full((2,), 3, dtype=float32)", "float32 (2,)", "full((2,), float32(3.0))"},
        {"full((2, 2), s)", "float32 (2, 2)", "broadcast_to(s, (2, 2))"},
        {"zeros(())", "float64 ()", "0.0"},
        {"eye(2, 3, k=1)", "float64 (2, 3)",
         "float64(coordinate(1, (2, 3)) - coordinate(0, (2, 3)) == 1)"},
        {"eye(3, dtype=bool)", "bool (3, 3)", "coordinate(1, (3, 3)) - coordinate(0, (3, 3)) == 0"},
    };
    check_all(rows, TAP_COUNT(rows));
}

static void paths_and_names(void)
{
    static const good rows[] = {
        {"/g/v", "float32 (2,)", "/g/v"},
        {"/g/v*2", "float32 (2,)", "/g/v * 2.0"},
        {"/g/v / 2", "float32 (2,)", "/g/v / 2.0"},
        {"/g/v/ 2", "float32 (2,)", "/g/v / 2.0"},
        {"1 / /g/v", "float32 (2,)", "1.0 / /g/v"},
        {"(/g/v)/2", "float32 (2,)", "/g/v / 2.0"},
        {"/2m_t", "float32 (2,)", "/2m_t"},
        {"M:/v", "float32 (2,)", "M:/v"},
        {"M:/v-M:/v", "float32 (2,)", "M:/v - M:/v"},
        {"{/any name-1} + `/any name-1`", "float32 (2,)", "/any name-1 + /any name-1"},
        {"`M:/odd}`", "float32 (2,)", "M:/odd}"},
        {"größe*2", "float32 (2,)", "größe * 2.0"},
        {"größe/größe", "float32 (2,)", "größe / größe"},
        {"a/a", "float32 (3, 4)", "a / a"},
        {"a /a", "float32 (3, 4)", "a / a"},
        {"2/a", "float32 (3, 4)", "2.0 / a"},
        {"a[0]/a[1]", "float32 (4,)", "a[0] / a[1]"},
        {"sum(/g/v)", "float32 ()", "sum(/g/v)"},
        {"a if m else /g/v[0]", "float32 (3, 4)", "where(m, a, /g/v[0])"},
        {"sum = sum(a); sum + 1", "float32 ()", "sum(a) + 1.0"},
        {"e = a; e * 2", "float32 (3, 4)", "a * 2.0"},
        {"float32 = a; float32 (float32)", "float32 (3, 4)", "a"},
    };
    check_all(rows, TAP_COUNT(rows));
}

/* ---- scripts ---- */

static void statements_and_places(void)
{
    static const struct {
        const char *text;
        int count;
        struct {
            const char *name;
            int column, length;
        } item[4];
    } rows[] = {
        {"a", 1, {{NULL, 0, 1}}},
        {"  a + b  # sum\n", 1, {{NULL, 2, 5}}},
        {"x = a; y=x*2 ;z", 3, {{"x", 0, 5}, {"y", 7, 5}, {NULL, 14, 1}}},
        {"x = (a +\n  # inside\n  b)\n\ny = x", 2, {{"x", 0, 24}, {"y", 26, 5}}},
        {";;a;\n;", 1, {{NULL, 2, 1}}},
        {"x = a\r\ny = x\r\n", 2, {{"x", 0, 5}, {"y", 7, 5}}},
        {"x = a\nx = x + 1\ny = x", 2, {{"x", 6, 9}, {"y", 16, 5}}},
        {"\xef\xbb\xbf#! a file\nx = a", 1, {{"x", 13, 5}}},
        {"_t = a; t = _t", 2, {{"_t", 0, 6}, {"t", 8, 6}}},
    };
    begin();
    for (int i = 0; i < TAP_COUNT(rows); i++) {
        script s;
        sharr_error err;
        if (!TAP_CHECK(
                script_parse(table.g, rows[i].text, strlen(rows[i].text), &names, &s, &err) == 0,
                "row %d: %s", i, err.text))
            continue;
        TAP_CHECK(s.count == rows[i].count, "row %d: %d statements", i, s.count);
        for (int k = 0; k < s.count && k < 4; k++) {
            const char *want = rows[i].item[k].name;
            bool same =
                want ? s.item[k].name && strcmp(want, s.item[k].name) == 0 : !s.item[k].name;
            TAP_CHECK(same, "row %d: name %s", i, s.item[k].name ? s.item[k].name : "none");
            TAP_CHECK(s.item[k].column == rows[i].item[k].column &&
                          s.item[k].length == rows[i].item[k].length,
                      "row %d, statement %d at %d, %d bytes", i, k, s.item[k].column,
                      s.item[k].length);
        }
        script_fini(&s);
    }
    end();
}

/* The last assignment wins; what used the name before keeps what it had. */
static void assigning_again(void)
{
    const char *text = "x = a; y = x + 1; x = b; w2 = x";
    script s;
    sharr_error err;
    begin();
    CU_ASSERT_EQUAL_FATAL(script_parse(table.g, text, strlen(text), &names, &s, &err), 0);
    CU_ASSERT_EQUAL(s.count, 3);
    CU_ASSERT_STRING_EQUAL(s.item[0].name, "y");
    CU_ASSERT_EQUAL(s.item[0].value->type, SHARR_FLOAT32);
    CU_ASSERT_STRING_EQUAL(s.item[1].name, "x");
    CU_ASSERT_EQUAL(s.item[1].value->type, SHARR_FLOAT64);
    CU_ASSERT_PTR_EQUAL(s.item[1].value, s.item[2].value);
    script_fini(&s);
    end();
}

/* Equal texts share nodes, also over statements. */
static void equal_parts_are_one_node(void)
{
    const char *text = "x = mean(a, axis=0) + 1; y = 1 + 0*a[0]; z2 = mean(a, axis=(0,)) + 1.0";
    script s;
    sharr_error err;
    begin();
    CU_ASSERT_EQUAL_FATAL(script_parse(table.g, text, strlen(text), &names, &s, &err), 0);
    CU_ASSERT_PTR_EQUAL(s.item[0].value, s.item[2].value);
    script_fini(&s);
    end();
}

static const tap_test tests[] = {
    {"precedence and associativity are Python's", precedence_is_pythons},
    {"literals", literals},
    {"numbers of the text are weak", weak_scalars},
    {"types of operators", types_of_operators},
    {"reductions", reductions},
    {"indexing and shapes", indexing_and_shapes},
    {"creation", creation},
    {"paths and names", paths_and_names},
    {"statements and their places", statements_and_places},
    {"assigning a name again", assigning_again},
    {"equal parts are one node", equal_parts_are_one_node},
};
TAP_MAIN("parser", tests)
