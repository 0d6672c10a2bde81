# SPDX-License-Identifier: BSD-3-Clause
"""The namespace as the Array API has it: names, signatures, inspection; and the import itself."""

import inspect
import os
import pydoc
import subprocess
import sys

import pytest

import sharr as sp

# As in the standard of 2025.12.
SIGNATURES = """
arange(start, /, stop=None, step=1, *, dtype=None, device=None)
asarray(obj, /, *, dtype=None, device=None, copy=None)
empty(shape, *, dtype=None, device=None)
empty_like(x, /, *, dtype=None, device=None)
eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None)
from_dlpack(x, /, *, device=None, copy=None)
full(shape, fill_value, *, dtype=None, device=None)
full_like(x, /, fill_value, *, dtype=None, device=None)
linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True)
meshgrid(*arrays, indexing='xy')
ones(shape, *, dtype=None, device=None)
ones_like(x, /, *, dtype=None, device=None)
tril(x, /, *, k=0)
triu(x, /, *, k=0)
zeros(shape, *, dtype=None, device=None)
zeros_like(x, /, *, dtype=None, device=None)
astype(x, dtype, /, *, copy=True, device=None)
can_cast(from_, to, /)
finfo(type, /)
iinfo(type, /)
isdtype(dtype, kind)
result_type(*arrays_and_dtypes)
abs(x, /)
acos(x, /)
acosh(x, /)
add(x1, x2, /)
asin(x, /)
asinh(x, /)
atan(x, /)
atan2(x1, x2, /)
atanh(x, /)
bitwise_and(x1, x2, /)
bitwise_left_shift(x1, x2, /)
bitwise_invert(x, /)
bitwise_or(x1, x2, /)
bitwise_right_shift(x1, x2, /)
bitwise_xor(x1, x2, /)
ceil(x, /)
clip(x, /, min=None, max=None)
conj(x, /)
copysign(x1, x2, /)
cos(x, /)
cosh(x, /)
divide(x1, x2, /)
equal(x1, x2, /)
exp(x, /)
expm1(x, /)
floor(x, /)
floor_divide(x1, x2, /)
greater(x1, x2, /)
greater_equal(x1, x2, /)
hypot(x1, x2, /)
imag(x, /)
isfinite(x, /)
isinf(x, /)
isnan(x, /)
less(x1, x2, /)
less_equal(x1, x2, /)
log(x, /)
log1p(x, /)
log2(x, /)
log10(x, /)
logaddexp(x1, x2, /)
logical_and(x1, x2, /)
logical_not(x, /)
logical_or(x1, x2, /)
logical_xor(x1, x2, /)
maximum(x1, x2, /)
minimum(x1, x2, /)
multiply(x1, x2, /)
negative(x, /)
nextafter(x1, x2, /)
not_equal(x1, x2, /)
positive(x, /)
pow(x1, x2, /)
real(x, /)
reciprocal(x, /)
remainder(x1, x2, /)
round(x, /)
sign(x, /)
signbit(x, /)
sin(x, /)
sinh(x, /)
square(x, /)
sqrt(x, /)
subtract(x1, x2, /)
tan(x, /)
tanh(x, /)
trunc(x, /)
matmul(x1, x2, /)
matrix_transpose(x, /)
tensordot(x1, x2, /, *, axes=2)
vecdot(x1, x2, /, *, axis=-1)
broadcast_arrays(*arrays)
broadcast_shapes(*shapes)
broadcast_to(x, /, shape)
concat(arrays, /, *, axis=0)
expand_dims(x, /, axis)
flip(x, /, *, axis=None)
moveaxis(x, source, destination, /)
permute_dims(x, /, axes)
repeat(x, repeats, /, *, axis=None)
reshape(x, /, shape, *, copy=None)
roll(x, /, shift, *, axis=None)
squeeze(x, /, axis)
stack(arrays, /, *, axis=0)
tile(x, repetitions, /)
unstack(x, /, *, axis=0)
take(x, indices, /, *, axis=None)
nonzero(x, /)
argmax(x, /, *, axis=None, keepdims=False)
argmin(x, /, *, axis=None, keepdims=False)
count_nonzero(x, /, *, axis=None, keepdims=False)
isin(x1, x2, /, *, invert=False)
sort(x, /, *, axis=-1, descending=False, stable=True)
take_along_axis(x, indices, /, *, axis=-1)
unique_all(x, /)
unique_counts(x, /)
unique_inverse(x, /)
unique_values(x, /)
argsort(x, /, *, axis=-1, descending=False, stable=True)
cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False)
cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False)
searchsorted(x1, x2, /, *, side='left', sorter=None)
where(condition, x1, x2, /)
max(x, /, *, axis=None, keepdims=False)
mean(x, /, *, axis=None, keepdims=False)
min(x, /, *, axis=None, keepdims=False)
prod(x, /, *, axis=None, dtype=None, keepdims=False)
std(x, /, *, axis=None, correction=0.0, keepdims=False)
sum(x, /, *, axis=None, dtype=None, keepdims=False)
var(x, /, *, axis=None, correction=0.0, keepdims=False)
all(x, /, *, axis=None, keepdims=False)
any(x, /, *, axis=None, keepdims=False)
diff(x, /, *, axis=-1, n=1, prepend=None, append=None)
__array_namespace_info__()
"""


