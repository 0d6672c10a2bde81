# SPDX-License-Identifier: BSD-3-Clause
"""Long calls of NumPy's in a process of their own: the same values, its errors, its end."""

import os
import signal
import subprocess
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
    def forget():
        _apart.end()
        _apart._process = None
    forget()
    yield
    forget()


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


def shared_files():
    found = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return [f for f in found if os.path.lexists(f) and "memfd:sharr" in os.readlink(f)]


def test_nothing_stays_in_memory():
    a = matrix()
    assert not shared_files()
    sp.linalg.eigvalsh(sp.asarray(a)).to_numpy()
    assert not shared_files()
    a[3, 4] = np.nan
    with pytest.raises(np.linalg.LinAlgError):
        sp.linalg.svdvals(sp.asarray(a)).to_numpy()
    assert calls_apart() and not shared_files()


def test_errors_come_over():
    a = matrix()
    a[3, 4] = np.nan
    with pytest.raises(np.linalg.LinAlgError, match="svd"):
        sp.linalg.svdvals(sp.asarray(a)).to_numpy()
    assert calls_apart()
    np.testing.assert_array_equal(sp.linalg.eigvalsh(sp.asarray(np.eye(N))).to_numpy(), np.ones(N))


@pytest.fixture
def when_called(monkeypatch):
    """To do something with the process once it works."""
    def arrange(what):
        wait = _apart._wait

        def wait_and_do(p, *rest):
            threading.Timer(0.1, what, (p.p.pid,)).start()
            return wait(p, *rest)
        monkeypatch.setattr(_apart, "_wait", wait_and_do)
    return arrange


def works_again():
    np.testing.assert_array_equal(sp.linalg.eigvalsh(sp.asarray(np.eye(N))).to_numpy(), np.ones(N))
    assert calls_apart()


def test_killed(when_called):
    when_called(lambda pid: os.kill(pid, signal.SIGKILL))
    with pytest.raises(MemoryError, match="eig was killed .*too little memory"):
        sp.persist(sp.linalg.eig(sp.asarray(matrix(1500)))[0])
    assert not calls_apart() and not shared_files()


def test_ended(when_called):
    when_called(lambda pid: os.kill(pid, signal.SIGTERM))
    with pytest.raises(RuntimeError, match="eig was killed .signal 15.$"):
        sp.persist(sp.linalg.eig(sp.asarray(matrix(1500)))[0])


def test_killed_while_idle():
    works_again()
    os.kill(_apart._process.p.pid, signal.SIGKILL)
    time.sleep(0.2)
    works_again()


def test_interrupt_ends_it(when_called):
    pids = []

    def stop(pid):
        pids.append(pid)
        os.kill(os.getpid(), signal.SIGINT)
    when_called(stop)
    with pytest.raises(KeyboardInterrupt):
        sp.persist(sp.linalg.eig(sp.asarray(matrix(1500)))[0])
    assert not calls_apart() and not shared_files()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_interrupt_while_it_starts(monkeypatch, tmp_path):
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 100\n")
    silent.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(silent))
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        sp.linalg.eigvalsh(sp.asarray(matrix())).to_numpy()
    monkeypatch.undo()
    works_again()


@pytest.mark.parametrize("executable", ["/nonexistent/python", "/bin/true", None, ""])
def test_without_a_process(executable, monkeypatch):
    monkeypatch.setattr(sys, "executable", executable)
    with pytest.warns(RuntimeWarning, match="Ctrl-C waits"):
        x = sp.linalg.eigvalsh(sp.asarray(np.eye(N))).to_numpy()
    np.testing.assert_array_equal(x, np.ones(N))


def test_without_memory_to_share(monkeypatch):
    def none(*args):
        raise OSError("no memory")
    monkeypatch.setattr(os, "posix_fallocate", none)
    with pytest.warns(RuntimeWarning, match="no memory"):
        x = sp.linalg.eigvalsh(sp.asarray(np.eye(N))).to_numpy()
    np.testing.assert_array_equal(x, np.ones(N))
    assert not shared_files()


def test_odd_paths(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    sys.path[:2] = [tmp_path, ""]               # a Path, and the current directory
    works_again()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-", ">&- 2<>LOG"])
def test_closed_streams(closed, tmp_path):
    """Numbers below 3 are not what they are elsewhere."""
    log, out = tmp_path / "log", tmp_path / "out"
    log.write_bytes(b"x" * (6 << 20))
    script = tmp_path / "script.py"
    script.write_text(f"import numpy as np, sharr as sp\n"
                      f"x = sp.linalg.eigvalsh(sp.asarray(np.eye({N}) * 2)).to_numpy()\n"
                      f"assert sp._apart._process\n"
                      f"np.save({str(out)!r}, x)\n")
    command = f'exec "$1" "$2" {closed.replace("LOG", str(log))}'
    done = subprocess.run(["sh", "-c", command, "sh", sys.executable, str(script)], timeout=60,
                          env={**os.environ, "SHARR_PROGRESS": "auto"})
    assert done.returncode == 0
    np.testing.assert_array_equal(np.load(str(out) + ".npy"), np.full(N, 2.0))
    assert log.read_bytes() == b"x" * (6 << 20)


def test_a_fork_has_none():
    works_again()
    theirs = _apart._process.p.pid
    child = os.fork()
    if child == 0:
        ok = not calls_apart()
        if ok:
            works_again()
            ok = _apart._process.p.pid != theirs
            _apart.end()
        os._exit(not ok)
    assert os.waitpid(child, 0)[1] == 0
    works_again()
    assert _apart._process.p.pid == theirs
