# SPDX-License-Identifier: BSD-3-Clause
"""The extension `linalg` of the Array API.

What is a sum, a product or a view is an expression over the library's operators.  Factorisations are NumPy's (LAPACK),
called on the matrices of a stack, as many at a time as memory holds.  Large matrices are taken in blocks (_blocked.py)
by cholesky, qr, solve, inv, det and slogdet, and by svd and svdvals where they are tall; else one matrix has to fit.

Source: Array API 2025.12, extension linalg.
"""

import collections
import functools
import operator

import numpy

from . import _blocked as _b
from . import _functions as _f
from ._array import Array, apply
from ._core import AxisError
from ._functions import matmul, matrix_transpose, tensordot, vecdot
from ._windows import windows

EighResult = collections.namedtuple("EighResult", "eigenvalues eigenvectors")
EigResult = collections.namedtuple("EigResult", "eigenvalues eigenvectors")
QRResult = collections.namedtuple("QRResult", "Q R")
SlogdetResult = collections.namedtuple("SlogdetResult", "sign logabsdet")
SVDResult = collections.namedtuple("SVDResult", "U S Vh")


def _check(name, x, square=False, ndim=2):
    """(rows, columns) of the matrices of a stack."""
    if not isinstance(x, Array):
        raise TypeError(f"{name} takes sharr arrays: sharr.asarray makes them")
    if x.dtype.kind not in "fc":
        raise TypeError(f"{name} takes arrays of floats, not {x.dtype}")
    if x.ndim < ndim:
        raise numpy.linalg.LinAlgError(f"{name} takes {ndim} dimensions or more, not {x.ndim}")
    if square and x.shape[-1] != x.shape[-2]:
        raise numpy.linalg.LinAlgError(f"{name} takes square matrices, not {x.shape[-2]} x {x.shape[-1]}")
    return x.shape[-2:]


def _real(t):
    """The real type of a type."""
    return numpy.dtype({"complex64": "float32", "complex128": "float64"}.get(t.name, t.name))


def _complex(t):
    return numpy.dtype({"float32": "complex64", "float64": "complex128"}.get(t.name, t.name))


# ---- sums, products, views ----------------------------------------------------------------------------

def cross(x1, x2, /, *, axis=-1):
    """Cross products of vectors of three elements along an axis (negative: counted in the broadcast shapes)."""
    t = _f._numbers("cross", x1, x2)
    if not -min(x1.ndim, x2.ndim) <= axis < 0 and not (0 <= axis < x1.ndim == x2.ndim):
        raise AxisError(f"cross: axis {axis} is out of range for shapes {x1.shape} and {x2.shape}")
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(f"cross: vectors have 3 elements, not {x1.shape[axis]} and {x2.shape[axis]}")
    shape = _f.broadcast_shapes(x1.shape, x2.shape)
    axis = axis if axis < 0 else axis - len(shape)
    part = [[_f.broadcast_to(_f.astype(x, t), shape)[(Ellipsis, i) + (slice(None),) * (-axis - 1)] for i in range(3)]
            for x in (x1, x2)]
    a, b = part
    return _f.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], axis=axis)


def diagonal(x, /, *, offset=0):
    """The diagonals of matrices; offset: above (positive) or below the main one."""
    if not isinstance(x, Array) or x.ndim < 2:
        raise ValueError("diagonal takes an array of 2 dimensions or more")
    rows, columns = x.shape[-2:]
    first, n = max(-offset, 0), max(0, min(rows - max(-offset, 0), columns - max(offset, 0)))
    lead = x.shape[:-2]
    if n == 0:
        return _f.reshape(x[..., :0, :0], lead + (0,))
    return _b.diagonal(x[..., first:first + n, max(offset, 0):max(offset, 0) + n])


def trace(x, /, *, offset=0, dtype=None):
    """Sums of diagonals."""
    return _f.sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def outer(x1, x2, /):
    """Products of each element of one vector with each of another."""
    t = _f._numbers("outer", x1, x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"outer takes vectors, not shapes {x1.shape} and {x2.shape}")
    return _f.astype(x1, t)[:, None] * _f.astype(x2, t)[None, :]


