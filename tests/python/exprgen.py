# SPDX-License-Identifier: BSD-3-Clause
"""Random typed expressions: the text for sharr and the value from NumPy, made together.

Operands whose bits are not fixed (err is not None) go only into operations that can carry the bound on.
"""

import numpy as np

import npsem as sem
from npsem import BOOL, Skip, Weak, cast, is_integer, promote, strong

MAX_ELEMENTS = 120000

# Precedence of the text, as Python's.
TERNARY, OR, AND, NOT, COMPARE, BITOR, BITXOR, BITAND, SHIFT, SUM, TERM, UNARY, POWER, ATOM = range(14)


class Val:
    """Text, its precedence, the value (array or Weak) and the bound."""

    def __init__(self, text, prec, arr, err=None):
        self.text, self.prec, self.arr, self.err = text, prec, arr, err
        if not isinstance(arr, Weak):
            self.arr = np.asarray(arr)
            if err is not None:
                self.err = np.broadcast_to(np.where(np.isnan(err), np.inf, err), self.arr.shape)
            if self.arr.size > MAX_ELEMENTS or self.arr.ndim > 6:
                raise Skip

    @property
    def weak(self):
        return isinstance(self.arr, Weak)

    @property
    def dtype(self):
        return strong(self.arr) if self.weak else self.arr.dtype

    @property
    def shape(self):
        return () if self.weak else self.arr.shape

    def at(self, prec):
        """Text as an operand that must bind at least as tightly as `prec`."""
        return self.text if self.prec >= prec else "(" + self.text + ")"


def literal(value):
    text = repr(value) if value >= 0 else "-" + repr(-value)
    return Val(text, ATOM if value >= 0 else UNARY, Weak(value))


def exact(*vals):
    if any(v.err is not None for v in vals):
        raise Skip


def errors(*vals):
    """Sum of the bounds of some operands, None when all are exact."""
    some = [v.err for v in vals if v.err is not None]
    if not some:
        return None
    total = 0.0
    with np.errstate(all="ignore"):
        for e in some:
            total = total + e
    return total


def with_rounding(result, err):
    """Bound after one more rounding: the operation on nearby operands."""
    if err is None:
        return None
    with np.errstate(all="ignore"):
        real = np.maximum(np.abs(result.real), np.abs(result.imag)) if result.dtype.kind == "c" else np.abs(result)
        finite = np.where(np.isfinite(real), real, 0)
        e = err + 2 * sem.ulp(finite) + 4e-16 * np.where(np.isfinite(err), err, 0)
        return np.broadcast_to(np.where(np.isnan(e), np.inf, e), result.shape)


def quiet(f):
    def g(*a):
        with np.errstate(all="ignore"):
            return f(*a)
    return g


# ---- element operations -----------------------------------------------------------------------------

@quiet
def arith(op, a, b):
    t = promote([a.arr, b.arr])
    x, y = cast(a.arr, t), cast(b.arr, t)
    err = errors(a, b)
    if t == BOOL:
        if op == "-":
            raise Skip
        r = x | y if op == "+" else x & y
    elif op == "*":
        r = sem.multiply(x, y)
        if err is not None:
            if t.kind == "c":
                raise Skip
            ex, ey = (0.0 if v.err is None else v.err for v in (a, b))
            err = np.abs(x).astype(float) * ey + np.abs(y).astype(float) * ex + ex * ey
    else:
        r = x + y if op == "+" else x - y
    prec = TERM if op == "*" else SUM
    return Val(f"{a.at(prec)} {op} {b.at(prec + 1)}", prec, r, with_rounding(r, err))


@quiet
def divide(a, b):
    exact(a, b)
    t = promote([a.arr, b.arr])
    if t.kind in "biu":
        t = np.dtype("float64")
    r = cast(a.arr, t) / cast(b.arr, t)
    err = None
    if t.kind == "c":                               # Smith's division: bounded by norm
        size = np.abs(r).astype(float)
        err = np.where(np.isfinite(size), 16 * np.finfo(t).eps * size, np.inf)
        err = np.where((size < 1e30) & (size > 1e-30), err, np.inf)
    return Val(f"{a.at(TERM)} / {b.at(UNARY)}", TERM, r, err)


