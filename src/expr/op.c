/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The operator table.  Adding an operator is a row here, an emit function, a
 * loop in the interpreter and a row in the tests.
 */
#include "expr/op.h"

#include <string.h>

#include "base/suggest.h"

/* Precedences, as Python's. */
enum { P_OR = 1, P_AND, P_NOT, P_COMPARE, P_BOR, P_XOR, P_BAND, P_SHIFT, P_SUM, P_PRODUCT, P_SIGN,
       P_POWER };

#define INFIX(sym, prec) .symbol = sym, .precedence = prec
#define PREFIX(sym, prec) .symbol = sym, .precedence = prec, .prefix = true
#define ELEMENT(n, r, k) \
    .min_args = n, .max_args = n, .cls = OP_ELEMENT, .rule = RULE_##r, .code = KOP_##k
#define OWN(lo, hi, c) \
    .min_args = lo, .max_args = hi, .cls = OP_ELEMENT, .rule = RULE_OWN, .code = c
#define REDUCE(r, f) .min_args = 1, .max_args = 2, .cls = OP_REDUCE, .rule = RULE_OWN, \
                     .code = ROP_##r, .final = RFINAL_##f
#define OTHER(lo, hi, c, k) \
    .min_args = lo, .max_args = hi, .cls = c, .rule = RULE_OWN, .code = OPC_##k

