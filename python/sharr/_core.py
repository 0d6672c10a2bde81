# SPDX-License-Identifier: BSD-3-Clause
"""The library's context: calls, errors, types.

One context for the process.  It belongs to one thread at a time, so every call takes the lock; the GIL is released
while the library works.  Handles that Python gives up are released by the next call: a destructor may run anywhere.
"""

import atexit
import collections
import errno
import itertools
import operator
import os
import sys
import threading
import time

import numpy

from ._sharr import ffi, lib

DTYPES = tuple(numpy.dtype(ffi.string(lib.sharr_dtype_name(i)).decode()) for i in range(lib.SHARR_NDTYPES))
DTYPE_NUMBER = {t: i for i, t in enumerate(DTYPES)}


class DataError(OSError):
    """A file is damaged, or of a kind that is not read."""


class AxisError(ValueError, IndexError):
    """There is no such axis."""


_BY_KIND = {lib.SHARR_KIND_TYPE: TypeError, lib.SHARR_KIND_INDEX: IndexError, lib.SHARR_KIND_AXIS: AxisError,
            lib.SHARR_KIND_OVERFLOW: OverflowError, lib.SHARR_KIND_MATRIX: numpy.linalg.LinAlgError}
_BY_STATUS = {
    lib.SHARR_EEXPR: ValueError, lib.SHARR_EUSAGE: ValueError, lib.SHARR_ERESOURCE: MemoryError,
    lib.SHARR_EINTERNAL: RuntimeError, lib.SHARR_EINTERRUPTED: KeyboardInterrupt,
}
_BY_ERRNO = {
    lib.SHARR_EDATA: (DataError, errno.EINVAL), lib.SHARR_ENOINPUT: (FileNotFoundError, errno.ENOENT),
    lib.SHARR_EEXIST: (FileExistsError, errno.EEXIST), lib.SHARR_EIO: (OSError, errno.EIO),
    lib.SHARR_EPERM: (PermissionError, errno.EACCES),
}

_lock = threading.Lock()
_dead = collections.deque()
_gone = collections.deque()             # kept things that nobody needs: their destructors may use sharr, so not under the lock
_err = ffi.new("sharr_error *")
_kept = {}                              # what the library's callbacks need, by number
_held = {}                              # bytes of those that are memory of our own
_keys = itertools.count(1)


def locked():
    """`with locked():` around each call of the library that changes something: counts of references too.

    An evaluation has the lock while handlers of signals run, in its own thread: there it would wait for itself."""
    if _why_not is not None:
        raise RuntimeError(_why_not)
    if _evaluating is not None and _is_within():
        raise RuntimeError("an evaluation runs in this thread: a handler of signals cannot use sharr meanwhile")
    if _gone:
        _gone.clear()
    return _lock


def evaluates(frame):
    """Said by who has the lock: the frame in which an evaluation runs; None: it is over."""
    global _evaluating
    _evaluating = frame


def _is_within():
    """Looked up, not remembered: a signal may have kept evaluates(None) from being said."""
    frame = sys._getframe(1)
    while frame is not None and frame is not _evaluating:
        frame = frame.f_back
    return frame is not None


_evaluating = None
_why_not = None


def _forked():
    """In a child: threads and MPI are its parent's."""
    global _why_not, _launched
    if _launched and lib.sharr_context_size(context) > 1:
        _why_not = "this process was forked from one of several ranks, and has no part in what they do together"
    elif _lock.locked():
        _why_not = "this process was forked while another thread evaluated something: start processes before, or by spawn"
    _launched = True


os.register_at_fork(after_in_child=_forked)


def exception(err, text=None):
    """The exception of an error of the library; `status` is the library's."""
    e = _exception(err, text)
    e.status = err.status
    return e


