# SPDX-License-Identifier: BSD-3-Clause
"""Functions of the namespace against NumPy's."""

import inspect
import math

import numpy as np
import pytest

import sharr as sp

FLOATS = np.array([[0.5, -1.25, 3.0, 0.0], [-0.0, np.inf, -np.inf, np.nan], [1e-300, 1e300, 2.5, -2.5]])
INTS = np.array([[5, -7, 9, 0], [3, 1, 2, -128], [127, 64, -1, 8]], "int8")
NUMPY_NAMES = {"bitwise_invert": "invert", "bitwise_left_shift": "left_shift", "bitwise_right_shift": "right_shift",
               "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan",
               "atanh": "arctanh", "atan2": "arctan2", "pow": "power"}


def numpys(name):
    if name == "erf":
        return np.vectorize(math.erf, otypes=["float64"])
    return getattr(np, NUMPY_NAMES.get(name, name))


def same(got, want, exact=True):
    assert isinstance(got, sp.Array)
    assert got.dtype == want.dtype and got.shape == want.shape
    if exact:
        assert np.array_equal(got.to_numpy(), want, equal_nan=want.dtype.kind in "fc")
    else:
        np.testing.assert_allclose(got.to_numpy(), want, rtol=1e-15 * 8, atol=0)


UNARY = sorted(n for n, f in sp._elementwise.items() if list(inspect.signature(f).parameters) == ["x"])
BINARY = sorted(n for n, f in sp._elementwise.items() if list(inspect.signature(f).parameters) == ["x1", "x2"])


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_array(name):
    with np.errstate(all="ignore"):
        if name == "bitwise_invert":
            return same(sp.bitwise_invert(sp.asarray(INTS)), np.invert(INTS))
        same(getattr(sp, name)(sp.asarray(FLOATS)), np.asarray(numpys(name)(FLOATS)), exact=False)
        if numpys(name)(INTS).dtype.kind != "f" and name != "reciprocal":
            if name not in ("floor", "ceil", "trunc", "round"):
                same(getattr(sp, name)(sp.asarray(INTS)), np.asarray(numpys(name)(INTS)))
            else:
                same(getattr(sp, name)(sp.asarray(INTS)), INTS)
    with pytest.raises(TypeError):
        getattr(sp, name)(1.0)
    with pytest.raises(TypeError):
        getattr(sp, name)()


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_arrays(name):
    if name.startswith("bitwise"):
        a, b = INTS, np.abs(INTS[::-1] % 7)
    else:
        a, b = FLOATS, np.array([2.0, 0.5, -3.0, 0.25])
    f = getattr(sp, name)
    with np.errstate(all="ignore"):
        want = numpys(name)(a, b)
        if name in ("remainder", "floor_divide"):
            a = np.where(np.isfinite(a), a, 1)          # the standard's special values are not NumPy's
            want = numpys(name)(a, b)
        same(f(sp.asarray(a), sp.asarray(b)), want, exact=False)
        same(f(sp.asarray(a), 2 if name.startswith("bit") else 2.0), numpys(name)(a, a.dtype.type(2)), exact=False)
    with pytest.raises(ValueError):
        f(sp.asarray(a), sp.asarray(b.repeat(2)))


COMPLEX = ["exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin",
           "acos", "atan", "asinh", "acosh", "atanh", "sign", "square", "reciprocal", "round", "conj", "negative"]


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("name", COMPLEX)
def test_functions_of_complex_numbers(name, dtype):
    a = np.array([[0.5 + 0.25j, -1.25 + 2j, 3 - 0.75j], [0.1j, 2.5 - 1e-3j, -0.25 - 0.5j]], dtype)
    want = a / np.abs(a) if name == "sign" else numpys(name)(a)
    got = getattr(sp, name)(sp.asarray(a))
    assert got.dtype == dtype and got.shape == a.shape
    np.testing.assert_allclose(got.to_numpy(), want, rtol=16 * np.finfo(dtype).eps)


def test_powers_of_complex_numbers():
    a, b = np.array([0.5 + 0.25j, -1.25 + 2j, 3 - 0.75j]), np.array([2 + 1j, -0.5, 0.25 - 3j])
    np.testing.assert_allclose((sp.asarray(a) ** sp.asarray(b)).to_numpy(), a ** b, rtol=1e-14)
    assert np.array_equal((sp.asarray(a) ** 2).to_numpy(), (sp.asarray(a) * sp.asarray(a)).to_numpy())
    assert np.array_equal((sp.asarray(a) ** 0).to_numpy(), np.ones(3))