@quiet
def modulo(op, a, b):
    exact(a, b)
    t = promote([a.arr, b.arr])
    if t.kind in "bc":
        raise Skip
    x, y = cast(a.arr, t), cast(b.arr, t)
    if t.kind == "f" and (np.any(np.isinf(x)) or np.any(np.isinf(y)) or np.any(y == 0)):
        raise Skip                                  # special values: tables of the unit tests
    if op == "%":
        return Val(f"{a.at(TERM)} % {b.at(UNARY)}", TERM, sem.remainder(x, y))
    return Val(f"floor_divide({a.text}, {b.text})", ATOM, sem.floordiv(x, y))


@quiet
def power(a, b):
    exact(a, b)
    t = promote([a.arr, b.arr])
    if t.kind in "bc" or a.weak and t.kind == "f":
        raise Skip
    if is_integer(t) and b.weak and b.arr.value < 0:
        raise Skip                                  # an error
    x, y = cast(a.arr, t), cast(b.arr, t)
    text = f"{a.at(ATOM)} ** {b.at(UNARY)}"
    if is_integer(t):
        return Val(text, POWER, sem.integer_pow(x, y))
    return Val(text, POWER, *sem.function("pow", x, y))


@quiet
def comparison(op, a, b):
    exact(a, b)
    if a.weak or b.weak:
        promote([a.arr, b.arr])                     # literals out of range are skipped
    return Val(f"{a.at(BITOR)} {op} {b.at(BITOR)}", COMPARE, sem.compare(op, a.arr, b.arr))


def bits(op, a, b):
    exact(a, b)
    t = promote([a.arr, b.arr])
    if t.kind in "fc":
        raise Skip
    x, y = cast(a.arr, t), cast(b.arr, t)
    r = x & y if op == "&" else x | y if op == "|" else x ^ y
    prec = {"&": BITAND, "|": BITOR, "^": BITXOR}[op]
    return Val(f"{a.at(prec)} {op} {b.at(prec + 1)}", prec, r)


def shift(op, a, b):
    exact(a, b)
    t = promote([a.arr, b.arr])
    if t.kind in "bfc":
        raise Skip
    f = sem.shift_left if op == "<<" else sem.shift_right
    return Val(f"{a.at(SHIFT)} {op} {b.at(SHIFT + 1)}", SHIFT, f(cast(a.arr, t), cast(b.arr, t)))


def logic(op, a, b):
    exact(a, b)
    x, y = cast(a.arr, BOOL), cast(b.arr, BOOL)
    if op == "xor":
        return Val(f"logical_xor({a.text}, {b.text})", ATOM, x ^ y)
    prec = AND if op == "and" else OR
    return Val(f"{a.at(prec)} {op} {b.at(prec + 1)}", prec, x & y if op == "and" else x | y)


@quiet
def extreme(name, a, b):
    t = promote([a.arr, b.arr])
    if t.kind in "bc":
        raise Skip
    r = (sem.minimum if name == "minimum" else sem.maximum)(cast(a.arr, t), cast(b.arr, t))
    err = errors(a, b)
    return Val(f"{name}({a.text}, {b.text})", ATOM, r, None if err is None else np.broadcast_to(err, r.shape))


@quiet
def select(form, c, a, b):
    exact(c)
    t = promote([a.arr, b.arr])
    r = np.where(cast(c.arr, BOOL), cast(a.arr, t), cast(b.arr, t))
    err = errors(a, b)
    err = None if err is None else np.broadcast_to(err, r.shape)
    if form == "where":
        return Val(f"where({c.text}, {a.text}, {b.text})", ATOM, r, err)
    return Val(f"{a.at(OR)} if {c.at(OR)} else {b.at(TERNARY)}", TERNARY, r, err)


