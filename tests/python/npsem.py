# SPDX-License-Identifier: BSD-3-Clause
"""What sharr's operators mean, in NumPy: the reference of the differential test.

Types follow NumPy 2 (NEP 50: Python scalars are weak) whatever NumPy runs this; values follow the rules
that src/array/kop.h states.  A value carries an error bound: None means that the bits are fixed, an array means that
|result - value| must not exceed it.  Nothing here knows sharr's implementation.
"""

import numpy as np

BOOL = np.dtype(bool)
INTS = [np.dtype(t) for t in ("int8", "int16", "int32", "int64")]
UINTS = [np.dtype(t) for t in ("uint8", "uint16", "uint32", "uint64")]
FLOATS = [np.dtype("float32"), np.dtype("float64")]
COMPLEXES = [np.dtype("complex64"), np.dtype("complex128")]
LONG = np.longdouble


class Skip(Exception):
    """This combination is not defined (or not bounded): the generator tries another one."""


class Weak:
    """A literal: a Python int or float, which takes the other operand's type."""

    def __init__(self, value):
        self.value = value


def kind(t):
    return {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex"}[t.kind]


def is_integer(t):
    return t.kind in "iu"


def strong(v):
    """The dtype a literal has on its own."""
    return np.dtype("int64") if isinstance(v.value, int) else np.dtype("float64")


def promote_weak(t, w):
    if isinstance(w.value, int):
        if t == BOOL:
            return np.dtype("int64")
        if is_integer(t):
            info = np.iinfo(t)
            if not info.min <= w.value <= info.max:
                raise Skip
        return t
    return t if t.kind in "fc" else np.dtype("float64")


def promote(args):
    """Common type of arrays and literals."""
    types = [a.dtype for a in args if not isinstance(a, Weak)]
    if not types:
        raise Skip
    t = types[0]
    for u in types[1:]:
        t = np.promote_types(t, u)
    for a in args:
        if isinstance(a, Weak):
            t = promote_weak(t, a)
    return t


def cast(x, t):
    """astype: float -> int truncates and saturates, NaN -> 0; integers wrap; -> bool is != 0."""
    if isinstance(x, Weak):
        return np.array(x.value, dtype=t)
    if x.dtype == t:
        return x
    if t == BOOL:
        return np.asarray(x != 0)
    if x.dtype.kind == "c" and t.kind != "c":
        return cast(x.real, t)
    if x.dtype.kind == "f" and is_integer(t):
        info = np.iinfo(t)
        y = np.trunc(np.where(np.isnan(x), 0, x))
        high, low = y >= -2.0 * (info.min // 2 if info.min else -(info.max // 2 + 1)), y < float(info.min)
        inside = np.where(high | low, 0, y).astype(t)
        return np.asarray(np.where(high, t.type(info.max), np.where(low, t.type(info.min), inside)))
    with np.errstate(all="ignore"):
        return x.astype(t)


def ulp(x):
    """Distance to the next number, as float64 (of the real type of x)."""
    with np.errstate(all="ignore"):
        return np.abs(np.spacing(np.abs(x))).astype(float)


def round_to(x, t):
    with np.errstate(all="ignore"):
        return np.asarray(x).astype(t)


# ---- element operations on operands of one type; each returns an array ------------------------------

def floordiv(a, b):
    if is_integer(a.dtype):
        q = np.floor_divide(a, np.where(b == 0, 1, b).astype(a.dtype))
        return np.where(b == 0, 0, q).astype(a.dtype)
    return np.floor_divide(a, b)


def remainder(a, b):
    if is_integer(a.dtype):
        r = np.remainder(a, np.where(b == 0, 1, b).astype(a.dtype))
        return np.where(b == 0, 0, r).astype(a.dtype)
    return np.remainder(a, b)


def integer_pow(a, b):
    """Wraps; a negative exponent gives the truncated true value, 0 ** -n = 0."""
    a, b = np.broadcast_arrays(a, b)
    r = np.power(a, np.where(b < 0, 0, b).astype(a.dtype))
    if a.dtype.kind == "i":
        odd = np.where(b % 2 != 0, a, np.ones_like(a))
        inverse = np.where(a == 1, 1, np.where(a == -1, odd, 0)).astype(a.dtype)
        r = np.where(b < 0, inverse, r)
    return r.astype(a.dtype)


def minimum(a, b):
    r = np.minimum(a, b)
    if a.dtype.kind == "f":                    # -0 < +0
        r = np.where((a == 0) & (b == 0), np.where(np.signbit(a) | np.signbit(b), -0.0, 0.0).astype(a.dtype), r)
    return r.astype(a.dtype)


def maximum(a, b):
    r = np.maximum(a, b)
    if a.dtype.kind == "f":
        r = np.where((a == 0) & (b == 0), np.where(np.signbit(a) & np.signbit(b), -0.0, 0.0).astype(a.dtype), r)
    return r.astype(a.dtype)


def shift_left(a, b):
    width = 8 * a.dtype.itemsize
    out = (b < 0) | (b >= width)
    return np.where(out, 0, np.left_shift(a, np.where(out, 0, b).astype(a.dtype))).astype(a.dtype)


def shift_right(a, b):
    width = 8 * a.dtype.itemsize
    out = (b < 0) | (b >= width)
    far = np.where(a < 0, -1, 0).astype(a.dtype) if a.dtype.kind == "i" else np.zeros_like(a)
    return np.where(out, far, np.right_shift(a, np.where(out, 0, b).astype(a.dtype))).astype(a.dtype)


def multiply(a, b):
    if a.dtype.kind != "c":
        return a * b
    re = a.real * b.real - a.imag * b.imag     # (ac - bd, ad + bc), each operation rounded once
    im = a.real * b.imag + a.imag * b.real
    r = np.empty(re.shape, a.dtype)
    r.real, r.imag = re, im
    return r


COMPARE = {"==": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater,
           ">=": np.greater_equal}


def compare(op, a, b):
    """Comparisons of integers are exact across signs."""
    wa, wb = isinstance(a, Weak), isinstance(b, Weak)
    if not wa and not wb and {a.dtype.kind, b.dtype.kind} == {"i", "u"}:
        i, u = (a, b) if a.dtype.kind == "i" else (b, a)
        i, u = np.broadcast_arrays(i, u)
        three = np.where(i < 0, -1, np.sign(np.where(i.clip(0).astype(np.uint64) < u, -1, 0) +
                                            np.where(i.clip(0).astype(np.uint64) > u, 1, 0)))
        if a.dtype.kind == "u":
            three = -three
        return COMPARE[op](three, 0)
    t = promote([a, b])
    if t.kind == "c" and op not in ("==", "!="):
        raise Skip
    return COMPARE[op](cast(a, t), cast(b, t))


# ---- functions with a bound -------------------------------------------------------------------------

# Worst error in units in the last place that the library allows itself.
FUNCTION_ULPS = 2.0


def function(name, *args):
    """exp, log, ...: the reference is computed in extended precision."""
    t = args[0].dtype
    with np.errstate(all="ignore"):
        f = {"exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan, "tanh": np.tanh,
             "expm1": np.expm1, "log1p": np.log1p, "log2": np.log2, "log10": np.log10, "exp2": np.exp2,
             "cbrt": np.cbrt, "sinh": np.sinh, "cosh": np.cosh, "asinh": np.arcsinh, "acosh": np.arccosh,
             "atanh": np.arctanh, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2,
             "hypot": np.hypot, "pow": np.power}[name]
        wide = f(*[a.astype(LONG) for a in args])
        r = round_to(wide, t)
        bound = (FUNCTION_ULPS + 0.5) * ulp(r)
    bound = np.where(np.isfinite(r), bound, 0)
    # Results at the edge of the range may round either way.
    edge = np.isinf(r) & np.isfinite(wide) | (np.abs(wide) > np.finfo(t).max * LONG(0.9999999))
    return r, np.where(edge & ~np.isinf(wide), np.inf, bound)


# Those whose reference is good as it is.
COMPLEX_FUNCTIONS = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan,
                     "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asin": np.arcsin, "acos": np.arccos,
                     "atan": np.arctan, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh}
COMPLEX_ULPS = 8.0


def complex_function(name, x):
    """Bounded as a whole; infinities and NaN: the tables of the unit tests."""
    with np.errstate(all="ignore"):
        wide = COMPLEX_FUNCTIONS[name](x.astype(np.clongdouble))
        r = round_to(wide, x.dtype)
        size = np.maximum(np.abs(r.real), np.abs(r.imag))
        known = np.isfinite(r) & (size < np.finfo(x.dtype).max / 8)
        return r, np.where(known, (COMPLEX_ULPS + 1) * ulp(np.where(known, size, 1)), np.inf)


# ---- reductions -------------------------------------------------------------------------------------

SUM_STEPS = 400.0       # additions in a row that a sum may make, generously


def sum_type(t):
    return np.dtype("int64") if t == BOOL or t.kind == "i" else np.dtype("uint64") if t.kind == "u" else t


def accumulated(total, magnitude, count, out):
    """Bound of a sum that is accumulated in float64 and rounded to `out`."""
    with np.errstate(all="ignore"):
        bound = (SUM_STEPS + np.log2(max(count, 2))) * 2.0 ** -53 * magnitude.astype(float) + ulp(round_to(total, out))
        # Partial sums may overflow in one order and not in another.
        return np.where(magnitude > LONG(1e300), np.inf, np.where(np.isfinite(total), bound, 0))


def parts(f, x, *rest):
    """Apply f (value, bound) to the real and imaginary part."""
    a, ea = f(x.real, *rest)
    b, eb = f(x.imag, *rest)
    r = np.empty(np.shape(a), np.promote_types(a.dtype, np.complex64))
    r.real, r.imag = a, b
    return r, np.maximum(ea, eb)


def count_over(shape, axes):
    n = 1
    for d in axes:
        n *= shape[d]
    return n


def reduce_sum(x, err, axes, keep, out, divide):
    """sum, or mean when `divide`."""
    if x.dtype.kind == "c":
        return parts(lambda y: reduce_sum(y, err, axes, keep, y.dtype, divide), x)
    n = count_over(x.shape, axes)
    with np.errstate(all="ignore"):
        if not divide and is_integer(out):
            return np.asarray(np.sum(cast(x, out), axis=axes, keepdims=keep, dtype=out)), None
        wide = cast(x, out).astype(LONG) if not divide or x.dtype.kind == "f" else x.astype(LONG)
        total = np.sum(wide, axis=axes, keepdims=keep)
        size = np.sum(np.abs(wide), axis=axes, keepdims=keep)
        bound = accumulated(total, size, n, np.dtype("float64") if divide else out)
        if err is not None:
            bound = bound + np.sum(np.broadcast_to(err, x.shape), axis=axes, keepdims=keep)
        if divide:
            total = total / LONG(n) if n else total * LONG(np.nan)
            bound = bound / max(n, 1) + ulp(round_to(total, out))
            if is_integer(x.dtype) or x.dtype == BOOL:      # integer sums are exact until they wrap
                if np.any(size > LONG(2.0 ** 62)):
                    raise Skip
        return round_to(total, out), bound


def reduce_var(x, axes, keep, correction, out, root):
    n = count_over(x.shape, axes)
    free = n - correction
    with np.errstate(all="ignore"):
        wide = x.astype(LONG)
        mean = np.sum(wide, axis=axes, keepdims=True) / LONG(max(n, 1))
        v = np.sum((wide - mean) ** 2, axis=axes, keepdims=keep) / LONG(free) if free > 0 else \
            np.full(np.sum(wide, axis=axes, keepdims=keep).shape, LONG(np.nan))
        spread = np.zeros(v.shape, LONG) if n == 0 else \
            np.max(wide, axis=axes, keepdims=keep) - np.min(wide, axis=axes, keepdims=keep)
        dv = (2 * SUM_STEPS * 2.0 ** -53 * n / max(free, 1e-9) * spread ** 2).astype(float) + 2.0 ** -52 * v
        if root:
            low, high = np.sqrt(np.maximum(v - dv, 0)), np.sqrt(v + dv)
            v = np.sqrt(v)
            dv = np.maximum(high - v, v - low)
        r = round_to(v, out)
        bound = dv.astype(float) + 2 * ulp(r)
        huge = np.asarray(spread > LONG(1e150)) | np.isinf(spread) & ~np.isnan(v)
        return r, np.where(huge, np.inf, np.where(np.isfinite(r), bound, 0))


def reduce_prod(x, axes, keep, out):
    if is_integer(out):
        return np.asarray(np.prod(cast(x, out), axis=axes, keepdims=keep, dtype=out)), None
    if x.dtype.kind == "c":
        raise Skip
    n = count_over(x.shape, axes)
    with np.errstate(all="ignore"):
        wide = cast(x, out).astype(LONG)
        r = round_to(np.prod(wide, axis=axes, keepdims=keep), out)
        bound = n * np.finfo(out).eps * np.abs(r).astype(float) + ulp(r)
        travel = np.sum(np.abs(np.log2(np.abs(wide))), axis=axes, keepdims=keep)    # may a partial leave the range?
        return r, np.where(travel < (100 if out.itemsize == 4 else 900), np.where(np.isfinite(r), bound, 0), np.inf)


def reduce_extreme(x, axes, keep, name):
    if count_over(x.shape, axes) == 0:
        raise Skip                                          # an error when built
    r = (np.min if name == "min" else np.max)(x, axis=axes, keepdims=keep)
    if x.dtype.kind == "f":                                 # -0 < +0
        negative = np.signbit(x) & (x == 0)
        positive = ~np.signbit(x) & (x == 0)
        some = np.any(negative if name == "min" else positive, axis=axes, keepdims=keep)
        zero = np.where(some, -0.0, 0.0) if name == "min" else np.where(some, 0.0, -0.0)
        r = np.where(r == 0, zero.astype(x.dtype), r)
    return np.asarray(r).astype(x.dtype)


def reduce_arg(x, axis, keep, name):
    """Index in C order; the lowest wins, the first NaN wins, zeros tie."""
    if count_over(x.shape, range(x.ndim) if axis is None else (axis,)) == 0:
        raise Skip
    f = np.argmin if name == "argmin" else np.argmax
    if x.dtype == BOOL:
        x = x.astype(np.uint8)
    return np.asarray(f(x, axis=axis, keepdims=keep)).astype(np.int64)
