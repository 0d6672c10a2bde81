# SPDX-License-Identifier: BSD-3-Clause
"""NumPy's functions that have a name of sharr's mean what they mean in NumPy: positional and keyword parameters, as NumPy's
documentation has them, on sharr arrays and on NumPy's."""

import inspect
import re

import numpy as np
import pytest

import sharr as sp

RNG = np.random.default_rng(3)
VALUES = {
    "a": RNG.normal(size=(3, 4, 2)), "f": RNG.normal(size=(2, 3, 2)).astype("float32"), "n": RNG.normal(size=(3, 4)),
    "i": RNG.integers(-9, 9, (2, 3)), "k": np.array([2, 0, 1]), "b": RNG.random((2, 3)) > 0.5,
    "c": RNG.normal(size=(2, 3)) + 1j * RNG.normal(size=(2, 3)), "u": np.array([1.5, -2.25, 3.125, 0.5], "float32"),
    "m": RNG.normal(size=(2, 3, 3)) + 3 * np.eye(3), "s": np.array([[2.0, 1, 0], [1, 3, 1], [0, 1, 4]]), "w": np.array(7.0),
}
VALUES["n"][1, 2] = np.nan
NUMPY_1 = not hasattr(np, "permute_dims")       # its types may depend on values, and its transforms are of double precision

