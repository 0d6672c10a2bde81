# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions of signal handlers: raised where the signal comes, and afterwards all works as before."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import sharr as sp
from sharr import _core


def improved(x, turns):
    """So many steps that the library computes small ones on the way."""
    for _ in range(turns):
        x = (x + x[::-1]) * 0.5 - x / 3
    return x


def test_signals_wait_for_the_end(monkeypatch):
    """An exception of a signal handler is raised where the signal came, not swallowed by what is computed on the way."""
    def handler(number, frame):
        raise RuntimeError("a signal")
    swallowed = []                      # by Python itself, in a destructor
    monkeypatch.setattr(sys, "unraisablehook", swallowed.append)
    before = signal.signal(signal.SIGALRM, handler)
    try:
        for delay in (0.0005, 0.001, 0.003, 0.01):
            swallowed.clear()
            signal.setitimer(signal.ITIMER_REAL, delay)
            try:
                for _ in range(1000):
                    improved(sp.ones(16000), 20)
                    if swallowed:
                        break
                else:
                    raise AssertionError("no signal")
            except RuntimeError:
                pass
            assert np.array_equal(improved(sp.ones(10), 20).to_numpy(), improved(np.ones(10), 20))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_exception_in_a_destructor_leaves_no_lock(monkeypatch):
    """As a signal handler may raise it at each of these lines (at the end of `with` only a debugger can); Python swallows it."""
    class Stop(Exception):
        pass

    def stop_at(wanted):
        left = [wanted]

        def trace(frame, event, arg):
            if frame.f_code is _core.give_up.__code__ and event == "line":
                left[0] -= 1
                if left[0] < 0:
                    raise Stop
            return trace
        return trace

    monkeypatch.setattr(sys, "unraisablehook", lambda swallowed: None)
    for line in range(4):
        x = sp.ones(3) + 1
        sys.settrace(stop_at(line))
        del x
        sys.settrace(None)
        locked = _core._lock.locked()
        if locked:
            _core._lock.release()
        assert not locked, line
    assert float(sp.sum(sp.ones(3))) == 3


def test_a_handler_that_uses_sharr_is_refused(monkeypatch):
    """It runs within the evaluation that it interrupts: it would wait for itself."""
    def handler(number, frame):
        sp.ones(3) + 1
    before = signal.signal(signal.SIGALRM, handler)
    x = sp.arange(4e9)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(RuntimeError, match="handler"):
            float(sp.sum(sp.sin(x) * sp.cos(x)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert float(sp.sum(sp.arange(10.0))) == 45


def test_a_destructor_may_use_sharr():
    """Of the caller's memory, which goes when the last array that reads it has gone."""
    class Memory(bytearray):
        def __del__(self):
            seen.append(float(sp.sum(sp.ones(3))))
    seen = []
    x = sp.asarray(np.frombuffer(Memory(800)), copy=False)
    y = x + 1
    del x
    assert float(sp.sum(y)) == 100 and not seen
    del y
    assert seen == [3.0]


FORKS = """
import os, sys, threading
import sharr as sp
x = sp.arange(3e9)
def look():
    try:
        float(sp.sum(sp.sin(x) * sp.cos(x)))
    except KeyboardInterrupt:
        pass
thread = threading.Thread(target=look, daemon=True)
thread.start()
while not sp._core._lock.locked():
    pass
if os.fork() == 0:
    try:
        sp.ones(3)
    except RuntimeError as e:
        os._exit(7 if "forked" in str(e) else 1)
    os._exit(2)
os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_a_child_of_a_thread_that_evaluates_is_told():
    assert subprocess.run([sys.executable, "-c", FORKS], timeout=60).returncode == 7


LATE = """
import os, signal, sys
import sharr as sp
sys.unraisablehook = lambda _: None             # in destructors
def handler(number, frame):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, handler)
x = sp.sin(sp.arange(2e6))
sp.config.spill = "always"
sp.persist(x)
first, caught = len(os.listdir("/proc/self/fd")), 0
while caught < 20:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.002)
        for _ in range(20):                     # a destructor may get it: then there is no exception
            sp.persist(x)
    except KeyboardInterrupt:
        caught += 1
sp.ones(3)
print(len(os.listdir("/proc/self/fd")) - first)
"""


def test_what_a_late_signal_finds_made_is_given_back():
    """The exception may come when the array is there and nobody has it yet.  Between two instructions of Python's one may
    still be lost: without an owner, of twenty, fifteen were."""
    done = subprocess.run([sys.executable, "-c", LATE], timeout=60, capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 5
