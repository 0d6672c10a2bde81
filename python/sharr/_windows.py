# SPDX-License-Identifier: BSD-3-Clause
"""Functions of NumPy's over stacks of arrays that may be larger than memory.

The library calls the function with as many items of the stack as fit, on every rank with its own; what it gives is part
of the graph as any other result is.
"""

import math

import numpy

from . import _apart, _calls, _core
from ._array import from_handle
from ._core import DTYPES, ffi, lib
from ._evaluate import stopping


LONG = 0.25                             # seconds


def _seconds(blocks, dims):
    """About how long a slow function works on a block: eigenvectors of n x n elements, a transform of n."""
    n = blocks[0].shape[1:]
    each = 1e-9 * n[0] * n[1] * min(n) if dims == 2 else 6e-9 * n[0] * math.log2(n[0] + 1)
    return blocks[0].shape[0] * each


def _call(kept, blocks, rooms):
    function, slow, dims = kept
    if slow and _seconds(blocks, dims) > LONG:
        _apart.call(function, blocks, rooms, stopping)
    else:
        _calls.call(function, blocks, rooms)


def _array(block):
    """The memory of a block as an array; None: nobody wants it."""
    if block.data == ffi.NULL:
        return None
    shape = tuple(block.shape[d] for d in range(block.ndim))
    t = DTYPES[block.type]
    n = int(numpy.prod(shape, dtype="int64"))
    if n == 0:
        return numpy.empty(shape, t)
    return numpy.frombuffer(ffi.buffer(block.data, n * t.itemsize), t).reshape(shape)


def _failed(err, e):
    """An exception as an error that all ranks can have."""
    matrix = isinstance(e, numpy.linalg.LinAlgError)
    statuses = {numpy.linalg.LinAlgError: lib.SHARR_EEXPR, ValueError: lib.SHARR_EEXPR, MemoryError: lib.SHARR_ERESOURCE,
                KeyboardInterrupt: lib.SHARR_EINTERRUPTED}
    err.status = next((s for t, s in statuses.items() if isinstance(e, t)), lib.SHARR_EINTERNAL)
    err.kind = lib.SHARR_KIND_MATRIX if matrix else lib.SHARR_KIND_VALUE
    err.rank = err.column = -1
    err.os_error = err.file_length = 0
    text = str(e).encode()[:lib.SHARR_ERROR_TEXT - 1] or type(e).__name__.encode()
    ffi.memmove(err.text, text + b"\0", len(text) + 1)
    return err.status


@ffi.def_extern(error=70)
def sharr_py_map(arg, in_, nin, out, nout, err):
    try:
        _call(_core.kept(arg), [_array(in_[i]) for i in range(nin)], [_array(out[k]) for k in range(nout)])
    except BaseException as e:          # there is nobody above who could take it
        return _failed(err, e)
    return 0


def windows(name, function, arrays, core, outputs, slow=False):
    """Arrays of function(*blocks) over the stacks `arrays`.

    The last core[i] dimensions of arrays[i] are those of one item; the dimensions before are the stack, the same for all.
    The function gets blocks of shape (n, ...), n >= 1 items, and gives one such block, or a tuple; outputs are (shape,
    dtype) of one item of each.  It must treat items one by one.  slow: it is NumPy's (or a partial of one) and may take
    seconds for one item, and then it is called in a process of its own.  Errors: what it raises is raised by the
    evaluation."""
    stack = arrays[0].ndim - core[0]
    for x, c in zip(arrays, core):
        assert x.ndim - c == stack and x.shape[:stack] == arrays[0].shape[:stack], name
    n, alive = len(outputs), []
    result = ffi.new("sharr_form[]", n)
    for r, (shape, dtype) in zip(result, outputs):
        alive.append(ffi.new("int64_t[]", shape or (1,)))
        r.type, r.ndim, r.shape = _core.DTYPE_NUMBER[numpy.dtype(dtype)], len(shape), alive[-1]
    m, text = ffi.new("sharr_map *"), ffi.new("char[]", name.encode())
    m.name, m.stack, m.nout, m.result = text, stack, n, result
    m.run, m.release, m.arg = lib.sharr_py_map, lib.sharr_py_release, _core.keep((function, slow, core[0]))
    made, given = ffi.new("sharr_array *[]", n), ffi.new("sharr_array *[]", [x._handle for x in arrays])
    try:
        _core.call(lib.sharr_array_map, _core.context, m, given, len(arrays), made)
    except BaseException:
        _core.forget(m.arg)
        raise
    return tuple(from_handle(made[k]) for k in range(n))
