# SPDX-License-Identifier: BSD-3-Clause
"""Beside others: entry points, array-api-compat, SciPy, scikit-learn, array-api-extra, numba and torch; where they are
installed."""

import importlib.metadata
import importlib.util
import itertools
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import sharr as sp

A = np.random.default_rng(2).normal(size=(7, 5))


def test_entry_points():
    assert {e.value for e in importlib.metadata.entry_points(group="array_api", name="sharr")} == {"sharr"}
    backends = importlib.metadata.entry_points(group="xarray.backends", name="sharr")
    assert {e.value for e in backends} == {"sharr._xarray:SharrBackend"}


def test_array_api_compat():
    compat = pytest.importorskip("array_api_compat")
    x = sp.asarray(A)
    assert compat.is_array_api_obj(x) and compat.array_namespace(x, x) is sp
    assert compat.device(x) == "cpu" and compat.size(x) == 35 and compat.to_device(x, "cpu") is x


def test_array_api_extra():
    extra = pytest.importorskip("array_api_extra")
    x = sp.asarray(A)
    for got, want in (
            (extra.atleast_nd(x, ndim=3), A[None]), (extra.cov(x), np.cov(A)), (extra.kron(x, x), np.kron(A, A)),
            (extra.pad(x, 2), np.pad(A, 2)), (extra.isclose(x, x + 1e-12), np.isclose(A, A)), (extra.sinc(x), np.sinc(A)),
            (extra.at(x)[1].set(5, copy=True), np.where(np.arange(7)[:, None] == 1, 5, A)),
            (extra.at(x)[x > 0].add(1, copy=True), np.where(A > 0, A + 1, A)), (extra.create_diagonal(x[0]), np.diag(A[0])),
            (extra.apply_where(x > 0, x, lambda v: v * 2, fill_value=0.0), np.where(A > 0, A * 2, 0))):
        np.testing.assert_allclose(np.asarray(got), want, rtol=1e-12)


SCIPY = """
import numpy as np, sharr as sp
A = np.random.default_rng(2).normal(size=(7, 5))
from scipy import special, stats
x = sp.asarray(A)
for got, want in ((special.logsumexp(x, axis=0), special.logsumexp(A, axis=0)), (special.softmax(x), special.softmax(A)),
                  (stats.zscore(x, axis=1), stats.zscore(A, axis=1)), (stats.variation(x, axis=0), stats.variation(A, axis=0)),
                  (stats.gmean(sp.abs(x), axis=0), stats.gmean(np.abs(A), axis=0)),
                  (stats.skew(x, axis=0), stats.skew(A, axis=0)), (stats.kurtosis(x), stats.kurtosis(A))):
    assert isinstance(got, sp.Array), got
    np.testing.assert_allclose(np.asarray(got), want, rtol=1e-10)
"""

SKLEARN = """
import numpy as np, sharr as sp, sklearn
from sklearn.preprocessing import MinMaxScaler, MaxAbsScaler, Binarizer
from sklearn.metrics import accuracy_score, mean_squared_error, r2_score
A = np.random.default_rng(2).normal(size=(7, 5))
with sklearn.config_context(array_api_dispatch=True):
    for scaler in (MinMaxScaler(), MaxAbsScaler(), Binarizer()):
        got = scaler.fit(sp.asarray(A)).transform(sp.asarray(A))
        assert isinstance(got, sp.Array)
        np.testing.assert_allclose(np.asarray(got), type(scaler)().fit(A).transform(A), rtol=1e-12)
    x, y = sp.asarray(A[:, 0]), sp.asarray(A[:, 1])
    assert abs(mean_squared_error(x, y) - ((A[:, 0] - A[:, 1]) ** 2).mean()) < 1e-12
    assert abs(r2_score(x, y) - r2_score(A[:, 0], A[:, 1])) < 1e-12
"""


@pytest.mark.parametrize("module,text", [("scipy", SCIPY), ("sklearn", SKLEARN)], ids=["scipy", "sklearn"])
def test_dispatch(module, text):
    """In a process of their own: SciPy looks at its variable when it is imported."""
    if importlib.util.find_spec(module) is None or importlib.util.find_spec("array_api_compat") is None:
        pytest.skip(f"{module} and array-api-compat are not installed")
    if int(importlib.metadata.version({"sklearn": "scikit-learn"}.get(module, module)).split(".")[1]) < 6 + 9 * (module == "scipy"):
        pytest.skip(f"an old {module}")
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "SCIPY_ARRAY_API": "1"})
    assert done.returncode == 0, done.stderr


TOGETHER = """
import {0}
import numpy as np
{1}
import sharr as sp
sp.config.jit = "llvm"
assert np.array_equal((sp.arange(300000) * 2.0 + 1).to_numpy(), np.arange(300000) * 2.0 + 1)
if "numba" in sys.modules:
    import numba
    assert numba.njit(lambda x: x * 2)(21) == 42
    assert np.array_equal((sp.arange(300000) * 3.0).to_numpy(), np.arange(300000) * 3.0)
"""


@pytest.mark.compiler
@pytest.mark.parametrize("other,first", list(itertools.product(["numba", "torch"], [True, False])))
def test_in_one_process(other, first):
    """Two LLVMs, whichever comes first."""
    if importlib.util.find_spec(other) is None:
        pytest.skip(f"{other} is not installed")
    text = "import sys\n" + (f"import {other}\n" if first else "") + TOGETHER.format("os", "") + ("" if first else f"import {other}\n")
    if other == "numba":
        text += "import numba\nassert numba.njit(lambda x: x + 1)(1) == 2\nassert float(sp.sum(sp.arange(300000) * 1.0)) == 44999850000\n"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_fork_evaluates():
    """The threads that an evaluation has left are the parent's."""
    x = sp.asarray(np.arange(1 << 20))
    want = int(sp.sum(x))
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        os._exit(int(sp.sum(x)) != want)
    assert os.waitpid(child, 0)[1] == 0
    assert int(sp.sum(x)) == want