def test_statistics_of_complex_numbers():
    a = np.random.default_rng(1).normal(size=(30, 7, 2)) @ np.array([1, 1j])
    for f in ("sum", "prod", "mean"):
        for axis in (None, 0, 1):
            got = getattr(sp, f)(sp.asarray(a), axis=axis).to_numpy()
            np.testing.assert_allclose(got, getattr(np, f)(a, axis=axis), rtol=1e-13)
    np.testing.assert_allclose(sp.linspace(1 - 2j, 3 + 5j, 6).to_numpy(), np.linspace(1 - 2j, 3 + 5j, 6), rtol=1e-15)
    assert sp.linspace(0, 1j, 3, dtype=sp.complex64).dtype == sp.complex64
    with pytest.raises(TypeError):
        sp.linspace(0, 1j, 3, dtype=sp.float64)
    assert np.array_equal(sp.isnan(sp.asarray([1 + 1j, complex(0, np.nan)])).to_numpy(), [False, True])
    assert np.array_equal(sp.isfinite(sp.asarray([1 + 1j, complex(0, np.inf)])).to_numpy(), [True, False])


@pytest.mark.parametrize("jit", ["vm", pytest.param("llvm", marks=pytest.mark.compiler)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_signs(dtype, jit):
    """A NaN that is read has its sign; one that is computed has none, whatever the processor makes."""
    a = np.array([1, -1, 0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan], dtype)
    with sp.config(jit=jit):
        x = sp.asarray(a)
        assert np.array_equal(sp.signbit(x).to_numpy(), np.signbit(a))
        assert np.array_equal(sp.signbit(sp.flip(sp.concat([x, x]))).to_numpy(), np.signbit(np.tile(a, 2)[::-1]))
        assert np.array_equal(sp.copysign(sp.ones(8, dtype=x.dtype), x).to_numpy(), np.copysign(np.ones(8, dtype), a))
        assert not sp.any(sp.signbit(x - sp.asarray(np.array(np.nan, dtype))))
        assert not sp.any(sp.signbit(sp.sqrt(sp.where(x < 0, x, -1))))
    for v in (-float("nan"), np.array(-np.nan, dtype)):
        assert bool(sp.signbit(sp.asarray(v)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nextafter(dtype):
    a = np.array([0, -0.0, 1, -1, 5e-324, np.inf, np.finfo(dtype).max, -2.5, np.nan, 3], dtype)
    for b in (np.inf, -np.inf, 0.0, 3.0, np.nan):
        got = sp.nextafter(sp.asarray(a), sp.asarray(np.array(b, dtype))).to_numpy()
        want = np.nextafter(a, np.array(b, dtype))
        assert got.dtype == dtype and np.array_equal(got, want, equal_nan=True)
        assert np.array_equal(np.signbit(got), np.signbit(want) & ~np.isnan(want))


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (2, 1, 0), ()], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std", "min", "max", "any", "all", "count_nonzero"])
def test_reductions(name, axis, keepdims):
    a = np.random.default_rng(1).integers(-3, 4, (3, 4, 5)).astype("float64")
    want = np.asarray(getattr(np, name)(a, axis=axis, keepdims=keepdims))
    same(getattr(sp, name)(sp.asarray(a), axis=axis, keepdims=keepdims), want, exact=False)


def test_parameters_of_reductions():
    a = sp.asarray(INTS)
    assert sp.sum(a).dtype == sp.int64 and sp.sum(sp.astype(a, sp.uint8)).dtype == sp.uint64
    assert sp.sum(a, dtype=sp.float32).dtype == sp.float32
    assert float(sp.var(a, correction=1)) == pytest.approx(INTS.var(ddof=1), rel=1e-15)
    for name in ("argmin", "argmax"):
        for axis in (None, 0, 1):
            same(getattr(sp, name)(a, axis=axis, keepdims=True), np.asarray(getattr(np, name)(INTS, axis=axis, keepdims=True)))
    for bad in (2, -3, (0, 5)):
        with pytest.raises(ValueError):
            sp.sum(a, axis=bad)
        with pytest.raises(IndexError):
            sp.sum(a, axis=bad)
    with pytest.raises(ValueError):
        sp.max(sp.zeros((0, 3)), axis=0)
    with pytest.raises(TypeError):
        sp.sum([1, 2])


def test_creation():
    same(sp.arange(5), np.arange(5))
    same(sp.arange(1, 2, 0.25), np.arange(1, 2, 0.25))
    same(sp.arange(5, -1, -2, dtype=sp.int8), np.arange(5, -1, -2, dtype="int8"))
    same(sp.linspace(0, 1, 5, endpoint=False), np.linspace(0, 1, 5, endpoint=False))
    same(sp.full((2, 3), 7), np.full((2, 3), 7))
    same(sp.full(3, True), np.full(3, True))
    same(sp.zeros((2, 0)), np.zeros((2, 0)))
    same(sp.ones(4, dtype=sp.uint8), np.ones(4, "uint8"))
    same(sp.eye(3, 4, k=1), np.eye(3, 4, k=1))
    for k in (-(1 << 70), -4, 1 << 63):
        same(sp.eye(3, 4, k=k), np.zeros((3, 4)))
        same(sp.tril(sp.asarray(INTS), k=k), np.tril(INTS, max(-99, min(k, 99))))
        same(sp.triu(sp.asarray(INTS), k=k), np.triu(INTS, max(-99, min(k, 99))))
    a = sp.asarray(INTS)
    same(sp.full_like(a, 3), np.full_like(INTS, 3))
    same(sp.zeros_like(a, dtype=sp.float32), np.zeros_like(INTS, dtype="float32"))
    same(sp.ones_like(a), np.ones_like(INTS))
    assert sp.empty((2, 3), dtype=sp.int16).dtype == sp.int16 and sp.empty_like(a).shape == (3, 4)
    for k in (-2, 0, 1, 9):
        same(sp.tril(a, k=k), np.tril(INTS, k))
        same(sp.triu(sp.asarray(FLOATS), k=k), np.triu(FLOATS, k))
    for indexing in ("xy", "ij"):
        for g, w in zip(sp.meshgrid(a[0], a[:, 1], a[1, :2], indexing=indexing),
                        np.meshgrid(INTS[0], INTS[:, 1], INTS[1, :2], indexing=indexing)):
            same(g, w)
    with pytest.raises(OverflowError):
        sp.full((2,), 300, dtype=sp.uint8)
    with pytest.raises(ValueError):
        sp.zeros((-1,))
    with pytest.raises(TypeError):
        sp.zeros((2,), dtype="float16")


def test_shapes():
    a, n = np.arange(24).reshape(2, 3, 4), None
    x = sp.asarray(a)
    same(sp.reshape(x, (4, -1)), a.reshape(4, -1))
    same(sp.permute_dims(x, (2, 0, 1)), a.transpose(2, 0, 1))
    same(sp.permute_dims(x, (-1, 0, 1)), a.transpose(2, 0, 1))
    same(sp.flip(x, axis=(0, -1)), np.flip(a, (0, 2)))
    same(sp.flip(x), np.flip(a))
    same(sp.roll(x, 5), np.roll(a, 5))
    same(sp.roll(x, (1, -1), axis=(0, 2)), np.roll(a, (1, -1), (0, 2)))
    same(sp.concat([x, x[:, :1]], axis=1), np.concatenate([a, a[:, :1]], 1))
    same(sp.concat([x, x], axis=n), np.concatenate([a, a], n))
    same(sp.concat([x, sp.astype(x, sp.float64)]), np.concatenate([a, a.astype(float)]))
    same(sp.stack([x, x], axis=-1), np.stack([a, a], -1))
    same(sp.expand_dims(x, axis=(0, -1)), a[None, ..., None])
    same(sp.squeeze(x[:, :1], axis=1), a[:, 0])
    same(sp.broadcast_to(x[:1], (5, 3, 4)), np.broadcast_to(a[:1], (5, 3, 4)))
    same(sp.moveaxis(x, 0, -1), np.moveaxis(a, 0, -1))
    same(sp.moveaxis(x, (0, 1), (2, 0)), np.moveaxis(a, (0, 1), (2, 0)))
    same(sp.matrix_transpose(x), a.swapaxes(1, 2))
    same(sp.repeat(x, 3, axis=1), a.repeat(3, 1))
    same(sp.repeat(x, 2), a.repeat(2))
    same(sp.repeat(x, 0, axis=0), a.repeat(0, 0))
    same(sp.repeat(x, sp.asarray([3, 0, 2]), axis=1), a.repeat([3, 0, 2], 1))
    same(sp.repeat(x, sp.asarray([2]), axis=0), a.repeat(2, 0))
    same(sp.tile(x, (2, 1, 3)), np.tile(a, (2, 1, 3)))
    same(sp.tile(x, (2, 1, 1, 2)), np.tile(a, (2, 1, 1, 2)))
    same(sp.tile(x, (2,)), np.tile(a, (2,)))
    for g, w in zip(sp.unstack(x, axis=1), a.swapaxes(0, 1)):
        same(g, w)
    for g, w in zip(sp.broadcast_arrays(x[:1, :, :1], x[0, 0]), np.broadcast_arrays(a[:1, :, :1], a[0, 0])):
        same(g, w)
    assert sp.broadcast_shapes((2, 1), (3,), ()) == (2, 3) and sp.broadcast_shapes() == ()
    for bad in (lambda: sp.broadcast_shapes((2,), (3,)), lambda: sp.reshape(x, (5, 5)), lambda: sp.squeeze(x, axis=0),
                lambda: sp.concat([x, x[0]]), lambda: sp.permute_dims(x, (0, 0, 1)), lambda: sp.moveaxis(x, 5, 0),
                lambda: sp.stack([]), lambda: sp.repeat(x, -1), lambda: sp.repeat(x, sp.asarray([1, -1]), axis=0),
                lambda: sp.repeat(x, sp.asarray([1, 1, 1]), axis=0), lambda: sp.broadcast_to(x, (2, 2, 4))):
        with pytest.raises(ValueError):
            bad()


def test_selection_and_differences():
    x, a = sp.asarray(FLOATS), FLOATS
    same(sp.where(x > 0, x, -1.0), np.where(a > 0, a, -1.0))
    same(sp.clip(x, -1, 2), np.clip(a, -1, 2))
    same(sp.clip(x, max=1.0), np.minimum(a, 1.0))
    same(sp.clip(x), a)
    same(sp.square(x), a * a)
    with np.errstate(all="ignore"):
        same(sp.reciprocal(x), 1 / a)
        same(sp.diff(x, axis=0, n=2), np.diff(a, 2, 0))
        same(sp.diff(x, prepend=x[:, :1], append=x[:, :2]), np.diff(a, prepend=a[:, :1], append=a[:, :2]))
    z = np.array([1 + 2j, -0.5j])
    same(sp.conj(sp.asarray(z)), z.conj())
    same(sp.conj(x), a)
    same(sp.real(sp.asarray(z)), z.real)


def test_take_and_nonzero():
    a = np.arange(24).reshape(2, 3, 4) % 5
    x = sp.asarray(a)
    same(sp.take(x, sp.asarray([3, 0, -1, 1]), axis=2), a.take([3, 0, -1, 1], 2))
    same(sp.take(x[0, 0], sp.asarray([2, 2, 1])), a[0, 0].take([2, 2, 1]))
    same(sp.take(x, sp.asarray([], dtype=sp.int64), axis=0), a.take([], 0).astype("int64")[:0])
    for g, w in zip(sp.nonzero(x), np.nonzero(a)):
        same(g, w)
    for bad in (lambda: sp.take(x, sp.asarray([0])), lambda: sp.take(x, sp.asarray([[0]]), axis=0), lambda: sp.nonzero(x[0, 0, 0]),
                lambda: sp.take(x, sp.asarray([0]), axis=3)):
        with pytest.raises(ValueError):
            bad()
    with pytest.raises(IndexError):
        sp.take(x, sp.asarray([4]), axis=2)


def test_membership_and_places():
    a, b = np.array([[3, 1, 4], [1, 5, 9]]), np.array([1, 9, 2])
    same(sp.isin(sp.asarray(a), sp.asarray(b)), np.isin(a, b))
    same(sp.isin(sp.asarray(a), sp.asarray(b), invert=True), np.isin(a, b, invert=True))
    same(sp.isin(sp.asarray(a), 5), np.isin(a, 5))
    same(sp.isin(sp.asarray(a), sp.zeros((0,), dtype=sp.int64)), np.isin(a, []))
    s, v = np.array([-1.0, 0.0, 2.0, 2.0, 7.0, np.nan]), np.array([[2.0, -5.0], [np.nan, 7.0], [8.0, 0.5]])
    for side in ("left", "right"):
        same(sp.searchsorted(sp.asarray(s), sp.asarray(v), side=side), np.searchsorted(s, v, side))
        same(sp.searchsorted(sp.asarray(s), 2.0, side=side), np.asarray(np.searchsorted(s, 2.0, side)))
        same(sp.searchsorted(sp.asarray(b), sp.asarray(a), side=side, sorter=sp.asarray([0, 2, 1])), np.searchsorted(np.sort(b), a, side))
    with pytest.raises(ValueError):
        sp.searchsorted(sp.asarray(a), sp.asarray(b))
    with pytest.raises(ValueError):
        sp.searchsorted(sp.asarray(b), sp.asarray(a), side="middle")


def test_products():
    rng = np.random.default_rng(2)
    a, b = rng.integers(-9, 9, (2, 3, 4)), rng.integers(-9, 9, (4, 5))
    x, y = sp.asarray(a), sp.asarray(b)
    same(sp.matmul(x, y), a @ b)
    same(x @ y[:, 0], a @ b[:, 0])
    same(x[0, 0] @ y, a[0, 0] @ b)
    same(x[0, 0] @ y[:, 1], np.asarray(a[0, 0] @ b[:, 1]))
    same(sp.tensordot(x, y, axes=1), np.tensordot(a, b, 1))
    same(sp.tensordot(x, x, axes=((0, 2), (0, 2))), np.tensordot(a, a, ((0, 2), (0, 2))))
    same(sp.tensordot(x[0], y, axes=0), np.tensordot(a[0], b, 0))
    same(sp.vecdot(x, x[0]), (a * a[0]).sum(-1))
    z = np.array([1 + 2j, 3j])
    same(sp.vecdot(sp.asarray(z), sp.asarray(z)), np.asarray(np.vdot(z, z)))
    assert (x.T if x.ndim == 2 else x).dtype == np.int64
    for bad in (lambda: x @ x, lambda: x @ sp.asarray(1), lambda: sp.tensordot(x, y, axes=3), lambda: sp.vecdot(x, y)):
        with pytest.raises(ValueError):
            bad()
    m = sp.asarray(np.eye(2))
    m @= sp.asarray([[1.0, 2], [3, 4]])
    assert m.to_numpy().tolist() == [[1, 2], [3, 4]]


def test_types():
    x = sp.asarray(FLOATS)
    same(sp.astype(sp.asarray(INTS), sp.float32), INTS.astype("float32"))
    assert sp.astype(x, sp.int8).to_numpy().tolist() == [[0, -1, 3, 0], [0, 127, -128, 0], [0, 127, 2, -2]]
    assert sp.result_type(sp.int8, sp.uint8) == sp.int16 and sp.result_type(x, sp.float32) == sp.float64
    assert sp.result_type(sp.float32, 1) == sp.float32 and sp.result_type(sp.float32, 1j) == sp.complex64
    assert sp.result_type(sp.asarray([1], dtype=sp.uint8), 3) == sp.uint8 and sp.result_type(1, 2.0) == sp.float64
    assert sp.can_cast(sp.int8, sp.int16) and not sp.can_cast(sp.float64, sp.float32)
    assert sp.finfo(sp.complex64).bits == 32 and sp.finfo(x).eps == 2.0 ** -52 and sp.finfo(sp.float32).dtype == sp.float32
    assert sp.iinfo(sp.int8).max == 127 and sp.iinfo(sp.uint64).max == (1 << 64) - 1
    assert sp.isdtype(sp.int8, "integral") and sp.isdtype(sp.int8, (sp.bool, "signed integer"))
    assert not sp.isdtype(sp.bool, "numeric") and sp.isdtype(sp.float32, sp.float32)
    with pytest.raises(ValueError):
        sp.isdtype(sp.int8, "number")
    with pytest.raises(TypeError):
        sp.finfo(sp.int8)
    with pytest.raises(TypeError):
        sp.iinfo(sp.float32)


# ---- procedures ------------------------------------------------------------------------------------

def _with_specials(dtype, shape, seed):
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal(shape) * 5).astype(dtype)
    if x.dtype.kind == "f":
        x[rng.random(shape) < 0.1] = np.nan
        x[rng.random(shape) < 0.1] = -0.0
        x[rng.random(shape) < 0.1] = 0.0
        x[rng.random(shape) < 0.05] = np.inf
    return x


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int32", "uint64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(0,), (1,), (50,), (7, 9), (3, 0, 2), (4, 300, 3)])
def test_sort(dtype, shape):
    x = _with_specials(dtype, shape, 3)
    for axis in range(-len(shape), len(shape)):
        same(sp.sort(sp.asarray(x), axis=axis), np.sort(x, axis=axis, kind="stable"))
        same(sp.argsort(sp.asarray(x), axis=axis), np.argsort(x, axis=axis, kind="stable"))
        down = sp.sort(sp.asarray(x), axis=axis, descending=True)
        same(down, np.flip(np.sort(x, axis=axis, kind="stable"), axis=axis))       # NaN first
        order = np.asarray(sp.argsort(sp.asarray(x), axis=axis, descending=True, stable=False))
        same(sp.asarray(np.take_along_axis(x, order, axis)), np.asarray(down))