# One call a line.  Deferred: made without taking an array into memory.
DEFERRED = """
np.sum(a); np.sum(a, 0); np.sum(a, axis=(0, 2), keepdims=True); np.sum(b, 0, int); np.sum(a, 0, None, None, True)
np.prod(a, 1); np.prod(i, axis=0, dtype=float, keepdims=True); np.prod(a, 0, None, None, True)
np.mean(a, 0); np.mean(f, 0, np.float64); np.mean(i); np.mean(a, 0, None, None, True)
np.var(a, 0); np.var(a, 0, None, None, 1); np.var(a, axis=1, ddof=1, keepdims=True); np.var(a, 0, None, None, 1, True)
np.std(a, 0); np.std(a, 0, None, None, 1); np.std(a, axis=1, ddof=1, keepdims=True); np.std(i)
np.min(a, 0); np.max(a, 0); np.amin(a, 0, None, True); np.amax(a, 0, None, True); np.min(a, axis=0, keepdims=True)
np.any(b, 0); np.all(b, 0); np.any(b, 0, None, True); np.all(b, axis=1, keepdims=True)
np.argmin(a); np.argmin(a, 0); np.argmax(a, 1); np.argmax(a, axis=0, keepdims=True); np.argmin(a, 0, None)
np.count_nonzero(b); np.count_nonzero(i, 1); np.count_nonzero(i, axis=0, keepdims=True)
np.nansum(n, 0); np.nansum(n, 0, None, None, True); np.nanprod(n, 1); np.nanmean(n, 0, None, None, True); np.nanmean(n, axis=1)
np.nanvar(n, 0, None, None, 1); np.nanstd(n, 0, None, None, 1, True); np.nanstd(n, ddof=1); np.nanvar(n)
np.nanmin(n, 0, None, True); np.nanmax(n, 0); np.nanargmin(n, 0); np.nanargmax(n, axis=0)
np.cumsum(a); np.cumsum(a, 0); np.cumsum(i, 1, float); np.cumsum(b); np.cumprod(a); np.cumprod(a, axis=2); np.cumsum(u)
np.sort(a); np.sort(a, 0); np.sort(a, None); np.sort(a, axis=None); np.sort(i, 1, "stable"); np.sort(a, kind="mergesort")
np.argsort(a); np.argsort(a, 0); np.argsort(a, None); np.argsort(i, axis=1, kind="stable")
np.diff(a); np.diff(a, 2); np.diff(a, 1, 0); np.diff(a, axis=0, prepend=0); np.diff(f, axis=0, prepend=0); np.diff(b, axis=0)
np.diff(f, prepend=0.0, append=f); np.diff(a, n=0); np.diff(a, 1, 1, a[:, :1], a[:, :2]); np.diff(u, append=2.0)
np.squeeze(a[:1]); np.squeeze(a[:1], 0); np.squeeze(a[:1], axis=0); np.expand_dims(a, 0); np.expand_dims(a, axis=(0, 2))
np.reshape(a, (4, 6)); np.reshape(a, -1); np.ravel(a); np.ravel(a, "C"); np.ravel(a, order="K")
np.transpose(a); np.transpose(a, (1, 0, 2)); np.swapaxes(a, 0, 2); np.moveaxis(a, 0, -1)
np.moveaxis(a, source=[0, 1], destination=[1, 0])
np.flip(a); np.flip(a, 0); np.flip(m=a, axis=(0, 1)); np.roll(a, 1); np.roll(a, 1, 0); np.roll(a, shift=(1, 2), axis=(0, 1))
np.broadcast_to(u, (2, 4)); np.broadcast_to(array=u, shape=(2, 4)); np.broadcast_arrays(u, 1.0); np.broadcast_arrays(u, np.ones((2, 1)))
np.concatenate([a, a]); np.concatenate([a, a], 1); np.concatenate([a, i], axis=None); np.concatenate((a, np.ones((1, 4, 2))), axis=0)
np.concatenate(a); np.stack([a, a]); np.stack([a, a], 1); np.stack([u, np.ones(4)], axis=-1); np.vstack([u, u]); np.vstack([i, i])
np.vstack((u, [1, 2, 3, 4])); np.hstack([u, u]); np.hstack([i, i]); np.dstack([u, u]); np.dstack([i, i]); np.hstack([w, w])
np.atleast_1d(w); np.atleast_2d(u); np.atleast_3d(u); np.atleast_3d(i); np.atleast_1d(u); np.atleast_2d(u, w)
np.tile(u, 2); np.tile(u, (2, 1)); np.tile(i, [2, 2]); np.tile(A=u, reps=3); np.tile(i, 2); np.tile(w, 2)
np.repeat(u, 2); np.repeat(i, 2); np.repeat(i, 2, 1); np.repeat(a=i, repeats=2, axis=0); np.repeat(i, [1, 2], 0)
np.repeat(i, [2], axis=1)
np.take(a, 1, 0); np.take(a, [1, 0], 0); np.take(a, [5, 6]); np.take(i, [[0, 1], [2, 2]], axis=1); np.take(a, indices=2, axis=1)
np.take_along_axis(i, np.array([[0], [1]]), 1); np.take_along_axis(i, indices=np.array([[0], [1]]), axis=1)
np.where(b, i, 0); np.where(b, 1, i); np.where(b, i, i); np.where(np.ones((2, 3)), i, 0.5); np.where([True, False, True, True], u, 0)
np.isin(i, [1, 2, 3]); np.isin(i, i[0], False, True); np.isin(element=i, test_elements=[1], invert=True); np.isin([1, 2], i)
np.searchsorted(np.sort(u), [0.0, 1.5]); np.searchsorted(np.sort(u), [0.0, 1.5], "right")
np.searchsorted(np.sort(u), v=0.5, side="right")
np.searchsorted(u, [0.0, 1.5], "left", np.array([1, 3, 0, 2])); np.searchsorted([0.0, 1.0, 2.0], u)
np.round(a); np.round(a, 2); np.round(f, decimals=1); np.round(a * 1e4, -2); np.around(a, 3); np.round(i, 1); np.round(i, -1)
np.round(c, 1)
np.clip(a, -0.5, 0.5); np.clip(a, a_min=None, a_max=0.5); np.clip(i, -2, 2); np.clip(i, 0.5, 2.5); np.clip(u, u[0], None)
np.real(c); np.imag(c); np.real(a); np.imag(a)
np.einsum("ij,kj->ik", i, i); np.einsum("ijk->k", a, optimize=True); np.einsum("ij,ij", i, i)
np.tensordot(i, i, ([1], [1])); np.tensordot(i, i, (1, 1)); np.tensordot(s, s, 1); np.tensordot(s, s)
np.tensordot(a, a, axes=((0, 1), (0, 1)))
np.tril(s); np.tril(s, 1); np.tril(m=s, k=-1); np.triu(s); np.triu(s, k=1); np.triu(a)
np.zeros_like(a); np.ones_like(a, int); np.full_like(a, 7); np.full_like(a, fill_value=7, dtype=int); np.zeros_like(a, shape=(2, 2))
np.full_like(i, 2.5); np.ones_like(i, dtype="float32", order="C", subok=False)
np.meshgrid(u, k); np.meshgrid(u, k, indexing="ij"); np.meshgrid(u, np.arange(2)); np.meshgrid(i, u)
np.pad(i, 1); np.pad(i, ((1, 0), (0, 2)), "edge"); np.pad(i, 1, mode="constant", constant_values=7); np.pad(a, 1, "reflect")
np.shape(a); np.ndim(a); np.size(a); np.size(a, 1); np.result_type(a, f); np.can_cast(i.dtype, np.float64); np.can_cast(a, "float32")
np.zeros((2, 2), like=a); np.zeros((2, 2), int, like=a); np.full((2, 2), 3, like=a); np.arange(1, 7, 2, like=a)
np.ones(3, like=a); np.eye(3, 4, 1, like=a); np.eye(3, dtype=int, like=a); np.asarray([1, 2], float, like=a)
np.linalg.det(m); np.linalg.inv(m); np.linalg.inv(a=m); np.linalg.slogdet(m); np.linalg.cholesky(s); np.linalg.solve(m, m)
np.linalg.solve(s, k); np.linalg.eigvalsh(s); np.linalg.svd(i, False)[1]; np.linalg.svd(m, True, False)
np.linalg.svd(m, full_matrices=False)[1]
np.linalg.svd(m, compute_uv=False); np.abs(np.linalg.qr(m)[1]); np.abs(np.linalg.qr(m, "complete")[1]); np.linalg.matrix_power(s, 3)
np.linalg.matrix_power(s, n=-1); np.linalg.matrix_rank(m); np.linalg.pinv(i); np.linalg.pinv(m, 0.5); np.linalg.pinv(m, rcond=0.5)
np.linalg.eigh(s)[0]; np.linalg.det(i[:, :2])
np.fft.fft(a); np.fft.fft(i); np.fft.fft(c, 4); np.fft.fft(c, 4, 0); np.fft.fft(c, n=2, axis=0, norm="ortho")
np.fft.ifft(c, None, 0, "forward")
np.fft.rfft(a, 3); np.fft.irfft(c, 5); np.fft.hfft(c, 5); np.fft.ihfft(a, 3, 1); np.fft.fftn(a); np.fft.fftn(a, (2, 2), (0, 1))
np.fft.ifftn(c, axes=(0,))
np.fft.rfftn(a, None, (0, 1)); np.fft.irfftn(c, (2, 4), (0, 1)); np.fft.fftshift(i); np.fft.fftshift(i, 0)
np.fft.ifftshift(x=i, axes=(1,))
np.fft.fft2(a); np.fft.rfft2(a, (2, 2), (0, 1)); np.fft.ifft2(c); np.fft.irfft2(c)
"""
# What NumPy computes: of types and parameters that sharr has not.
COMPUTED = """
np.sum(a, axis=0, initial=3.0); np.sum(a, where=b[0, 0]); np.mean(a, 0, int); np.max(a, axis=0, initial=1.0); np.std(a, where=a > 0)
np.min(c, 0); np.max(c); np.argmax(c, 0); np.sort(c); np.sort(c, axis=None); np.argsort(c); np.cumsum(c, 0); np.round(b)
np.reshape(a, (4, 6), "F"); np.ravel(a, "F"); np.take(a, [5, 99], mode="wrap"); np.take(a, [7], 0, None, "clip"); np.clip(c, 0, 1)
np.pad(i, 1, "mean"); np.pad(i, 2, mode="linear_ramp"); np.pad(i, 1, mode="maximum"); np.pad(i, 1, "reflect", reflect_type="odd")
np.where(b); np.nonzero(i); np.einsum("ii->i", s); np.einsum(i, [0, 1], i, [2, 1], [0, 2]); np.tril(u); np.triu(u, 1)
np.full_like(i, [1, 2, 3]); np.meshgrid(u, k, sparse=True); np.concatenate([i, i], dtype=float); np.stack([i, i], dtype="float32")
np.linspace(w, 9, 4); np.linspace(u, 9, 3); np.linspace(0, u, 3, False); np.isin(i, [1, 2], kind="sort"); np.isin(c, [1.0])
np.linalg.eig(s)[0]; np.linalg.eigvals(s); np.linalg.eigvalsh(s, "U"); np.linalg.qr(s, "r"); np.linalg.matrix_rank(u)
np.linalg.matrix_power(i[:, :2], 2)
np.linalg.matrix_rank(s, 3.0); np.linalg.matrix_rank(s, hermitian=True); np.linalg.pinv(s, hermitian=True); np.linalg.norm(m)
np.fix(a); np.median(a, 0); np.split(a, 2, 1)[1]; np.array_split(u, 3)[2]; np.unique(i); np.nonzero(b); np.trace(s)
np.dot(s, s); np.compress([True], a, 0)
np.outer(u, u); np.cross(i, i[0]); np.diagonal(m); np.nan_to_num(n); np.gradient(u); np.histogram(u); np.percentile(a, 30)
"""


