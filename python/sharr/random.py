# SPDX-License-Identifier: BSD-3-Clause
"""Random numbers that depend on the seed and an element's position alone.

The same seed gives the same numbers on any ranks, threads and processors, with any memory; a part of an array
(x[5:9]) is made without the rest.  Nothing is computed before it is needed.  The bits come from Philox4x32-10
(Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): the seed is its key, the position in C order its
counter.  Without a seed the operating system gives one, the same on all ranks.
"""

from __future__ import annotations

import operator
import os

import numpy

from . import _core
from ._array import Array, apply
from ._core import ffi, lib
from ._creation import check_dtype, check_shape

__all__ = ["integers", "normal", "random", "uniform"]

TYPE_CHECKING = False                   # typing takes milliseconds to import
if TYPE_CHECKING:
    from typing import Any, Sequence, Union
    Shape = Union[int, Sequence[int]]


def __dir__() -> list[str]:
    return list(__all__)


def _key(seed: Any) -> int:
    if seed is None:
        data = ffi.new("unsigned char[8]", os.urandom(8))
        _core.launch()
        _core.call(lib.sharr_context_broadcast, _core.context, data, 8)
        return int.from_bytes(bytes(ffi.buffer(data)), "little")
    seed = operator.index(seed)
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"seed is {seed}, it must be from 0 to 2**64 - 1")
    return int(seed)


def _make(name: str, *parameters: Any, shape: Shape, seed: Any, dtype: Any) -> Array:
    return apply(name, *parameters, check_shape(shape), _key(seed), dtype=check_dtype(dtype))


def random(shape: Shape = (), *, seed: Union[int, None] = None, dtype: Any = None) -> Array:
    """Numbers in [0, 1), each multiple of 2**-53 as likely (of 2**-24 in float32); float64 unless dtype is given."""
    return _make("random", shape=shape, seed=seed, dtype=dtype)


def uniform(low: Any = 0.0, high: Any = 1.0, shape: Shape = (), *, seed: Union[int, None] = None, dtype: Any = None) -> Array:
    """low + (high - low) * random(shape): in [low, high), where rounding does not reach high."""
    return _make("uniform", low, high, shape=shape, seed=seed, dtype=dtype)


def normal(mean: Any = 0.0, std: Any = 1.0, shape: Shape = (), *, seed: Union[int, None] = None, dtype: Any = None) -> Array:
    """Of the normal distribution with this mean and standard deviation, by the transform of Box and Muller:
    sqrt(-2 log u) cos(2 pi v) of u in (0, 1] and v in [0, 1).  No value is beyond 8.6 deviations."""
    return _make("normal", mean, std, shape=shape, seed=seed, dtype=dtype)


def integers(low: Any, high: Any = None, shape: Shape = (), *, seed: Union[int, None] = None, dtype: Any = None) -> Array:
    """low to high - 1 (0 to low - 1 where high is None), each as likely to 2**-64; int64 unless dtype is given."""
    low, high = (0, low) if high is None else (low, high)
    if not isinstance(low, (int, numpy.integer)) or not isinstance(high, (int, numpy.integer)):
        raise TypeError("integers: low and high are integers")
    return _make("integers", int(low), int(high), shape=shape, seed=seed, dtype=dtype)
