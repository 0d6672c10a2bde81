# SPDX-License-Identifier: BSD-3-Clause
"""The extension fft against NumPy's."""

import numpy as np
import pytest

import sharr as sp

TYPES = {"float32": 1e-5, "complex64": 1e-5, "float64": 1e-12, "complex128": 1e-12}
ONE = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
MANY = ["fftn", "ifftn", "rfftn", "irfftn"]


def values(t):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4, 5, 6))
    return (x + 1j * rng.normal(size=x.shape) if np.dtype(t).kind == "c" else x).astype(t)


def same(got, want, t, real):
    want = want.astype(np.zeros(0, t).real.dtype if real else np.result_type(t, "complex64"))
    got = got.to_numpy()
    assert got.dtype == want.dtype and got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=TYPES[t], atol=30 * TYPES[t])


@pytest.mark.parametrize("t", TYPES)
@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("n, axis, norm", [(None, -1, "backward"), (7, 0, "ortho"), (3, 1, "forward"), (1, 2, "backward")])
def test_along_one_axis(name, t, n, axis, norm):
    a = values(t)
    if name in ("rfft", "ihfft") and a.dtype.kind == "c":
        with pytest.raises(TypeError):
            getattr(sp.fft, name)(sp.asarray(a))
        return
    got = getattr(sp.fft, name)(sp.asarray(a), n=n, axis=axis, norm=norm)
    same(got, getattr(np.fft, name)(a, n=n, axis=axis, norm=norm), t, name in ("irfft", "hfft"))


@pytest.mark.parametrize("t", TYPES)
@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("s, axes", [(None, None), (None, (0, 2)), ((3, 8), (1, 0)), ((4, 4), (-1, -2))])
def test_over_several_axes(name, t, s, axes):
    a = values(t)
    if name == "rfftn" and a.dtype.kind == "c":
        return
    same(getattr(sp.fft, name)(sp.asarray(a), s=s, axes=axes), getattr(np.fft, name)(a, s=s, axes=axes), t, name == "irfftn")


def test_helpers():
    for n in (1, 4, 7):
        assert np.allclose(sp.fft.fftfreq(n, d=0.5).to_numpy(), np.fft.fftfreq(n, d=0.5))
        assert np.allclose(sp.fft.rfftfreq(n, d=0.5).to_numpy(), np.fft.rfftfreq(n, d=0.5))
    a = values("float64")
    for axes in (None, 1, (0, 2)):
        assert np.array_equal(sp.fft.fftshift(sp.asarray(a), axes=axes).to_numpy(), np.fft.fftshift(a, axes=axes))
        assert np.array_equal(sp.fft.ifftshift(sp.asarray(a), axes=axes).to_numpy(), np.fft.ifftshift(a, axes=axes))


def test_what_cannot_be_done():
    x = sp.asarray(values("float64"))
    for bad, error in ((lambda: sp.fft.fft(x, n=0), ValueError), (lambda: sp.fft.fft(x, norm="none"), ValueError),
                       (lambda: sp.fft.fft(x, axis=3), IndexError), (lambda: sp.fft.fft(sp.arange(3)), TypeError),
                       (lambda: sp.fft.fftfreq(0), ValueError)):
        with pytest.raises(error):
            bad()


def test_larger_than_memory():
    a = np.random.default_rng(2).normal(size=(3000, 1024))
    with sp.config(memory="12MiB"):
        got = sp.fft.rfft(sp.asarray(a), axis=0)
        assert got.shape == (1501, 1024)
        total = complex(sp.sum(got[7]))
    assert np.allclose(total, np.fft.rfft(a, axis=0)[7].sum())
