# SPDX-License-Identifier: BSD-3-Clause
"""Long calls of NumPy's in a process of their own: the same values, its errors, its end."""

import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
import threadpoolctl

import sharr as sp
from sharr import _apart

N = 700                         # a matrix whose factorisation is long enough


@pytest.fixture(autouse=True)
def fresh():
    _apart._process = None if _apart._process is False else _apart._process
    _apart.end()
    yield
    _apart._process = None if _apart._process is False else _apart._process
    _apart.end()


def matrix(n=N, t="float64"):
    a = np.random.default_rng(1).normal(size=(n, n))
    return (a + a.T).astype(t)


def calls_apart():
    return bool(_apart._process)


@pytest.mark.parametrize("t", ["float32", "complex128"])
def test_same_bits(t):
    a = matrix(t=t)
    with threadpoolctl.threadpool_limits(1):
        w, v = np.linalg.eigh(a)
        b = a[:, :-20]
        u, s, vh = np.linalg.svd(b, full_matrices=False)
        only = np.linalg.svd(b, compute_uv=False)
    got = sp.linalg.eigh(sp.asarray(a))
    assert not calls_apart()                # only the evaluation calls
    np.testing.assert_array_equal(got.eigenvectors.to_numpy(), v)
    assert calls_apart()
    np.testing.assert_array_equal(got.eigenvalues.to_numpy(), w)
    for x, want in zip(sp.linalg.svd(sp.asarray(b), full_matrices=False), (u, s, vh)):
        np.testing.assert_array_equal(x.to_numpy(), want)
    np.testing.assert_array_equal(sp.linalg.svdvals(sp.asarray(b)).to_numpy(), only)


def test_long_line():
    x = np.random.default_rng(2).normal(size=1 << 21)
    np.testing.assert_array_equal(sp.fft.rfft(sp.asarray(x)).to_numpy(), np.fft.rfft(x))
    assert calls_apart()


def test_one_process_for_all_and_none_for_small():
    sp.linalg.eigvalsh(sp.asarray(matrix(40))).to_numpy()
    assert not calls_apart()
    seen = set()
    for _ in range(3):
        sp.linalg.eigvalsh(sp.asarray(matrix())).to_numpy()
        seen.add(_apart._process.p.pid)
    assert len(seen) == 1
    assert os.fstat(_apart._process.memory).st_size == 0        # nothing stays in memory


def test_errors_come_over():
    a = matrix()
    a[3, 4] = np.nan
    with pytest.raises(np.linalg.LinAlgError, match="svd"):
        sp.linalg.svdvals(sp.asarray(a)).to_numpy()
    assert calls_apart()
    np.testing.assert_array_equal(sp.linalg.eigvalsh(sp.asarray(np.eye(N))).to_numpy(), np.ones(N))


def interrupt_when_called(what):
    """Do something to the process once it works."""
    def wait():
        while not (_apart._process and os.fstat(_apart._process.memory).st_size):
            time.sleep(0.01)
        what()
    threading.Thread(target=wait, daemon=True).start()


def test_killed():
    interrupt_when_called(lambda: os.kill(_apart._process.p.pid, signal.SIGKILL))
    with pytest.raises(MemoryError, match="eig.*too little memory"):
        sp.persist(sp.linalg.eig(sp.asarray(matrix(1500)))[0])
    np.testing.assert_array_equal(sp.linalg.eigvalsh(sp.asarray(np.eye(N))).to_numpy(), np.ones(N))


def test_interrupt_ends_it():
    pids = []

    def stop():
        pids.append(_apart._process.p.pid)
        os.kill(os.getpid(), signal.SIGINT)
    interrupt_when_called(stop)
    with pytest.raises(KeyboardInterrupt):
        sp.persist(sp.linalg.eig(sp.asarray(matrix(1500)))[0])
    assert not calls_apart()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    np.testing.assert_array_equal(sp.linalg.eigvalsh(sp.asarray(np.eye(N))).to_numpy(), np.ones(N))


def test_without_a_process(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.warns(RuntimeWarning, match="Ctrl-C waits"):
        x = sp.linalg.eigvalsh(sp.asarray(np.eye(N))).to_numpy()
    np.testing.assert_array_equal(x, np.ones(N))
