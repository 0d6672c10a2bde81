# SPDX-License-Identifier: BSD-3-Clause
"""Long calls of NumPy's in a process of their own, which can be ended.

LAPACK works on one large matrix for seconds or minutes, and nothing stops it but the end of its process: who presses Ctrl-C
would wait.  The process is started by the first such call and stays for the next ones; operands and results go through
memory that both share while a call lasts.  It ends with this one, however this one ends.
"""

import atexit
import contextlib
import mmap
import os
import pickle
import select
import sys
import time
import warnings

from . import _calls

_process = None                 # the one of this process; False: none can be had
_POLL = 50                      # milliseconds between questions whether to stop
_START = 20                     # seconds in which it has to answer


class _Process:
    def __init__(self, stop):
        import socket                           # take milliseconds, most programs never come here
        import subprocess
        self.link, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.p = None
        # -S, -P: nothing is imported but NumPy, from where this process has it
        path = os.pathsep.join(p or os.getcwd() for p in map(str, sys.path))
        try:
            self.p = subprocess.Popen([sys.executable, "-S", "-P", _calls.__file__], stdin=other, stdout=subprocess.DEVNULL,
                                      env=dict(os.environ, PYTHONPATH=path), start_new_session=True)    # Ctrl-C is for us
            other.close()
            self.answer(stop, time.monotonic() + _START)
        except BaseException:
            self.end()
            raise
        finally:
            other.close()

    def ask(self, fd, request):
        import socket
        socket.send_fds(self.link, [pickle.dumps(request)], [fd])

    def answer(self, stop, until=None):
        ready = select.poll()
        ready.register(self.link, select.POLLIN)
        while not ready.poll(_POLL):
            if stop():
                raise KeyboardInterrupt
            if until and time.monotonic() > until:
                raise TimeoutError(f"it does not answer within {_START} s")
        message = self.link.recv(_calls.MESSAGE)
        if not message:
            raise EOFError("it ended")
        return pickle.loads(message)

    def forget(self):
        """After fork(): it is the parent's."""
        self.link.close()
        self.p.returncode = 0

    def end(self):
        """Its exit code, as subprocess has it."""
        self.link.close()
        if self.p is None:
            return None
        self.p.kill()
        return self.p.wait()


@contextlib.contextmanager
def _shared(size):
    """Memory that a process can be given: (file, mapping)."""
    fd = os.memfd_create("sharr")
    try:
        os.posix_fallocate(fd, 0, size)         # too little is an error here, not a signal later
        with mmap.mmap(fd, size) as memory:
            yield fd, memory
    finally:
        os.close(fd)


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


def _get(stop):
    global _process
    if _process and _process.p.poll() is not None:      # somebody has killed it meanwhile
        end()
    if _process is None:
        try:
            _process = _Process(stop)
        except Exception:
            _process = False
            raise
    return _process


def call(function, blocks, rooms, stop):
    """_calls.call, ended when stop() becomes true (KeyboardInterrupt).  `function` can be pickled, without this package.
    Errors: what the function raises; MemoryError: the process was killed."""
    forms, size = _places(blocks + rooms)
    operands, results = forms[:len(blocks)], forms[len(blocks):]
    with contextlib.ExitStack() as stack:
        try:
            p = _get(stop)
            if p:
                fd, memory = stack.enter_context(_shared(size))
                _copy(blocks, _calls.arrays(memory, operands))
                p.ask(fd, (function, operands, results, size))
        except Exception as e:                          # nothing has been computed yet
            warnings.warn(f"no process for long calls of NumPy's ({e}): Ctrl-C waits for them", RuntimeWarning, stacklevel=2)
            p = None
        if p:
            raised = _wait(p, _calls.name(function), stop)
            if raised is not None:
                raise raised
            _copy(_calls.arrays(memory, results), rooms)
    if not p:
        _calls.call(function, blocks, rooms)


def _wait(p, name, stop):
    """What the call has raised."""
    import signal
    try:
        return p.answer(stop)
    except EOFError:
        with contextlib.suppress(Exception):    # what ends by itself has an exit code of its own
            p.p.wait(2)
        code = end()
        how = f"killed (signal {-code})" if code < 0 else f"over (exit code {code})"
        raise (MemoryError if code == -signal.SIGKILL else RuntimeError)(
            f"the process that called {name} was {how}" + (": there may be too little memory" if code == -signal.SIGKILL else ""))
    except BaseException:
        end()
        raise


@atexit.register
def end():
    """Away with the process, if there is one; returns how it has ended."""
    global _process
    p, _process = _process, None
    return p.end() if p else None


def _forget():
    global _process
    if _process:
        _process.forget()
    _process = None


os.register_at_fork(after_in_child=_forget)
