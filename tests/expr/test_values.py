#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Values of parsed graphs (evaluated element by element, without plan or kernel) against NumPy and
Python's own integers: views, comparisons across types, wrapping, numbers of the text, creation."""
import itertools
import os
import random
import subprocess
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
np.seterr(all="ignore")

INTS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


class Dump:
    def __init__(self):
        top = os.environ.get("top_builddir", ".")
        self.p = subprocess.Popen([os.path.join(top, "tests/expr/dump_types")], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)

    def array(self, name, a):
        self.p.stdin.write("array %s %s %s\n" % (name, a.dtype.name, " ".join(map(str, a.shape))))
        self.p.stdin.write("data %s %s\n" % (name, " ".join(
            repr(v) if isinstance(v, float) else str(int(v)) for v in a.ravel().tolist())))

    def value(self, text):
        """The array, or the error's text."""
        self.p.stdin.write("value %s\n" % text)
        self.p.stdin.flush()
        line = self.p.stdout.readline().rstrip("\n")
        if not line.startswith("ok "):
            return line
        _, t, rest = line.split(" ", 2)
        shape, values = rest.split(")", 1)
        shape = tuple(int(n) for n in shape.strip("(").split(",") if n.strip())
        words = values.split()
        if t.startswith("float"):
            return np.array([float.fromhex(w) for w in words], t).reshape(shape)
        return np.array([int(w) for w in words], dtype=object).astype(t).reshape(shape)

    def close(self):
        self.p.stdin.close()
        return self.p.wait()


class Test:
    def __init__(self):
        self.n = self.bad = 0

    def same(self, text, got, want):
        ok = not isinstance(got, str) and got.dtype == want.dtype and got.shape == want.shape and \
            np.array_equal(got, want, equal_nan=want.dtype.kind == "f")
        if not ok:
            self.bad += 1
            if self.bad < 10:
                print("# %s\n#   %s\n#   not %s" % (text, got, want))

    def done(self, what):
        self.n += 1
        print("%s %d - %s" % ("not ok" if self.bad else "ok", self.n, what))
        self.bad = 0


# ---- views: chains of them, on arrays that hold their own indices ----

def slice_text(rnd):
    r = [rnd.randrange(-5, 6) if rnd.random() < 0.6 else "" for _ in range(2)]
    return "%s:%s:%s" % (r[0], r[1], rnd.choice([1, 2, 3, -1, -2]))


def chain(rnd, dump, text, want):
    nd = want.ndim
    kind = rnd.randrange(12)
    if kind == 0 and nd:
        items = ", ".join(slice_text(rnd) for _ in range(rnd.randrange(1, nd + 1)))
        return "%s[%s]" % (text, items), eval("w[%s]" % items, {"w": want})
    if kind == 1 and nd and want.shape[0]:
        i = rnd.randrange(-want.shape[0], want.shape[0])
        return "%s[%d]" % (text, i), want[i]
    if kind == 2 and nd < 4:
        return "%s[..., None]" % text, want[..., None]
    if kind == 3:
        axes = list(range(nd))
        rnd.shuffle(axes)
        return "permute_dims(%s, (%s))" % (text, "".join("%d," % a for a in axes)), want.transpose(axes)
    if kind == 4 and nd:
        axis = rnd.randrange(-nd, nd)
        return "flip(%s, axis=%d)" % (text, axis), np.flip(want, axis)
    if kind == 5 and nd:
        shift, axis = rnd.randrange(-7, 8), rnd.randrange(-nd, nd)
        return "roll(%s, %d, axis=%d)" % (text, shift, axis), np.roll(want, shift, axis)
    if kind == 6 and nd:
        axis = rnd.randrange(-nd, nd)
        return "concat([%s, flip(%s), %s], axis=%d)" % (text, text, text, axis), np.concatenate(
            [want, np.flip(want), want], axis)
    if kind == 7 and nd < 4:
        axis = rnd.randrange(-nd - 1, nd + 1)
        return "stack([%s, -%s], axis=%d)" % (text, text, axis), np.stack([want, -want], axis)
    if kind == 8 and nd < 4:
        shape = (2,) + want.shape
        return "broadcast_to(%s, %s)" % (text, shape), np.broadcast_to(want, shape)
    if kind == 9:
        return "reshape(%s, -1)" % text if want.size else text + "[...]", want.reshape(
            -1) if want.size else want
    if kind == 10 and want.size and want.size % 2 == 0:
        return "reshape(%s, (2, -1))" % text, want.reshape(2, -1)
    return "roll(%s, 3)" % text, np.roll(want, 3)


def views(dump, test):
    rnd = random.Random(5)
    base = {}
    for i, shape in enumerate([(6,), (3, 4), (2, 3, 4), (1, 5), ()]):
        name = "v%d" % i
        base[name] = np.arange(1, 1 + int(np.prod(shape)), dtype=np.int64).reshape(shape)
        dump.array(name, base[name])
    for _ in range(1500):
        text = rnd.choice(sorted(base))
        want = base[text]
        for _ in range(rnd.randrange(1, 6)):
            text, want = chain(rnd, dump, text, np.asarray(want))
            if want.size > 2000 or len(text) > 3000:
                break
        test.same(text, dump.value(text), np.asarray(want))
    test.done("chains of views show the elements that NumPy's show")


