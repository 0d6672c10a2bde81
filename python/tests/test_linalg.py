# SPDX-License-Identifier: BSD-3-Clause
"""The extension linalg against NumPy's, and by what factorisations must fulfil."""

import os
import subprocess
import sys

import numpy as np
import pytest

import sharr as sp

TYPES = {"float32": 2e-3, "complex64": 2e-3, "float64": 1e-9, "complex128": 1e-9}
LEADS = [(), (3,), (2, 2), (0,)]


def values(shape, t, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    return (x + 1j * rng.normal(size=shape) if np.dtype(t).kind == "c" else x).astype(t)


def same(got, want, tolerance):
    want, got = np.asarray(want), got.to_numpy()
    assert got.shape == want.shape and got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def hermitian(a):
    return (a @ np.conj(np.swapaxes(a, -1, -2)) + 3 * np.eye(a.shape[-1])).astype(a.dtype)


@pytest.mark.parametrize("t", TYPES)
@pytest.mark.parametrize("lead", LEADS)
def test_factorisations(t, lead):
    tolerance = TYPES[t]
    a, b = values(lead + (4, 4), t), values(lead + (6, 4), t, 2)
    h = hermitian(a)
    x, y, z = sp.asarray(a), sp.asarray(b), sp.asarray(h)
    same(sp.linalg.cholesky(z), np.linalg.cholesky(h), tolerance)
    same(sp.linalg.cholesky(z, upper=True), np.conj(np.swapaxes(np.linalg.cholesky(h), -1, -2)), tolerance)
    same(sp.linalg.det(x), np.linalg.det(a), 10 * tolerance)
    same(sp.linalg.inv(z), np.linalg.inv(h), tolerance)
    for got, want in zip(sp.linalg.slogdet(x), np.linalg.slogdet(a)):
        same(got, want, tolerance)
    same(sp.linalg.eigvalsh(z), np.linalg.eigvalsh(h), 10 * tolerance)
    w, v = sp.linalg.eigh(z)
    same(v * sp.astype(w, v.dtype)[..., None, :], h @ v.to_numpy(), 10 * tolerance)
    q, r = sp.linalg.qr(y)
    same(q @ r, b, tolerance)
    assert sp.linalg.qr(y, mode="complete").Q.shape == lead + (6, 6)
    u, s, vh = sp.linalg.svd(y, full_matrices=False)
    same((u * sp.astype(s, u.dtype)[..., None, :]) @ vh, b, tolerance)
    same(sp.linalg.svdvals(y), np.linalg.svd(b, compute_uv=False), tolerance)
    assert sp.linalg.svd(y).U.shape == lead + (6, 6)
    same(sp.linalg.solve(z, y.mT), np.linalg.solve(h, np.swapaxes(b, -1, -2)), tolerance)
    if 0 not in lead:
        same(sp.linalg.pinv(y), np.linalg.pinv(b), 10 * tolerance)
        same(sp.linalg.matrix_rank(y), np.linalg.matrix_rank(b), 0)
    same(sp.linalg.matrix_power(x, 5), np.linalg.matrix_power(a, 5), 1e3 * tolerance)


@pytest.mark.parametrize("t", ["float64", "complex128"])
def test_eigenvalues(t):
    a = values((5, 4, 4), t)
    x = sp.asarray(a)
    w, v = sp.linalg.eig(x)
    assert w.dtype == v.dtype == np.complex128
    same(v * w[..., None, :], a @ v.to_numpy(), 1e-9)
    same(sp.linalg.eigvals(x), np.linalg.eigvals(a).astype("complex128"), 1e-9)


@pytest.mark.parametrize("t", ["float32", "complex128"])
def test_norms_and_products(t):
    a, b = values((5, 7), t), values((7,), t, 2)
    x, y = sp.asarray(a), sp.asarray(b)
    for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        want = np.linalg.norm(a, ord=order).astype(abs(a).dtype)
        same(sp.linalg.matrix_norm(x, ord=order), want, 1e-5)
        assert sp.linalg.matrix_norm(x, ord=order, keepdims=True).shape == (1, 1)
    for order in (0, 1, 2, 3, 0.5, np.inf, -np.inf):
        same(sp.linalg.vector_norm(y, ord=order), np.linalg.norm(b, ord=order).astype(abs(b).dtype), 1e-5)
    same(sp.linalg.outer(y, y), np.outer(b, b), 1e-5)
    same(sp.linalg.trace(x, offset=1), np.trace(a, 1), 1e-5)
    for k in (-9, -2, 0, 3, 7):
        same(sp.linalg.diagonal(x, offset=k), np.diagonal(a, k), 0)
    c, d = values((4, 3), t, 3), values((3,), t, 4)
    same(sp.linalg.cross(sp.asarray(c), sp.asarray(d)), np.cross(c, d).astype(t), 1e-5)
    e = values((2, 5, 3), t, 5)
    same(sp.linalg.tensordot(x, sp.asarray(e), axes=((0,), (1,))), np.tensordot(a, e, axes=((0,), (1,))), 1e-4)
    same(sp.linalg.tensordot(x, y, axes=0), np.tensordot(a, b, axes=0), 1e-4)


def test_tall_matrices_in_blocks_of_rows():
    a = values((70000, 20), "float64")
    x = sp.asarray(a)
    q, r = sp.linalg.qr(x)
    assert np.array_equal(np.tril(r.to_numpy(), -1), np.zeros((20, 20)))
    same(q @ r, a, 1e-10)
    same(q.mT @ q, np.eye(20), 1e-12)
    u, s, vh = sp.linalg.svd(x, full_matrices=False)
    same(s, np.linalg.svd(a, compute_uv=False), 1e-10)
    same((u * s) @ vh, a, 1e-10)
    same(sp.linalg.svdvals(x.mT), np.linalg.svd(a, compute_uv=False), 1e-10)


def test_many_products_at_a_time():
    """A BLAS that was built without locks mixes up two calls at a time (Debian's libopenblas0-serial)."""
    rng = np.random.default_rng(1)
    a, b = (rng.integers(-9, 9, (3000, 40, 40)).astype("complex64") for _ in range(2))
    want, x, y = a @ b, sp.asarray(a), sp.asarray(b)
    with sp.config(threads=3):
        for _ in range(5):
            assert np.array_equal((x @ y).to_numpy(), want)


@pytest.fixture
def small_blocks(monkeypatch):
    """Matrices of some ten rows are taken in blocks, as those of thousands are."""
    monkeypatch.setattr(sp._blocked, "BLOCK", 16)
    monkeypatch.setattr(sp._blocked, "LARGE", 1 << 10)


def adjoint(a):
    return np.conj(np.swapaxes(a, -1, -2))


@pytest.mark.parametrize("t", TYPES)
@pytest.mark.parametrize("lead", [(), (2,)])
@pytest.mark.parametrize("n", [33, 70])
def test_large_matrices_in_blocks(t, lead, n, small_blocks):
    """Residuals within 100 roundings: a row has 70 elements at most, and each is in some ten operations' results."""
    a, b = values(lead + (n, n), t), values(lead + (n, 7), t, 2)
    h = (a @ adjoint(a) + n * np.eye(n)).astype(t)
    tolerance = 100 * np.finfo(t).eps
    x, z = sp.asarray(a), sp.asarray(h)
    low = sp.linalg.cholesky(z)
    same(low, np.linalg.cholesky(h), tolerance * n)
    assert np.array_equal(sp.linalg.cholesky(z, upper=True).to_numpy(), adjoint(low.to_numpy()))
    same(sp.linalg.inv(z), np.linalg.inv(h), tolerance)
    got = sp.linalg.solve(x, sp.asarray(b)).to_numpy()
    assert got.dtype == t and np.abs(a @ got - b).max() <= tolerance * np.abs(a).sum(-1).max() * np.abs(got).max()
    sign, log = np.linalg.slogdet(a)
    found = sp.linalg.slogdet(x)
    same(found.sign, sign, 10 * tolerance)
    same(found.logabsdet, log, 10 * tolerance)
    one = (a / np.exp(log / n)[..., None, None]).astype(t)              # its determinant is of size one
    same(sp.linalg.det(sp.asarray(one)), sign.astype(t), 1e4 * np.finfo(t).eps)


@pytest.mark.parametrize("t", ["float32", "complex128"])
@pytest.mark.parametrize("shape", [(70, 70), (70, 40), (40, 70), (200, 33), (2, 40, 50)])
@pytest.mark.parametrize("mode", ["reduced", "complete"])
def test_qr_in_blocks(t, shape, mode, small_blocks):
    a = values(shape, t)
    tolerance = 100 * np.finfo(t).eps
    q, r = sp.linalg.qr(sp.asarray(a), mode=mode)
    for got, want in zip((q, r), np.linalg.qr(a, mode=mode)):
        assert got.shape == want.shape and got.dtype == want.dtype
    q, r = q.to_numpy(), r.to_numpy()
    assert np.array_equal(r, np.triu(r))
    np.testing.assert_allclose(q @ r, a, atol=tolerance)
    np.testing.assert_allclose(adjoint(q) @ q, np.broadcast_to(np.eye(q.shape[-1]), q.shape[:-2] + 2 * q.shape[-1:]), atol=tolerance)


def test_blocks_have_the_same_bits_in_any_memory(small_blocks):
    a = values((150, 150), "float64")
    found = []
    for memory, threads in (("64MiB", 1), ("1GiB", 2), ("2MiB", 1)):
        with sp.config(memory=memory, threads=threads):
            found.append(sp.linalg.solve(sp.asarray(a), sp.asarray(a[:, :3])).to_numpy())
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])


