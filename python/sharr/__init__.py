# SPDX-License-Identifier: BSD-3-Clause
"""sharr: the Python Array API over HDF5 files larger than memory.

    import sharr as sp
    with sp.open("era5.nc") as f:
        t = f["t2m"]                           # nothing read yet
        anom = t - sp.mean(t, axis=0)          # nothing computed yet; shape and dtype known
        sp.save("anomaly.h5", {"anom": anom, "sd": sp.std(t, axis=0)})
        print(float(sp.max(sp.abs(anom))))     # computed now

Started by mpirun, the same script runs on all ranks and gives the same results on each.
"""

from ._core import AxisError, DataError, DTYPES as _DTYPES, init, lib as _lib, ffi as _ffi, nranks, rank
from ._array import Array
from ._config import config
from ._creation import (
    arange, asarray, empty, empty_like, eye, from_dlpack, full, full_like, linspace, meshgrid, ones, ones_like, tril,
    triu, zeros, zeros_like)
from ._evaluate import evaluate, save
from ._files import File, evaluate_text as eval, open_file as open
from . import _operators, random
from ._gather import nonzero, take, take_along_axis
from ._functions import *                       # noqa: F403
from ._functions import elementwise as _elementwise
from ._sorting import *                         # noqa: F403
from ._beyond import einsum, pad
from . import fft, linalg, _numpy
from ._spill import persist
from ._info import __array_namespace_info__, can_cast, finfo, iinfo, isdtype

__version__ = _ffi.string(_lib.sharr_version()).decode()
__array_api_version__ = "2025.12"

globals().update({_t.name: _t for _t in _DTYPES})
globals().update(_elementwise)

# What is not of the Array API, and says all that there is to say.
_OWN = {"config", "einsum", "eval", "evaluate", "init", "nranks", "open", "pad", "persist", "rank", "save",
        "cbrt", "erf", "exp2"}
for _name, _f in list(globals().items()):
    if callable(_f) and not _name.startswith("_") and not isinstance(_f, type) and _name not in _OWN and "Source:" not in _f.__doc__:
        _f.__doc__ = f"{_f.__doc__.rstrip()}\n\n    Source: Array API {__array_api_version__}, {_name}."

e = 2.718281828459045
pi = 3.141592653589793
inf = float("inf")
nan = float("nan")
newaxis = None

__all__ = [_name for _name in list(globals()) if not _name.startswith("_")] + ["__array_namespace_info__"]
