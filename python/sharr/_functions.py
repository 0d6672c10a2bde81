# SPDX-License-Identifier: BSD-3-Clause
"""The functions of the Array API over the library's operators.

Functions of one array or two (x, /) and (x1, x2, /) come from the operator table as it is: a row that is added there
is a function here.  The others have their signatures from the standard."""

import builtins
import functools
import inspect
import math
import operator

import numpy

from . import _core
from ._array import Array, apply, from_numpy_scalar
from ._creation import asarray, check_device, check_dtype
from ._gather import gather
from ._masked import unmasked

_PLAIN = (["x"], ["x1", "x2"])


def _check_arrays(name, args):
    if not builtins.any(isinstance(a, (Array, numpy.ndarray, numpy.generic)) for a in args):
        raise TypeError(f"{name} takes sharr arrays: sharr.asarray makes them")


def _from_table(name, parameters, doc):
    def function(*args):
        if len(args) != len(parameters):
            raise TypeError(f"{name} takes {len(parameters)} arguments, not {len(args)}")
        _check_arrays(name, args)
        return apply(name, *args)
    only = inspect.Parameter.POSITIONAL_ONLY
    function.__name__ = function.__qualname__ = name
    shapes = "Of a shape that both are broadcast to" if len(parameters) > 1 else "Of the shape of x"
    function.__doc__ = (f"{doc}\n\n    {shapes}; element by element, deferred.  Raises TypeError (types that it is not defined "
                        f"for){', ValueError (shapes that do not go together)' if len(parameters) > 1 else ''}.")
    function.__signature__ = inspect.Signature([inspect.Parameter(p, only) for p in parameters])
    return function


elementwise = {name: _from_table(name, parameters, doc) for name, (parameters, doc) in _core.OPERATORS.items()
               if parameters in _PLAIN}


def _axes(axis):
    return None if axis is None else axis if isinstance(axis, (tuple, list)) else operator.index(axis)


def _reduce(name, x, axis, keepdims, **others):
    _check_arrays(name, (x,))
    if isinstance(axis, (tuple, list)) and not axis:        # over no axis: every element by itself
        x, axis, keepdims = x[..., None], -1, False
    return apply(name, x, axis=_axes(axis), keepdims=bool(keepdims), **others)


# ---- elementwise, with parameters -----------------------------------------------------------------

def clip(x, /, min=None, max=None):
    """minimum(maximum(x, min), max), in the type of x."""
    _check_arrays("clip", (x,))
    return apply("clip", x, min, max)


def where(condition, x1, x2, /):
    """x1 where the condition holds, else x2."""
    _check_arrays("where", (condition,))
    return apply("where", condition, x1, x2)


# ---- statistics -----------------------------------------------------------------------------------

def sum(x, /, *, axis=None, dtype=None, keepdims=False):
    """Sum over axes; small integers are summed in 64 bits."""
    return _reduce("sum", x, axis, keepdims, dtype=check_dtype(dtype))


def prod(x, /, *, axis=None, dtype=None, keepdims=False):
    """Product over axes; small integers are multiplied in 64 bits."""
    return _reduce("prod", x, axis, keepdims, dtype=check_dtype(dtype))


def mean(x, /, *, axis=None, keepdims=False):
    """Arithmetic mean over axes; of integers in float64."""
    return _reduce("mean", x, axis, keepdims)


def _with_correction(function):
    """The name that NumPy has for `correction` is answered with ours."""
    @functools.wraps(function)
    def call(*args, **named):
        if "ddof" in named:
            raise TypeError(f"{function.__name__}: what NumPy's function calls ddof is correction here, as in the Array API")
        return function(*args, **named)
    return call


@_with_correction
def var(x, /, *, axis=None, correction=0.0, keepdims=False):
    """Variance over axes: the sum of squared deviations over n - correction."""
    return _reduce("var", x, axis, keepdims, correction=correction)