@pytest.mark.parametrize("t", ["float64", "complex128"])
@pytest.mark.parametrize("span", [1e4, 1e14, 1e200])
def test_rows_of_unlike_sizes(t, span, small_blocks):
    """Errors are those of each row, as with LU and pivots."""
    n = 60
    a, x = values((n, n), t), values((n, 2), t, 2)
    size = span ** np.random.default_rng(3).permutation(np.linspace(-0.5, 0.5, n))[:, None]
    m = size * a
    got = sp.linalg.solve(sp.asarray(m), sp.asarray(m @ x)).to_numpy()
    np.testing.assert_allclose(got, x, rtol=1e-9, atol=1e-9)
    sign, log = np.linalg.slogdet(m)
    found = sp.linalg.slogdet(sp.asarray(m))
    same(found.sign, sign, 1e-9)
    same(found.logabsdet, log, 1e-9)


def test_large_matrices_that_are_singular(small_blocks):
    a = values((70, 70), "float64")
    a[7] = 0
    for singular in (a, np.kron(np.eye(35), [[1, 2], [2, 4.0]]), np.arange(2500.0).reshape(50, 50)):
        x = sp.asarray(singular)
        assert float(sp.linalg.det(x)) == 0 and float(sp.linalg.slogdet(x).logabsdet) == -np.inf
        with pytest.raises(np.linalg.LinAlgError, match="inv: Singular"):
            sp.linalg.inv(x).to_numpy()
    poor = np.kron(np.eye(5), 1 / (np.arange(1, 9)[:, None] + np.arange(8)))        # ill-conditioned is not singular
    want = np.linalg.inv(poor)
    assert np.abs(sp.linalg.inv(sp.asarray(poor)).to_numpy() - want).max() <= 1e-4 * np.abs(want).max()
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        sp.linalg.cholesky(-sp.eye(70)).to_numpy()
    with pytest.raises(np.linalg.LinAlgError, match="ingular"):
        sp.linalg.inv(sp.zeros((70, 70))).to_numpy()
    assert float(sp.linalg.det(sp.zeros((70, 70)))) == 0


