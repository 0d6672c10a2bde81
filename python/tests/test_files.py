# SPDX-License-Identifier: BSD-3-Clause
"""Files: open, save, pickles, texts, settings; every kind of failure has its exception."""

import os
import pickle
import time

import h5py
import numpy as np
import pytest

import sharr as sp


def test_open_is_a_mapping(path, values):
    with sp.open(path) as f:
        assert sorted(f) == ["g/n", "g/text", "t2m"] and "t2m" in f and "/g/n" in f and "nothing" not in f
        t = f["t2m"]
        assert (t.shape, t.dtype) == (values.shape, values.dtype)
        assert f["/g/n"].dtype == np.int16
        assert "chunks=(16, 16, 16)" in repr(t) and path in repr(t)
        with pytest.raises(KeyError, match="did you mean"):
            f["t2n"]
        with pytest.raises(OSError):
            f["g/text"]
        with pytest.raises(TypeError):
            f[3]
    assert np.array_equal(t.to_numpy(), values)         # it keeps the file open
    with pytest.raises(ValueError, match="closed"):
        f["t2m"]
    assert "closed" in repr(f)


def test_the_example_of_the_issue(path, values, tmp_path):
    with sp.open(path) as f:
        t = f["t2m"]
        anom = t - sp.mean(t, axis=0)
        out = str(tmp_path / "anomaly.h5")
        sp.save(out, {"anom": anom, "sd": sp.std(t, axis=0), "g/raw": values}, compress="deflate:1")
        most = float(sp.max(sp.abs(anom)))
    want = values - values.mean(axis=0, dtype="float64").astype("float32")
    with h5py.File(out) as f:
        assert sorted(f) == ["anom", "g", "sd"]
        assert np.array_equal(f["anom"][...], want)
        assert np.allclose(f["sd"][...], values.std(axis=0, dtype="float64"), rtol=1e-6)
        assert np.array_equal(f["g/raw"][...], values)
        assert "history" in f.attrs
    assert most == np.abs(want).max()


def test_save_never_overwrites_by_itself(x, tmp_path):
    out = str(tmp_path / "out.h5")
    sp.save(out, {"x": x}, compress="none")
    with pytest.raises(FileExistsError):
        sp.save(out, {"y": x})
    sp.save(out, {"y": x + 1}, append=True, chunks=(1, 2))
    with h5py.File(out) as f:
        assert sorted(f) == ["x", "y"] and f["y"].chunks == (1, 2)
    sp.save(out, {"_z": x}, overwrite=True)
    with h5py.File(out) as f:
        assert sorted(f) == ["_z"]
    with sp.open(out) as f, pytest.raises(ValueError, match="input"):
        sp.save(out, {"z": f["_z"]}, overwrite=True)
    with pytest.raises(ValueError):
        sp.save(out, {}, overwrite=True)
    with pytest.raises(ValueError):
        sp.save(out, {"": x}, overwrite=True)
    with pytest.raises(TypeError):
        sp.save(out, {"x": "text"}, overwrite=True)
    assert sorted(os.listdir(tmp_path)) == ["out.h5"]


def test_failures_have_their_exceptions(tmp_path, x):
    with pytest.raises(FileNotFoundError):
        sp.open(tmp_path / "nowhere.h5")
    bad = tmp_path / "bad.h5"
    bad.write_bytes(b"no HDF5")
    with pytest.raises(sp.DataError):
        sp.open(bad)
    assert issubclass(sp.DataError, OSError)
    with pytest.raises(OSError, match="No such file"):
        sp.save(tmp_path / "no" / "dir.h5", {"x": x})
    with sp.config(memory="16KiB"), pytest.raises(MemoryError):
        sp.sum(sp.zeros((1 << 20, 64)) + 1, axis=1).to_numpy()
    if os.getuid():
        bad.chmod(0)
        with pytest.raises(PermissionError):
            sp.open(bad)


def test_a_result_may_be_larger_than_memory():
    with sp.config(memory="4MiB"):
        assert np.array_equal(sp.sum(sp.ones((1 << 20, 64)), axis=1).to_numpy(), np.full(1 << 20, 64.0))
        assert np.array_equal((sp.arange(1 << 20) * 2).to_numpy(), np.arange(1 << 20) * 2)
        a, b = sp.evaluate([sp.arange(1 << 20), sp.arange(1 << 20)])
        assert np.array_equal(a, b) and not np.shares_memory(a, b)


