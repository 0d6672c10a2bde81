# SPDX-License-Identifier: BSD-3-Clause
"""NumPy's habits: its functions on sharr arrays (__array_function__, __array_ufunc__), and methods of arrays.

What sharr has stays deferred, with NumPy's names and parameters (_translated.py).  What it has not is NumPy's own
function on the values, if they are no more than sharr.config.max_array bytes."""

import functools
import inspect

import numpy

from . import _core, _functions as sp
from ._array import Array, apply, from_numpy
from ._creation import asarray
from ._masked import unmasked
from ._translated import FUNCTIONS
from ._translated_linalg import FFT, LINALG


# ---- protocols ------------------------------------------------------------------------------------

def _values(thing):
    """Sharr's arrays as NumPy's, also in lists and dicts."""
    if isinstance(thing, Array):
        return thing.__array__()
    if isinstance(thing, (list, tuple)):
        return type(thing)(_values(item) for item in thing)
    if isinstance(thing, dict):
        return {k: _values(v) for k, v in thing.items()}
    return unmasked(thing) if isinstance(thing, numpy.ndarray) else thing


def _back(result):
    """NumPy's arrays as sharr's: what goes in as those comes out so."""
    if isinstance(result, (tuple, list)):
        items = [_back(r) for r in result]
        return type(result)(*items) if hasattr(result, "_fields") else type(result)(items)
    if isinstance(result, numpy.ndarray) and result.dtype in _core.DTYPE_NUMBER:
        return asarray(result)
    return result


_OWN = {"numpy": FUNCTIONS, "numpy.linalg": LINALG, "numpy.fft": FFT}
WRITERS = {"copyto": "dst", "fill_diagonal": "a", "place": "arr", "put": "a", "put_along_axis": "arr", "putmask": "a"}
_UNTOLD = {"concatenate": 2, "dot": 2}          # where `out` stands, where NumPy 1 has no signature


@functools.lru_cache(None)
def _place_of_out(func):
    try:
        parameters = list(inspect.signature(func).parameters.values())
    except ValueError:
        return _UNTOLD.get(func.__name__)
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return names.index("out") if "out" in names else None


def _destination(func, args, kwargs):
    """What a function of NumPy writes into, or None."""
    writer = func.__module__ == "numpy" and func.__name__ in WRITERS
    name = WRITERS[func.__name__] if writer else "out"
    if name in kwargs:
        return kwargs[name]
    place = 0 if writer else _place_of_out(func)
    return None if place is None or place >= len(args) else args[place]


def array_function(func, args, kwargs):
    """For Array.__array_function__."""
    if func.__module__.partition(".")[0] != "numpy":
        return NotImplemented
    to = _destination(func, args, kwargs)
    if isinstance(to, Array):
        raise TypeError(f"numpy.{func.__name__} writes into its argument, which is no NumPy array: assign, x[...] = values")
    own = _OWN.get(func.__module__, {}).get(func.__name__)
    if own is not None and to is None:
        try:
            return own(*args, **{k: v for k, v in kwargs.items() if v is not numpy._NoValue})
        except TypeError:               # a parameter or a type that only NumPy has
            pass
    result = func(*_values(args), **_values(kwargs))
    return _back(result) if to is None else result


def array_ufunc(ufunc, method, inputs, options):
    """For Array.__array_ufunc__."""
    name = _core.OPERATOR_NAMES.get(ufunc.__name__)
    out = options.get("out")
    if out and any(isinstance(x, Array) for x in out) or method == "at" and isinstance(inputs[0], Array):
        return NotImplemented
    if method == "__call__" and not options and name is not None:
        return apply(name, *[from_numpy(x) for x in inputs])
    result = getattr(ufunc, method)(*_values(inputs), **_values(options))
    return result if out else _back(result)


# ---- methods --------------------------------------------------------------------------------------

def _sizes(shape):
    return shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape


def _method(function):
    def method(self, *args, **kwargs):
        return function(self, *args, **kwargs)
    return method


def _round(self, ndigits=None):
    """round(x): an integer, of an array of 0 dimensions; with ndigits, and of others, as numpy.round."""
    if ndigits is None and self.ndim == 0:
        return round(self.item())
    return FUNCTIONS["round"](self, ndigits or 0)


Array.__round__ = _round
_METHODS = {
    **{name: _method(FUNCTIONS[name]) for name in (
        "sum", "prod", "mean", "var", "std", "min", "max", "any", "all", "argmin", "argmax", "swapaxes", "ravel", "squeeze",
        "round", "clip")},
    "astype": lambda self, dtype, copy=True: sp.astype(self, dtype, copy=copy),
    "reshape": lambda self, *shape: sp.reshape(self, tuple(_sizes(shape))),
    "transpose": lambda self, *axes: FUNCTIONS["transpose"](self, _sizes(axes) if axes and axes[0] is not None else None),
    "conj": lambda self: apply("conj", self) if self.dtype.kind == "c" else self,
    "copy": lambda self: self.__copy__(),
    "item": lambda self: self.to_numpy().item(),
    "tolist": lambda self: self.__array__().tolist(),
}
for _name, _function in _METHODS.items():
    _function.__name__, _function.__qualname__ = _name, f"Array.{_name}"
    _function.__doc__ = f"As numpy.ndarray.{_name}; deferred." if _name not in ("item", "tolist") else f"As numpy.ndarray.{_name}."
    setattr(Array, _name, _function)
