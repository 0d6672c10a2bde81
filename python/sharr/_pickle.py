# SPDX-License-Identifier: BSD-3-Clause
"""Pickles: how an array is computed, from which datasets of which files, and the values of arrays in memory.

A dataset, and a file, is the file's absolute path, size and time: if the file has changed by then, reading the pickle fails."""

import os

import numpy

from . import _core
from ._array import from_handle
from ._core import ffi, lib
from ._show import origin


def _graph(x):
    """(leaves as arrays, how x is computed from them as bytes)."""
    listed, size = ffi.new("sharr_array ***"), ffi.new("size_t *")
    with _core.locked():
        n = lib.sharr_array_leaves(x._handle, listed, _core._err)
        if n < 0:
            raise _core.exception(_core._err)
        leaves = [from_handle(listed[0][i]) for i in range(n)]
        lib.sharr_free(listed[0])
        packed = lib.sharr_array_pack(x._handle, size, _core._err)
        if packed == ffi.NULL:
            raise _core.exception(_core._err)
        graph = bytes(ffi.buffer(packed, size[0]))
        lib.sharr_free(packed)
    return leaves, graph


def _facts(path):
    path = os.path.abspath(path)
    facts = os.stat(path)
    return path, facts.st_size, facts.st_mtime_ns


def _describe(leaf):
    found = origin(leaf)
    if found is None:
        return leaf.__array__()         # refuses what is too large for a pickle
    path, size, mtime_ns = _facts(found[0])
    return path, found[1], size, mtime_ns


def reduce(x):
    """For Array.__reduce__.  Evaluates nothing but arrays that are values already.  Collective if there are such."""
    leaves, graph = _graph(x)
    return restore, (graph, tuple(_describe(leaf) for leaf in leaves))


def reduce_file(f):
    """For File.__reduce__."""
    return restore_file, _facts(f.path)


def restore_file(path, size, mtime_ns):
    """The file of a pickle, opened again.  Raises as `restore`.  Collective."""
    from ._files import File
    if _facts(path)[1:] != (size, mtime_ns):
        raise _core.DataError(f"{path} has changed since it, or an array of it, was pickled")
    return File(path)


def _open(path, name, size, mtime_ns, opened):
    if path not in opened:
        opened[path] = restore_file(path, size, mtime_ns)
    return opened[path][name]


def _our_own(values):
    """Out-of-band buffers of a pickle belong to who has loaded it, who may write into them."""
    whole = values.flags.c_contiguous and values.flags.aligned
    return values if whole and (values.flags.owndata or isinstance(values.base, bytes)) else numpy.array(values, order="C")


def restore(graph, described):
    """The array of a pickle.  Raises DataError (a file has changed), FileNotFoundError.  Collective."""
    from ._creation import _from_numpy
    opened = {}
    leaves = [_open(*d, opened) if isinstance(d, tuple) else _from_numpy(own := _our_own(d), own, True) for d in described]
    for f in opened.values():
        f.close()
    handles = ffi.new("sharr_array *[]", [leaf._handle for leaf in leaves] or 1)
    return from_handle(_core.new_handle(lib.sharr_array_unpack, _core.context, ffi.from_buffer(graph), len(graph), handles,
                                        len(leaves)))
