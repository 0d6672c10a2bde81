# SPDX-License-Identifier: BSD-3-Clause
"""The deferred array.

An Array is a handle to a node of the library's graph: dtype and shape are known, nothing is computed before somebody
asks for values (but what is small and takes many steps, from values in memory that cannot change).  Assignment and the
in-place operators make the handle point to another node: what was computed from the array before keeps the old values.
"""

import operator
import sys

import numpy

from . import _core, _evaluate, _show
from ._core import DTYPES, ffi, lib

API_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")


class Array:
    """An array of numbers that are computed when they are needed."""

    __slots__ = ("_handle", "__weakref__")
    __array_priority__ = 1000
    __hash__ = None

    def __new__(cls, *args, **kwargs):
        raise TypeError("an Array is made by sharr.asarray, sharr.open or a function of sharr")

    # ---- facts --------------------------------------------------------------------------------

    @property
    def dtype(self):
        return DTYPES[lib.sharr_array_dtype(self._handle)]

    @property
    def ndim(self):
        return lib.sharr_array_ndim(self._handle)

    @property
    def shape(self):
        handle = self._handle               # keeps what `shape` points to, whatever the array is by then
        shape = lib.sharr_array_shape(handle)
        return tuple(shape[i] for i in range(lib.sharr_array_ndim(handle)))

    @property
    def size(self):
        n = 1
        for extent in self.shape:
            n *= extent
        return n

    @property
    def nbytes(self):
        return self.size * self.dtype.itemsize

    @property
    def device(self):
        return "cpu"

    @property
    def T(self):
        if self.ndim != 2:
            raise ValueError(f"x.T is for 2 dimensions, not {self.ndim}: use x.mT or permute_dims")
        return apply("permute_dims", self)

    @property
    def mT(self):
        if self.ndim < 2:
            raise ValueError(f"x.mT is for 2 dimensions and more, not {self.ndim}")
        axes = list(range(self.ndim))
        axes[-2:] = axes[:-3:-1]
        return apply("permute_dims", self, axes=axes)

    def to_device(self, device, /, *, stream=None):
        if device != "cpu" or stream is not None:
            raise ValueError(f"there is one device, 'cpu', without streams; not {device!r}")
        return self

    # ---- values -------------------------------------------------------------------------------

    def to_numpy(self):
        """The values, computed now, as a new numpy.ndarray on every rank.  Collective."""
        return _evaluate.evaluate([self])[0]

    def explain(self, json=False):
        """What an evaluation would do: passes over the data, memory, reads.  Computes nothing.  Collective."""
        return _evaluate.explain([self], json)

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("the values of a sharr array are computed: a copy cannot be avoided")
        most = _evaluate.config.max_array
        if self.nbytes > most:
            raise MemoryError(f"NumPy asks for all {self.nbytes} bytes of an array of shape {self.shape}, and "
                              f"sharr.config.max_array is {most}: raise it, or call x.to_numpy()")
        values = self.to_numpy()
        return values if dtype is None else values.astype(dtype)

    def _scalar(self, what):
        if self.ndim != 0:
            raise TypeError(f"{what} of an array of shape {self.shape}: only arrays of 0 dimensions are numbers")
        return self.to_numpy()[()]

    def __bool__(self):
        if self.ndim != 0:
            raise ValueError(f"bool of an array of shape {self.shape} is ambiguous: use any(x) or all(x)")
        return bool(self._scalar("bool"))

    def __int__(self):
        if self.dtype.kind == "c":
            raise TypeError("int of a complex number")
        return int(self._scalar("int"))

    def __float__(self):
        if self.dtype.kind == "c":
            raise TypeError("float of a complex number")
        return float(self._scalar("float"))

    def __complex__(self):
        return complex(self._scalar("complex"))

    def __index__(self):
        if self.dtype.kind not in "iu":
            raise TypeError(f"an index is an integer, not {self.dtype}")
        return int(self._scalar("an index"))

    def __len__(self):
        if self.ndim == 0:
            raise TypeError("len of an array of 0 dimensions")
        return self.shape[0]

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("an array of 0 dimensions cannot be iterated over")
        return self._numbers() if self.ndim == 1 else (self[i] for i in range(self.shape[0]))

    def _numbers(self, most=1 << 16):
        """The elements of one dimension: more and more evaluated at a time, until an assignment changes the array."""
        from ._creation import hold
        seen, start, values = self, 0, ()
        for i in range(self.shape[0]):
            changed = seen._handle != self._handle
            if changed or i == start + len(values):
                many = 1 if changed else min(2 * len(values) or 64, most)
                seen, start, values = self.__copy__(), i, self[i:i + many].to_numpy()
            yield hold(values[i - start, ...])

    def __repr__(self):
        return _show.line(self)

    def __str__(self):
        return _show.text(self)

    def _repr_html_(self):
        return _show.page(self)

    def _repr_inline_(self, max_width):
        """For xarray's tables."""
        return _show.short(self, max_width)

    def __format__(self, spec):
        return format(self._scalar("format") if spec else str(self), spec)

    # ---- protocols ----------------------------------------------------------------------------

    def __array_namespace__(self, /, *, api_version=None):
        if api_version is not None and api_version not in API_VERSIONS:
            raise ValueError(f"the Array API of {api_version!r} is not known: there are {', '.join(API_VERSIONS)}")
        return sys.modules[__package__]

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        """The values, computed now, for other libraries.  They have memory that nobody else has, whatever `copy` says."""
        if stream is not None or dl_device not in (None, (1, 0)):
            raise BufferError("the values of a sharr array are computed into new memory of the processor")
        from ._dlpack import capsule
        return capsule(self.to_numpy())

    def __dlpack_device__(self):
        return (1, 0)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        from ._numpy import array_ufunc
        return array_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, func, types, args, kwargs):
        from ._numpy import array_function
        return array_function(func, args, kwargs)

    def __reduce__(self):
        from ._pickle import reduce
        return reduce(self)

    def __copy__(self):
        x = object.__new__(Array)
        x._handle = self._handle
        return x

    def __deepcopy__(self, memo):
        return self.__copy__()

    # ---- indices ------------------------------------------------------------------------------

    def __getitem__(self, key, /):
        if isinstance(key, bool) or not isinstance(key, (int, slice)):
            from ._gather import index
            found = index(self, key)
            if found is not None:
                return found
        items = index_items(key, self.shape)
        return from_handle(_core.new_handle(lib.sharr_array_index, _core.context, self._handle, items, len(items)))

    def __setitem__(self, key, value, /):
        """x[key] = value.  What was computed from x before keeps the old values; files never change."""
        value = self._castable(value)
        if isinstance(key, bool) or not isinstance(key, (int, slice)):
            from ._scatter import assigned
            changed = assigned(self, key, value)
            if changed is not None:
                self._become(changed)
                return
        items = index_items(key, self.shape)
        self._become(from_handle(_core.new_handle(lib.sharr_array_update, _core.context, self._handle, items, len(items),
                                                  value._handle)))

    def _castable(self, value):
        """A value in the type of x, if NumPy's rule "same_kind" lets it become that."""
        from ._creation import asarray
        from ._info import promote
        weak = isinstance(value, (bool, int, float, complex))
        if not weak:
            value = asarray(value)
        fits = promote([self, value]) == self.dtype if weak else numpy.can_cast(value.dtype, self.dtype, "same_kind")
        if not fits:
            kind = type(value).__name__ if weak else value.dtype
            raise TypeError(f"assignment: cannot cast {kind} to {self.dtype}")
        if weak:
            return apply("full", (), value, dtype=self.dtype)
        return value if value.dtype == self.dtype else apply("astype", value, self.dtype)

    def _become(self, other):
        """Point to the node of another array."""
        self._handle = other._handle

    def _in_place(self, name, other):
        result = binary(name, self, other)
        if result is NotImplemented:
            return result
        if not numpy.can_cast(result.dtype, self.dtype, "same_kind"):
            raise TypeError(f"{name} in place: cannot cast {result.dtype} to {self.dtype}")
        if result.shape != self.shape:
            raise ValueError(f"{name} in place: the result of shape {result.shape} does not fit an array of shape {self.shape}")
        self._become(result if result.dtype == self.dtype else apply("astype", result, self.dtype))
        return self


