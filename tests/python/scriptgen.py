# SPDX-License-Identifier: BSD-3-Clause
"""Random scripts: several statements over the same inputs, later ones using earlier ones."""

import numpy as np

import exprgen as ex
import shapegen as shape
from npsem import BOOL, FLOATS, INTS, UINTS, Skip

LITERALS = [0, 1, 2, 3, 5, 7, -1, -2, -3, 100, 0.5, 1.5, 2.5, -0.25, 1e-3, 3.0, 1e6]
UNARIES = ["-", "-", "+", "abs", "real", "imag", "isinf", "not", "~", "floor", "ceil", "trunc", "round", "sign", "isnan",
           "isfinite", "sqrt", "sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "expm1",
           "log1p", "log2", "log10", "exp2", "cbrt", "sinh", "cosh", "asinh", "acosh", "atanh", "asin", "acos", "atan",
           "conj", "square", "reciprocal", "signbit"]
BINARIES = ["+", "+", "+", "-", "-", "*", "*", "*", "/", "/", "%", "//", "**", "<", "<=", ">", ">=", "==", "!=", "&", "|",
            "^", "<<", ">>", "and", "or", "xor", "minimum", "maximum", "hypot", "atan2",
            "copysign", "nextafter"]
CASTS = [BOOL] + INTS + UINTS + FLOATS * 3 + [np.dtype("complex128")]


class Scripts:
    def __init__(self, rng, inputs):
        self.rng, self.inputs, self.names = rng, inputs, []

    def leaf(self):
        if self.names and self.rng.random() < 0.25:
            return self.rng.choice(self.names)
        if self.rng.random() < 0.05:
            return shape.create(self.rng)
        return self.rng.choice(self.rng.choice(self.inputs.leaves))

    def fitting(self, a, depth):
        """An operand that broadcasts with `a`."""
        for _ in range(6):
            b = self.expr(depth)
            try:
                np.broadcast_shapes(a.shape, b.shape)
                return b
            except ValueError:
                continue
        return ex.literal(self.rng.choice(LITERALS))

    def operand(self, a, depth):
        return ex.literal(self.rng.choice(LITERALS)) if self.rng.random() < 0.3 else self.fitting(a, depth)

    def binary(self, depth):
        rng = self.rng
        op = rng.choice(BINARIES)
        a = self.expr(depth)
        b = self.operand(a, depth)
        if rng.random() < 0.3:
            a, b = b, a
        if op in "+-*":
            return ex.arith(op, a, b)
        if op == "/":
            return ex.divide(a, b)
        if op in ("%", "//"):
            return ex.modulo(op, a, b)
        if op == "**":
            return ex.power(a, b)
        if op in ("<", "<=", ">", ">=", "==", "!="):
            return ex.comparison(op, a, b)
        if op in "&|^":
            return ex.bits(op, a, b)
        if op in ("<<", ">>"):
            return ex.shift(op, a, b)
        if op in ("and", "or", "xor"):
            return ex.logic(op, a, b)
        if op in ("hypot", "atan2", "copysign", "nextafter"):
            return ex.floats(op, a, b)
        return ex.extreme(op, a, b)

    def condition(self, depth):
        a = self.expr(depth)
        return ex.comparison(self.rng.choice(["<", ">", "==", "!="]), a, self.operand(a, depth))

    def once(self, depth):
        rng = self.rng
        p = rng.random()
        if depth <= 0 or p < 0.06:
            return self.leaf()
        if p < 0.50:
            return self.binary(depth - 1)
        if p < 0.62:
            return ex.unary(rng.choice(UNARIES), self.expr(depth - 1))
        if p < 0.67:
            return ex.astype(rng, self.expr(depth - 1), rng.choice(CASTS))
        if p < 0.73:
            a = self.condition(depth - 1)
            b = self.operand(a, depth - 1)
            return ex.select(rng.choice(["where", "if"]), a, b, self.fitting(b, depth - 1))
        if p < 0.85:
            return ex.reduction(rng, rng.choice(ex.REDUCTIONS), self.expr(depth - 1))
        if p < 0.96:
            return shape.view(rng, self.expr(depth - 1))
        if p < 0.98:
            a = self.expr(depth - 1)
            return ex.clip(a, ex.literal(rng.choice([-3, -1, 0])), ex.literal(rng.choice([1, 2, 50])))
        a = self.expr(depth - 1)
        parts = [a] + [self.variant(a, depth - 1) for _ in range(rng.randint(0, 2))]
        return shape.join(rng, rng.choice(["concat", "stack"]), parts)

    def variant(self, a, depth):
        """Something of the shape of `a`, or nearly."""
        if a.weak:
            raise Skip
        p = self.rng.random()
        if p < 0.3:
            return a
        if p < 0.6:
            return ex.arith("+", a, ex.literal(1))
        return shape.view(self.rng, a) if p < 0.8 else self.expr(depth)

    def expr(self, depth):
        for _ in range(40):
            try:
                v = self.once(depth)
                if len(v.text) < 2000:
                    return v
            except (Skip, ValueError):
                pass
        return self.leaf()

    def script(self, count):
        """List of (name, Val); the text is the statements joined."""
        self.names = []
        out = []
        for i in range(count):
            v = self.expr(self.rng.randint(1, 4))
            name = f"r{i}"
            out.append((name, v))
            if not v.weak:
                self.names.append(ex.Val(name, ex.ATOM, v.arr, v.err))
        return out


def text_of(statements):
    return "\n".join(f"{name} = {v.text}" for name, v in statements)


def compare(v, got):
    """None, or what is wrong with the array `got`."""
    want = v.arr if not v.weak else np.array(v.arr.value, v.dtype)
    if got.dtype != want.dtype:
        return f"type {got.dtype}, should be {want.dtype}"
    if got.shape != want.shape:
        return f"shape {got.shape}, should be {want.shape}"
    if want.dtype.kind == "c":
        return part("real", want.real, got.real, v.err) or part("imag", want.imag, got.imag, v.err)
    return part("", want, got, v.err)


def part(what, want, got, err):
    if want.dtype.kind != "f":
        bad = want != got
    else:
        with np.errstate(all="ignore"):
            same = (want == got) & (np.signbit(want) == np.signbit(got)) | np.isnan(want) & np.isnan(got)
            if err is not None:
                near = np.abs(want.astype(np.longdouble) - got) <= err
                same = same | near | np.isinf(err)
        bad = ~same
    if not np.any(bad):
        return None
    i = tuple(int(k) for k in np.argwhere(bad)[0])
    bound = "" if err is None else f" (may differ by {np.broadcast_to(err, want.shape)[i]:.3g})"
    return (f"{what}[{', '.join(map(str, i))}] = {got[i]!r}, should be {want[i]!r}{bound}; "
            f"{int(np.sum(bad))} of {bad.size} elements differ")
