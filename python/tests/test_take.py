# SPDX-License-Identifier: BSD-3-Clause
"""Elements at positions, of datasets and of what is in memory or computed, against NumPy."""

import pickle

import numpy as np
import pytest

import sharr as sp
from test_functions import same
from test_show import counter


def test_what_positions_take_of_a_dataset(path, values):
    """From the chunks that they lie in, each decoded once, as often as the plan says."""
    rng = np.random.default_rng(9)
    t = sp.open(path)["t2m"]                    # (60, 40, 30) in chunks of 16
    for axis, n in enumerate(t.shape):
        beside = np.prod([-(-m // 16) for d, m in enumerate(t.shape) if d != axis])
        for i in (rng.integers(-n, n, 500), rng.permutation(n)[:30], np.sort(rng.integers(16, n, 300))):
            y, before = sp.take(t, i, axis=axis), counter("chunks_decoded")
            same(y, np.take(values, i, axis=axis))
            wanted = len(np.unique(i % n // 16)) * beside
            assert counter("chunks_decoded") - before == wanted
            assert f"decodes {wanted} chunks" in y.explain()
            same(y * 2 + 1, np.take(values, i, axis=axis) * np.float32(2) + np.float32(1))
        for kept in ("auto", "always"):
            with sp.config(memory="8MiB", spill=kept):
                i = rng.integers(0, n, 3000)
                same(sp.persist(sp.take(t, i, axis=axis)), np.take(values, i, axis=axis))
        with pytest.raises(IndexError):
            sp.take(t, np.append(rng.integers(0, n, 99), n), axis=axis).to_numpy()


@pytest.mark.parametrize("n", [5, 3000, 100_000])
def test_runs_of_positions(n):
    """Slices, many of them, or one after the other: always NumPy's elements."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=n)
    a, b = sp.asarray(x), sp.asarray(x) + 0     # b is computed
    steps = np.concatenate([np.arange(k % 7, n, k % 5 + 1) for k in range(12)])
    for i in (np.arange(n), np.arange(n)[::-1], np.zeros(9, "int64"), steps, np.repeat(steps, 2), rng.integers(-n, n, n),
              np.array([3, 2, 4]), np.arange(0)):
        same(a[i], x[i])
        same(sp.take(b, i), x[i])
    same(b[b > 0], x[x > 0])


def test_unsigned_positions_that_are_too_large(x, small):
    """None of them wraps round."""
    v = sp.asarray(np.arange(10.0))
    for most in (10, 2**63, 2**64 - 1):
        at = np.array([most, 0], "uint64")
        many = sp.asarray(np.full(3 << 20, most, "uint64"))
        for take in (lambda: v[at], lambda: sp.take(v, sp.asarray(at)), lambda: sp.take(v, many).to_numpy(), lambda: v[sp.asarray(at)],
                     lambda: x[:, at], lambda: x[at, at], lambda: sp.eval("take(v, i)", {"v": v, "i": sp.asarray(at)}).to_numpy()):
            with pytest.raises(IndexError):
                take()
    same(sp.take(v, sp.asarray(np.array([9, 0], "uint64"))), np.array([9.0, 0]))


@pytest.mark.parametrize("shape", [(-1,), (17, -1), (2, 4, -1)])
def test_nonzero_of_many(shape, tmp_path):
    """More than are evaluated at once: positions are written down, not computed and looked up."""
    m = (np.random.default_rng(3).random(17 << 16) > 0.7).reshape(shape)
    sp.save(tmp_path / "m.h5", {"m": sp.asarray(m)}, chunks=tuple(n // 7 + 1 for n in m.shape))
    with sp.open(tmp_path / "m.h5") as f:
        for x in sp.asarray(m), f["m"], sp.asarray(m * 1.5) > 1:
            for setting in {"memory": "8MiB"}, {"spill": "always"}, {}:
                with sp.config(**setting):
                    for got, want in zip(sp.nonzero(x), np.nonzero(m), strict=True):
                        same(got, want)
    n = int(m.sum())
    y = sp.eval(f"compress(arange(x), m, {n})".replace("x", str(m.size)), {"m": sp.persist(sp.asarray(m.reshape(-1)))})
    assert f"arange({m.size})" in repr(y) and "sweep" not in y.explain()
    same(pickle.loads(pickle.dumps(y)), np.flatnonzero(m))
