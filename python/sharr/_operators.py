# SPDX-License-Identifier: BSD-3-Clause
"""Python's operators on arrays: x + y, x += y, -x, x < y, divmod(x, y)."""

from ._array import Array, apply, binary


def _infix(name):
    def method(self, other, /):
        return binary(name, self, other)
    return method


def _reflected(name):
    def method(self, other, /):
        return binary(name, other, self)
    return method


def _assigned(name):
    def method(self, other, /):
        return self._in_place(name, other)
    return method


def _prefix(name):
    def method(self, /):
        return apply(name, self)
    return method


def _divmod(reflected):
    floor, rest = [(_reflected if reflected else _infix)(name) for name in ("floor_divide", "remainder")]

    def method(self, other, /):
        quotient = floor(self, other)
        return NotImplemented if quotient is NotImplemented else (quotient, rest(self, other))
    return method


def _add(spelling, make, name):
    method = make(name)
    method.__name__ = f"__{spelling}__"
    method.__qualname__ = f"Array.__{spelling}__"
    setattr(Array, method.__name__, method)


_INFIX = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide", "mod": "remainder",
    "pow": "pow", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor", "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}
for _spelling, _op in _INFIX.items():
    _add(_spelling, _infix, _op)
    _add("r" + _spelling, _reflected, _op)
    _add("i" + _spelling, _assigned, _op)
for _spelling, _op in {"eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater",
                       "ge": "greater_equal"}.items():
    _add(_spelling, _infix, _op)
for _spelling, _op in {"neg": "negative", "pos": "positive", "abs": "abs", "invert": "bitwise_invert"}.items():
    _add(_spelling, _prefix, _op)
_add("divmod", _divmod, False)
_add("rdivmod", _divmod, True)
