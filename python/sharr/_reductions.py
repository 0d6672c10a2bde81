# SPDX-License-Identifier: BSD-3-Clause
"""Reductions with NumPy's parameters, in NumPy's order; those without the NaNs; deferred.

For NumPy's functions and the methods of arrays.  `out` has its place only so that what comes after it has its own."""

from . import _functions as sp
from ._array import apply, from_numpy
from ._creation import check_dtype


def unwritten(out):
    """NumPy has what goes into an array of its own (array_function calls it then)."""
    if out is not None:
        raise TypeError("out: sharr's arrays are computed when they are needed, and written nowhere")


def _plain(name):
    def function(a, axis=None, out=None, keepdims=False):
        unwritten(out)
        return getattr(sp, name)(from_numpy(a), axis=axis, keepdims=keepdims)
    return function


def _typed(name):
    def function(a, axis=None, dtype=None, out=None, keepdims=False):
        unwritten(out)
        return getattr(sp, name)(from_numpy(a), axis=axis, dtype=check_dtype(dtype), keepdims=keepdims)
    return function


def count_nonzero(a, axis=None, *, keepdims=False):
    return sp.count_nonzero(from_numpy(a), axis=axis, keepdims=keepdims)


def mean(a, axis=None, dtype=None, out=None, keepdims=False):
    unwritten(out)
    return sp.mean(_as(a, dtype), axis=axis, keepdims=keepdims)


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    unwritten(out)
    return sp.var(_inexact(a, dtype), axis=axis, correction=ddof, keepdims=keepdims)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    unwritten(out)
    return sp.std(_inexact(a, dtype), axis=axis, correction=ddof, keepdims=keepdims)


def _as(a, dtype):
    a = from_numpy(a)
    if dtype is None:
        return a
    if check_dtype(dtype).kind not in "fc":
        raise TypeError(f"means are floats, not {dtype}")
    return sp.astype(a, dtype)


def _inexact(a, dtype):
    a = _as(a, dtype)
    return a if a.dtype.kind in "fc" else sp.astype(a, "float64")


# ---- without the NaNs -----------------------------------------------------------------------------

def _without(a, value):
    """(a with a value for every NaN, where they are); None: there can be none."""
    a = from_numpy(a)
    if a.dtype.kind not in "fc":
        return a, None
    missing = apply("isnan", a)
    return apply("where", missing, value, a), missing


def nansum(a, axis=None, dtype=None, out=None, keepdims=False):
    unwritten(out)
    return sp.sum(_without(a, 0)[0], axis=axis, dtype=check_dtype(dtype), keepdims=keepdims)


def nanprod(a, axis=None, dtype=None, out=None, keepdims=False):
    unwritten(out)
    return sp.prod(_without(a, 1)[0], axis=axis, dtype=check_dtype(dtype), keepdims=keepdims)


def nanmean(a, axis=None, dtype=None, out=None, keepdims=False):
    unwritten(out)
    a = _inexact(a, dtype)
    valid = sp.sum(apply("logical_not", apply("isnan", a)), axis=axis, keepdims=keepdims)
    return nansum(a, axis, keepdims=keepdims) / sp.astype(valid, a.dtype)


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    unwritten(out)
    a = _inexact(a, dtype)
    off = apply("abs", a - nanmean(a, axis, keepdims=True))
    valid = sp.sum(apply("logical_not", apply("isnan", a)), axis=axis, keepdims=keepdims)
    found = nansum(off * off, axis, keepdims=keepdims) / sp.astype(valid - ddof, off.dtype)
    return apply("where", valid > ddof, found, float("nan"))


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    unwritten(out)
    return apply("sqrt", nanvar(a, axis, dtype, None, ddof, keepdims))


def _extreme(name, worst):
    def function(a, axis=None, out=None, keepdims=False):
        unwritten(out)
        full, missing = _without(a, worst)
        found = getattr(sp, name)(full, axis=axis, keepdims=keepdims)
        if missing is None:
            return found
        return apply("where", sp.all(missing, axis=axis, keepdims=keepdims), float("nan"), found)
    return function


def _place(name, worst):
    def function(a, axis=None, out=None, keepdims=False):
        unwritten(out)
        return getattr(sp, name)(_without(a, worst)[0], axis=axis, keepdims=keepdims)
    return function


FUNCTIONS = {
    **{name: _typed(name) for name in ("sum", "prod")}, "mean": mean, "var": var, "std": std,
    **{name: _plain(name) for name in ("min", "max", "any", "all", "argmin", "argmax")}, "count_nonzero": count_nonzero,
    "nansum": nansum, "nanprod": nanprod, "nanmean": nanmean, "nanvar": nanvar, "nanstd": nanstd,
    "nanmin": _extreme("min", float("inf")), "nanmax": _extreme("max", float("-inf")),
    "nanargmin": _place("argmin", float("inf")), "nanargmax": _place("argmax", float("-inf")),
}
FUNCTIONS.update(amin=FUNCTIONS["min"], amax=FUNCTIONS["max"])