const op_row op_table[] = {
    /* arithmetic */
    {"add", NULL, INFIX("+", P_SUM), ELEMENT(2, ARITH, add),
     .doc = "add(x1, x2): sum; of bool: or"},
    {"subtract", NULL, INFIX("-", P_SUM), ELEMENT(2, ARITH, sub),
     .doc = "subtract(x1, x2): difference"},
    {"multiply", NULL, INFIX("*", P_PRODUCT), ELEMENT(2, ARITH, mul),
     .doc = "multiply(x1, x2): product; of bool: and"},
    {"divide", "true_divide", INFIX("/", P_PRODUCT), ELEMENT(2, DIVIDE, div),
     .doc = "divide(x1, x2): quotient; of integers in float64"},
    {"floor_divide", NULL, ELEMENT(2, ARITH, floordiv),
     .doc = "floor_divide(x1, x2): quotient rounded down; integer x // 0 is 0"},
    {"remainder", "mod", INFIX("%", P_PRODUCT), ELEMENT(2, ARITH, rem),
     .doc = "remainder(x1, x2): what floor_divide leaves, with the sign of x2; integer x % 0 is 0"},
    {"pow", "power", INFIX("**", P_POWER), .right = true, ELEMENT(2, ARITH, pow),
     .doc = "pow(x1, x2): x1 to the power x2"},
    {"negative", NULL, PREFIX("-", P_SIGN), ELEMENT(1, ARITH, neg), .doc = "negative(x): -x"},
    {"positive", NULL, PREFIX("+", P_SIGN), OWN(1, 1, OPC_positive), .doc = "positive(x): x"},

    /* comparisons; between integers exact whatever their types */
    {"equal", NULL, INFIX("==", P_COMPARE), ELEMENT(2, COMPARE, eq),
     .doc = "equal(x1, x2): x1 == x2"},
    {"not_equal", NULL, INFIX("!=", P_COMPARE), ELEMENT(2, COMPARE, ne),
     .doc = "not_equal(x1, x2): x1 != x2"},
    {"less", NULL, INFIX("<", P_COMPARE), ELEMENT(2, COMPARE, lt), .doc = "less(x1, x2): x1 < x2"},
    {"less_equal", NULL, INFIX("<=", P_COMPARE), ELEMENT(2, COMPARE, le),
     .doc = "less_equal(x1, x2): x1 <= x2"},
    {"greater", NULL, INFIX(">", P_COMPARE), ELEMENT(2, COMPARE, gt),
     .doc = "greater(x1, x2): x1 > x2"},
    {"greater_equal", NULL, INFIX(">=", P_COMPARE), ELEMENT(2, COMPARE, ge),
     .doc = "greater_equal(x1, x2): x1 >= x2"},

    /* logic: operands become bool by != 0 */
    {"logical_or", NULL, INFIX("or", P_OR), ELEMENT(2, LOGIC, or),
     .doc = "logical_or(x1, x2): one of both is not zero"},
    {"logical_and", NULL, INFIX("and", P_AND), ELEMENT(2, LOGIC, and),
     .doc = "logical_and(x1, x2): both are not zero"},
    {"logical_not", NULL, PREFIX("not", P_NOT), ELEMENT(1, LOGIC, not),
     .doc = "logical_not(x): x is zero"},
    {"logical_xor", NULL, ELEMENT(2, LOGIC, xor),
     .doc = "logical_xor(x1, x2): exactly one of both is not zero"},

    /* bits of integers; bool too, but for the shifts */
    {"bitwise_or", NULL, INFIX("|", P_BOR), ELEMENT(2, BITS, or),
     .doc = "bitwise_or(x1, x2): x1 | x2"},
    {"bitwise_xor", NULL, INFIX("^", P_XOR), ELEMENT(2, BITS, xor),
     .doc = "bitwise_xor(x1, x2): x1 ^ x2 (a power is written **)"},
    {"bitwise_and", NULL, INFIX("&", P_BAND), ELEMENT(2, BITS, and),
     .doc = "bitwise_and(x1, x2): x1 & x2"},
    {"bitwise_invert", "bitwise_not invert", PREFIX("~", P_SIGN), ELEMENT(1, BITS, not),
     .doc = "bitwise_invert(x): ~x"},
    {"bitwise_left_shift", "left_shift", INFIX("<<", P_SHIFT), ELEMENT(2, BITS, shl),
     .doc = "bitwise_left_shift(x1, x2): x1 << x2; 0 if x2 is negative or not below the width"},
    {"bitwise_right_shift", "right_shift", INFIX(">>", P_SHIFT), ELEMENT(2, BITS, shr),
     .doc = "bitwise_right_shift(x1, x2): x1 >> x2; the sign alone if x2 is negative or not below "
            "the width"},

    {"mulhi", NULL, ELEMENT(2, BITS, mulhi),
     .doc = "mulhi(a, b): of unsigned integers, the high half of the product"},
    {"philox", NULL, ELEMENT(3, BITS, philox),
     .doc = "philox(counter, stream, key): of unsigned integers, random bits (Philox4x32-10)"},
    {"philox_below", NULL, ELEMENT(3, BITS, philox_below),
     .doc = "philox_below(counter, key, n): of unsigned integers, a random one below n, from streams 0 and 1"},

    /* functions of one or two numbers */
    {"abs", "absolute", ELEMENT(1, SAME, abs),
     .doc = "abs(x): magnitude; of complex numbers hypot(real(x), imag(x))"},
    {"sqrt", NULL, ELEMENT(1, FLOAT, sqrt), .doc = "sqrt(x): square root, correctly rounded"},
    {"exp", NULL, ELEMENT(1, FLOAT, exp), .doc = "exp(x): e to the power x"},
    {"log", NULL, ELEMENT(1, FLOAT, log), .doc = "log(x): natural logarithm"},
    {"sin", NULL, ELEMENT(1, FLOAT, sin), .doc = "sin(x): sine of radians"},
    {"cos", NULL, ELEMENT(1, FLOAT, cos), .doc = "cos(x): cosine of radians"},
    {"tan", NULL, ELEMENT(1, FLOAT, tan), .doc = "tan(x): tangent of radians"},
    {"tanh", NULL, ELEMENT(1, FLOAT, tanh), .doc = "tanh(x): hyperbolic tangent"},
    {"expm1", NULL, ELEMENT(1, FLOAT, expm1), .doc = "expm1(x): exp(x) - 1, also near 0"},
    {"exp2", NULL, ELEMENT(1, FLOAT, exp2), .doc = "exp2(x): 2 to the power x"},
    {"log1p", NULL, ELEMENT(1, FLOAT, log1p), .doc = "log1p(x): log(1 + x), also near 0"},
    {"log2", NULL, ELEMENT(1, FLOAT, log2), .doc = "log2(x): logarithm to base 2"},
    {"log10", NULL, ELEMENT(1, FLOAT, log10), .doc = "log10(x): logarithm to base 10"},
    {"cbrt", NULL, ELEMENT(1, FLOAT, cbrt), .doc = "cbrt(x): cube root"},
    {"sinh", NULL, ELEMENT(1, FLOAT, sinh), .doc = "sinh(x): hyperbolic sine"},
    {"cosh", NULL, ELEMENT(1, FLOAT, cosh), .doc = "cosh(x): hyperbolic cosine"},
    {"asin", "arcsin", ELEMENT(1, FLOAT, asin), .doc = "asin(x): arc sine, in radians"},
    {"acos", "arccos", ELEMENT(1, FLOAT, acos), .doc = "acos(x): arc cosine, in radians"},
    {"atan", "arctan", ELEMENT(1, FLOAT, atan), .doc = "atan(x): arc tangent, in radians"},
    {"asinh", "arcsinh", ELEMENT(1, FLOAT, asinh), .doc = "asinh(x): inverse hyperbolic sine"},
    {"acosh", "arccosh", ELEMENT(1, FLOAT, acosh), .doc = "acosh(x): inverse hyperbolic cosine"},
    {"atanh", "arctanh", ELEMENT(1, FLOAT, atanh), .doc = "atanh(x): inverse hyperbolic tangent"},
    {"erf", NULL, ELEMENT(1, FLOAT, erf), .doc = "erf(x): error function"},
    {"atan2", "arctan2", ELEMENT(2, FLOAT, atan2),
     .doc = "atan2(x1, x2): angle of the point (x2, x1), in radians"},
    {"hypot", NULL, ELEMENT(2, FLOAT, hypot), .doc = "hypot(x1, x2): sqrt(x1**2 + x2**2)"},
    {"square", NULL, OWN(1, 1, OPC_square), .doc = "square(x): x * x"},
    {"reciprocal", NULL, OWN(1, 1, OPC_reciprocal), .doc = "reciprocal(x): 1 / x"},
    {"logaddexp", NULL, OWN(2, 2, OPC_logaddexp),
     .doc = "logaddexp(x1, x2): log(exp(x1) + exp(x2)), without overflow"},
    {"copysign", NULL, OWN(2, 2, OPC_copysign),
     .doc = "copysign(x1, x2): magnitude of x1 with the sign of x2 (of a NaN: see signbit)"},
    {"signbit", NULL, OWN(1, 1, OPC_signbit),
     .doc = "signbit(x): x is negative, or -0.0; a NaN that was read has its sign, a computed one has none"},
    {"nextafter", NULL, ELEMENT(2, FLOAT, nextafter),
     .doc = "nextafter(x1, x2): the number next to x1 in the direction of x2"},
    {"floor", NULL, ELEMENT(1, ROUND, floor), .doc = "floor(x): rounded down"},
    {"ceil", NULL, ELEMENT(1, ROUND, ceil), .doc = "ceil(x): rounded up"},
    {"round", NULL, ELEMENT(1, ROUND, round),
     .doc = "round(x): to the nearest integer, ties to even"},
    {"trunc", "fix", ELEMENT(1, ROUND, trunc), .doc = "trunc(x): rounded towards zero"},
    {"sign", NULL, ELEMENT(1, SAME, sign), .doc = "sign(x): -1, 0 or 1; NaN of NaN, +0 of -0"},
    {"minimum", NULL, ELEMENT(2, SAME, min), .doc = "minimum(x1, x2): the smaller one; NaN wins"},
    {"maximum", NULL, ELEMENT(2, SAME, max), .doc = "maximum(x1, x2): the larger one; NaN wins"},
    {"clip", NULL, OWN(1, 3, OPC_clip),
     .doc = "clip(x, min=None, max=None): minimum(maximum(x, min), max)"},
    {"where", NULL, ELEMENT(3, SELECT, select),
     .doc = "where(condition, x1, x2): x1 where the condition is not zero, else x2; also x1 if "
            "condition else x2"},
    {"isnan", NULL, ELEMENT(1, PREDICATE, isnan), .doc = "isnan(x): x is NaN"},
    {"isinf", NULL, ELEMENT(1, PREDICATE, isinf), .doc = "isinf(x): x is inf or -inf"},
    {"isfinite", NULL, ELEMENT(1, PREDICATE, isfinite),
     .doc = "isfinite(x): x is neither NaN nor infinite"},
    {"conj", "conjugate", OWN(1, 1, OPC_conj),
     .doc = "conj(x): complex conjugate; real numbers as they are"},
    {"real", NULL, OWN(1, 1, KOP_real), .doc = "real(x): real part"},
    {"imag", NULL, OWN(1, 1, KOP_imag), .doc = "imag(x): imaginary part"},

    /* reductions; axis is a number, a tuple, or None for all */
    {"sum", NULL, REDUCE(SUM, VALUE),
     .doc = "sum(x, axis=None, keepdims=False, dtype=None): sum; integers in 64 bits, float32 in "
            "float64"},
    {"prod", NULL, REDUCE(PROD, VALUE),
     .doc = "prod(x, axis=None, keepdims=False, dtype=None): product; integers in 64 bits"},
    {"mean", NULL, REDUCE(SUM, MEAN),
     .doc = "mean(x, axis=None, keepdims=False, dtype=None): sum / count; of integers in float64"},
    {"var", NULL, REDUCE(VAR, VAR),
     .doc = "var(x, axis=None, correction=0, keepdims=False, dtype=None): variance, over n - "
            "correction"},
    {"std", NULL, REDUCE(VAR, STD),
     .doc = "std(x, axis=None, correction=0, keepdims=False, dtype=None): standard deviation"},
    {"min", "amin", REDUCE(MIN, VALUE),
     .doc = "min(x, axis=None, keepdims=False): smallest; NaN wins"},
    {"max", "amax", REDUCE(MAX, VALUE),
     .doc = "max(x, axis=None, keepdims=False): largest; NaN wins"},
    {"any", NULL, REDUCE(ANY, VALUE), .doc = "any(x, axis=None, keepdims=False): one is not zero"},
    {"all", NULL, REDUCE(ALL, VALUE), .doc = "all(x, axis=None, keepdims=False): none is zero"},
    {"argmin", NULL, REDUCE(ARGMIN, VALUE),
     .doc = "argmin(x, axis=None, keepdims=False): first index of the smallest (or of a NaN)"},
    {"argmax", NULL, REDUCE(ARGMAX, VALUE),
     .doc = "argmax(x, axis=None, keepdims=False): first index of the largest (or of a NaN)"},
    {"count_nonzero", NULL, REDUCE(COUNT, VALUE),
     .doc = "count_nonzero(x, axis=None, keepdims=False): how many are not zero"},

    /* shapes */
    {"permute_dims", "transpose", OTHER(1, 2, OP_SHAPE, permute),
     .doc = "permute_dims(x, axes=None): dimensions in this order; None reverses them"},
    {"flip", NULL, OTHER(1, 2, OP_SHAPE, flip),
     .doc = "flip(x, axis=None): backwards along these axes"},
    {"roll", NULL, OTHER(2, 3, OP_SHAPE, roll),
     .doc = "roll(x, shift, axis=None): moved cyclically; None: as if flattened"},
    {"concat", "concatenate", OTHER(1, 2, OP_SHAPE, concat),
     .doc = "concat(arrays, axis=0): one after the other along an axis; None: flattened"},
    {"stack", NULL, OTHER(1, 2, OP_SHAPE, stack),
     .doc = "stack(arrays, axis=0): one after the other along a new axis"},
    {"broadcast_to", NULL, OTHER(2, 2, OP_SHAPE, broadcast),
     .doc = "broadcast_to(x, shape): repeated to a shape"},
    {"expand_dims", NULL, OTHER(2, 2, OP_SHAPE, expand),
     .doc = "expand_dims(x, axis): with new dimensions of extent 1"},
    {"squeeze", NULL, OTHER(1, 2, OP_SHAPE, squeeze),
     .doc = "squeeze(x, axis=None): without these dimensions of extent 1; None: all of them"},
    {"reshape", NULL, OTHER(2, 2, OP_SHAPE, reshape),
     .doc = "reshape(x, shape): the same elements in C order; one extent may be -1"},

    /* arrays from numbers */
    {"arange", NULL, OTHER(1, 3, OP_CREATE, arange),
     .doc = "arange(start, stop=None, step=1, dtype=None): start, start + step, ... before stop; "
            "arange(n) starts at 0"},
    {"linspace", NULL, OTHER(2, 3, OP_CREATE, linspace),
     .doc =
         "linspace(start, stop, num=50, endpoint=True, dtype=None): num values at even distance"},
    {"full", NULL, OTHER(2, 2, OP_CREATE, full),
     .doc = "full(shape, fill_value, dtype=None): one value everywhere"},
    {"zeros", NULL, OTHER(1, 1, OP_CREATE, zeros), .doc = "zeros(shape, dtype=float64): zeros"},
    {"ones", NULL, OTHER(1, 1, OP_CREATE, ones), .doc = "ones(shape, dtype=float64): ones"},
    {"eye", NULL, OTHER(1, 2, OP_CREATE, eye),
     .doc = "eye(n_rows, n_cols=None, k=0, dtype=float64): ones on the k-th diagonal"},

    /* procedures: along one axis, through scratch where memory is short */
    {"cumulative_sum", "cumsum", OTHER(1, 2, OP_CALL, cumulative_sum),
     .doc = "cumulative_sum(x, axis=None, dtype=None, include_initial=False): running sums; axis may be left out in one "
            "dimension"},
    {"cumulative_prod", "cumprod", OTHER(1, 2, OP_CALL, cumulative_prod),
     .doc = "cumulative_prod(x, axis=None, dtype=None, include_initial=False): running products"},
    {"matmul", NULL, OTHER(2, 2, OP_CALL, matmul), .doc = "matmul(x1, x2): products of matrices, over the last two dimensions"},

    {"sort", NULL, OTHER(1, 2, OP_CALL, sort),
     .doc = "sort(x, axis=-1, descending=False, stable=True): in order along an axis; NaN is larger than all numbers"},
    {"argsort", NULL, OTHER(1, 2, OP_CALL, argsort),
     .doc = "argsort(x, axis=-1, descending=False, stable=True): positions in the order of sort; equals keep theirs"},

    {"searchsorted", NULL, OTHER(2, 2, OP_CALL, searchsorted),
     .doc = "searchsorted(x1, x2, right=False): where x2 would stand in x1, which is sorted; right: behind equals"},
    {"compress", NULL, OTHER(3, 4, OP_CALL, compress),
     .doc = "compress(x, condition, size, axis=0): what a condition along the axis holds for, which is so many times"},
    {"take", NULL, OTHER(2, 3, OP_CALL, take),
     .doc = "take(x, indices, axis=0): what is at these positions along an axis; negative ones count from the end"},

    /* random numbers: the same for the same seed, wherever they are computed */
    {"random", NULL, OTHER(2, 2, OP_CREATE, random),
     .doc = "random(shape, seed, dtype=float64): even in [0, 1), from the seed and the position alone"},
    {"uniform", NULL, OTHER(4, 4, OP_CREATE, uniform),
     .doc = "uniform(low, high, shape, seed, dtype=float64): even in [low, high)"},
    {"normal", NULL, OTHER(4, 4, OP_CREATE, normal),
     .doc = "normal(mean, std, shape, seed, dtype=float64): of the normal distribution"},
    {"integers", NULL, OTHER(4, 4, OP_CREATE, integers),
     .doc = "integers(low, high, shape, seed, dtype=int64): low to high - 1, each as likely"},

    {"astype", NULL, OTHER(2, 2, OP_TYPE, astype),
     .doc = "astype(x, dtype): as another type; float32(x) is the same"},
    {.name = NULL},
};