BITS = """
import hashlib
import sharr as sp
x = sp.random.normal(shape=(400, 400), seed=1)
made = [*sp.linalg.svd(x), *sp.linalg.qr(x), sp.linalg.inv(x), *sp.linalg.eigh(x + x.T), sp.linalg.det(x / 20)]
print(hashlib.sha256(b"".join(y.to_numpy().tobytes() for y in made)).hexdigest())
"""


def test_bits_do_not_depend_on_the_threads_of_a_blas():
    found = set()
    for n in "1", "2", "3":
        env = {**os.environ, "OPENBLAS_NUM_THREADS": n, "MKL_NUM_THREADS": n}
        found.add(subprocess.run([sys.executable, "-c", BITS], check=True, capture_output=True, timeout=120, env=env).stdout)
    assert len(found) == 1


def test_what_cannot_be_done():
    zero, x = sp.zeros((2, 2)), sp.asarray(values((3, 4), "float64"))
    for function in (sp.linalg.inv, sp.linalg.cholesky):
        with pytest.raises(np.linalg.LinAlgError):
            function(zero).to_numpy()
    with pytest.raises(np.linalg.LinAlgError, match="square"):
        sp.linalg.det(x)
    with pytest.raises(TypeError):
        sp.linalg.inv(sp.ones((2, 2), dtype=np.int64))
    with pytest.raises(ValueError, match="go together"):
        sp.linalg.solve(zero, x)
    with sp.config(memory="16MiB"):
        with pytest.raises(MemoryError, match="eigvalsh needs .* bytes"):
            sp.linalg.eigvalsh(sp.ones((2000, 2000))).to_numpy()