@pytest.mark.parametrize("line", SIGNATURES.split("\n")[1:-1])
def test_signatures(line):
    function = getattr(sp, line.partition("(")[0])
    assert function.__name__ + str(inspect.signature(function)) == line
    assert function.__doc__


def test_docstrings():
    own = sp._OWN
    for name in (n for n in dir(sp) if not n.startswith("_")):
        thing = getattr(sp, name)
        if callable(thing):
            assert len(thing.__doc__) > 20, name
            assert isinstance(thing, type) or name in own or "Source: Array API 2025.12" in thing.__doc__, name
    assert "broadcast" in sp.add.__doc__ and "TypeError" in sp.sin.__doc__


def test_inspection(x):
    info = sp.__array_namespace_info__()
    assert info.default_device() == "cpu" and info.devices() == ("cpu",)       # a tuple from 2025.12 on
    assert isinstance(info.devices(), tuple) and info.devices() + [None] == ["cpu", None] and info.devices() + ("x",) == ("cpu", "x")
    assert info.default_dtypes()["indexing"] == sp.int64
    assert len(info.dtypes()) == 13 and list(info.dtypes(kind="bool")) == ["bool"]
    assert set(info.dtypes(kind=("real floating", "complex floating"))) == {"float32", "float64", "complex64", "complex128"}
    assert info.capabilities()["max dimensions"] == 32
    assert x.__array_namespace__() is sp and x.__array_namespace__(api_version="2025.12") is sp
    with pytest.raises(ValueError):
        x.__array_namespace__(api_version="1999.1")
    assert sp.newaxis is None and sp.pi > 3 and sp.nan != sp.nan


def run(code, **env):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **env})


def test_a_bad_setting_fails_at_import():
    done = run("import sharr", SHARR_THREADS="many")
    assert done.returncode == 1 and "threads" in done.stderr and "ValueError" in done.stderr


def test_import_starts_nothing():
    done = run("import sharr, threading, sys; print(threading.active_count(), 'mpi4py' in sys.modules, 'tqdm' in sys.modules)")
    assert done.stdout.split() == ["1", "False", "False"], done.stderr


@pytest.mark.parametrize("first", ["h5py", "sharr"])
def test_beside_h5py(first, path):
    second = "sharr" if first == "h5py" else "h5py"
    done = run(f"import {first}, {second}\nt = h5py.File({path!r})['t2m']\n"
               f"assert (sharr.asarray(t)[3].to_numpy() == t[3]).all()\nprint('same')")
    assert done.stdout == "same\n", done.stderr


def test_public_names():
    names = {}
    exec("from sharr import *", names)
    public = {name for name in dir(sp) if not name.startswith("_")}
    assert set(sp.__all__) == public | {"__array_namespace_info__"} and public <= set(names)
    assert {"Array", "File", "DataError", "open", "save", "eval", "sum", "fft", "linalg", "random", "float32", "pi"} <= public
    for module in (sp.fft, sp.linalg, sp.random):
        assert set(dir(module)) == set(module.__all__) and all(callable(getattr(module, name)) for name in module.__all__)
        assert not {"apply", "numpy", "ffi", "lib", "os", "check_device"} & set(dir(module))
    text = pydoc.render_doc(sp, renderer=pydoc.plaintext)
    assert "mean(x, /" in text and "open(path)" in text


def test_what_numpy_calls_ddof(x):
    for function in (sp.std, sp.var):
        with pytest.raises(TypeError, match="correction"):
            function(x, ddof=1)


def test_a_size_in_the_environment():
    done = run("import sharr; print(sharr.config.max_array)", SHARR_MAX_ARRAY="2MiB")
    assert done.stdout == "2097152\n", done.stderr
    done = run("import sharr", SHARR_MAX_ARRAY="much")
    assert done.returncode == 1 and "max_array" in done.stderr and "ValueError" in done.stderr
