# SPDX-License-Identifier: BSD-3-Clause
"""numpy.linalg and numpy.fft by sharr's linalg and fft, as _translated.py does it: NumPy's parameters, deferred.

eig and eigvals are not here: whether NumPy's result is real depends on the values."""

import numpy

from . import fft, linalg
from ._array import apply
from ._creation import asarray
from ._reductions import unwritten
from ._translated import only, tensordot


def _floats(a):
    """An array of floats; integers become float64."""
    a = asarray(a)
    return apply("astype", a, numpy.dtype("float64")) if a.dtype.kind in "biu" else a


def _of_matrices(name):
    def function(a):
        return getattr(linalg, name)(_floats(a))
    return function


def solve(a, b):
    a, b = _floats(a), _floats(b)
    if b.ndim not in (1, a.ndim):               # NumPy 1 takes (n, m) beside (n, m, m) for n vectors
        raise TypeError("solve: vectors or matrices?")
    return linalg.solve(a, b)


def qr(a, mode="reduced"):
    if mode not in ("reduced", "complete"):
        raise TypeError(f"qr: mode {mode!r}")
    return linalg.qr(_floats(a), mode=mode)


def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    only((hermitian, False))
    return linalg.svd(_floats(a), full_matrices=bool(full_matrices)) if compute_uv else linalg.svdvals(_floats(a))


def pinv(a, rcond=None, hermitian=False, *, rtol=1e-15):
    only((hermitian, False))
    return linalg.pinv(_floats(a), rtol=rtol if rcond is None else rcond)


def matrix_rank(A, tol=None, hermitian=False, *, rtol=None):
    only((tol, None), (hermitian, False))
    if A.ndim < 2:
        raise TypeError("matrix_rank of a vector")
    return linalg.matrix_rank(_floats(A), rtol=rtol)


LINALG = {
    **{name: _of_matrices(name) for name in ("det", "eigh", "eigvalsh", "inv", "slogdet", "svdvals")},
    "cholesky": lambda a, /, *, upper=False: linalg.cholesky(_floats(a), upper=upper),
    "solve": solve, "qr": qr, "svd": svd, "pinv": pinv, "matrix_rank": matrix_rank, "tensordot": tensordot,
    "matrix_power": lambda a, n: linalg.matrix_power(a, n),
    **{name: getattr(linalg, name) for name in (
        "cross", "diagonal", "matmul", "matrix_norm", "matrix_transpose", "outer", "trace", "vecdot", "vector_norm")},
}


# ---- fft --------------------------------------------------------------------------------------------

def _transform(name):
    def function(a, n=None, axis=-1, norm=None, out=None):
        unwritten(out)
        return getattr(fft, name)(_floats(a), n=n, axis=axis, norm=norm or "backward")
    return function


def _transform_n(name, default=None):
    def function(a, s=None, axes=default, norm=None, out=None):
        unwritten(out)
        return getattr(fft, name)(_floats(a), s=s, axes=axes, norm=norm or "backward")
    return function


FFT = {
    **{name: _transform(name) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")},
    **{name: _transform_n(name) for name in ("fftn", "ifftn", "rfftn", "irfftn")},
    **{name + "2": _transform_n(name + "n", (-2, -1)) for name in ("fft", "ifft", "rfft", "irfft")},
    "fftshift": lambda x, axes=None: fft.fftshift(x, axes=axes), "ifftshift": lambda x, axes=None: fft.ifftshift(x, axes=axes),
}
