# SPDX-License-Identifier: BSD-3-Clause
"""sp.config: the library's settings, and some of Python's own (src/base/config.c lets their variables pass)."""

import os

from . import _core
from ._core import ffi, lib


def _choice(*choices):
    def check(name, value):
        if value not in choices:
            raise ValueError(f"{name}: {value!r} is none of {', '.join(choices)}")
        return value
    return check


def _bytes(name, value):
    """A number, or a text as `memory` has it."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(f"{name}: {value!r} is no number of bytes")
    size = ffi.new("int64_t *")
    _core.call(lib.sharr_config_bytes, name.encode(), _core.text(str(value), name), size)
    return size[0]


_OWN = {                                # name: what checks and reads a value, default, help
    "progress": (_choice("auto", "on", "off"), "auto", "a bar for evaluations that take more than 2 s: auto (on a terminal), on, off"),
    "spill": (_choice("auto", "always"), "auto",
              "arrays that are held in memory go to scratch files: auto (when they take half of memory), always"),
    "max_array": (_bytes, 1 << 30, "bytes up to which NumPy functions may take a whole array into memory by themselves, as 1GiB"),
}


class _Scope:
    """Puts the settings back."""

    def __init__(self, config, before):
        self._config, self._before = config, before

    def __enter__(self):
        return self._config

    def __exit__(self, *_):
        for name, value in self._before.items():
            setattr(self._config, name, value)


class Config:
    """Settings: read and set attributes, or `with sp.config(memory="1GiB", threads=2): ...`.

    Values are checked when they are set.  SHARR_<NAME> in the environment sets them at import."""

    def __init__(self):
        names, i = {}, 0
        help_ = ffi.new("const char **")
        while (name := lib.sharr_config_key(i, ffi.NULL, ffi.NULL, help_)) != ffi.NULL:
            names[ffi.string(name).decode()] = ffi.string(help_[0]).decode()
            i += 1
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_own", {name: default for name, (_, default, _) in _OWN.items()})
        for name in _OWN:
            value = os.environ.get("SHARR_" + name.upper())
            if value:
                setattr(self, name, value)

    def __call__(self, **settings):
        before = {}
        scope = _Scope(self, before)
        try:
            for name, value in settings.items():
                old = getattr(self, name)
                setattr(self, name, value)
                before.setdefault(name, old)
        except BaseException:
            scope.__exit__()
            raise
        return scope

    def __getattr__(self, name):
        if name in self._own:
            return self._own[name]
        if name not in self._names:
            raise AttributeError(f"no setting is called {name!r}; there are {', '.join(sorted(dir(self)))}")
        value = ffi.new("char[4200]")
        _core.call(lib.sharr_context_get, _core.context, name.encode(), value, len(value))
        return ffi.string(value).decode()

    def __setattr__(self, name, value):
        if name in _OWN:
            self._own[name] = _OWN[name][0](name, value)
        elif name in self._names:
            _core.call(lib.sharr_context_set, _core.context, name.encode(), _core.text(str(value), name))
        else:
            raise AttributeError(f"no setting is called {name!r}; there are {', '.join(sorted(dir(self)))}")

    def __dir__(self):
        return [*self._names, *self._own]

    def __repr__(self):
        lines = (f"{n:>14} = {getattr(self, n)!s:<10} {self._names.get(n) or _OWN[n][2]}" for n in dir(self))
        return "\n".join(lines)


config = Config()