@_with_correction
def std(x, /, *, axis=None, correction=0.0, keepdims=False):
    """Standard deviation over axes."""
    return _reduce("std", x, axis, keepdims, correction=correction)


def min(x, /, *, axis=None, keepdims=False):
    """Smallest element; NaN wins."""
    return _reduce("min", x, axis, keepdims)


def max(x, /, *, axis=None, keepdims=False):
    """Largest element; NaN wins."""
    return _reduce("max", x, axis, keepdims)


def any(x, /, *, axis=None, keepdims=False):
    """Is one element not zero?"""
    return _reduce("any", x, axis, keepdims)


def all(x, /, *, axis=None, keepdims=False):
    """Is no element zero?"""
    return _reduce("all", x, axis, keepdims)


def argmin(x, /, *, axis=None, keepdims=False):
    """First position of the smallest element (or of a NaN)."""
    return _reduce("argmin", x, axis, keepdims)


def argmax(x, /, *, axis=None, keepdims=False):
    """First position of the largest element (or of a NaN)."""
    return _reduce("argmax", x, axis, keepdims)


def count_nonzero(x, /, *, axis=None, keepdims=False):
    """How many elements are not zero."""
    return _reduce("count_nonzero", x, axis, keepdims)


def diff(x, /, *, axis=-1, n=1, prepend=None, append=None):
    """n-th differences between neighbours along an axis."""
    _check_arrays("diff", (x,))
    if x.ndim == 0 or n < 0:
        raise ValueError("diff takes one dimension or more, and n >= 0")
    if prepend is not None or append is not None:
        x = concat([a for a in (prepend, x, append) if a is not None], axis=axis)
    axis = _axis_of(x, axis)
    here, there = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    here[axis], there[axis] = slice(None, -1), slice(1, None)
    for _ in range(n):
        x = apply("not_equal" if x.dtype.kind == "b" else "subtract", x[tuple(there)], x[tuple(here)])
    return x


# ---- shapes ---------------------------------------------------------------------------------------

def _axis_of(x, axis):
    axis = operator.index(axis)
    if not -x.ndim <= axis < x.ndim:
        raise _core.AxisError(f"axis {axis} is out of range for shape {x.shape}")
    return axis % x.ndim


def broadcast_shapes(*shapes):
    """The shape of arrays of these shapes together."""
    ndim, out = builtins.max((len(s) for s in shapes), default=0), []
    for d in range(-ndim, 0):
        extents = {s[d] for s in shapes if len(s) >= -d} - {1}
        if len(extents) > 1:
            raise ValueError(f"shapes {', '.join(map(str, shapes))} cannot be broadcast together")
        out.append(extents.pop() if extents else 1)
    return tuple(out)


def broadcast_to(x, /, shape):
    """x repeated to a shape."""
    _check_arrays("broadcast_to", (x,))
    return apply("broadcast_to", x, shape if isinstance(shape, (tuple, list)) else (shape,))


def broadcast_arrays(*arrays):
    """The arrays repeated to their common shape, as a tuple."""
    shape = broadcast_shapes(*[x.shape for x in arrays])
    return tuple(broadcast_to(x, shape) for x in arrays)


def concat(arrays, /, *, axis=0):
    """One after the other along an axis; axis=None: flattened."""
    arrays = [asarray(x) for x in arrays]
    if not arrays:
        raise ValueError("concat of no arrays")
    t = result_type(*arrays)
    return apply("concat", [apply("astype", x, t) for x in arrays], axis=axis)


def stack(arrays, /, *, axis=0):
    """One after the other along a new axis."""
    arrays = [asarray(x) for x in arrays]
    if not arrays:
        raise ValueError("stack of no arrays")
    t = result_type(*arrays)
    return apply("stack", [apply("astype", x, t) for x in arrays], axis=axis)


