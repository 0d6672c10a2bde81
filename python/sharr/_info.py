# SPDX-License-Identifier: BSD-3-Clause
"""Types: promotion, limits, kinds; and what this namespace can do."""

import dataclasses

import numpy

from . import _core
from ._array import Array
from ._core import DTYPES
from ._creation import check_device, check_dtype

_KINDS = {
    "bool": "b", "signed integer": "i", "unsigned integer": "u", "integral": "iu", "real floating": "f",
    "complex floating": "c", "numeric": "iufc",
}
_WEAK = {bool: "b", int: "biu", float: "biuf", complex: "biufc"}


def _dtype_of(a):
    return a.dtype if isinstance(a, (Array, numpy.ndarray)) else check_dtype(a)


def promote(things):
    """As result_type; nothing but the tables of types."""
    strong = [_dtype_of(a) for a in things if not isinstance(a, (bool, int, float, complex))]
    weak = [type(a) for a in things if isinstance(a, (bool, int, float, complex))]
    if not strong:
        if not things:
            raise ValueError("result_type of nothing")
        return numpy.dtype({bool: "bool", int: "int64", float: "float64", complex: "complex128"}[
            max(weak, key=[bool, int, float, complex].index)])
    t = numpy.result_type(*strong)
    for w in weak:
        if w is int and t.kind == "b":
            t = numpy.dtype("int64")
        elif w is float and t.kind in "biu":
            t = numpy.dtype("float64")
        elif w is complex and t.kind != "c":
            t = numpy.dtype("complex64" if t == numpy.float32 else "complex128")
    return t


def can_cast(from_, to, /):
    """Can values of one type become those of another by promotion?"""
    from_, to = _dtype_of(from_), check_dtype(to)
    return numpy.can_cast(from_, to, casting="safe")


def isdtype(dtype, kind):
    """Is a type of this kind (a name, another type, or a tuple of them)?"""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if isinstance(kind, str) and kind in _KINDS:
        return numpy.dtype(dtype).kind in _KINDS[kind]
    if isinstance(kind, str):
        raise ValueError(f"isdtype: no kind is called {kind!r}: there are {', '.join(_KINDS)}")
    return numpy.dtype(dtype) == numpy.dtype(kind)


@dataclasses.dataclass(frozen=True)
class _Floats:
    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: numpy.dtype


@dataclasses.dataclass(frozen=True)
class _Integers:
    bits: int
    max: int
    min: int
    dtype: numpy.dtype


def finfo(type, /):
    """Limits of a type of floats (of the parts, for complex)."""
    t = _dtype_of(type)
    if t.kind not in "fc":
        raise TypeError(f"finfo is for floats, not {t}")
    f = numpy.finfo(t)
    return _Floats(int(f.bits), float(f.eps), float(f.max), float(f.min), float(f.smallest_normal), numpy.dtype(f.dtype))


def iinfo(type, /):
    """Limits of a type of integers."""
    t = _dtype_of(type)
    if t.kind not in "iu":
        raise TypeError(f"iinfo is for integers, not {t}")
    i = numpy.iinfo(t)
    return _Integers(int(i.bits), int(i.max), int(i.min), t)


class _Devices(tuple):
    """A tuple, as the standard says since 2025.12.  Before it was a list: what was written for that adds lists to it."""

    def __add__(self, other):
        return [*self, *other] if isinstance(other, list) else tuple.__add__(self, other)


class Info:
    """What this namespace can do (Array API, inspection)."""

    def capabilities(self):
        return {"boolean indexing": True, "data-dependent shapes": False, "max dimensions": _core.lib.SHARR_MAX_DIMS}

    def default_device(self):
        return "cpu"

    def devices(self):
        return _Devices(("cpu",))

    def default_dtypes(self, *, device=None):
        check_device(device)
        return {"real floating": numpy.dtype("float64"), "complex floating": numpy.dtype("complex128"),
                "integral": numpy.dtype("int64"), "indexing": numpy.dtype("int64")}

    def dtypes(self, *, device=None, kind=None):
        check_device(device)
        wanted = kind if isinstance(kind, tuple) or kind is None else (kind,)
        return {t.name: t for t in DTYPES if wanted is None or isdtype(t, wanted)}


def __array_namespace_info__():
    """An object that says what this namespace can do."""
    return Info()
