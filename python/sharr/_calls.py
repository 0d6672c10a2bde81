# SPDX-License-Identifier: BSD-3-Clause
"""Calls of NumPy's functions on blocks of memory: here, or, run as a script, in a process of their own (see _apart.py).

Nothing of the package is imported here: the process needs NumPy only.
"""

import functools

import numpy

MESSAGE = 1 << 16                       # bytes at most


@functools.lru_cache(maxsize=None)
def _pools():
    """The threads of the libraries that NumPy has loaded; looked for once."""
    import threadpoolctl
    return threadpoolctl.ThreadpoolController()


def call(function, blocks, rooms):
    """function(*blocks) into the rooms for its results; None: nobody wants that one.  With one thread: in which order a
    BLAS adds depends on how many it has, and every rank on a machine would start as many as there are cores."""
    with _pools().limit(limits=1), numpy.errstate(all="ignore"):
        made = function(*blocks)
    for room, value in zip(rooms, made if isinstance(made, tuple) else (made,)):
        if room is not None:
            room[...] = numpy.asarray(value).reshape(room.shape)


def name(function):
    """What a function of NumPy's, or a partial one, is called."""
    return getattr(function, "func", function).__name__


def arrays(memory, forms):
    """The arrays of (offset, shape, dtype) in shared memory; None for None."""
    return [f and numpy.ndarray(f[1], f[2], memory, f[0]) for f in forms]


def _answer(function, blocks, rooms, size, fd):
    """What the call has raised, None if nothing."""
    import mmap
    import os
    try:
        with mmap.mmap(fd, size) as memory:
            call(function, arrays(memory, blocks), arrays(memory, rooms))
    except Exception as e:              # for the other process
        return e.with_traceback(None)
    finally:
        os.close(fd)


def _serve():
    """Call what the other process wants, until it goes: also while a call runs, which nobody waits for then."""
    import os
    import pickle
    import queue
    import signal
    import socket
    import threading
    signal.pthread_sigmask(signal.SIG_SETMASK, ())      # the thread that has started this blocks all
    link, wanted, answer = socket.socket(fileno=0), queue.SimpleQueue(), None

    def listen():
        try:
            while True:
                request, fds, _, _ = socket.recv_fds(link, MESSAGE, 1)
                if not request:
                    break
                wanted.put((*pickle.loads(request), *fds))
        finally:
            os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        link.send(pickle.dumps(answer))
        answer = _answer(*wanted.get())


if __name__ == "__main__":
    _serve()