def _exception(err, text):
    status, message = err.status, ffi.string(err.text).decode(errors="replace")
    if text is not None and err.column >= 0:
        caret = lib.sharr_error_caret(text, len(text), err)
        if caret != ffi.NULL:
            message += "\n" + ffi.string(caret).decode(errors="replace")
            lib.sharr_free(caret)
    if status in _BY_ERRNO:
        return _os_error(err, message)
    if status == lib.SHARR_EEXPR and err.kind in _BY_KIND:
        return _BY_KIND[err.kind](message)
    return _BY_STATUS.get(status, RuntimeError)(message)


def _os_error(err, message):
    """As Python's own: the errno that chooses the type, and the file's name apart from what happened to it."""
    kind, number = _BY_ERRNO[err.status]
    if err.os_error:
        kind, number = kind if kind is DataError else OSError, err.os_error
    if not err.file_length:
        return kind(number, message)
    name = os.fsdecode(ffi.buffer(err.text)[err.file_at:err.file_at + err.file_length])
    shown = name.encode(errors="surrogateescape").decode(errors="replace")
    message = message.removeprefix(shown + ": ").replace(f" {shown}: ", ": ", 1)
    return kind(number, message, name)


def _release_dead(dead=_dead):
    while dead:
        release, handle = dead.pop()
        release(handle)


def give_up(release, handle, dead=_dead, lock=_lock, drain=_release_dead, gone=_gone):
    """For destructors: at once if nobody is at work, else with the next call.

    (At the end of the interpreter there are no globals any more.  Between acquire() and try the exception of a signal
    handler could come, and the lock would never be released; nothing comes between `with` and its block.)"""
    dead.append((release, handle))
    if not lock.locked():
        with lock:
            drain()
        gone.clear()


def new_handle(function, *args):
    """A handle from a function whose last parameter is the error; raises."""
    with locked():
        if _dead:
            _release_dead()
        handle = function(*args, _err)
        if handle == ffi.NULL:
            raise exception(_err)
    return handle


def another(handle):
    """The same array's handle once more."""
    with locked():
        return lib.sharr_array_ref(handle)


def call(function, *args):
    """A function that returns a status and has the error as its last parameter; raises."""
    with locked():
        if _dead:
            _release_dead()
        if function(*args, _err):
            raise exception(_err)


def everywhere(function, *args):
    """As new_handle, of something that each rank does alone: when it fails on one rank it fails on all."""
    with locked():
        if _dead:
            _release_dead()
        _err.status = 0
        handle = function(*args, _err)
        if lib.sharr_context_size(context) > 1:
            lib.sharr_context_agree(context, _err)
        if _err.status:
            if handle != ffi.NULL:
                (lib.sharr_file_close if ffi.typeof(handle) is _FILE else lib.sharr_array_unref)(handle)
            raise exception(_err)
    return handle


_FILE = ffi.typeof("sharr_file *")


def keep(thing):
    """A number under which the library's callbacks find a thing."""
    key = next(_keys)
    _kept[key] = thing
    return ffi.cast("void *", key)


def kept(arg):
    return _kept[int(ffi.cast("intptr_t", arg))]


def forget(arg, cast=ffi.cast, number=ffi.typeof("intptr_t"), whole=int, kept=_kept, held=_held, gone=_gone):
    """(At the end of the interpreter there are no globals any more.)"""
    key = whole(cast(number, arg))
    gone.append(kept.pop(key, None))
    held.pop(key, None)


def hold(arg, nbytes):
    """A kept thing is memory that nobody else has."""
    _held[int(ffi.cast("intptr_t", arg))] = nbytes


def held():
    """Bytes of memory that arrays hold on this rank, besides the caller's own."""
    return sum(_held.copy().values()) + lib.sharr_context_held(context)


@ffi.def_extern()
def sharr_py_release(arg, forget=forget):
    forget(arg)


def text(words, where="a name"):
    """A text for the library, whose texts end with a zero byte.  Raises ValueError."""
    code = words if isinstance(words, bytes) else words.encode(errors="surrogateescape")
    if 0 in code:
        raise ValueError(f"{where} with a zero byte: {words!r}")
    return ffi.new("char[]", code)