def matrix_power(x, n, /):
    """The n-th power of square matrices; a negative n: of their inverses."""
    _check("matrix_power", x, square=True)
    n = operator.index(n)
    if n < 0:
        x, n = inv(x), -n
    if n == 0:
        one = apply("eye", x.shape[-1], x.shape[-1], dtype=x.dtype)
        return _f.broadcast_to(one, x.shape)
    power = None
    while n:
        if n & 1:
            power = x if power is None else matmul(power, x)
        n >>= 1
        x = matmul(x, x) if n else x
    return power


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """Norms of vectors along axes (all: None): ord is a number, inf or -inf."""
    if not isinstance(x, Array) or x.dtype.kind not in "fc":
        raise TypeError("vector_norm takes sharr arrays of floats")
    size = apply("abs", x)
    if ord == numpy.inf:
        return _f.max(size, axis=axis, keepdims=keepdims)
    if ord == -numpy.inf:
        return _f.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return _f.astype(_f.count_nonzero(x, axis=axis, keepdims=keepdims), size.dtype)
    if ord == 1:
        return _f.sum(size, axis=axis, keepdims=keepdims)
    if ord == 2:
        return apply("sqrt", _f.sum(size * size, axis=axis, keepdims=keepdims))
    return _f.sum(size ** float(ord), axis=axis, keepdims=keepdims) ** (1 / float(ord))


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    """Norms of matrices: "fro", "nuc", 1, -1, 2, -2, inf, -inf."""
    _check("matrix_norm", x)
    largest = {1: _f.max, -1: _f.min, 2: _f.max, -2: _f.min, numpy.inf: _f.max, -numpy.inf: _f.min}
    if ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord == "nuc" or ord in (2, -2):
        s = svdvals(x)
        norm = _f.sum(s, axis=-1) if ord == "nuc" else largest[ord](s, axis=-1)
        return norm[..., None, None] if keepdims else norm
    if ord not in largest:
        raise ValueError(f"matrix_norm: ord is 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, not {ord!r}")
    sums = _f.sum(apply("abs", x), axis=-2 if ord in (1, -1) else -1, keepdims=True)
    norm = largest[ord](sums, axis=(-2, -1), keepdims=True)
    return norm if keepdims else _f.squeeze(norm, axis=(-2, -1))


# ---- factorisations of the matrices of a stack --------------------------------------------------------

def cholesky(x, /, *, upper=False):
    """Lower (or upper) triangles L with L L^H = x.  LinAlgError at evaluation: x is not positive definite."""
    n, _ = _check("cholesky", x, square=True)
    if _b.is_large(x):
        low = _b.cholesky(x)
    else:
        low = windows("cholesky", numpy.linalg.cholesky, [x], [2], [((n, n), x.dtype)])[0]
    return _b.adjoint(low) if upper else low


def det(x, /):
    """Determinants."""
    _check("det", x, square=True)
    if _b.is_large(x):
        sign, log = _b.slogdet(x)
        return sign * _f.astype(apply("exp", log), x.dtype)
    return windows("det", numpy.linalg.det, [x], [2], [((), x.dtype)])[0]


def slogdet(x, /):
    """(sign, log of the absolute value) of determinants."""
    _check("slogdet", x, square=True)
    if _b.is_large(x):
        return SlogdetResult(*_b.slogdet(x))
    return SlogdetResult(*windows("slogdet", numpy.linalg.slogdet, [x], [2], [((), x.dtype), ((), _real(x.dtype))]))


def eigh(x, /):
    """Eigenvalues, ascending, and eigenvectors (columns) of Hermitian matrices; the lower triangle is read."""
    n, _ = _check("eigh", x, square=True)
    return EighResult(*windows("eigh", numpy.linalg.eigh, [x], [2], [((n,), _real(x.dtype)), ((n, n), x.dtype)], slow=True))


def eigvalsh(x, /):
    """Eigenvalues, ascending, of Hermitian matrices."""
    n, _ = _check("eigvalsh", x, square=True)
    return windows("eigvalsh", numpy.linalg.eigvalsh, [x], [2], [((n,), _real(x.dtype))], slow=True)[0]


def eig(x, /):
    """Eigenvalues and eigenvectors (columns) of matrices, complex."""
    n, _ = _check("eig", x, square=True)
    t = _complex(x.dtype)
    return EigResult(*windows("eig", numpy.linalg.eig, [x], [2], [((n,), t), ((n, n), t)], slow=True))


def eigvals(x, /):
    """Eigenvalues of matrices, complex."""
    n, _ = _check("eigvals", x, square=True)
    return windows("eigvals", numpy.linalg.eigvals, [x], [2], [((n,), _complex(x.dtype))], slow=True)[0]


def inv(x, /):
    """Inverses.  LinAlgError at evaluation: a matrix is singular (a large one: but for rounding errors)."""
    n, _ = _check("inv", x, square=True)
    if _b.is_large(x):
        return _b.solve(x, apply("eye", n, n, dtype=x.dtype), "inv")
    return windows("inv", numpy.linalg.inv, [x], [2], [((n, n), x.dtype)])[0]


