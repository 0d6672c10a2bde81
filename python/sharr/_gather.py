# SPDX-License-Identifier: BSD-3-Clause
"""Indexing by positions: the positions are evaluated, what they take stays deferred.

Positions fall into runs with a constant step; each run is a slice, and the result is the slices one after the other.
A few of them cost least, and of what is computed, only what they take is.  Else the library looks up one element after
the other: the operator take, which reads of a dataset the chunks that positions lie in, and what is computed is computed
whole first.  Masks and positions that are computed, and of which there are more than LARGE, are not evaluated into memory.
"""

import math
import operator

import numpy

from . import _core
from ._array import Array, apply
from ._core import ffi, lib
from ._masked import unmasked

FEW_RUNS, MAX_RUNS = 8, 4096
SMALL = 1 << 14                     # elements that are computed faster than runs are found
RUN_BYTES = 8 << 20                 # two chunks of each run may be in memory at a time, and as much again is work
LARGE = 1 << 20
LAST = (1 << 63) - 1


def _runs(at, most):
    """(start, step, count) of runs of positions with one step; None: more than `most`."""
    first = 16 * most                                   # they often show that runs are too many
    if len(at) == 0 or most == 0:
        return None if len(at) else []
    if len(at) > first and _runs(at[:first], most) is None:
        return None
    step = at[1:] - at[:-1]
    change = numpy.flatnonzero(step[1:] != step[:-1]) + 1       # from here on the step is another one
    if len(change) > 2 * most:                          # a run ends at one of them, and may skip one
        return None
    starts = [0]
    for c in change.tolist():
        if c > starts[-1]:
            starts.append(c + 1)
    if len(starts) > most:
        return None
    counts = [b - a for a, b in zip(starts, [*starts[1:], len(at)])]
    return [(int(at[i]), int(step[i]) if n > 1 else 1, n) for i, n in zip(starts, counts)]


