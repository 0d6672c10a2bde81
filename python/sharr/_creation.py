# SPDX-License-Identifier: BSD-3-Clause
"""Arrays from numbers, buffers and datasets of other libraries."""

import os

import numpy

from . import _core
from ._array import Array, apply, from_handle, scalar
from ._core import DTYPES, ffi, lib
from ._masked import unmasked


def check_device(device):
    if device not in (None, "cpu"):
        raise ValueError(f"there is one device, 'cpu', not {device!r}")


def check_dtype(dtype):
    """A numpy.dtype that sharr has; None stays."""
    if dtype is None:
        return None
    t = numpy.dtype(dtype).newbyteorder("=")
    if t not in _core.DTYPE_NUMBER:
        raise TypeError(f"sharr has no type {t}: there are {', '.join(str(d) for d in DTYPES)}")
    return t


def check_shape(shape):
    return shape if isinstance(shape, (tuple, list)) else (shape,)


def hold(values):
    """An array over NumPy's memory that nobody else has or changes."""
    minus_nan = values.dtype.kind == "f" and values.ndim == 0 and values != values and numpy.signbit(values)
    if values.ndim == 0 and not minus_nan:              # which no literal can be
        return scalar(values[()])
    return _from_numpy(values, values, True)


def _from_numpy(values, keep_alive, own=False):
    """A leaf over NumPy's memory, which is kept as long as something needs it."""
    t = values.dtype
    memory = ffi.new("sharr_memory *")
    shape = ffi.new("int64_t[]", values.shape or 1)
    stride = ffi.new("int64_t[]", values.strides or 1)
    memory.type, memory.ndim, memory.shape, memory.stride = _core.DTYPE_NUMBER[t], values.ndim, shape, stride
    memory.data = ffi.cast("void *", values.ctypes.data)
    memory.constant = own
    memory.release, memory.arg = lib.sharr_py_release, _core.keep(keep_alive)
    if own:
        _core.hold(memory.arg, values.nbytes)
    _core.launch()
    try:
        return from_handle(_core.new_handle(lib.sharr_array_memory, _core.context, memory, True))
    except BaseException:
        _core.forget(memory.arg)
        raise


def _usable(values):
    return values.dtype in _core.DTYPE_NUMBER and values.dtype.isnative and values.flags.aligned


def _has_its_name(dataset):
    """Is h5py's file the one that has its name now?  It may lie in memory, be replaced, or its name be of another directory."""
    file = dataset.file
    if dataset.name is None or file.driver not in ("sec2", "mpio"):
        return False
    try:
        return file.driver == "mpio" or os.path.samestat(os.fstat(file.id.get_vfd_handle()), os.stat(file.filename))
    except OSError:
        return False


def _of_dataset(obj):
    """Datasets of h5py, netCDF4 and h5netcdf by the path of their file, and of xarray what is one of them or an Array;
    None: it is none, or h5py's without such a file, whose values h5py reads."""
    module = type(obj).__module__.partition(".")[0]
    from ._files import open_file
    if module == "xarray" and hasattr(obj, "variable"):
        from ._xarray import stored
        found = stored(obj)
        return found if isinstance(found, Array) else _of_dataset(found)
    if module == "h5netcdf" and hasattr(obj, "_h5ds"):
        obj, module = obj._h5ds, "h5py"
    if module == "h5py" and hasattr(obj, "file"):
        obj.file.flush()
        return open_file(obj.file.filename)[obj.name] if _has_its_name(obj) else None
    if module == "netCDF4" and hasattr(obj, "group"):
        group = obj.group()
        return open_file(group.filepath())[group.path.rstrip("/") + "/" + obj.name]
    return None


def asarray(obj, /, *, dtype=None, device=None, copy=None):
    """An array from an array, a number, nested lists, a buffer, or a dataset of h5py, netCDF4 or xarray (the stored
    values: nothing is read).

    Values are copied now, unless copy=False: then those that are there at evaluation count.  On several ranks the
    values must be the same on all; that is checked.

    Raises TypeError (a type that sharr has not), ValueError (copy=False is not possible; masked elements).
    Source: Array API 2025.12, asarray."""
    check_device(device)
    dtype = check_dtype(dtype)
    x = obj if isinstance(obj, Array) else _of_dataset(obj)
    if x is not None:
        if dtype is not None and dtype != x.dtype:
            if copy is False:
                raise ValueError(f"a cast from {x.dtype} to {dtype} is a copy")
            return apply("astype", x, dtype)
        return x.__copy__() if copy else x
    if isinstance(obj, (bool, int, float, complex)) and copy is False:
        raise ValueError("a number has no memory: a copy cannot be avoided")
    values = numpy.asarray(unmasked(obj), dtype=dtype)
    if values.dtype.kind == "O" and isinstance(obj, int):
        raise OverflowError(f"{obj} does not fit 64 bits")
    if values.dtype.newbyteorder("=") not in _core.DTYPE_NUMBER:
        raise TypeError(f"Unsupported type {values.dtype}: there are {', '.join(str(d) for d in DTYPES)}")
    if copy is False:
        if not _usable(values) or not isinstance(obj, numpy.ndarray) or values.dtype != obj.dtype:
            raise ValueError("a copy cannot be avoided: copy=False is for NumPy arrays in native order")
        return _from_numpy(values, values)
    if values.ndim == 0:
        return hold(values.astype(values.dtype.newbyteorder("=")))
    from ._spill import held
    kept = held(values.nbytes, lambda: _from_numpy(values, values)) if _usable(values) else None
    if kept is not None:
        return kept
    values = numpy.array(values, dtype=values.dtype.newbyteorder("="), order="C", copy=True)
    return hold(values)


