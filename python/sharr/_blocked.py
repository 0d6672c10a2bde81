# SPDX-License-Identifier: BSD-3-Clause
"""Factorisations of matrices that may be larger than memory: graphs of products and of factorisations of blocks.

A matrix is halved until its columns fit a block; most of the work is products of the halves.  Where it is cut depends on
its shape only, so that the bits depend on nothing else.  Nothing here computes: the parts run with the evaluation.

Source: recursion by halves: Elmroth, Gustavson, IBM J. Res. Dev. 44 (2000) 605; tall-skinny QR: Demmel, Grigori, Hoemmen,
Langou, SIAM J. Sci. Comput. 34 (2012) A206; Householder vectors from its Q: Ballard, Demmel, Grigori, Jacquelin, Knight,
Nguyen, J. Parallel Distrib. Comput. 85 (2015) 3.
"""

import math

import numpy

from . import _functions as _f
from ._array import apply
from ._functions import matmul
from ._windows import windows

LARGE = 1 << 20                     # elements from which a matrix is taken in blocks
BLOCK = 256                         # columns, and rows, that are factored at once


def is_large(x):
    return x.shape[-2] * x.shape[-1] > LARGE


def is_tall(x):
    """Much smaller than x is R of x = Q R."""
    return is_large(x) and x.shape[-2] >= 4 * x.shape[-1]


def adjoint(x):
    return apply("conj", x.mT)


