# SPDX-License-Identifier: BSD-3-Clause
"""NumPy's functions and methods on sharr arrays: deferred where sharr has them, else computed under a cap."""

import warnings

import numpy as np
import pytest

import sharr as sp

A = np.random.default_rng(9).normal(size=(5, 4, 3))
N = np.where(A > 0.3, np.nan, A)
N[2, :, 1] = np.nan
I = np.arange(24).reshape(2, 3, 4)


def same(got, want, lazy=True):
    assert isinstance(got, sp.Array) == lazy or not lazy
    assert np.asarray(got).dtype == np.asarray(want).dtype
    np.testing.assert_allclose(np.asarray(got), want, rtol=1e-12, atol=1e-15)


REDUCTIONS = ["sum", "prod", "mean", "var", "std", "min", "max", "amin", "amax", "any", "all", "count_nonzero", "nansum",
              "nanprod", "nanmean", "nanvar", "nanstd", "nanmin", "nanmax"]


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
def test_reductions(name, axis):
    function = getattr(np, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")         # of NumPy, over rows of NaN
        for a in (A, N, I):
            same(function(sp.asarray(a), axis), function(a, axis))
            if name not in ("amin", "amax"):
                same(function(sp.asarray(a), axis=axis, keepdims=True), function(a, axis=axis, keepdims=True))
        if name.endswith(("var", "std")):
            same(function(sp.asarray(N), axis=axis, ddof=1), function(N, axis=axis, ddof=1))
        if name in ("nanvar", "nanstd"):
            same(function(sp.asarray(N), axis=axis, ddof=99), function(N, axis=axis, ddof=99))


def test_places_without_nans():
    rows = np.where(A > 0.3, np.nan, A)
    rows[..., 0] = A[..., 0]
    for name in ("nanargmin", "nanargmax"):
        same(getattr(np, name)(sp.asarray(rows), axis=2), getattr(np, name)(rows, axis=2))


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap"])
def test_pad(mode):
    for width in (1, (2, 1), ((1, 0), (0, 2), (1, 1))):
        same(np.pad(sp.asarray(A), width, mode=mode), np.pad(A, width, mode=mode))
    same(sp.pad(sp.asarray(I), ((0, 0), (1, 2), (0, 0)), constant_values=((0, 0), (7, 8), (0, 0))),
         np.pad(I, ((0, 0), (1, 2), (0, 0)), constant_values=((0, 0), (7, 8), (0, 0))))


@pytest.mark.parametrize("text", ["ijk,ljk->il", "ijk->kji", "ijk,jk", "ijk->", "...k,k->...", "ijk,ijk,ijk->j", "ij...,...->i...",
                                  "ijk,jm->imk"])
def test_einsum(text):
    terms = text.split("->")[0].split(",")
    sizes = dict(zip("ijklm", (5, 4, 3, 2, 6)))
    shapes = [tuple(sizes[c] for c in t.replace("...", "")) for t in terms]
    shapes = [s + (3,) * (t.count("...") and (t != "...k")) if t != "...k" else (2, 4, 3) for s, t in zip(shapes, terms)]
    arrays = [np.random.default_rng(1).normal(size=s) for s in shapes]
    same(sp.einsum(text, *map(sp.asarray, arrays)), np.einsum(text, *arrays))


def test_bad_einsums():
    x = sp.asarray(A)
    for bad in ("ii,jk", "ij->i", "ijk,jk->i", "iij->i", "ijk->l"):
        with pytest.raises(ValueError):
            sp.einsum(bad, x)


def test_shapes():
    x = sp.asarray(A)
    same(np.transpose(x), A.T)
    same(np.transpose(x, (1, 0, 2)), A.transpose(1, 0, 2))
    same(np.swapaxes(x, 0, 2), A.swapaxes(0, 2))
    same(np.swapaxes(x, 2, 1), A.swapaxes(2, 1))
    same(np.swapaxes(x, 1, -2), A)
    same(np.ravel(x), A.ravel())
    same(np.moveaxis(x, 0, -1), np.moveaxis(A, 0, -1))
    same(np.concatenate([x, x], axis=1), np.concatenate([A, A], axis=1))
    same(np.stack([x, x]), np.stack([A, A]))
    same(np.where(x > 0, x, 0), np.where(A > 0, A, 0))
    assert np.shape(x) == A.shape and np.ndim(x) == 3 and np.size(x) == A.size


def test_methods():
    x = sp.asarray(A)
    same(x.mean(axis=(0, 1)), A.mean(axis=(0, 1)))
    same(x.std(0, ddof=1), A.std(0, ddof=1))
    same(x.reshape(20, -1), A.reshape(20, -1))
    same(x.reshape((3, 20)), A.reshape(3, 20))
    same(x.transpose(), A.T)
    same(x.transpose(2, 0, 1), A.transpose(2, 0, 1))
    same(x.transpose((2, 0, 1)), A.transpose(2, 0, 1))
    same(x[:1].squeeze(), A[:1].squeeze())
    same(x.astype("float32"), A.astype("float32"))
    same(x.clip(-0.5, 0.5), A.clip(-0.5, 0.5))
    same(x.ravel().round(), A.ravel().round())
    same(x.swapaxes(0, 1), A.swapaxes(0, 1))
    assert (x > 0).any().item() is True and x.tolist() == A.tolist() and x.argmax().item() == A.argmax()


def test_what_only_numpy_has():
    x = sp.asarray(A)
    same(np.median(x, axis=0), np.median(A, axis=0))
    same(np.nanquantile(x, [0.25, 0.5], axis=1), np.nanquantile(A, [0.25, 0.5], axis=1))
    same(np.linalg.inv(x[:3, 0]), np.linalg.inv(A[:3, 0]))
    same(np.deg2rad(x), np.deg2rad(A))
    same(np.add.reduce(x, axis=1), np.add.reduce(A, axis=1))
    same(np.sum(x, axis=0, initial=3.0), A.sum(axis=0, initial=3.0))
    out = np.empty_like(A)
    assert np.add(x, 1, out=out) is out and np.array_equal(out, A + 1)
    with sp.config(max_array=100):
        for f in (np.median, np.deg2rad, np.asarray):
            with pytest.raises(MemoryError, match="max_array"):
                f(x)
        assert np.mean(x).shape == ()           # needs no memory


@pytest.mark.parametrize("call", [lambda x: np.put(x, [0], [9.0]), lambda x: np.copyto(x, 9.0), lambda x: np.fill_diagonal(x, 9.0),
                                  lambda x: np.add.at(x, [0], 1.0), lambda x: np.putmask(x, x > 0, 9.0),
                                  lambda x: np.cumsum(np.ones(4), out=x[0])])
def test_nothing_writes_into_a_copy(call):
    x = sp.ones((4, 4))
    with pytest.raises(TypeError):
        call(x)
    assert float(sp.sum(x)) == 16
