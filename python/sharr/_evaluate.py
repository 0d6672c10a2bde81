# SPDX-License-Identifier: BSD-3-Clause
"""Values: evaluation into memory and files, with progress and interruption."""

import collections.abc
import os
import sys
import time

import numpy

from . import _core
from ._config import config
from ._core import ffi, lib


class _Run:
    """One evaluation under way: a bar after two seconds, and what its callback has raised."""

    def __init__(self):
        self.raised = None
        self.bar = None
        wanted = config.progress
        self.wanted = sys.stderr is not None and \
            (wanted == "on" or (wanted == "auto" and (sys.stderr.isatty() or "ipykernel" in sys.modules)))

    def report(self, p):
        if not self.wanted or p.seconds < 2 or p.total <= 0 or lib.sharr_context_rank(_core.context):
            return
        if self.bar is None:
            self.bar = _bar()
        self.bar(p.done / p.total, p.seconds)

    def finish(self):
        if self.bar is not None:
            self.bar(None, 0)


def _bar():
    """draw(share, seconds); share None: away with it."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _plain_bar
    bar = tqdm(total=100, unit="%", leave=False, mininterval=0)

    def draw(share, seconds):
        if share is None:
            bar.close()
        else:
            bar.update(int(100 * share) - bar.n)
    return draw


def _plain_bar(share, seconds):
    if share is None:
        sys.stderr.write("\r" + " " * 40 + "\r")
    else:
        sys.stderr.write(f"\rsharr: {100 * share:5.1f} % after {seconds:.0f} s")
    sys.stderr.flush()


def _failed(kind, value, traceback):
    """The callback has raised (Ctrl-C, for one): the evaluation ends, and what was raised goes on from there."""
    global _raised
    _raised = value


_raised = None
_run = None


@ffi.def_extern(error=1, onerror=_failed)
def sharr_py_progress(arg, p):
    if _run is not None:
        _run.report(p)
    return 0


def stopping():
    """Has somebody stopped the evaluation that runs?"""
    return _raised is not None


def run(function, *args):
    """A call that evaluates: signals reach Python ten times a second."""
    global _run, _raised
    with _core.locked():
        _core._release_dead()
        _raised, _run = None, _Run()
        try:
            _core.evaluates(sys._getframe())
            status = function(_core.context, *args, _core._err)
            raised = _raised
        finally:
            _core.evaluates(None)
            _run.finish()
            _run = _raised = None
        if raised is not None:          # also when all was done by then
            raise raised
        if status:
            raise _core.exception(_core._err)


lib.sharr_context_progress(_core.context, lib.sharr_py_progress, ffi.NULL)


def evaluate(arrays):
    """The values of several arrays, in one pass where one will do.  Raises TypeError (not a sequence of arrays)."""
    from ._array import Array
    arrays = list(arrays)
    if not all(isinstance(x, Array) for x in arrays):
        raise TypeError("evaluate takes a list of sharr arrays")
    values = [numpy.empty(x.shape, x.dtype) for x in arrays]
    want = ffi.new("sharr_want[]", len(arrays))
    alive = []
    for w, x, v in zip(want, arrays, values):
        alive.append((x._handle, ffi.from_buffer(v.reshape(-1) if v.size else _NOTHING)))
        w.array, w.data = alive[-1]
    run(lib.sharr_evaluate, want, len(arrays), ffi.NULL)
    return values


_NOTHING = numpy.zeros(1)


def explain(arrays, json=False):
    want = ffi.new("sharr_want[]", len(arrays))
    alive = [x._handle for x in arrays]
    for w, handle in zip(want, alive):
        w.array = handle
    with _core.locked():
        text_ = lib.sharr_explain(_core.context, want, len(arrays), ffi.NULL, bool(json), _core._err)
        if text_ == ffi.NULL:
            raise _core.exception(_core._err)
    return _core.text_of(text_)


def _now():
    """$SOURCE_DATE_EPOCH makes files reproducible (reproducible-builds.org)."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return time.strftime("%FT%TZ", time.gmtime(int(given) if given.isdecimal() else None))


def save(path, arrays, overwrite=False, *, append=False, compress=None, chunks=None):
    """Write arrays to an HDF5 file, in one pass over their data where one will do.

    `arrays` is a dict from names of datasets to arrays.  The file has its name when it is complete; a file that is
    there already is FileExistsError, unless `overwrite` or `append`.  `compress` is "zstd:LEVEL", "deflate:LEVEL" or
    "none", without it zstd:1, for a name in .nc deflate:1 (h5py reads zstd with a plugin only); `chunks` a tuple.  Collective."""
    from ._creation import asarray
    if not isinstance(arrays, collections.abc.Mapping) or not all(isinstance(n, str) for n in arrays):
        raise TypeError("save takes a dict from names to arrays; names are texts")
    names = list(arrays)
    handles = [asarray(arrays[n]) for n in names]
    want = ffi.new("sharr_want[]", len(names) or 1)
    alive = [(x._handle, _core.text(n.lstrip("/"))) for x, n in zip(handles, names)]
    for w, (handle, name) in zip(want, alive):
        w.array, w.name = handle, name
    out = ffi.new("sharr_output *")
    alive.append(_core.text(os.fsencode(path), "a path"))
    out.path, out.overwrite, out.append = alive[-1], bool(overwrite), bool(append)
    if compress is not None:
        alive.append(_core.text(str(compress), "compress"))
        out.compress = alive[-1]
    if chunks is not None:
        alive.append(ffi.new("char[]", ",".join(str(int(c)) for c in chunks).encode()))
        out.chunks = alive[-1]
    alive.append(_core.text(_now() + " sharr.save " + ", ".join(names)))
    out.history = alive[-1]
    run(lib.sharr_evaluate, want, len(names), out)