def test_a_changed_file_is_an_error(tmp_path):
    name = tmp_path / "in.h5"
    with h5py.File(name, "w") as f:
        f["x"] = np.arange(10)
    t = sp.open(name)["x"]
    assert int(sp.sum(t)) == 45
    kept = pickle.dumps(t)
    assert np.array_equal(pickle.loads(kept).to_numpy(), np.arange(10))
    with h5py.File(tmp_path / "new.h5", "w") as f:
        f["x"] = np.arange(1000)
    os.replace(tmp_path / "new.h5", name)
    with pytest.raises(OSError, match="chang"):
        t.to_numpy()
    with pytest.raises(OSError, match="changed"):
        pickle.loads(kept)
    assert int(sp.sum(sp.arange(5))) == 10              # others go on


def test_datasets_of_h5py(path, values):
    with h5py.File(path) as f:
        t = sp.asarray(f["t2m"])
    assert np.array_equal(t.to_numpy(), values)
    netCDF4 = pytest.importorskip("netCDF4")
    with netCDF4.Dataset(path) as f:
        t = sp.asarray(f["t2m"])
    assert np.array_equal(t.to_numpy(), values)


def test_texts(x, small):
    assert np.array_equal(sp.eval("t - mean(t)", {"t": x}).to_numpy(), small - small.mean())
    got = sp.eval("_m = mean(t); d = t - _m; s = sum(t)", t=small)
    assert sorted(got) == ["d", "s"] and float(got["s"]) == small.sum()
    with pytest.raises(ValueError, match=r"(?s)\^"):
        sp.eval("t + u", {"t": x})
    with pytest.raises(IndexError):
        sp.eval("t[7]", {"t": x})


def test_config():
    assert {"memory", "threads", "jit", "tmpdir", "progress", "max_array"} <= set(dir(sp.config))
    before = sp.config.threads
    with sp.config(threads=1, jit="vm"):
        assert sp.config.threads == "1" and sp.config.jit == "vm"
    assert sp.config.threads == before
    for name, value in (("threads", "many"), ("jit", "gpu"), ("memory", "-1"), ("progress", "no"), ("max_array", "x"),
                        ("max_array", True)):
        with pytest.raises(ValueError):
            setattr(sp.config, name, value)
    for bad in ("tempdir", "x"):
        with pytest.raises(AttributeError):
            setattr(sp.config, bad, 1)
        with pytest.raises(AttributeError):
            getattr(sp.config, bad)
    with pytest.raises(ValueError), sp.config(threads=1, jit="gpu"):
        pass
    assert sp.config.threads == before and "memory" in repr(sp.config)


@pytest.mark.parametrize("settings", [{"threads": 1}, {"threads": 3}, {"memory": "16MiB"}, {"jit": "vm"}], ids=str)
def test_the_same_bits_however_it_runs(settings, path):
    t = sp.open(path)["t2m"]
    results = [sp.mean(t), sp.std(t, axis=(0, 2)), sp.sum(t * t, axis=1), t[::-2, 3:, ::-1] / 3]
    want = [r.to_numpy() for r in results]
    with sp.config(**settings):
        for r, w in zip(results, want):
            assert r.to_numpy().tobytes() == w.tobytes()
    for got, w in zip(sp.evaluate(results), want):
        assert got.tobytes() == w.tobytes()


def test_zero_bytes_end_no_name(path, x, tmp_path):
    for bad in (lambda: sp.open(path + "\0junk"), lambda: sp.save(tmp_path / "a\0b", {"x": x}),
                lambda: sp.save(tmp_path / "a", {"x\0y": x}), lambda: setattr(sp.config, "tmpdir", "\0/tmp")):
        with pytest.raises(ValueError, match="zero byte"):
            bad()
    with pytest.raises(KeyError):
        sp.open(path)["t2m\0"]
    assert os.listdir(tmp_path) == ["in.h5"]


def test_names_that_are_no_utf8(tmp_path):
    path = str(tmp_path / "a.h5")
    with h5py.File(path, "w") as f:
        f[b"caf\xe9"] = [1, 2, 3]
    f = sp.open(path)
    assert [f[name].to_numpy().tolist() for name in f] == [[1, 2, 3]]
    with pytest.raises(KeyError):
        f["\ud800"]


