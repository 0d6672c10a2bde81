# SPDX-License-Identifier: BSD-3-Clause
"""xarray: the backend engine="sharr", and variables of xarray as arrays.

xarray's own engine for netCDF-4 (netCDF4 or h5netcdf) reads what is small: dimensions, attributes, coordinates, times.
Variables of numbers are sharr arrays, unpacked (scale_factor, add_offset, _FillValue, missing_value) without being read."""

import importlib.util
import math

import numpy
import xarray
from xarray.backends import BackendEntrypoint

from . import _functions as sp
from ._array import Array, apply
from ._files import open_file

_ENGINES = {"netcdf4": "netCDF4", "h5netcdf": "h5netcdf"}


def _engine():
    for engine, module in _ENGINES.items():
        if importlib.util.find_spec(module):
            return engine
    raise ImportError("engine='sharr' needs netCDF4 or h5netcdf for attributes and coordinates: pip install netCDF4")


def _unpacked(stored, encoding, dtype):
    """The values that stored ones stand for: computed in float64, of the type that xarray gives them."""
    if str(encoding.get("_Unsigned", "")).lower() == "true":
        stored = sp.astype(stored, stored.dtype.str.replace("i", "u"))
    if stored.dtype == dtype and not {"scale_factor", "add_offset", "_FillValue", "missing_value"} & set(encoding):
        return stored
    values, packed = stored, False
    for name, op in (("scale_factor", "multiply"), ("add_offset", "add")):
        if name in encoding:
            by = numpy.asarray(encoding[name], dtype="float64").item()
            values = apply(op, values if packed else sp.astype(values, "float64"), by)
            packed = True
    values = sp.astype(values, dtype)
    for name in ("_FillValue", "missing_value"):
        for fill in numpy.atleast_1d(encoding.get(name, math.nan)):
            if fill == fill and dtype.kind in "fc":
                fill = numpy.asarray(fill).astype(stored.dtype).item()
                values = apply("where", apply("equal", stored, fill), math.nan, values)
    return values


def _is_ours(name, variable):
    return variable.dtype.kind in "biufc" and variable.ndim > 0 and variable.dims != (name,)


class SharrBackend(BackendEntrypoint):
    """xarray.open_dataset(path, engine="sharr"): variables are sharr arrays.  netCDF-4 and HDF5 with dimensions."""

    description = "HDF5 and netCDF-4 files larger than memory, as deferred sharr arrays"
    open_dataset_parameters = ("filename_or_obj", "drop_variables", "group", "mask_and_scale", "decode_times",
                               "concat_characters", "decode_coords", "use_cftime", "decode_timedelta")

    def open_dataset(self, filename_or_obj, *, drop_variables=None, group=None, **decoding):
        path = filename_or_obj
        inner = xarray.open_dataset(path, engine=_engine(), group=group, drop_variables=drop_variables, cache=False,
                                    **decoding)
        try:
            with open_file(path) as f:
                found = {}
                for name, variable in inner.variables.items():
                    if _is_ours(name, variable):
                        stored = f["/".join(filter(None, [(group or "").strip("/"), name]))]
                        data = _unpacked(stored, variable.encoding, variable.dtype)
                        found[name] = xarray.Variable(variable.dims, data, variable.attrs, variable.encoding)
        except BaseException:
            inner.close()
            raise
        outer = inner.assign({name: v for name, v in found.items() if name not in inner.coords})
        outer = outer.assign_coords({name: v for name, v in found.items() if name in inner.coords})
        outer.set_close(inner.close)
        return outer

    def guess_can_open(self, filename_or_obj):
        return False                    # who wants it asks for it


_WRAPPERS = ("MemoryCachedArray", "CopyOnWriteArray", "LazilyIndexedArray", "ArrayApiIndexingAdapter")


def stored(variable):
    """What an xarray variable shows as it lies there: a sharr array, or the variable of netCDF4 or h5netcdf; None: values in
    memory, a part, or something computed."""
    data = variable.variable._data
    while hasattr(data, "array") and not isinstance(data, Array):
        key = getattr(data, "key", None)
        if type(data).__name__ not in _WRAPPERS:
            return None
        if key is not None and any(k != slice(None) for k in key.tuple):
            return None
        data = data.array
    if isinstance(data, Array):
        return data
    return data.get_array() if hasattr(data, "get_array") and hasattr(data, "datastore") else None
