# SPDX-License-Identifier: BSD-3-Clause
"""Indexing by positions: the positions are evaluated, what they take stays deferred.

Positions fall into runs with a constant step; each run is a slice, and the result is the slices one after the other, so
that only the chunks that are needed are read.  There may be MAX_RUNS of them: more need a node that does not exist yet.
"""

import operator

import numpy

from . import _core
from ._array import Array, apply

MAX_RUNS = 4096


def _runs(at):
    """(start, step, count) of runs of positions with one step."""
    step = numpy.diff(at)
    change = numpy.flatnonzero(numpy.diff(step)) + 1    # from here on the step is another one
    i, found = 0, []
    while i < len(at):
        k = numpy.searchsorted(change, i, side="right")
        end = int(change[k]) + 1 if k < len(change) else len(at)
        found.append((int(at[i]), int(step[i]) if end > i + 1 else 1, end - i))
        if len(found) > MAX_RUNS:
            raise NotImplementedError(f"indexing by positions that fall into more than {MAX_RUNS} runs of equal steps is "
                                      "not supported yet")
        i = end
    return found


def _run(x, axis, start, step, count):
    """One run: a slice, or the same position again and again."""
    stop = start + (count * step or 1)
    part = x[(slice(None),) * axis + (slice(start, stop if stop >= 0 else None, step or 1),)]
    return part if step else apply("broadcast_to", part, x.shape[:axis] + (count,) + x.shape[axis + 1:])


def gather(x, positions, axis):
    """x at these positions (a 1-D array of NumPy) along an axis."""
    n = x.shape[axis]
    at = numpy.asarray(positions, dtype="int64")
    if len(at) and (at.min() < -n or at.max() >= n):
        raise IndexError(f"position {at.max() if at.max() >= n else at.min()} is out of range for axis {axis} of shape {x.shape}")
    at = numpy.where(at < 0, at + n, at)
    parts = [_run(x, axis, *run) for run in _runs(at)]
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
    """x[mask]: the elements where the mask holds, along one axis."""
    if mask.shape != x.shape[:mask.ndim]:
        raise IndexError(f"a mask of shape {mask.shape} for an array of shape {x.shape}")
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
    at = numpy.broadcast_arrays(*at)
    shape = at[0].shape
    if at[0].size:
        flat = numpy.ravel_multi_index([a.reshape(-1) for a in at], x.shape[:len(at)])
    else:
        flat = numpy.empty(0, "int64")
    found = gather(_merged(x, len(at)), flat, 0)
    return apply("reshape", found, shape + x.shape[len(at):]) if len(shape) != 1 else found


def index(x, key):
    """x[key], if it is one with masks or arrays of positions; else None."""
    keys = key if isinstance(key, tuple) else (key,)
    arrays = [k for k in keys if isinstance(k, list) or isinstance(k, (Array, numpy.ndarray)) and (k.ndim or k.dtype.kind == "b")
              or isinstance(k, (bool, numpy.bool_))]
    if not arrays:
        return None
    kinds = {k.dtype.kind if hasattr(k, "dtype") else numpy.asarray(k).dtype.kind for k in arrays}
    if len(keys) == 1 and kinds == {"b"}:
        mask = keys[0] if isinstance(keys[0], (Array, numpy.ndarray)) else numpy.asarray(keys[0])
        return by_mask(x, mask)
    if "b" not in kinds and all(any(k is a for a in arrays) or hasattr(k, "__index__") for k in keys):
        return by_positions(x, keys)
    raise IndexError("a mask stands alone, and arrays of positions stand beside integers only: index in two steps")


def take(x, indices, /, *, axis=None):
    """x at these positions along an axis.  The positions are evaluated, the result is not."""
    if not isinstance(x, Array):
        raise TypeError("take takes sharr arrays: sharr.asarray makes them")
    if axis is None:
        if x.ndim != 1:
            raise ValueError(f"take: an axis is wanted for an array of shape {x.shape}")
        axis = 0
    axis = operator.index(axis)
    if not -x.ndim <= axis < x.ndim:
        raise _core.AxisError(f"axis {axis} of an array of shape {x.shape}")
    at = numpy.asarray(indices)
    if at.ndim != 1 or at.dtype.kind not in "iu":
        raise ValueError("take: positions are one dimension of integers")
    return gather(x, at, axis % x.ndim)


def nonzero(x, /):
    """Where x is not zero: an array of positions for each dimension.  Evaluates x."""
    from ._creation import asarray
    if not isinstance(x, Array):
        raise TypeError("nonzero takes sharr arrays: sharr.asarray makes them")
    if x.ndim == 0:
        raise ValueError("nonzero of an array of 0 dimensions")
    return tuple(asarray(i) for i in numpy.nonzero(numpy.asarray(apply("astype", x, numpy.dtype("bool")))))
