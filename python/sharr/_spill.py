# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that are held: in memory, of which each rank gives its part, or in scratch files, whose room is
given back with the last array that needs it; on one node, where they have no name, also when the process is killed."""

from . import _core
from ._array import from_handle
from ._config import config
from ._core import ffi, lib
from ._evaluate import run

ALWAYS_KEPT = 1 << 20                   # bytes: smaller arrays stay in memory, whole on every rank
WHOLE, SHARED, SCRATCH = range(3)


def place(nbytes):
    """Where an array of so many bytes is to be held: WHOLE, as NumPy's array on every rank; SHARED by the ranks; or
    in SCRATCH, when there is too much in memory already.

    Up to half of `memory` on each rank is for arrays that are held.  Collective from ALWAYS_KEPT on: rank 0 decides."""
    if config.spill == "always":
        return SCRATCH if nbytes > 0 else WHOLE
    if nbytes < ALWAYS_KEPT:
        return WHOLE
    _core.launch()
    share = ffi.new("int64_t *")
    _core.call(lib.sharr_context_share, _core.context, nbytes, share)
    much = _core.held() + share[0] > lib.sharr_context_memory(_core.context) // 2
    decided = ffi.new("char *", bytes([SCRATCH if much else SHARED if share[0] < nbytes else WHOLE]))
    _core.call(lib.sharr_context_broadcast, _core.context, decided, 1)
    return decided[0][0]


def _made(function, x):
    """The array that an evaluation makes.  A signal that comes late may raise when it is made and nobody has it yet: so it is
    given back where it was put, and who returns from here has a handle of their own."""
    made = ffi.gc(ffi.new("sharr_array **"), _give_back)
    run(function, x._handle, made)
    return from_handle(_core.another(made[0]))


def _give_back(made, give_up=_core.give_up, unref=lib.sharr_array_unref, nothing=ffi.NULL):
    """(At the end of the interpreter there are no globals any more.)"""
    if made[0] != nothing:
        give_up(unref, made[0])


def spill(x):
    """The values of x, computed now, in a scratch file.  Collective.

    Raises OSError when the directory (sharr.config.tmpdir, else $TMPDIR, else /tmp) has no room for them."""
    _core.launch()
    return _made(lib.sharr_array_spill, x)


def share(x):
    """The values of x, computed now, in memory that the ranks have in common.  Collective."""
    return _made(lib.sharr_array_hold, x)


def held(nbytes, array):
    """The values of array(), computed now, where there is room for them; None: whole in memory, and the caller sees to it.
    Collective."""
    where = place(nbytes)
    if where == SHARED:
        try:
            return share(array())
        except MemoryError:             # the machine has less than `memory` says
            where = SCRATCH
    return spill(array()) if where == SCRATCH else None


def is_held(x):
    """Its values are there and do not change, where config.spill wants them."""
    with _core.locked():
        where = lib.sharr_array_is_held(_core.context, x._handle)
    return where == lib.SHARR_HELD_IN_SCRATCH or (where == lib.SHARR_HELD_IN_MEMORY and config.spill != "always")


def persist(x):
    """The same array with its values computed now.  Collective.

    They are held in memory; or, when that would take more than half of sharr.config.memory together with the arrays that
    are held there already (or sharr.config.spill is "always"), in a scratch file.  From 1 MiB on the ranks share
    the memory, and each of them gives its part of it: N ranks hold N times what one can.  On several nodes each keeps its
    part (from 1.6 MB on; smaller ones are whole on each); other parts come while an evaluation reads them, within
    sharr.config.memory.  What is held already is not copied."""
    from ._creation import asarray, hold
    y = asarray(x)
    if y.ndim and is_held(y):
        return y.__copy__()
    kept = held(y.nbytes, lambda: y) if y.ndim else None
    return hold(y.to_numpy()) if kept is None else kept