/* The words of `list`, separated by blanks: is `name` one of them? */
static bool list_has(const char *list, const char *name, size_t len)
{
    while (list && *list) {
        size_t n = strcspn(list, " ");
        if (n == len && memcmp(list, name, n) == 0)
            return true;
        list += n + strspn(list + n, " ");
    }
    return false;
}

const op_row *op_find(const char *name, size_t len)
{
    for (const op_row *r = op_table; r->name; r++)
        if (list_has(r->name, name, len) || list_has(r->aliases, name, len))
            return r;
    return NULL;
}

const op_row *op_find_symbol(const char *sym, size_t len, bool prefix)
{
    for (const op_row *r = op_table; r->name; r++)
        if (r->prefix == prefix && list_has(r->symbol, sym, len))
            return r;
    return NULL;
}

const char *op_suggest(const char *name, size_t len)
{
    const char *best = NULL;
    suggest s;
    suggest_init(&s, name, len);
    for (const op_row *r = op_table; r->name; r++) {
        int was = s.best;
        suggest_offer(&s, r->name);
        for (const char *a = r->aliases; a && *a; a += strspn(a, " ")) {
            char word[32] = "";
            size_t n = strcspn(a, " ");
            memcpy(word, a, n < sizeof word ? n : sizeof word - 1);
            suggest_offer(&s, word);
            a += n;
        }
        if (s.best < was)
            best = r->name;
    }
    return best;
}
