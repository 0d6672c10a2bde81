# SPDX-License-Identifier: BSD-3-Clause
"""Running sums, sorting and searching: the library's procedures, which work within memory however large arrays are."""

import operator

from ._array import Array, apply
from ._creation import check_dtype


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


__all__ = ["argsort", "cumulative_prod", "cumulative_sum", "sort"]
