# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions of signal handlers: raised where the signal comes, and afterwards all works as before."""

import signal
import sys

import numpy as np

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
