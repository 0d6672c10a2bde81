# SPDX-License-Identifier: BSD-3-Clause
"""Files: open, look at, and texts in the command line's language."""

import collections.abc
import os

import numpy

from . import _core
from ._array import Array, from_handle
from ._core import ffi, lib


@ffi.def_extern(error=1)
def sharr_py_visit(arg, item):
    if not item.is_group and item.ndim >= 0:
        _core.kept(arg).append(ffi.string(item.path).decode(errors="surrogateescape"))
    return 0


class File(collections.abc.Mapping):
    """An open file: a mapping from names of datasets to arrays.

    Arrays stay usable after the file is closed here: they keep it open for themselves."""

    def __init__(self, path):
        self._handle = ffi.NULL
        self.path = os.fspath(path)
        _core.launch()
        self._handle = _core.everywhere(lib.sharr_file_open, _core.context,
                                         _core.text(os.fsencode(self.path), "a path"))

    def close(self):
        """Arrays of it stay usable."""
        handle, self._handle = self._handle, ffi.NULL
        if handle != ffi.NULL:
            _core.give_up(lib.sharr_file_close, handle)

    def __del__(self):
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _open(self):
        if self._handle == ffi.NULL:
            raise ValueError(f"{self.path} is closed")
        return self._handle

    def __getitem__(self, name):
        if not isinstance(name, str):
            raise TypeError(f"the name of a dataset is a text, not {type(name).__name__}")
        opened = self._open()
        try:
            return from_handle(_core.everywhere(lib.sharr_file_dataset, opened, _core.text("/" + name.strip("/"))))
        except ValueError as e:                 # of the text itself, too: no dataset is called so
            if getattr(e, "status", lib.SHARR_EEXPR) != lib.SHARR_EEXPR:
                raise
            raise KeyError(str(e)) from None

    def _names(self):
        found = []
        key = _core.keep(found)
        try:
            _core.call(lib.sharr_file_visit, self._open(), lib.sharr_py_visit, key)
        finally:
            _core.forget(key)
        return [path.lstrip("/") for path in found]

    def __contains__(self, name):
        return isinstance(name, str) and name.strip("/") in self._names()

    def __iter__(self):
        return iter(self._names())

    def __len__(self):
        return len(self._names())

    def __reduce__(self):
        from ._pickle import reduce_file
        self._open()
        return reduce_file(self)

    def __repr__(self):
        return f"<sharr.File {self.path}{'' if self._handle != ffi.NULL else ', closed'}>"


def open_file(path):
    """Open an HDF5 or netCDF-4 file: a mapping from names to arrays.  Nothing is read yet.  Collective.

    Raises FileNotFoundError, PermissionError, sharr.DataError (no HDF5, damaged)."""
    return File(path)


open_file.__name__ = open_file.__qualname__ = "open"


def _given(things):
    """Arrays and Python's numbers under their names, as the library wants them, and what has to live as long."""
    from ._array import _fill
    from ._creation import asarray
    names, alive = ffi.new("sharr_name[]", len(things) or 1), []
    for at, (name, x) in zip(names, things.items()):
        if not isinstance(name, str):
            raise TypeError(f"eval: names are texts, not {type(name).__name__}")
        alive.append(_core.text(name))
        at.name = alive[-1]
        if isinstance(x, (bool, int, float, complex)) and not isinstance(x, numpy.generic):
            alive.append(ffi.new("sharr_arg *"))
            at.number = alive[-1]
            _fill(at.number, x, alive)
        else:
            alive.append(asarray(x)._handle)
            at.array = alive[-1]
    return names, alive


def evaluate_text(text, arrays=None, /, **named):
    """Evaluate a text in the language of sharr-eval, in which names stand for arrays, and for Python's numbers, which take
    the type of what is beside them.

    Returns the array of a last expression without a name; else a dict of the assigned names (but for those that
    begin with _).  Nothing is computed yet.  Raises ValueError with the place in the text."""
    if not isinstance(text, str):
        raise TypeError(f"eval takes a text, not {type(text).__name__}")
    code = text.encode()
    given = {**(arrays or {}), **named}
    names, alive = _given(given)
    with _core.locked():
        script = lib.sharr_script_with(_core.context, code, len(code), names, len(given), _core._err)
        if script == ffi.NULL:
            raise _core.exception(_core._err, code)
        found, result = [], ffi.new("sharr_result *")
        for i in range(lib.sharr_script_count(script)):
            lib.sharr_script_result(script, i, result)
            name = None if result.name == ffi.NULL else ffi.string(result.name).decode()
            found.append((name, from_handle(lib.sharr_script_array(script, i))))
        lib.sharr_script_free(script)
    if found and found[-1][0] is None:
        return found[-1][1]
    return {name: x for name, x in found if name is not None and not name.startswith("_")}


evaluate_text.__name__ = evaluate_text.__qualname__ = "eval"
__all__ = ["Array", "File"]