def solve(x1, x2, /):
    """x with x1 @ x = x2; x2 is a vector, or a stack of matrices.  LinAlgError at evaluation: x1 is singular."""
    n, _ = _check("solve", x1, square=True)
    t = _f._numbers("solve", x1, x2)
    if x2.ndim == 0 or x2.shape[0 if x2.ndim == 1 else -2] != n:
        raise ValueError(f"solve: shapes {x1.shape} and {x2.shape} do not go together")
    right = x2[:, None] if x2.ndim == 1 else x2
    lead = _f.broadcast_shapes(x1.shape[:-2], right.shape[:-2])
    a = _f.broadcast_to(_f.astype(x1, t), lead + (n, n))
    b = _f.broadcast_to(_f.astype(right, t), lead + right.shape[-2:])
    if _b.is_large(a):
        x = _b.solve(a, b)
    else:
        x = windows("solve", numpy.linalg.solve, [a, b], [2, 2], [(right.shape[-2:], t)])[0]
    return x[..., 0] if x2.ndim == 1 else x


# ---- QR and SVD ---------------------------------------------------------------------------------------

def qr(x, /, *, mode="reduced"):
    """x = Q R, Q with orthonormal columns, R upper triangular; mode "complete": Q is square."""
    rows, columns = _check("qr", x)
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode is 'reduced' or 'complete', not {mode!r}")
    if _b.is_large(x):
        return QRResult(*_b.qr(x, complete=mode == "complete"))
    if mode == "reduced":
        return QRResult(*_b.whole_qr(x))
    return QRResult(*windows("qr", lambda a: numpy.linalg.qr(a, mode="complete"), [x], [2],
                             [((rows, rows), x.dtype), ((rows, columns), x.dtype)]))


def svd(x, /, *, full_matrices=True):
    """x = U diag(S) Vh, S descending; full_matrices: U and Vh are square."""
    rows, columns = _check("svd", x)
    k = min(rows, columns)
    if not full_matrices and _b.is_tall(x):
        q, r = _b.qr(x)
        u, s, vh = svd(r, full_matrices=False)
        return SVDResult(matmul(q, u), s, vh)
    if not full_matrices and _b.is_tall(x.mT):
        u, s, vh = svd(_b.adjoint(x), full_matrices=False)
        return SVDResult(_b.adjoint(vh), s, _b.adjoint(u))
    u = rows if full_matrices else k
    v = columns if full_matrices else k
    found = windows("svd", functools.partial(numpy.linalg.svd, full_matrices=full_matrices), [x], [2],
                    [((rows, u), x.dtype), ((k,), _real(x.dtype)), ((v, columns), x.dtype)], slow=True)
    return SVDResult(*found)


def svdvals(x, /):
    """Singular values, descending."""
    rows, columns = _check("svdvals", x)
    if _b.is_tall(x):
        return svdvals(_b.qr(x)[1])
    if _b.is_tall(x.mT):
        return svdvals(_b.adjoint(x))
    return windows("svdvals", functools.partial(numpy.linalg.svd, compute_uv=False), [x], [2],
                   [((min(rows, columns),), _real(x.dtype))], slow=True)[0]


def _tolerance(s, shape, rtol):
    """What is smaller counts as zero."""
    if rtol is None:
        rtol = max(shape) * float(numpy.finfo(s.dtype).eps)
    rtol = rtol[..., None] if isinstance(rtol, Array) and rtol.ndim else rtol
    return _f.max(s, axis=-1, keepdims=True) * rtol


def matrix_rank(x, /, *, rtol=None):
    """How many singular values are larger than rtol times the largest (default: max(M, N) eps)."""
    shape = _check("matrix_rank", x)
    if 0 in shape:
        return apply("zeros", x.shape[:-2], dtype=numpy.dtype("int64"))
    s = svdvals(x)
    return _f.count_nonzero(s > _tolerance(s, shape, rtol), axis=-1)


def pinv(x, /, *, rtol=None):
    """Pseudo-inverses; singular values below rtol times the largest (default: max(M, N) eps) count as zero."""
    shape = _check("pinv", x)
    if 0 in shape:
        return apply("zeros", x.shape[:-2] + shape[::-1], dtype=x.dtype)
    u, s, vh = svd(x, full_matrices=False)
    large = s > _tolerance(s, shape, rtol)
    back = _f.where(large, 1 / _f.where(large, s, apply("ones", (), dtype=s.dtype)), apply("zeros", (), dtype=s.dtype))
    right = _f.astype(back, x.dtype)[..., :, None] * _b.adjoint(u)
    return matmul(_b.adjoint(vh), right)


__all__ = [
    "cholesky", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals",
    "tensordot", "trace", "vecdot", "vector_norm",
]


def __dir__():
    return list(__all__)