def calls(text):
    return [call for line in text.strip().split("\n") for call in re.split(r";\s*", line)]


def same(got, want):
    if isinstance(want, (tuple, list)) and not np.isscalar(want):
        assert len(got) == len(want)
        for g, w in zip(got, want):
            same(g, w)
        return
    if isinstance(want, (np.ndarray, np.generic)):
        assert np.shape(got) == want.shape
        assert isinstance(got, sp.Array) or isinstance(want, np.generic) or want.dtype == "float16"
        assert np.asarray(got).dtype == want.dtype or NUMPY_1
        np.testing.assert_allclose(np.asarray(got), want, rtol=1e-6 if "32" in str(np.asarray(got).dtype) else 1e-12, atol=1e-6)
    else:
        assert got == want


def both(call, most):
    want = eval(call, {"np": np, **VALUES})
    arrays = {name: sp.asarray(v) for name, v in VALUES.items()}
    with sp.config(max_array=most):
        got = eval(call, {"np": np, **arrays})
    return got, want


@pytest.mark.parametrize("call", calls(DEFERRED))
def test_deferred(call):
    same(*both(call, 0))


@pytest.mark.parametrize("call", calls(COMPUTED))
def test_computed(call):
    same(*both(call, 1 << 20))


# NumPy 2 has more of the Array API's names.
@pytest.mark.skipif(NUMPY_1, reason="NumPy 1")
@pytest.mark.parametrize("call", calls("""
np.permute_dims(a, (1, 0, 2)); np.matrix_transpose(m); np.concat([i, i], axis=1); np.unstack(i); np.astype(i, np.float64)
np.linalg.trace(m); np.linalg.diagonal(m, offset=1); np.linalg.outer(u, u); np.linalg.cross(i, i); np.linalg.matmul(m, m)
np.linalg.matrix_transpose(m); np.linalg.tensordot(i, i, axes=((1,), (1,))); np.linalg.vecdot(i, i); np.linalg.svdvals(m)
np.linalg.vector_norm(a, axis=1); np.linalg.matrix_norm(m, keepdims=True); np.linalg.cholesky(s, upper=True)
np.linalg.matrix_rank(m, rtol=0.1)
np.cumulative_sum(u); np.cumulative_sum(i, axis=1, include_initial=True); np.cumulative_prod(i, axis=0, dtype=float)
np.unique_values(k); np.unique_counts(k); np.unique_inverse(k); np.unique_all(k); np.linalg.pinv(m, rtol=0.5); np.sort(a, stable=True)
np.argsort(i, stable=True); np.reshape(a, (4, 6), copy=False); np.clip(a, min=-0.5, max=0.5); np.clip(a, max=0.0)
np.var(a, correction=1)
np.zeros_like(a, device="cpu")"""))
def test_names_of_the_standard(call):
    try:
        want = eval(call, {"np": np, **VALUES})
    except (AttributeError, TypeError):
        pytest.skip("a later NumPy")
    same(both(call, 1 << 20)[0], want)


