# SPDX-License-Identifier: BSD-3-Clause
"""Pickles: how arrays are computed and from which files, not what comes of it; in other processes too."""

import os
import pickle
import subprocess
import sys

import h5py
import numpy as np
import pytest

import sharr as sp


def through(x):
    return pickle.loads(pickle.dumps(x))


def same(x):
    y = through(x)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert y.to_numpy().tobytes() == x.to_numpy().tobytes()


def made(path):
    """Every kind of node."""
    t = sp.open(path)["t2m"]
    n = sp.open(path)["g/n"]
    k = sp.asarray(np.arange(30.0, dtype="float32"))
    v = t[::2, ::-1] * k
    v[3:5, :, 1] = 7.0
    return [
        t, n, t + 1, sp.mean(t, axis=(0, 2), keepdims=True), sp.std(t, correction=1), sp.argmax(t, axis=1), v,
        sp.reshape(t * 2, (-1,))[5:77], sp.concat([t, t[::-1] - 1, k + sp.zeros((1, 40, 30), dtype=k.dtype)]),
        sp.roll(n, 2, axis=1), sp.where(t > 280, t, sp.asarray(float("nan"), dtype="float32")), sp.astype(n, "complex128") * 1j,
        sp.arange(10) + sp.eye(10, k=1), sp.asarray(3), sp.zeros((0, 4)), n << 1, sp.broadcast_to(n[:, :1], (5, 3, 4)),
        sp.sum(n == n[0], axis=0, dtype="int8"), sp.squeeze(n[:1] ** 2, 0),
    ]


def test_everything_comes_back(path):
    for x in made(path):
        same(x)


def test_many_nodes_stay_many_nodes():
    x = y = sp.asarray(np.arange(3.0))
    for _ in range(2000):
        x = x + y
    assert len(pickle.dumps(x)) < 1 << 20
    same(x)


def test_nothing_is_evaluated(tmp_path):
    name = tmp_path / "big.h5"
    with h5py.File(name, "w") as f:
        f.create_dataset("x", shape=(1 << 30, 1 << 10), dtype="float32", chunks=(1 << 10, 1 << 8))
    x = sp.sum(sp.sin(sp.open(name)["x"]), axis=0)
    text = pickle.dumps(x)
    assert len(text) < 10000
    assert pickle.loads(text).shape == (1 << 10,)


def test_in_another_process(path, tmp_path):
    x = sp.mean(sp.open(path)["t2m"], axis=0) + sp.asarray(np.arange(30.0))
    (tmp_path / "x.pickle").write_bytes(pickle.dumps(x))
    code = "import pickle, sys; x = pickle.load(open(sys.argv[1], 'rb')); open(sys.argv[2], 'wb').write(x.to_numpy().tobytes())"
    out = tmp_path / "values"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "x.pickle"), str(out)], check=True, timeout=60, cwd="/")
    assert out.read_bytes() == x.to_numpy().tobytes()


def test_the_path_is_absolute(path, monkeypatch):
    monkeypatch.chdir(os.path.dirname(path))
    text = pickle.dumps(sp.open("in.h5")["g/n"] + 1)
    monkeypatch.chdir("/")
    assert int(pickle.loads(text)[0, 0]) == 1


def test_a_file_that_has_changed_or_gone(tmp_path):
    name = tmp_path / "in.h5"
    with h5py.File(name, "w") as f:
        f["x"] = np.arange(10)
    text = pickle.dumps(sp.open(name)["x"] * 2)
    os.utime(name, ns=(1, 1))
    with pytest.raises(sp.DataError, match="changed"):
        pickle.loads(text)
    name.unlink()
    with pytest.raises(FileNotFoundError):
        pickle.loads(text)


def test_damaged_bytes_are_an_error(path):
    rebuild, (graph, leaves) = (sp.open(path)["t2m"] + sp.asarray(np.ones(30))).__reduce__()
    assert rebuild(graph, leaves).shape == (60, 40, 30)
    for bad in (b"", graph[:-1], graph[:20], graph + b"\0", b"x" + graph[1:], graph.replace(b"add", b"sum")):
        with pytest.raises(sp.DataError):
            rebuild(bad, leaves)
    for k in range(8, len(graph), 8):           # any number may be another: an array or an exception
        for number in (-1, 0, 3, 64, 1 << 40, (1 << 63) - 1):
            try:
                rebuild(graph[:k] + number.to_bytes(8, "little", signed=True) + graph[k + 8:], leaves)
            except (OSError, ValueError, RuntimeError, MemoryError):
                pass
    for other in (leaves[:1], leaves[::-1], leaves + leaves):
        with pytest.raises(sp.DataError):
            rebuild(graph, other)


def test_what_is_too_large_for_a_pickle(x):
    with sp.config(max_array=10), pytest.raises(MemoryError, match="max_array"):
        pickle.dumps(x + 1)


def test_procedures_are_pickled_and_damage_is_an_error():
    x = np.random.default_rng(2).integers(-9, 9, (6, 50))
    a = sp.asarray(x)
    many = (sp.sort(a, axis=0, descending=True), sp.argsort(a), sp.cumulative_sum(a, axis=1, include_initial=True),
            sp.searchsorted(sp.sort(a[0]), a, side="right"), sp.take(a, sp.asarray([1, -1]), axis=1),
            sp._array.apply("compress", a, a[0] > 0, int((x[0] > 0).sum()), axis=1))
    for y in many:
        assert np.array_equal(pickle.loads(pickle.dumps(y)).to_numpy(), y.to_numpy())
        rebuild, (graph, leaves) = y.__reduce__()
        for k in range(8, len(graph), 8):
            for other in (b"\xff" * 8, b"\x01" + bytes(7), b"\x07" + bytes(7), bytes(8)):
                try:
                    z = rebuild(graph[:k] + other + graph[k + 8:], leaves)
                    if z.size < 1000:
                        z.to_numpy()                    # what is let through can be computed
                except (OSError, ValueError, RuntimeError, MemoryError, IndexError):
                    pass


def test_files(path):
    with sp.open(path) as f:
        g = pickle.loads(pickle.dumps(f))
        assert list(g) == list(f) and sp.asarray(g["t2m"]).shape == f["t2m"].shape and g.path == os.path.abspath(path)
        data = pickle.dumps(f)
    with pytest.raises(ValueError, match="closed"):
        pickle.dumps(f)
    os.utime(path, (1, 1))
    with pytest.raises(sp.DataError, match="has changed"):
        pickle.loads(data)
