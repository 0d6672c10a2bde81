# SPDX-License-Identifier: BSD-3-Clause
"""Running sums, sorting, searching, sets: the library's procedures, which work within memory however large arrays are.

How many elements are different is known only after they are sorted: unique_* evaluate that, and keep the sorted elements
(sharr.persist) for what follows, which is deferred again."""

import collections
import operator

import numpy

from ._array import Array, apply
from ._creation import asarray, check_dtype


def _check(name, x):
    if not isinstance(x, Array):
        raise TypeError(f"{name} takes sharr arrays: sharr.asarray makes them")


def _cumulative(name, x, axis, dtype, initial):
    _check(name, x)
    if axis is None and x.ndim != 1:
        raise ValueError(f"{name}: axis=None is for one dimension, not for shape {x.shape}")
    return apply(name, x, axis=0 if axis is None else operator.index(axis), dtype=check_dtype(dtype),
                 include_initial=bool(initial))


def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    """Running sums along an axis; small integers are summed in 64 bits, float32 in float64."""
    return _cumulative("cumulative_sum", x, axis, dtype, include_initial)


def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    """Running products along an axis; small integers are multiplied in 64 bits."""
    return _cumulative("cumulative_prod", x, axis, dtype, include_initial)


def sort(x, /, *, axis=-1, descending=False, stable=True):
    """In order along an axis.  NaN is larger than all numbers; equals always keep their order."""
    _check("sort", x)
    return apply("sort", x, axis=operator.index(axis), descending=bool(descending), stable=bool(stable))


def argsort(x, /, *, axis=-1, descending=False, stable=True):
    """Positions along an axis in the order of sort."""
    _check("argsort", x)
    return apply("argsort", x, axis=operator.index(axis), descending=bool(descending), stable=bool(stable))


# ---- searching --------------------------------------------------------------------------------------

def _flat(x):
    return x if x.ndim == 1 else apply("reshape", x, (x.size,))


def searchsorted(x1, x2, /, *, side="left", sorter=None):
    """Where elements of x2 would stand in x1, which is sorted (or is by `sorter`).  NaN is larger than all numbers."""
    from ._functions import result_type
    from ._gather import take
    _check("searchsorted", x1)
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side is 'left' or 'right', not {side!r}")
    if x1.ndim != 1:
        raise ValueError(f"searchsorted: x1 has one dimension, not {x1.ndim}")
    if sorter is not None:
        x1 = take(x1, sorter)
    if not isinstance(x2, Array):
        x2 = apply("full", (), x2, dtype=result_type(x1, x2)) if numpy.ndim(x2) == 0 else asarray(x2)
    return apply("searchsorted", x1, x2, right=side == "right")


def _exact_pair(x1, x2):
    """Two arrays in one type in which equal numbers are equal, and which elements of x1 can be in x2 at all (or None)."""
    kinds = {x1.dtype.kind, x2.dtype.kind}
    if kinds == {"i", "u"} and 8 in (x1.dtype.itemsize, x2.dtype.itemsize):     # in uint64, where both are not negative
        fits = apply("greater_equal", x1, 0) if x1.dtype.kind == "i" else apply("less_equal", x1, 2**63 - 1)
        if x1.dtype.kind == "u" and x1.dtype.itemsize < 8:
            fits = None
        return apply("astype", x1, numpy.dtype("uint64")), apply("astype", x2, numpy.dtype("uint64")), fits
    return x1, x2, apply("equal", x1, x1) if x1.dtype.kind == "f" else None


def isin(x1, x2, /, *, invert=False):
    """Is an element of x1 one of x2?  NaN is in nothing.  Complex numbers, which have no order, are compared all with all."""
    if not (isinstance(x1, Array) or isinstance(x2, Array)):
        raise TypeError("isin takes sharr arrays: sharr.asarray makes them")
    x1, x2 = asarray(x1), asarray(x2)
    if "c" in (x1.dtype.kind, x2.dtype.kind):
        found = apply("any", apply("equal", x1[..., None], _flat(x2)), axis=-1)
    else:
        x1, x2, fits = _exact_pair(x1, x2)
        order = apply("sort", _flat(x2))
        found = apply("not_equal", apply("searchsorted", order, x1), apply("searchsorted", order, x1, right=True))
        found = found if fits is None else apply("logical_and", found, fits)
    return apply("logical_not", found) if invert else found


# ---- sets -------------------------------------------------------------------------------------------

UniqueAll = collections.namedtuple("UniqueAll", "values indices inverse_indices counts")
UniqueCounts = collections.namedtuple("UniqueCounts", "values counts")
UniqueInverse = collections.namedtuple("UniqueInverse", "values inverse_indices")


def _order(x):
    """Positions of the elements of one dimension in their order; of complex numbers by real, then by imaginary part."""
    if x.dtype.kind != "c":
        return apply("argsort", x)
    by_imag = apply("argsort", apply("imag", x))
    return apply("take", by_imag, apply("argsort", apply("take", apply("real", x), by_imag)))


class _Groups:
    """The elements of x in their order, and where others begin."""

    def __init__(self, name, x, order):
        from ._spill import persist
        _check(name, x)
        self.x, flat = x, _flat(x)
        self.order = persist(_order(flat)) if order or x.dtype.kind == "c" else None
        self.sorted = persist(apply("take", flat, self.order) if x.dtype.kind == "c" else apply("sort", flat))
        s = self.sorted
        first = apply("full", (min(x.size, 1),), True)
        self.begins = apply("concat", [first, apply("not_equal", s[1:], s[:-1])]) if x.size else first
        self.n = int(apply("count_nonzero", self.begins))

    def first(self, x):
        """What stands where others begin."""
        return apply("compress", x, self.begins, self.n)

    def counts(self):
        n = self.x.size
        begin = self.first(apply("arange", n))
        return apply("subtract", apply("concat", [begin[1:], apply("full", (min(self.n, 1),), n)]), begin)

    def inverse(self, values):
        if self.x.dtype.kind != "c":
            return apply("searchsorted", values, self.x)
        number = apply("subtract", apply("cumulative_sum", self.begins), 1)
        return apply("reshape", apply("take", number, apply("argsort", self.order)), self.x.shape)


def unique_all(x, /):
    """The different elements, where each is first, which one each element is, how often each comes.  Every NaN is
    another one."""
    g = _Groups("unique_all", x, True)
    values = g.first(g.sorted)
    return UniqueAll(values, g.first(g.order), g.inverse(values), g.counts())


def unique_counts(x, /):
    """The different elements, and how often each comes."""
    g = _Groups("unique_counts", x, False)
    return UniqueCounts(g.first(g.sorted), g.counts())


def unique_inverse(x, /):
    """The different elements, and which one each element is."""
    g = _Groups("unique_inverse", x, False)
    values = g.first(g.sorted)
    return UniqueInverse(values, g.inverse(values))


def unique_values(x, /):
    """The different elements, in order."""
    g = _Groups("unique_values", x, False)
    return g.first(g.sorted)


__all__ = ["argsort", "cumulative_prod", "cumulative_sum", "isin", "searchsorted", "sort", "unique_all", "unique_counts",
           "unique_inverse", "unique_values"]