# ---- making ---------------------------------------------------------------------------------------

def _drop(handle, give_up=_core.give_up, unref=lib.sharr_array_unref):
    """(At the end of the interpreter there are no globals any more.)"""
    give_up(unref, handle)


def from_handle(handle):
    """An Array that owns a handle.  `_handle` is given back with the last that refers to it, which may be an argument of a
    call under way while the array is made to be another."""
    x = object.__new__(Array)
    x._handle = ffi.gc(handle, _drop)
    return x


def from_numpy_scalar(x):
    """NumPy's own scalars have a type; Python's take that of the array beside them."""
    return scalar(x) if isinstance(x, numpy.generic) else x


def from_numpy(x):
    """NumPy's arrays and scalars as arrays; what else it is stays."""
    if isinstance(x, numpy.ndarray):
        from ._creation import asarray
        return asarray(x)
    return from_numpy_scalar(x)


def scalar(x):
    """A NumPy scalar as an array of 0 dimensions."""
    if x.dtype not in _core.DTYPE_NUMBER:
        raise TypeError(f"sharr has no type {x.dtype}")
    value = ffi.from_buffer(numpy.ascontiguousarray(x))
    return from_handle(_core.new_handle(lib.sharr_array_scalar, _core.context, _core.DTYPE_NUMBER[x.dtype], value))


# ---- arguments ------------------------------------------------------------------------------------