def text_of(pointer):
    """A text that the library has allocated."""
    if pointer == ffi.NULL:
        raise MemoryError("out of memory")
    text = ffi.string(pointer).decode(errors="replace")
    lib.sharr_free(pointer)
    return text


def _operators():
    """The operator table: name -> (parameters, doc line), and every other name of each."""
    rows, names = {}, {}
    aliases, symbol, doc = ffi.new("const char **"), ffi.new("const char **"), ffi.new("const char **")
    i = 0
    while (name := lib.sharr_op(i, aliases, symbol, doc)) != ffi.NULL:
        name, line = ffi.string(name).decode(), ffi.string(doc[0]).decode()
        inside = line[line.index("(") + 1:line.index(")")]
        rows[name] = ([p.split("=")[0].strip() for p in inside.split(",")], line)
        names[name] = name
        if aliases[0] != ffi.NULL:
            names.update(dict.fromkeys(ffi.string(aliases[0]).decode().split(), name))
        i += 1
    return rows, names


OPERATORS, OPERATOR_NAMES = _operators()


def _new_context():
    made = lib.sharr_context_new(_err)
    if made == ffi.NULL:
        raise exception(_err)
    return made


context = _new_context()                # a bad SHARR_* variable fails here, at import
_launched = False


def _leave(here=os.getpid()):
    """Let MPI end.  After an exception that nobody caught the other ranks may wait for this one: end them."""
    if _launched and here == os.getpid() and lib.sharr_context_size(context) > 1:
        if getattr(sys, "last_value", None) is not None:
            if sys.stderr is not None:
                sys.stderr.flush()
            time.sleep(0.5)             # the launcher passes on what was said
            lib.sharr_context_abort(context, 1)
        lib.sharr_context_use_comm(context, ffi.NULL, _err)


atexit.register(_leave)


def launch():
    """Join the other ranks, if a launcher has started this process.  Before the first file or array in memory."""
    global _launched
    if not _launched:
        _launched = True
        call(lib.sharr_context_launch, context)


def init(comm=None, *, handle=None, fortran=None):
    """Work on the ranks of a communicator: an mpi4py object, the integer that is MPI's handle (`comm.handle` in mpi4py,
    the value of an MPI_Comm in C), or Fortran's integer (`comm.py2f()`).  None of them: all that the launcher has started,
    if one has.

    Collective.  Without a call, the first array or file that is used does what init() does.  MPI itself cannot tell
    an integer that is no communicator: it ends the program.

    Raises TypeError (no communicator), ValueError (MPI is not initialised)."""
    global _launched
    given = [v for v in (comm, handle, fortran) if v is not None]
    if not given:
        launch()
        return
    if len(given) > 1:
        raise TypeError("init: one of comm, handle and fortran")
    if fortran is not None:
        call(lib.sharr_context_use_fortran_comm, context, operator.index(fortran))
    elif handle is not None:            # as wide as MPI makes it: the first bytes of a little-endian number count
        call(lib.sharr_context_use_comm, context, ffi.new("uint64_t *", operator.index(handle) & (1 << 64) - 1))
    else:
        call(lib.sharr_context_use_comm, context, ffi.cast("void *", _address_of(comm)))
    _launched = True


def _address_of(comm):
    if isinstance(comm, int):
        raise TypeError("init: is this integer MPI's handle or Fortran's?  Say handle= or fortran=")
    try:
        from mpi4py import MPI
        return MPI._addressof(comm)
    except (ImportError, TypeError, AttributeError):
        raise TypeError("init: comm is a communicator of mpi4py") from None


def rank():
    """This process's number among those that work together."""
    launch()
    return lib.sharr_context_rank(context)


def nranks():
    """How many processes work together."""
    launch()
    return lib.sharr_context_size(context)