def unstack(x, /, *, axis=0):
    """The slices along an axis, as a tuple."""
    axis = _axis_of(x, axis)
    return tuple(x[(slice(None),) * axis + (i,)] for i in range(x.shape[axis]))


def expand_dims(x, /, axis):
    """With new dimensions of extent 1."""
    _check_arrays("expand_dims", (x,))
    return apply("expand_dims", x, axis)


def squeeze(x, /, axis):
    """Without these dimensions of extent 1."""
    _check_arrays("squeeze", (x,))
    return apply("squeeze", x, axis)


def flip(x, /, *, axis=None):
    """Backwards along these axes; None: all."""
    _check_arrays("flip", (x,))
    return apply("flip", x, axis)


def roll(x, /, shift, *, axis=None):
    """Moved cyclically; axis=None: as if flattened."""
    _check_arrays("roll", (x,))
    return apply("roll", x, shift, axis)


def permute_dims(x, /, axes):
    """Dimensions in this order."""
    _check_arrays("permute_dims", (x,))
    return apply("permute_dims", x, tuple(axes))


def matrix_transpose(x, /):
    """The last two dimensions exchanged."""
    return x.mT


def moveaxis(x, source, destination, /):
    """Dimensions moved to other places; the others keep their order."""
    source = [_axis_of(x, a) for a in (source if isinstance(source, (tuple, list)) else (source,))]
    target = [_axis_of(x, a) for a in (destination if isinstance(destination, (tuple, list)) else (destination,))]
    if len(source) != len(target) or len(set(source)) != len(source) or len(set(target)) != len(target):
        raise ValueError("moveaxis: as many different places as axes")
    axes = [d for d in range(x.ndim) if d not in source]
    for to, axis in sorted(zip(target, source)):
        axes.insert(to, axis)
    return permute_dims(x, tuple(axes))


def reshape(x, /, shape, *, copy=None):
    """The same elements in C order; one extent may be -1."""
    _check_arrays("reshape", (x,))
    return apply("reshape", x, shape if isinstance(shape, (tuple, list)) else (shape,))


def repeat(x, repeats, /, *, axis=None):
    """Every element a number of times, along an axis."""
    _check_arrays("repeat", (x,))
    if axis is None:
        x, axis = reshape(x, (x.size,)), 0
    axis = _axis_of(x, axis)
    if not isinstance(repeats, int):
        times = numpy.asarray(unmasked(repeats))
        if times.dtype.kind not in "iu" or times.size and times.min() < 0:
            raise ValueError("repeat: numbers of times are integers, not negative")
        if times.size != 1:
            if times.shape != x.shape[axis:axis + 1]:
                raise ValueError(f"repeat: {times.size} numbers of times for {x.shape[axis]} elements")
            return gather(x, numpy.repeat(numpy.arange(times.size), times), axis)
        repeats = int(times.reshape(()))
    if repeats < 0:
        raise ValueError("repeat: a negative number of times")
    wide = list(x.shape)
    wide.insert(axis + 1, repeats)
    shape = list(x.shape)
    shape[axis] *= repeats
    return reshape(broadcast_to(expand_dims(x, axis=axis + 1), wide), shape)


def tile(x, repetitions, /):
    """Copies of the whole array side by side."""
    _check_arrays("tile", (x,))
    n = builtins.max(len(repetitions), x.ndim)
    reps = (1,) * (n - len(repetitions)) + tuple(repetitions)
    x = reshape(x, (1,) * (n - x.ndim) + x.shape)
    pairs = [e for r, s in zip(reps, x.shape) for e in (r, s)]
    wide = reshape(x, [e for s in x.shape for e in (1, s)])
    return reshape(broadcast_to(wide, pairs), tuple(r * s for r, s in zip(reps, x.shape)))


# ---- products -------------------------------------------------------------------------------------

def _numbers(name, x1, x2):
    _check_arrays(name, (x1,))
    _check_arrays(name, (x2,))
    if x1.dtype.kind == "b" or x2.dtype.kind == "b":
        raise TypeError(f"{name} takes numbers, not bool")
    return result_type(x1, x2)


