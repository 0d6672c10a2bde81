# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the package share: a file that h5py has written, and the mark of tests that compile."""

import functools

import h5py
import numpy
import pytest

import sharr as sp


@functools.lru_cache(maxsize=None)
def has_compiler():
    try:
        with sp.config(jit="llvm"):
            return float(sp.sum(sp.ones(1 << 18))) > 0
    except ValueError as e:
        assert "there is no kernel compiler" in str(e)
        return False


def pytest_configure(config):
    config.addinivalue_line("markers", "compiler: the library was built with LLVM")


def pytest_runtest_setup(item):
    if item.get_closest_marker("compiler") and not has_compiler():
        pytest.skip("built without LLVM")


@pytest.fixture
def values():
    return numpy.random.default_rng(4).normal(280, 15, (60, 40, 30)).astype("float32")


@pytest.fixture
def path(tmp_path, values):
    name = str(tmp_path / "in.h5")
    with h5py.File(name, "w") as f:
        f.create_dataset("t2m", data=values, chunks=(16, 16, 16), compression="gzip", shuffle=True)
        f["g/n"] = numpy.arange(12, dtype="int16").reshape(3, 4)
        f["g/text"] = "words"
    return name


@pytest.fixture
def small():
    return numpy.array([[1.5, -2.0, 3.0], [0.0, 5.25, -6.5]])


@pytest.fixture
def x(small):
    return sp.asarray(small)
