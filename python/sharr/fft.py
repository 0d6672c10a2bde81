# SPDX-License-Identifier: BSD-3-Clause
"""The extension `fft` of the Array API: NumPy's transforms, called on as many lines at a time as memory holds.

Transforms over several axes are one after the other; one line has to fit into memory.

Source: Array API 2025.12, extension fft.
"""

import functools
import operator

import numpy

from . import _functions as _f
from ._array import Array, apply
from ._core import AxisError
from ._creation import arange, check_device, check_dtype
from ._windows import windows

_NORMS = ("backward", "ortho", "forward")
_COMPLEX = {"float32": "complex64", "float64": "complex128", "complex64": "complex64", "complex128": "complex128"}
_REAL = {"complex64": "float32", "complex128": "float64", "float32": "float32", "float64": "float64"}


def _check(name, x, norm, kinds="fc"):
    if not isinstance(x, Array):
        raise TypeError(f"{name} takes sharr arrays: sharr.asarray makes them")
    if x.dtype.name not in _COMPLEX or x.dtype.kind not in kinds:
        raise TypeError(f"{name} takes arrays of {'floats' if kinds == 'f' else 'floats or complex numbers'}, not {x.dtype}")
    if norm not in _NORMS:
        raise ValueError(f"{name}: norm is one of {', '.join(_NORMS)}, not {norm!r}")


def _length(name, n, default):
    n = default if n is None else operator.index(n)
    if n < 1:
        raise ValueError(f"{name}: {n} points: one or more are wanted")
    return n


def _lines(name, x, axis, n_in, n_out, t_in, t_out, function):
    """function over lines of n_in elements along an axis (x cut or continued with zeros), each giving n_out."""
    axis = _f._axis_of(x, axis)
    x = _f.astype(_fit(x, axis, n_in), numpy.dtype(t_in))
    last = _f.moveaxis(x, axis, -1)
    made = windows(name, function, [last], [1], [((n_out,), numpy.dtype(t_out))], slow=True)[0]
    return _f.moveaxis(made, -1, axis)


def _fit(x, axis, n):
    have = x.shape[axis]
    if n < have:
        return x[(slice(None),) * axis + (slice(0, n),)]
    if n > have:
        more = x.shape[:axis] + (n - have,) + x.shape[axis + 1:]
        return _f.concat([x, apply("zeros", more, dtype=x.dtype)], axis=axis)
    return x


def _transform(name, x, n, axis, norm, kinds, shape):
    """One transform; shape(n): elements of a line before and after, and whether each is complex."""
    _check(name, x, norm, kinds)
    (n_in, in_complex), (n_out, out_complex) = shape
    function = getattr(numpy.fft, name)
    t_in = (_COMPLEX if in_complex else _REAL)[x.dtype.name]
    t_out = (_COMPLEX if out_complex else _REAL)[x.dtype.name]
    return _lines(name, x, axis, n_in, n_out, t_in, t_out, functools.partial(function, n=n, axis=-1, norm=norm))


def _extent(x, axis):
    return x.shape[_f._axis_of(x, axis)] if isinstance(x, Array) else 1


def fft(x, /, *, n=None, axis=-1, norm="backward"):
    """Discrete Fourier transform along an axis; n: points, cut or continued with zeros."""
    n = _length("fft", n, _extent(x, axis))
    return _transform("fft", x, n, axis, norm, "fc", ((n, True), (n, True)))


def ifft(x, /, *, n=None, axis=-1, norm="backward"):
    """Inverse of fft."""
    n = _length("ifft", n, _extent(x, axis))
    return _transform("ifft", x, n, axis, norm, "fc", ((n, True), (n, True)))