def test_sort_of_views_and_results():
    x = _with_specials("float32", (40, 50), 5)
    a = sp.asarray(x)
    same(sp.sort(a[::-2, 3:]), np.sort(x[::-2, 3:]))
    same(sp.sort(a.T * 2, axis=0), np.sort(x.T * np.float32(2), axis=0))
    same(sp.sort(sp.sort(a, axis=0), axis=1), np.sort(np.sort(x, axis=0), axis=1))
    same(sp.max(sp.sort(sp.where(sp.isnan(a), 0, a)), axis=0), np.sort(np.where(np.isnan(x), np.float32(0), x)).max(axis=0))
    same(sp.sort(sp.reshape(a, (-1,)))[-1 - int(np.isnan(x).sum())], np.nanmax(x))


def test_sort_refuses():
    with pytest.raises(TypeError):
        sp.sort(sp.zeros((3,), dtype=sp.complex64))
    with pytest.raises(sp.AxisError):
        sp.sort(sp.zeros((3,)), axis=1)
    with pytest.raises(sp.AxisError):
        sp.argsort(sp.asarray(1.0))


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint32", "float32", "float64", "complex128"])
@pytest.mark.parametrize("shape", [(0,), (5,), (9000,), (3, 5000), (5000, 3), (2, 3, 4)])
def test_cumulative(dtype, shape):
    x = (np.random.default_rng(1).integers(-3, 4, shape)).astype(dtype)        # sums are exact
    t = {"b": "int64", "i": "int64", "u": "uint64"}.get(x.dtype.kind, dtype)
    for axis in range(-len(shape), len(shape)):
        got = sp.cumulative_sum(sp.asarray(x), axis=axis)
        same(got, np.cumsum(x, axis=axis, dtype=t))
        more = np.asarray(sp.cumulative_sum(sp.asarray(x), axis=axis, include_initial=True))
        same(got, np.delete(more, 0, axis))
        assert not np.take(more, 0, axis).any()
    few = np.sign(x) if x.dtype.kind in "if" else x[..., :3]
    with np.errstate(all="ignore"):
        same(sp.cumulative_prod(sp.asarray(few), axis=0), np.cumprod(few, axis=0, dtype=t))


