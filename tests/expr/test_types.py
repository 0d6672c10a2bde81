#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Types and shapes of random texts against NumPy.

Each text is built together with what NumPy 2 makes of it (NumPy 1.24 in its NEP 50 mode).  Where
the language deliberately differs (DESIGN: no float16, no order of complex numbers, floats of
small integers), the functions below say so.  Then every text that parses is printed, parsed again,
and must be the same text."""
import os
import random
import subprocess
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
np.seterr(all="ignore")
if hasattr(np, "_set_promotion_state"):
    np._set_promotion_state("weak")

TYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
         "float32", "float64", "complex64", "complex128"]
SHAPES = [(3, 4), (4,), (3, 1), (1,), (), (2, 3, 4), (2, 1, 1), (0, 4)]
WEAK = [0, 1, 2, 7, 100, 200, -1, -129, 40000, 70000, 2 ** 31, 2 ** 33, 2 ** 63, 0.5, 3e300, True,
        False, 2j]
COUNT = int(os.environ.get("SHARR_TYPES_TESTS", "4000"))


class Refused(Exception):
    """The language has no such operation: an error."""


class Unlike(Exception):
    """Python knows more, or less: no telling."""


class Bad(Exception):
    """This text must be an error."""


def is_weak(x):
    return isinstance(x, (bool, int, float, complex)) and not isinstance(x, np.generic)


def arrays(args):
    """The strong arguments; NEP 50: a Python integer must fit their type."""
    strong = [x for x in args if not is_weak(x)]
    if strong:
        common = np.result_type(*[x.dtype for x in strong])
        if common.kind == "b":
            common = np.dtype(np.int64)
        for x in args:
            if is_weak(x) and type(x) is int and common.kind in "iu":
                if not np.iinfo(common).min <= x <= np.iinfo(common).max:
                    if not any(isinstance(y, (float, complex)) for y in args):
                        raise Refused("does not fit")
    return strong


def kind(x):
    if is_weak(x):
        return {bool: "b", int: "i", float: "f", complex: "c"}[type(x)]
    return x.dtype.kind


def kinds(args):
    return [kind(x) for x in args]


def weak_result(f, args):
    """Functions of Python numbers alone give a Python number."""
    if all(is_weak(x) for x in args) and any(abs(x) > 1e18 for x in args):
        raise Unlike("Python's integers have no end")
    r = f(*args)
    return r.item() if all(is_weak(x) for x in args) and hasattr(r, "item") else r


def arith(f):
    def run(*args):
        arrays(args)
        if all(k == "b" for k in kinds(args)) and any(is_weak(x) for x in args):
            return weak_result(f, args) if all(is_weak(x) for x in args) else f(
                *[np.bool_(x) if is_weak(x) else x for x in args])
        return weak_result(f, args)
    return run


def power(a, b):
    if is_weak(a) and is_weak(b):
        if kind(b) == "i" and (b < 0 or b > 100):
            raise Unlike("Python's integers have no end")
        try:
            return a ** b
        except OverflowError:
            raise Unlike("inf here")
    try:
        return np.power(a, b)
    except ValueError as e:
        if "negative integer powers" in str(e) and not is_weak(b):
            raise Unlike("truncated here")
        raise


def subtract(a, b):
    if kinds([a, b]) == ["b", "b"]:
        raise Refused("bool, also as numbers of the text")
    return a - b


def divide(a, b):
    """An integer of any size divides: the result is float64 anyway."""
    return weak_result(np.true_divide, [float(x) if type(x) is int and not all(
        is_weak(y) for y in (a, b)) and kind(b if x is a else a) in "bui" else x for x in (a, b)])


def no_complex(f):
    def run(*args):
        if "c" in kinds(args):
            raise Refused("complex")
        return f(*args)
    return run


def as_float(x):
    if kind(x) in "biu":
        return float(x) if is_weak(x) else x.astype(np.float64)
    return x


def floats(f):
    def run(*args):
        if not {"c", "f"} & set(kinds(args)):
            args = [as_float(x) for x in args]
        return weak_result(f, args)
    return run


def compare(f, ordered):
    def run(*args):
        if ordered and "c" in kinds(args):
            raise Refused("complex")
        if all(is_weak(x) for x in args):
            return bool(f(*args))
        np.broadcast_shapes(*[np.shape(x) for x in args])
        # integers of any size compare
        args = [1 if kind(x) == "i" and is_weak(x) else x for x in args]
        return f(*args)
    return run


def bits(f):
    def run(*args):
        if any(k in "fc" for k in kinds(args)):
            raise Refused("bits of a float")
        if len(args) == 2 and all(is_weak(x) for x in args) and abs(args[1]) > 60:
            raise Unlike("Python's integers have no end")
        arrays(args)
        return weak_result(f, args)
    return run


def logic(f):
    def run(*args):
        return weak_result(f, [np.bool_(x) if is_weak(x) else x for x in args]) \
            if not all(is_weak(x) for x in args) else bool(f(*[bool(x) for x in args]))
    return run


def rounding(f):
    def run(x):
        if kind(x) == "c" and f is not np.round:
            raise Refused("complex")
        return x if kind(x) in "biu" else weak_result(f, [x])
    return run


def minmax(f):
    def run(*args):
        if "c" in kinds(args):
            raise Refused("complex")
        arrays(args)
        return weak_result(f, args)
    return run


def where(c, x, y):
    arrays([x, y])
    if all(is_weak(v) for v in (c, x, y)):
        return {"b": True, "i": 1, "f": 1.0, "c": 1j}[max(kinds([x, y]), key="bifc".index)]
    if is_weak(x) and is_weak(y):       # no type of their own: int64, float64, ...
        top = max([x, y], key=lambda v: "bifc".index(kind(v)))
        t = {"b": np.bool_, "i": np.int64, "f": np.float64, "c": np.complex128}[kind(top)]
        for v in (x, y):
            if t is np.int64 and not -2 ** 63 <= v < 2 ** 63:
                raise Refused("does not fit")
        return np.where(c, np.asarray(x).astype(t), np.asarray(y).astype(t))
    t = np.result_type(*[v.dtype if not is_weak(v) else v for v in (x, y)])
    if is_weak(x) or is_weak(y):
        strong = y if is_weak(x) else x
        t = (strong + (x if is_weak(x) else y)).dtype if strong.dtype != np.bool_ or kind(
            x if is_weak(x) else y) != "b" else np.dtype(bool)
    return np.where(np.asarray(c) != 0, np.asarray(x).astype(t), np.asarray(y).astype(t))


UFUNC2 = {
    "+": arith(lambda a, b: a + b), "-": arith(subtract), "*": arith(lambda a, b: a * b),
    "%": no_complex(arith(np.remainder)), "/": divide,
    "<": compare(lambda a, b: a < b, True), "<=": compare(lambda a, b: a <= b, True),
    ">": compare(lambda a, b: a > b, True), ">=": compare(lambda a, b: a >= b, True),
    "==": compare(lambda a, b: a == b, False), "!=": compare(lambda a, b: a != b, False),
    "&": bits(lambda a, b: a & b), "|": bits(lambda a, b: a | b), "^": bits(lambda a, b: a ^ b),
    "<<": bits(np.left_shift), ">>": bits(np.right_shift),
    "and": logic(lambda a, b: np.logical_and(a, b)), "or": logic(lambda a, b: np.logical_or(a, b)),
}
FUNC2 = {
    "floor_divide": no_complex(arith(np.floor_divide)), "hypot": no_complex(floats(np.hypot)),
    "minimum": minmax(np.minimum), "maximum": minmax(np.maximum),
    "logical_xor": logic(np.logical_xor), "power": arith(power),
}


def bool_too(f):
    """A bool stays one, also as a number of the text."""
    return lambda x: x if f is not np.imag and isinstance(x, bool) else \
        False if isinstance(x, bool) else weak_result(f, [x])


FUNC1 = {
    "sqrt": floats(np.sqrt), "exp": floats(np.exp), "tanh": floats(np.tanh), "log": floats(np.log),
    "floor": rounding(np.floor), "ceil": rounding(np.ceil), "trunc": rounding(np.trunc),
    "round": rounding(np.round), "abs": bool_too(np.abs), "isnan": lambda x: weak_result(np.isnan, [x]),
    "isinf": lambda x: weak_result(np.isinf, [x]), "isfinite": lambda x: weak_result(np.isfinite, [x]),
    "sign": lambda x: weak_result(np.sign, [x]), "real": bool_too(np.real),
    "imag": bool_too(np.imag), "negative": arith(lambda x: -x if not isinstance(x, bool) else
                                                    np.negative(np.bool_(x))),
    "bitwise_invert": bits(lambda x: np.invert(x) if not isinstance(x, bool) else not x),
    "logical_not": logic(np.logical_not),
}


def strong(x):
    if not is_weak(x):
        return x
    if type(x) is int and not -2 ** 63 <= x < 2 ** 63:
        raise Refused("does not fit")
    return np.asarray(x)


def reduction(f, x, kw):
    x = strong(x)
    if x.dtype.kind == "c" and f in ("var", "std", "min", "max", "argmin", "argmax"):
        raise Refused("complex")
    if x.dtype.kind == "b" and f in ("min", "max"):
        return np.asarray(getattr(np, f)(x.astype(np.int8), **kw)).astype(bool)
    return np.asarray(getattr(np, f)(x, **kw))


def cast(x, t):
    if is_weak(x) and type(x) is int and np.dtype(t).kind in "iu":
        if not np.iinfo(t).min <= x <= np.iinfo(t).max:
            raise Refused("does not fit")
    return np.asarray(x if not is_weak(x) else 1).astype(t)


class Generator:
    def __init__(self, seed):
        self.rnd = random.Random(seed)
        self.named = {}

    def pick(self, xs):
        return self.rnd.choice(list(xs))

    def leaf(self):
        if self.rnd.random() < 0.25:
            w = self.pick(WEAK)
            text = repr(w) if not isinstance(w, complex) else "2j"
            return text if not text.startswith("-") else "(" + text + ")", w
        t, s = self.pick(TYPES), self.pick(SHAPES if self.rnd.random() < 0.3 else SHAPES[:6])
        name = "%s_%s" % (t, "x".join(map(str, s)) or "s")
        self.named[name] = (t, s)
        return name, np.ones(s, t)

    @staticmethod
    def done(text, f, *args):
        try:
            return text, f(*args)
        except (Refused, TypeError, ValueError, IndexError, OverflowError):
            raise Bad(text)

    def expr(self, depth):
        if depth == 0 or self.rnd.random() < 0.1:
            return self.leaf()
        make = self.pick([self.infix] * 5 + [self.call1] * 2 + [self.call2] * 2 + [
            self.where, self.clip, self.reduce, self.reduce, self.shape, self.index, self.cast,
            self.join])
        return make(depth - 1)

    def infix(self, depth):
        a, b, op = self.expr(depth), self.expr(depth), self.pick(UFUNC2)
        return self.done("(%s %s %s)" % (a[0], op, b[0]), UFUNC2[op], a[1], b[1])

    def call1(self, depth):
        a, f = self.expr(depth), self.pick(FUNC1)
        return self.done("%s(%s)" % (f, a[0]), FUNC1[f], a[1])

    def call2(self, depth):
        a, b, f = self.expr(depth), self.expr(depth), self.pick(FUNC2)
        return self.done("%s(%s, %s)" % (f, a[0], b[0]), FUNC2[f], a[1], b[1])

    def where(self, depth):
        c, x, y = self.expr(depth), self.expr(depth), self.expr(depth)
        form = self.pick(["where({0}, {1}, {2})", "({1} if {0} else {2})"])
        return self.done(form.format(c[0], x[0], y[0]), where, c[1], x[1], y[1])

    def clip(self, depth):
        x, lo, hi = self.expr(depth), self.expr(depth), self.expr(depth)
        f = minmax(lambda a, b, c: np.minimum(np.maximum(a, b), c))
        return self.done("clip(%s, %s, %s)" % (x[0], lo[0], hi[0]),
                         lambda *v: f(*self.same(*v)), x[1], lo[1], hi[1])

    def same(self, *args):
        """Three arguments have one type: that of all."""
        if "c" in kinds(args):
            raise Refused("complex")
        s = arrays(args)
        if not s:
            return args
        t = np.result_type(*[x.dtype for x in s])
        for x in args:
            if is_weak(x):
                t = (np.ones((), t) + x).dtype if not (t == bool and type(x) is bool) else t
        return [np.asarray(x).astype(t) for x in args]

    def reduce(self, depth):
        a = self.expr(depth)
        f = self.pick(["sum", "prod", "mean", "var", "std", "min", "max", "any", "all", "argmin",
                       "argmax", "count_nonzero"])
        kw, args = {}, ""
        if np.ndim(a[1]) and self.rnd.random() < 0.6:
            axis = self.rnd.randrange(-3, 3)
            if f[:3] != "arg" and self.rnd.random() < 0.3:
                axis = (axis, self.rnd.randrange(-3, 3))
            kw["axis"] = axis
            args += ", axis=%s" % (axis,)
        if self.rnd.random() < 0.3:
            kw["keepdims"] = True
            args += ", keepdims=True"
        if f in ("sum", "prod") and self.rnd.random() < 0.3:
            t = self.pick(TYPES[1:])
            kw["dtype"] = t
            args += ", dtype=" + t
        return self.done("%s(%s%s)" % (f, a[0], args), reduction, f, a[1], kw)

    def shape(self, depth):
        a = self.expr(depth)
        form, f = self.pick([
            ("permute_dims(%s)", np.transpose),
            ("flip(%s)", np.flip),
            ("flip(%s, axis=-1)", lambda v: np.flip(v, -1)),
            ("roll(%s, 1, axis=0)", lambda v: np.roll(v, 1, 0)),
            ("roll(%s, 5)", lambda v: np.roll(v, 5)),
            ("expand_dims(%s, 1)", lambda v: np.expand_dims(v, 1)),
            ("expand_dims(%s, (0, -1))", lambda v: np.expand_dims(v, (0, -1))),
            ("squeeze(%s)", np.squeeze),
            ("squeeze(%s, axis=0)", lambda v: np.squeeze(v, 0 if v.ndim else 9)),
            ("reshape(%s, (-1,))", lambda v: np.reshape(v, (-1,)) if v.size else np.reshape(v, (0,))),
            ("reshape(%s, (4, -1))", lambda v: np.reshape(v, (4, -1))),
            ("reshape(%s, (2, 6))", lambda v: np.reshape(v, (2, 6))),
            ("broadcast_to(%s, (2, 3, 4))", lambda v: np.broadcast_to(v, (2, 3, 4))),
            ("permute_dims(%s, (1, 0))", lambda v: np.transpose(v, (1, 0))),
            ("permute_dims(%s, (-1, 0, 1))", lambda v: np.transpose(v, (-1, 0, 1))),
        ])
        return self.done(form % a[0], lambda v: f(strong(v)), a[1])

    def item(self):
        r = self.rnd
        k = r.randrange(6)
        if k == 0:
            i = r.randrange(-4, 4)
            return str(i), i
        if k == 1:
            return "...", Ellipsis
        if k == 2:
            return "None", None
        bound = [r.randrange(-6, 6) if r.random() < 0.5 else None for _ in range(2)]
        step = self.pick([None, 1, 2, -1, -2, 3, 7])
        text = ":".join("" if b is None else str(b) for b in bound)
        return text + ("" if step is None else ":%d" % step), slice(bound[0], bound[1], step)

    def index(self, depth):
        a = self.expr(depth)
        items = [self.item() for _ in range(self.rnd.randrange(1, 4))]
        return self.done("%s[%s]" % (a[0], ", ".join(i[0] for i in items)),
                         lambda v: np.asarray(strong(v))[tuple(i[1] for i in items)], a[1])

    def cast(self, depth):
        a, t = self.expr(depth), self.pick(TYPES)
        form = self.pick(["astype({0}, {1})", "{1}({0})"])
        return self.done(form.format(a[0], t), cast, a[1], t)

    def join(self, depth):
        n = self.rnd.randrange(1, 4)
        xs = [self.expr(depth) for _ in range(n)]
        axis = self.rnd.randrange(-2, 2)
        f = self.pick(["concat", "stack"])
        text = "%s([%s], axis=%d)" % (f, ", ".join(x[0] for x in xs), axis)
        join = np.concatenate if f == "concat" else np.stack
        return self.done(text, lambda: join([strong(x[1]) for x in xs], axis=axis))


def sample(seed):
    g = Generator(seed)
    while True:
        g.named = {}
        try:
            text, v = g.expr(g.rnd.randrange(1, 4))
            _, v = g.done(text, strong, v)
            return text, g.named, ("ok", v.dtype.name, v.shape)
        except Unlike:
            continue
        except Bad as e:
            if g.rnd.random() < 0.2:
                return str(e), g.named, "error"


class Dump:
    def __init__(self):
        top = os.environ.get("top_builddir", ".")
        self.p = subprocess.Popen([os.path.join(top, "tests/expr/dump_types")], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.known = set()

    def text(self, text, named=()):
        for name in named:
            if name not in self.known:
                t, s = named[name]
                self.p.stdin.write("array %s %s %s\n" % (name, t, " ".join(map(str, s))))
                self.known.add(name)
        self.p.stdin.write("text %s\n" % text)
        self.p.stdin.flush()
        return self.p.stdout.readline().rstrip("\n")

    def close(self):
        self.p.stdin.close()
        return self.p.wait()


def parse_answer(line):
    if not line.startswith("ok "):
        return ("error", line)
    _, dtype, rest = line.split(" ", 2)
    shape, text = rest.split(") ", 1)
    return ("ok", dtype, tuple(int(n) for n in shape.strip("()").split(",") if n.strip())), text


def main():
    dump = Dump()
    bad_type = bad_print = printed = refused = 0
    for seed in range(COUNT):
        text, named, want = sample(seed)
        got = parse_answer(dump.text(text, named))
        if got[0] == want == "error":
            refused += 1
            continue
        if got[0] != want:
            bad_type += 1
            if bad_type < 20:
                print("# %s: %s, not %s" % (text, got, want))
            continue
        again = got[1]
        if "view(" in again or "coordinate(" in again:
            continue
        printed += 1
        second = parse_answer(dump.text(again))
        if second[0] != want or second[1] != again:
            bad_print += 1
            if bad_print < 20:
                print("# %s\n#   prints %s\n#   again  %s" % (text, again, second))
    leaks = dump.close()
    print("1..4")
    print("%s 1 - %d texts have NumPy's types and shapes, or are errors as there (%d)" % (
        "not ok" if bad_type else "ok", COUNT, refused))
    print("%s 2 - the text of a node gives the node again" % ("not ok" if bad_print else "ok"))
    print("%s 3 - most texts can be printed in the language" % (
        "ok" if printed > 0.9 * (COUNT - refused) else "not ok"))
    print("%s 4 - no node is left" % ("not ok" if leaks else "ok"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
