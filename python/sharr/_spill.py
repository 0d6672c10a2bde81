# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that memory is too small for: scratch HDF5 files without a name.

A spilled array is a dataset of a file that is unlinked as soon as every rank has opened it: the room is given back with
the last array that needs it, also when the process is killed."""

import os
import secrets

from . import _core, _evaluate
from ._config import config
from ._core import ffi, lib
from ._files import File
from ._show import SPILLED

ALWAYS_KEPT = 1 << 20                   # bytes: smaller arrays stay in memory


def wanted(nbytes):
    """Is an array of so many bytes too much to be held in memory besides what is held already?

    Up to half of `memory` is for arrays that are held.  Collective from ALWAYS_KEPT on: rank 0 decides."""
    if config.spill == "always":
        return nbytes > 0
    if nbytes < ALWAYS_KEPT:
        return False
    much = ffi.new("char *", b"\1" if _core.held() + nbytes > lib.sharr_context_memory(_core.context) // 2 else b"\0")
    _core.call(lib.sharr_context_broadcast, _core.context, much, 1)
    return much[0] == b"\1"


def _new_path():
    """The same on every rank."""
    token = ffi.new("char[16]", secrets.token_hex(8).encode())
    _core.call(lib.sharr_context_broadcast, _core.context, token, 16)
    directory = config.tmpdir or os.environ.get("TMPDIR") or "/tmp"
    return os.path.join(os.path.abspath(directory), SPILLED + ffi.string(token, 16).decode() + ".h5")


def spill(x):
    """The values of x, computed now, in a scratch file.  Collective.

    Raises OSError when the directory (sharr.config.tmpdir, else $TMPDIR, else /tmp) has no room for them."""
    _core.launch()
    path = _new_path()
    _evaluate.save(path, {"values": x}, compress="none")
    try:
        with File(path) as f:
            lib.sharr_file_nameless(f._open())
            return f["values"]
    finally:
        if not lib.sharr_context_rank(_core.context):
            os.unlink(path)


def persist(x):
    """The same array with its values computed now.  Collective.

    They are held in memory, on every rank; or, when that would take more than half of sharr.config.memory together with
    the arrays that are held there already (or sharr.config.spill is "always"), in a scratch file."""
    from ._creation import asarray, hold
    y = asarray(x)
    if y.ndim and wanted(y.nbytes):
        return spill(y)
    return hold(y.to_numpy())