def _most_runs(x):
    """So many runs are better than looking up one element after the other: where all of x would be computed for that, as
    many as have room for their chunks in memory.  Rank 0 decides."""
    if x.size <= SMALL:
        return 0
    if lib.sharr_array_stored(x._handle):
        return FEW_RUNS
    memory = ffi.new("int64_t *", lib.sharr_context_memory(_core.context))
    _core.call(lib.sharr_context_broadcast, _core.context, memory, 8)
    return max(FEW_RUNS, min(MAX_RUNS, memory[0] // RUN_BYTES))


def _run(x, axis, start, step, count):
    """One run: a slice, or the same position again and again."""
    stop = start + (count * step or 1)
    part = x[(slice(None),) * axis + (slice(start, stop if stop >= 0 else None, step or 1),)]
    return part if step else apply("broadcast_to", part, x.shape[:axis] + (count,) + x.shape[axis + 1:])


def _for_take(at, positions):
    """Positions as an Array that nobody changes."""
    from ._creation import hold
    from ._spill import is_held
    return positions if positions is not None and positions.dtype == "int64" and is_held(positions) else hold(at)


def gather(x, at, axis, positions=None):
    """x at positions (1-D, of NumPy, which nobody else has) along an axis; `positions`: the same as an Array, if they are
    one."""
    n = x.shape[axis]
    low, high = (int(at.min()), int(at.max())) if len(at) else (0, -1)
    if low < -n or high >= n:
        raise IndexError(f"position {high if high >= n else low} is out of range for axis {axis} of shape {x.shape}")
    at = at.astype("int64", copy=False)
    runs = _runs(at if low >= 0 else numpy.where(at < 0, at + n, at), _most_runs(x))
    if runs is None:
        return apply("take", x, _for_take(at, positions), axis=axis)
    parts = [_run(x, axis, *run) for run in runs]
    if not parts:
        return x[(slice(None),) * axis + (slice(0, 0),)]
    return parts[0] if len(parts) == 1 else apply("concat", parts, axis=axis)


def _merged(x, ndim):
    """The first dimensions as one."""
    if ndim == 1:
        return x
    n = 1
    for extent in x.shape[:ndim]:
        n *= extent
    return apply("reshape", x, (n,) + x.shape[ndim:])


def by_mask(x, mask):
    """x[mask]: the elements where the mask holds, along one axis.  A mask that is empty along an axis takes nothing."""
    if mask.ndim > x.ndim or any(n not in (0, m) for n, m in zip(mask.shape, x.shape)):
        raise IndexError(f"a mask of shape {mask.shape} for an array of shape {x.shape}")
    if mask.ndim and mask.shape != x.shape[:mask.ndim]:
        return apply("zeros", (0,) + x.shape[mask.ndim:], dtype=x.dtype)
    if isinstance(mask, Array) and mask.size > LARGE:
        return apply("compress", _merged(x, mask.ndim), _merged(mask, mask.ndim), int(apply("count_nonzero", mask)))
    flat = numpy.asarray(mask).reshape(-1)
    if mask.ndim == 0:
        return x[None][:1 if flat[0] else 0]
    return gather(_merged(x, mask.ndim), numpy.flatnonzero(flat), 0)


def by_positions(x, keys):
    """x[i, j, ...] for integers and arrays of integers, for the first dimensions."""
    if len(keys) > x.ndim:
        raise IndexError(f"{len(keys)} indices for an array of shape {x.shape}")
    at = []
    for d, k in enumerate(keys):
        i, n = numpy.asarray(k), x.shape[d]
        if i.dtype.kind not in "iu" and i.size:
            raise IndexError(f"an index is an integer, not {i.dtype}")
        if i.size and (i.min() < -n or i.max() >= n):
            raise IndexError(f"an index is out of range for dimension {d} of shape {x.shape}")
        at.append(numpy.where(i.astype("int64") < 0, i.astype("int64") + n, i.astype("int64")))
    try:
        at = numpy.broadcast_arrays(*at)
    except ValueError:
        raise IndexError(f"indices of shapes {', '.join(str(a.shape) for a in at)} cannot be broadcast together") from None
    shape = at[0].shape
    if at[0].size:
        flat = numpy.ravel_multi_index([a.reshape(-1) for a in at], x.shape[:len(at)])
    else:
        flat = numpy.empty(0, "int64")
    found = gather(_merged(x, len(at)), flat, 0)
    return apply("reshape", found, shape + x.shape[len(at):]) if len(shape) != 1 else found


def _is_positions(k):
    """A mask or an array of positions, in contrast to integers and slices.  Of masked ones NumPy would take what is under
    their mask."""
    unmasked(k)
    if isinstance(k, (Array, numpy.ndarray)):
        return k.ndim > 0 or k.dtype.kind == "b"
    return isinstance(k, (list, bool, numpy.bool_))


def _positions(k, extents):
    """A key as arrays of positions, one for each dimension that it takes, of which the first extents are given.
    Evaluated."""
    k = numpy.asarray(k)
    if k.dtype.kind == "b":
        if k.ndim == 0:
            raise IndexError("a mask of 0 dimensions stands alone")
        if k.shape != tuple(extents[:k.ndim]):
            raise IndexError(f"a mask of shape {k.shape} for dimensions of shape {tuple(extents[:k.ndim])}")
        return list(numpy.nonzero(k))
    if k.size and k.dtype.kind not in "iu":
        raise IndexError(f"an index is an integer, not {k.dtype}")
    if k.dtype == "uint64" and k.size and int(k.max()) > LAST:
        raise IndexError(f"position {k.max()} is out of range for shape {tuple(extents)}")
    return [k.astype("int64")]


def _takes(k):
    """How many dimensions a key takes."""
    if k is None or k is Ellipsis:
        return 0
    if not _is_positions(k):
        return 1
    k = k if isinstance(k, Array) else numpy.asarray(k)
    return k.ndim if k.dtype.kind == "b" else 1


def _spread(keys, shape):
    """The keys with ... written out, one for each dimension and each new one; masks as positions.  And: are all arrays of
    positions and integers neighbours?  (Not with ... between them, even if it stands for no dimension.)"""
    left = len(shape) - sum(_takes(k) for k in keys)
    if sum(k is Ellipsis for k in keys) > 1 or left < 0:
        raise IndexError(f"too many indices for an array of {len(shape)} dimensions")
    found, d, at = [], 0, []
    for place, k in enumerate(keys):
        if k is Ellipsis:
            found += [slice(None)] * left
            d += left
            continue
        n = _takes(k)
        if _is_positions(k):
            found += _positions(k, shape[d:])
        else:
            found.append(k)
        d += n
        if k is not None and not isinstance(k, slice):
            at.append(place)
    return found + [slice(None)] * (len(shape) - d), at == list(range(at[0], at[-1] + 1))


def _mixed(x, keys):
    """x[keys] with arrays of positions beside slices, by NumPy's rules: the dimensions of the positions stand where they
    stood, if they were neighbours; else first."""
    keys, together = _spread(keys, x.shape)
    taken = [i for i, k in enumerate(keys) if not isinstance(k, slice) and k is not None]
    y = x[tuple(k if isinstance(k, slice) or k is None else slice(None) for k in keys)]
    rest = [d for d in range(y.ndim) if d not in taken]
    at = [numpy.asarray(keys[i]) for i in taken]
    if len(taken) == 1 and at[0].ndim == 1:
        return gather(y, at[0], taken[0])
    found = by_positions(apply("permute_dims", y, taken + rest), at)
    n = found.ndim - len(rest)
    if not together or not taken[0]:
        return found
    order = list(range(n, n + taken[0])) + list(range(n)) + list(range(n + taken[0], found.ndim))
    return apply("permute_dims", found, order)


def _is_switch(k):
    """A mask of 0 dimensions: with others it is a new dimension, of extent 1 or 0."""
    return isinstance(k, (bool, numpy.bool_)) or (isinstance(k, (Array, numpy.ndarray)) and k.ndim == 0 and k.dtype.kind == "b")


def _switched(x, keys):
    """x[keys] with one such mask beside slices, None and ..."""
    place = next(i for i, k in enumerate(keys) if _is_switch(k))
    others = keys[:place] + keys[place + 1:]
    if any(k is not None and k is not Ellipsis and not isinstance(k, slice) for k in others):
        raise IndexError("a mask of 0 dimensions stands alone, or beside slices")
    y = x[keys[:place] + (None,) + keys[place + 1:]]
    if not keys[place]:
        left = x.ndim - sum(isinstance(k, slice) for k in others)
        axis = sum(left if k is Ellipsis else 1 for k in keys[:place])
        y = y[(slice(None),) * axis + (slice(0, 0),)]
    return y


def index(x, key):
    """x[key], if it is one with masks or arrays of positions; else None."""
    keys = key if isinstance(key, tuple) else (key,)
    if not any(_is_positions(k) for k in keys):
        return None
    if len(keys) > 1 and any(_is_switch(k) for k in keys):
        return _switched(x, keys)
    if len(keys) == 1 and not isinstance(keys[0], list) and numpy.result_type(getattr(keys[0], "dtype", bool)).kind == "b":
        return by_mask(x, keys[0] if isinstance(keys[0], (Array, numpy.ndarray)) else numpy.asarray(keys[0]))
    return _mixed(x, keys)


def take(x, indices, /, *, axis=None):
    """x at these positions along an axis.  Up to a million positions are evaluated, the result is not."""
    if not isinstance(x, Array):
        raise TypeError("take takes sharr arrays: sharr.asarray makes them")
    if axis is None:
        if x.ndim != 1:
            raise ValueError(f"take: an axis is wanted for an array of shape {x.shape}")
        axis = 0
    axis = operator.index(axis)
    if not -x.ndim <= axis < x.ndim:
        raise _core.AxisError(f"axis {axis} is out of range for shape {x.shape}")
    if isinstance(indices, Array) and indices.size > LARGE:
        return apply("take", x, indices, axis=axis)
    at = (numpy.asarray if isinstance(indices, Array) else numpy.array)(unmasked(indices))
    if at.ndim != 1 or at.dtype.kind not in "iu":
        raise ValueError("take: positions are one dimension of integers")
    return gather(x, at, axis % x.ndim, indices if isinstance(indices, Array) else None)


def take_along_axis(x, indices, /, *, axis=-1):
    """x at positions along an axis that differ from line to line; the other extents are broadcast."""
    from ._creation import asarray
    from ._functions import broadcast_shapes
    if not isinstance(x, Array):
        raise TypeError("take_along_axis takes sharr arrays: sharr.asarray makes them")
    i, axis = asarray(indices), operator.index(axis)
    if not -x.ndim <= axis < x.ndim:
        raise _core.AxisError(f"axis {axis} is out of range for shape {x.shape}")
    if i.ndim != x.ndim or i.dtype.kind not in "iu":
        raise ValueError(f"take_along_axis: positions are integers of {x.ndim} dimensions, as x has")
    axis %= x.ndim
    n = x.shape[axis]
    shape = broadcast_shapes(x.shape[:axis] + (1,) + x.shape[axis + 1:], i.shape)
    at = _places(x.shape, shape, apply("astype", i, numpy.dtype("int64")), axis)
    inside = apply("logical_and", apply("greater_equal", i, -n), apply("less", i, n))
    at = apply("where", inside, at, x.size)                 # else take would find another line's
    flat = apply("take", _merged(x, x.ndim), apply("reshape", at, (math.prod(shape),)))
    return apply("reshape", flat, shape)


def _along(n, inner, behind):
    """0, inner, 2 inner, ... along a dimension of extent n that has so many dimensions behind it."""
    return apply("multiply", apply("arange", n), inner)[(slice(None),) + (None,) * behind]


def _places(extents, shape, i, axis):
    """The place in C order of each element: position i along the axis, its own along the others."""
    at = apply("full", shape, 0)
    for d, n in enumerate(extents):
        inner = math.prod(extents[d + 1:])
        if d == axis:
            i = apply("where", apply("less", i, 0), apply("add", i, n), i)
            at = apply("add", at, apply("multiply", i, inner))
        elif n > 1:
            at = apply("add", at, _along(n, inner, len(extents) - d - 1))
    return at


def nonzero(x, /):
    """Where x is not zero: an array of positions for each dimension.  Evaluates x."""
    from ._creation import asarray
    if not isinstance(x, Array):
        raise TypeError("nonzero takes sharr arrays: sharr.asarray makes them")
    if x.ndim == 0:
        raise ValueError("nonzero of an array of 0 dimensions")
    true = apply("astype", x, numpy.dtype("bool"))
    if x.size <= LARGE:
        return tuple(asarray(i) for i in numpy.nonzero(numpy.asarray(true)))
    from ._spill import persist
    where = persist(apply("compress", apply("arange", x.size), _merged(true, x.ndim), int(apply("count_nonzero", true))))
    return tuple(_coordinate(where, x.shape, d) for d in range(x.ndim))


def _coordinate(where, shape, d):
    """The place along dimension d of places in C order."""
    inner = math.prod(shape[d + 1:])
    place = apply("floor_divide", where, inner) if inner > 1 else where
    return apply("remainder", place, shape[d]) if d else place