def rfft(x, /, *, n=None, axis=-1, norm="backward"):
    """fft of real values: the first n // 2 + 1 terms."""
    n = _length("rfft", n, _extent(x, axis))
    return _transform("rfft", x, n, axis, norm, "f", ((n, False), (n // 2 + 1, True)))


def irfft(x, /, *, n=None, axis=-1, norm="backward"):
    """Inverse of rfft, of n points (default: 2 (m - 1) for m terms)."""
    n = _length("irfft", n, 2 * (_extent(x, axis) - 1))
    return _transform("irfft", x, n, axis, norm, "fc", ((n // 2 + 1, True), (n, False)))


def hfft(x, /, *, n=None, axis=-1, norm="backward"):
    """fft of a signal with Hermitian symmetry, given by its first half: n real points (default 2 (m - 1))."""
    n = _length("hfft", n, 2 * (_extent(x, axis) - 1))
    return _transform("hfft", x, n, axis, norm, "fc", ((n // 2 + 1, True), (n, False)))


def ihfft(x, /, *, n=None, axis=-1, norm="backward"):
    """Inverse of hfft."""
    n = _length("ihfft", n, _extent(x, axis))
    return _transform("ihfft", x, n, axis, norm, "f", ((n, False), (n // 2 + 1, True)))


def _axes(name, x, s, axes):
    """(axis, points or None) for each transform."""
    if not isinstance(x, Array):
        raise TypeError(f"{name} takes sharr arrays: sharr.asarray makes them")
    if axes is None:
        axes = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
    axes = [_f._axis_of(x, a) for a in axes]
    if len(set(axes)) != len(axes):
        raise AxisError(f"{name}: an axis is named twice in {tuple(axes)}")
    points = [None] * len(axes) if s is None else [None if n in (None, -1) else n for n in s]
    if len(points) != len(axes):
        raise ValueError(f"{name}: {len(points)} numbers of points for {len(axes)} axes")
    return list(zip(axes, points))


def fftn(x, /, *, s=None, axes=None, norm="backward"):
    """Discrete Fourier transform over axes (default: all)."""
    _check("fftn", x, norm)
    for axis, n in reversed(_axes("fftn", x, s, axes)):
        x = fft(x, n=n, axis=axis, norm=norm)
    return _f.astype(x, numpy.dtype(_COMPLEX[x.dtype.name]))


def ifftn(x, /, *, s=None, axes=None, norm="backward"):
    """Inverse of fftn."""
    _check("ifftn", x, norm)
    for axis, n in reversed(_axes("ifftn", x, s, axes)):
        x = ifft(x, n=n, axis=axis, norm=norm)
    return _f.astype(x, numpy.dtype(_COMPLEX[x.dtype.name]))


def rfftn(x, /, *, s=None, axes=None, norm="backward"):
    """fftn of real values: rfft along the last axis, then fft along the others."""
    _check("rfftn", x, norm, "f")
    *others, (axis, n) = _axes("rfftn", x, s, axes)
    x = rfft(x, n=n, axis=axis, norm=norm)
    for axis, n in reversed(others):
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def irfftn(x, /, *, s=None, axes=None, norm="backward"):
    """Inverse of rfftn."""
    _check("irfftn", x, norm)
    *others, (last, m) = _axes("irfftn", x, s, axes)
    for axis, n in others:
        x = ifft(x, n=n, axis=axis, norm=norm)
    return irfft(x, n=m, axis=last, norm=norm)


# ---- helpers ------------------------------------------------------------------------------------------

def _frequencies(name, n, d, dtype, device):
    check_device(device)
    n = operator.index(n)
    if n < 1:
        raise ValueError(f"{name}: {n} points: one or more are wanted")
    t = check_dtype(dtype) or numpy.dtype("float64")
    if t.kind != "f":
        raise TypeError(f"{name}: frequencies are floats, not {t}")
    return n, t, 1 / (n * d)


def fftfreq(n, /, *, d=1.0, dtype=None, device=None):
    """The frequencies of the terms of fft of n points, d apart: 0, 1, ... and then the negative ones, over n d."""
    n, t, scale = _frequencies("fftfreq", n, d, dtype, device)
    i = arange(n)
    return _f.astype(apply("where", i < (n + 1) // 2, i, i - n) * scale, t)


def rfftfreq(n, /, *, d=1.0, dtype=None, device=None):
    """The frequencies of the terms of rfft of n points, d apart."""
    n, t, scale = _frequencies("rfftfreq", n, d, dtype, device)
    return _f.astype(arange(n // 2 + 1) * scale, t)


def _shifted(x, axes, sign, name):
    if not isinstance(x, Array):
        raise TypeError(f"{name} takes sharr arrays: sharr.asarray makes them")
    axes = range(x.ndim) if axes is None else axes if isinstance(axes, (tuple, list)) else (axes,)
    axes = tuple(_f._axis_of(x, a) for a in axes)
    shift = tuple(sign * (x.shape[a] // 2) for a in axes)
    return _f.roll(x, shift, axis=axes) if axes else x


def fftshift(x, /, *, axes=None):
    """The zero frequency in the middle."""
    return _shifted(x, axes, 1, "fftshift")


def ifftshift(x, /, *, axes=None):
    """Inverse of fftshift."""
    return _shifted(x, axes, -1, "ifftshift")


__all__ = ["fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft", "irfftn", "rfft",
           "rfftfreq", "rfftn"]


def __dir__():
    return list(__all__)