def test_cumulative_types():
    x = sp.asarray(np.arange(100, dtype="uint8"))
    assert sp.cumulative_sum(x).dtype == "uint64"
    same(sp.cumulative_sum(x, dtype=sp.int8), np.cumsum(np.arange(100), dtype="int8"))
    same(sp.cumulative_sum(x, dtype=sp.float32), np.cumsum(np.arange(100), dtype="float32"))
    assert np.signbit(np.asarray(sp.cumulative_sum(sp.asarray([-0.0, -0.0])))).all()
    with pytest.raises(ValueError):
        sp.cumulative_sum(sp.zeros((2, 2)))
    with pytest.raises(TypeError):
        sp.cumulative_sum(sp.zeros((2,)), dtype=sp.bool)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint32", "int64", "float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shape", [(0,), (1,), (30,), (40, 50), (), (2, 0)])
def test_unique(dtype, shape):
    rng = np.random.default_rng(4)
    x = rng.integers(-4, 5, shape).astype(dtype)
    if x.dtype.kind == "c":
        x = x + x.dtype.type(1j) * rng.integers(0, 3, shape).astype(dtype)
    a = sp.asarray(x)
    values, indices, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(shape)
    same(sp.unique_values(a), values)
    r = sp.unique_all(a)
    assert r._fields == ("values", "indices", "inverse_indices", "counts")
    for got, want in zip(r, (values, indices, inverse, counts)):
        same(got, np.asarray(want))
    same(sp.unique_counts(a).counts, counts)
    same(sp.unique_inverse(a).inverse_indices, np.asarray(inverse))