def _sum_of_products(a, b, axes, t):
    return apply("sum", apply("multiply", apply("astype", a, t), apply("astype", b, t)), axis=axes, dtype=t)


def vecdot(x1, x2, /, *, axis=-1):
    """Sums of conj(x1) * x2 along an axis."""
    t = _numbers("vecdot", x1, x2)
    if not -builtins.min(x1.ndim, x2.ndim) <= axis < 0:
        raise _core.AxisError(f"vecdot: axis {axis} is out of range for shapes {x1.shape} and {x2.shape}")
    if x1.shape[axis] != x2.shape[axis]:
        raise ValueError(f"vecdot: extents {x1.shape[axis]} and {x2.shape[axis]} along axis {axis}")
    return _sum_of_products(apply("conj", x1), x2, axis, t)


matmul = elementwise.pop("matmul")


def tensordot(x1, x2, /, *, axes=2):
    """Sums of products over pairs of axes."""
    _numbers("tensordot", x1, x2)
    if isinstance(axes, int):
        if axes > builtins.min(x1.ndim, x2.ndim) or axes < 0:
            raise ValueError(f"tensordot: {axes} axes of arrays of {x1.ndim} and {x2.ndim} dimensions")
        first, second = range(x1.ndim - axes, x1.ndim), range(axes)
    else:
        first, second = axes
    first, second = [_axis_of(x1, a) for a in first], [_axis_of(x2, a) for a in second]
    if [x1.shape[a] for a in first] != [x2.shape[a] for a in second]:
        raise ValueError(f"tensordot: shapes {x1.shape} and {x2.shape} do not go together along these axes")
    kept1 = [d for d in range(x1.ndim) if d not in first]
    kept2 = [d for d in range(x2.ndim) if d not in second]
    shape1, shape2 = [x1.shape[d] for d in kept1], [x2.shape[d] for d in kept2]
    n = math.prod(x1.shape[d] for d in first)
    a = reshape(permute_dims(x1, kept1 + first), (math.prod(shape1), n))
    b = reshape(permute_dims(x2, second + kept2), (n, math.prod(shape2)))
    return reshape(matmul(a, b), shape1 + shape2)


# ---- types ----------------------------------------------------------------------------------------

def astype(x, dtype, /, *, copy=True, device=None):
    """As another type.  Numbers that do not fit an integer type saturate (from floats) or wrap (from integers)."""
    check_device(device)
    _check_arrays("astype", (x,))
    return apply("astype", x, check_dtype(dtype))


def result_type(*arrays_and_dtypes):
    """The type of what is computed from these; Python's numbers take the type of what is beside them."""
    from ._info import promote
    return promote([from_numpy_scalar(a) for a in arrays_and_dtypes])


Array.__matmul__ = lambda self, other, /: matmul(self, other) if isinstance(other, Array) else NotImplemented
Array.__rmatmul__ = lambda self, other, /: matmul(other, self) if isinstance(other, Array) else NotImplemented


def _imatmul(self, other, /):
    result = matmul(self, other)
    if result.dtype != self.dtype or result.shape != self.shape:
        raise ValueError(f"matmul in place: {result.shape} of {result.dtype} is no {self.shape} of {self.dtype}")
    self._become(result)
    return self


Array.__imatmul__ = _imatmul

__all__ = [
    "all", "any", "argmax", "argmin", "astype", "broadcast_arrays", "broadcast_shapes", "broadcast_to", "clip", "concat",
    "count_nonzero", "diff", "expand_dims", "flip", "matmul", "matrix_transpose", "max", "mean", "min", "moveaxis",
    "permute_dims", "prod", "repeat", "reshape", "result_type", "roll", "squeeze", "stack", "std",
    "sum", "tensordot", "tile", "unstack", "var", "vecdot", "where",
]
