# SPDX-License-Identifier: BSD-3-Clause
"""Assignment to masks and arrays of positions: the array is written anew, element by element the old value or the last
that was assigned to it.  Positions are evaluated; nothing else is, where the array is large."""

import numpy

from ._array import Array, apply
from ._gather import LARGE, _along, _is_positions, _merged, index

FEW = 64                            # positions that are assigned to one after the other


def _chosen(x, mask, values):
    """The values where a mask over the first dimensions holds, else x."""
    rest = x.ndim - mask.ndim
    return apply("where", apply("reshape", mask, mask.shape + (1,) * rest) if rest else mask, values, x)


def _fitting(value, shape):
    """Broadcast, as assignment does it: dimensions of extent 1 that are too many do no harm."""
    while value.ndim > len(shape) and value.shape[0] == 1:
        value = value[0]
    return apply("broadcast_to", value, shape)


def _by_mask(x, mask, value):
    """The k-th value where the mask holds for the k-th time."""
    count = int(apply("count_nonzero", mask))
    value = _fitting(value, (count,) + x.shape[mask.ndim:])
    if count == 0:
        return x
    flat = _merged(mask, mask.ndim)
    before = apply("subtract", apply("cumulative_sum", apply("astype", flat, numpy.dtype("int64"))), 1)
    values = apply("take", value, apply("maximum", before, 0), axis=0)
    return _chosen(x, mask, apply("reshape", values, x.shape))


def _coordinates(shape):
    """The place in C order of each element."""
    at, inner = apply("full", shape, 0), 1
    for d in reversed(range(len(shape))):
        at = apply("add", at, _along(shape[d], inner, len(shape) - d - 1))
        inner *= shape[d]
    return at


def _by_places(x, key, value):
    """For each element the last value of those that go to its place: places are sorted, equals stay in their order."""
    places = index(_coordinates(x.shape), key)
    value = _fitting(value, places.shape)
    if places.size == 0:
        return x
    places, value = _merged(places, places.ndim), _merged(value, value.ndim)
    order, ascending = apply("argsort", places, axis=0), apply("sort", places, axis=0)
    every = apply("arange", x.size)
    last = apply("maximum", apply("subtract", apply("searchsorted", ascending, every, right=True), 1), 0)
    hit = apply("equal", apply("take", ascending, last, axis=0), every)
    values = apply("take", value, apply("take", order, last, axis=0), axis=0)
    return apply("where", apply("reshape", hit, x.shape), apply("reshape", values, x.shape), x)


def _in_memory(x, keys, value):
    from ._creation import hold
    places, values = numpy.zeros(x.shape, bool), numpy.zeros(x.shape, x.dtype)
    keys = tuple(k.__array__() if isinstance(k, Array) else k for k in keys)
    places[keys] = True
    values[keys] = value.to_numpy()
    return apply("where", hold(places), hold(values), x)


def _one_by_one(x, positions, value):
    """Few positions along the first dimension."""
    value = _fitting(value, (len(positions),) + x.shape[1:])
    result = x[...]
    for k, at in enumerate(positions.tolist()):
        result[at] = value[k]
    return result


def assigned(x, key, value):
    """x with other values at masks or arrays of positions, the last one where a position comes again; None: there are
    no such keys."""
    from ._creation import asarray
    keys = key if isinstance(key, tuple) else (key,)
    if not any(_is_positions(k) for k in keys):
        return None
    first = keys[0]
    if len(keys) == 1 and getattr(first, "dtype", None) == "bool" and first.shape == x.shape[:first.ndim]:
        if value.ndim <= x.ndim - first.ndim:
            return _chosen(x, asarray(first), _fitting(value, x.shape[first.ndim:]))
        if x.size > LARGE:
            return _by_mask(x, asarray(first), value)
    if x.size <= LARGE:
        return _in_memory(x, keys, value)
    if len(keys) == 1 and not isinstance(first, Array):
        at = numpy.asarray(first)
        if at.ndim == 1 and at.dtype.kind in "iu" and at.size <= FEW:
            return _one_by_one(x, at, value)
    return _by_places(x, key, value)
