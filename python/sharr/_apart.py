# SPDX-License-Identifier: BSD-3-Clause
"""Long calls of NumPy's in a process of their own, which can be ended.

LAPACK works on one large matrix for seconds or minutes, and nothing stops it but the end of its process: who presses Ctrl-C
would wait.  The process is started by the first such call and stays for the next ones; operands and results go through
memory that both share.  It ends with this one, however this one ends.
"""

import atexit
import mmap
import os
import pickle
import select
import sys
import warnings

import numpy

from . import _calls

_process = None                 # the one of this process; False: none can be had
_POLL = 50                      # milliseconds between questions whether to stop


class _Process:
    def __init__(self):
        import subprocess                       # takes milliseconds, most programs never come here
        self.owner, self.p = os.getpid(), None
        self.memory = os.memfd_create("sharr")
        # -S, -P: nothing is imported but NumPy, from where this process has it
        path = os.pathsep.join(p or os.getcwd() for p in sys.path)
        try:
            self.p = subprocess.Popen(
                [sys.executable, "-S", "-P", _calls.__file__, str(self.memory)], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, pass_fds=(self.memory,), env=dict(os.environ, PYTHONPATH=path),
                start_new_session=True)         # Ctrl-C is for us
            self._answer(lambda: False)
        except BaseException:
            self.end()
            raise

    def _answer(self, stop):
        ready = select.poll()
        ready.register(self.p.stdout, select.POLLIN)
        while not ready.poll(_POLL):
            if stop():
                raise KeyboardInterrupt
        return pickle.load(self.p.stdout)

    def call(self, function, blocks, rooms, stop):
        forms, size = _places(blocks + rooms)
        os.ftruncate(self.memory, size)
        with mmap.mmap(self.memory, size) as memory:
            operands, results = forms[:len(blocks)], forms[len(blocks):]
            _copy(blocks, _calls.arrays(memory, operands))
            pickle.dump((function, operands, results, size), self.p.stdin)
            self.p.stdin.flush()
            raised = self._answer(stop)
            if raised is not None:
                raise raised
            _copy(_calls.arrays(memory, results), rooms)
        os.ftruncate(self.memory, 0)

    def end(self):
        """Its exit code, as subprocess has it."""
        os.close(self.memory)
        if self.p is None:
            return None
        self.p.kill()
        for pipe in (self.p.stdin, self.p.stdout):
            try:
                pipe.close()
            except OSError:             # what it has not read
                pass
        return self.p.wait()


def _copy(given, rooms):
    for a, room in zip(given, rooms):
        if room is not None:
            room[...] = a


def _places(arrays):
    """[(offset, shape, dtype), ...] for arrays behind each other, and the bytes of all."""
    forms, at = [], 0
    for a in arrays:
        forms.append(a if a is None else (at, a.shape, a.dtype))
        at += 0 if a is None else -(-a.nbytes // 64) * 64
    return forms, max(at, 1)


def _get():
    global _process
    if _process is None or (_process and _process.owner != os.getpid()):
        try:
            _process = _Process()
        except (OSError, EOFError) as e:
            _process = False
            warnings.warn(f"no process for long calls of NumPy's can be started ({e or 'it ended'}): Ctrl-C waits for "
                          "them", RuntimeWarning, stacklevel=2)
    return _process


def call(function, blocks, rooms, stop):
    """_calls.call, ended when stop() becomes true (KeyboardInterrupt).  `function` can be pickled, without this package.
    Errors: what the function raises; MemoryError: the process was killed."""
    p = _get()
    if not p:
        return _calls.call(function, blocks, rooms)
    try:
        p.call(function, blocks, rooms, stop)
    except numpy.linalg.LinAlgError:
        raise
    except (EOFError, BrokenPipeError):
        raise MemoryError(f"the process that called {_calls.name(function)} ended (exit code {end()}): there may be too "
                          "little memory") from None
    except BaseException:
        end()
        raise


@atexit.register
def end():
    """Away with the process, if there is one; returns how it has ended."""
    global _process
    p, _process = _process, None
    return p.end() if p and p.owner == os.getpid() else None