# ---- integers of all types ----

def edges(t):
    i = np.iinfo(t)
    vals = {i.min, i.min + 1, -2, -1, 0, 1, 2, 3, 7, 100, i.max // 2, i.max - 1, i.max}
    return sorted(v for v in vals if i.min <= v <= i.max)


def wrap(v, t):
    bits = np.iinfo(t).bits
    v &= (1 << bits) - 1
    return v - (1 << bits) if np.iinfo(t).min < 0 and v >> (bits - 1) else v


def shift(a, n, t, left):
    bits = np.iinfo(t).bits
    if n < 0 or n >= bits:
        return 0 if left or a >= 0 else -1
    return a << n if left else a >> n


def power(a, n):
    if n >= 0:
        return pow(a, n, 1 << 64) if abs(a) > 1 and n > 200 else a ** n
    return {1: 1, -1: -1 if n % 2 else 1}.get(a, 0)


OPS = {
    "+": lambda a, b, t: a + b, "-": lambda a, b, t: a - b, "*": lambda a, b, t: a * b,
    "&": lambda a, b, t: a & b, "|": lambda a, b, t: a | b, "^": lambda a, b, t: a ^ b,
    "%": lambda a, b, t: a % b if b else 0, "<<": lambda a, b, t: shift(a, b, t, True),
    ">>": lambda a, b, t: shift(a, b, t, False), "**": lambda a, b, t: power(a, b),
}
COMPARE = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}


def integers(dump, test):
    pairs = {}
    for s, t in itertools.product(INTS, INTS):
        grid = list(itertools.product(edges(s), edges(t)))
        pairs[s, t] = grid
        dump.array("x_%s_%s" % (s, t), np.array([g[0] for g in grid], dtype=object).astype(s))
        dump.array("y_%s_%s" % (s, t), np.array([g[1] for g in grid], dtype=object).astype(t))
    for (s, t), grid in pairs.items():
        x, y = "x_%s_%s" % (s, t), "y_%s_%s" % (s, t)
        for op, f in COMPARE.items():
            text = "%s %s %s" % (x, op, y)
            test.same(text, dump.value(text), np.array([f(a, b) for a, b in grid]))
    test.done("comparisons of integers are exact across all types")
    for (s, t), grid in pairs.items():
        common = np.promote_types(s, t)
        if common.kind == "f":
            continue
        for op, f in OPS.items():
            text = "x_%s_%s %s y_%s_%s" % (s, t, op, s, t)
            want = [wrap(f(a, b, common), common) for a, b in grid]
            test.same(text, dump.value(text), np.array(want, dtype=object).astype(common))
    test.done("integers wrap, divide and shift as decided")


def literals_with_arrays(dump, test):
    for t in INTS:
        dump.array("lit_" + t, np.array(edges(t), dtype=object).astype(t))
        for v in (0, 1, -1, 3, 127, 128, 255, 256, -128, -129, 2 ** 31, 2 ** 63 - 1, 2 ** 63, 2 ** 64,
                  -2 ** 63, -2 ** 63 - 1, 2 ** 100):
            for op, f in COMPARE.items():
                text = "lit_%s %s (%d)" % (t, op, v)
                test.same(text, dump.value(text), np.array([f(a, v) for a in edges(t)]))
                text = "(%d) %s lit_%s" % (v, op, t)
                test.same(text, dump.value(text), np.array([f(v, a) for a in edges(t)]))
    test.done("comparisons with a number of the text are exact, whatever its size")


# ---- numbers of the text: folded as Python does ----

def number_text(rnd, depth):
    if depth == 0 or rnd.random() < 0.2:
        return rnd.choice(["1", "2", "3", "7", "10", "0x1f", "0", "255", "1_000", "65536"])
    a, b = number_text(rnd, depth - 1), number_text(rnd, depth - 1)
    form = rnd.choice(["(%s + %s)", "(%s - %s)", "%s * %s", "(%s %% %s)", "(%s & %s)", "(%s | %s)",
                       "(%s ^ %s)", "(%s << (%s & 7))", "(%s >> (%s & 7))", "(%s if %s else 5)",
                       "(%s < %s)", "(%s == %s)", "(-%s + %s)", "(~%s - %s)", "(%s ** (%s & 3))",
                       "(%s and %s)", "(%s or %s)", "abs(%s - %s)", "min2(%s, %s)", "(not %s) * %s",
                       "fdiv(%s, %s)", "%s / (%s + 1)", "(0.5 + %s) * %s", "sqrt(abs(%s)) + %s"])
    return form % (a, b)