def test_every_shared_name_is_tried():
    tried = set(re.findall(r"np\.([\w.]+)\(", inspect.getsource(inspect.getmodule(test_deferred))))
    for prefix, theirs, ours in (("", np, sp), ("linalg.", np.linalg, sp.linalg), ("fft.", np.fft, sp.fft)):
        for name in set(dir(ours)) & set(dir(theirs)):
            function = getattr(theirs, name)
            dispatched = hasattr(function, "__wrapped__") or hasattr(function, "_implementation")
            if dispatched and not name.startswith("_") and not isinstance(function, (type, np.ufunc)):
                assert prefix + name in tried, prefix + name


def test_save_is_numpys(tmp_path):
    a = VALUES["a"]
    np.save(tmp_path / "x.npy", sp.asarray(a))
    assert np.array_equal(np.load(tmp_path / "x.npy"), a)
    np.savez(tmp_path / "x.npz", sp.asarray(a), b=sp.asarray(a))
    assert np.array_equal(np.load(tmp_path / "x.npz")["b"], a)
    np.savetxt(tmp_path / "x.txt", sp.asarray(VALUES["s"]))
    assert np.array_equal(np.loadtxt(tmp_path / "x.txt"), VALUES["s"])


def test_empty_likes():
    x = sp.asarray(VALUES["a"])
    made = np.empty_like(x), np.empty_like(prototype=x, dtype=int), np.empty_like(x, shape=3) if not NUMPY_1 else x
    assert [m.dtype for m in made[:2]] == ["float64", "int64"] and made[0].shape == x.shape
    assert np.empty((2, 2), like=x).shape == (2, 2)