def from_dlpack(x, /, *, device=None, copy=None):
    """An array from any object with __dlpack__.  Copied now, unless copy=False."""
    check_device(device)
    if isinstance(x, Array):
        return asarray(x, copy=copy)
    return asarray(numpy.from_dlpack(x), copy=copy)


def _number(x):
    """A number that may be an array of 0 dimensions, which is evaluated."""
    if isinstance(x, Array):
        x = x._scalar("a number")
    unmasked(x)
    return x.item() if isinstance(x, numpy.generic) or (isinstance(x, numpy.ndarray) and x.ndim == 0) else x


def arange(start, /, stop=None, step=1, *, dtype=None, device=None):
    """start, start + step, ... before stop; arange(n) begins at 0."""
    check_device(device)
    return apply("arange", _number(start), _number(stop), _number(step), dtype=check_dtype(dtype))


def linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True):
    """num values at even distance from start to stop."""
    check_device(device)
    dtype, start, stop = check_dtype(dtype), _number(start), _number(stop)
    if dtype is None and (isinstance(start, complex) or isinstance(stop, complex)):
        dtype = DTYPES[lib.SHARR_COMPLEX128]
    return apply("linspace", start, stop, _number(num), endpoint=bool(endpoint), dtype=dtype)


def full(shape, fill_value, *, dtype=None, device=None):
    """One value everywhere."""
    check_device(device)
    return apply("full", check_shape(shape), fill_value, dtype=check_dtype(dtype))


def zeros(shape, *, dtype=None, device=None):
    """Zeros; float64 unless dtype is given."""
    check_device(device)
    return apply("zeros", check_shape(shape), dtype=check_dtype(dtype))


def ones(shape, *, dtype=None, device=None):
    """Ones; float64 unless dtype is given."""
    check_device(device)
    return apply("ones", check_shape(shape), dtype=check_dtype(dtype))


def empty(shape, *, dtype=None, device=None):
    """Zeros: nothing is gained by leaving them out."""
    return zeros(shape, dtype=dtype, device=device)


def full_like(x, /, fill_value, *, dtype=None, device=None):
    """One value everywhere, of the shape (and dtype) of x."""
    return full(x.shape, fill_value, dtype=x.dtype if dtype is None else dtype, device=device)


def zeros_like(x, /, *, dtype=None, device=None):
    """Zeros of the shape (and dtype) of x."""
    return zeros(x.shape, dtype=x.dtype if dtype is None else dtype, device=device)


def ones_like(x, /, *, dtype=None, device=None):
    """Ones of the shape (and dtype) of x."""
    return ones(x.shape, dtype=x.dtype if dtype is None else dtype, device=device)


def empty_like(x, /, *, dtype=None, device=None):
    """Zeros of the shape (and dtype) of x."""
    return zeros_like(x, dtype=dtype, device=device)


def eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None):
    """Ones on the k-th diagonal, else zeros."""
    check_device(device)
    k = max(-n_rows, min(k, n_rows if n_cols is None else n_cols))      # beyond the corners all is zero
    return apply("eye", n_rows, n_cols, k=k, dtype=check_dtype(dtype))


def _triangle(x, k, name, keep):
    if x.ndim < 2:
        raise ValueError(f"{name} of an array of {x.ndim} dimensions: 2 or more are wanted")
    rows, cols = x.shape[-2:]
    k = max(-rows - 1, min(k, cols + 1))        # beyond the corners all or nothing is kept
    below = arange(cols)[None, :] - arange(rows)[:, None]
    return apply("where", apply(keep, below, k), x, zeros((), dtype=x.dtype))


def tril(x, /, *, k=0):
    """The lower triangles, up to the k-th diagonal; zero above."""
    return _triangle(x, k, "tril", "less_equal")


def triu(x, /, *, k=0):
    """The upper triangles, from the k-th diagonal on; zero below."""
    return _triangle(x, k, "triu", "greater_equal")


def meshgrid(*arrays, indexing="xy"):
    """Coordinates of a grid from those along its axes, as a tuple."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    if any(x.ndim > 1 for x in arrays):
        raise ValueError("meshgrid takes arrays of one dimension")
    n, order = len(arrays), list(range(len(arrays)))
    if indexing == "xy" and n > 1:
        order[:2] = 1, 0
    arrays = [x if x.ndim else x[None] for x in arrays]
    shape = [arrays[i].shape[0] for i in order]
    grids = []
    for i, x in enumerate(arrays):
        at = [None] * n
        at[order.index(i)] = slice(None)
        grids.append(apply("broadcast_to", x[tuple(at)], shape))
    return tuple(grids)
