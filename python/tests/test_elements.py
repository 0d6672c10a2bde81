# SPDX-License-Identifier: BSD-3-Clause
"""Single elements: iteration, arrays that are numbers, masks that are one truth value; squares."""

import numpy as np
import pytest

import sharr as sp


def test_a_mask_of_no_dimensions_beside_slices():
    a = np.arange(12).reshape(3, 4)
    x = sp.asarray(a)
    for key in ((..., True), (..., False), (True, slice(1, None)), (slice(None), False, slice(None, None, 2)), (None, ..., False),
                (slice(None), np.True_), (slice(None), slice(1), False)):
        assert np.array_equal(x[key].to_numpy(), a[key]) and x[key].shape == a[key].shape
    assert x[..., sp.asarray(False)].shape == (3, 4, 0)
    for key in ((0, True), (True, [0, 1]), (True, True)):
        with pytest.raises(IndexError, match="mask of 0 dimensions"):
            x[key]


def test_elements_of_one_dimension():
    a = np.random.default_rng(8).normal(size=70000).astype("float32")
    x = sp.sqrt(sp.abs(sp.asarray(a)))
    got = list(x)
    assert all(e.shape == () and e.dtype == "float32" for e in got[::1000])
    assert [float(e) for e in got[::100]] == np.sqrt(np.abs(a))[::100].tolist()
    assert max(x[:100].__iter__()).to_numpy() == np.sqrt(np.abs(a))[:100].max()
    assert [r.shape for r in sp.ones((2, 3))] == [(3,), (3,)] and list(sp.ones(0)) == []


def test_numbers_that_are_arrays():
    two = sp.asarray(2)
    assert sp.arange(np.int64(3), sp.asarray(9), two).to_numpy().tolist() == [3, 5, 7]
    assert sp.arange(np.prod((2, 3))).dtype == "int64" and sp.arange(np.asarray(2.5)).dtype == "float64"
    assert sp.linspace(0, 1, np.int64(3)).shape == sp.linspace(0, 1, sp.asarray(3)).shape == (3,)
    assert np.array_equal(sp.linspace(np.float32(0), sp.asarray(1.0), 5).to_numpy(), np.linspace(0, 1, 5))
    with pytest.raises(TypeError):
        sp.arange(sp.ones(2))


def test_assignments_while_elements_are_visited():
    for n in (5, 300):
        x, want = sp.arange(n), np.arange(n)
        for i, (got, element) in enumerate(zip(x, want)):
            assert int(got) == element
            if i + 1 < n and i % 3 == 0:
                x[i + 1] = got + x[i + 1]
                want[i + 1] += element
        assert np.array_equal(x.to_numpy(), want)


def test_elements_keep_their_bits():
    a = np.copysign([np.nan, np.nan, 0.0, 1.0], [-1, 1, -1, -1])
    assert [np.signbit(e.to_numpy()) for e in sp.asarray(a)] == np.signbit(a).tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exponent", [2, -1, 2.0, -1.0])
def test_squares_and_inverses_are_rounded_once(dtype, exponent):
    """As a literal and as an array: ** has the bits of a product and of a division."""
    rng = np.random.default_rng(1)
    a = np.concatenate([rng.normal(size=20000) * 10 ** rng.uniform(-5, 5, 20000), [0, -0.0, np.inf, -np.inf, np.nan, 1e-38]])
    a = a.astype(dtype)
    with np.errstate(all="ignore"):
        want = a * a if exponent > 0 else np.ones((), dtype) / a
    x = sp.asarray(a)
    for got in (x ** exponent, x ** sp.asarray(np.full(a.shape, exponent, dtype)), sp.pow(x, sp.asarray(exponent, dtype=x.dtype))):
        got = got.to_numpy()
        assert got.dtype == want.dtype and np.array_equal(got, want, equal_nan=True)
        assert np.array_equal(np.signbit(got[:-4]), np.signbit(want[:-4]))
    n = np.arange(-7, 8)
    assert np.array_equal((sp.asarray(n) ** 2).to_numpy(), n ** 2)