@quiet
def unary(name, a):
    x = a.arr
    if a.weak:
        raise Skip
    if name == "-":
        if x.dtype == BOOL:
            raise Skip
        return Val(f"-{a.at(UNARY)}", UNARY, np.negative(x), a.err)
    if name == "+":
        if x.dtype == BOOL:
            raise Skip
        return Val(f"+{a.at(UNARY)}", UNARY, x, a.err)
    if name in ("real", "imag"):
        if x.dtype.kind != "c":
            raise Skip
        return Val(f"{name}({a.text})", ATOM, x.real if name == "real" else x.imag, a.err)
    if name == "abs" and x.dtype.kind == "c":
        exact(a)
        return Val(f"abs({a.text})", ATOM, *sem.function("hypot", x.real, x.imag))
    if name == "abs":
        if x.dtype.kind == "b":
            raise Skip
        return Val(f"abs({a.text})", ATOM, np.abs(x), a.err)
    exact(a)
    if name == "not":
        return Val(f"not {a.at(NOT)}", NOT, ~cast(x, BOOL))
    if name == "~":
        if x.dtype.kind in "fc":
            raise Skip
        return Val(f"~{a.at(UNARY)}", UNARY, ~x)
    if name in ("floor", "ceil", "trunc", "round"):
        if x.dtype.kind == "b" or x.dtype.kind == "c" and name != "round":
            raise Skip
        f = {"floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "round": np.rint}[name]
        return Val(f"{name}({a.text})", ATOM, f(x) if x.dtype.kind in "fc" else x)
    if name == "sign":
        if x.dtype.kind in "bc":
            raise Skip
        return Val(f"sign({a.text})", ATOM, np.sign(x))
    if name in ("isnan", "isfinite", "isinf"):
        if x.dtype.kind == "c":
            raise Skip
        f = {"isnan": np.isnan, "isfinite": np.isfinite, "isinf": np.isinf}[name]
        return Val(f"{name}({a.text})", ATOM, f(x))
    if name in ("conj", "square", "signbit") and x.dtype.kind == "b":
        raise Skip
    if name == "conj":
        return Val(f"conj({a.text})", ATOM, np.conj(x) if x.dtype.kind == "c" else x)
    if x.dtype.kind == "c" and name in sem.COMPLEX_FUNCTIONS:
        return Val(f"{name}({a.text})", ATOM, *sem.complex_function(name, x))
    if x.dtype.kind == "c":
        raise Skip
    if name == "square":
        return Val(f"square({a.text})", ATOM, x * x)
    if name == "signbit":
        if x.dtype.kind != "f":
            return Val(f"signbit({a.text})", ATOM, x < 0)
        known = f"where(isnan({a.text}), {x.dtype}(1), {a.text})"       # which sign a computed NaN has is NumPy's business
        return Val(f"signbit({known})", ATOM, np.signbit(x) & ~np.isnan(x))
    y = x if x.dtype.kind == "f" else cast(x, np.dtype("float64"))
    if name == "sqrt":
        return Val(f"sqrt({a.text})", ATOM, np.sqrt(y))
    if name == "reciprocal":
        return Val(f"reciprocal({a.text})", ATOM, (1 / y).astype(y.dtype))
    return Val(f"{name}({a.text})", ATOM, *sem.function(name, y))


@quiet
def floats(name, a, b):
    exact(a, b)
    t = promote([a.arr, b.arr])
    if t.kind == "c":
        raise Skip
    t = t if t.kind == "f" else np.dtype("float64")
    x, y = cast(a.arr, t), cast(b.arr, t)
    if name == "copysign":
        y = np.where(np.isnan(y), t.type(1), y)         # as for signbit
        known = b.text if b.weak else f"where(isnan({b.text}), {b.dtype}(1), {b.text})"
        return Val(f"copysign({a.text}, {known})", ATOM, np.copysign(x, y))
    if name == "nextafter":
        return Val(f"nextafter({a.text}, {b.text})", ATOM, np.nextafter(x, y))
    return Val(f"{name}({a.text}, {b.text})", ATOM, *sem.function(name, x, y))


@quiet
def clip(a, lo, hi):
    t = promote([a.arr, lo.arr, hi.arr])
    exact(lo, hi)
    if a.weak or t != a.dtype or t.kind in "bc":
        raise Skip
    r = sem.minimum(sem.maximum(a.arr, cast(lo.arr, t)), cast(hi.arr, t))
    return Val(f"clip({a.text}, {lo.text}, {hi.text})", ATOM, r,
               None if a.err is None else np.broadcast_to(a.err, r.shape))


@quiet
def astype(rng, a, t):
    if a.weak or a.dtype.kind == "c" and t.kind != "c":
        raise Skip
    if a.err is not None and not (a.dtype.kind == "f" and t.kind == "f"):
        raise Skip
    r = cast(a.arr, t)
    text = f"{t.name}({a.text})" if rng.random() < 0.7 else f"astype({a.text}, {t.name})"
    return Val(text, ATOM, r, with_rounding(r, a.err))


# ---- reductions -------------------------------------------------------------------------------------

def axis_text(rng, x, axes):
    """One of the ways to write some axes; empty when all are meant and nothing need be said."""
    named = [d if rng.random() < 0.7 else d - x.ndim for d in axes]
    if len(axes) == x.ndim and rng.random() < 0.6:
        return ""
    if len(named) == 1 and rng.random() < 0.7:
        return f", axis={named[0]}"
    return ", axis=(" + ", ".join(map(str, named)) + ("," if len(named) == 1 else "") + ")"


def reduction(rng, name, a):
    x = a.arr
    if a.weak or x.ndim == 0:
        raise Skip
    single = name in ("argmin", "argmax")
    count = 1 if single and rng.random() < 0.5 else rng.randint(1, x.ndim)
    axes = tuple(sorted(rng.sample(range(x.ndim), count)))
    if single and len(axes) > 1:
        axes = tuple(range(x.ndim))
    keep = rng.random() < 0.3
    args = axis_text(rng, x, axes) + (", keepdims=True" if keep else "")
    r, err = reduce_value(rng, name, a, axes, keep)
    if isinstance(r, tuple):
        r, more = r
        args += more
    return Val(f"{name}({a.text}{args})", ATOM, r, err)


def reduce_value(rng, name, a, axes, keep):
    x, t = a.arr, a.arr.dtype
    if name == "sum":
        out, more = sem.sum_type(t), ""
        if rng.random() < 0.15 and a.err is None and t.kind in "iuf":
            out = rng.choice([np.dtype("float64"), np.dtype("int32"), np.dtype("float32")] if t.kind != "f"
                             else [np.dtype("float64")])
            more = f", dtype={out.name}"
        r, err = sem.reduce_sum(x, a.err, axes, keep, out, False)
        return (r, more), err
    if name == "mean":
        return sem.reduce_sum(x, a.err, axes, keep, t if t.kind in "fc" else np.dtype("float64"), True)
    if name in ("min", "max"):
        if t.kind in "bc":
            raise Skip
        err = None if a.err is None else np.max(np.broadcast_to(a.err, x.shape), axis=axes, keepdims=keep, initial=0)
        return sem.reduce_extreme(x, axes, keep, name), err
    exact(a)
    if name == "prod":
        return sem.reduce_prod(x, axes, keep, sem.sum_type(t))
    if name in ("var", "std"):
        if t.kind in "bc":
            raise Skip
        c = rng.choice([0, 0, 1, 1, 2, 0.5])
        more = f", correction={c}" if c or rng.random() < 0.2 else ""
        r, err = sem.reduce_var(x, axes, keep, c, t if t.kind == "f" else np.dtype("float64"), name == "std")
        return (r, more), err
    if name in ("any", "all"):
        f = np.any if name == "any" else np.all
        return np.asarray(f(cast(x, BOOL), axis=axes, keepdims=keep)), None
    if name == "count_nonzero":
        return np.asarray(np.sum(x != 0, axis=axes, keepdims=keep)).astype(np.int64), None
    if t.kind == "c":
        raise Skip
    return sem.reduce_arg(x, axes[0] if len(axes) == 1 and x.ndim > 1 else None, keep, name), None


REDUCTIONS = ["sum"] * 4 + ["mean"] * 3 + ["min", "max", "var", "std", "prod", "any", "all", "argmin", "argmax",
                                           "count_nonzero"]