def _half(n):
    """The columns of the left half, whole blocks."""
    return -(-n // BLOCK) // 2 * BLOCK


def _zeros(like, rows, columns):
    return apply("zeros", like.shape[:-2] + (rows, columns), dtype=like.dtype)


def _of_four(a, b, c, d):
    """[[a, b], [c, d]]"""
    return _f.concat([_f.concat([a, b], axis=-1), _f.concat([c, d], axis=-1)], axis=-2)


def _row_blocks(x, height):
    """(..., rows, columns) as (..., blocks, height, columns), the last one filled up with zeros."""
    rows, columns = x.shape[-2:]
    n = -(-rows // height)
    if n * height > rows:
        x = _f.concat([x, _zeros(x, n * height - rows, columns)], axis=-2)
    return _f.reshape(x, x.shape[:-2] + (n, height, columns))


def _joined(x):
    """Blocks of rows on top of each other."""
    n, height, columns = x.shape[-3:]
    return _f.reshape(x, x.shape[:-3] + (n * height, columns))


def diagonal(x):
    """The main diagonals of square matrices; only blocks along them are read."""
    parts = []
    for i in range(0, x.shape[-1], BLOCK):
        block = x[..., i:i + BLOCK, i:i + BLOCK]
        n = block.shape[-1]
        parts.append(_f.reshape(block, x.shape[:-2] + (n * n,))[..., ::n + 1])
    return _f.concat(parts, axis=-1)


# ---- triangular systems -------------------------------------------------------------------------------

def _solve_rows(b, t, name):
    def backwards(b, t):
        return numpy.swapaxes(numpy.linalg.solve(numpy.swapaxes(t, -1, -2), numpy.swapaxes(b, -1, -2)), -1, -2)

    rows, n = b.shape[-2:]
    blocks = _row_blocks(b, min(2 * BLOCK, max(rows, 1)))
    t = _f.broadcast_to(t[..., None, :, :], blocks.shape[:-2] + (n, n))
    x = windows(name, backwards, [blocks, t], [2, 2], [(blocks.shape[-2:], b.dtype)])[0]
    return _joined(x)[..., :rows, :]


def divide(b, t):
    """X with X t = b; t is upper triangular."""
    n = t.shape[-1]
    if n <= BLOCK:
        return _solve_rows(b, t, "solve")
    h = _half(n)
    left = divide(b[..., :h], t[..., :h, :h])
    right = divide(b[..., h:] - matmul(left, t[..., :h, h:]), t[..., h:, h:])
    return _f.concat([left, right], axis=-1)


def solve_upper(t, b, name):
    """X with t X = b; t is upper triangular.  `name`: of the function, for errors."""
    n = t.shape[-1]
    if n <= BLOCK:
        return _solve_rows(b.mT, t.mT, name).mT
    h = _half(n)
    below = solve_upper(t[..., h:, h:], b[..., h:, :], name)
    above = solve_upper(t[..., :h, :h], b[..., :h, :] - matmul(t[..., :h, h:], below), name)
    return _f.concat([above, below], axis=-2)


# ---- Cholesky -----------------------------------------------------------------------------------------

def _less(a, p, q):
    """a - p q^H; p is None: no columns yet."""
    return a if p is None else a - matmul(p, adjoint(q))


def cholesky(a, left=None):
    """The lower L with L L^H = a - left left^H.  `left`: the rows, in L's columns before, of the whole matrix."""
    n = a.shape[-1]
    if n <= BLOCK:
        return windows("cholesky", numpy.linalg.cholesky, [_less(a, left, left)], [2], [((n, n), a.dtype)])[0]
    h = _half(n)
    above, below = (None, None) if left is None else (left[..., :h, :], left[..., h:, :])
    first = cholesky(a[..., :h, :h], above)
    under = divide(_less(a[..., h:, :h], below, above), adjoint(first))
    last = cholesky(a[..., h:, h:], under if below is None else _f.concat([below, under], axis=-1))
    return _of_four(first, _zeros(a, h, n - h), under, last)


# ---- QR -----------------------------------------------------------------------------------------------

def _block_rows(columns):
    """Rows of a block of a tall matrix."""
    return max(4 * columns, LARGE // max(columns, 1) // 4)


def whole_qr(x):
    """Q and R by LAPACK, of matrices that fit."""
    rows, columns = x.shape[-2:]
    k = min(rows, columns)
    return windows("qr", numpy.linalg.qr, [x], [2], [((rows, k), x.dtype), ((k, columns), x.dtype)])


def tall_qr(x):
    """Q and R of tall matrices: of their blocks of rows, then of the R of these on top of each other."""
    rows, columns = x.shape[-2:]
    q, r = whole_qr(_row_blocks(x, _block_rows(columns)))
    below = _joined(r)
    q2, r = tall_qr(below) if is_tall(below) else whole_qr(below)
    q2 = _f.reshape(q2, q.shape[:-2] + (columns, columns))
    return _joined(matmul(q, q2))[..., :rows, :], r


def _reflectors(q):
    """Of the top blocks of Q: (V, U, T, s), V U = q - diag(s) with V unit lower triangular, and I - V T V^H unitary."""
    w, n = q.copy(), q.shape[-1]
    s = numpy.empty(q.shape[:-1], q.dtype)
    for i in range(n):
        d = w[..., i, i]
        size = numpy.abs(d)
        s[..., i] = -numpy.where(size == 0, 1, d / numpy.where(size == 0, 1, size))
        w[..., i, i] -= s[..., i]
        w[..., i + 1:, i] /= w[..., i, i, None]
        w[..., i + 1:, i + 1:] -= w[..., i + 1:, i, None] * w[..., None, i, i + 1:]
    v, u = numpy.tril(w, -1) + numpy.eye(n, dtype=q.dtype), numpy.triu(w)
    scaled = numpy.swapaxes(u * s[..., None, :].conj(), -1, -2).conj()
    t = -numpy.swapaxes(numpy.linalg.solve(v, scaled), -1, -2).conj()
    return v, u, t, s


def _panel(a):
    rows, n = a.shape[-2:]
    q, r = tall_qr(a) if rows >= 2 * _block_rows(n) else whole_qr(a)
    square = ((n, n), a.dtype)
    v, u, t, s = windows("qr", _reflectors, [q[..., :n, :]], [2], [square, square, square, ((n,), a.dtype)])
    if rows > n:
        v = _f.concat([v, divide(q[..., n:, :], u)], axis=-2)
    return v, t, s[..., :, None] * r


def householder(a):
    """(V, T, R) of matrices with no more columns than rows: a = (I - V T V^H) [R; 0], V unit lower trapezoidal."""
    rows, n = a.shape[-2:]
    if n <= BLOCK:
        return _panel(a)
    h = _half(n)
    v, t, r = householder(a[..., :h])
    right = reflected(v, t, a[..., h:])
    v2, t2, r2 = householder(right[..., h:, :])
    across = -matmul(matmul(t, matmul(adjoint(v[..., h:, :]), v2)), t2)
    below = _zeros(a, n - h, h)
    v = _f.concat([v, _f.concat([_zeros(a, h, n - h), v2], axis=-2)], axis=-1)
    return v, _of_four(t, across, below, t2), _of_four(r, right[..., :h, :], below, r2)


def reflected(v, t, b):
    """Q^H b"""
    return b - matmul(v, matmul(adjoint(t), matmul(adjoint(v), b)))


def qr(a, complete=False):
    """(Q, R), as numpy.linalg.qr has them."""
    rows, columns = a.shape[-2:]
    if is_tall(a) and columns <= BLOCK and not complete:
        return tall_qr(a)
    n = min(rows, columns)
    v, t, r = householder(a[..., :n])
    if columns > n:
        r = _f.concat([r, reflected(v, t, a[..., n:])], axis=-1)
    width = rows if complete else n
    if complete and rows > n:
        r = _f.concat([r, _zeros(a, rows - n, columns)], axis=-2)
    one = apply("eye", rows, width, dtype=a.dtype)
    return one - matmul(v, matmul(t, adjoint(v[..., :width, :]))), r


def _row_scales(a):
    """Powers of two by which rows are multiplied, so that their largest elements are between 1/2 and 2.  Without, a small
    row would have the rounding errors of the large ones."""
    most = _f.max(apply("abs", a), axis=-1, keepdims=True)
    usable = apply("logical_and", apply("isfinite", most), most > 0)
    power, limit = apply("floor", apply("log2", _f.where(usable, most, 1))), int(numpy.finfo(a.dtype).maxexp) - 8
    return -apply("clip", power, -limit, limit)


def _with_zeros(r):
    """R with zeros on its diagonal where only rounding errors are: what they are beside the norm of their column."""
    n = r.shape[-1]
    size = apply("abs", r)
    norm = apply("sqrt", _f.sum(size * size, axis=-2, keepdims=True))
    here = apply("eye", n, n, dtype=numpy.dtype("bool"))
    noise = size <= norm * (4 * n ** 0.5 * float(numpy.finfo(r.dtype).eps))
    return _f.where(apply("logical_and", here, noise), apply("zeros", (), dtype=r.dtype), r)


def _scaled(a):
    """(V, T, R) of a with rows of about one size, and by which powers of two they were multiplied."""
    power = _row_scales(a)
    v, t, r = householder(a * _f.astype(apply("exp2", power), a.dtype))
    return v, t, _with_zeros(r), power


def solve(a, b, name="solve"):
    """x with a x = b: by Q and R, which need no pivots.  LinAlgError at evaluation: a is singular but for rounding."""
    v, t, r, power = _scaled(a)
    return solve_upper(r, reflected(v, t, b * _f.astype(apply("exp2", power), b.dtype)), name)


def slogdet(a):
    """(sign, log of the absolute value): of R's diagonal and of the reflections, 1 - T_ii |V_i|^2."""
    v, t, r, power = _scaled(a)
    length = _f.sum(_f.astype(apply("abs", v) ** 2, a.dtype), axis=-2)
    signs = apply("sign", diagonal(r)) * apply("sign", 1 - diagonal(t) * length)
    log = _f.sum(apply("log", apply("abs", diagonal(r))), axis=-1) - math.log(2) * _f.sum(power, axis=(-2, -1))
    return _f.prod(signs, axis=-1) + 0, log             # no -0
