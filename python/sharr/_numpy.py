# SPDX-License-Identifier: BSD-3-Clause
"""NumPy's habits: its functions on sharr arrays (__array_function__, __array_ufunc__), and methods of arrays.

What sharr has stays deferred, also with NumPy's names and positional parameters.  What it has not is NumPy's own
function on the values, if they are no more than sharr.config.max_array bytes."""

import inspect
import sys

import numpy

from . import _core, _functions as sp
from ._array import Array, apply, from_numpy
from ._creation import asarray, check_dtype
from ._gather import gather


# ---- reductions with NumPy's signatures -----------------------------------------------------------

def _plain(name):
    def function(a, axis=None, keepdims=False):
        return getattr(sp, name)(from_numpy(a), axis=axis, keepdims=keepdims)
    return function


def _typed(name):
    def function(a, axis=None, dtype=None, keepdims=False):
        return getattr(sp, name)(from_numpy(a), axis=axis, dtype=check_dtype(dtype), keepdims=keepdims)
    return function


def mean(a, axis=None, dtype=None, keepdims=False):
    return sp.mean(_as(a, dtype), axis=axis, keepdims=keepdims)


def var(a, axis=None, dtype=None, ddof=0, keepdims=False):
    return sp.var(_inexact(a, dtype), axis=axis, correction=ddof, keepdims=keepdims)


def std(a, axis=None, dtype=None, ddof=0, keepdims=False):
    return sp.std(_inexact(a, dtype), axis=axis, correction=ddof, keepdims=keepdims)


def _as(a, dtype):
    a = from_numpy(a)
    return a if dtype is None else sp.astype(a, dtype)


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


def nansum(a, axis=None, dtype=None, keepdims=False):
    return sp.sum(_without(a, 0)[0], axis=axis, dtype=check_dtype(dtype), keepdims=keepdims)


def nanprod(a, axis=None, dtype=None, keepdims=False):
    return sp.prod(_without(a, 1)[0], axis=axis, dtype=check_dtype(dtype), keepdims=keepdims)


def nanmean(a, axis=None, dtype=None, keepdims=False):
    a = _inexact(a, dtype)
    valid = sp.sum(apply("logical_not", apply("isnan", a)), axis=axis, keepdims=keepdims)
    return nansum(a, axis, None, keepdims) / sp.astype(valid, a.dtype)


def nanvar(a, axis=None, dtype=None, ddof=0, keepdims=False):
    a = _inexact(a, dtype)
    off = apply("abs", a - nanmean(a, axis, None, True))
    valid = sp.sum(apply("logical_not", apply("isnan", a)), axis=axis, keepdims=keepdims)
    found = nansum(off * off, axis, None, keepdims) / sp.astype(valid - ddof, off.dtype)
    return apply("where", valid > ddof, found, float("nan"))


def nanstd(a, axis=None, dtype=None, ddof=0, keepdims=False):
    return apply("sqrt", nanvar(a, axis, dtype, ddof, keepdims))


def _extreme(name, worst):
    def function(a, axis=None, keepdims=False):
        full, missing = _without(a, worst)
        found = getattr(sp, name)(full, axis=axis, keepdims=keepdims)
        if missing is None:
            return found
        return apply("where", sp.all(missing, axis=axis, keepdims=keepdims), float("nan"), found)
    return function


def _place(name, worst):
    def function(a, axis=None, keepdims=False):
        return getattr(sp, name)(_without(a, worst)[0], axis=axis, keepdims=keepdims)
    return function


# ---- others ---------------------------------------------------------------------------------------