def _fill(arg, value, alive):
    """Describe one argument to the library; `alive` holds what it points to."""
    if isinstance(value, Array):
        alive.append(value._handle)
        arg.kind, arg.array = lib.SHARR_ARG_ARRAY, alive[-1]
    elif value is None:
        arg.kind = lib.SHARR_ARG_NONE
    elif isinstance(value, bool):
        arg.kind, arg.i = lib.SHARR_ARG_BOOL, value
    elif isinstance(value, (numpy.generic, numpy.ndarray)):
        alive.append(from_numpy(value)._handle)
        arg.kind, arg.array = lib.SHARR_ARG_ARRAY, alive[-1]
    elif isinstance(value, int):
        if -1 << 63 <= value < 1 << 63:
            arg.kind, arg.i = lib.SHARR_ARG_INT, value
        elif 0 < value < 1 << 64:
            arg.kind, arg.i = lib.SHARR_ARG_UINT, value - (1 << 64)
        else:
            raise OverflowError(f"{value} does not fit 64 bits")
    elif isinstance(value, float):
        arg.kind, arg.re = lib.SHARR_ARG_FLOAT, value
    elif isinstance(value, complex):
        arg.kind, arg.re, arg.im = lib.SHARR_ARG_COMPLEX, value.real, value.imag
    elif isinstance(value, numpy.dtype):
        arg.kind, arg.i = lib.SHARR_ARG_DTYPE, _core.DTYPE_NUMBER[value]
    elif isinstance(value, (tuple, list)):
        items = ffi.new("sharr_arg[]", len(value) or 1)
        alive.append(items)
        arg.kind, arg.item, arg.nitems = lib.SHARR_ARG_LIST, items, len(value)
        for i, item in enumerate(value):            # NumPy's integers count here, as in the shapes of its arrays
            _fill(items[i], int(item) if isinstance(item, numpy.integer) else item, alive)
    elif hasattr(value, "__index__"):
        arg.kind, arg.i = lib.SHARR_ARG_INT, operator.index(value)
    else:
        raise TypeError(f"{type(value).__name__} is no array and no number")


_NAMES = {}


def _name(text):
    """The library keeps no copy of a parameter's name."""
    name = _NAMES.get(text)
    if name is None:
        name = _NAMES[text] = ffi.new("char[]", text.encode())
    return name


def apply(op, *args, **params):
    """An operator of the library's table."""
    n = len(args) + len(params)
    arg, alive = ffi.new("sharr_arg[]", n or 1), []
    for i, value in enumerate(args):
        _fill(arg[i], value, alive)
    for i, (name, value) in enumerate(params.items(), len(args)):
        _fill(arg[i], value, alive)
        arg[i].name = _name(name)
    return from_handle(_core.new_handle(lib.sharr_apply, _core.context, _name(op), arg, n))


_OPERANDS = (Array, bool, int, float, complex, numpy.generic)


def _refuse_list(name, x, other):
    """Python would take x for the number of times that the list is repeated, which a single integer is."""
    times = x.ndim == 0 and x.dtype.kind in "iu" and name == "multiply"
    if not times and name not in ("equal", "not_equal"):
        kind = type(other).__name__
        raise TypeError(f"{name} of a sharr array and a {kind}: sharr.asarray makes an array of the {kind}")


def binary(name, x1, x2):
    """What an infix operator does; NotImplemented lets the other operand try."""
    if not isinstance(x2, _OPERANDS) or not isinstance(x1, _OPERANDS):
        if isinstance(x1, (list, tuple)) or isinstance(x2, (list, tuple)):
            _refuse_list(name, *((x2, x1) if isinstance(x1, (list, tuple)) else (x1, x2)))
        if isinstance(x2, numpy.ndarray) or isinstance(x1, numpy.ndarray):
            return apply(name, from_numpy(x1), from_numpy(x2))
        return NotImplemented
    return apply(name, x1, x2)


def index_items(key, shape):
    """x[key] as the library wants it."""
    keys = key if isinstance(key, tuple) else (key,)
    items = ffi.new("sharr_index[]", len(keys)) if keys else ffi.new("sharr_index[]", 0)
    for item, k in zip(items, keys):
        if k is None:
            item.kind = lib.SHARR_INDEX_NEWAXIS
        elif k is Ellipsis:
            item.kind = lib.SHARR_INDEX_ELLIPSIS
        elif isinstance(k, slice):
            item.kind = lib.SHARR_INDEX_SLICE
            for bit, name in ((1, "start"), (2, "stop"), (4, "step")):
                value = getattr(k, name)
                if value is not None:
                    item.has |= bit
                    setattr(item, name, max(-1 << 62, min(operator.index(value), 1 << 62)))
        elif hasattr(k, "__index__"):
            item.kind, at = lib.SHARR_INDEX_INT, operator.index(k)
            if not -1 << 63 <= at < 1 << 63:
                raise IndexError(f"index {at} is out of range for shape {shape}")
            item.start = at
        else:
            raise IndexError(f"{type(k).__name__} is no index: slices, integers, ... and None are")
    return items