@pytest.mark.parametrize("write", [
    "np.copyto(d, s)", "np.copyto(d, s, where=s > 1)", "np.copyto(dst=d, src=s)", "np.put(d, k, u)", "np.place(d, s > 1, u)",
    "np.putmask(d, s > 1, s)", "np.fill_diagonal(d, u[:3])", "np.put_along_axis(d, k[:, None], s[:, :1], 1)", "np.add.at(d, k, s)",
    "np.subtract.at(d, k, 1)", "np.sum(s, 0, None, d[0])", "np.cumsum(s, 0, None, d)", "np.add(s, 1, out=d)", "np.dot(s, s, d)",
    "np.concatenate([s[:1], s[1:]], 0, d)", "np.take(s, k, 0, d)", "np.clip(s, 0, 1, d)", "np.round(s, 0, out=d)"])
def test_ndarrays_are_written_into(write):
    want, got = np.zeros((3, 3)), np.zeros((3, 3))
    eval(write, {"np": np, **VALUES, "d": want})
    eval(write, {"np": np, **{name: sp.asarray(v) for name, v in VALUES.items()}, "d": got})
    np.testing.assert_allclose(got, want)
    assert got.any()
    x = sp.zeros((3, 3))
    with pytest.raises(TypeError, match=r"assign, x\[\.\.\.\]|__array_ufunc__"):
        eval(write, {"np": np, **VALUES, "d": x})
    assert not x.to_numpy().any()
