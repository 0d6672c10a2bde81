# SPDX-License-Identifier: BSD-3-Clause
"""Random numbers: the published vectors of Philox, the formulas in NumPy, windows, moments, distributions.

Seeds are fixed: what holds once holds always."""

import numpy as np
import pytest

import sharr as sp

N = 200_000


def philox(counter, stream, key):
    """The first two words of each block (Salmon et al., 2011), in NumPy."""
    mask = np.uint64(0xFFFFFFFF)
    c = [counter & mask, counter >> np.uint64(32), np.full_like(counter, stream), np.zeros_like(counter)]
    k = [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [b >> np.uint64(32) ^ c[1] ^ np.uint64(k[0]), b & mask, a >> np.uint64(32) ^ c[3] ^ np.uint64(k[1]), a & mask]
        c = [x & mask for x in c]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c[0] | c[1] << np.uint64(32)


def bits(n, stream, key):
    return philox(np.arange(n, dtype="uint64"), stream, key)


@pytest.mark.parametrize("counter, stream, key, want", [
    (0, 0, 0, 0xE169C58D6627E8D5),
    (2**64 - 1, 2**64 - 1, 2**64 - 1, 0x41C83B0E408F276D),
    (0x85A308D3243F6A88, 0x0370734413198A2E, 0x299F31D0A4093822, 0x94FDCCEBD16CFE09)])
def test_published_vectors(counter, stream, key, want):
    """Of Random123's kat_vectors, the first half of each block."""
    c, s, k = (sp.asarray(np.full(5, v, dtype="uint64")) for v in (counter, stream, key))
    got = sp.eval("philox(c, s, k)", {"c": c, "s": s, "k": k})
    assert got.dtype == sp.uint64 and got.to_numpy().tolist() == [want] * 5


@pytest.mark.parametrize("seed", [0, 7, 2**64 - 1])
def test_formulas(seed):
    n = 1000
    a, b = bits(n, 0, seed), bits(n, 1, seed)
    u = (a >> np.uint64(11)).astype(float) * 2.0**-53
    assert np.array_equal(sp.random.random(n, seed=seed).to_numpy(), u)
    assert np.array_equal(sp.random.random((10, 4, 25), seed=seed).to_numpy(), u.reshape(10, 4, 25))
    f = (a >> np.uint64(40)).astype("float32") * np.float32(2.0**-24)
    assert np.array_equal(sp.random.random(n, seed=seed, dtype=sp.float32).to_numpy(), f)
    assert np.array_equal(sp.random.uniform(-3, 5, n, seed=seed).to_numpy(), u * 8.0 - 3)
    v = (b >> np.uint64(11)).astype(float) * 2.0**-53
    z = np.sqrt(-2 * np.log(u + 2.0**-53)) * np.cos(2 * np.pi * v)
    np.testing.assert_allclose(sp.random.normal(2, 3, n, seed=seed).to_numpy(), z * 3 + 2, rtol=1e-13, atol=1e-13)
    for low, high, dtype in ((0, 10, "int64"), (-2**63, 2**63, "int64"), (-128, 128, "int8"), (0, 2**64 - 1, "uint64"), (5, 6, "uint8")):
        want = [low + ((int(x) << 64 | int(y)) * (high - low) >> 128) for x, y in zip(a, b)]
        got = sp.random.integers(low, high, n, seed=seed, dtype=dtype)
        assert got.dtype == dtype and got.to_numpy().tolist() == want


def test_windows_and_views():
    """A part is what it is in the whole; memory, threads and back end do not matter."""
    x = sp.random.normal(shape=(300, 700), seed=3)
    whole = x.to_numpy()
    assert np.array_equal(x[100:200:3, ::-1].to_numpy(), whole[100:200:3, ::-1])
    assert np.array_equal(sp.permute_dims(x, (1, 0))[5].to_numpy(), whole[:, 5])
    assert np.array_equal(x[123, 456].to_numpy(), whole[123, 456])
    for settings in ({"threads": 1}, {"jit": "vm", "threads": 2}):
        with sp.config(**settings):
            assert np.array_equal(sp.random.normal(shape=(300, 700), seed=3).to_numpy(), whole)
    assert float(sp.sum(x)) == float(sp.sum(sp.random.normal(shape=(300, 700), seed=3)))


def test_moments():
    u, z = sp.random.random(N, seed=1).to_numpy(), sp.random.normal(shape=N, seed=1).to_numpy()
    assert 0 <= u.min() and u.max() < 1
    assert abs(u.mean() - 0.5) < 4 / np.sqrt(12 * N) and abs(u.var() - 1 / 12) < 4 * np.sqrt(1 / 180 / N)
    assert abs(z.mean()) < 4 / np.sqrt(N) and abs(z.var() - 1) < 4 * np.sqrt(2 / N)
    assert abs((z**3).mean()) < 4 * np.sqrt(15 / N) and abs((z**4).mean() - 3) < 4 * np.sqrt(96 / N)
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 4 / np.sqrt(N)
    other = sp.random.random(N, seed=2).to_numpy()
    assert abs(np.corrcoef(u, other)[0, 1]) < 4 / np.sqrt(N)
    counts = np.bincount(sp.random.integers(6, shape=N, seed=1).to_numpy(), minlength=6)
    assert ((counts - N / 6) ** 2 / (N / 6)).sum() < 20.5         # chi^2 of 5 degrees: one seed in a thousand


def test_distributions():
    stats = pytest.importorskip("scipy.stats")
    assert stats.kstest(sp.random.random(N, seed=5).to_numpy(), "uniform").pvalue > 1e-3
    assert stats.kstest(sp.random.normal(shape=N, seed=5).to_numpy(), "norm").pvalue > 1e-3


def test_without_a_seed():
    a, b = sp.random.random(8), sp.random.random(8)
    assert not np.array_equal(a.to_numpy(), b.to_numpy())
    assert np.array_equal(a.to_numpy(), a.to_numpy())
    assert sp.random.random().shape == () and sp.random.random((0, 3)).shape == (0, 3)


def test_errors():
    for bad, kind in (("random(3, seed=-1)", ValueError), ("random(3, seed=2**64)", ValueError), ("random(3, seed='x')", TypeError),
                      ("random(3, dtype='int32')", TypeError), ("integers(5, 5, 3)", ValueError), ("integers(0.5, 3, 3)", TypeError),
                      ("integers(0, 300, 3, dtype='int8')", ValueError), ("integers(0, 3, 3, dtype='float32')", TypeError),
                      ("normal(0, 1, (-1,))", ValueError)):
        with pytest.raises(kind):
            eval("sp.random." + bad)


def test_text():
    x = sp.eval("normal(0, 1, (4, 5), seed=9) + random((4, 5), 9)", {})
    assert np.array_equal(x.to_numpy(), (sp.random.normal(shape=(4, 5), seed=9) + sp.random.random((4, 5), seed=9)).to_numpy())