def test_unique_takes_every_nan_for_another_one():
    x = np.array([np.nan, 1.0, -0.0, np.nan, 0.0, 1.0])
    r = sp.unique_all(sp.asarray(x))
    same(r.values, np.array([-0.0, 1.0, np.nan, np.nan]))
    same(r.counts, np.array([2, 2, 1, 1]))
    same(r.indices, np.array([2, 1, 0, 3]))
    same(sp.take(r.values, r.inverse_indices), x)


def test_isin_is_exact():
    big, small = np.array([2**63, 5, 2**64 - 1], "uint64"), np.array([-1, 5, -2**63], "int64")
    same(sp.isin(sp.asarray(big), sp.asarray(small)), np.array([False, True, False]))
    same(sp.isin(sp.asarray(small), sp.asarray(big)), np.array([False, True, False]))
    near = np.array([2**62 + 1], "int64")
    same(sp.isin(sp.asarray(near), sp.asarray(near - 1)), np.array([False]))
    nan = np.array([np.nan, 1.0])
    same(sp.isin(sp.asarray(nan), sp.asarray(nan)), np.array([False, True]))
    same(sp.isin(sp.asarray(nan * 1j), sp.asarray(nan * 1j)), np.isin(nan * 1j, nan * 1j))


def test_shifts_of_shifts_are_refused_in_time():
    a = x = sp.asarray(np.arange(20000.0))          # small ones are computed on the way
    for _ in range(6):
        x = x + sp.roll(x, 7)
    want = np.arange(20000.0)
    for _ in range(6):
        want = want + np.roll(want, 7)
    same(x, want)
    for _ in range(34):
        x = x + sp.roll(x, 7)
    with pytest.raises(ValueError, match="shifts of shifts"):
        x.to_numpy()
    same(a, np.arange(20000.0))