def test_datasets_of_files_that_have_lost_their_name(tmp_path, monkeypatch):
    """What h5py has open counts, not what lies under its name now."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name, first in (("c.h5", 0.0), ("sub/c.h5", 50.0), ("new.h5", 70.0)):
        with h5py.File(name, "w") as f:
            f["x"] = np.arange(5.0) + first
    with h5py.File("c.h5", "w", driver="core", backing_store=False) as f:
        f["x"] = np.arange(5.0) + 100
        assert np.array_equal(sp.asarray(f["x"]).to_numpy(), np.arange(5.0) + 100)
    with h5py.File("c.h5") as f:
        monkeypatch.chdir("sub")
        assert np.array_equal(sp.asarray(f["x"]).to_numpy(), np.arange(5.0))
        monkeypatch.chdir("..")
        os.replace("new.h5", "c.h5")
        assert np.array_equal(sp.asarray(f["x"]).to_numpy(), np.arange(5.0))


def test_headers_with_other_data_than_the_shape_needs(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as f:
        dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        dcpl.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((6, 10))
        d = h5py.h5d.create(f.id, b"x", h5py.h5t.NATIVE_FLOAT, space, dcpl)
        d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(60, dtype=np.float32))
    good = path.read_bytes()
    assert good.count(b"\x03\x00\xf0\x00") == 1         # layout, version 3, compact, 240 bytes
    assert np.array_equal(sp.open(path)["x"].to_numpy(), np.arange(60).reshape(6, 10))
    for size in (0, 8, 100):
        path.write_bytes(good.replace(b"\x03\x00\xf0\x00", b"\x03\x00" + size.to_bytes(2, "little")))
        with pytest.raises(sp.DataError):
            sp.open(path)["x"]


@pytest.mark.parametrize("name", ["a.h5", "a.nc"])
def test_the_same_job_writes_the_same_bytes(name, x, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000")
    written = []
    for pause in (0, 1.1):                                  # times in HDF5 have seconds
        time.sleep(pause)
        sp.save(tmp_path / name, {"a": x, "g/h/b": x + 1}, overwrite=True)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_sizes_of_max_array():
    for given, bytes_ in (("1GiB", 1 << 30), ("2kB", 2000), (5, 5), ("1025", 1025)):
        with sp.config(max_array=given):
            assert sp.config.max_array == bytes_
    with sp.config(memory="64MiB", max_array="64MiB"):
        assert sp.config.memory == "64MiB" and sp.config.max_array == 64 << 20


@pytest.mark.parametrize("number", [True, 3, -1.5, 2 - 0.5j, 2**63])
@pytest.mark.parametrize("dtype", ["float32", "int8", "uint64", "complex64"])
def test_numbers_are_weak_in_texts(number, dtype):
    x = sp.asarray(np.arange(3).astype(dtype))
    try:
        want = x + number
    except (OverflowError, TypeError, ValueError) as e:
        with pytest.raises(type(e)):
            sp.eval("x + y", {"x": x, "y": number})
        return
    got = sp.eval("x + y", {"x": x, "y": number})
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got.to_numpy(), want.to_numpy())
    assert sp.eval("x + y", x=x, y=np.float64(2)).dtype == (x + np.float64(2)).dtype


def test_numbers_in_texts():
    x = sp.asarray(np.ones((2, 3), "float32"))
    assert sp.eval("sum(x, axis=a)", x=x, a=1).shape == (2,) and int(sp.eval("n + 1", n=2)) == 3
    assert sp.eval("n = n + 1\nx * n", x=x, n=2).dtype == "float32" and float(sp.eval("x[0, i]", x=x, i=2)) == 1
    assert list(sp.eval("m = x * n", x=x, n=2)) == ["m"]
    for bad, error in (({"e": 1}, ValueError), ({"y": 1 << 64}, OverflowError), ({1: x}, TypeError), ({"y": "x"}, TypeError)):
        with pytest.raises(error):
            sp.eval("x + e + y", {"x": x, **bad})


def test_names_of_what_is_saved(tmp_path):
    for bad in ({1: sp.ones(3)}, [sp.ones(3)], sp.ones(3)):
        with pytest.raises(TypeError, match="names are texts"):
            sp.save(tmp_path / "x.h5", bad)
