# SPDX-License-Identifier: BSD-3-Clause
"""NumPy's functions by sharr's: the parameters are NumPy's, with its names, order and defaults; what they make is deferred.

A function is here because it means the same; names alone say nothing (numpy.save).  What only NumPy can do, of types or
of parameters, is a TypeError: array_function then calls NumPy's own function on the values."""

import math

import numpy

from . import _beyond, _functions as sp, _gather, _reductions, _sorting
from ._array import Array, apply
from ._creation import arange, asarray, empty, eye, full, ones, tril, triu, zeros
from ._reductions import unwritten


def only(*others):
    """Parameters that sharr has not have their defaults."""
    for value, default in others:
        if value is not default and value != default:
            raise TypeError(f"only NumPy does this: {value!r}")


def flat(a):
    return sp.reshape(asarray(a), (-1,))


def _along(a, axis):
    """(a, axis); None: of the flattened array."""
    return (flat(a), 0) if axis is None else (asarray(a), axis)


# ---- shapes -----------------------------------------------------------------------------------------

def reshape(a, shape, order="C", *, copy=None):
    only((order, "C"))
    return sp.reshape(a, shape)


def ravel(a, order="C"):
    if order not in ("C", "A", "K"):            # sharr's arrays are in C order
        raise TypeError(f"ravel: order {order!r}")
    return flat(a)


def transpose(a, axes=None):
    return sp.permute_dims(a, range(a.ndim)[::-1] if axes is None else axes)