def test_masks_and_positions_beyond_memory_limits(monkeypatch):
    monkeypatch.setattr("sharr._gather.LARGE", 10)
    x = np.random.default_rng(6).integers(0, 9, (30, 40))
    a = sp.asarray(x)
    same(a[a > 4], x[x > 4])
    same(a[sp.sum(a, axis=1) > 150], x[x.sum(axis=1) > 150])
    for got, want in zip(sp.nonzero(a > 6), np.nonzero(x > 6)):
        same(got, want)
    i = np.random.default_rng(7).integers(-40, 40, 5000)
    same(sp.take(a, sp.asarray(i), axis=1), np.take(x, i, axis=1))
    with pytest.raises(IndexError):
        sp.take(a, sp.arange(41), axis=1).to_numpy()


def test_take_along_axis():
    x = np.random.default_rng(8).integers(0, 99, (4, 5, 6))
    a = sp.asarray(x)
    for axis in (-3, -1, 0, 1):
        order = np.argsort(x, axis=axis)
        same(sp.take_along_axis(a, sp.asarray(order), axis=axis), np.take_along_axis(x, order, axis))
        same(sp.take_along_axis(a, sp.argsort(a, axis=axis), axis=axis), np.sort(x, axis=axis))
    i = np.array([[[-1, 2, -6, 0]]])
    same(sp.take_along_axis(a, sp.asarray(i)), np.take_along_axis(x, i, -1))
    for bad in (6, -7):
        with pytest.raises(IndexError):
            sp.take_along_axis(a, sp.full((4, 5, 1), bad)).to_numpy()
    with pytest.raises(ValueError):
        sp.take_along_axis(a, sp.zeros((2, 2), dtype=sp.int64))