def pad(array, pad_width, mode="constant", constant_values=0):
    """An array with more around it, as numpy.pad does: constant, edge, reflect, symmetric or wrap."""
    array = from_numpy(array)
    widths = numpy.broadcast_to(pad_width, (array.ndim, 2)).tolist()
    fills = numpy.broadcast_to(constant_values, (array.ndim, 2)).tolist()
    for axis, ((before, after), fill) in enumerate(zip(widths, fills)):
        if not before and not after:
            continue
        if mode != "constant":
            array = gather(array, numpy.pad(numpy.arange(array.shape[axis]), (before, after), mode=mode), axis)
            continue
        shapes = [array.shape[:axis] + (n,) + array.shape[axis + 1:] for n in (before, after)]
        first, last = [apply("full", shape, value, dtype=array.dtype) for shape, value in zip(shapes, fill)]
        array = apply("concat", [first, array, last], axis=axis)
    return array


def swapaxes(a, axis1, axis2):
    order = list(range(a.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return sp.permute_dims(a, order)


def _labels(term, ndim, wide):
    """One label for each dimension of an operand; those under ... are numbers."""
    if "..." not in term:
        found = list(term)
    else:
        first, last = term.split("...")
        count = wide if ndim is None else ndim - len(first) - len(last)
        found = [*first, *range(wide - count, wide), *last]
    if (ndim is not None and len(found) != ndim) or len(set(found)) != len(found):
        raise ValueError(f"einsum: {term!r} does not name each of {ndim} dimensions once")
    return found


def einsum(subscripts, /, *operands):
    """Sums of products over named dimensions, as in numpy.einsum("ij,jk->ik", a, b); streamed.  A name stands once in an
    operand."""
    operands = [asarray(x) for x in operands]
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise ValueError(f"einsum: {subscripts!r} is for {len(terms)} arrays, not {len(operands)}")
    wide = max([x.ndim - len(t.replace("...", "")) for t, x in zip(terms, operands) if "..." in t], default=0)
    named = [_labels(t, x.ndim, wide) for t, x in zip(terms, operands)]
    every = [label for labels in named for label in labels]
    letters = sorted({label for label in every if isinstance(label, str)})
    if arrow:
        kept = _labels(output, None, wide)
    else:
        kept = [*range(wide), *[label for label in letters if every.count(label) == 1]]
    if not set(kept) <= set(every):
        raise ValueError(f"einsum: {subscripts!r} has names in its output that no array has")
    order = kept + [label for label in dict.fromkeys(every) if label not in kept]
    t = sp.result_type(*operands)
    product = None
    for x, labels in zip(operands, named):
        x = sp.permute_dims(sp.astype(x, t), sorted(range(x.ndim), key=lambda d: order.index(labels[d])))
        x = x[tuple(slice(None) if label in labels else None for label in order)]
        product = x if product is None else apply("multiply", product, x)
    over = tuple(range(len(kept), len(order)))
    return sp.sum(product, axis=over, dtype=t) if over else product


_FUNCTIONS = {
    **{name: _typed(name) for name in ("sum", "prod")}, "mean": mean, "var": var, "std": std,
    **{name: _plain(name) for name in ("min", "max", "any", "all", "argmin", "argmax", "count_nonzero")},
    "nansum": nansum, "nanprod": nanprod, "nanmean": nanmean, "nanvar": nanvar, "nanstd": nanstd,
    "nanmin": _extreme("min", float("inf")), "nanmax": _extreme("max", float("-inf")),
    "nanargmin": _place("argmin", float("inf")), "nanargmax": _place("argmax", float("-inf")),
    "pad": pad, "einsum": einsum,
    "transpose": lambda a, axes=None: sp.permute_dims(a, range(a.ndim)[::-1] if axes is None else axes),
    "swapaxes": swapaxes,
    "ravel": lambda a: sp.reshape(a, (-1,)),
    "expand_dims": lambda a, axis: sp.expand_dims(a, axis=axis),
    "shape": lambda a: a.shape, "ndim": lambda a: a.ndim, "size": lambda a: a.size,
}
_FUNCTIONS.update(amin=_FUNCTIONS["min"], amax=_FUNCTIONS["max"])


# ---- protocols ------------------------------------------------------------------------------------

def _values(thing):
    """Sharr's arrays as NumPy's, also in lists and dicts."""
    if isinstance(thing, Array):
        return thing.__array__()
    if isinstance(thing, (list, tuple)):
        return type(thing)(_values(item) for item in thing)
    if isinstance(thing, dict):
        return {k: _values(v) for k, v in thing.items()}
    return thing


def _back(result):
    """NumPy's arrays as sharr's: what goes in as those comes out so."""
    if isinstance(result, tuple):
        return tuple(_back(r) for r in result)
    if isinstance(result, numpy.ndarray) and result.dtype in _core.DTYPE_NUMBER:
        return asarray(result)
    return result


def _own(func):
    """What sharr has for a function of NumPy, or None."""
    package = sys.modules[__package__]
    for part in func.__module__.split(".")[1:]:         # numpy.linalg, numpy.fft
        package = getattr(package, part, None)
    if func.__module__ == "numpy" and func.__name__ in _FUNCTIONS:
        return _FUNCTIONS[func.__name__]
    found = getattr(package, _core.OPERATOR_NAMES.get(func.__name__, func.__name__), None)
    return found if callable(found) else None


WRITERS = {"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}


def array_function(func, args, kwargs):
    """For Array.__array_function__."""
    if func.__module__.partition(".")[0] != "numpy":
        return NotImplemented
    if func.__name__ in WRITERS or isinstance(kwargs.get("out"), Array):
        raise TypeError(f"numpy.{func.__name__} writes into its argument, which is no NumPy array: assign, x[...] = values")
    own = _own(func)
    if own is not None:
        kwargs = {k: v for k, v in kwargs.items() if v is not numpy._NoValue}
        try:
            inspect.signature(own).bind(*args, **kwargs)
        except TypeError:               # a parameter that only NumPy has
            pass
        else:
            return own(*args, **kwargs)
    result = func(*_values(args), **_values(kwargs))
    return result if "out" in kwargs else _back(result)


def array_ufunc(ufunc, method, inputs, options):
    """For Array.__array_ufunc__."""
    name = _core.OPERATOR_NAMES.get(ufunc.__name__)
    out = options.get("out")
    if out and any(isinstance(x, Array) for x in out) or method == "at":
        return NotImplemented
    if method == "__call__" and not options and name is not None:
        return apply(name, *[from_numpy(x) for x in inputs])
    result = getattr(ufunc, method)(*_values(inputs), **_values(options))
    return result if out else _back(result)


# ---- methods --------------------------------------------------------------------------------------

def _sizes(shape):
    return shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape


def _method(function):
    def method(self, *args, **kwargs):
        return function(self, *args, **kwargs)
    return method


_METHODS = {
    **{name: _method(_FUNCTIONS[name]) for name in (
        "sum", "prod", "mean", "var", "std", "min", "max", "any", "all", "argmin", "argmax", "swapaxes", "ravel")},
    "astype": lambda self, dtype, copy=True: sp.astype(self, dtype, copy=copy),
    "reshape": lambda self, *shape: sp.reshape(self, tuple(_sizes(shape))),
    "transpose": lambda self, *axes: _FUNCTIONS["transpose"](self, _sizes(axes) if axes and axes[0] is not None else None),
    "squeeze": lambda self, axis=None: sp.squeeze(
        self, tuple(d for d, n in enumerate(self.shape) if n == 1) if axis is None else axis),
    "clip": lambda self, min=None, max=None: sp.clip(self, min, max),
    "round": lambda self: apply("round", self),
    "conj": lambda self: apply("conj", self) if self.dtype.kind == "c" else self,
    "copy": lambda self: self.__copy__(),
    "item": lambda self: self.to_numpy().item(),
    "tolist": lambda self: self.__array__().tolist(),
}
for _name, _function in _METHODS.items():
    _function.__name__, _function.__qualname__ = _name, f"Array.{_name}"
    _function.__doc__ = f"As numpy.ndarray.{_name}; deferred." if _name not in ("item", "tolist") else f"As numpy.ndarray.{_name}."
    setattr(Array, _name, _function)