def swapaxes(a, axis1, axis2):
    order = list(range(a.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return sp.permute_dims(a, order)


def squeeze(a, axis=None):
    return sp.squeeze(a, tuple(d for d, n in enumerate(a.shape) if n == 1) if axis is None else axis)


def broadcast_arrays(*args, subok=False):
    return sp.broadcast_arrays(*map(asarray, args))


def size(a, axis=None):
    axes = range(a.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return math.prod(a.shape[d] for d in axes)


def atleast(n):
    """numpy.atleast_<n>d: what has fewer dimensions gets new ones in front, a matrix its third one behind."""
    def one(x):
        x = asarray(x)
        if n == 3 and x.ndim in (1, 2):
            return x[None, :, None] if x.ndim == 1 else x[..., None]
        return x[(None,) * (n - x.ndim)] if x.ndim < n else x

    def function(*arys):
        return one(*arys) if len(arys) == 1 else tuple(one(x) for x in arys)
    return function


# ---- joining and repeating --------------------------------------------------------------------------

def concatenate(arrays, axis=0, out=None):
    unwritten(out)
    return sp.concat(arrays, axis=axis)


def stack(arrays, axis=0, out=None):
    unwritten(out)
    return sp.stack(arrays, axis=axis)


def vstack(tup):
    return sp.concat([atleast(2)(x) for x in tup])


def hstack(tup):
    arrays = [atleast(1)(x) for x in tup]
    return sp.concat(arrays, axis=0 if arrays and arrays[0].ndim == 1 else 1)


def dstack(tup):
    return sp.concat([atleast(3)(x) for x in tup], axis=2)


def tile(A, reps):
    return sp.tile(asarray(A), reps if isinstance(reps, (tuple, list)) else (int(reps),))


def _edge(a, value, axis):
    """What diff has before or behind: an array, or a number for each line."""
    value = asarray(value)
    return value if value.ndim else sp.broadcast_to(value, a.shape[:axis] + (1,) + a.shape[axis + 1:])


def diff(a, n=1, axis=-1, prepend=None, append=None):
    a = asarray(a)
    if n == 0:
        return a
    ends = [None if v is None else _edge(a, v, sp._axis_of(a, axis)) for v in (prepend, append)]
    return sp.diff(a, n=n, axis=axis, prepend=ends[0], append=ends[1])


def pad(array, pad_width, mode="constant", constant_values=0):
    if mode not in _beyond.MODES:
        raise TypeError(f"pad: mode {mode!r}")
    return _beyond.pad(array, pad_width, mode, constant_values)


# ---- order and places -------------------------------------------------------------------------------

def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    only((order, None))
    a, axis = _along(a, axis)
    return _sorting.sort(a, axis=axis)


def argsort(a, axis=-1, kind=None, order=None, *, stable=None):
    only((order, None))
    a, axis = _along(a, axis)
    return _sorting.argsort(a, axis=axis)


def _running(function):
    def running(a, axis=None, dtype=None, out=None):
        unwritten(out)
        a, axis = _along(a, axis)
        return function(a, axis=axis, dtype=dtype)
    return running


def isin(element, test_elements, assume_unique=False, invert=False, *, kind=None):
    return _sorting.isin(asarray(element), asarray(test_elements), invert=invert)


def searchsorted(a, v, side="left", sorter=None):
    return _sorting.searchsorted(asarray(a), v, side=side, sorter=sorter)


def take(a, indices, axis=None, out=None, mode="raise"):
    unwritten(out)
    only((mode, "raise"))
    a, axis = _along(a, axis)
    if isinstance(indices, Array) and indices.ndim == 1:
        return _gather.take(a, indices, axis=axis)
    at = numpy.asarray(indices)
    if at.dtype.kind not in "iu":
        raise TypeError("take: positions are integers")
    axis = sp._axis_of(a, axis)
    found = _gather.take(a, at.reshape(-1), axis=axis)
    return found if at.ndim == 1 else sp.reshape(found, a.shape[:axis] + at.shape + a.shape[axis + 1:])


def take_along_axis(arr, indices, axis=-1):
    arr, axis = _along(arr, axis)
    return _gather.take_along_axis(arr, indices, axis=axis)


def where(condition, x=None, y=None, /):
    condition = asarray(condition)
    return _gather.nonzero(condition) if x is None and y is None else sp.where(condition, x, y)


# ---- numbers ----------------------------------------------------------------------------------------

def rounded(a, decimals=0, out=None):
    """By way of multiplying, as NumPy does it: the same bits."""
    unwritten(out)
    a = asarray(a)
    if a.dtype.kind == "b":
        raise TypeError("round is not defined for bool")
    if decimals == 0 or (a.dtype.kind in "iu" and decimals > 0):
        return apply("round", a)
    up, down = ("multiply", "divide") if decimals > 0 else ("divide", "multiply")
    scale = 10.0 ** abs(decimals)
    found = apply(down, apply("round", apply(up, a, scale)), scale)
    return apply("astype", found, a.dtype)


def clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None):
    unwritten(out)
    return sp.clip(asarray(a), a_min if min is None else min, a_max if max is None else max)


def part(name):
    def function(val):
        return apply(name, asarray(val))
    return function


def einsum(*operands, out=None, optimize=False):
    unwritten(out)
    try:
        return _beyond.einsum(*operands)
    except (AttributeError, ValueError):        # numbers for names, diagonals; what is wrong NumPy says
        raise TypeError("einsum: not of sharr's kind") from None


def tensordot(a, b, axes=2):
    if not isinstance(axes, int):
        axes = [x if isinstance(x, (tuple, list)) else (x,) for x in axes]
    return sp.tensordot(asarray(a), asarray(b), axes=axes)


def _triangle(function):
    def triangle(m, k=0):
        if m.ndim < 2:
            raise TypeError("a triangle of a vector")
        return function(m, k=k)
    return triangle


# ---- making -----------------------------------------------------------------------------------------

def _filled(value):
    def like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
        return full_like(a, value, dtype, order, subok, shape, device=device)
    return like


def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    a = asarray(a)
    if numpy.ndim(fill_value):
        raise TypeError("full_like: an array of values")
    return full(a.shape if shape is None else shape, fill_value, dtype=a.dtype if dtype is None else dtype, device=device)


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    from ._creation import meshgrid as grid
    only((sparse, False))
    return grid(*map(flat, xi), indexing=indexing)


def _with_order(function):
    """For numpy.zeros(shape, like=x) and others."""
    def make(shape, dtype=None, order="C", *, device=None):
        return function(shape, dtype=dtype, device=device)
    return make


FUNCTIONS = {
    **_reductions.FUNCTIONS,
    "reshape": reshape, "ravel": ravel, "transpose": transpose, "permute_dims": transpose, "swapaxes": swapaxes,
    "squeeze": squeeze, "broadcast_arrays": broadcast_arrays, "size": size,
    "broadcast_to": lambda array, shape, subok=False: sp.broadcast_to(asarray(array), shape),
    "expand_dims": lambda a, axis: sp.expand_dims(a, axis=axis), "matrix_transpose": sp.matrix_transpose,
    "moveaxis": lambda a, source, destination: sp.moveaxis(a, source, destination),
    "flip": lambda m, axis=None: sp.flip(m, axis=axis), "roll": lambda a, shift, axis=None: sp.roll(a, shift, axis=axis),
    "shape": lambda a: a.shape, "ndim": lambda a: a.ndim,
    **{f"atleast_{n}d": atleast(n) for n in (1, 2, 3)},
    "concatenate": concatenate, "concat": concatenate, "stack": stack, "vstack": vstack, "hstack": hstack, "dstack": dstack,
    "unstack": sp.unstack, "tile": tile, "diff": diff, "pad": pad,
    "repeat": lambda a, repeats, axis=None: sp.repeat(asarray(a), repeats, axis=axis),
    "sort": sort, "argsort": argsort, "isin": isin, "searchsorted": searchsorted,
    "cumsum": _running(_sorting.cumulative_sum), "cumprod": _running(_sorting.cumulative_prod),
    "cumulative_sum": _sorting.cumulative_sum, "cumulative_prod": _sorting.cumulative_prod,
    **{name: getattr(_sorting, name) for name in ("unique_all", "unique_counts", "unique_inverse", "unique_values")},
    "take": take, "take_along_axis": take_along_axis, "where": where, "nonzero": lambda a: _gather.nonzero(a),
    "round": rounded, "around": rounded, "round_": rounded, "clip": clip, "real": part("real"), "imag": part("imag"),
    "einsum": einsum, "tensordot": tensordot, "tril": _triangle(tril), "triu": _triangle(triu),
    "astype": sp.astype, "result_type": sp.result_type,
    "can_cast": lambda from_, to, casting="safe": numpy.can_cast(getattr(from_, "dtype", from_), getattr(to, "dtype", to), casting),
    "zeros_like": _filled(0), "ones_like": _filled(1), "empty_like": _filled(0), "full_like": full_like, "meshgrid": meshgrid,
    "zeros": _with_order(zeros), "ones": _with_order(ones), "empty": _with_order(empty),
    "full": lambda shape, fill_value, dtype=None, order="C", *, device=None: full(shape, fill_value, dtype=dtype, device=device),
    "eye": lambda N, M=None, k=0, dtype=None, order="C", *, device=None: eye(N, M, k=k, dtype=dtype, device=device),
    "arange": arange,
    "asarray": lambda a, dtype=None, order=None, *, device=None, copy=None: asarray(a, dtype=dtype, device=device, copy=copy),
}
