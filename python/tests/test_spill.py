# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that are held: in memory, or in scratch files without names."""

import gc
import os
import pickle

import numpy as np
import pytest

import sharr as sp


@pytest.fixture
def scratch(tmp_path):
    """An empty directory for scratch files."""
    where = tmp_path / "scratch"
    where.mkdir()
    with sp.config(tmpdir=str(where)):
        yield where


def open_files(where):
    """Descriptors of files in a directory, named or not."""
    found = 0
    for fd in os.listdir("/proc/self/fd"):
        try:
            found += os.readlink(f"/proc/self/fd/{fd}").startswith(str(where))
        except OSError:                 # the one of the list itself
            pass
    return found


VALUES = [np.arange(12.0).reshape(3, 4), np.array([True, False, True]), np.array([[1 + 2j, -3j]], dtype="complex64"),
          np.arange(5, dtype="uint8"), np.zeros((0, 3), dtype="float32"), np.array(7)]


def test_always(scratch):
    with sp.config(spill="always"):
        arrays = [sp.asarray(v) for v in VALUES] + [sp.persist(sp.asarray(v) + sp.asarray(v)) for v in VALUES[:1]]
    assert open_files(scratch) > 0 and not os.listdir(scratch)
    for x, v in zip(arrays, VALUES):
        assert x.dtype == v.dtype and np.array_equal(x.to_numpy(), v)
    assert np.array_equal(arrays[-1].to_numpy(), 2 * VALUES[0])
    assert "scratch" in repr(arrays[0]) and "scratch" in arrays[0]._repr_html_()
    again = pickle.loads(pickle.dumps(arrays[0] + 1))
    assert np.array_equal(again.to_numpy(), VALUES[0] + 1)
    del arrays, x
    gc.collect()
    assert open_files(scratch) == 0


def test_what_does_not_fit(scratch):
    with sp.config(memory="8MiB"):
        one = sp.persist(sp.arange(1 << 18) * 1.5)          # 2 MiB: in memory
        assert open_files(scratch) == 0
        two = sp.persist(sp.arange(1 << 18) * 2.5)
        assert "memory" in repr(one)
        more = sp.persist(sp.arange(1 << 18) * 3.5)         # more than half of it
        assert open_files(scratch) > 0 and "scratch" in repr(more)
        given = sp.asarray(np.arange(1 << 20))              # too much at once
        assert "scratch" in repr(given)
        assert float(sp.sum(one + two + more)) == 7.5 * (1 << 18) * ((1 << 18) - 1) / 2
        assert np.array_equal(given.to_numpy(), np.arange(1 << 20))
        del one, two, more, given
        gc.collect()
        assert open_files(scratch) == 0
        assert "memory" in repr(sp.persist(sp.arange(1 << 18)))


def test_larger_than_memory(scratch):
    """Rows, columns and pieces of what is four times memory."""
    a = np.random.default_rng(3).random((4096, 1024), dtype="float32")
    with sp.config(memory="4MiB"):
        x = sp.persist(sp.asarray(a) * 2)
        assert "scratch" in repr(x) and sp.persist(x).explain() == x.explain()
        assert np.array_equal(sp.max(x, axis=0).to_numpy(), 2 * a.max(0))
        assert np.array_equal(x[::7, 5].to_numpy(), 2 * a[::7, 5])
        across = sp.persist(x.T)
        assert np.array_equal(across[100:103].to_numpy(), 2 * a.T[100:103])
        assert np.array_equal(sp.sort(across, axis=1)[:, :2].to_numpy(), 2 * np.sort(a.T, axis=1)[:, :2])
        assert np.array_equal(sp.take(x, sp.asarray([9, 0, 7]), axis=0).to_numpy(), 2 * a[[9, 0, 7]])
        assert open_files(scratch) == 2 and not os.listdir(scratch)


def test_no_room(tmp_path):
    with sp.config(spill="always", tmpdir=str(tmp_path / "nowhere")), pytest.raises(OSError):
        sp.persist(sp.arange(5))
    with pytest.raises(ValueError, match="always"):
        sp.config(spill="never")


def test_persist_computes_once():
    x = sp.asarray(np.arange(5.0))
    y = sp.persist(x * 2)
    x[0] = 9.0
    assert np.array_equal(y.to_numpy(), np.arange(5.0) * 2)
    assert float(sp.persist(sp.asarray(3.5))) == 3.5
