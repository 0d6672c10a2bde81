# SPDX-License-Identifier: BSD-3-Clause
"""Small arrays with long histories: computed on the way, and nobody can tell but by the time it takes."""

import pickle

import h5py
import numpy as np
import pytest

import sharr as sp
from sharr import _core


def expression(x):
    return _core.text_of(_core.lib.sharr_array_text(x._handle, 1 << 20))


def averages(x, turns):
    for _ in range(turns):
        x = (x + x[::-1]) * 0.5 - x / 3
    return x


def test_a_loop_has_the_values_of_numpy():
    a = np.linspace(1, 9, 100)
    x, want = sp.ones(100), np.ones(100)
    for turn in range(300):
        x, want = (x + sp.asarray(a) / x) / 2, (want + a / want) / 2
        assert float(sp.max(sp.abs(x * x - a))) == np.max(np.abs(want * want - a))
        assert len(expression(x)) < 3000
    assert np.array_equal(x.to_numpy(), want)


def test_what_was_used_before_keeps_its_values():
    x = sp.arange(10.0)
    steps = [x]
    for i in range(100):
        x = x * 0.5 + i
        x[i % 10] = -i
        steps.append(x)
    want = np.arange(10.0)
    for i, got in enumerate(steps[1:]):
        want = want * 0.5 + i
        want[i % 10] = -i
        assert np.array_equal(got.to_numpy(), want)


def test_shifts_of_shifts():
    x, want = sp.asarray(np.arange(1000.0)), np.arange(1000.0)
    for _ in range(40):
        x, want = x + sp.roll(x, 7), want + np.roll(want, 7)
    assert np.array_equal(x.to_numpy(), want)


def test_memory_of_the_callers_counts_as_it_is_at_the_evaluation():
    a = np.arange(8.0)
    x = averages(sp.asarray(a, copy=False), 60)
    a[:] = np.arange(8.0)[::-1] ** 2
    assert np.array_equal(x.to_numpy(), averages(a.copy(), 60))


def test_files_are_read_when_somebody_asks(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f["v"] = np.arange(8.0)
    x = averages(sp.open(tmp_path / "a.h5")["v"], 5)
    assert "v" in expression(x) and "memory" not in expression(x)
    assert np.array_equal(x.to_numpy(), averages(np.arange(8.0), 5))


def test_functions_of_numpys_are_called_when_somebody_asks(monkeypatch):
    calls, inv = [], np.linalg.inv

    def counted(a):
        calls.append(a.shape)
        return inv(a)
    monkeypatch.setattr(np.linalg, "inv", counted)
    x = averages(sp.linalg.inv(sp.eye(2)), 20)
    assert not calls
    assert np.array_equal(x.to_numpy(), averages(np.eye(2), 20)) and calls
    with pytest.raises(np.linalg.LinAlgError):
        averages(sp.linalg.inv(sp.zeros((2, 2))), 20).to_numpy()


def test_large_arrays_stay_expressions():
    x = averages(sp.asarray(np.arange(20000.0)), 10)
    assert len(expression(x)) > 200
    assert np.array_equal(x.to_numpy(), averages(np.arange(20000.0), 10))


def test_bits_do_not_depend_on_it():
    a = np.random.default_rng(5).normal(size=(30, 500)).astype("float32")
    large = averages(sp.asarray(a.reshape(1, 30, 500).repeat(2, 0)), 6)         # of which nothing is computed on the way
    small = averages(sp.asarray(a.reshape(1, 30, 500)), 6)
    assert len(expression(sp.sum(small))) < len(expression(sp.sum(large)))
    assert np.array_equal(sp.sum(sp.sin(small), axis=2).to_numpy(), sp.sum(sp.sin(large), axis=2).to_numpy()[:1])


def test_what_is_kept_is_counted():
    before = _core.held()
    kept = averages(sp.ones(1000), 40)
    assert before < _core.held() <= before + 20 * 8000
    del kept
    assert _core.held() == before


def test_pickles_are_constants():
    x = averages(pickle.loads(pickle.dumps(sp.ones(100) + 1)), 40)
    assert len(expression(x)) < 3000
    assert np.array_equal(x.to_numpy(), averages(np.ones(100) + 1, 40))


def test_many_parts_with_histories_are_put_together():
    """Twelve numbers that share a mean, five steps each: more steps than 256 come at once."""
    x, want = sp.asarray(np.linspace(0.1, 0.9, 12)), np.linspace(0.1, 0.9, 12)
    for turn in range(20):
        m, wanted = sp.mean(x), np.mean(want)
        parts, wants = [x[i] + m for i in range(12)], [want[i] + wanted for i in range(12)]
        for _ in range(5):
            parts, wants = [p * 0.5 + 0.25 for p in parts], [w * 0.5 + 0.25 for w in wants]
        x, want = sp.stack(parts), np.stack(wants)
        assert expression(x) == "memory"
    assert np.allclose(x.to_numpy(), want, rtol=1e-14)