def python_value(text):
    """The same text in Python; None where the language differs: bool arithmetic, and operators that
    pick an operand (here both have one type)."""
    plain = text.replace("<<", "")
    picks = "min2" in text or " if " in text
    if any(w in plain for w in ("<", "==", "not", " and ", " or ")):
        return None
    if picks and any(w in text for w in ("/", "0.5", "sqrt")):
        return None
    names = {"min2": min, "fdiv": lambda a, b: a // b, "sqrt": np.sqrt, "abs": abs}
    try:
        return eval(text, {"__builtins__": {}}, names)
    except (ZeroDivisionError, TypeError):
        return None


def folding(dump, test):
    rnd = random.Random(8)
    checked = 0
    for _ in range(4000):
        text = number_text(rnd, rnd.randrange(1, 4))
        want = python_value(text)
        if want is None or abs(want) >= 2 ** 63:
            continue
        checked += 1
        ours = text.replace("min2", "minimum").replace("fdiv", "floor_divide")
        want = np.float64(want) if isinstance(want, float) else np.int64(want)
        test.same(ours, dump.value(ours), np.asarray(want))
    if checked < 1000:
        test.bad += 1
    test.done("numbers of the text are folded as Python computes them")


def creation(dump, test):
    for a in itertools.product((-3, 0, 5), (-4, 0, 9), (-3, -1, 1, 2, 7)):
        text = "arange(%d, %d, %d)" % a
        test.same(text, dump.value(text), np.arange(*a, dtype=np.int64))
    for text, want in [
            ("arange(5)", np.arange(5)), ("arange(0, 1, 0.125)", np.arange(0, 1, 0.125)),
            ("arange(2.5, -1, -0.5)", np.arange(2.5, -1, -0.5)),
            ("arange(250, 256, dtype=uint8)", np.arange(250, 256, dtype=np.uint8)),
            ("arange(2**63, 2**63 + 4, 2, dtype=uint64)",
             np.array([2 ** 63, 2 ** 63 + 2], dtype=np.uint64)),
            ("arange(3, dtype=float32)", np.arange(3, dtype=np.float32)),
            ("eye(3)", np.eye(3)), ("eye(2, 4, k=1)", np.eye(2, 4, 1)), ("eye(3, k=-1)", np.eye(3, k=-1)),
            ("eye(2, dtype=int8)", np.eye(2, dtype=np.int8)),
            ("zeros((2, 3))", np.zeros((2, 3))), ("ones(3, dtype=bool)", np.ones(3, bool)),
            ("full((2, 1), 7)", np.full((2, 1), 7)), ("full((0, 3), 7)", np.full((0, 3), 7)),
            ("linspace(0, 10, 5, dtype=int32)", np.linspace(0, 10, 5, dtype=np.int32)),
            ("linspace(-1, -2, 4, dtype=int32)", np.linspace(-1, -2, 4, dtype=np.int32))]:
        test.same(text, dump.value(text), want)
    for lo, hi, n, end in itertools.product((-2.5, 0, 3), (0, 0.1, 7e10), (0, 1, 2, 7, 50), (True, False)):
        text = "linspace(%r, %r, %d, endpoint=%s)" % (lo, hi, n, end)
        test.same(text, dump.value(text), np.linspace(lo, hi, n, endpoint=end))
    test.done("creation gives NumPy's values")


def selection(dump, test):
    rnd = np.random.default_rng(3)
    f = rnd.normal(size=(3, 4)).astype(np.float32)
    f[0, 1], f[2, 2], f[1, 1] = np.nan, np.inf, 0
    i = rnd.integers(-5, 5, size=(3, 4)).astype(np.int32)
    m = rnd.integers(0, 2, size=(4,)).astype(bool)
    for name, a in (("f", f), ("i", i), ("m", m)):
        dump.array(name, a)
    for text, want in [
            ("where(m, f, i)", np.where(m, f.astype(np.float64), i)),
            ("f if i > 0 else 1", np.where(i > 0, f, np.float32(1))),
            ("where(f, 1, 0)", np.where(f, 1, 0)),
            ("clip(f, -0.5, 0.5)", np.clip(f, np.float32(-0.5), np.float32(0.5))),
            ("clip(i, None, 2)", np.minimum(i, 2)), ("clip(i, -2)", np.maximum(i, -2)),
            ("m and f", np.logical_and(m, f)), ("i or m", np.logical_or(i, m)), ("not f", ~f.astype(bool)),
            ("logical_xor(i, m)", np.logical_xor(i, m)),
            ("isnan(f) | isinf(f)", ~np.isfinite(f)), ("isfinite(i)", np.isfinite(i)),
            ("abs(i)", abs(i)), ("sign(i)", np.sign(i)), ("floor(f * 3)", np.floor(f * np.float32(3))),
            ("m + m[::-1]", m | m[::-1]), ("m * m[::-1]", m & m[::-1]),
            ("f * 2 - i[0]", f.astype(np.float64) * 2 - i[0]), ("i / 4", i / 4), ("f ** 2", f * f),
            ("-f", -f), ("~i", ~i), ("~m", ~m), ("minimum(m, m[::-1])", np.minimum(m, m[::-1]))]:
        got = dump.value(text)
        test.same(text, got, np.asarray(want))
    test.done("selections, logic and mixed types")


def main():
    dump, test = Dump(), Test()
    print("1..8")
    views(dump, test)
    integers(dump, test)
    literals_with_arrays(dump, test)
    folding(dump, test)
    creation(dump, test)
    selection(dump, test)
    test.bad = dump.close()
    test.done("no node is left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
